//! Whether a series rises or falls at all, and how steeply.
//!
//! Theil and Sen's slope, tested by Mann and Kendall. Values that depend on those before them let the score scatter
//! more widely: its variance is raised as by Hamed and Rao (1998), with the ranks' distances from the line.
//! That formula was chosen before Yue and Wang's (2004) since it works on ranks, as the test does, and weighs each lag
//! by how many triples of pairs have it. What is different here: the autocorrelation is that of an autoregression of
//! the ranks, corrected for bias, not the raw one, whose noise makes the test find trends far too often. A variance
//! that was raised is an estimate, so that the score is compared with Student's distribution, with as many degrees of
//! freedom as independent values are left behind a line.
//!
//! Where the distances from the line come back so slowly that they may be a random walk (Dickey and Fuller's test with a
//! line, at the level of 1 %), no variance of ranks can be trusted. The slope is then tested against what a random walk
//! with such steps does: the slope of a line through one has the variance 6/5 w / n, where w is the long-run variance
//! of its steps. That is estimated from their slowest cosines, which leaves as many degrees of freedom as there are
//! cosines (Lazarus, Lewis, Stock and Watson 2018).

use std::f64::consts::PI;

use super::theil_sen::Slopes;
use crate::analytics::stats::autoregression::Autoregression;
use crate::analytics::stats::distribution::{normal_two_sided, normal_within, student_two_sided, student_within};
use crate::analytics::stats::kendall::concordance;
use crate::analytics::stats::order::{mean, median_of, ranks};
use crate::analytics::{Regular, Samples};

/// A line and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// Per second.
    pub slope: f64,
    pub low: f64,
    pub high: f64,
    /// The level at the first time.
    pub intercept: f64,
    pub p_value: f64,
    /// As many independent values would tell as much.
    pub effective: f64,
    pub wanders: bool,
}

/// How far from 1 the persistence of a walk is estimated, in 1 / n, in 99 % of cases: less for short ones (Fuller 1976,
/// table 8.5.1, with a line; the second number gives its rows from 25 values on within 0.4).
const WALKS: (f64, f64) = (29.5, 175.0);
/// The variance of a slope through a random walk, in variances of its mean step.
const WALK: f64 = 1.2;

/// The line through points in order of time. `places` of a season have been taken off before.
pub(super) fn line(times: &[f64], values: &[f64], confidence: f64, places: usize) -> Line {
    let first = times.first().copied().unwrap_or(0.0);
    let x: Vec<f64> = times.iter().map(|time| time - first).collect();
    let flat = values.windows(2).all(|pair| pair[0] == pair[1]);
    if flat {
        let level = values.first().copied().unwrap_or(0.0);
        let effective = values.len() as f64;
        return Line { slope: 0.0, low: 0.0, high: 0.0, intercept: level, p_value: 1.0, effective, wanders: false };
    }
    let mut slopes = Slopes::new(&x, values);
    let slope = slopes.median();
    let mut rest: Vec<f64> = x.iter().zip(values).map(|(x, y)| y - slope * x).collect();
    let grid = on_grid(times, &rest);
    let n = grid.values.len();
    let memory = Autoregression::with_memory(&ranks(&grid.values));
    let wanders = wanders(memory.persistence(), n as f64);
    let memory = memory.unbiased(n, true);
    let intercept = median_of(&mut rest);
    if wanders {
        let (error, freedom) = walk_error(&grid);
        let margin = error * student_within(confidence, freedom);
        let p_value = if error > 0.0 { student_two_sided(slope / error, freedom) } else { 1.0 };
        let (low, high) = (slope - margin, slope + margin);
        return Line { slope, low, high, intercept, p_value, effective: freedom + 1.0, wanders };
    }
    let inflation = inflation(&memory, n);
    let freedom = (inflation > 1.0).then(|| (n as f64 / inflation - 2.0).max(1.0));
    let inflation = inflation * seasonal_cost(values.len(), places);
    let pairs = concordance(&x, values);
    let error = (pairs.variance * inflation).sqrt();
    let z = (pairs.score.abs() - 1.0).max(0.0) / error;
    let p_value =
        if error > 0.0 { freedom.map_or_else(|| normal_two_sided(z), |df| student_two_sided(z, df)) } else { 1.0 };
    let margin = freedom.map_or_else(|| normal_within(confidence), |df| student_within(confidence, df)) * error;
    let count = slopes.count() as f64;
    let low = slopes.at((((count - margin) / 2.0).round() - 1.0).max(0.0) as u64);
    let high = slopes.at(((count + margin) / 2.0).round() as u64);
    Line { slope, low, high, intercept, p_value, effective: values.len() as f64 / inflation, wanders }
}

/// Whether such a persistence, as estimated from so many values, may be that of a random walk.
fn wanders(persistence: f64, n: f64) -> bool {
    persistence >= 1.0 - (WALKS.0 - WALKS.1 / n) / n
}

/// Taking off the pattern of a season takes some of the noise with it.
fn seasonal_cost(count: usize, places: usize) -> f64 {
    count as f64 / count.saturating_sub(places).max(1) as f64
}

/// By how much autocorrelation raises the variance of Mann and Kendall's score: formula 10 of Hamed and Rao (1998).
/// Never below 1, so that alternating values do not make a trend seem surer.
pub(super) fn inflation(memory: &Autoregression, n: usize) -> f64 {
    let lags = memory.autocorrelation(n.saturating_sub(3));
    let n = n as f64;
    let weighted = lags.iter().enumerate().map(|(at, rho)| {
        let left = n - (at as f64 + 1.0);
        left * (left - 1.0) * (left - 2.0) * rho
    });
    (1.0 + 2.0 * weighted.sum::<f64>() / (n * (n - 1.0) * (n - 2.0))).max(1.0)
}

/// Values one step apart without gaps. Where the times are too uneven for that, their order has to do.
pub(super) fn on_grid(times: &[f64], values: &[f64]) -> Regular {
    let samples = Samples::new(times.to_vec(), values.to_vec());
    samples.and_then(|samples| samples.regular(None)).map_or_else(
        |_| {
            let start = times.first().copied().unwrap_or(0.0);
            let span = times.last().map_or(1.0, |last| last - start);
            Regular { start, step: span / values.len().max(2) as f64, values: values.to_vec() }
        },
        Regular::filled,
    )
}

/// The standard error of a line's slope through what wanders like this, per second, and its degrees of freedom.
fn walk_error(rest: &Regular) -> (f64, f64) {
    const MOST_COSINES: usize = 40;
    let steps: Vec<f64> = rest.values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let center = mean(&steps);
    let n = steps.len();
    let cosines = ((0.4 * (n as f64).powf(2.0 / 3.0)) as usize).clamp(2, MOST_COSINES);
    let power = |j: usize| {
        let turn = PI * j as f64 / n as f64;
        let terms = steps.iter().enumerate().map(|(t, step)| (step - center) * (turn * (t as f64 + 0.5)).cos());
        terms.sum::<f64>().powi(2) * 2.0 / n as f64
    };
    let long_run = (1..=cosines).map(power).sum::<f64>() / cosines as f64;
    ((WALK * long_run / n as f64).sqrt() / rest.step, cosines as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::stats::testing::{Noise, at_most};

    fn times(n: usize) -> Vec<f64> {
        (0..n).map(|at| at as f64).collect()
    }

    #[test]
    fn the_variance_of_first_order_memory() {
        // By the formula with rho = 0.5^lag, summed up by hand for n = 5: 1 + 2 (24 * 0.5 + 6 * 0.25) / 60.
        let memory = Autoregression { weights: vec![0.5] };
        assert!((inflation(&memory, 5) - 1.45).abs() < 1e-12);
        // For long series (1 + phi) / (1 - phi).
        assert!((inflation(&memory, 100_000) - 3.0).abs() < 1e-3);
        assert_eq!(inflation(&Autoregression { weights: Vec::new() }, 50), 1.0);
    }

    #[test]
    fn noise_is_a_trend_as_often_as_the_level_says() {
        for n in [50, 100, 200] {
            for phi in [0.0, 0.5, 0.8, 0.95, 1.0] {
                let found = (0..500_u64).filter(|seed| {
                    let values = Noise::new(1000 + seed).autoregressive(n, phi);
                    line(&times(n), &values, 0.95, 0).p_value < 0.05
                });
                let found = found.count();
                assert!(found <= at_most(0.05, 500), "n {n}, phi {phi}: {found} of 500 at the level of 0.05");
            }
        }
    }

    #[test]
    fn a_trend_of_three_deviations_is_found_though_noise_remembers() {
        // Power falls with the memory: 50 values that keep half of the one before tell as much as 17.
        for (n, phi, least) in [(50, 0.0, 475), (100, 0.0, 475), (100, 0.5, 475), (200, 0.8, 400)] {
            let found = (0..500_u64).filter(|seed| {
                let noise = Noise::new(3000 + seed).autoregressive(n, phi);
                let deviation = (1.0 - phi * phi).sqrt().recip();
                let rise = |at: usize| 3.0 * deviation * at as f64 / n as f64;
                let values: Vec<f64> = noise.iter().enumerate().map(|(at, noise)| rise(at) + noise).collect();
                line(&times(n), &values, 0.95, 0).p_value < 0.05
            });
            let found = found.count();
            assert!(found >= least, "n {n}, phi {phi}: {found} of 500");
        }
    }

    #[test]
    fn as_pymannkendall_and_scipy_have_them() {
        // pymannkendall 1.4.3: original_test(y): p, slope; scipy 1.17.1: theilslopes(y, t, 0.95): low, high.
        let plain: Vec<f64> = (0..60).map(|at| f64::from(at * 7919 % 101) / 10.0 + 0.03 * f64::from(at)).collect();
        let tied: Vec<f64> = plain.iter().map(|value| value.round_ties_even()).collect();
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found} for {wanted}");
        for (values, p_value, slope, low, high) in [
            (plain, 0.058_192_546_936_515_654, 0.09, -0.001_818_181_818_181_799_5, 0.09),
            (tied, 0.049_861_644_190_445_364, 0.047_619_047_619_047_616, 0.0, 0.1),
        ] {
            let line = line(&times(60), &values, 0.95, 0);
            near(line.p_value, p_value);
            near(line.slope, slope);
            near(line.low, low);
            near(line.high, high);
        }
    }

    #[test]
    fn the_interval_holds_the_slope() {
        for phi in [0.0, 0.6, 0.9, 1.0] {
            let missed = (0..200_u64).filter(|seed| {
                let noise = Noise::new(5000 + seed).autoregressive(150, phi);
                let values: Vec<f64> = noise.iter().enumerate().map(|(at, noise)| 0.2 * at as f64 + noise).collect();
                let line = line(&times(150), &values, 0.95, 0);
                line.low > 0.2 || 0.2 > line.high
            });
            let missed = missed.count();
            assert!(missed <= at_most(0.05, 200), "phi {phi}: {missed} of 200");
        }
    }

    #[test]
    fn steady_growth_is_found_whatever_its_shape() {
        let shapes: [fn(f64) -> f64; 4] = [|t| t, |t| t * t, |t| (3.0 * t).exp(), |t| t.sqrt()];
        for (at, shape) in shapes.iter().enumerate() {
            let mut noise = Noise::new(7);
            let values: Vec<f64> =
                (0..300).map(|t| 10.0 * shape(f64::from(t) / 300.0) + 0.3 * noise.normal()).collect();
            let line = line(&times(300), &values, 0.95, 0);
            assert!(line.p_value < 0.01 && line.low > 0.0, "{at}: {line:?}");
        }
    }
}
