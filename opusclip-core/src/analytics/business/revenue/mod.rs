//! Money by period, and subscriptions as recurring revenue.
//!
//! Amounts are whole numbers of a currency's minor unit (cents, yen, fils), never fractions; sums are checked, and none
//! is larger than 2^53 - 1, so that every language reads it exactly. Currencies are ISO 4217 codes. Amounts of
//! different currencies are never added: one must be chosen by name.
//!
//! # Definition
//!
//! An amount above 0 is a payment, one below 0 a refund. Both belong to the period of the calendar (in `time_zone`) in
//! which they were made: a refund does not change the past.
//!
//! - `gross` is the sum of payments, `refunds` that of refunds as a positive number, `net = gross - refunds`.
//! - `payers` are the different people who made a payment in the period.
//!
//! As SQL:
//! `sum(amount) filter (amount > 0), -sum(amount) filter (amount < 0), count(distinct user) filter (amount > 0)` by
//! `date_trunc('month', time)`.
//!
//! For subscriptions see [`mrr`].

mod money;
mod subscriptions;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::money::{Currencies, CurrencyColumn, PaymentTable, Payments};
pub(super) use self::money::{checked, validate_currency};
pub use self::subscriptions::{Movements, Mrr, MrrOptions, MrrPeriod, SubscriptionTable, Subscriptions, mrr};
use super::calendar::{Calendar, Period, WeekStart};
use super::check_time;
use crate::analytics::Explanation;
use crate::error::Result;

/// How revenue is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RevenueOptions {
    /// The length of the periods; months.
    pub period: Period,
    /// The first day of weeks.
    pub week_start: WeekStart,
    /// Whose clocks count, by a name of the IANA database; UTC.
    pub time_zone: String,
    /// The currency whose payments count, as an ISO 4217 code; must be named where there are several.
    pub currency: Option<String>,
    /// The end of what was observed, in Unix seconds: that of the latest payment if left out.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub until: Option<f64>,
}

impl Default for RevenueOptions {
    fn default() -> Self {
        let week_start = WeekStart::default();
        Self { period: Period::Month, week_start, time_zone: "UTC".to_owned(), currency: None, until: None }
    }
}

/// Money of one period, in minor units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevenuePeriod {
    /// Unix seconds at which it begins.
    pub start: f64,
    /// Its first date.
    pub label: String,
    /// What was paid.
    pub gross: i64,
    /// What was given back, not below 0.
    pub refunds: i64,
    /// `gross - refunds`.
    pub net: i64,
    /// How many payments.
    pub payment_count: u64,
    /// How many refunds.
    pub refund_count: u64,
    /// Different people who paid.
    pub payers: u64,
    /// Whether the period is over.
    pub complete: bool,
}

/// Money by period, in minor units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revenue {
    /// The currency, as an ISO 4217 code; empty where there were no payments.
    pub currency: String,
    /// What was paid in all.
    pub gross: i64,
    /// What was given back in all, not below 0.
    pub refunds: i64,
    /// `gross - refunds`.
    pub net: i64,
    /// Different people who paid.
    pub payers: u64,
    /// Each period in order, from the first payment to the end of what was observed.
    pub periods: Vec<RevenuePeriod>,
    /// How it was counted.
    pub explanation: Explanation,
}

/// Sum up payments and refunds; see [the definition](self).
///
/// ```
/// use opusclip_core::analytics::business::{Payments, People, RevenueOptions, revenue};
/// let people = People::of(["ann", "bob", "ann"]);
/// let payments = Payments::new(&[0.0, 60.0, 3e6][..], people, &[1999, 500, -1999][..], "EUR")?;
/// let answer = revenue(&payments, &RevenueOptions::default())?;
/// assert_eq!((answer.net, answer.periods[0].gross, answer.periods[1].refunds), (500, 2499, 1999));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`crate::ErrorCode::DataInvalid`] where payments are in several currencies and none was chosen, or a sum is beyond
/// 2^53 - 1; [`crate::ErrorCode::ConfigInvalid`] for a currency that is no code; those of [`Calendar::new`].
pub fn revenue(payments: &Payments<'_>, options: &RevenueOptions) -> Result<Revenue> {
    options.validate()?;
    let (currency, chosen) = payments.currencies().choose(options.currency.as_deref())?;
    let events = payments.events();
    let until = events.until(options.until);
    let rows = || {
        let columns = events.times().iter().zip(events.people().codes()).zip(payments.amounts()).enumerate();
        columns
            .filter(|(row, ((time, _), _))| **time <= until && payments.currencies().is(*row, chosen))
            .map(|(_, row)| row)
    };
    let Some(first) = rows().map(|((time, _), _)| *time).min() else {
        return Ok(finish(currency, Vec::new(), &Sums::default(), 0, options));
    };
    let calendar = Calendar::new(first, until, options.period, options.week_start, &options.time_zone)?;
    let mut sums = vec![Sums::default(); calendar.len()];
    let mut total = Sums::default();
    let mut payers = Vec::new();
    for ((time, person), amount) in rows() {
        let period = calendar.index(*time);
        sums[period].add(*amount);
        total.add(*amount);
        if *amount > 0 {
            payers.push((period as u32, *person));
        }
    }
    payers.sort_unstable();
    payers.dedup();
    let over = calendar.over(until);
    let mut periods = Vec::with_capacity(sums.len());
    for (at, sums) in sums.iter().enumerate() {
        let end = payers.partition_point(|(period, _)| *period as usize <= at);
        let begin = payers.partition_point(|(period, _)| (*period as usize) < at);
        periods.push(RevenuePeriod {
            start: calendar.start(at),
            label: calendar.label(at),
            gross: money::checked(sums.gross)?,
            refunds: money::checked(sums.refunds)?,
            net: money::checked(sums.gross - sums.refunds)?,
            payment_count: sums.payments,
            refund_count: sums.given_back,
            payers: (end - begin) as u64,
            complete: at < over,
        });
    }
    let mut people: Vec<u32> = payers.iter().map(|(_, person)| *person).collect();
    people.sort_unstable();
    people.dedup();
    money::checked(total.gross)?;
    money::checked(total.refunds)?;
    Ok(finish(currency, periods, &total, people.len() as u64, options))
}

#[derive(Debug, Clone, Default)]
struct Sums {
    gross: i128,
    refunds: i128,
    payments: u64,
    given_back: u64,
}

impl Sums {
    fn add(&mut self, amount: i64) {
        match amount {
            1.. => (self.gross, self.payments) = (self.gross + i128::from(amount), self.payments + 1),
            ..0 => (self.refunds, self.given_back) = (self.refunds - i128::from(amount), self.given_back + 1),
            0 => {}
        }
    }
}

fn finish(
    currency: String,
    periods: Vec<RevenuePeriod>,
    total: &Sums,
    payers: u64,
    options: &RevenueOptions,
) -> Revenue {
    // Both were checked to fit.
    let (gross, refunds) = (total.gross as i64, total.refunds as i64);
    let net = gross - refunds;
    let sentence = match payers {
        0 => "Nobody paid.".to_owned(),
        _ => format!("{payers} people paid {gross} minor units of {currency}; after refunds {net} are left."),
    };
    let explanation = Explanation {
        sentence,
        method: format!("sums by the calendar of {}; refunds in the period they were made", options.time_zone),
        assumptions: vec!["amounts are in the currency's minor unit".to_owned()],
    };
    Revenue { currency, gross, refunds, net, payers, periods, explanation }
}

impl RevenueOptions {
    /// Check what can be checked without the payments.
    ///
    /// # Errors
    /// [`crate::ErrorCode::ConfigInvalid`] for a currency that is no code of three capital letters,
    /// [`crate::ErrorCode::ConfigNotFinite`] for a time that is NaN or infinite.
    pub fn validate(&self) -> Result<()> {
        money::validate_currency(self.currency.as_deref())?;
        check_time("until", self.until)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
