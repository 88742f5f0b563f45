//! What a change has to explain to be more than noise.
//!
//! 7 ln n noise variances, raised by the noise's memory. Both are told from distances of values so many places apart,
//! and twice as many, which few changes do not disturb (the idea of Chakar, Lebarbier, Lévy-Leduc and Robin 2017); the
//! largest are left out rather than the median taken, which sees nothing of noise that comes in bursts. The longer the
//! memory, the farther apart it is looked for, since neighbours cannot tell a long one from a walk.

use std::f64::consts::PI;

use crate::analytics::stats::distribution::normal_within;
use crate::analytics::stats::order::mean;

/// The penalty in units of ln n noise variances: start, level and slope of a stretch, and some.
const PENALTY: f64 = 7.0;
/// Of the steps from one value to the next one in so many may be a change, one at least.
const TRIMMED: usize = 50;
/// Memory is looked for so many times as far as long as distances grow by this share from one to two.
const FARTHER: usize = 2;
const GROWING: f64 = 0.7;
/// Memory beyond this cannot be told from a random walk.
const MOST_MEMORY: f64 = 0.99;

/// The mean slope from one point to the next, without the steepest steps up and down, which may be changes.
pub(super) fn usual_slope(x: &[f64], y: &[f64]) -> f64 {
    let steps = x.windows(2).zip(y.windows(2)).map(|(x, y)| (x[1] - x[0], y[1] - y[0]));
    let mut steps: Vec<(f64, f64)> = steps.filter(|(wide, _)| *wide > 0.0).collect();
    steps.sort_unstable_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let ends = steps.len().div_ceil(TRIMMED);
    let kept = steps.get(ends..steps.len().saturating_sub(ends)).unwrap_or(&[]);
    let (wide, high) = kept.iter().fold((0.0, 0.0), |sum, step| (sum.0 + step.0, sum.1 + step.1));
    if wide > 0.0 { high / wide } else { 0.0 }
}

/// About the mean.
pub(super) fn mean_square(values: &[f64]) -> f64 {
    let center = mean(values);
    values.iter().map(|value| (value - center).powi(2)).sum::<f64>() / values.len() as f64
}

/// What one more stretch has to explain: more than noise does, and than rounding, which is given for one value.
pub(super) fn penalty(y: &[f64], rounding: f64) -> f64 {
    let n = y.len() as f64;
    let one = apart(y, 1, 2);
    // Where most neighbours are equal, distances say nothing about noise.
    let (variance, memory) = if one > 0.0 { (one, memory(y)) } else { (1e-3 * mean_square(y), 0.0) };
    let noise = variance / (2.0 * (1.0 - memory)) * (1.0 + memory) / (1.0 - memory);
    (PENALTY * noise * n.ln()).max(rounding * n)
}

/// The mean square of the distances of values so many places apart, without the largest: those over as many places as
/// `over` that a change may lie in. Made up for as normal noise asks for.
fn apart(y: &[f64], distance: usize, over: usize) -> f64 {
    let mut squares: Vec<f64> = y.windows(distance + 1).map(|w| (w[distance] - w[0]).powi(2)).collect();
    let changes = squares.len().div_ceil(TRIMMED) * over;
    let kept = squares.len() - changes.min(squares.len() / 2);
    if kept == 0 {
        return 0.0;
    }
    let share = kept as f64 / squares.len() as f64;
    squares.select_nth_unstable_by(kept - 1, f64::total_cmp);
    let bound = if kept < squares.len() { normal_within(share) } else { return mean(&squares) };
    let density = (-bound * bound / 2.0).exp() / (2.0 * PI).sqrt();
    mean(&squares[..kept]) / (1.0 - 2.0 * bound * density / share)
}

/// What the noise keeps of the value before, and by about the error of finding it more.
fn memory(y: &[f64]) -> f64 {
    let mut distance = 1;
    loop {
        // Of an autoregression of first order, distances grow by its weight to the power of the places between.
        let near = apart(y, distance, 2 * distance);
        let grown = if near > 0.0 { apart(y, 2 * distance, 2 * distance) / near - 1.0 } else { 1.0 };
        let likely = grown + 2.0 * (distance as f64 / y.len() as f64).sqrt();
        let farther = distance * FARTHER;
        if grown < GROWING || 2 * farther * TRIMMED > y.len() {
            return likely.clamp(0.0, 1.0).powf(1.0 / distance as f64).min(MOST_MEMORY);
        }
        distance = farther;
    }
}
