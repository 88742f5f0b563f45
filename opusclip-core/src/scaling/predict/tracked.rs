//! A model with its record.

use serde::{Deserialize, Serialize};

use super::interval::Errors;
use super::model::ForecastModel;
use super::{FEWEST, ForecastAccuracy};
use crate::scaling::config::PredictionOptions;

/// What a change of a forecast costs, by that of the same number of extra instances for a step.
const CHANGE_COST: f64 = 0.1;
/// A model that was left out must be better than the border by this factor, to be taken again.
const RETURN: f64 = 0.9;
/// Errors grow with demand, but more slowly: as the root where arrivals are chance, in proportion where the model is wrong.
const GROWTH: f64 = 0.75;
/// Errors come in spells: those of the last while, which halve in so many seconds, tell most of the size of the next.
const SPELL: f64 = 600.0;
/// How much demand itself tells of it.
const OF_DEMAND: f64 = 0.15;
/// The weight of a new error in what demand tells.
const NEW: f64 = 0.001;
/// Demand that falls further below a forecast than so many usual errors says nothing of how far it may rise.
const MOST_BELOW: f64 = 2.0;

/// What a model forecasts, with the scale of its errors and, once enough of them are known, an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Issued {
    value: f64,
    scale: f64,
    pub(super) interval: Option<(f64, f64)>,
}

/// A model, and what became of its forecasts. Sums decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tracked {
    pub(super) model: ForecastModel,
    errors: Errors,
    decay: f64,
    /// The weight of a new error in the mean of the last while.
    fresh: f64,
    /// The mean of absolute errors of the last while.
    recent: f64,
    /// The mean of absolute errors by what demand tells of their size.
    relative: f64,
    scored: u64,
    weight: f64,
    error: f64,
    naive_error: f64,
    bias: f64,
    demand: f64,
    cost: f64,
    covered: f64,
    within: f64,
    last_upper: Option<f64>,
    /// Whether it is not much worse than repeating the last value.
    pub(super) trusted: bool,
}

impl Tracked {
    pub(super) fn new(model: ForecastModel, options: &PredictionOptions) -> Self {
        Self {
            model,
            errors: Errors::new(options.quantile),
            decay: 0.5_f64.powf(options.step / options.half_life),
            fresh: 1.0 - 0.5_f64.powf(options.step / SPELL),
            recent: 0.0,
            relative: 0.0,
            scored: 0,
            weight: 0.0,
            error: 0.0,
            naive_error: 0.0,
            bias: 0.0,
            demand: 0.0,
            cost: 0.0,
            covered: 0.0,
            within: 0.0,
            last_upper: None,
            trusted: true,
        }
    }

    /// The size of its errors around a forecast, as far as is known.
    fn scale(&self, forecast: f64) -> f64 {
        let size = OF_DEMAND * self.usual_error(forecast) + (1.0 - OF_DEMAND) * self.recent;
        if size > 0.0 { size } else { growth(forecast) }
    }

    /// The size of its errors around a forecast at any time.
    pub(super) fn usual_error(&self, forecast: f64) -> f64 {
        self.relative * growth(forecast)
    }

    /// Its interval around a forecast with that scale.
    fn interval(&self, forecast: f64, scale: f64) -> Option<(f64, f64)> {
        let (low, high) = self.errors.interval().filter(|_| self.scored >= FEWEST)?;
        Some(((forecast + low * scale).max(0.0), (forecast + high * scale).max(0.0)))
    }

    /// What it says with a forecast of its own.
    pub(super) fn issue(&self, value: f64) -> Issued {
        let scale = self.scale(value);
        Issued { value, scale, interval: self.interval(value, scale) }
    }

    /// What it forecast for a value so many steps after `last`, and what came.
    pub(super) fn score(&mut self, issued: &Issued, last: f64, ahead: usize, actual: f64, options: &PredictionOptions) {
        let Issued { value: forecast, scale, interval } = *issued;
        // As it was issued: by errors that were seen since, which are much like this one, it would look better than it was.
        if let Some((lower, upper)) = interval {
            let (above, below) = (actual > upper, actual < lower);
            self.errors.adapt(above, below, options.quantile, ahead);
            let changed = self.last_upper.map_or(0.0, |last| (upper - last).abs());
            self.last_upper = Some(upper);
            let charged = (upper - actual).max(0.0) + options.shortage() * (actual - upper).max(0.0);
            let sums = [
                (&mut self.weight, 1.0),
                (&mut self.error, (forecast - actual).abs()),
                (&mut self.naive_error, (last - actual).abs()),
                (&mut self.bias, forecast - actual),
                (&mut self.demand, actual),
                (&mut self.cost, charged + CHANGE_COST * changed),
                (&mut self.covered, f64::from(u8::from(!above))),
                (&mut self.within, f64::from(u8::from(!above && !below))),
            ];
            for (sum, new) in sums {
                *sum = *sum * self.decay + new;
            }
            let border = options.fallback_error * if self.trusted { 1.0 } else { RETURN };
            self.trusted = self.mase().is_none_or(|error| error <= border);
        }
        self.scored += 1;
        self.errors.push((actual - forecast) / scale);
        let below = if self.scored > 10 * FEWEST { MOST_BELOW * self.usual_error(forecast) } else { f64::INFINITY };
        let error = if actual < forecast { (forecast - actual).min(below) } else { actual - forecast };
        // The first errors are averaged as they are.
        let at_least = 1.0 / self.scored as f64;
        self.recent += self.fresh.max(at_least) * (error - self.recent);
        self.relative += NEW.max(at_least) * (error / growth(forecast.max(actual)) - self.relative);
    }

    pub(super) fn mean_cost(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.cost / self.weight)
    }

    /// Its error by that of repeating the last value; 1 where neither errs.
    pub(super) fn mase(&self) -> Option<f64> {
        let ratio = if self.naive_error > 0.0 { self.error / self.naive_error } else { 1.0 };
        (self.weight > 0.0).then_some(ratio)
    }

    pub(super) fn accuracy(&self, chosen: bool) -> Option<ForecastAccuracy> {
        Some(ForecastAccuracy {
            model: self.model,
            chosen,
            mase: self.mase()?,
            bias: if self.demand > 0.0 { self.bias / self.demand } else { 0.0 },
            coverage: self.covered / self.weight,
            interval_coverage: self.within / self.weight,
            cost: self.mean_cost()?,
        })
    }
}

/// How errors grow with demand.
fn growth(demand: f64) -> f64 {
    demand.max(1e-9).powf(GROWTH)
}
