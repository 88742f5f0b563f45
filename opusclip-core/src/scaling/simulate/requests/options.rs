//! What is known of requests one by one, and what came of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{number, within};
use crate::error::Result;
use crate::scaling::config::contradiction;
use crate::scaling::simulate::Plant;
pub use crate::virtual_time::WorkDistribution;

/// How requests differ, where they go, and how instances begin and end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RequestOptions {
    /// How much work requests need, around the plant's `service_time`.
    pub distribution: WorkDistribution,
    /// Where requests go without a load balancer.
    pub spread: Spread,
    /// Requests that an instance has at a time; it refuses further ones. 0 is no limit.
    pub queue_limit: u32,
    /// How often a request that was refused or broken off is sent again, elsewhere; 0 to 100.
    pub retries: u32,
    /// Seconds until a new instance works at full speed, because its caches are cold; 0 to 3600.
    #[serde(deserialize_with = "number")]
    pub warming: f64,
    /// The share of its speed that a new instance begins with, 0.01 to 1; it rises evenly.
    #[serde(deserialize_with = "number")]
    pub cold_speed: f64,
    /// Seconds that an instance has to finish its requests once it should stop, 0 to 3600; those that are left break off.
    #[serde(deserialize_with = "number")]
    pub drain: f64,
    /// Seconds from a breakdown until no more requests are sent to the instance, 0 to 3600; it refuses them.
    #[serde(deserialize_with = "number")]
    pub noticed: f64,
    /// Seconds after an instance begins to work in which requests count as sent after growing, 1 to 3600.
    #[serde(deserialize_with = "number")]
    pub burst_window: f64,
}

/// Where requests go when nobody balances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Spread {
    /// Anywhere, by chance: what the fluid stands for.
    #[default]
    Random,
    /// Where the fewest requests are: ideal sharing, which needs one place that knows them all.
    Fewest,
}

impl Spread {
    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Fewest => "fewest",
        }
    }
}

impl Default for RequestOptions {
    fn default() -> Self {
        Self {
            distribution: WorkDistribution::default(),
            spread: Spread::default(),
            queue_limit: 0,
            retries: 1,
            warming: 30.0,
            cold_speed: 0.5,
            drain: 30.0,
            noticed: 10.0,
            burst_window: 30.0,
        }
    }
}

impl RequestOptions {
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) or
    /// [`ErrorCode::ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite), with the field's name.
    pub fn check(&self) -> Result<()> {
        crate::scaling::config::count("requests.retries", self.retries, 0, 100)?;
        within("requests.warming", self.warming, 0.0, 3600.0)?;
        within("requests.cold_speed", self.cold_speed, 0.01, 1.0)?;
        within("requests.drain", self.drain, 0.0, 3600.0)?;
        within("requests.noticed", self.noticed, 0.0, 3600.0)?;
        within("requests.burst_window", self.burst_window, 1.0, 3600.0).map(drop)
    }
}

/// Requests that an instance can work on at full speed at a time.
pub(super) fn workers(plant: &Plant) -> f64 {
    plant.capacity * plant.service_time / 1e3
}

/// Fails for a capacity that an instance cannot have, request by request.
pub(in crate::scaling::simulate) fn check_plant(plant: &Plant) -> Result<()> {
    if workers(plant) > 1.0 - 1e-9 {
        return Ok(());
    }
    let (capacity, time) = (plant.capacity, plant.service_time);
    let message = format!("an instance that takes {time} ms for a request could do more than {capacity} a second");
    let hint = format!("one request at a time takes {:.6} ms; give that or more", 1e3 / capacity);
    Err(contradiction("service_time", message, &hint))
}

/// What came of requests, one by one. Counts are of the requests that came once results counted; shares are 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestFigures {
    /// Requests that came.
    pub arrived: u64,
    /// Those that were answered.
    pub answered: u64,
    /// Those that no instance took, for want of one or because of `queue_limit`.
    pub refused: u64,
    /// Those that broke off with their instance.
    pub broken_off: u64,
    /// Those that were given up after the timeout.
    pub timed_out: u64,
    /// Those that were still being worked on at the end.
    pub in_flight: u64,
    /// Attempts by request: 1 without retries.
    pub attempts_per_request: f64,
    /// Stretches of time after growing: those in which some instance had begun to work less than `burst_window` ago.
    pub bursts: u64,
    /// The share of requests over the objective, or given up, in such a stretch: the mean of all stretches. 0 without any.
    pub burst_violations: f64,
    /// The same share at all other times.
    pub calm_violations: f64,
}
