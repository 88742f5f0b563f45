//! Instances that fail: ejections, checks, retries.

use super::*;

const IDS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

fn failing(id: &'static str) -> impl Fn(&str) -> RequestOutcome {
    move |picked| if picked == id { RequestOutcome::ServerError } else { RequestOutcome::Success }
}

#[test]
fn five_failures_in_a_row_eject_for_half_a_minute() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &IDS);
    assert_eq!(count(&requests(&balancer, 100, 0.0, failing("c")), "c"), 5);
    assert_eq!(snapshot(&balancer, "c", 1.0).state, InstanceState::Ejected);
    assert_eq!(count(&requests(&balancer, 100, 29.0, failing("c")), "c"), 0);
    let events = balancer.take_events();
    let ejected = events.iter().find(|event| event.kind == BalancerEventKind::Ejected).unwrap();
    let why = (ejected.id.as_str(), ejected.reason, ejected.until);
    assert_eq!(why, ("c", Some(EjectionReason::ConsecutiveFailures), Some(30.0)));
}

#[test]
fn an_ejected_instance_is_tried_by_one_request_and_waits_longer_each_time() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &IDS);
    requests(&balancer, 100, 0.0, failing("c"));
    // One request fails, and it is out again for twice as long.
    assert_eq!(count(&requests(&balancer, 100, 31.0, failing("c")), "c"), 1);
    assert_eq!(count(&requests(&balancer, 100, 90.0, failing("c")), "c"), 0);
    let held: Vec<Pick<'_>> = (0..30).map(|_| balancer.pick(&PickRequest::default(), 92.0).unwrap()).collect();
    assert_eq!(held.iter().filter(|pick| pick.id() == "c").count(), 1, "one at a time");
    held.into_iter().for_each(|pick| pick.finish(RequestOutcome::Success, 93.0));
    assert_eq!(snapshot(&balancer, "c", 93.0).state, InstanceState::Healthy);
    assert_eq!(count(&requests(&balancer, 100, 94.0, failing("none")), "c"), 10);
}

#[test]
fn a_success_in_between_ends_a_run() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &IDS);
    for _ in 0..10 {
        requests(&balancer, 40, 0.0, failing("c"));
        requests(&balancer, 10, 0.0, failing("none"));
    }
    assert_eq!(snapshot(&balancer, "c", 0.0).ejections, 0);
}

#[test]
fn no_more_than_a_tenth_is_ejected() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &IDS);
    requests(&balancer, 200, 0.0, |_| RequestOutcome::LocalError);
    let ejected = balancer.snapshot(1.0).unwrap().instances;
    assert_eq!(ejected.iter().filter(|instance| instance.state == InstanceState::Ejected).count(), 1);
}

#[test]
fn a_low_success_rate_ejects() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &IDS);
    requests(&balancer, 10, 0.0, failing("none"));
    for request in 0..200_u32 {
        let bad = |id: &str| {
            if id == "c" && request % 2 == 0 { RequestOutcome::ServerError } else { RequestOutcome::Success }
        };
        requests(&balancer, 10, f64::from(request) * 0.04, bad);
    }
    requests(&balancer, 10, 11.0, failing("none"));
    let c = snapshot(&balancer, "c", 12.0);
    assert_eq!((c.state, c.ejections), (InstanceState::Ejected, 1));
    assert!(c.reason.contains("success rate"), "{}", c.reason);
}

#[test]
fn overload_and_cancellation_are_no_damage() {
    for outcome in [RequestOutcome::Overloaded, RequestOutcome::Cancelled] {
        let balancer = balancer(BalancingStrategy::RoundRobin, &IDS);
        requests(&balancer, 200, 0.0, |_| outcome);
        assert!(balancer.snapshot(1.0).unwrap().instances.iter().all(|instance| instance.ejections == 0));
    }
}

#[test]
fn the_word_of_the_host_ends_an_ejection() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &IDS);
    requests(&balancer, 100, 0.0, failing("c"));
    balancer.set_instance_health("c", true, 1.0).unwrap();
    assert_eq!(snapshot(&balancer, "c", 1.0).state, InstanceState::Healthy);
}

#[test]
fn checks_decide_who_is_well() {
    let check = HealthCheckOptions { healthy_at_first: false, ..HealthCheckOptions::default() };
    let options = BalancerOptions { health_check: Some(check), panic_threshold: 0.0, ..BalancerOptions::default() };
    let balancer = with(options, &["a", "b"]);
    assert!(balancer.pick(&PickRequest::default(), 0.0).is_err(), "nobody was checked");
    let due: Vec<String> = balancer.due_checks(0.0).unwrap().into_iter().map(|check| check.id).collect();
    assert_eq!(due, ["a", "b"]);
    assert_eq!(balancer.due_checks(0.1).unwrap(), []);
    balancer.report_check("a", true, 0.2).unwrap();
    balancer.report_check("b", false, 0.2).unwrap();
    assert_eq!(picks(&balancer, 3, 0.3).concat(), "aaa");
    assert!(balancer.next_check().unwrap() > 0.3);
    for time in [10.0, 20.0] {
        balancer.report_check("b", true, time).unwrap();
    }
    assert_eq!(snapshot(&balancer, "b", 20.0).state, InstanceState::Healthy);
}

#[test]
fn retries_go_elsewhere_and_are_limited() {
    let mut options = BalancerOptions::of(BalancingStrategy::RoundRobin);
    options.retry_budget = RetryBudgetOptions { percent: 10.0, min_per_second: 0.0, window: 10.0 };
    let balancer = with(options, &["a", "b"]);
    let mut retried = 0;
    for request in 0..1000 {
        let now = f64::from(request) * 0.001;
        let first = picks(&balancer, 1, now).remove(0);
        match balancer.pick_excluding(&[&first], now) {
            Ok(second) => {
                assert_ne!(second.id(), first);
                retried += 1;
            }
            Err(error) => assert_eq!(error.code(), ErrorCode::BalanceRetryBudget),
        }
    }
    assert!((80..=100).contains(&retried), "{retried}");
}

#[test]
fn an_instance_that_asks_to_be_left_alone_is() {
    let balancer = balancer(BalancingStrategy::LeastResponseTime, &["a", "b"]);
    requests(&balancer, 20, 0.0, |_| RequestOutcome::Success);
    let pick = loop {
        let pick = balancer.pick(&PickRequest::default(), 1.0).unwrap();
        if pick.id() == "a" {
            break pick;
        }
        pick.finish(RequestOutcome::Success, 1.0);
    };
    pick.finish_with(RequestOutcome::Overloaded, Some(20.0), 1.0);
    assert_eq!(count(&requests(&balancer, 50, 20.0, |_| RequestOutcome::Success), "a"), 0);
    assert!(count(&requests(&balancer, 50, 60.0, |_| RequestOutcome::Success), "a") > 0);
}

#[test]
fn hedging_waits_for_a_learned_time() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b"]);
    assert_eq!(balancer.hedge_delay(), None);
    for request in 0..1000 {
        let now = f64::from(request) * 0.02;
        let pick = balancer.pick(&PickRequest::default(), now).unwrap();
        pick.finish(RequestOutcome::Success, now + if request % 10 == 0 { 0.5 } else { 0.01 });
    }
    // Nine of ten take 10 ms, one 500 ms: the 95 % quantile is one of those.
    assert!((balancer.hedge_delay().unwrap() - 0.5).abs() < 0.01);
}

#[test]
fn retry_after_is_kept_to_by_strategies_that_do_not_measure() {
    for strategy in [BalancingStrategy::RoundRobin, BalancingStrategy::Random, BalancingStrategy::Maglev] {
        let balancer = balancer(strategy, &["busy", "well"]);
        let ask = |now: f64| {
            let pick = balancer.pick(&PickRequest { exclude: &["well"], ..PickRequest::default() }, now).unwrap();
            pick.finish_with(RequestOutcome::Overloaded, Some(20.0), now);
        };
        ask(1.0);
        assert_eq!(count(&picks(&balancer, 100, 20.9), "busy"), 0, "{strategy:?}");
        let busy = snapshot(&balancer, "busy", 20.9);
        assert_eq!((busy.state, busy.ejections), (InstanceState::Ejected, 1));
        // It is back at its time, and an ejection that it asked for makes later ones no longer.
        assert!(count(&picks(&balancer, 100, 21.0), "busy") > 0, "{strategy:?}");
        ask(21.0);
        assert_eq!(snapshot(&balancer, "busy", 40.9).state, InstanceState::Ejected);
        assert_ne!(snapshot(&balancer, "busy", 51.1).state, InstanceState::Ejected);
    }
}

#[test]
fn not_all_are_left_alone_who_ask_for_it() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b"]);
    for _ in 0..10 {
        let pick = balancer.pick(&PickRequest::default(), 1.0).unwrap();
        pick.finish_with(RequestOutcome::Overloaded, Some(1e9), 1.0);
    }
    assert_eq!(picks(&balancer, 10, 2.0).len(), 10);
    // Nobody is believed for longer than five minutes.
    assert_ne!(snapshot(&balancer, "a", 302.0).state, InstanceState::Ejected);
}
