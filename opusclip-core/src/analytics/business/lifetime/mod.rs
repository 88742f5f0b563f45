//! What a customer is worth: paid so far by cohort, and expected from how often and how recently they bought.
//!
//! | item | what it answers |
//! |---|---|
//! | [`cohort_values`] | how much have the customers of each month brought after 0, 1, 2 ... months? |
//! | [`summaries`], [`customers`] | frequency, recency, age and mean value of each customer |
//! | [`BgNbd`] | is this customer still one, and how often will they buy? (no contract, purchases at any time) |
//! | [`GammaGamma`] | how much will they pay each time? |
//! | [`lifetime_value`] | both together, discounted |
//!
//! Frequency counts repeat purchases: days with a payment, after the first. Recency is the time from the first to the
//! last purchase, age from the first to the end of what was observed, both in the unit that the caller chose.

mod bgnbd;
mod cohorts;
mod gamma_gamma;
mod simplex;
mod summary;

pub use self::bgnbd::BgNbd;
pub use self::cohorts::{CohortValue, CohortValueOptions, CohortValues, cohort_values};
pub use self::gamma_gamma::GammaGamma;
pub use self::summary::{Customer, CustomerSummary, SummaryOptions, customers, summaries};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::within;
use crate::error::Result;

/// How far a lifetime value looks, and at what rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LifetimeOptions {
    /// How many steps ahead, 1 to 1000; 12.
    pub steps: usize,
    /// The length of a step in the unit of the summaries' times, above 0; 1.
    #[serde(deserialize_with = "crate::config::number")]
    pub step: f64,
    /// By which share money is worth less a step later, 0 to 1; 0.01.
    #[serde(deserialize_with = "crate::config::number")]
    pub discount: f64,
}

impl Default for LifetimeOptions {
    fn default() -> Self {
        Self { steps: 12, step: 1.0, discount: 0.01 }
    }
}

impl LifetimeOptions {
    /// Check every option.
    ///
    /// # Errors
    /// [`crate::ErrorCode::ConfigOutOfRange`] and [`crate::ErrorCode::ConfigNotFinite`], by the name of the option.
    pub fn validate(&self) -> Result<()> {
        within("steps", self.steps as f64, 1.0, 1000.0)?;
        within("step", self.step, 1e-9, 1e9)?;
        within("discount", self.discount, 0.0, 1.0)?;
        Ok(())
    }
}

/// What a customer is expected to pay in the coming steps, in the unit of the summaries' values, worth today.
///
/// The purchases expected in each step are paid at its end and discounted by `(1 + discount)^-step`.
///
/// # Errors
/// Those of [`LifetimeOptions::validate`].
pub fn lifetime_value(
    purchases: &BgNbd,
    values: &GammaGamma,
    customer: &CustomerSummary,
    options: &LifetimeOptions,
) -> Result<f64> {
    options.validate()?;
    let each = values.expected_value(customer);
    let mut before = 0.0;
    let mut sum = 0.0;
    for step in 1..=options.steps {
        let expected = purchases.expected_purchases(customer, options.step * step as f64);
        sum += (expected - before) * each / (1.0 + options.discount).powf(step as f64);
        before = expected;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests;
