//! Where an engine stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ScalingEngine;
use crate::error::Result;
use crate::scaling::config::{Compatibility, ScalingStrategy, time};
use crate::scaling::cost::CostReport;
use crate::scaling::decision::ScalingRecord;
use crate::scaling::latency::LatencyModel;
use crate::scaling::ledger::ActionStats;
use crate::scaling::predict::{DemandForecast, ForecastAccuracy};

/// An engine at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingStatus {
    /// When, in Unix seconds.
    pub time: f64,
    /// What decides.
    pub strategy: ScalingStrategy,
    /// Whose rules hold.
    pub compatibility: Compatibility,
    /// Whether nothing is carried out.
    pub dry_run: bool,
    /// Instances that there are; none before the first evaluation.
    pub current_instances: Option<u32>,
    /// Fewest instances now.
    pub min_instances: u32,
    /// Most instances now.
    pub max_instances: u32,
    /// Whether a burst is followed.
    pub panic: bool,
    /// When the cooldown ends, in Unix seconds; none where there is none.
    pub cooldown_until: Option<f64>,
    /// Decisions so far.
    pub decisions: u64,
    /// The last one.
    pub last_decision: Option<ScalingRecord>,
    /// What became of actions.
    pub actions: ActionStats,
    /// Seconds that a start takes: given, learned, or believed until then.
    pub start_up: f64,
    /// Requests a second that an instance gets at the CPU target, as learned.
    pub learned_request_rate: Option<f64>,
    /// The curve of response times, as learned.
    pub latency: Option<LatencyModel>,
    /// What demand is forecast to be.
    pub forecast: Option<DemandForecast>,
    /// How good each model's forecasts have been.
    pub accuracy: Vec<ForecastAccuracy>,
    /// What instances have cost; none without a price.
    pub cost: Option<CostReport>,
}

impl ScalingEngine {
    /// Where it stands.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn status(&self, now: f64) -> Result<ScalingStatus> {
        time(now)?;
        let (config, state) = (&self.config, &self.state);
        let mut schedules = self.schedules.clone();
        let (bounds, _) = schedules.at(config, now);
        let waits = config.compatibility == Compatibility::Opusclip;
        let cooldown = state.done.map(|done| done.time + config.cooldown_period);
        Ok(ScalingStatus {
            time: now,
            strategy: config.strategy,
            compatibility: config.compatibility,
            dry_run: config.dry_run,
            current_instances: state.instances,
            min_instances: bounds.min,
            max_instances: bounds.max,
            panic: state.burst.since.is_some(),
            cooldown_until: cooldown.filter(|end| waits && *end > now),
            decisions: state.decisions,
            last_decision: state.history.back().copied(),
            actions: state.ledger.stats(),
            start_up: self.start_up(),
            learned_request_rate: state.learned.capacity.at(config.target_cpu_usage),
            latency: state.learned.curve.model(),
            forecast: state.predictor.forecast(),
            accuracy: state.predictor.accuracy(),
            cost: config.price.as_ref().map(|price| state.meter.report(price)),
        })
    }
}
