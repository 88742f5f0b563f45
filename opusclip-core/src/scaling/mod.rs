//! How many instances should run, now and soon?
//!
//! A [`ScalingEngine`] is told what was measured and answers with a [`ScalingDecision`] that explains itself. It does no
//! I/O and reads no clock: times are arguments (Unix seconds), actions are carried out by the host.
//!
//! | module | what is in it |
//! |---|---|
//! | [`config`] | options, checked when they are built |
//! | [`hpa`] | the rules of the Kubernetes HorizontalPodAutoscaler, to the letter |
//! | [`kpa`] | those of the Knative Pod Autoscaler |
//! | [`pool`] | worker processes of this machine, as many as were decided |
//! | `kubernetes` | the same for whatever a cluster can scale; with the feature of that name |
//! | [`keda`] | what KEDA asks an external scaler |
//! | [`simulate`] | recorded traffic played again, to see what a configuration would cost |
//! | [`recommend`] | which settings hold a service level at the least cost on a history |
//! | [`cases`] | cases with known results, put through the engine |
//!
//! # Which strategy?
//!
//! [`ScalingStrategy::Hybrid`], the default, goes by everything that is measured: the largest proposal grows, and only
//! agreement shrinks. `cpu`, `memory` and `request` go by one metric, `response_time` by a curve that is learned.
//! [`ScalingStrategy::Predictive`] adds what demand will be when an instance that starts now is ready.
//!
//! # From metrics to a count
//!
//! 1. A count outside of its bounds is corrected before any metric is read.
//! 2. Each metric proposes a count. In the rules of opusclip CPU and memory do so once they leave the thresholds; instances
//!    that are starting do not work, but they count.
//! 3. Nothing is removed while a metric is missing that was there before.
//! 4. Proposals of the last while hold back (stabilisation), then rate policies, bounds and the cooldown do.

pub mod cases;
pub mod config;
mod cost;
mod decision;
mod engine;
mod formula;
pub mod hpa;
pub mod keda;
pub mod kpa;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
mod latency;
mod learned;
mod ledger;
mod outputs;
#[cfg(unix)]
pub mod pool;
mod predict;
mod proposals;
pub mod recommend;
mod signals;
pub mod simulate;

pub use config::{
    Compatibility, HybridWeights, MetricTarget, PanicOptions, PredictionOptions, PriceModel, RatePolicy,
    RatePolicyKind, ScaleToZero, ScalingConfig, ScalingRules, ScalingStrategy, ScheduledBounds, SelectPolicy, StartUp,
    Weekday,
};
pub use cost::CostReport;
pub use decision::{
    ProposalSource, ScalingAction, ScalingDecision, ScalingLimit, ScalingNote, ScalingProposal, ScalingReason,
    ScalingRecord,
};
pub use engine::{ScalingEngine, ScalingStatus};
pub use latency::LatencyModel;
pub use ledger::{ActionRecord, ActionState, ActionStats, ExecutionOptions, ScalingRequest};
pub use predict::{DemandForecast, ForecastAccuracy, ForecastModel};
pub use signals::ResourceMetrics;

#[cfg(test)]
mod tests;
