//! One call for every analysis of what a collector recorded, as services ask for it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::anomaly::{Anomalies, AnomalyOptions, detect};
use super::collect::Collector;
use super::correlate::{Correlation, CorrelationOptions, correlate};
use super::forecast::{Forecast, ForecastOptions, LimitOptions, TimeToLimit, forecast, time_to_limit};
use super::samples::{Regular, Samples};
use super::trend::{Trend, TrendOptions, trend};
use crate::config::optional_number;
use crate::error::{Error, ErrorCode, Result};

/// What is asked of recorded metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnalysisType {
    /// Does it rise or fall, how fast, since when?
    TrendAnalysis,
    /// What is unusual, and why?
    AnomalyDetection,
    /// Do two metrics move together, and which leads?
    CorrelationAnalysis,
    /// What comes next?
    Forecast,
}

/// A question about recorded metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalysisRequest {
    /// What is asked.
    pub analysis_type: AnalysisType,
    /// The metric it is about.
    #[serde(default)]
    pub metric_name: Option<String>,
    /// The first metric of a correlation.
    #[serde(default)]
    pub metric1: Option<String>,
    /// The second metric of a correlation.
    #[serde(default)]
    pub metric2: Option<String>,
    /// Only series with these among their labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The window that is looked at.
    #[serde(default = "hour")]
    pub window: String,
    /// Anomalies are values this many robust standard deviations away; by default the score decides.
    #[serde(default, deserialize_with = "optional_number")]
    pub threshold: Option<f64>,
    /// Steps that are forecast, each a sixtieth of the window.
    #[serde(default = "steps")]
    pub horizon: usize,
    /// With a forecast: also say when this value is reached.
    #[serde(default, deserialize_with = "optional_number")]
    pub limit: Option<f64>,
}

fn hour() -> String {
    "1h".to_owned()
}

fn steps() -> usize {
    12
}

/// The answer to an [`AnalysisRequest`]; one of the last five is given, or two of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalyticsResult {
    /// What was asked.
    pub analysis_type: AnalysisType,
    /// The metrics it is about.
    pub metrics: Vec<String>,
    /// The window that was looked at.
    pub window: String,
    /// How many observations, or slots of them, were looked at.
    pub points: usize,
    /// The answer in one sentence.
    pub summary: String,
    /// The answer to a trend analysis.
    pub trend: Option<Trend>,
    /// The answer to an anomaly detection.
    pub anomalies: Option<Anomalies>,
    /// The answer to a correlation analysis.
    pub correlation: Option<Correlation>,
    /// The answer to a forecast.
    pub forecast: Option<Forecast>,
    /// When the limit that was asked for is reached.
    pub time_to_limit: Option<TimeToLimit>,
}

impl Collector {
    /// Analyse what was recorded within a window that ends `now` (Unix seconds; the clock's by default).
    ///
    /// # Errors
    /// [`ErrorCode::MetricUnknown`] and [`ErrorCode::WindowUnknown`] with what there is, [`ErrorCode::DataTooFew`] with
    /// how many are needed, [`ErrorCode::ConfigInvalid`] where a metric is not named.
    ///
    /// ```
    /// use opusclip_core::analytics::{AnalysisRequest, Clock, Collector, CollectorOptions};
    /// let now = 1_700_000_000.0;
    /// let collector = Collector::with_clock(CollectorOptions::default(), Clock::fixed(now))?;
    /// for age in 0..600 {
    ///     collector.record_at("queue", f64::from(600 - age), &[], now - f64::from(age), None)?;
    /// }
    /// let request = serde_json::json!({"analysis_type": "trend_analysis", "metric_name": "queue", "window": "15m"});
    /// let request: AnalysisRequest = opusclip_core::config::from_json(request)?;
    /// let trend = collector.process(&request, None)?.trend.unwrap();
    /// assert!((trend.slope.estimate.per_second - 1.0).abs() < 0.01);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn process(&self, request: &AnalysisRequest, now: Option<f64>) -> Result<AnalyticsResult> {
        let labels: Vec<(&str, &str)> =
            request.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let samples = |name: &str| self.samples(name, &labels, &request.window, now);
        let mut result = AnalyticsResult {
            analysis_type: request.analysis_type,
            metrics: Vec::new(),
            window: request.window.clone(),
            points: 0,
            summary: String::new(),
            trend: None,
            anomalies: None,
            correlation: None,
            forecast: None,
            time_to_limit: None,
        };
        if request.analysis_type == AnalysisType::CorrelationAnalysis {
            let (first, second) = (named(&request.metric1, "metric1")?, named(&request.metric2, "metric2")?);
            let (a, b) = (samples(first)?, samples(second)?);
            result.metrics = vec![first.to_owned(), second.to_owned()];
            result.points = a.len().min(b.len());
            let step = self.grid_step(&request.window)?;
            let names = Some([first.to_owned(), second.to_owned()]);
            let options = CorrelationOptions { step: Some(step), names, ..CorrelationOptions::default() };
            let found = correlate(&a, &b, &options)?;
            result.summary.clone_from(&found.explanation.sentence);
            result.correlation = Some(found);
            return Ok(result);
        }
        let name = named(&request.metric_name, "metric_name")?;
        let recorded = samples(name)?;
        result.metrics = vec![name.to_owned()];
        result.points = recorded.len();
        match request.analysis_type {
            AnalysisType::TrendAnalysis => {
                let options = TrendOptions { name: Some(name.to_owned()), ..TrendOptions::default() };
                let found = trend(&recorded, &options)?;
                result.summary.clone_from(&found.explanation.sentence);
                result.trend = Some(found);
            }
            AnalysisType::AnomalyDetection => {
                let options = AnomalyOptions { threshold: request.threshold, ..AnomalyOptions::default() };
                let found = detect(&recorded, &options)?;
                result.summary.clone_from(&found.explanation.sentence);
                result.anomalies = Some(found);
            }
            _ => {
                let options = ForecastOptions { horizon: request.horizon, ..ForecastOptions::default() };
                let regular = self.on_grid(&recorded, &request.window)?;
                let found = forecast(&regular, &options)?;
                result.summary.clone_from(&found.explanation.sentence);
                if let Some(limit) = request.limit {
                    let options = LimitOptions { limit, ..LimitOptions::default() };
                    let reached = time_to_limit(&regular, &options)?;
                    result.summary.clone_from(&reached.explanation.sentence);
                    result.time_to_limit = Some(reached);
                }
                result.forecast = Some(found);
            }
        }
        Ok(result)
    }

    /// Observations as means of a sixtieth of the window.
    pub(super) fn on_grid(&self, samples: &Samples, window: &str) -> Result<Regular> {
        samples.regular(Some(self.grid_step(window)?))
    }

    fn grid_step(&self, window: &str) -> Result<f64> {
        Ok((f64::from(self.window_seconds(window)?) / 60.0).max(1.0))
    }
}

fn named<'a>(name: &'a Option<String>, field: &str) -> Result<&'a str> {
    name.as_deref().ok_or_else(|| Error::new(ErrorCode::ConfigInvalid, format!("{field} is missing")).field(field))
}
