//! The Theta method: half of the trend, and exponential smoothing, on values without their season.

use super::naive::from_each_origin;
use crate::analytics::forecast::history::History;
use crate::analytics::forecast::options::Effort;

/// Theta with two lines, 0 and 2, which is simple exponential smoothing with half of the slope of the trend as drift
/// (Hyndman and Billah 2003, "Unmasking the Theta method").
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::analytics::forecast) struct Theta {
    /// Steps of the season that is taken out and put back.
    season: Option<usize>,
}

/// The season is the mean of so many last ones.
const CYCLES: usize = 5;
/// Shares of the newest value that are tried.
const SHARES: [f64; 6] = [0.05, 0.1, 0.2, 0.4, 0.6, 0.9];

pub(super) fn family(history: &History, effort: Effort) -> Vec<Theta> {
    match effort {
        Effort::Fast => vec![Theta { season: history.seasons.last().copied() }],
        Effort::Thorough => {
            let seasons = history.seasons.iter().map(|season| Theta { season: Some(*season) });
            seasons.chain([Theta { season: None }]).collect()
        }
    }
}

impl Theta {
    pub(super) fn settings(&self) -> String {
        self.season.map_or(String::new(), |season| format!("season {season}"))
    }

    pub(super) fn paths(&self, history: &History) -> Option<Vec<f64>> {
        from_each_origin(history, |past, path| {
            let season = self.season.filter(|season| past.len() >= 2 * season);
            let pattern = season.map_or_else(|| vec![0.0], |season| pattern(past, season));
            // Places of the season are counted from the origin, backwards and forwards.
            let places = pattern.len();
            let ahead = (places - past.len() % places) % places;
            let flat: Vec<f64> =
                past.iter().zip(pattern.iter().cycle().skip(ahead)).map(|(value, season)| value - season).collect();
            let slope = slope(&flat);
            let (share, level) = smoothed(&flat)?;
            // The drift of a level that lags behind a trend: (1 - (1 - a)^n) / a steps of it are missing.
            let behind = (1.0 - (1.0 - share).powf(flat.len() as f64)) / share;
            for (step, (value, season)) in path.iter_mut().zip(pattern.iter().cycle()).enumerate() {
                *value = level + slope / 2.0 * (step as f64 + behind) + season;
            }
            Some(())
        })
    }
}

/// The mean deviation of the last seasons from their own means, from the place of the origin on.
fn pattern(past: &[f64], season: usize) -> Vec<f64> {
    let cycles = CYCLES.min(past.len() / season);
    let mut sums = vec![0.0; season];
    let recent = past.get(past.len() - cycles * season..).unwrap_or(&[]);
    // The change from one season to the next is not a part of the season.
    let mean = |values: &[f64]| values.iter().sum::<f64>() / season as f64;
    let means: Vec<f64> = recent.chunks_exact(season).map(mean).collect();
    let change = match (means.first(), means.last()) {
        (Some(first), Some(last)) if cycles > 1 => (last - first) / ((cycles - 1) * season) as f64,
        _ => 0.0,
    };
    for (cycle, mean) in recent.chunks_exact(season).zip(&means) {
        for (at, (sum, value)) in sums.iter_mut().zip(cycle).enumerate() {
            let trend = change * (at as f64 - (season - 1) as f64 / 2.0);
            *sum += (value - mean - trend) / cycles as f64;
        }
    }
    sums
}

fn slope(values: &[f64]) -> f64 {
    let middle = (values.len() as f64 - 1.0) / 2.0;
    let (mut across, mut along) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let time = at as f64 - middle;
        across += time * value;
        along += time * time;
    }
    if along > 0.0 { across / along } else { 0.0 }
}

/// Share and last level of the simple exponential smoothing with the least squared errors one step ahead.
fn smoothed(values: &[f64]) -> Option<(f64, f64)> {
    let (first, rest) = values.split_first()?;
    // All shares at once: each step of one waits for the step before, so that there is time for the others.
    let (mut squares, mut levels) = ([0.0; SHARES.len()], [*first; SHARES.len()]);
    for value in rest {
        for ((square, level), share) in squares.iter_mut().zip(&mut levels).zip(SHARES) {
            let error = value - *level;
            *square += error * error;
            *level += share * error;
        }
    }
    let runs = squares.into_iter().zip(SHARES.into_iter().zip(levels));
    runs.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, best)| best)
}
