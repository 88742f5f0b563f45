//! Analyses of arrays that lie in Python.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use opusclip_core::analytics::forecast::{Forecast, LimitSide};
use opusclip_core::analytics::{self, Samples};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::calls::{from_python, to_python};
use crate::collector::{Numbers, slice};
use crate::errors::or_raise;

/// Values with their times, or one second apart.
fn samples<'py>(py: Python<'py>, values: &Numbers<'py>, times: Option<&Numbers<'py>>) -> PyResult<Samples> {
    let values = slice(values)?.to_vec();
    let made = match times {
        Some(times) => Samples::new(slice(times)?.to_vec(), values),
        None => Samples::evenly(values),
    };
    or_raise(py, made)
}

/// Read the options, analyse with the interpreter released, hand the result over.
fn analysed<'py, O: DeserializeOwned + Sync, T: Serialize + Send>(
    py: Python<'py>,
    options: &Bound<'py, PyDict>,
    analysis: impl FnOnce(&O) -> opusclip_core::Result<T> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let options: O = or_raise(py, from_python(options))?;
    let result = py.detach(|| analysis(&options));
    to_python(py, &or_raise(py, result)?)
}

#[pyfunction]
pub(crate) fn trend<'py>(
    py: Python<'py>,
    values: Numbers<'py>,
    times: Option<Numbers<'py>>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let samples = samples(py, &values, times.as_ref())?;
    analysed(py, options, |options| analytics::trend::trend(&samples, options))
}

#[pyfunction]
pub(crate) fn detect_anomalies<'py>(
    py: Python<'py>,
    values: Numbers<'py>,
    times: Option<Numbers<'py>>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let values = slice(&values)?;
    // A score for each row, also of those that share a time.
    match times {
        Some(times) => {
            let times = slice(&times)?;
            analysed(py, options, |options| analytics::anomaly::scan(times, values, options))
        }
        None => {
            let samples = or_raise(py, Samples::evenly(values.to_vec()))?;
            analysed(py, options, |options| analytics::anomaly::detect(&samples, options))
        }
    }
}

#[pyfunction]
pub(crate) fn forecast<'py>(
    py: Python<'py>,
    values: Numbers<'py>,
    times: Option<Numbers<'py>>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let samples = samples(py, &values, times.as_ref())?;
    analysed(py, options, |options| analytics::forecast::forecast(&samples.regular(None)?, options))
}

#[pyfunction]
pub(crate) fn correlate<'py>(
    py: Python<'py>,
    a: Numbers<'py>,
    times_a: Option<Numbers<'py>>,
    b: Numbers<'py>,
    times_b: Option<Numbers<'py>>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let (a, b) = (samples(py, &a, times_a.as_ref())?, samples(py, &b, times_b.as_ref())?);
    analysed(py, options, |options| analytics::correlate::correlate(&a, &b, options))
}

/// A metric by its name, with times or one second apart.
type Metric<'py> = (String, Numbers<'py>, Option<Numbers<'py>>);

fn named<'py>(py: Python<'py>, metrics: &[Metric<'py>]) -> PyResult<Vec<(String, Samples)>> {
    let read = |(name, values, times): &Metric<'py>| Ok((name.clone(), samples(py, values, times.as_ref())?));
    metrics.iter().map(read).collect()
}

#[pyfunction]
pub(crate) fn correlate_all<'py>(
    py: Python<'py>,
    metrics: Vec<Metric<'py>>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let metrics = named(py, &metrics)?;
    analysed(py, options, |options| analytics::correlate::correlate_all(&metrics, options))
}

#[pyfunction]
pub(crate) fn moved_together<'py>(
    py: Python<'py>,
    values: Numbers<'py>,
    times: Option<Numbers<'py>>,
    others: Vec<Metric<'py>>,
    span: (f64, f64),
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let (target, others) = (samples(py, &values, times.as_ref())?, named(py, &others)?);
    analysed(py, options, |options| analytics::correlate::moved_together(&target, &others, span.0, span.1, options))
}

#[pyfunction]
pub(crate) fn time_to_limit<'py>(
    py: Python<'py>,
    values: Numbers<'py>,
    times: Option<Numbers<'py>>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let samples = samples(py, &values, times.as_ref())?;
    analysed(py, options, |options| analytics::forecast::time_to_limit(&samples.regular(None)?, options))
}

#[pyfunction]
pub(crate) fn forecast_time_to_limit<'py>(
    py: Python<'py>,
    forecast: &Bound<'py, PyDict>,
    limit: f64,
    direction: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let forecast: Forecast = or_raise(py, from_python(forecast).map_err(|error| error.field("forecast")))?;
    let direction = direction.map(|side| from_python::<LimitSide>(side).map_err(|error| error.field("direction")));
    let direction = or_raise(py, direction.transpose())?;
    to_python(py, &or_raise(py, forecast.time_to_limit(limit, direction))?)
}
