//! Counts by a formula of the user's own.

use super::*;

fn with(formula: &str) -> ScalingConfig {
    ScalingConfig {
        formula: Some(formula.to_owned()),
        target_request_rate: Some(10.0),
        metrics: ["jobs", "queue-depth"]
            .map(|name| MetricTarget {
                name: name.to_owned(),
                target_per_instance: 5.0,
                tolerance_up: None,
                tolerance_down: None,
            })
            .to_vec(),
        scale_up: ScalingRules::unlimited(),
        scale_down: ScalingRules::unlimited(),
        ..by(ScalingStrategy::Hybrid)
    }
}

/// CPU asks for 4 x 90 / 70, so 6; 80 requests a second for 8; 35 jobs for 7.
fn measured() -> ResourceMetrics {
    let custom = [("jobs".to_owned(), 35.0), ("queue-depth".to_owned(), 20.0)].into();
    ResourceMetrics { cpu_usage: Some(90.0), request_rate: Some(80.0), custom, ..ResourceMetrics::default().of(4) }
}

#[test]
fn what_it_gives_is_the_count() {
    let cases = [
        ("7", 7),
        ("cpu_instances", 6),
        ("request_instances", 8),
        ("jobs_instances", 7),
        ("max(cpu_instances, request_instances)", 8),
        ("min(cpu_instances, request_instances, jobs_instances)", 6),
        ("(cpu_instances + request_instances) / 2", 7),
        ("0.3 * cpu_instances + 0.7 * request_instances", 8), // 7.4
        ("request_rate / 10 + 1", 9),
        ("cpu_usage > 80 ? instances * 2 : instances", 8),
        ("cpu_usage > 80 && request_rate < 50 || jobs == 0 ? 20 : 5", 5),
        ("jobs / 5 + {queue-depth} / 4", 12),
        ("{queue-depth_instances} + 1", 5),
        ("-2 + 3 * 4 - 10 % 4", 8),
        ("2 - 3 - -10", 9),
        ("ceil(request_rate / 30) + floor(1.9) + round(2.5) + abs(-1) + sqrt(4)", 10), // 3 + 1 + 3 + 1 + 2
        ("ready_instances\n + 1e0", 5),
        ("max(cpuInstances, requestRate / 10)", 8),
        ("1e9", 100),
        ("0", 2),
    ];
    for (formula, count) in cases {
        let decision = engine(with(formula)).evaluate(&measured(), START).unwrap();
        assert_eq!(decision.target_instances, count, "{formula}: {}", decision.sentence);
    }
}

#[test]
fn what_is_no_number_changes_nothing() {
    let formulas = [
        "1 / (instances - 4)",
        "0 / (instances - 4)",
        "sqrt(instances - 9)",
        "1 - instances",
        "max(7, 0 / 0)",
        "0 / 0 > 1 ? 9 : 1",
        "1 / 0 - 1 / 0",
    ];
    for formula in formulas {
        let decision = engine(with(formula)).evaluate(&measured(), START).unwrap();
        let found = (decision.action, decision.target_instances, decision.reason);
        assert_eq!(found, (ScalingAction::NoAction, 4, ScalingReason::FormulaUndefined), "{formula}");
        assert!(decision.sentence.contains("the formula gives no number"), "{}", decision.sentence);
    }
}

#[test]
fn nothing_is_removed_while_something_that_it_names_is_missing() {
    let low = ResourceMetrics { request_rate: Some(5.0), ..cpu(10.0, 8) };
    for formula in ["max(cpu_instances, jobs)", "cpu_instances + memory_usage * 0", "{queue-depth_instances}"] {
        let decision = engine(with(formula)).evaluate(&low, START).unwrap();
        assert_eq!((decision.target_instances, decision.reason), (8, ScalingReason::PartialMetrics), "{formula}");
    }
    // What is there may add.
    let high = ResourceMetrics { request_rate: Some(120.0), ..low };
    assert_eq!(first(with("jobs_instances"), &high).0, 12);
    // What it does not name may be missing.
    assert_eq!(first(with("cpu_instances"), &cpu(10.0, 8)).0, 2);
}

#[test]
fn what_cannot_be_understood_is_refused_with_its_place() {
    let cases = [
        ("", "column 1"),
        ("cpu_instances +", "column 16"),
        ("cpu_instances + * 2", "column 17"),
        ("(cpu_instances", "column 15"),
        ("cpu_instances)", "column 14"),
        ("2 cpu_instances", "column 3"),
        ("1 ? 2", "column 6"),
        ("max()", "column 5"),
        ("ceil(1, 2)", "ceil at column 1"),
        ("1 + cpu_instance", "\"cpu_instance\", at column 5"),
        ("jobs + qüeue", "column 9"),
        ("cpu_usage = 3", "column 11"),
        ("1e999", "column 1"),
        ("max", "\"max\", at column 1"),
    ];
    for (formula, place) in cases {
        let error = ScalingEngine::new(with(formula)).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("formula")), "{formula}");
        assert!(error.message().contains(place), "{formula}: {error}");
    }
    let error = ScalingEngine::new(with("1 + cpu_instance")).unwrap_err();
    assert!(error.hint_text().is_some_and(|hint| hint.contains("did you mean `cpu_instances`?")), "{error}");
    // Requests without a target ask for nothing.
    let untargeted = ScalingConfig { target_request_rate: None, ..with("request_instances") };
    assert_eq!(untargeted.check().unwrap_err().field_name(), Some("formula"));
}

#[test]
fn what_would_be_read_for_ever_is_refused() {
    let deep = format!("{}1{}", "(".repeat(900), ")".repeat(900));
    for formula in [deep, "-".repeat(1900) + "1", "1 ? 1 : ".repeat(200) + "1", "1 + ".repeat(600) + "1"] {
        let error = ScalingEngine::new(with(&formula)).unwrap_err();
        assert_eq!(error.field_name(), Some("formula"));
    }
    // A long one that is flat.
    assert_eq!(first(with(&("0 + ".repeat(400) + "9")), &measured()).0, 9);
}

#[test]
fn only_hybrid_has_one_and_no_weights_beside_it() {
    let other = ScalingConfig { strategy: ScalingStrategy::Cpu, ..with("3") };
    let both = ScalingConfig { weights: Some(HybridWeights { cpu: 1.0, ..HybridWeights::default() }), ..with("3") };
    for config in [other, both] {
        let error = config.check().unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("formula")));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]

    /// Whatever is written, it is read or refused, and what was read gives a count within bounds.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z_0-9+*/%()?:<>=&|!.,{} -]{0,40}") {
        if let Ok(mut engine) = ScalingEngine::new(with(&text)) {
            let decision = engine.evaluate(&measured(), START).unwrap();
            proptest::prop_assert!((2..=100).contains(&decision.target_instances));
        }
    }
}
