//! What an engine learns of a service.

use serde::{Deserialize, Serialize};

use super::latency::LatencyCurve;
use super::signals::ResourceMetrics;

/// Everything that is learned, all of it of constant size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Learned {
    pub(super) seen: Seen,
    pub(super) capacity: Capacity,
    pub(super) curve: LatencyCurve,
}

/// Metrics that were ever measured: one of these that is missing is missing, others are not expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) cpu: bool,
    pub(super) memory: bool,
    pub(super) request: bool,
    pub(super) response_time: bool,
}

impl Learned {
    /// Which metrics there are.
    pub(super) fn notice(&mut self, metrics: &ResourceMetrics) {
        self.seen.cpu |= metrics.cpu_usage.is_some() || !metrics.pods.is_empty();
        self.seen.memory |= metrics.memory_usage.is_some();
        self.seen.request |= metrics.request_rate.is_some();
        self.seen.response_time |= metrics.response_time.is_some();
    }

    /// What the metrics of so many instances that work say of each.
    pub(super) fn learn(&mut self, metrics: &ResourceMetrics, ready: u32) {
        let Some(rate) = metrics.request_rate.filter(|_| ready > 0).map(|rate| rate / f64::from(ready)) else { return };
        if let Some(usage) = metrics.cpu_usage {
            self.capacity.observe(rate, usage);
        }
        if let Some(response_time) = metrics.response_time {
            self.curve.observe(rate, response_time);
        }
    }
}

/// The weight of a new sample of what an instance can do.
const NEW: f64 = 0.05;
/// Below this usage, in percent, an instance does other things than requests.
const LEAST_USAGE: f64 = 5.0;
/// From this usage on it may be asked for more than it can do, and its rate says nothing.
const MOST_USAGE: f64 = 95.0;

/// Requests a second of an instance by percent of CPU usage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Capacity {
    per_percent: Option<f64>,
}

impl Capacity {
    fn observe(&mut self, rate: f64, usage: f64) {
        if !(LEAST_USAGE..=MOST_USAGE).contains(&usage) || rate <= 0.0 {
            return;
        }
        let sample = rate / usage;
        self.per_percent = Some(self.per_percent.map_or(sample, |mean| mean + NEW * (sample - mean)));
    }

    /// Requests a second at a usage in percent.
    pub(super) fn at(&self, usage: f64) -> Option<f64> {
        self.per_percent.map(|rate| rate * usage)
    }
}
