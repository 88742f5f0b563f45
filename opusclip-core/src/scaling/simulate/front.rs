//! Policies compared by fronts, not by points: each is swept over its target, and costs are compared at equal violations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plant::Plant;
use super::policy::SimulatedPolicy;
use super::run::{ScalingSimulation, simulate};
use super::trace::Trace;
use crate::error::Result;

/// The targets that a policy is swept over.
pub const TARGETS: [f64; 10] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/// A policy at one target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontPoint {
    /// The target.
    pub target: f64,
    /// The share of requests that violate the objective, 0 to 1.
    pub violations: f64,
    /// Hours of instances.
    pub instance_hours: f64,
    /// Changes of direction, a day.
    pub reversals_per_day: f64,
}

/// A policy over all of its targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// The points, by target.
    pub points: Vec<FrontPoint>,
}

/// Sweep a policy, given by its target.
///
/// # Errors
/// As [`simulate`].
pub fn front(
    trace: &Trace,
    plant: &Plant,
    policy: impl Fn(f64) -> SimulatedPolicy,
    targets: &[f64],
    seed: u64,
) -> Result<Front> {
    let point = |target: &f64| {
        let result: ScalingSimulation = simulate(trace, plant, &policy(*target), seed)?;
        Ok(FrontPoint {
            target: *target,
            violations: result.violations,
            instance_hours: result.instance_hours,
            reversals_per_day: result.reversals_per_day,
        })
    };
    Ok(Front { points: targets.iter().map(point).collect::<Result<_>>()? })
}

/// Violations below this are none: the logarithm needs an end.
const NONE: f64 = 1e-6;

impl Front {
    /// The point at a share of violations: on the line between its neighbours, with violations on a logarithmic scale.
    /// `None` where the policy was never that good or never that bad: there is nothing to compare then.
    pub fn at(&self, violations: f64) -> Option<FrontPoint> {
        let found = self.crossing(violations.max(NONE).ln(), |point| point.violations.max(NONE).ln());
        found.map(|point| FrontPoint { violations, ..point })
    }

    /// The point that costs so many instance hours, on the line between its neighbours. `None` where the policy never cost
    /// that little or that much.
    pub fn costing(&self, instance_hours: f64) -> Option<FrontPoint> {
        self.crossing(instance_hours, |point| point.instance_hours)
    }

    /// The cheapest point between neighbours where `of` takes a value.
    fn crossing(&self, value: f64, of: impl Fn(&FrontPoint) -> f64) -> Option<FrontPoint> {
        let mut points = self.points.clone();
        points.sort_by(|a, b| of(a).total_cmp(&of(b)));
        let between = |pair: &[FrontPoint]| {
            let [low, high] = pair else { return None };
            let (from, to) = (of(low), of(high));
            if !(from <= value && value <= to && from < to) {
                return None;
            }
            let mix = |low: f64, high: f64| low + (high - low) * (value - from) / (to - from);
            let scaled = |point: &FrontPoint| point.violations.max(NONE).ln();
            Some(FrontPoint {
                target: mix(low.target, high.target),
                violations: mix(scaled(low), scaled(high)).exp(),
                instance_hours: mix(low.instance_hours, high.instance_hours),
                reversals_per_day: mix(low.reversals_per_day, high.reversals_per_day),
            })
        };
        points.windows(2).filter_map(between).min_by(|a, b| a.instance_hours.total_cmp(&b.instance_hours))
    }
}
