//! A server, and what its faults do to it.

use super::scenario::{Fault, ServerPlan};
use crate::virtual_time::Shared;

#[derive(Debug)]
pub(super) struct Server {
    plan: ServerPlan,
    pub(super) work: Shared,
}

/// Steps in which a cold server warms up.
const STEPS: f64 = 50.0;

impl Server {
    pub(super) fn new(plan: &ServerPlan) -> Self {
        let mut server = Self { plan: plan.clone(), work: Shared::new(0.0, f64::from(plan.workers)) };
        server.work = Shared::new(server.speed_at(0.0), f64::from(plan.workers));
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
        self.work.set_speed(self.speed_at(now), now);
    }

    pub(super) fn begin(&mut self, job: u32, work: f64, now: f64) {
        self.update(now);
        self.work.begin(job, work, now);
    }

    /// A request ends, done or not.
    pub(super) fn end(&mut self, job: u32, now: f64) {
        self.update(now);
        self.work.end(job, now);
    }

    /// All requests break off.
    pub(super) fn break_off(&mut self, now: f64) -> Vec<u32> {
        self.update(now);
        self.work.break_off(now)
    }
}

fn second_half(now: f64, period: f64) -> bool {
    (now / period).fract() >= 0.5
}
