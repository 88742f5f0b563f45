//! What has been measured so far, and how much of it can be seen.

use rand_distr::{Distribution, Poisson, StandardUniform};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::plant::Plant;

/// Sums by the second, so that the mean of any stretch is one subtraction.
#[derive(Debug)]
pub(super) struct Recorded {
    arrived: Vec<f64>,
    busy: Vec<f64>,
    ready: Vec<u32>,
    /// The ends of measurements that were not lost, in seconds.
    scrapes: Vec<usize>,
    delay: f64,
    interval: usize,
}

/// What is seen of a service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// When it was measured.
    pub(super) time: f64,
    /// Requests a second.
    pub(super) rate: f64,
    /// The mean usage of the instances that work, 0 to 1.
    pub(super) usage: f64,
    /// Instances that worked.
    pub(super) ready: u32,
}

impl Recorded {
    pub(super) fn new(plant: &Plant) -> Self {
        Self {
            arrived: vec![0.0],
            busy: vec![0.0],
            ready: vec![0],
            scrapes: Vec::new(),
            delay: plant.metric_delay,
            interval: plant.scrape_interval.round() as usize,
        }
    }

    /// A second has passed.
    pub(super) fn push(&mut self, arrived: f64, usage: f64, ready: u32, plant: &Plant, chance: &mut Pcg64Mcg) {
        self.arrived.push(self.arrived.last().unwrap_or(&0.0) + arrived);
        self.busy.push(self.busy.last().unwrap_or(&0.0) + usage);
        self.ready.push(ready);
        let second = self.arrived.len() - 1;
        if second.is_multiple_of(self.interval) && unit(chance) >= plant.lost_samples {
            self.scrapes.push(second);
        }
    }

    /// The last measurement that can be seen.
    pub(super) fn scraped(&self, now: f64) -> Option<Seen> {
        let visible = self.scrapes.partition_point(|end| *end as f64 + self.delay <= now);
        let end = *self.scrapes.get(visible.checked_sub(1)?)?;
        Some(self.between(end.saturating_sub(self.interval), end))
    }

    /// The mean of a window that ends with the newest second that can be seen.
    pub(super) fn window(&self, seconds: f64, now: f64) -> Option<Seen> {
        let end = (now - self.delay).floor();
        let end = (end >= 1.0).then_some((end as usize).min(self.arrived.len() - 1))?;
        Some(self.between(end.saturating_sub(seconds as usize), end))
    }

    /// The mean of a window that ended at a time, if it can be seen yet; whether it can is the asker's to know.
    pub(super) fn ended(&self, seconds: f64, end: f64) -> Option<Seen> {
        let (from, to) = ((end - seconds).round(), end.round());
        let whole = from >= 0.0 && to < self.arrived.len() as f64;
        whole.then(|| self.between(from as usize, to as usize))
    }

    fn between(&self, from: usize, to: usize) -> Seen {
        let seconds = (to - from).max(1) as f64;
        Seen {
            time: to as f64,
            rate: (self.arrived[to] - self.arrived[from]) / seconds,
            usage: (self.busy[to] - self.busy[from]) / seconds,
            ready: self.ready[to],
        }
    }
}

/// A number from 0 up to 1.
pub(super) fn unit(chance: &mut Pcg64Mcg) -> f64 {
    StandardUniform.sample(chance)
}

/// A number of a distribution.
pub(super) fn draw(distribution: &impl Distribution<f64>, chance: &mut Pcg64Mcg) -> f64 {
    distribution.sample(chance)
}

/// Requests by chance: a Poisson process whose rate is that of each second. The same for all policies.
#[derive(Debug)]
pub(super) struct Arrivals(Pcg64Mcg);

impl Arrivals {
    pub(super) fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed ^ 0x5851_f42d_4c95_7f2d))
    }

    /// Requests of a second.
    pub(super) fn count(&mut self, rate: f64) -> f64 {
        Poisson::new(rate).map_or(0.0, |arrivals| draw(&arrivals, &mut self.0))
    }
}
