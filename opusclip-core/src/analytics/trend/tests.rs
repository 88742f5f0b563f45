use std::f64::consts::TAU;

use proptest::prelude::*;

use super::*;
use crate::analytics::stats::testing::{Noise, at_most};

const NOON: f64 = 1_714_564_800.0;

fn every(step: f64, values: Vec<f64>) -> Samples {
    let times = (0..values.len()).map(|at| NOON + step * at as f64).collect();
    Samples::new(times, values).unwrap()
}

fn plain() -> TrendOptions {
    TrendOptions { seasonal: false, change_points: false, ..TrendOptions::default() }
}

#[test]
fn a_manager_understands_it() {
    let mut noise = Noise::new(1);
    let values = (0..360).map(|minute| 20.0 + (f64::from(minute) - 125.0).max(0.0) * 0.05 + 0.2 * noise.normal());
    let options = TrendOptions { name: Some("latency".into()), unit: Some("ms".into()), ..TrendOptions::default() };
    let found = trend(&every(60.0, values.collect()), &options).unwrap();
    assert_eq!((found.direction, found.change_points.len()), (Direction::Rising, 1));
    let sentence = &found.explanation.sentence;
    assert!(sentence.starts_with("latency rises by ") && sentence.contains(" ms an hour ("), "{sentence}");
    assert!(sentence.contains("p < 0.001, since 14:"), "{sentence}");
    let latest = found.latest.unwrap();
    assert!(latest.slope.low.per_hour < 3.0 && 3.0 < latest.slope.high.per_hour, "{latest:?}");
    assert!((latest.since - NOON - 125.0 * 60.0).abs() < 900.0);
}

#[test]
fn a_season_does_not_hide_a_trend() {
    let mut noise = Noise::new(2);
    let value = |hour: i32| 100.0 + 20.0 * (TAU * f64::from(hour) / 24.0).sin() + 0.02 * f64::from(hour);
    let values: Vec<f64> = (0..24 * 10).map(|hour| value(hour) + noise.normal()).collect();
    let found = trend(&every(3_600.0, values.clone()), &TrendOptions::default()).unwrap();
    let season = found.season.unwrap();
    assert_eq!(season.period, 86_400.0);
    assert!(season.strength.unwrap() > 0.9);
    assert!((found.slope.estimate.per_hour - 0.02).abs() < 0.004 && found.p_value < 0.01, "{found:?}");
    assert!((found.relative_change.unwrap() - 0.0478).abs() < 0.01);
    let given = TrendOptions { season: Some(86_400.0), ..TrendOptions::default() };
    let same = trend(&every(3_600.0, values.clone()), &given).unwrap();
    assert_eq!(same.slope, found.slope);
    let long = TrendOptions { season: Some(604_800.0), ..TrendOptions::default() };
    let error = trend(&every(3_600.0, values), &long).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("season")));
}

#[test]
fn a_jump_is_told_with_its_levels() {
    let mut noise = Noise::new(3);
    let values = (0..240).map(|at| if at < 125 { 10.0 } else { 20.0 } + 0.5 * noise.normal()).collect();
    let found = trend(&every(60.0, values), &TrendOptions::default()).unwrap();
    assert_eq!(found.change_points.len(), 1, "{found:?}");
    let change = &found.change_points[0];
    assert_eq!(change.time, NOON + 125.0 * 60.0);
    assert!((change.level_before - 10.0).abs() < 0.5 && (change.level_after - 20.0).abs() < 0.5);
    assert!(found.explanation.sentence.contains("at 14:05 UTC its level goes from "), "{}", found.explanation.sentence);
}

#[test]
fn a_season_that_does_not_fit_the_span_leaves_no_changes() {
    for n in [400, 1000] {
        let changed = (0..40).filter(|seed| {
            let mut noise = Noise::new(40_000 + seed);
            let values = (0..n).map(|at| 3.0 * (TAU * f64::from(at) / 24.0).sin() + noise.normal()).collect();
            !trend(&every(60.0, values), &TrendOptions::default()).unwrap().change_points.is_empty()
        });
        let changed = changed.count();
        assert!(changed <= at_most(0.05, 40), "{n} values: {changed} of 40");
    }
}

#[test]
fn gaps_spikes_and_uneven_times_do_no_harm() {
    let mut noise = Noise::new(4);
    let mut times = Vec::new();
    let mut values = Vec::new();
    for at in 0..400 {
        times.push(NOON + 60.0 * f64::from(at) + 20.0 * noise.uniform());
        let value = 5.0 + 0.01 * f64::from(at) + 0.2 * noise.normal();
        values.push(if at % 7 == 0 {
            f64::NAN
        } else if at % 41 == 0 {
            1e6
        } else {
            value
        });
    }
    let found = trend(&Samples::new(times, values).unwrap(), &TrendOptions::default()).unwrap();
    assert!((found.slope.estimate.per_hour - 0.6).abs() < 0.02, "{found:?}");
    assert!(found.p_value < 1e-6 && found.change_points.is_empty(), "{found:?}");
}

#[test]
fn too_little_and_nothing_at_all() {
    let error = trend(&every(60.0, vec![1.0; 7]), &TrendOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.hint_text()), (ErrorCode::DataTooFew, Some("give at least 8")));
    let found = trend(&every(60.0, vec![4.0; 50]), &TrendOptions::default()).unwrap();
    assert_eq!((found.direction, found.p_value, found.intercept), (Direction::None, 1.0, 4.0));
    assert_eq!(found.explanation.sentence, "the metric does not change from 12:00 UTC to 12:49 UTC");
    for huge in [1e300, 1e-300] {
        let values = (0..50).map(|at| huge * (1.0 + f64::from(at % 5))).collect();
        assert_eq!(trend(&every(60.0, values), &TrendOptions::default()).unwrap().direction, Direction::None);
    }
}

#[test]
fn options_are_checked_by_name() {
    let named = |value: serde_json::Value| {
        let options: Result<TrendOptions> = crate::config::from_json(value);
        options.and_then(|options| options.validate()).unwrap_err()
    };
    let error = named(serde_json::json!({"confidence": "NaN"}));
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigNotFinite, Some("confidence")));
    assert_eq!(named(serde_json::json!({"confidence": 1.0})).code(), ErrorCode::ConfigOutOfRange);
    assert_eq!(named(serde_json::json!({"season": -1})).field_name(), Some("season"));
    assert_eq!(named(serde_json::json!({"min_segment": 1})).field_name(), Some("min_segment"));
}

#[test]
fn walks_and_remembering_noise_seldom_trend() {
    for (n, phi) in [(50, 1.0), (200, 0.8), (200, 1.0), (1000, 1.0)] {
        let found = (0..200_u64).filter(|seed| {
            let values = Noise::new(20_000 + seed).autoregressive(n, phi);
            trend(&every(60.0, values), &TrendOptions::default()).unwrap().direction != Direction::None
        });
        let found = found.count();
        assert!(found <= at_most(0.05, 200), "n {n}, phi {phi}: {found} of 200 at the level of 0.05");
    }
}

proptest! {
    /// Scale and shift of values, and of times, carry over to the slope and leave the test alone.
    #[test]
    fn equivariance(seed in 0..1000_u64, scale in 0.01..100.0_f64, shift in -100.0..100.0_f64, sign in prop::bool::ANY) {
        let values = Noise::new(seed).autoregressive(60, 0.3);
        let scale = if sign { scale } else { -scale };
        let mapped = values.iter().map(|value| value * scale + shift).collect();
        let (a, b) = (trend(&every(60.0, values), &plain()).unwrap(), trend(&every(120.0, mapped), &plain()).unwrap());
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-7 * (a.abs() + b.abs() + scale.abs() * 1e-3);
        prop_assert!(near(a.slope.estimate.per_hour * scale / 2.0, b.slope.estimate.per_hour));
        let (low, high) = if sign { (a.slope.low, a.slope.high) } else { (a.slope.high, a.slope.low) };
        prop_assert!(near(low.per_hour * scale / 2.0, b.slope.low.per_hour), "{a:?} {b:?}");
        prop_assert!(near(high.per_hour * scale / 2.0, b.slope.high.per_hour), "{a:?} {b:?}");
        prop_assert!((a.p_value - b.p_value).abs() < 1e-6);
    }

    /// Read backwards, what rose falls.
    #[test]
    fn time_reversal(seed in 0..1000_u64) {
        let values = Noise::new(seed).autoregressive(80, 0.5);
        let reversed = values.iter().rev().copied().collect();
        let (a, b) = (trend(&every(60.0, values), &plain()).unwrap(), trend(&every(60.0, reversed), &plain()).unwrap());
        prop_assert!((a.slope.estimate.per_hour + b.slope.estimate.per_hour).abs() < 1e-9);
        prop_assert!((a.p_value - b.p_value).abs() < 1e-6, "{} {}", a.p_value, b.p_value);
    }
}
