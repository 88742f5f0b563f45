//! What policies would cost on recorded traffic, at equal violations: `cargo run --example scaling -- trace.csv`.
//!
//! Further arguments are `key=value`: `step` (seconds between rows, where there is no column of times), `column`,
//! `mean` (requests a second that the trace is scaled to), `counts` (in a window that it is smoothed over), `start_up`
//! (seconds), `seeds`, `days` (of the trace that are played).
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::collections::{BTreeMap, VecDeque};

use opusclip_core::scaling::simulate::{Front, Plant, SimulatedPolicy, TARGETS, Trace, TraceOptions, front};
use opusclip_core::scaling::{ResourceMetrics, ScalingConfig, ScalingEngine};
use opusclip_core::{Error, ErrorCode, Result};

/// Shares of violations that costs are compared at.
const LEVELS: [f64; 3] = [0.001, 0.005, 0.02];

/// A bound of what can be done without knowing the future: ours where metrics are seen at once and none is lost, and free to
/// turn at will.
const SEEING: &str = "seeing";

type ByTarget = fn(f64) -> SimulatedPolicy;
const POLICIES: [(&str, ByTarget); 7] = [
    ("ours", |target| SimulatedPolicy::Predictive { target }),
    (SEEING, |target| SimulatedPolicy::Engine(Box::new(at_will(target)))),
    ("hpa", |target| SimulatedPolicy::Hpa { target }),
    ("hpa_cpu", |target| SimulatedPolicy::HpaCpu { target }),
    ("kpa", |target| SimulatedPolicy::Kpa { target }),
    ("aws", |target| SimulatedPolicy::TargetTracking { target }),
    ("oracle", |target| SimulatedPolicy::Oracle { target }),
];

fn at_will(target: f64) -> ScalingConfig {
    ScalingConfig { tolerance_down: Some(0.0), ..SimulatedPolicy::predictive(&Plant::default(), target) }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or_else(|| {
        Error::new(ErrorCode::ConfigInvalid, "no trace was named").field("TRACE").hint("name a CSV file with counts")
    })?;
    let given: BTreeMap<String, String> = arguments
        .filter_map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
        .collect();
    let number = |key: &str| given.get(key).and_then(|value| value.parse::<f64>().ok());
    let options = TraceOptions { column: given.get("column").cloned(), step: number("step") };
    let mut trace = Trace::read(&file, &options)?;
    if let Some(days) = number("days") {
        trace.rates.truncate(((days * 86_400.0 / trace.step) as usize).max(2));
    }
    let trace = trace.smoothed(number("counts").unwrap_or(200.0)).scaled_to(number("mean").unwrap_or(340.0));
    let plant = Plant { start_up: number("start_up").unwrap_or(60.0), ..Plant::default() };
    let seeds = number("seeds").unwrap_or(5.0) as u64;

    let mut fronts: BTreeMap<&str, Vec<Front>> = BTreeMap::new();
    for (name, policy) in POLICIES {
        let plant = match name {
            SEEING => Plant { metric_delay: 0.0, lost_samples: 0.0, ..plant.clone() },
            _ => plant.clone(),
        };
        let policy = |target| with_start_up(policy(target), plant.start_up);
        let of_seed = |seed| front(&trace, &plant, policy, &TARGETS, seed);
        fronts.insert(name, (0..seeds).map(of_seed).collect::<Result<_>>()?);
    }
    print_table(&fronts);
    println!("interval_coverage={:.3} nominal=0.900", coverage(&trace)?);
    print_figures(&fronts);
    Ok(())
}

/// The share of times that demand lay in the interval that was forecast for it, over the last two thirds of a trace.
fn coverage(trace: &Trace) -> Result<f64> {
    let mut engine = ScalingEngine::new(at_will(0.7))?;
    let step = engine.config().prediction.step;
    let steps = (trace.duration() / step) as usize;
    let mut open: VecDeque<(usize, f64, f64)> = VecDeque::new();
    let (mut within, mut all) = (0_u32, 0_u32);
    for at in 0..steps {
        let now = at as f64 * step;
        let rate = trace.rate_at(now);
        while open.front().is_some_and(|(due, ..)| *due <= at) {
            let Some((due, lower, upper)) = open.pop_front() else { break };
            if due == at && at * 3 > steps {
                all += 1;
                within += u32::from(lower <= rate && rate <= upper);
            }
        }
        let metrics = ResourceMetrics { request_rate: Some(rate), ..ResourceMetrics::default() };
        engine.evaluate(&metrics, now)?;
        if let Some(forecast) = engine.status(now)?.forecast {
            open.push_back((at + (forecast.horizon / step).round() as usize, forecast.lower, forecast.upper));
        }
    }
    Ok(f64::from(within) / f64::from(all))
}

/// An engine of one's own is told how long a start takes.
fn with_start_up(policy: SimulatedPolicy, seconds: f64) -> SimulatedPolicy {
    match policy {
        SimulatedPolicy::Engine(mut config) => {
            config.start_up.seconds = Some(seconds);
            SimulatedPolicy::Engine(config)
        }
        other => other,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Instance hours at a level, and reversals a day; the median of the seeds.
fn at(fronts: &BTreeMap<&str, Vec<Front>>, name: &str, level: f64) -> (f64, f64) {
    let points: Vec<_> = fronts.get(name).into_iter().flatten().filter_map(|front| front.at(level)).collect();
    let of =
        |field: fn(&opusclip_core::scaling::simulate::FrontPoint) -> f64| median(points.iter().map(field).collect());
    (of(|point| point.instance_hours), of(|point| point.reversals_per_day))
}

fn print_table(fronts: &BTreeMap<&str, Vec<Front>>) {
    println!("instance hours (changes of direction a day) at violations of");
    println!("{:10}{}", "", LEVELS.map(|level| format!("{:>22}", format!("{} %", level * 100.0))).concat());
    for (name, _) in POLICIES {
        let cells = LEVELS.map(|level| {
            let (hours, reversals) = at(fronts, name, level);
            format!("{:>22}", format!("{hours:.0} ({reversals:.0})"))
        });
        println!("{name:10}{}", cells.concat());
    }
}

/// Means over the levels that the policies in question reach: costs at equal violations, and `violations_vs_hpa` at equal
/// costs. `captured` is the share of the clairvoyant's saving over the better of the two, `reachable` that of `seeing`.
fn print_figures(fronts: &BTreeMap<&str, Vec<Front>>) {
    let over = |of: &dyn Fn(f64) -> f64| {
        let values: Vec<f64> = LEVELS.iter().map(|level| of(*level)).filter(|value| value.is_finite()).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let hours = |name: &str, level: f64| at(fronts, name, level).0;
    let ratio = |name: &str| over(&|level| hours("ours", level) / hours(name, level));
    // The other one where one of them never was that good.
    let best = |level: f64| hours("hpa", level).min(hours("kpa", level));
    let share = |name: &str| over(&|level| (best(level) - hours(name, level)) / (best(level) - hours("oracle", level)));
    let violations = over(&|level| {
        let spent = hours("hpa", level);
        let ours = fronts.get("ours").into_iter().flatten().filter_map(|front| front.costing(spent));
        median(ours.map(|point| point.violations).collect()) / level
    });
    let reversals = over(&|level| at(fronts, "ours", level).1 / at(fronts, "hpa", level).1);
    println!(
        "cost_vs_hpa={:.3} cost_vs_kpa={:.3} cost_vs_best={:.3} violations_vs_hpa={violations:.3} over_clairvoyant={:.3} \
         captured={:.3} reachable={:.3} reversals_vs_hpa={reversals:.2}",
        ratio("hpa"),
        ratio("kpa"),
        over(&|level| hours("ours", level) / best(level)),
        ratio("oracle"),
        share("ours"),
        share(SEEING),
    );
}
