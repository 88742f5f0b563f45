//! Metrics recorded and asked: what is happening, is it unusual, where is it going?
//!
//! | module | what is in it |
//! |---|---|
//! | [`collect`] | metrics are recorded, and windows of time are asked |
//! | [`anomaly`] | what in a stream is unlike anything before |
//! | [`forecast`] | what comes next, with intervals, and when a limit is reached |
//! | [`business`] | funnels, retention, active people, revenue, lifetime value, experiments, drivers of a change |
//! | [`samples`] | numbers with their times, brought onto a regular grid |
//! | [`table`] | tables from files: CSV, NDJSON, Parquet |
//! | [`export`] | what was recorded as CSV, NDJSON, Parquet and OTLP |
//! | [`trend`](mod@trend) | is it rising, how fast, since when, where did it jump? |
//! | [`correlate`](mod@correlate) | what moves together, what follows what, what moved with an anomaly? |
//!
//! Every analysis is a pure function of the numbers it is given. Its result says the answer in numbers and in one
//! sentence, by which method it was found, and what that method takes for granted ([`Explanation`]).

pub mod anomaly;
pub mod business;
pub mod collect;
pub mod correlate;
mod dashboard;
pub mod export;
pub mod forecast;
mod process;
pub mod samples;
mod stats;
pub mod table;
pub mod trend;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use collect::{
    BatchOutcome, Clock, Collector, CollectorOptions, Counter, Distinct, Distribution, DropReason, Dropped, Exposition,
    History, HistoryQuery, HistorySeries, MetricInfo, MetricType, RetentionTier, WindowStats,
};
pub use dashboard::{Dashboard, MetricAnomaly, MetricCard, MetricForecast};
pub use process::{AnalysisRequest, AnalysisType, AnalyticsResult};
pub use samples::{Regular, Samples};

/// How an analysis came to its result, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The result as one sentence.
    pub sentence: String,
    /// The method by its name in the literature, with its settings.
    pub method: String,
    /// What the method takes for granted.
    pub assumptions: Vec<String>,
}
