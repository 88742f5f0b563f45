//! Is B better than A? With intervals that hold however often one looks.
//!
//! An interval of fixed horizon is right when one looks once, at a size decided beforehand. Who looks every day and
//! stops at the first "significant" one is wrong far more often than promised. The *anytime* interval covers the true
//! difference at all looks together with the chance asked for: one may stop, go on, or look again.
//!
//! # Definition
//!
//! The difference is `variant - control`, of shares or of means; its standard error `se` is `sqrt(v0 / n0 + v1 / n1)`
//! with the arms' variances, those of shares at `(x + 1) / (n + 2)`.
//!
//! - **anytime**: `difference ± se * sqrt((u + 1) / u * ln((u + 1) / alpha^2))` with `u = n * rho^2`, `n = n0 + n1`:
//!   the normal mixture of Robbins, as an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas
//!   2024, "Time-uniform central limit theory and asymptotic confidence sequences"; Howard et al. 2021), the same as
//!   inverting the mixture sequential probability ratio test (Johari, Koomen, Pekelis, Walsh 2022, "Always valid
//!   inference"). `rho` makes it tightest at `planned` people: there `u = ln((u + 1) / alpha^2)`. Its p-value is the
//!   `alpha` at which 0 leaves it.
//! - **fixed**: for shares Newcombe's hybrid score interval (1998, method 10) and the pooled z test, for means Welch's
//!   t.
//! - **sample ratio**: the chi-squared test of the arms' sizes against the planned share; below 0.001 people were not
//!   assigned as planned, and no difference between the arms can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};
use statrs::function::erf::erfc;

use crate::analytics::Explanation;
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

/// What was seen of the people who got one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Arm {
    /// Each did something or did not.
    Proportion {
        /// How many people.
        people: u64,
        /// How many of them did.
        converted: u64,
    },
    /// Each has a number.
    Mean {
        /// How many people.
        people: u64,
        /// The mean of their numbers.
        mean: f64,
        /// The variance, with `people - 1` below.
        variance: f64,
    },
}

/// How two arms are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExperimentOptions {
    /// How often intervals cover the truth, 0.5 to 0.9999; 0.95.
    #[serde(deserialize_with = "crate::config::number")]
    pub confidence: f64,
    /// How many people both arms were planned to have, from 10; 10,000. Decide it before looking: the anytime interval
    /// is tightest there, and right everywhere.
    pub planned: u64,
    /// The share of people that were to get the variant, 0.001 to 0.999; 0.5.
    #[serde(deserialize_with = "crate::config::number")]
    pub variant_share: f64,
}

impl Default for ExperimentOptions {
    fn default() -> Self {
        Self { confidence: 0.95, planned: 10_000, variant_share: 0.5 }
    }
}

/// From `low` to `high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The chance of a difference at least as large where there is none.
    pub p_value: f64,
}

/// Whether people were assigned as planned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleRatio {
    /// The share that were to get the variant.
    pub planned: f64,
    /// The share that did.
    pub actual: f64,
    /// The chance of one so far off.
    pub p_value: f64,
    /// Whether that is below 0.001.
    pub mismatch: bool,
}

/// What the anytime interval allows to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The variant's figure is higher.
    Higher,
    /// The variant's figure is lower.
    Lower,
    /// The interval holds 0.
    Open,
    /// People were not assigned as planned.
    Untrusted,
}

/// Two arms compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The share or mean of the control.
    pub control: f64,
    /// The share or mean of the variant.
    pub variant: f64,
    /// `variant - control`.
    pub difference: f64,
    /// `difference / control`; null where that is 0.
    pub lift: Option<f64>,
    /// Of the difference; right however often one looks.
    pub anytime: Interval,
    /// Of the difference; right for one look at a size decided beforehand.
    pub fixed: Interval,
    /// Whether people were assigned as planned.
    pub sample_ratio: SampleRatio,
    /// What may be said.
    pub verdict: Verdict,
    /// How it was found.
    pub explanation: Explanation,
}

/// Below this chance the arms' sizes are not those planned.
const MISMATCH: f64 = 0.001;

/// Compare a variant with the control; see [the definition](self).
///
/// ```
/// use opusclip_core::analytics::business::{Arm, ExperimentOptions, Verdict, compare};
/// let control = Arm::Proportion { people: 5000, converted: 500 };
/// let variant = Arm::Proportion { people: 5000, converted: 600 };
/// let answer = compare(&control, &variant, &ExperimentOptions::default())?;
/// assert_eq!(answer.verdict, Verdict::Higher);
/// assert!(answer.anytime.low < answer.fixed.low && !answer.sample_ratio.mismatch);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::DataTooFew`] below 2 people in an arm, [`ErrorCode::DataInvalid`] for more conversions than people,
/// numbers that are not finite, arms of two kinds, or means of numbers that do not vary; those of
/// [`ExperimentOptions::validate`].
pub fn compare(control: &Arm, variant: &Arm, options: &ExperimentOptions) -> Result<Experiment> {
    options.validate()?;
    control.check("control")?;
    variant.check("variant")?;
    let fixed = match (control, variant) {
        (Arm::Proportion { people: n0, converted: x0 }, Arm::Proportion { people: n1, converted: x1 }) => {
            newcombe((*n0 as f64, *x0 as f64), (*n1 as f64, *x1 as f64), options.confidence)
        }
        (Arm::Mean { .. }, Arm::Mean { .. }) => welch(control, variant, options.confidence)?,
        _ => return Err(broken("variant", "one arm has shares and the other means".to_owned())),
    };
    let difference = variant.mean() - control.mean();
    let error = (control.error_squared() + variant.error_squared()).sqrt();
    let anytime = anytime(difference, error, control.people() as f64 + variant.people() as f64, options);
    let sample_ratio = sample_ratio(control.people() as f64, variant.people() as f64, options.variant_share);
    let verdict = match () {
        () if sample_ratio.mismatch => Verdict::Untrusted,
        () if anytime.low > 0.0 => Verdict::Higher,
        () if anytime.high < 0.0 => Verdict::Lower,
        () => Verdict::Open,
    };
    let lift = (control.mean() != 0.0).then(|| difference / control.mean());
    Ok(Experiment {
        control: control.mean(),
        variant: variant.mean(),
        difference,
        lift,
        explanation: explanation(verdict, difference, &anytime, &sample_ratio, options),
        anytime,
        fixed,
        sample_ratio,
        verdict,
    })
}

impl Arm {
    /// The mean and variance of numbers, one for each person.
    ///
    /// # Errors
    /// [`ErrorCode::DataTooFew`] below 2 numbers, [`ErrorCode::DataInvalid`] for NaN and infinities.
    pub fn of(values: &[f64]) -> Result<Self> {
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(broken(&format!("values[{at}]"), format!("value {at} is {}", values[at])));
        }
        if values.len() < 2 {
            let error = Error::new(ErrorCode::DataTooFew, format!("{} values have no variance", values.len()));
            return Err(error.field("values").hint("give at least 2"));
        }
        // One pass without the loss of a difference of large squares (Welford 1962).
        let (mut mean, mut squares) = (0.0, 0.0);
        for (at, value) in values.iter().enumerate() {
            let off = value - mean;
            mean += off / (at + 1) as f64;
            squares += off * (value - mean);
        }
        Ok(Self::Mean { people: values.len() as u64, mean, variance: squares / (values.len() - 1) as f64 })
    }

    fn people(&self) -> u64 {
        match self {
            Self::Proportion { people, .. } | Self::Mean { people, .. } => *people,
        }
    }

    fn mean(&self) -> f64 {
        match self {
            Self::Proportion { people, converted } => *converted as f64 / *people as f64,
            Self::Mean { mean, .. } => *mean,
        }
    }

    /// The square of the mean's standard error.
    fn error_squared(&self) -> f64 {
        match self {
            // A share of 0 or 1 would have none at all.
            Self::Proportion { people, converted } => {
                let share = (*converted as f64 + 1.0) / (*people as f64 + 2.0);
                share * (1.0 - share) / *people as f64
            }
            Self::Mean { people, variance, .. } => variance / *people as f64,
        }
    }

    fn check(&self, field: &str) -> Result<()> {
        match self {
            _ if self.people() < 2 => {
                let error = Error::new(ErrorCode::DataTooFew, format!("the {field} has {} people", self.people()));
                Err(error.field(format!("{field}.people")).hint("give at least 2"))
            }
            Self::Proportion { people, converted } if converted > people => {
                Err(broken(&format!("{field}.converted"), format!("{converted} of {people} people converted")))
            }
            Self::Mean { mean, variance, .. } if !mean.is_finite() || !variance.is_finite() || *variance < 0.0 => Err(
                broken(&format!("{field}.variance"), format!("the {field} has mean {mean} and variance {variance}")),
            ),
            _ => Ok(()),
        }
    }
}

fn broken(field: &str, message: String) -> Error {
    Error::new(ErrorCode::DataInvalid, message).field(field)
}

fn anytime(difference: f64, error: f64, people: f64, options: &ExperimentOptions) -> Interval {
    let alpha = 1.0 - options.confidence;
    // The fixed point is reached within a few rounds: its slope is below 1 / 3.
    let tightest = (0..60).fold(8.0, |u: f64, _| ((u + 1.0) / (alpha * alpha)).ln());
    let u = tightest * people / options.planned as f64;
    let half = error * ((u + 1.0) / u * ((u + 1.0) / (alpha * alpha)).ln()).sqrt();
    let squared = (difference / error).powi(2);
    let p_value = ((u + 1.0).sqrt() * (-squared * u / (2.0 * (u + 1.0))).exp()).min(1.0);
    Interval { low: difference - half, high: difference + half, p_value }
}

/// Quantile of the standard normal distribution.
fn normal(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// Newcombe's interval from the two Wilson intervals, and the pooled test.
fn newcombe((n0, x0): (f64, f64), (n1, x1): (f64, f64), confidence: f64) -> Interval {
    let z = normal(0.5 + confidence / 2.0);
    let wilson = |n: f64, x: f64| {
        let share = x / n;
        let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        (share, middle - half, middle + half)
    };
    let ((p0, low0, high0), (p1, low1, high1)) = (wilson(n0, x0), wilson(n1, x1));
    let pooled = (x0 + x1) / (n0 + n1);
    let error = (pooled * (1.0 - pooled) * (1.0 / n0 + 1.0 / n1)).sqrt();
    let difference = p1 - p0;
    Interval {
        low: difference - (p1 - low1).hypot(high0 - p0),
        high: difference + (high1 - p1).hypot(p0 - low0),
        p_value: if error > 0.0 { erfc((difference / error).abs() / std::f64::consts::SQRT_2) } else { 1.0 },
    }
}

/// Welch's t test.
fn welch(control: &Arm, variant: &Arm, confidence: f64) -> Result<Interval> {
    let (own0, own1) = (control.error_squared(), variant.error_squared());
    let sum = own0 + own1;
    let freedom =
        sum * sum / (own0 * own0 / (control.people() - 1) as f64 + own1 * own1 / (variant.people() - 1) as f64);
    let constant = || broken("variance", "the numbers of both arms do not vary".to_owned());
    let (difference, error) = (variant.mean() - control.mean(), sum.sqrt());
    let off = (difference / error).abs();
    // With so many the t distribution is the normal one, and the search for its quantile need not end.
    let (z, p_value) = if freedom > 1e6 {
        (normal(0.5 + confidence / 2.0), erfc(off / std::f64::consts::SQRT_2))
    } else {
        let t = StudentsT::new(0.0, 1.0, freedom).map_err(|_| constant())?;
        (t.inverse_cdf(0.5 + confidence / 2.0), 2.0 * t.sf(off))
    };
    let half = z * error;
    Ok(Interval { low: difference - half, high: difference + half, p_value })
}

fn sample_ratio(control: f64, variant: f64, planned: f64) -> SampleRatio {
    let people = control + variant;
    let off = variant - people * planned;
    let squared = off * off / (people * planned * (1.0 - planned));
    // Chi-squared with one degree of freedom.
    let p_value = erfc((squared / 2.0).sqrt());
    SampleRatio { planned, actual: variant / people, p_value, mismatch: p_value < MISMATCH }
}

fn explanation(
    verdict: Verdict,
    difference: f64,
    anytime: &Interval,
    ratio: &SampleRatio,
    options: &ExperimentOptions,
) -> Explanation {
    let percent = options.confidence * 100.0;
    let range = format!("{difference:+.4} ({percent} % from {:+.4} to {:+.4}, at any time)", anytime.low, anytime.high);
    let sentence = match verdict {
        Verdict::Higher => format!("The variant is higher by {range}."),
        Verdict::Lower => format!("The variant is lower: {range}."),
        Verdict::Open => format!("No difference is shown yet: {range}."),
        Verdict::Untrusted => format!(
            "{:.2} % of people got the variant instead of {:.2} %: the assignment is broken, so that the \
             difference means nothing.",
            ratio.actual * 100.0,
            ratio.planned * 100.0
        ),
    };
    Explanation {
        sentence,
        method: format!("normal mixture confidence sequence at {percent} %, tightest at {} people", options.planned),
        assumptions: vec![
            "people are assigned at random, and one does not change what another does".to_owned(),
            "arms have some hundred people: the normal approximation holds".to_owned(),
            "`planned` was decided before looking".to_owned(),
        ],
    }
}

impl ExperimentOptions {
    /// Check every option.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] and [`ErrorCode::ConfigNotFinite`], by the name of the option.
    pub fn validate(&self) -> Result<()> {
        within("confidence", self.confidence, 0.5, 0.9999)?;
        within("planned", self.planned as f64, 10.0, 1e15)?;
        within("variant_share", self.variant_share, 0.001, 0.999)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
