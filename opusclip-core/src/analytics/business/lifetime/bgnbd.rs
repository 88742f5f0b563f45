//! How often customers without a contract buy, and whether they still do: the BG/NBD model.
//!
//! Fader, Hardie and Lee (2005), "Counting your customers the easy way: an alternative to the Pareto/NBD model",
//! Marketing Science 24(2). While alive a customer buys as a Poisson process, whose rates vary between customers as a
//! gamma distribution (`r`, `alpha`); after each purchase they leave with a probability that varies as a beta
//! distribution (`a`, `b`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

use super::simplex;
use super::summary::{self, CustomerSummary};
use crate::analytics::Explanation;
use crate::error::Result;

/// A fitted BG/NBD model. Times are in the unit of the customers' summaries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BgNbd {
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Its rate, in time units.
    pub alpha: f64,
    /// First parameter of the beta distribution of leaving.
    pub a: f64,
    /// Second parameter.
    pub b: f64,
    /// The logarithm of the likelihood at these parameters; null where they were given.
    pub log_likelihood: Option<f64>,
    /// How many customers it was fitted to.
    pub customers: u64,
    /// How it was fitted.
    pub explanation: Explanation,
}

/// The parameters' logarithms stay within this of 0: data without any spread would drive them to infinity.
const FARTHEST: f64 = 12.0;

impl BgNbd {
    /// Fit the model by maximum likelihood.
    ///
    /// ```
    /// use opusclip_core::analytics::business::{BgNbd, CustomerSummary};
    /// // The parameters published for the customers of CDNOW, in weeks.
    /// let model = BgNbd::of(0.243, 4.414, 0.793, 2.426)?;
    /// let customer = CustomerSummary { frequency: 2, recency: 30.43, age: 38.86, value: 0.0 };
    /// assert!((model.expected_purchases(&customer, 39.0) - 1.226).abs() < 1e-3);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`crate::ErrorCode::DataTooFew`] below 20 customers who bought again, [`crate::ErrorCode::DataInvalid`] for a
    /// recency above the age, negative or not finite numbers.
    pub fn fit(customers: &[CustomerSummary]) -> Result<Self> {
        let repeats = customers.iter().filter(|customer| customer.frequency > 0).count();
        summary::check(customers, repeats, "with a repeat purchase")?;
        let groups = Groups::new(customers);
        // The mean age is the scale of `alpha`; the rest begins at 1.
        let scale = customers.iter().map(|customer| customer.age).sum::<f64>() / customers.len() as f64;
        let (place, value) = simplex::minimum([0.0, scale.max(1e-6).ln(), 0.0, 0.0], |logs| {
            if logs[0].abs().max(logs[2].abs()).max(logs[3].abs()) > FARTHEST {
                return f64::INFINITY;
            }
            -groups.log_likelihood(logs.map(f64::exp))
        });
        let [r, alpha, a, b] = place.map(f64::exp);
        let mut model = Self::of(r, alpha, a, b)?;
        (model.log_likelihood, model.customers) = (Some(-value), customers.len() as u64);
        model.explanation.sentence = format!(
            "While they stay, customers buy {:.3} times per unit of time in the mean, and leave after a purchase with \
             a chance of {:.0} %.",
            r / alpha,
            100.0 * a / (a + b)
        );
        Ok(model)
    }

    /// The model with known parameters, all above 0.
    ///
    /// # Errors
    /// [`crate::ErrorCode::ConfigOutOfRange`] or [`crate::ErrorCode::ConfigNotFinite`] for others.
    pub fn of(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self> {
        for (field, value) in [("r", r), ("alpha", alpha), ("a", a), ("b", b)] {
            crate::config::within(field, value, f64::MIN_POSITIVE, f64::MAX)?;
        }
        let explanation = Explanation {
            sentence: format!("BG/NBD with r {r:.4}, alpha {alpha:.4}, a {a:.4}, b {b:.4}."),
            method: "BG/NBD (Fader, Hardie, Lee 2005), maximum likelihood by Nelder-Mead on the logarithms".to_owned(),
            assumptions: vec![
                "customers buy at a rate of their own that does not change while they stay".to_owned(),
                "they can only leave right after a purchase".to_owned(),
                "rates and chances of leaving are independent of each other".to_owned(),
            ],
        };
        Ok(Self { r, alpha, a, b, log_likelihood: None, customers: 0, explanation })
    }

    /// The chance that a customer has not left, 0 to 1. Without a repeat purchase it is 1: there was no occasion to
    /// leave.
    pub fn probability_alive(&self, customer: &CustomerSummary) -> f64 {
        1.0 / (1.0 + self.odds_left(customer))
    }

    /// How many purchases a customer is expected to make within `time` from now.
    pub fn expected_purchases(&self, customer: &CustomerSummary, time: f64) -> f64 {
        let x = f64::from(customer.frequency);
        self.expected(x, self.alpha + customer.age, time) / (1.0 + self.odds_left(customer))
    }

    /// How many purchases a new customer is expected to make within `time` after the first.
    pub fn expected_of_new(&self, time: f64) -> f64 {
        self.expected(0.0, self.alpha, time)
    }

    fn odds_left(&self, customer: &CustomerSummary) -> f64 {
        if customer.frequency == 0 {
            return 0.0;
        }
        let x = f64::from(customer.frequency);
        let ratio = ((self.alpha + customer.age) / (self.alpha + customer.recency)).ln();
        self.a / (self.b + x - 1.0) * ((self.r + x) * ratio).exp()
    }

    /// Equation 10 of the paper without its denominator: `(a + b + x - 1) / (a - 1) * (1 - (1 - z)^(r + x) 2F1(r + x,
    /// b + x; a + b + x - 1; z))` with `z = time / (since + time)`.
    fn expected(&self, x: f64, since: f64, time: f64) -> f64 {
        if time <= 0.0 || time.is_nan() {
            return 0.0;
        }
        // At 1 the formula is a limit; so near it the error is of the same size.
        let a = if (self.a - 1.0).abs() < 1e-6 { 1.0 + 1e-6 } else { self.a };
        let z = time / (since + time);
        let (first, second, third) = (self.r + x, self.b + x, a + self.b + x - 1.0);
        let rest = (since / (since + time)).ln();
        // Of Euler's two forms the one whose series converges at 1.
        let power = third - first - second;
        let scaled = if power > 0.0 {
            (first * rest).exp() * hypergeometric(first, second, third, z)
        } else {
            ((first + power) * rest).exp() * hypergeometric(third - first, third - second, third, z)
        };
        third / (a - 1.0) * (1.0 - scaled)
    }
}

/// Gauss's series 2F1 for 0 <= z < 1.
fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    const MOST_TERMS: u32 = 1_000_000;
    let (mut term, mut sum) = (1.0, 1.0_f64);
    for n in 0..MOST_TERMS {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        // What is left is at most like a geometric series.
        if term.abs() <= 1e-16 * sum.abs() * (1.0 - z) && n > 2.0 {
            break;
        }
    }
    sum
}

/// Customers who are alike in all numbers, once with their count, ordered by frequency.
struct Groups {
    rows: Vec<(u32, f64, f64, f64)>,
}

impl Groups {
    fn new(customers: &[CustomerSummary]) -> Self {
        let mut rows: Vec<(u32, f64, f64, f64)> =
            customers.iter().map(|customer| (customer.frequency, customer.recency, customer.age, 1.0)).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        rows.dedup_by(|later, earlier| {
            let same = (later.0, later.1, later.2) == (earlier.0, earlier.1, earlier.2);
            earlier.3 += if same { later.3 } else { 0.0 };
            same
        });
        Self { rows }
    }

    /// Equation 6 of the paper, summed over all customers.
    fn log_likelihood(&self, [r, alpha, a, b]: [f64; 4]) -> f64 {
        let mut sum = 0.0;
        // Gamma functions depend on the frequency alone, and rows are ordered by it.
        for rows in self.rows.chunk_by(|first, second| first.0 == second.0) {
            let x = f64::from(rows[0].0);
            let rates = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln();
            let leaving = ln_gamma(a + b) + ln_gamma(b + x) - ln_gamma(b) - ln_gamma(a + b + x);
            let odds = a / (b + x - 1.0);
            for (frequency, recency, age, count) in rows {
                let alive = -(r + x) * (alpha + age).ln();
                let left = if *frequency > 0 {
                    odds * ((r + x) * ((alpha + age) / (alpha + recency)).ln()).exp()
                } else {
                    0.0
                };
                sum += count * (rates + leaving + alive + left.ln_1p());
            }
        }
        sum
    }
}
