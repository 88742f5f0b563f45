//! How many instances metrics ask for.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, read};
use crate::error::Result;
use crate::scaling::hpa::{self, Pod, PodPhase, Tolerance, replicas};

/// A pod as a case writes it.
#[derive(Deserialize)]
struct CasePod {
    #[serde(default = "one_core")]
    request_m: f64,
    usage: Option<f64>,
    #[serde(default = "yes")]
    ready: bool,
    #[serde(default)]
    phase: PodPhase,
    #[serde(default)]
    deleting: bool,
    #[serde(default)]
    in_cpu_init_window_without_fresh_sample: bool,
}

const fn one_core() -> f64 {
    1000.0
}

const fn yes() -> bool {
    true
}

impl From<CasePod> for Pod {
    fn from(pod: CasePod) -> Self {
        Self {
            request: pod.request_m,
            usage: pod.usage,
            ready: pod.ready,
            phase: pod.phase,
            deleting: pod.deleting,
            initializing: pod.in_cpu_init_window_without_fresh_sample,
        }
    }
}

/// What a case with pods gives. Samples of unknown pods (`extra_samples_of_unknown_pods`) belong to nobody and are not
/// read.
#[derive(Deserialize)]
struct WithPods {
    current: u32,
    target_pct: Option<u32>,
    target_avg: Option<f64>,
    /// `cpu` where it is not given.
    resource: Option<String>,
    pods: Vec<CasePod>,
}

impl WithPods {
    fn read(case: &Value) -> Result<(Self, Vec<Pod>)> {
        let mut given: Self = read(case)?;
        let pods = std::mem::take(&mut given.pods).into_iter().map(Pod::from).collect();
        Ok((given, pods))
    }
}

pub(super) fn resource(case: &Value, tolerance: Tolerance) -> Result<Answer> {
    let (given, pods) = WithPods::read(case)?;
    let rule = match given.resource.as_deref() {
        None | Some("cpu") => replicas::by_utilization,
        Some(_) => replicas::by_memory_utilization,
    };
    let target = given.target_pct.ok_or_else(|| super::wrong("target_pct", "whole number"))?;
    rule(given.current, target, &pods, tolerance).map(Answer::from)
}

pub(super) fn resource_value(case: &Value, tolerance: Tolerance) -> Result<Answer> {
    let (given, pods) = WithPods::read(case)?;
    let target = given.target_avg.ok_or_else(|| super::wrong("target_avg", "number"))?;
    replicas::by_cpu_value(given.current, target, &pods, tolerance).map(Answer::from)
}

pub(super) fn pods_metric(case: &Value, tolerance: Tolerance) -> Result<Answer> {
    let (given, pods) = WithPods::read(case)?;
    let target = given.target_avg.ok_or_else(|| super::wrong("target_avg", "number"))?;
    replicas::by_pods_metric(given.current, target, &pods, tolerance).map(Answer::from)
}

pub(super) fn value(case: &Value, tolerance: Tolerance) -> Result<Answer> {
    #[derive(Deserialize)]
    struct Given {
        current: u32,
        value: f64,
        target: f64,
        ready_pods: u32,
    }
    let given: Given = read(case)?;
    replicas::by_value(given.current, given.value, given.target, given.ready_pods, tolerance).map(Answer::from)
}

pub(super) fn average_value(case: &Value, tolerance: Tolerance) -> Result<Answer> {
    #[derive(Deserialize)]
    struct Given {
        current: u32,
        value: f64,
        target_avg: f64,
    }
    let given: Given = read(case)?;
    replicas::by_average_value(given.current, given.value, given.target_avg, tolerance).map(Answer::from)
}

pub(super) fn multi(case: &Value) -> Result<Answer> {
    #[derive(Deserialize)]
    struct Given {
        min: u32,
        max: u32,
        current: u32,
        metric_proposals: Vec<Option<u32>>,
    }
    let given: Given = read(case)?;
    let desired = hpa::combine(given.current, &given.metric_proposals).unwrap_or(given.current);
    Ok(desired.clamp(given.min, given.max.max(given.min)).into())
}

pub(super) fn bounds_first(case: &Value) -> Result<Answer> {
    #[derive(Deserialize)]
    struct Given {
        min: u32,
        max: u32,
        current: u32,
    }
    let given: Given = read(case)?;
    Ok(hpa::combine::bounds_first(given.current, given.min, given.max).unwrap_or(given.current).into())
}
