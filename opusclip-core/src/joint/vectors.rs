//! Runs of the simulators in tests/vectors/simulations, which Python and Node play through their bindings.

use serde_json::{Value, json};

use super::*;
use crate::config::from_json;
use crate::scaling::simulate::compare;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/simulations");

/// The runs of a case.
fn played(case: &Value, traces: &Value) -> Result<Value> {
    let options = |name: &str| case.get(name).cloned().unwrap_or_else(|| json!({}));
    let trace = &case["trace"];
    let trace: Trace = from_json(trace.as_str().map_or(trace, |name| &traces[name]).clone())?;
    let comparison: ComparisonOptions = from_json(options("options"))?;
    let report = match case["call"].as_str().unwrap() {
        "simulate_scaling" => compare(&trace, &comparison)?,
        "simulate_joint" => simulate(&trace, &comparison, &from_json(options("balancing"))?)?,
        other => panic!("there is no call {other:?}"),
    };
    Ok(json!(report.runs))
}

/// Whether all that is wanted is there, numbers to the last digit; what else is there does not matter.
fn matches(got: &Value, wanted: &Value) -> bool {
    match (got, wanted) {
        (Value::Array(got), Value::Array(list)) => {
            got.len() == list.len() && got.iter().zip(list).all(|(got, one)| matches(got, one))
        }
        (Value::Object(got), Value::Object(fields)) => {
            fields.iter().all(|(name, one)| got.get(name).is_some_and(|got| matches(got, one)))
        }
        (Value::Number(got), Value::Number(number)) => got.as_f64() == number.as_f64(),
        _ => got == wanted,
    }
}

#[test]
fn vectors() {
    let mut count = 0;
    for file in std::fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().path()) {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            count += 1;
            let name = &case["name"];
            match (played(case, &file["traces"]), case.get("error")) {
                (Err(error), Some(wanted)) => {
                    assert_eq!(error.code().as_str(), wanted["code"].as_str().unwrap(), "{name}: {error}");
                    assert_eq!(error.field_name(), wanted["field"].as_str(), "{name}: {error}");
                }
                (Ok(got), None) => {
                    for (at, wanted) in case["expect"].as_array().unwrap().iter().enumerate() {
                        assert!(matches(&got[at], wanted), "{name}: run {at} is {}, wanted {wanted}", got[at]);
                    }
                    assert_eq!(got.as_array().map(Vec::len), case["expect"].as_array().map(Vec::len), "{name}");
                }
                (got, wanted) => panic!("{name}: {got:?}, wanted {wanted:?}"),
            }
        }
    }
    assert!(count > 30, "vectors are missing");
}
