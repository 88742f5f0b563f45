//! Quantiles of any number of values in little memory, with a stated relative error.

mod mapping;
mod packed;

pub(super) use packed::Packed;

use mapping::Mapping;

/// Counts of values by bins; sketches of the same accuracy can be added.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sketch {
    mapping: Mapping,
    positive: Bins,
    negative: Bins,
    zeros: u64,
}

/// Counts of neighbouring bins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Bins {
    /// The bin of the first count.
    first: i32,
    counts: Vec<u64>,
}

/// So many bins hold values that differ by a factor of 2^58 with 1 % of error. Beyond, the least are counted as one.
const MOST_BINS: i32 = 2048;
/// Bins grow by so many at once.
const ROOM: i32 = 16;

impl Bins {
    /// Change the count of a bin.
    #[inline]
    fn change(&mut self, bin: i32, change: impl FnOnce(&mut u64)) {
        let place = bin.wrapping_sub(self.first) as usize;
        let place = if place < self.counts.len() { place } else { self.reach(bin) };
        if let Some(count) = self.counts.get_mut(place) {
            change(count);
        }
    }

    /// Make room for a bin; gives its place, which is the first one for bins that are too far below the highest.
    fn reach(&mut self, bin: i32) -> usize {
        let end = self.first + self.counts.len() as i32;
        if self.counts.is_empty() {
            self.first = bin;
            self.counts.resize(1, 0);
        } else if bin >= end {
            let surplus = (bin - self.first + 1 - MOST_BINS).max(0);
            self.drop_lowest(surplus);
            let room = (bin - self.first + 1 + ROOM).min(MOST_BINS);
            self.counts.resize((room as usize).max(self.counts.len()), 0);
        } else if bin < self.first {
            let room = (self.first - bin + ROOM).min(MOST_BINS - (end - self.first)).max(0);
            self.counts.splice(0..0, std::iter::repeat_n(0, room as usize));
            self.first -= room;
        }
        (bin - self.first).max(0) as usize
    }

    /// Count the lowest bins as one.
    fn drop_lowest(&mut self, bins: i32) {
        if bins <= 0 {
            return;
        }
        let gone = (bins as usize).min(self.counts.len());
        let sum: u64 = self.counts.drain(..gone).sum();
        self.first += bins;
        if let Some(lowest) = self.counts.first_mut() {
            *lowest += sum;
        } else {
            self.counts.push(sum);
        }
    }

    fn add_all(&mut self, other: &Self) {
        let counted = |count: &u64| *count > 0;
        let (Some(low), Some(high)) = (other.counts.iter().position(counted), other.counts.iter().rposition(counted))
        else {
            return;
        };
        self.reach(other.first + low as i32);
        self.reach(other.first + high as i32);
        for (place, more) in other.counts.iter().enumerate().take(high + 1).skip(low) {
            self.change(other.first + place as i32, |count| *count += more);
        }
    }

    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// The bin at which `rank` values, the lowest first, have been passed.
    fn rising(&self, rank: u64) -> i32 {
        self.passed(self.counts.iter().enumerate(), rank)
    }

    /// The same, the highest first.
    fn falling(&self, rank: u64) -> i32 {
        self.passed(self.counts.iter().enumerate().rev(), rank)
    }

    fn passed<'a>(&self, counts: impl Iterator<Item = (usize, &'a u64)>, rank: u64) -> i32 {
        let mut seen = 0;
        let mut reached = 0;
        for (place, count) in counts.filter(|(_, count)| **count > 0) {
            (seen, reached) = (seen + count, place);
            if seen > rank {
                break;
            }
        }
        self.first + reached as i32
    }
}

impl Sketch {
    /// An empty sketch whose quantiles are off by at most `accuracy` times the value.
    pub(super) fn new(accuracy: f64) -> Self {
        Self { mapping: Mapping::new(accuracy), positive: Bins::default(), negative: Bins::default(), zeros: 0 }
    }

    /// Count a finite value.
    #[inline]
    pub(super) fn add(&mut self, value: f64) {
        if value >= f64::MIN_POSITIVE {
            self.positive.change(self.mapping.index(value), |count| *count += 1);
        } else if value <= -f64::MIN_POSITIVE {
            self.negative.change(self.mapping.index(-value), |count| *count += 1);
        } else {
            self.zeros += 1;
        }
    }

    /// Forget all values, not the room for them.
    pub(super) fn clear(&mut self) {
        self.positive.clear();
        self.negative.clear();
        self.zeros = 0;
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        (self.positive.counts.capacity() + self.negative.counts.capacity()) * size_of::<u64>()
    }

    pub(super) fn pack(&self) -> Packed {
        Packed::pack(self)
    }

    /// Count what is packed too.
    pub(super) fn add_packed(&mut self, packed: &Packed) {
        packed.apply(self, |count, more| *count += more);
    }

    /// Do not count what is packed any more; it was counted before.
    pub(super) fn take_packed(&mut self, packed: &Packed) {
        // Of more bins than there is room for, the lowest have been counted as one: then some are not there.
        packed.apply(self, |count, less| *count = count.saturating_sub(less));
    }

    /// Count what another sketch of the same accuracy counted, too.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.zeros += other.zeros;
        self.positive.add_all(&other.positive);
        self.negative.add_all(&other.negative);
    }

    /// The value below which a share of `quantile` (0 to 1) of all values lies; `None` without values.
    pub(super) fn quantile(&self, quantile: f64) -> Option<f64> {
        let (below, above) = (self.negative.total(), self.positive.total());
        let count = below + self.zeros + above;
        let rank = (quantile * count.checked_sub(1)? as f64).floor() as u64;
        Some(if rank < below {
            -self.mapping.value(self.negative.falling(rank))
        } else if rank < below + self.zeros {
            0.0
        } else {
            self.mapping.value(self.positive.rising(rank - below - self.zeros))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch_of(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::new(0.01);
        values.iter().for_each(|value| sketch.add(*value));
        sketch
    }

    proptest! {
        /// The lower of the two order statistics around the quantile, as numpy's `method="lower"`.
        #[test]
        fn quantiles_are_within_the_stated_error(mut values in prop::collection::vec(-1e6_f64..1e6, 1..300), q in 0.0_f64..=1.0) {
            let found = sketch_of(&values).quantile(q).unwrap();
            values.sort_by(f64::total_cmp);
            let true_value = values[(q * (values.len() - 1) as f64).floor() as usize];
            prop_assert!((found - true_value).abs() <= 0.01 * true_value.abs() + 1e-300);
        }

        #[test]
        fn packed_sketches_add_up_in_any_order(a in prop::collection::vec(-1e3_f64..1e9, 0..100), b in prop::collection::vec(-1e3_f64..1e3, 0..100)) {
            let whole: Vec<f64> = a.iter().chain(&b).copied().collect();
            let mut one = Sketch::new(0.01);
            one.add_packed(&sketch_of(&a).pack());
            one.add_packed(&sketch_of(&b).pack());
            let mut other = Sketch::new(0.01);
            other.add_packed(&sketch_of(&b).pack());
            other.add_packed(&sketch_of(&a).pack());
            prop_assert_eq!(one.pack(), other.pack());
            prop_assert_eq!(one.pack(), sketch_of(&whole).pack());
        }
    }

    #[test]
    fn values_of_all_magnitudes_keep_the_highest_exact() {
        let values: Vec<f64> = (-300..300).map(|exponent| 10_f64.powi(exponent)).collect();
        let sketch = sketch_of(&values);
        assert!((sketch.quantile(1.0).unwrap() / 1e299 - 1.0).abs() <= 0.01);
        assert_eq!(sketch.positive.total(), 600);
        assert!(sketch.positive.counts.len() <= MOST_BINS as usize);
    }
}
