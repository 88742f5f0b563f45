//! What Prometheus and all that read its text format collect.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Collector;
use super::reading::{QUANTILES, Reading};
use super::registry::Series;
use super::types::MetricType;
use crate::error::Result;

/// A text format for collected metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exposition {
    /// The Prometheus text format 0.0.4, `text/plain; version=0.0.4`
    /// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    #[default]
    Prometheus,
    /// OpenMetrics 1.0, `application/openmetrics-text; version=1.0.0`
    /// (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
    OpenMetrics,
}

impl Exposition {
    /// The value of the header `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

impl Collector {
    /// All metrics as text: counters and gauges as they are, histograms and summaries as quantiles over `window` with
    /// the sum and count of all that was ever recorded. Characters that the format has no place for become `_`.
    ///
    /// # Errors
    /// [`WindowUnknown`](crate::ErrorCode::WindowUnknown), with what there is.
    ///
    /// ```
    /// use opusclip_core::analytics::{Collector, CollectorOptions, Exposition};
    /// let collector = Collector::new(CollectorOptions::default())?;
    /// collector.counter("jobs", &[("kind", "clip")])?.add(3.0)?;
    /// let text = collector.exposition(Exposition::Prometheus, "5m", None)?;
    /// assert_eq!(text, "# TYPE jobs counter\njobs{kind=\"clip\"} 3\n");
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn exposition(&self, format: Exposition, window: &str, now: Option<f64>) -> Result<String> {
        let mut text = String::new();
        self.exposition_chunks(format, window, now, &mut |chunk| text.push_str(chunk))?;
        Ok(text)
    }

    /// [`Collector::exposition`] piece by piece, one for each metric, for whoever must not hold it all.
    ///
    /// # Errors
    /// As [`Collector::exposition`].
    pub fn exposition_chunks(
        &self,
        format: Exposition,
        window: &str,
        now: Option<f64>,
        put: &mut dyn FnMut(&str),
    ) -> Result<()> {
        let seconds = i64::from(self.window_seconds(window)?);
        let until = now.unwrap_or_else(|| self.clock().now()).floor() as i64;
        let all = self.0.registry.all();
        let mut taken = BTreeSet::new();
        let mut text = String::new();
        for metric in all.chunk_by(|a, b| a.name.metric == b.name.metric) {
            let Some(first) = metric.first() else { continue };
            let name = free_name(&mut taken, first, format);
            let kind = match first.metric_type {
                MetricType::Counter => "counter",
                MetricType::Gauge | MetricType::Distinct => "gauge",
                _ => "summary",
            };
            text.clear();
            line(&mut text, format_args!("# TYPE {name} {kind}"));
            let keys = label_names(metric);
            for series in metric {
                let reading = series.read((until - seconds, until), self.options().relative_error);
                write_series(&mut text, &name, &shown_labels(series, &keys), format, reading);
            }
            put(&text);
        }
        if format == Exposition::OpenMetrics {
            put("# EOF\n");
        }
        Ok(())
    }
}

/// The format's label of quantiles.
const QUANTILE: &str = "quantile";

/// The names of a metric's labels in the format's characters, no two of them alike, so that no two series are. A name
/// that needs no change has none.
fn label_names(metric: &[Arc<Series>]) -> BTreeMap<&str, String> {
    let all: BTreeSet<&str> =
        metric.iter().flat_map(|series| series.name.labels.iter().map(|(key, _)| &**key)).collect();
    // The format's own label of quantiles is no one else's.
    let (same, other): (Vec<&str>, Vec<&str>) =
        all.into_iter().partition(|key| *key != QUANTILE && clean(key, false) == *key);
    let mut names: BTreeMap<&str, String> = same.iter().map(|key| (*key, (*key).to_owned())).collect();
    let mut taken: BTreeSet<String> = names.values().cloned().chain([QUANTILE.to_owned()]).collect();
    for key in other {
        let name = first_free(clean(key, false), |name| taken.contains(name));
        taken.insert(name.clone());
        names.insert(key, name);
    }
    names
}

fn shown_labels(series: &Series, keys: &BTreeMap<&str, String>) -> String {
    let mut labels = String::new();
    for (key, value) in series.name.labels() {
        let comma = if labels.is_empty() { "" } else { "," };
        let key = keys.get(key).map_or(key, String::as_str);
        // Writing to a `String` cannot fail.
        let _ = write!(labels, "{comma}{key}=\"{}\"", escaped(value));
    }
    labels
}

fn write_series(text: &mut String, name: &str, labels: &str, format: Exposition, reading: Reading) {
    let braces = |more: &str| match (labels.is_empty(), more.is_empty()) {
        (true, true) => String::new(),
        (false, false) => format!("{{{labels},{more}}}"),
        _ => format!("{{{labels}{more}}}"),
    };
    match reading {
        Reading::Counter(total) => {
            let suffix = if format == Exposition::OpenMetrics { "_total" } else { "" };
            line(text, format_args!("{name}{suffix}{} {}", braces(""), number(total)));
        }
        Reading::Gauge(Some(value)) | Reading::Distinct(value) => {
            line(text, format_args!("{name}{} {}", braces(""), number(value)));
        }
        Reading::Gauge(None) => {}
        Reading::Summary { count, sum, quantiles } => {
            for (share, value) in QUANTILES.iter().zip(quantiles) {
                line(text, format_args!("{name}{} {}", braces(&format!("{QUANTILE}=\"{share}\"")), number(value)));
            }
            line(text, format_args!("{name}_sum{} {}", braces(""), number(sum)));
            line(text, format_args!("{name}_count{} {count}", braces("")));
        }
    }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = text.write_fmt(content);
    text.push('\n');
}

/// The metric's name in the format's characters; where another has taken it, or a name that its lines need, with a
/// number behind.
fn free_name(taken: &mut BTreeSet<String>, series: &Series, format: Exposition) -> String {
    let mut name = clean(&series.name.metric, true);
    let counts = format == Exposition::OpenMetrics && series.metric_type == MetricType::Counter;
    if counts {
        // The format adds it to each line.
        name = name.strip_suffix("_total").filter(|rest| !rest.is_empty()).map_or(name.clone(), str::to_owned);
    }
    let endings: &[&str] = match series.metric_type {
        MetricType::Histogram | MetricType::Summary => &["", "_sum", "_count"],
        _ if counts => &["", "_total"],
        _ => &[""],
    };
    let lines = |name: &str| endings.iter().map(|ending| format!("{name}{ending}")).collect::<Vec<_>>();
    let free = first_free(name, |name| lines(name).iter().any(|line| taken.contains(line)));
    taken.extend(lines(&free));
    free
}

/// A name, or where it is taken the first with a number behind that is not.
fn first_free(name: String, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u64..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| !taken(name)).unwrap_or(name)
}

/// Only letters, digits and `_`, in names of metrics `:` too, and no digit first.
fn clean(name: &str, colon: bool) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || (colon && letter == ':');
    let mut cleaned: String = name.chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect();
    if cleaned.starts_with(|first: char| first.is_ascii_digit()) {
        cleaned.insert(0, '_');
    }
    cleaned
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// As short as it can be read back exactly.
fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else if size != 0.0 && !(1e-6..1e16).contains(&size) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}
