//! How unlike anything before the last stretch of a stream is, at four lengths of stretch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tail::Tail;

/// Means that stand for a stretch.
const LAGS: usize = 8;
/// Values in each mean: from 8 to 216 values in a stretch.
const WIDTHS: [usize; 4] = [1, 3, 9, 27];
const LONGEST: usize = LAGS * 27;
/// Stretches that are remembered at each length, a whole number of [`LANES`].
const LIBRARY: usize = 768;
/// The newest stretches share values with the present one, so they are remembered only after so many others.
const DELAY: usize = 20;
/// Distances worked out side by side.
const LANES: usize = 32;
/// Values from which middle and spread are told, once.
const EARLY: usize = 30;
/// Shares of the spread: the least distance that is one at all, and the farthest that single precision holds squared.
const NOTHING: f64 = 1e-4;
const FARTHEST: f64 = 1e15;
/// Stands in empty places of the library: farther than any other, and its square is finite.
const EMPTY: f32 = 1e18;
/// Values up to which no stream counts as old, and from which on it grows no older.
const YOUNG: f64 = 500.0;
const OLD: f64 = 1e6;
/// How evidence is taken off with age: the more values have been seen, the more of them were surprising by chance.
const AGE: f64 = 0.25;
/// Evidence from which on a stretch is an anomaly.
pub(super) const EVIDENCE: f64 = 2.25;
/// Stretches of an anomaly, at each length, that are kept apart; what lasts longer is a new state, and learnt.
const APART: usize = 24;

/// Middle and spread of the first values. All others are measured by them, so that any unit will do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Gauge {
    middle: f64,
    spread: f64,
}

/// Stretches side by side: for each lag the means of all of them.
type Block = [[f32; LANES]; LAGS];

/// A stretch that is not remembered yet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Awaited {
    stretch: [f32; LAGS],
    anomalous: bool,
}

/// One length of stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Scale {
    width: usize,
    /// The means of remembered stretches, the newest in place of the oldest.
    library: Vec<Block>,
    /// Where the next one goes.
    next: usize,
    waiting: Vec<Awaited>,
    /// Stretches of the last anomaly. They are remembered when another one begins, which so may be its like: once is not
    /// yet a habit.
    apart: Vec<[f32; LAGS]>,
    /// Distance to the nearest, as last worked out, and the block where it was.
    distance: Option<f64>,
    hint: usize,
    tail: Tail,
}

/// The nearest neighbour in delay coordinates, at several scales, each judged by its own past distances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Novelty {
    gauge: Option<Gauge>,
    early: Vec<f64>,
    /// The last values, gauged; old ones are dropped now and then.
    recent: Vec<f32>,
    seen: u64,
    /// Values since the last that was part of an anomaly.
    calm: usize,
    scales: Vec<Scale>,
}

impl Novelty {
    pub(super) fn new() -> Self {
        let scale = |width| Scale {
            width,
            library: Vec::new(),
            next: 0,
            waiting: Vec::new(),
            apart: Vec::new(),
            distance: None,
            hint: 0,
            tail: Tail::default(),
        };
        let scales = WIDTHS.into_iter().map(scale).collect();
        Self { gauge: None, early: Vec::new(), recent: Vec::new(), seen: 0, calm: 0, scales }
    }

    /// The evidence that the stretch which ends with this value is new: the mean over the lengths of the logarithm of 1
    /// over the chance of so far a nearest neighbour, less an allowance for the age of the stream.
    pub(super) fn observe(&mut self, value: f64) -> f64 {
        self.seen += 1;
        let Some(gauge) = self.gauge else {
            self.early.push(value);
            if self.early.len() >= EARLY {
                self.settle();
            }
            return 0.0;
        };
        self.recent.push(gauge.of(value));
        if self.recent.len() > 2 * LONGEST {
            self.recent.drain(..LONGEST);
        }
        let surprises = self.scales.iter_mut().map(|scale| scale.observe(&self.recent, self.seen));
        let mean = surprises.sum::<f64>() / WIDTHS.len() as f64;
        let allowance = AGE * ((self.seen as f64).clamp(YOUNG, OLD) / YOUNG).ln();
        let evidence = (mean - allowance).max(0.0);
        self.mark(evidence >= EVIDENCE);
        evidence
    }

    /// Tell the newest stretches apart that are part of an anomaly.
    fn mark(&mut self, anomalous: bool) {
        let begins = anomalous && self.calm >= LONGEST;
        self.calm = if anomalous { 0 } else { self.calm.saturating_add(1) };
        for scale in &mut self.scales {
            if begins {
                std::mem::take(&mut scale.apart).into_iter().for_each(|stretch| scale.remember(stretch));
            }
            if let Some(newest) = scale.waiting.last_mut() {
                newest.anomalous |= anomalous;
            }
        }
    }

    /// Middle and spread from the first values.
    fn settle(&mut self) {
        let mut sorted = self.early.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: usize| sorted.get(sorted.len() * share / 4).copied().unwrap_or(0.0);
        let (middle, range) = (at(2), at(3) - at(1));
        // Constant so far: a thousandth of the value is a spread as good as any.
        let spread = [range, middle.abs() * 1e-3].into_iter().find(|spread| *spread > 0.0);
        // A spread so small that quotients overflow is none.
        let gauge = Gauge { middle, spread: spread.unwrap_or(1.0).max(1e-150) };
        self.recent.extend(self.early.drain(..).map(|value| gauge.of(value)));
        self.gauge = Some(gauge);
    }
}

impl Gauge {
    fn of(self, value: f64) -> f32 {
        (value / self.spread - self.middle / self.spread).clamp(-FARTHEST, FARTHEST) as f32
    }
}

impl Scale {
    fn observe(&mut self, recent: &[f32], seen: u64) -> f64 {
        // Long stretches change slowly; half a mean further on is soon enough.
        if seen.is_multiple_of((self.width / 2).max(1) as u64)
            && let Some(stretch) = stretch(recent, self.width)
        {
            if let Some(nearest) = self.nearest(&stretch) {
                self.distance = Some(if nearest < NOTHING { 0.0 } else { nearest });
            }
            self.await_others(stretch);
        }
        let Some(distance) = self.distance else { return 0.0 };
        self.tail.observe(distance)
    }

    /// The stretch is remembered once enough others have followed.
    fn await_others(&mut self, stretch: [f32; LAGS]) {
        self.waiting.push(Awaited { stretch, anomalous: false });
        if self.waiting.len() <= DELAY {
            return;
        }
        let oldest = self.waiting.remove(0);
        if oldest.anomalous && self.apart.len() < APART {
            self.apart.push(oldest.stretch);
        } else {
            self.remember(oldest.stretch);
        }
    }

    /// In place of the oldest.
    fn remember(&mut self, stretch: [f32; LAGS]) {
        let (block, lane) = (self.next / LANES, self.next % LANES);
        if block == self.library.len() {
            self.library.push([[EMPTY; LANES]; LAGS]);
        }
        for (lag, value) in self.library.get_mut(block).into_iter().flatten().zip(stretch) {
            if let Some(place) = lag.get_mut(lane) {
                *place = value;
            }
        }
        self.next = (self.next + 1) % LIBRARY;
    }

    /// Euclidean distance to the nearest stretch in the library.
    fn nearest(&mut self, stretch: &[f32; LAGS]) -> Option<f64> {
        let (first, rest) = stretch.split_at(LAGS / 2);
        let mut nearest = f32::INFINITY;
        // Where the last one had its neighbour, this one has a near one. Most others are too far off before all is
        // counted.
        let hinted = self.library.get(self.hint).map(|block| (self.hint, block));
        for (at, block) in hinted.into_iter().chain(self.library.iter().enumerate()) {
            let (newer, older) = block.split_at(LAGS / 2);
            let mut sums = [0.0_f32; LANES];
            add(&mut sums, newer, first);
            if least(&sums) < nearest {
                add(&mut sums, older, rest);
                let here = least(&sums);
                if here < nearest {
                    (nearest, self.hint) = (here, at);
                }
            }
        }
        nearest.is_finite().then(|| f64::from(nearest).sqrt())
    }
}

/// Add the squares of the differences.
#[inline]
fn add(sums: &mut [f32; LANES], lags: &[[f32; LANES]], values: &[f32]) {
    for (lag, value) in lags.iter().zip(values) {
        sums.iter_mut().zip(lag).for_each(|(sum, other)| *sum += (other - value) * (other - value));
    }
}

#[inline]
fn least(sums: &[f32; LANES]) -> f32 {
    let smaller = |a: f32, b: f32| if b < a { b } else { a };
    let mut best = [f32::INFINITY; 8];
    for part in sums.chunks_exact(8) {
        best.iter_mut().zip(part).for_each(|(best, sum)| *best = smaller(*best, *sum));
    }
    best.into_iter().fold(f32::INFINITY, smaller)
}

/// The last values as [`LAGS`] means, the newest first.
fn stretch(recent: &[f32], width: usize) -> Option<[f32; LAGS]> {
    let mut means = [0.0; LAGS];
    let mut parts = recent.rchunks_exact(width);
    for mean in &mut means {
        *mean = (parts.next()?.iter().map(|value| f64::from(*value)).sum::<f64>() / width as f64) as f32;
    }
    Some(means)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_means_from_the_newest_value_back() {
        let values: Vec<f32> = (1..=20).map(|value| value as f32).collect();
        assert_eq!(stretch(&values, 2), Some([19.5, 17.5, 15.5, 13.5, 11.5, 9.5, 7.5, 5.5]));
        assert_eq!(stretch(&values, 3), None);
    }

    #[test]
    fn the_nearest_of_all_remembered_stretches_is_found() {
        let mut scale = Novelty::new().scales.remove(0);
        let value = |at: usize, lag: usize| ((at * 7919 + lag * 104_729) % 1009) as f32;
        let stretches: Vec<[f32; LAGS]> =
            (0..LIBRARY + 300).map(|at| std::array::from_fn(|lag| value(at, lag))).collect();
        for (at, one) in stretches.iter().enumerate() {
            let known = stretches.get(at.saturating_sub(DELAY + LIBRARY)..at.saturating_sub(DELAY)).unwrap_or_default();
            let square = |other: &[f32; LAGS]| other.iter().zip(one).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
            let least = known.iter().map(square).min_by(f32::total_cmp);
            let found = scale.nearest(one);
            assert_eq!(found.map(|distance| (distance * distance).round() as f32), least, "at {at}");
            scale.await_others(*one);
        }
    }
}
