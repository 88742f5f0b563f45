//! How long requests took, as counts of bins that may be added from any thread and merged.

use std::sync::OnceLock;
// Not those of `sync.rs`: two thousand bins of each instance would be most of the steps, and nothing is decided by them.
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Bins for each doubling: a value is within 1/64 of the middle of its bin.
const PER_DOUBLING: u64 = 32;
/// The first bin begins at 2^-20 s, about a microsecond; shorter times are counted there.
const LEAST_EXPONENT: u64 = 1023 - 20;
/// The last bin ends at 2^13 s, more than two hours; longer times are counted there.
const DOUBLINGS: u64 = 33;
const BINS: usize = (PER_DOUBLING * DOUBLINGS) as usize;

/// Durations of one instance: since the last turn, and between that and the one before.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    // Made with the first result: many instances never have one.
    recent: OnceLock<Box<[[AtomicU32; BINS]; 2]>>,
    /// How many there were before the last turn.
    earlier: AtomicU64,
}

/// Durations of one or many instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

#[inline]
fn bin(seconds: f64) -> usize {
    // The logarithm, linear between powers of two: exponent and the first bits of the fraction.
    let place = (seconds.to_bits() >> (52 - 5)).saturating_sub(LEAST_EXPONENT * PER_DOUBLING);
    if seconds > 0.0 { (place as usize).min(BINS - 1) } else { 0 }
}

/// The middle of a bin, in seconds.
fn middle(bin: usize) -> f64 {
    let border = |bin: u64| f64::from_bits((bin + LEAST_EXPONENT * PER_DOUBLING) << (52 - 5));
    (border(bin as u64) + border(bin as u64 + 1)) / 2.0
}

impl Latencies {
    #[inline]
    pub(super) fn record(&self, seconds: f64) {
        let [now, _] = &**self.recent.get_or_init(|| {
            let bins = || std::array::from_fn(|_| AtomicU32::new(0));
            Box::new([bins(), bins()])
        });
        if let Some(count) = now.get(bin(seconds)) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Forget what is older than the last turn.
    pub(super) fn turn(&self) {
        let Some([now, before]) = self.recent.get().map(Box::as_ref) else { return };
        let mut counted = 0;
        for (now, before) in now.iter().zip(before) {
            let count = now.swap(0, Relaxed);
            before.store(count, Relaxed);
            counted += u64::from(count);
        }
        self.earlier.fetch_add(counted, Relaxed);
    }

    /// How many there ever were. Asked by whoever also lets turns happen, so that none is missed between two.
    pub(super) fn recorded(&self) -> u64 {
        let recent =
            self.recent.get().map_or(0, |recent| recent[0].iter().map(|count| u64::from(count.load(Relaxed))).sum());
        self.earlier.load(Relaxed) + recent
    }

    pub(super) fn add_to(&self, histogram: &mut Histogram) {
        let Some([now, before]) = self.recent.get().map(Box::as_ref) else { return };
        for ((now, before), count) in now.iter().zip(before).zip(&mut histogram.counts) {
            let more = u64::from(now.load(Relaxed)) + u64::from(before.load(Relaxed));
            *count += more;
            histogram.total += more;
        }
    }
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self { counts: vec![0; BINS], total: 0 }
    }

    pub(super) fn count(&self) -> u64 {
        self.total
    }

    /// The duration, in seconds, below which a share of `quantile` (0 to 1) lies; `None` without any.
    pub(super) fn quantile(&self, quantile: f64) -> Option<f64> {
        let rank = (quantile * self.total.checked_sub(1)? as f64).floor() as u64;
        let mut seen = 0;
        let passed = self.counts.iter().position(|count| {
            seen += count;
            seen > rank
        });
        passed.map(middle)
    }

    pub(super) fn mean(&self) -> Option<f64> {
        let sum: f64 = self.counts.iter().enumerate().map(|(bin, count)| middle(bin) * *count as f64).sum();
        (self.total > 0).then(|| sum / self.total as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quantiles_are_within_a_sixty_fourth(mut values in prop::collection::vec(1e-6_f64..8000.0, 1..200), q in 0.0_f64..=1.0) {
            let latencies = Latencies::default();
            values.iter().for_each(|value| latencies.record(*value));
            let mut histogram = Histogram::new();
            latencies.add_to(&mut histogram);
            values.sort_by(f64::total_cmp);
            let exact = values[(q * (values.len() - 1) as f64).floor() as usize];
            prop_assert!((histogram.quantile(q).unwrap() - exact).abs() <= exact / 64.0 + 1e-6);
        }
    }

    #[test]
    fn any_duration_has_a_bin() {
        let latencies = Latencies::default();
        [0.0, -1.0, 1e-300, 1e300, f64::NAN, f64::INFINITY].iter().for_each(|value| latencies.record(*value));
        let mut histogram = Histogram::new();
        latencies.add_to(&mut histogram);
        assert_eq!(histogram.count(), 6);
    }

    #[test]
    fn what_is_older_than_two_turns_is_forgotten() {
        let latencies = Latencies::default();
        let counted = || {
            let mut histogram = Histogram::new();
            latencies.add_to(&mut histogram);
            histogram.count()
        };
        latencies.record(0.1);
        latencies.turn();
        assert_eq!(counted(), 1);
        latencies.turn();
        assert_eq!(counted(), 0);
        latencies.record(0.1);
        assert_eq!(latencies.recorded(), 2, "how many there were is not");
    }
}
