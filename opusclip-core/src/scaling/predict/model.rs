//! Cheap models of demand, each a few sums over what is remembered.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Seconds.
pub(super) const DAY: f64 = 86_400.0;
pub(super) const WEEK: f64 = 7.0 * DAY;

/// A model of demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ForecastModel {
    /// The last step again.
    LastValue,
    /// The mean of the last steps.
    Level,
    /// That with a damped trend (Gardner and McKenzie 1985).
    Trend,
    /// The level, moved as it moved a season (a day) ago.
    Season,
    /// The level, moved as it moved a week ago.
    Week,
    /// The mean of season and trend.
    SeasonAndTrend,
}

/// The weight of a new step in the level, and of a new level in the trend.
const NEW_LEVEL: f64 = 0.25;
const NEW_TREND: f64 = 0.05;
/// A trend weakens by this each step.
const DAMPING: f64 = 0.97;
/// Seasons are read from means over this many seconds, lest yesterday's noise be provisioned.
const SMOOTHING: f64 = 900.0;
/// Demand moved by more than this factor since the same time of a season ago is another thing.
const MOST_CHANGE: f64 = 4.0;

/// Means of past steps, the newest last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    steps: VecDeque<f32>,
    most: usize,
    season: usize,
    week: usize,
    /// Steps that are averaged to read a season.
    smooth: usize,
    level: f64,
    trend: f64,
}

impl Past {
    pub(super) fn new(most: usize, season: usize, week: usize, step: f64) -> Self {
        let smooth = (SMOOTHING / step).round().max(1.0) as usize;
        Self { steps: VecDeque::new(), most: most.max(season * 2), season, week, smooth, level: 0.0, trend: 0.0 }
    }

    /// After more steps than this that nobody saw, what is remembered is of no use.
    pub(super) fn longest_gap(&self) -> usize {
        self.season
    }

    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.trend = 0.0;
    }

    pub(super) fn push(&mut self, demand: f64) {
        if self.steps.is_empty() {
            self.level = demand;
        } else {
            let before = self.level;
            self.level += NEW_LEVEL * (demand - self.level);
            self.trend += NEW_TREND * (self.level - before - self.trend);
        }
        if self.steps.len() >= self.most {
            self.steps.pop_front();
        }
        self.steps.push_back(demand as f32);
    }

    /// So many steps ahead; `None` where the past does not reach far enough.
    pub(super) fn forecast(&self, model: ForecastModel, ahead: usize) -> Option<f64> {
        let forecast = match model {
            ForecastModel::LastValue => f64::from(*self.steps.back()?),
            ForecastModel::Level => (!self.steps.is_empty()).then_some(self.level)?,
            ForecastModel::Trend => self.with_trend(ahead)?,
            ForecastModel::Season => self.moved(self.season, ahead)?,
            ForecastModel::Week => self.moved(self.week, ahead)?,
            ForecastModel::SeasonAndTrend => f64::midpoint(self.moved(self.season, ahead)?, self.with_trend(ahead)?),
        };
        Some(forecast.max(0.0))
    }

    fn with_trend(&self, ahead: usize) -> Option<f64> {
        // The sum of the damped steps.
        let steps = DAMPING * (1.0 - DAMPING.powi(ahead as i32)) / (1.0 - DAMPING);
        (self.steps.len() > 1).then_some(self.level + self.trend * steps)
    }

    /// The level by how it changed over the same time a season ago, the mean of up to two seasons.
    fn moved(&self, season: usize, ahead: usize) -> Option<f64> {
        let change = |seasons: usize| {
            let now = self.around(season * seasons)?;
            let then = self.around((season * seasons).checked_sub(ahead)?)?;
            Some((then.max(1e-9) / now.max(1e-9)).clamp(1.0 / MOST_CHANGE, MOST_CHANGE))
        };
        let last = change(1)?;
        let mean = change(2).map_or(last, |before| f64::midpoint(last, before));
        Some(self.level * mean)
    }

    /// The mean around a step so many before the last.
    fn around(&self, ago: usize) -> Option<f64> {
        let middle = self.steps.len().checked_sub(1)?.checked_sub(ago)?;
        let from = middle.checked_sub(self.smooth / 2)?;
        let to = (middle + self.smooth / 2 + 1).min(self.steps.len());
        let sum: f64 = self.steps.range(from..to).map(|step| f64::from(*step)).sum();
        Some(sum / (to - from) as f64)
    }
}
