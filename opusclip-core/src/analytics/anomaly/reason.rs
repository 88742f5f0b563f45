//! What kind of anomaly it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why values are remarkable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Higher than expected.
    Spike,
    /// Lower than expected.
    Dip,
    /// On another level than before, and staying there.
    LevelShift,
    /// Scattered more widely than before, or much less than ever before.
    Variance,
    /// The same value again and again, in a stream that otherwise changes.
    FlatLine,
    /// No value for much longer than usual.
    MissingData,
}

impl Reason {
    /// In words, for a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Dip => "dip",
            Self::LevelShift => "level shift",
            Self::Variance => "change of variance",
            Self::FlatLine => "flat line",
            Self::MissingData => "stretch of missing data",
        }
    }
}

/// Deviations that are looked back on.
const RECENT: usize = 16;
/// Of the last so many, how many on one side are a level shift.
const SHIFT: (usize, usize) = (8, 7);
/// Robust standard deviations that are out of the ordinary.
const FAR: f64 = 2.5;
/// Of [`RECENT`], how many that are far, and of these on either side, are a change of variance.
const SCATTERED: usize = 4;
const BOTH: usize = 2;
/// Medians of deviations, and of their distances from it, that are another level or scatter; usual are 0 and 0.67.
const SHIFTED: f64 = 1.0;
const WIDE: f64 = 1.2;
/// Values the same as the one before that are a flat line, at least; and it must be so many times the longest before.
const FLAT: f64 = 32.0;
const LONGER: f64 = 2.0;
/// The share of values unlike the one before them from which on a stream is one that changes.
const CHANGING: f64 = 0.5;
/// Values before a run that show whether it is one.
const KNOWN: f64 = 100.0;
/// Steps from value to value whose mean is a scatter, in blocks of so many.
const BLOCK: u32 = 16;
const BLOCKS: usize = 4;
/// Blocks that show how little a stream may scatter.
const SHOWN: u32 = 24;
/// A scatter so many times less than the least before is remarkable.
const CALM: f64 = 3.0;
/// Farther deviations are no different.
const FARTHEST: f64 = 1e9;

/// The last deviations from what was expected, in robust standard deviations, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Recent {
    deviations: Vec<f64>,
}

impl Recent {
    pub(super) fn push(&mut self, deviation: f64) {
        if self.deviations.len() >= RECENT {
            self.deviations.remove(0);
        }
        self.deviations.push(deviation.clamp(-FARTHEST, FARTHEST));
    }

    /// A level shift or change of variance that shows in single values, most of them far from what was expected.
    pub(super) fn pattern(&self) -> Option<Reason> {
        let far =
            |side: f64, among: usize| self.deviations.iter().rev().take(among).filter(|z| side * **z > FAR).count();
        let (high, low) = (far(1.0, RECENT), far(-1.0, RECENT));
        if high + low >= SCATTERED && high.min(low) >= BOTH {
            return Some(Reason::Variance);
        }
        let shifted = far(1.0, SHIFT.0).max(far(-1.0, SHIFT.0)) >= SHIFT.1;
        shifted.then_some(Reason::LevelShift)
    }

    /// The kind of anomaly that these deviations show most clearly.
    pub(super) fn reason(&self) -> Reason {
        let last = self.deviations.last().copied().unwrap_or(0.0);
        match self.pattern() {
            Some(pattern) => return pattern,
            None if last > FAR => return Reason::Spike,
            None if last < -FAR => return Reason::Dip,
            None => {}
        }
        // The last is not far by itself: what most of them have in common counts.
        let middle = median(self.deviations.clone());
        let scatter = median(self.deviations.iter().map(|z| (z - middle).abs()).collect());
        match (middle.abs() > SHIFTED, scatter > WIDE) {
            (true, false) => Reason::LevelShift,
            (false, true) => Reason::Variance,
            _ if middle > 0.0 => Reason::Spike,
            _ => Reason::Dip,
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// How long a stream has stood still.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Stillness {
    last: Option<f64>,
    run: f64,
    longest: f64,
    changes: f64,
    values: f64,
    /// Whether the present run has been told.
    told: bool,
}

impl Stillness {
    /// How long the value has been the same, as a share of what would be remarkable; 0 where it has been told before.
    pub(super) fn observe(&mut self, value: f64) -> f64 {
        self.values += 1.0;
        if self.last == Some(value) {
            self.run += 1.0;
        } else {
            self.longest = self.longest.max(self.run);
            self.run = 0.0;
            self.changes += 1.0;
            self.last = Some(value);
            self.told = false;
        }
        let before = self.values - self.run;
        if self.told || before < KNOWN || self.changes < CHANGING * before {
            return 0.0;
        }
        let share = self.run / FLAT.max(LONGER * self.longest);
        self.told = share >= 1.0;
        share
    }
}

/// How little a stream scatters: noise that ceases is like nothing before, yet near to all of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Calm {
    last: Option<f64>,
    /// Sum and number of the steps of the block that is being filled, and how many of them were 0.
    sum: f64,
    steps: u32,
    repeats: u32,
    /// Means and repeats of the last blocks, the oldest first.
    blocks: Vec<(f64, u32)>,
    /// Scatters of the last stretches, the oldest first, which may be part of the present calm.
    recent: Vec<f64>,
    seen: u32,
    /// The least scatter before.
    least: Option<f64>,
    told: bool,
}

impl Calm {
    /// Whether the stream has come to scatter less than ever without standing still; once until it scatters again.
    pub(super) fn observe(&mut self, value: f64) -> bool {
        let Some(last) = self.last.replace(value) else { return false };
        let step = (value - last).abs();
        self.sum += step;
        self.steps += 1;
        self.repeats += u32::from(step == 0.0);
        if self.steps < BLOCK {
            return false;
        }
        self.blocks.push((self.sum / f64::from(BLOCK), self.repeats));
        (self.sum, self.steps, self.repeats) = (0.0, 0, 0);
        self.seen = self.seen.saturating_add(1);
        if self.blocks.len() <= BLOCKS {
            return false;
        }
        self.blocks.remove(0);
        self.judge()
    }

    fn judge(&mut self) -> bool {
        let scatter = self.blocks.iter().map(|(mean, _)| mean).sum::<f64>() / BLOCKS as f64;
        let still = 2 * self.blocks.iter().map(|(_, repeats)| repeats).sum::<u32>() >= BLOCK * BLOCKS as u32;
        let calm = !still && self.least.is_some_and(|least| scatter * CALM < least);
        let news = calm && !self.told && self.seen >= SHOWN;
        self.told = calm;
        self.recent.push(scatter);
        if self.recent.len() > BLOCKS {
            let before = self.recent.remove(0);
            self.least = Some(self.least.map_or(before, |least| least.min(before)));
        }
        news
    }
}
