//! What a pick with its result costs, by strategy, for 3 to 1,000 instances, of one thread and of two.
//!
//! Nanoseconds of a pick and its result: wall time by all picks, the least of several runs. The last line has the figures
//! for 100 instances as `key=value`. Peers are not raced here: `pingora-load-balancing` brings a whole proxy with it, and
//! `tower`'s balancer is a service that cannot be asked for a pick alone.
#![allow(clippy::print_stdout, reason = "a bench speaks to whoever runs it")]

use std::time::{Duration, Instant};

use opusclip_core::Result;
use opusclip_core::balance::{
    BalancerOptions, BalancingStrategy, InstanceOptions, LoadBalancer, PickRequest, RequestOutcome,
};

/// Picks of a run.
const COUNT: u32 = 20_000;
/// Runs, short enough that some are not interrupted; the least counts.
const RUNS: u32 = 60;
/// Instances.
const SIZES: [u32; 4] = [3, 10, 100, 1000];

fn main() -> Result<()> {
    let mut figures = Vec::new();
    println!("{:24} {}", "", SIZES.map(|size| format!("{:>19}", format!("{size} instances"))).concat());
    for strategy in BalancingStrategy::ALL {
        let mut line = format!("{:24} ", strategy.as_str());
        for size in SIZES {
            let (one, two) = measure(&balancer(strategy, size)?);
            line += &format!("{:>19}", format!("{one:.1} / {two:.1} ns"));
            if size == 100 {
                figures.push(format!("{0}_ns={one:.1} {0}_two_threads_ns={two:.1}", strategy.as_str()));
            }
        }
        println!("{line}");
    }
    println!("{}", figures.join(" "));
    Ok(())
}

fn balancer(strategy: BalancingStrategy, size: u32) -> Result<LoadBalancer> {
    let balancer = LoadBalancer::new(BalancerOptions::of(strategy))?;
    for at in 0..size {
        balancer.add_instance(
            &format!("10.0.{}.{}:80", at / 256, at % 256),
            InstanceOptions::weight(f64::from(1 + at % 3)),
            0.0,
        )?;
    }
    Ok(balancer)
}

/// Nanoseconds of a pick with its result, of one thread and of two.
fn measure(balancer: &LoadBalancer) -> (f64, f64) {
    let run = || {
        for at in 0..COUNT {
            let now = f64::from(at) * 1e-6;
            let key = at.to_le_bytes();
            // With instances that are all well there is always one.
            if let Ok(pick) = balancer.pick(&PickRequest::keyed(&key), now) {
                pick.finish(RequestOutcome::Success, now + 1e-3);
            }
        }
    };
    let least = |threads: u32| {
        let time = |_| {
            let start = Instant::now();
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(run))));
            start.elapsed()
        };
        (0..RUNS).map(time).min().unwrap_or(Duration::ZERO).as_secs_f64() * 1e9 / f64::from(COUNT * threads)
    };
    (least(1), least(2))
}
