//! Business figures of columns that lie in JavaScript.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use napi::Env;
use napi::bindgen_prelude::{Float64Array, JsObjectValue as _, Object, Unknown};
use napi_derive::napi;
use opusclip_core::Result;
use opusclip_core::analytics::business::{
    self, Arm, BgNbd, CustomerSummary, DriverTable, EventTable, GammaGamma, PaymentTable, SubscriptionTable,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::analyses::read;
use crate::convert::{self, Names};
use crate::{errors, job};

/// Read a table and options, answer, hand the result over.
fn answered<T: DeserializeOwned, O: DeserializeOwned, R: Serialize>(
    env: &Env,
    table: (Unknown<'_>, &str),
    options: Unknown<'_>,
    answer: impl FnOnce(&T, &O) -> Result<R>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || answer(&convert::read(table.0, table.1)?, &read(options)?))
}

/// Say how many people went through steps in order, and where the others stopped.
#[napi(ts_args_type = "events: EventTable, options: FunnelOptions", ts_return_type = "Funnel")]
pub fn funnel(env: &Env, events: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    answered(env, (events, "events"), options, |table: &EventTable, options| {
        business::funnel(&table.events()?, options)
    })
}

/// Say how many people came back in the days, weeks or months after they first came.
#[napi(ts_args_type = "events: EventTable, options?: RetentionOptions", ts_return_type = "Retention")]
pub fn retention(env: &Env, events: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    answered(env, (events, "events"), options, |table: &EventTable, options| {
        business::retention(&table.events()?, options)
    })
}

/// Say how many people are active by day, week and month, and who is new, returning, resurrected or dormant.
#[napi(ts_args_type = "events: EventTable, options?: UserOptions", ts_return_type = "Users")]
pub fn users(env: &Env, events: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    answered(env, (events, "events"), options, |table: &EventTable, options| business::users(&table.events()?, options))
}

/// Sum up payments and refunds by period, in minor units.
#[napi(ts_args_type = "payments: PaymentTable, options?: RevenueOptions", ts_return_type = "Revenue")]
pub fn revenue(env: &Env, payments: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    answered(env, (payments, "payments"), options, |table: &PaymentTable, options| {
        business::revenue(&table.payments()?, options)
    })
}

/// Recurring revenue of subscriptions by period, and what moved it.
#[napi(ts_args_type = "subscriptions: SubscriptionTable, options?: MrrOptions", ts_return_type = "Mrr")]
pub fn mrr(env: &Env, subscriptions: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    answered(env, (subscriptions, "subscriptions"), options, |table: &SubscriptionTable, options| {
        business::mrr(&table.subscriptions()?, options)
    })
}

/// Say what the customers of each period have paid so far.
#[napi(ts_args_type = "payments: PaymentTable, options?: CohortValueOptions", ts_return_type = "CohortValues")]
pub fn cohort_values(env: &Env, payments: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    answered(env, (payments, "payments"), options, |table: &PaymentTable, options| {
        business::cohort_values(&table.payments()?, options)
    })
}

/// Sum up each customer who paid, in order of their first rows.
#[napi(ts_args_type = "payments: PaymentTable, options?: SummaryOptions", ts_return_type = "Customer[]")]
pub fn customers(env: &Env, payments: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    answered(env, (payments, "payments"), options, |table: &PaymentTable, options| {
        business::customers(&table.payments()?, options)
    })
}

fn summaries(customers: Unknown<'_>) -> Result<Vec<CustomerSummary>> {
    convert::read(customers, "customers")
}

/// Fit the BG/NBD model: how often customers without a contract buy, and whether they still do.
#[napi(ts_args_type = "customers: CustomerSummary[]", ts_return_type = "BgNbd")]
pub fn fit_bg_nbd(env: &Env, customers: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || BgNbd::fit(&summaries(customers)?))
}

/// Fit the gamma-gamma model: how much customers pay each time.
#[napi(ts_args_type = "customers: CustomerSummary[]", ts_return_type = "GammaGamma")]
pub fn fit_gamma_gamma(env: &Env, customers: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || GammaGamma::fit(&summaries(customers)?))
}

/// Numbers, one for each customer; they may be infinite, which JSON cannot say.
fn each(env: &Env, work: impl FnOnce() -> Result<Vec<f64>>) -> napi::Result<Float64Array> {
    let thrown = |error| errors::pending(env).unwrap_or_else(|| errors::thrown(env, error, None));
    work().map(Float64Array::new).map_err(thrown)
}

/// The chance that each customer has not left, 0 to 1.
#[napi(ts_args_type = "model: BgNbd, customers: CustomerSummary[]")]
pub fn probability_alive(env: &Env, model: Unknown<'_>, customers: Unknown<'_>) -> napi::Result<Float64Array> {
    each(env, || {
        let model: BgNbd = convert::read(model, "model")?;
        Ok(summaries(customers)?.iter().map(|customer| model.probability_alive(customer)).collect())
    })
}

/// How many purchases each customer is expected to make within a time, in the unit of the summaries.
#[napi(ts_args_type = "model: BgNbd, customers: CustomerSummary[], time: number")]
pub fn expected_purchases(
    env: &Env,
    model: Unknown<'_>,
    customers: Unknown<'_>,
    time: f64,
) -> napi::Result<Float64Array> {
    each(env, || {
        let model: BgNbd = convert::read(model, "model")?;
        Ok(summaries(customers)?.iter().map(|customer| model.expected_purchases(customer, time)).collect())
    })
}

/// What each customer's next purchase is expected to be worth, in minor units; infinite where the model cannot say.
#[napi(ts_args_type = "model: GammaGamma, customers: CustomerSummary[]")]
pub fn expected_value(env: &Env, model: Unknown<'_>, customers: Unknown<'_>) -> napi::Result<Float64Array> {
    each(env, || {
        let model: GammaGamma = convert::read(model, "model")?;
        Ok(summaries(customers)?.iter().map(|customer| model.expected_value(customer)).collect())
    })
}

/// What each customer is expected to pay in the coming steps, in minor units, worth today.
#[napi(ts_args_type = "purchases: BgNbd, values: GammaGamma, customers: CustomerSummary[], options?: LifetimeOptions")]
pub fn lifetime_value(
    env: &Env,
    purchases: Unknown<'_>,
    values: Unknown<'_>,
    customers: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Float64Array> {
    each(env, || {
        let (purchases, values) = (convert::read(purchases, "purchases")?, convert::read(values, "values")?);
        let options = read(options)?;
        let customers = summaries(customers)?;
        customers.iter().map(|customer| business::lifetime_value(&purchases, &values, customer, &options)).collect()
    })
}

/// Say whether a variant is better than the control, with intervals that hold however often one looks.
#[napi(ts_args_type = "control: Arm, variant: Arm, options?: ExperimentOptions", ts_return_type = "Experiment")]
pub fn compare(
    env: &Env,
    control: Unknown<'_>,
    variant: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        business::compare(&convert::read(control, "control")?, &convert::read(variant, "variant")?, &read(options)?)
    })
}

/// The arm of an experiment whose people have these numbers, for {@link compare}.
#[napi(ts_return_type = "Arm")]
pub fn arm_of(env: &Env, values: Float64Array) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || Arm::of(&values))
}

/// Find which parts of the whole made a figure change.
#[napi(ts_args_type = "rows: DriverTable, options?: DriverOptions", ts_return_type = "Drivers")]
pub fn drivers(env: &Env, rows: Object<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let column = |name: &str| rows.get_named_property::<Unknown<'_>>(name).map_err(errors::foreign(name));
        let table = DriverTable {
            after: convert::read(column("after")?, "after")?,
            value: convert::read(column("value")?, "value")?,
            weight: convert::read_optional(column("weight")?, "weight")?,
            dimensions: convert::read_named(column("dimensions")?, "dimensions")?.into_iter().collect(),
        };
        business::drivers(&table.rows()?, &read(options)?)
    })
}
