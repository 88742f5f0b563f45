//! What a load balancer does and for how long, checked when it is built.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::health::{HealthCheckOptions, OutlierOptions, SlowStartOptions};
use super::load_report::LoadReportOptions;
use super::retry::{HedgingOptions, RetryBudgetOptions};
use super::strategy::{BalancingStrategy, HashOptions, PrequalOptions, ResponseTimeOptions};
use crate::config::{number, within};
use crate::error::{Error, ErrorCode, Result};

/// Options of a [`LoadBalancer`](super::LoadBalancer). Times are seconds, shares are percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BalancerOptions {
    /// How an instance is chosen among those that may have the request.
    pub strategy: BalancingStrategy,
    /// Where chance begins. Balancers of one service should have different ones, lest all begin with the same instance.
    pub seed: u64,
    /// The zone of whoever asks: its instances are preferred while enough of them are well.
    pub local_zone: Option<String>,
    /// A tier or zone takes all its requests until the share of its healthy instances falls below 1 by this; 1 to 10.
    #[serde(deserialize_with = "number")]
    pub overprovisioning_factor: f64,
    /// A tier with fewer healthy instances than this many percent sends to all of them, well or not, where the other
    /// tiers cannot help either: some answers are better than a stampede onto the last one. 0 never does.
    #[serde(deserialize_with = "number")]
    pub panic_threshold: f64,
    /// Requests that an instance may have at a time where it says nothing else; 0 is no limit.
    pub max_connections: u32,
    /// Requests that may be in flight at a time, over all instances; 0 is no limit. Those beyond are refused at once, with
    /// [`LimitExceeded`](crate::ErrorCode::LimitExceeded): nothing waits here.
    pub max_requests: u32,
    /// Retries and hedges that may be in flight at a time, over all instances; 0 is no limit beside the retry budget. Those
    /// beyond are refused in the same way. What Envoy calls pending requests, those that wait for a connection, are the
    /// client's that is connected: limit them where its connections are.
    pub max_retries: u32,
    /// Instances that join or recover get their share step by step.
    pub slow_start: SlowStartOptions,
    /// Checks that the host carries out; none by default.
    pub health_check: Option<HealthCheckOptions>,
    /// Instances whose results are bad are left alone for a while.
    pub outlier: Option<OutlierOptions>,
    /// How many requests may be retried.
    pub retry_budget: RetryBudgetOptions,
    /// When a second instance is asked as well.
    pub hedging: HedgingOptions,
    /// What reports of load do to weights.
    pub load_reports: LoadReportOptions,
    /// Options of the strategies that hash a key.
    pub hash: HashOptions,
    /// Options of the strategies that measure response times.
    pub response_time: ResponseTimeOptions,
    /// Options of `prequal`.
    pub prequal: PrequalOptions,
}

impl Default for BalancerOptions {
    fn default() -> Self {
        Self {
            strategy: BalancingStrategy::default(),
            seed: 0,
            local_zone: None,
            overprovisioning_factor: 1.4,
            panic_threshold: 50.0,
            max_connections: 0,
            max_requests: 0,
            max_retries: 0,
            slow_start: SlowStartOptions::default(),
            health_check: None,
            outlier: Some(OutlierOptions::default()),
            retry_budget: RetryBudgetOptions::default(),
            hedging: HedgingOptions::default(),
            load_reports: LoadReportOptions::default(),
            hash: HashOptions::default(),
            response_time: ResponseTimeOptions::default(),
            prequal: PrequalOptions::default(),
        }
    }
}

impl BalancerOptions {
    /// The defaults with this strategy.
    pub fn of(strategy: BalancingStrategy) -> Self {
        Self { strategy, ..Self::default() }
    }

    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`], with the option's name.
    pub fn check(&self) -> Result<()> {
        within("overprovisioning_factor", self.overprovisioning_factor, 1.0, 10.0)?;
        within("panic_threshold", self.panic_threshold, 0.0, 100.0)?;
        self.slow_start.check()?;
        self.health_check.iter().try_for_each(HealthCheckOptions::check)?;
        self.outlier.iter().try_for_each(OutlierOptions::check)?;
        self.retry_budget.check()?;
        self.hedging.check()?;
        self.load_reports.check()?;
        self.hash.check()?;
        self.response_time.check()?;
        self.prequal.check()
    }
}

/// Fails unless a count is from `low` to `high`.
pub(super) fn count(field: &str, value: u64, low: u64, high: u64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::new(ErrorCode::ConfigOutOfRange, format!("{field} is {value}, not in {low} to {high}")).field(field))
}

/// Fails unless a time is a finite number.
#[inline]
pub(super) fn time(now: f64) -> Result<f64> {
    if now.is_finite() { Ok(now) } else { crate::config::finite("now", now) }
}

/// The longest time that an option may have, in seconds: a year.
pub(super) const LONGEST: f64 = 366.0 * 86_400.0;
