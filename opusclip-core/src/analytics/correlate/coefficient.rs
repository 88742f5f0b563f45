//! Coefficients of correlation; intervals by Fisher's transformation, p by Student's or the normal distribution.

use super::{Coefficient, CorrelationMethod};
use crate::analytics::stats::distribution::{normal_two_sided, normal_within, student_two_sided};
use crate::analytics::stats::kendall::{Concordance, concordance};
use crate::analytics::stats::order::{mean, ranks};

/// The coefficients of two lists of one length.
pub(super) struct Together {
    pearson: f64,
    spearman: f64,
    kendall: Concordance,
}

impl Together {
    pub fn of(x: &[f64], y: &[f64]) -> Self {
        let (a, b) = (ranks(x), ranks(y));
        // Of ranks the order is the same, and sorting them does not meet huge numbers.
        Self { pearson: linear(x, y), spearman: linear(&a, &b), kendall: concordance(&a, &b) }
    }

    pub fn value(&self, method: CorrelationMethod) -> f64 {
        match method {
            CorrelationMethod::Pearson => self.pearson,
            CorrelationMethod::Spearman => self.spearman,
            CorrelationMethod::Kendall => self.kendall.tau,
        }
    }

    pub fn pearson(&self) -> Estimate {
        Estimate::Pearson(self.pearson)
    }

    pub fn spearman(&self) -> Estimate {
        Estimate::Spearman(self.spearman)
    }

    pub fn kendall(&self) -> Estimate {
        Estimate::Kendall(self.kendall)
    }
}

/// Pearson's coefficient; 0 where one of the two is constant.
pub(super) fn linear(x: &[f64], y: &[f64]) -> f64 {
    // Scaled to 1, so that squares neither overflow nor vanish.
    let centred = |values: &[f64]| {
        let center = mean(values);
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max((value - center).abs()));
        let scale = if largest > 0.0 && largest.is_finite() { largest } else { 1.0 };
        values.iter().map(|value| (value - center) / scale).collect::<Vec<f64>>()
    };
    let (x, y) = (centred(x), centred(y));
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scale = (sum(&x, &x) * sum(&y, &y)).sqrt();
    // What rounding leaves of a constant is no scatter.
    if scale > 1e-300 { (sum(&x, &y) / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

/// A coefficient of one kind.
pub(super) enum Estimate {
    Pearson(f64),
    Spearman(f64),
    Kendall(Concordance),
}

impl Estimate {
    /// With interval and p for `effective` independent pairs among `count`. Spearman's interval has the variance of
    /// Bonett and Wright (2000), Kendall's that of Fieller, Hartley and Pearson (1957).
    pub fn coefficient(&self, effective: f64, count: usize, confidence: f64) -> Coefficient {
        // Below these numbers nothing at all is known.
        let degrees = effective - 3.0;
        let (value, variance, p_value) = match self {
            Self::Pearson(r) => (*r, 1.0 / degrees, student(*r, effective)),
            Self::Spearman(r) => (*r, (1.0 + r * r / 2.0) / degrees, student(*r, effective)),
            Self::Kendall(pairs) => {
                let z = pairs.score / pairs.variance.sqrt() * (effective / count as f64).sqrt();
                let p = if pairs.variance > 0.0 { normal_two_sided(z) } else { 1.0 };
                (pairs.tau, 0.437 / (effective - 4.0), p)
            }
        };
        let margin = if variance > 0.0 { normal_within(confidence) * variance.sqrt() } else { f64::INFINITY };
        let center = value.clamp(-1.0, 1.0).atanh();
        let (low, high) = if center.is_infinite() && margin.is_finite() {
            (value, value)
        } else if center.is_infinite() || margin.is_infinite() {
            (-1.0, 1.0)
        } else {
            ((center - margin).tanh(), (center + margin).tanh())
        };
        Coefficient { value, low, high, p_value }
    }
}

fn student(r: f64, effective: f64) -> f64 {
    let freedom = effective - 2.0;
    if freedom < 1.0 {
        return 1.0;
    }
    student_two_sided(r * (freedom / (1.0 - r * r).max(0.0)).sqrt(), freedom)
}
