//! A season found in a regular series.
//!
//! A cycle shows as a peak of the periodogram above what red noise has there (Mann and Lees 1996): the background is
//! that of a first-order autoregression fitted to the periodogram itself by least absolute differences, which peaks
//! cannot pull up. Of the cycles that stand out the one is taken of which one coming tells most about the others.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;

use super::order::{mean, median_of};
use crate::analytics::Regular;

/// A season has been seen so many times.
pub(crate) const CYCLES: f64 = 3.0;
/// How often noise may show a cycle.
const FALSE_ALARM: f64 = 0.01;
/// So many peaks are looked at, the highest first.
const PEAKS: usize = 8;
/// A pattern explains at least this share of the variance.
const LEAST_STRENGTH: f64 = 0.1;
/// A longer season explains so much more than a shorter one, or is not taken.
const WORTH: f64 = 0.02;
/// A pattern has at most so many places.
const MOST_PHASES: usize = 2_000;
/// Hour, day, week, mean month and mean year in seconds.
const CALENDAR: [f64; 5] = [3_600.0, 86_400.0, 604_800.0, 2_629_800.0, 31_557_600.0];

/// A pattern that comes back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Season {
    /// Seconds from one coming to the next.
    pub period: f64,
    /// The share of the variance that is told by the other comings of the pattern, up to 1.
    pub strength: f64,
}

/// The season of a series without gaps, its trend removed; none where there is none.
pub(crate) fn find(series: &Regular) -> Option<Season> {
    let n = series.values.len();
    let power = periodogram(&series.values);
    if n < 12 || power.iter().sum::<f64>() <= f64::MIN_POSITIVE {
        return None;
    }
    let span = n as f64 * series.step;
    let mut periods: Vec<f64> = Vec::new();
    for k in peaks(&power, n) {
        // Harmonics of a season are peaks too, so that what they are harmonics of is tried as well.
        for multiple in [1.0, 2.0, 3.0, 4.0] {
            periods.push(likely(span / between(&power, k) * multiple, span, series.step));
        }
    }
    if !periods.is_empty() {
        periods.extend(CALENDAR.iter().filter(|period| **period >= 4.0 * series.step));
    }
    periods.retain(|period| span / period >= CYCLES && *period >= 2.0 * series.step);
    periods.sort_unstable_by(f64::total_cmp);
    periods.dedup();
    let mut best: Option<Season> = None;
    for period in periods {
        let strength = strength(series, period);
        let needed = best.map_or(LEAST_STRENGTH, |best| best.strength + WORTH);
        if strength > needed {
            best = Some(Season { period, strength });
        }
    }
    best
}

/// How many cycles a peak of the periodogram stands for: a season that does not fit the series a whole number of times
/// shares its power with the neighbour on its side (Rife and Vincent 1970, without a window).
fn between(power: &[f64], cycles: usize) -> f64 {
    let height = |k: usize| k.checked_sub(1).and_then(|at| power.get(at)).copied().unwrap_or(0.0).sqrt();
    let (left, here, right) = (height(cycles - 1), height(cycles), height(cycles + 1));
    let (side, beside) = if right > left { (1.0, right) } else { (-1.0, left) };
    cycles as f64 + side * beside / (here + beside)
}

/// A period of the calendar where the two cannot be told apart in such a span, or one of whole steps where those are as
/// near as a peak can be told.
fn likely(period: f64, span: f64, step: f64) -> f64 {
    let near = |known: f64, cycles: f64| (1.0 / period - 1.0 / known).abs() <= cycles / span;
    let whole = (period / step).round().max(1.0) * step;
    let known = CALENDAR.into_iter().find(|known| near(*known, 0.5));
    known.unwrap_or(if near(whole, 0.2) { whole } else { period })
}

/// The power of each whole number of cycles in the series, from one on.
fn periodogram(values: &[f64]) -> Vec<f64> {
    let center = mean(values);
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(values.len());
    let mut input: Vec<f64> = values.iter().map(|value| value - center).collect();
    let mut spectrum = forward.make_output_vec();
    // Fails for buffers of another size only.
    let _ = forward.process(&mut input, &mut spectrum);
    spectrum.iter().skip(1).map(|value| value.norm_sqr()).collect()
}

/// Numbers of cycles that stand out of the noise, the highest first.
fn peaks(power: &[f64], n: usize) -> Vec<usize> {
    let background = background(power, n);
    let ratio: Vec<f64> = power.iter().zip(&background).map(|(power, noise)| power / noise).collect();
    // The largest of m such ratios of noise, which are exponential with mean 1, is beyond this with FALSE_ALARM.
    let bound = (ratio.len() as f64 / FALSE_ALARM).ln();
    let highest = |at: usize| {
        let neighbour = |other: Option<usize>| other.and_then(|other| ratio.get(other)).copied().unwrap_or(0.0);
        ratio[at] >= neighbour(at.checked_sub(1)) && ratio[at] >= neighbour(Some(at + 1))
    };
    let mut found: Vec<usize> = (0..ratio.len()).filter(|at| ratio[*at] > bound && highest(*at)).collect();
    found.sort_by(|a, b| ratio[*b].total_cmp(&ratio[*a]));
    found.truncate(PEAKS);
    found.into_iter().map(|at| at + 1).collect()
}

/// The mean power that red noise of the same periodogram would have at each place.
fn background(power: &[f64], n: usize) -> Vec<f64> {
    const BANDS: usize = 60;
    // The median of exponential noise is ln 2 of its mean.
    let bands = power.chunks(power.len().div_ceil(BANDS).max(1)).scan(0, |first, chunk| {
        let middle = *first as f64 + (chunk.len() as f64 + 1.0) / 2.0;
        *first += chunk.len();
        Some((middle, (median_of(&mut chunk.to_vec()) / std::f64::consts::LN_2).max(f64::MIN_POSITIVE).ln()))
    });
    let bands: Vec<(f64, f64)> = bands.collect();
    let shape = |phi: f64, k: f64| -(1.0 - 2.0 * phi * (TAU * k / n as f64).cos() + phi * phi).ln();
    let fitted = |phi: f64| {
        let mut offsets: Vec<f64> = bands.iter().map(|(k, log)| log - shape(phi, *k)).collect();
        let level = median_of(&mut offsets);
        (offsets.iter().map(|offset| (offset - level).abs()).sum::<f64>(), phi, level)
    };
    let tried = (0..20).map(|at| f64::from(at) * 0.05).chain([0.97, 0.98, 0.99, 0.995, 0.999]);
    let best = tried.map(fitted).min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, phi, level) = best.unwrap_or((0.0, 0.0, 0.0));
    (1..=power.len()).map(|k| (level + shape(phi, k as f64)).exp().max(f64::MIN_POSITIVE)).collect()
}

/// Where in its pattern a time is, counted from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phases {
    start: f64,
    period: f64,
    count: usize,
}

impl Phases {
    pub fn new(start: f64, step: f64, period: f64) -> Self {
        let count = ((period / step).round() as usize).clamp(2, MOST_PHASES);
        Self { start, period, count }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn of(&self, time: f64) -> usize {
        let passed = (time - self.start).rem_euclid(self.period) / self.period;
        // A time on the border of two places belongs to the one it is nearest to.
        ((passed * self.count as f64).round() as usize) % self.count
    }
}

/// How much of the variance is explained where each value is told from the other comings of its place. So a pattern that
/// fits the noise of its own cycles, however long that lasts, explains nothing.
fn strength(series: &Regular, period: f64) -> f64 {
    let phases = Phases::new(series.start, series.step, period);
    let mut sums = vec![(0.0, 0.0_f64); phases.count()];
    let center = mean(&series.values);
    let rows = series.values.iter().enumerate();
    let rows: Vec<(usize, f64)> = rows.map(|(at, value)| (phases.of(series.time(at)), value - center)).collect();
    for (place, value) in &rows {
        sums[*place].0 += value;
        sums[*place].1 += 1.0;
    }
    let (mut total, mut left) = (0.0, 0.0);
    // A place may hold several values of one coming.
    for coming in rows.chunk_by(|a, b| a.0 == b.0) {
        let own: f64 = coming.iter().map(|(_, value)| value).sum();
        let others = coming.first().map(|(place, _)| sums[*place]).unwrap_or_default();
        let count = others.1 - coming.len() as f64;
        let told = if count > 0.0 { (others.0 - own) / count } else { 0.0 };
        total += coming.iter().map(|(_, value)| value * value).sum::<f64>();
        left += coming.iter().map(|(_, value)| (value - told) * (value - told)).sum::<f64>();
    }
    if total > 0.0 { 1.0 - left / total } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analytics::stats::testing::Noise;

    fn series(step: f64, values: Vec<f64>) -> Regular {
        Regular { start: 0.0, step, values }
    }

    #[test]
    fn a_day_is_found_whatever_its_shape() {
        let shapes: [fn(f64) -> f64; 3] = [
            |turn| (TAU * turn).sin(),
            |turn| if (0.3..0.35).contains(&turn) { 5.0 } else { 0.0 },
            |turn| (TAU * turn).sin() + 2.0 * (2.0 * TAU * turn).cos(),
        ];
        for (at, shape) in shapes.iter().enumerate() {
            let mut noise = Noise::new(at as u64 + 1);
            let values = (0..288 * 7).map(|i| shape(f64::from(i % 288) / 288.0) + 0.5 * noise.normal()).collect();
            let season = find(&series(300.0, values)).unwrap();
            assert_eq!(season.period, 86_400.0, "{at}: {season:?}");
        }
    }

    #[test]
    fn a_day_in_noise_that_remembers_is_no_week() {
        let noise = Noise::new(4).autoregressive(24 * 7 * 10, 0.6);
        let values = noise.iter().enumerate().map(|(hour, noise)| noise + (TAU * hour as f64 / 24.0).sin());
        assert_eq!(find(&series(3_600.0, values.collect())).unwrap().period, 86_400.0);
    }

    #[test]
    fn a_week_of_days_is_a_week() {
        let mut noise = Noise::new(3);
        let day = |hour: usize| (TAU * hour as f64 / 24.0).sin() * if hour / 24 % 7 < 5 { 3.0 } else { 1.0 };
        let values = (0..24 * 7 * 8).map(|hour| day(hour) + 0.3 * noise.normal()).collect();
        assert_eq!(find(&series(3_600.0, values)).unwrap().period, 604_800.0);
    }

    #[test]
    fn a_period_off_the_calendar_is_found_whatever_the_span() {
        for (n, period) in [(2000, 37.0), (1000, 24.0), (1010, 24.0), (400, 24.0), (1000, 37.4)] {
            for seed in 0..20 {
                let mut noise = Noise::new(seed);
                let values = (0..n).map(|i| (TAU * f64::from(i) / period).sin() + 0.5 * noise.normal()).collect();
                let season = find(&series(1.0, values)).unwrap();
                // From its beginning to its end the pattern is off by an eighth of a cycle at most.
                let off = f64::from(n) * (1.0 / season.period - 1.0 / period);
                assert!(off.abs() < 0.125, "{n} values, {period}: {season:?}");
            }
        }
    }

    #[test]
    fn noise_has_no_season() {
        for phi in [0.0, 0.5, 0.8, 0.95, 1.0] {
            let found = (0..100).filter(|seed| {
                let mut noise = Noise::new(100 + seed);
                find(&series(60.0, noise.autoregressive(500, phi))).is_some()
            });
            let found = found.count();
            assert!(found <= 5, "phi {phi}: {found} of 100");
        }
    }

    proptest! {
        #[test]
        fn the_scale_does_not_matter(scale in 1e-6..1e6_f64, level in -1e3..1e3_f64) {
            let mut noise = Noise::new(9);
            let values: Vec<f64> = (0..400).map(|i| (TAU * f64::from(i) / 20.0).sin() + noise.normal()).collect();
            let plain = find(&series(1.0, values.clone())).unwrap();
            let scaled = find(&series(1.0, values.iter().map(|value| (value + level) * scale).collect())).unwrap();
            prop_assert_eq!(plain.period, scaled.period);
        }
    }
}
