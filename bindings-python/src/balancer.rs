//! A load balancer for Python. What a request goes through is native as a whole, without a frame of Python's own.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use std::collections::BTreeMap;

use opusclip_core::balance::discovery::InstanceSpec;
use opusclip_core::balance::{
    self, BalancerOptions, InstanceOptions, LoadBalancer, LoadReport, PickRequest, Probe, RequestEnd,
};
use opusclip_core::{Error, ErrorCode};
use pyo3::prelude::*;

use crate::calls::{from_python, to_python};
use crate::collector::seconds;
use crate::errors::or_raise;
use crate::pick::{Asked, Pick, Time, clock, placed, said, time};

/// Spreads requests over instances; `opusclip.performance.LoadBalancer` documents it.
#[pyclass(frozen, subclass, module = "opusclip.performance")]
pub(crate) struct Balancer(pub(crate) LoadBalancer);

#[pymethods]
impl Balancer {
    #[new]
    fn new(py: Python<'_>, options: &Bound<'_, PyAny>) -> PyResult<Self> {
        let options: BalancerOptions = or_raise(py, from_python(options))?;
        or_raise(py, LoadBalancer::new(options)).map(Self)
    }

    /// Choose an instance for a request that begins now.
    ///
    /// Use it as ``with lb.pick() as pick:``, or ``async with``. The request is a success where the block ends, a local
    /// error where it raises an `Exception`, and cancelled where it is broken off by anything else, such as
    /// `asyncio.CancelledError`; `Pick.report` tells more. Whatever happens, the request is in flight no longer then.
    ///
    /// Parameters
    /// ----------
    /// key : str or bytes, optional
    ///     What strategies that hash go by: the same key gets the same instance.
    /// exclude : iterable of str, optional
    ///     Ids of instances that must not get the request.
    /// subset : Subset, optional
    ///     Only instances of this subset.
    /// retry : bool
    ///     It is a retry, and needs room in the retry budget.
    /// now : float or datetime, optional
    ///     When the request begins, default the system's clock; its time goes on from there.
    ///
    /// Raises
    /// ------
    /// BalanceError
    ///     If no instance may have it, with the reason of each; or for a retry too many.
    #[pyo3(signature = (key=None, exclude=None, subset=None, retry=false, now=None))]
    fn pick(
        &self,
        py: Python<'_>,
        key: Option<&Bound<'_, PyAny>>,
        exclude: Option<&Bound<'_, PyAny>>,
        subset: Option<&Bound<'_, Subset>>,
        retry: bool,
        now: Time<'_, '_>,
    ) -> PyResult<Pick> {
        let system = clock();
        let now = now.map_or(Ok(system), seconds)?;
        let picked = Asked::read(py, key, exclude)?
            .with(|request| self.0.pick_owned(&PickRequest { subset: core(subset), retry, ..*request }, now));
        let picked = or_raise(py, picked)?;
        Ok(Pick::new(picked, now - system))
    }

    /// Choose an instance for a retry, which these instances must not get.
    ///
    /// The same as `pick` with ``retry=True``.
    ///
    /// Raises
    /// ------
    /// BalanceError
    ///     If no other instance may have it, or too many requests are retries already.
    #[pyo3(signature = (exclude, key=None, subset=None, now=None))]
    fn pick_excluding(
        &self,
        py: Python<'_>,
        exclude: &Bound<'_, PyAny>,
        key: Option<&Bound<'_, PyAny>>,
        subset: Option<&Bound<'_, Subset>>,
        now: Time<'_, '_>,
    ) -> PyResult<Pick> {
        self.pick(py, key, Some(exclude), subset, true, now)
    }

    /// Return the id of an instance for a request whose end is told by `report`, or never.
    ///
    /// The request does not count as in flight: strategies that look at that learn less than by `pick`, whose arguments
    /// are the same.
    ///
    /// Raises
    /// ------
    /// BalanceError
    ///     If no instance may have it, with the reason of each; or for a retry too many.
    #[pyo3(signature = (key=None, exclude=None, subset=None, retry=false, now=None))]
    fn get_next_instance(
        &self,
        py: Python<'_>,
        key: Option<&Bound<'_, PyAny>>,
        exclude: Option<&Bound<'_, PyAny>>,
        subset: Option<&Bound<'_, Subset>>,
        retry: bool,
        now: Time<'_, '_>,
    ) -> PyResult<String> {
        let now = time(now)?;
        let id = Asked::read(py, key, exclude)?
            .with(|request| self.0.next_instance(&PickRequest { subset: core(subset), retry, ..*request }, now));
        or_raise(py, id)
    }

    /// Tell how a request ended that `get_next_instance` gave an id for.
    ///
    /// Parameters
    /// ----------
    /// id : str
    ///     The instance.
    /// seconds : float
    ///     How long it took.
    /// outcome : RequestOutcome, optional
    ///     How it ended, default a success.
    /// status : int, optional
    ///     The HTTP status, in place of an outcome.
    /// now : float or datetime, optional
    ///     When it ended, default the system's clock.
    #[pyo3(signature = (id, seconds, outcome=None, *, status=None, now=None))]
    fn report(
        &self,
        py: Python<'_>,
        id: &str,
        seconds: f64,
        outcome: Option<&Bound<'_, PyAny>>,
        status: Option<i64>,
        now: Time<'_, '_>,
    ) -> PyResult<()> {
        let end = or_raise(py, RequestEnd::new(said(py, outcome)?, status, None, time(now)?))?;
        or_raise(py, self.0.report(id, end.outcome(), seconds, end.now()))
    }

    #[pyo3(signature = (id, options, now))]
    fn add(&self, py: Python<'_>, id: &str, options: &Bound<'_, PyAny>, now: Time<'_, '_>) -> PyResult<()> {
        let options: InstanceOptions = or_raise(py, from_python(options))?;
        or_raise(py, self.0.add_instance(id, options, time(now)?))
    }

    fn set_instance_list<'py>(
        &self,
        py: Python<'py>,
        instances: &Bound<'py, PyAny>,
        drain: f64,
        now: Time<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let instances: Vec<InstanceSpec> = or_raise(py, placed(instances, "instances"))?;
        let now = time(now)?;
        let changes = py.detach(|| self.0.set_instances(&instances, drain, now));
        to_python(py, &or_raise(py, changes)?)
    }

    /// Remove an instance at once. Requests that it has may still be finished.
    #[pyo3(signature = (id, *, now=None))]
    fn remove_instance(&self, py: Python<'_>, id: &str, now: Time<'_, '_>) -> PyResult<()> {
        or_raise(py, self.0.remove_instance(id, time(now)?))
    }

    /// Let an instance's requests end but give it no more, and remove it then, or after some seconds.
    ///
    /// Returns
    /// -------
    /// int
    ///     Requests that it has in flight.
    #[pyo3(signature = (id, deadline=30.0, *, now=None))]
    fn drain(&self, py: Python<'_>, id: &str, deadline: f64, now: Time<'_, '_>) -> PyResult<u64> {
        or_raise(py, self.0.drain(id, deadline, time(now)?))
    }

    /// Take an instance out by an operator's word: however well it is, it gets nothing until `enable`.
    #[pyo3(signature = (id, *, now=None))]
    fn disable(&self, py: Python<'_>, id: &str, now: Time<'_, '_>) -> PyResult<()> {
        or_raise(py, self.0.disable(id, time(now)?))
    }

    /// Bring back an instance that was disabled. Its health is what it was.
    #[pyo3(signature = (id, *, now=None))]
    fn enable(&self, py: Python<'_>, id: &str, now: Time<'_, '_>) -> PyResult<()> {
        or_raise(py, self.0.enable(id, time(now)?))
    }

    /// Change an instance's weight: above 0, at most 1,000,000.
    #[pyo3(signature = (id, weight, *, now=None))]
    fn set_weight(&self, py: Python<'_>, id: &str, weight: f64, now: Time<'_, '_>) -> PyResult<()> {
        or_raise(py, self.0.set_weight(id, weight, time(now)?))
    }

    /// Say whether an instance is well, as the host knows it. Takes effect at once.
    #[pyo3(signature = (id, healthy, *, now=None))]
    fn set_instance_health(&self, py: Python<'_>, id: &str, healthy: bool, now: Time<'_, '_>) -> PyResult<()> {
        or_raise(py, self.0.set_instance_health(id, healthy, time(now)?))
    }

    fn due_check_list<'py>(
        &self,
        py: Python<'py>,
        most: Option<usize>,
        now: Time<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let due = self.0.due_checks_up_to(most.unwrap_or(usize::MAX), time(now)?);
        to_python(py, &or_raise(py, due)?)
    }

    /// When `due_checks` has something again, in Unix seconds; none without checks.
    #[getter]
    fn next_check(&self) -> Option<f64> {
        self.0.next_check()
    }

    /// Tell the answer of a check that `due_checks` asked for.
    ///
    /// Where a check has had none in time and has failed for that, a later one does not count.
    ///
    /// Parameters
    /// ----------
    /// id : str
    ///     The instance.
    /// passed : bool
    ///     Whether it is well.
    /// reason : str, optional
    ///     Why it is not, such as "it said 500": snapshots and errors repeat it.
    /// now : float or datetime, optional
    ///     When it said so, default the system's clock.
    #[pyo3(signature = (id, passed, *, reason=None, now=None))]
    fn report_check(
        &self,
        py: Python<'_>,
        id: &str,
        passed: bool,
        reason: Option<&str>,
        now: Time<'_, '_>,
    ) -> PyResult<()> {
        let now = time(now)?;
        or_raise(
            py,
            if passed {
                self.0.report_check(id, true, now)
            } else {
                self.0.report_failed_check(id, reason.unwrap_or_default(), now)
            },
        )
    }

    /// Tell what an instance said of itself, to a probe or with a response; for ``prequal``.
    ///
    /// Parameters
    /// ----------
    /// id : str
    ///     The instance.
    /// in_flight : int
    ///     Requests that it has in flight, from all callers.
    /// response_time : float
    ///     How long recent requests took it at about this many in flight, in seconds.
    /// now : float or datetime, optional
    ///     When it said so, default the system's clock.
    #[pyo3(signature = (id, in_flight, response_time, *, now=None))]
    fn report_probe(
        &self,
        py: Python<'_>,
        id: &str,
        in_flight: u64,
        response_time: f64,
        now: Time<'_, '_>,
    ) -> PyResult<()> {
        or_raise(py, self.0.report_probe(id, Probe { in_flight, response_time }, time(now)?))
    }

    /// Tell how busy an instance says it is, in a report of its own or with a response (ORCA).
    ///
    /// Where two or more have said so for a while, weights follow it, second by second: what each would answer if all of
    /// it were used, qps / (utilization + eps / qps) (gRFC A58). For strategies that go by weight.
    ///
    /// Parameters
    /// ----------
    /// id : str
    ///     The instance.
    /// utilization : float
    ///     The share of what it can do that is used, such as of its processors; 1 is all of it.
    /// qps : float
    ///     Requests that it answers in a second.
    /// eps : float
    ///     Of these, those that fail, default 0.
    /// now : float or datetime, optional
    ///     When it said so, default the system's clock.
    #[pyo3(signature = (id, utilization, qps, eps=0.0, *, now=None))]
    fn report_load(
        &self,
        py: Python<'_>,
        id: &str,
        utilization: f64,
        qps: f64,
        eps: f64,
        now: Time<'_, '_>,
    ) -> PyResult<()> {
        or_raise(py, self.0.report_load(id, LoadReport { utilization, qps, eps }, time(now)?))
    }

    /// Return the instances that have all of this metadata, for `pick`; also those that come later.
    #[pyo3(signature = (metadata, *, now=None))]
    fn subset(&self, py: Python<'_>, metadata: BTreeMap<String, String>, now: Time<'_, '_>) -> PyResult<Subset> {
        let core = or_raise(py, self.0.subset(&metadata, time(now)?))?;
        Ok(Subset { core, metadata })
    }

    /// Seconds after which a second instance should be asked too; none before enough is known.
    #[getter]
    fn hedge_delay(&self) -> Option<f64> {
        self.0.hedge_delay()
    }

    /// The ids of all instances, in the order they were added.
    #[getter]
    fn instance_ids(&self) -> Vec<String> {
        self.0.instance_ids()
    }

    /// The options it was made with.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, self.0.options())
    }

    fn snapshot_data<'py>(&self, py: Python<'py>, now: Time<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let now = time(now)?;
        let snapshot = py.detach(|| self.0.snapshot(now));
        to_python(py, &or_raise(py, snapshot)?)
    }

    /// Return all instances as text for Prometheus.
    #[pyo3(signature = (*, now=None))]
    fn exposition(&self, py: Python<'_>, now: Time<'_, '_>) -> PyResult<String> {
        let now = time(now)?;
        let text = py.detach(|| self.0.exposition(now));
        or_raise(py, text)
    }

    fn explanation<'py>(
        &self,
        py: Python<'py>,
        exclude: Option<&Bound<'py, PyAny>>,
        subset: Option<&Bound<'py, Subset>>,
        now: Time<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = time(now)?;
        let explained = Asked::read(py, None, exclude)?
            .with(|request| self.0.explain(&PickRequest { subset: core(subset), ..*request }, now));
        to_python(py, &or_raise(py, explained)?)
    }

    fn event_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.take_events())
    }
}

/// Instances with certain metadata, as `LoadBalancer.subset` gives them.
#[pyclass(frozen, module = "opusclip.performance")]
pub(crate) struct Subset {
    core: balance::Subset,
    /// What its instances have.
    #[pyo3(get)]
    metadata: BTreeMap<String, String>,
}

#[pymethods]
impl Subset {
    fn __repr__(&self) -> String {
        let of: Vec<String> = self.metadata.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("Subset({})", of.join(", "))
    }
}

fn core(subset: Option<&Bound<'_, Subset>>) -> Option<balance::Subset> {
    subset.map(|subset| subset.get().core)
}

/// What became of the cases of a file, as JSON.
#[pyfunction]
pub(crate) fn balance_cases<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let read = |error: serde_json::Error| Error::new(ErrorCode::DataInvalid, error.to_string()).field("text");
    let ran = py.detach(|| balance::cases::run(&serde_json::from_str(text).map_err(read)?));
    to_python(py, &or_raise(py, ran)?)
}
