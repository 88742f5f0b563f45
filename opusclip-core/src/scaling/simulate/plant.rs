//! The service that policies are tried on.

use rand_distr::LogNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trace::Trace;
use crate::config::{number, within};
use crate::error::{Error, ErrorCode, Result};
use crate::scaling::PriceModel;
use crate::scaling::config::{MOST_INSTANCES, contradiction, count};

/// A service, its instances and what is measured of them. The same for every policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plant {
    /// Requests a second that an instance can do.
    #[serde(deserialize_with = "number")]
    pub capacity: f64,
    /// Milliseconds that a request takes an instance with nothing else to do.
    #[serde(deserialize_with = "number")]
    pub service_time: f64,
    /// Milliseconds that a request may take; one that takes longer violates the objective.
    #[serde(deserialize_with = "number")]
    pub objective: f64,
    /// Seconds that a request waits before it is given up.
    #[serde(deserialize_with = "number")]
    pub timeout: f64,
    /// Seconds from the start of an instance until it works: the median of a log-normal distribution.
    #[serde(deserialize_with = "number")]
    pub start_up: f64,
    /// The standard deviation of its logarithm.
    #[serde(deserialize_with = "number")]
    pub start_up_spread: f64,
    /// The share of starts that fail after that time and begin anew, 0 to 0.9.
    #[serde(deserialize_with = "number")]
    pub start_failures: f64,
    /// Instances that break down for each hour that one runs, 0 to 60; each is replaced.
    #[serde(deserialize_with = "number")]
    pub breakdowns: f64,
    /// Seconds from a measurement until it is seen. With a measurement each `scrape_interval`, what is seen is on average
    /// half of that older: 27 s for the defaults, as in Kubernetes.
    #[serde(deserialize_with = "number")]
    pub metric_delay: f64,
    /// Seconds between two measurements, each the mean since the one before.
    #[serde(deserialize_with = "number")]
    pub scrape_interval: f64,
    /// The share of measurements that are lost, 0 to 0.9.
    #[serde(deserialize_with = "number")]
    pub lost_samples: f64,
    /// Fewest instances.
    pub min_instances: u32,
    /// Most instances.
    pub max_instances: u32,
    /// The share of the trace before results count, 0 to 0.9: policies learn from it.
    #[serde(deserialize_with = "number")]
    pub warm_up: f64,
    /// What instances cost.
    pub price: PriceModel,
}

impl Default for Plant {
    fn default() -> Self {
        Self {
            capacity: 20.0,
            service_time: 50.0,
            objective: 500.0,
            timeout: 10.0,
            start_up: 60.0,
            start_up_spread: 0.2,
            start_failures: 0.0,
            breakdowns: 0.0,
            metric_delay: 20.0,
            scrape_interval: 15.0,
            lost_samples: 0.01,
            min_instances: 2,
            max_instances: 1000,
            warm_up: 1.0 / 3.0,
            price: PriceModel::on_demand("USD", 100_000),
        }
    }
}

impl Plant {
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) or
    /// [`ErrorCode::ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite), with the field's name.
    pub fn check(&self) -> Result<()> {
        within("capacity", self.capacity, 1e-6, 1e9)?;
        within("service_time", self.service_time, 1e-6, 1e9)?;
        within("objective", self.objective, 1e-6, 1e9)?;
        if self.objective <= self.service_time {
            let message =
                format!("objective is {} ms, not above service_time, {} ms", self.objective, self.service_time);
            return Err(contradiction("objective", message, "no number of instances would reach it"));
        }
        within("timeout", self.timeout, 0.1, 3600.0)?;
        within("start_up", self.start_up, 0.0, 86_400.0)?;
        within("start_up_spread", self.start_up_spread, 0.0, 2.0)?;
        within("start_failures", self.start_failures, 0.0, 0.9)?;
        within("breakdowns", self.breakdowns, 0.0, 60.0)?;
        within("metric_delay", self.metric_delay, 0.0, 3600.0)?;
        within("scrape_interval", self.scrape_interval, 1.0, 3600.0)?;
        within("lost_samples", self.lost_samples, 0.0, 0.9)?;
        count("min_instances", self.min_instances, 1, MOST_INSTANCES)?;
        count("max_instances", self.max_instances, self.min_instances, MOST_INSTANCES)?;
        within("warm_up", self.warm_up, 0.0, 0.9)?;
        self.price.check()
    }

    /// The instances that there are at the beginning of a trace: half used.
    pub(super) fn first(&self, trace: &Trace) -> u32 {
        let half_used = (trace.rate_at(0.0) / self.capacity / 0.5).ceil() as u32;
        half_used.clamp(self.min_instances, self.max_instances)
    }

    /// Seconds that starts take.
    pub(super) fn starts(&self) -> Result<LogNormal<f64>> {
        LogNormal::new(self.start_up.max(1e-9).ln(), self.start_up_spread)
            .map_err(|error| Error::new(ErrorCode::ConfigOutOfRange, error.to_string()).field("start_up_spread"))
    }

    /// The first second that counts of a trace of so many.
    pub(super) fn counted_from(&self, seconds: usize) -> usize {
        (seconds as f64 * self.warm_up) as usize
    }
}
