//! Metrics of the user's own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// A metric with a target: the sum over all instances, such as jobs that wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricTarget {
    /// Its name in [`ResourceMetrics::custom`](crate::scaling::ResourceMetrics::custom).
    pub name: String,
    /// How much of it an instance should have, above 0.
    #[serde(deserialize_with = "number")]
    pub target_per_instance: f64,
    /// How far above its target it may be, as a share, before instances are added; the engine's where it is not given.
    #[serde(default, deserialize_with = "optional_number")]
    pub tolerance_up: Option<f64>,
    /// The same below the target.
    #[serde(default, deserialize_with = "optional_number")]
    pub tolerance_down: Option<f64>,
}

/// Twice the target is no tolerance any more; all of it below is none either, since nothing would ever be removed.
pub(super) fn check_tolerance(field: &str, tolerance: f64) -> Result<()> {
    within(field, tolerance, 0.0, 0.99).map(drop)
}

pub(super) fn check_all(metrics: &[MetricTarget]) -> Result<()> {
    for (at, metric) in metrics.iter().enumerate() {
        if metric.name.trim().is_empty() {
            return Err(Error::new(ErrorCode::ConfigInvalid, "a metric has no name").field("metrics.name"));
        }
        if metrics.iter().take(at).any(|other| other.name == metric.name) {
            return Err(Error::new(ErrorCode::ConfigInvalid, format!("there are two metrics {:?}", metric.name))
                .field("metrics.name"));
        }
        within("metrics.target_per_instance", metric.target_per_instance, 1e-9, 1e15)?;
        metric.tolerance_up.iter().try_for_each(|share| check_tolerance("metrics.tolerance_up", *share))?;
        metric.tolerance_down.iter().try_for_each(|share| check_tolerance("metrics.tolerance_down", *share))?;
    }
    Ok(())
}
