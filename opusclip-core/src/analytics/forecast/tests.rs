use proptest::prelude::*;

use super::*;

/// Normal noise (a linear congruential generator, sums of twelve uniform numbers).
pub(super) struct Noise(pub u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn grid(values: Vec<f64>) -> Regular {
    Regular { start: 1000.0, step: 60.0, values }
}

fn ask(horizon: usize) -> ForecastOptions {
    ForecastOptions { horizon, ..ForecastOptions::default() }
}

fn near(found: &[f64], expected: &[f64], by: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= by, "{found} is not {expected}");
    }
}

fn ordered(forecast: &Forecast) -> bool {
    let bounds = forecast.low.iter().zip(&forecast.high);
    forecast
        .mean
        .iter()
        .zip(bounds)
        .all(|(mean, (low, high))| mean.is_finite() && low <= mean && mean <= high && high.is_finite())
}

#[test]
fn a_season_without_noise_goes_on_as_it_was() {
    for effort in [Effort::Fast, Effort::Thorough] {
        for season in [4, 7, 12] {
            let value = |at: usize| ((at % season) * (at % season)) as f64;
            let known = grid((0..season * 9 + 2).map(value).collect());
            let next = forecast(&known, &ForecastOptions { effort, ..ask(2 * season) }).unwrap();
            assert_eq!(next.seasons, [season]);
            let expected: Vec<f64> = (0..2 * season).map(|step| value(season * 9 + 2 + step)).collect();
            near(&next.mean, &expected, 1e-6);
            assert!(ordered(&next));
            assert_eq!((next.start, next.step), (1000.0 + 60.0 * (season * 9 + 2) as f64, 60.0));
        }
    }
}

#[test]
fn a_line_goes_on_as_a_line() {
    let next = forecast(&grid((0..50).map(|at| 3.0 + 0.5 * f64::from(at)).collect()), &ask(10)).unwrap();
    let expected: Vec<f64> = (50..60).map(|at| 3.0 + 0.5 * f64::from(at)).collect();
    near(&next.mean, &expected, 0.01);
    assert!(next.seasons.is_empty());
}

#[test]
fn a_constant_stays_without_doubt() {
    for value in [0.0, -4.0, 1e99] {
        let next = forecast(&grid(vec![value; 30]), &ask(5)).unwrap();
        assert_eq!((&next.mean, &next.low, &next.high), (&vec![value; 5], &vec![value; 5], &vec![value; 5]));
        assert_eq!((next.accuracy.smape, next.accuracy.mase, next.accuracy.coverage), (0.0, 0.0, 1.0));
    }
}

#[test]
fn an_oscillation_is_learnt_from_its_last_two_values() {
    // x(t) = 1.6 x(t-1) - x(t-2) never repeats: its period is 9.76... steps.
    let mut values = vec![1.0, 0.3];
    for at in 2..220 {
        values.push(1.6 * values[at - 1] - values[at - 2]);
    }
    let after = values.split_off(200);
    let options = ForecastOptions { seasons: Some(Vec::new()), method: Some(Method::Autoregression), ..ask(20) };
    let next = forecast(&grid(values), &options).unwrap();
    assert_eq!(next.method, Method::Autoregression);
    near(&next.mean, &after, 0.02);
}

#[test]
fn intervals_hold_what_they_say() {
    // Independent normal values about a season: 95 % of what comes lies inside, on the whole.
    let (mut inside, mut all) = (0.0, 0.0);
    for seed in 0..60 {
        let mut noise = Noise(seed);
        let mut values: Vec<f64> = (0..132).map(|at| f64::from(at % 12) + noise.normal()).collect();
        let after = values.split_off(120);
        let next =
            forecast(&grid(values), &ForecastOptions { seasons: Some(vec![12]), effort: Effort::Fast, ..ask(12) })
                .unwrap();
        for (value, (low, high)) in after.iter().zip(next.low.iter().zip(&next.high)) {
            inside += f64::from(u8::from(low <= value && value <= high));
            all += 1.0;
        }
    }
    let share: f64 = inside / all;
    assert!((0.93..0.985).contains(&share), "{share}");
}

#[test]
fn better_candidates_weigh_more_and_the_sum_is_one() {
    let mut noise = Noise(3);
    let values = (0..400).map(|at| 10.0 + 3.0 * f64::from(at % 24).sin() + noise.normal()).collect();
    let next = forecast(&grid(values), &ask(24)).unwrap();
    assert!((next.candidates.iter().map(|candidate| candidate.weight).sum::<f64>() - 1.0).abs() < 1e-12);
    let pairs = next.candidates.windows(2);
    assert!(pairs.into_iter().all(|pair| pair[0].error <= pair[1].error && pair[0].weight >= pair[1].weight));
    assert_eq!(next.method, Method::Combination);
    // Repeating noise doubles its variance: others are better.
    assert!(next.candidates[0].error < 0.9, "{}", next.candidates[0].error);
    assert!(next.accuracy.folds >= 6);
}

#[test]
fn each_method_can_be_asked_for_alone() {
    let mut noise = Noise(5);
    let values = grid((0..120).map(|at| 20.0 + f64::from(at % 7) + noise.normal()).collect());
    let methods = [
        Method::Naive,
        Method::Drift,
        Method::SeasonalNaive,
        Method::Theta,
        Method::ExponentialSmoothing,
        Method::Autoregression,
    ];
    for method in methods {
        let next = forecast(&values, &ForecastOptions { method: Some(method), ..ask(7) }).unwrap();
        assert!(next.candidates.iter().all(|candidate| candidate.method == method), "{method:?}");
        assert_eq!(next.method, method);
        assert!(ordered(&next));
    }
    let naive = forecast(&values, &ForecastOptions { method: Some(Method::Naive), ..ask(3) }).unwrap();
    near(&naive.mean, &[values.values[119]; 3], 1e-9);
    let short = grid(vec![1.0, 2.0, 1.5, 2.5, 1.0, 3.0]);
    let error = forecast(&short, &ForecastOptions { method: Some(Method::SeasonalNaive), ..ask(3) }).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::DataTooFew, Some("method")));
}

#[test]
fn drift_is_the_mean_change() {
    let options = ForecastOptions { method: Some(Method::Drift), ..ask(2) };
    let next = forecast(&grid(vec![1.0, 4.0, 2.0, 6.0, 5.0, 9.0, 7.0]), &options).unwrap();
    near(&next.mean, &[8.0, 9.0], 1e-9);
}

#[test]
fn a_gap_at_the_end_is_forecast_too() {
    let mut noise = Noise(11);
    let values: Vec<f64> = (0..84).map(|at| f64::from(at % 7) + 0.1 * noise.normal()).collect();
    let whole = forecast(&grid(values.clone()), &ask(10)).unwrap();
    let gap = values.iter().copied().chain([f64::NAN; 3]).collect();
    let later = forecast(&grid(gap), &ask(7)).unwrap();
    assert_eq!(later.start, 1000.0 + 87.0 * 60.0);
    assert_eq!(later.mean, whole.mean[3..]);
    let gap = [f64::NAN; 4].into_iter().chain(values).collect();
    assert_eq!(forecast(&grid(gap), &ask(10)).unwrap().mean, whole.mean);
}

#[test]
fn a_gap_inside_takes_the_season_before() {
    let value = |at: usize| if at % 7 < 5 { 10.0 } else { 2.0 } + 0.01 * at as f64;
    let mut values: Vec<f64> = (0..70).map(value).collect();
    values[40..54].fill(f64::NAN);
    values[20] = f64::NAN;
    let expected: Vec<f64> = (70..77).map(value).collect();
    let next = forecast(&grid(values), &ask(7)).unwrap();
    assert_eq!(next.seasons, [7]);
    near(&next.mean, &expected, 0.6);
}

#[test]
fn forecasts_of_amounts_are_not_negative() {
    let values: Vec<f64> = (0..40).map(|at| f64::from(40 - at)).collect();
    let next = forecast(&grid(values.clone()), &ask(20)).unwrap();
    assert!(next.mean.iter().chain(&next.low).all(|value| *value >= 0.0));
    let free = forecast(&grid(values), &ForecastOptions { non_negative: Some(false), ..ask(20) }).unwrap();
    assert!(free.low[19] < 0.0);
}

#[test]
fn what_cannot_be_forecast_is_named() {
    let failed = |values: Regular, options: &ForecastOptions| {
        let error = forecast(&values, options).unwrap_err();
        (error.code(), error.field_name().unwrap_or("").to_owned())
    };
    let fine = grid(vec![1.0, 2.0, 3.0, 2.0, 1.0, 4.0]);
    let name = |code, field: &str| (code, field.to_owned());
    let few = grid(vec![1.0, f64::NAN, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(failed(few.clone(), &ask(1)), name(ErrorCode::DataTooFew, "values"));
    assert!(forecast(&few, &ask(1)).unwrap_err().to_string().contains("5 values are too few, 6 are needed"));
    let huge = grid(vec![1.0, 2.0, 1e101, 2.0, 1.0, 4.0]);
    assert_eq!(failed(huge, &ask(1)), name(ErrorCode::DataInvalid, "values[2]"));
    let still = Regular { step: 0.0, ..fine.clone() };
    assert_eq!(failed(still, &ask(1)), name(ErrorCode::DataInvalid, "step"));
    assert_eq!(failed(fine.clone(), &ask(0)), name(ErrorCode::ConfigOutOfRange, "horizon"));
    let options = ForecastOptions { level: 1.0, ..ask(1) };
    assert_eq!(failed(fine.clone(), &options), name(ErrorCode::ConfigOutOfRange, "level"));
    let options = ForecastOptions { level: f64::NAN, ..ask(1) };
    assert_eq!(failed(fine.clone(), &options), name(ErrorCode::ConfigNotFinite, "level"));
    let options = ForecastOptions { seasons: Some(vec![24, 1]), ..ask(1) };
    assert_eq!(failed(fine, &options), name(ErrorCode::ConfigOutOfRange, "seasons[1]"));
}

#[test]
fn gaps_that_leave_nothing_to_judge_by_are_refused() {
    let mut values: Vec<f64> = (0..10).map(f64::from).collect();
    values.resize(100, f64::NAN);
    values.push(5.0);
    let error = forecast(&grid(values.clone()), &ask(3)).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::DataTooFew, Some("values")));
    values.resize(101 + LONGEST_GAP + 1, f64::NAN);
    let error = forecast(&grid(values), &ask(3)).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::DataInvalid, Some("values")));
}

#[test]
fn options_come_from_json() {
    let options: ForecastOptions =
        crate::config::from_json(serde_json::json!({"horizon": 48, "effort": "fast", "method": "theta"})).unwrap();
    assert_eq!(options, ForecastOptions { effort: Effort::Fast, method: Some(Method::Theta), ..ask(48) });
    let error = crate::config::from_json::<ForecastOptions>(serde_json::json!({"horzon": 48})).unwrap_err();
    assert_eq!(error.hint_text(), Some("did you mean `horizon`?"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_values_are_forecast_or_refused(
        values in proptest::collection::vec(prop_oneof![
            4 => -1e6..1e6_f64, 2 => Just(0.0), 1 => Just(f64::NAN), 1 => -1e100..1e100_f64,
        ], 0..90),
        horizon in 1..40_usize,
        seasons in proptest::option::of(proptest::collection::vec(2..50_usize, 0..3)),
        thorough in any::<bool>(),
    ) {
        let effort = if thorough { Effort::Thorough } else { Effort::Fast };
        match forecast(&grid(values.clone()), &ForecastOptions { seasons, effort, ..ask(horizon) }) {
            Ok(next) => {
                prop_assert!(ordered(&next));
                prop_assert_eq!(next.mean.len(), horizon);
                prop_assert!((0.0..=1.0).contains(&next.accuracy.coverage));
                prop_assert!((0.0..=200.0).contains(&next.accuracy.smape));
            }
            Err(error) => {
                prop_assert_eq!(error.code(), ErrorCode::DataTooFew);
                let gaps = values.iter().any(|value| value.is_nan());
                prop_assert!(gaps || values.len() < LEAST_VALUES, "{error}");
            }
        }
    }

    #[test]
    fn the_unit_does_not_matter(seed in 0..1000_u64, power in -30..30_i32) {
        let mut noise = Noise(seed);
        let values: Vec<f64> = (0..100).map(|at| 8.0 + f64::from(at % 7) + noise.normal()).collect();
        let unit = 2.0_f64.powi(power);
        let plain = forecast(&grid(values.clone()), &ask(7)).unwrap();
        let scaled = forecast(&grid(values.iter().map(|value| value * unit).collect()), &ask(7)).unwrap();
        for (a, b) in plain.mean.iter().chain(&plain.high).zip(scaled.mean.iter().chain(&scaled.high)) {
            prop_assert!((a * unit - b).abs() <= 1e-9 * b.abs());
        }
    }

    #[test]
    fn higher_levels_have_wider_intervals(seed in 0..1000_u64) {
        let mut noise = Noise(seed);
        let values = grid((0..100).map(|_| noise.normal()).collect());
        let at = |level: f64| forecast(&values, &ForecastOptions { level, effort: Effort::Fast, ..ask(10) }).unwrap();
        let (narrow, wide) = (at(0.8), at(0.95));
        prop_assert_eq!(&narrow.mean, &wide.mean);
        prop_assert!(narrow.high.iter().zip(&wide.high).all(|(narrow, wide)| narrow <= wide));
        prop_assert!(narrow.low.iter().zip(&wide.low).all(|(narrow, wide)| narrow >= wide));
    }
}
