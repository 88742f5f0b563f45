//! How demand is forecast.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{number, optional_number, within};
use crate::error::Result;

/// How demand is forecast, for the strategy `predictive`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PredictionOptions {
    /// The share of times that demand should stay within what is provisioned, 0.5 to 0.999.
    #[serde(deserialize_with = "number")]
    pub quantile: f64,
    /// Seconds that demand is averaged over before it is forecast, 5 to 3600.
    #[serde(deserialize_with = "number")]
    pub step: f64,
    /// Length of a season in seconds, 600 to two weeks; a day, and where there is history of a week also that, where it
    /// is not given.
    #[serde(deserialize_with = "optional_number")]
    pub season: Option<f64>,
    /// What a missing instance costs, in extra instances, where models are compared; 1 to 10,000. Where it is not given,
    /// what makes `quantile` the cheapest choice: `quantile / (1 - quantile)`.
    #[serde(deserialize_with = "optional_number")]
    pub shortage_cost: Option<f64>,
    /// Seconds after which an error counts half as much, where models are compared.
    #[serde(deserialize_with = "number")]
    pub half_life: f64,
    /// A model is left out while its error is larger than that of repeating the last value by this factor, and taken
    /// again below it; 1 to 100.
    #[serde(deserialize_with = "number")]
    pub fallback_error: f64,
}

impl Default for PredictionOptions {
    fn default() -> Self {
        Self {
            quantile: 0.95,
            step: 15.0,
            season: None,
            shortage_cost: None,
            half_life: 6.0 * 3600.0,
            fallback_error: 1.25,
        }
    }
}

impl PredictionOptions {
    /// What a missing instance costs, in extra instances.
    pub(in crate::scaling) fn shortage(&self) -> f64 {
        self.shortage_cost.unwrap_or(self.quantile / (1.0 - self.quantile))
    }

    pub(super) fn check(&self) -> Result<()> {
        within("prediction.quantile", self.quantile, 0.5, 0.999)?;
        within("prediction.step", self.step, 5.0, 3600.0)?;
        self.season
            .iter()
            .try_for_each(|season| within("prediction.season", *season, 600.0, 14.0 * 86_400.0).map(drop))?;
        self.shortage_cost.iter().try_for_each(|cost| within("prediction.shortage_cost", *cost, 1.0, 1e4).map(drop))?;
        within("prediction.half_life", self.half_life, 60.0, 30.0 * 86_400.0)?;
        within("prediction.fallback_error", self.fallback_error, 1.0, 100.0).map(drop)
    }
}
