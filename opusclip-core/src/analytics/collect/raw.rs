//! Single observations, kept beside the sums while there is room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Observations are claimed and given back by so many.
const CLAIM: usize = 64;

/// How many single observations a collector keeps, shared by the rings of all its series and threads.
#[derive(Debug)]
pub(super) struct Budget {
    all: usize,
    left: AtomicUsize,
    /// Rings that ever claimed any.
    rings: AtomicUsize,
}

impl Budget {
    pub(super) fn new(all: usize) -> Self {
        Self { all, left: AtomicUsize::new(all), rings: AtomicUsize::new(0) }
    }

    /// What a ring may have, so that one more could have as much.
    fn share(&self) -> usize {
        (self.all / (self.rings.load(Ordering::Relaxed) + 1)).max(CLAIM)
    }

    fn claim(&self) -> bool {
        // A look is cheaper where nothing is left.
        self.left.load(Ordering::Relaxed) >= CLAIM
            && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(CLAIM)).is_ok()
    }

    fn give_back(&self, observations: usize) {
        self.left.fetch_add(observations, Ordering::Relaxed);
    }
}

/// The last single observations of one series and thread.
#[derive(Debug)]
pub(super) struct Raw {
    budget: Arc<Budget>,
    /// Time and value; once full, the oldest is at `next`.
    ring: Vec<(f64, f64)>,
    next: usize,
    /// Claimed of the budget.
    claimed: usize,
    /// The latest time of those that were given up.
    lost: f64,
}

impl Raw {
    pub(super) fn new(budget: Arc<Budget>) -> Self {
        Self { budget, ring: Vec::new(), next: 0, claimed: 0, lost: f64::NEG_INFINITY }
    }

    #[inline]
    pub(super) fn add(&mut self, time: f64, value: f64) {
        if self.next == 0 && self.ring.len() >= self.claimed {
            self.settle();
        }
        if self.ring.len() < self.claimed {
            self.ring.push((time, value));
        } else {
            self.replace(time, value);
        }
    }

    /// Give up the oldest.
    #[inline]
    fn replace(&mut self, time: f64, value: f64) {
        let given_up = match self.ring.get_mut(self.next) {
            Some(oldest) => std::mem::replace(oldest, (time, value)).0,
            None => time,
        };
        self.next = if self.next + 1 < self.ring.len() { self.next + 1 } else { 0 };
        self.lost = if given_up > self.lost { given_up } else { self.lost };
    }

    /// Claim more or give some back, as the share is. Only where the oldest is the first.
    fn settle(&mut self) {
        let share = self.budget.share();
        if self.claimed + CLAIM <= share {
            if self.budget.claim() {
                self.budget.rings.fetch_add(usize::from(self.claimed == 0), Ordering::Relaxed);
                self.claimed += CLAIM;
            }
        } else if self.claimed > share {
            let surplus = (self.claimed - share).next_multiple_of(CLAIM).min(self.claimed - CLAIM);
            let given_up = self.ring.drain(..surplus.min(self.ring.len())).map(|(time, _)| time);
            self.lost = given_up.fold(self.lost, f64::max);
            self.ring.shrink_to_fit();
            self.claimed -= surplus;
            self.budget.give_back(surplus);
        }
    }

    /// Those after one time and not after another, if none of them had to be given up.
    pub(super) fn between(&self, after: f64, until: f64) -> Option<impl Iterator<Item = (f64, f64)>> {
        let within = move |(time, _): &(f64, f64)| *time > after && *time <= until;
        (self.lost <= after).then(|| self.ring.iter().copied().filter(within))
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.ring.capacity() * size_of::<(f64, f64)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last observations that are kept, of those recorded one a second until a time.
    fn kept(ring: &Raw, until: u32) -> usize {
        let all = |after: &u32| ring.between(f64::from(*after), f64::from(until)).map(Iterator::count);
        (0..=until).filter_map(|after| all(&after)).max().unwrap_or(0)
    }

    #[test]
    fn one_series_has_half_and_many_share_alike() {
        let budget = Arc::new(Budget::new(9600));
        let mut rings: Vec<Raw> = (0..5).map(|_| Raw::new(Arc::clone(&budget))).collect();
        (1..=20_000).for_each(|at| rings[0].add(f64::from(at), 0.0));
        assert_eq!(kept(&rings[0], 20_000), 4800);
        for at in 20_001..=40_000 {
            rings.iter_mut().for_each(|ring| ring.add(f64::from(at), 0.0));
        }
        // A sixth of 9600, to a claim.
        let each: Vec<usize> = rings.iter().map(|ring| kept(ring, 40_000)).collect();
        assert!(each.iter().all(|kept| (1600 - CLAIM..=1600).contains(kept)), "{each:?}");
    }

    #[test]
    fn more_rings_than_claims_leave_none_over_its_budget() {
        let budget = Arc::new(Budget::new(1000));
        let mut rings: Vec<Raw> = (0..50).map(|_| Raw::new(Arc::clone(&budget))).collect();
        for at in 1..=5000 {
            rings.iter_mut().for_each(|ring| ring.add(f64::from(at), 0.0));
        }
        assert!(rings.iter().map(|ring| ring.ring.len()).sum::<usize>() <= 1000);
        // One without room says that it lost what it was given.
        let without: Vec<&Raw> = rings.iter().filter(|ring| ring.claimed == 0).collect();
        assert!(!without.is_empty() && without.iter().all(|ring| ring.between(0.0, 1e9).is_none()));
    }
}
