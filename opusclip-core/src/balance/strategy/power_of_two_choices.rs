//! Of two at random the one with less to do (Mitzenmacher, "The power of two choices in randomized load balancing", 2001).

use super::{Chooser, Members, Question, Strategy};

#[derive(Debug)]
pub(super) struct PowerOfTwoChoices;

impl Strategy for PowerOfTwoChoices {
    fn name(&self) -> &str {
        "power_of_two_choices"
    }

    fn prepare(&self, _: &Members<'_>) -> Box<dyn Chooser> {
        Box::new(Self)
    }
}

impl Chooser for PowerOfTwoChoices {
    #[inline]
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        question.better_of_two(|at| (question.in_flight(at) + 1) as f64 / question.weight(at))
    }
}
