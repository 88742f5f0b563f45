//! What KEDA asks an external scaler (<https://keda.sh/docs/latest/concepts/external-scalers/>), without any I/O: the bytes
//! of a request go in, those of the answer come out. A gRPC server of any kind carries them.
//!
//! The service is `externalscaler.ExternalScaler`. Its metric is the count that was decided, its target 1, so that the
//! HorizontalPodAutoscaler which KEDA makes arrives at that count.

use std::collections::HashMap;

use prost::Message;

use super::engine::ScalingEngine;
use crate::error::{Error, ErrorCode, Result};

/// The full name of the gRPC service.
pub const SERVICE: &str = "externalscaler.ExternalScaler";

/// The name of the metric in [`Method::GetMetricSpec`].
pub const METRIC: &str = "opusclip-wanted-instances";

/// A method of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Whether there should be any instance at all.
    IsActive,
    /// The same as a stream: at once, and whenever it changes.
    StreamIsActive,
    /// Which metric there is, and its target.
    GetMetricSpec,
    /// The value of the metric.
    GetMetrics,
    /// [`Method::GetMetricSpec`] as a stream, which says it once, since it does not change.
    StreamMetricSpec,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::IsActive, Self::StreamIsActive, Self::GetMetricSpec, Self::GetMetrics, Self::StreamMetricSpec];

    /// The name, as it stands in the path of a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IsActive => "IsActive",
            Self::StreamIsActive => "StreamIsActive",
            Self::GetMetricSpec => "GetMetricSpec",
            Self::GetMetrics => "GetMetrics",
            Self::StreamMetricSpec => "StreamMetricSpec",
        }
    }

    /// Whether its answer is a stream of messages.
    pub const fn streams(self) -> bool {
        matches!(self, Self::StreamIsActive | Self::StreamMetricSpec)
    }

    /// The method of a name.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for another name.
    pub fn of(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str);
            Error::new(ErrorCode::ConfigInvalid, format!("{SERVICE} has no method {name:?}"))
                .field("method")
                .hint(crate::config::alternatives(name, &known, known.len()))
        })
    }
}

#[derive(Clone, PartialEq, Message)]
struct ScaledObjectRef {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    namespace: String,
    #[prost(map = "string, string", tag = "3")]
    scaler_metadata: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
struct IsActiveResponse {
    #[prost(bool, tag = "1")]
    result: bool,
}

#[derive(Clone, PartialEq, Message)]
struct GetMetricSpecResponse {
    #[prost(message, repeated, tag = "1")]
    metric_specs: Vec<MetricSpec>,
}

#[derive(Clone, PartialEq, Message)]
struct MetricSpec {
    #[prost(string, tag = "1")]
    metric_name: String,
    /// What older versions of KEDA read.
    #[prost(int64, tag = "2")]
    target_size: i64,
    #[prost(double, tag = "3")]
    target_size_float: f64,
}

#[derive(Clone, PartialEq, Message)]
struct GetMetricsRequest {
    #[prost(message, optional, tag = "1")]
    scaled_object_ref: Option<ScaledObjectRef>,
    #[prost(string, tag = "2")]
    metric_name: String,
}

#[derive(Clone, PartialEq, Message)]
struct GetMetricsResponse {
    #[prost(message, repeated, tag = "1")]
    metric_values: Vec<MetricValue>,
}

#[derive(Clone, PartialEq, Message)]
struct MetricValue {
    #[prost(string, tag = "1")]
    metric_name: String,
    #[prost(int64, tag = "2")]
    metric_value: i64,
    #[prost(double, tag = "3")]
    metric_value_float: f64,
}

impl ScalingEngine {
    /// Answer a request of KEDA's: one message, also of a method that streams.
    ///
    /// ```
    /// use opusclip_core::scaling::{ResourceMetrics, ScalingConfig, ScalingEngine, keda::Method};
    /// let mut engine = ScalingEngine::new(ScalingConfig::default())?;
    /// engine.evaluate(&ResourceMetrics { cpu_usage: Some(95.0), ..ResourceMetrics::default() }.of(4), 0.0)?;
    /// // `IsActiveResponse { result: true }`
    /// assert_eq!(engine.answer_keda(Method::IsActive, b"", 1.0)?, [8, 1]);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::DataTooFew`] where there is no count ([`wanted_instances`](Self::wanted_instances)), which a server
    /// answers with the status `UNAVAILABLE`: KEDA then leaves the count, or follows its `fallback`.
    /// [`ErrorCode::DataInvalid`] for bytes that are no such request.
    pub fn answer_keda(&self, method: Method, request: &[u8], now: f64) -> Result<Vec<u8>> {
        let invalid = |error: prost::DecodeError| {
            Error::new(ErrorCode::DataInvalid, format!("this is no request of {}: {error}", method.as_str()))
                .field("request")
                .caused_by(error)
        };
        if method == Method::GetMetrics {
            let request = GetMetricsRequest::decode(request).map_err(invalid)?;
            let wanted = self.fresh_count(now)?;
            // KEDA puts a number before names; it gets back what it asked for.
            let metric_name = request.metric_name;
            let value =
                MetricValue { metric_name, metric_value: i64::from(wanted), metric_value_float: f64::from(wanted) };
            return Ok(GetMetricsResponse { metric_values: vec![value] }.encode_to_vec());
        }
        ScaledObjectRef::decode(request).map_err(invalid)?;
        if matches!(method, Method::IsActive | Method::StreamIsActive) {
            return Ok(IsActiveResponse { result: self.fresh_count(now)? > 0 }.encode_to_vec());
        }
        let spec = MetricSpec { metric_name: METRIC.to_owned(), target_size: 1, target_size_float: 1.0 };
        Ok(GetMetricSpecResponse { metric_specs: vec![spec] }.encode_to_vec())
    }
}
