//! All that a collector recorded, at a glance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::anomaly::{AnomalyOptions, ScoredPoint, detect};
use super::collect::{Collector, Dropped, MetricInfo, MetricType, WindowStats};
use super::forecast::{ForecastOptions, forecast};
use crate::error::{ErrorCode, Result};

/// What a page of figures shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// Unix seconds of the moment it shows.
    pub time: f64,
    /// All metrics over the shortest window.
    pub live: Vec<MetricCard>,
    /// Gauges, histograms and summaries over the window of about an hour.
    pub performance: Vec<MetricCard>,
    /// Counters and distinct members over the window of about an hour.
    pub business: Vec<MetricCard>,
    /// What was unusual within that window, the latest first.
    pub anomalies: Vec<MetricAnomaly>,
    /// What comes next, of metrics with enough observations.
    pub forecasts: Vec<MetricForecast>,
    /// How many metrics there is no room for.
    pub more: usize,
    /// What was not recorded as it was meant.
    pub dropped: Vec<Dropped>,
}

/// One metric over a window, with the window before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricCard {
    /// The figures of the window.
    pub stats: WindowStats,
    /// The figure that stands for it: of counters the rise, of distinct members how many there were, otherwise the mean.
    pub value: Option<f64>,
    /// The same of the window before, while that is kept.
    pub previous: Option<f64>,
    /// By which share of the window before it changed.
    pub change: Option<f64>,
    /// The metric over the window at equal distances, as a small curve; `None` where nothing was recorded.
    pub sparkline: Vec<Option<f64>>,
}

/// Something unusual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricAnomaly {
    /// Name of the metric.
    pub metric: String,
    /// What was unusual.
    pub point: ScoredPoint,
}

/// What comes next of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricForecast {
    /// Name of the metric.
    pub metric: String,
    /// Unix seconds of the first value.
    pub start: f64,
    /// Seconds between two values.
    pub step: f64,
    /// The expected values.
    pub mean: Vec<f64>,
    /// Lower ends of the intervals.
    pub low: Vec<f64>,
    /// Upper ends of the intervals.
    pub high: Vec<f64>,
    /// The forecast in one sentence.
    pub sentence: String,
}

/// Metrics of a section.
const MOST: usize = 50;
/// Metrics that are searched for anomalies and forecast.
const LOOKED_AT: usize = 20;
/// Steps that are forecast.
const AHEAD: usize = 12;
/// A dashboard speaks of about an hour.
const HOUR: u32 = 3600;

impl Collector {
    /// A page of figures that ends `now` (Unix seconds; the clock's by default).
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`] for a time that is none.
    pub fn dashboard(&self, now: Option<f64>) -> Result<Dashboard> {
        let now = now.unwrap_or_else(|| self.clock().now());
        let mut windows: Vec<(&String, u32)> =
            self.options().time_windows.iter().map(|(name, seconds)| (name, *seconds)).collect();
        windows.sort_by_key(|(_, seconds)| *seconds);
        let shortest = windows.first().map_or("", |(name, _)| name.as_str());
        let hour =
            windows.iter().rev().find(|(_, seconds)| *seconds <= HOUR).map_or(shortest, |(name, _)| name.as_str());
        let metrics = self.metrics();
        let shown = || metrics.iter().take(MOST);
        let cards = |window: &str, wanted: fn(&MetricInfo) -> bool| -> Result<Vec<MetricCard>> {
            shown().filter(|metric| wanted(metric)).map(|metric| self.card(&metric.name, window, now)).collect()
        };
        let mut dashboard = Dashboard {
            time: now,
            live: cards(shortest, |_| true)?,
            performance: cards(hour, |metric| !is_business(metric.metric_type))?,
            business: cards(hour, |metric| is_business(metric.metric_type))?,
            anomalies: Vec::new(),
            forecasts: Vec::new(),
            more: metrics.len().saturating_sub(MOST),
            dropped: self.drops(),
        };
        for metric in metrics.iter().take(LOOKED_AT) {
            dashboard.anomalies.extend(self.unusual(&metric.name, hour, now)?);
            dashboard.forecasts.extend(self.next(&metric.name, hour, now)?);
        }
        dashboard.anomalies.sort_by(|a, b| b.point.time.total_cmp(&a.point.time));
        Ok(dashboard)
    }

    fn card(&self, name: &str, window: &str, now: f64) -> Result<MetricCard> {
        let stats = self.window(name, &[], window, Some(now))?;
        let figure = |stats: &WindowStats| match stats.metric_type {
            MetricType::Counter => Some(stats.sum),
            MetricType::Distinct => stats.distinct,
            _ => stats.mean,
        };
        let length = f64::from(self.window_seconds(window)?);
        let longest = self.options().time_windows.values().copied().max().unwrap_or_default();
        let previous = if 2.0 * length <= f64::from(longest) {
            figure(&self.window(name, &[], window, Some(now - length))?)
        } else {
            None
        };
        let value = figure(&stats);
        let change =
            value.zip(previous).filter(|(_, before)| *before != 0.0).map(|(now, before)| (now - before) / before.abs());
        let samples = self.samples(name, &[], window, Some(now))?;
        let values = if samples.len() < 2 { samples.values().to_vec() } else { self.on_grid(&samples, window)?.values };
        let sparkline = values.into_iter().map(|value| value.is_finite().then_some(value)).collect();
        Ok(MetricCard { stats, value, previous, change, sparkline })
    }

    fn unusual(&self, name: &str, window: &str, now: f64) -> Result<Vec<MetricAnomaly>> {
        let samples = self.samples(name, &[], window, Some(now))?;
        let found = some_if_enough(detect(&samples, &AnomalyOptions::default()))?;
        let named = |point| MetricAnomaly { metric: name.to_owned(), point };
        Ok(found.into_iter().flat_map(|found| found.points).map(named).collect())
    }

    fn next(&self, name: &str, window: &str, now: f64) -> Result<Option<MetricForecast>> {
        let samples = self.samples(name, &[], window, Some(now))?;
        let options = ForecastOptions { horizon: AHEAD, ..ForecastOptions::default() };
        let made = self.on_grid(&samples, window).and_then(|regular| forecast(&regular, &options));
        let named = |made: super::forecast::Forecast| MetricForecast {
            metric: name.to_owned(),
            start: made.start,
            step: made.step,
            mean: made.mean,
            low: made.low,
            high: made.high,
            sentence: made.explanation.sentence,
        };
        Ok(some_if_enough(made)?.map(named))
    }
}

fn is_business(metric_type: MetricType) -> bool {
    matches!(metric_type, MetricType::Counter | MetricType::Distinct)
}

/// Metrics that have just begun are shown without anomalies and forecasts.
fn some_if_enough<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code() == ErrorCode::DataTooFew => Ok(None),
        Err(error) => Err(error),
    }
}
