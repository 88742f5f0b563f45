//! Callbacks written in Python, as the core calls them: from a thread of its own, with the interpreter attached.

use std::sync::Arc;

use opusclip_core::clip::{AudioChunk, Hooks, Picture, SubjectHook, Transcriber, json_subjects, json_transcriber};
use opusclip_core::{Error, ErrorCode, Result};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use pythonize::{depythonize, pythonize};
use serde_json::Value;

/// The callbacks in a dictionary of names and callables.
pub(crate) fn hooks(given: &Bound<'_, PyDict>) -> PyResult<Hooks> {
    let mut found = Vec::new();
    for name in Hooks::NAMES {
        found.extend(given.get_item(name)?.map(|callback| (name, callback.unbind())));
    }
    Ok(Hooks::from_json(|name| {
        let at = found.iter().position(|(held, _)| *held == name)?;
        let callback = found.swap_remove(at).1;
        Some(Arc::new(move |input: Value| answer(&callback, |py| (pythonize(py, &input)?,).into_pyobject(py))))
    }))
}

/// The speech engine in a dictionary of names and callables.
pub(crate) fn engine(given: &Bound<'_, PyDict>) -> PyResult<Option<Arc<dyn Transcriber>>> {
    Ok(given.get_item("transcribe")?.map(|callback| transcriber(callback.unbind())))
}

/// The detector in a dictionary of names and callables, called with the time, width, height and bytes of a picture.
pub(crate) fn subjects(given: &Bound<'_, PyDict>) -> PyResult<Option<SubjectHook>> {
    let callback = given.get_item("subjects")?.map(Bound::unbind);
    Ok(callback.map(|callback| {
        json_subjects(Arc::new(move |picture: Picture| {
            answer(&callback, |py| {
                let Picture { time, width, height, rgb } = &picture;
                (*time, *width, *height, PyBytes::new(py, rgb)).into_pyobject(py)
            })
        }))
    }))
}

/// A speech engine, called with where a piece begins and ends, samples a second, and the bytes of its samples.
pub(crate) fn transcriber(callback: Py<PyAny>) -> Arc<dyn Transcriber> {
    json_transcriber(Arc::new(move |chunk: AudioChunk| {
        answer(&callback, |py| {
            let samples = PyBytes::new_with(py, 4 * chunk.samples.len(), |bytes| {
                let (places, _) = bytes.as_chunks_mut();
                places.iter_mut().zip(&chunk.samples).for_each(|(place, sample)| *place = sample.to_ne_bytes());
                Ok(())
            })?;
            (chunk.start, chunk.end, chunk.sample_rate, samples).into_pyobject(py)
        })
    }))
}

fn answer(
    callback: &Py<PyAny>,
    arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
) -> Result<Value> {
    Python::attach(|py| {
        let answer = arguments(py).and_then(|arguments| callback.call1(py, arguments));
        let answer = answer.map_err(|error| raised(py, error))?;
        depythonize(answer.bind(py)).map_err(|error| Error::new(ErrorCode::CallbackInvalid, error.to_string()))
    })
}

/// What a callback raised, which becomes the cause of our own exception.
fn raised(py: Python<'_>, error: PyErr) -> Error {
    let message =
        format!("{}: {}", error.get_type(py).name().map_or_else(|_| "?".into(), |n| n.to_string()), error.value(py));
    Error::new(ErrorCode::CallbackFailed, message).caused_by(error)
}
