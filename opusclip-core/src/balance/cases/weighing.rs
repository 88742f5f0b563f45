//! Strategies that compare costs.

use serde_json::{Value, json};

use super::input::{list, number, number_or, numbers, whole, wrong};
use crate::balance::PrequalOptions;
use crate::balance::estimate::ResponseTime;
use crate::balance::strategy::cheaper;
use crate::balance::strategy::prequal::{hot_or_cold as choose, reuse_budget};
use crate::error::Result;

/// What a timeline of observations (`rtt_ms`), and reads with so many `pending` requests, gives.
pub(super) fn peak_ewma(input: &Value) -> Result<Value> {
    let decay = number(input, "decay_ms")? / 1e3;
    let average = ResponseTime::default();
    average.begin(number(input, "default_rtt_ms")? / 1e3, 0.0);
    let mut loads = Vec::new();
    for event in list(input, "events")? {
        let now = number(event, "t_ms")? / 1e3;
        if event.get("rtt_ms").is_some() {
            average.observe(number(event, "rtt_ms")? / 1e3, now, decay);
        }
        if event.get("read").and_then(Value::as_bool) == Some(true) {
            loads.push(average.at(now, decay) * 1e3 * (number_or(event, "pending", 0.0)? + 1.0));
        }
    }
    Ok(json!({ "load_ms": loads }))
}

/// Of two that were drawn the better one. Where one alone is ready there is nothing to draw.
pub(super) fn two_choices(input: &Value) -> Result<Value> {
    let loads = numbers(input, "loads")?;
    let pick = match whole(input, "ready")? {
        0 => None,
        1 => Some(0),
        _ => {
            let sampled = numbers(input, "sampled")?;
            let load = |at: usize| sampled.get(at).and_then(|at| Some((*at as usize, *loads.get(*at as usize)?)));
            let two = load(0).zip(load(1)).ok_or_else(|| wrong("sampled", "pair of places"))?;
            Some(cheaper(two.0, two.1))
        }
    };
    Ok(json!({ "pick": pick }))
}

/// Envoy's weight of a host by its active requests.
pub(super) fn least_request(input: &Value) -> Result<Value> {
    let bias = number_or(input, "bias", 1.0)?;
    let weights = list(input, "rows")?.iter().map(|row| {
        let active = number(row, "active")?;
        Ok(number(row, "weight")? / (active + 1.0).powf(bias))
    });
    Ok(json!({ "effective_weight": weights.collect::<Result<Vec<f64>>>()? }))
}

pub(super) fn hot_or_cold(input: &Value) -> Result<Value> {
    let pool = list(input, "pool")?;
    let loads = pool.iter().map(|probe| Ok((whole(probe, "rif")?, number(probe, "latency_ms")?)));
    let loads = loads.collect::<Result<Vec<(u64, f64)>>>()?;
    let picks = numbers(input, "q_rif")?.into_iter().map(|quantile| choose(&loads, quantile));
    let ids = picks.map(|at| at.and_then(|at| pool.get(at)).and_then(|probe| probe.get("id")).cloned());
    Ok(json!({ "pick": ids.collect::<Vec<_>>() }))
}

pub(super) fn reuse(input: &Value) -> Result<Value> {
    let options = PrequalOptions {
        probe_rate: number(input, "r_probe")?,
        remove_rate: number(input, "r_remove")?,
        reuse_slack: number_or(input, "delta", 1.0)?,
        ..PrequalOptions::default()
    };
    options.check()?;
    Ok(json!({ "budget": reuse_budget(number(input, "m")?, number(input, "n")?, &options) }))
}
