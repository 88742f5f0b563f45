//! Logistic models: measures, each times a weight, added up.

/// One model over `N` measures.
pub(super) struct Logistic<const N: usize> {
    /// The score of a candidate whose measures are all 0.
    pub(super) bias: f32,
    /// Weight of each measure, and the least and the greatest value that it counts as: outside of what the fit has seen
    /// a weight says nothing.
    pub(super) terms: [(f32, f32, f32); N],
}

impl<const N: usize> Logistic<N> {
    /// The logarithm of the odds; 0 is undecided.
    pub(super) fn score(&self, measures: &[f32; N]) -> f32 {
        let terms = self.terms.iter().zip(measures);
        self.bias + terms.map(|((weight, least, most), value)| weight * value.clamp(*least, *most)).sum::<f32>()
    }
}

/// A score as a share from 0 to 1.
pub(super) fn share(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}
