//! Which seasons a series has, told from its autocorrelation.
//!
//! The series is first filtered so that neither a trend nor slow wandering hides a season: without its line of least
//! squares, and less its lag-one autocorrelation times the value before (prewhitening). A season of `k` steps then shows
//! as a high mean autocorrelation at all multiples of `k`; the shortest such `k` is the first season. A multiple of it
//! that is clearly better than its neighbours is the second.

use realfft::RealFftPlanner;

/// A season must be seen this often.
const CYCLES: usize = 3;
/// Shares of the best mean autocorrelation at which a shorter season is preferred.
const NEARLY: f64 = 0.8;
/// Standard errors an autocorrelation must be above zero: one in some thousand for white noise.
const SIGNIFICANT: f64 = 3.5;
/// An autocorrelation below this explains too little to be of use.
const LEAST: f64 = 0.08;
/// Steps of a day at usual distances of measurements; the week is a likely second season of these.
const DAYS: [usize; 6] = [24, 48, 96, 144, 288, 1440];
const WEEK: usize = 7;
/// Of longer series only so many last values are looked at.
const LOOKED_AT: usize = 1 << 17;

/// Up to two seasons in steps, the shorter first; none where none is beyond doubt.
pub(crate) fn find(values: &[f64]) -> Vec<usize> {
    let values = values.get(values.len().saturating_sub(LOOKED_AT)..).unwrap_or(values);
    let longest = values.len() / CYCLES;
    if longest < 2 {
        return Vec::new();
    }
    let whitened = prewhitened(values);
    let Some(correlation) = autocorrelation(&whitened, longest) else { return Vec::new() };
    let error = 1.0 / (whitened.len() as f64).sqrt();
    let Some(first) = first_season(&correlation, error) else { return Vec::new() };
    let mut seasons = vec![first];
    seasons.extend(second_season(&correlation, first, error).or_else(|| {
        let week = first * WEEK;
        (DAYS.contains(&first) && 2 * week < values.len()).then_some(week)
    }));
    seasons
}

/// Less the line of least squares and less what the value before explains.
fn prewhitened(values: &[f64]) -> Vec<f64> {
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
    let flat: Vec<f64> =
        values.iter().enumerate().map(|(at, value)| value - mean - slope * (at as f64 - middle)).collect();
    let square: f64 = flat.iter().map(|value| value * value).sum();
    let product: f64 = flat.iter().zip(flat.iter().skip(1)).map(|(before, value)| before * value).sum();
    let share = if square > 0.0 { (product / square).clamp(0.0, 1.0) } else { 0.0 };
    flat.iter().zip(flat.iter().skip(1)).map(|(before, value)| value - share * before).collect()
}

/// Autocorrelations at lags 0 to `longest`; `None` for a constant series.
fn autocorrelation(values: &[f64], longest: usize) -> Option<Vec<f64>> {
    let size = (values.len() + longest + 1).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
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
    if !(whole > f64::MIN_POSITIVE) {
        return None;
    }
    signal.truncate(longest + 1);
    signal.iter_mut().for_each(|value| *value /= whole);
    Some(signal)
}

/// The mean autocorrelation at the multiples of `season` that are known.
fn comb(correlation: &[f64], season: usize) -> f64 {
    let teeth = correlation.iter().skip(season).step_by(season);
    let count = teeth.len().max(1) as f64;
    teeth.sum::<f64>() / count
}

/// Whether the autocorrelation is higher here than on both sides.
fn peaks(correlation: &[f64], at: usize) -> bool {
    let value = |lag: usize| correlation.get(lag).copied();
    let higher_than = |lag: Option<f64>| lag.is_none_or(|other| value(at).is_some_and(|here| here > other));
    higher_than(value(at.saturating_sub(1)).filter(|_| at > 2)) && higher_than(value(at + 1))
}

fn first_season(correlation: &[f64], error: f64) -> Option<usize> {
    let least = LEAST.max(SIGNIFICANT * error);
    let rated: Vec<(usize, f64)> = (2..correlation.len())
        .filter(|lag| peaks(correlation, *lag) && correlation.get(*lag).is_some_and(|value| *value > least))
        .map(|lag| (lag, comb(correlation, lag)))
        .collect();
    let best = rated.iter().map(|(_, mean)| *mean).fold(0.0, f64::max);
    rated.iter().find(|(_, mean)| *mean >= NEARLY * best && *mean > least / 2.0).map(|(lag, _)| *lag)
}

/// The multiple of the first season that stands out most among its neighbours.
fn second_season(correlation: &[f64], first: usize, error: f64) -> Option<usize> {
    let at = |multiple: usize| correlation.get(multiple * first).copied();
    let standing_out = |multiple: usize| {
        let (here, below) = (at(multiple)?, at(multiple - 1)?);
        let above = at(multiple + 1).unwrap_or(below);
        let by = here - below.max(above);
        (multiple > 2 && by > SIGNIFICANT * error).then_some((multiple, by))
    };
    let most = correlation.len() / first;
    let found: Vec<(usize, f64)> = (2..=most).filter_map(standing_out).collect();
    let best = found.iter().map(|(_, by)| *by).fold(0.0, f64::max);
    found.iter().find(|(_, by)| *by >= NEARLY * best).map(|(multiple, _)| multiple * first)
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
