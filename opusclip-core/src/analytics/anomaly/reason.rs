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
    /// Scattered more widely than before.
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
/// Of [`RECENT`], how many that are far, on both sides, are a change of variance.
const SCATTERED: usize = 4;
/// Values the same as the one before that are a flat line, at least; and it must be so many times the longest before.
const FLAT: f64 = 32.0;
const LONGER: f64 = 2.0;
/// The share of values unlike the one before them from which on a stream is one that changes.
const CHANGING: f64 = 0.5;
/// Values before a run that show whether it is one.
const KNOWN: f64 = 100.0;
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

    /// The kind of anomaly that these deviations show most clearly.
    pub(super) fn reason(&self) -> Reason {
        let last = self.deviations.last().copied().unwrap_or(0.0);
        let newest = self.deviations.iter().rev().take(SHIFT.0);
        let above = newest.clone().filter(|z| **z > FAR).count();
        let below = newest.filter(|z| **z < -FAR).count();
        if above.max(below) >= SHIFT.1 {
            return Reason::LevelShift;
        }
        let high = self.deviations.iter().filter(|z| **z > FAR).count();
        let low = self.deviations.iter().filter(|z| **z < -FAR).count();
        if high + low >= SCATTERED && high.min(low) > 0 {
            return Reason::Variance;
        }
        if last.abs() > FAR {
            return if last > 0.0 { Reason::Spike } else { Reason::Dip };
        }
        // None of them is far by itself: what they have in common counts.
        let count = self.deviations.len().max(1) as f64;
        let mean = self.deviations.iter().sum::<f64>() / count;
        let scatter = (self.deviations.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / count).sqrt();
        let side = if mean > 0.0 { Reason::Spike } else { Reason::Dip };
        match (mean.abs() > 1.0, scatter > 1.5) {
            (true, false) => Reason::LevelShift,
            (false, true) => Reason::Variance,
            _ => side,
        }
    }
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
