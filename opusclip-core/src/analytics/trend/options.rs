use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{boolean, finite, number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// How a trend is looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrendOptions {
    /// How sure the interval of the slope is, 0.5 to 0.999. A trend is significant where its p is below 1 less this.
    #[serde(deserialize_with = "number")]
    pub confidence: f64,
    /// Whether a season is taken off first.
    #[serde(deserialize_with = "boolean")]
    pub seasonal: bool,
    /// The length of the season in seconds; found out if left out.
    #[serde(deserialize_with = "optional_number")]
    pub season: Option<f64>,
    /// Whether change points are looked for.
    #[serde(deserialize_with = "boolean")]
    pub change_points: bool,
    /// Between two change points are at least so many values, 3 or more.
    pub min_segment: usize,
    /// What the metric is called in the sentence.
    pub name: Option<String>,
    /// The unit of its values in the sentence.
    pub unit: Option<String>,
}

impl Default for TrendOptions {
    fn default() -> Self {
        Self {
            confidence: 0.95,
            seasonal: true,
            season: None,
            change_points: true,
            min_segment: 10,
            name: None,
            unit: None,
        }
    }
}

impl TrendOptions {
    /// Check what can be checked before the values are known.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`] with the option's name.
    pub fn validate(&self) -> Result<()> {
        within("confidence", self.confidence, 0.5, 0.999)?;
        if let Some(season) = self.season {
            finite("season", season)?;
            if season <= 0.0 {
                let message = format!("season is {season}, not above 0");
                return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("season"));
            }
        }
        if self.min_segment < 3 {
            let message = format!("min_segment is {}, less than 3", self.min_segment);
            return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("min_segment"));
        }
        Ok(())
    }
}
