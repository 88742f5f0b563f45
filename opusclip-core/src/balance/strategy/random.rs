//! Any, by weight.

use super::{Chooser, Members, Question, Strategy};

#[derive(Debug)]
pub(super) struct Random;

impl Strategy for Random {
    fn name(&self) -> &str {
        "random"
    }

    fn prepare(&self, members: &Members<'_>) -> Box<dyn Chooser> {
        Box::new(Shares::new(members))
    }
}

/// Weights added up one by one, for a draw by weight. None where all are the same.
#[derive(Debug)]
pub(super) struct Shares(Option<Box<[f64]>>);

impl Shares {
    pub(super) fn new(members: &Members<'_>) -> Self {
        if members.equal() {
            return Self(None);
        }
        let mut sum = 0.0;
        let sums = (0..members.len()).map(|at| {
            sum += members.weight(at);
            sum
        });
        Self(Some(sums.collect()))
    }

    pub(super) fn draw(&self, question: &Question<'_>) -> usize {
        match &self.0 {
            None => question.below(question.len()),
            Some(sums) => {
                let drawn = question.unit() * sums.last().copied().unwrap_or_default();
                sums.partition_point(|sum| *sum <= drawn).min(sums.len().saturating_sub(1))
            }
        }
    }
}

/// Draws before any that may have the request is taken.
const DRAWS: usize = 4;

impl Chooser for Shares {
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        (0..DRAWS).map(|_| self.draw(question)).find(|at| question.admits(*at))
    }
}
