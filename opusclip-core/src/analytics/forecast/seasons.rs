//! Which seasons a series has.
//!
//! Lengths that come into question are peaks of the autocorrelation, of the series without its trend and of what its
//! own last value does not explain (prewhitened), and the usual lengths of calendars and clocks. Each is then judged by
//! what it foretells: how much of the variance about a moving average of one season is explained by the values at the
//! same place of all *other* seasons. A length that only fits what it was told from explains less than nothing there.

use realfft::RealFftPlanner;

/// A season must be seen this often.
const CYCLES: usize = 3;
/// Steps of a week, a year, a day, and a week at usual distances of measurements.
const USUAL: [usize; 12] = [7, 12, 24, 48, 52, 96, 144, 168, 288, 336, 365, 1440];
/// Of these the week is a likely second season: steps of a day.
const DAYS: [usize; 6] = [24, 48, 96, 144, 288, 1440];
const WEEK: usize = 7;
/// So many peaks of each autocorrelation are looked at.
const PEAKS: usize = 4;
/// A shorter or a usual season is preferred where it explains this share of what the best one does.
const NEARLY: f64 = 0.95;
/// Of two seasons one is so many times as long as the other at least; half or a quarter of one is part of its form.
const APART: usize = 5;
/// A second season explains at least this share of what the first leaves; a shorter one of what the longer does.
const SECOND: f64 = 0.1;
/// Standard errors that what a season explains must be above zero, for the best of many.
const SIGNIFICANT: f64 = 4.0;
/// Explaining less than this is of no use.
const LEAST: f64 = 0.03;
/// Deviations below this share of the largest value are errors of rounding.
const ROUNDING: f64 = 1e-9;
/// Of longer series only so many last values are looked at.
const LOOKED_AT: usize = 1 << 16;

/// Up to two seasons in steps, the shorter first; none where none is beyond doubt.
pub(crate) fn find(values: &[f64]) -> Vec<usize> {
    let values = values.get(values.len().saturating_sub(LOOKED_AT)..).unwrap_or(values);
    let longest = values.len() / CYCLES;
    if longest < 2 {
        return Vec::new();
    }
    // What the sums below may be off by, in values.
    let rounding = ROUNDING * values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let found: Vec<Season> =
        lengths(values, longest).into_iter().filter_map(|steps| Season::of(values, steps, rounding)).collect();
    let best = found.iter().map(Season::rated).fold(0.0, f64::max);
    let Some(first) = found.iter().find(|season| season.rated() >= NEARLY * best) else { return Vec::new() };
    let fits = |long: usize, short: usize| long.is_multiple_of(short) && long / short >= APART;
    let shorter =
        found.iter().filter(|season| fits(first.steps, season.steps) && season.explained > SECOND * first.explained);
    if let Some(shorter) = shorter.max_by(|a, b| a.rated().total_cmp(&b.rated())) {
        return vec![shorter.steps, first.steps];
    }
    let longer = found.iter().filter(|season| fits(season.steps, first.steps));
    let second = longer
        .filter_map(|season| Season::of(&first.rest, season.steps, rounding))
        .filter(|season| season.explained > SECOND);
    let second = second.max_by(|a, b| a.rated().total_cmp(&b.rated())).map(|season| season.steps);
    let week = || {
        let week = first.steps * WEEK;
        (DAYS.contains(&first.steps) && 2 * week < values.len()).then_some(week)
    };
    [first.steps].into_iter().chain(second.or_else(week)).collect()
}

/// A season that foretells other seasons.
struct Season {
    steps: usize,
    /// The share of variance that it explains.
    explained: f64,
    /// What it leaves.
    rest: Vec<f64>,
}

impl Season {
    /// What it explains, a little more for a usual length.
    fn rated(&self) -> f64 {
        if USUAL.contains(&self.steps) { self.explained / NEARLY } else { self.explained }
    }

    /// `None` where nothing beyond doubt is explained, or where deviations are not larger than `rounding`.
    fn of(values: &[f64], steps: usize, rounding: f64) -> Option<Self> {
        let flat = about_moving_mean(values, steps)?;
        let mut sums = vec![(0.0, 0.0); steps];
        for (at, value) in flat.iter().enumerate() {
            let (sum, count) = sums.get_mut(at % steps)?;
            *sum += value;
            *count += 1.0;
        }
        let (mut whole, mut left, mut neighbours, mut before) = (0.0, 0.0, 0.0, 0.0);
        let mut rest = Vec::with_capacity(flat.len());
        for (value, (sum, count)) in flat.iter().zip(sums.iter().cycle()) {
            // The value less the mean of all others at the same place.
            let off = (count * value - sum) / (count - 1.0);
            whole += value * value;
            left += off * off;
            neighbours += off * before;
            before = off;
            rest.push(value - sum / count);
        }
        if whole <= rounding * rounding * flat.len() as f64 {
            return None;
        }
        let explained = 1.0 - left / whole;
        // What is left of wandering values resembles its neighbours, and is worth fewer values.
        let alike = if left > 0.0 { (neighbours / left).clamp(0.0, 0.99) } else { 0.0 };
        let chance = (2.0 * steps as f64 * (1.0 + alike) / (1.0 - alike)).sqrt() / flat.len() as f64
            * (1.0 - explained.max(0.0));
        (explained > LEAST.max(SIGNIFICANT * chance)).then_some(Self { steps, explained, rest })
    }
}

/// Values less the mean of the season about them; the half seasons at both ends, which have none, are left out.
fn about_moving_mean(values: &[f64], steps: usize) -> Option<Vec<f64>> {
    if steps < 2 || values.len() < CYCLES * steps {
        return None;
    }
    let half = steps / 2;
    let mut sum: f64 = values.get(..steps)?.iter().sum();
    let (leaving, coming) = (values.iter(), values.get(steps..)?.iter().map(Some).chain([None]));
    let middle = values.iter().skip(half);
    let flat = leaving.zip(coming).zip(middle).map(|((leaving, coming), value)| {
        // An even window has no middle; half of each outer value would be as good, and slower.
        let mean = if steps.is_multiple_of(2) { sum + (coming.unwrap_or(leaving) - leaving) / 2.0 } else { sum }
            / steps as f64;
        sum += coming.unwrap_or(leaving) - leaving;
        value - mean
    });
    Some(flat.collect())
}

/// Lengths that come into question, rising.
fn lengths(values: &[f64], longest: usize) -> Vec<usize> {
    let flat = without_line(values);
    let mut lengths: Vec<usize> = USUAL.into_iter().filter(|steps| *steps <= longest).collect();
    let mut planner = RealFftPlanner::new();
    for series in [prewhitened(&flat), flat] {
        let Some(correlation) = autocorrelation(&series, longest, &mut planner) else { continue };
        let mut peaks: Vec<(usize, f64)> = correlation
            .windows(3)
            .enumerate()
            .skip(1)
            .filter_map(|(before, window)| match window {
                [left, here, right] if here > left && here > right && *here > 0.0 => Some((before + 1, *here)),
                _ => None,
            })
            .collect();
        let mut keep = |peaks: &[(usize, f64)]| lengths.extend(peaks.iter().take(PEAKS).map(|(lag, _)| *lag));
        peaks.sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
        keep(&peaks);
    }
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// Less the line of least squares.
fn without_line(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let (mut across, mut along) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let time = at as f64 - middle;
        across += time * (value - mean);
        along += time * time;
    }
    let slope = if along > 0.0 { across / along } else { 0.0 };
    values.iter().enumerate().map(|(at, value)| value - mean - slope * (at as f64 - middle)).collect()
}

/// Less what the value before explains.
fn prewhitened(flat: &[f64]) -> Vec<f64> {
    let square: f64 = flat.iter().map(|value| value * value).sum();
    let product: f64 = flat.iter().zip(flat.iter().skip(1)).map(|(before, value)| before * value).sum();
    let share = if square > 0.0 { (product / square).clamp(0.0, 1.0) } else { 0.0 };
    flat.iter().zip(flat.iter().skip(1)).map(|(before, value)| value - share * before).collect()
}

/// Autocorrelations at lags 0 to `longest`; `None` for a constant series. A planner keeps its sines for the next.
fn autocorrelation(values: &[f64], longest: usize, planner: &mut RealFftPlanner<f64>) -> Option<Vec<f64>> {
    let size = (values.len() + longest + 1).next_power_of_two();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let mut signal: Vec<f64> = values.iter().map(|value| value - mean).collect();
    signal.resize(size, 0.0);
    let mut spectrum = forward.make_output_vec();
    forward.process(&mut signal, &mut spectrum).ok()?;
    for bin in &mut spectrum {
        *bin = (bin.re * bin.re + bin.im * bin.im).into();
    }
    inverse.process(&mut spectrum, &mut signal).ok()?;
    let whole = *signal.first()?;
    if whole <= f64::MIN_POSITIVE {
        return None;
    }
    signal.truncate(longest + 1);
    signal.iter_mut().for_each(|value| *value /= whole);
    Some(signal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Uniform noise from -0.5 to 0.5 (a linear congruential generator).
    fn noise(count: usize) -> Vec<f64> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    fn wave(at: usize, period: usize) -> f64 {
        (TAU * at as f64 / period as f64).sin()
    }

    #[test]
    fn a_season_is_found_in_noise_on_a_trend() {
        let noise = noise(240);
        for period in [4, 7, 12, 30] {
            let values: Vec<f64> =
                noise.iter().enumerate().map(|(at, noise)| 0.1 * at as f64 + wave(at, period) + noise).collect();
            assert_eq!(find(&values), [period], "period {period}");
        }
    }

    #[test]
    fn the_week_is_found_beside_the_day() {
        let noise = noise(24 * 35);
        let weekend = |at: usize| if (at / 24) % 7 > 4 { 0.3 } else { 1.0 };
        let values: Vec<f64> = noise
            .iter()
            .enumerate()
            .map(|(at, noise)| weekend(at) * (wave(at, 24) + 0.4 * wave(at, 12)) + noise)
            .collect();
        assert_eq!(find(&values), [24, 168]);
        let daily: Vec<f64> = (0..140).map(|at| if at % 7 > 4 { 1.0 } else { 5.0 } + noise[at]).collect();
        assert_eq!(find(&daily), [7]);
    }

    #[test]
    fn noise_wandering_and_constants_have_no_season() {
        let noise = noise(600);
        assert_eq!(find(&noise), [0; 0]);
        let walk: Vec<f64> = noise
            .iter()
            .scan(0.0, |sum, step| {
                *sum += step;
                Some(*sum)
            })
            .collect();
        assert_eq!(find(&walk), [0; 0]);
        assert_eq!(find(&[3.0; 200]), [0; 0]);
        assert_eq!(find(&(0..200).map(f64::from).collect::<Vec<_>>()), [0; 0]);
        assert_eq!(find(&[1.0, 2.0]), [0; 0]);
    }
}
