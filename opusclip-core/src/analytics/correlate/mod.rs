//! Which metrics move together, which follow which, and which moved along with an anomaly.
//!
//! Two metrics that both remember their past agree by chance far more often than their number of values suggests, and
//! two that wander nearly always do. What is done about it here:
//!
//! - Each p and interval counts as many independent values as the memory of both leaves ([`Correlation::effective`]).
//! - Where both wander, p is that of their steps, not of their levels ([`Correlation::wander`]).
//! - The lag is looked for in what each metric's own past does not tell (prewhitening, Haugh 1976), against a bound that
//!   counts all the lags tried.
//! - Of many pairs, each p is corrected for their number ([`correlate_all`]).
//!
//! | question | function |
//! |---|---|
//! | do these two move together, and which comes first? | [`correlate`] |
//! | which of all these do? | [`correlate_all`] |
//! | what moved together with this anomaly? | [`moved_together`] |

mod align;
mod coefficient;
mod many;
mod moved;
mod options;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use many::{CorrelationPair, Correlations, SkippedMetric, correlate_all};
pub use moved::{Moved, MovedOptions, MovedTogether, moved_together};
pub use options::{CorrelationMethod, CorrelationOptions, ManyCorrection};

use self::align::{Aligned, align};
use self::coefficient::{Estimate, Together};
use super::stats::autoregression::{Autoregression, cross_correlation};
use super::stats::distribution::normal_within;
use super::stats::order::ranks;
use super::stats::wording::{duration, figure, moment, probability};
use super::{Explanation, Samples};
use crate::error::{Error, ErrorCode, Result};

/// How two metrics move together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// Unix seconds of the first time at which both have values.
    pub start: f64,
    /// Unix seconds of the last one.
    pub end: f64,
    /// Seconds between two times of the common grid.
    pub step: f64,
    /// At so many times both have values.
    pub count: usize,
    /// As many pairs of independent values would tell as much.
    pub effective: f64,
    /// The method that the sentence and the order of many pairs go by.
    pub method: CorrelationMethod,
    /// Of the values: how near they are to a straight line.
    pub pearson: Coefficient,
    /// Of their ranks: how near they are to any rising or falling curve.
    pub spearman: Coefficient,
    /// Of pairs of times: the share that agrees in direction less the share that does not.
    pub kendall: Coefficient,
    /// Both wander, so that every p is that of their steps.
    pub wander: bool,
    /// At which distance in time the two go together best.
    pub lag: Lag,
    /// The result in words.
    pub explanation: Explanation,
}

/// A coefficient of correlation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coefficient {
    /// -1 to 1; 0 where one metric is constant.
    pub value: f64,
    /// The lower end of its confidence interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How probable one so far from 0 is where the metrics do not depend on each other.
    pub p_value: f64,
}

/// The best distance in time between two metrics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lag {
    /// By so many seconds the second metric follows the first; below 0 the first follows the second.
    pub seconds: f64,
    /// Pearson's coefficient at this lag of what their own pasts do not tell.
    pub coefficient: f64,
    /// A coefficient within plus and minus this may be chance, all lags tried counted in.
    pub bound: f64,
    /// Whether it is beyond the bound.
    pub significant: bool,
    /// The coefficient of the chosen method, of the values as they are, at this lag.
    pub of_values: f64,
}

/// Fewer pairs of values tell nothing about a correlation.
const LEAST: usize = 10;
/// A lag leaves at least so many pairs.
const LEAST_LAGGED: usize = 8;
/// So many lags on each side are tried if nothing is asked for.
const LAGS: usize = 60;

/// How two metrics move together. They are brought onto a common grid, of the longer of their steps.
///
/// ```
/// use opusclip_core::analytics::{Samples, correlate::{CorrelationOptions, correlate}};
/// let load: Vec<f64> = (0..200_u32).map(|at| f64::from(at.wrapping_mul(2_654_435_761) >> 24)).collect();
/// // The queue is what the load was two seconds before.
/// let queue = (0..200).map(|at| if at < 2 { 0.0 } else { 3.0 * load[at - 2] }).collect();
/// let found = correlate(&Samples::evenly(load)?, &Samples::evenly(queue)?, &CorrelationOptions::default())?;
/// assert_eq!(found.lag.seconds, 2.0);
/// assert!(found.lag.significant && found.lag.of_values > 0.99);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::DataTooFew`] where both have values at fewer than 10 times, [`ErrorCode::DataInvalid`] where a grid
/// would be nearly empty, and those of [`CorrelationOptions::validate`].
pub fn correlate(a: &Samples, b: &Samples, options: &CorrelationOptions) -> Result<Correlation> {
    options.validate()?;
    let aligned = align(a, b, options.step)?;
    let (x, y) = aligned.pairs();
    if x.len() < LEAST {
        let message = format!("the two have values together at {} times only", x.len());
        return Err(Error::new(ErrorCode::DataTooFew, message).hint(format!("give at least {LEAST}")));
    }
    let memory = Memory::of(&x, &y);
    let together = Together::of(&x, &y);
    let (white_a, white_b) = aligned.whitened();
    let steps = memory.wander.then(|| Together::of(&white_a, &white_b));
    let confidence = options.confidence;
    let judged = |of: fn(&Together) -> Estimate| {
        let mut found = of(&together).coefficient(memory.effective, x.len(), confidence);
        if let Some(steps) = &steps {
            let n = white_a.len();
            found.p_value = of(steps).coefficient(n as f64, n, confidence).p_value;
        }
        found
    };
    let mut found = Correlation {
        start: aligned.start,
        end: aligned.end(),
        step: aligned.step,
        count: x.len(),
        effective: memory.effective,
        method: options.method,
        pearson: judged(Together::pearson),
        spearman: judged(Together::spearman),
        kendall: judged(Together::kendall),
        wander: memory.wander,
        lag: best_lag(&aligned, (&white_a, &white_b), x.len(), options),
        explanation: Explanation { sentence: String::new(), method: String::new(), assumptions: Vec::new() },
    };
    found.explanation = explain(&found, options);
    Ok(found)
}

impl Correlation {
    /// The coefficient of the method asked for.
    pub fn coefficient(&self) -> &Coefficient {
        match self.method {
            CorrelationMethod::Pearson => &self.pearson,
            CorrelationMethod::Spearman => &self.spearman,
            CorrelationMethod::Kendall => &self.kendall,
        }
    }
}

/// What two metrics remember of their own pasts.
struct Memory {
    effective: f64,
    wander: bool,
}

impl Memory {
    /// The number of independent pairs by Bartlett's (1935) variance with finite sums (Pyper and Peterman 1998), of
    /// autoregressions fitted to the ranks, which spikes do not disturb.
    fn of(x: &[f64], y: &[f64]) -> Self {
        let n = x.len();
        let fit = |values: &[f64]| Autoregression::fit(&ranks(values)).unbiased(n, false);
        let (a, b) = (fit(x), fit(y));
        let wanders = |memory: &Autoregression| memory.persistence() >= 1.0 - 1.0 / (n as f64).sqrt();
        let lags = n - 1;
        let (rho_a, rho_b) = (a.autocorrelation(lags), b.autocorrelation(lags));
        let terms = rho_a.iter().zip(&rho_b).enumerate();
        let sum: f64 = terms.map(|(at, (a, b))| (1.0 - (at as f64 + 1.0) / n as f64) * a * b).sum();
        let effective = (n as f64 / (1.0 + 2.0 * sum).max(1.0)).max(1.0);
        Self { effective, wander: wanders(&a) && wanders(&b) }
    }
}

/// The lag at which what is left of the two goes together best; of equals the shortest.
fn best_lag(aligned: &Aligned, white: (&[f64], &[f64]), count: usize, options: &CorrelationOptions) -> Lag {
    let places = aligned.a.len();
    let most = match options.max_lag {
        Some(seconds) => (seconds / aligned.step).floor().min(places as f64) as usize,
        None => LAGS.min(places / 4),
    };
    let most = most.min(places.saturating_sub(LEAST_LAGGED));
    let all = cross_correlation(white.0, white.1, most);
    let tried = all.len().max(1) as f64;
    // Bonferroni's correction for the number of lags tried.
    let bound = normal_within(1.0 - (1.0 - options.confidence) / tried) / (count as f64).sqrt();
    let lags = all.iter().enumerate().map(|(at, value)| (at as i64 - (all.len() / 2) as i64, *value));
    // Equal but for rounding is equal.
    let key = |value: f64| (value.abs() * 1e9).round();
    let best = lags.max_by(|a, b| key(a.1).total_cmp(&key(b.1)).then(b.0.abs().cmp(&a.0.abs())));
    let (lag, coefficient) = best.unwrap_or((0, 0.0));
    let (x, y) = aligned.shifted(lag);
    let of_values = Together::of(&x, &y).value(options.method);
    Lag { seconds: lag as f64 * aligned.step, coefficient, bound, significant: coefficient.abs() > bound, of_values }
}

fn explain(found: &Correlation, options: &CorrelationOptions) -> Explanation {
    let coefficient = found.coefficient();
    let (low, high) = (figure(coefficient.low), figure(coefficient.high));
    let sure = coefficient.p_value < 1.0 - options.confidence;
    let way = if coefficient.value > 0.0 { "move together" } else { "move against each other" };
    let certain = if sure { way.to_owned() } else { "do not move together for certain".to_owned() };
    let p = probability(coefficient.p_value);
    let span = format!("from {} to {}", moment(found.start, found.end), moment(found.end, found.start));
    let both = options.names.as_ref().map_or_else(|| "the two".to_owned(), |[a, b]| format!("{a} and {b}"));
    let [first, second] =
        options.names.as_ref().map_or(["the first", "the second"], |names| names.each_ref().map(String::as_str));
    let mut sentence = format!("{both} {certain} {span} ({}, {low} to {high}, {p})", figure(coefficient.value));
    if found.lag.significant {
        let by = figure(found.lag.coefficient);
        sentence.push_str(&match found.lag.seconds {
            seconds if seconds > 0.0 => format!("; {second} follows {first} by {} ({by})", duration(seconds)),
            seconds if seconds < 0.0 => format!("; {first} follows {second} by {} ({by})", duration(-seconds)),
            _ => format!("; neither follows the other ({by} at the same time)"),
        });
    }
    let effective = figure(found.effective);
    let name = found.method.name();
    let count = found.count;
    let method = format!(
        "{name}'s coefficient of {count} pairs, {effective} of them independent (Pyper and Peterman 1998); lag by the \
         cross-correlation of prewhitened values (Haugh 1976), bound corrected for the lags tried"
    );
    let mut assumptions = vec!["what both remember of their pasts is that of an autoregression".to_owned()];
    if found.wander {
        let wander = "both wander, so that their levels say little: p is that of what their pasts do not tell";
        assumptions.push(wander.to_owned());
    }
    assumptions.push("moving together does not say that one causes the other".to_owned());
    Explanation { sentence, method, assumptions }
}
