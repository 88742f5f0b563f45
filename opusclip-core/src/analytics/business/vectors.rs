//! The answers of other tools to the same questions: `tests/vectors/analytics`, made by `tests/oracle`.

use serde_json::{Value, json};

use super::*;
use crate::config::from_json;
use crate::error::Result;

/// The files of these modules.
const FILES: [&str; 6] = ["activity", "business_errors", "experiments", "funnel", "lifetime", "money"];

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/../tests/vectors/analytics/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let table: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"));
    table["cases"].as_array().cloned().unwrap()
}

fn call(case: &Value) -> Result<Value> {
    let options = case["options"].clone();
    let given = |name: &str| case[name].clone();
    let events = || from_json::<EventTable>(given("events"));
    let payments = || from_json::<PaymentTable>(given("payments"));
    let customers = || from_json::<Vec<CustomerSummary>>(given("customers"));
    Ok(match case["call"].as_str().unwrap() {
        "funnel" => json!(funnel(&events()?.events()?, &from_json(options)?)?),
        "retention" => json!(retention(&events()?.events()?, &from_json(options)?)?),
        "users" => json!(users(&events()?.events()?, &from_json(options)?)?),
        "revenue" => json!(revenue(&payments()?.payments()?, &from_json(options)?)?),
        "cohort_values" => json!(cohort_values(&payments()?.payments()?, &from_json(options)?)?),
        "mrr" => {
            let table: SubscriptionTable = from_json(given("subscriptions"))?;
            json!(mrr(&table.subscriptions()?, &from_json(options)?)?)
        }
        "drivers" => json!(drivers(&from_json::<DriverTable>(given("rows"))?.rows()?, &from_json(options)?)?),
        "compare" => {
            json!(compare(&from_json(given("control"))?, &from_json(given("variant"))?, &from_json(options)?)?)
        }
        "bg_nbd" => {
            let model = BgNbd::fit(&customers()?)?;
            let horizon = case["horizon"].as_f64().unwrap();
            let each = customers()?;
            let alive: Vec<f64> = each.iter().map(|own| model.probability_alive(own)).collect();
            let expected: Vec<f64> = each.iter().map(|own| model.expected_purchases(own, horizon)).collect();
            json!({"model": model, "alive": alive, "expected": expected})
        }
        "gamma_gamma" => {
            let model = GammaGamma::fit(&customers()?)?;
            let expected: Vec<f64> = customers()?.iter().map(|own| model.expected_value(own)).collect();
            json!({"model": model, "expected": expected})
        }
        other => panic!("no call {other}"),
    })
}

/// Every key that is expected matches; keys that are not named are not compared.
fn matches(got: &Value, expect: &Value, tolerance: f64, place: &str) -> std::result::Result<(), String> {
    match (got, expect) {
        (Value::Object(got), Value::Object(expect)) => expect.iter().try_for_each(|(key, value)| {
            matches(got.get(key).unwrap_or(&Value::Null), value, tolerance, &format!("{place}.{key}"))
        }),
        (Value::Array(got), Value::Array(expect)) if got.len() == expect.len() => {
            let pairs = got.iter().zip(expect).enumerate();
            pairs
                .into_iter()
                .try_for_each(|(at, (got, expect))| matches(got, expect, tolerance, &format!("{place}[{at}]")))
        }
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            let near = (one - other).abs() <= tolerance * other.abs().max(1.0);
            near.then_some(()).ok_or_else(|| format!("{place} is {one}, not {other}"))
        }
        (got, expect) if got == expect => Ok(()),
        (got, expect) => Err(format!("{place} is {got}, not {expect}")),
    }
}

fn check(case: &Value) -> std::result::Result<(), String> {
    let tolerance = case["tolerance"].as_f64().unwrap_or(1e-6);
    match (call(case), case["expect"].get("error")) {
        (Ok(got), None) => matches(&got, &case["expect"]["value"], tolerance, ""),
        (Err(error), Some(expect)) => matches(&error.to_json(), expect, tolerance, ""),
        (Err(error), None) => Err(format!("failed with {error}")),
        (Ok(_), Some(error)) => Err(format!("did not fail with {error}")),
    }
}

#[test]
fn answers_are_those_of_the_oracles() {
    let cases: Vec<Value> = FILES.iter().flat_map(|file| cases(file)).collect();
    assert!(cases.len() >= 80, "only {} cases", cases.len());
    let failed = |case: &Value| check(case).err().map(|why| format!("{}: {why}", case["name"]));
    let failures: Vec<String> = cases.iter().filter_map(failed).collect();
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), cases.len(), failures.join("\n"));
}
