//! How much of a change may happen now.

use serde::{Deserialize, Serialize};

use super::HpaReason;
use crate::scaling::config::{RatePolicy, RatePolicyKind, ScalingRules, SelectPolicy};

/// Instances that were added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScaleEvent {
    /// When, in seconds.
    pub time: f64,
    /// How many.
    pub change: u32,
}

/// What changes are held within.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// Fewest instances.
    pub min: u32,
    /// Most instances.
    pub max: u32,
    /// Policies to grow.
    pub up: &'a ScalingRules,
    /// Policies to shrink.
    pub down: &'a ScalingRules,
}

impl Limits<'_> {
    /// The count that is allowed of a wanted one, and what bounds it.
    pub fn apply(
        &self,
        current: u32,
        desired: u32,
        added: &[ScaleEvent],
        removed: &[ScaleEvent],
        now: f64,
    ) -> (u32, HpaReason) {
        if desired > current {
            // A limit holds back; it never pushes the other way.
            let limit = up_limit(current, self.up, added, removed, now).max(current);
            let (most, reason) = if self.max > limit {
                (limit, HpaReason::ScaleUpLimit)
            } else {
                (self.max, HpaReason::TooManyReplicas)
            };
            if desired > most {
                return (most, reason);
            }
        } else if desired < current {
            let limit = down_limit(current, self.down, added, removed, now).min(current);
            let (fewest, reason) = if self.min < limit {
                (limit, HpaReason::ScaleDownLimit)
            } else {
                (self.min, HpaReason::TooFewReplicas)
            };
            if desired < fewest {
                return (fewest, reason);
            }
        }
        (desired, HpaReason::DesiredWithinRange)
    }

    /// The controller's rule where an autoscaler has no `behavior`: never more than twice the present count, but four.
    pub fn apply_without_behavior(&self, current: u32, desired: u32) -> (u32, HpaReason) {
        let limit = current.saturating_mul(2).max(4);
        let (most, reason) =
            if self.max > limit { (limit, HpaReason::ScaleUpLimit) } else { (self.max, HpaReason::TooManyReplicas) };
        if desired < self.min {
            (self.min, HpaReason::TooFewReplicas)
        } else if desired > most {
            (most, reason)
        } else {
            (desired, HpaReason::DesiredWithinRange)
        }
    }
}

/// What changed within a period that ends now; a change exactly as old as the period is not in it.
fn changed(events: &[ScaleEvent], period: f64, now: f64) -> f64 {
    events.iter().filter(|event| event.time > now - period).map(|event| f64::from(event.change)).sum()
}

/// How many there were when a policy's period began.
fn at_start(current: u32, policy: &RatePolicy, added: &[ScaleEvent], removed: &[ScaleEvent], now: f64) -> f64 {
    f64::from(current) - changed(added, policy.period, now) + changed(removed, policy.period, now)
}

/// The most instances that the policies allow.
fn up_limit(current: u32, rules: &ScalingRules, added: &[ScaleEvent], removed: &[ScaleEvent], now: f64) -> u32 {
    let limit = |policy: &RatePolicy| {
        let start = at_start(current, policy, added, removed, now);
        let value = f64::from(policy.value);
        match policy.kind {
            RatePolicyKind::Instances => start + value,
            // Rounded up, since a small share of few would never add one.
            RatePolicyKind::Percent => (start * (1.0 + value / 100.0)).ceil(),
        }
    };
    chosen(current, rules, u32::MAX, limit, f64::max, f64::min)
}

/// The fewest instances that the policies allow.
fn down_limit(current: u32, rules: &ScalingRules, added: &[ScaleEvent], removed: &[ScaleEvent], now: f64) -> u32 {
    let limit = |policy: &RatePolicy| {
        let start = at_start(current, policy, added, removed, now);
        let value = f64::from(policy.value);
        match policy.kind {
            RatePolicyKind::Instances => start - value,
            RatePolicyKind::Percent => (start * (1.0 - value / 100.0)).trunc(),
        }
    };
    chosen(current, rules, 0, limit, f64::min, f64::max)
}

fn chosen(
    current: u32,
    rules: &ScalingRules,
    unlimited: u32,
    limit: impl Fn(&RatePolicy) -> f64,
    largest_change: fn(f64, f64) -> f64,
    smallest_change: fn(f64, f64) -> f64,
) -> u32 {
    let limits = rules.policies.iter().map(limit);
    let chosen = match rules.select {
        SelectPolicy::Disabled => return current,
        SelectPolicy::Max => limits.reduce(largest_change),
        SelectPolicy::Min => limits.reduce(smallest_change),
    };
    // Saturates: fewer than none are none.
    chosen.map_or(unlimited, |limit| limit as u32)
}
