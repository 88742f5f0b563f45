//! What is measured of a service, and whether it can be believed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::{Compatibility, MOST_INSTANCES, ScalingConfig, count};
use super::hpa::Pod;
use crate::config::{optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// What is measured of a service at a time. What is not measured is left out; at least one of the numbers is needed to
/// change anything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceMetrics {
    /// Mean CPU usage of the ready instances in percent, 0 to 100.
    #[serde(deserialize_with = "optional_number")]
    pub cpu_usage: Option<f64>,
    /// Their mean memory usage in percent, 0 to 100.
    #[serde(deserialize_with = "optional_number")]
    pub memory_usage: Option<f64>,
    /// Response time in milliseconds.
    #[serde(deserialize_with = "optional_number")]
    pub response_time: Option<f64>,
    /// Requests a second, of all instances together.
    #[serde(deserialize_with = "optional_number")]
    pub request_rate: Option<f64>,
    /// Requests a second of the last seconds, for `panic`; `request_rate` where it is not given.
    #[serde(deserialize_with = "optional_number")]
    pub burst_request_rate: Option<f64>,
    /// Metrics of the user's own by their names in `metrics`, each the sum over all instances.
    pub custom: BTreeMap<String, f64>,
    /// Instances that there are, those that are starting among them. Where it is not given, the engine goes by what its
    /// own actions have made of it.
    pub instances: Option<u32>,
    /// Those that work; all of them where it is not given.
    pub ready_instances: Option<u32>,
    /// Each instance with its own CPU sample: in `hpa` these count instead of `cpu_usage`.
    pub pods: Vec<Pod>,
    /// When it was measured, in Unix seconds; now where it is not given.
    #[serde(deserialize_with = "optional_number")]
    pub timestamp: Option<f64>,
}

/// More than this is a mistake of unit; it also keeps sums exact.
const MOST_RATE: f64 = 1e12;
/// Eleven days, in milliseconds.
const MOST_RESPONSE_TIME: f64 = 1e9;
/// Rounding may take a usage this far beyond 100 percent.
const SLACK: f64 = 0.5;

impl ResourceMetrics {
    /// The four that the document of the service names: CPU and memory in percent, milliseconds, requests a second.
    pub fn new(cpu_usage: f64, memory_usage: f64, response_time: f64, request_rate: f64) -> Self {
        Self {
            cpu_usage: Some(cpu_usage),
            memory_usage: Some(memory_usage),
            response_time: Some(response_time),
            request_rate: Some(request_rate),
            ..Self::default()
        }
    }

    /// Of a service with so many instances, all of which work.
    #[must_use]
    pub fn of(mut self, instances: u32) -> Self {
        self.instances = Some(instances);
        self
    }

    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`], [`ErrorCode::ConfigNotFinite`] or [`ErrorCode::ConfigInvalid`], with the name of
    /// the number.
    pub fn check(&self, config: &ScalingConfig) -> Result<()> {
        self.check_usage(config)?;
        let in_range = |field: &str, value: Option<f64>, most: f64| {
            value.iter().try_for_each(|value| within(field, *value, 0.0, most).map(drop))
        };
        in_range("response_time", self.response_time, MOST_RESPONSE_TIME)?;
        in_range("request_rate", self.request_rate, MOST_RATE)?;
        in_range("burst_request_rate", self.burst_request_rate, MOST_RATE)?;
        for (name, value) in &self.custom {
            if !config.metrics.iter().any(|metric| metric.name == *name) {
                let known: Vec<&str> = config.metrics.iter().map(|metric| metric.name.as_str()).collect();
                return Err(Error::new(ErrorCode::ConfigInvalid, format!("no target is configured for {name:?}"))
                    .field(format!("custom.{name}"))
                    .hint(crate::config::alternatives(name, &known, 10)));
            }
            within(&format!("custom.{name}"), *value, 0.0, 1e15)?;
        }
        self.timestamp.iter().try_for_each(|time| crate::config::finite("timestamp", *time).map(drop))?;
        self.instances.iter().try_for_each(|instances| count("instances", *instances, 0, MOST_INSTANCES))?;
        self.check_ready()
    }

    fn check_usage(&self, config: &ScalingConfig) -> Result<()> {
        // Percent of what was asked for may be more than all of it.
        let most = if config.compatibility == Compatibility::Hpa { 1e6 } else { 100.0 + SLACK };
        for (field, usage) in [("cpu_usage", self.cpu_usage), ("memory_usage", self.memory_usage)] {
            let Some(usage) = usage else { continue };
            within(field, usage, 0.0, most)
                .map_err(|error| error.hint("give percent of all cores and all memory, 0 to 100"))?;
        }
        Ok(())
    }

    fn check_ready(&self) -> Result<()> {
        match (self.ready_instances, self.instances) {
            (Some(ready), Some(instances)) if ready > instances => Err(Error::new(
                ErrorCode::ConfigOutOfRange,
                format!("ready_instances is {ready}, more than instances, {instances}"),
            )
            .field("ready_instances")
            .hint("instances are those that are starting, too")),
            (Some(ready), None) => count("ready_instances", ready, 0, MOST_INSTANCES),
            _ => Ok(()),
        }
    }

    /// Whether nothing at all was measured.
    pub(super) fn is_empty(&self) -> bool {
        self.cpu_usage.is_none()
            && self.memory_usage.is_none()
            && self.response_time.is_none()
            && self.request_rate.is_none()
            && self.custom.is_empty()
            && self.pods.is_empty()
    }

    /// Whether there is nothing to do; `None` where nothing tells.
    pub(super) fn idle(&self) -> Option<bool> {
        let work = self.request_rate.into_iter().chain(self.burst_request_rate).chain(self.custom.values().copied());
        work.map(|work| work == 0.0).reduce(|all, one| all && one)
    }
}
