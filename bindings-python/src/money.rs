//! Money: payments and subscriptions by columns, customers and their models.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use numpy::{Element, PyReadonlyArray1};
use opusclip_core::analytics::business::{
    self, BgNbd, Currencies, CustomerSummary, GammaGamma, LifetimeOptions, Names, Payments, Subscriptions,
};
use opusclip_core::{Error, ErrorCode};
use pyo3::conversion::FromPyObjectOwned;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::business::{Column, Moments};
use crate::calls::{from_python, to_python};
use crate::collector::{Numbers, slice};
use crate::errors::{exception, or_raise};

/// The columns of a table of payments.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct PaymentColumns<'py> {
    time: Moments<'py>,
    user: Column<'py>,
    amount: Bound<'py, PyAny>,
    currency: Currency,
}

/// The columns of a table of subscriptions.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct SubscriptionColumns<'py> {
    user: Column<'py>,
    start: Moments<'py>,
    /// Seconds; NaN for one that goes on.
    end: Numbers<'py>,
    amount: Bound<'py, PyAny>,
    months: Bound<'py, PyAny>,
    currency: Currency,
}

/// The currency of all amounts, or of each.
#[derive(FromPyObject)]
enum Currency {
    One(String),
    Each(Vec<Option<String>>),
}

impl Currency {
    fn currencies(&self) -> Currencies<'_> {
        match self {
            Self::One(code) => Currencies::One(code.clone()),
            Self::Each(codes) => Currencies::Each(Names::of(codes.iter().map(Option::as_deref))),
        }
    }
}

/// Whole numbers of an array, where it lies, or of a list.
enum Whole<'py, T: Element> {
    Array(PyReadonlyArray1<'py, T>),
    List(Vec<T>),
}

impl<'py, T: Element + FromPyObjectOwned<'py>> Whole<'py, T> {
    fn read(column: &Bound<'py, PyAny>, field: &str) -> PyResult<Self> {
        if let Ok(array) = column.extract() {
            return Ok(Self::Array(array));
        }
        column.extract().map(Self::List).map_err(|cause| {
            let message = format!("{field} holds what is no whole number in range: {cause}");
            let error = Error::new(ErrorCode::DataInvalid, message).field(field);
            exception(column.py(), &error.hint("money is in minor units, such as cents; months are whole"))
        })
    }

    fn slice(&self) -> PyResult<&[T]> {
        match self {
            Self::Array(array) => Ok(array.as_slice()?),
            Self::List(list) => Ok(list),
        }
    }
}

/// Read the columns and options, answer, hand the result over.
fn paid<'py, O: DeserializeOwned, T: Serialize>(
    py: Python<'py>,
    columns: &PaymentColumns<'py>,
    options: &Bound<'py, PyDict>,
    answer: impl FnOnce(&Payments<'_>, &O) -> opusclip_core::Result<T>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: O = or_raise(py, from_python(options))?;
    let amounts = Whole::<i64>::read(&columns.amount, "amount")?;
    let (times, people) = (columns.time.times()?, columns.user.people()?);
    let payments = or_raise(py, Payments::new(times, people, amounts.slice()?, columns.currency.currencies()))?;
    to_python(py, &or_raise(py, answer(&payments, &options))?)
}

#[pyfunction]
pub(crate) fn revenue<'py>(
    py: Python<'py>,
    columns: PaymentColumns<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    paid(py, &columns, options, |payments, options| py.detach(|| business::revenue(payments, options)))
}

#[pyfunction]
pub(crate) fn cohort_values<'py>(
    py: Python<'py>,
    columns: PaymentColumns<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    paid(py, &columns, options, |payments, options| py.detach(|| business::cohort_values(payments, options)))
}

#[pyfunction]
pub(crate) fn customers<'py>(
    py: Python<'py>,
    columns: PaymentColumns<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    paid(py, &columns, options, |payments, options| py.detach(|| business::customers(payments, options)))
}

#[pyfunction]
pub(crate) fn mrr<'py>(
    py: Python<'py>,
    columns: SubscriptionColumns<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = or_raise(py, from_python(options))?;
    let amounts = Whole::<i64>::read(&columns.amount, "amount")?;
    let months = Whole::<u32>::read(&columns.months, "months")?;
    let ends: Vec<Option<f64>> = slice(&columns.end)?.iter().map(|end| (!end.is_nan()).then_some(*end)).collect();
    let (people, starts) = (columns.user.people()?, columns.start.times()?);
    let currencies = columns.currency.currencies();
    let rows = Subscriptions::new(people, starts, &ends, amounts.slice()?, months.slice()?, currencies);
    let rows = or_raise(py, rows)?;
    let answer = py.detach(|| business::mrr(&rows, &options));
    to_python(py, &or_raise(py, answer)?)
}

fn read<T: DeserializeOwned>(given: &Bound<'_, PyAny>, field: &str) -> PyResult<T> {
    or_raise(given.py(), from_python(given).map_err(|error| error.field(field)))
}

fn summaries(customers: &Bound<'_, PyAny>) -> PyResult<Vec<CustomerSummary>> {
    read(customers, "customers")
}

#[pyfunction]
pub(crate) fn fit_bg_nbd<'py>(py: Python<'py>, customers: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let customers = summaries(customers)?;
    let model = py.detach(|| BgNbd::fit(&customers));
    to_python(py, &or_raise(py, model)?)
}

#[pyfunction]
pub(crate) fn fit_gamma_gamma<'py>(py: Python<'py>, customers: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let customers = summaries(customers)?;
    let model = py.detach(|| GammaGamma::fit(&customers));
    to_python(py, &or_raise(py, model)?)
}

#[pyfunction]
pub(crate) fn probability_alive(model: &Bound<'_, PyAny>, customers: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    let model: BgNbd = read(model, "model")?;
    Ok(summaries(customers)?.iter().map(|customer| model.probability_alive(customer)).collect())
}

#[pyfunction]
pub(crate) fn expected_purchases(
    model: &Bound<'_, PyAny>,
    customers: &Bound<'_, PyAny>,
    time: f64,
) -> PyResult<Vec<f64>> {
    let model: BgNbd = read(model, "model")?;
    Ok(summaries(customers)?.iter().map(|customer| model.expected_purchases(customer, time)).collect())
}

#[pyfunction]
pub(crate) fn expected_value(model: &Bound<'_, PyAny>, customers: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    let model: GammaGamma = read(model, "model")?;
    Ok(summaries(customers)?.iter().map(|customer| model.expected_value(customer)).collect())
}

#[pyfunction]
pub(crate) fn lifetime_value(
    py: Python<'_>,
    purchases: &Bound<'_, PyAny>,
    values: &Bound<'_, PyAny>,
    customers: &Bound<'_, PyAny>,
    options: &Bound<'_, PyDict>,
) -> PyResult<Vec<f64>> {
    let (purchases, values): (BgNbd, GammaGamma) = (read(purchases, "purchases")?, read(values, "values")?);
    let (customers, options): (_, LifetimeOptions) = (summaries(customers)?, or_raise(py, from_python(options))?);
    let each = || customers.iter().map(|customer| business::lifetime_value(&purchases, &values, customer, &options));
    or_raise(py, py.detach(|| each().collect()))
}
