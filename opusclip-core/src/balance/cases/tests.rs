use super::*;

/// The shared cases, where they are.
#[test]
#[allow(clippy::print_stderr)] // Who runs the tests must see that these were skipped, and why.
fn the_shared_cases_pass() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/cases/lb_cases.json");
    let Ok(text) = std::fs::read_to_string(file) else {
        return eprintln!("skipped: {file} is not there");
    };
    let outcomes = run(&serde_json::from_str(&text).unwrap()).unwrap();
    assert!(!outcomes.is_empty());
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

fn one(kind: &str, input: &Value, expect: &Value) -> CaseOutcome {
    let file = serde_json::json!({"cases": [{"id": "x", "kind": kind, "input": input, "expect": expect}]});
    run(&file).unwrap().remove(0)
}

#[test]
fn a_wrong_expectation_fails_and_says_where() {
    let input = serde_json::json!({"weights": {"a": 5, "b": 1, "c": 1}, "picks": 3});
    let outcome = one("smooth_wrr", &input, &serde_json::json!({"picks": ["a", "b", "b"]}));
    assert_eq!((outcome.passed, outcome.detail.as_str()), (false, "picks[1] is \"a\", not \"b\""));
}

#[test]
fn cases_that_cannot_be_understood_have_failed() {
    let nothing = serde_json::json!({});
    for kind in ["smooth_wrr", "priority_load", "maglev", "peak_ewma", "p2c", "prequal_hcl", "bounded_load", "unheard"]
    {
        assert!(!one(kind, &nothing, &serde_json::json!({"picks": []})).passed, "{kind}");
    }
    assert!(!one("p2c", &serde_json::json!({"ready": 1, "loads": [1]}), &nothing).passed, "it expects nothing");
    assert!(run(&serde_json::json!({})).is_err());
}

/// A slow answer counts at once, a quick one by how long ago the last was; pending requests multiply.
#[test]
fn a_timeline_of_response_times() {
    let input = serde_json::json!({"default_rtt_ms": 10, "decay_ms": 1000, "events": [
        {"t_ms": 0, "rtt_ms": 50}, {"t_ms": 0, "read": true}, {"t_ms": 1000, "rtt_ms": 10}, {"t_ms": 1000, "read": true, "pending": 1}]});
    let left = (-1.0_f64).exp();
    let expect = serde_json::json!({"load_ms": [50.0, 2.0 * (50.0 * left + 10.0 * (1.0 - left))]});
    let outcome = one("peak_ewma", &input, &expect);
    assert!(outcome.passed, "{}", outcome.detail);
}

/// Prequal's own figures: 16 of 100 probes kept, 3 sent and 1 removed for each request.
#[test]
fn a_probe_is_used_as_often_as_the_paper_says() {
    let input = serde_json::json!({"m": 16, "n": 100, "r_probe": 3, "r_remove": 1, "delta": 1});
    let expect = serde_json::json!({"budget": 2.0 / (0.84 * 3.0 - 1.0)});
    assert!(one("reuse_budget", &input, &expect).passed);
}
