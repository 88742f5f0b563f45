use super::super::tests::Noise;
use super::super::{ForecastOptions, forecast};
use super::*;

fn hours(values: Vec<f64>) -> Regular {
    Regular { start: 0.0, step: 3600.0, values }
}

fn to(limit: f64) -> LimitOptions {
    LimitOptions { limit, ..LimitOptions::default() }
}

fn in_hours(seconds: Option<f64>) -> Option<f64> {
    seconds.map(|seconds| (seconds / 36.0).round() / 100.0)
}

#[test]
fn a_line_reaches_its_limit_when_it_says() {
    let disk = hours((0..50).map(|at| 20.0 + f64::from(at)).collect());
    let full = time_to_limit(&disk, &to(90.0)).unwrap();
    assert_eq!([full.earliest, full.expected, full.latest].map(in_hours), [Some(21.0); 3]);
    assert_eq!(full.direction, LimitSide::Rising);
    assert_eq!(full.explanation.sentence, "the limit of 90 is reached in 21.0 hours (21.0 to 21.0)");
    let empty = time_to_limit(&disk, &LimitOptions { direction: Some(LimitSide::Falling), ..to(0.0) }).unwrap();
    assert_eq!((empty.earliest, empty.expected, empty.latest), (None, None, None));
    assert_eq!(empty.explanation.sentence, "the limit of 0 is not reached within 20.4 days");
    let falling = hours((0..50).map(|at| 200.0 - 2.0 * f64::from(at)).collect());
    let low = time_to_limit(&falling, &to(91.0)).unwrap();
    assert_eq!((low.direction, in_hours(low.expected)), (LimitSide::Falling, Some(5.5)));
}

#[test]
fn a_limit_that_is_passed_is_reached_now() {
    let disk = hours((0..50).map(f64::from).collect());
    let full = time_to_limit(&disk, &LimitOptions { direction: Some(LimitSide::Rising), ..to(40.0) }).unwrap();
    assert_eq!((full.earliest, full.expected, full.latest), (Some(0.0), Some(0.0), Some(0.0)));
    assert_eq!(full.explanation.sentence, "the limit of 40 is reached already");
}

#[test]
fn what_lies_beyond_the_time_looked_ahead_is_not_told() {
    let disk = hours((0..50).map(f64::from).collect());
    assert_eq!(time_to_limit(&disk, &to(1000.0)).unwrap().expected, None);
    let far = LimitOptions { within: Some(1e7), ..to(1000.0) };
    assert_eq!(in_hours(time_to_limit(&disk, &far).unwrap().expected), Some(951.0));
}

#[test]
fn outliers_do_not_turn_the_line() {
    let mut noise = Noise(2);
    let mut values: Vec<f64> = (0..200).map(|at| 10.0 + 0.2 * f64::from(at) + 0.5 * noise.normal()).collect();
    for at in (5..200).step_by(9) {
        values[at] = 500.0;
    }
    let slope = time_to_limit(&hours(values), &to(1000.0)).unwrap().slope.unwrap();
    assert!((slope.per_second * 3600.0 - 0.2).abs() < 0.01, "{slope:?}");
}

#[test]
fn the_median_slope_of_a_textbook_example() {
    // scipy 1.17: scipy.stats.theilslopes of these has the slope 0.75, with 95 % from 0.5 to 1.
    let values = vec![1.0, 3.0, 2.0, 5.0, 3.0, 6.0, 5.0, 8.0, 6.0, 9.0];
    let options = LimitOptions { seasons: Some(Vec::new()), ..to(20.0) };
    let slope = time_to_limit(&hours(values), &options).unwrap().slope.unwrap();
    assert!((slope.per_second * 3600.0 - 0.75).abs() < 1e-12, "{slope:?}");
    assert!((slope.low * 3600.0 - 0.5).abs() < 0.05 && (slope.high * 3600.0 - 1.0).abs() < 0.05, "{slope:?}");
}

#[test]
fn a_daily_peak_reaches_the_limit_before_the_trend_does() {
    let load = |at: f64| 40.0 + 0.1 * at + 10.0 * (std::f64::consts::TAU * at / 24.0).sin();
    let values: Vec<f64> = (0..240).map(|at| load(f64::from(at))).collect();
    let true_time = (240..400).position(|at| load(f64::from(at)) >= 76.0).unwrap() as f64 + 1.0;
    let found = in_hours(time_to_limit(&hours(values), &to(76.0)).unwrap().expected).unwrap();
    assert!((found - true_time).abs() <= 1.0, "{found} is not {true_time}");
    // The trend alone would take until 36 = 0.1 t, the hour 360, 121 hours after the last.
    assert!(found < 60.0);
}

#[test]
fn the_interval_holds_the_time_in_most_cases() {
    let (mut inside, cases) = (0, 200);
    for seed in 0..cases {
        let mut noise = Noise(seed);
        let mut level = 0.0;
        // A trend with noise that resembles its neighbours: what the line cannot know.
        let values: Vec<f64> = (0..300)
            .map(|at| {
                level = 0.5 * level + noise.normal();
                0.1 * f64::from(at) + level
            })
            .collect();
        let known = hours(values[..200].to_vec());
        let truth = values[200..].iter().position(|value| *value >= 25.0).map_or(f64::INFINITY, |at| at as f64 + 1.0);
        let found = time_to_limit(&known, &LimitOptions { seasons: Some(Vec::new()), ..to(25.0) }).unwrap();
        let (earliest, latest) = (in_hours(found.earliest).unwrap(), in_hours(found.latest).unwrap_or(f64::INFINITY));
        inside += u64::from(earliest <= truth && truth <= latest + 1.0);
    }
    assert!(inside >= cases * 9 / 10, "{inside} of {cases}");
}

#[test]
fn a_forecast_is_asked_for_its_crossing() {
    let values = hours((0..60).map(f64::from).collect());
    let next = forecast(&values, &ForecastOptions { horizon: 30, ..ForecastOptions::default() }).unwrap();
    let reached = next.time_to_limit(75.0, None).unwrap();
    assert!((reached.expected.unwrap() / 3600.0 - 16.0).abs() < 0.1, "{:?}", reached.expected);
    assert!(reached.earliest <= reached.expected);
    assert_eq!(next.time_to_limit(200.0, None).unwrap().expected, None);
    assert_eq!(next.time_to_limit(f64::NAN, None).unwrap_err().code(), ErrorCode::ConfigNotFinite);
}

#[test]
fn what_cannot_be_asked_is_named() {
    let disk = hours((0..50).map(f64::from).collect());
    let failed = |values: &Regular, options: &LimitOptions| {
        let error = time_to_limit(values, options).unwrap_err();
        (error.code(), error.field_name().unwrap_or("").to_owned())
    };
    assert_eq!(failed(&disk, &to(f64::INFINITY)), (ErrorCode::ConfigNotFinite, "limit".into()));
    assert_eq!(failed(&disk, &LimitOptions { level: 0.2, ..to(1.0) }), (ErrorCode::ConfigOutOfRange, "level".into()));
    let never = LimitOptions { within: Some(0.0), ..to(1.0) };
    assert_eq!(failed(&disk, &never), (ErrorCode::ConfigOutOfRange, "within".into()));
    let few = hours(vec![1.0, 2.0, f64::NAN, 4.0, 5.0, 6.0, 7.0, 8.0]);
    assert_eq!(failed(&few, &to(1.0)), (ErrorCode::DataTooFew, "values".into()));
}
