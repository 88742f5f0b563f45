//! `opusclip scaling`: decisions explained, recorded traffic played again, and cases with known results.

use std::io::{self, Write};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::cases::{Told, read, read_json, report};
use super::progress::Bar;
use super::tree::requests::{ModeName, RequestArgs, SpreadName};
use super::tree::scaling::{Evaluate, PlantArgs, Recommend, Scaling, Simulate, TraceArgs};
use super::{Stop, balance, emit, output};
use crate::clip::files::write_whole;
use crate::config::from_json;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::joint::{self, JointOptions};
use crate::scaling::cases::{self, CaseResult};
use crate::scaling::recommend::{MoneyRange, RecommendOptions, ScalingAlternative, ScalingRecommendation, recommend};
use crate::scaling::simulate::{
    ComparisonOptions, Plant, RequestOptions, ScalingComparison, Spread, Trace, TraceOptions, compare,
};
use crate::scaling::{ResourceMetrics, ScalingConfig, ScalingDecision, ScalingEngine};

/// Points of a course on a page: as many as can be told apart.
const POINTS: u32 = 600;

pub(super) fn run(
    out: &mut dyn Write,
    json: bool,
    wanted: Scaling,
    control: impl FnOnce() -> (Control, Bar),
) -> Result<(), Stop> {
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
                output::check_free(page, &wanted.trace.trace, wanted.overwrite)?;
            }
            let report = simulate(&wanted)?;
            if let Some(page) = &wanted.html {
                let title = wanted.trace.trace.file_name().unwrap_or(wanted.trace.trace.as_os_str()).to_string_lossy();
                write_whole(page, |file| writeln!(file, "{}", report.to_html(&title)))?;
            }
            emit(out, json, &report, print_comparison)
        }
        Scaling::Recommend(wanted) => {
            let (control, bar) = control();
            let found = recommended(&wanted, &control);
            bar.finish();
            emit(out, json, &found?, print_recommendation)
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
    let trace = trace(&wanted.trace)?;
    let comparison = ComparisonOptions {
        plant: plant(&wanted.plant, wanted.requests.breakdowns),
        policies: wanted.policies.clone(),
        targets: wanted.targets.clone(),
        seeds: seeds(wanted.seed, wanted.runs),
        config: wanted.config.as_deref().map(|file| config(Some(file))).transpose()?,
        mean_rate: wanted.trace.mean_rate,
        smoothing: wanted.trace.smoothing,
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

fn trace(typed: &TraceArgs) -> Result<Trace> {
    Trace::read(&typed.trace, &TraceOptions { column: typed.column.clone(), step: typed.step })
}

fn seeds(first: u64, count: u32) -> Vec<u64> {
    (0..u64::from(count)).map(|run| first.wrapping_add(run)).collect()
}

fn recommended(wanted: &Recommend, control: &Control) -> Result<ScalingRecommendation> {
    let options = RecommendOptions {
        plant: plant(&wanted.plant, None),
        objective: None,
        violations: wanted.violations,
        seeds: seeds(wanted.seed, wanted.runs),
        mean_rate: wanted.trace.mean_rate,
        smoothing: wanted.trace.smoothing,
    };
    recommend(&trace(&wanted.trace)?, &options, control)
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

/// Money of a day.
fn money(micros: i64) -> f64 {
    micros as f64 / 1e6
}

fn print_recommendation(out: &mut dyn Write, found: &ScalingRecommendation) -> io::Result<()> {
    let (plant, expected, config) = (&found.plant, &found.expected, &found.config);
    let level = format!("{} % of requests over {} ms", found.violations * 100.0, plant.objective);
    let verdict = if found.reached { "holds" } else { "does not hold" };
    writeln!(
        out,
        "{} with a target of {:.1} % and {} to {} instances {verdict} {level}",
        expected.policy,
        expected.target * 100.0,
        config.min_instances,
        config.max_instances
    )?;
    let MoneyRange { low, median, high } = expected.cost_per_day_micros;
    let (cost, low, high) = (money(median), money(low), money(high));
    let violations = expected.violations;
    let (missed, least, most) = (violations.median * 100.0, violations.low * 100.0, violations.high * 100.0);
    writeln!(out, "  a day costs {cost:.2} {} ({low:.2} to {high:.2})", plant.price.currency)?;
    writeln!(out, "  {missed:.3} % over the objective ({least:.3} to {most:.3}), p95 {:.0} ms", expected.p95)?;
    writeln!(
        out,
        "  an instance does {}/s, takes {} ms with nothing else to do, starts in {} s; {:.1} days searched, {:.1} judged",
        plant.capacity,
        plant.service_time,
        plant.start_up,
        found.searched / 86_400.0,
        found.judged / 86_400.0
    )?;
    for warning in &found.warnings {
        writeln!(out, "  note: {}", warning.sentence)?;
    }
    writeln!(
        out,
        "  {:16} {:>7} {:>6} {:>13} {:>11} {:>9} {:>8} {:>10}",
        "", "target", "holds", "violations %", "cost a day", "saved %", "usage %", "busy p95"
    )?;
    print_alternative(out, "recommended", expected)?;
    found.alternatives.iter().try_for_each(|other| print_alternative(out, &other.policy, other))?;
    print_alternative(out, "knows the future", &found.limit)?;
    let config = serde_json::to_string_pretty(config).map_err(io::Error::other)?;
    writeln!(out, "the configuration:\n{config}")
}

fn print_alternative(out: &mut dyn Write, name: &str, other: &ScalingAlternative) -> io::Result<()> {
    let cost = other.cost_per_day_micros.median;
    let saved = if cost > 0 { 100.0 * other.saved_per_day_micros as f64 / cost as f64 } else { 0.0 };
    writeln!(
        out,
        "  {name:16} {:6.1}% {:>6} {:13.3} {:11.2} {saved:9.1} {:8.1} {:7.0} ms",
        other.target * 100.0,
        if other.holds { "yes" } else { "no" },
        other.violations.median * 100.0,
        money(cost),
        other.usage * 100.0,
        other.busy_p95
    )
}
