//! The core's error as a Python exception. Which class a code becomes is decided in `opusclip/errors.py` alone.

use opusclip_core::{Error, ErrorCode, Result};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// The exception for an error of the core.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|failure| failure)
}

/// The value, or the exception for the error.
pub(crate) fn or_raise<T>(py: Python<'_>, result: Result<T>) -> PyResult<T> {
    result.map_err(|error| exception(py, &error))
}

/// An exception that reports a defect in this library.
pub(crate) fn internal(py: Python<'_>, message: impl Into<String>) -> PyErr {
    exception(py, &Error::new(ErrorCode::Internal, message))
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    static FROM_CORE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let fields = PyDict::new(py);
    fields.set_item("code", error.code().as_str())?;
    fields.set_item("message", error.message())?;
    fields.set_item("field", error.field_name())?;
    fields.set_item("file", error.file_path())?;
    fields.set_item("line", error.line_number())?;
    fields.set_item("time", error.media_time())?;
    fields.set_item("hint", error.hint_text())?;
    let from_core = FROM_CORE.import(py, "opusclip.errors", "from_core")?;
    let exception = PyErr::from_value(from_core.call((error.to_string(),), Some(&fields))?);
    // What a callback raised is the cause.
    let cause = std::error::Error::source(error).and_then(|source| source.downcast_ref::<PyErr>());
    exception.set_cause(py, cause.map(|cause| cause.clone_ref(py)));
    Ok(exception)
}
