//! The fewest requests in flight for its weight.

use super::{Chooser, Members, Question, Strategy};

#[derive(Debug)]
pub(super) struct LeastConnections;

impl Strategy for LeastConnections {
    fn name(&self) -> &str {
        "least_connections"
    }

    fn prepare(&self, _: &Members<'_>) -> Box<dyn Chooser> {
        Box::new(Self)
    }
}

impl Chooser for LeastConnections {
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        question.least(|at| (question.in_flight(at) + 1) as f64 / question.weight(at))
    }
}
