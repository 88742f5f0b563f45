//! What an engine says, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hpa::HpaReason;
use super::predict::ForecastModel;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScalingAction {
    /// Add instances.
    ScaleUp,
    /// Remove instances.
    ScaleDown,
    /// Leave them as they are.
    NoAction,
}

/// Why a decision is what it is. Those that the HorizontalPodAutoscaler has are named as there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum ScalingReason {
    /// The count that the metrics ask for lies within all limits.
    DesiredWithinRange,
    /// No metric is far enough from its target.
    WithinTolerance,
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
    /// There were fewer instances than the minimum; no metric was asked.
    BelowMinimum,
    /// There were more than the maximum; no metric was asked.
    AboveMaximum,
    /// Counts change by multiples of `step_size`.
    StepSize,
    /// An action was taken a short while ago.
    Cooldown,
    /// An action is being carried out.
    ActionPending,
    /// Every metric is missing.
    NoMetrics,
    /// A metric is missing, and the others would remove instances.
    PartialMetrics,
    /// The formula gives no number from 0 on.
    FormulaUndefined,
    /// The metrics are too old.
    StaleMetrics,
    /// The clock went back; times that are remembered were moved with it.
    ClockWentBack,
    /// A burst is followed.
    Panic,
    /// There is something to do again.
    Activated,
    /// There has been nothing to do for long enough.
    Idle,
    /// Somebody has set the count to 0, which switches scaling off (`hpa` alone).
    ScalingDisabled,
}

impl From<HpaReason> for ScalingReason {
    fn from(reason: HpaReason) -> Self {
        match reason {
            HpaReason::DesiredWithinRange => Self::DesiredWithinRange,
            HpaReason::ScaleUpLimit => Self::ScaleUpLimit,
            HpaReason::ScaleDownLimit => Self::ScaleDownLimit,
            HpaReason::TooManyReplicas => Self::TooManyReplicas,
            HpaReason::TooFewReplicas => Self::TooFewReplicas,
            HpaReason::ScaleUpStabilized => Self::ScaleUpStabilized,
            HpaReason::ScaleDownStabilized => Self::ScaleDownStabilized,
        }
    }
}

/// Where a proposal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProposalSource {
    /// CPU usage.
    Cpu,
    /// Memory usage.
    Memory,
    /// Requests a second.
    Request,
    /// The response time.
    ResponseTime,
    /// A metric of the user's own.
    Custom,
    /// What demand is forecast to be.
    Forecast,
    /// A burst.
    Panic,
}

impl ProposalSource {
    /// The name, as it is written in decisions.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Request => "request",
            Self::ResponseTime => "response_time",
            Self::Custom => "custom",
            Self::Forecast => "forecast",
            Self::Panic => "panic",
        }
    }

    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Cpu => "CPU usage",
            Self::Memory => "memory usage",
            Self::Request => "the request rate",
            Self::ResponseTime => "the response time",
            Self::Custom => "a metric",
            Self::Forecast => "the forecast",
            Self::Panic => "a burst",
        }
    }
}

/// What one metric asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingProposal {
    /// Where it comes from.
    pub source: ProposalSource,
    /// The name of a metric of the user's own.
    pub name: Option<String>,
    /// What was measured or forecast, in the unit of the metric.
    pub value: Option<f64>,
    /// Its target in the same unit: for an instance, where the value is a sum.
    pub target: Option<f64>,
    /// How many instances it asks for; none where it is missing.
    pub instances: Option<u32>,
}

impl ScalingProposal {
    pub(super) fn of(source: ProposalSource, value: Option<f64>, target: Option<f64>, instances: Option<u32>) -> Self {
        Self { source, name: None, value, target, instances }
    }
}

/// A limit that changed a count on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingLimit {
    /// Which one.
    pub reason: ScalingReason,
    /// What was wanted.
    pub wanted: u32,
    /// What is left of it.
    pub allowed: u32,
}

/// Something that was noticed and does not decide by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScalingNote {
    /// Somebody else has changed the number of instances.
    ChangedByOthers {
        /// How many there should have been.
        expected: u32,
        /// How many there are.
        found: u32,
    },
    /// An action was reported as done, and its count has not been seen since: it counts as failed, and no cooldown and no
    /// rate policy goes by it.
    ActionNotSeen {
        /// How many there should have been.
        expected: u32,
        /// How many there are.
        found: u32,
    },
    /// The clock went back by so many seconds.
    ClockWentBack {
        /// How far.
        seconds: f64,
    },
    /// The metrics carry a time that has not come yet; they count as measured now.
    MeasuredInFuture {
        /// How far.
        seconds: f64,
    },
    /// The response time cannot reach its target by adding instances: one with nothing else to do takes longer.
    TargetBelowServiceTime {
        /// What an instance with nothing else to do takes, in milliseconds.
        service_time: f64,
    },
    /// A model was left out of forecasts, because it has been worse than repeating the last value.
    ForecastDistrusted {
        /// Which one.
        model: ForecastModel,
        /// Its error by that of repeating the last value.
        error_ratio: f64,
    },
    /// The bounds are those of a schedule.
    Scheduled {
        /// Its name.
        name: String,
    },
}

/// What is to be done, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingDecision {
    /// Counts up with each decision of an engine.
    pub id: u64,
    /// When, in Unix seconds.
    pub time: f64,
    /// What is to be done.
    pub action: ScalingAction,
    /// Instances that there are, those that are starting among them.
    pub current_instances: u32,
    /// Instances that there should be.
    pub target_instances: u32,
    /// What the metrics ask for, before any limit; none where they do not say.
    pub desired_instances: Option<u32>,
    /// Why.
    pub reason: ScalingReason,
    /// The whole in a sentence for people.
    pub sentence: String,
    /// What each metric asks for.
    pub proposals: Vec<ScalingProposal>,
    /// Limits that changed the count, in their order.
    pub limits: Vec<ScalingLimit>,
    /// What else was noticed.
    pub notes: Vec<ScalingNote>,
    /// How much of what was expected was measured, and how fresh it is, 0 to 1.
    pub confidence: f64,
    /// What the change costs more (or, below 0, less) for an hour, in millionths of the currency unit; none without a
    /// price.
    pub cost_per_hour_micros: Option<i64>,
    /// When the limit that holds a change back ends, or this action's cooldown does, in Unix seconds; none where nothing
    /// is known to hold.
    pub next_change: Option<f64>,
    /// Whether a burst is being followed.
    pub panic: bool,
    /// Whether nothing is to be carried out.
    pub dry_run: bool,
}

/// What is remembered of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingRecord {
    /// When, in Unix seconds.
    pub time: f64,
    /// What was decided.
    pub action: ScalingAction,
    /// Instances that there were.
    pub current_instances: u32,
    /// Instances that there should be.
    pub target_instances: u32,
    /// Why.
    pub reason: ScalingReason,
}
