//! Business figures of columns that lie in Python.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use numpy::PyReadonlyArray1;
use opusclip_core::analytics::business::{self, Events, Names, People, Times};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::calls::{from_python, to_python};
use crate::errors::or_raise;

/// When each event happened: microseconds, or seconds.
#[derive(FromPyObject)]
pub(crate) enum Moments<'py> {
    Microseconds(PyReadonlyArray1<'py, i64>),
    Seconds(PyReadonlyArray1<'py, f64>),
}

/// A column of numbers or texts, one for each event.
#[derive(FromPyObject)]
pub(crate) enum Column<'py> {
    Integers(PyReadonlyArray1<'py, i64>),
    Texts(Vec<Option<String>>),
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

impl Column<'_> {
    fn names(&self) -> PyResult<Names<'_>> {
        Ok(match self {
            Self::Integers(numbers) => Names::integers(numbers.as_slice()?),
            Self::Texts(texts) => Names::of(texts.iter().map(Option::as_deref)),
        })
    }

    fn people(&self) -> PyResult<People<'_>> {
        Ok(match self {
            Self::Integers(numbers) => People::integers(numbers.as_slice()?),
            Self::Texts(texts) => People::of(texts.iter().map(|text| text.as_deref().unwrap_or_default())),
        })
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
    let times: Times<'_> = match &columns.time {
        Moments::Microseconds(times) => times.as_slice()?.into(),
        Moments::Seconds(times) => times.as_slice()?.into(),
    };
    let mut events = or_raise(py, Events::new(times, columns.user.people()?))?;
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
