//! Words: transcripts from files, subtitle streams and speech engines, and what they are about.

use std::path::PathBuf;

use opusclip_core::clip::text::{TopicOptions, segment};
use opusclip_core::clip::{self, AudioChunk, Limits, TranscribeOptions, Transcript, transcript};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::calls::{Cancel, Progress, from_python, to_python};
use crate::errors::or_raise;
use crate::hooks;
use crate::job::Watch;

/// The words of a subtitle file or the JSON of a speech engine.
#[pyfunction]
pub(crate) fn read_transcript(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let read = py.detach(move || transcript::read(&path));
    to_python(py, &or_raise(py, read)?)
}

/// The words of a subtitle stream inside of a video.
#[pyfunction]
#[pyo3(signature = (video, stream=None, progress=None, cancel=None))]
pub(crate) fn read_subtitles<'py>(
    py: Python<'py>,
    video: PathBuf,
    stream: Option<usize>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let watch = Watch::new(progress, cancel);
    let read = watch.run(py, move |control| transcript::embedded(&video, stream, Limits::default(), control))?;
    to_python(py, &read)
}

/// Speech to words, by a callback or the engine that the options name.
#[pyfunction]
#[pyo3(signature = (video, engine, options, progress=None, cancel=None))]
pub(crate) fn transcribe<'py>(
    py: Python<'py>,
    video: PathBuf,
    engine: Option<Py<PyAny>>,
    options: &Bound<'py, PyDict>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: TranscribeOptions = or_raise(py, from_python(options))?;
    let engine = engine.map(hooks::transcriber);
    let watch = Watch::new(progress, cancel);
    let said = watch.run(py, move |control| clip::transcribe_by(video, engine, &options, control))?;
    to_python(py, &said)
}

/// A transcript as SubRip.
#[pyfunction]
pub(crate) fn transcript_to_srt(py: Python<'_>, transcript: &Bound<'_, PyDict>) -> PyResult<String> {
    Ok(or_raise(py, from_python::<Transcript>(transcript))?.to_srt())
}

/// A transcript as WebVTT.
#[pyfunction]
pub(crate) fn transcript_to_vtt(py: Python<'_>, transcript: &Bound<'_, PyDict>) -> PyResult<String> {
    Ok(or_raise(py, from_python::<Transcript>(transcript))?.to_vtt())
}

/// Samples (the bytes of 32 bit floats) as a WAV file.
#[pyfunction]
pub(crate) fn to_wav<'py>(py: Python<'py>, sample_rate: u32, samples: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let (samples, _) = samples.as_chunks();
    let samples = samples.iter().map(|sample| f32::from_ne_bytes(*sample)).collect();
    let wav = py.detach(|| AudioChunk { start: 0.0, end: 0.0, sample_rate, samples }.to_wav());
    Ok(PyBytes::new(py, &or_raise(py, wav)?))
}

/// The sentences that begin a topic.
#[pyfunction]
pub(crate) fn segment_topics(
    py: Python<'_>,
    sentences: Vec<String>,
    options: &Bound<'_, PyDict>,
) -> PyResult<Vec<usize>> {
    let options: TopicOptions = or_raise(py, from_python(options))?;
    let found = py.detach(move || segment(&sentences.iter().map(String::as_str).collect::<Vec<_>>(), &options));
    or_raise(py, found)
}
