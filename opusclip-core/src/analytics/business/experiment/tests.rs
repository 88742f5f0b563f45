use proptest::prelude::*;

use super::*;

fn arm(people: u64, converted: u64) -> Arm {
    Arm::Proportion { people, converted }
}

/// A draw from 0 to 1 from a seed (splitmix64).
fn draw(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[test]
fn looking_all_the_time_finds_no_difference_where_there_is_none() {
    let (runs, looks, options) = (400, 60, ExperimentOptions::default());
    let mut state = 1;
    let (mut anytime, mut fixed) = (0, 0);
    for _ in 0..runs {
        let mut converted = [0, 0];
        let (mut once, mut once_fixed) = (false, false);
        for look in 1..=looks {
            for converted in &mut converted {
                *converted += (0..100).filter(|_| draw(&mut state) < 0.1).count() as u64;
            }
            let people = look * 100;
            let answer = compare(&arm(people, converted[0]), &arm(people, converted[1]), &options).unwrap();
            once |= answer.verdict == Verdict::Higher || answer.verdict == Verdict::Lower;
            once_fixed |= answer.fixed.p_value < 0.05;
        }
        anytime += usize::from(once);
        fixed += usize::from(once_fixed);
    }
    // 5 % of 400 are 20; three standard errors above that are 33. Peeking at the fixed one goes wrong far more often.
    assert!(anytime <= 33, "{anytime} of {runs}");
    assert!(fixed > 80, "{fixed} of {runs}");
}

#[test]
fn a_difference_is_found_and_named() {
    let options = ExperimentOptions::default();
    let answer = compare(&arm(5000, 600), &arm(5000, 400), &options).unwrap();
    assert_eq!((answer.verdict, answer.lift), (Verdict::Lower, Some((0.08 - 0.12) / 0.12)));
    let none = compare(&arm(5000, 0), &arm(5000, 0), &options).unwrap();
    assert_eq!((none.verdict, none.lift, none.fixed.p_value), (Verdict::Open, None, 1.0));
}

#[test]
fn a_broken_assignment_voids_the_answer() {
    let answer = compare(&arm(5400, 500), &arm(4600, 600), &ExperimentOptions::default()).unwrap();
    assert_eq!((answer.verdict, answer.sample_ratio.mismatch), (Verdict::Untrusted, true));
    let planned = ExperimentOptions { variant_share: 0.46, ..ExperimentOptions::default() };
    assert_eq!(compare(&arm(5400, 500), &arm(4600, 600), &planned).unwrap().verdict, Verdict::Higher);
}

#[test]
fn numbers_are_summed_up_without_loss() {
    let values: Vec<f64> = (0..1000).map(|at| 1e9 + f64::from(at % 2)).collect();
    let Arm::Mean { people, mean, variance } = Arm::of(&values).unwrap() else { panic!("a mean") };
    assert_eq!((people, mean), (1000, 1e9 + 0.5));
    assert!((variance - 0.25 * 1000.0 / 999.0).abs() < 1e-9);
}

#[test]
fn arms_that_cannot_be_compared_are_named() {
    let fails = |control: &Arm, variant: &Arm, options: ExperimentOptions| {
        let error = compare(control, variant, &options).unwrap_err();
        (error.code(), error.field_name().unwrap_or_default().to_owned())
    };
    let base = ExperimentOptions::default;
    let mean = |variance| Arm::Mean { people: 10, mean: 1.0, variance };
    let data = |field: &str| (ErrorCode::DataInvalid, field.to_owned());
    assert_eq!(fails(&arm(10, 11), &arm(10, 1), base()), data("control.converted"));
    assert_eq!(fails(&arm(10, 1), &arm(1, 1), base()), (ErrorCode::DataTooFew, "variant.people".to_owned()));
    assert_eq!(fails(&arm(10, 1), &mean(1.0), base()), data("variant"));
    assert_eq!(fails(&mean(1.0), &mean(f64::NAN), base()), data("variant.variance"));
    assert_eq!(fails(&mean(0.0), &mean(0.0), base()), data("variance"));
    let sure = ExperimentOptions { confidence: 1.0, ..base() };
    assert_eq!(fails(&arm(10, 1), &arm(10, 1), sure), (ErrorCode::ConfigOutOfRange, "confidence".to_owned()));
    assert_eq!(Arm::of(&[1.0]).unwrap_err().code(), ErrorCode::DataTooFew);
    assert_eq!(Arm::of(&[1.0, f64::NAN]).unwrap_err().field_name(), Some("values[1]"));
}

#[test]
fn arms_are_told_apart_in_json() {
    let share: Arm = serde_json::from_str(r#"{"people": 10, "converted": 3}"#).unwrap();
    assert_eq!(share, arm(10, 3));
    let mean: Arm = serde_json::from_str(r#"{"people": 10, "mean": 2.5, "variance": 1}"#).unwrap();
    assert_eq!(mean, Arm::Mean { people: 10, mean: 2.5, variance: 1.0 });
}

proptest! {
    #[test]
    fn the_anytime_interval_holds_the_fixed_one_and_agrees_with_its_chance(
        n in 50..100_000_u64, x in 0.0..1.0_f64, y in 0.0..1.0_f64, planned in 100..1_000_000_u64,
    ) {
        let count = |share: f64| (n as f64 * share) as u64;
        let options = ExperimentOptions { planned, ..ExperimentOptions::default() };
        let answer = compare(&arm(n, count(x)), &arm(n, count(y)), &options).unwrap();
        prop_assert!(answer.anytime.low <= answer.difference && answer.difference <= answer.anytime.high);
        let outside = answer.anytime.low > 0.0 || answer.anytime.high < 0.0;
        if (answer.anytime.p_value - 0.05).abs() > 1e-9 {
            prop_assert_eq!(outside, answer.anytime.p_value < 0.05);
        }
        let swapped = compare(&arm(n, count(y)), &arm(n, count(x)), &options).unwrap();
        prop_assert!((swapped.anytime.low + answer.anytime.high).abs() < 1e-12);
        prop_assert!((swapped.fixed.low + answer.fixed.high).abs() < 1e-12);
    }
}
