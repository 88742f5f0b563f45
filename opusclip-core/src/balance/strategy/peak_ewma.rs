//! Of two at random the one that is expected to answer first: a response time that rises at once and falls slowly, by the
//! requests in flight, as Finagle, linkerd and tower do. A failure counts as a long response, so that an instance that
//! fails fast draws nothing to itself.

use super::{Chooser, Measures, Members, Question, Strategy};

#[derive(Debug)]
pub(super) struct PeakEwma {
    pub(super) decay: f64,
}

impl Strategy for PeakEwma {
    fn name(&self) -> &str {
        "peak_ewma"
    }

    fn prepare(&self, _: &Members<'_>) -> Box<dyn Chooser> {
        Box::new(Self { decay: self.decay })
    }

    fn measures(&self) -> Measures {
        Measures::ResponseTime
    }
}

impl Chooser for PeakEwma {
    #[inline]
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        question.better_of_two(|at| {
            question.response_time(at, self.decay) * (question.in_flight(at) + 1) as f64 / question.weight(at)
        })
    }
}
