//! Traffic that is played request by request.

use proptest::prelude::*;

use crate::error::ErrorCode;
use crate::scaling::simulate::*;

/// One policy, request by request.
fn played(trace: &Trace, plant: Plant, requests: RequestOptions, policy: &str, target: f64) -> ScalingRun {
    let options = ComparisonOptions {
        plant,
        policies: vec![policy.to_owned()],
        targets: vec![target],
        requests: Some(requests),
        ..ComparisonOptions::default()
    };
    compare(trace, &options).unwrap().runs.swap_remove(0)
}

fn fluid(trace: &Trace, plant: &Plant, policy: &str, target: f64) -> ScalingSimulation {
    let (plant, policies) = (plant.clone(), vec![policy.to_owned()]);
    let options = ComparisonOptions { plant, policies, targets: vec![target], ..ComparisonOptions::default() };
    compare(trace, &options).unwrap().runs.swap_remove(0).result
}

/// Instances are warm at once: the fluid knows nothing of caches.
fn warm() -> RequestOptions {
    RequestOptions { cold_speed: 1.0, ..RequestOptions::default() }
}

/// One instance for ever.
fn single(capacity: f64, service_time: f64) -> Plant {
    let (min_instances, max_instances) = (1, 1);
    Plant { capacity, service_time, min_instances, max_instances, warm_up: 0.1, timeout: 600.0, ..Plant::default() }
}

#[test]
fn one_instance_answers_as_a_queue_that_shares_its_speed_does() {
    // M/G/1 with processor sharing: the mean is 1 / (mu - lambda) for any distribution of work.
    for (rate, distribution) in [
        (10.0, WorkDistribution::Exponential),
        (14.0, WorkDistribution::Exponential),
        (14.0, WorkDistribution::Constant),
        (14.0, WorkDistribution::Bimodal),
    ] {
        let trace = Trace::new(vec![rate; 2400], 60.0).unwrap();
        let requests = RequestOptions { distribution, ..warm() };
        let run = played(&trace, single(20.0, 50.0), requests, "fixed", 0.7);
        let expected = 1e3 / (20.0 - rate);
        assert!((run.result.mean / expected - 1.0).abs() < 0.03, "{distribution:?} {rate}: {run:?}");
        assert!((run.result.usage / (rate / 20.0) - 1.0).abs() < 0.02, "{run:?}");
        assert_eq!(run.result.dropped, 0.0);
    }
}

#[test]
fn several_workers_answer_as_the_same_queue_with_several_servers() {
    // M/M/2 sharing: the mean is that of M/M/2, S / (1 - rho^2).
    let trace = Trace::new(vec![28.0; 2400], 60.0).unwrap();
    let run = played(&trace, single(40.0, 50.0), warm(), "fixed", 0.7);
    let expected = 50.0 / (1.0 - 0.7_f64.powi(2));
    assert!((run.result.mean / expected - 1.0).abs() < 0.03, "{run:?}");
}

#[test]
fn at_scale_requests_come_to_what_the_fluid_says() {
    let rate = |minute: u32| 300.0 - 200.0 * (f64::from(minute) / 180.0 * std::f64::consts::TAU).cos();
    let trace = Trace::new((0..180).map(rate).collect(), 60.0).unwrap();
    let plant = Plant { objective: 5000.0, ..Plant::default() };
    for (policy, target) in [("hpa", 0.6), ("predictive", 0.7), ("fixed", 0.6)] {
        let fluid = fluid(&trace, &plant, policy, target);
        let run = played(&trace, plant.clone(), warm(), policy, target);
        let near = |name: &str, found: f64, expected: f64, by: f64| {
            assert!((found / expected - 1.0).abs() < by, "{policy} {name}: {found}, not {expected}");
        };
        assert_eq!(run.result.requests, fluid.requests, "the same requests");
        near("hours", run.result.instance_hours, fluid.instance_hours, 0.03);
        near("usage", run.result.usage, fluid.usage, 0.03);
        near("mean", run.result.mean, fluid.mean, 0.05);
    }
}

#[test]
fn ideal_sharing_beats_chance_and_cold_instances_cost_answers() {
    let steady = Trace::new(vec![100.0; 60], 60.0).unwrap();
    let of = |spread| played(&steady, Plant::default(), RequestOptions { spread, ..warm() }, "fixed", 0.7).result.p99;
    assert!(of(Spread::Fewest) < 0.7 * of(Spread::Random), "{} {}", of(Spread::Fewest), of(Spread::Random));
    let rate = |minute: u32| 100.0 - 40.0 * (f64::from(minute) / 60.0 * std::f64::consts::TAU).cos();
    let waves = Trace::new((0..180).map(rate).collect(), 60.0).unwrap();
    let violations =
        |requests| played(&waves, Plant::default(), requests, "hpa", 0.6).requests.unwrap().burst_violations;
    let cold = violations(RequestOptions { cold_speed: 0.1, warming: 120.0, ..RequestOptions::default() });
    assert!(cold > 1.2 * violations(warm()), "{cold} {}", violations(warm()));
}

#[test]
fn an_instance_that_is_full_refuses_and_one_that_drains_too_slowly_breaks_off() {
    let trace = Trace::new(vec![60.0; 60], 60.0).unwrap();
    let full = RequestOptions { queue_limit: 3, retries: 0, ..warm() };
    let plant = Plant { max_instances: 4, ..Plant::default() };
    let found = played(&trace, plant, full, "fixed", 0.5).requests.unwrap();
    // M/M/1/3: at 15 of 20 a second a request finds the place full with probability rho^3 (1 - rho) / (1 - rho^4).
    let rho: f64 = 15.0 / 20.0;
    let expected = rho.powi(3) * (1.0 - rho) / (1.0 - rho.powi(4));
    let refused = found.refused as f64 / found.arrived as f64;
    assert!((refused / expected - 1.0).abs() < 0.05, "{refused} {expected}");
    let falling = |minute: u32| if minute % 20 < 10 { 150.0 } else { 60.0 };
    let trace = Trace::new((0..180).map(falling).collect(), 60.0).unwrap();
    let hasty = RequestOptions { drain: 0.0, retries: 0, ..warm() };
    let of = |requests| played(&trace, Plant::default(), requests, "kpa", 0.7).requests.unwrap();
    assert!(of(hasty).broken_off > 0);
    // A request that has not been answered after ten seconds is given up; none needs the half minute that there is.
    assert_eq!(of(warm()).broken_off, 0);
}

#[test]
fn what_cannot_be_played_is_named() {
    let trace = Trace::new(vec![10.0; 5], 60.0).unwrap();
    let said = |plant: Plant, requests: RequestOptions| {
        let options = ComparisonOptions { plant, requests: Some(requests), ..ComparisonOptions::default() };
        let error = compare(&trace, &options).unwrap_err();
        (error.code(), error.field_name().unwrap_or_default().to_owned())
    };
    let range = |field: &str| (ErrorCode::ConfigOutOfRange, field.to_owned());
    let options = RequestOptions::default;
    assert_eq!(said(Plant { service_time: 20.0, ..Plant::default() }, options()), range("service_time"));
    let plant = Plant::default;
    assert_eq!(said(plant(), RequestOptions { cold_speed: 0.0, ..options() }), range("requests.cold_speed"));
    assert_eq!(said(plant(), RequestOptions { drain: -1.0, ..options() }), range("requests.drain"));
    assert_eq!(said(plant(), RequestOptions { retries: 101, ..options() }), range("requests.retries"));
    let (code, field) = said(plant(), RequestOptions { warming: f64::NAN, ..options() });
    assert_eq!((code, field.as_str()), (ErrorCode::ConfigNotFinite, "requests.warming"));
    let endless = Trace::new(vec![1e6; 10_000], 60.0).unwrap();
    let options = ComparisonOptions { requests: Some(options()), ..ComparisonOptions::default() };
    assert_eq!(compare(&endless, &options).unwrap_err().code(), ErrorCode::LimitExceeded);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_request_is_lost_and_the_same_seed_gives_the_same_run(
        rates in prop::collection::vec(0.0..120.0_f64, 3..12),
        policy in prop::sample::select(vec!["hpa", "kpa", "predictive", "target_tracking", "fixed", "oracle"]),
        distribution in prop::sample::select(vec![WorkDistribution::Exponential, WorkDistribution::LogNormal]),
        spread in prop::sample::select(vec![Spread::Random, Spread::Fewest]),
        (breakdowns, start_failures, timeout) in (0.0..60.0_f64, 0.0..0.9_f64, 0.2..10.0_f64),
        (queue_limit, retries, drain) in (0..4_u32, 0..4_u32, 0.0..5.0_f64),
        seed in any::<u64>(),
    ) {
        let trace = Trace::new(rates, 60.0).unwrap();
        let plant = Plant { breakdowns, start_failures, timeout, start_up: 10.0, max_instances: 8, ..Plant::default() };
        let requests = Some(RequestOptions { distribution, spread, queue_limit, retries, drain, ..RequestOptions::default() });
        let policies = vec![policy.to_owned()];
        let options = ComparisonOptions { plant, policies, requests, seeds: vec![seed], ..ComparisonOptions::default() };
        let report = compare(&trace, &options).unwrap();
        let run = &report.runs[0];
        let found = run.requests.as_ref().unwrap();
        let ends = found.answered + found.refused + found.broken_off + found.timed_out + found.in_flight;
        prop_assert_eq!(found.arrived, ends);
        prop_assert_eq!(found.arrived as f64, run.result.requests);
        let dropped = (found.refused + found.broken_off + found.timed_out) as f64;
        prop_assert!((run.result.dropped * run.result.requests - dropped).abs() < 1e-3);
        prop_assert!(run.result.violations >= run.result.dropped && run.result.violations <= 1.0);
        prop_assert!((0.0..=1.0).contains(&run.result.usage));
        prop_assert_eq!(&report, &compare(&trace, &options).unwrap());
    }
}

#[test]
fn a_page_shows_the_table_the_courses_and_the_front_and_loads_nothing() {
    let rate = |minute: u32| 100.0 - 60.0 * (f64::from(minute) / 60.0 * std::f64::consts::TAU).cos();
    let trace = Trace::new((0..120).map(rate).collect(), 60.0).unwrap();
    let policies = ["hpa", "fixed"].map(str::to_owned).to_vec();
    let options = ComparisonOptions { policies, targets: vec![0.5, 0.7, 0.9], points: 100, ..Default::default() };
    let report = compare(&trace, &options).unwrap();
    let page = report.to_html("A <day>");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("A &lt;day&gt;"));
    for part in ["violations %", "Load and capacity", "Instances", "Cost, USD, by violations", "hpa at 0.7"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http") && !page.contains("<script") && !page.contains("NaN"));
    // Two panels of load and capacity, instances, violations, and the front; the rest are legends.
    assert_eq!(page.matches(r#"role="img""#).count(), 5);
    // Without courses and with one target there is the table alone.
    let bare = compare(&trace, &ComparisonOptions { targets: vec![0.7], points: 0, ..options }).unwrap();
    assert!(!bare.to_html_fragment("").contains("<svg"));
}
