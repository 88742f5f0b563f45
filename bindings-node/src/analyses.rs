//! Analyses of arrays that lie in JavaScript.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use napi::Env;
use napi::bindgen_prelude::{Float64Array, FromNapiValue as _, JsObjectValue as _, JsValue as _, Unknown};
use napi_derive::napi;
use opusclip_core::Result;
use opusclip_core::analytics::{Samples, anomaly, correlate as correlation, forecast as forecasts, trend as trends};
use serde::de::DeserializeOwned;

use crate::convert::{self, Names};
use crate::errors::foreign;
use crate::job;
use crate::options::Options;

/// Values with their times, or one second apart.
fn samples(values: &Float64Array, times: Option<&Float64Array>) -> Result<Samples> {
    match times {
        Some(times) => Samples::new(times.to_vec(), values.to_vec()),
        None => Samples::evenly(values.to_vec()),
    }
}

pub(crate) fn read<T: DeserializeOwned>(options: Unknown<'_>) -> Result<T> {
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

/// Metrics by their names: arrays of values one second apart, or of values and times.
fn named(metrics: Unknown<'_>, field: &str) -> Result<Vec<(String, Samples)>> {
    let array = |value: Unknown<'_>, path: &str| Float64Array::from_unknown(value).map_err(foreign(path));
    convert::members(metrics, field, |metric, path| {
        if metric.is_typedarray().map_err(foreign(path))? {
            return samples(&array(metric, path)?, None);
        }
        let both = metric.coerce_to_object().map_err(foreign(path))?;
        let part = |name: &str| array(both.get_named_property(name).map_err(foreign(path))?, &format!("{path}.{name}"));
        samples(&part("values")?, Some(&part("times")?))
    })
}

/// Say how each two of many metrics move together, with each p corrected for the number of pairs.
#[napi(ts_args_type = "metrics: Record<string, Series>, options?: CorrelationOptions", ts_return_type = "Correlations")]
pub fn correlate_all(env: &Env, metrics: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || correlation::correlate_all(&named(metrics, "metrics")?, &read(options)?))
}

/// Say which metrics moved together with an anomaly of one metric, from one time to another in Unix seconds.
#[napi(
    ts_args_type = "values: Float64Array, times: Float64Array | null, others: Record<string, Series>, from: number, to: number, options?: MovedOptions",
    ts_return_type = "MovedTogether"
)]
#[allow(clippy::too_many_arguments, reason = "each is an argument of the JavaScript function")]
pub fn moved_together(
    env: &Env,
    values: Float64Array,
    times: Option<Float64Array>,
    others: Unknown<'_>,
    from: f64,
    to: f64,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let (target, others) = (samples(&values, times.as_ref())?, named(others, "others")?);
        correlation::moved_together(&target, &others, from, to, &read(options)?)
    })
}

/// Say when values reach a limit, if their trend goes on. Times are Unix seconds, one apart if left out.
#[napi(
    ts_args_type = "values: Float64Array, times: Float64Array | null, options: LimitOptions",
    ts_return_type = "TimeToLimit"
)]
pub fn time_to_limit(
    env: &Env,
    values: Float64Array,
    times: Option<Float64Array>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        forecasts::time_to_limit(&samples(&values, times.as_ref())?.regular(None)?, &read(options)?)
    })
}

/// Say when a forecast and its interval reach a limit.
#[napi(
    ts_args_type = "forecast: Forecast, limit: number, direction?: LimitSide | null",
    ts_return_type = "TimeToLimit"
)]
pub fn forecast_time_to_limit(
    env: &Env,
    forecast: Unknown<'_>,
    limit: f64,
    direction: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let forecast: forecasts::Forecast = convert::read(forecast, "forecast")?;
        forecast.time_to_limit(limit, convert::read_optional(direction, "direction")?)
    })
}
