//! The times of a stream: how far apart its values usually are, and when some are missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::Window;

/// Distances that tell the usual one, and how many are enough.
const WINDOW: usize = 64;
const LEAST: usize = 16;
/// Usual distances without a value that are a gap, at least.
const GAP: f64 = 12.0;
/// A gap must be so many times as long as the longest before it.
const LONGER: f64 = 3.0;

/// Which time it is for a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Clock {
    /// The latest time that was told, and that of the last value, in seconds.
    now: Option<f64>,
    last: Option<f64>,
    steps: Window,
    seen: u64,
    /// The longest distance of two values so far.
    longest: f64,
    /// Whether the present gap has been told.
    told: bool,
}

impl Clock {
    /// The time that counts: never before one that was told earlier.
    pub(super) fn advance(&mut self, time: f64) -> f64 {
        let now = self.now.map_or(time, |now| now.max(time));
        self.now = Some(now);
        now
    }

    /// The usual distance of two values in seconds.
    pub(super) fn step(&self) -> Option<f64> {
        self.steps.median().filter(|step| *step > 0.0 && self.seen >= LEAST as u64)
    }

    /// How long values have been missing, as a share of what would be remarkable; 0 where it has been told before.
    pub(super) fn missing(&mut self, now: f64) -> f64 {
        let (Some(step), Some(last), false) = (self.step(), self.last, self.told) else { return 0.0 };
        let share = (now - last) / (GAP * step).max(LONGER * self.longest);
        self.told = share >= 1.0;
        share
    }

    /// A value has come.
    pub(super) fn value(&mut self, now: f64) {
        if let Some(last) = self.last.replace(now) {
            let step = now - last;
            // Several values at one time say nothing about how often they come.
            if step > 0.0 {
                self.steps.push(step, WINDOW);
                self.seen += 1;
                self.longest = self.longest.max(step);
            }
        }
        self.told = false;
    }
}
