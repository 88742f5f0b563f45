//! A trace, played.

use rand_distr::{LogNormal, Poisson};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plant::Plant;
use super::policy::SimulatedPolicy;
use super::recorded::{Recorded, draw, unit};
use super::trace::Trace;
use crate::error::{Error, ErrorCode, Result};
use crate::scaling::cost::Bill;

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
    pub(super) arrived: f64,
    pub(in crate::scaling) instances: u32,
    pub(super) ready: u32,
    pub(super) response_time: f64,
}

/// As [`simulate`], with somebody who looks on, also while results do not count yet, and may end it by failing.
pub(in crate::scaling) fn play(
    trace: &Trace,
    plant: &Plant,
    policy: &SimulatedPolicy,
    seed: u64,
    mut watch: impl FnMut(Moment) -> Result<()>,
) -> Result<ScalingSimulation> {
    plant.check()?;
    let seconds = trace.duration().floor() as usize;
    if seconds < 60 {
        return Err(Error::new(ErrorCode::DataTooFew, "the trace is shorter than a minute").field("trace"));
    }
    let mut decider = policy.decider(plant)?;
    let counted_from = (seconds as f64 * plant.warm_up) as usize;
    let mut service = Service::new(plant, trace, seed)?;
    let mut recorded = Recorded::new(plant);
    let mut tally = Tally::new(plant, busy_from(trace, counted_from));
    for second in 0..seconds {
        let now = second as f64;
        service.come_and_go(now);
        if second % decider.period() == 0
            && let Some(count) = decider.decide(service.instances(), &recorded, trace, now)?
        {
            let count = count.clamp(plant.min_instances, plant.max_instances);
            tally.changed(service.instances(), count, second >= counted_from);
            service.resize(count, now);
        }
        let rate = trace.rate_at(now);
        let work = service.work(rate);
        recorded.push(work.arrived, work.usage, service.ready(), plant, &mut service.chance);
        if second >= counted_from {
            tally.count(&work, rate, service.instances(), now);
        }
        let (instances, ready) = (service.instances(), service.ready());
        watch(Moment { second, arrived: work.arrived, instances, ready, response_time: work.response_time })?;
    }
    Ok(tally.result())
}

/// The rate that is exceeded for a tenth of the time that counts.
fn busy_from(trace: &Trace, counted_from: usize) -> f64 {
    let first = (counted_from as f64 / trace.step) as usize;
    let mut rates = trace.rates.get(first..).unwrap_or_default().to_vec();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() * 9 / 10).copied().unwrap_or_default()
}

/// Instances and what waits for them.
#[derive(Debug)]
struct Service<'a> {
    plant: &'a Plant,
    /// When the instances that are starting will work, the last one first.
    starting: Vec<f64>,
    ready: u32,
    waiting: f64,
    starts: LogNormal<f64>,
    /// Of instances. Requests have their own, so that all policies meet the same.
    chance: Pcg64Mcg,
    arrivals: Pcg64Mcg,
}

/// A second's work.
#[derive(Debug)]
struct Work {
    arrived: f64,
    dropped: f64,
    usage: f64,
    response_time: f64,
}

impl<'a> Service<'a> {
    fn new(plant: &'a Plant, trace: &Trace, seed: u64) -> Result<Self> {
        let starts = LogNormal::new(plant.start_up.max(1e-9).ln(), plant.start_up_spread)
            .map_err(|error| Error::new(ErrorCode::ConfigOutOfRange, error.to_string()).field("start_up_spread"))?;
        let first = (trace.rate_at(0.0) / plant.capacity / 0.5).ceil() as u32;
        Ok(Self {
            plant,
            starting: Vec::new(),
            ready: first.clamp(plant.min_instances, plant.max_instances),
            waiting: 0.0,
            starts,
            chance: Pcg64Mcg::seed_from_u64(seed),
            arrivals: Pcg64Mcg::seed_from_u64(seed ^ 0x5851_f42d_4c95_7f2d),
        })
    }

    fn ready(&self) -> u32 {
        self.ready
    }

    fn instances(&self) -> u32 {
        self.ready + self.starting.len() as u32
    }

    fn start(&mut self, now: f64) {
        let ready = now + draw(&self.starts, &mut self.chance);
        let at = self.starting.partition_point(|other| *other > ready);
        self.starting.insert(at, ready);
    }

    /// What is started works, or fails and is started anew; what works may break down.
    fn come_and_go(&mut self, now: f64) {
        while self.starting.last().is_some_and(|ready| *ready <= now) {
            self.starting.pop();
            if self.plant.start_failures > 0.0 && unit(&mut self.chance) < self.plant.start_failures {
                self.start(now);
            } else {
                self.ready += 1;
            }
        }
        let expected = f64::from(self.ready) * self.plant.breakdowns / 3600.0;
        if expected > 0.0 && unit(&mut self.chance) < expected {
            self.ready -= 1;
            self.start(now);
        }
    }

    fn resize(&mut self, count: u32, now: f64) {
        (self.instances()..count).for_each(|_| self.start(now));
        let mut surplus = self.instances().saturating_sub(count);
        // What does not work yet goes first, the last one before all.
        while surplus > 0 && !self.starting.is_empty() {
            self.starting.remove(0);
            surplus -= 1;
        }
        self.ready -= surplus;
    }

    fn work(&mut self, rate: f64) -> Work {
        let arrived = Poisson::new(rate).map_or(0.0, |arrivals| draw(&arrivals, &mut self.arrivals));
        let able = f64::from(self.ready) * self.plant.capacity;
        let all = self.waiting + arrived;
        let done = all.min(able);
        let waiting = all - done;
        // Whoever waits longer than the timeout gives up.
        let patient = able * self.plant.timeout;
        let dropped = (waiting - patient).max(0.0);
        // The wait of a request in the middle of the second, and the time of service at the load that there is: an
        // instance that shares its speed takes S / (1 - load).
        let wait = if able > 0.0 { f64::midpoint(self.waiting, waiting - dropped) / able * 1e3 } else { f64::INFINITY };
        let load = if able > 0.0 { (rate / able).min(0.99) } else { 1.0 };
        self.waiting = waiting - dropped;
        Work {
            arrived,
            dropped,
            usage: if able > 0.0 { done / able } else { 0.0 },
            response_time: (self.plant.service_time / (1.0 - load) + wait).min(self.plant.timeout * 1e3),
        }
    }
}

/// Response times grow by this from one bin to the next.
const BIN: f64 = 1.02;

/// Sums of what counts.
#[derive(Debug)]
struct Tally<'a> {
    plant: &'a Plant,
    seconds: f64,
    requests: f64,
    violations: f64,
    dropped: f64,
    usage: f64,
    minute: (f64, f64),
    bad_minutes: f64,
    bill: Bill,
    instances: u32,
    last: Option<f64>,
    actions: u64,
    reversals: u64,
    grew: Option<bool>,
    all: ResponseTimes,
    busy: ResponseTimes,
    /// The rate from which on it is busy.
    busy_from: f64,
}

/// Requests by response time.
#[derive(Debug, Default)]
struct ResponseTimes {
    bins: Vec<f64>,
    requests: f64,
}

impl ResponseTimes {
    fn add(&mut self, response_time: f64, requests: f64) {
        let bin = (response_time.max(1.0).ln() / BIN.ln()).round() as usize;
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, 0.0);
        }
        self.bins[bin] += requests;
        self.requests += requests;
    }

    fn quantile(&self, share: f64) -> f64 {
        let mut left = share * self.requests;
        let bin = self.bins.iter().position(|count| {
            left -= count;
            left <= 0.0
        });
        bin.map_or(0.0, |bin| BIN.powi(bin as i32))
    }
}

impl<'a> Tally<'a> {
    fn new(plant: &'a Plant, busy_from: f64) -> Self {
        Self {
            plant,
            seconds: 0.0,
            requests: 0.0,
            violations: 0.0,
            dropped: 0.0,
            usage: 0.0,
            minute: (0.0, 0.0),
            bad_minutes: 0.0,
            bill: Bill::default(),
            instances: 0,
            last: None,
            actions: 0,
            reversals: 0,
            grew: None,
            all: ResponseTimes::default(),
            busy: ResponseTimes::default(),
            busy_from,
        }
    }

    fn changed(&mut self, from: u32, to: u32, counted: bool) {
        if from == to {
            return;
        }
        let grows = to > from;
        if counted {
            self.actions += 1;
            self.reversals += u64::from(self.grew.is_some_and(|grew| grew != grows));
        }
        self.grew = Some(grows);
    }

    fn count(&mut self, work: &Work, rate: f64, instances: u32, now: f64) {
        self.bill.advance(&self.plant.price, self.last.unwrap_or(now), now, instances);
        self.last = Some(now);
        self.instances = instances;
        let bad = if work.response_time > self.plant.objective { work.arrived } else { work.dropped.min(work.arrived) };
        self.seconds += 1.0;
        self.requests += work.arrived;
        self.violations += bad;
        self.dropped += work.dropped;
        self.usage += work.usage;
        self.minute = (self.minute.0 + work.arrived, self.minute.1 + bad);
        if self.seconds % 60.0 == 0.0 {
            self.bad_minutes += f64::from(u8::from(self.minute.1 > 0.01 * self.minute.0));
            self.minute = (0.0, 0.0);
        }
        self.all.add(work.response_time, work.arrived);
        if rate >= self.busy_from {
            self.busy.add(work.response_time, work.arrived);
        }
    }

    fn result(mut self) -> ScalingSimulation {
        if let Some(last) = self.last {
            self.bill.advance(&self.plant.price, last, last + 1.0, self.instances);
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let days = self.seconds / 86_400.0;
        ScalingSimulation {
            requests: self.requests,
            violations: share(self.violations, self.requests),
            violating_minutes: share(self.bad_minutes, (self.seconds / 60.0).floor()),
            dropped: share(self.dropped, self.requests),
            instance_hours: self.bill.instance_hours(),
            cost_micros: self.bill.micros(),
            usage: share(self.usage, self.seconds),
            actions_per_day: share(self.actions as f64, days),
            reversals_per_day: share(self.reversals as f64, days),
            p50: self.all.quantile(0.5),
            p95: self.all.quantile(0.95),
            p99: self.all.quantile(0.99),
            busy_p95: self.busy.quantile(0.95),
        }
    }
}
