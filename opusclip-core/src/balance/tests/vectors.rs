//! Histories of balancers in tests/vectors/balance, which Python and Node run through their bindings.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::*;
use crate::balance::discovery::InstanceSpec;
use crate::config::from_json;
use crate::error::{Error, Result};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/balance");

/// A balancer with what was handed out by it.
struct History {
    balancer: LoadBalancer,
    picks: BTreeMap<String, OwnedPick>,
    subsets: BTreeMap<String, Subset>,
}

fn made(options: &Value) -> Result<LoadBalancer> {
    LoadBalancer::new(if options.is_null() { BalancerOptions::default() } else { from_json(options.clone())? })
}

/// A number, also one that JSON cannot say.
fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("NaN") => f64::NAN,
        Some("Infinity") => f64::INFINITY,
        _ => value.as_f64().unwrap(),
    }
}

impl History {
    fn call(&mut self, step: &Value) -> Result<Value> {
        let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default();
        let now = step.get("now").map_or(0.0, number);
        let (balancer, id) = (&self.balancer, text("id"));
        Ok(match text("do") {
            "add_instance" => {
                let options = step.get("options").cloned().unwrap_or_else(|| json!({}));
                json!(balancer.add_instance(id, from_json(options)?, now)?)
            }
            "set_instances" => {
                let instances: Vec<InstanceSpec> = from_json(step["instances"].clone())?;
                json!(balancer.set_instances(&instances, step.get("drain").map_or(30.0, number), now)?)
            }
            "remove_instance" => json!(balancer.remove_instance(id, now)?),
            "drain" => json!(balancer.drain(id, number(&step["deadline"]), now)?),
            "disable" => json!(balancer.disable(id, now)?),
            "enable" => json!(balancer.enable(id, now)?),
            "set_weight" => json!(balancer.set_weight(id, number(&step["weight"]), now)?),
            "set_instance_health" => json!(balancer.set_instance_health(id, step["healthy"] == true, now)?),
            "due_checks" => {
                let most = step.get("most").and_then(Value::as_u64).map_or(usize::MAX, |most| most as usize);
                json!(balancer.due_checks_up_to(most, now)?)
            }
            "next_check" => json!(balancer.next_check()),
            "report_check" => match step.get("reason").and_then(Value::as_str) {
                Some(reason) => json!(balancer.report_failed_check(id, reason, now)?),
                None => json!(balancer.report_check(id, step["passed"] == true, now)?),
            },
            "report_probe" => {
                let in_flight = step["in_flight"].as_u64().unwrap();
                let response_time = number(&step["response_time"]);
                json!(balancer.report_probe(id, Probe { in_flight, response_time }, now)?)
            }
            "report_load" => {
                let part = |name: &str| step.get(name).map_or(0.0, number);
                let report = LoadReport { utilization: part("utilization"), qps: part("qps"), eps: part("eps") };
                json!(balancer.report_load(id, report, now)?)
            }
            "report" => {
                let end = end(step, now)?;
                json!(balancer.report(id, end.outcome(), number(&step["seconds"]), now)?)
            }
            "instance_ids" => json!(balancer.instance_ids()),
            "take_events" => json!(balancer.take_events()),
            "exposition" => json!(balancer.exposition(now)?),
            "snapshot" => json!(balancer.snapshot(now)?),
            "subset" => {
                let subset = balancer.subset(&from_json(step["metadata"].clone())?, now)?;
                self.subsets.insert(text("as").to_owned(), subset);
                Value::Null
            }
            "end" => {
                let end = end(step, now)?;
                json!(self.picks.get_mut(text("pick")).unwrap().end(end))
            }
            _ => return self.ask(step, now),
        })
    }

    /// What is asked for a request.
    fn ask(&mut self, step: &Value, now: f64) -> Result<Value> {
        let exclude: Vec<String> = step.get("exclude").map_or(Ok(Vec::new()), |ids| from_json(ids.clone()))?;
        let exclude: Vec<&str> = exclude.iter().map(String::as_str).collect();
        let what = step["do"].as_str().unwrap();
        let request = PickRequest {
            key: step.get("key").and_then(Value::as_str).map(str::as_bytes),
            exclude: &exclude,
            subset: step.get("subset").map(|name| self.subsets[name.as_str().unwrap()]),
            retry: what == "pick_excluding",
        };
        match what {
            "explain" => Ok(json!(self.balancer.explain(&request, now)?)),
            "get_next_instance" => Ok(json!(self.balancer.next_instance(&request, now)?)),
            "pick" | "pick_excluding" => {
                let pick = self.balancer.pick_owned(&request, now)?;
                let id = json!(pick.id());
                self.picks.insert(step["as"].as_str().unwrap().to_owned(), pick);
                Ok(id)
            }
            other => panic!("there is no step {other}"),
        }
    }
}

fn end(step: &Value, now: f64) -> Result<RequestEnd> {
    let outcome = step.get("outcome").map(|outcome| from_json(outcome.clone()).map_err(|error| error.field("outcome")));
    let status = step.get("status").and_then(Value::as_i64);
    RequestEnd::new(outcome.transpose()?, status, step.get("retry_after").map(number), now)
}

fn check_error(found: &Error, expected: &Value, at: &str) {
    assert_eq!(found.code().as_str(), expected["code"], "{at}: {found}");
    if let Some(field) = expected.get("field") {
        assert_eq!(found.field_name().unwrap_or_default(), field, "{at}: {found}");
    }
}

fn check(found: &Value, expected: &Value, at: &str) {
    match expected {
        Value::Array(expected) => {
            let found = found.as_array().unwrap();
            assert_eq!(found.len(), expected.len(), "{at}: {found:?}");
            found.iter().zip(expected).for_each(|(found, expected)| check(found, expected, at));
        }
        Value::Object(rule) => check_rule(found, rule, at),
        Value::Number(_) => assert!((number(found) - number(expected)).abs() < 1e-9, "{at}: {found} is not {expected}"),
        _ => assert_eq!(found, expected, "{at}"),
    }
}

fn check_rule(found: &Value, rule: &Map<String, Value>, at: &str) {
    if let Some(part) = rule.get("$contains") {
        assert!(found.as_str().unwrap().contains(part.as_str().unwrap()), "{at}: {found}");
    } else if rule.contains_key("$same") {
        assert!(found.as_array().unwrap().windows(2).all(|pair| pair[0] == pair[1]), "{at}: {found}");
    } else if let Some(any) = rule.get("$any_of") {
        let any = any.as_array().unwrap();
        assert!(found.as_array().unwrap().iter().all(|one| any.contains(one)), "{at}: {found}");
    } else if let Some(near) = rule.get("$near") {
        assert!((number(found) - number(near)).abs() <= number(&rule["within"]), "{at}: {found}");
    } else {
        rule.iter().for_each(|(name, expected)| check(&found[name], expected, &format!("{at}.{name}")));
    }
}

fn run(case: &Value) {
    let name = case["name"].as_str().unwrap();
    let made = made(&case["options"]);
    if let Some(error) = case.get("error") {
        return check_error(&made.unwrap_err(), error, name);
    }
    let mut history = History { balancer: made.unwrap(), picks: BTreeMap::new(), subsets: BTreeMap::new() };
    for (at, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let at = format!("{name}, step {at}");
        let found = match step.get("times").and_then(Value::as_u64) {
            Some(times) => (0..times).map(|_| history.call(step)).collect::<Result<Vec<_>>>().map(Value::from),
            None => history.call(step),
        };
        match (found, step.get("error"), step.get("expect")) {
            (Err(found), Some(error), _) => check_error(&found, error, &at),
            (Ok(found), None, Some(expected)) => check(&found, expected, &at),
            (found, None, _) => drop(found.unwrap()),
            (Ok(found), Some(error), _) => panic!("{at}: {found} instead of {error}"),
        }
    }
}

#[test]
fn histories_are_the_same_in_every_language() {
    let mut count = 0;
    for file in std::fs::read_dir(FOLDER).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let table: Value = serde_json::from_str(&text).unwrap();
        for case in table["cases"].as_array().unwrap() {
            run(case);
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}
