use std::f64::consts::TAU;

use proptest::prelude::*;

use super::many::adjusted;
use super::*;
use crate::analytics::stats::testing::Noise;

fn series(values: Vec<f64>) -> Samples {
    let times = (0..values.len()).map(|at| 1_714_564_800.0 + 60.0 * at as f64).collect();
    Samples::new(times, values).unwrap()
}

fn compare(a: Vec<f64>, b: Vec<f64>) -> Correlation {
    correlate(&series(a), &series(b), &CorrelationOptions::default()).unwrap()
}

#[test]
fn as_scipy_has_them() {
    // scipy 1.17.1: pearsonr with confidence_interval(0.95), spearmanr, kendalltau(method="asymptotic")
    let a: Vec<f64> = (0..60_i64).map(|at| (at * 7919 % 101) as f64 / 10.0).collect();
    let b: Vec<f64> =
        (0..60_i64).map(|at| (at * 104_729 % 97) as f64 / 10.0).zip(&a).map(|(b, a)| b + 0.5 * a).collect();
    let near = |found: f64, wanted: f64| assert!((found / wanted - 1.0).abs() < 1e-9, "{found} for {wanted}");
    let together = Together::of(&a, &b);
    let of = |estimate: Estimate| estimate.coefficient(60.0, 60, 0.95);
    let pearson = of(together.pearson());
    near(pearson.value, 0.554_061_829_859_084_8);
    near(pearson.p_value, 4.377_954_077_935_281e-6);
    near(pearson.low, 0.349_276_887_624_369_54);
    near(pearson.high, 0.708_331_398_281_225_5);
    near(of(together.spearman()).value, 0.516_032_231_175_326_6);
    near(of(together.spearman()).p_value, 2.442_269_493_447_372_7e-5);
    near(of(together.kendall()).value, 0.378_531_073_446_327_7);
    near(of(together.kendall()).p_value, 1.926_772_865_526_991_4e-5);
    let half: Vec<f64> = a.iter().map(|a| (a / 2.0).round_ties_even()).collect();
    let whole: Vec<f64> = b.iter().map(|b| b.round_ties_even()).collect();
    let tied = Together::of(&half, &whole);
    near(of(tied.spearman()).value, 0.481_717_518_386_583);
    near(of(tied.spearman()).p_value, 9.745_551_183_312_988e-5);
    near(of(tied.kendall()).value, 0.377_074_953_932_272_6);
    near(of(tied.kendall()).p_value, 1.243_629_907_640_450_4e-4);
}

#[test]
fn independent_noise_seldom_goes_together() {
    for (n, phi, most) in
        [(100, 0.0, 18), (100, 0.8, 20), (400, 0.8, 20), (400, 0.95, 20), (200, 1.0, 20), (1000, 1.0, 20)]
    {
        let mut found = [0; 4];
        for seed in 0..200 {
            let a = Noise::new(40_000 + seed).autoregressive(n, phi);
            let b = Noise::new(80_000 + seed).autoregressive(n, phi);
            let result = compare(a, b);
            let sure = [result.pearson, result.spearman, result.kendall].map(|c| c.p_value < 0.05);
            found
                .iter_mut()
                .zip(sure.into_iter().chain([result.lag.significant]))
                .for_each(|(n, s)| *n += usize::from(s));
        }
        assert!(found.iter().all(|count| *count <= most), "n {n}, phi {phi}: {found:?} of 200 at the level of 0.05");
    }
}

#[test]
fn what_goes_together_is_found_in_spite_of_memory() {
    for phi in [0.0, 0.8, 1.0] {
        let found = (0..50).filter(|seed| {
            let a = Noise::new(1 + seed).autoregressive(300, phi);
            let own = Noise::new(1_000 + seed).autoregressive(300, phi);
            let b = a.iter().zip(&own).map(|(a, own)| a + own).collect();
            compare(a, b).spearman.p_value < 0.05
        });
        let found = found.count();
        assert!(found >= 45, "phi {phi}: {found} of 50");
    }
}

#[test]
fn the_one_that_follows_is_told_with_its_lag() {
    for phi in [0.0, 0.9, 1.0] {
        let a = Noise::new(11).autoregressive(500, phi);
        let mut noise = Noise::new(12);
        let b = (0..500_usize).map(|at| 2.0 * a[at.saturating_sub(7)] + noise.normal()).collect();
        let found = compare(a, b);
        assert_eq!((found.lag.seconds, found.lag.significant), (420.0, true), "{phi}: {found:?}");
        assert!(found.explanation.sentence.contains("follows the first by 7 min"), "{}", found.explanation.sentence);
    }
}

#[test]
fn the_sentence_calls_the_two_by_their_names() {
    let a = Noise::new(11).white(500);
    let b: Vec<f64> = (0..500_usize).map(|at| a[at.saturating_sub(7)]).collect();
    let (a, b) = (Samples::evenly(a).unwrap(), Samples::evenly(b).unwrap());
    let options = |names| CorrelationOptions { names, ..CorrelationOptions::default() };
    let sentence = |x: &Samples, y: &Samples, names: Option<[&str; 2]>| {
        correlate(x, y, &options(names.map(|names| names.map(str::to_owned)))).unwrap().explanation.sentence
    };
    let forth = sentence(&a, &b, Some(["load", "queue"]));
    assert!(forth.starts_with("load and queue ") && forth.contains("; queue follows load by 7"), "{forth}");
    assert!(sentence(&b, &a, Some(["queue", "load"])).contains("; queue follows load by 7"));
    assert!(sentence(&a, &b, None).contains("; the second follows the first by 7"));
    let all = correlate_all(&[("load".to_owned(), a), ("queue".to_owned(), b)], &options(None)).unwrap();
    assert_eq!(all.pairs[0].correlation.explanation.sentence, forth);
}

#[test]
fn growth_alone_is_no_going_together() {
    let grown = |seed| Noise::new(seed).white(300).iter().enumerate().map(|(at, e)| 0.5 * at as f64 + e).collect();
    let found = compare(grown(1), grown(2));
    assert!(found.pearson.value > 0.99 && found.wander && found.pearson.p_value > 0.05, "{found:?}");
}

#[test]
fn different_steps_gaps_and_overlaps() {
    let wave = |time: f64| (time / 3_000.0 * TAU).sin();
    let fast: Vec<f64> = (0..600).map(|at| f64::from(at) * 10.0).collect();
    let slow: Vec<f64> = (0..200).map(|at| 1_000.0 + f64::from(at) * 60.0).collect();
    let a = Samples::new(fast.clone(), fast.iter().map(|time| wave(*time)).collect()).unwrap();
    let gappy = slow.iter().enumerate().map(|(at, time)| if at % 9 == 4 { f64::NAN } else { -wave(*time) }).collect();
    let b = Samples::new(slow, gappy).unwrap();
    let found = correlate(&a, &b, &CorrelationOptions::default()).unwrap();
    assert_eq!((found.start, found.step), (1_000.0, 60.0));
    assert!(found.count > 70 && found.count < 84 && found.pearson.value < -0.99, "{found:?}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let few = correlate(&series(vec![1.0; 9]), &series(vec![1.0; 9]), &CorrelationOptions::default()).unwrap_err();
    assert_eq!(few.code(), ErrorCode::DataTooFew);
    let apart = Samples::new((0..20).map(f64::from).collect(), vec![0.0; 20]).unwrap();
    let error = correlate(&apart, &series(vec![0.0; 20]), &CorrelationOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.message()), (ErrorCode::DataTooFew, "the two do not overlap in time"));
    let tiny = CorrelationOptions { step: Some(1e-6), ..CorrelationOptions::default() };
    let error = correlate(&series(vec![0.0; 20]), &series(vec![0.0; 20]), &tiny).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::DataInvalid, Some("step")));
    let constant = compare(vec![5.0; 50], Noise::new(1).white(50));
    assert_eq!((constant.pearson.value, constant.pearson.p_value, constant.lag.significant), (0.0, 1.0, false));
    let options: CorrelationOptions = crate::config::from_json(serde_json::json!({"max_lag": "NaN"})).unwrap();
    assert_eq!(options.validate().unwrap_err().field_name(), Some("max_lag"));
    let huge = (0..50).map(|at| 1e308 * f64::from(at % 3 - 1)).collect::<Vec<_>>();
    assert!((compare(huge.clone(), huge).pearson.value - 1.0).abs() < 1e-12);
}

#[test]
fn many_pairs_are_corrected_for() {
    // statsmodels 0.15.0: multipletests(p, method="fdr_bh") and "holm"
    let p = [0.001, 0.008, 0.02, 0.04, 0.9];
    let near = |found: Vec<f64>, wanted: [f64; 5]| {
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    };
    near(adjusted(&p, ManyCorrection::BenjaminiHochberg), [0.005, 0.02, 0.1 / 3.0, 0.05, 0.9]);
    near(adjusted(&p, ManyCorrection::Holm), [0.005, 0.032, 0.06, 0.08, 0.9]);
    let mut metrics: Vec<(String, Samples)> =
        (0..10).map(|seed| (format!("m{seed}"), series(Noise::new(seed).autoregressive(200, 0.5)))).collect();
    metrics.push(("short".into(), series(vec![1.0; 3])));
    let found = correlate_all(&metrics, &CorrelationOptions::default()).unwrap();
    assert_eq!((found.pairs.len(), found.skipped.len()), (45, 10));
    assert_eq!(found.pairs.iter().filter(|pair| pair.significant).count(), 0);
    assert_eq!(found.explanation.sentence, "none of 45 pairs of metrics moves together for certain");
}

#[test]
fn what_moved_with_an_anomaly_comes_first() {
    let raised = |at: usize, by: f64| if (600..660).contains(&at) { by } else { 0.0 };
    let made = |seed: u64, phi: f64, by: f64, late: usize| {
        let noise = Noise::new(seed).autoregressive(720, phi);
        series(noise.iter().enumerate().map(|(at, noise)| 50.0 + noise + raised(at.saturating_sub(late), by)).collect())
    };
    let target = made(1, 0.3, 8.0, 0);
    let mut others: Vec<(String, Samples)> =
        (0..8).map(|seed| (format!("walk{seed}"), made(100 + seed, 1.0, 0.0, 0))).collect();
    others.extend((0..8).map(|seed| (format!("noise{seed}"), made(200 + seed, 0.5, 0.0, 0))));
    others.push(("queue".into(), made(2, 0.3, 6.0, 0)));
    others.push(("late".into(), made(3, 0.3, -6.0, 3)));
    let start = target.times()[600];
    let found = moved_together(&target, &others, start, start + 59.0 * 60.0, &MovedOptions::default()).unwrap();
    let mut first: Vec<&str> = found.metrics.iter().take(2).map(|moved| moved.name.as_str()).collect();
    first.sort_unstable();
    assert_eq!(first, ["late", "queue"], "{:#?}", found.metrics);
    let late = found.metrics.iter().find(|moved| moved.name == "late").unwrap();
    assert!(late.change < -4.0 && late.correlation < 0.0 && late.lag == Some(180.0), "{late:?}");
    assert!(found.metrics.iter().filter(|moved| moved.moved).count() <= 4, "{:#?}", found.metrics);
    let error = moved_together(&target, &others, start, start, &MovedOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("to")));
}

proptest! {
    /// Whoever is named first: the same coefficients, the lag with the other sign.
    #[test]
    fn symmetry(seed in 0..500_u64, lag in 0..10_usize) {
        let a = Noise::new(seed).autoregressive(150, 0.6);
        let own = Noise::new(seed + 1_000).white(150);
        let b: Vec<f64> = (0..150).map(|at: usize| a[at.saturating_sub(lag)] + own[at]).collect();
        let (there, back) = (compare(a.clone(), b.clone()), compare(b, a));
        prop_assert_eq!(there.lag.seconds, -back.lag.seconds);
        prop_assert!((there.lag.coefficient - back.lag.coefficient).abs() < 1e-9);
        prop_assert!((there.pearson.value - back.pearson.value).abs() < 1e-12);
        prop_assert!((there.kendall.p_value - back.kendall.p_value).abs() < 1e-9);
        prop_assert!((there.effective - back.effective).abs() < 1e-6);
    }

    /// Ranks do not see a map that only rises; one that only falls turns the sign.
    #[test]
    fn monotone_maps(seed in 0..500_u64) {
        let a = Noise::new(seed).autoregressive(100, 0.5);
        let b: Vec<f64> = a.iter().zip(Noise::new(seed + 1).white(100)).map(|(a, e)| a + e).collect();
        let plain = compare(a.clone(), b.clone());
        let risen = compare(a.iter().map(|a| a.exp()).collect(), b.iter().map(|b| b.powi(3)).collect());
        let fallen = compare(a.iter().map(|a| -a.exp()).collect(), b);
        prop_assert!((plain.spearman.value - risen.spearman.value).abs() < 1e-12);
        prop_assert!((plain.kendall.value - risen.kendall.value).abs() < 1e-12);
        prop_assert!((plain.spearman.value + fallen.spearman.value).abs() < 1e-12);
        prop_assert!((plain.kendall.value + fallen.kendall.value).abs() < 1e-12);
        prop_assert!((plain.effective - risen.effective).abs() < 1e-9);
    }

    /// A lag of the whole cross-correlation is that of the two the other way round.
    #[test]
    fn lags_mirror(seed in 0..500_u64) {
        let (a, b) = (Noise::new(seed).white(64), Noise::new(seed + 7).white(64));
        let (there, mut back) = (cross_correlation(&a, &b, 20), cross_correlation(&b, &a, 20));
        back.reverse();
        prop_assert!(there.iter().zip(&back).all(|(x, y)| (x - y).abs() < 1e-12));
    }
}
