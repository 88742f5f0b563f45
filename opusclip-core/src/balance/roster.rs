//! All instances as those see them who change something: behind a lock that no request ever waits for.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::flight::Listed;
use super::health::{Checks, Ejection, EjectionReason, SlowStartOptions, Warming};
use super::instance::{Instance, InstanceOptions};
use super::load_report::Reported;
use super::options::BalancerOptions;
use super::sync::atomic::Ordering::Relaxed;
use super::table::Turns;
use super::types::{BalancerEvent, BalancerEventKind, InstanceState, TierSnapshot};
use crate::error::{Error, ErrorCode, Result};

/// What is known of an instance beside its counters.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) instance: Listed,
    pub(super) weight: f64,
    pub(super) limit: u64,
    pub(super) checks: Checks,
    pub(super) check_seed: u64,
    pub(super) disabled: bool,
    /// The deadline of its draining.
    pub(super) draining: Option<f64>,
    pub(super) ejection: Ejection,
    /// Its slow start, until it is over.
    pub(super) warming: Option<Warming>,
    /// What it said of its load, and what that multiplies its weight by.
    pub(super) reported: Option<Reported>,
    pub(super) factor: f64,
    /// How quick it is beside the others, where weights follow that; part of the factor.
    pub(super) pace: f64,
    /// Results and failures at the last look at rates.
    pub(super) seen: (u64, u64),
    /// Picks and time at the last snapshot.
    pub(super) shown: (u64, f64),
    /// The most picks that an exposition told.
    pub(super) told: u64,
}

impl Record {
    pub(super) fn state(&self) -> InstanceState {
        if self.disabled {
            InstanceState::Disabled
        } else if self.draining.is_some() {
            InstanceState::Draining
        } else if !self.checks.healthy() {
            InstanceState::Unhealthy
        } else if self.ejection.now.is_some() {
            InstanceState::Ejected
        } else if self.ejection.recovering {
            InstanceState::Recovering
        } else {
            InstanceState::Healthy
        }
    }

    /// Whether it belongs to what its tier is judged by.
    pub(super) fn counts(&self) -> bool {
        !self.disabled && self.draining.is_none()
    }

    /// The state in a sentence.
    pub(super) fn reason(&self, now: f64) -> String {
        match self.state() {
            InstanceState::Healthy if !self.instance.has_room(self.limit) => {
                format!("it has {} requests, the most it may have (max_connections)", self.limit)
            }
            InstanceState::Healthy => "it is well".to_owned(),
            InstanceState::Recovering => {
                "it gets one request at a time until one succeeds after its ejection".to_owned()
            }
            InstanceState::Unhealthy => self.checks.reason(),
            InstanceState::Ejected => match self.ejection.now {
                Some((until, reason)) => format!("it is ejected for {:.0} s more: {}", until - now, why(reason)),
                None => "it is ejected".to_owned(),
            },
            InstanceState::Draining => {
                let left = self.instance.in_flight();
                let deadline = self.draining.map_or(0.0, |deadline| (deadline - now).max(0.0));
                format!("it is draining: {left} requests in flight, {deadline:.0} s left")
            }
            InstanceState::Disabled => "an operator has disabled it".to_owned(),
        }
    }
}

fn why(reason: EjectionReason) -> &'static str {
    match reason {
        EjectionReason::ConsecutiveFailures => "too many failures in a row",
        EjectionReason::ConsecutiveGatewayFailures => "too many gateway failures in a row",
        EjectionReason::ConsecutiveLocalFailures => "it could not be reached too often in a row",
        EjectionReason::SuccessRate => "its success rate is far below the others'",
        EjectionReason::FailurePercentage => "too many of its requests failed",
        EjectionReason::Latency => "it is far slower than the others",
        EjectionReason::RetryAfter => "it asked to be left alone for a while",
        EjectionReason::Recovery => "its first request after an ejection failed",
    }
}

/// Events that are kept until somebody takes them.
const MOST_EVENTS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Roster {
    next: u64,
    /// When the first instance was added.
    began: Option<f64>,
    /// In the order they were added.
    pub(super) records: BTreeMap<u64, Record>,
    places: HashMap<Box<str>, u64>,
    /// Metadata that each subset asks for; the first asks for none.
    pub(super) subsets: Vec<BTreeMap<String, String>>,
    /// Turns of groups by view, tier and whether it is the near one; of views by `None`.
    pub(super) turns: HashMap<(usize, Option<(u32, bool)>), Turns>,
    pub(super) tiers: Vec<TierSnapshot>,
    events: VecDeque<BalancerEvent>,
    /// When rates are looked at, and response times older than that are forgotten, next.
    pub(super) next_sweep: Option<f64>,
    pub(super) next_turn: Option<f64>,
    /// When reports of load are looked at next; while there are any.
    pub(super) next_factors: Option<f64>,
    /// Numbers drawn for what happens off the way of requests.
    pub(super) drawn: u64,
    /// Whether the table shows what is here.
    pub(super) published: bool,
}

impl Roster {
    pub(super) fn new() -> Self {
        Self { subsets: vec![BTreeMap::new()], ..Self::default() }
    }

    pub(super) fn add(&mut self, id: &str, options: &InstanceOptions, of: &BalancerOptions, now: f64) -> Result<()> {
        if self.places.contains_key(id) {
            let message = format!("there is an instance {id:?} already");
            return Err(Error::new(ErrorCode::ConfigInvalid, message)
                .field("id")
                .hint("remove it first, or set its weight"));
        }
        let (place, instance) = (self.next, Listed::new(Instance::new(self.next, id, options)));
        let check_seed = super::hash::hash(id.as_bytes(), of.seed);
        let checks = match &of.health_check {
            Some(check) => Checks::new(check, check_seed, now),
            None => Checks::new(&super::health::HealthCheckOptions::default(), check_seed, now),
        };
        let began = *self.began.get_or_insert(now);
        instance.load.response_time.begin(of.response_time.assumed, now);
        let record = Record {
            instance,
            weight: options.weight,
            limit: options.limit(of),
            checks,
            check_seed,
            disabled: false,
            draining: None,
            ejection: Ejection::default(),
            // Where all are new, all would be slow: only who joins later is.
            warming: if now > began { of.slow_start.begin(now) } else { None },
            reported: None,
            factor: 1.0,
            pace: 1.0,
            seen: (0, 0),
            shown: (0, now),
            told: 0,
        };
        self.next += 1;
        self.records.insert(place, record);
        self.places.insert(id.into(), place);
        self.say(now, id, BalancerEventKind::Added);
        self.list_changed();
        Ok(())
    }

    pub(super) fn remove(&mut self, id: &str, now: f64) -> Result<()> {
        let place = self.place(id)?;
        self.records.remove(&place);
        self.places.remove(id);
        self.say(now, id, BalancerEventKind::Removed);
        self.list_changed();
        Ok(())
    }

    /// Give an instance no more requests, and remove it once it has none, or after so many seconds; gives how many it has.
    pub(super) fn drain(&mut self, id: &str, deadline: f64, now: f64) -> Result<u64> {
        let record = self.record(id)?;
        record.draining = Some(now + deadline);
        let in_flight = record.instance.in_flight();
        let (id, kind, until) = (id.to_owned(), BalancerEventKind::Draining, Some(now + deadline));
        self.tell(BalancerEvent { time: now, id, kind, reason: None, until });
        self.changed();
        Ok(in_flight)
    }

    /// Give requests again to an instance that was draining.
    pub(super) fn stay(&mut self, id: &str, now: f64) -> Result<()> {
        self.record(id)?.draining = None;
        self.say(now, id, BalancerEventKind::Added);
        self.list_changed();
        Ok(())
    }

    /// A change of the list begins all turns anew, so that a sequence is the one of its weights.
    pub(super) fn list_changed(&mut self) {
        self.turns.clear();
        self.published = false;
    }

    pub(super) fn changed(&mut self) {
        self.published = false;
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.places.contains_key(id)
    }

    fn place(&self, id: &str) -> Result<u64> {
        self.places.get(id).copied().ok_or_else(|| {
            let known: Vec<&str> = self.records.values().take(1000).map(|record| &*record.instance.id).collect();
            Error::new(ErrorCode::BalanceUnknownInstance, format!("there is no instance {id:?}"))
                .field("id")
                .hint(crate::config::alternatives(id, &known, LISTED))
        })
    }

    pub(super) fn record(&mut self, id: &str) -> Result<&mut Record> {
        let place = self.place(id)?;
        self.records.get_mut(&place).ok_or_else(|| Error::new(ErrorCode::Internal, "an instance without a record"))
    }

    /// The record of this very instance, not of another one of its name.
    pub(super) fn record_of(&mut self, instance: &Instance) -> Option<&mut Record> {
        let place = self.places.get(&*instance.id)?;
        self.records.get_mut(place).filter(|record| record.instance.is(instance))
    }

    pub(super) fn say(&mut self, time: f64, id: &str, kind: BalancerEventKind) {
        self.tell(BalancerEvent { time, id: id.to_owned(), kind, reason: None, until: None });
    }

    pub(super) fn tell(&mut self, event: BalancerEvent) {
        while self.events.len() >= MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    pub(super) fn take_events(&mut self) -> Vec<BalancerEvent> {
        self.events.drain(..).collect()
    }

    /// A random number, 0 to 100.
    pub(super) fn percent(&mut self, seed: u64) -> f64 {
        self.drawn += 1;
        super::hash::unit(super::hash::mix(seed ^ super::hash::mix(self.drawn))) * 100.0
    }

    /// Let an instance be well or not; gives whether that is new.
    pub(super) fn set_healthy(
        &mut self,
        id: &str,
        healthy: bool,
        slow_start: &SlowStartOptions,
        now: f64,
    ) -> Result<bool> {
        let record = self.record(id)?;
        let before = record.checks.healthy();
        record.checks.set(healthy);
        self.health_moved(id, before, slow_start, now)
    }

    /// What follows from a check or the host's word, where health was `before`.
    pub(super) fn health_moved(
        &mut self,
        id: &str,
        before: bool,
        slow_start: &SlowStartOptions,
        now: f64,
    ) -> Result<bool> {
        let record = self.record(id)?;
        let healthy = record.checks.healthy();
        let mut moved = before != healthy;
        if healthy && !before {
            record.warming = slow_start.begin(now);
        }
        // Who was seen to be well need not wait for the end of its ejection.
        let ended = healthy && record.ejection.now.take().is_some();
        if healthy {
            moved |= std::mem::take(&mut record.ejection.recovering);
            record.instance.load.recovering.store(false, Relaxed);
            record.instance.load.runs.end();
        }
        if before != healthy {
            let kind = if healthy { BalancerEventKind::BecameHealthy } else { BalancerEventKind::BecameUnhealthy };
            self.say(now, id, kind);
        }
        if ended {
            self.say(now, id, BalancerEventKind::Returned);
        }
        if moved || ended {
            self.changed();
        }
        Ok(moved || ended)
    }
}

/// Ids that are listed where one is not known.
const LISTED: usize = 20;
