//! Which instance gets a request.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::options::Spread;
use crate::error::Result;
use crate::scaling::simulate::recorded::unit;

/// How an attempt of a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was answered.
    Answered,
    /// The instance had too many requests already.
    Refused,
    /// It could not be reached, or broke off with its instance.
    BrokenOff,
    /// It took longer than the timeout.
    TimedOut,
}

/// Says which instance gets a request, and hears of instances and requests what a load balancer would. Instances and
/// requests have numbers of their own; times are seconds from the beginning of the trace.
pub trait Routing {
    /// An instance works from now on.
    ///
    /// # Errors
    /// Whatever keeps a router from its work; the run ends with it.
    fn joins(&mut self, instance: u32, now: f64) -> Result<()>;

    /// An instance gets no more requests and has so many seconds to finish those that it has.
    ///
    /// # Errors
    /// As [`Routing::joins`].
    fn drains(&mut self, instance: u32, seconds: f64, now: f64) -> Result<()>;

    /// An instance is gone.
    ///
    /// # Errors
    /// As [`Routing::joins`].
    fn leaves(&mut self, instance: u32, now: f64) -> Result<()>;

    /// The instance for a request that was at those before; `None` where there is none.
    ///
    /// # Errors
    /// As [`Routing::joins`].
    fn choose(&mut self, request: u32, tried: &[u32], now: f64) -> Result<Option<u32>>;

    /// An attempt at an instance has ended.
    fn ended(&mut self, request: u32, instance: u32, how: Ended, now: f64);
}

/// Sharing without a balancer.
#[derive(Debug)]
pub(in crate::scaling::simulate) struct Even {
    spread: Spread,
    listed: Vec<u32>,
    /// Requests that each instance has.
    in_flight: Vec<u32>,
    chance: Pcg64Mcg,
}

impl Even {
    pub(in crate::scaling::simulate) fn new(spread: Spread, seed: u64) -> Self {
        let chance = Pcg64Mcg::seed_from_u64(seed ^ 0x2545_f491_4f6c_dd1d);
        Self { spread, listed: Vec::new(), in_flight: Vec::new(), chance }
    }

    fn count(&mut self, instance: u32) -> &mut u32 {
        let at = instance as usize;
        if self.in_flight.len() <= at {
            self.in_flight.resize(at + 1, 0);
        }
        &mut self.in_flight[at]
    }

    /// A place in the list, by chance.
    fn somewhere(&mut self) -> usize {
        (unit(&mut self.chance) * self.listed.len() as f64) as usize
    }

    /// From a place on, those that the request was not at.
    fn from<'a>(&'a self, place: usize, tried: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        let (before, after) = self.listed.split_at(place.min(self.listed.len()));
        after.iter().chain(before).copied().filter(|instance| !tried.contains(instance))
    }
}

impl Routing for Even {
    fn joins(&mut self, instance: u32, _: f64) -> Result<()> {
        self.count(instance);
        self.listed.push(instance);
        Ok(())
    }

    fn drains(&mut self, instance: u32, _: f64, now: f64) -> Result<()> {
        self.leaves(instance, now)
    }

    fn leaves(&mut self, instance: u32, _: f64) -> Result<()> {
        self.listed.retain(|listed| *listed != instance);
        Ok(())
    }

    fn choose(&mut self, _: u32, tried: &[u32], _: f64) -> Result<Option<u32>> {
        let place = self.somewhere();
        let requests = |at: &u32| self.in_flight.get(*at as usize).copied().unwrap_or(0);
        let chosen = match self.spread {
            Spread::Random => self.from(place, tried).next(),
            Spread::Fewest => self.from(place, tried).min_by_key(requests),
        };
        if let Some(instance) = chosen {
            *self.count(instance) += 1;
        }
        Ok(chosen)
    }

    fn ended(&mut self, _: u32, instance: u32, _: Ended, _: f64) {
        let count = self.count(instance);
        *count = count.saturating_sub(1);
    }
}
