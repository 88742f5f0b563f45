//! Small statistics that the parts of a forecast share.

/// The median; 0 of nothing. Reorders the values.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.len().is_multiple_of(2) { f64::midpoint(lower, upper) } else { upper }
}

/// The quantile of rank `share * (count + 1)`, as conformal prediction asks for, between the neighbours on a line; the
/// largest where the rank is beyond it. 0 of nothing. Reorders the values.
pub(super) fn conformal_quantile(values: &mut [f64], share: f64) -> f64 {
    let last = values.len().saturating_sub(1);
    let rank = (share * (values.len() as f64 + 1.0) - 1.0).clamp(0.0, last as f64);
    if values.is_empty() {
        return 0.0;
    }
    let (_, lower, above) = values.select_nth_unstable_by(rank as usize, f64::total_cmp);
    let lower = *lower;
    let upper = above.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
    lower + (upper - lower) * rank.fract()
}

/// Quantile of the standard normal distribution for a probability between 0 and 1, by the rational approximation of
/// Acklam (2003): relative error below 1.2e-9.
pub(super) fn normal_quantile(probability: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0];
    const TAIL: f64 = 0.024_25;
    let polynomial = |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, factor| sum * x + factor);
    let tail = |probability: f64| {
        let x = (-2.0 * probability.ln()).sqrt();
        polynomial(&C, x) / polynomial(&D, x)
    };
    if probability < TAIL {
        tail(probability)
    } else if probability > 1.0 - TAIL {
        -tail(1.0 - probability)
    } else {
        let x = probability - 0.5;
        x * polynomial(&A, x * x) / polynomial(&B, x * x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut []), 0.0);
    }

    #[test]
    fn quantiles_of_the_normal_distribution() {
        // scipy 1.14: scipy.stats.norm.ppf.
        for (probability, quantile) in [(0.975, 1.959_963_984_540_054), (0.5, 0.0), (0.01, -2.326_347_874_040_840_8)] {
            assert!((normal_quantile(probability) - quantile).abs() < 1e-8, "{probability}");
        }
    }

    #[test]
    fn conformal_quantiles_count_one_more_value() {
        for (share, quantile) in [(0.5, 2.5), (0.6, 3.0), (0.95, 4.0)] {
            assert_eq!(conformal_quantile(&mut [3.0, 1.0, 4.0, 2.0], share), quantile);
        }
        assert_eq!(conformal_quantile(&mut [], 0.5), 0.0);
    }
}
