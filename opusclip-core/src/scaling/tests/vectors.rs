//! Histories of engines in tests/vectors/scaling, which Python and Node run through their bindings.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::config::from_json;
use crate::error::{Error, Result};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/scaling");
/// Its cases have a format of their own: `scaling::cases` runs them.
const CASES: &str = "hpa.json";

/// An engine with what was handed out by it.
struct History {
    config: ScalingConfig,
    engine: ScalingEngine,
    decisions: BTreeMap<String, ScalingDecision>,
    last: Option<ScalingDecision>,
    tokens: BTreeMap<String, String>,
}

/// A number, also one that JSON cannot say.
fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("NaN") => f64::NAN,
        Some("Infinity") => f64::INFINITY,
        _ => value.as_f64().unwrap(),
    }
}

/// Metrics with the numbers that JSON cannot say, as a program would give them.
fn metrics(given: &Value) -> Result<ResourceMetrics> {
    let mut given = given.clone();
    let custom = given.as_object_mut().unwrap().remove("custom");
    let custom = custom.iter().flat_map(|custom| custom.as_object().unwrap());
    let custom = custom.map(|(name, value)| (name.clone(), number(value))).collect();
    Ok(ResourceMetrics { custom, ..from_json(given)? })
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl History {
    fn new(config: &Value) -> Result<Self> {
        let config: ScalingConfig = from_json(config.clone())?;
        let engine = ScalingEngine::new(config.clone())?;
        Ok(Self { config, engine, decisions: BTreeMap::new(), last: None, tokens: BTreeMap::new() })
    }

    fn call(&mut self, step: &Value) -> Result<Value> {
        let text = |name: &str| step.get(name).and_then(Value::as_str);
        let now = step.get("now").map_or(0.0, number);
        let token = text("action").map(|action| self.tokens[action].clone());
        let token = token.or_else(|| text("token").map(str::to_owned)).unwrap_or_default();
        Ok(match text("do").unwrap() {
            "evaluate" => {
                let decision = self.engine.evaluate(&metrics(&step["metrics"])?, now)?;
                self.last = Some(decision.clone());
                if let Some(name) = text("as") {
                    self.decisions.insert(name.to_owned(), decision.clone());
                }
                json!(decision)
            }
            "begin" => {
                let named = text("decision").map(|name| &self.decisions[name]);
                let request = self.engine.begin(named.or(self.last.as_ref()).unwrap(), now)?;
                if let (Some(name), Some(request)) = (text("as"), &request) {
                    self.tokens.insert(name.to_owned(), request.token.clone());
                }
                json!(request)
            }
            "succeeded" => json!(self.engine.succeeded(&token, now)?),
            "failed" => json!(self.engine.failed(&token, text("because").unwrap(), now)?),
            "due" => {
                let request = self.engine.due(now)?;
                if let Some(same) = text("same") {
                    assert_eq!(request.as_ref().map(|request| &request.token), Some(&self.tokens[same]));
                }
                json!(request)
            }
            "ready" => json!(
                self.engine
                    .ready(from_json(step["instances"].clone()).map_err(|error| error.field("instances"))?, now)?
            ),
            "wanted_instances" => json!(self.engine.wanted_instances(now)?),
            "prometheus_text" => json!(self.engine.prometheus_text(&from_json(step["labels"].clone())?, now)?),
            "keda_json" => json!(self.engine.keda_json(now)?),
            "answer_keda" => {
                let method = keda::Method::of(text("method").unwrap())?;
                json!(hex(&self.engine.answer_keda(method, &bytes(text("request").unwrap()), now)?))
            }
            "status" => json!(self.engine.status(now)?),
            "actions" => json!(self.engine.actions()),
            "history" => json!(self.engine.history()),
            "restore" => {
                let saved = text("saved").map_or_else(|| self.engine.save(), |saved| Ok(saved.to_owned()))?;
                self.engine = ScalingEngine::restore(self.config.clone(), &saved)?;
                Value::Null
            }
            other => panic!("there is no step {other:?}"),
        })
    }

    /// What was answered, where it was not refused.
    fn step(&mut self, step: &Value) -> Option<Value> {
        let got = self.call(step);
        if let Some(error) = step.get("error") {
            refused(&got.unwrap_err(), error);
            return None;
        }
        let got = got.unwrap_or_else(|error| panic!("{step}: {error}"));
        if let Some(wanted) = step.get("expect") {
            compare(&got, wanted, step["do"].as_str().unwrap());
        }
        Some(got)
    }
}

fn refused(error: &Error, wanted: &Value) {
    assert_eq!(error.code().as_str(), wanted["code"].as_str().unwrap(), "{error}");
    if let Some(field) = wanted.get("field") {
        assert_eq!(error.field_name(), field.as_str(), "{error}");
    }
}

/// What is wanted is there; what else is there does not matter.
fn compare(got: &Value, wanted: &Value, at: &str) {
    let wrong = || format!("{at} is {got}, wanted {wanted}");
    match wanted {
        Value::Array(list) => {
            assert_eq!(got.as_array().map(Vec::len), Some(list.len()), "{}", wrong());
            list.iter().enumerate().for_each(|(place, one)| compare(&got[place], one, &format!("{at}[{place}]")));
        }
        Value::Object(fields) => {
            if let Some(part) = fields.get("$contains") {
                return assert!(got.as_str().unwrap().contains(part.as_str().unwrap()), "{}", wrong());
            }
            fields.iter().for_each(|(name, one)| compare(&got[name], one, &format!("{at}.{name}")));
        }
        Value::Number(_) => {
            let close = got.as_f64().is_some_and(|got| (got - wanted.as_f64().unwrap()).abs() < 1e-6);
            assert!(close, "{}", wrong());
        }
        _ => assert_eq!(got, wanted, "{}", wrong()),
    }
}

#[test]
fn vectors() {
    let mut count = 0;
    for file in std::fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().path()) {
        if file.ends_with(CASES) {
            continue;
        }
        let file: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            count += 1;
            let made = History::new(&case["config"]);
            match (made, case.get("error")) {
                (made, Some(error)) => refused(&made.map(drop).unwrap_err(), error),
                (Err(error), None) => panic!("{}: {error}", case["name"]),
                (Ok(mut history), None) => {
                    // The same inputs again give the same answers.
                    let mut again = History::new(&case["config"]).unwrap();
                    for step in case["steps"].as_array().unwrap() {
                        let run = std::panic::AssertUnwindSafe(|| assert_eq!(history.step(step), again.step(step)));
                        assert!(std::panic::catch_unwind(run).is_ok(), "in the case {}: {step}", case["name"]);
                    }
                }
            }
        }
    }
    assert!(count > 60, "vectors are missing");
}
