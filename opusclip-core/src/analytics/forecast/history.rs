//! What every candidate is given: the values without gaps, their seasons, and the origins to forecast from.

use super::numbers::median;
use super::options::{Effort, ForecastOptions};
use super::seasons;

/// Values in order, all finite, between -1 and 1, with the places from which forecasts are made.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Values, divided by `scale`, gaps filled.
    pub values: Vec<f64>,
    /// Where there was a value and not a gap.
    pub known: Vec<bool>,
    /// What is added to values so that their logarithm is bounded; `None` where a value is negative or most are zero.
    pub log_shift: Option<f64>,
    /// The largest amount among the values, or 1.
    pub scale: f64,
    /// Up to two seasons, the shorter first, each seen twice at least.
    pub seasons: Vec<usize>,
    /// How many steps are forecast from each origin.
    pub horizon: usize,
    /// How many of them are compared with what came after, in the backtest.
    pub compared: usize,
    /// How many values are known to each forecast, rising; the last one knows all.
    pub origins: Vec<usize>,
}

/// Only so many last values count.
const LONGEST: usize = 50_000;
/// A gap up to this long is filled on a line even where there is a season.
const SHORT_GAP: usize = 2;
/// A season must have been seen so often to be used.
const CYCLES: usize = 2;
/// Backtests begin when half of the values are known.
const FIRST_ORIGIN: usize = 2;

impl History {
    /// From values as [`trimmed`] leaves them, of which one at least is known.
    pub(super) fn new(values: &[f64], horizon: usize, options: &ForecastOptions) -> Self {
        let known: Vec<bool> = values.iter().map(|value| !value.is_nan()).collect();
        let largest = values.iter().filter(|value| !value.is_nan()).fold(0.0, |most: f64, value| most.max(value.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let mut scaled: Vec<f64> = values.iter().map(|value| value / scale).collect();
        let gaps = known.contains(&false);
        let on_lines = if gaps { filled(&scaled, None) } else { Vec::new() };
        let mut seasons = match &options.seasons {
            Some(seasons) => seasons.clone(),
            None => seasons::find(if gaps { &on_lines } else { &scaled }),
        };
        seasons.retain(|season| season.saturating_mul(CYCLES) <= scaled.len());
        seasons.sort_unstable();
        seasons.dedup();
        seasons.truncate(2);
        if gaps {
            scaled = filled(&scaled, seasons.first().copied());
        }
        let (origins, compared) = origins(scaled.len(), horizon, seasons.first().copied(), options.effort);
        let log_shift = log_shift(&scaled);
        Self { values: scaled, known, log_shift, scale, seasons, horizon, compared, origins }
    }

    /// How many times the steps that are compared fit side by side into the backtest, 1 at least: origins whose steps
    /// overlap tell little new.
    pub(super) fn independent_folds(&self) -> f64 {
        let (first, last) = (self.origins.first().copied().unwrap_or(0), self.values.len());
        (last.saturating_sub(first) as f64 / self.compared as f64).max(1.0)
    }

    /// How many origins have values after them.
    pub(super) fn folds(&self) -> usize {
        self.origins.len().saturating_sub(1)
    }
}

/// A fiftieth of the median.
fn log_shift(values: &[f64]) -> Option<f64> {
    let shift = median(&mut values.to_vec()) / 50.0;
    (shift > 0.0 && values.iter().all(|value| *value >= 0.0)).then_some(shift)
}

/// Origins of the backtest and that of the forecast itself, and how many steps are compared.
///
/// Origins lie one season apart, so that all of them stand at the same place of it, or closer where there are few
/// values. A horizon longer than a third of the values that the backtest may use is compared only so far.
fn origins(count: usize, horizon: usize, season: Option<usize>, effort: Effort) -> (Vec<usize>, usize) {
    let folds = match effort {
        Effort::Fast => 8,
        Effort::Thorough => 14,
    };
    let first = count.div_ceil(FIRST_ORIGIN).max(3);
    let room = count.saturating_sub(first);
    let compared = horizon.min(room.div_ceil(3)).max(1);
    let Some(room) = room.checked_sub(compared) else { return (vec![count], compared) };
    let usual = season.unwrap_or(horizon.div_ceil(4));
    let spacing = if room / usual + 1 >= folds.min(6) { usual } else { (room / folds).max(1) };
    let mut origins: Vec<usize> =
        (0..folds).map_while(|fold| (room >= fold * spacing).then(|| count - compared - fold * spacing)).collect();
    origins.reverse();
    origins.push(count);
    (origins, compared)
}

/// From the first known value to the last, of the last ones that count, and how many places were left out behind them.
pub(super) fn trimmed(values: &[f64]) -> (&[f64], usize) {
    let known = |value: &f64| !value.is_nan();
    let end = values.iter().rposition(known).map_or(0, |last| last + 1);
    let missing = values.len() - end;
    let values = values.get(end.saturating_sub(LONGEST)..end).unwrap_or(&[]);
    let first = values.iter().position(known).unwrap_or(0);
    (values.get(first..).unwrap_or(&[]), missing)
}

/// Short gaps lie on a line between their neighbours. Longer ones repeat the season before, moved so that it meets both
/// neighbours, or lie on the line where there is none before.
fn filled(values: &[f64], season: Option<usize>) -> Vec<f64> {
    let mut full = values.to_vec();
    let mut before = 0;
    for (at, value) in values.iter().enumerate() {
        if value.is_nan() {
            continue;
        }
        let season = season.filter(|season| at - before > SHORT_GAP + 1 && *season <= before);
        fill(&mut full, before, at, season);
        before = at;
    }
    full
}

/// Fills what lies between two known places.
fn fill(values: &mut [f64], from: usize, to: usize, season: Option<usize>) {
    let earlier = |values: &[f64], at: usize| {
        let before = season.and_then(|season| values.get(at.checked_sub(season)?).copied());
        before.filter(|value| !value.is_nan()).unwrap_or(0.0)
    };
    let off = |values: &[f64], at: usize| values.get(at).map_or(0.0, |value| value - earlier(values, at));
    // A season shorter than the gap is filled as it goes on.
    let low = off(values, from);
    let high = match season {
        Some(season) if to - season > from => off(values, from),
        _ => off(values, to),
    };
    for at in from + 1..to {
        let share = (at - from) as f64 / (to - from) as f64;
        let value = earlier(values, at) + low + (high - low) * share;
        if let Some(place) = values.get_mut(at) {
            *place = value;
        }
    }
}
