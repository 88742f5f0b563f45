//! What is asked of a forecast.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config;
use crate::error::{Error, ErrorCode, Result};

/// How much work a forecast may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effort {
    /// Few candidates: for a thousand hourly values under a millisecond.
    Fast,
    /// More candidates and more origins to judge them from: for a thousand hourly values under 15 milliseconds.
    #[default]
    Thorough,
}

/// A family of forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// The last value carried on.
    Naive,
    /// The last value and the mean change so far (random walk with drift).
    Drift,
    /// Past seasons repeated: the last one or a mean of several, moved to the present level or not.
    SeasonalNaive,
    /// The Theta method (Assimakopoulos and Nikolopoulos 2000) on seasonally adjusted values.
    Theta,
    /// Exponential smoothing with a damped trend and up to two seasons (Holt 1957, Winters 1960, Gardner and McKenzie
    /// 1985, Taylor 2003).
    ExponentialSmoothing,
    /// Linear regression on values a few steps and a few seasons before, carried on step by step.
    Autoregression,
    /// A weighted mean of several.
    Combination,
}

impl Method {
    /// Its name in a sentence.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Drift => "random walk with drift",
            Self::SeasonalNaive => "seasonal naive",
            Self::Theta => "Theta",
            Self::ExponentialSmoothing => "exponential smoothing",
            Self::Autoregression => "autoregression",
            Self::Combination => "combination",
        }
    }
}

/// How a series is forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ForecastOptions {
    /// Steps to forecast, 1 to 10 000; 24 if left out.
    pub horizon: usize,
    /// Lengths of the seasons in steps, up to two count, such as 24 and 168 for hours; an empty list means none. Found
    /// from the values if left out.
    pub seasons: Option<Vec<usize>>,
    /// The share of future values that shall lie in the intervals, 0.5 to 0.999; 0.95 if left out.
    #[serde(deserialize_with = "config::number")]
    pub level: f64,
    /// How much work it may be.
    pub effort: Effort,
    /// Whether forecasts below zero are raised to it; if left out, where no value so far was negative.
    #[serde(deserialize_with = "config::optional_boolean")]
    pub non_negative: Option<bool>,
    /// Only this family of candidates; chosen by their errors in a backtest if left out.
    pub method: Option<Method>,
}

/// The longest horizon, in steps.
const LONGEST_HORIZON: usize = 10_000;
const LEVELS: (f64, f64) = (0.5, 0.999);

impl Default for ForecastOptions {
    fn default() -> Self {
        Self { horizon: 24, seasons: None, level: 0.95, effort: Effort::default(), non_negative: None, method: None }
    }
}

impl ForecastOptions {
    /// Check what can be checked before the values are known.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] for a horizon, a season or a level out of range, [`ErrorCode::ConfigNotFinite`]
    /// for a level that is no number.
    pub fn validate(&self) -> Result<()> {
        if !(1..=LONGEST_HORIZON).contains(&self.horizon) {
            let message = format!("horizon is {}, not in 1 to {LONGEST_HORIZON}", self.horizon);
            return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("horizon"));
        }
        config::within("level", self.level, LEVELS.0, LEVELS.1)?;
        check_seasons(self.seasons.as_deref())
    }
}

/// Refuses seasons of less than two steps.
pub(super) fn check_seasons(seasons: Option<&[usize]>) -> Result<()> {
    for (at, season) in seasons.iter().copied().flatten().enumerate() {
        if *season < 2 {
            let message = format!("season {at} has {season} steps, not at least 2");
            let error = Error::new(ErrorCode::ConfigOutOfRange, message).field(format!("seasons[{at}]"));
            return Err(error.hint("give an empty list for a series without seasons"));
        }
    }
    Ok(())
}
