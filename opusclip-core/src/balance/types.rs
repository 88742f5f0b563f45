//! What is asked of a balancer, and what it answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::health::EjectionReason;
use super::strategy::BalancingStrategy;
use crate::config::finite;
use crate::error::{Error, ErrorCode, Result};

/// What a request asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct PickRequest<'a> {
    /// What strategies that hash a key go by: requests with the same key get the same instance. Others ignore it.
    pub key: Option<&'a [u8]>,
    /// Ids of instances that must not get it, such as those that have failed it already.
    pub exclude: &'a [&'a str],
    /// Only instances of this subset.
    pub subset: Option<Subset>,
    /// It is a retry, and needs room in the retry budget.
    pub retry: bool,
}

impl<'a> PickRequest<'a> {
    /// A request with a key.
    #[inline]
    pub fn keyed(key: &'a [u8]) -> Self {
        Self { key: Some(key), ..Self::default() }
    }
}

/// Instances with certain metadata, as [`LoadBalancer::subset`](super::LoadBalancer::subset) gives it. Only that balancer
/// knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subset {
    pub(super) view: usize,
    pub(super) balancer: u64,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestOutcome {
    /// The instance answered; also that the caller was wrong (HTTP 4xx except 429).
    Success,
    /// The instance failed (HTTP 500 and the like).
    ServerError,
    /// The instance, or what it depends on, could not answer (HTTP 502, 503, 504).
    GatewayError,
    /// It could not be reached, broke off, or gave no answer in time.
    LocalError,
    /// The instance has too much to do (HTTP 429, gRPC `RESOURCE_EXHAUSTED`). It is no sign of damage.
    Overloaded,
    /// The caller gave up, which says nothing of the instance.
    Cancelled,
}

impl RequestOutcome {
    /// Whether the instance is to blame.
    pub const fn is_failure(self) -> bool {
        !matches!(self, Self::Success | Self::Cancelled)
    }

    /// What an HTTP status says.
    pub const fn of_status(status: u16) -> Self {
        match status {
            429 => Self::Overloaded,
            502..=504 => Self::GatewayError,
            500.. => Self::ServerError,
            _ => Self::Success,
        }
    }
}

/// How and when a request ended, as its host tells it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RequestEnd {
    pub(super) outcome: RequestOutcome,
    pub(super) retry_after: Option<f64>,
    pub(super) now: f64,
}

impl RequestEnd {
    /// An outcome or an HTTP status, a success where neither is given; for how many seconds the instance wants to be left
    /// alone (`Retry-After`); the time in Unix seconds.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for both an outcome and a status; [`ErrorCode::ConfigOutOfRange`] and
    /// [`ErrorCode::ConfigNotFinite`] for a status or a time that is none.
    pub fn new(
        outcome: Option<RequestOutcome>,
        status: Option<i64>,
        retry_after: Option<f64>,
        now: f64,
    ) -> Result<Self> {
        if let Some(seconds) = retry_after
            && finite("retry_after", seconds)? < 0.0
        {
            let message = format!("retry_after is {seconds}, below 0");
            return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("retry_after"));
        }
        Ok(Self { outcome: Self::read(outcome, status)?, retry_after, now: finite("now", now)? })
    }

    /// The same without a check, for times of a clock.
    pub const fn of(outcome: RequestOutcome, now: f64) -> Self {
        Self { outcome, retry_after: None, now }
    }

    /// How it ended.
    pub fn outcome(&self) -> RequestOutcome {
        self.outcome
    }

    /// When it ended, in Unix seconds.
    pub fn now(&self) -> f64 {
        self.now
    }

    fn read(outcome: Option<RequestOutcome>, status: Option<i64>) -> Result<RequestOutcome> {
        match (outcome, status) {
            (Some(_), Some(_)) => Err(Error::new(ErrorCode::ConfigInvalid, "both an outcome and a status are given")
                .field("status")
                .hint("give one of them")),
            (outcome, None) => Ok(outcome.unwrap_or(RequestOutcome::Success)),
            (None, Some(status)) => match u16::try_from(status) {
                Ok(status @ 100..=599) => Ok(RequestOutcome::of_status(status)),
                _ => Err(Error::new(ErrorCode::ConfigOutOfRange, format!("status is {status}, not in 100 to 599"))
                    .field("status")),
            },
        }
    }
}

/// What an instance said of itself, to a probe or with a response.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Requests that it has in flight, from all callers.
    pub in_flight: u64,
    /// How long recent requests took it at about this many in flight, in seconds.
    pub response_time: f64,
}

/// Whether an instance gets requests, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InstanceState {
    /// It gets requests.
    Healthy,
    /// It gets one request at a time until one succeeds, after an ejection.
    Recovering,
    /// Checks, or the host, say that it is not well.
    Unhealthy,
    /// Its results were bad; it will be tried again.
    Ejected,
    /// It is to be removed once its requests have ended, or at its deadline.
    Draining,
    /// An operator has taken it out.
    Disabled,
}

impl InstanceState {
    /// The name, as it is written in snapshots.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Recovering => "recovering",
            Self::Unhealthy => "unhealthy",
            Self::Ejected => "ejected",
            Self::Draining => "draining",
            Self::Disabled => "disabled",
        }
    }

    pub(super) const fn is_well(self) -> bool {
        matches!(self, Self::Healthy | Self::Recovering)
    }
}

/// A check that the host should carry out now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DueCheck {
    /// The instance.
    pub id: String,
    /// Where it is: `url` of its metadata, else its id.
    pub address: String,
    /// Seconds until the check has failed.
    pub timeout: f64,
}

/// One instance at a moment. Response times are seconds, of the last half minute to minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceSnapshot {
    /// The id it was added with.
    pub id: String,
    /// Whether it gets requests.
    pub state: InstanceState,
    /// The state in a sentence, with times and reasons.
    pub reason: String,
    /// Its weight.
    pub weight: f64,
    /// What its weight is multiplied by, for what it said of its load and for how long it takes; 1 where neither counts.
    pub load_factor: f64,
    /// The share of its weight that it has in slow start, 0 to 1.
    pub warmth: f64,
    /// Its tier.
    pub tier: u32,
    /// Its zone.
    pub zone: String,
    /// Requests in flight.
    pub in_flight: u64,
    /// Requests that it was picked for.
    pub picks: u64,
    /// Requests that ended with a result.
    pub results: u64,
    /// Of these, those that failed.
    pub failures: u64,
    /// Requests that the caller gave up.
    pub cancelled: u64,
    /// The share of results that succeeded, 0 to 1; none without results.
    pub success_rate: Option<f64>,
    /// Requests a second since the snapshot before, or since it was added.
    pub rate: f64,
    /// The mean response time.
    pub mean: Option<f64>,
    /// The median response time.
    pub p50: Option<f64>,
    /// The response time that 5 % exceed.
    pub p95: Option<f64>,
    /// The response time that 1 % exceed.
    pub p99: Option<f64>,
    /// Ejections so far.
    pub ejections: u64,
}

/// A balancer at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BalancerSnapshot {
    /// When, in Unix seconds.
    pub time: f64,
    /// The name of the strategy.
    pub strategy: String,
    /// Requests that were picked for.
    pub picks: u64,
    /// Requests in flight.
    pub in_flight: u64,
    /// Whether any tier sends to instances that are not well, for lack of others.
    pub panic: bool,
    /// Shares of tiers in percent, the first one first.
    pub tiers: Vec<TierSnapshot>,
    /// All instances, in the order they were added.
    pub instances: Vec<InstanceSnapshot>,
}

/// A tier at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierSnapshot {
    /// Its number.
    pub tier: u32,
    /// Instances that are neither draining nor disabled.
    pub instances: u64,
    /// Of these, those that are well.
    pub healthy: u64,
    /// Percent of requests that it gets.
    pub share: f64,
    /// Whether it sends to all of its instances, well or not.
    pub panic: bool,
}

/// Something that happened to an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BalancerEvent {
    /// When, in Unix seconds.
    pub time: f64,
    /// The instance.
    pub id: String,
    /// What.
    pub kind: BalancerEventKind,
    /// Why, of an ejection.
    pub reason: Option<EjectionReason>,
    /// The end in Unix seconds: of an ejection, or of the time that is left to drain.
    pub until: Option<f64>,
}

/// What happened to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BalancerEventKind {
    /// It was added.
    Added,
    /// It was removed.
    Removed,
    /// It is well again.
    BecameHealthy,
    /// It is not well any more.
    BecameUnhealthy,
    /// It was ejected.
    Ejected,
    /// Its ejection is over.
    Returned,
    /// It gets no new requests and will be removed.
    Draining,
    /// An operator took it out.
    Disabled,
    /// An operator brought it back.
    Enabled,
}

/// What a strategy does, for [`LoadBalancer::explain`](super::LoadBalancer::explain).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PickExplanation {
    /// The whole in a sentence.
    pub sentence: String,
    /// The strategy, where it is one of the library's own.
    pub strategy: Option<BalancingStrategy>,
    /// Each instance with what speaks for or against it.
    pub instances: Vec<InstanceExplanation>,
}

/// What speaks for or against an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceExplanation {
    /// Its id.
    pub id: String,
    /// Whether it may have the request.
    pub eligible: bool,
    /// Why, or why not.
    pub reason: String,
    /// The share of requests, 0 to 1, that go to its tier and zone.
    pub group_share: f64,
}
