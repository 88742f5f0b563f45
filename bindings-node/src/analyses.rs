//! Analyses of arrays that lie in JavaScript.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Unknown};
use napi_derive::napi;
use opusclip_core::Result;
use opusclip_core::analytics::{Samples, anomaly, correlate as correlation, forecast as forecasts, trend as trends};
use serde::de::DeserializeOwned;

use crate::convert::Names;
use crate::job;
use crate::options::Options;

/// Values with their times, or one second apart.
fn samples(values: &Float64Array, times: Option<&Float64Array>) -> Result<Samples> {
    match times {
        Some(times) => Samples::new(times.to_vec(), values.to_vec()),
        None => Samples::evenly(values.to_vec()),
    }
}

fn read<T: DeserializeOwned>(options: Unknown<'_>) -> Result<T> {
    Options::read(options)?.rest()
}

/// Say whether numbers rise or fall, how fast, and since when. Times are Unix seconds, one apart if left out.
#[napi(
    ts_args_type = "values: Float64Array, times?: Float64Array | null, options?: TrendOptions",
    ts_return_type = "Trend"
)]
pub fn trend(
    env: &Env,
    values: Float64Array,
    times: Option<Float64Array>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || trends::trend(&samples(&values, times.as_ref())?, &read(options)?))
}

/// Say which numbers are unusual, and why. Times are Unix seconds, one apart if left out.
#[napi(
    ts_args_type = "values: Float64Array, times?: Float64Array | null, options?: AnomalyOptions",
    ts_return_type = "Anomalies"
)]
pub fn detect_anomalies(
    env: &Env,
    values: Float64Array,
    times: Option<Float64Array>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    // A score for each row, also of those that share a time.
    job::at_once(env, Names::Camel, || match &times {
        Some(times) => anomaly::scan(times, &values, &read(options)?),
        None => anomaly::detect(&samples(&values, None)?, &read(options)?),
    })
}

/// Say whether two series move together, and which of them leads. Times are Unix seconds, one apart if left out.
#[napi(
    ts_args_type = "a: Float64Array, b: Float64Array, times?: Float64Array | null, options?: CorrelationOptions",
    ts_return_type = "Correlation"
)]
pub fn correlate(
    env: &Env,
    a: Float64Array,
    b: Float64Array,
    times: Option<Float64Array>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let (a, b) = (samples(&a, times.as_ref())?, samples(&b, times.as_ref())?);
        correlation::correlate(&a, &b, &read(options)?)
    })
}

/// Say what comes next, with intervals. Times are Unix seconds, one apart if left out.
#[napi(
    ts_args_type = "values: Float64Array, times?: Float64Array | null, options?: ForecastOptions",
    ts_return_type = "Forecast"
)]
pub fn forecast(
    env: &Env,
    values: Float64Array,
    times: Option<Float64Array>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        forecasts::forecast(&samples(&values, times.as_ref())?.regular(None)?, &read(options)?)
    })
}
