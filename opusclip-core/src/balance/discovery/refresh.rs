//! When a source is asked again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::balance::hash;
use crate::balance::options::{LONGEST, time};
use crate::config::{number, within};
use crate::error::Result;

/// Options of [`Refresh`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RefreshOptions {
    /// Seconds between looks.
    #[serde(deserialize_with = "number")]
    pub interval: f64,
    /// A look comes earlier by up to this share, 0 to 1, so that many callers do not ask at once.
    #[serde(deserialize_with = "number")]
    pub jitter: f64,
    /// After a failure the source is asked again after so many seconds, twice as many after each further one, but never
    /// later than otherwise.
    #[serde(deserialize_with = "number")]
    pub retry: f64,
    /// What is drawn depends on it.
    pub seed: u64,
}

impl Default for RefreshOptions {
    fn default() -> Self {
        Self { interval: 30.0, jitter: 0.2, retry: 1.0, seed: 0 }
    }
}

/// When a source is asked again: a state machine that is told how each look went.
#[derive(Debug, Clone)]
pub struct Refresh {
    options: RefreshOptions,
    drawn: u64,
    failures: i32,
}

impl Refresh {
    /// # Errors
    /// [`ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) or
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite), with the option's name.
    pub fn new(options: RefreshOptions) -> Result<Self> {
        within("interval", options.interval, 0.001, LONGEST)?;
        within("jitter", options.jitter, 0.0, 1.0)?;
        within("retry", options.retry, 0.001, LONGEST)?;
        Ok(Self { options, drawn: 0, failures: 0 })
    }

    /// A look ended now (Unix seconds); gives when the next one is due.
    ///
    /// # Errors
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn looked(&mut self, succeeded: bool, now: f64) -> Result<f64> {
        let now = time(now)?;
        self.failures = if succeeded { 0 } else { self.failures.saturating_add(1) };
        let span = match self.failures {
            0 => self.options.interval,
            failures => (self.options.retry * 2f64.powi(failures - 1)).min(self.options.interval),
        };
        self.drawn += 1;
        let earlier = self.options.jitter * hash::unit(hash::mix(self.options.seed ^ hash::mix(self.drawn)));
        Ok(now + span * (1.0 - earlier))
    }

    /// Looks that have failed since the last one that did not.
    pub fn failures(&self) -> u32 {
        self.failures.unsigned_abs()
    }
}
