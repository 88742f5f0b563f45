//! What keeps the instances of a load balancer as they should be: when a source is asked again, what a check asks for, and
//! who joins and leaves as an autoscaler wants.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use std::sync::{Mutex, PoisonError};

use opusclip_core::balance::discovery::{self, InstanceSpec};
use opusclip_core::balance::{self, CheckerOptions};
use opusclip_core::{Error, ErrorCode, Result};
use pyo3::prelude::*;

use crate::balancer::Balancer;
use crate::calls::{from_python, to_python};
use crate::errors::or_raise;
use crate::pick::{Time, placed, time};

/// When a source of instances is asked again; `opusclip.performance.Discovery` stands before it.
#[pyclass(frozen, module = "opusclip.performance")]
pub(crate) struct Refresh(Mutex<discovery::Refresh>);

#[pymethods]
impl Refresh {
    #[new]
    fn new(py: Python<'_>, options: &Bound<'_, PyAny>) -> PyResult<Self> {
        let options = or_raise(py, from_python(options))?;
        or_raise(py, discovery::Refresh::new(options)).map(|core| Self(Mutex::new(core)))
    }

    /// A look ended; gives when the next one is due.
    fn looked(&self, py: Python<'_>, succeeded: bool, now: Time<'_, '_>) -> PyResult<f64> {
        let now = time(now)?;
        or_raise(py, self.0.lock().unwrap_or_else(PoisonError::into_inner).looked(succeeded, now))
    }

    /// Looks that have failed since the last one that did not.
    #[getter]
    fn failures(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failures()
    }
}

/// What a check asks of an instance; `opusclip.performance.HealthChecker` stands before it.
#[pyclass(frozen, module = "opusclip.performance")]
pub(crate) struct CheckRules(CheckerOptions);

#[pymethods]
impl CheckRules {
    #[new]
    fn new(py: Python<'_>, balancer: &Bound<'_, Balancer>, options: &Bound<'_, PyAny>) -> PyResult<Self> {
        let options: CheckerOptions = or_raise(py, from_python(options))?;
        or_raise(py, options.check_for(&balancer.get().0))?;
        Ok(Self(options))
    }

    /// Where the check of an instance at this address goes.
    fn target<'py>(&self, py: Python<'py>, address: &str) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &or_raise(py, self.0.target(address))?)
    }

    /// What is wrong with an answer of this status, if anything is.
    fn refusal(&self, status: u16) -> Option<String> {
        self.0.refusal(status)
    }

    /// All options.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0)
    }
}

/// Instances that an autoscaler starts and stops; `opusclip.performance.Fleet` documents it.
#[pyclass(frozen, subclass, module = "opusclip.performance")]
pub(crate) struct Fleet(balance::Fleet);

#[pymethods]
impl Fleet {
    #[new]
    fn new(py: Python<'_>, balancer: &Bound<'_, Balancer>, options: &Bound<'_, PyAny>) -> PyResult<Self> {
        let options = or_raise(py, from_python(options))?;
        or_raise(py, balance::Fleet::new(&balancer.get().0, options)).map(Self)
    }

    fn join_list(&self, py: Python<'_>, instances: &Bound<'_, PyAny>, now: Time<'_, '_>) -> PyResult<Vec<String>> {
        let instances: Vec<InstanceSpec> = or_raise(py, placed(instances, "instances"))?;
        or_raise(py, self.0.join(&instances, time(now)?))
    }

    fn resize_data<'py>(
        &self,
        py: Python<'py>,
        target: i64,
        starting: i64,
        now: Time<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (target, starting) = (or_raise(py, count("target", target))?, or_raise(py, count("starting", starting))?);
        to_python(py, &or_raise(py, self.0.resize(target, starting, time(now)?))?)
    }

    fn leave_list<'py>(&self, py: Python<'py>, ids: Vec<String>, now: Time<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &or_raise(py, self.0.leave(&ids, time(now)?))?)
    }

    fn stoppable_list<'py>(&self, py: Python<'py>, now: Time<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &or_raise(py, self.0.stoppable(time(now)?))?)
    }
}

/// A number of instances, which Python's own numbers may not be.
fn count(field: &str, value: i64) -> Result<u32> {
    u32::try_from(value).map_err(|_| {
        Error::new(ErrorCode::ConfigOutOfRange, format!("{field} is {value}, not in 0 to {}", u32::MAX)).field(field)
    })
}
