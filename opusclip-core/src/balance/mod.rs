//! Which instance gets this request?
//!
//! A [`LoadBalancer`] knows a list of instances, picks one for each request, and learns from the results. It does no I/O,
//! reads no clock and starts no thread: times are arguments (Unix seconds), checks are carried out by the host.
//!
//! | module | what is in it |
//! |---|---|
//! | [`strategy`] | how one is chosen: one file each; a trait for your own |
//! | `pick.rs`, `table.rs`, `published.rs`, `flight.rs` | the way of a request: no lock, no allocation |
//! | `roster.rs`, `publish.rs`, `advance.rs` | the list behind a lock, made into a table; what time brings |
//! | `instance.rs`, `estimate.rs`, `latency.rs` | what is counted at an instance |
//! | `health/` | checks, ejections, slow start, tiers and panic |
//! | `weigh.rs`, `load_report.rs` | weights that follow response times, and what instances say of their load |
//! | `retry.rs`, [`http`] | the budget of retries, hedging; what HTTP says about them |
//! | `tower` | a layer for tower services, also of those that a `Discover` finds (feature `tower`) |
//! | `web` | a client of reqwest (feature `reqwest`) |
//! | `tasks` | checks and lists of instances by tasks of tokio (feature `tokio`; SRV records `dns`) |
//! | `fleet.rs` | instances that an autoscaler starts and stops |
//! | [`discovery`] | lists of instances from name servers and Kubernetes |
//! | `report/` | snapshots, Prometheus text, explanations |
//!
//! ```
//! use opusclip_core::balance::{BalancerOptions, BalancingStrategy, InstanceOptions, LoadBalancer, PickRequest};
//! let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::WeightedRoundRobin))?;
//! for (id, weight) in [("a", 5.0), ("b", 1.0), ("c", 1.0)] {
//!     balancer.add_instance(id, InstanceOptions::weight(weight), 0.0)?;
//! }
//! let picks: Result<Vec<String>, _> = (0..7).map(|_| balancer.next_instance(&PickRequest::default(), 0.0)).collect();
//! assert_eq!(picks?.concat(), "aabacaa");
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod advance;
pub mod cases;
#[cfg(any(feature = "tokio", feature = "tower"))]
mod clock;
pub mod discovery;
mod estimate;
mod fleet;
mod flight;
mod hash;
mod health;
pub mod http;
mod instance;
mod latency;
mod load_report;
mod options;
mod pick;
mod publish;
mod published;
mod report;
mod retry;
mod roster;
pub mod simulate;
pub mod strategy;
mod sync;
mod table;
#[cfg(feature = "tokio")]
pub mod tasks;
#[cfg(feature = "tower")]
pub mod tower;
mod types;
#[cfg(feature = "reqwest")]
pub mod web;
mod weigh;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;

pub use fleet::{Fleet, FleetOptions, LeaveFirst, Leaver, Resized, Stoppable};
pub use health::{
    CheckProtocol, CheckTarget, CheckerOptions, EjectionReason, HealthCheckOptions, OutlierOptions, SlowStartOptions,
};
pub use instance::InstanceOptions;
pub use load_report::{LoadReport, LoadReportOptions};
pub use options::BalancerOptions;
pub use pick::{OwnedPick, Pick, Picked};
pub use retry::{HedgingOptions, RetryBudgetOptions};
pub use strategy::{BalancingStrategy, HashOptions, PrequalOptions, ResponseTimeOptions};
pub use types::{
    BalancerEvent, BalancerEventKind, BalancerSnapshot, DueCheck, InstanceExplanation, InstanceSnapshot, InstanceState,
    PickExplanation, PickRequest, Probe, RequestEnd, RequestOutcome, Subset, TierSnapshot,
};

use estimate::Number;
use instance::{check_id, check_weight};
use load_report::Reported;
use options::time;
use published::Published;
use retry::RetryBudget;
use roster::Roster;
use strategy::{Measures, Strategy};
use sync::Mutex;
use sync::atomic::{AtomicU64, Ordering::Relaxed};
use table::Table;

/// Spreads requests over instances. Cheap to clone; clones share everything. All methods may be called from any number of
/// threads.
///
/// Times (`now`) are Unix seconds and should not fall.
#[derive(Debug, Clone)]
pub struct LoadBalancer(Arc<Inner>);

/// Balancers that were made so far.
static BALANCERS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

#[derive(Debug)]
struct Inner {
    /// Which of the process's balancers it is.
    number: u64,
    options: BalancerOptions,
    strategy: Box<dyn Strategy>,
    /// What is measured for the strategy.
    measures: Measures,
    table: Published,
    /// When something is to be done that is no answer to a call: [`Inner::advance`].
    due: Number,
    /// Seconds after which a request may be hedged; NaN while that is not known.
    hedge_delay: Number,
    budget: RetryBudget,
    /// Requests in flight, and retries among them; counted where there is a limit to them.
    open: AtomicU64,
    retries: AtomicU64,
    roster: Mutex<Roster>,
}

impl LoadBalancer {
    /// A balancer without instances.
    ///
    /// # Errors
    /// [`ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) or
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite), with the option's name.
    pub fn new(options: BalancerOptions) -> Result<Self> {
        let strategy = options.strategy.with(&options);
        Self::with_strategy(options, strategy)
    }

    /// A balancer with a strategy of the caller's own; `options.strategy` is not looked at.
    ///
    /// # Errors
    /// As [`LoadBalancer::new`].
    pub fn with_strategy(options: BalancerOptions, strategy: Box<dyn Strategy>) -> Result<Self> {
        options.check()?;
        let empty = Table { views: Box::default(), seed: hash::mix(options.seed) };
        let inner = Inner {
            number: BALANCERS.fetch_add(1, Relaxed),
            measures: strategy.measures(),
            strategy,
            table: Published::new(empty),
            due: Number::new(f64::NEG_INFINITY),
            hedge_delay: Number::new(f64::NAN),
            budget: RetryBudget::new(options.retry_budget.clone()),
            open: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            roster: Mutex::new(Roster::new()),
            options,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The options it was made with.
    pub fn options(&self) -> &BalancerOptions {
        &self.0.options
    }

    /// Add an instance, from now on. The next pick sees it.
    ///
    /// # Errors
    /// [`ConfigInvalid`](crate::ErrorCode::ConfigInvalid) for an id that is there already or is none;
    /// [`ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) and
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a weight or tier.
    #[expect(clippy::needless_pass_by_value, reason = "options are made for the call")]
    pub fn add_instance(&self, id: &str, options: InstanceOptions, now: f64) -> Result<()> {
        let now = time(now)?;
        check_id(id)?;
        options.check()?;
        self.0.roster.lock().add(id, &options, &self.0.options, now)?;
        // A million of them are added one by one; the table is made once, when somebody picks.
        self.0.due.set(f64::NEG_INFINITY);
        Ok(())
    }

    /// Remove an instance at once. Requests that it has may still be finished.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance).
    pub fn remove_instance(&self, id: &str, now: f64) -> Result<()> {
        self.change(now, |roster, now| roster.remove(id, now))
    }

    /// Let an instance's requests end, but give it no more, and remove it then, or after `deadline` seconds. Gives how
    /// many requests it has in flight.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance);
    /// [`ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) for a deadline below 0 or beyond a year.
    pub fn drain(&self, id: &str, deadline: f64, now: f64) -> Result<u64> {
        crate::config::within("deadline", deadline, 0.0, options::LONGEST)?;
        self.change(now, |roster, now| roster.drain(id, deadline, now))
    }

    /// Take an instance out by an operator's word: no matter how well it is, it gets nothing until
    /// [`LoadBalancer::enable`].
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance).
    pub fn disable(&self, id: &str, now: f64) -> Result<()> {
        self.set_disabled(id, true, now)
    }

    /// Bring back an instance that was disabled. Its health is what it was.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance).
    pub fn enable(&self, id: &str, now: f64) -> Result<()> {
        self.set_disabled(id, false, now)
    }

    fn set_disabled(&self, id: &str, disabled: bool, now: f64) -> Result<()> {
        let slow_start = &self.0.options.slow_start;
        self.change(now, |roster, now| {
            let record = roster.record(id)?;
            if record.disabled != disabled {
                record.disabled = disabled;
                record.warming = if disabled { None } else { slow_start.begin(now) };
                roster.say(now, id, if disabled { BalancerEventKind::Disabled } else { BalancerEventKind::Enabled });
                roster.changed();
            }
            Ok(())
        })
    }

    /// Change an instance's weight: above 0, at most 1,000,000.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance),
    /// [`ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange),
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite).
    pub fn set_weight(&self, id: &str, weight: f64, now: f64) -> Result<()> {
        check_weight(weight)?;
        self.change(now, |roster, _| {
            let record = roster.record(id)?;
            if record.weight != weight {
                record.weight = weight;
                roster.list_changed();
            }
            Ok(())
        })
    }

    /// Say whether an instance is well, as the host knows it. Takes effect at once.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance).
    pub fn set_instance_health(&self, id: &str, healthy: bool, now: f64) -> Result<()> {
        let slow_start = &self.0.options.slow_start;
        self.change(now, |roster, now| roster.set_healthy(id, healthy, slow_start, now).map(drop))
    }

    /// What an instance said of itself, to a probe or with a response; for `prequal`.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance);
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) or
    /// [`ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) for a response time that is none.
    pub fn report_probe(&self, id: &str, probe: Probe, now: f64) -> Result<()> {
        let now = time(now)?;
        crate::config::within("response_time", probe.response_time, 0.0, options::LONGEST)?;
        self.0.roster.lock().record(id)?;
        self.0.strategy.probed(id, &probe, now);
        Ok(())
    }

    /// How busy an instance says it is, in a report of its own or with a response. Where two or more have said so for a while,
    /// weights follow it, second by second.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance);
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) or
    /// [`ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) for a number that is none or below 0.
    pub fn report_load(&self, id: &str, report: LoadReport, now: f64) -> Result<()> {
        report.check()?;
        let now = time(now)?;
        let mut roster = self.0.roster.lock();
        let record = roster.record(id)?;
        record.reported = Reported::with(record.reported, &report, &self.0.options.load_reports, now);
        if record.reported.is_some() && roster.next_factors.is_none() {
            let due = now + load_report::LOOK;
            roster.next_factors = Some(due);
            self.0.due.set(self.0.due.get().min(due));
        }
        Ok(())
    }

    /// Instances that have all of this metadata, for [`PickRequest::subset`]. The same metadata gives the same subset;
    /// it holds for instances that come later, too.
    ///
    /// # Errors
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn subset(&self, metadata: &BTreeMap<String, String>, now: f64) -> Result<Subset> {
        let balancer = self.0.number;
        self.change(now, |roster, _| {
            if let Some(view) = roster.subsets.iter().position(|subset| subset == metadata) {
                return Ok(Subset { view, balancer });
            }
            roster.subsets.push(metadata.clone());
            roster.changed();
            Ok(Subset { view: roster.subsets.len() - 1, balancer })
        })
    }

    /// The ids of all instances, in the order they were added.
    pub fn instance_ids(&self) -> Vec<String> {
        let roster = self.0.roster.lock();
        roster.records.values().map(|record| record.instance.id.to_string()).collect()
    }

    /// Seconds after which a second instance should be asked too, if the first has not answered; none before enough is
    /// known. Retries and hedges share one budget: pick with [`PickRequest::retry`].
    pub fn hedge_delay(&self) -> Option<f64> {
        Some(self.0.hedge_delay.get()).filter(|delay| !delay.is_nan())
    }

    /// Change the roster and let everybody see it.
    fn change<T>(&self, now: f64, change: impl FnOnce(&mut Roster, f64) -> Result<T>) -> Result<T> {
        let now = time(now)?;
        let mut roster = self.0.roster.lock();
        let done = change(&mut roster, now)?;
        if !roster.published {
            self.0.publish(&mut roster, now);
        }
        Ok(done)
    }
}
