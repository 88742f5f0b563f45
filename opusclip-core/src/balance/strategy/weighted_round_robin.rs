//! Each in turn by weight, never the same again and again: nginx's smooth weighted round robin.
//!
//! Every instance gathers its weight with each request; the one with the most gets it and pays the sum of all weights.
//! Over a period, which is the sum of weights, each gets exactly its weight, and all have gathered nothing in the end. So
//! the sequence repeats, and is written down beforehand: choosing is a look into a list. Where the list would be too
//! long to make, the same shares come from deadlines (earliest deadline first, as in Envoy), a little less evenly.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::random::Shares;
use super::{Chooser, Members, Question, Strategy};

#[derive(Debug)]
pub(super) struct WeightedRoundRobin;

/// Additions that making a sequence may take.
const MOST_WORK: u64 = 1 << 24;
/// The longest sequence that is written down.
const LONGEST: u64 = 1 << 20;
/// Weights that are no whole numbers are counted in such parts.
const PARTS: f64 = 1000.0;

impl Strategy for WeightedRoundRobin {
    fn name(&self) -> &str {
        "weighted_round_robin"
    }

    fn prepare(&self, members: &Members<'_>) -> Box<dyn Chooser> {
        let weights: Vec<f64> = (0..members.len()).map(|at| members.weight(at)).collect();
        let weights = whole(&weights);
        let period: u64 = weights.iter().sum();
        if period > LONGEST {
            // Nobody sees the order of a million requests; shares are right on average.
            return Box::new(Shares::new(members));
        }
        let picks = if period.saturating_mul(weights.len() as u64) <= MOST_WORK {
            let mut smooth = Smooth::new(&weights);
            (0..period).filter_map(|_| smooth.next()).map(|at| at as u32).collect()
        } else {
            let mut deadlines = Deadlines::new(&weights);
            (0..period).filter_map(|_| deadlines.next()).map(|at| at as u32).collect()
        };
        Box::new(Sequence(picks))
    }
}

/// Weights as whole numbers without a common divisor.
fn whole(weights: &[f64]) -> Vec<u64> {
    let parts = if weights.iter().all(|weight| weight.fract() == 0.0) { 1.0 } else { PARTS };
    let mut whole: Vec<u64> = weights.iter().map(|weight| (weight * parts).round().max(1.0) as u64).collect();
    let common = whole.iter().copied().fold(0, greatest_common_divisor).max(1);
    whole.iter_mut().for_each(|weight| *weight /= common);
    whole
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// A period's instances, in order.
#[derive(Debug)]
struct Sequence(Box<[u32]>);

/// Entries that are looked at before any instance that may have the request is taken.
const MOST_STEPS: usize = 64;

impl Chooser for Sequence {
    #[inline]
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        let first = question.turn(self.0.len() as u64) as usize;
        let at = *self.0.get(first)? as usize;
        if question.admits(at) {
            return Some(at);
        }
        let later = self.0.iter().cycle().skip(first + 1).take(MOST_STEPS);
        later.map(|at| *at as usize).find(|at| question.admits(*at))
    }
}

/// nginx's rule, one request after the other.
#[derive(Debug, Clone)]
pub(in super::super) struct Smooth(Vec<Peer>);

#[derive(Debug, Clone)]
struct Peer {
    weight: i64,
    /// The weight less what failures took from it.
    effective: i64,
    current: i64,
}

impl Smooth {
    pub(in super::super) fn new(weights: &[u64]) -> Self {
        let peer = |weight: &u64| Peer { weight: *weight as i64, effective: *weight as i64, current: 0 };
        Self(weights.iter().map(peer).collect())
    }

    /// The place of the next one; `None` where there is none, or failures took all weights.
    pub(in super::super) fn next(&mut self) -> Option<usize> {
        let mut total = 0;
        let mut best: Option<(i64, usize)> = None;
        for (at, peer) in self.0.iter_mut().enumerate() {
            peer.current += peer.effective;
            total += peer.effective;
            if peer.effective < peer.weight {
                peer.effective += 1;
            }
            if best.is_none_or(|(most, _)| peer.current > most) {
                best = Some((peer.current, at));
            }
        }
        let (_, at) = best?;
        self.0[at].current -= total;
        Some(at)
    }

    /// A request to the one at this place failed: it loses its weight by `max_fails`, and gets it back one by one.
    pub(in super::super) fn fail(&mut self, at: usize, max_fails: u64) {
        if let Some(peer) = self.0.get_mut(at) {
            let loss = peer.weight.checked_div(max_fails as i64).unwrap_or_default();
            peer.effective = (peer.effective - loss).max(0);
        }
    }

    /// What each has gathered.
    pub(in super::super) fn current(&self) -> Vec<i64> {
        self.0.iter().map(|peer| peer.current).collect()
    }
}

/// Each instance is due again after 1 / weight; the one that is due first comes first, of several the one that waited
/// longest.
#[derive(Debug)]
pub(in super::super) struct Deadlines {
    /// Time in parts that every weight divides well enough: deadlines are compared as whole numbers.
    due: BinaryHeap<Reverse<(u64, u64, usize)>>,
    weights: Vec<u64>,
    taken: Vec<u64>,
    order: u64,
}

/// Deadlines are told apart to one part in so many.
const TICKS: u128 = 1 << 40;

impl Deadlines {
    pub(in super::super) fn new(weights: &[u64]) -> Self {
        let due = weights.iter().enumerate().map(|(at, weight)| Reverse((deadline(1, *weight), at as u64, at)));
        let order = weights.len() as u64;
        Self { due: due.collect(), weights: weights.to_vec(), taken: vec![1; weights.len()], order }
    }

    pub(in super::super) fn next(&mut self) -> Option<usize> {
        let Reverse((_, _, at)) = self.due.pop()?;
        // Counted from the beginning each time, so that no rounding adds up.
        self.taken[at] += 1;
        self.due.push(Reverse((deadline(self.taken[at], self.weights[at]), self.order, at)));
        self.order += 1;
        Some(at)
    }
}

fn deadline(taken: u64, weight: u64) -> u64 {
    (u128::from(taken) * TICKS / u128::from(weight.max(1))).min(u128::from(u64::MAX)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_are_exact_over_every_period(weights in prop::collection::vec(1_u64..20, 1..8), start in 0_usize..200) {
            let period: u64 = weights.iter().sum();
            let mut smooth = Smooth::new(&weights);
            for _ in 0..start {
                smooth.next();
            }
            let mut counts = vec![0; weights.len()];
            for _ in 0..period {
                counts[smooth.next().unwrap()] += 1;
                prop_assert_eq!(smooth.current().iter().sum::<i64>(), 0);
            }
            prop_assert_eq!(counts, weights);
        }

        #[test]
        fn deadlines_give_exact_shares_too(weights in prop::collection::vec(1_u64..50, 1..8)) {
            let mut deadlines = Deadlines::new(&weights);
            let mut counts = vec![0; weights.len()];
            (0..weights.iter().sum()).for_each(|_| counts[deadlines.next().unwrap()] += 1);
            prop_assert_eq!(counts, weights);
        }

        #[test]
        fn a_failure_never_makes_a_weight_negative(fails in prop::collection::vec((0_usize..3, 0_u64..4), 0..50)) {
            let mut smooth = Smooth::new(&[5, 1, 3]);
            for (at, max_fails) in fails {
                smooth.fail(at, max_fails);
                prop_assert!(smooth.next().is_some());
                prop_assert!(smooth.0.iter().all(|peer| (0..=peer.weight).contains(&peer.effective)));
            }
        }
    }

    #[test]
    fn weights_become_the_smallest_whole_numbers() {
        assert_eq!(whole(&[100.0, 20.0]), [5, 1]);
        assert_eq!(whole(&[0.5, 0.25]), [2, 1]);
        assert_eq!(whole(&[1e-9, 1.0]), [1, 1000]);
    }
}
