//! One function per call of the core. Options and manifests arrive as dictionaries, results leave as dictionaries.

use std::ffi::OsString;
use std::path::PathBuf;

use opusclip_core::clip::{
    self, Analysis, AnalyzeOptions, Export, ExportFormat, Extract, ExtractOptions, Limits, Manifest, Preset, Render,
    RenderChanges, Selection, SelectionPage,
};
use opusclip_core::config::from_deserializer;
use opusclip_core::{Error, ErrorCode, cli};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pythonize::{Depythonizer, pythonize};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::errors::{internal, or_raise};
use crate::hooks;
use crate::job::{CancelToken, Watch};
use crate::part::AnalysisPart;

pub(crate) type Progress<'py> = Option<Bound<'py, PyAny>>;
pub(crate) type Cancel<'a, 'py> = Option<&'a Bound<'py, CancelToken>>;

/// What a media file is.
#[pyfunction]
#[pyo3(signature = (path, cancel=None))]
pub(crate) fn probe<'py>(py: Python<'py>, path: PathBuf, cancel: Cancel<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let info = Watch::new(None, cancel).run(py, move |control| clip::probe(path, Limits::default(), control))?;
    to_python(py, &info)
}

/// What is in a media file.
#[pyfunction]
#[pyo3(signature = (path, options, progress=None, cancel=None))]
pub(crate) fn analyze<'py>(
    py: Python<'py>,
    path: PathBuf,
    options: &Bound<'py, PyDict>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: AnalyzeOptions = or_raise(py, from_python(options))?;
    let watch = Watch::new(progress, cancel);
    let analysis = watch.run(py, move |control| clip::analyze_with(path, &options, Limits::default(), control))?;
    to_python(py, &analysis)
}

/// What begins in a stretch of a media file.
#[pyfunction]
#[pyo3(signature = (path, start, end, options, progress=None, cancel=None))]
pub(crate) fn analyze_part<'py>(
    py: Python<'py>,
    path: PathBuf,
    start: f64,
    end: Option<f64>,
    options: &Bound<'py, PyDict>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<AnalysisPart> {
    let options: AnalyzeOptions = or_raise(py, from_python(options))?;
    let watch = Watch::new(progress, cancel);
    let limits = Limits::default();
    let part = watch.run(py, move |control| clip::analyze_part(path, start, end, &options, limits, control))?;
    Ok(AnalysisPart(part))
}

/// What parts say together.
#[pyfunction]
pub(crate) fn merge_parts<'py>(py: Python<'py>, parts: Vec<Bound<'py, AnalysisPart>>) -> PyResult<Bound<'py, PyAny>> {
    let parts: Vec<_> = parts.into_iter().map(|part| part.get().0.clone()).collect();
    let merged = py.detach(|| clip::AnalysisPart::merge(parts)?.finish());
    to_python(py, &or_raise(py, merged)?)
}

/// An analysis as a page, or as a part of one.
#[pyfunction]
pub(crate) fn analysis_to_html(
    py: Python<'_>,
    analysis: &Bound<'_, PyDict>,
    title: &str,
    fragment: bool,
) -> PyResult<String> {
    let analysis: Analysis = or_raise(py, from_python(analysis))?;
    Ok(if fragment { analysis.to_html_fragment(title) } else { analysis.to_html(title) })
}

/// An analysis as one table of shots.
#[pyfunction]
pub(crate) fn analysis_to_csv(py: Python<'_>, analysis: &Bound<'_, PyDict>) -> PyResult<String> {
    let analysis: Analysis = or_raise(py, from_python(analysis))?;
    Ok(analysis.to_csv())
}

/// What the cache of analyses holds.
#[pyfunction]
#[pyo3(signature = (dir=None))]
pub(crate) fn cache_info(py: Python<'_>, dir: Option<PathBuf>) -> PyResult<Bound<'_, PyAny>> {
    let info = py.detach(move || clip::cache_info(dir.as_deref()));
    to_python(py, &or_raise(py, info)?)
}

/// Remove all kept analyses.
#[pyfunction]
#[pyo3(signature = (dir=None))]
pub(crate) fn clear_cache(py: Python<'_>, dir: Option<PathBuf>) -> PyResult<Bound<'_, PyAny>> {
    let info = py.detach(move || clip::clear_cache(dir.as_deref()));
    to_python(py, &or_raise(py, info)?)
}

/// Choose clips without rendering them.
#[pyfunction]
#[pyo3(signature = (video, options, hooks, progress=None, cancel=None))]
pub(crate) fn select<'py>(
    py: Python<'py>,
    video: Option<PathBuf>,
    options: &Bound<'py, PyDict>,
    hooks: &Bound<'py, PyDict>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: ExtractOptions = or_raise(py, from_python(options))?;
    let job = video.map_or_else(Extract::without_video, Extract::from).options(options);
    let job = job.hooks(hooks::hooks(hooks)?).transcriber(hooks::engine(hooks)?).subjects(hooks::subjects(hooks)?);
    let selection = Watch::new(progress, cancel).run(py, move |control| job.select(control))?;
    to_python(py, &selection)
}

/// The whole job.
#[pyfunction]
#[pyo3(signature = (video, out_dir, options, hooks, progress=None, cancel=None))]
pub(crate) fn extract_clips<'py>(
    py: Python<'py>,
    video: PathBuf,
    out_dir: PathBuf,
    options: &Bound<'py, PyDict>,
    hooks: &Bound<'py, PyDict>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: ExtractOptions = or_raise(py, from_python(options))?;
    let job = Extract::from(video).options(options);
    let job = job.hooks(hooks::hooks(hooks)?).transcriber(hooks::engine(hooks)?).subjects(hooks::subjects(hooks)?);
    let report = Watch::new(progress, cancel).run(py, move |control| job.run(out_dir, control))?;
    to_python(py, &report)
}

/// A selection as a page.
#[pyfunction]
#[pyo3(signature = (selection, video, title, media, progress=None, cancel=None))]
pub(crate) fn selection_to_html<'py>(
    py: Python<'py>,
    selection: &Bound<'py, PyDict>,
    video: Option<PathBuf>,
    title: String,
    media: Option<String>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<String> {
    let selection: Selection = or_raise(py, from_python(selection))?;
    Watch::new(progress, cancel).run(py, move |control| {
        let page = SelectionPage { title: &title, video: video.as_deref(), media: media.as_deref(), clips: &[] };
        selection.to_html(&page, control)
    })
}

/// What [`render`] may do to files that are there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RenderCall {
    overwrite: bool,
    force: bool,
}

/// Options of [`export`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportCall {
    format: ExportFormat,
    only: Vec<usize>,
    overwrite: bool,
}

/// Render the clips of a manifest, or of the file of one, again.
#[pyfunction]
#[pyo3(signature = (manifest, out_dir, only, options, changes, hooks, progress=None, cancel=None))]
#[allow(clippy::too_many_arguments, reason = "each is an argument of the Python function")]
pub(crate) fn render<'py>(
    py: Python<'py>,
    manifest: &Bound<'py, PyAny>,
    out_dir: Option<PathBuf>,
    only: &Bound<'py, PyAny>,
    options: &Bound<'py, PyDict>,
    changes: &Bound<'py, PyDict>,
    hooks: &Bound<'py, PyDict>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let job: Render = match value(manifest) {
        Some(manifest) => or_raise(py, manifest)?.into(),
        None => Render::file(manifest.extract::<PathBuf>()?),
    };
    let only: Vec<usize> = or_raise(py, from_python(only).map_err(|error: Error| error.field("only")))?;
    let RenderCall { overwrite, force } = or_raise(py, from_python(options))?;
    let changes: RenderChanges = or_raise(py, from_python(changes))?;
    let mut job = job.only(only).overwrite(overwrite).force(force).changes(changes).subjects(hooks::subjects(hooks)?);
    if let Some(out_dir) = out_dir {
        job = job.out_dir(out_dir);
    }
    let report = Watch::new(progress, cancel).run(py, move |control| job.run(control))?;
    to_python(py, &report)
}

/// Hand the clips of a manifest over to editing programs.
#[pyfunction]
#[pyo3(signature = (manifest, out_dir, options, progress=None, cancel=None))]
pub(crate) fn export<'py>(
    py: Python<'py>,
    manifest: &Bound<'py, PyAny>,
    out_dir: Option<PathBuf>,
    options: &Bound<'py, PyDict>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let job: Export = match value(manifest) {
        Some(manifest) => or_raise(py, manifest)?.into(),
        None => Export::file(manifest.extract::<PathBuf>()?),
    };
    let ExportCall { format, only, overwrite } = or_raise(py, from_python(options))?;
    let mut job = job.only(only).overwrite(overwrite);
    if let Some(out_dir) = out_dir {
        job = job.out_dir(out_dir);
    }
    let exported = Watch::new(progress, cancel).run(py, move |control| job.run(format, control))?;
    to_python(py, &exported)
}

/// A manifest that is no file.
fn value(manifest: &Bound<'_, PyAny>) -> Option<opusclip_core::Result<Manifest>> {
    let given = manifest.cast::<PyDict>().ok()?;
    Some(Manifest::from_deserializer(&mut Depythonizer::from_object(given)))
}

/// Check a finished file against the upload rules of a platform.
#[pyfunction]
#[pyo3(signature = (file, platform, cancel=None))]
pub(crate) fn check_upload<'py>(
    py: Python<'py>,
    file: PathBuf,
    platform: &Bound<'py, PyAny>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let platform: Preset = or_raise(py, from_python(platform).map_err(|error: Error| error.field("platform")))?;
    let check = Watch::new(None, cancel).run(py, move |control| clip::check_upload(file, platform, control))?;
    to_python(py, &check)
}

/// Read and check a manifest.
#[pyfunction]
pub(crate) fn read_manifest(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let read = py.detach(move || Manifest::read(&path));
    to_python(py, &or_raise(py, read)?)
}

/// The JSON Schema of every type that crosses the border.
#[pyfunction]
pub(crate) fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    to_python(py, &opusclip_core::schema::all())
}

/// Every error code with the exit status of the command line.
#[pyfunction]
pub(crate) fn error_codes() -> Vec<(&'static str, u8)> {
    ErrorCode::ALL.iter().map(|code| (code.as_str(), code.exit_status())).collect()
}

/// Version and licence of the linked FFmpeg, for bug reports.
#[pyfunction]
pub(crate) fn ffmpeg_version() -> String {
    clip::media::ffmpeg_version()
}

/// Run the `opusclip` command, the program's name first; returns the exit status.
#[pyfunction]
pub(crate) fn run_cli(py: Python<'_>, argv: Vec<OsString>) -> u8 {
    py.detach(|| cli::run(argv))
}

pub(crate) fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    pythonize(py, value).map_err(|error| internal(py, format!("cannot hand the result to Python: {error}")))
}

pub(crate) fn from_python<T: DeserializeOwned>(value: &Bound<'_, PyAny>) -> opusclip_core::Result<T> {
    from_deserializer(&mut Depythonizer::from_object(value))
}
