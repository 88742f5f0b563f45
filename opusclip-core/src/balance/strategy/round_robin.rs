//! Each in turn.

use super::{Chooser, Members, Question, Strategy};

#[derive(Debug)]
pub(super) struct RoundRobin;

impl Strategy for RoundRobin {
    fn name(&self) -> &str {
        "round_robin"
    }

    fn prepare(&self, _: &Members<'_>) -> Box<dyn Chooser> {
        Box::new(Self)
    }
}

impl Chooser for RoundRobin {
    #[inline]
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        question.from(question.turn(question.len() as u64) as usize)
    }
}
