//! A trace, played.

use rand_pcg::Pcg64Mcg;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fluid::Fluid;
use super::plant::Plant;
use super::policy::SimulatedPolicy;
use super::recorded::Recorded;
use super::tally::Tally;
use super::trace::Trace;
use crate::error::{Error, ErrorCode, Result};

/// What came of it. Response times are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingSimulation {
    /// Requests that came.
    pub requests: f64,
    /// The share of them that took longer than the objective or were given up, 0 to 1.
    pub violations: f64,
    /// The share of minutes in which more than a hundredth of the requests did.
    pub violating_minutes: f64,
    /// The share of requests that were given up.
    pub dropped: f64,
    /// Hours of instances.
    pub instance_hours: f64,
    /// What they cost, in millionths of the currency unit.
    pub cost_micros: i64,
    /// The mean usage of instances that work, 0 to 1.
    pub usage: f64,
    /// Changes of the count, a day.
    pub actions_per_day: f64,
    /// Changes that turned the direction of the one before, a day.
    pub reversals_per_day: f64,
    /// The mean response time; a request that was given up counts with the timeout.
    pub mean: f64,
    /// The median response time.
    pub p50: f64,
    /// The response time that 5 % exceed.
    pub p95: f64,
    /// The response time that 1 % exceed.
    pub p99: f64,
    /// The response time that 5 % exceed while the trace is at its busiest: a tenth of the time.
    pub busy_p95: f64,
}

/// Play a trace against a policy.
///
/// # Errors
/// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`] for a plant or a policy that cannot be,
/// [`ErrorCode::DataTooFew`] for a trace of under a minute.
pub fn simulate(trace: &Trace, plant: &Plant, policy: &SimulatedPolicy, seed: u64) -> Result<ScalingSimulation> {
    play(trace, plant, policy, seed, |_| Ok(()))
}

/// A second of a run.
#[derive(Debug, Clone, Copy)]
pub(in crate::scaling) struct Moment {
    /// Seconds from the beginning of the trace.
    pub(in crate::scaling) second: usize,
    pub(super) work: Work,
    pub(in crate::scaling) instances: u32,
    pub(super) ready: u32,
}

/// A second's work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    pub(super) arrived: f64,
    /// Requests that turned out to violate the objective.
    pub(super) violated: f64,
    pub(super) usage: f64,
    /// The longest one, in milliseconds.
    pub(super) response_time: f64,
}

/// Instances that come and go, and what they do.
pub(super) trait Service {
    /// Instances that work.
    fn ready(&self) -> u32;
    /// Those, and those that are starting.
    fn instances(&self) -> u32;
    /// Those, and those that only finish what they have.
    fn paid(&self) -> u32 {
        self.instances()
    }
    /// The chance of instances and of measurements.
    fn chance(&mut self) -> &mut Pcg64Mcg;
    fn come_and_go(&mut self, now: f64) -> Result<()>;
    fn resize(&mut self, count: u32, now: f64) -> Result<()>;
    /// A second at a rate of requests.
    fn work(&mut self, second: usize, rate: f64, tally: &mut Tally<'_>) -> Result<Work>;
}

/// As [`simulate`], with somebody who looks on, also while results do not count yet, and may end it by failing.
pub(in crate::scaling) fn play(
    trace: &Trace,
    plant: &Plant,
    policy: &SimulatedPolicy,
    seed: u64,
    watch: impl FnMut(Moment) -> Result<()>,
) -> Result<ScalingSimulation> {
    plant.check()?;
    drive(&mut Fluid::new(plant, trace, seed)?, trace, plant, policy, watch)
}

/// Let a policy decide over a service, second by second.
pub(super) fn drive(
    service: &mut impl Service,
    trace: &Trace,
    plant: &Plant,
    policy: &SimulatedPolicy,
    mut watch: impl FnMut(Moment) -> Result<()>,
) -> Result<ScalingSimulation> {
    let seconds = trace.duration().floor() as usize;
    if seconds < 60 {
        return Err(Error::new(ErrorCode::DataTooFew, "the trace is shorter than a minute").field("trace"));
    }
    let mut decider = policy.decider(plant)?;
    let mut recorded = Recorded::new(plant);
    let mut tally = Tally::new(plant, trace, plant.counted_from(seconds));
    for second in 0..seconds {
        let now = second as f64;
        service.come_and_go(now)?;
        if second % decider.period() == 0
            && let Some(count) = decider.decide(service.instances(), &recorded, trace, now)?
        {
            let count = count.clamp(plant.min_instances, plant.max_instances);
            tally.changed(service.instances(), count, second);
            service.resize(count, now)?;
        }
        let work = service.work(second, trace.rate_at(now), &mut tally)?;
        recorded.push(work.arrived, work.usage, service.ready(), plant, service.chance());
        tally.passed(second, work.arrived, work.usage, service.paid());
        watch(Moment { second, work, instances: service.instances(), ready: service.ready() })?;
    }
    Ok(tally.result())
}
