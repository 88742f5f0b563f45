//! How rare a distance is among those seen before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Places of the histogram; each is wider than the one below by [`WIDTH`], as a natural logarithm.
const BINS: usize = 160;
const WIDTH: f64 = 0.1;
/// The place of the usual distance.
const MIDDLE: f64 = 40.0;
/// Distances from which the usual one is told.
const EARLY: usize = 100;
/// Beyond so many distances, older ones count for half.
const MEMORY: f64 = 10_000.0;
/// The share of distances, and the least number of them, that tell the tail's shape.
const SHARE: f64 = 0.02;
const LEAST: f64 = 8.0;
/// What is taken for granted about the tail, and how many distances that counts for.
const PRIOR: f64 = 0.2;
const PRIOR_WEIGHT: f64 = 4.0;

/// A histogram on a logarithmic scale, with a power law above its highest places (Hill 1975).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Tail {
    counts: Vec<f64>,
    /// The highest place that is taken.
    highest: usize,
    total: f64,
    /// The usual distance, once it is known.
    unit: Option<f64>,
    early: Vec<f64>,
}

impl Tail {
    /// The natural logarithm of 1 over the chance of a distance as large as this, or larger; then learn from it.
    pub(super) fn observe(&mut self, distance: f64) -> f64 {
        let logarithm = self.unit.map_or(0.0, |unit| (distance / unit).ln());
        let surprise = self.surprise(distance, logarithm);
        if self.unit.is_some() {
            self.count(place(logarithm));
        } else {
            self.learn_early(distance);
        }
        surprise
    }

    /// `logarithm` is that of the distance in units, where there is one.
    fn surprise(&self, distance: f64, logarithm: f64) -> f64 {
        if distance <= 0.0 || self.total < EARLY as f64 {
            return 0.0;
        }
        if self.unit.is_none() {
            // All before were 0.
            return (self.total + 1.0).ln();
        }
        let place = place(logarithm);
        let enough = (SHARE * self.total).max(LEAST);
        let (mut above, mut excess, mut from) = (0.0, 0.0, 0);
        for (at, count) in self.counts.iter().enumerate().take(self.highest + 1).rev() {
            above += count;
            from = at;
            if above >= enough {
                break;
            }
        }
        // Where nearly all distances are 0 there is no tail whose shape could be told.
        if place <= from || from == 0 {
            let more: f64 = self.counts.iter().skip(place).sum();
            return ((self.total + 1.0) / (more + 1.0)).max(1.0).ln();
        }
        for (steps, count) in self.counts.iter().take(self.highest + 1).skip(from).enumerate() {
            excess += count * steps as f64 * WIDTH;
        }
        let shape = (excess + PRIOR * PRIOR_WEIGHT) / (above + PRIOR_WEIGHT);
        let beyond = logarithm - (from as f64 + 0.5 - MIDDLE) * WIDTH;
        ((self.total + 1.0) / (above + 1.0)).ln() + beyond.max(0.0) / shape
    }

    /// Distances before the usual one is known.
    fn learn_early(&mut self, distance: f64) {
        self.total += 1.0;
        if distance > 0.0 {
            self.early.push(distance);
        }
        if self.total < EARLY as f64 || self.early.is_empty() {
            self.total = self.total.min(MEMORY);
            return;
        }
        let middle = self.early.len() / 2;
        let unit = *self.early.select_nth_unstable_by(middle, f64::total_cmp).1;
        let zeros = self.total - self.early.len() as f64;
        self.counts = vec![0.0; BINS];
        self.total = 0.0;
        self.unit = Some(unit);
        for distance in std::mem::take(&mut self.early) {
            self.count(place((distance / unit).ln()));
        }
        self.total += zeros;
        if let Some(lowest) = self.counts.first_mut() {
            *lowest += zeros;
        }
    }

    fn count(&mut self, place: usize) {
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1.0;
            self.highest = self.highest.max(place);
        }
        self.total += 1.0;
        if self.total > MEMORY {
            self.counts.iter_mut().for_each(|count| *count *= 0.5);
            self.total *= 0.5;
        }
    }
}

/// Where a distance of this logarithm stands in the histogram. The cast takes what lies below, as that of 0, to 0.
fn place(logarithm: f64) -> usize {
    ((logarithm / WIDTH + MIDDLE) as usize).min(BINS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_law_is_read_beyond_the_largest_distance() {
        // Quantiles of a Pareto distribution: the chance of a distance above x is 1 / x^2, so its surprise is 2 ln x.
        let mut tail = Tail::default();
        let count = 4000;
        for at in 0..count {
            tail.observe((1.0 - (f64::from(at) + 0.5) / f64::from(count)).powf(-0.5));
        }
        for distance in [2.0, 5.0, 20.0, 200.0, 2000.0_f64] {
            let (found, expected) = (tail.clone().observe(distance), 2.0 * distance.ln());
            // A place of the histogram is 0.1 wide, which is 0.2 here; the prior makes the tail a little thinner.
            assert!((found - expected).abs() < 0.2 + 0.1 * expected, "{distance}: {found}, not {expected}");
        }
    }

    #[test]
    fn after_nothing_but_zeros_any_distance_is_as_rare_as_their_number_can_tell() {
        let mut tail = Tail::default();
        for _ in 0..999 {
            assert_eq!(tail.observe(0.0), 0.0);
        }
        let near = |found: f64, share: f64| (found - share.ln()).abs() < 1e-12;
        assert!(near(tail.observe(1.0), 1000.0));
        assert!(near(tail.observe(1.0), 1001.0 / 2.0));
    }
}
