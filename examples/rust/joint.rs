//! Scaling and balancing played together: `cargo run --release --example joint --features balance,scaling -- trace.csv`.
//!
//! Without a trace, days with a burst in each hour are made up. Further arguments are `key=value`: `step` (seconds between
//! rows, where there is no column of times), `column`, `mean` (requests a second that the trace is scaled to), `counts` (in
//! a window that it is smoothed over), `days` (of the trace that are played), `target`, `seeds`, `start_up` (seconds),
//! `workers` (requests that an instance works on at a time), `callers`, `balancers` and `policies` (names with commas), `html` (a page to write).
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::collections::BTreeMap;
use std::time::Instant;

use opusclip_core::joint::{JointOptions, simulate};
use opusclip_core::scaling::simulate::{ComparisonOptions, Plant, Trace, TraceOptions};
use opusclip_core::{Error, ErrorCode, Result};

/// The figures that are shown, by their titles.
const SHOWN: [&str; 8] = ["p50 ms", "p95 ms", "p99 ms", "violations %", "burst %", "calm %", "hours", "turns/day"];

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    let file = arguments.next_if(|first| !first.contains('='));
    let given = arguments.map(|pair| match pair.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(Error::new(ErrorCode::ConfigInvalid, format!("{pair:?} is no key=value"))),
    });
    let given: BTreeMap<String, String> = given.collect::<Result<_>>()?;
    let number = |key: &str| match given.get(key).map(|value| value.parse::<f64>()) {
        Some(Err(error)) => Err(Error::new(ErrorCode::ConfigInvalid, error.to_string()).field(key)),
        Some(Ok(value)) => Ok(Some(value)),
        None => Ok(None),
    };
    let names = |key: &str| given.get(key).map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>());

    let days = number("days")?.unwrap_or(0.5);
    let mut trace = match file {
        Some(file) => {
            Trace::read(&file, &TraceOptions { column: given.get("column").cloned(), step: number("step")? })?
                .smoothed(number("counts")?.unwrap_or(200.0))
        }
        None => Trace::new((0..(days * 1440.0) as u32).map(bursts).collect(), 60.0)?,
    };
    trace.rates.truncate(((days * 86_400.0 / trace.step) as usize).max(2));
    let workers = number("workers")?.unwrap_or(1.0);
    let plant = Plant { capacity: workers * 20.0, start_up: number("start_up")?.unwrap_or(60.0), ..Plant::default() };
    let comparison = ComparisonOptions {
        plant,
        policies: names("policies").unwrap_or_default(),
        targets: vec![number("target")?.unwrap_or(0.7)],
        seeds: (1..=number("seeds")?.unwrap_or(1.0) as u64).collect(),
        points: if given.contains_key("html") { 600 } else { 0 },
        mean_rate: number("mean")?.or(Some(100.0 * workers)),
        ..ComparisonOptions::default()
    };
    let joint = JointOptions { callers: number("callers")?.unwrap_or(1.0) as u32, ..JointOptions::default() };
    let joint = JointOptions { balancers: names("balancers").unwrap_or(joint.balancers), ..joint };

    let began = Instant::now();
    let report = simulate(&trace, &comparison, &joint)?;
    let seconds = began.elapsed().as_secs_f64();
    let figures: Vec<_> = report.figures().into_iter().filter(|figure| SHOWN.contains(&figure.title)).collect();
    let titles: String = figures.iter().map(|figure| format!("{:>13}", figure.title)).collect();
    println!("{:12} {:32}{titles}", "scaler", "balancer");
    for row in report.rows() {
        let told = figures.iter().map(|figure| format!("{:13.*}", figure.digits, report.middle(&row, figure.of)));
        println!("{:12} {:32}{}", row.policy, row.balancer.unwrap_or_default(), told.collect::<String>());
    }
    if let Some(page) = given.get("html") {
        std::fs::write(page, report.to_html("Scaling and balancing"))
            .map_err(|error| Error::new(ErrorCode::OutputUnwritable, error.to_string()).file(page))?;
    }
    let requests: f64 = report.runs.iter().map(|run| run.result.requests).sum();
    let played = requests / (1.0 - report.plant.warm_up);
    println!("requests_per_second={:.0}", played / seconds);
    Ok(())
}

/// A day's course with a burst in each hour, in requests a second by the minute.
fn bursts(minute: u32) -> f64 {
    let day = 1.0 - 0.5 * (f64::from(minute) / 1440.0 * std::f64::consts::TAU).cos();
    if (20..30).contains(&(minute % 60)) { 1.8 * day } else { day }
}
