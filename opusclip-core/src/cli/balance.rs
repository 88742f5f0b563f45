//! `opusclip balance`: strategies compared in virtual time, and cases with known results.

use std::io::{self, Write};
use std::path::Path;

use super::cases::{Told, report};
use super::tree::balance::{Balance, DistributionName, FaultArg, Simulate};
use super::{Stop, emit};
use crate::analytics::table::{TableOptions, read_table};
use crate::balance::BalancingStrategy;
use crate::balance::cases::{self, CaseOutcome};
use crate::balance::simulate::{
    Fault, Policy, Scenario, ServerPlan, SimulationReport, SimulationResult, WorkDistribution, compare,
};
use crate::error::{Error, ErrorCode, Result};

pub(super) fn run(out: &mut dyn Write, json: bool, wanted: Balance) -> Result<(), Stop> {
    match wanted {
        Balance::Simulate(wanted) => {
            let policies = policies(&wanted.strategies)?;
            let seeds: Vec<u64> = (0..u64::from(wanted.runs)).map(|run| wanted.seed.wrapping_add(run)).collect();
            emit(out, json, &compare(scenario(&wanted)?, &policies, &seeds)?, print_report)
        }
        Balance::Cases { file } => report(out, json, &file, cases::run, |outcome: &CaseOutcome| Told {
            passed: outcome.passed,
            id: &outcome.id,
            kind: &outcome.kind,
            detail: &outcome.detail,
        }),
    }
}

/// Those that were named; all of them, and the one who knows everything, where none was.
fn policies(names: &[String]) -> Result<Vec<Policy>> {
    if names.is_empty() {
        let all = BalancingStrategy::ALL.map(Policy::Strategy);
        return Ok(all.into_iter().chain([Policy::Omniscient]).collect());
    }
    let policy = |name: &String| match name.as_str() {
        "omniscient" => Ok(Policy::Omniscient),
        name => name.parse().map(Policy::Strategy).map_err(|error: Error| error.field("strategies")),
    };
    names.iter().map(policy).collect()
}

fn scenario(wanted: &Simulate) -> Result<Scenario> {
    let mut scenario = Scenario::named(wanted.scenario.text())?;
    if let Some(servers) = wanted.servers {
        let workers = scenario.servers.first().map_or(1, |server| server.workers);
        scenario.servers = vec![ServerPlan { workers, ..ServerPlan::default() }; servers as usize];
    }
    if let Some(workers) = wanted.workers {
        scenario.servers.iter_mut().for_each(|server| server.workers = workers);
    }
    for (number, speed) in &wanted.speed {
        server(&mut scenario, *number, "speed")?.speed = *speed;
    }
    for (number, fault) in &wanted.fault {
        server(&mut scenario, *number, "fault")?.fault = self::fault(*fault);
    }
    scenario.work = wanted.work.unwrap_or(scenario.work);
    scenario.rate = wanted.rate.unwrap_or(scenario.rate);
    if let Some(load) = wanted.load {
        if !(load > 0.0 && load.is_finite()) {
            return Err(Error::new(ErrorCode::ConfigOutOfRange, format!("load is {load}, not above 0")).field("load"));
        }
        scenario.rate = load * scenario.capacity() / scenario.work;
    }
    if let Some(file) = &wanted.trace {
        scenario.arrivals = arrivals(file, wanted.time.as_deref()).map_err(|error| error.file(file))?;
    }
    scenario.distribution = wanted.distribution.map_or(scenario.distribution, distribution);
    scenario.requests = wanted.requests.unwrap_or(scenario.requests);
    scenario.warm_up = wanted.warm_up.unwrap_or(scenario.warm_up);
    scenario.callers = wanted.callers.unwrap_or(scenario.callers);
    scenario.timeout = wanted.timeout.unwrap_or(scenario.timeout);
    scenario.retries = wanted.retries.unwrap_or(scenario.retries);
    Ok(scenario)
}

fn server<'a>(scenario: &'a mut Scenario, number: usize, field: &str) -> Result<&'a mut ServerPlan> {
    let all = scenario.servers.len();
    scenario.servers.get_mut(number - 1).ok_or_else(|| {
        let message = format!("there is no server {number}; there are {all}");
        Error::new(ErrorCode::ConfigOutOfRange, message).field(field).hint("raise --servers")
    })
}

fn fault(typed: FaultArg) -> Fault {
    match typed {
        FaultArg::Failing => Fault::FailingFast,
        FaultArg::Dead(since) => Fault::Dead { since },
        FaultArg::Flapping(period) => Fault::Flapping { period },
        FaultArg::Degraded(speed, period) => Fault::Degraded { speed, period },
        FaultArg::Cold(joins, warms) => Fault::Cold { joins, warms },
    }
}

pub(super) fn distribution(name: DistributionName) -> WorkDistribution {
    match name {
        DistributionName::Constant => WorkDistribution::Constant,
        DistributionName::Exponential => WorkDistribution::Exponential,
        DistributionName::Normal => WorkDistribution::Normal,
        DistributionName::LogNormal => WorkDistribution::LogNormal,
        DistributionName::Bimodal => WorkDistribution::Bimodal,
    }
}

/// The times of a table, from its first one on.
fn arrivals(file: &Path, column: Option<&str>) -> Result<Vec<f64>> {
    let options = TableOptions { time_column: column.map(str::to_owned), ..TableOptions::default() };
    let table = read_table(file, &options)?;
    let Some(column) = column.or(table.time_column.as_deref()) else {
        let error = Error::new(ErrorCode::DataInvalid, "no column holds times").field("time");
        return Err(error.hint("name it with --time"));
    };
    let mut times = table.times(column)?.to_vec();
    if times.is_empty() {
        return Err(Error::new(ErrorCode::DataTooFew, "the trace has no rows").field("trace"));
    }
    times.sort_by(f64::total_cmp);
    let first = times[0];
    times.iter_mut().for_each(|time| *time -= first);
    Ok(times)
}

/// A column of the table: its title, the digits after the point, the figure.
type Figure = (&'static str, usize, fn(&SimulationResult) -> f64);

const FIGURES: [Figure; 6] = [
    ("p50 ms", 1, |result| result.p50 * 1e3),
    ("p99 ms", 1, |result| result.p99 * 1e3),
    ("p99.9 ms", 1, |result| result.p999 * 1e3),
    ("max ms", 0, |result| result.max * 1e3),
    ("answered %", 3, |result| result.availability * 100.0),
    ("attempts", 3, |result| result.attempts_per_request),
];

fn print_report(out: &mut dyn Write, report: &SimulationReport) -> io::Result<()> {
    let Scenario { name, servers, rate, arrivals, .. } = &report.scenario;
    let requests = report.runs.first().map_or(0, |run| run.result.requests);
    let come = if arrivals.is_empty() {
        format!("{} a second", (rate * 100.0).round() / 100.0)
    } else {
        "as the trace says".to_owned()
    };
    writeln!(out, "{name}: {} servers, {requests} requests counted, {come}", servers.len())?;
    write!(out, "  {:22}", "")?;
    for (title, ..) in FIGURES {
        write!(out, " {title:>10}")?;
    }
    writeln!(out)?;
    for policy in report.policies() {
        write!(out, "  {policy:22}")?;
        for (_, digits, figure) in FIGURES {
            write!(out, " {:10.digits$}", report.median(policy, figure))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
