//! Traffic that is played again.

use super::simulate::*;

/// Days whose rate goes up and down between a third and five thirds of its mean.
fn days(count: u32, mean: f64) -> Trace {
    let minute = |minute: u32| {
        let hours = f64::from(minute) / 60.0;
        mean * (1.0 - 2.0 / 3.0 * (hours / 24.0 * std::f64::consts::TAU).cos())
    };
    Trace::new((0..count * 1440).map(minute).collect(), 60.0).unwrap()
}

fn played(trace: &Trace, policy: &SimulatedPolicy) -> ScalingSimulation {
    simulate(trace, &Plant::default(), policy, 7).unwrap()
}

#[test]
fn a_fixed_count_costs_what_it_costs_and_its_queue_is_the_textbooks() {
    let trace = Trace::new(vec![100.0; 240], 60.0).unwrap();
    let plant = Plant { warm_up: 0.0, ..Plant::default() };
    let result = simulate(&trace, &plant, &SimulatedPolicy::Fixed { instances: 10 }, 1).unwrap();
    // Ten for four hours, less the moment in which they start: there are ten at the beginning.
    assert!((result.instance_hours - 40.0).abs() < 0.01, "{result:?}");
    assert!((result.cost_micros - 4_000_000).abs() < 1000);
    // At half of what they can do a request takes twice its service time: S / (1 - 0.5).
    assert!((result.p50 / 100.0 - 1.0).abs() < 0.02, "{result:?}");
    assert_eq!((result.violations, result.dropped), (0.0, 0.0));
    assert!((result.usage - 0.5).abs() < 0.01);
    assert!((result.requests / (100.0 * 14_400.0) - 1.0).abs() < 0.01);
}

#[test]
fn too_few_drop_what_they_cannot_do() {
    let trace = Trace::new(vec![100.0; 240], 60.0).unwrap();
    let plant = Plant { warm_up: 0.5, max_instances: 4, ..Plant::default() };
    let result = simulate(&trace, &plant, &SimulatedPolicy::Hpa { target: 0.7 }, 1).unwrap();
    // Four do 80 of 100 a second.
    assert!((result.dropped - 0.2).abs() < 0.01, "{result:?}");
    assert!((result.violations - 1.0).abs() < 1e-9 && (result.p99 / 10_000.0 - 1.0).abs() < 0.02, "{result:?}");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_one_another() {
    let trace = days(2, 100.0);
    let policy = SimulatedPolicy::Predictive { target: 0.8 };
    let plant = Plant { start_failures: 0.1, breakdowns: 0.05, ..Plant::default() };
    let run = |seed| simulate(&trace, &plant, &policy, seed).unwrap();
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn the_oracle_is_the_limit_and_all_policies_follow_the_day() {
    let trace = days(3, 300.0);
    let at = |policy: &dyn Fn(f64) -> SimulatedPolicy| {
        let front = front(&trace, &Plant::default(), policy, &[0.5, 0.7, 0.85, 0.95], 1).unwrap();
        front.points.iter().find(|point| point.violations > 0.0).map_or(front.points[3], |point| *point)
    };
    let fixed = played(&trace, &SimulatedPolicy::Fixed { instances: 30 }).instance_hours;
    let oracle = played(&trace, &SimulatedPolicy::Oracle { target: 0.85 });
    assert!(oracle.violations < 0.001, "{oracle:?}");
    for policy in [
        SimulatedPolicy::Predictive { target: 0.7 },
        SimulatedPolicy::Hpa { target: 0.7 },
        SimulatedPolicy::HpaCpu { target: 0.7 },
        SimulatedPolicy::Kpa { target: 0.7 },
        SimulatedPolicy::TargetTracking { target: 0.7 },
    ] {
        let result = played(&trace, &policy);
        assert!(result.violations < 0.005, "{policy:?} {result:?}");
        assert!(result.instance_hours < fixed, "{policy:?} {result:?}");
        assert!(result.instance_hours > oracle.instance_hours, "{policy:?} {result:?}");
    }
    assert!(at(&|target| SimulatedPolicy::Oracle { target }).instance_hours <= oracle.instance_hours);
}

/// Where the day is the same every day, what is forecast needs less reserve than what is only followed.
#[test]
fn forecasts_cost_less_than_following_at_the_same_violations() {
    let trace = days(3, 300.0);
    let plant = Plant { start_up: 180.0, ..Plant::default() };
    let targets = [0.6, 0.7, 0.8, 0.9];
    let of = |policy: fn(f64) -> SimulatedPolicy| front(&trace, &plant, policy, &targets, 1).unwrap();
    let (ours, hpa) =
        (of(|target| SimulatedPolicy::Predictive { target }), of(|target| SimulatedPolicy::Hpa { target }));
    let cheapest = |front: &Front| {
        let good = front.points.iter().filter(|point| point.violations < 0.001);
        good.map(|point| point.instance_hours).fold(f64::INFINITY, f64::min)
    };
    assert!(cheapest(&ours) < cheapest(&hpa), "{} {}", cheapest(&ours), cheapest(&hpa));
}

#[test]
fn breakdowns_are_replaced() {
    let trace = Trace::new(vec![100.0; 600], 60.0).unwrap();
    let plant = Plant { breakdowns: 1.0, start_failures: 0.2, ..Plant::default() };
    let result = simulate(&trace, &plant, &SimulatedPolicy::Fixed { instances: 20 }, 3).unwrap();
    // Each is away for some 75 s of an hour.
    assert!(result.violations < 0.01 && result.usage > 0.25, "{result:?}");
}

fn parse(text: &str) -> crate::error::Result<Trace> {
    Trace::parse(text, &TraceOptions::default())
}

#[test]
fn a_trace_is_read_with_gaps_in_any_order_and_any_offset() {
    let trace = parse(
        "timestamp,requests\n2026-01-01T00:02:00Z,120\n2026-01-01T00:00:00Z,60\n2026-01-01T02:01:00+02:00,60\n\
         2026-01-01 00:05:00,300\n2026-01-01 00:06:00,300\n",
    )
    .unwrap();
    assert_eq!((trace.step, trace.filled, trace.start), (60.0, 2, 1_767_225_600.0));
    assert_eq!(trace.rates, [1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
    let unix = parse("time,load,requests\n0,9,10\n10,9,20\n20,9,30\n").unwrap();
    assert_eq!((unix.rates, unix.step), (vec![1.0, 2.0, 3.0], 10.0));
}

#[test]
fn what_is_no_trace_is_refused_by_its_line() {
    let cases = [
        ("timestamp,requests\n0,1\n0,2\n60,1\n", Some(3)),
        ("timestamp,requests\n0,1\n60,-2\n", Some(3)),
        ("timestamp,requests\n0,1\n60,NaN\n", Some(3)),
        ("timestamp,requests\nsoon,1\n", Some(2)),
        ("timestamp,requests\n0,1\n60,1\n120,1\n135,1\n", Some(5)),
        ("timestamp,requests\n0,1\n60\n", Some(3)),
        ("timestamp,requests\n0,1\n", None),
        ("requests\n1\n2\n", None),
        ("", None),
    ];
    for (text, line) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(error.line_number(), line, "{text:?}: {error}");
    }
    let options = TraceOptions { column: Some("requsts".to_owned()), step: None };
    let error = Trace::parse("timestamp,requests\n0,1\n", &options).unwrap_err();
    assert!(error.hint_text().is_some_and(|hint| hint.contains("`requests`")), "{error}");
}

#[test]
fn small_counts_are_smoothed_before_they_are_scaled() {
    let trace = Trace::new((0..1000).map(|at| f64::from(at % 2) * 2.0).collect(), 1.0).unwrap();
    let smooth = trace.smoothed(200.0).scaled_to(300.0);
    assert!((smooth.mean() - 300.0).abs() < 1e-9);
    assert!(smooth.rates[200..800].iter().all(|rate| (rate / 300.0 - 1.0).abs() < 0.01));
}

#[test]
fn plants_that_cannot_be_are_refused_by_name() {
    let trace = days(1, 10.0);
    let cases = [
        (Plant { objective: 40.0, ..Plant::default() }, "objective"),
        (Plant { capacity: f64::NAN, ..Plant::default() }, "capacity"),
        (Plant { min_instances: 5, max_instances: 4, ..Plant::default() }, "max_instances"),
        (Plant { lost_samples: 1.0, ..Plant::default() }, "lost_samples"),
    ];
    for (plant, field) in cases {
        let error = simulate(&trace, &plant, &SimulatedPolicy::Fixed { instances: 4 }, 1).unwrap_err();
        assert_eq!(error.field_name(), Some(field), "{error}");
    }
    let error = simulate(&trace, &Plant::default(), &SimulatedPolicy::Hpa { target: 0.0 }, 1).unwrap_err();
    assert_eq!(error.field_name(), Some("target"));
}

/// The real traffic, where it is there: what is forecast costs less than the HorizontalPodAutoscaler at any violations.
#[test]
#[allow(clippy::print_stderr)] // Who runs the tests must see that it was skipped, and why.
fn real_traffic_is_cheaper_to_forecast_than_to_follow() {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/samples/series/workload/nasa_http_1995_per_minute.csv");
    if !std::path::Path::new(file).exists() {
        return eprintln!("skipped: {file} is not there");
    }
    let mut trace = Trace::read(file, &TraceOptions::default()).unwrap();
    trace.rates.truncate(3 * 1440);
    let trace = trace.smoothed(200.0).scaled_to(340.0);
    let targets = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
    let of = |policy: fn(f64) -> SimulatedPolicy| front(&trace, &Plant::default(), policy, &targets, 1).unwrap();
    let (ours, hpa) =
        (of(|target| SimulatedPolicy::Predictive { target }), of(|target| SimulatedPolicy::Hpa { target }));
    let (ours, hpa) = (ours.at(0.005).unwrap(), hpa.at(0.005).unwrap());
    assert!(ours.instance_hours < hpa.instance_hours, "{ours:?} {hpa:?}");
}
