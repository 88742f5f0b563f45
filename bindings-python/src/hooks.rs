//! Callbacks written in Python, as the core calls them: from a thread of its own, with the interpreter attached.

use std::sync::Arc;

use opusclip_core::clip::{Hooks, JsonHook};
use opusclip_core::{Error, ErrorCode};
use pyo3::prelude::*;
use pyo3::types::PyDict;
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
        Some(json(found.swap_remove(at).1))
    }))
}

fn json(callback: Py<PyAny>) -> JsonHook {
    Arc::new(move |input: Value| {
        Python::attach(|py| {
            let answer = pythonize(py, &input).map_err(PyErr::from).and_then(|input| callback.call1(py, (input,)));
            let answer = answer.map_err(|error| raised(py, error))?;
            depythonize(answer.bind(py)).map_err(|error| Error::new(ErrorCode::CallbackInvalid, error.to_string()))
        })
    })
}

/// What a callback raised, which becomes the cause of our own exception.
fn raised(py: Python<'_>, error: PyErr) -> Error {
    let message =
        format!("{}: {}", error.get_type(py).name().map_or_else(|_| "?".into(), |n| n.to_string()), error.value(py));
    Error::new(ErrorCode::CallbackFailed, message).caused_by(error)
}
