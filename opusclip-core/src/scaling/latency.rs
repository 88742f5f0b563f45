//! How the response time depends on the load, learned from a service's own samples.
//!
//! A server that works on all of its requests at once, each at an equal part of its speed, answers after `S / (1 - x / m)`
//! on average, whatever the distribution of work: `S` is the response time with nothing else to do, `x` the rate that it
//! gets, `m` the rate that it can do (Kleinrock, *Queueing Systems* II, section 4.4). So `1 / R = 1 / S - x / (S m)`: the
//! inverse of the response time is a line over the rate, and a line is learned by least squares. A linear ratio, which
//! scales response times like a usage, asks for far too much at high load and for too little at low load.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Samples needed before the line is believed.
const FEWEST: f64 = 20.0;
/// The rate must have varied by this share of its mean.
const FEWEST_SPREAD: f64 = 0.05;
/// What an older sample counts, for each newer one: a thousand samples are remembered.
const DECAY: f64 = 0.999;
/// The highest share of what an instance can do that is ever asked of it: a curve is worst known at its end.
const MOST_LOAD: f64 = 0.95;
/// The lowest, where a target cannot be reached: more instances would not help.
const LEAST_LOAD: f64 = 0.2;

/// A learned curve of response times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct LatencyCurve {
    weight: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

/// A curve of response times by the rate of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatencyModel {
    /// Response time of an instance with nothing else to do, in milliseconds.
    pub service_time: f64,
    /// Requests a second that an instance can do at most.
    pub capacity: f64,
}

impl LatencyModel {
    /// The response time at a rate of an instance, in milliseconds; infinite from its capacity on.
    pub fn response_time(&self, rate: f64) -> f64 {
        if rate < self.capacity { self.service_time / (1.0 - rate / self.capacity) } else { f64::INFINITY }
    }

    /// The rate that an instance may have, for its response time to stay within a target, and whether it will.
    pub fn rate_within(&self, target: f64) -> (f64, bool) {
        let load = 1.0 - self.service_time / target;
        (self.capacity * load.clamp(LEAST_LOAD, MOST_LOAD), load >= LEAST_LOAD)
    }
}

impl LatencyCurve {
    /// An instance took so long, in milliseconds, at a rate.
    pub(super) fn observe(&mut self, rate: f64, response_time: f64) {
        let (x, y) = (rate, 1.0 / response_time);
        if !(x > 0.0 && y.is_finite() && y > 0.0) {
            return;
        }
        for sum in [&mut self.weight, &mut self.x, &mut self.y, &mut self.xx, &mut self.xy] {
            *sum *= DECAY;
        }
        self.weight += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
    }

    /// The curve, once there are enough samples at loads that differ.
    pub(super) fn model(&self) -> Option<LatencyModel> {
        if self.weight < FEWEST {
            return None;
        }
        let (x, y) = (self.x / self.weight, self.y / self.weight);
        let variance = self.xx / self.weight - x * x;
        if variance.sqrt() < FEWEST_SPREAD * x {
            return None;
        }
        let slope = (self.xy / self.weight - x * y) / variance;
        let at_rest = y - slope * x;
        // A line that rises would say that more load answers faster.
        let model = LatencyModel { service_time: 1.0 / at_rest, capacity: -at_rest / slope };
        (slope < 0.0 && at_rest > 0.0 && model.capacity.is_finite()).then_some(model)
    }
}
