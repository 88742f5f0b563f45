//! Each customer's purchases in four numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::calendar::{Calendar, Period, WeekStart};
use super::super::check_time;
use super::super::revenue::Payments;
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

/// What the models know of a customer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerSummary {
    /// Repeat purchases: days with a payment, after the first.
    pub frequency: u32,
    /// Time from the first to the last of them, in the unit chosen; 0 without a repeat.
    #[serde(deserialize_with = "crate::config::number")]
    pub recency: f64,
    /// Time from the first purchase to the end of what was observed.
    #[serde(deserialize_with = "crate::config::number")]
    pub age: f64,
    /// What a repeat purchase was worth in the mean, in minor units; 0 without a repeat.
    #[serde(deserialize_with = "crate::config::number")]
    pub value: f64,
}

/// A customer and where they stand in the table of payments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The first row of the table that is theirs.
    pub row: usize,
    /// What the models know of them.
    pub summary: CustomerSummary,
}

/// How customers are summed up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SummaryOptions {
    /// The unit of recency and age in days, above 0; 7.
    #[serde(deserialize_with = "crate::config::number")]
    pub unit: f64,
    /// Whose clocks count days, by a name of the IANA database; UTC.
    pub time_zone: String,
    /// The currency whose payments count; must be named where there are several.
    pub currency: Option<String>,
    /// The end of what was observed, in Unix seconds: that of the latest payment if left out.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub until: Option<f64>,
}

impl Default for SummaryOptions {
    fn default() -> Self {
        Self { unit: 7.0, time_zone: "UTC".to_owned(), currency: None, until: None }
    }
}

/// Sum up each customer who paid, in order of their codes ([`Payments::events`]), with the code. Payments of one day
/// are one purchase, one of 0 as well; refunds are left out.
///
/// # Errors
/// [`ErrorCode::ConfigOutOfRange`] for a unit that is not above 0, [`ErrorCode::ConfigNotFinite`] for NaN and
/// infinities; those of [`super::super::revenue()`].
pub fn summaries(payments: &Payments<'_>, options: &SummaryOptions) -> Result<Vec<(u32, CustomerSummary)>> {
    within("unit", options.unit, 1e-9, 1e6)?;
    check_time("until", options.until)?;
    let (_, chosen) = payments.currencies().choose(options.currency.as_deref())?;
    let events = payments.events();
    let until = events.until(options.until);
    let columns = events.times().iter().zip(events.people().codes()).zip(payments.amounts()).enumerate();
    let mut rows = Vec::new();
    for (row, ((time, person), amount)) in columns {
        if *amount >= 0 && *time <= until && payments.currencies().is(row, chosen) {
            rows.push((*person, *time, *amount));
        }
    }
    rows.sort_unstable();
    let Some(first) = rows.iter().map(|row| row.1).min() else { return Ok(Vec::new()) };
    let days = Calendar::new(first, until, Period::Day, WeekStart::Monday, &options.time_zone)?;
    let last_day = days.index(until);
    let customers = rows.chunk_by(|a, b| a.0 == b.0).map(|own| {
        let begin = days.index(own[0].1);
        let (mut frequency, mut latest, mut sum) = (0_u32, begin, 0.0);
        for (_, time, amount) in own {
            let day = days.index(*time);
            frequency += u32::from(day != latest);
            latest = day;
            sum += if day == begin { 0.0 } else { *amount as f64 };
        }
        let value = if frequency == 0 { 0.0 } else { sum / f64::from(frequency) };
        let (recency, age) = ((latest - begin) as f64 / options.unit, (last_day - begin) as f64 / options.unit);
        (own[0].0, CustomerSummary { frequency, recency, age, value })
    });
    Ok(customers.collect())
}

/// The same as [`summaries`], in order of the customers' first rows, for tables whose people have no codes.
///
/// ```
/// use opusclip_core::analytics::business::{Payments, People, SummaryOptions, customers};
/// let people = People::of(["bob", "ann", "ann"]);
/// let payments = Payments::new(&[1e6, 0.0, 1e6][..], people, &[500, 900, 700][..], "EUR")?;
/// let found = customers(&payments, &SummaryOptions::default())?;
/// assert_eq!((found[1].row, found[1].summary.frequency, found[1].summary.value), (1, 1, 700.0));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// Those of [`summaries`].
pub fn customers(payments: &Payments<'_>, options: &SummaryOptions) -> Result<Vec<Customer>> {
    let people = payments.events().people();
    let mut rows = vec![0; people.count()];
    people.codes().iter().enumerate().rev().for_each(|(row, person)| rows[*person as usize] = row);
    let found = summaries(payments, options)?.into_iter();
    let mut found: Vec<Customer> =
        found.map(|(person, summary)| Customer { row: rows[person as usize], summary }).collect();
    found.sort_unstable_by_key(|customer| customer.row);
    Ok(found)
}

impl CustomerSummary {
    /// Fails unless the numbers can be a customer's.
    pub(super) fn check(&self, index: usize) -> Result<()> {
        let fail = |field: &str, message: String| {
            Err(Error::new(ErrorCode::DataInvalid, message).field(format!("customers[{index}].{field}")))
        };
        let finite = [self.recency, self.age, self.value].iter().all(|number| number.is_finite());
        match self {
            _ if !finite => fail("recency", format!("a number of customer {index} is NaN or infinite")),
            Self { recency, age, .. } if *recency < 0.0 || recency > age => {
                fail("recency", format!("customer {index} has recency {recency} and age {age}"))
            }
            Self { frequency: 0, recency, .. } if *recency > 0.0 => {
                fail("recency", format!("customer {index} has recency {recency} and no repeat purchase"))
            }
            Self { value, .. } if *value < 0.0 => fail("value", format!("customer {index} has value {value}")),
            _ => Ok(()),
        }
    }
}

/// Fails unless all can be used, and enough of them have bought again.
pub(super) fn check(customers: &[CustomerSummary], repeats: usize, what: &str) -> Result<()> {
    /// Fewer say next to nothing about three or four parameters.
    const LEAST: usize = 20;
    customers.iter().enumerate().try_for_each(|(index, customer)| customer.check(index))?;
    if repeats >= LEAST {
        return Ok(());
    }
    let message = format!("{repeats} customers {what} are too few for a model of them");
    Err(Error::new(ErrorCode::DataTooFew, message).field("customers").hint(format!("give at least {LEAST}")))
}
