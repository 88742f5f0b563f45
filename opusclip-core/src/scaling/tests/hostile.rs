//! Input that is wrong.

use super::*;

#[test]
fn numbers_that_are_none_are_refused_by_name_and_change_nothing() {
    let mut engine = engine(by(ScalingStrategy::Hybrid));
    let good = ResourceMetrics::new(50.0, 50.0, 100.0, 10.0).of(4);
    engine.evaluate(&good, START).unwrap();
    let before = engine.save().unwrap();
    type Broken = fn(&mut ResourceMetrics, f64);
    let fields: [(&str, Broken); 7] = [
        ("cpu_usage", |metrics, bad| metrics.cpu_usage = Some(bad)),
        ("memory_usage", |metrics, bad| metrics.memory_usage = Some(bad)),
        ("response_time", |metrics, bad| metrics.response_time = Some(bad)),
        ("request_rate", |metrics, bad| metrics.request_rate = Some(bad)),
        ("burst_request_rate", |metrics, bad| metrics.burst_request_rate = Some(bad)),
        ("timestamp", |metrics, bad| metrics.timestamp = Some(if bad < 0.0 { f64::NAN } else { bad })),
        ("custom.jobs", |metrics, bad| metrics.custom.extend([("jobs".to_owned(), bad)])),
    ];
    for (field, set) in fields {
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            let mut metrics = good.clone();
            set(&mut metrics, bad);
            let error = engine.evaluate(&metrics, START + 15.0).unwrap_err();
            assert_eq!(error.field_name(), Some(field), "{bad}: {error}");
        }
    }
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(engine.evaluate(&good, bad).unwrap_err().field_name(), Some("now"));
    }
    let absurd = ResourceMetrics { cpu_usage: Some(170.0), ..good.clone() };
    assert_eq!(engine.evaluate(&absurd, START).unwrap_err().field_name(), Some("cpu_usage"));
    let impossible = ResourceMetrics { ready_instances: Some(5), ..good };
    assert_eq!(engine.evaluate(&impossible, START).unwrap_err().field_name(), Some("ready_instances"));
    assert_eq!(engine.save().unwrap(), before);
}

#[test]
fn metrics_that_are_too_old_hold() {
    let mut engine = engine(by(ScalingStrategy::Cpu));
    let old = ResourceMetrics { timestamp: Some(START - 121.0), ..cpu(99.0, 4) };
    let decision = engine.evaluate(&old, START).unwrap();
    assert_eq!((decision.action, decision.reason), (ScalingAction::NoAction, ScalingReason::StaleMetrics));
    let fresh = ResourceMetrics { timestamp: Some(START - 60.0), ..cpu(99.0, 4) };
    let decision = engine.evaluate(&fresh, START).unwrap();
    assert_eq!((decision.target_instances, decision.confidence), (6, 0.75));
    let future = ResourceMetrics { timestamp: Some(START + 50.0), ..cpu(50.0, 4) };
    assert_eq!(engine.evaluate(&future, START).unwrap().notes, [ScalingNote::MeasuredInFuture { seconds: 50.0 }]);
}

#[test]
fn a_clock_that_goes_back_takes_what_is_remembered_along() {
    let mut engine = engine(by(ScalingStrategy::Cpu));
    assert_eq!(engine.evaluate(&cpu(90.0, 4), START).unwrap().target_instances, 6);
    let back = engine.evaluate(&cpu(90.0, 6), START - 5000.0).unwrap();
    assert_eq!(back.notes, [ScalingNote::ClockWentBack { seconds: 5000.0 }]);
    assert_eq!(back.reason, ScalingReason::ClockWentBack);
    // The action was a moment ago, by the new clock too.
    assert_eq!(engine.evaluate(&cpu(90.0, 6), START - 4900.0).unwrap().reason, ScalingReason::Cooldown);
    assert_eq!(engine.evaluate(&cpu(90.0, 6), START - 4700.0).unwrap().target_instances, 8);
}

#[test]
fn no_instance_that_works_says_nothing_of_usage() {
    let metrics = ResourceMetrics { ready_instances: Some(0), ..cpu(0.0, 5) };
    for config in [by(ScalingStrategy::Cpu), ScalingConfig::hpa(2, 100, 50.0)] {
        assert_eq!(first(config, &metrics), (5, ScalingReason::NoMetrics));
    }
}

#[test]
fn a_damaged_state_is_refused() {
    let saved = engine(ScalingConfig::default()).save().unwrap();
    for damaged in ["", "{}", &saved[..saved.len() / 2], &saved.replace("\"version\":3", "\"version\":9")] {
        let error = ScalingEngine::restore(ScalingConfig::default(), damaged).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SnapshotInvalid);
    }
}
