//! `opusclip scaling`: decisions explained, recorded traffic played again, and cases with known results.

use std::io::{self, Write};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::cases::{Told, read, read_json, report};
use super::tree::requests::{ModeName, RequestArgs, SpreadName};
use super::tree::scaling::{Evaluate, PlantArgs, Scaling, Simulate};
use super::{Stop, balance, emit, output};
use crate::clip::files::write_whole;
use crate::config::from_json;
use crate::error::{Error, ErrorCode, Result};
use crate::joint::{self, JointOptions};
use crate::scaling::cases::{self, CaseResult};
use crate::scaling::simulate::{
    ComparisonOptions, Plant, RequestOptions, ScalingComparison, Spread, Trace, TraceOptions, compare,
};
use crate::scaling::{ResourceMetrics, ScalingConfig, ScalingDecision, ScalingEngine};

/// Points of a course on a page: as many as can be told apart.
const POINTS: u32 = 600;

pub(super) fn run(out: &mut dyn Write, json: bool, wanted: Scaling) -> Result<(), Stop> {
    match wanted {
        Scaling::Evaluate(wanted) => match &wanted.history {
            Some(file) => {
                let decisions = replay(file, config(wanted.config.as_deref())?)?;
                emit(out, json, &decisions, |out, decisions| decisions.iter().try_for_each(|one| print_line(out, one)))
            }
            None => emit(out, json, &evaluate(&wanted)?, print_decision),
        },
        Scaling::Simulate(wanted) => {
            if let Some(page) = &wanted.html {
                output::check_free(page, &wanted.trace, wanted.overwrite)?;
            }
            let report = simulate(&wanted)?;
            if let Some(page) = &wanted.html {
                let title = wanted.trace.file_name().unwrap_or(wanted.trace.as_os_str()).to_string_lossy();
                write_whole(page, |file| writeln!(file, "{}", report.to_html(&title)))?;
            }
            emit(out, json, &report, print_comparison)
        }
        Scaling::Cases { file } => report(out, json, &file, cases::run, |result: &CaseResult| Told {
            passed: result.passed,
            id: &result.id,
            kind: &result.kind,
            detail: &result.detail,
        }),
    }
}

fn config(file: Option<&Path>) -> Result<ScalingConfig> {
    let Some(file) = file else { return Ok(ScalingConfig::default()) };
    let config: ScalingConfig = from_json(read_json(file)?).map_err(|error| error.file(file))?;
    config.check().map_err(|error| error.file(file))?;
    Ok(config)
}

fn evaluate(wanted: &Evaluate) -> Result<ScalingDecision> {
    let metrics = ResourceMetrics {
        cpu_usage: wanted.cpu,
        memory_usage: wanted.memory,
        response_time: wanted.response_time,
        request_rate: wanted.request_rate,
        instances: wanted.instances,
        ready_instances: wanted.ready,
        ..ResourceMetrics::default()
    };
    ScalingEngine::new(config(wanted.config.as_deref())?)?.evaluate(&metrics, 0.0)
}

/// A decision for each line of a history, each of which is carried out at once.
fn replay(file: &Path, config: ScalingConfig) -> Result<Vec<ScalingDecision>> {
    let mut engine = ScalingEngine::new(config)?;
    let text = read(file)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| decided(&mut engine, line).map_err(|error| error.file(file).line(at as u64 + 1))).collect()
}

fn decided(engine: &mut ScalingEngine, line: &str) -> Result<ScalingDecision> {
    let metrics: ResourceMetrics = parse(line)?;
    let now = metrics.timestamp.ok_or_else(|| {
        Error::new(ErrorCode::DataInvalid, "there is no timestamp").field("timestamp").hint("give Unix seconds")
    })?;
    let decision = engine.evaluate(&metrics, now)?;
    if let Some(request) = engine.begin(&decision, now)? {
        engine.succeeded(&request.token, now)?;
    }
    Ok(decision)
}

fn simulate(wanted: &Simulate) -> Result<ScalingComparison> {
    let options = TraceOptions { column: wanted.column.clone(), step: wanted.step };
    let trace = Trace::read(&wanted.trace, &options)?;
    let comparison = ComparisonOptions {
        plant: plant(&wanted.plant, wanted.requests.breakdowns),
        policies: wanted.policies.clone(),
        targets: wanted.targets.clone(),
        seeds: (0..u64::from(wanted.runs)).map(|run| wanted.seed.wrapping_add(run)).collect(),
        config: wanted.config.as_deref().map(|file| config(Some(file))).transpose()?,
        mean_rate: wanted.mean_rate,
        smoothing: wanted.smoothing,
        requests: requests(&wanted.requests)?,
        points: wanted.points.unwrap_or(if wanted.html.is_some() { POINTS } else { 0 }),
    };
    let Some(balancers) = wanted.requests.balance.clone() else { return compare(&trace, &comparison) };
    let callers = wanted.requests.callers.unwrap_or(1);
    joint::simulate(&trace, &comparison, &JointOptions { balancers, callers, ..JointOptions::default() })
}

/// How requests are played one by one, where they are.
fn requests(typed: &RequestArgs) -> Result<Option<RequestOptions>> {
    let mut options = RequestOptions::default();
    let numbers = [
        (&mut options.warming, typed.warming),
        (&mut options.cold_speed, typed.cold_speed),
        (&mut options.drain, typed.drain),
    ];
    for (field, given) in numbers {
        *field = given.unwrap_or(*field);
    }
    options.queue_limit = typed.queue_limit.unwrap_or(options.queue_limit);
    options.retries = typed.retries.unwrap_or(options.retries);
    options.distribution = typed.distribution.map_or(options.distribution, balance::distribution);
    options.spread = match typed.spread {
        Some(SpreadName::Fewest) => Spread::Fewest,
        Some(SpreadName::Random) | None => Spread::Random,
    };
    if typed.mode == ModeName::Requests || typed.balance.is_some() {
        return Ok(Some(options));
    }
    if options == RequestOptions::default() {
        return Ok(None);
    }
    let error = Error::new(ErrorCode::ConfigInvalid, "a fluid has no requests of its own").field("mode");
    Err(error.hint("add --mode requests"))
}

fn plant(typed: &PlantArgs, breakdowns: Option<f64>) -> Plant {
    let mut plant = Plant::default();
    let numbers = [
        (&mut plant.capacity, typed.capacity),
        (&mut plant.service_time, typed.service_time),
        (&mut plant.objective, typed.objective),
        (&mut plant.timeout, typed.timeout),
        (&mut plant.start_up, typed.start_up),
        (&mut plant.metric_delay, typed.metric_delay),
        (&mut plant.warm_up, typed.warm_up),
        (&mut plant.breakdowns, breakdowns),
    ];
    for (field, given) in numbers {
        *field = given.unwrap_or(*field);
    }
    plant.min_instances = typed.min_instances.unwrap_or(plant.min_instances);
    plant.max_instances = typed.max_instances.unwrap_or(plant.max_instances);
    plant.price.on_demand_micros = typed.price.unwrap_or(plant.price.on_demand_micros);
    plant.price.currency = typed.currency.clone().unwrap_or(plant.price.currency);
    plant
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    let value = serde_json::from_str(text).map_err(|error| Error::new(ErrorCode::DataInvalid, error.to_string()))?;
    from_json(value)
}

fn print_decision(out: &mut dyn Write, decision: &ScalingDecision) -> io::Result<()> {
    writeln!(out, "{}", decision.sentence)?;
    for proposal in &decision.proposals {
        let name = proposal.name.as_deref().unwrap_or_else(|| proposal.source.as_str());
        let asks = proposal.instances.map_or_else(|| "does not say".to_owned(), |count| format!("asks for {count}"));
        writeln!(out, "  {name:14} {asks}")?;
    }
    for limit in &decision.limits {
        writeln!(out, "  {:?}: {} becomes {}", limit.reason, limit.wanted, limit.allowed)?;
    }
    writeln!(out, "  confidence {:.2}", decision.confidence)
}

fn print_line(out: &mut dyn Write, decision: &ScalingDecision) -> io::Result<()> {
    let (from, to) = (decision.current_instances, decision.target_instances);
    writeln!(out, "{:.0} {from:>5} {to:>5}  {}", decision.time, decision.sentence)
}

fn print_comparison(out: &mut dyn Write, report: &ScalingComparison) -> io::Result<()> {
    let (days, plant) = (report.duration / 86_400.0, &report.plant);
    writeln!(
        out,
        "{days:.2} days of {:.1} requests/s on average, {:.1} at most; an instance does {}; costs in {}",
        report.mean_rate, report.peak_rate, plant.capacity, plant.price.currency
    )?;
    if report.filled > 0 {
        writeln!(out, "{} steps were missing and lie between their neighbours", report.filled)?;
    }
    let (figures, rows) = (report.figures(), report.rows());
    // Names of balancers are long; without any there is no column for them.
    let wide = rows.iter().filter_map(|row| row.balancer).map(|name| name.len() + 1).max().unwrap_or(0);
    write!(out, "  {:16} {:wide$}{:>6}", "", "", "target")?;
    for figure in &figures {
        write!(out, " {:>12}", figure.title)?;
    }
    writeln!(out)?;
    for row in &rows {
        let target = row.target.map_or_else(String::new, |target| target.to_string());
        write!(out, "  {:16} {:wide$}{target:>6}", row.policy, row.balancer.unwrap_or_default())?;
        for figure in &figures {
            write!(out, " {:12.digits$}", report.middle(row, figure.of), digits = figure.digits)?;
        }
        writeln!(out)?;
    }
    Ok(())
}
