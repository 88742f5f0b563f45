//! Sums of what counts in a run.

use super::plant::Plant;
use super::run::ScalingSimulation;
use super::trace::Trace;
use crate::scaling::cost::Bill;

/// Response times grow by this from one bin to the next.
const BIN: f64 = 1.02;

/// Requests by response time.
#[derive(Debug, Default)]
struct ResponseTimes {
    bins: Vec<f64>,
    requests: f64,
    sum: f64,
}

impl ResponseTimes {
    fn add(&mut self, milliseconds: f64, requests: f64) {
        let bin = (milliseconds.max(1.0).ln() / BIN.ln()).round() as usize;
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, 0.0);
        }
        self.bins[bin] += requests;
        self.requests += requests;
        self.sum += requests * milliseconds;
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

/// The rate that is exceeded for a tenth of the time that counts.
fn busy_from(trace: &Trace, counted_from: usize) -> f64 {
    let first = (counted_from as f64 / trace.step) as usize;
    let mut rates = trace.rates.get(first..).unwrap_or_default().to_vec();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() * 9 / 10).copied().unwrap_or_default()
}

/// Sums of what counts. What is said of seconds before they count is left out.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    plant: &'a Plant,
    trace: &'a Trace,
    /// The first second that counts.
    counted_from: usize,
    seconds: usize,
    requests: f64,
    violations: f64,
    dropped: f64,
    usage: f64,
    /// Requests of each minute, and those of them that violate the objective.
    minutes: Vec<(f64, f64)>,
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

impl<'a> Tally<'a> {
    pub(super) fn new(plant: &'a Plant, trace: &'a Trace, counted_from: usize) -> Self {
        Self {
            plant,
            trace,
            counted_from,
            seconds: 0,
            requests: 0.0,
            violations: 0.0,
            dropped: 0.0,
            usage: 0.0,
            minutes: Vec::new(),
            bill: Bill::default(),
            instances: 0,
            last: None,
            actions: 0,
            reversals: 0,
            grew: None,
            all: ResponseTimes::default(),
            busy: ResponseTimes::default(),
            busy_from: busy_from(trace, counted_from),
        }
    }

    pub(super) fn counts(&self, second: usize) -> bool {
        second >= self.counted_from
    }

    /// The count of instances was changed.
    pub(super) fn changed(&mut self, from: u32, to: u32, second: usize) {
        if from == to {
            return;
        }
        let grows = to > from;
        if self.counts(second) {
            self.actions += 1;
            self.reversals += u64::from(self.grew.is_some_and(|grew| grew != grows));
        }
        self.grew = Some(grows);
    }

    /// A second has passed, in which so many requests came and so many instances were paid for.
    pub(super) fn passed(&mut self, second: usize, arrived: f64, usage: f64, paid: u32) {
        if !self.counts(second) {
            return;
        }
        let now = second as f64;
        self.bill.advance(&self.plant.price, self.last.unwrap_or(now), now, paid);
        self.last = Some(now);
        self.instances = paid;
        self.seconds += 1;
        self.requests += arrived;
        self.usage += usage;
        self.minute(second).0 += arrived;
    }

    fn minute(&mut self, second: usize) -> &mut (f64, f64) {
        let minute = (second - self.counted_from) / 60;
        if self.minutes.len() <= minute {
            self.minutes.resize(minute + 1, (0.0, 0.0));
        }
        &mut self.minutes[minute]
    }

    /// Requests that came in a second took so many milliseconds.
    pub(super) fn took(&mut self, second: usize, requests: f64, milliseconds: f64) {
        if !self.counts(second) {
            return;
        }
        self.all.add(milliseconds, requests);
        if self.trace.rate_at(second as f64) >= self.busy_from {
            self.busy.add(milliseconds, requests);
        }
    }

    /// Requests that came in a second took longer than the objective, or were given up.
    pub(super) fn violated(&mut self, second: usize, requests: f64) {
        if self.counts(second) && requests > 0.0 {
            self.violations += requests;
            self.minute(second).1 += requests;
        }
    }

    /// Requests that came in a second were given up.
    pub(super) fn dropped(&mut self, second: usize, requests: f64) {
        if self.counts(second) {
            self.dropped += requests;
        }
    }

    pub(super) fn result(mut self) -> ScalingSimulation {
        if let Some(last) = self.last {
            self.bill.advance(&self.plant.price, last, last + 1.0, self.instances);
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let days = self.seconds as f64 / 86_400.0;
        // The last minute may not be whole.
        let whole = self.seconds / 60;
        let bad = self.minutes.iter().take(whole).filter(|(requests, bad)| *bad > 0.01 * requests).count();
        ScalingSimulation {
            requests: self.requests,
            violations: share(self.violations, self.requests),
            violating_minutes: share(bad as f64, whole as f64),
            dropped: share(self.dropped, self.requests),
            instance_hours: self.bill.instance_hours(),
            cost_micros: self.bill.micros(),
            usage: share(self.usage, self.seconds as f64),
            actions_per_day: share(self.actions as f64, days),
            reversals_per_day: share(self.reversals as f64, days),
            mean: share(self.all.sum, self.all.requests),
            p50: self.all.quantile(0.5),
            p95: self.all.quantile(0.95),
            p99: self.all.quantile(0.99),
            busy_p95: self.busy.quantile(0.95),
        }
    }
}
