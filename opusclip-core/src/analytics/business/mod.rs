//! Business figures from columns of events: what people do, whether they stay, what they pay and what changed it.
//!
//! | module | what is in it |
//! |---|---|
//! | [`events`] | columns of events: times, people, names |
//! | [`table`] | the same as JSON holds them |
//! | [`calendar`] | days, weeks and months of a time zone |
//! | [`funnel`](mod@funnel) | how many people go through a series of steps in time |
//! | [`retention`](mod@retention) | how many of those who began in one period are back in later ones |
//! | [`users`](mod@users) | active people by day, week and month; who is new, returning, resurrected, dormant |
//! | [`revenue`](mod@revenue) | money in minor units by period; subscriptions as MRR, ARR and their movements |
//! | [`lifetime`] | what a customer is worth: by cohort, and expected from BG/NBD and gamma-gamma |
//! | [`experiment`] | A/B comparisons whose intervals hold however often one looks |
//! | [`drivers`](mod@drivers) | which parts of the whole made a figure change |
//!
//! A definition stands at the head of each module, in words that can be written as SQL; the vectors of the tests are
//! DuckDB's answers to such SQL.

pub mod calendar;
pub mod drivers;
pub mod events;
pub mod experiment;
pub mod funnel;
pub mod lifetime;
pub mod retention;
pub mod revenue;
pub mod table;
pub mod users;

pub use calendar::{Calendar, Period, WeekStart};
pub use drivers::{DriverDimension, DriverOptions, DriverRows, DriverSegment, DriverTable, Drivers, drivers};
pub use events::{Events, Names, People, Times};
pub use experiment::{Arm, Experiment, ExperimentOptions, Interval, SampleRatio, Verdict, compare};
pub use funnel::{Attempt, Funnel, FunnelBreakdown, FunnelOptions, FunnelOrder, FunnelStep, StepDurations, funnel};
pub use lifetime::{
    BgNbd, CohortValue, CohortValueOptions, CohortValues, Customer, CustomerSummary, GammaGamma, LifetimeOptions,
    SummaryOptions, cohort_values, customers, lifetime_value, summaries,
};
pub use retention::{Cohort, Retention, RetentionOptions, Returning, retention};
pub use revenue::{
    Currencies, CurrencyColumn, Movements, Mrr, MrrOptions, MrrPeriod, PaymentTable, Payments, Revenue, RevenueOptions,
    RevenuePeriod, SubscriptionTable, Subscriptions, mrr, revenue,
};
pub use table::{EventTable, Key};
pub use users::{ActivityPeriod, DayActivity, UserOptions, Users, users};

use self::events::FARTHEST_SECONDS;
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

/// A share of a whole, where there is one.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Fails unless a time that was given is finite and one that events may have.
fn check_time(field: &str, time: Option<f64>) -> Result<()> {
    time.map_or(Ok(()), |time| within(field, time, -FARTHEST_SECONDS, FARTHEST_SECONDS).map(|_| ()))
}

/// Fails where a table of periods after cohorts would fill the memory.
fn check_cells(cohorts: usize, periods: usize) -> Result<()> {
    /// A century of days, each with the hundred days after it, has a third of this.
    const MOST: usize = 10_000_000;
    if cohorts.saturating_mul(periods + 1) <= MOST {
        return Ok(());
    }
    let error = Error::new(ErrorCode::ConfigOutOfRange, format!("{periods} periods for each of {cohorts} cohorts"));
    Err(error.field("periods").hint("count longer periods, or fewer"))
}

/// Data that cannot be used, by the field at fault.
fn invalid(field: &str, message: String) -> Error {
    Error::new(ErrorCode::DataInvalid, message).field(field)
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod vectors;
