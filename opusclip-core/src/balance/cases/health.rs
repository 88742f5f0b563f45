//! Tiers, panic, slow start and ejection.

use serde_json::{Value, json};

use super::input::{list, number, number_or, numbers, rows, whole};
use crate::balance::SlowStartOptions;
use crate::balance::health::{
    Interval, OutlierOptions, SlowStart, ejection_seconds, most_ejected, panics, success_rate_outliers, tier_shares,
};
use crate::error::Result;

/// Envoy's over-provisioning, where a case says nothing else.
const FACTOR: f64 = 1.4;

pub(super) fn priority(input: &Value) -> Result<Value> {
    let factor = number_or(input, "overprovisioning_factor", FACTOR)?;
    let shares: Vec<_> =
        rows(input, "rows_percent_healthy")?.iter().map(|row| tier_shares(row, factor).percent).collect();
    Ok(json!({ "traffic_percent": shares }))
}

pub(super) fn panic(input: &Value) -> Result<Value> {
    let factor = number_or(input, "overprovisioning_factor", FACTOR)?;
    let threshold = number(input, "threshold_percent")?;
    let mut in_panic = Vec::new();
    let mut available = Vec::new();
    for row in rows(input, "rows_percent_healthy")? {
        let shares = tier_shares(&row, factor);
        in_panic.push(row.iter().map(|healthy| panics(*healthy, &shares, threshold)).collect::<Vec<_>>());
        available.push(shares.available);
    }
    Ok(json!({ "in_panic": in_panic, "normalized_total": available }))
}

pub(super) fn slow_start(input: &Value) -> Result<Value> {
    let least = number_or(input, "min_weight_percent", SlowStartOptions::default().min_weight_percent)?;
    let effective = list(input, "rows")?.iter().map(|row| {
        let options = SlowStartOptions {
            window: number(row, "window_s")?,
            aggression: number_or(row, "aggression", 1.0)?,
            min_weight_percent: least,
        };
        options.check()?;
        Ok(number(row, "weight")? * SlowStart::new(&options).share(number(row, "age_s")?))
    });
    Ok(json!({ "effective_weight": effective.collect::<Result<Vec<f64>>>()? }))
}

pub(super) fn ejection_time(input: &Value) -> Result<Value> {
    let options = OutlierOptions {
        base_ejection_time: number(input, "base_s")?,
        max_ejection_time: number(input, "max_s")?,
        ..OutlierOptions::default()
    };
    options.check()?;
    let counts = numbers(input, "ejections_in_a_row")?;
    let seconds: Vec<f64> = counts.iter().map(|count| ejection_seconds(&options, *count as u32)).collect();
    Ok(json!({ "seconds": seconds }))
}

pub(super) fn ejection_limit(input: &Value) -> Result<Value> {
    let percent = number_or(input, "max_ejection_percent", OutlierOptions::default().max_ejection_percent)?;
    let options = OutlierOptions { max_ejection_percent: percent, ..OutlierOptions::default() };
    options.check()?;
    let most = |hosts: f64| most_ejected(&options, hosts as usize);
    Ok(match numbers(input, "hosts") {
        Ok(hosts) => json!({ "max_ejected": hosts.into_iter().map(most).collect::<Vec<_>>() }),
        Err(_) => json!({ "max_ejected": most(number(input, "hosts")?) }),
    })
}

pub(super) fn success_rate(input: &Value) -> Result<Value> {
    let options = OutlierOptions {
        success_rate_deviations: number_or(input, "stdev_factor", 1.9)?,
        min_instances: whole(input, "min_hosts")? as u32,
        min_results: whole(input, "min_requests_per_interval")? as u32,
        ..OutlierOptions::default()
    };
    options.check()?;
    let (rates, requests) = (numbers(input, "success_rates")?, numbers(input, "requests_each")?);
    // Ten thousand times as many results, so that any rate is a whole number of them; the least is scaled alike.
    const SCALE: f64 = 10_000.0;
    let options = OutlierOptions { min_results: options.min_results.saturating_mul(SCALE as u32), ..options };
    let interval = |(rate, requests): (&f64, &f64)| Interval {
        results: (requests * SCALE) as u64,
        failures: (requests * SCALE * (100.0 - rate) / 100.0).round() as u64,
        median: None,
    };
    let intervals: Vec<Interval> = rates.iter().zip(&requests).map(interval).collect();
    let sweep = success_rate_outliers(&options, &intervals);
    let ejected: Vec<usize> = sweep.outliers.iter().map(|(at, _)| *at).collect();
    Ok(match sweep.success_rate {
        Some((mean, deviation, border)) => {
            json!({ "mean": mean, "stdev": deviation, "threshold": border, "ejected_indexes": ejected })
        }
        None => json!({ "ejected_indexes": ejected }),
    })
}
