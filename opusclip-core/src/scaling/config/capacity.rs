//! What instances need, and what happens at the ends of a range.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LONGEST, contradiction, count};
use crate::config::{number, optional_number, within};
use crate::error::Result;

/// How long an instance takes from its start until it works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StartUp {
    /// Seconds. Where it is not given, it is learned from actions whose instances became ready.
    #[serde(deserialize_with = "optional_number")]
    pub seconds: Option<f64>,
    /// Seconds that are believed until enough starts were seen.
    #[serde(deserialize_with = "number")]
    pub initial: f64,
    /// The quantile of the starts seen that is believed, above 0 and below 1.
    #[serde(deserialize_with = "number")]
    pub quantile: f64,
}

impl Default for StartUp {
    fn default() -> Self {
        Self { seconds: None, initial: 60.0, quantile: 0.9 }
    }
}

impl StartUp {
    pub(super) fn check(&self) -> Result<()> {
        self.seconds.iter().try_for_each(|seconds| within("start_up.seconds", *seconds, 0.0, 86_400.0).map(drop))?;
        within("start_up.initial", self.initial, 0.0, 86_400.0)?;
        within("start_up.quantile", self.quantile, 0.01, 0.999).map(drop)
    }
}

/// How much each metric's proposal counts; one that is left out counts nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct HybridWeights {
    /// Of CPU usage.
    #[serde(deserialize_with = "number")]
    pub cpu: f64,
    /// Of memory usage.
    #[serde(deserialize_with = "number")]
    pub memory: f64,
    /// Of requests.
    #[serde(deserialize_with = "number")]
    pub request: f64,
    /// Of the response time.
    #[serde(deserialize_with = "number")]
    pub response_time: f64,
    /// Of each of the other metrics.
    #[serde(deserialize_with = "number")]
    pub custom: f64,
}

impl HybridWeights {
    pub(super) fn check(&self) -> Result<()> {
        let weights = [
            ("weights.cpu", self.cpu),
            ("weights.memory", self.memory),
            ("weights.request", self.request),
            ("weights.response_time", self.response_time),
            ("weights.custom", self.custom),
        ];
        for (field, weight) in weights {
            within(field, weight, 0.0, 1e6)?;
        }
        if weights.iter().all(|(_, weight)| *weight == 0.0) {
            return Err(contradiction("weights", "every weight is 0".to_owned(), "give one a weight above 0"));
        }
        Ok(())
    }
}

/// Bursts, by the rules of the Knative Pod Autoscaler: where a short window alone asks for `threshold` times the ready
/// instances, it counts, and nothing is removed until a whole stable window has passed without that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PanicOptions {
    /// How many times the ready instances are asked for, 1.1 to 1000.
    #[serde(deserialize_with = "number")]
    pub threshold: f64,
    /// Seconds that must pass without a burst, 6 to 3600.
    #[serde(deserialize_with = "number")]
    pub stable_window: f64,
}

impl Default for PanicOptions {
    fn default() -> Self {
        Self { threshold: 2.0, stable_window: 60.0 }
    }
}

impl PanicOptions {
    pub(super) fn check(&self) -> Result<()> {
        within("panic.threshold", self.threshold, 1.1, 1000.0)?;
        within("panic.stable_window", self.stable_window, 6.0, 3600.0).map(drop)
    }
}

/// No instances while there is nothing to do. The request rate and the metrics of the user's own tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScaleToZero {
    /// Seconds without anything to do before the last instance goes.
    #[serde(deserialize_with = "number")]
    pub idle_period: f64,
    /// Instances that start when there is something to do again, 1 to 10,000.
    pub activation_instances: u32,
}

impl Default for ScaleToZero {
    fn default() -> Self {
        Self { idle_period: 300.0, activation_instances: 1 }
    }
}

impl ScaleToZero {
    pub(super) fn check(&self) -> Result<()> {
        within("scale_to_zero.idle_period", self.idle_period, 0.0, LONGEST)?;
        count("scale_to_zero.activation_instances", self.activation_instances, 1, 10_000)
    }
}
