//! Metrics recorded from Python: a collector and the handles of single series.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use numpy::{IntoPyArray as _, PyReadonlyArray1, PyUntypedArrayMethods as _};
use opusclip_core::analytics::export::{HistoryFormat, OtlpTarget};
use opusclip_core::analytics::{
    self, AnalysisRequest, Clock, CollectorOptions, Exposition, History, HistoryQuery, MetricType,
};
use opusclip_core::config::from_deserializer;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyString};
use pythonize::Depythonizer;
use smallvec::SmallVec;

use crate::calls::{from_python, to_python};
use crate::errors::or_raise;

/// An array of numbers that is looked at where it lies.
pub(crate) type Numbers<'py> = PyReadonlyArray1<'py, f64>;

/// Records metrics and answers what they were; `opusclip.analytics.AnalyticsCollector` documents it.
#[pyclass(frozen, subclass, module = "opusclip.analytics")]
pub(crate) struct Collector(pub(crate) analytics::Collector);

#[pymethods]
impl Collector {
    /// By options, or by the bytes of a snapshot.
    #[new]
    #[pyo3(signature = (start, now=None))]
    fn new(py: Python<'_>, start: &Bound<'_, PyAny>, now: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let clock = now.map(seconds).transpose()?.map_or_else(Clock::system, Clock::fixed);
        if let Ok(snapshot) = start.cast::<PyBytes>() {
            return or_raise(py, analytics::Collector::restore(snapshot.as_bytes(), clock)).map(Self);
        }
        let options: CollectorOptions = or_raise(py, from_python(start))?;
        or_raise(py, analytics::Collector::with_clock(options, clock)).map(Self)
    }

    /// What costs the least: a value of now. Python's own functions take keywords in less time than those of PyO3.
    #[pyo3(signature = (name, value, labels, /))]
    fn record_now(&self, py: Python<'_>, name: &str, value: f64, labels: &Bound<'_, PyDict>) -> PyResult<()> {
        let labels = Labels::of(labels)?;
        or_raise(py, labels.with(|labels| self.0.record(name, value, labels)))
    }

    #[pyo3(signature = (name, value, timestamp, metric_type, labels, /))]
    fn record_series(
        &self,
        py: Python<'_>,
        name: &str,
        value: f64,
        timestamp: Option<&Bound<'_, PyAny>>,
        metric_type: Option<&Bound<'_, PyAny>>,
        labels: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let labels = Labels::of(labels)?;
        let time = timestamp.map_or_else(|| Ok(self.0.clock().now()), seconds)?;
        let metric_type = kind(py, metric_type)?;
        or_raise(py, labels.with(|labels| self.0.record_at(name, value, labels, time, metric_type)))
    }

    #[pyo3(signature = (name, values, times, metric_type, labels))]
    fn record_arrays<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        values: Numbers<'py>,
        times: Option<Numbers<'py>>,
        metric_type: Option<&Bound<'py, PyAny>>,
        labels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (labels, metric_type) = (Labels::read(labels)?, kind(py, metric_type)?);
        let (values, times) = (slice(&values)?, times.as_ref().map(slice).transpose()?);
        let outcome = labels.with(|labels| py.detach(|| self.0.record_many(name, values, times, labels, metric_type)));
        to_python(py, &or_raise(py, outcome)?)
    }

    fn counter(&self, py: Python<'_>, name: &str, labels: Option<&Bound<'_, PyAny>>) -> PyResult<Counter> {
        let labels = Labels::read(labels)?;
        or_raise(py, labels.with(|labels| self.0.counter(name, labels))).map(Counter)
    }

    fn distribution(
        &self,
        py: Python<'_>,
        name: &str,
        metric_type: &Bound<'_, PyAny>,
        labels: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Distribution> {
        let (labels, metric_type) = (Labels::read(labels)?, kind(py, Some(metric_type))?);
        let made = labels.with(|labels| match metric_type {
            Some(MetricType::Gauge) => self.0.gauge(name, labels),
            Some(MetricType::Summary) => self.0.summary(name, labels),
            _ => self.0.histogram(name, labels),
        });
        or_raise(py, made).map(Distribution)
    }

    fn distinct(&self, py: Python<'_>, name: &str, labels: Option<&Bound<'_, PyAny>>) -> PyResult<Distinct> {
        let labels = Labels::read(labels)?;
        or_raise(py, labels.with(|labels| self.0.distinct(name, labels))).map(Distinct)
    }

    fn history_columns<'py>(&self, py: Python<'py>, query: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let mut history = self.read_history(py, query)?;
        let columns = PyDict::new(py);
        for (name, column) in history.take_figures() {
            columns.set_item(name, column.into_pyarray(py))?;
        }
        columns.set_item("series", to_python(py, &history.series)?)?;
        columns.set_item("of_series", history.of_series.into_pyarray(py))?;
        columns.set_item("start", history.start.into_pyarray(py))?;
        columns.set_item("seconds", history.seconds.into_pyarray(py))?;
        Ok(columns)
    }

    fn export_history(
        &self,
        py: Python<'_>,
        query: &Bound<'_, PyAny>,
        path: PathBuf,
        format: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let format = format.map(|format| history_format(py, format)).transpose()?;
        let history = self.read_history(py, query)?;
        or_raise(py, py.detach(|| history.save(path, format)))
    }

    fn spill_history(
        &self,
        py: Python<'_>,
        folder: PathBuf,
        format: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<PathBuf>> {
        let (format, now) = (history_format(py, format)?, now.map(seconds).transpose()?);
        or_raise(py, py.detach(|| self.0.spill(folder, format, now)))
    }

    fn otlp_request<'py>(
        &self,
        py: Python<'py>,
        resource: BTreeMap<String, String>,
        window: &str,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let now = now.map(seconds).transpose()?;
        let body = py.detach(|| self.0.otlp(&resource, window, now));
        Ok(PyBytes::new(py, &or_raise(py, body)?))
    }

    fn push_otlp_to(&self, py: Python<'_>, target: &Bound<'_, PyAny>, now: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let target: OtlpTarget = or_raise(py, from_python(target))?;
        let now = now.map(seconds).transpose()?;
        or_raise(py, py.detach(|| self.0.push_otlp(&target, now)))
    }

    fn window_stats<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        window: &str,
        labels: Option<&Bound<'py, PyAny>>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (labels, now) = (Labels::read(labels)?, now.map(seconds).transpose()?);
        let stats = labels.with(|labels| self.0.window(name, labels, window, now));
        to_python(py, &or_raise(py, stats)?)
    }

    fn all_window_stats<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        labels: Option<&Bound<'py, PyAny>>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (labels, now) = (Labels::read(labels)?, now.map(seconds).transpose()?);
        let stats = labels.with(|labels| self.0.windows(name, labels, now));
        to_python(py, &or_raise(py, stats)?)
    }

    fn samples<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        window: &str,
        labels: Option<&Bound<'py, PyAny>>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Vec<f64>, Vec<f64>)> {
        let (labels, now) = (Labels::read(labels)?, now.map(seconds).transpose()?);
        let samples = or_raise(py, labels.with(|labels| self.0.samples(name, labels, window, now)))?;
        Ok((samples.times().to_vec(), samples.values().to_vec()))
    }

    fn metric_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.metrics())
    }

    fn drop_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.drops())
    }

    fn process<'py>(
        &self,
        py: Python<'py>,
        request: &Bound<'py, PyDict>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request: AnalysisRequest = or_raise(py, from_python(request))?;
        let now = now.map(seconds).transpose()?;
        let result = py.detach(|| self.0.process(&request, now));
        to_python(py, &or_raise(py, result)?)
    }

    fn dashboard<'py>(&self, py: Python<'py>, now: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let now = now.map(seconds).transpose()?;
        let dashboard = py.detach(|| self.0.dashboard(now));
        to_python(py, &or_raise(py, dashboard)?)
    }

    fn exposition<'py>(
        &self,
        py: Python<'py>,
        format: &Bound<'py, PyAny>,
        window: &str,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<String> {
        let format: Exposition = or_raise(py, from_python(format).map_err(|error| error.field("format")))?;
        let now = now.map(seconds).transpose()?;
        let text = py.detach(|| self.0.exposition(format, window, now));
        or_raise(py, text)
    }

    /// All that was recorded, as bytes for `restore` and `merge`.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.0.snapshot());
        Ok(PyBytes::new(py, &or_raise(py, bytes)?))
    }

    /// Add what another collector recorded.
    fn merge(&self, py: Python<'_>, snapshot: &[u8]) -> PyResult<()> {
        or_raise(py, py.detach(|| self.0.merge(snapshot)))
    }

    /// Write a snapshot into a file, which has the old content or the new at any moment.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        or_raise(py, py.detach(|| self.0.save(path)))
    }

    /// The options it was made with.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, self.0.options())
    }
}

impl Collector {
    fn read_history(&self, py: Python<'_>, query: &Bound<'_, PyAny>) -> PyResult<History> {
        let query: HistoryQuery = or_raise(py, from_python(query))?;
        or_raise(py, py.detach(|| self.0.history(&query)))
    }
}

fn history_format(py: Python<'_>, given: &Bound<'_, PyAny>) -> PyResult<HistoryFormat> {
    or_raise(py, from_python(given).map_err(|error| error.field("format")))
}

/// A counter with its labels, looked up once.
#[pyclass(frozen, module = "opusclip.analytics")]
pub(crate) struct Counter(analytics::Counter);

#[pymethods]
impl Counter {
    /// Add an amount, 1 by default, now or at a time.
    #[pyo3(signature = (amount=None, timestamp=None))]
    fn inc(&self, py: Python<'_>, amount: Option<f64>, timestamp: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match (amount, timestamp) {
            (None, None) => {
                self.0.inc();
                Ok(())
            }
            (Some(amount), None) => or_raise(py, self.0.add(amount)),
            (amount, Some(time)) => or_raise(py, self.0.add_at(amount.unwrap_or(1.0), seconds(time)?)),
        }
    }

    /// Add what a counter elsewhere, that shows its total, rose by since the last call.
    fn follow(&self, py: Python<'_>, total: f64, timestamp: &Bound<'_, PyAny>) -> PyResult<()> {
        or_raise(py, self.0.follow(total, seconds(timestamp)?))
    }

    /// All that was ever added.
    #[getter]
    fn total(&self) -> f64 {
        self.0.total()
    }
}

/// A gauge, histogram or summary with its labels, looked up once.
#[pyclass(frozen, module = "opusclip.analytics")]
pub(crate) struct Distribution(analytics::Distribution);

#[pymethods]
impl Distribution {
    /// Record a value, now or at a time.
    #[pyo3(signature = (value, timestamp=None))]
    fn record(&self, py: Python<'_>, value: f64, timestamp: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match timestamp {
            None => or_raise(py, self.0.record(value)),
            Some(time) => or_raise(py, self.0.record_at(value, seconds(time)?)),
        }
    }

    /// Record an array of values, at times of their own or now.
    fn record_arrays<'py>(
        &self,
        py: Python<'py>,
        values: Numbers<'py>,
        times: Option<Numbers<'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (values, times) = (slice(&values)?, times.as_ref().map(slice).transpose()?);
        let outcome = py.detach(|| self.0.record_many(values, times));
        to_python(py, &or_raise(py, outcome)?)
    }

    /// The latest value.
    #[getter]
    fn last(&self) -> Option<f64> {
        self.0.last()
    }
}

/// Distinct members with their labels, looked up once.
#[pyclass(frozen, module = "opusclip.analytics")]
pub(crate) struct Distinct(analytics::Distinct);

#[pymethods]
impl Distinct {
    /// Count a member, now or at a time.
    #[pyo3(signature = (member, timestamp=None))]
    fn add(&self, py: Python<'_>, member: &str, timestamp: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match timestamp {
            None => or_raise(py, self.0.add(member)),
            Some(time) => or_raise(py, self.0.add_at(member, seconds(time)?)),
        }
    }

    /// Count many members, at times of their own or now.
    fn add_list<'py>(
        &self,
        py: Python<'py>,
        members: Vec<PyBackedStr>,
        times: Option<Numbers<'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let times = times.as_ref().map(slice).transpose()?;
        let outcome = py.detach(|| self.0.add_many(&members, times));
        to_python(py, &or_raise(py, outcome)?)
    }
}

/// Labels as Python gave them; values that are no texts are written as `str` does.
pub(crate) struct Labels<'py>(SmallVec<[(Bound<'py, PyString>, Bound<'py, PyString>); USUAL]>);

/// More labels than these are kept on the heap.
const USUAL: usize = 4;

impl<'py> Labels<'py> {
    /// Those of any mapping.
    pub(crate) fn read(labels: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let Some(labels) = labels else { return Ok(Self(SmallVec::new())) };
        match labels.cast::<PyDict>() {
            Ok(dict) => Self::of(dict),
            Err(_other) => {
                let dict = PyDict::new(labels.py());
                dict.update(labels.cast::<PyMapping>()?)?;
                Self::of(&dict)
            }
        }
    }

    fn of(dict: &Bound<'py, PyDict>) -> PyResult<Self> {
        let mut labels = SmallVec::new();
        for (key, value) in dict {
            labels.push((text(key)?, text(value)?));
        }
        Ok(Self(labels))
    }

    pub(crate) fn with<T>(
        &self,
        call: impl FnOnce(&[(&str, &str)]) -> opusclip_core::Result<T>,
    ) -> opusclip_core::Result<T> {
        let invalid = |_| {
            opusclip_core::Error::new(opusclip_core::ErrorCode::MetricInvalid, "a label is no valid Unicode")
                .field("labels")
        };
        let mut pairs: SmallVec<[(&str, &str); USUAL]> = SmallVec::new();
        for (key, value) in &self.0 {
            pairs.push((key.to_str().map_err(invalid)?, value.to_str().map_err(invalid)?));
        }
        call(&pairs)
    }
}

fn text(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyString>> {
    match value.cast_into::<PyString>() {
        Ok(text) => Ok(text),
        Err(other) => other.into_inner().str(),
    }
}

/// Unix seconds of a number or a `datetime`; one without a time zone is in UTC.
pub(crate) fn seconds(time: &Bound<'_, PyAny>) -> PyResult<f64> {
    if let Ok(number) = time.extract::<f64>() {
        return Ok(number);
    }
    if time.getattr("tzinfo")?.is_none() {
        let utc = time.py().import("datetime")?.getattr("timezone")?.getattr("utc")?;
        let aware = PyDict::new(time.py());
        aware.set_item("tzinfo", utc)?;
        return time.call_method("replace", (), Some(&aware))?.call_method0("timestamp")?.extract();
    }
    time.call_method0("timestamp")?.extract()
}

fn kind(py: Python<'_>, given: Option<&Bound<'_, PyAny>>) -> PyResult<Option<MetricType>> {
    let read = |given| from_deserializer(&mut Depythonizer::from_object(given));
    let read = given.map(read).transpose().map_err(|error: opusclip_core::Error| error.field("metric_type"));
    or_raise(py, read)
}

/// The numbers of an array whose numbers lie side by side.
pub(crate) fn slice<'a>(array: &'a Numbers<'_>) -> PyResult<&'a [f64]> {
    debug_assert!(array.is_contiguous(), "the package hands over contiguous arrays only");
    Ok(array.as_slice()?)
}
