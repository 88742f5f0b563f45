//! What an engine is told once, checked when it is built.

mod capacity;
mod forecast;
mod metric;
mod price;
mod rules;
mod schedule;

pub use capacity::{HybridWeights, PanicOptions, ScaleToZero, StartUp};
pub use forecast::PredictionOptions;
pub use metric::MetricTarget;
pub use price::PriceModel;
pub use rules::{RatePolicy, RatePolicyKind, ScalingRules, SelectPolicy};
pub(super) use schedule::Window;
pub use schedule::{ScheduledBounds, Weekday};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::formula::HybridFormula;
use super::ledger::ExecutionOptions;
use crate::config::{finite, number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// What decides how many instances there should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScalingStrategy {
    /// CPU usage by its target.
    Cpu,
    /// Memory usage by its target.
    Memory,
    /// Requests a second by their target for an instance.
    #[serde(alias = "request_rate", alias = "request_based")]
    Request,
    /// The response time, by a curve learned from the service's own samples.
    ResponseTime,
    /// All of these: the largest proposal grows, and only agreement shrinks.
    #[default]
    Hybrid,
    /// `hybrid`, and what demand is forecast to be when instances started now are ready.
    Predictive,
}

impl ScalingStrategy {
    /// All strategies.
    pub const ALL: [Self; 6] =
        [Self::Cpu, Self::Memory, Self::Request, Self::ResponseTime, Self::Hybrid, Self::Predictive];

    /// The name, as it is written in options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Request => "request",
            Self::ResponseTime => "response_time",
            Self::Hybrid => "hybrid",
            Self::Predictive => "predictive",
        }
    }
}

/// Whose rules turn a metric into a count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compatibility {
    /// Thresholds say when to act, targets how far; a cooldown follows each action.
    #[default]
    Opusclip,
    /// Those of the Kubernetes HorizontalPodAutoscaler v2, to the letter: tolerance instead of thresholds, integer
    /// percent, no cooldown.
    Hpa,
}

/// Options of a [`ScalingEngine`](super::ScalingEngine). Times are seconds, CPU and memory percent (0 to 100), response
/// times milliseconds, rates requests a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScalingConfig {
    /// Fewest instances, 0 to 1,000,000; 0 only with `scale_to_zero`.
    pub min_instances: u32,
    /// Most instances, 1 to 1,000,000.
    pub max_instances: u32,
    /// CPU usage that the count is made for, in percent.
    #[serde(deserialize_with = "number")]
    pub target_cpu_usage: f64,
    /// Memory usage that the count is made for, in percent.
    #[serde(deserialize_with = "number")]
    pub target_memory_usage: f64,
    /// Response time that must not be exceeded, in milliseconds.
    #[serde(deserialize_with = "number")]
    pub target_response_time: f64,
    /// Requests a second that an instance should get. Where it is not given it is learned: what an instance gets when
    /// its CPU usage is at its target.
    #[serde(deserialize_with = "optional_number")]
    pub target_request_rate: Option<f64>,
    /// CPU or memory usage above which instances are added, in percent. Other metrics go by `tolerance`.
    #[serde(deserialize_with = "number")]
    pub scale_up_threshold: f64,
    /// CPU or memory usage below which instances are removed, in percent.
    #[serde(deserialize_with = "number")]
    pub scale_down_threshold: f64,
    /// Seconds after an action in which there is no other. Bounds and panic do not wait.
    #[serde(deserialize_with = "number")]
    pub cooldown_period: f64,
    /// What decides.
    pub strategy: ScalingStrategy,
    /// Whose rules hold.
    pub compatibility: Compatibility,
    /// Decide, but say that nothing is to be done.
    pub dry_run: bool,

    /// How far above its target a metric may be, as a share of it, before instances are added. Given, it holds for CPU
    /// and memory too, instead of the thresholds. 0.1 for the others where it is not given.
    #[serde(deserialize_with = "optional_number")]
    pub tolerance_up: Option<f64>,
    /// The same below the target, before instances are removed. Where a forecast is followed and this is not given,
    /// a band that is learned takes its place.
    #[serde(deserialize_with = "optional_number")]
    pub tolerance_down: Option<f64>,
    /// How fast instances are added.
    #[serde(deserialize_with = "rules::read_up")]
    pub scale_up: ScalingRules,
    /// How fast they are removed.
    #[serde(deserialize_with = "rules::read_down")]
    pub scale_down: ScalingRules,
    /// Counts change by multiples of this, 1 to 10,000; bounds come first.
    pub step_size: u32,
    /// Seconds between evaluations. Forecasts look that much further than a start takes.
    #[serde(deserialize_with = "number")]
    pub evaluation_period: f64,
    /// Seconds after which metrics are too old: they count as missing.
    #[serde(deserialize_with = "number")]
    pub metrics_max_age: f64,
    /// How long an instance takes from its start until it works.
    pub start_up: StartUp,
    /// More metrics with targets of their own, for every strategy but `cpu`, `memory`, `request` and `response_time`.
    pub metrics: Vec<MetricTarget>,
    /// Where given, `hybrid` takes the weighted mean of what its metrics propose instead of the largest.
    pub weights: Option<HybridWeights>,
    /// Where given, `hybrid` takes what this gives instead of the largest, rounded up. It may name `cpu_usage`,
    /// `memory_usage`, `response_time`, `request_rate`, `instances`, `ready_instances` and metrics of `metrics` by
    /// their names; and what each metric asks for: `cpu_instances`, `memory_instances`, `response_time_instances`,
    /// `request_instances` (with `target_request_rate`) and `NAME_instances`. A name with other signs than letters,
    /// digits, `_` and `.` stands in braces; names of this project's own may be written as in JavaScript, too. There
    /// are `+ - * / %`, comparisons, `&& ||`, `a ? b : c`, `min`, `max`, `ceil`, `floor`, `round`, `abs` and `sqrt`.
    /// Where something that it names is missing, the largest of what is there may add instances, and nothing is
    /// removed. Where it gives no number from 0 on, nothing changes.
    pub formula: Option<String>,
    /// Bursts are followed by a short window.
    pub panic: Option<PanicOptions>,
    /// No instances while there is nothing to do.
    pub scale_to_zero: Option<ScaleToZero>,
    /// Other bounds at certain hours; of those that hold at a time the largest minimum and the smallest maximum count.
    pub schedules: Vec<ScheduledBounds>,
    /// How demand is forecast, for `predictive`.
    pub prediction: PredictionOptions,
    /// What instances cost.
    pub price: Option<PriceModel>,
    /// How actions are carried out.
    pub execution: ExecutionOptions,
}

impl Default for ScalingConfig {
    fn default() -> Self {
        Self {
            min_instances: 2,
            max_instances: 10,
            target_cpu_usage: 70.0,
            target_memory_usage: 80.0,
            target_response_time: 500.0,
            target_request_rate: None,
            scale_up_threshold: 80.0,
            scale_down_threshold: 30.0,
            cooldown_period: 300.0,
            strategy: ScalingStrategy::default(),
            compatibility: Compatibility::default(),
            dry_run: false,
            tolerance_up: None,
            tolerance_down: None,
            scale_up: ScalingRules::up(),
            scale_down: ScalingRules::down(),
            step_size: 1,
            evaluation_period: 15.0,
            metrics_max_age: 120.0,
            start_up: StartUp::default(),
            metrics: Vec::new(),
            weights: None,
            formula: None,
            panic: None,
            scale_to_zero: None,
            schedules: Vec::new(),
            prediction: PredictionOptions::default(),
            price: None,
            execution: ExecutionOptions::default(),
        }
    }
}

/// More instances than this are a mistake.
pub(super) const MOST_INSTANCES: u32 = 1_000_000;
/// The longest time that an option may have, in seconds: a year.
pub(super) const LONGEST: f64 = 366.0 * 86_400.0;
/// The tolerance of the HorizontalPodAutoscaler, and of metrics without thresholds.
pub(super) const TOLERANCE: f64 = 0.1;

impl ScalingConfig {
    /// The rules of the HorizontalPodAutoscaler v2 for CPU usage.
    pub fn hpa(min_instances: u32, max_instances: u32, target_cpu_usage: f64) -> Self {
        Self {
            min_instances,
            max_instances,
            target_cpu_usage,
            strategy: ScalingStrategy::Cpu,
            compatibility: Compatibility::Hpa,
            ..Self::default()
        }
    }

    /// # Errors
    /// [`ErrorCode::ConfigInvalid`], [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`], with the name of
    /// the option.
    pub fn check(&self) -> Result<()> {
        self.check_bounds()?;
        self.check_targets()?;
        within("cooldown_period", self.cooldown_period, 0.0, LONGEST)?;
        within("evaluation_period", self.evaluation_period, 0.1, 86_400.0)?;
        within("metrics_max_age", self.metrics_max_age, 0.1, LONGEST)?;
        count("step_size", self.step_size, 1, 10_000)?;
        for (field, tolerance) in [("tolerance_up", self.tolerance_up), ("tolerance_down", self.tolerance_down)] {
            tolerance.iter().try_for_each(|tolerance| metric::check_tolerance(field, *tolerance))?;
        }
        self.scale_up.check("scale_up")?;
        self.scale_down.check("scale_down")?;
        self.start_up.check()?;
        metric::check_all(&self.metrics)?;
        self.weights.iter().try_for_each(HybridWeights::check)?;
        self.check_formula()?;
        self.panic.iter().try_for_each(PanicOptions::check)?;
        self.scale_to_zero.iter().try_for_each(ScaleToZero::check)?;
        self.schedules.iter().try_for_each(|schedule| schedule.check(self))?;
        self.prediction.check()?;
        self.price.iter().try_for_each(PriceModel::check)?;
        self.execution.check()
    }

    fn check_formula(&self) -> Result<()> {
        let Some(formula) = HybridFormula::of(self)?.and(self.formula.as_deref()) else { return Ok(()) };
        let message = |with: &str| format!("there is a formula, {formula:?}, with {with}");
        if self.strategy != ScalingStrategy::Hybrid {
            let with = message(&format!("the strategy {}", self.strategy.as_str()));
            return Err(contradiction("formula", with, "take the strategy hybrid, or leave the formula out"));
        }
        if self.weights.is_some() {
            return Err(contradiction("formula", message("weights"), "write the weights into the formula"));
        }
        Ok(())
    }

    fn check_bounds(&self) -> Result<()> {
        count("min_instances", self.min_instances, 0, MOST_INSTANCES)?;
        count("max_instances", self.max_instances, 1, MOST_INSTANCES)?;
        if self.min_instances > self.max_instances {
            return Err(contradiction(
                "min_instances",
                format!("min_instances is {}, more than max_instances, {}", self.min_instances, self.max_instances),
                "give a smaller minimum or a larger maximum",
            ));
        }
        if self.min_instances == 0 && self.scale_to_zero.is_none() {
            return Err(contradiction(
                "min_instances",
                "min_instances is 0 without scale_to_zero".to_owned(),
                "give at least 1, or scale_to_zero",
            ));
        }
        Ok(())
    }

    fn check_targets(&self) -> Result<()> {
        // The HorizontalPodAutoscaler counts in percent of what a pod has asked for, and it may use more.
        let most = if self.compatibility == Compatibility::Hpa { 10_000.0 } else { 100.0 };
        within("target_cpu_usage", self.target_cpu_usage, 1.0, most)?;
        within("target_memory_usage", self.target_memory_usage, 1.0, most)?;
        within("target_response_time", self.target_response_time, 1e-3, 1e9)?;
        self.target_request_rate
            .iter()
            .try_for_each(|rate| within("target_request_rate", *rate, 1e-6, 1e12).map(drop))?;
        within("scale_up_threshold", self.scale_up_threshold, 0.0, 100.0)?;
        within("scale_down_threshold", self.scale_down_threshold, 0.0, 100.0)?;
        if self.scale_down_threshold >= self.scale_up_threshold {
            return Err(contradiction(
                "scale_down_threshold",
                format!(
                    "scale_down_threshold is {}, not below scale_up_threshold, {}",
                    self.scale_down_threshold, self.scale_up_threshold
                ),
                "give a smaller one: where both are the same, counts never rest",
            ));
        }
        Ok(())
    }
}

/// Two options that cannot both hold.
pub(super) fn contradiction(field: &str, message: String, hint: &str) -> Error {
    Error::new(ErrorCode::ConfigOutOfRange, message).field(field).hint(hint)
}

/// Fails unless a count is from `low` to `high`.
pub(super) fn count(field: &str, value: u32, low: u32, high: u32) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::new(ErrorCode::ConfigOutOfRange, format!("{field} is {value}, not in {low} to {high}")).field(field))
}

/// Fails unless a time is a finite number.
pub(super) fn time(now: f64) -> Result<f64> {
    finite("now", now)
}
