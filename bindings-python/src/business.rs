//! Business figures of columns that lie in Python.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use numpy::PyReadonlyArray1;
use opusclip_core::analytics::business::{self, Arm, DriverRows, Events, Names, People, Times};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::calls::{from_python, to_python};
use crate::collector::{Numbers, slice};
use crate::errors::or_raise;

/// When each event happened: microseconds, or seconds.
#[derive(FromPyObject)]
pub(crate) enum Moments<'py> {
    Microseconds(PyReadonlyArray1<'py, i64>),
    Seconds(PyReadonlyArray1<'py, f64>),
}

/// A column of numbers or texts, one for each event; or of both, which are told apart.
#[derive(FromPyObject)]
pub(crate) enum Column<'py> {
    Integers(PyReadonlyArray1<'py, i64>),
    Texts(Vec<Option<String>>),
    Mixed(Vec<Key>),
}

/// A number or a text.
#[derive(FromPyObject, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Integer(i64),
    Text(String),
}

/// The columns of a table of events.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Columns<'py> {
    time: Moments<'py>,
    user: Column<'py>,
    event: Option<Column<'py>>,
    breakdown: Option<Column<'py>>,
}

/// The columns of a table whose figure changed.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct DriverColumns<'py> {
    after: PyReadonlyArray1<'py, bool>,
    value: Numbers<'py>,
    weight: Option<Numbers<'py>>,
    dimensions: Vec<(String, Column<'py>)>,
}

impl Moments<'_> {
    pub(crate) fn times(&self) -> PyResult<Times<'_>> {
        Ok(match self {
            Self::Microseconds(times) => times.as_slice()?.into(),
            Self::Seconds(times) => times.as_slice()?.into(),
        })
    }
}

impl Column<'_> {
    fn names(&self) -> PyResult<Names<'_>> {
        Ok(match self {
            Self::Integers(numbers) => Names::integers(numbers.as_slice()?),
            Self::Texts(texts) => Names::of(texts.iter().map(Option::as_deref)),
            Self::Mixed(keys) => Names::of(keys.iter().map(|key| Some(key.to_string()))),
        })
    }

    pub(crate) fn people(&self) -> PyResult<People<'_>> {
        Ok(match self {
            Self::Integers(numbers) => People::integers(numbers.as_slice()?),
            Self::Texts(texts) => People::of(texts.iter().map(|text| text.as_deref().unwrap_or_default())),
            Self::Mixed(keys) => People::of(keys),
        })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Read the columns and options, answer, hand the result over.
fn answered<'py, O: DeserializeOwned, T: Serialize + Send>(
    py: Python<'py>,
    columns: &Columns<'py>,
    options: &Bound<'py, PyDict>,
    answer: impl FnOnce(&Events<'_>, &O) -> opusclip_core::Result<T>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: O = or_raise(py, from_python(options))?;
    let mut events = or_raise(py, Events::new(columns.time.times()?, columns.user.people()?))?;
    if let Some(names) = &columns.event {
        events = or_raise(py, events.names(names.names()?))?;
    }
    if let Some(values) = &columns.breakdown {
        events = or_raise(py, events.breakdown(values.names()?))?;
    }
    to_python(py, &or_raise(py, answer(&events, &options))?)
}

#[pyfunction]
pub(crate) fn funnel<'py>(
    py: Python<'py>,
    columns: Columns<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    answered(py, &columns, options, |events, options| py.detach(|| business::funnel(events, options)))
}

#[pyfunction]
pub(crate) fn retention<'py>(
    py: Python<'py>,
    columns: Columns<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    answered(py, &columns, options, |events, options| py.detach(|| business::retention(events, options)))
}

#[pyfunction]
pub(crate) fn users<'py>(
    py: Python<'py>,
    columns: Columns<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    answered(py, &columns, options, |events, options| py.detach(|| business::users(events, options)))
}

#[pyfunction]
pub(crate) fn compare<'py>(
    py: Python<'py>,
    control: &Bound<'py, PyAny>,
    variant: &Bound<'py, PyAny>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let arm = |given, field: &str| or_raise(py, from_python::<Arm>(given).map_err(|error| error.field(field)));
    let (control, variant) = (arm(control, "control")?, arm(variant, "variant")?);
    let options = or_raise(py, from_python(options))?;
    to_python(py, &or_raise(py, business::compare(&control, &variant, &options))?)
}

/// The arm of an experiment whose people have these numbers.
#[pyfunction]
pub(crate) fn arm_of<'py>(py: Python<'py>, values: Numbers<'py>) -> PyResult<Bound<'py, PyAny>> {
    to_python(py, &or_raise(py, Arm::of(slice(&values)?))?)
}

#[pyfunction]
pub(crate) fn drivers<'py>(
    py: Python<'py>,
    columns: DriverColumns<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = or_raise(py, from_python(options))?;
    let mut rows = or_raise(py, DriverRows::new(columns.after.as_slice()?, slice(&columns.value)?))?;
    if let Some(weights) = &columns.weight {
        rows = or_raise(py, rows.weights(slice(weights)?))?;
    }
    for (name, values) in &columns.dimensions {
        rows = or_raise(py, rows.dimension(name, values.names()?))?;
    }
    let found = py.detach(|| business::drivers(&rows, &options));
    to_python(py, &or_raise(py, found)?)
}
