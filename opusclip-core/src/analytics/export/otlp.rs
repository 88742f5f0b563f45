//! What was recorded as the OpenTelemetry protocol has it (<https://opentelemetry.io/docs/specs/otlp/>): metrics over
//! HTTP, as protocol buffers.

use std::collections::BTreeMap;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analytics::collect::{Collector, QUANTILES, Reading};
use crate::config::{number, within};
use crate::error::{Error, ErrorCode, Result};

/// The header `Content-Type` of what [`Collector::otlp`] gives.
pub const OTLP_CONTENT_TYPE: &str = "application/x-protobuf";

/// Where metrics are sent, and as whose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OtlpTarget {
    /// Where to: `http://host:4318/v1/metrics`, with the path. `https` needs the feature `otlp-tls`.
    pub url: String,
    /// Further headers, such as `Authorization`.
    pub headers: BTreeMap<String, String>,
    /// What the metrics are of: `service.name`, `service.instance.id` and other attributes of a resource.
    pub resource: BTreeMap<String, String>,
    /// The window of quantiles and of distinct members.
    pub window: String,
    /// Seconds until it is given up, 0.1 to 600.
    #[serde(deserialize_with = "number")]
    pub timeout: f64,
}

impl Default for OtlpTarget {
    fn default() -> Self {
        Self {
            url: "http://localhost:4318/v1/metrics".to_owned(),
            headers: BTreeMap::new(),
            resource: [("service.name".to_owned(), "unknown_service".to_owned())].into(),
            window: "5m".to_owned(),
            timeout: 10.0,
        }
    }
}

impl Collector {
    /// The body of an OTLP request for metrics: counters as cumulative sums, gauges and distinct members as gauges,
    /// histograms and summaries as summaries with quantiles over `window` and the count and sum of all that was ever
    /// recorded. Whoever has an HTTP client posts it with [`OTLP_CONTENT_TYPE`]; [`Collector::push_otlp`] does that too.
    ///
    /// # Errors
    /// [`WindowUnknown`](crate::ErrorCode::WindowUnknown) with what there is.
    pub fn otlp(&self, resource: &BTreeMap<String, String>, window: &str, now: Option<f64>) -> Result<Vec<u8>> {
        let now = now.unwrap_or_else(|| self.clock().now());
        let (start, time) = (nanoseconds(self.started()), nanoseconds(now));
        let mut metrics: Vec<Metric> = Vec::new();
        self.readings(window, now, |name, labels, reading| {
            let attributes = attributes(labels.iter().map(|(key, value)| (&**key, &**value)));
            if metrics.last().is_none_or(|last| last.name != name) {
                metrics.push(Metric { name: name.to_owned(), data: Some(empty(reading)), ..Metric::default() });
            }
            let Some(data) = metrics.last_mut().and_then(|metric| metric.data.as_mut()) else { return };
            add_point(data, reading, attributes, (start, time));
        })?;
        let scope = InstrumentationScope {
            name: "opusclip".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let resource = Resource {
            attributes: attributes(resource.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
            ..Resource::default()
        };
        let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }];
        let all = ResourceMetrics { resource: Some(resource), scope_metrics, ..ResourceMetrics::default() };
        Ok(ExportMetricsServiceRequest { resource_metrics: vec![all] }.encode_to_vec())
    }

    /// Send what [`Collector::otlp`] gives, and wait for the answer.
    ///
    /// # Errors
    /// [`ExportFailed`](crate::ErrorCode::ExportFailed) where nobody answers or the answer is a refusal: of status 429,
    /// 502, 503 and 504 it is worth another try. As [`Collector::otlp`]; [`ErrorCode::ConfigOutOfRange`] for a timeout
    /// out of range.
    pub fn push_otlp(&self, target: &OtlpTarget, now: Option<f64>) -> Result<()> {
        let timeout = Duration::from_secs_f64(within("timeout", target.timeout, 0.1, 600.0)?);
        let body = self.otlp(&target.resource, &target.window, now)?;
        let mut request = ureq::post(&target.url).config().timeout_global(Some(timeout)).build();
        for (name, value) in &target.headers {
            request = request.header(name, value);
        }
        let sent = request.header("Content-Type", OTLP_CONTENT_TYPE).send(&body[..]);
        sent.map(drop).map_err(|failure| failed(&target.url, failure))
    }
}

fn failed(url: &str, failure: ureq::Error) -> Error {
    let error = Error::new(ErrorCode::ExportFailed, format!("{url} did not take the metrics: {failure}")).field("url");
    let error = match &failure {
        ureq::Error::StatusCode(429 | 502 | 503 | 504) => error.hint("try again later"),
        ureq::Error::StatusCode(404 | 405) => error.hint("does the address end with /v1/metrics?"),
        ureq::Error::TlsRequired => error.hint("build with the feature `otlp-tls`, or post what `otlp` gives yourself"),
        ureq::Error::BadUri(_) => error.hint("write it like http://localhost:4318/v1/metrics"),
        _ => error,
    };
    error.caused_by(failure)
}

fn attributes<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<KeyValue> {
    let value = |text: &str| Some(AnyValue { value: Some(any_value::Value::StringValue(text.to_owned())) });
    pairs.map(|(key, text)| KeyValue { key: key.to_owned(), value: value(text), ..KeyValue::default() }).collect()
}

/// Data of the kind that holds a reading.
fn empty(reading: Reading) -> Data {
    match reading {
        Reading::Counter(_) => Data::Sum(Sum {
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic: true,
            ..Sum::default()
        }),
        Reading::Gauge(_) | Reading::Distinct(_) => Data::Gauge(Gauge::default()),
        Reading::Summary { .. } => Data::Summary(Summary::default()),
    }
}

fn add_point(data: &mut Data, reading: Reading, attributes: Vec<KeyValue>, (start, time): (u64, u64)) {
    let value = match reading {
        Reading::Counter(value) | Reading::Gauge(Some(value)) | Reading::Distinct(value) => Some(value),
        Reading::Gauge(None) | Reading::Summary { .. } => None,
    };
    match (data, reading, value) {
        (Data::Sum(Sum { data_points, .. }) | Data::Gauge(Gauge { data_points }), _, Some(value)) => {
            let value = Some(Value::AsDouble(value));
            let (start_time_unix_nano, time_unix_nano) = (start, time);
            let point =
                NumberDataPoint { attributes, start_time_unix_nano, time_unix_nano, value, ..Default::default() };
            data_points.push(point);
        }
        (Data::Summary(Summary { data_points }), Reading::Summary { count, sum, quantiles }, _) => {
            let known = QUANTILES.into_iter().zip(quantiles).filter(|(_, value)| !value.is_nan());
            let quantile_values = known.map(|(quantile, value)| ValueAtQuantile { quantile, value }).collect();
            let (start_time_unix_nano, time_unix_nano) = (start, time);
            data_points.push(SummaryDataPoint {
                attributes,
                start_time_unix_nano,
                time_unix_nano,
                count,
                sum,
                quantile_values,
                ..SummaryDataPoint::default()
            });
        }
        // A gauge that was never set says nothing.
        _ => {}
    }
}

/// Nanoseconds since 1970; times before are 0.
fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}
