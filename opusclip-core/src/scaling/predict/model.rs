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
    /// The last step, and what it lies above the mean of the last two minutes once more: what rises goes on for a while.
    Rise,
    /// The level with a damped trend (Gardner and McKenzie 1985).
    Trend,
    /// The level, moved as it moved a season (a day) ago.
    Season,
    /// The level, moved as it moved a week ago.
    Week,
    /// The last step, moved so, with its rise.
    SeasonAndRise,
    /// A regression on means of the last half hour and on the move of a season ago.
    Regression,
}

/// The weight of a new step in the level, and of a new level in the trend.
const NEW_LEVEL: f64 = 0.25;
const NEW_TREND: f64 = 0.05;
/// A trend weakens by this each step.
const DAMPING: f64 = 0.97;
/// What rises is told by the mean of so many seconds.
const RISING: f64 = 120.0;
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
    /// Steps whose mean tells what rises.
    rising: usize,
    level: f64,
    trend: f64,
}

impl Past {
    pub(super) fn new(most: usize, season: usize, week: usize, step: f64) -> Self {
        let smooth = (SMOOTHING / step).round().max(1.0) as usize;
        let rising = (RISING / step).round().max(2.0) as usize;
        Self {
            steps: VecDeque::new(),
            most: most.max(season * 2),
            season,
            week,
            smooth,
            rising,
            level: 0.0,
            trend: 0.0,
        }
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
        (self.level, self.trend) = self.with(demand);
        if self.steps.len() >= self.most {
            self.steps.pop_front();
        }
        self.steps.push_back(demand as f32);
    }

    /// What the last step would make of the level and the trend.
    fn with(&self, last: f64) -> (f64, f64) {
        if self.steps.is_empty() {
            return (last, 0.0);
        }
        let level = self.level + NEW_LEVEL * (last - self.level);
        (level, self.trend + NEW_TREND * (level - self.level - self.trend))
    }

    pub(super) fn last(&self) -> Option<f64> {
        self.steps.back().map(|last| f64::from(*last))
    }

    /// So many steps after a last one that is not in the past yet; `None` where the past does not reach far enough.
    pub(super) fn forecast(&self, model: ForecastModel, last: f64, ahead: usize) -> Option<f64> {
        let (level, trend) = self.with(last);
        let forecast = match model {
            ForecastModel::LastValue => last,
            ForecastModel::Level => level,
            ForecastModel::Rise => last + self.rise(last)?,
            ForecastModel::Trend => {
                // The sum of the damped steps.
                let steps = DAMPING * (1.0 - DAMPING.powi(ahead as i32)) / (1.0 - DAMPING);
                level + trend * steps
            }
            ForecastModel::Season => level * self.moved(self.season, ahead)?,
            ForecastModel::Week => level * self.moved(self.week, ahead)?,
            ForecastModel::SeasonAndRise => last * self.moved(self.season, ahead)? + self.rise(last)?,
            // It is no sum over the past alone.
            ForecastModel::Regression => return None,
        };
        Some(forecast.max(0.0))
    }

    /// The mean of so many steps, the newest of which is `age` steps before a last one that is not in the past yet.
    pub(super) fn mean_before(&self, last: f64, age: usize, steps: usize) -> Option<f64> {
        let new = usize::from(age == 0);
        let to = (self.steps.len() + 1).checked_sub(age + new)?;
        let from = (to + new).checked_sub(steps)?;
        let sum: f64 = self.steps.range(from..to).map(|step| f64::from(*step)).sum();
        Some((sum + if age == 0 { last } else { 0.0 }) / steps as f64)
    }

    /// The factor by which demand changed over the same time a season ago.
    pub(super) fn seasonal_move(&self, ahead: usize) -> Option<f64> {
        self.moved(self.season, ahead)
    }

    /// How far the last step lies above the mean of the last two minutes, which it is one of.
    fn rise(&self, last: f64) -> Option<f64> {
        let before = self.steps.len().checked_sub(self.rising - 1)?;
        let sum: f64 = self.steps.range(before..).map(|step| f64::from(*step)).sum();
        Some((last - (sum + last) / self.rising as f64).max(0.0))
    }

    /// The factor by which demand changed over the same time a season ago, the mean of up to two seasons.
    fn moved(&self, season: usize, ahead: usize) -> Option<f64> {
        let change = |seasons: usize| {
            // The last step itself is not in the past yet.
            let now = self.around((season * seasons).checked_sub(1)?)?;
            let then = self.around((season * seasons).checked_sub(ahead + 1)?)?;
            Some((then.max(1e-9) / now.max(1e-9)).clamp(1.0 / MOST_CHANGE, MOST_CHANGE))
        };
        let last = change(1)?;
        Some(change(2).map_or(last, |before| f64::midpoint(last, before)))
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
