//! Options of single strategies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::options::{LONGEST, count};
use crate::config::{number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// Options of the strategies that hash a key: `ring_hash`, `maglev`, `rendezvous`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HashOptions {
    /// No instance takes more than this many percent of the average number of requests in flight; the next one for the
    /// key takes what is more. 110 to 1000, useful are 125 to 200; none by default (Mirrokni et al., "Consistent hashing
    /// with bounded loads", 2018).
    #[serde(deserialize_with = "optional_number")]
    pub balance_factor: Option<f64>,
    /// Points on the ring for each unit of weight, 1 to 100,000.
    pub points_per_weight: u32,
    /// Entries of Maglev's table: a prime from 251 to 5,000,011. A larger one is used where there are more instances
    /// than a hundredth of it.
    pub table_size: u32,
}

impl Default for HashOptions {
    fn default() -> Self {
        Self { balance_factor: None, points_per_weight: 160, table_size: 65_537 }
    }
}

impl HashOptions {
    pub(in super::super) fn check(&self) -> Result<()> {
        if let Some(factor) = self.balance_factor {
            within("hash.balance_factor", factor, 110.0, 1000.0)?;
        }
        count("hash.points_per_weight", u64::from(self.points_per_weight), 1, 100_000)?;
        count("hash.table_size", u64::from(self.table_size), 251, 5_000_011)?;
        if is_prime(self.table_size) {
            return Ok(());
        }
        let message = format!("hash.table_size is {}, which is no prime", self.table_size);
        Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("hash.table_size").hint("65537 is the usual size"))
    }
}

fn is_prime(number: u32) -> bool {
    number >= 2
        && (2..).take_while(|divisor| divisor * divisor <= number).all(|divisor| !number.is_multiple_of(divisor))
}

/// Options of the strategies that measure response times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResponseTimeOptions {
    /// Seconds that an instance without a result is assumed to need.
    #[serde(deserialize_with = "number")]
    pub assumed: f64,
    /// Seconds in which an observation loses about two thirds of its weight.
    #[serde(deserialize_with = "number")]
    pub decay: f64,
    /// Seconds that a failure counts as at least.
    #[serde(deserialize_with = "number")]
    pub failure_penalty: f64,
    /// Weights follow response times: an instance that takes twice as long as the one in the middle counts half. For
    /// strategies that go by weights and measure nothing themselves; keys move as weights change.
    pub weights: bool,
}

impl Default for ResponseTimeOptions {
    fn default() -> Self {
        Self { assumed: 0.03, decay: 10.0, failure_penalty: 5.0, weights: false }
    }
}

impl ResponseTimeOptions {
    pub(in super::super) fn check(&self) -> Result<()> {
        within("response_time.assumed", self.assumed, 0.0, LONGEST)?;
        within("response_time.failure_penalty", self.failure_penalty, 0.0, LONGEST)?;
        within("response_time.decay", self.decay, 1e-6, LONGEST).map(drop)
    }
}

/// Options of `prequal` (Wydrowski et al., "Load is not what you should balance", NSDI 2024).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PrequalOptions {
    /// Probes that are kept, 2 to 1,000.
    pub pool_size: u32,
    /// An instance is hot if it has more requests in flight than this quantile of the pool; 0 looks at these alone, 1 at
    /// response times alone.
    #[serde(deserialize_with = "number")]
    pub hot_quantile: f64,
    /// Seconds after which a probe is too old.
    #[serde(deserialize_with = "number")]
    pub max_age: f64,
    /// Probes that the host sends for each request; decides how often one may be used.
    #[serde(deserialize_with = "number")]
    pub probe_rate: f64,
    /// Probes that are removed with each request, the oldest and the worst by turns.
    #[serde(deserialize_with = "number")]
    pub remove_rate: f64,
    /// How many more uses of a probe than are needed are allowed.
    #[serde(deserialize_with = "number")]
    pub reuse_slack: f64,
}

impl Default for PrequalOptions {
    fn default() -> Self {
        Self { pool_size: 16, hot_quantile: 0.84, max_age: 1.0, probe_rate: 3.0, remove_rate: 1.0, reuse_slack: 1.0 }
    }
}

impl PrequalOptions {
    pub(in super::super) fn check(&self) -> Result<()> {
        count("prequal.pool_size", u64::from(self.pool_size), 2, 1000)?;
        within("prequal.hot_quantile", self.hot_quantile, 0.0, 1.0)?;
        within("prequal.max_age", self.max_age, 1e-6, LONGEST)?;
        within("prequal.probe_rate", self.probe_rate, 0.0, 1000.0)?;
        within("prequal.remove_rate", self.remove_rate, 0.0, 1000.0)?;
        within("prequal.reuse_slack", self.reuse_slack, 0.0, 1000.0).map(drop)
    }
}
