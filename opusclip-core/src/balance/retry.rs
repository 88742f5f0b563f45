//! How many requests may be sent twice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sync::Mutex;
use crate::config::{number, within};
use crate::error::Result;

/// Options of the budget of retries: a share of all requests and a few more, so that retries never multiply the load
/// of instances that fail because they have too much to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetryBudgetOptions {
    /// Retries for each hundred requests, 0 to 1,000.
    #[serde(deserialize_with = "number")]
    pub percent: f64,
    /// Retries a second beside these, for callers with few requests; 0 to 1,000,000.
    #[serde(deserialize_with = "number")]
    pub min_per_second: f64,
    /// What was not used is forgotten after this many seconds; 0.1 to 3,600.
    #[serde(deserialize_with = "number")]
    pub window: f64,
}

impl Default for RetryBudgetOptions {
    fn default() -> Self {
        Self { percent: 20.0, min_per_second: 10.0, window: 10.0 }
    }
}

impl RetryBudgetOptions {
    pub(super) fn check(&self) -> Result<()> {
        within("retry_budget.percent", self.percent, 0.0, 1000.0)?;
        within("retry_budget.min_per_second", self.min_per_second, 0.0, 1e6)?;
        within("retry_budget.window", self.window, 0.1, 3600.0).map(drop)
    }
}

/// When a second instance is asked beside the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HedgingOptions {
    /// A request that takes longer than this quantile of the recent ones may be hedged; 0.5 to 0.999.
    #[serde(deserialize_with = "number")]
    pub quantile: f64,
    /// Nothing is hedged before so many results are known.
    pub min_results: u32,
}

impl Default for HedgingOptions {
    fn default() -> Self {
        Self { quantile: 0.95, min_results: 100 }
    }
}

impl HedgingOptions {
    pub(super) fn check(&self) -> Result<()> {
        within("hedging.quantile", self.quantile, 0.5, 0.999).map(drop)
    }
}

/// Retries that are left: requests and time give, retries take, and what is left is forgotten by and by.
#[derive(Debug)]
pub(super) struct RetryBudget {
    options: RetryBudgetOptions,
    // Only retries come by here, never a first attempt.
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    /// All attempts that were seen, and the retries among them.
    attempts: u64,
    retries: u64,
    filled: Option<f64>,
}

impl RetryBudget {
    pub(super) fn new(options: RetryBudgetOptions) -> Self {
        let left = options.min_per_second * options.window;
        Self { options, bucket: Mutex::new(Bucket { left, attempts: 0, retries: 0, filled: None }) }
    }

    /// Take one retry, where there were `attempts` so far, retries among them.
    pub(super) fn take(&self, attempts: u64, now: f64) -> bool {
        let mut bucket = self.bucket.lock();
        let requests = attempts.saturating_sub(bucket.attempts).saturating_sub(bucket.retries) as f64;
        let seconds = bucket.filled.map_or(0.0, |filled| (now - filled).max(0.0));
        let kept = (-seconds / self.options.window).exp();
        // What comes in evenly over these seconds is forgotten evenly, too.
        let rate = self.options.min_per_second * self.options.window;
        bucket.left = bucket.left * kept + rate * (1.0 - kept) + requests * self.options.percent / 100.0;
        (bucket.attempts, bucket.retries, bucket.filled) = (attempts, 0, Some(now));
        let enough = bucket.left >= 1.0;
        if enough {
            bucket.left -= 1.0;
            bucket.retries = 1;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Retries that are allowed where every request of a steady stream wants one.
    fn allowed(options: RetryBudgetOptions, per_second: u64, seconds: u64) -> u64 {
        let budget = RetryBudget::new(options);
        let (mut attempts, mut retries) = (0, 0);
        for request in 0..per_second * seconds {
            attempts += 1;
            if budget.take(attempts, request as f64 / per_second as f64) {
                (attempts, retries) = (attempts + 1, retries + 1);
            }
        }
        retries
    }

    #[test]
    fn retries_are_a_share_of_requests_and_a_few_more() {
        let retries = allowed(RetryBudgetOptions::default(), 1000, 60);
        // 20 % of 60,000, 10 a second, and what was there at first.
        assert!((12_000..=12_800).contains(&retries), "{retries}");
    }

    #[test]
    fn without_a_budget_there_is_no_retry() {
        let options = RetryBudgetOptions { percent: 0.0, min_per_second: 0.0, window: 10.0 };
        assert_eq!(allowed(options, 100, 10), 0);
    }

    #[test]
    fn a_caller_with_few_requests_may_retry() {
        assert_eq!(allowed(RetryBudgetOptions::default(), 1, 30), 30);
    }
}
