//! Which share of requests each tier gets, by how many of its instances are well (Envoy's rule).

/// Shares of tiers, the first one first.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct TierShares {
    /// Percent of requests; they add up to 100 where any tier has a healthy instance.
    pub(in super::super) percent: Vec<f64>,
    /// What all tiers can carry, in percent; under 100 there is more to do than healthy instances are meant for.
    pub(in super::super) available: f64,
}

/// A tier can carry its percentage of healthy instances, over-provisioned by `factor`, at most everything. It gets
/// that much of what the tiers before it leave. Where that is not everything, all are scaled up.
pub(in super::super) fn tier_shares(percent_healthy: &[f64], factor: f64) -> TierShares {
    let capacities: Vec<f64> = percent_healthy.iter().map(|healthy| (healthy * factor).min(100.0)).collect();
    let available = capacities.iter().sum::<f64>().min(100.0);
    let mut left = 100.0;
    let share = |capacity: &f64| {
        let share = if available > 0.0 { (capacity * 100.0 / available).min(left) } else { 0.0 };
        left -= share;
        share
    };
    TierShares { percent: capacities.iter().map(share).collect(), available }
}

/// Whether a tier sends to all of its instances, well or not. Never where all tiers together can carry everything.
pub(in super::super) fn panics(percent_healthy: f64, shares: &TierShares, threshold: f64) -> bool {
    shares.available < 100.0 && percent_healthy < threshold
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_add_up_and_lower_tiers_come_first(healthy in prop::collection::vec(0.0_f64..=100.0, 1..6), factor in 1.0_f64..3.0) {
            let shares = tier_shares(&healthy, factor);
            let sum: f64 = shares.percent.iter().sum();
            let whole = if shares.available > 0.0 { 100.0 } else { 0.0 };
            prop_assert!((sum - whole).abs() < 1e-6);
            prop_assert!(shares.percent.iter().all(|share| *share >= 0.0));
            if healthy[0] * factor >= 100.0 {
                prop_assert!((shares.percent[0] - 100.0).abs() < 1e-9);
            }
        }
    }
}
