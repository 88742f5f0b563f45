//! Linear regression on values before, carried on step by step.
//!
//! A value is explained by the few values just before it and by those around it one or two seasons earlier, as in a
//! seasonal ARIMA model without its moving averages, by ridge regression with weights that fade into the past. Where
//! values cannot be negative, their logarithms may be explained in their place.

use crate::analytics::forecast::history::History;
use crate::analytics::forecast::linear::Normal;
use crate::analytics::forecast::options::Effort;

/// Which values explain a value, and how.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::analytics::forecast) struct Autoregression {
    /// How many steps before, rising.
    lags: Vec<usize>,
    /// Whether logarithms are explained.
    logarithm: bool,
    /// Steps after which a row counts half; all rows count the same if left out.
    half_life: Option<usize>,
}

/// Rows there must be for each regressor.
const ROWS_PER_LAG: usize = 3;
/// The ridge, in variances of a value.
const RIDGE: f64 = 1e-5;
/// Forecasts stay so many standard deviations within the range of the values so far.
const MARGIN: f64 = 1.0;
/// Rows fade to a half in ten short seasons.
const FADING: usize = 10;

/// Lags close by, and around each season before and after it.
#[derive(Debug, Clone, Copy)]
struct Shape {
    near: usize,
    before: usize,
    after: usize,
    twice: bool,
}

const COMPACT: Shape = Shape { near: 3, before: 1, after: 1, twice: false };
const WIDE: Shape = Shape { near: 6, before: 1, after: 2, twice: true };
const AROUND: Shape = Shape { near: 3, before: 2, after: 2, twice: false };

pub(super) fn family(history: &History, effort: Effort) -> Vec<Autoregression> {
    let shapes: &[Shape] = match effort {
        Effort::Fast => &[COMPACT],
        Effort::Thorough => &[COMPACT, WIDE, AROUND],
    };
    let fading = history.seasons.first().map(|season| season * FADING);
    let logarithms: &[bool] = if history.log_shift.is_some() { &[true, false] } else { &[false] };
    let mut models = Vec::new();
    for shape in shapes {
        let Some(lags) = shape.lags(history) else { continue };
        for logarithm in logarithms {
            models.push(Autoregression { lags: lags.clone(), logarithm: *logarithm, half_life: fading });
        }
        if effort == Effort::Thorough {
            models.push(Autoregression { lags, logarithm: logarithms.len() > 1, half_life: None });
        }
    }
    models
}

impl Shape {
    /// The lags for as many seasons as the values have rows for at the first origin.
    fn lags(self, history: &History) -> Option<Vec<usize>> {
        let least = history.origins.first().copied()?;
        let enough = |lags: &Vec<usize>| {
            let rows = lags.last().map(|longest| least.saturating_sub(*longest));
            rows.is_some_and(|rows| rows >= ROWS_PER_LAG * (lags.len() + 1))
        };
        let seasons = &history.seasons;
        let all = (0..=seasons.len()).rev().map(|count| self.around(seasons.get(..count).unwrap_or(&[])));
        let fewer = (1..self.near).rev().map(|near| (1..=near).collect());
        all.chain(fewer).find(enough)
    }

    fn around(self, seasons: &[usize]) -> Vec<usize> {
        let mut lags: Vec<usize> = (1..=self.near).collect();
        for (at, season) in seasons.iter().enumerate() {
            lags.extend(season.saturating_sub(self.before).max(1)..=season + self.after);
            if self.twice && at == 0 {
                lags.extend(2 * season - 1..=2 * season + 1);
            }
        }
        lags.sort_unstable();
        lags.dedup();
        lags
    }
}

/// How values are brought to mean 0 and variance 1, and back.
#[derive(Debug, Clone, Copy)]
struct Unit {
    shift: Option<f64>,
    mean: f64,
    deviation: f64,
}

impl Unit {
    fn of(values: &[f64], shift: Option<f64>) -> Option<(Self, Vec<f64>)> {
        let mut moved: Vec<f64> = match shift {
            Some(shift) => values.iter().map(|value| (value + shift).ln()).collect(),
            None => values.to_vec(),
        };
        let count = moved.len() as f64;
        let mean = moved.iter().sum::<f64>() / count;
        let variance = moved.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        let deviation = variance.sqrt();
        if deviation <= f64::EPSILON * mean.abs() {
            return None;
        }
        moved.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
        Some((Self { shift, mean, deviation }, moved))
    }

    fn back(self, value: f64) -> f64 {
        let value = value * self.deviation + self.mean;
        self.shift.map_or(value, |shift| (value.exp() - shift).max(0.0))
    }
}

impl Autoregression {
    pub(super) fn settings(&self) -> String {
        let lags: Vec<String> = self.lags.iter().map(ToString::to_string).collect();
        let of = if self.logarithm { "logarithms, " } else { "" };
        let fading = self.half_life.map_or(String::new(), |steps| format!(", rows fade to a half in {steps} steps"));
        format!("{of}lags {}{fading}", lags.join(" "))
    }

    pub(super) fn paths(&self, history: &History) -> Option<Vec<f64>> {
        let shift = if self.logarithm { Some(history.log_shift?) } else { None };
        let (unit, values) = Unit::of(&history.values, shift)?;
        let longest = *self.lags.last()?;
        let mut normal = Normal::new(self.lags.len() + 1);
        let mut row = vec![1.0; self.lags.len() + 1];
        let fade = self.half_life.map_or(1.0, |steps| 0.5f64.powf(1.0 / steps as f64));
        let mut weight = fade.powf(values.len().saturating_sub(longest) as f64);
        let mut paths = Vec::with_capacity(history.origins.len() * history.horizon);
        let mut at = longest;
        for origin in &history.origins {
            for (here, target) in values.iter().enumerate().take(*origin).skip(at) {
                for (place, lag) in row.iter_mut().zip(&self.lags) {
                    *place = *values.get(here - lag)?;
                }
                normal.add(&row, *target, weight);
                weight /= fade;
            }
            at = (*origin).max(at);
            let factors = normal.solved(RIDGE)?;
            let path = self.carried_on(values.get(..*origin)?, &factors, history.horizon)?;
            paths.extend(path.into_iter().map(|value| unit.back(value)));
        }
        Some(paths)
    }

    /// Each forecast is what the factors make of the values and forecasts before it.
    fn carried_on(&self, past: &[f64], factors: &[f64], horizon: usize) -> Option<Vec<f64>> {
        let longest = *self.lags.last()?;
        let (low, high) =
            past.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        // A range that was gone through once may be gone on in by its share of the time.
        let margin = MARGIN + (high - low) * horizon as f64 / past.len() as f64;
        let constant = *factors.last()?;
        let mut line = past.get(past.len().checked_sub(longest)?..)?.to_vec();
        for _ in 0..horizon {
            let here = line.len();
            let mut value = constant;
            for (lag, factor) in self.lags.iter().zip(factors) {
                value += factor * line.get(here - lag)?;
            }
            line.push(value.clamp(low - margin, high + margin));
        }
        Some(line.split_off(longest))
    }
}
