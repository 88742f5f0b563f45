//! What a user of the engine notices.

mod actions;
mod configured;
mod costs;
mod decisions;
mod forecasts;
mod formulas;
mod hostile;
mod properties;
mod recommended;
mod requests;
mod scheduled;
mod simulated;
mod vectors;

use super::*;
use crate::error::ErrorCode;

/// Some time in 2023, in Unix seconds.
const START: f64 = 1_700_000_000.0;

fn engine(config: ScalingConfig) -> ScalingEngine {
    ScalingEngine::new(config).unwrap()
}

fn cpu(usage: f64, instances: u32) -> ResourceMetrics {
    ResourceMetrics { cpu_usage: Some(usage), instances: Some(instances), ..ResourceMetrics::default() }
}

fn by(strategy: ScalingStrategy) -> ScalingConfig {
    ScalingConfig { strategy, max_instances: 100, ..ScalingConfig::default() }
}

/// The count and why, of one evaluation of a new engine.
fn first(config: ScalingConfig, metrics: &ResourceMetrics) -> (u32, ScalingReason) {
    let decision = engine(config).evaluate(metrics, START).unwrap();
    (decision.target_instances, decision.reason)
}
