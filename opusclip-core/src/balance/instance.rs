//! One instance: what it was added as, and what is counted while it works.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use crossbeam_utils::CachePadded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::{ResponseTime, Speed};
use super::latency::Latencies;
use super::options::BalancerOptions;
use super::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};
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

/// An instance: what it was added as, and its counters. A request keeps it, so that one that outlives its instance still has
/// a place to end.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) about: Arc<About>,
    pub(super) load: CachePadded<Load>,
}

/// What never changes about an instance.
#[derive(Debug)]
pub(super) struct About {
    /// Counted up with each that is added.
    pub(super) number: u64,
    pub(super) id: Box<str>,
    pub(super) tier: u32,
    pub(super) zone: Box<str>,
    pub(super) metadata: BTreeMap<String, String>,
}

impl Instance {
    pub(super) fn new(number: u64, id: &str, options: &InstanceOptions) -> Self {
        let about = About {
            number,
            id: id.into(),
            tier: options.tier,
            zone: options.zone.as_str().into(),
            metadata: options.metadata.clone(),
        };
        Self { about: Arc::new(about), load: CachePadded::new(Load::default()) }
    }
}

impl Deref for Instance {
    type Target = About;

    #[inline]
    fn deref(&self) -> &About {
        &self.about
    }
}

/// What requests leave behind at an instance. Nearly every number only grows, so that none needs a lock.
#[derive(Debug, Default)]
pub(super) struct Load {
    failed: AtomicU64,
    cancelled: AtomicU64,
    /// Requests in flight that had to ask for a seat because there are only so many.
    seats: AtomicU64,
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
    #[inline]
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
    pub(super) fn fail(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    pub(super) fn cancel(&self) {
        self.cancelled.fetch_add(1, Relaxed);
    }

    /// Take one of so many seats; false where none is left, which two threads never both miss.
    pub(super) fn take_seat(&self, seats: u64) -> bool {
        self.seats.fetch_update(Relaxed, Relaxed, |taken| (taken < seats).then_some(taken + 1)).is_ok()
    }

    pub(super) fn leave_seat(&self) {
        self.seats.fetch_sub(1, Relaxed);
    }

    pub(super) fn seats(&self) -> u64 {
        self.seats.load(Relaxed)
    }

    /// A request is sent whose end nobody will tell, or be told of by [`Load::result_of_unfollowed`].
    pub(super) fn send_unfollowed(&self) {
        self.unfollowed.fetch_add(1, Relaxed);
    }

    pub(super) fn result_of_unfollowed(&self) {
        self.unfollowed.fetch_sub(1, Relaxed);
    }

    /// Requests that are not followed and whose results nobody has told; below 0 where more are told than were sent.
    pub(super) fn unfollowed(&self) -> i64 {
        self.unfollowed.load(Relaxed)
    }

    /// Requests with a result, and how many of these failed.
    pub(super) fn results(&self) -> (u64, u64) {
        let failed = self.failed.load(Relaxed);
        (self.latencies.recorded() + failed, failed)
    }

    pub(super) fn cancelled(&self) -> u64 {
        self.cancelled.load(Relaxed)
    }
}
