//! What an engine remembers, all of it bounded, and how it keeps it true.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::turning::Turning;
use crate::scaling::config::ScalingConfig;
use crate::scaling::cost::Meter;
use crate::scaling::decision::{ScalingAction, ScalingNote, ScalingRecord};
use crate::scaling::hpa::ScaleEvent;
use crate::scaling::hpa::stabilize::Extremes;
use crate::scaling::kpa::Burst;
use crate::scaling::learned::Learned;
use crate::scaling::ledger::Ledger;
use crate::scaling::predict::Predictor;
use crate::scaling::signals::ResourceMetrics;

/// Decisions that are remembered.
pub(super) const HISTORY: usize = 1024;
/// Changes that rate policies look back on; more are added up.
const EVENTS: usize = 512;
/// A clock that goes back by less than this, in seconds, holds nothing.
pub(super) const JITTER: f64 = 1.0;
/// Demand moved by more than this, in seconds, is of another time of the day.
const PHASE: f64 = 600.0;
/// Seconds for which counts that lie between before and after an action are those of an action not seen yet, at least.
const SETTLING: f64 = 60.0;

/// Counts that changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) time: f64,
}

/// What demand is counted in, from its first sample on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DemandUnit {
    /// Requests a second.
    Requests,
    /// Instances at their CPU target.
    Instances,
}

/// Everything that the next decision depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) now: Option<f64>,
    pub(super) decisions: u64,
    pub(super) instances: Option<u32>,
    /// What was decided last and not heard of since.
    pub(super) decided: Option<Change>,
    /// What was done last.
    pub(super) done: Option<Change>,
    /// Whether its count is still to be seen in metrics.
    pub(super) unseen: bool,
    pub(super) recent: Extremes,
    pub(super) added: Vec<ScaleEvent>,
    pub(super) removed: Vec<ScaleEvent>,
    pub(super) burst: Burst,
    pub(super) idle_since: Option<f64>,
    pub(super) learned: Learned,
    pub(super) unit: Option<DemandUnit>,
    pub(super) predictor: Predictor,
    pub(super) turning: Turning,
    pub(super) ledger: Ledger,
    pub(super) meter: Meter,
    pub(super) history: VecDeque<ScalingRecord>,
}

impl State {
    pub(super) fn new(config: &ScalingConfig) -> Self {
        Self {
            now: None,
            decisions: 0,
            instances: None,
            decided: None,
            done: None,
            unseen: false,
            recent: Extremes::default(),
            added: Vec::new(),
            removed: Vec::new(),
            burst: Burst::default(),
            idle_since: None,
            learned: Learned::default(),
            unit: None,
            predictor: Predictor::new(&config.prediction),
            turning: Turning::default(),
            ledger: Ledger::default(),
            meter: Meter::default(),
            history: VecDeque::new(),
        }
    }

    /// Time has come to `now`. Where it went back, everything remembered is moved with it, so that what was a minute ago
    /// still is; by how many seconds.
    pub(super) fn arrive(&mut self, now: f64) -> f64 {
        let back = self.now.map_or(0.0, |last| (last - now).max(0.0));
        self.now = Some(now);
        if back > 0.0 {
            self.shift(-back);
        }
        back
    }

    fn shift(&mut self, by: f64) {
        self.recent.shift(by);
        self.added.iter_mut().chain(&mut self.removed).for_each(|event| event.time += by);
        self.burst.shift(by);
        self.turning.shift(by);
        self.idle_since = self.idle_since.map(|since| since + by);
        self.ledger.shift(by);
        self.meter.shift(by);
        [&mut self.decided, &mut self.done].into_iter().flatten().for_each(|change| change.time += by);
        self.history.iter_mut().for_each(|record| record.time += by);
        self.predictor.restart(by.abs() > PHASE);
    }

    /// How many instances there are, by what is known and by what is seen.
    pub(super) fn reconcile(
        &mut self,
        config: &ScalingConfig,
        metrics: &ResourceMetrics,
        now: f64,
        notes: &mut Vec<ScalingNote>,
    ) -> u32 {
        let known = self.instances;
        let Some(found) = metrics.instances else {
            return *self.instances.get_or_insert(config.min_instances);
        };
        let Some(expected) = known.filter(|expected| *expected != found) else {
            self.instances = Some(found);
            self.unseen = false;
            return found;
        };
        // The host has done what was decided, and said nothing.
        if let Some(decided) = self.decided.filter(|decided| decided.to == found && decided.from == expected) {
            self.ledger.turned(if decided.to > decided.from {
                ScalingAction::ScaleUp
            } else {
                ScalingAction::ScaleDown
            });
            self.did(decided, config);
            self.unseen = false;
            return found;
        }
        let settling = SETTLING.max(config.metrics_max_age);
        let between = |done: &Change| (done.from.min(done.to)..=done.from.max(done.to)).contains(&found);
        match self.done.filter(|done| self.unseen && done.to == expected && between(done)) {
            Some(done) if now - done.time <= settling => return expected,
            Some(done) => {
                self.undo(done, found, now);
                notes.push(ScalingNote::ActionNotSeen { expected, found });
            }
            None => notes.push(ScalingNote::ChangedByOthers { expected, found }),
        }
        self.instances = Some(found);
        self.decided = None;
        found
    }

    /// A count has changed by an action.
    pub(super) fn did(&mut self, change: Change, config: &ScalingConfig) {
        self.instances = Some(change.to);
        self.decided = None;
        self.done = Some(change);
        self.unseen = true;
        let event = ScaleEvent { time: change.time, change: change.to.abs_diff(change.from) };
        let events = if change.to > change.from { &mut self.added } else { &mut self.removed };
        events.push(event);
        let longest = config.scale_up.longest_period().max(config.scale_down.longest_period());
        for events in [&mut self.added, &mut self.removed] {
            events.retain(|event| event.time > change.time - longest);
            if events.len() > EVENTS {
                // Two that are added up and counted as the younger one hold back longer, never shorter.
                let oldest = events.remove(0);
                if let Some(next) = events.first_mut() {
                    next.change = next.change.saturating_add(oldest.change);
                }
            }
        }
    }

    /// A change that was reported has not come about.
    fn undo(&mut self, done: Change, found: u32, now: f64) {
        self.done = None;
        self.unseen = false;
        let events = if done.to > done.from { &mut self.added } else { &mut self.removed };
        events.retain(|event| event.time != done.time);
        let error =
            format!("{:.0} s after it was reported as done there are {found}, not {}", now - done.time, done.to);
        self.ledger.disproved(done.to, &error, now);
    }

    pub(super) fn remember(&mut self, record: ScalingRecord) {
        if self.history.len() >= HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(record);
    }
}
