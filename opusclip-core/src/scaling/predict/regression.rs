//! Demand by a regression on what was.
//!
//! Means over stretches that grow with their age (a heterogeneous autoregression: Corsi, "A Simple Approximate Long-Memory
//! Model of Realized Volatility", Journal of Financial Econometrics 2009), and the move of a season ago, tell how far
//! demand will lie from the mean of the last minute. The coefficients are those of ridge regression with older evidence
//! counting less. All are relative to that mean, so that a busier day needs no others; with nothing learned, it forecasts
//! that mean.

use serde::{Deserialize, Serialize};

use super::model::Past;

/// Seconds of the stretches, the newest first.
const STRETCHES: [f64; 12] = [15.0, 15.0, 30.0, 60.0, 60.0, 60.0, 60.0, 60.0, 120.0, 240.0, 480.0, 960.0];
/// Seconds of the mean that all are relative to.
const BASE: f64 = 60.0;
/// The stretches and the season.
const FEATURES: usize = STRETCHES.len() + 1;
/// Seconds after which evidence counts less by a factor of e.
const MEMORY: f64 = 7.0 * 86_400.0;
/// Coefficients are drawn to 0 as if by so many steps of evidence.
const RIDGE: f64 = 30.0;
/// Steps between two times that coefficients are worked out.
const PACE: u64 = 60;
/// Observations in a row that must look elsewhere before what was learned is given up.
const PATIENCE: u32 = 40;
/// Steps of evidence that are needed.
const FEWEST: u64 = 240;
/// What moved further from its mean than by this is cut off: it is no law.
const MOST: f64 = 3.0;
/// An error of more than so many times the usual one counts as one of that size (Huber's weights).
const OUTLIER: f64 = 3.0;
/// The weight of a new error in the usual one.
const NEW: f64 = 0.001;

/// What is known when a forecast is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Features {
    base: f64,
    values: [f64; FEATURES],
}

/// The regression, for one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Regression {
    decay: f64,
    /// Steps of each stretch.
    stretches: [usize; STRETCHES.len()],
    base: usize,
    /// Steps ahead that were learned.
    ahead: usize,
    /// Observations in a row with another distance.
    astray: u32,
    learned: u64,
    usual_error: f64,
    /// Sums of products of features, by rows up to the diagonal, and of features with what came.
    products: [[f64; FEATURES]; FEATURES],
    outcomes: [f64; FEATURES],
    coefficients: [f64; FEATURES],
}

impl Regression {
    pub(super) fn new(step: f64) -> Self {
        let steps = |seconds: f64| (seconds / step).round().max(1.0) as usize;
        Self {
            decay: (-step / MEMORY).exp(),
            stretches: STRETCHES.map(steps),
            base: steps(BASE),
            ahead: 0,
            astray: 0,
            learned: 0,
            usual_error: 0.0,
            products: [[0.0; FEATURES]; FEATURES],
            outcomes: [0.0; FEATURES],
            coefficients: [0.0; FEATURES],
        }
    }

    /// Forecasts are for so many steps ahead. What was learned holds for about the same distance only; metrics that come
    /// late for once are no other one.
    pub(super) fn aim(&mut self, ahead: usize) {
        let off = self.ahead.abs_diff(ahead);
        self.astray = if off > 1 && off * 4 > self.ahead { self.astray + 1 } else { 0 };
        if self.astray > 0 && (self.ahead == 0 || self.astray >= PATIENCE) {
            self.ahead = ahead;
            self.astray = 0;
            self.learned = 0;
            self.usual_error = 0.0;
            self.products = [[0.0; FEATURES]; FEATURES];
            self.outcomes = [0.0; FEATURES];
            self.coefficients = [0.0; FEATURES];
        }
    }

    /// What is known of a past and of a last step that is not in it yet; `None` where it does not reach far enough.
    pub(super) fn features(&self, past: &Past, last: f64, ahead: usize) -> Option<Features> {
        let base = past.mean_before(last, 0, self.base)?;
        if base <= 0.0 {
            return None;
        }
        let mut values = [0.0; FEATURES];
        let mut age = 0;
        for (value, stretch) in values.iter_mut().zip(self.stretches) {
            *value = (past.mean_before(last, age, stretch)? / base - 1.0).min(MOST);
            age += stretch;
        }
        if let Some(season) = values.last_mut() {
            *season = past.seasonal_move(ahead).map_or(0.0, |factor| factor - 1.0);
        }
        Some(Features { base, values })
    }

    /// `None` until enough was learned.
    pub(super) fn forecast(&self, features: &Features) -> Option<f64> {
        (self.learned >= FEWEST).then(|| (features.base * (1.0 + self.moved(features))).max(0.0))
    }

    fn moved(&self, features: &Features) -> f64 {
        features.values.iter().zip(self.coefficients).map(|(value, coefficient)| value * coefficient).sum()
    }

    /// What came of what was known.
    pub(super) fn learn(&mut self, features: &Features, actual: f64) {
        let outcome = (actual / features.base - 1.0).min(MOST);
        let error = (outcome - self.moved(features)).abs();
        self.learned += 1;
        let bound = OUTLIER * self.usual_error;
        let weight = if self.learned > FEWEST && error > bound { bound / error } else { 1.0 };
        self.usual_error += NEW.max(1.0 / self.learned as f64) * (error - self.usual_error);
        let values = &features.values;
        for ((row, sum), value) in self.products.iter_mut().zip(&mut self.outcomes).zip(values) {
            row.iter_mut().zip(values).for_each(|(product, other)| {
                *product = *product * self.decay + weight * value * other;
            });
            *sum = *sum * self.decay + weight * value * outcome;
        }
        if self.learned.is_multiple_of(PACE) {
            self.solve();
        }
    }

    /// The coefficients, by Cholesky's decomposition.
    #[allow(clippy::indexing_slicing, clippy::needless_range_loop, reason = "all indices are below FEATURES")]
    fn solve(&mut self) {
        let evidence = (self.learned as f64).min(1.0 / (1.0 - self.decay));
        let trace: f64 = (0..FEATURES).map(|at| self.products[at][at]).sum();
        let ridge = RIDGE * trace / FEATURES as f64 / evidence + 1e-12;
        let mut lower = [[0.0; FEATURES]; FEATURES];
        let mut solution = [0.0; FEATURES];
        for row in 0..FEATURES {
            for column in 0..=row {
                let known: f64 = (0..column).map(|at| lower[row][at] * lower[column][at]).sum();
                let left = self.products[row][column] - known;
                lower[row][column] = if row == column {
                    // Above 0 but for rounding, since the ridge is.
                    (left + ridge).max(1e-15).sqrt()
                } else {
                    left / lower[column][column]
                };
            }
            let known: f64 = (0..row).map(|at| lower[row][at] * solution[at]).sum();
            solution[row] = (self.outcomes[row] - known) / lower[row][row];
        }
        for row in (0..FEATURES).rev() {
            let known: f64 = (row + 1..FEATURES).map(|at| lower[at][row] * solution[at]).sum();
            solution[row] = (solution[row] - known) / lower[row][row];
        }
        self.coefficients = solution;
    }
}
