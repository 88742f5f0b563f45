//! What an evaluation costs by strategy, and whether an engine grows over a million of them.
//!
//! Nanoseconds of an evaluation: wall time by all of them, the least of several runs. `predictive` has seen two weeks by the
//! minute. The last line has the figures as `key=value`.
#![allow(clippy::print_stdout, reason = "a bench speaks to whoever runs it")]

use std::time::{Duration, Instant};

use opusclip_core::Result;
use opusclip_core::scaling::{ResourceMetrics, ScalingConfig, ScalingEngine, ScalingStrategy};

/// Evaluations of a run.
const COUNT: u32 = 10_000;
/// Runs, short enough that some are not interrupted; the least counts.
const RUNS: u32 = 40;
/// Two weeks of minutes.
const MINUTES: u32 = 14 * 1440;

fn main() -> Result<()> {
    let mut figures = Vec::new();
    for strategy in ScalingStrategy::ALL {
        let mut engine = engine(strategy)?;
        let mut now = 0.0;
        if strategy == ScalingStrategy::Predictive {
            for minute in 0..MINUTES {
                evaluate(&mut engine, minute, &mut now, 60.0);
            }
        }
        let mut run = |_| {
            let start = Instant::now();
            (0..COUNT).for_each(|at| evaluate(&mut engine, at, &mut now, 15.0));
            start.elapsed()
        };
        let least = (0..RUNS).map(&mut run).min().unwrap_or(Duration::ZERO);
        let nanoseconds = least.as_secs_f64() * 1e9 / f64::from(COUNT);
        println!("{:14} {nanoseconds:8.0} ns", strategy.as_str());
        figures.push(format!("{}_ns={nanoseconds:.0}", strategy.as_str()));
    }
    let mut engine = engine(ScalingStrategy::Hybrid)?;
    let mut now = 0.0;
    (0..10_000).for_each(|at| evaluate(&mut engine, at, &mut now, 15.0));
    let before = engine.save()?.len();
    (0..1_000_000).for_each(|at| evaluate(&mut engine, at, &mut now, 15.0));
    figures.push(format!("state_growth={:.3}", engine.save()?.len() as f64 / before as f64));
    println!("{}", figures.join(" "));
    Ok(())
}

fn engine(strategy: ScalingStrategy) -> Result<ScalingEngine> {
    ScalingEngine::new(ScalingConfig {
        strategy,
        max_instances: 1000,
        target_request_rate: Some(20.0),
        ..ScalingConfig::default()
    })
}

/// A load that goes up and down, so that there is something to decide.
fn evaluate(engine: &mut ScalingEngine, at: u32, now: &mut f64, step: f64) {
    let wave = f64::from(at % 480) / 480.0;
    let metrics = ResourceMetrics::new(20.0 + 70.0 * wave, 40.0, 100.0 + 200.0 * wave, 500.0 * wave);
    *now += step;
    // Metrics like these are never refused.
    let _ = std::hint::black_box(engine.evaluate(&metrics, *now));
}
