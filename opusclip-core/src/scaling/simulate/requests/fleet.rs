//! Instances one by one: they start, warm up, work, break down, drain and leave.

use super::options::{RequestOptions, workers};
use crate::scaling::simulate::Plant;
use crate::virtual_time::Shared;

/// What an instance is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Starting,
    Ready,
    /// It finishes what it has.
    Draining,
    /// It is down, and requests may still be sent to it.
    Broken,
    Gone,
}

/// An instance.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) state: State,
    /// When it works, or worked first.
    pub(super) ready_at: f64,
    pub(super) work: Shared,
    /// The share of its workers that had something to do, by seconds, since the last whole second.
    busy: f64,
    seen: f64,
}

impl Instance {
    /// Keep count of how busy it is; before anything changes.
    pub(super) fn note(&mut self, now: f64) {
        self.busy += (now - self.seen).max(0.0) * self.work.busy();
        self.seen = now;
    }
}

/// All instances that there ever were, by their numbers, and which of them are there.
#[derive(Debug)]
pub(super) struct Fleet {
    all: Vec<Instance>,
    /// Those that are not gone, the oldest first.
    present: Vec<u32>,
    workers: f64,
    /// Work a second of each worker: a second.
    warming: f64,
    cold_speed: f64,
}

impl Fleet {
    pub(super) fn new(plant: &Plant, options: &RequestOptions) -> Self {
        let (warming, cold_speed) = (options.warming, options.cold_speed);
        Self { all: Vec::new(), present: Vec::new(), workers: workers(plant), warming, cold_speed }
    }

    pub(super) fn get(&mut self, instance: u32) -> Option<&mut Instance> {
        self.all.get_mut(instance as usize)
    }

    /// A new instance, which works at a time.
    pub(super) fn start(&mut self, ready_at: f64) -> u32 {
        let number = self.all.len() as u32;
        let work = Shared::new(1.0, self.workers);
        self.all.push(Instance { state: State::Starting, ready_at, work, busy: 0.0, seen: 0.0 });
        self.present.push(number);
        number
    }

    /// How many are in a state.
    pub(super) fn count(&self, state: State) -> u32 {
        self.those(state).count() as u32
    }

    /// Those that are in a state, the oldest first.
    pub(super) fn those(&self, state: State) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.present.iter().copied().filter(move |at| self.all.get(*at as usize).is_some_and(|one| one.state == state))
    }

    /// The one that is starting and will be the last to work.
    pub(super) fn last_starting(&self) -> Option<u32> {
        let ready_at = |at: &u32| self.all.get(*at as usize).map_or(0.0, |one| one.ready_at);
        self.those(State::Starting).max_by(|a, b| ready_at(a).total_cmp(&ready_at(b)))
    }

    pub(super) fn leave(&mut self, instance: u32) {
        if let Some(one) = self.get(instance) {
            one.state = State::Gone;
        }
        self.present.retain(|at| *at != instance);
    }

    /// Bring the speed of those that warm up to that of a time; gives those whose speed has changed.
    pub(super) fn warm(&mut self, now: f64) -> Vec<u32> {
        let mut changed = Vec::new();
        if self.warming <= 0.0 || self.cold_speed >= 1.0 {
            return changed;
        }
        for at in &self.present {
            let Some(one) = self.all.get_mut(*at as usize) else { continue };
            // One second after its end it has been brought to full speed.
            if one.state == State::Ready && now - one.ready_at <= self.warming + 1.0 {
                let warmth = ((now - one.ready_at) / self.warming).clamp(0.0, 1.0);
                one.note(now);
                one.work.set_speed(self.cold_speed + (1.0 - self.cold_speed) * warmth, now);
                changed.push(*at);
            }
        }
        changed
    }

    /// The mean share of workers that had something to do in the second that ends, of the instances that take requests.
    pub(super) fn usage(&mut self, now: f64) -> f64 {
        let (mut busy, mut ready) = (0.0, 0.0);
        for at in &self.present {
            let Some(one) = self.all.get_mut(*at as usize) else { continue };
            one.note(now);
            if one.state == State::Ready {
                // One that began within the second was there for a part of it.
                busy += one.busy;
                ready += (now - one.ready_at).clamp(0.0, 1.0);
            }
            one.busy = 0.0;
        }
        if ready > 0.0 { busy / ready } else { 0.0 }
    }
}
