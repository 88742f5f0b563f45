//! The way of a request takes no memory: neither a pick nor its result.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

use opusclip_core::balance::{
    BalancerOptions, BalancingStrategy, HashOptions, InstanceOptions, LoadBalancer, PickRequest, Probe, RequestOutcome,
};

/// Requests that are looked at.
const REQUESTS: u32 = 5_000;
const INSTANCES: u32 = 20;

fn balancer(options: BalancerOptions) -> LoadBalancer {
    let balancer = LoadBalancer::new(options).unwrap();
    for at in 0..INSTANCES {
        let options =
            InstanceOptions { max_connections: Some(at % 2 * 5), ..InstanceOptions::weight(f64::from(1 + at % 3)) };
        balancer.add_instance(&at.to_string(), options, 0.0).unwrap();
    }
    // The answers of probes, which `prequal` goes by.
    for at in 0..INSTANCES {
        balancer
            .report_probe(&at.to_string(), Probe { in_flight: u64::from(at % 4), response_time: 0.01 }, 0.0)
            .unwrap();
    }
    balancer
}

/// Requests of every kind, some of which end in other ways than well.
fn requests(balancer: &LoadBalancer, owned: bool) {
    for request in 0..REQUESTS {
        let now = f64::from(request) * 1e-6;
        let key = request.to_le_bytes();
        let exclude: &[&str] = if request % 5 == 0 { &["3", "4"] } else { &[] };
        let asked = PickRequest { key: (request % 2 == 0).then_some(&key[..]), exclude, ..PickRequest::default() };
        let outcome = if request % 50 == 7 { RequestOutcome::Overloaded } else { RequestOutcome::Success };
        if owned {
            balancer.pick_owned(&asked, now).unwrap().finish(outcome, now + 0.01);
            continue;
        }
        let pick = balancer.pick(&asked, now).unwrap();
        if request % 11 == 0 { drop(pick) } else { pick.finish(outcome, now + 0.01) }
    }
}

#[test]
fn neither_a_pick_nor_its_result_takes_memory() {
    for strategy in BalancingStrategy::ALL {
        for balance_factor in [None, Some(125.0)] {
            let hash = HashOptions { balance_factor, table_size: 2_039, ..HashOptions::default() };
            let balancer = balancer(BalancerOptions { hash, max_requests: 1_000, ..BalancerOptions::of(strategy) });
            // The first request makes the table, and the first result of an instance its bins.
            (0..20).for_each(|_| requests(&balancer, false));
            for owned in [false, true] {
                let taken = allocation_counter::measure(|| requests(&balancer, owned));
                assert_eq!(taken.count_total, 0, "{strategy:?}, owned: {owned}: {taken:?}");
            }
        }
    }
}

/// The counter counts: without this, no other test here says anything.
#[test]
fn what_takes_memory_is_noticed() {
    let balancer = balancer(BalancerOptions::of(BalancingStrategy::RoundRobin));
    let taken = allocation_counter::measure(|| drop(balancer.next_instance(&PickRequest::default(), 0.0)));
    assert!(taken.count_total > 0);
}
