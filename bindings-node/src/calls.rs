//! The functions that JavaScript sees. Each takes its arguments apart, calls the core once, and hands the result back.

use std::ffi::OsString;
use std::path::PathBuf;

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;
use opusclip_core::clip::{
    self, Analysis, AnalysisPart, AnalyzeOptions, Export, ExportFormat, Extract, ExtractOptions, Hooks, Limits,
    Manifest, Preset, Render, RenderChanges, Selection, SelectionPage,
};
use opusclip_core::{Control, Error, ErrorCode, Result, cli, config};
use serde::Deserialize;
use serde_json::Value;

use crate::convert::{self, Names};
use crate::errors::invalid;
use crate::job;
use crate::options::Options;

/// Calls that have no options of their own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoOptions {}

/// The stretch that [`analyze_part`] is about.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stretch {
    start: f64,
    end: Option<f64>,
}

/// Options of [`analysis_to_html`].
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PageOptions {
    title: String,
    fragment: bool,
}

/// Options of [`selection_to_html`].
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SelectionPageOptions {
    title: String,
    video: Option<PathBuf>,
    media: Option<String>,
}

/// Options of [`render`] beside the folder.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RenderCall {
    only: Vec<usize>,
    overwrite: bool,
    force: bool,
}

/// Options of [`export`] beside the folder.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ExportCall {
    only: Vec<usize>,
    overwrite: bool,
}

/// Say what a media file is: container, streams, display size, frame rate, colour, sound, chapters.
///
/// @example
/// const info = await probe('talk.mp4')
/// console.log(info.container, info.duration)
#[napi(ts_args_type = "video: string | URL, options?: JobOptions", ts_return_type = "Promise<MediaInfo>")]
pub fn probe<'env>(env: &'env Env, video: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (video, options) = (convert::path(video, "video")?, without_own(options)?);
        Ok((options, move |control: &Control| clip::probe(video, Limits::default(), control)))
    })
}

/// {@link probe}, on the main thread: it reads a header and a few frames.
#[napi(ts_args_type = "video: string | URL", ts_return_type = "MediaInfo")]
pub fn probe_sync(env: &Env, video: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || clip::probe(convert::path(video, "video")?, Limits::default(), &Control::new()))
}

/// Say what is in a media file: loudness, speech, music, shots and how they change, black, frozen, damage.
///
/// @example
/// const { boundaries, loudness } = await analyze('talk.mp4', { level: 'exact' })
/// console.log(loudness?.integrated, boundaries.map(({ kind, start }) => [kind, start]))
#[napi(ts_args_type = "video: string | URL, options?: AnalyzeCall", ts_return_type = "Promise<Analysis>")]
pub fn analyze<'env>(env: &'env Env, video: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (video, mut options) = (convert::path(video, "video")?, Options::read(options)?);
        let wanted: AnalyzeOptions = options.rest()?;
        Ok((options, move |control: &Control| clip::analyze_with(video, &wanted, Limits::default(), control)))
    })
}

/// Analyse what begins in one stretch of a file, so that stretches can be analysed in workers or on other machines. A part
/// can be written with `JSON.stringify` and read again; what is in it is meant for {@link mergeParts} only.
///
/// @example
/// const parts = [analyzePart('talk.mp4', { end: 600 }), analyzePart('talk.mp4', { start: 600 })]
/// const analysis = await mergeParts(await Promise.all(parts))
#[napi(ts_args_type = "video: string | URL, options?: AnalyzePartCall", ts_return_type = "Promise<AnalysisPart>")]
pub fn analyze_part<'env>(env: &'env Env, video: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (video, mut options) = (convert::path(video, "video")?, Options::read(options)?);
        let Stretch { start, end } = options.take(&["start", "end"])?;
        let wanted: AnalyzeOptions = options.rest()?;
        let limits = Limits::default();
        Ok((options, move |control: &Control| clip::analyze_part(video, start, end, &wanted, limits, control)))
    })
}

/// Join the parts of a file's analysis, given in any order, to what {@link analyze} gives in one go.
#[napi(ts_args_type = "parts: AnalysisPart[], options?: JobOptions", ts_return_type = "Promise<Analysis>")]
pub fn merge_parts<'env>(env: &'env Env, parts: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (parts, options) = (convert::read::<Vec<AnalysisPart>>(parts, "parts")?, without_own(options)?);
        Ok((options, move |_: &Control| AnalysisPart::merge(parts)?.finish()))
    })
}

/// An analysis as a page with a timeline, figures and a table of shots. It loads nothing and runs no script.
#[napi(ts_args_type = "analysis: Analysis, options?: PageOptions", ts_return_type = "string")]
pub fn analysis_to_html(env: &Env, analysis: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Kept, || {
        let analysis: Analysis = convert::read(analysis, "analysis")?;
        let PageOptions { title, fragment } = Options::read(options)?.rest()?;
        Ok(if fragment { analysis.to_html_fragment(&title) } else { analysis.to_html(&title) })
    })
}

/// An analysis as one table of shots and of how each begins, as CSV (RFC 4180).
#[napi(ts_args_type = "analysis: Analysis", ts_return_type = "string")]
pub fn analysis_to_csv(env: &Env, analysis: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Kept, || Ok(convert::read::<Analysis>(analysis, "analysis")?.to_csv()))
}

/// Say what the cache of analyses holds, in `dir` or in the folder that is used by default.
#[napi(ts_args_type = "dir?: string | URL | null, options?: JobOptions", ts_return_type = "Promise<CacheInfo>")]
pub fn cache_info<'env>(env: &'env Env, dir: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (dir, options) = (convert::optional_path(dir, "dir")?, without_own(options)?);
        Ok((options, move |_: &Control| clip::cache_info(dir.as_deref())))
    })
}

/// Remove all kept analyses from `dir`, or from the folder that is used by default; other files in it stay. The answer is
/// what was there before.
#[napi(ts_args_type = "dir?: string | URL | null, options?: JobOptions", ts_return_type = "Promise<CacheInfo>")]
pub fn clear_cache<'env>(env: &'env Env, dir: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (dir, options) = (convert::optional_path(dir, "dir")?, without_own(options)?);
        Ok((options, move |_: &Control| clip::clear_cache(dir.as_deref())))
    })
}

/// Choose clips without rendering them, and say why. With `null` for the video the transcript alone decides.
///
/// @example
/// const { clips } = await select('talk.mp4', { transcript: 'talk.srt', count: 3 })
/// for (const clip of clips) console.log(clip.ranges, clip.score, clip.reason)
#[napi(ts_args_type = "video: string | URL | null, options?: SelectCall", ts_return_type = "Promise<Selection>")]
pub fn select<'env>(env: &'env Env, video: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let video = convert::optional_path(video, "video")?;
        let mut options = Options::read_with(options, &Hooks::NAMES, Some("transcribe"), Some("subjects"))?;
        let job = video.map_or_else(Extract::without_video, Extract::from).hooks(options.hooks());
        let job = job.transcriber(options.engine()).subjects(options.detector());
        let job = job.options(options.rest::<ExtractOptions>()?);
        Ok((options, move |control: &Control| job.select(control)))
    })
}

/// Cut the best clips out of a video: vertical, captioned, levelled, ready to post.
///
/// Clips, thumbnails, contact sheet and manifest go into `outDir` (default `clips`), all of them or none.
///
/// @example
/// const report = await extractClips('talk.mp4', { outDir: 'clips', transcript: 'talk.srt', count: 3 })
/// for (const clip of report.clips) console.log(clip.video, clip.start, clip.end, clip.score)
#[napi(ts_args_type = "video: string | URL, options?: ExtractCall", ts_return_type = "Promise<Report>")]
pub fn extract_clips<'env>(env: &'env Env, video: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let video = convert::path(video, "video")?;
        let mut options = Options::read_with(options, &Hooks::NAMES, Some("transcribe"), Some("subjects"))?;
        // The command line's own default.
        let out_dir = options.out_dir()?.unwrap_or_else(|| PathBuf::from("clips"));
        let job = Extract::from(video)
            .hooks(options.hooks())
            .transcriber(options.engine())
            .subjects(options.detector())
            .options(options.rest::<ExtractOptions>()?);
        Ok((options, move |control: &Control| job.run(out_dir, control)))
    })
}

/// A selection as a page: timeline, topics, clips with their scores and reasons, what nearly was chosen. It runs no script
/// and loads nothing but what it plays.
///
/// @example
/// const selection = await select('talk.mp4', { transcript: 'talk.srt' })
/// await writeFile('talk.html', await selectionToHtml(selection, { video: 'talk.mp4', title: 'talk.mp4' }))
#[napi(ts_args_type = "selection: Selection, options?: SelectionPageCall", ts_return_type = "Promise<string>")]
pub fn selection_to_html<'env>(
    env: &'env Env,
    selection: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (selection, mut options) = (convert::read::<Selection>(selection, "selection")?, Options::read(options)?);
        let SelectionPageOptions { title, video, media } = options.rest()?;
        Ok((options, move |control: &Control| {
            let page = SelectionPage { title: &title, video: video.as_deref(), media: media.as_deref(), clips: &[] };
            selection.to_html(&page, control)
        }))
    })
}

/// Render the clips of a manifest again, edited or not: times, words, text and framing are taken from it. Without `outDir`
/// the file of a manifest is rendered in place, and only what changed.
///
/// @example
/// const manifest = await readManifest('clips/manifest.json')
/// manifest.clips[0].ranges[0].end -= 1.5
/// await render(manifest, { outDir: 'again', only: [1] })
#[napi(ts_args_type = "manifest: string | URL | Manifest, options?: RenderCall", ts_return_type = "Promise<Report>")]
pub fn render<'env>(env: &'env Env, manifest: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let mut options = Options::read_with(options, &[], None, Some("subjects"))?;
        let mut job = edited(manifest)?.map_or_else(Render::file, Render::from).subjects(options.detector());
        if let Some(out_dir) = options.out_dir()? {
            job = job.out_dir(out_dir);
        }
        let RenderCall { only, overwrite, force } = options.take(&["only", "overwrite", "force"])?;
        let job = job.only(only).overwrite(overwrite).force(force).changes(options.rest::<RenderChanges>()?);
        Ok((options, move |control: &Control| job.run(control)))
    })
}

/// Hand the clips of a manifest over to editing programs, or copy their packets. Without `outDir` the files lie beside the
/// manifest.
///
/// @example
/// const { files } = await exportClips('clips/manifest.json', 'otio')
#[napi(
    ts_args_type = "manifest: string | URL | Manifest, format: ExportFormat, options?: ExportCall",
    ts_return_type = "Promise<Exported>"
)]
pub fn export_clips<'env>(
    env: &'env Env,
    manifest: Unknown<'_>,
    format: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let mut job = edited(manifest)?.map_or_else(Export::file, Export::from);
        let format: ExportFormat = convert::read(format, "format")?;
        let mut options = Options::read(options)?;
        if let Some(out_dir) = options.out_dir()? {
            job = job.out_dir(out_dir);
        }
        let ExportCall { only, overwrite } = options.rest()?;
        let job = job.only(only).overwrite(overwrite);
        Ok((options, move |control: &Control| job.run(format, control)))
    })
}

/// Check a finished file against the upload rules of a platform.
///
/// @example
/// const { ok, findings } = await checkUpload('clips/clip-01.mp4', 'shorts')
#[napi(
    ts_args_type = "file: string | URL, platform: Preset, options?: JobOptions",
    ts_return_type = "Promise<UploadCheck>"
)]
pub fn check_upload<'env>(
    env: &'env Env,
    file: Unknown<'_>,
    platform: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let file = convert::path(file, "file")?;
        let (platform, options) = (convert::read::<Preset>(platform, "platform")?, without_own(options)?);
        Ok((options, move |control: &Control| clip::check_upload(file, platform, control)))
    })
}

/// Read a manifest that {@link extractClips} or {@link render} wrote.
#[napi(ts_args_type = "path: string | URL, options?: JobOptions", ts_return_type = "Promise<Manifest>")]
pub fn read_manifest<'env>(env: &'env Env, path: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (path, options) = (convert::path(path, "path")?, without_own(options)?);
        Ok((options, move |_: &Control| Manifest::read(&path)))
    })
}

/// One JSON Schema (draft 2020-12) of all results, options and the manifest, as they stand in JSON files: names are in
/// snake case there, and in camel case in JavaScript.
#[napi(ts_return_type = "Record<string, unknown>")]
pub fn schema(env: &Env) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Kept, || Ok(opusclip_core::schema::all()))
}

/// Every value that `code` of an error can have.
#[napi(ts_return_type = "ErrorCode[]")]
pub fn error_codes() -> Vec<&'static str> {
    ErrorCode::ALL.iter().map(|code| code.as_str()).collect()
}

/// Version and licence of the linked FFmpeg, for bug reports.
#[napi]
pub fn ffmpeg_version() -> String {
    clip::media::ffmpeg_version()
}

/// Run the `opusclip` command with these arguments, the first of which is the program's name; returns the exit status.
/// It blocks until the command is done: a script's last call, not a server's.
#[napi(ts_args_type = "argv: string[]", ts_return_type = "number")]
pub fn run_cli(env: &Env, argv: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Kept, || {
        let argv = convert::from_js(argv, "argv")?.ok_or_else(|| invalid("argv", "it is missing"))?;
        let argv: Vec<OsString> = config::from_json::<Vec<String>>(argv)
            .map_err(|error| invalid("argv", error.message()).hint("give an array of strings"))?
            .into_iter()
            .map(Into::into)
            .collect();
        Ok(cli::run(argv))
    })
}

pub(crate) fn without_own(options: Unknown<'_>) -> Result<Options<'_>> {
    let mut options = Options::read(options)?;
    options.rest::<NoOptions>()?;
    Ok(options)
}

/// A manifest, or as an error the file of one.
fn edited(manifest: Unknown<'_>) -> Result<std::result::Result<Manifest, PathBuf>> {
    match convert::from_js(manifest, "manifest")? {
        None => Err(invalid("manifest", "it is missing").hint("give a manifest, a path or a file: URL")),
        Some(Value::String(path)) => Ok(Err(path.into())),
        Some(value) => config::from_json::<Manifest>(value).map(Ok).map_err(|error| {
            let field = error.field_name().unwrap_or("manifest");
            Error::new(ErrorCode::ManifestInvalid, error.message()).field(field)
        }),
    }
}
