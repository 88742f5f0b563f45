//! What the customers of each period have paid so far.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::calendar::{Calendar, Period, WeekStart};
use super::super::revenue::{Payments, checked, validate_currency};
use super::super::{check_cells, check_time};
use crate::analytics::Explanation;
use crate::config::within;
use crate::error::Result;

/// How the value of cohorts is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CohortValueOptions {
    /// The length of the cohorts and of the periods after them; months.
    pub period: Period,
    /// The first day of weeks.
    pub week_start: WeekStart,
    /// Whose clocks count, by a name of the IANA database; UTC.
    pub time_zone: String,
    /// How many periods after the first are counted, 0 to 1000; 12.
    pub periods: usize,
    /// The currency whose payments count; must be named where there are several.
    pub currency: Option<String>,
    /// The end of what was observed, in Unix seconds: that of the latest payment if left out.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub until: Option<f64>,
}

impl Default for CohortValueOptions {
    fn default() -> Self {
        Self {
            period: Period::Month,
            week_start: WeekStart::default(),
            time_zone: "UTC".to_owned(),
            periods: 12,
            currency: None,
            until: None,
        }
    }
}

/// Customers whose first payment was in one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CohortValue {
    /// Unix seconds at which the period begins.
    pub start: f64,
    /// Its first date.
    pub label: String,
    /// How many customers.
    pub size: u64,
    /// Minor units they had paid, refunds taken off, up to the end of this period (0) to `periods` later; null where
    /// that one is not over.
    pub cumulative: Vec<Option<i64>>,
    /// The same for each customer, in minor units.
    pub per_customer: Vec<Option<f64>>,
}

/// What customers have paid so far, by cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CohortValues {
    /// The currency, as an ISO 4217 code; empty where there were no payments.
    pub currency: String,
    /// Every period from the first cohort to the last.
    pub cohorts: Vec<CohortValue>,
    /// For each period what a customer had paid by its end, over all cohorts for which it is over.
    pub overall: Vec<Option<f64>>,
    /// How it was counted.
    pub explanation: Explanation,
}

/// Sum up what the customers of each period have paid. A customer belongs to the period of their first payment; refunds
/// before it are left out.
///
/// # Errors
/// [`crate::ErrorCode::ConfigOutOfRange`] for more than 1000 periods; those of [`super::super::revenue()`].
pub fn cohort_values(payments: &Payments<'_>, options: &CohortValueOptions) -> Result<CohortValues> {
    options.validate()?;
    let (currency, chosen) = payments.currencies().choose(options.currency.as_deref())?;
    let events = payments.events();
    let until = events.until(options.until);
    let rows = || {
        let columns = events.times().iter().zip(events.people().codes()).zip(payments.amounts()).enumerate();
        columns.filter(|(row, ((time, _), _))| **time <= until && payments.currencies().is(*row, chosen))
    };
    let mut firsts = vec![i64::MAX; events.people().count()];
    for (_, ((time, person), amount)) in rows() {
        if *amount > 0 {
            let first = &mut firsts[*person as usize];
            *first = (*first).min(*time);
        }
    }
    let customers = || firsts.iter().copied().filter(|first| *first != i64::MAX);
    let (Some(earliest), Some(latest)) = (customers().min(), customers().max()) else {
        return Ok(finish(currency, Vec::new(), options));
    };
    let calendar = Calendar::new(earliest, until, options.period, options.week_start, &options.time_zone)?;
    let count = calendar.index(latest) + 1;
    check_cells(count, options.periods)?;
    let mut sizes = vec![0_u64; count];
    customers().for_each(|first| sizes[calendar.index(first)] += 1);
    let mut sums = vec![vec![0_i128; options.periods + 1]; count];
    for (_, ((time, person), amount)) in rows() {
        let first = firsts[*person as usize];
        if *time < first {
            continue;
        }
        let cohort = calendar.index(first);
        if let Some(sum) = sums[cohort].get_mut(calendar.index(*time) - cohort) {
            *sum += i128::from(*amount);
        }
    }
    let over = calendar.over(until);
    let mut cohorts = Vec::with_capacity(count);
    for (index, (sums, size)) in sums.iter().zip(&sizes).enumerate() {
        let mut sum = 0;
        let mut cumulative = Vec::with_capacity(sums.len());
        for (after, own) in sums.iter().enumerate() {
            sum += own;
            cumulative.push(if index + after < over { Some(checked(sum)?) } else { None });
        }
        let each = |sum: &Option<i64>| sum.filter(|_| *size > 0).map(|sum| sum as f64 / *size as f64);
        let per_customer = cumulative.iter().map(each).collect();
        let (start, label) = (calendar.start(index), calendar.label(index));
        cohorts.push(CohortValue { start, label, size: *size, cumulative, per_customer });
    }
    Ok(finish(currency, cohorts, options))
}

fn finish(currency: String, cohorts: Vec<CohortValue>, options: &CohortValueOptions) -> CohortValues {
    let overall: Vec<Option<f64>> = (0..=options.periods)
        .map(|after| {
            let over = cohorts.iter().filter_map(|cohort| Some((cohort.cumulative.get(after).copied()??, cohort.size)));
            let (sum, size) = over.fold((0.0, 0), |(sums, sizes), (sum, size)| (sums + sum as f64, sizes + size));
            (size > 0).then(|| sum / size as f64)
        })
        .collect();
    let latest = overall.iter().enumerate().rev().find_map(|(after, value)| Some((after, (*value)?)));
    let sentence = match latest {
        None => "No period is over yet in which anybody paid.".to_owned(),
        Some((after, value)) => {
            format!(
                "A customer has paid {value:.0} minor units of {currency} by the end of period {after} in the mean."
            )
        }
    };
    let explanation = Explanation {
        sentence,
        method: format!("sums by cohort of the first payment, by the calendar of {}", options.time_zone),
        assumptions: vec!["a customer's first payment in the data is the first of all".to_owned()],
    };
    CohortValues { currency, cohorts, overall, explanation }
}

impl CohortValueOptions {
    /// Check what can be checked without the payments.
    ///
    /// # Errors
    /// [`crate::ErrorCode::ConfigOutOfRange`], [`crate::ErrorCode::ConfigInvalid`] and
    /// [`crate::ErrorCode::ConfigNotFinite`], by the name of the option.
    pub fn validate(&self) -> Result<()> {
        within("periods", self.periods as f64, 0.0, 1000.0)?;
        validate_currency(self.currency.as_deref())?;
        check_time("until", self.until)?;
        Ok(())
    }
}
