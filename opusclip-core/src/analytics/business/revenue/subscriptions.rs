//! Recurring revenue: what subscriptions bring in a month, and what moves it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::calendar::{Calendar, Period, WeekStart};
use super::super::events::{Events, People, Times, micros, same_length};
use super::super::table::{Key, keys};
use super::super::{check_time, invalid, share};
use super::money::{self, Currencies, CurrencyColumn};
use crate::analytics::Explanation;
use crate::error::Result;

/// Subscriptions by columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscriptions<'a> {
    /// Starts and people.
    events: Events<'a>,
    /// Microseconds; the greatest for one that goes on.
    ends: Vec<i64>,
    amounts: Cow<'a, [i64]>,
    months: Cow<'a, [u32]>,
    currencies: Currencies<'a>,
}

/// Subscriptions by columns of equal length, as JSON holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionTable {
    /// Who pays.
    pub user: Vec<Key>,
    /// Unix seconds of the start.
    pub start: Vec<f64>,
    /// Unix seconds of the end, the first moment without it; null for one that goes on.
    pub end: Vec<Option<f64>>,
    /// Minor units that are paid for each interval.
    pub amount: Vec<i64>,
    /// The interval in months, 1 to 120: 12 for a yearly one.
    pub months: Vec<u32>,
    /// The currency of all, or that of each.
    pub currency: CurrencyColumn,
}

impl SubscriptionTable {
    /// The same, ready for an analysis.
    ///
    /// # Errors
    /// Those of [`Subscriptions::new`].
    pub fn subscriptions(&self) -> Result<Subscriptions<'_>> {
        let currencies = self.currency.currencies();
        Subscriptions::new(keys(&self.user), &self.start[..], &self.end, &self.amount[..], &self.months[..], currencies)
    }
}

/// How recurring revenue is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MrrOptions {
    /// The length of the periods; months.
    pub period: Period,
    /// The first day of weeks.
    pub week_start: WeekStart,
    /// Whose clocks count, by a name of the IANA database; UTC.
    pub time_zone: String,
    /// The currency whose subscriptions count; must be named where there are several.
    pub currency: Option<String>,
    /// The end of what was observed, in Unix seconds: that of the latest start or end if left out.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub until: Option<f64>,
}

impl Default for MrrOptions {
    fn default() -> Self {
        let week_start = WeekStart::default();
        Self { period: Period::Month, week_start, time_zone: "UTC".to_owned(), currency: None, until: None }
    }
}

/// What came and went in a period: an amount in minor units, or a number of customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Movements {
    /// At its beginning.
    pub opening: i64,
    /// Of customers who had none at the end of any period before.
    pub new: i64,
    /// Of customers who come back.
    pub reactivation: i64,
    /// By which customers' MRR rose; of customers, how many.
    pub expansion: i64,
    /// By which it fell, not to 0; of customers, how many. Not below 0.
    pub contraction: i64,
    /// Of customers who left. Not below 0.
    pub churn: i64,
    /// At its end.
    pub closing: i64,
}

/// Recurring revenue of one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MrrPeriod {
    /// Unix seconds at which it begins.
    pub start: f64,
    /// Its first date.
    pub label: String,
    /// MRR in minor units: `closing = opening + new + reactivation + expansion - contraction - churn`.
    pub mrr: Movements,
    /// Customers: `closing = opening + new + reactivation - churn`.
    pub customers: Movements,
    /// Twelve times the closing MRR.
    pub arr: i64,
    /// Customers who left, of those at the beginning; null where there were none.
    pub logo_churn: Option<f64>,
    /// MRR of customers who left, of that at the beginning.
    pub revenue_churn: Option<f64>,
    /// Net revenue retention, NRR: `(opening + expansion - contraction - churn) / opening`.
    pub net_retention: Option<f64>,
    /// Gross revenue retention, GRR: `(opening - contraction - churn) / opening`.
    pub gross_retention: Option<f64>,
    /// Whether the period is over.
    pub complete: bool,
}

/// Recurring revenue by period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mrr {
    /// The currency, as an ISO 4217 code; empty where there were no subscriptions.
    pub currency: String,
    /// Each period in order.
    pub periods: Vec<MrrPeriod>,
    /// How it was counted.
    pub explanation: Explanation,
}

impl<'a> Subscriptions<'a> {
    /// Subscriptions of these people: from `starts` up to, not including, `ends`; `amounts` in minor units for every
    /// `months` months.
    ///
    /// # Errors
    /// [`crate::ErrorCode::DataInvalid`] where columns differ in length, a time cannot be used ([`Events::new`]), an
    /// end is before its start, an amount is below 0 or beyond 2^53 - 1, an interval is not 1 to 120 months, or a
    /// currency is no code of three capital letters.
    pub fn new(
        people: People<'a>,
        starts: impl Into<Times<'a>>,
        ends: &[Option<f64>],
        amounts: impl Into<Cow<'a, [i64]>>,
        months: impl Into<Cow<'a, [u32]>>,
        currencies: impl Into<Currencies<'a>>,
    ) -> Result<Self> {
        let (amounts, months, currencies) = (amounts.into(), months.into(), currencies.into());
        let events = Events::new(starts, people)?;
        same_length("end", ends.len(), events.len())?;
        same_length("amount", amounts.len(), events.len())?;
        same_length("months", months.len(), events.len())?;
        money::check_amounts(&amounts, 0)?;
        currencies.check(amounts.len())?;
        if let Some(at) = months.iter().position(|months| !(1..=120).contains(months)) {
            return Err(invalid(&format!("months[{at}]"), format!("interval {at} is {}, not 1 to 120", months[at])));
        }
        if let Some(at) = ends.iter().position(|end| end.is_some_and(|end| !end.is_finite())) {
            return Err(invalid(&format!("end[{at}]"), format!("end {at} is not finite; leave it out for none")));
        }
        let ends: Vec<i64> = ends.iter().map(|end| end.map_or(i64::MAX, micros)).collect();
        if let Some(at) = ends.iter().zip(events.times()).position(|(end, start)| end < start) {
            return Err(invalid(&format!("end[{at}]"), format!("subscription {at} ends before it starts")));
        }
        Ok(Self { events, ends, amounts, months, currencies })
    }

    /// The amount of a month in minor units, half to even.
    fn monthly(&self, row: usize) -> i64 {
        let (amount, months) = (self.amounts[row], i64::from(self.months[row]));
        let (whole, rest) = (amount / months, amount % months);
        let up = rest * 2 > months || (rest * 2 == months && whole % 2 == 1);
        whole + i64::from(up)
    }
}

/// Recurring revenue of each period and what moved it.
///
/// The MRR of a subscription is its amount divided by the months of its interval, rounded to a minor unit, half to
/// even. That of a customer is the sum over the subscriptions that run just before the period's end
/// (`start < end of period <= end`). Who has none does not count as a customer: what begins and ends within one period
/// leaves no trace, and an end at the very end of a period is churn of the next one. Each customer's change from one
/// end to the next is one movement.
///
/// As SQL: `sum(amount / months) where start < period_end and (end is null or period_end <= end) group by user`, joined
/// to itself one period later.
///
/// ```
/// use opusclip_core::analytics::business::{MrrOptions, People, Subscriptions, mrr};
/// let month = 31.0 * 86400.0;
/// let people = People::of(["ann", "bob"]);
/// let subscriptions =
///     Subscriptions::new(people, &[0.0, 0.0][..], &[None, Some(month + 60.0)], &[12_000, 500][..], &[12, 1][..],
///     "USD")?;
/// let answer = mrr(&subscriptions, &MrrOptions::default())?;
/// assert_eq!((answer.periods[0].mrr.closing, answer.periods[0].arr, answer.periods[1].mrr.churn), (1500, 18_000,
/// 500));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`crate::ErrorCode::DataInvalid`] where subscriptions are in several currencies and none was chosen, or a sum is
/// beyond 2^53 - 1; [`crate::ErrorCode::ConfigInvalid`] for a currency that is no code; those of [`Calendar::new`].
pub fn mrr(subscriptions: &Subscriptions<'_>, options: &MrrOptions) -> Result<Mrr> {
    options.validate()?;
    let (currency, chosen) = subscriptions.currencies.choose(options.currency.as_deref())?;
    let starts = subscriptions.events.times();
    let ends = subscriptions.ends.iter().copied().filter(|end| *end != i64::MAX);
    let until = options.until.map_or_else(|| starts.iter().copied().chain(ends).max().unwrap_or(0), micros);
    let kept = |row: &usize| starts[*row] <= until && subscriptions.currencies.is(*row, chosen);
    let rows = || (0..starts.len()).filter(kept);
    let Some(first) = rows().map(|row| starts[row]).min() else {
        return Ok(Mrr { currency, periods: Vec::new(), explanation: explanation(&[], options) });
    };
    let calendar = Calendar::new(first, until, options.period, options.week_start, &options.time_zone)?;
    let mut changes = Vec::new();
    for row in rows() {
        // The first period that ends after the start, and the first that ends after the end.
        let person = subscriptions.events.people().codes()[row];
        let end = subscriptions.ends[row];
        let (from, to) = (calendar.index(starts[row]), if end > until { calendar.len() } else { calendar.over(end) });
        let monthly = subscriptions.monthly(row);
        if from < to && monthly > 0 {
            changes.push((person, from, i128::from(monthly)));
            changes.push((person, to, -i128::from(monthly)));
        }
    }
    changes.sort_unstable();
    let mut periods = vec![Sums::default(); calendar.len() + 1];
    for own in changes.chunk_by(|a, b| a.0 == b.0) {
        let mut had = 0;
        let mut known = false;
        for moment in own.chunk_by(|a, b| a.1 == b.1) {
            let has = had + moment.iter().map(|change| change.2).sum::<i128>();
            periods[moment[0].1].move_from(had, has, known);
            (had, known) = (has, true);
        }
    }
    let periods = rows_of(&periods, &calendar, until)?;
    Ok(Mrr { currency, explanation: explanation(&periods, options), periods })
}

/// Sums of movements, of MRR and of customers.
#[derive(Debug, Clone, Default)]
struct Sums {
    new: (i128, i64),
    reactivation: (i128, i64),
    expansion: (i128, i64),
    contraction: (i128, i64),
    churn: (i128, i64),
}

impl Sums {
    fn move_from(&mut self, had: i128, has: i128, known: bool) {
        let (sum, by) = match (had, has) {
            (had, has) if had == has => return,
            (0, has) if known => (&mut self.reactivation, has),
            (0, has) => (&mut self.new, has),
            (had, 0) => (&mut self.churn, had),
            (had, has) if has > had => (&mut self.expansion, has - had),
            (had, has) => (&mut self.contraction, had - has),
        };
        *sum = (sum.0 + by, sum.1 + 1);
    }
}

fn rows_of(sums: &[Sums], calendar: &Calendar, until: i64) -> Result<Vec<MrrPeriod>> {
    let over = calendar.over(until);
    let (mut opening, mut customers) = (0_i128, 0);
    let mut rows = Vec::with_capacity(calendar.len());
    for (at, sums) in sums.iter().take(calendar.len()).enumerate() {
        let closing = opening + sums.new.0 + sums.reactivation.0 + sums.expansion.0 - sums.contraction.0 - sums.churn.0;
        let mrr = Movements {
            opening: money::checked(opening)?,
            new: money::checked(sums.new.0)?,
            reactivation: money::checked(sums.reactivation.0)?,
            expansion: money::checked(sums.expansion.0)?,
            contraction: money::checked(sums.contraction.0)?,
            churn: money::checked(sums.churn.0)?,
            closing: money::checked(closing)?,
        };
        let people = Movements {
            opening: customers,
            new: sums.new.1,
            reactivation: sums.reactivation.1,
            expansion: sums.expansion.1,
            contraction: sums.contraction.1,
            churn: sums.churn.1,
            closing: customers + sums.new.1 + sums.reactivation.1 - sums.churn.1,
        };
        (opening, customers) = (closing, people.closing);
        let part = |amount: i64, whole: i64| share(amount.unsigned_abs(), whole.unsigned_abs());
        rows.push(MrrPeriod {
            start: calendar.start(at),
            label: calendar.label(at),
            arr: money::checked(closing * 12)?,
            logo_churn: part(people.churn, people.opening),
            revenue_churn: part(mrr.churn, mrr.opening),
            net_retention: part(mrr.opening + mrr.expansion - mrr.contraction - mrr.churn, mrr.opening),
            gross_retention: part(mrr.opening - mrr.contraction - mrr.churn, mrr.opening),
            complete: at < over,
            mrr,
            customers: people,
        });
    }
    Ok(rows)
}

fn explanation(periods: &[MrrPeriod], options: &MrrOptions) -> Explanation {
    let sentence = periods.last().map_or_else(
        || "There are no subscriptions.".to_owned(),
        |last| {
            let (mrr, people) = (&last.mrr, &last.customers);
            format!(
                "{} customers bring {} minor units a month; since the period before, {} came and {} left.",
                people.closing,
                mrr.closing,
                people.new + people.reactivation,
                people.churn
            )
        },
    );
    Explanation {
        sentence,
        method: format!("monthly amounts just before each period's end, by the calendar of {}", options.time_zone),
        assumptions: vec![
            "a subscription's amount does not change; a new price is a new subscription".to_owned(),
            "what begins and ends within one period leaves no trace".to_owned(),
        ],
    }
}

impl MrrOptions {
    /// Check what can be checked without the subscriptions.
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
