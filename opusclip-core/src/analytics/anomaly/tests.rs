use proptest::prelude::*;

use super::*;
use crate::error::ErrorCode;

/// Uniform numbers in -1 to 1 from a seed (splitmix64).
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Nearly normal numbers of mean 0 and variance 1: a sum of twelve uniform ones, less its mean.
fn normal(seed: u64) -> impl FnMut() -> f64 {
    let mut uniform = noise(seed);
    move || (0..12).map(|_| uniform()).sum::<f64>() / 2.0
}

const MINUTE: f64 = 60.0;

/// Values a minute apart: noise of deviation 1 around 100.
fn quiet_stream(seed: u64, length: usize) -> (Vec<f64>, Vec<f64>) {
    let mut normal = normal(seed);
    ((0..length).map(|at| at as f64 * MINUTE).collect(), (0..length).map(|_| 100.0 + normal()).collect())
}

/// Reasons of the alarms from a row on, nearest first; whatever came before it by chance does not hush them.
fn reasons(times: &[f64], values: &[f64], from: usize) -> Vec<(usize, Reason)> {
    let options = AnomalyOptions { quiet_time: Some(50.0 * MINUTE), ..Default::default() };
    let found = scan(times, values, &options).unwrap();
    found.points.iter().filter(|point| point.index >= from).map(|point| (point.index, point.reason)).collect()
}

/// The first alarm after row 1000 is at this row at the latest and has this reason, for several seeds.
fn expect(reason: Reason, latest: usize, plant: impl Fn(&mut Vec<f64>, &mut Vec<f64>)) {
    for seed in 1..=8 {
        let (mut times, mut values) = quiet_stream(seed, 1200);
        plant(&mut times, &mut values);
        let found = reasons(&times, &values, 1000);
        let first = found.first().unwrap_or_else(|| panic!("seed {seed}: no {reason:?}"));
        assert!(first.0 <= latest && first.1 == reason, "seed {seed}: {found:?}, not {reason:?} by {latest}");
    }
}

#[test]
fn a_spike_and_a_dip_are_told_at_once() {
    expect(Reason::Spike, 1000, |_, values| values[1000] += 15.0);
    expect(Reason::Dip, 1000, |_, values| values[1000] -= 15.0);
}

#[test]
fn the_second_of_two_spikes_alike_is_told_too() {
    for seed in 1..=8 {
        let (times, mut values) = quiet_stream(seed, 1600);
        values[1000] += 15.0;
        values[1400] += 15.0;
        let told: Vec<usize> = reasons(&times, &values, 1000).into_iter().map(|(at, _)| at).collect();
        assert!(told.contains(&1000) && told.contains(&1400), "seed {seed}: {told:?}");
    }
}

#[test]
fn a_new_level_is_told_from_a_spike() {
    expect(Reason::LevelShift, 1002, |_, values| values[1000..].iter_mut().for_each(|value| *value += 10.0));
    expect(Reason::LevelShift, 1002, |_, values| values[1000..].iter_mut().for_each(|value| *value -= 10.0));
}

#[test]
fn a_wider_scatter_is_told_from_a_spike() {
    let widen = |_: &mut Vec<f64>, values: &mut Vec<f64>| {
        values[1000..].iter_mut().for_each(|value| *value = 100.0 + 8.0 * (*value - 100.0));
    };
    expect(Reason::Variance, 1008, widen);
}

#[test]
fn noise_that_all_but_ceases_is_a_change_of_variance() {
    let narrow = |_: &mut Vec<f64>, values: &mut Vec<f64>| {
        values[1000..].iter_mut().for_each(|value| *value = 100.0 + 0.1 * (*value - 100.0));
    };
    // Four blocks of 16 steps, after the one that was begun.
    expect(Reason::Variance, 1080, narrow);
}

#[test]
fn a_lull_that_has_been_before_is_no_news() {
    let (times, mut values) = quiet_stream(11, 4000);
    for lull in [600..800, 2000..2200, 3000..3200] {
        values[lull].iter_mut().for_each(|value| *value = 100.0 + 0.1 * (*value - 100.0));
    }
    let variance = |(index, reason): &(usize, Reason)| *index >= 1000 && *reason == Reason::Variance;
    let found = reasons(&times, &values, 0);
    assert!(found.iter().any(|(index, reason)| (600..700).contains(index) && *reason == Reason::Variance), "{found:?}");
    assert!(!found.iter().any(variance), "{found:?}");
}

#[test]
fn the_sentence_is_short() {
    let mut values: Vec<f64> = (0..60).map(|at| f64::from(at * 37 % 11) / 7.0).collect();
    values[50] = 100.0 / 3.0;
    let options = AnomalyOptions { threshold: Some(4.0), ..Default::default() };
    let found = detect(&Samples::evenly(values).unwrap(), &options).unwrap();
    let sentence = &found.explanation.sentence;
    let wanted = "1 anomaly in 60 values; the clearest is a spike at row 50 (33.3 where 0.714 was expected).";
    assert_eq!(sentence, wanted);
}

#[test]
fn a_stream_that_stands_still_is_told_after_32_values() {
    expect(Reason::FlatLine, 1032, |_, values| values[1000..1100].fill(100.0));
}

#[test]
fn missing_data_are_told_by_the_next_value_or_by_a_gap() {
    expect(Reason::MissingData, 1000, |times, _| times[1000..].iter_mut().for_each(|time| *time += 30.0 * MINUTE));
    expect(Reason::MissingData, 1012, |_, values| values[1000..1050].fill(f64::NAN));
}

#[test]
fn a_constant_stream_is_ordinary_until_it_changes() {
    let times: Vec<f64> = (0..2000).map(f64::from).collect();
    let mut values = vec![45.0; 2000];
    assert!(scan(&times, &values, &AnomalyOptions::default()).unwrap().points.is_empty());
    values[1500] = 46.0;
    let found = scan(&times, &values, &AnomalyOptions::default()).unwrap();
    assert_eq!(found.points.iter().map(|point| (point.index, point.reason)).next(), Some((1500, Reason::Spike)));
}

#[test]
fn noise_alone_brings_few_alarms() {
    let alarms: usize = (0..10)
        .map(|seed| {
            let (times, values) = quiet_stream(100 + seed, 4000);
            scan(&times, &values, &AnomalyOptions::default()).unwrap().points.len()
        })
        .sum();
    // One in a thousand values, at most.
    assert!(alarms <= 40, "{alarms} alarms in 40,000 values");
}

#[test]
fn the_day_is_found_and_what_is_usual_at_noon_is_not_at_night() {
    let mut noise = normal(5);
    let hour = 3600.0;
    let times: Vec<f64> = (0..24 * 30).map(|at| f64::from(at) * hour).collect();
    let day = |time: f64| 50.0 + 30.0 * (time / 86_400.0 * std::f64::consts::TAU).sin();
    let mut values: Vec<f64> = times.iter().map(|time| day(*time) + noise()).collect();
    // At 18 h the sine is at its lowest, 20; 50 is usual at other hours.
    values[24 * 25 + 18] = 50.0;
    let options = AnomalyOptions { threshold: Some(8.0), ..Default::default() };
    let found = scan(&times, &values, &options).unwrap();
    assert_eq!(found.season, Some(86_400.0));
    let late: Vec<&ScoredPoint> = found.points.iter().filter(|point| point.index > 24 * 7).collect();
    assert_eq!(late.iter().map(|point| point.index).collect::<Vec<_>>(), [24 * 25 + 18]);
    assert!((late[0].expected - 20.0).abs() < 2.0, "expected {}", late[0].expected);
    let none = AnomalyOptions { season: Some(0.0), ..options };
    assert_eq!(scan(&times, &values, &none).unwrap().season, None);
}

#[test]
fn a_threshold_counts_robust_standard_deviations() {
    // Of 1, 2, 3, 4, 5 again and again the median is 3, and the median distance from it 1.
    let mut values: Vec<f64> = (0..300).map(|at| f64::from(at % 5) + 1.0).collect();
    let limit = 2.0 * 1.4826;
    for (value, anomaly) in [(3.0 + limit - 0.01, false), (3.0 + limit + 0.01, true), (3.0 - limit - 0.01, true)] {
        values[299] = value;
        let samples = Samples::evenly(values.clone()).unwrap();
        let options = AnomalyOptions { threshold: Some(2.0), season: Some(0.0), ..Default::default() };
        let found = detect(&samples, &options).unwrap();
        assert_eq!(found.points.iter().any(|point| point.index == 299), anomaly, "{value}");
        assert_eq!(found.scores[299] >= found.threshold, anomaly, "{value}");
    }
}

#[test]
fn in_the_quiet_time_only_a_much_stronger_anomaly_is_told() {
    let (times, mut values) = quiet_stream(3, 1200);
    for at in [1000, 1040, 1080] {
        values[at] += 20.0;
    }
    values[1100] += 1e6;
    let rows = |quiet: f64| {
        let options = AnomalyOptions { quiet_time: Some(quiet * MINUTE), ..Default::default() };
        let found = scan(&times, &values, &options).unwrap();
        found.points.iter().map(|point| point.index).filter(|index| *index >= 1000).collect::<Vec<_>>()
    };
    assert_eq!(rows(99.0), [1000, 1100]);
    assert!(rows(0.0).len() > 2);
}

#[test]
fn times_and_values_that_cannot_be_are_taken_as_gaps() {
    let (times, values) = quiet_stream(4, 400);
    let mut plain = Detector::new(AnomalyOptions::default()).unwrap();
    let mut disturbed = plain.clone();
    for (time, value) in times.iter().zip(&values) {
        assert_eq!(plain.update(*time, *value), disturbed.update(*time, *value));
        for (time, value) in [(f64::NAN, 1.0), (f64::INFINITY, 1.0), (*time, f64::NAN), (time - 1e6, f64::INFINITY)] {
            let verdict = disturbed.update(time, value);
            assert!(verdict.score < SCORE_THRESHOLD && verdict.expected.is_finite(), "{verdict:?}");
        }
    }
    // Backwards, and of any size, values are taken but break nothing, and the state can still be saved.
    for value in [f64::MAX, f64::MIN, f64::MAX, f64::MIN_POSITIVE, 0.0, -0.0] {
        let verdict = plain.update(0.0, value);
        assert!((0.0..=1.0).contains(&verdict.score) && verdict.expected.is_finite(), "{verdict:?}");
    }
    let restored: Detector = serde_json::from_str(&serde_json::to_string(&plain).unwrap()).unwrap();
    assert_eq!(restored, plain);
}

#[test]
fn a_detector_that_was_saved_goes_on_as_if_nothing_had_been() {
    let (times, values) = quiet_stream(6, 900);
    let mut detector = Detector::new(AnomalyOptions::default()).unwrap();
    let rows: Vec<(f64, f64)> = times.into_iter().zip(values).collect();
    for (time, value) in &rows[..700] {
        detector.update(*time, *value);
    }
    let mut restored: Detector = serde_json::from_str(&serde_json::to_string(&detector).unwrap()).unwrap();
    assert_eq!(restored, detector);
    for (time, value) in &rows[700..] {
        assert_eq!(restored.update(*time, *value), detector.update(*time, *value));
    }
}

#[test]
fn options_out_of_range_and_too_few_values_are_named() {
    let failed = |options: AnomalyOptions| {
        let error = Detector::new(options).unwrap_err();
        (error.code(), error.field_name().unwrap_or_default().to_owned())
    };
    let range = ErrorCode::ConfigOutOfRange;
    let options = AnomalyOptions::default;
    assert_eq!(failed(AnomalyOptions { threshold: Some(0.0), ..options() }), (range, "threshold".into()));
    assert_eq!(failed(AnomalyOptions { quiet_time: Some(-1.0), ..options() }), (range, "quiet_time".into()));
    assert_eq!(failed(AnomalyOptions { warm_up: Some(0), ..options() }), (range, "warm_up".into()));
    let infinite = AnomalyOptions { season: Some(f64::INFINITY), ..options() };
    assert_eq!(failed(infinite), (ErrorCode::ConfigNotFinite, "season".into()));
    let few = detect(&Samples::evenly(vec![1.0; 150]).unwrap(), &options()).unwrap_err();
    assert_eq!(few.code(), ErrorCode::DataTooFew);
    assert!(few.hint_text().is_some_and(|hint| hint.contains("151")));
    assert_eq!(scan(&[1.0], &[], &options()).unwrap_err().code(), ErrorCode::DataInvalid);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_score_depends_on_what_comes_later(seed in any::<u64>(), cut in 200_usize..600, wild in 0.0..40.0_f64) {
        let mut uniform = noise(seed);
        let mut time = 0.0;
        let rows: Vec<(f64, f64)> = (0..600).map(|_| {
            time += 30.0 * (1.0 + uniform());
            (time, if uniform() > 0.98 { wild } else { uniform() })
        }).collect();
        let (times, values): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let whole = scan(&times, &values, &AnomalyOptions::default()).unwrap();
        let part = scan(&times[..cut], &values[..cut], &AnomalyOptions::default()).unwrap();
        prop_assert_eq!(&part.scores[..], &whole.scores[..cut]);
    }

    #[test]
    fn the_unit_of_the_values_does_not_matter(seed in any::<u64>(), power in -40_i32..40) {
        let (times, mut values) = quiet_stream(seed, 500);
        values[400] += 9.0;
        let other: Vec<f64> = values.iter().map(|value| value * 2.0_f64.powi(power)).collect();
        let scores = |values: &[f64]| scan(&times, values, &AnomalyOptions::default()).unwrap().scores;
        prop_assert_eq!(scores(&values), scores(&other));
    }
}
