//! The rules of the Kubernetes HorizontalPodAutoscaler v2, as its controller has them
//! (`pkg/controller/podautoscaler/replica_calculator.go` and `horizontal.go`), each as a pure function.
//!
//! | module | what it says |
//! |---|---|
//! | [`replicas`] | how many instances a metric asks for |
//! | [`combine`] | what several metrics ask for together |
//! | [`stabilize`] | what of it stands the test of time |
//! | [`rate`] | how much of it may happen now |
//!
//! ```
//! use opusclip_core::scaling::hpa::{Pod, Tolerance, replicas};
//! let pods = [300.0, 500.0, 700.0].map(|usage| Pod { usage: Some(usage), ..Pod::default() });
//! // Half of what was requested, at a target of 30 %, by three pods: 50 / 30 * 3.
//! assert_eq!(replicas::by_utilization(3, 30, &pods, Tolerance::default())?, 5);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

pub mod combine;
pub mod rate;
pub mod replicas;
pub(in crate::scaling) mod shadow;
pub mod stabilize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use combine::combine;
pub use rate::{Limits, ScaleEvent};
pub use stabilize::{Recommendation, stabilize};

/// How far the ratio of usage and target may be from 1 before counts change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Above 1.
    pub up: f64,
    /// Below 1.
    pub down: f64,
}

impl Default for Tolerance {
    /// A tenth either way.
    fn default() -> Self {
        Self { up: super::config::TOLERANCE, down: super::config::TOLERANCE }
    }
}

impl Tolerance {
    /// Whether counts stay as they are.
    pub fn holds(self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// What a pod is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PodPhase {
    /// It has not started yet.
    Pending,
    /// It runs.
    #[default]
    Running,
    /// It has ended well.
    Succeeded,
    /// It has failed.
    Failed,
}

/// A pod, or any instance, with its own sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pod {
    /// What it has asked for, in the unit of `usage`: millicores or bytes. It counts for utilisation alone.
    #[serde(deserialize_with = "crate::config::number")]
    pub request: f64,
    /// What it uses; none where there is no sample.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub usage: Option<f64>,
    /// Whether it takes requests.
    pub ready: bool,
    /// What it is doing.
    pub phase: PodPhase,
    /// Whether it is being removed.
    pub deleting: bool,
    /// Whether it started within the CPU initialisation period (300 s) and its sample covers no whole window since it
    /// became ready: what it uses says nothing yet.
    pub initializing: bool,
}

impl Default for Pod {
    fn default() -> Self {
        Self {
            request: 1000.0,
            usage: None,
            ready: true,
            phase: PodPhase::Running,
            deleting: false,
            initializing: false,
        }
    }
}

/// Why a count is what it is: the condition reasons of the controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum HpaReason {
    /// The count that the metrics ask for lies within all limits.
    DesiredWithinRange,
    /// It may not grow faster.
    ScaleUpLimit,
    /// It may not shrink faster.
    ScaleDownLimit,
    /// The metrics ask for more than the maximum.
    TooManyReplicas,
    /// They ask for fewer than the minimum.
    TooFewReplicas,
    /// A smaller proposal of the last while holds growth back.
    ScaleUpStabilized,
    /// A larger one holds shrinking back.
    ScaleDownStabilized,
}

impl HpaReason {
    /// The reason as the controller writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DesiredWithinRange => "DesiredWithinRange",
            Self::ScaleUpLimit => "ScaleUpLimit",
            Self::ScaleDownLimit => "ScaleDownLimit",
            Self::TooManyReplicas => "TooManyReplicas",
            Self::TooFewReplicas => "TooFewReplicas",
            Self::ScaleUpStabilized => "ScaleUpStabilized",
            Self::ScaleDownStabilized => "ScaleDownStabilized",
        }
    }
}
