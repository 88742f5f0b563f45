//! One instance: what it was added as, and what is counted while it works.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use crossbeam_utils::CachePadded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::{ResponseTime, Speed};
use super::latency::Latencies;
use super::options::BalancerOptions;
use crate::config::{finite, number};
use crate::error::{Error, ErrorCode, Result};

/// How an instance is added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InstanceOptions {
    /// Its share of requests beside the others' weights; above 0, at most 1,000,000.
    #[serde(deserialize_with = "number")]
    pub weight: f64,
    /// 0 comes first; those of higher tiers are asked when lower ones are not well enough. At most 127.
    pub tier: u32,
    /// Where it stands, such as `eu-west-1a`.
    pub zone: String,
    /// Words by which subsets are chosen.
    pub metadata: BTreeMap<String, String>,
    /// Requests that it may have at a time; the balancer's own limit by default, 0 is none.
    pub max_connections: Option<u32>,
}

impl Default for InstanceOptions {
    fn default() -> Self {
        Self { weight: 1.0, tier: 0, zone: String::new(), metadata: BTreeMap::new(), max_connections: None }
    }
}

/// Tiers beyond this are a mistake.
const MOST_TIERS: u64 = 127;
/// Ids longer than this are a mistake.
const LONGEST_ID: usize = 1024;

impl InstanceOptions {
    /// The defaults with this weight.
    pub fn weight(weight: f64) -> Self {
        Self { weight, ..Self::default() }
    }

    /// Requests that it may have at a time.
    pub(super) fn limit(&self, of: &BalancerOptions) -> u64 {
        match self.max_connections.unwrap_or(of.max_connections) {
            0 => u64::MAX,
            limit => u64::from(limit),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        check_weight(self.weight)?;
        super::options::count("tier", u64::from(self.tier), 0, MOST_TIERS)
    }
}

/// Fails unless a weight is above 0 and at most 1,000,000.
pub(super) fn check_weight(weight: f64) -> Result<()> {
    if finite("weight", weight)? > 0.0 && weight <= 1e6 {
        return Ok(());
    }
    let message = format!("weight is {weight}, not above 0 and at most 1000000");
    Err(Error::new(ErrorCode::ConfigOutOfRange, message)
        .field("weight")
        .hint("to send nothing to an instance, disable or drain it"))
}

pub(super) fn check_id(id: &str) -> Result<()> {
    if !id.is_empty() && id.len() <= LONGEST_ID && !id.chars().any(char::is_control) {
        return Ok(());
    }
    let message = format!("an instance's id has 1 to {LONGEST_ID} bytes and no control characters, not {id:?}");
    Err(Error::new(ErrorCode::ConfigInvalid, message).field("id"))
}

/// What never changes about an instance, and its counters. Kept while anything refers to it, so that a request that
/// outlives its instance still has a place to end.
#[derive(Debug)]
pub(super) struct Instance {
    /// Counted up with each that is added.
    pub(super) number: u64,
    pub(super) id: Box<str>,
    pub(super) tier: u32,
    pub(super) zone: Box<str>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) load: CachePadded<Load>,
}

impl Instance {
    pub(super) fn new(number: u64, id: &str, options: &InstanceOptions) -> Self {
        Self {
            number,
            id: id.into(),
            tier: options.tier,
            zone: options.zone.as_str().into(),
            metadata: options.metadata.clone(),
            load: CachePadded::new(Load::default()),
        }
    }
}

/// What requests leave behind at an instance. Every number only grows, so that none needs a lock; requests in flight
/// are those that began less those that ended.
#[derive(Debug, Default)]
pub(super) struct Load {
    begun: AtomicU64,
    ended: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
    /// Requests that were sent without a guard, less the results that were told of such.
    unfollowed: AtomicI64,
    /// Nothing has succeeded since an ejection.
    pub(super) recovering: AtomicBool,
    pub(super) runs: FailureRuns,
    pub(super) response_time: ResponseTime,
    pub(super) speed: Speed,
    pub(super) latencies: Latencies,
}

/// Failures in a row, by kind; a result of another kind ends the run.
#[derive(Debug, Default)]
pub(super) struct FailureRuns {
    pub(super) server: AtomicU32,
    pub(super) gateway: AtomicU32,
    pub(super) local: AtomicU32,
}

impl FailureRuns {
    pub(super) fn end(&self) {
        for run in [&self.server, &self.gateway, &self.local] {
            // A store would take the line from other threads where there is nothing to change.
            if run.load(Relaxed) != 0 {
                run.store(0, Relaxed);
            }
        }
    }
}

impl Load {
    /// A request begins; gives how many are in flight with it.
    #[inline]
    pub(super) fn begin(&self) -> u64 {
        let begun = self.begun.fetch_add(1, Relaxed) + 1;
        begun.saturating_sub(self.ended.load(Relaxed))
    }

    #[inline]
    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Relaxed);
    }

    pub(super) fn fail(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    pub(super) fn cancel(&self) {
        self.cancelled.fetch_add(1, Relaxed);
    }

    /// Requests that began and have not ended.
    #[inline]
    pub(super) fn in_flight(&self) -> u64 {
        // In this order no request can have ended that has not begun.
        let ended = self.ended.load(Relaxed);
        self.begun.load(Relaxed).saturating_sub(ended)
    }

    /// A request is sent whose end nobody will tell, or be told of by [`Load::result_of_unfollowed`].
    pub(super) fn send_unfollowed(&self) {
        self.unfollowed.fetch_add(1, Relaxed);
    }

    pub(super) fn result_of_unfollowed(&self) {
        self.unfollowed.fetch_sub(1, Relaxed);
        self.begun.fetch_add(1, Relaxed);
    }

    /// Requests that it was chosen for.
    pub(super) fn picks(&self) -> u64 {
        self.begun.load(Relaxed).saturating_add_signed(self.unfollowed.load(Relaxed))
    }

    /// Requests with a result, and how many of these failed.
    pub(super) fn results(&self) -> (u64, u64) {
        let (failed, cancelled) = (self.failed.load(Relaxed), self.cancelled.load(Relaxed));
        (self.ended.load(Relaxed).saturating_sub(cancelled), failed)
    }

    pub(super) fn cancelled(&self) -> u64 {
        self.cancelled.load(Relaxed)
    }
}
