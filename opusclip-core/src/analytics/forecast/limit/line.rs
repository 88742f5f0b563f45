//! A line through most of the values, with its season.

use super::super::numbers::{median, normal_quantile};

/// A line by steps after the last value, with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Change per step.
    pub slope: f64,
    /// Its interval.
    pub slope_low: f64,
    /// Its interval.
    pub slope_high: f64,
    /// Half the width of the interval of single values about the line.
    pub spread: f64,
    /// The same for the largest of all values that come while the line goes on by one `spread`: so many of them could
    /// be the first to reach what lies ahead.
    pub reach: f64,
    /// The line at the last value.
    level: f64,
    /// What the season adds at each step after the last value, itself the first.
    season: Vec<f64>,
}

/// Pairs grow with the square: more values than this are first brought together by medians of neighbours.
const MOST_POINTS: usize = 400;
/// The line goes through the median of the last tenth, of five at least.
const RECENT: usize = 10;
const LEAST_RECENT: usize = 5;
/// Values that resemble their neighbours more than this tell next to nothing new.
const MOST_ALIKE: f64 = 0.95;

type Point = (f64, f64);

impl Line {
    pub(super) fn fitted(values: &[f64], season: Option<usize>, level: f64) -> Self {
        let last = values.len().saturating_sub(1) as f64;
        let known = |(at, value): (usize, &f64)| (!value.is_nan()).then_some((at as f64 - last, *value));
        let mut points: Vec<Point> = values.iter().enumerate().filter_map(known).collect();
        let season = season.map_or_else(Vec::new, |period| remove_season(&mut points, period));
        let thin = thinned(&points);
        let mut slopes = slopes(&thin);
        slopes.sort_unstable_by(f64::total_cmp);
        let slope = median_of_sorted(&slopes);
        let recent = points.len().div_ceil(RECENT).max(LEAST_RECENT);
        let mut near: Vec<f64> = points.iter().rev().take(recent).map(|(time, value)| value - slope * time).collect();
        let level_now = median(&mut near);
        let quantile = normal_quantile(0.5 + level / 2.0);
        let (slope_low, slope_high) = interval(&slopes, &thin, slope, quantile);
        let mut off: Vec<f64> = points.iter().map(|(time, value)| value - slope * time).collect();
        let middle = median(&mut off);
        off.iter_mut().for_each(|value| *value = (*value - middle).abs());
        // The median of absolute deviations is 0.6745 standard deviations of normal values.
        let deviation = median(&mut off) / 0.6745;
        let spread = quantile * deviation;
        let chances = (spread / slope.abs()).clamp(1.0, values.len() as f64);
        let reach = deviation * normal_quantile(1.0 - (1.0 - level) / 2.0 / chances);
        Self { slope, slope_low, slope_high, spread, reach, level: level_now, season }
    }

    /// The line with another slope, moved aside, and its season, so many steps after the last value.
    pub(super) fn at(&self, steps: f64, slope: f64, beside: f64) -> f64 {
        let season = match self.season.len() {
            0 => 0.0,
            period => self.season.get(steps as usize % period).copied().unwrap_or(0.0),
        };
        self.level + slope * steps + season + beside
    }
}

fn median_of_sorted(values: &[f64]) -> f64 {
    let middle = values.len() / 2;
    match (values.get(middle), values.get(middle.wrapping_sub(1))) {
        (Some(upper), Some(lower)) if values.len().is_multiple_of(2) => (upper + lower) / 2.0,
        (Some(upper), _) => *upper,
        _ => 0.0,
    }
}

/// Which place of the season a time is at; the last value is at 0.
fn phase(time: f64, period: usize) -> usize {
    time.rem_euclid(period as f64) as usize % period.max(1)
}

/// Takes the season out of the points and returns it, from the last value on. Its slope is told from values of the same
/// place of the season alone, so that neither disturbs the other.
fn remove_season(points: &mut [Point], period: usize) -> Vec<f64> {
    let mut phases: Vec<Vec<Point>> = vec![Vec::new(); period];
    for point in points.iter() {
        if let Some(phase) = phases.get_mut(phase(point.0, period)) {
            phase.push(*point);
        }
    }
    let mut rates: Vec<f64> = phases.iter().flat_map(|points| slopes(&thinned(points))).collect();
    let slope = median(&mut rates);
    let middle = |points: &Vec<Point>| {
        let mut flat: Vec<f64> = points.iter().map(|(time, value)| value - slope * time).collect();
        median(&mut flat)
    };
    let mut season: Vec<f64> = phases.iter().map(middle).collect();
    let mean = season.iter().sum::<f64>() / period as f64;
    season.iter_mut().for_each(|value| *value -= mean);
    for point in points.iter_mut() {
        point.1 -= season.get(phase(point.0, period)).copied().unwrap_or(0.0);
    }
    season
}

/// At most some hundred points, each the median of neighbours.
fn thinned(points: &[Point]) -> Vec<Point> {
    let size = points.len().div_ceil(MOST_POINTS);
    if size < 2 {
        return points.to_vec();
    }
    let together = |part: &[Point]| {
        let mut values: Vec<f64> = part.iter().map(|point| point.1).collect();
        (part.iter().map(|point| point.0).sum::<f64>() / part.len() as f64, median(&mut values))
    };
    points.chunks(size).map(together).collect()
}

fn slopes(points: &[Point]) -> Vec<f64> {
    let pairs = points.iter().enumerate().flat_map(|(at, a)| points.iter().skip(at + 1).map(move |b| (a, b)));
    pairs.map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect()
}

/// Sen's interval by the variance of Kendall's S; neighbours that are alike count less, as a first-order
/// autoregression would have it.
fn interval(sorted: &[f64], points: &[Point], slope: f64, quantile: f64) -> (f64, f64) {
    let n = points.len() as f64;
    let alike = alike(points, slope);
    let variance = n * (n - 1.0) * 2.0f64.mul_add(n, 5.0) / 18.0 * (1.0 + alike) / (1.0 - alike);
    let pairs = sorted.len() as f64;
    let half = quantile * variance.sqrt();
    let place = |rank: f64| sorted.get(rank.clamp(0.0, (pairs - 1.0).max(0.0)) as usize).copied().unwrap_or(slope);
    (place((pairs - half) / 2.0), place((pairs + half) / 2.0))
}

/// The autocorrelation of neighbours about the line, from 0.
fn alike(points: &[Point], slope: f64) -> f64 {
    let mut off: Vec<f64> = points.iter().map(|(time, value)| value - slope * time).collect();
    let middle = median(&mut off.clone());
    off.iter_mut().for_each(|value| *value -= middle);
    let square: f64 = off.iter().map(|value| value * value).sum();
    let product: f64 = off.iter().zip(off.iter().skip(1)).map(|(a, b)| a * b).sum();
    if square > 0.0 { (product / square).clamp(0.0, MOST_ALIKE) } else { 0.0 }
}
