use serde_json::json;

use super::*;

/// The cases at a path, where they are.
#[allow(clippy::print_stderr)] // Who runs the tests must see that these were skipped, and why.
fn all_pass(path: &str) {
    let file = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&file) else {
        return eprintln!("skipped: {file} is not there");
    };
    let file = serde_json::from_str(&text).unwrap();
    assert!(recognizes(&file));
    let results = run(&file).unwrap();
    assert!(!results.is_empty());
    let failed: Vec<_> = results.iter().filter(|result| !result.passed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn the_shared_cases_pass() {
    all_pass("../shared/cases/hpa_cases.json");
}

#[test]
fn the_own_cases_pass() {
    all_pass("tests/vectors/scaling/hpa.json");
}

fn one(case: &Value) -> CaseResult {
    run(&json!({ "cases": [case] })).unwrap().remove(0)
}

#[test]
fn a_wrong_expectation_fails_and_says_what_it_is_instead() {
    let average = one(&json!({"kind": "external_avg", "current": 3, "value": 8600, "target_avg": 2150, "expect": 5}));
    assert_eq!((average.passed, average.detail.as_str()), (false, "gives 4, not 5"));
    let reason = one(&json!({"kind": "behavior_rate", "current": 10, "desired": 50, "min": 1, "max": 100,
        "expect": 20, "expect_reason": "TooManyReplicas"}));
    assert_eq!(reason.detail, "the reason is ScaleUpLimit, not TooManyReplicas");
}

#[test]
fn cases_that_cannot_be_understood_have_failed() {
    for kind in KINDS.iter().copied().chain(["unheard"]) {
        assert!(!one(&json!({"kind": kind, "expect": 1})).passed, "{kind}");
    }
    assert!(!one(&json!({"kind": "kpa", "target": 1, "steps": []})).passed, "it expects nothing");
    assert!(!one(&json!({"kind": "external_avg", "current": 1, "value": 1, "target_avg": 1})).passed);
    let zero =
        one(&json!({"kind": "object_value", "current": 1, "value": 1, "target": 0, "ready_pods": 1, "expect": 1}));
    assert!(zero.detail.contains("target"), "{}", zero.detail);
    assert!(run(&json!({})).is_err());
    assert!(!recognizes(&json!({"cases": [{"kind": "smooth_wrr"}]})));
}
