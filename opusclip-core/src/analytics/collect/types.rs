//! Public data of a collector.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of numbers a metric has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MetricType {
    /// Amounts that are added up; each is 0 or more.
    Counter,
    /// A state that rises and falls.
    Gauge,
    /// Single observations, of which quantiles are asked.
    Histogram,
    /// The same as a histogram, exported as quantiles instead of buckets.
    Summary,
    /// Members such as people, of which it is asked how many different ones there were.
    Distinct,
}

impl MetricType {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
            Self::Distinct => "distinct",
        }
    }
}

/// What a metric was within a time window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowStats {
    /// Name of the metric.
    pub metric: String,
    /// The labels that were asked for; series with further ones are added up.
    pub labels: BTreeMap<String, String>,
    /// What kind of metric it is.
    pub metric_type: MetricType,
    /// Name of the window.
    pub window: String,
    /// Unix seconds after which the window begins.
    pub start: f64,
    /// Unix seconds of its end: when it was asked.
    pub end: f64,
    /// How many series were added up.
    pub series: usize,
    /// How many observations; of a counter, how much it rose.
    pub count: f64,
    /// The sum of all values; of a counter, how much it rose.
    pub sum: f64,
    /// `count` for each second of the window.
    pub rate: f64,
    /// Of distinct members how many there were, which is `count` too: exact up to 2,048, then with a standard error of
    /// 0.8 %.
    pub distinct: Option<f64>,
    /// The mean value. This and all below are left out without observations, for counters and for distinct members.
    pub mean: Option<f64>,
    /// The least value.
    pub min: Option<f64>,
    /// The greatest value.
    pub max: Option<f64>,
    /// The latest value, whether or not it lies within the window.
    pub last: Option<f64>,
    /// Half of the values are below; off by at most the collector's relative error, as are those below.
    pub p50: Option<f64>,
    /// 90 % of the values are below.
    pub p90: Option<f64>,
    /// 95 % of the values are below.
    pub p95: Option<f64>,
    /// 99 % of the values are below.
    pub p99: Option<f64>,
}

/// A metric that a collector knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricInfo {
    /// Its name.
    pub name: String,
    /// What kind of numbers it has.
    pub metric_type: MetricType,
    /// How many series: sets of labels.
    pub series: usize,
}

/// How many of a batch were recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchOutcome {
    /// Observations that were recorded.
    pub recorded: u64,
    /// Observations that were not; [`Collector::drops`](super::Collector::drops) says why.
    pub dropped: u64,
}

impl BatchOutcome {
    pub(super) fn count(&mut self, recorded: bool) {
        self.recorded += u64::from(recorded);
        self.dropped += u64::from(!recorded);
    }
}
