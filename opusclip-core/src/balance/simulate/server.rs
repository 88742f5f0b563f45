//! A server that works on its requests at once: at full speed on as many as it has workers, more share them evenly.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::scenario::{Fault, ServerPlan};

/// Requests by the work that each will have been given when it is done.
#[derive(Debug)]
pub(super) struct Server {
    plan: ServerPlan,
    speed: f64,
    /// Work that a request has been given that was there from the beginning.
    given: f64,
    updated: f64,
    jobs: BTreeMap<u32, f64>,
    done_at: BinaryHeap<Reverse<(Ordered, u32)>>,
    /// Goes up whenever an earlier forecast of the next completion is wrong.
    pub(super) version: u64,
}

/// A finite number that has an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ordered(pub(super) f64);

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

/// Steps in which a cold server warms up.
const STEPS: f64 = 50.0;

impl Server {
    pub(super) fn new(plan: &ServerPlan) -> Self {
        let mut server = Self {
            plan: plan.clone(),
            speed: 0.0,
            given: 0.0,
            updated: 0.0,
            jobs: BTreeMap::new(),
            done_at: BinaryHeap::new(),
            version: 0,
        };
        server.speed = server.speed_at(0.0);
        server
    }

    fn speed_at(&self, now: f64) -> f64 {
        let full = self.plan.speed;
        match self.plan.fault {
            Fault::None | Fault::FailingFast => full,
            Fault::Flapping { .. } if !self.accepts(now) => 0.0,
            Fault::Flapping { .. } => full,
            Fault::Dead { since } => {
                if now >= since {
                    0.0
                } else {
                    full
                }
            }
            Fault::Degraded { speed, period } => {
                if second_half(now, period) {
                    full * speed
                } else {
                    full
                }
            }
            Fault::Cold { joins, warms } => {
                let warmth = if warms > 0.0 { ((now - joins) / warms).clamp(0.0, 1.0) } else { 1.0 };
                full * (0.1 + 0.9 * warmth)
            }
        }
    }

    /// When its speed, or whether it accepts anything, changes next.
    pub(super) fn next_change(&self, now: f64) -> Option<f64> {
        match self.plan.fault {
            Fault::None | Fault::FailingFast => None,
            Fault::Dead { since } => (now < since).then_some(since),
            Fault::Flapping { period } | Fault::Degraded { period, .. } => {
                let half = period / 2.0;
                let next = (now / half).floor() + 1.0;
                Some(if next * half > now { next * half } else { (next + 1.0) * half })
            }
            Fault::Cold { joins, warms } => {
                let step = warms / STEPS;
                let next = if now < joins { joins } else { now + step };
                (step > 0.0 && next <= joins + warms + step).then_some(next)
            }
        }
    }

    /// When it joins.
    pub(super) fn joins(&self) -> f64 {
        if let Fault::Cold { joins, .. } = self.plan.fault { joins } else { 0.0 }
    }

    /// Whether it answers everything with an error.
    pub(super) fn fails(&self) -> bool {
        self.plan.fault == Fault::FailingFast
    }

    /// Whether it takes requests at all.
    pub(super) fn accepts(&self, now: f64) -> bool {
        if let Fault::Flapping { period } = self.plan.fault { !second_half(now, period) } else { true }
    }

    /// Work until now; its speed may have changed since.
    pub(super) fn update(&mut self, now: f64) {
        if !self.jobs.is_empty() {
            self.given += (now - self.updated).max(0.0) * self.speed / self.sharing(self.jobs.len());
        }
        self.updated = now;
        let speed = self.speed_at(now);
        if speed != self.speed {
            self.speed = speed;
            self.version += 1;
        }
    }

    pub(super) fn begin(&mut self, job: u32, work: f64, now: f64) {
        self.update(now);
        self.jobs.insert(job, self.given + work);
        self.done_at.push(Reverse((Ordered(self.given + work), job)));
        self.version += 1;
    }

    /// A request ends, done or not; gives whether it was there.
    pub(super) fn end(&mut self, job: u32, now: f64) -> bool {
        self.update(now);
        self.version += 1;
        self.jobs.remove(&job).is_some()
    }

    /// All requests break off.
    pub(super) fn break_off(&mut self, now: f64) -> Vec<u32> {
        self.update(now);
        self.version += 1;
        self.done_at.clear();
        std::mem::take(&mut self.jobs).into_keys().collect()
    }

    /// The request that is done next, and when, if nothing else happens.
    pub(super) fn next_done(&mut self) -> Option<(u32, f64)> {
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
        (jobs as f64 / f64::from(self.plan.workers)).max(1.0)
    }

    /// How long more work would take here if nothing else came.
    pub(super) fn forecast(&self, work: f64) -> f64 {
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

fn second_half(now: f64, period: f64) -> bool {
    (now / period).fract() >= 0.5
}
