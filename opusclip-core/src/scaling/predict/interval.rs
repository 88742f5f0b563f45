//! How far demand strays from a forecast.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Errors that are remembered.
const MEMORY: usize = 2880;
/// How fast the level follows what was covered over a horizon (the step of Gibbs and Candès). Errors of forecasts that
/// overlap are nearly one error: each moves the level by its part only, lest a single one drive it to its end.
const PACE: f64 = 0.02;

/// The latest errors of a model, in order, and the levels at which they are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Errors {
    by_age: VecDeque<f64>,
    by_size: Vec<f64>,
    upper: f64,
    lower: f64,
}

impl Errors {
    pub(super) fn new(quantile: f64) -> Self {
        Self { by_age: VecDeque::new(), by_size: Vec::new(), upper: quantile, lower: 1.0 - quantile }
    }

    pub(super) fn push(&mut self, error: f64) {
        if self.by_age.len() >= MEMORY
            && let Some(oldest) = self.by_age.pop_front()
        {
            let at = self.by_size.partition_point(|kept| *kept < oldest);
            if at < self.by_size.len() {
                self.by_size.remove(at);
            }
        }
        self.by_age.push_back(error);
        let at = self.by_size.partition_point(|kept| *kept < error);
        self.by_size.insert(at, error);
    }

    /// The errors between which most lie; `None` without any.
    pub(super) fn interval(&self) -> Option<(f64, f64)> {
        Some((self.at(self.lower)?, self.at(self.upper)?))
    }

    fn at(&self, level: f64) -> Option<f64> {
        let last = self.by_size.len().checked_sub(1)?;
        let place = level.clamp(0.0, 1.0) * last as f64;
        let (low, high) = (self.by_size.get(place.floor() as usize)?, self.by_size.get(place.ceil() as usize)?);
        Some(low + (high - low) * place.fract())
    }

    /// Where demand lay that was forecast so many steps ahead, for levels that should cover `quantile`.
    pub(super) fn adapt(&mut self, above: bool, below: bool, quantile: f64, ahead: usize) {
        let pace = PACE / ahead.max(1) as f64;
        let moved = |outside: bool| pace * (f64::from(u8::from(outside)) - (1.0 - quantile));
        self.upper = (self.upper + moved(above)).clamp(0.5, 1.0);
        self.lower = (self.lower - moved(below)).clamp(0.0, 0.5);
    }
}
