//! Requests as a fluid: what instances cannot do at once waits in one place.

use rand_distr::LogNormal;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::plant::Plant;
use super::recorded::{Arrivals, draw, unit};
use super::run::{Service, Work};
use super::tally::Tally;
use super::trace::Trace;
use crate::error::Result;

/// Instances and what waits for them.
#[derive(Debug)]
pub(super) struct Fluid<'a> {
    plant: &'a Plant,
    /// When the instances that are starting will work, the last one first.
    starting: Vec<f64>,
    ready: u32,
    waiting: f64,
    starts: LogNormal<f64>,
    /// Of instances. Requests have their own, so that all policies meet the same.
    chance: Pcg64Mcg,
    arrivals: Arrivals,
}

impl<'a> Fluid<'a> {
    pub(super) fn new(plant: &'a Plant, trace: &Trace, seed: u64) -> Result<Self> {
        Ok(Self {
            plant,
            starting: Vec::new(),
            ready: plant.first(trace),
            waiting: 0.0,
            starts: plant.starts()?,
            chance: Pcg64Mcg::seed_from_u64(seed),
            arrivals: Arrivals::new(seed),
        })
    }

    fn start(&mut self, now: f64) {
        let ready = now + draw(&self.starts, &mut self.chance);
        let at = self.starting.partition_point(|other| *other > ready);
        self.starting.insert(at, ready);
    }
}

impl Service for Fluid<'_> {
    fn ready(&self) -> u32 {
        self.ready
    }

    fn instances(&self) -> u32 {
        self.ready + self.starting.len() as u32
    }

    fn chance(&mut self) -> &mut Pcg64Mcg {
        &mut self.chance
    }

    /// What is started works, or fails and is started anew; what works may break down.
    fn come_and_go(&mut self, now: f64) -> Result<()> {
        while self.starting.last().is_some_and(|ready| *ready <= now) {
            self.starting.pop();
            if self.plant.start_failures > 0.0 && unit(&mut self.chance) < self.plant.start_failures {
                self.start(now);
            } else {
                self.ready += 1;
            }
        }
        let expected = f64::from(self.ready) * self.plant.breakdowns / 3600.0;
        if expected > 0.0 && unit(&mut self.chance) < expected {
            self.ready -= 1;
            self.start(now);
        }
        Ok(())
    }

    fn resize(&mut self, count: u32, now: f64) -> Result<()> {
        (self.instances()..count).for_each(|_| self.start(now));
        let mut surplus = self.instances().saturating_sub(count);
        // What does not work yet goes first, the last one before all.
        while surplus > 0 && !self.starting.is_empty() {
            self.starting.remove(0);
            surplus -= 1;
        }
        self.ready -= surplus;
        Ok(())
    }

    fn work(&mut self, second: usize, rate: f64, tally: &mut Tally<'_>) -> Result<Work> {
        let arrived = self.arrivals.count(rate);
        let able = f64::from(self.ready) * self.plant.capacity;
        let all = self.waiting + arrived;
        let done = all.min(able);
        let waiting = all - done;
        // Whoever waits longer than the timeout gives up.
        let patient = able * self.plant.timeout;
        let dropped = (waiting - patient).max(0.0);
        // The wait of a request in the middle of the second, and the time of service at the load that there is: an
        // instance that shares its speed takes S / (1 - load).
        let wait = if able > 0.0 { f64::midpoint(self.waiting, waiting - dropped) / able * 1e3 } else { f64::INFINITY };
        let load = if able > 0.0 { (rate / able).min(0.99) } else { 1.0 };
        self.waiting = waiting - dropped;
        let response_time = (self.plant.service_time / (1.0 - load) + wait).min(self.plant.timeout * 1e3);
        let violated = if response_time > self.plant.objective { arrived } else { dropped.min(arrived) };
        tally.took(second, arrived, response_time);
        tally.violated(second, violated);
        tally.dropped(second, dropped);
        Ok(Work { arrived, violated, usage: if able > 0.0 { done / able } else { 0.0 }, response_time })
    }
}
