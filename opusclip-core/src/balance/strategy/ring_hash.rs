//! The same instance for the same key: points on a ring, as ketama has them (Karger et al., "Consistent hashing and
//! random trees", 1997). Removing an instance moves its keys alone.

use super::bounded::Bound;
use super::{Chooser, HashOptions, Members, Question, Strategy};
use crate::balance::hash::hash;

#[derive(Debug)]
pub(super) struct RingHash(pub(super) HashOptions);

/// Points of all instances together.
const MOST_POINTS: f64 = 8_388_608.0;

impl Strategy for RingHash {
    fn name(&self) -> &str {
        "ring_hash"
    }

    fn prepare(&self, members: &Members<'_>) -> Box<dyn Chooser> {
        let wanted = f64::from(self.0.points_per_weight);
        let weights: f64 = (0..members.len()).map(|at| members.weight(at)).sum();
        // How many points an instance has depends on its own weight alone, or others' keys would move with it.
        let per_weight = wanted.min(MOST_POINTS / weights);
        let mut points: Vec<(u64, u32)> = Vec::new();
        for at in 0..members.len() {
            let count = (members.weight(at) * per_weight).round().max(1.0) as u64;
            points.extend((0..count).map(|point| (hash(members.id(at).as_bytes(), point), at as u32)));
        }
        points.sort_unstable();
        let (places, owners) = points.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
        Box::new(Ring { places: places.into(), owners: owners.into(), options: self.0.clone() })
    }
}

#[derive(Debug)]
struct Ring {
    places: Box<[u64]>,
    owners: Box<[u32]>,
    options: HashOptions,
}

impl Chooser for Ring {
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        let key = question.key_hash();
        let first = self.places.partition_point(|place| *place < key);
        let bound = Bound::new(&self.options, question);
        let (before, after) = self.owners.split_at_checked(first)?;
        // Owners come again and again; those that were refused once are so still.
        let mut refused = None;
        let owners = after.iter().chain(before).map(|owner| *owner as usize);
        owners.take(MOST_STEPS).find(|owner| {
            let fits = refused != Some(*owner) && bound.admits(question, *owner);
            refused = (!fits).then_some(*owner);
            fits
        })
    }
}

/// Points that are looked at before any instance that may have the request is taken.
const MOST_STEPS: usize = 4096;
