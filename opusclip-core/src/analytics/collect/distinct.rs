//! How many different members there were: people, sessions, files.

use std::sync::Arc;

use hyperloglockless::HyperLogLog;
use parking_lot::Mutex;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use siphasher::sip::SipHasher13;

use super::snapshot::DistinctState;
use super::tiers::{Cell, Plan, Slot, Tiers};

/// So many members are kept one by one and counted exactly; they take the memory of the estimate.
const EXACT: usize = 2048;
/// 2^14 registers: the standard error is 1.04 / sqrt(2^14), 0.8 % (Flajolet et al., HyperLogLog, 2007).
const PRECISION: u8 = 14;
/// A register holds the position of the first one in the bits that do not name it.
const MOST_IN_REGISTER: u8 = 64 - PRECISION + 1;

/// Hashes of members are the same on every machine, so that what machines counted can be put together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct AsHashed;

impl std::hash::BuildHasher for AsHashed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new()
    }
}

/// The hash by which a member is known.
pub(super) fn hash(member: &str) -> u64 {
    SipHasher13::new().hash(member.as_bytes())
}

/// Different members: a few exactly, many by a HyperLogLog.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Members {
    /// Hashes in order.
    Few(Vec<u64>),
    Many(Box<HyperLogLog<AsHashed>>),
}

impl Default for Members {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Members {
    pub(super) fn add(&mut self, hash: u64) {
        match self {
            Self::Few(hashes) => {
                if let Err(place) = hashes.binary_search(&hash) {
                    hashes.insert(place, hash);
                    if hashes.len() > EXACT {
                        self.estimate();
                    }
                }
            }
            Self::Many(sketch) => sketch.insert_hash(hash),
        }
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Few(hashes)) => hashes.iter().for_each(|hash| self.add(*hash)),
            (Self::Few(_), Self::Many(_)) => {
                self.estimate();
                self.add_all(other);
            }
            // Both have the same number of registers.
            (Self::Many(own), Self::Many(other)) => own.union(other).unwrap_or_default(),
        }
    }

    /// Give up the single hashes.
    fn estimate(&mut self) {
        if let Self::Few(hashes) = self {
            let mut sketch = HyperLogLog::with_hasher(PRECISION, AsHashed);
            hashes.iter().for_each(|hash| sketch.insert_hash(*hash));
            *self = Self::Many(Box::new(sketch));
        }
    }

    /// How many there are, exactly while they are few.
    pub(super) fn count(&self) -> f64 {
        match self {
            Self::Few(hashes) => hashes.len() as f64,
            Self::Many(sketch) => sketch.count() as f64,
        }
    }
}

impl Cell for Members {
    type Total = ();

    fn enter(&self, (): &mut ()) {}

    fn leave(&self, (): &mut ()) {}

    fn absorb(&mut self, mut other: Self) {
        // Into the one that is an estimate already.
        if matches!((&*self, &other), (Self::Few(_), Self::Many(_))) {
            std::mem::swap(self, &mut other);
        }
        self.add_all(&other);
    }
}

/// [`Members`] in the wire format: hashes, or registers.
#[derive(Serialize, Deserialize)]
enum Wire {
    Few(Vec<u64>),
    Many(Vec<u8>),
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = match self {
            Self::Few(hashes) => Wire::Few(hashes.clone()),
            Self::Many(sketch) => Wire::Many(sketch.iter().collect()),
        };
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Wire::deserialize(deserializer)? {
            Wire::Few(hashes) => {
                let mut members = Self::default();
                hashes.into_iter().for_each(|hash| members.add(hash));
                Ok(members)
            }
            Wire::Many(registers) => {
                let sound = registers.len() == 1 << PRECISION && registers.iter().all(|held| *held <= MOST_IN_REGISTER);
                if !sound {
                    return Err(D::Error::custom("registers of distinct members are out of range"));
                }
                let zeros = registers.iter().filter(|held| **held == 0).count();
                let sum = registers.iter().map(|held| (-f64::from(*held)).exp2()).sum();
                let sketch = HyperLogLog::from_parts(registers.into_boxed_slice(), AsHashed, zeros, sum);
                Ok(Self::Many(Box::new(sketch)))
            }
        }
    }
}

/// The state of one metric of distinct members.
#[derive(Debug)]
pub(super) struct DistinctSeries {
    plan: Arc<Plan>,
    kept: Mutex<Tiers<Members>>,
}

impl DistinctSeries {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        let kept = Mutex::new(Tiers::new(&plan));
        Self { plan, kept }
    }

    /// Count a member in a second; `false` where that is older than what is kept, or `ahead`, which is asked of a new
    /// second.
    pub(super) fn add(&self, second: i64, hash: u64, ahead: impl FnOnce() -> bool) -> bool {
        let mut kept = self.kept.lock();
        if second > kept.head() && ahead() {
            return false;
        }
        kept.put(&self.plan, second, Members::Few(vec![hash])).is_none()
    }

    /// All of it, for another process.
    pub(super) fn save(&self) -> DistinctState {
        let kept = self.kept.lock();
        let slots = kept.range(&self.plan, i64::MIN, i64::MAX);
        DistinctState { slots: slots.map(|(slot, cell)| (slot.begin, slot.length, cell.clone())).collect() }
    }

    /// Add what another process saved.
    pub(super) fn take(&self, state: DistinctState) {
        self.kept.lock().take(&self.plan, state.slots);
    }

    /// Take out what is kept beyond the windows and ended by a second.
    pub(super) fn drain(&self, until: i64) -> Vec<(i64, i64, Members)> {
        self.kept.lock().drain(&self.plan, until)
    }

    /// As if it had never been taken out.
    pub(super) fn put_back(&self, slots: Vec<(i64, i64, Members)>) {
        self.kept.lock().take(&self.plan, slots);
    }

    /// The slots that begin after one second and not after another.
    pub(super) fn visit(&self, after: i64, until: i64, mut visit: impl FnMut(Slot, &Members)) {
        let kept = self.kept.lock();
        kept.range(&self.plan, after, until).for_each(|(slot, cell)| visit(slot, cell));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(members: impl IntoIterator<Item = u32>) -> Members {
        let mut all = Members::default();
        members.into_iter().for_each(|member| all.add(hash(&format!("user-{member}"))));
        all
    }

    #[test]
    fn few_are_counted_exactly() {
        assert_eq!(of((0..2000).chain(0..2000)).count(), 2000.0);
    }

    /// Five standard errors: one miss in two million.
    #[test]
    fn many_are_counted_to_their_standard_error() {
        for count in [5_000_u32, 50_000, 500_000] {
            let off = of(0..count).count() / f64::from(count) - 1.0;
            assert!(off.abs() < 5.0 * 1.04 / f64::from(1 << PRECISION).sqrt(), "{count} are off by {off}");
        }
    }

    #[test]
    fn hashes_do_not_change() {
        // SipHash-1-3 with a key of zeros; what is stored depends on it.
        assert_eq!(hash("user-1"), SipHasher13::new_with_keys(0, 0).hash(b"user-1"));
    }

    #[test]
    fn the_wire_keeps_all_and_refuses_what_no_estimate_holds() {
        for members in [of(0..100), of(0..10_000)] {
            let bytes = postcard::to_stdvec(&members).unwrap();
            assert_eq!(postcard::from_bytes::<Members>(&bytes).unwrap().count(), members.count());
        }
        let bytes = postcard::to_stdvec(&Wire::Many(vec![60; 1 << PRECISION])).unwrap();
        assert!(postcard::from_bytes::<Members>(&bytes).is_err());
        let bytes = postcard::to_stdvec(&Wire::Many(vec![1; 100])).unwrap();
        assert!(postcard::from_bytes::<Members>(&bytes).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// Put together in any order, it is as if all had come to one place.
        #[test]
        fn unions_do_not_depend_on_order(a in 0_u32..6000, b in 0_u32..6000, c in 0_u32..6000) {
            let (one, two, three) = (of(0..a), of(3000..3000 + b), of(5000..5000 + c));
            let mut left = one.clone();
            left.absorb(two.clone());
            left.absorb(three.clone());
            let mut right = three;
            right.absorb(two);
            right.absorb(one);
            prop_assert_eq!(left.count(), right.count());
            let all = of((0..a).chain(3000..3000 + b).chain(5000..5000 + c));
            prop_assert!((left.count() / all.count().max(1.0) - 1.0).abs() < 1e-9);
        }
    }
}
