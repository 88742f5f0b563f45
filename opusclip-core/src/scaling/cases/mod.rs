//! Cases with known results, put through the engine: the tests of the HorizontalPodAutoscaler and of the Knative Pod
//! Autoscaler as data.
//!
//! A file has `cases`, each with an `id`, a `kind`, what is given, and what to `expect`: a count, and for some an
//! `expect_reason`. `defaults.tolerance` and `defaults.kpa_config` hold where a case says nothing else.
//!
//! ```
//! let file = serde_json::json!({"cases": [{
//!     "id": "per pod", "kind": "external_avg", "current": 3, "value": 8600, "target_avg": 2150, "expect": 4
//! }]});
//! let results = opusclip_core::scaling::cases::run(&file)?;
//! assert!(results[0].passed, "{}", results[0].detail);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod bursts;
mod counts;
mod limits;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hpa::{HpaReason, Tolerance};
use super::kpa::KpaOptions;
use crate::error::{Error, ErrorCode, Result};

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseResult {
    /// The case's id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Whether the engine says what is expected.
    pub passed: bool,
    /// Where it does not: what it says instead.
    pub detail: String,
}

/// What holds for all cases of a file.
#[derive(Debug, Default)]
struct Defaults {
    tolerance: Tolerance,
    kpa: Value,
}

/// What the engine says: a count, or one for each step, and why.
#[derive(Debug)]
struct Answer {
    counts: Vec<u32>,
    reason: Option<HpaReason>,
}

impl From<u32> for Answer {
    fn from(count: u32) -> Self {
        Self { counts: vec![count], reason: None }
    }
}

const KINDS: [&str; 13] = [
    "resource",
    "resource_value",
    "pods_metric",
    "object_value",
    "external_value",
    "object_avg",
    "external_avg",
    "multi",
    "bounds_first",
    "stabilize",
    "behavior_rate",
    "rate_without_behavior",
    "kpa",
];

/// Whether a file holds cases of scaling.
pub fn recognizes(file: &Value) -> bool {
    let kind = |case: &Value| case.get("kind").and_then(Value::as_str).is_some_and(|kind| KINDS.contains(&kind));
    file.get("cases").and_then(Value::as_array).is_some_and(|cases| cases.iter().any(kind))
}

/// Put every case of a file through the engine.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] where there is no list of cases. A case that cannot be understood has failed.
pub fn run(file: &Value) -> Result<Vec<CaseResult>> {
    let cases = file.get("cases").and_then(Value::as_array).ok_or_else(|| {
        Error::new(ErrorCode::DataInvalid, "there is no list of cases").field("cases").hint("write {\"cases\": [...]}")
    })?;
    let defaults = file.get("defaults").unwrap_or(&Value::Null);
    let defaults = Defaults {
        tolerance: tolerance(defaults)?.unwrap_or_default(),
        kpa: defaults.get("kpa_config").cloned().unwrap_or(Value::Null),
    };
    Ok(cases.iter().map(|case| run_one(case, &defaults)).collect())
}

fn run_one(case: &Value, defaults: &Defaults) -> CaseResult {
    let text = |field: &str| case.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, kind) = (text("id"), text("kind"));
    let detail = match answer(&kind, case, defaults).and_then(|answer| compare(case, &answer)) {
        Ok(difference) => difference.unwrap_or_default(),
        Err(error) => error.to_string(),
    };
    CaseResult { id, kind, passed: detail.is_empty(), detail }
}

fn answer(kind: &str, case: &Value, defaults: &Defaults) -> Result<Answer> {
    let tolerance = tolerance(case)?.unwrap_or(defaults.tolerance);
    match kind {
        "resource" => counts::resource(case, tolerance),
        "resource_value" => counts::resource_value(case, tolerance),
        "pods_metric" => counts::pods_metric(case, tolerance),
        "object_value" | "external_value" => counts::value(case, tolerance),
        "object_avg" | "external_avg" => counts::average_value(case, tolerance),
        "multi" => counts::multi(case),
        "bounds_first" => counts::bounds_first(case),
        "stabilize" => limits::stabilized(case),
        "behavior_rate" => limits::behavior_rate(case),
        "rate_without_behavior" => limits::without_behavior(case),
        "kpa" => bursts::kpa(case, &defaults.kpa),
        _ => Err(Error::new(ErrorCode::DataInvalid, format!("there is no kind of case {kind:?}"))
            .field("kind")
            .hint(crate::config::alternatives(kind, &KINDS, KINDS.len()))),
    }
}

/// The first place where an answer is not what is expected.
fn compare(case: &Value, answer: &Answer) -> Result<Option<String>> {
    let steps = case.get("steps").and_then(Value::as_array);
    let expected: Vec<&Value> = match steps {
        Some(steps) => steps.iter().map(|step| step.get("expect").unwrap_or(&Value::Null)).collect(),
        None => vec![case.get("expect").unwrap_or(&Value::Null)],
    };
    for (at, (expected, found)) in expected.iter().zip(&answer.counts).enumerate() {
        let wanted = expected.as_u64().ok_or_else(|| wrong("expect", "whole number"))?;
        if wanted != u64::from(*found) {
            let place = if steps.is_some() { format!("steps[{at}] ") } else { String::new() };
            return Ok(Some(format!("{place}gives {found}, not {wanted}")));
        }
    }
    if expected.is_empty() || expected.len() != answer.counts.len() {
        return Err(wrong("steps", "list with something to expect"));
    }
    let wanted = case.get("expect_reason").and_then(Value::as_str);
    Ok(wanted.zip(answer.reason).and_then(|(wanted, reason)| {
        (wanted != reason.as_str()).then(|| format!("the reason is {}, not {wanted}", reason.as_str()))
    }))
}

fn wrong(field: &str, what: &str) -> Error {
    Error::new(ErrorCode::DataInvalid, format!("{field} is no {what}")).field(field)
}

/// A part of a case, read by its type; a failure names the field.
fn read<T: DeserializeOwned>(value: &Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|failure| crate::config::located(ErrorCode::DataInvalid, &failure))
}

/// `0.1`, or apart for each direction: `{"up": 0.1, "down": 0.05}`.
fn tolerance(value: &Value) -> Result<Option<Tolerance>> {
    match value.get("tolerance") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(both)) => {
            let both = both.as_f64().unwrap_or_default();
            Ok(Some(Tolerance { up: both, down: both }))
        }
        Some(other) => read(other).map(Some),
    }
}

/// Options of a KPA case over those of the file and Knative's own.
fn kpa_options(case: &Value, defaults: &Value) -> Result<KpaOptions> {
    #[derive(Deserialize)]
    struct Config {
        panic_threshold: Option<f64>,
        max_up: Option<f64>,
        max_down: Option<f64>,
        stable_window_s: Option<f64>,
    }
    let nothing = serde_json::json!({});
    let of = |value: &Value| read::<Config>(if value.is_object() { value } else { &nothing });
    let (own, file) = (of(case.get("config").unwrap_or(&Value::Null))?, of(defaults)?);
    let base = KpaOptions::default();
    Ok(KpaOptions {
        panic_threshold: own.panic_threshold.or(file.panic_threshold).unwrap_or(base.panic_threshold),
        max_scale_up_rate: own.max_up.or(file.max_up).unwrap_or(base.max_scale_up_rate),
        max_scale_down_rate: own.max_down.or(file.max_down).unwrap_or(base.max_scale_down_rate),
        stable_window: own.stable_window_s.or(file.stable_window_s).unwrap_or(base.stable_window),
        ..base
    })
}
