//! All pairs of many metrics.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Correlation, CorrelationOptions, ManyCorrection, correlate};
use crate::analytics::stats::wording::figure;
use crate::analytics::{Explanation, Samples};
use crate::error::{Error, ErrorCode, Result};

/// How many metrics move together, pair by pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlations {
    /// The pairs, the surest first.
    pub pairs: Vec<CorrelationPair>,
    /// Pairs that could not be compared.
    pub skipped: Vec<SkippedMetric>,
    /// The result in words.
    pub explanation: Explanation,
}

/// One pair of many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrelationPair {
    /// The first metric.
    pub a: String,
    /// The second metric.
    pub b: String,
    /// The p of the method asked for, corrected for the number of pairs.
    pub adjusted_p: f64,
    /// Whether it is below 1 less the confidence.
    pub significant: bool,
    /// How the two move together.
    pub correlation: Correlation,
}

/// What could not be compared, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkippedMetric {
    /// The metric, or the two of a pair.
    pub names: Vec<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// More pairs than these take too long.
const MOST_PAIRS: usize = 100_000;

/// How each two of many metrics move together, with each p corrected for the number of pairs.
///
/// ```
/// use opusclip_core::analytics::{Samples, correlate::{CorrelationOptions, correlate_all}};
/// let load: Vec<f64> = (0..200_u32).map(|at| f64::from(at.wrapping_mul(2_654_435_761) >> 24)).collect();
/// let cpu = load.iter().map(|load| 5.0 + 0.2 * load).collect();
/// let other = (0..200_u32).map(|at| f64::from(at.wrapping_mul(2_246_822_519) >> 24)).collect();
/// let metrics = [("load", load), ("cpu", cpu), ("other", other)];
/// let metrics = metrics.map(|(name, values)| Samples::evenly(values).map(|samples| (name.to_owned(), samples)));
/// let metrics = metrics.into_iter().collect::<Result<Vec<_>, _>>()?;
/// let found = correlate_all(&metrics, &CorrelationOptions::default())?;
/// assert_eq!((found.pairs[0].a.as_str(), found.pairs[0].b.as_str()), ("load", "cpu"));
/// assert!(found.pairs[0].significant && !found.pairs[1].significant);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::DataTooFew`] below two metrics, [`ErrorCode::LimitExceeded`] above 100,000 pairs, and those of
/// [`CorrelationOptions::validate`]. A pair that cannot be compared is no error; it is in [`Correlations::skipped`].
pub fn correlate_all(metrics: &[(String, Samples)], options: &CorrelationOptions) -> Result<Correlations> {
    options.validate()?;
    if metrics.len() < 2 {
        let message = format!("{} metrics make no pair", metrics.len());
        return Err(Error::new(ErrorCode::DataTooFew, message).hint("give at least 2"));
    }
    if metrics.len() * (metrics.len() - 1) / 2 > MOST_PAIRS {
        let message = format!("{} metrics make more than {MOST_PAIRS} pairs", metrics.len());
        return Err(Error::new(ErrorCode::LimitExceeded, message).hint("choose fewer metrics"));
    }
    let (mut pairs, mut skipped) = (Vec::new(), Vec::new());
    for (at, (a, first)) in metrics.iter().enumerate() {
        for (b, second) in metrics.iter().skip(at + 1) {
            let options = CorrelationOptions { names: Some([a.clone(), b.clone()]), ..options.clone() };
            match correlate(first, second, &options) {
                Ok(correlation) => {
                    let (a, b) = (a.clone(), b.clone());
                    pairs.push(CorrelationPair { a, b, adjusted_p: 1.0, significant: false, correlation });
                }
                Err(error) => {
                    skipped
                        .push(SkippedMetric { names: vec![a.clone(), b.clone()], reason: error.message().to_owned() });
                }
            }
        }
    }
    let strength = |pair: &CorrelationPair| pair.correlation.coefficient().value.abs();
    pairs.sort_by(|x, y| {
        let (p, q) = (x.correlation.coefficient().p_value, y.correlation.coefficient().p_value);
        p.total_cmp(&q).then(strength(y).total_cmp(&strength(x)))
    });
    let rising: Vec<f64> = pairs.iter().map(|pair| pair.correlation.coefficient().p_value).collect();
    for (pair, p) in pairs.iter_mut().zip(adjusted(&rising, options.correction)) {
        pair.adjusted_p = p;
        pair.significant = p < 1.0 - options.confidence;
    }
    let explanation = explain(&pairs, options);
    Ok(Correlations { pairs, skipped, explanation })
}

/// Rising p corrected for their number; the order stays.
pub(super) fn adjusted(rising: &[f64], correction: ManyCorrection) -> Vec<f64> {
    let count = rising.len() as f64;
    let mut adjusted: Vec<f64> = rising.to_vec();
    match correction {
        ManyCorrection::None => {}
        ManyCorrection::Holm => {
            let mut largest = 0.0_f64;
            for (at, p) in adjusted.iter_mut().enumerate() {
                largest = largest.max(*p * (count - at as f64)).min(1.0);
                *p = largest;
            }
        }
        ManyCorrection::BenjaminiHochberg => {
            let mut least = 1.0_f64;
            for (at, p) in adjusted.iter_mut().enumerate().rev() {
                least = least.min(*p * count / (at as f64 + 1.0));
                *p = least;
            }
        }
    }
    adjusted
}

fn explain(pairs: &[CorrelationPair], options: &CorrelationOptions) -> Explanation {
    let count = pairs.iter().filter(|pair| pair.significant).count();
    let sentence = match pairs.first().filter(|pair| pair.significant) {
        None => format!("none of {} pairs of metrics moves together for certain", pairs.len()),
        Some(first) => {
            let value = figure(first.correlation.coefficient().value);
            format!(
                "{count} of {} pairs of metrics move together, first {} and {} ({value})",
                pairs.len(),
                first.a,
                first.b
            )
        }
    };
    let correction = match options.correction {
        ManyCorrection::BenjaminiHochberg => "p corrected by Benjamini and Hochberg (1995)",
        ManyCorrection::Holm => "p corrected by Holm (1979)",
        ManyCorrection::None => "p not corrected for the number of pairs",
    };
    let method = format!("{}'s coefficient of each pair, {correction}", options.method.name());
    let assumptions =
        vec!["pairs that depend on each other do so in one direction, as of metrics with one cause".to_owned()];
    Explanation { sentence, method, assumptions }
}
