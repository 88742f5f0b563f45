//! Snapshots, text, explanations.

use super::*;

#[test]
fn a_snapshot_has_the_numbers_of_each_instance() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b"]);
    for request in 0..200 {
        let now = f64::from(request) * 0.01;
        let pick = balancer.pick(&PickRequest::default(), now).unwrap();
        let (outcome, took) = match (pick.id(), request % 20) {
            ("a", 0) => (RequestOutcome::ServerError, 0.2),
            ("a", _) => (RequestOutcome::Success, 0.1),
            (_, 1) => (RequestOutcome::Cancelled, 0.1),
            _ => (RequestOutcome::Success, f64::from(request) * 0.001),
        };
        pick.finish(outcome, now + took);
    }
    let (a, b) = (snapshot(&balancer, "a", 2.0), balancer.snapshot(2.0).unwrap().instances.remove(1));
    assert_eq!((a.picks, a.results, a.failures, a.success_rate), (100, 100, 10, Some(0.9)));
    assert_eq!((b.picks, b.results, b.cancelled, b.success_rate), (100, 90, 10, Some(1.0)));
    assert!((a.rate - 50.0).abs() < 1e-9);
    assert!((a.p50.unwrap() - 0.1).abs() < 0.1 / 64.0);
    assert!((b.p50.unwrap() - 0.1).abs() < 0.01 && (b.p99.unwrap() - 0.197).abs() < 0.005, "{b:?}");
}

#[test]
fn the_text_is_what_prometheus_reads() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a\"1\\"]);
    requests(&balancer, 3, 1.0, |_| RequestOutcome::Success);
    let text = balancer.exposition(2.0).unwrap();
    assert!(text.contains(
        "# TYPE opusclip_balance_picks_total counter\nopusclip_balance_picks_total{instance=\"a\\\"1\\\\\"} 3\n"
    ));
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
    }
}

#[test]
fn a_result_without_a_guard_counts_once() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a"]);
    picks(&balancer, 3, 0.0);
    balancer.report("a", RequestOutcome::Success, 0.05, 1.0).unwrap();
    let a = snapshot(&balancer, "a", 1.0);
    assert_eq!((a.picks, a.results, a.in_flight), (3, 1, 0));
}

#[test]
fn an_end_is_told_by_an_outcome_or_a_status() {
    let told = |outcome, status| RequestEnd::new(outcome, status, None, 1.0).map(|end| end.outcome);
    assert_eq!(told(None, None).unwrap(), RequestOutcome::Success);
    assert_eq!(told(Some(RequestOutcome::LocalError), None).unwrap(), RequestOutcome::LocalError);
    let by_status = [(204, RequestOutcome::Success), (404, RequestOutcome::Success), (429, RequestOutcome::Overloaded)];
    let failures = [(500, RequestOutcome::ServerError), (503, RequestOutcome::GatewayError)];
    for (status, outcome) in by_status.into_iter().chain(failures) {
        assert_eq!(told(None, Some(status)).unwrap(), outcome, "{status}");
    }
    for status in [-1, 0, 99, 600, 70_000] {
        assert_eq!(told(None, Some(status)).unwrap_err().field_name(), Some("status"), "{status}");
    }
    assert!(told(Some(RequestOutcome::Success), Some(200)).is_err());
    for (retry_after, now, field) in
        [(-1.0, 1.0, "retry_after"), (f64::NAN, 1.0, "retry_after"), (1.0, f64::NAN, "now")]
    {
        let error = RequestEnd::new(None, None, Some(retry_after), now).unwrap_err();
        assert_eq!(error.field_name(), Some(field));
    }
}

#[test]
fn a_dropped_guard_is_a_cancelled_request() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a"]);
    drop(balancer.pick(&PickRequest::default(), 0.0).unwrap());
    let owned = balancer.pick_owned(&PickRequest::default(), 0.0).unwrap();
    std::thread::spawn(move || drop(owned)).join().unwrap();
    let a = snapshot(&balancer, "a", 1.0);
    assert_eq!((a.picks, a.cancelled, a.in_flight, a.results), (2, 2, 0, 0));
}

#[test]
fn an_explanation_says_who_may_and_why_not() {
    let balancer = balancer(BalancingStrategy::Maglev, &["a", "b", "c", "d", "e"]);
    balancer.disable("b", 0.0).unwrap();
    balancer.drain("c", 30.0, 0.0).unwrap();
    let explanation = balancer.explain(&PickRequest { exclude: &["d"], ..PickRequest::default() }, 0.0).unwrap();
    assert_eq!(explanation.sentence, "2 of 5 instances may have the request; maglev chooses among them");
    let reasons: Vec<&str> = explanation.instances.iter().map(|instance| instance.reason.as_str()).collect();
    assert_eq!(reasons[0], "it is well");
    assert_eq!(reasons[3], "the request excludes it");
    assert!(reasons[2].starts_with("it is draining"));
}
