//! Whom each strategy takes.

use super::*;

#[test]
fn round_robin_takes_each_in_turn() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b", "c"]);
    assert_eq!(picks(&balancer, 6, 0.0).concat(), "abcabc");
}

#[test]
fn weighted_round_robin_is_the_sequence_of_nginx() {
    let balancer = balancer(BalancingStrategy::WeightedRoundRobin, &["a", "b", "c"]);
    balancer.set_weight("a", 5.0, 0.0).unwrap();
    assert_eq!(picks(&balancer, 14, 0.0).concat(), "aabacaaaabacaa");
}

#[test]
fn random_is_by_weight() {
    let balancer = balancer(BalancingStrategy::Random, &["a", "b"]);
    balancer.set_weight("a", 3.0, 0.0).unwrap();
    let share = count(&picks(&balancer, 20_000, 0.0), "a") as f64 / 20_000.0;
    assert!((share - 0.75).abs() < 0.02, "{share}");
}

#[test]
fn least_connections_fills_up_by_weight() {
    let balancer = balancer(BalancingStrategy::LeastConnections, &["a", "b"]);
    balancer.set_weight("b", 2.0, 0.0).unwrap();
    let held: Vec<Pick<'_>> = (0..9).map(|_| balancer.pick(&PickRequest::default(), 0.0).unwrap()).collect();
    assert_eq!(held.iter().filter(|pick| pick.id() == "b").count(), 6);
}

#[test]
fn strategies_that_look_at_load_leave_a_busy_instance_alone() {
    for strategy in ["least_connections", "least_response_time", "power_of_two_choices", "peak_ewma", "prequal"] {
        let balancer = balancer(strategy.parse().unwrap(), &["a", "b"]);
        let held: Vec<Pick<'_>> = (0..40).map(|_| balancer.pick(&PickRequest::default(), 0.0).unwrap()).collect();
        let of_a = held.iter().filter(|pick| pick.id() == "a").count();
        assert_eq!(of_a, 20, "{strategy}: two alike have the same");
    }
}

#[test]
fn the_same_key_gets_the_same_instance() {
    for strategy in ["ring_hash", "maglev", "rendezvous"] {
        let ids = ["a", "b", "c", "d", "e"];
        let balancer = balancer(strategy.parse().unwrap(), &ids);
        let owner = |key: u32| balancer.next_instance(&PickRequest::keyed(&key.to_le_bytes()), 0.0).unwrap();
        let owners: Vec<String> = (0..2000).map(owner).collect();
        assert_eq!(owners, (0..2000).map(owner).collect::<Vec<_>>());
        for id in ids {
            let share = count(&owners, id) as f64 / 2000.0;
            assert!((share - 0.2).abs() < 0.08, "{strategy}: {id} has {share}");
        }
    }
}

#[test]
fn a_bound_sends_what_is_too_much_for_one_key_elsewhere() {
    for strategy in ["ring_hash", "maglev", "rendezvous"] {
        let mut options = BalancerOptions::of(strategy.parse().unwrap());
        options.hash.balance_factor = Some(150.0);
        let balancer = with(options, &["a", "b", "c", "d"]);
        let held: Vec<Pick<'_>> = (0..40).map(|_| balancer.pick(&PickRequest::keyed(b"hot"), 0.0).unwrap()).collect();
        for id in ["a", "b", "c", "d"] {
            // 1.5 times the average of 10.
            assert!(held.iter().filter(|pick| pick.id() == id).count() <= 15, "{strategy}");
        }
    }
}

#[test]
fn a_fast_failure_attracts_nothing() {
    for strategy in ["least_response_time", "peak_ewma"] {
        let options = BalancerOptions { outlier: None, ..BalancerOptions::of(strategy.parse().unwrap()) };
        let balancer = with(options, &["good", "bad", "fine", "well"]);
        let mut of_bad = 0;
        for request in 0..4000 {
            let now = f64::from(request) * 0.01;
            let pick = balancer.pick(&PickRequest::default(), now).unwrap();
            let bad = pick.id() == "bad";
            of_bad += usize::from(bad);
            let (outcome, took) =
                if bad { (RequestOutcome::ServerError, 0.001) } else { (RequestOutcome::Success, 0.009) };
            pick.finish(outcome, now + took);
        }
        // Half of its fair share is 500.
        assert!(of_bad < 100, "{strategy}: {of_bad}");
    }
}

#[test]
fn probes_lead_to_the_fastest_of_those_with_little_to_do() {
    let balancer = balancer(BalancingStrategy::Prequal, &["a", "b", "c", "d", "e"]);
    for (id, in_flight, response_time) in
        [("a", 1, 0.04), ("b", 2, 0.015), ("c", 3, 0.02), ("d", 9, 0.005), ("e", 4, 0.03)]
    {
        balancer.report_probe(id, Probe { in_flight, response_time }, 0.0).unwrap();
    }
    assert_eq!(picks(&balancer, 1, 0.5), ["b"]);
    assert!(balancer.report_probe("a", Probe { in_flight: 1, response_time: f64::NAN }, 0.0).is_err());
    assert!(balancer.report_probe("z", Probe { in_flight: 1, response_time: 0.1 }, 0.0).is_err());
}

#[test]
fn the_same_seed_gives_the_same_picks() {
    for strategy in BalancingStrategy::ALL {
        let run = |seed| {
            let options = BalancerOptions { seed, ..BalancerOptions::of(strategy) };
            picks(&with(options, &["a", "b", "c", "d", "e"]), 50, 1.0)
        };
        assert_eq!(run(7), run(7), "{strategy:?}");
    }
    let random = |seed| {
        picks(&with(BalancerOptions { seed, ..BalancerOptions::of(BalancingStrategy::Random) }, &["a", "b"]), 50, 1.0)
    };
    assert_ne!(random(1), random(2));
}

#[test]
fn names_are_those_of_the_options() {
    for strategy in BalancingStrategy::ALL {
        assert_eq!(strategy.as_str().parse::<BalancingStrategy>().unwrap(), strategy);
        assert_eq!(serde_json::to_value(strategy).unwrap(), strategy.as_str());
        assert_eq!(balancer(strategy, &["a"]).snapshot(0.0).unwrap().strategy, strategy.as_str());
    }
    let error = "round_robbin".parse::<BalancingStrategy>().unwrap_err();
    assert!(error.hint_text().unwrap().starts_with("did you mean `round_robin`?"));
}
