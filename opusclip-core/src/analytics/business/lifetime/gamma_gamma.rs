//! How much customers pay each time: the gamma-gamma model.
//!
//! Fader and Hardie (2013), "The gamma-gamma model of monetary value", after Colombo and Jiang (1999). The value of a
//! purchase varies around a customer's own mean as a gamma distribution of shape `p`; the scales vary between customers
//! as a gamma distribution (`q`, `v`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

use super::simplex;
use super::summary::{self, CustomerSummary};
use crate::analytics::Explanation;
use crate::error::Result;

/// A fitted gamma-gamma model. Values are in the unit of the customers' summaries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GammaGamma {
    /// Shape of a customer's purchases.
    pub p: f64,
    /// Shape of how customers' scales vary.
    pub q: f64,
    /// Scale of them, in the unit of values.
    pub v: f64,
    /// The logarithm of the likelihood at these parameters; null where they were given.
    pub log_likelihood: Option<f64>,
    /// How many customers it was fitted to: those with a repeat purchase.
    pub customers: u64,
    /// How it was fitted.
    pub explanation: Explanation,
}

/// The parameters' logarithms stay within this of where the search begins.
const FARTHEST: f64 = 12.0;

impl GammaGamma {
    /// Fit the model by maximum likelihood to the customers with a repeat purchase of a value above 0.
    ///
    /// # Errors
    /// [`crate::ErrorCode::DataTooFew`] below 20 such customers, [`crate::ErrorCode::DataInvalid`] for negative or not
    /// finite numbers.
    pub fn fit(customers: &[CustomerSummary]) -> Result<Self> {
        let paying = |customer: &&CustomerSummary| customer.frequency > 0 && customer.value > 0.0;
        let rows: Vec<(f64, f64)> =
            customers.iter().filter(paying).map(|customer| (f64::from(customer.frequency), customer.value)).collect();
        summary::check(customers, rows.len(), "with a repeat purchase of some value")?;
        let mean = rows.iter().map(|row| row.1).sum::<f64>() / rows.len() as f64;
        let value = |logs: &[f64; 3]| {
            if logs.iter().any(|log| log.abs() > FARTHEST) {
                return f64::INFINITY;
            }
            let [p, q, v] = logs.map(f64::exp);
            -log_likelihood(&rows, p, q, v * mean)
        };
        // Values are measured by their mean, so that cents and dollars are fitted alike.
        let (place, value) = simplex::minimum([1.0, 1.0, 0.0], value);
        let [p, q, v] = place.map(f64::exp);
        let mut model = Self::of(p, q, v * mean)?;
        (model.log_likelihood, model.customers) = (Some(-value), rows.len() as u64);
        Ok(model)
    }

    /// The model with known parameters, all above 0.
    ///
    /// # Errors
    /// [`crate::ErrorCode::ConfigOutOfRange`] or [`crate::ErrorCode::ConfigNotFinite`] for others.
    pub fn of(p: f64, q: f64, v: f64) -> Result<Self> {
        for (field, value) in [("p", p), ("q", q), ("v", v)] {
            crate::config::within(field, value, f64::MIN_POSITIVE, f64::MAX)?;
        }
        let mean = if q > 1.0 { format!("{:.2}", p * v / (q - 1.0)) } else { "unbounded".to_owned() };
        let explanation = Explanation {
            sentence: format!("The mean value of a purchase over all customers is {mean}."),
            method: "gamma-gamma (Fader, Hardie 2013), maximum likelihood by Nelder-Mead on the logarithms".to_owned(),
            assumptions: vec![
                "a customer's values vary around a mean that does not change".to_owned(),
                "how much a customer pays does not depend on how often".to_owned(),
            ],
        };
        Ok(Self { p, q, v, log_likelihood: None, customers: 0, explanation })
    }

    /// What a customer's next purchase is expected to be worth: between their own mean and that of all, the nearer to
    /// their own the more they have bought. Infinite for a customer without a repeat where `q` is at most 1.
    pub fn expected_value(&self, customer: &CustomerSummary) -> f64 {
        let x = if customer.value > 0.0 { f64::from(customer.frequency) } else { 0.0 };
        let below = self.p * x + self.q - 1.0;
        if below > 0.0 { self.p * (self.v + x * customer.value) / below } else { f64::INFINITY }
    }
}

/// Equation 1a of the note, summed over customers with `x` purchases of mean `m`.
fn log_likelihood(rows: &[(f64, f64)], p: f64, q: f64, v: f64) -> f64 {
    let shared = q * v.ln() - ln_gamma(q);
    let each = rows.iter().map(|(x, m)| {
        ln_gamma(p * x + q) - ln_gamma(p * x) + shared + (p * x - 1.0) * m.ln() + p * x * x.ln()
            - (p * x + q) * (v + x * m).ln()
    });
    each.sum()
}
