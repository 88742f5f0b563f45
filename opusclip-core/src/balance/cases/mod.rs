//! Cases with known results, put through the engine: rules of nginx, Envoy, HAProxy, tower and Prequal as data.
//!
//! A file has `cases`, each with an `id`, a `kind`, an `input` and what to `expect`, with an optional `tolerance` for
//! numbers. What the engine says is worked out from `input` alone and then compared with every field of `expect`.
//!
//! ```
//! let file = serde_json::json!({"cases": [{
//!     "id": "nginx", "kind": "smooth_wrr",
//!     "input": {"weights": {"a": 5, "b": 1, "c": 1}, "picks": 7},
//!     "expect": {"picks": ["a", "a", "b", "a", "c", "a", "a"]}
//! }]});
//! let outcomes = opusclip_core::balance::cases::run(&file)?;
//! assert!(outcomes[0].passed, "{}", outcomes[0].detail);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod hashing;
mod health;
mod input;
mod turns;
mod weighing;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, ErrorCode, Result};

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseOutcome {
    /// The case's id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Whether the engine says what is expected.
    pub passed: bool,
    /// Where it does not: what it says instead.
    pub detail: String,
}

/// Put every case of a file through the engine.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] where there is no list of cases. A case that cannot be understood has failed.
pub fn run(file: &Value) -> Result<Vec<CaseOutcome>> {
    let cases = file.get("cases").and_then(Value::as_array).ok_or_else(|| {
        Error::new(ErrorCode::DataInvalid, "there is no list of cases").field("cases").hint("write {\"cases\": [...]}")
    })?;
    Ok(cases.iter().map(run_one).collect())
}

fn run_one(case: &Value) -> CaseOutcome {
    let text = |field: &str| case.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, kind) = (text("id"), text("kind"));
    let nothing = Value::Null;
    let input = case.get("input").unwrap_or(&nothing);
    let expect = case.get("expect").unwrap_or(&nothing);
    let tolerance = case.get("tolerance").and_then(Value::as_f64).unwrap_or(TOLERANCE);
    let detail = match answer(&kind, input) {
        Ok(_) if expect.as_object().is_none_or(serde_json::Map::is_empty) => "it expects nothing".to_owned(),
        Ok(answer) => difference("", expect, &answer, tolerance).unwrap_or_default(),
        Err(error) => error.to_string(),
    };
    CaseOutcome { id, kind, passed: detail.is_empty(), detail }
}

/// Numbers are the same within this.
const TOLERANCE: f64 = 1e-9;

/// What the engine says.
fn answer(kind: &str, input: &Value) -> Result<Value> {
    match kind {
        "smooth_wrr" => turns::smooth(input),
        "smooth_wrr_failure" => turns::smooth_with_failures(input),
        "smooth_wrr_vs_expanded" => turns::smooth_beside_expanded(input),
        "edf_wrr" => turns::deadlines(input),
        "priority_load" => health::priority(input),
        "panic_threshold" => health::panic(input),
        "slow_start" => health::slow_start(input),
        "ejection_time" => health::ejection_time(input),
        "ejection_limit" => health::ejection_limit(input),
        "success_rate_outlier" => health::success_rate(input),
        "maglev" => hashing::maglev(input),
        "ketama" | "ketama_stability" | "ring_hash" => hashing::stability(input),
        "bounded_load" => hashing::bounded_load(input),
        "peak_ewma" | "peak_ewma_timeline" => weighing::peak_ewma(input),
        "p2c" => weighing::two_choices(input),
        "least_request_weight" => weighing::least_request(input),
        "prequal_hcl" => weighing::hot_or_cold(input),
        "reuse_budget" | "prequal_reuse_budget" | "prequal_reuse" => weighing::reuse(input),
        _ => Err(Error::new(ErrorCode::DataInvalid, format!("there is no kind of case {kind:?}")).field("kind")),
    }
}

/// The first place where an answer is not what is expected.
fn difference(path: &str, expected: &Value, found: &Value, tolerance: f64) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected.iter().find_map(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            difference(&path, value, found.get(key).unwrap_or(&Value::Null), tolerance)
        }),
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.find_map(|(at, (expected, found))| difference(&format!("{path}[{at}]"), expected, found, tolerance))
        }
        (Value::Number(_), Value::Number(_)) => {
            let (wanted, is) = (expected.as_f64()?, found.as_f64()?);
            let same = (wanted - is).abs() <= tolerance;
            (!same).then(|| format!("{path} is {is}, not {wanted}"))
        }
        _ => (expected != found).then(|| format!("{path} is {found}, not {expected}")),
    }
}
