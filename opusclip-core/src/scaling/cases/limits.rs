//! What of a proposal may happen now.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, read};
use crate::error::Result;
use crate::scaling::config::{RatePolicy, RatePolicyKind, ScalingRules, SelectPolicy};
use crate::scaling::hpa::{Limits, Recommendation, ScaleEvent, stabilize};

/// Cases count back from now.
const NOW: f64 = 0.0;

pub(super) fn stabilized(case: &Value) -> Result<Answer> {
    #[derive(Deserialize)]
    struct Past {
        value: u32,
        age_s: f64,
    }
    #[derive(Deserialize)]
    struct Given {
        recommendations: Vec<Past>,
        current: u32,
        desired: u32,
        up_window_s: f64,
        down_window_s: f64,
    }
    let given: Given = read(case)?;
    let past = |past: &Past| Recommendation { time: NOW - past.age_s, count: past.value };
    let past: Vec<Recommendation> = given.recommendations.iter().map(past).collect();
    Ok(stabilize(given.current, given.desired, &past, given.up_window_s, given.down_window_s, NOW).into())
}

#[derive(Deserialize)]
struct CaseRules {
    #[serde(default)]
    select: SelectPolicy,
    #[serde(default)]
    policies: Vec<CasePolicy>,
}

#[derive(Deserialize)]
struct CasePolicy {
    #[serde(rename = "type")]
    kind: RatePolicyKind,
    value: u32,
    period_s: f64,
}

impl From<CaseRules> for ScalingRules {
    fn from(rules: CaseRules) -> Self {
        let policy =
            |policy: CasePolicy| RatePolicy { kind: policy.kind, value: policy.value, period: policy.period_s };
        let policies = rules.policies.into_iter().map(policy).collect();
        Self { stabilization_window: 0.0, select: rules.select, policies }
    }
}

#[derive(Deserialize)]
struct CaseEvent {
    age_s: f64,
    change: u32,
}

fn events(events: &[CaseEvent]) -> Vec<ScaleEvent> {
    events.iter().map(|event| ScaleEvent { time: NOW - event.age_s, change: event.change }).collect()
}

#[derive(Deserialize)]
struct Given {
    current: u32,
    desired: u32,
    min: u32,
    max: u32,
    scale_up: Option<CaseRules>,
    scale_down: Option<CaseRules>,
    #[serde(default)]
    scale_up_events: Vec<CaseEvent>,
    #[serde(default)]
    scale_down_events: Vec<CaseEvent>,
}

pub(super) fn behavior_rate(case: &Value) -> Result<Answer> {
    let given: Given = read(case)?;
    let up = given.scale_up.map_or_else(ScalingRules::up, Into::into);
    let down = given.scale_down.map_or_else(ScalingRules::down, Into::into);
    let limits = Limits { min: given.min, max: given.max, up: &up, down: &down };
    let (added, removed) = (events(&given.scale_up_events), events(&given.scale_down_events));
    let (count, reason) = limits.apply(given.current, given.desired, &added, &removed, NOW);
    Ok(Answer { counts: vec![count], reason: Some(reason) })
}

pub(super) fn without_behavior(case: &Value) -> Result<Answer> {
    let given: Given = read(case)?;
    let rules = ScalingRules::unlimited();
    let limits = Limits { min: given.min, max: given.max, up: &rules, down: &rules };
    let (count, reason) = limits.apply_without_behavior(given.current, given.desired);
    Ok(Answer { counts: vec![count], reason: Some(reason) })
}
