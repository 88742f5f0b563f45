//! How a collector records, and what it keeps.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tiers::Plan;
use crate::config::{finite, number, within};
use crate::error::{Error, ErrorCode, Result};

/// Options of a [`Collector`](super::Collector).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CollectorOptions {
    /// Lengths of the time windows by name, in seconds: 1m, 5m, 15m, 1h and 24h. A window is answered to a sixtieth of
    /// its length, and to a second where it is shorter than two minutes.
    pub time_windows: BTreeMap<String, u32>,
    /// What is kept beyond the longest window, in longer and longer slots, the shortest first; nothing by default.
    pub retention: Vec<RetentionTier>,
    /// Single observations that are kept beside the sketches, for exact answers about the most recent; 0 to 10,000,000.
    /// The series that are recorded into share them alike, and one series alone has half.
    pub max_buffer_size: usize,
    /// Quantiles are off by at most this share of their value, 0.0001 to 0.1.
    #[serde(deserialize_with = "number")]
    pub relative_error: f64,
    /// Series of one metric, 1 to 1,000,000. What has other labels goes into one series more, which is labelled
    /// `overflow="true"`, and is counted.
    pub max_series_per_metric: usize,
    /// Series of all metrics together, 1 to 10,000,000; counted likewise beyond.
    pub max_series: usize,
    /// Observations that claim to be later than the clock by more than this many seconds are refused.
    #[serde(deserialize_with = "number")]
    pub max_ahead: f64,
}

/// Slots that are kept for longer than any window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionTier {
    /// Seconds of a slot: a multiple of those of the slots before.
    pub resolution: u32,
    /// Seconds for which slots are kept: more than those before.
    pub keep: u32,
}

/// Further slots than these would only take time.
const MOST_RETENTIONS: usize = 8;

impl Default for CollectorOptions {
    fn default() -> Self {
        let windows = [("1m", 60), ("5m", 300), ("15m", 900), ("1h", 3600), ("24h", 86_400)];
        Self {
            time_windows: windows.map(|(name, seconds)| (name.to_owned(), seconds)).into(),
            retention: Vec::new(),
            max_buffer_size: 10_000,
            relative_error: 0.01,
            max_series_per_metric: 2_000,
            max_series: 100_000,
            max_ahead: 86_400.0,
        }
    }
}

impl CollectorOptions {
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`], with the option's name.
    pub fn check(&self) -> Result<()> {
        let count = |field: &str, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            let message = format!("{field} is {value}, not in {least} to {most}");
            Err(Error::new(ErrorCode::ConfigOutOfRange, message).field(field))
        };
        count("max_buffer_size", self.max_buffer_size, 0, 10_000_000)?;
        count("max_series_per_metric", self.max_series_per_metric, 1, 1_000_000)?;
        count("max_series", self.max_series, 1, 10_000_000)?;
        count("time_windows", self.time_windows.len(), 1, 32)?;
        within("relative_error", self.relative_error, 0.0001, 0.1)?;
        if finite("max_ahead", self.max_ahead)? < 0.0 {
            let message = format!("max_ahead is {}, below 0", self.max_ahead);
            return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("max_ahead"));
        }
        count("retention", self.retention.len(), 0, MOST_RETENTIONS)?;
        self.plan()?;
        for (name, seconds) in &self.time_windows {
            if name.is_empty() || !(1..=366 * 86_400).contains(seconds) {
                let message = format!("the window {name:?} of {seconds} s is not 1 s to 366 days long, or has no name");
                return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("time_windows"));
            }
        }
        Ok(())
    }

    /// The slots that windows and retention make.
    pub(super) fn plan(&self) -> Result<Plan> {
        let mut plan = Plan::new(self.time_windows.values().copied());
        for (at, kept) in self.retention.iter().enumerate() {
            plan.keep(i64::from(kept.resolution), i64::from(kept.keep)).map_err(|(slot, span)| {
                let message = format!("slots of {} s are not kept for {} s", kept.resolution, kept.keep);
                let error = Error::new(ErrorCode::ConfigOutOfRange, message).field(format!("retention[{at}]"));
                error.hint(format!("give a multiple of {slot} s, kept for more than {span} s"))
            })?;
        }
        Ok(plan)
    }
}
