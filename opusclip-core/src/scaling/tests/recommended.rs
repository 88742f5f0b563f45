//! Settings that are recommended by a history.

use super::recommend::*;
use super::simulate::*;
use crate::control::{CancelToken, Control};
use crate::error::ErrorCode;
use crate::scaling::PriceModel;

/// Days whose rate goes up and down between a third and five thirds of its mean.
fn days(count: u32, mean: f64) -> Trace {
    let minute = |minute: u32| {
        let hours = f64::from(minute) / 60.0;
        mean * (1.0 - 2.0 / 3.0 * (hours / 24.0 * std::f64::consts::TAU).cos())
    };
    Trace::new((0..count * 288).map(|step| minute(step * 5)).collect(), 300.0).unwrap()
}

fn options() -> RecommendOptions {
    let plant = Plant { price: PriceModel::on_demand("EUR", 80_000), warm_up: 0.5, ..Plant::default() };
    RecommendOptions { plant, violations: 0.005, seeds: vec![1, 2], ..RecommendOptions::default() }
}

fn found(trace: &Trace, options: &RecommendOptions) -> ScalingRecommendation {
    recommend(trace, options, &Control::new()).unwrap()
}

fn kinds(found: &ScalingRecommendation) -> Vec<ScalingWarningKind> {
    found.warnings.iter().map(|warning| warning.kind).collect()
}

#[test]
fn what_is_expected_is_what_the_settings_do_when_they_are_played() {
    let (trace, options) = (days(2, 300.0), options());
    let found = found(&trace, &options);
    assert!(found.reached, "{found:?}");
    let played = ComparisonOptions {
        plant: Plant {
            min_instances: found.config.min_instances,
            max_instances: found.config.max_instances,
            ..options.plant.clone()
        },
        policies: vec!["engine".to_owned()],
        seeds: options.seeds,
        config: Some(found.config.clone()),
        ..ComparisonOptions::default()
    };
    let played = compare(&trace, &played).unwrap();
    assert_eq!(played.median("engine", None, |result| result.violations), found.expected.violations.median);
    // One of two days counts.
    let cost = played.median("engine", None, |result| result.cost_micros as f64);
    assert!((found.expected.cost_per_day_micros.median as f64 - cost).abs() <= 1.0);
    assert_eq!(found.config.price.as_ref().map(|price| price.currency.as_str()), Some("EUR"));
    assert_eq!((found.searched, found.judged), (86_400.0, 86_400.0));
}

#[test]
fn it_is_cheapest_of_what_holds_and_lies_between_the_limit_and_a_fixed_fleet() {
    let found = found(&days(2, 300.0), &options());
    let cost = found.expected.cost_per_day_micros.median;
    let of = |policy: &str| found.alternatives.iter().find(|other| other.policy == policy).unwrap();
    for other in &found.alternatives {
        assert_eq!(other.saved_per_day_micros, other.cost_per_day_micros.median - cost, "{other:?}");
        assert_eq!(other.holds, other.violations.high <= 0.005, "{other:?}");
    }
    assert!(of("fixed").saved_per_day_micros > cost / 5, "{found:#?}");
    assert!(found.limit.cost_per_day_micros.median <= cost && found.limit.holds, "{found:#?}");
    let usual = found.alternatives.iter().find(|other| other.policy == "hpa_cpu" && other.target == 0.5);
    assert!(usual.is_some_and(|usual| usual.saved_per_day_micros > 0), "{found:#?}");
    // The first in the table is the cheapest of those that hold.
    assert!(found.alternatives.is_sorted_by_key(|other| (!other.holds, other.cost_per_day_micros.median)));
}

#[test]
fn a_stricter_level_never_costs_less() {
    let trace = days(2, 300.0);
    let cost = |violations: f64| {
        let found = found(&trace, &RecommendOptions { violations, seeds: vec![1], ..options() });
        assert!(found.reached && found.expected.violations.high <= violations, "{found:?}");
        found.expected.cost_per_day_micros.median
    };
    let (strict, loose) = (cost(0.0005), cost(0.02));
    assert!(strict > loose, "{strict} {loose}");
}

#[test]
fn the_same_seeds_give_the_same_answer() {
    let (trace, options) = (days(2, 100.0), RecommendOptions { seeds: vec![4], ..options() });
    assert_eq!(found(&trace, &options), found(&trace, &options));
}

#[test]
fn a_level_that_nothing_holds_gives_the_nearest_and_says_so() {
    // Starts that take half an hour, on steps of half an hour.
    let steps = (0..96).map(|at| if at % 4 < 2 { 100.0 } else { 1000.0 });
    let trace = Trace::new(steps.collect(), 1800.0).unwrap();
    let plant = Plant { start_up: 1800.0, max_instances: 40, ..Plant::default() };
    let found = found(&trace, &RecommendOptions { plant, violations: 1e-6, seeds: vec![1], ..options() });
    assert!(!found.reached);
    assert_eq!(kinds(&found).first(), Some(&ScalingWarningKind::Unreachable));
    assert!(kinds(&found).contains(&ScalingWarningKind::CoarseSteps));
}

#[test]
fn what_a_history_cannot_show_is_said() {
    let mut trace = days(2, 100.0);
    trace.rates[300..310].fill(0.0);
    trace.filled = 7;
    let short = found(&trace, &RecommendOptions { seeds: vec![1], ..options() });
    for kind in [ScalingWarningKind::ShortHistory, ScalingWarningKind::Gaps, ScalingWarningKind::Outages] {
        assert!(kinds(&short).contains(&kind), "{:?}", short.warnings);
    }
    let small = Trace::new((0..96).map(|at| if at < 32 { 0.01 } else { 0.03 }).collect(), 1800.0).unwrap();
    let small = found(&small, &RecommendOptions { seeds: vec![1], ..options() });
    for kind in [ScalingWarningKind::SmallCounts, ScalingWarningKind::Changed] {
        assert!(kinds(&small).contains(&kind), "{:?}", small.warnings);
    }
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let trace = days(2, 100.0);
    let plant = |plant| RecommendOptions { plant, ..options() };
    let cases = [
        (plant(Plant { objective: 40.0, ..Plant::default() }), "objective"),
        (plant(Plant { warm_up: 0.0, ..Plant::default() }), "plant.warm_up"),
        (RecommendOptions { violations: 5.0, ..options() }, "violations"),
        (RecommendOptions { violations: f64::NAN, ..options() }, "violations"),
        (RecommendOptions { seeds: Vec::new(), ..options() }, "seeds"),
        (RecommendOptions { mean_rate: Some(-1.0), ..options() }, "mean_rate"),
    ];
    for (options, field) in cases {
        let error = recommend(&trace, &options, &Control::new()).unwrap_err();
        assert_eq!(error.field_name(), Some(field), "{error}");
    }
    let short = Trace::new(vec![10.0; 60], 60.0).unwrap();
    let error = recommend(&short, &options(), &Control::new()).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::DataTooFew, Some("trace")));
}

#[test]
fn it_can_be_stopped_and_tells_how_far_it_is() {
    let token = CancelToken::new();
    let heard = token.clone();
    let control = Control::new().with_cancel(token).on_progress(move |progress| {
        assert_eq!(progress.stage, "simulate");
        heard.cancel();
    });
    let error = recommend(&days(2, 100.0), &options(), &control).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
}
