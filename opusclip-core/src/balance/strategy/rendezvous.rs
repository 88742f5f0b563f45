//! The same instance for the same key: each instance rates the key, the highest has it (Thaler and Ravishankar, 1998).
//! Weights by the logarithm of the rating (Schindelhauer and Schomaker, 2005): exactly by weight, and a change of one
//! instance moves only keys that it gains or loses.

use super::bounded::Bound;
use super::{Chooser, HashOptions, Members, Question, Strategy};
use crate::balance::hash::{hash, mix, unit};

#[derive(Debug)]
pub(super) struct Rendezvous(pub(super) HashOptions);

impl Strategy for Rendezvous {
    fn name(&self) -> &str {
        "rendezvous"
    }

    fn prepare(&self, members: &Members<'_>) -> Box<dyn Chooser> {
        let ids = (0..members.len()).map(|at| hash(members.id(at).as_bytes(), 0)).collect();
        Box::new(Ratings { ids, options: self.0.clone() })
    }
}

#[derive(Debug)]
struct Ratings {
    ids: Box<[u64]>,
    options: HashOptions,
}

impl Chooser for Ratings {
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        let key = question.key_hash();
        let bound = Bound::new(&self.options, question);
        let mut best: Option<(f64, usize)> = None;
        for (at, id) in self.ids.iter().enumerate() {
            // Half a step keeps the logarithm away from 0.
            let drawn = unit(mix(id ^ key)) + f64::EPSILON / 4.0;
            let rating = question.weight(at) / -drawn.ln();
            if best.is_none_or(|(most, _)| rating > most) && bound.admits(question, at) {
                best = Some((rating, at));
            }
        }
        best.map(|(_, at)| at)
    }
}
