//! What simulations of requests have in common: events by their time, servers that share their speed, and how much work
//! requests need.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A finite number that has an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ordered(pub(crate) f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Events by time; those of the same moment in the order they were planned.
#[derive(Debug)]
pub(crate) struct Agenda<E> {
    queue: BinaryHeap<Reverse<(Ordered, u64, E)>>,
    planned: u64,
}

impl<E: Ord> Default for Agenda<E> {
    fn default() -> Self {
        Self { queue: BinaryHeap::new(), planned: 0 }
    }
}

impl<E: Ord> Agenda<E> {
    pub(crate) fn plan(&mut self, time: f64, event: E) {
        self.planned += 1;
        self.queue.push(Reverse((Ordered(time), self.planned, event)));
    }

    pub(crate) fn next(&mut self) -> Option<(f64, E)> {
        self.queue.pop().map(|Reverse((Ordered(time), _, event))| (time, event))
    }

    /// When the next event is.
    #[cfg(feature = "scaling")]
    pub(crate) fn next_time(&self) -> Option<f64> {
        self.queue.peek().map(|Reverse((Ordered(time), ..))| *time)
    }
}

/// Works on all of its requests at once: at full speed on as many as it has workers, more share them evenly.
#[derive(Debug)]
pub(crate) struct Shared {
    speed: f64,
    workers: f64,
    /// Work that a request has been given that was there from the beginning.
    given: f64,
    updated: f64,
    /// Requests by the work that each will have been given when it is done.
    jobs: BTreeMap<u32, f64>,
    done_at: BinaryHeap<Reverse<(Ordered, u32)>>,
    /// Goes up whenever an earlier forecast of the next completion is wrong.
    pub(crate) version: u64,
}

impl Shared {
    /// `speed` is the work done in a second by each worker.
    pub(crate) fn new(speed: f64, workers: f64) -> Self {
        let (jobs, done_at) = (BTreeMap::new(), BinaryHeap::new());
        Self { speed, workers, given: 0.0, updated: 0.0, jobs, done_at, version: 0 }
    }

    /// Requests that it works on.
    #[cfg(feature = "scaling")]
    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// The share of its workers that have something to do, 0 to 1.
    #[cfg(feature = "scaling")]
    pub(crate) fn busy(&self) -> f64 {
        (self.jobs.len() as f64 / self.workers).min(1.0)
    }

    /// Work until now at the speed that it had.
    pub(crate) fn update(&mut self, now: f64) {
        if !self.jobs.is_empty() {
            self.given += (now - self.updated).max(0.0) * self.speed / self.sharing(self.jobs.len());
        }
        self.updated = now;
    }

    /// Work at another speed from now on.
    pub(crate) fn set_speed(&mut self, speed: f64, now: f64) {
        self.update(now);
        if speed != self.speed {
            self.speed = speed;
            self.version += 1;
        }
    }

    pub(crate) fn begin(&mut self, job: u32, work: f64, now: f64) {
        self.update(now);
        self.jobs.insert(job, self.given + work);
        self.done_at.push(Reverse((Ordered(self.given + work), job)));
        self.version += 1;
    }

    /// A request ends, done or not; gives whether it was there.
    pub(crate) fn end(&mut self, job: u32, now: f64) -> bool {
        self.update(now);
        self.version += 1;
        self.jobs.remove(&job).is_some()
    }

    /// All requests break off.
    pub(crate) fn break_off(&mut self, now: f64) -> Vec<u32> {
        self.update(now);
        self.version += 1;
        self.done_at.clear();
        std::mem::take(&mut self.jobs).into_keys().collect()
    }

    /// The request that is done next, and when, if nothing else happens.
    pub(crate) fn next_done(&mut self) -> Option<(u32, f64)> {
        while let Some(Reverse((Ordered(at), job))) = self.done_at.peek().copied() {
            if !self.jobs.contains_key(&job) {
                self.done_at.pop();
                continue;
            }
            let left = (at - self.given).max(0.0) * self.sharing(self.jobs.len());
            return (self.speed > 0.0).then(|| (job, self.updated + left / self.speed));
        }
        None
    }

    /// How many requests share the speed that one could have alone.
    fn sharing(&self, jobs: usize) -> f64 {
        (jobs as f64 / self.workers).max(1.0)
    }

    /// How long more work would take here if nothing else came.
    #[cfg(feature = "balance")]
    pub(crate) fn forecast(&self, work: f64) -> f64 {
        if self.speed <= 0.0 {
            return f64::INFINITY;
        }
        let mut left: Vec<f64> = self.jobs.values().map(|at| (at - self.given).max(0.0)).collect();
        left.sort_by(f64::total_cmp);
        // One after the other is done, and those that are left go on faster.
        let (mut seconds, mut given) = (0.0, 0.0);
        for (done, work_left) in left.iter().enumerate().take_while(|(_, left)| **left < work) {
            seconds += (work_left - given) * self.sharing(left.len() + 1 - done);
            given = *work_left;
        }
        let after = left.iter().filter(|left| **left >= work).count();
        (seconds + (work - given) * self.sharing(after + 1)) / self.speed
    }
}

/// How much work requests need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WorkDistribution {
    /// All the same.
    Constant,
    /// Normal with a standard deviation of a twentieth of the mean: all nearly the same.
    Normal,
    /// Exponential: most little, some much.
    #[default]
    Exponential,
    /// Log-normal with a standard deviation of twice the mean: few very much.
    LogNormal,
    /// Nine of ten need half the mean, one five and a half times.
    Bimodal,
}

impl WorkDistribution {
    /// Work with a mean of 1, by numbers from 0 up to 1.
    pub(crate) fn draw(self, mut unit: impl FnMut() -> f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Exponential => exponential(&mut unit),
            Self::Bimodal => {
                if unit() < 0.9 {
                    0.5
                } else {
                    5.5
                }
            }
            Self::Normal => (1.0 + normal(&mut unit) / 20.0).max(0.0),
            Self::LogNormal => {
                // A variance of 4 squared means: sigma^2 = ln(5).
                let variance = 5.0_f64.ln();
                (normal(&mut unit) * variance.sqrt() - variance / 2.0).exp()
            }
        }
    }
}

/// An exponential time with a mean of 1.
pub(crate) fn exponential(mut unit: impl FnMut() -> f64) -> f64 {
    -(1.0 - unit()).ln()
}

/// A normal deviate by the method of Box and Muller (1958).
fn normal(mut unit: impl FnMut() -> f64) -> f64 {
    let radius = (-2.0 * (1.0 - unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * unit()).cos()
}
