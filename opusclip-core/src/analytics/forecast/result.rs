//! What a forecast says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::Method;
use crate::analytics::Explanation;

/// Future values with their intervals, and how far they can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// Unix seconds of the first step.
    pub start: f64,
    /// Seconds from one step to the next.
    pub step: f64,
    /// The expected value of each step.
    pub mean: Vec<f64>,
    /// The lower bound of each step's interval.
    pub low: Vec<f64>,
    /// The upper bound of each step's interval.
    pub high: Vec<f64>,
    /// The share of future values that the intervals are meant to hold.
    pub level: f64,
    /// The family that was used; [`Method::Combination`] for several candidates together.
    pub method: Method,
    /// Everything that was tried, the most accurate first.
    pub candidates: Vec<Candidate>,
    /// How accurate this way of forecasting was in the backtest.
    pub accuracy: Accuracy,
    /// The seasons that were used, in steps.
    pub seasons: Vec<usize>,
    /// In words.
    pub explanation: Explanation,
}

/// One way to forecast that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Its family.
    pub method: Method,
    /// Its settings in words.
    pub settings: String,
    /// Its error in the backtest: the mean of absolute and of percentage error, each as a share of that of the simplest
    /// candidate (the season or the last value repeated, where it is among them). Below 1 is better than that.
    pub error: f64,
    /// Its share in the forecast, 0 to 1.
    pub weight: f64,
}

/// Accuracy in the backtest, where each origin was forecast without the values after it, and without them in the choice
/// of weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Symmetric mean absolute percentage error, 0 to 200.
    pub smape: f64,
    /// Mean absolute scaled error: 1 is the mean change from one season (or step, without a season) to the next
    /// (Hyndman and Koehler 2006). 0 where nothing ever changed.
    pub mase: f64,
    /// The share of values that lay in intervals told from the other origins.
    pub coverage: f64,
    /// How many origins were tried.
    pub folds: usize,
}
