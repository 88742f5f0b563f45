//! Violations after growing.

/// Stretches of time in which some instance had begun to work less than a window ago.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Bursts {
    pub(super) count: u64,
    /// The mean over stretches of the share of their requests that violate the objective.
    pub(super) violations: f64,
    /// That share at all other times.
    pub(super) calm: f64,
}

impl Bursts {
    /// Of requests and violations by the second from `first` on, and of times at which instances began to work.
    pub(super) fn of(seconds: &[(u32, u32)], first: f64, joined: &[f64], window: f64) -> Self {
        let mut shares = Vec::new();
        let (mut stretch, mut calm) = ((0_u64, 0_u64), (0_u64, 0_u64));
        let mut next = 0;
        let mut until = f64::NEG_INFINITY;
        for (at, (requests, bad)) in seconds.iter().enumerate() {
            let now = first + at as f64;
            while joined.get(next).is_some_and(|joined| *joined < now + 1.0) {
                until = joined[next] + window;
                next += 1;
            }
            let sums = if now < until { &mut stretch } else { &mut calm };
            *sums = (sums.0 + u64::from(*requests), sums.1 + u64::from(*bad));
            if now + 1.0 >= until && stretch.0 > 0 {
                shares.push(stretch.1 as f64 / stretch.0 as f64);
                stretch = (0, 0);
            }
        }
        // The last one may not have ended.
        if stretch.0 > 0 {
            shares.push(stretch.1 as f64 / stretch.0 as f64);
        }
        let mean = |sum: f64, count: f64| if count > 0.0 { sum / count } else { 0.0 };
        Self {
            count: shares.len() as u64,
            violations: mean(shares.iter().sum(), shares.len() as f64),
            calm: mean(calm.1 as f64, calm.0 as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_overlap_are_one_and_the_rest_is_calm() {
        // 40 seconds of ten requests; instances begin to work at 2.5, at 5 and at 20, which counts for five seconds.
        let mut seconds = vec![(10, 1); 40];
        seconds[2..10].fill((10, 5));
        seconds[20..25].fill((10, 10));
        let found = Bursts::of(&seconds, 0.0, &[2.5, 5.0, 20.0], 5.0);
        assert_eq!(found.count, 2);
        assert!((found.violations - 0.75).abs() < 1e-12 && (found.calm - 0.1).abs() < 1e-12, "{found:?}");
        assert_eq!(Bursts::of(&seconds[..2], 0.0, &[], 5.0), Bursts { count: 0, violations: 0.0, calm: 0.1 });
    }
}
