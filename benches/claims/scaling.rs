//! Against what teams run: the HorizontalPodAutoscaler on CPU usage at 50 % with its defaults, and a fleet that is fixed at
//! what the peak takes.
//!
//! Arguments: traces as CSV files, each with its options as `file,column=name,step=seconds`; then `key=value`: `seeds`,
//! `days` (of each trace), `mean` (requests a second), `counts` (of a window that is averaged over), `level` (the share of
//! requests that may miss the objective).
//!
//! Targets are chosen on the first third of a trace and judged on the rest, with several seeds, of which the median of the
//! ratios is printed. Cost and usage: at the cheapest target that holds the level in the first third. Response time in the
//! busiest tenth of the time: at the target that costs as much in the first third as what teams run. Beside each figure
//! stands what a policy that knows the future has, chosen in the same way: no other can have more.
#![allow(clippy::print_stdout, reason = "it speaks to whoever runs it")]

use std::collections::BTreeMap;

use opusclip_core::scaling::simulate::{Plant, ScalingSimulation, SimulatedPolicy, Trace, TraceOptions, simulate};
use opusclip_core::{Error, ErrorCode, Result};

/// Targets that are tried, in percent.
const TARGETS: std::ops::RangeInclusive<u32> = 7..=95;
const STRIDE: usize = 4;
/// What teams run on CPU usage.
const USUAL: f64 = 0.5;
/// A fixed fleet is at its target when the peak comes.
const AT_PEAK: f64 = 0.7;

type ByTarget = fn(f64) -> SimulatedPolicy;
const OURS: ByTarget = |target| SimulatedPolicy::Predictive { target };
const ORACLE: ByTarget = |target| SimulatedPolicy::Oracle { target };

struct Settings {
    plant: Plant,
    level: f64,
    seeds: u64,
}

fn main() -> Result<()> {
    let (files, given): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.split(',').next().is_some_and(|one| !one.contains('=')));
    let given = pairs(given.iter().map(String::as_str));
    let number = |key: &str, otherwise: f64| given.get(key).and_then(|value| value.parse().ok()).unwrap_or(otherwise);
    if files.is_empty() {
        return Err(Error::new(ErrorCode::ConfigInvalid, "no trace was named").field("TRACE").hint("name CSV files"));
    }
    let settings =
        Settings { plant: Plant::default(), level: number("level", 0.001), seeds: number("seeds", 5.0) as u64 };
    println!(
        "{:34} {:16} {:>22} {:>22} {:>26}",
        "trace", "against", "cost (knowing)", "usage (knowing)", "busy p95, equal cost (kn.)"
    );
    for file in &files {
        let (name, options) = file.split_once(',').unwrap_or((file, ""));
        let options = pairs(options.split(','));
        let read = TraceOptions {
            column: options.get("column").map(|name| (*name).to_owned()),
            step: options.get("step").and_then(|step| step.parse().ok()),
        };
        let mut trace = Trace::read(name, &read)?;
        trace.rates.truncate(((number("days", 21.0) * 86_400.0 / trace.step) as usize).max(2));
        let trace = trace.smoothed(number("counts", 200.0)).scaled_to(number("mean", 340.0));
        let stem = std::path::Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name);
        compare(stem, &trace, &settings)?;
    }
    Ok(())
}

fn pairs<'a>(given: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, &'a str> {
    given.filter_map(|pair| pair.split_once('=')).collect()
}

/// A policy's results by target, on the first third of a trace.
fn searched(trace: &Trace, settings: &Settings, policy: ByTarget) -> Result<Vec<(f64, ScalingSimulation)>> {
    let rates = trace.rates.iter().take(trace.rates.len() / 3).copied().collect();
    let first = Trace { rates, ..trace.clone() };
    let targets = TARGETS.step_by(STRIDE).map(|percent| f64::from(percent) / 100.0);
    targets.map(|target| Ok((target, simulate(&first, &settings.plant, &policy(target), 1)?))).collect()
}

/// The cheapest target that holds the level, or the lowest one.
fn holding(found: &[(f64, ScalingSimulation)], level: f64) -> f64 {
    let holds = found.iter().filter(|(_, result)| result.violations <= level);
    let cheapest = holds.min_by(|(_, a), (_, b)| a.instance_hours.total_cmp(&b.instance_hours));
    cheapest.or(found.first()).map_or(USUAL, |(target, _)| *target)
}

/// The target whose cost is nearest to another one.
fn as_dear(found: &[(f64, ScalingSimulation)], hours: f64) -> f64 {
    let far = |result: &ScalingSimulation| (result.instance_hours / hours).ln().abs();
    found.iter().min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b))).map_or(USUAL, |(target, _)| *target)
}

fn compare(name: &str, trace: &Trace, settings: &Settings) -> Result<()> {
    let peak = (trace.peak() / (AT_PEAK * settings.plant.capacity)).ceil() as u32;
    let teams = [
        ("hpa_cpu_50", SimulatedPolicy::HpaCpu { target: USUAL }),
        ("fixed_at_peak", SimulatedPolicy::Fixed { instances: peak }),
    ];
    let found = [searched(trace, settings, OURS)?, searched(trace, settings, ORACLE)?];
    for (against, theirs) in teams {
        let rates = trace.rates.iter().take(trace.rates.len() / 3).copied().collect();
        let hours = simulate(&Trace { rates, ..trace.clone() }, &settings.plant, &theirs, 1)?.instance_hours;
        // Of ours and of who knows the future: saved cost, added usage, saved response time; then what that is at.
        let mut figures = [[Vec::new(), Vec::new(), Vec::new()], [Vec::new(), Vec::new(), Vec::new()]];
        let mut at = [Vec::new(), Vec::new(), Vec::new()];
        for seed in 1..=settings.seeds {
            let play = |policy: &SimulatedPolicy| simulate(trace, &settings.plant, policy, seed);
            let their = play(&theirs)?;
            for (who, policy) in [OURS, ORACLE].into_iter().enumerate() {
                let held = play(&policy(holding(&found[who], settings.level)))?;
                let equal = play(&policy(as_dear(&found[who], hours)))?;
                figures[who][0].push(held.instance_hours / their.instance_hours - 1.0);
                figures[who][1].push(held.usage / their.usage - 1.0);
                figures[who][2].push(equal.busy_p95 / their.busy_p95 - 1.0);
                if who == 0 {
                    at[0].push(held.violations);
                    at[1].push(their.violations);
                    at[2].push(equal.instance_hours / their.instance_hours - 1.0);
                }
            }
        }
        let [ours, oracle] = figures.map(|figures| figures.map(|values| 100.0 * median(values)));
        let [violations, their_violations, dearer] = at.map(|values| 100.0 * median(values));
        println!(
            "{name:34} {against:16} {:>+12.1} ({:+5.1}) % {:>+12.1} ({:+5.1}) % {:>+16.1} ({:+5.1}) %",
            ours[0], oracle[0], ours[1], oracle[1], ours[2], oracle[2]
        );
        println!(
            "  violations={violations:.3}% their_violations={their_violations:.3}% cost_where_equal={dearer:+.1}% \
             target={} knowing={}",
            holding(&found[0], settings.level),
            holding(&found[1], settings.level)
        );
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
