//! Two weeks of a service, made up: its metrics recorded and asked, what moved together, what comes next, who paid.
//!
//! ```text
//! cargo run --release -p opusclip-core --no-default-features --features analytics --example analytics
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it found")]

use std::f64::consts::TAU;
use std::process::ExitCode;

use opusclip_core::Result;
use opusclip_core::analytics::anomaly::{AnomalyOptions, detect};
use opusclip_core::analytics::business::{
    Events, FunnelOptions, Names, Payments, People, RevenueOptions, funnel, revenue,
};
use opusclip_core::analytics::correlate::{CorrelationOptions, correlate};
use opusclip_core::analytics::forecast::{ForecastOptions, LimitOptions, forecast, time_to_limit};
use opusclip_core::analytics::trend::{TrendOptions, trend};
use opusclip_core::analytics::{Clock, Collector, CollectorOptions, Samples};

const START: f64 = 1_714_521_600.0; // 2024-05-01 00:00 UTC
const HOUR: f64 = 3600.0;
const HOURS: u32 = 14 * 24;

/// Numbers from -1 to 1 that look like chance and are the same in every run.
fn noise(seed: u32, at: u32) -> f64 {
    let mixed = (at + 1).wrapping_mul(seed).wrapping_mul(2_654_435_761);
    f64::from(mixed ^ (mixed >> 15)) / f64::from(u32::MAX) * 2.0 - 1.0
}

fn hourly(value: impl Fn(u32) -> f64) -> Result<Samples> {
    Samples::new((0..HOURS).map(|hour| START + HOUR * f64::from(hour)).collect(), (0..HOURS).map(value).collect())
}

fn metrics() -> Result<()> {
    let day = |hour: u32| 20.0 * (TAU * f64::from(hour) / 24.0).sin();
    let load = |hour: u32| 100.0 + day(hour) + 8.0 * noise(7, hour);
    let latency = |hour: u32| 2.0 * load(hour.saturating_sub(2)) + if hour == 300 { 150.0 } else { 0.0 };
    let (load, latency) = (hourly(load)?, hourly(latency)?);
    let disk = hourly(|hour| 40.0 + 0.1 * f64::from(hour) + noise(11, hour))?;

    let name = |name: &str| Some(name.to_owned());
    println!("{}", trend(&disk, &TrendOptions { name: name("disk"), ..TrendOptions::default() })?.explanation.sentence);
    let full = time_to_limit(&disk.regular(None)?, &LimitOptions { limit: 95.0, ..LimitOptions::default() })?;
    println!("{}", full.explanation.sentence);
    println!("{}", detect(&latency, &AnomalyOptions::default())?.explanation.sentence);
    let names = Some(["load".to_owned(), "latency".to_owned()]);
    let together = correlate(&load, &latency, &CorrelationOptions { names, ..CorrelationOptions::default() })?;
    println!("{}", together.explanation.sentence);
    println!("{}", forecast(&load.regular(None)?, &ForecastOptions::default())?.explanation.sentence);

    // What a service does: record, and ask for a window. A collector in production takes the system's clock.
    let now = START + HOUR * f64::from(HOURS);
    let collector = Collector::with_clock(CollectorOptions::default(), Clock::fixed(now))?;
    for (time, value) in latency.times().iter().zip(latency.values()) {
        collector.record_at("latency", *value, &[("path", "/clips")], *time, None)?;
    }
    let stats = collector.window("latency", &[], "24h", None)?;
    println!("latency within 24h: {} values, p95 {:.0}", stats.count, stats.p95.unwrap_or(f64::NAN));
    Ok(())
}

fn business() -> Result<()> {
    const STEPS: [&str; 3] = ["visit", "signup", "pay"];
    // Everybody visits, two of three sign up, one of four pays.
    let taken = |person: u32| if person.is_multiple_of(4) { 3 } else { 1 + usize::from(!person.is_multiple_of(3)) };
    let rows: Vec<(u32, usize)> =
        (0..900).flat_map(|person| (0..taken(person)).map(move |step| (person, step))).collect();
    let time = |(person, step): &(u32, usize)| START + 600.0 * f64::from(*person) + 60.0 * *step as f64;
    let times: Vec<f64> = rows.iter().map(time).collect();
    let names = Names::of(rows.iter().map(|(_, step)| Some(STEPS[*step])));
    let events = Events::new(&times[..], People::of(rows.iter().map(|(person, _)| person)))?.names(names)?;
    let steps = STEPS.map(str::to_owned).to_vec();
    println!("{}", funnel(&events, &FunnelOptions { steps, ..FunnelOptions::default() })?.explanation.sentence);

    let paid: Vec<&(u32, usize)> = rows.iter().filter(|(_, step)| *step == 2).collect();
    let times: Vec<f64> = paid.iter().map(|row| time(row)).collect();
    let cents: Vec<i64> = paid.iter().map(|(person, _)| if person % 8 == 0 { 4_900 } else { 900 }).collect();
    let payments = Payments::new(&times[..], People::of(paid.iter().map(|(person, _)| person)), &cents[..], "EUR")?;
    println!("{}", revenue(&payments, &RevenueOptions::default())?.explanation.sentence);
    Ok(())
}

fn main() -> ExitCode {
    match metrics().and_then(|()| business()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error} [{}]", error.code());
            ExitCode::from(error.code().exit_status())
        }
    }
}
