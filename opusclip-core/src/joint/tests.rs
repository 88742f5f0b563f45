//! Both engines over the same traffic.

use super::*;
use crate::scaling::simulate::{Plant, RequestFigures, ScalingRun};

/// A load that doubles within minutes and falls again, several times.
fn waves() -> Trace {
    let rate = |minute: u32| if minute % 30 < 15 { 60.0 } else { 140.0 };
    Trace::new((0..120).map(rate).collect(), 60.0).unwrap()
}

fn figures(run: &ScalingRun) -> &RequestFigures {
    run.requests.as_ref().unwrap()
}

#[test]
fn two_scalers_and_two_balancers_meet_the_same_requests() {
    let comparison = ComparisonOptions { points: 60, ..ComparisonOptions::default() };
    let report = simulate(&waves(), &comparison, &JointOptions::default()).unwrap();
    let rows: Vec<_> = report.rows().iter().map(|row| (row.policy, row.balancer.unwrap())).collect();
    let both = ["least_response_time", "round_robin"];
    let expected = ["predictive", "hpa"].map(|policy| both.map(|balancer| (policy, balancer))).concat();
    assert_eq!(rows, expected);
    let first = figures(&report.runs[0]);
    for run in &report.runs {
        let found = figures(run);
        assert_eq!(found.arrived, first.arrived, "all meet the same requests");
        let ends = found.answered + found.refused + found.broken_off + found.timed_out + found.in_flight;
        assert_eq!(found.arrived, ends, "{found:?}");
        assert!(found.bursts > 0, "the load has doubled");
        assert_eq!(run.course.as_ref().unwrap().violations.len(), 60);
    }
    assert_eq!(report, simulate(&waves(), &comparison, &JointOptions::default()).unwrap());
}

#[test]
fn a_balancer_that_looks_spares_what_a_blind_one_sends_to_busy_and_cold_instances() {
    // Rises that a scaler can follow: what is left is the balancers' doing.
    let rate = |minute: u32| 100.0 - 40.0 * (f64::from(minute) / 60.0 * std::f64::consts::TAU).cos();
    let trace = Trace::new((0..180).map(rate).collect(), 60.0).unwrap();
    let comparison = ComparisonOptions { targets: vec![0.6], ..ComparisonOptions::default() };
    let report = simulate(&trace, &comparison, &JointOptions::default()).unwrap();
    for policy in ["predictive", "hpa"] {
        let of = |balancer: &str| {
            report.runs.iter().find(|run| run.policy == policy && run.balancer.as_deref() == Some(balancer)).unwrap()
        };
        let (looks, blind) = (of("least_response_time"), of("round_robin"));
        let told = format!("{looks:?}\n{blind:?}");
        assert!(looks.result.p99 < blind.result.p99 && looks.result.violations < blind.result.violations, "{told}");
        assert!(figures(looks).burst_violations < figures(blind).burst_violations, "{told}");
    }
}

#[test]
fn a_broken_instance_costs_requests_until_it_is_noticed_and_retries_spare_them() {
    let plant = Plant { breakdowns: 10.0, ..Plant::default() };
    let failed = |retries: u32| {
        let requests = Some(RequestOptions { retries, ..RequestOptions::default() });
        let policies = vec!["fixed".to_owned()];
        let comparison = ComparisonOptions { plant: plant.clone(), policies, requests, ..ComparisonOptions::default() };
        let joint = JointOptions { balancers: vec!["round_robin".to_owned()], ..JointOptions::default() };
        let joint = JointOptions { balancer: BalancerOptions { outlier: None, ..joint.balancer.clone() }, ..joint };
        figures(&simulate(&waves(), &comparison, &joint).unwrap().runs[0]).broken_off
    };
    assert!(failed(0) > 10 * failed(2), "{} {}", failed(0), failed(2));
}

#[test]
fn a_request_beyond_a_balancers_limit_is_refused() {
    let policies = vec!["fixed".to_owned()];
    let comparison = ComparisonOptions { policies, ..ComparisonOptions::default() };
    let refused = |max_requests: u32| {
        let balancer = BalancerOptions { max_requests, ..BalancerOptions::default() };
        let joint = JointOptions { balancer, ..JointOptions::default() };
        figures(&simulate(&waves(), &comparison, &joint).unwrap().runs[0]).refused
    };
    assert_eq!(refused(0), 0, "0 is no limit");
    assert!(refused(5) > 0);
}

#[test]
fn what_is_no_balancer_is_named() {
    let trace = waves();
    let said = |joint: JointOptions| simulate(&trace, &ComparisonOptions::default(), &joint).unwrap_err();
    let error = said(JointOptions { balancers: vec!["best".to_owned()], ..JointOptions::default() });
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("balancers")));
    let error = said(JointOptions { balancers: Vec::new(), ..JointOptions::default() });
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("balancers")));
    let error = said(JointOptions { callers: 0, ..JointOptions::default() });
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("callers")));
}
