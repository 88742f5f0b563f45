//! What is asked of the host, and what becomes of it.

use super::*;

fn asked(engine: &mut ScalingEngine, now: f64) -> ScalingRequest {
    let busy = ResourceMetrics { cpu_usage: Some(90.0), ..ResourceMetrics::default() };
    let decision = engine.evaluate(&busy, now).unwrap();
    engine.begin(&decision, now).unwrap().unwrap()
}

#[test]
fn what_succeeded_is_what_there_is() {
    let mut engine = engine(by(ScalingStrategy::Cpu));
    let request = asked(&mut engine, START);
    assert_eq!((request.current_instances, request.target_instances, request.attempt), (2, 3, 1));
    let pending = engine.evaluate(&cpu(90.0, 2), START + 1.0).unwrap();
    assert_eq!(pending.reason, ScalingReason::ActionPending);
    engine.succeeded(&request.token, START + 2.0).unwrap();
    engine.succeeded(&request.token, START + 3.0).unwrap();
    let status = engine.status(START + 4.0).unwrap();
    assert_eq!((status.current_instances, status.actions.succeeded), (Some(3), 1));
    assert_eq!(status.cooldown_until, Some(START + 302.0));
    // Metrics that have not seen it yet do not undo it.
    let behind = engine.evaluate(&cpu(50.0, 2), START + 10.0).unwrap();
    assert_eq!((behind.current_instances, behind.notes.len()), (3, 0));
}

#[test]
fn a_failed_action_changes_nothing_and_is_tried_again_with_the_same_token() {
    let mut engine = engine(by(ScalingStrategy::Cpu));
    let request = asked(&mut engine, START);
    assert_eq!(engine.failed(&request.token, "quota", START + 1.0).unwrap(), ActionState::Waiting);
    assert_eq!(engine.due(START + 5.0).unwrap(), None);
    let second = engine.due(START + 6.0).unwrap().unwrap();
    assert_eq!((second.attempt, &second.token), (2, &request.token));
    // It takes too long; the third try is due 10 s later.
    assert_eq!(engine.due(START + 36.0).unwrap(), None);
    let third = engine.due(START + 46.0).unwrap().unwrap();
    assert_eq!(third.attempt, 3);
    assert_eq!(engine.failed(&third.token, "quota", START + 47.0).unwrap(), ActionState::GivenUp);
    let status = engine.status(START + 48.0).unwrap();
    assert_eq!((status.current_instances, status.actions.failed, status.actions.failed_attempts), (Some(2), 1, 3));
    assert_eq!(status.actions.success_rate, Some(0.0));
    assert_eq!(engine.actions()[0].error.as_deref(), Some("quota"));
    asked(&mut engine, START + 60.0);
}

#[test]
fn a_host_that_says_nothing_does_not_hold_decisions_for_ever() {
    let mut engine = engine(by(ScalingStrategy::Cpu));
    asked(&mut engine, START);
    let reasons: Vec<ScalingReason> =
        [29.0, 31.0, 60.0, 90.0].iter().map(|at| engine.evaluate(&cpu(90.0, 2), START + at).unwrap().reason).collect();
    assert_eq!(reasons[..2], [ScalingReason::ActionPending; 2]);
    assert_eq!(reasons[3], ScalingReason::DesiredWithinRange);
    assert_eq!(engine.actions()[0].state, ActionState::GivenUp);
}

#[test]
fn an_outdated_decision_and_an_unknown_token_are_refused() {
    let mut engine = engine(by(ScalingStrategy::Cpu));
    let old = engine.evaluate(&cpu(90.0, 2), START).unwrap();
    engine.evaluate(&cpu(95.0, 2), START + 1.0).unwrap();
    assert_eq!(engine.begin(&old, START + 2.0).unwrap_err().code(), ErrorCode::ScalingOutdated);
    assert_eq!(engine.succeeded("x", START).unwrap_err().code(), ErrorCode::ScalingUnknownAction);
}

#[test]
fn how_long_starts_take_is_learned() {
    let mut engine = engine(ScalingConfig { cooldown_period: 0.0, ..by(ScalingStrategy::Cpu) });
    let mut now = START;
    assert_eq!(engine.status(now).unwrap().start_up, 60.0);
    for took in [20.0, 30.0, 100.0] {
        let request = asked(&mut engine, now);
        engine.succeeded(&request.token, now + 1.0).unwrap();
        let seen = |ready| ResourceMetrics { ready_instances: Some(ready), ..cpu(50.0, request.target_instances) };
        engine.evaluate(&seen(request.current_instances), now + took - 1.0).unwrap();
        engine.evaluate(&seen(request.target_instances), now + took).unwrap();
        now += 1000.0;
    }
    let status = engine.status(now).unwrap();
    assert_eq!((status.start_up, status.actions.ready_after_median), (100.0, Some(30.0)));
}

#[test]
fn a_count_that_others_changed_is_noticed_and_taken() {
    let mut engine = engine(by(ScalingStrategy::Cpu));
    engine.evaluate(&cpu(50.0, 10), START).unwrap();
    let decision = engine.evaluate(&cpu(50.0, 7), START + 15.0).unwrap();
    assert_eq!(decision.notes, [ScalingNote::ChangedByOthers { expected: 10, found: 7 }]);
    assert_eq!(decision.current_instances, 7);
    assert!(engine.evaluate(&cpu(50.0, 7), START + 30.0).unwrap().notes.is_empty());
}

#[test]
fn reversals_are_counted() {
    let config =
        ScalingConfig { cooldown_period: 0.0, scale_down: ScalingRules::unlimited(), ..by(ScalingStrategy::Cpu) };
    let mut engine = engine(config);
    let mut count = 10;
    for at in 0..6 {
        let usage = if at % 2 == 0 { 90.0 } else { 20.0 };
        count = engine.evaluate(&cpu(usage, count), START + 60.0 * f64::from(at)).unwrap().target_instances;
    }
    engine.evaluate(&cpu(50.0, count), START + 400.0).unwrap();
    assert_eq!(engine.status(START + 400.0).unwrap().actions.reversals, 5);
}
