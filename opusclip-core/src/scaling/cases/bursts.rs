//! The Knative Pod Autoscaler, step by step.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, kpa_options, read};
use crate::error::Result;
use crate::scaling::kpa::{Kpa, KpaOptions, Observation};

#[derive(Deserialize)]
struct Step {
    t_s: f64,
    ready: u32,
    stable: f64,
    panic: f64,
}

#[derive(Deserialize)]
struct Given {
    target: f64,
    #[serde(default = "yes")]
    reachable: bool,
    #[serde(default)]
    scale_down_delay_s: f64,
    #[serde(default = "one")]
    activation_scale: u32,
    #[serde(default = "one")]
    initial_ready: u32,
    steps: Vec<Step>,
}

const fn yes() -> bool {
    true
}

const fn one() -> u32 {
    1
}

pub(super) fn kpa(case: &Value, defaults: &Value) -> Result<Answer> {
    let given: Given = read(case)?;
    let options = KpaOptions {
        target: given.target,
        reachable: given.reachable,
        scale_down_delay: given.scale_down_delay_s,
        activation_scale: given.activation_scale,
        ..kpa_options(case, defaults)?
    };
    let start = given.steps.first().map_or(0.0, |step| step.t_s.min(0.0));
    let mut kpa = Kpa::new(options, given.initial_ready, start)?;
    let count =
        |step: &Step| kpa.scale(&Observation { ready: step.ready, stable: step.stable, panic: step.panic }, step.t_s);
    let counts = given.steps.iter().map(count).collect::<Result<Vec<u32>>>()?;
    Ok(Answer { counts, reason: None })
}
