//! An instance that joins or recovers gets its share step by step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::balance::options::LONGEST;
use crate::config::{number, within};
use crate::error::Result;

/// Options of slow start, which works with every strategy: an instance that was chosen gets the request with the
/// probability of its share, otherwise another one is chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SlowStartOptions {
    /// Seconds until an instance has its whole share; 0 gives it at once.
    #[serde(deserialize_with = "number")]
    pub window: f64,
    /// 1 rises evenly, more rises faster at first; 0.01 to 100.
    #[serde(deserialize_with = "number")]
    pub aggression: f64,
    /// The share at the beginning, in percent, so that no instance starves; 1 to 100.
    #[serde(deserialize_with = "number")]
    pub min_weight_percent: f64,
}

impl Default for SlowStartOptions {
    fn default() -> Self {
        Self { window: 0.0, aggression: 1.0, min_weight_percent: 10.0 }
    }
}

impl SlowStartOptions {
    pub(in super::super) fn check(&self) -> Result<()> {
        within("slow_start.window", self.window, 0.0, LONGEST)?;
        within("slow_start.aggression", self.aggression, 0.01, 100.0)?;
        within("slow_start.min_weight_percent", self.min_weight_percent, 1.0, 100.0).map(drop)
    }

    /// A slow start that begins now, where there is to be one.
    pub(in super::super) fn begin(&self, now: f64) -> Option<Warming> {
        (self.window > 0.0).then(|| Warming { since: now, by: SlowStart::new(self) })
    }
}

/// An instance's slow start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Warming {
    since: f64,
    by: SlowStart,
}

impl Warming {
    /// The share, 0 to 1, that the instance has by now.
    pub(in super::super) fn share(self, now: f64) -> f64 {
        self.by.share(now - self.since)
    }

    /// When it has its whole share.
    pub(in super::super) fn until(self) -> f64 {
        self.since + self.by.window
    }
}

/// How the share grows: Envoy's rule,
/// `max(min_weight, (max(age, 1 s) / window) ^ (1 / aggression))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct SlowStart {
    window: f64,
    exponent: f64,
    least: f64,
}

impl SlowStart {
    pub(in super::super) fn new(options: &SlowStartOptions) -> Self {
        Self { window: options.window, exponent: 1.0 / options.aggression, least: options.min_weight_percent / 100.0 }
    }

    /// The share, 0 to 1, of an instance that began this many seconds ago.
    pub(in super::super) fn share(self, age: f64) -> f64 {
        if age >= self.window {
            return 1.0;
        }
        (age.max(1.0) / self.window).powf(self.exponent).clamp(self.least, 1.0)
    }
}
