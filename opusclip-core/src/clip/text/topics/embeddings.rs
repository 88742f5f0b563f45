//! Vectors of the caller's own as further evidence.
//!
//! The vectors of a topic are taken as normally distributed around a centre of their own, the centres around that of
//! the whole text. The noise is what neighbours differ by; as dimensions are not independent of each other, only as
//! many count as there are effective ones (the participation ratio of the covariance).

use crate::error::{Error, ErrorCode, Result};

/// The log-likelihoods of all stretches, by last sentence.
#[derive(Debug)]
pub(super) struct Embeddings {
    longest: usize,
    scores: Vec<f32>,
}

/// So many sentences are enough to tell how many dimensions count.
const SAMPLE: usize = 300;
/// Least share of the variance that is between topics.
const LEAST_BETWEEN: f64 = 0.05;

/// The vectors, if there is one for each sentence, all of one dimension and finite.
pub(super) fn checked(vectors: &[Vec<f32>], sentences: usize) -> Result<&[Vec<f32>]> {
    let refused = |code, message: String| Err(Error::new(code, message).field("embeddings"));
    if vectors.len() != sentences {
        let message = format!("{} embeddings were given for {sentences} sentences", vectors.len());
        return refused(ErrorCode::ConfigInvalid, message);
    }
    let dimension = vectors.first().map_or(0, Vec::len);
    for (sentence, vector) in vectors.iter().enumerate() {
        if vector.is_empty() || vector.len() != dimension {
            let message = format!("embedding {sentence} has {} numbers, the first one has {dimension}", vector.len());
            return refused(ErrorCode::ConfigInvalid, message);
        }
        if !vector.iter().all(|number| number.is_finite()) {
            let message = format!("embedding {sentence} holds a number that is not finite");
            return refused(ErrorCode::ConfigNotFinite, message);
        }
    }
    Ok(vectors)
}

impl Embeddings {
    /// Of checked vectors; `None` where they are all alike and tell nothing.
    pub(super) fn of(vectors: &[Vec<f32>], longest: usize) -> Option<Self> {
        let centred = centred(vectors)?;
        let n = centred.len() as f64;
        let variance = centred.iter().map(|vector| dot(vector, vector)).sum::<f64>() / n;
        let mut steps: Vec<f64> = centred.windows(2).map(|pair| distance(&pair[0], &pair[1]) / 2.0).collect();
        steps.sort_by(f64::total_cmp);
        let noise = steps.get(steps.len() / 2)?.clamp(variance * 1e-3, variance * (1.0 - LEAST_BETWEEN));
        let ratio = noise / (variance - noise);
        let half = effective(&centred) / 2.0;
        if !(half.is_finite() && ratio.is_finite() && noise > 0.0) {
            return None;
        }
        let mut scores = vec![0.0; centred.len() * longest];
        let mut sums: Vec<Vec<f64>> = vec![vec![0.0; centred[0].len()]];
        for (last, vector) in centred.iter().enumerate() {
            let before = &sums[last];
            sums.push(before.iter().zip(vector).map(|(sum, x)| sum + x).collect());
            let low = (last + 1).saturating_sub(longest);
            for first in low..=last {
                let length = (last + 1 - first) as f64;
                let pulled = distance(&sums[last + 1], &sums[first]) / (length + ratio);
                scores[last * longest + first - low] = (half * (pulled / noise - (1.0 + length / ratio).ln())) as f32;
            }
        }
        Some(Self { longest, scores })
    }

    /// Of all stretches that end with sentence `last`, from the longest on.
    pub(super) fn row(&self, last: usize) -> &[f32] {
        &self.scores[last * self.longest..(last + 1) * self.longest]
    }
}

/// The vectors at length one, less their mean; `None` where nothing is left.
fn centred(vectors: &[Vec<f32>]) -> Option<Vec<Vec<f64>>> {
    let mut made: Vec<Vec<f64>> = Vec::with_capacity(vectors.len());
    for vector in vectors {
        let vector: Vec<f64> = vector.iter().map(|&x| f64::from(x)).collect();
        let length = dot(&vector, &vector).sqrt();
        made.push(if length > 0.0 { vector.iter().map(|x| x / length).collect() } else { vector });
    }
    let n = made.len() as f64;
    let mut mean = vec![0.0; made.first()?.len()];
    for vector in &made {
        mean.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x / n);
    }
    let mut left = 0.0;
    for vector in &mut made {
        vector.iter_mut().zip(&mean).for_each(|(x, mean)| *x -= mean);
        left += dot(vector, vector);
    }
    (left / n > 1e-9).then_some(made)
}

/// How many dimensions count: (Σλ)² / Σλ² over the eigenvalues λ of the covariance.
fn effective(centred: &[Vec<f64>]) -> f64 {
    let step = centred.len().div_ceil(SAMPLE);
    let sample: Vec<&Vec<f64>> = centred.iter().step_by(step).collect();
    let trace: f64 = sample.iter().map(|vector| dot(vector, vector)).sum();
    let squares: f64 = sample.iter().flat_map(|a| sample.iter().map(|b| dot(a, b).powi(2))).sum();
    (trace * trace / squares).max(1.0)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}
