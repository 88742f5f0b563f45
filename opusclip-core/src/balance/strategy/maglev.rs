//! The same instance for the same key: a table that instances fill by turns, each in an order of its own (Eisenbud et
//! al., "Maglev", NSDI 2016). One look finds an instance; entries are by weight to one; somewhat more keys move than on a
//! ring.

use super::bounded::Bound;
use super::{Chooser, HashOptions, Members, Question, Strategy};
use crate::balance::hash::hash;

#[derive(Debug)]
pub(super) struct Maglev(pub(super) HashOptions);

/// Primes for more instances.
const LARGER: [u32; 2] = [655_373, 5_000_011];
/// Entries for each instance, so that shares are within a hundredth.
const PER_INSTANCE: usize = 100;

impl Strategy for Maglev {
    fn name(&self) -> &str {
        "maglev"
    }

    fn prepare(&self, members: &Members<'_>) -> Box<dyn Chooser> {
        let enough = |size: &u32| *size as usize >= members.len() * PER_INSTANCE;
        let sizes = std::iter::once(self.0.table_size).chain(LARGER);
        let size = sizes.clone().find(enough).or(sizes.max()).unwrap_or(self.0.table_size);
        Box::new(Table { entries: fill(members, size as usize), options: self.0.clone() })
    }
}

#[derive(Debug)]
struct Table {
    entries: Box<[u32]>,
    options: HashOptions,
}

/// The order in which an instance takes entries.
struct Turns {
    next: usize,
    step: usize,
    /// The weight of the turns that it has been due, less than which it has taken.
    taken: f64,
}

const FREE: u32 = u32::MAX;

/// Every entry gets an instance. In each round an instance takes the next free one in its order if its weight, by the
/// greatest, is due: the heaviest does in every round.
fn fill(members: &Members<'_>, size: usize) -> Box<[u32]> {
    let mut entries = vec![FREE; size];
    let heaviest = (0..members.len()).map(|at| members.weight(at)).fold(0.0, f64::max);
    let turns = |at| {
        let id = members.id(at).as_bytes();
        let (offset, step) = (hash(id, 0) % size as u64, hash(id, 1) % (size as u64 - 1) + 1);
        Turns { next: offset as usize, step: step as usize, taken: 0.0 }
    };
    // In the order of their ids, so that the same instances make the same table however they came.
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_unstable_by_key(|at| members.id(*at));
    let mut turns: Vec<(usize, Turns)> = order.into_iter().map(|at| (at, turns(at))).collect();
    let mut left = if turns.is_empty() { 0 } else { size };
    let mut round = 1.0;
    while left > 0 {
        for (at, turn) in &mut turns {
            if round * members.weight(*at) < turn.taken {
                continue;
            }
            turn.taken += heaviest;
            // The size is prime, so steps reach every entry, and one is free.
            while entries.get(turn.next).is_some_and(|entry| *entry != FREE) {
                turn.next = (turn.next + turn.step) % size;
            }
            if let Some(entry) = entries.get_mut(turn.next) {
                *entry = *at as u32;
            }
            left -= 1;
            if left == 0 {
                break;
            }
        }
        round += 1.0;
    }
    entries.into()
}

/// Entries that are looked at before any instance that may have the request is taken.
const MOST_STEPS: usize = 1024;

impl Chooser for Table {
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        let size = self.entries.len() as u64;
        let key = question.key_hash();
        let first = key.checked_rem(size)? as usize;
        let bound = Bound::new(&self.options, question);
        // Steps of a size that depends on the key, so that an instance's keys go to all others when it may have none.
        let step = (key >> 32).checked_rem(size - 1)? as usize + 1;
        let places = (0..MOST_STEPS).map(|count| (first + count * step) % self.entries.len());
        places
            .filter_map(|place| self.entries.get(place))
            .map(|owner| *owner as usize)
            .find(|at| bound.admits(question, *at))
    }
}

/// Entries of each of these instances, in their order.
pub(in super::super) fn entries(weights: &[(&str, f64)], size: u32) -> Vec<usize> {
    let table = fill(&Members::of(weights), size as usize);
    (0..weights.len()).map(|at| table.iter().filter(|owner| **owner as usize == at).count()).collect()
}
