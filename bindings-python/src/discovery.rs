//! Lists of instances from elsewhere, and what HTTP says about sending again.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use opusclip_core::balance::discovery::{self, EndpointOptions, SrvRecord};
use opusclip_core::balance::http;
use opusclip_core::{Error, ErrorCode, Result};
use pyo3::prelude::*;

use crate::calls::{from_python, to_python};
use crate::errors::or_raise;
use crate::pick::{Time, placed, time};

/// Instances of the addresses of a name.
#[pyfunction]
pub(crate) fn instances_of_addresses<'py>(
    py: Python<'py>,
    addresses: Vec<String>,
    options: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: EndpointOptions = or_raise(py, from_python(options))?;
    to_python(py, &or_raise(py, discovery::instances_of_addresses(&addresses, &options))?)
}

/// Instances of the SRV records of a name (RFC 2782).
#[pyfunction]
pub(crate) fn instances_of_srv<'py>(
    py: Python<'py>,
    records: &Bound<'py, PyAny>,
    options: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let records: Vec<SrvRecord> = or_raise(py, placed(records, "records"))?;
    let options: EndpointOptions = or_raise(py, from_python(options))?;
    to_python(py, &or_raise(py, discovery::instances_of_srv(&records, &options))?)
}

/// Instances of the `EndpointSlice` objects of one service, as JSON.
#[pyfunction]
pub(crate) fn instances_of_slices<'py>(
    py: Python<'py>,
    slices: &str,
    options: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: EndpointOptions = or_raise(py, from_python(options))?;
    let read = |error: serde_json::Error| Error::new(ErrorCode::DataInvalid, error.to_string()).field("slices");
    let found =
        || -> Result<_> { discovery::instances_of_slices(&serde_json::from_str(slices).map_err(read)?, &options) };
    to_python(py, &or_raise(py, py.detach(found))?)
}

/// Whether a request of this method may be sent twice (RFC 9110, section 9.2.2). Names of methods are in capitals.
#[pyfunction]
pub(crate) fn is_idempotent(method: &str) -> bool {
    http::is_idempotent(method)
}

/// Whether another instance may answer better than with this HTTP status: 429, 500, 502, 503, 504.
#[pyfunction]
pub(crate) fn is_retryable(status: u16) -> bool {
    http::is_retryable(status)
}

/// For how many seconds a field ``Retry-After`` asks for patience, by seconds or by a date (RFC 9110, section 10.2.3);
/// none for what is neither.
#[pyfunction]
#[pyo3(signature = (value, now=None))]
pub(crate) fn retry_after(value: Option<&str>, now: Time<'_, '_>) -> PyResult<Option<f64>> {
    let now = time(now)?;
    Ok(value.and_then(|value| http::retry_after(value, now)))
}
