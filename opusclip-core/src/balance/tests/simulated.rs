//! Response times in virtual time. Borders are those the project sets itself, with seeds that nothing was chosen by.

use super::super::simulate::{Fault, Policy, Scenario, ServerPlan, WorkDistribution, simulate};
use super::*;

fn run(scenario: &Scenario, strategy: BalancingStrategy, seed: u64) -> simulate::SimulationResult {
    simulate(scenario, &Policy::Strategy(strategy), seed).unwrap()
}

fn named(name: &str, requests: u32) -> Scenario {
    Scenario { requests, ..Scenario::named(name).unwrap() }
}

/// One caller, ten equal servers of one worker, requests of 10 ms.
fn plain(requests: u32) -> Scenario {
    Scenario { requests, ..Scenario::default() }
}

/// Random splitting of Poisson arrivals makes each server a queue of its own, M/G/1 with processor sharing, whose mean
/// response time is work / (1 - load), whatever the distribution of work (Kleinrock, 1967).
#[test]
fn the_simulator_agrees_with_the_theory_of_queues() {
    for distribution in [WorkDistribution::Constant, WorkDistribution::Exponential, WorkDistribution::Bimodal] {
        let scenario = Scenario { rate: 500.0, distribution, ..plain(150_000) };
        let mean = run(&scenario, BalancingStrategy::Random, 11).mean;
        assert!((mean / 0.02 - 1.0).abs() < 0.05, "{distribution:?}: {mean}");
    }
}

/// Of two choices the mean at load 0.8 is about 2.6 services for many servers (Mitzenmacher: the sum of
/// load^(2^i - 1)... / load); ten servers are close to that.
#[test]
fn two_choices_are_far_better_than_one() {
    let scenario = plain(100_000);
    let (one, two) =
        (run(&scenario, BalancingStrategy::Random, 3), run(&scenario, BalancingStrategy::PowerOfTwoChoices, 3));
    let many: f64 = (1..20).map(|i| 0.8_f64.powi((1 << i) - 2)).take_while(|term| *term > 1e-9).sum();
    assert!((two.mean / (0.01 * many) - 1.0).abs() < 0.2, "{} beside {}", two.mean, many * 0.01);
    assert!(two.mean < one.mean / 2.0);
}

/// What another simulator of the same set-ups has for known policies, 99 % in milliseconds. Where round robin overloads a
/// server, all that counts is that it does.
#[test]
fn known_policies_come_out_as_elsewhere() {
    use BalancingStrategy::{LeastConnections, PeakEwma, PowerOfTwoChoices, RoundRobin};
    for (name, requests, strategy, elsewhere) in [
        ("equal", 60_000, RoundRobin, 151.0),
        ("equal", 60_000, LeastConnections, 115.0),
        ("equal", 60_000, PowerOfTwoChoices, 128.0),
        ("equal", 60_000, PeakEwma, 131.0),
        ("half_slow", 60_000, RoundRobin, 3000.0),
        ("half_slow", 60_000, LeastConnections, 221.0),
        ("half_slow", 60_000, PowerOfTwoChoices, 319.0),
        ("half_slow", 60_000, PeakEwma, 203.0),
        ("one_slow", 20_000, RoundRobin, 106.0),
        ("one_slow", 20_000, PeakEwma, 11.3),
        ("faults", 60_000, RoundRobin, 3000.0),
        ("faults", 60_000, LeastConnections, 450.0),
        ("faults", 60_000, PowerOfTwoChoices, 1019.0),
    ] {
        let p99 = run(&named(name, requests), strategy, 103).p99 * 1000.0;
        assert!((p99 / elsewhere - 1.0).abs() < 0.2, "{name}, {}: {p99} beside {elsewhere}", strategy.as_str());
    }
}

#[test]
fn slow_and_failing_servers_are_found_out() {
    for seed in [101, 102] {
        let learned = |name, requests| run(&named(name, requests), BalancingStrategy::LeastResponseTime, seed);
        let faults = learned("faults", 60_000);
        assert!(faults.availability >= 0.9999 && faults.p99 <= 0.13, "{faults:?}");
        // Half of the fair share of one of eight.
        assert!(faults.shares[6] <= 0.0625, "{faults:?}");
        for (name, requests, most) in [
            ("equal", 60_000, 0.11),
            ("half_slow", 60_000, 0.19),
            ("one_slow", 30_000, 0.0115),
            ("cold_start", 100_000, 0.11),
        ] {
            let result = learned(name, requests);
            assert!(result.p99 <= most, "{name}: {result:?}");
        }
        assert!(learned("one_slow", 30_000).p999 <= 0.02);
    }
}

/// While it is well, a server that flaps is worth having where there is much to do; while it is not, hardly anybody asks it.
#[test]
fn a_server_that_flaps_is_used_while_it_is_well() {
    let mut scenario = named("equal", 60_000);
    scenario.servers[3].fault = Fault::Flapping { period: 20.0 };
    let result = run(&scenario, BalancingStrategy::LeastResponseTime, 104);
    assert!(result.availability >= 0.9999 && result.attempts_per_request < 1.01, "{result:?}");
    // Half of the time it could have a tenth.
    assert!(result.shares[3] > 0.02, "{result:?}");
}

#[test]
fn a_server_that_hangs_is_found_out() {
    let mut scenario = plain(40_000);
    scenario.servers[3] = ServerPlan { fault: Fault::Dead { since: 10.0 }, ..ServerPlan::default() };
    let learned = run(&scenario, BalancingStrategy::LeastResponseTime, 5);
    let blind = run(&scenario, BalancingStrategy::RoundRobin, 5);
    assert!(learned.availability > 0.999 && blind.availability < 0.95, "{learned:?} {blind:?}");
}

/// One server that takes 10 ms: requests a second apart meet nobody, requests of the same moment share it.
#[test]
fn requests_of_a_trace_come_when_it_says() {
    let alone = Scenario {
        arrivals: vec![5.0, 6.0, 8.5, 8.5],
        servers: vec![ServerPlan::default()],
        distribution: WorkDistribution::Constant,
        warm_up: 0.0,
        ..Scenario::default()
    };
    let result = run(&alone, BalancingStrategy::RoundRobin, 1);
    assert_eq!((result.requests, result.availability), (4, 1.0));
    assert!((result.mean - (0.01 + 0.01 + 0.02 + 0.02) / 4.0).abs() < 1e-9, "{result:?}");
    for arrivals in [vec![1.0, 0.5], vec![f64::NAN], vec![-1.0]] {
        let error = simulate(&Scenario { arrivals, ..alone.clone() }, &Policy::Omniscient, 1).unwrap_err();
        assert_eq!(error.field_name(), Some("arrivals"));
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let scenario = named("faults", 5_000);
    assert_eq!(
        run(&scenario, BalancingStrategy::LeastResponseTime, 1),
        run(&scenario, BalancingStrategy::LeastResponseTime, 1)
    );
}

#[test]
fn impossible_scenarios_are_refused() {
    for scenario in [
        Scenario { servers: Vec::new(), ..Scenario::default() },
        Scenario { rate: f64::NAN, ..Scenario::default() },
        Scenario { requests: 0, ..Scenario::default() },
    ] {
        assert!(simulate(&scenario, &Policy::Omniscient, 1).is_err());
    }
    assert!(Scenario::named("half_slo").unwrap_err().hint_text().unwrap().starts_with("did you mean `half_slow`?"));
}
