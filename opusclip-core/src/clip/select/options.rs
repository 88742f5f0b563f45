//! What the caller wants chosen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{number, within};
use crate::error::{Error, ErrorCode, Result};

/// How many clips, how long, and how much room around the words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SelectOptions {
    /// How many clips at most. Default 3.
    pub count: usize,
    /// Shortest clip in seconds, lead-in and tail included. Default 15.
    #[serde(alias = "minDuration", deserialize_with = "number")]
    pub min_duration: f64,
    /// Longest clip in seconds, lead-in and tail included. Default 59: from 60 s a Short with claimed music is blocked.
    #[serde(alias = "maxDuration", deserialize_with = "number")]
    pub max_duration: f64,
    /// Seconds kept before the first word, where the pause before it allows. Default 0.2.
    #[serde(alias = "leadIn", deserialize_with = "number")]
    pub lead_in: f64,
    /// Seconds kept after the last word, where the pause after it allows. Default 0.7.
    #[serde(deserialize_with = "number")]
    pub tail: f64,
}

impl Default for SelectOptions {
    fn default() -> Self {
        Self { count: 3, min_duration: 15.0, max_duration: 59.0, lead_in: 0.2, tail: 0.7 }
    }
}

/// More clips than this are a mistake rather than a wish.
const MOST_CLIPS: usize = 1000;

impl SelectOptions {
    /// Check every option and how they fit together.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`], naming the option.
    pub fn validate(&self) -> Result<()> {
        if self.count == 0 || self.count > MOST_CLIPS {
            return Err(Error::new(
                ErrorCode::ConfigOutOfRange,
                format!("count is {}, not in 1 to {MOST_CLIPS}", self.count),
            )
            .field("count")
            .hint("ask for at least one clip"));
        }
        within("min_duration", self.min_duration, 1.0, 900.0)?;
        within("max_duration", self.max_duration, 1.0, 900.0)?;
        within("lead_in", self.lead_in, 0.0, 5.0)?;
        within("tail", self.tail, 0.0, 5.0)?;
        if self.min_duration > self.max_duration {
            return Err(Error::new(
                ErrorCode::ConfigOutOfRange,
                format!("min_duration {} is over max_duration {}", self.min_duration, self.max_duration),
            )
            .field("min_duration")
            .hint("give a minimum at most as long as the maximum"));
        }
        Ok(())
    }
}
