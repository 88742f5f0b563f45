//! The scaling engine for Python. Callbacks, their time limits and their retries are awaited in Python; what became of them
//! is the core's to judge.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use opusclip_core::joint::{self, JointOptions};
use opusclip_core::scaling::recommend::{RecommendOptions, recommend};
use opusclip_core::scaling::simulate::{self, ComparisonOptions, ScalingComparison, Trace, TraceOptions};
use opusclip_core::scaling::{ResourceMetrics, ScalingConfig, ScalingDecision, ScalingEngine, cases, keda};
use opusclip_core::{Error, ErrorCode};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::calls::{Cancel, Progress, from_python, to_python};
use crate::errors::or_raise;
use crate::job::Watch;
use crate::pick::{placed, time};

type Time<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// Decides how many instances there should be; `opusclip.performance.AutoScalingEngine` documents it.
#[pyclass(frozen, module = "opusclip._opusclip")]
pub(crate) struct Scaler(Mutex<ScalingEngine>);

#[pymethods]
impl Scaler {
    /// An engine, or one that goes on where a saved one was.
    #[new]
    #[pyo3(signature = (config, saved=None))]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>, saved: Option<&str>) -> PyResult<Self> {
        let config: ScalingConfig = or_raise(py, from_python(config))?;
        let engine = match saved {
            Some(saved) => ScalingEngine::restore(config, saved),
            None => ScalingEngine::new(config),
        };
        or_raise(py, engine).map(|engine| Self(Mutex::new(engine)))
    }

    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        metrics: &Bound<'py, PyAny>,
        now: Time<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let metrics: ResourceMetrics = or_raise(py, from_python(metrics))?;
        let now = time(now)?;
        let decision = self.core().evaluate(&metrics, now);
        to_python(py, &or_raise(py, decision)?)
    }

    fn begin<'py>(
        &self,
        py: Python<'py>,
        decision: &Bound<'py, PyAny>,
        now: Time<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let decision: ScalingDecision = or_raise(py, from_python(decision))?;
        let now = time(now)?;
        let request = self.core().begin(&decision, now);
        to_python(py, &or_raise(py, request)?)
    }

    fn due<'py>(&self, py: Python<'py>, now: Time<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let now = time(now)?;
        let request = self.core().due(now);
        to_python(py, &or_raise(py, request)?)
    }

    fn succeeded(&self, py: Python<'_>, token: &str, now: Time<'_, '_>) -> PyResult<()> {
        let now = time(now)?;
        let known = self.core().succeeded(token, now);
        or_raise(py, known)
    }

    fn failed<'py>(
        &self,
        py: Python<'py>,
        token: &str,
        error: &str,
        now: Time<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = time(now)?;
        let state = self.core().failed(token, error, now);
        to_python(py, &or_raise(py, state)?)
    }

    fn ready(&self, py: Python<'_>, instances: &Bound<'_, PyAny>, now: Time<'_, '_>) -> PyResult<()> {
        let (instances, now) = (or_raise(py, placed(instances, "instances"))?, time(now)?);
        let known = self.core().ready(instances, now);
        or_raise(py, known)
    }

    fn wanted_instances(&self, py: Python<'_>, now: Time<'_, '_>) -> PyResult<Option<u32>> {
        let now = time(now)?;
        let wanted = self.core().wanted_instances(now);
        or_raise(py, wanted)
    }

    fn prometheus_text(&self, py: Python<'_>, labels: &Bound<'_, PyAny>, now: Time<'_, '_>) -> PyResult<String> {
        let (labels, now) = (or_raise(py, placed(labels, "labels"))?, time(now)?);
        let text = self.core().prometheus_text(&labels, now);
        or_raise(py, text)
    }

    fn keda_json(&self, py: Python<'_>, now: Time<'_, '_>) -> PyResult<String> {
        let now = time(now)?;
        let text = self.core().keda_json(now);
        or_raise(py, text)
    }

    fn answer_keda<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        request: &[u8],
        now: Time<'_, 'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (method, now) = (or_raise(py, keda::Method::of(method))?, time(now)?);
        let answer = self.core().answer_keda(method, request, now);
        or_raise(py, answer).map(|answer| PyBytes::new(py, &answer))
    }

    fn actions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let actions = self.core().actions();
        to_python(py, &actions)
    }

    fn history<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let history = self.core().history();
        to_python(py, &history)
    }

    fn status<'py>(&self, py: Python<'py>, now: Time<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let now = time(now)?;
        let status = self.core().status(now);
        to_python(py, &or_raise(py, status)?)
    }

    fn save(&self, py: Python<'_>) -> PyResult<String> {
        let saved = self.core().save();
        or_raise(py, saved)
    }
}

impl Scaler {
    /// Nothing of Python's may run while this is held: another thread could wait for it with the interpreter.
    fn core(&self) -> MutexGuard<'_, ScalingEngine> {
        // The core does not panic half way; what a panic elsewhere left is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The options of an engine with every default, once they are found to be right.
#[pyfunction]
pub(crate) fn scaling_config<'py>(py: Python<'py>, options: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let config: ScalingConfig = or_raise(py, from_python(options))?;
    or_raise(py, config.check())?;
    to_python(py, &config)
}

/// Recorded traffic of a CSV file.
#[pyfunction]
pub(crate) fn read_trace<'py>(
    py: Python<'py>,
    path: std::path::PathBuf,
    options: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let options: TraceOptions = or_raise(py, from_python(options))?;
    let trace = py.detach(|| Trace::read(path, &options));
    to_python(py, &or_raise(py, trace)?)
}

/// Recorded traffic played against policies.
#[pyfunction]
pub(crate) fn simulate_scaling<'py>(
    py: Python<'py>,
    trace: &Bound<'py, PyAny>,
    options: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let trace: Trace = or_raise(py, from_python(trace))?;
    let options: ComparisonOptions = or_raise(py, from_python(options))?;
    let report = py.detach(|| simulate::compare(&trace, &options));
    to_python(py, &or_raise(py, report)?)
}

/// Recorded traffic played against policies, with balancers.
#[pyfunction]
pub(crate) fn simulate_joint<'py>(
    py: Python<'py>,
    trace: &Bound<'py, PyAny>,
    options: &Bound<'py, PyAny>,
    balancing: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let trace: Trace = or_raise(py, from_python(trace))?;
    let options: ComparisonOptions = or_raise(py, from_python(options))?;
    let balancing: JointOptions = or_raise(py, from_python(balancing))?;
    let report = py.detach(|| joint::simulate(&trace, &options, &balancing));
    to_python(py, &or_raise(py, report)?)
}

/// A comparison as a page, or as a part of one.
#[pyfunction]
pub(crate) fn scaling_to_html(
    py: Python<'_>,
    comparison: &Bound<'_, PyAny>,
    title: &str,
    fragment: bool,
) -> PyResult<String> {
    let comparison: ScalingComparison = or_raise(py, from_python(comparison))?;
    Ok(if fragment { comparison.to_html_fragment(title) } else { comparison.to_html(title) })
}

/// Settings that hold a service level at the least cost.
#[pyfunction]
#[pyo3(signature = (trace, options, progress=None, cancel=None))]
pub(crate) fn recommend_scaling<'py>(
    py: Python<'py>,
    trace: &Bound<'py, PyAny>,
    options: &Bound<'py, PyAny>,
    progress: Progress<'py>,
    cancel: Cancel<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let trace: Trace = or_raise(py, from_python(trace))?;
    let options: RecommendOptions = or_raise(py, from_python(options))?;
    let found = Watch::new(progress, cancel).run(py, move |control| recommend(&trace, &options, control))?;
    to_python(py, &found)
}

/// What became of the cases of a file, as JSON.
#[pyfunction]
pub(crate) fn scaling_cases<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let read = |error: serde_json::Error| Error::new(ErrorCode::DataInvalid, error.to_string()).field("text");
    let ran = py.detach(|| cases::run(&serde_json::from_str(text).map_err(read)?));
    to_python(py, &or_raise(py, ran)?)
}
