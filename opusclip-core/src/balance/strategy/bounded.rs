//! No instance gets more than its share and a bit.

use super::{HashOptions, Question};

/// What an instance may have in flight: so many percent of the average, rounded up, with the request that is asked for.
pub(in super::super) fn cap(factor_percent: f64, in_flight_with_this: u64, share: f64) -> u64 {
    // What is a rounding error above a whole number is that number.
    (factor_percent / 100.0 * in_flight_with_this as f64 * share - 1e-9).ceil().max(1.0) as u64
}

/// Says who may take one more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    factor: Option<f64>,
    in_flight: u64,
    weights: f64,
}

impl Bound {
    /// Adds up the requests in flight where there is a bound at all.
    pub(super) fn new(options: &HashOptions, question: &Question<'_>) -> Self {
        let factor = options.balance_factor;
        let (mut in_flight, mut weights) = (1, 0.0);
        if factor.is_some() {
            for at in 0..question.len() {
                in_flight += question.in_flight(at);
                weights += question.weight(at);
            }
        }
        Self { factor, in_flight, weights }
    }

    #[inline]
    pub(super) fn admits(&self, question: &Question<'_>, at: usize) -> bool {
        let room = self.factor.is_none_or(|factor| {
            question.in_flight(at) < cap(factor, self.in_flight, question.weight(at) / self.weights)
        });
        room && question.admits(at)
    }
}
