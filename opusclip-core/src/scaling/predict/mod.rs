//! What demand will be when an instance that is started now is ready.
//!
//! Demand is forecast, never the number of instances: that was clipped, rounded and held back. It is averaged over steps,
//! and each step several cheap models say what it will be some steps ahead. When that step is over, each is charged for
//! what it would have provisioned too much, too little, and for changing its mind; the one with the least decayed cost is
//! believed (the selector of Rzadca et al., "Autopilot", EuroSys 2020). Each model's own errors give its quantile, whose
//! level is adapted so that demand stays within it as often as was asked (Gibbs and Candès, "Adaptive conformal inference
//! under distribution shift", NeurIPS 2021). A model that is much worse than repeating the last
//! value is left out until it is better again.

mod interval;
mod model;
mod regression;
mod tracked;

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::PredictionOptions;
use model::{DAY, Past, WEEK};
use regression::{Features, Regression};
use tracked::{Issued, Tracked};

pub use model::ForecastModel;

/// Steps that are remembered, in seconds: two weeks.
const MEMORY: f64 = 14.0 * 86_400.0;
/// Another model must be cheaper by this share before it is believed instead.
const LEAD: f64 = 0.05;
/// Errors needed before a forecast is believed.
pub(super) const FEWEST: u64 = 20;
/// Steps between two that were seen are the host's pace up to this many times those that must be looked ahead.
const LONGEST_STRIDE: usize = 4;

/// What is forecast for a time ahead, in the unit of demand.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandForecast {
    /// The model that says so.
    pub model: ForecastModel,
    /// Seconds ahead.
    pub horizon: f64,
    /// What is expected.
    pub value: f64,
    /// What is exceeded as seldom as was asked.
    pub upper: f64,
    /// What demand falls below as seldom.
    pub lower: f64,
}

/// How good forecasts of a model have been, with older errors counting less.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForecastAccuracy {
    /// The model.
    pub model: ForecastModel,
    /// Whether it is the one that is believed.
    pub chosen: bool,
    /// Its mean absolute error by that of repeating the last value over the same time (MASE).
    pub mase: f64,
    /// Its mean error by the mean of demand; above 0 it says too much.
    pub bias: f64,
    /// The share of times that demand stayed within `upper`.
    pub coverage: f64,
    /// The share of times that it stayed between `lower` and `upper`.
    pub interval_coverage: f64,
    /// What it would have cost, in the unit of demand for each step.
    pub cost: f64,
}

/// Forecasts of demand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Predictor {
    step: f64,
    past: Past,
    /// The step that is being filled: its number, its sum, its samples.
    filling: Option<(i64, f64, u32)>,
    models: Vec<Tracked>,
    regression: Regression,
    chosen: usize,
    /// Steps that forecasts look ahead.
    ahead: usize,
    /// Steps from one that was seen to the next: hosts may look less often than steps pass.
    stride: usize,
    /// What was forecast for steps to come, the next one first.
    open: VecDeque<Open>,
}

/// What was forecast for a step to come, by each model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Open {
    due: i64,
    last: f64,
    features: Option<Features>,
    forecasts: Vec<Option<Issued>>,
}

impl Predictor {
    pub(super) fn new(options: &PredictionOptions) -> Self {
        let steps = |seconds: f64| (seconds / options.step).round().max(1.0) as usize;
        let mut models =
            vec![ForecastModel::LastValue, ForecastModel::Level, ForecastModel::Rise, ForecastModel::Trend];
        match options.season {
            Some(_) => models.push(ForecastModel::Season),
            None => models.extend([ForecastModel::Season, ForecastModel::Week]),
        }
        models.extend([ForecastModel::SeasonAndRise, ForecastModel::Regression]);
        let season = options.season.unwrap_or(DAY);
        Self {
            step: options.step,
            past: Past::new(steps(MEMORY), steps(season), steps(WEEK), options.step),
            filling: None,
            models: models.into_iter().map(|model| Tracked::new(model, options)).collect(),
            regression: Regression::new(options.step),
            chosen: 0,
            ahead: 1,
            stride: 1,
            open: VecDeque::new(),
        }
    }

    /// Whether it was made with such options: steps and seasons of others do not fit what is remembered.
    pub(super) fn fits(&self, options: &PredictionOptions) -> bool {
        let other = Self::new(options);
        self.step == other.step
            && self.models.len() == other.models.len()
            && self.past.longest_gap() == other.past.longest_gap()
    }

    /// Demand at a time; forecasts are made for `horizon` seconds later.
    pub(super) fn observe(&mut self, demand: f64, now: f64, horizon: f64, options: &PredictionOptions) {
        let step = (now / self.step).floor() as i64;
        self.look_ahead(step, horizon);
        match &mut self.filling {
            // The clock went back over the border of a step: what is known stays, this one is filled later.
            Some((filling, ..)) if step < *filling => {}
            Some((filling, sum, count)) if step == *filling => {
                *sum += demand;
                *count += 1;
            }
            Some((filling, sum, count)) => {
                let (ended, mean) = (*filling, *sum / f64::from(*count));
                self.end_step(ended, mean, options);
                let missed = usize::try_from(step - ended - 1).unwrap_or_default();
                if missed > self.past.longest_gap() {
                    self.restart(true);
                }
                // Steps that nobody saw repeat the last one, and are no evidence for or against a model.
                (0..missed.min(self.past.longest_gap())).for_each(|_| self.past.push(mean));
                self.filling = Some((step, demand, 1));
            }
            None => self.filling = Some((step, demand, 1)),
        }
    }

    /// How many steps forecasts look ahead: so many that the step they are for will be seen, where steps are seen at a
    /// distance. One that nobody sees tells nothing of a model, and one that was never told of is never believed.
    fn look_ahead(&mut self, step: i64, horizon: f64) {
        let least = (horizon / self.step).ceil().clamp(1.0, 500.0) as usize;
        let passed = self.filling.and_then(|(filling, ..)| usize::try_from(step - filling).ok());
        // A longer silence is a gap, not the pace of the host.
        if let Some(passed) = passed.filter(|passed| (1..=LONGEST_STRIDE * least).contains(passed)) {
            self.stride = passed;
        }
        self.ahead = least.next_multiple_of(self.stride);
        self.regression.aim(self.ahead);
    }

    /// Time is not what it was: what is open is dropped, and what is remembered where it is too far off to be of use.
    pub(super) fn restart(&mut self, forget: bool) {
        self.filling = None;
        self.open.clear();
        if forget {
            self.past.clear();
        }
    }

    fn end_step(&mut self, step: i64, actual: f64, options: &PredictionOptions) {
        // Before anything is learned of this step: what was told in its course knew no more.
        let features = self.regression.features(&self.past, actual, self.ahead);
        let forecast = |tracked: &Tracked| Some(tracked.issue(self.by(tracked.model, actual, features.as_ref())?));
        let forecasts = self.models.iter().map(forecast).collect();
        while self.open.front().is_some_and(|open| open.due <= step) {
            let Some(open) = self.open.pop_front().filter(|open| open.due == step) else { continue };
            for (tracked, forecast) in self.models.iter_mut().zip(open.forecasts) {
                if let Some(issued) = forecast {
                    tracked.score(&issued, open.last, self.ahead, actual, options);
                }
            }
            if let Some(features) = open.features {
                self.regression.learn(&features, actual);
            }
        }
        self.open.push_back(Open { due: step + self.ahead as i64, last: actual, features, forecasts });
        self.past.push(actual);
        self.choose();
    }

    /// What a model says after a last step that is not in the past yet.
    fn by(&self, model: ForecastModel, last: f64, features: Option<&Features>) -> Option<f64> {
        match model {
            ForecastModel::Regression => self.regression.forecast(features?),
            _ => self.past.forecast(model, last, self.ahead),
        }
    }

    /// Believe the cheapest of the models that are not much worse than repeating the last value, which that itself never
    /// is.
    fn choose(&mut self) {
        let cost = |at: usize| {
            let trusted = self.models.get(at).filter(|tracked| tracked.trusted);
            trusted.and_then(Tracked::mean_cost).unwrap_or(f64::INFINITY)
        };
        let best = (0..self.models.len()).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(0);
        let present = cost(self.chosen);
        if !present.is_finite() || cost(best) < present * (1.0 - LEAD) {
            self.chosen = best;
        }
    }

    /// The forecast of the model that is believed; `None` until it has been tried.
    pub(super) fn forecast(&self) -> Option<DemandForecast> {
        let tracked = self.models.get(self.chosen)?;
        // The step that is being filled is the last one.
        let last = self.filling.map(|(_, sum, count)| sum / f64::from(count)).or_else(|| self.past.last())?;
        let regressed = tracked.model == ForecastModel::Regression;
        let features = if regressed { self.regression.features(&self.past, last, self.ahead) } else { None };
        let value = self.by(tracked.model, last, features.as_ref())?;
        let (lower, upper) = tracked.issue(value).interval?;
        let horizon = self.ahead as f64 * self.step;
        Some(DemandForecast { model: tracked.model, horizon, value, upper, lower })
    }

    /// How far demand usually strays from a forecast of the model that is believed, in calm and in busy times alike.
    pub(super) fn usual_error(&self, forecast: f64) -> f64 {
        self.models.get(self.chosen).map_or(0.0, |tracked| tracked.usual_error(forecast))
    }

    /// A cheaper model that is left out because of its errors, and these by those of repeating the last value.
    pub(super) fn distrusted(&self) -> Option<(ForecastModel, f64)> {
        let present = self.models.get(self.chosen).and_then(Tracked::mean_cost)?;
        let cheaper = |tracked: &&Tracked| !tracked.trusted && tracked.mean_cost().is_some_and(|cost| cost < present);
        self.models.iter().find(cheaper).and_then(|tracked| Some((tracked.model, tracked.mase()?)))
    }

    pub(super) fn accuracy(&self) -> Vec<ForecastAccuracy> {
        let of = |(at, tracked): (usize, &Tracked)| tracked.accuracy(at == self.chosen);
        self.models.iter().enumerate().filter_map(of).collect()
    }
}
