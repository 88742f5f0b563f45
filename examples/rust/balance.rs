//! Strategies of the load balancer side by side: `cargo run --example balance -- half_slow 1`.
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use opusclip_core::Result;
use opusclip_core::balance::BalancingStrategy;
use opusclip_core::balance::simulate::{Policy, Scenario, simulate};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names = arguments.first().map_or(Scenario::NAMES.to_vec(), |name| vec![name.as_str()]);
    let seed = arguments.get(1).and_then(|seed| seed.parse().ok()).unwrap_or(1);
    for name in names {
        println!(
            "{name:24} {:>8} {:>8} {:>8} {:>8} {:>9} {:>6}",
            "p50 ms", "p99 ms", "p99.9", "max", "answered", "tries"
        );
        let scenario = Scenario::named(name)?;
        let strategies = BalancingStrategy::ALL.map(|strategy| (strategy.as_str(), Policy::Strategy(strategy)));
        for (name, policy) in strategies.into_iter().chain([("omniscient", Policy::Omniscient)]) {
            let result = simulate(&scenario, &policy, seed)?;
            let ms = |seconds: f64| seconds * 1e3;
            println!(
                "  {name:22} {:8.1} {:8.1} {:8.1} {:8.0} {:8.3}% {:6.3}",
                ms(result.p50),
                ms(result.p99),
                ms(result.p999),
                ms(result.max),
                result.availability * 100.0,
                result.attempts_per_request
            );
        }
    }
    Ok(())
}
