//! What could not be recorded as it was meant, counted.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why an observation was not recorded, or not where it was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DropReason {
    /// It is NaN or infinite.
    NotFinite,
    /// A counter would have fallen.
    Negative,
    /// It is older than what is kept.
    TooOld,
    /// It claims to be later than the clock by more than `max_ahead`.
    TooFarAhead,
    /// Its labels are more than `max_series_per_metric` or `max_series` allow; it was recorded with `overflow="true"`.
    TooManySeries,
}

/// Observations of one metric that were not recorded, or not where they were meant to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// Name of the metric.
    pub metric: String,
    /// Why.
    pub reason: DropReason,
    /// How many.
    pub count: u64,
}

/// Counts by metric and reason.
#[derive(Debug, Default)]
pub(super) struct Drops(Mutex<BTreeMap<(Box<str>, DropReason), u64>>);

/// Further metrics are counted together under an empty name.
const MOST_METRICS: usize = 10_000;

impl Drops {
    #[cold]
    pub(super) fn count(&self, metric: &str, reason: DropReason) {
        let mut counts = self.0.lock();
        let key = if counts.len() < MOST_METRICS { metric } else { "" };
        *counts.entry((key.into(), reason)).or_default() += 1;
    }

    pub(super) fn list(&self) -> Vec<Dropped> {
        let counts = self.0.lock();
        let drop = |((metric, reason), count): (&(Box<str>, DropReason), &u64)| Dropped {
            metric: metric.to_string(),
            reason: *reason,
            count: *count,
        };
        counts.iter().map(drop).collect()
    }
}
