//! What holds for any history.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    BalancerOptions, BalancingStrategy, ErrorCode, HashOptions, InstanceOptions, InstanceState, LoadBalancer,
    OwnedPick, PickRequest, RequestOutcome, SlowStartOptions, balancer, count, picks,
};

/// What may happen to a balancer.
#[derive(Debug, Clone)]
enum Step {
    Add(u8, u32),
    Remove(u8),
    Health(u8, bool),
    Disable(u8, bool),
    Drain(u8),
    Weight(u8, u32),
    Pick(u64, bool),
    Finish(u8, u8),
    Drop(u8),
    Wait(f64),
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0_u8..6;
    prop_oneof![
        1 => (id.clone(), 1_u32..5).prop_map(|(id, weight)| Step::Add(id, weight)),
        1 => id.clone().prop_map(Step::Remove),
        1 => (id.clone(), any::<bool>()).prop_map(|(id, healthy)| Step::Health(id, healthy)),
        1 => (id.clone(), any::<bool>()).prop_map(|(id, disabled)| Step::Disable(id, disabled)),
        1 => id.clone().prop_map(Step::Drain),
        1 => (id, 1_u32..5).prop_map(|(id, weight)| Step::Weight(id, weight)),
        4 => (any::<u64>(), any::<bool>()).prop_map(|(key, keyed)| Step::Pick(key, keyed)),
        3 => (any::<u8>(), 0_u8..5).prop_map(|(at, outcome)| Step::Finish(at, outcome)),
        1 => any::<u8>().prop_map(Step::Drop),
        1 => (0.0_f64..40.0).prop_map(Step::Wait),
    ]
}

const OUTCOMES: [RequestOutcome; 5] = [
    RequestOutcome::Success,
    RequestOutcome::ServerError,
    RequestOutcome::LocalError,
    RequestOutcome::Overloaded,
    RequestOutcome::Cancelled,
];

fn history(strategy: BalancingStrategy, steps: &[Step]) -> std::result::Result<(), TestCaseError> {
    let slow_start = SlowStartOptions { window: 20.0, ..SlowStartOptions::default() };
    // A table that is made anew with each change is made small.
    let hash = HashOptions { table_size: 251, points_per_weight: 8, ..HashOptions::default() };
    let balancer = LoadBalancer::new(BalancerOptions { slow_start, hash, ..BalancerOptions::of(strategy) }).unwrap();
    let mut held: Vec<OwnedPick> = Vec::new();
    let mut now = 0.0;
    // Whatever an id is, the call is an answer or an error, never a panic.
    for step in steps {
        match step {
            Step::Add(id, weight) => {
                let _ = balancer.add_instance(&id.to_string(), InstanceOptions::weight(f64::from(*weight)), now);
            }
            Step::Remove(id) => drop(balancer.remove_instance(&id.to_string(), now)),
            Step::Health(id, healthy) => drop(balancer.set_instance_health(&id.to_string(), *healthy, now)),
            Step::Disable(id, true) => drop(balancer.disable(&id.to_string(), now)),
            Step::Disable(id, false) => drop(balancer.enable(&id.to_string(), now)),
            Step::Drain(id) => drop(balancer.drain(&id.to_string(), 10.0, now)),
            Step::Weight(id, weight) => drop(balancer.set_weight(&id.to_string(), f64::from(*weight), now)),
            Step::Pick(key, keyed) => {
                let key = key.to_le_bytes();
                let request = if *keyed { PickRequest::keyed(&key) } else { PickRequest::default() };
                let before = balancer.snapshot(now).unwrap();
                let panic = before.panic;
                let may: BTreeSet<String> = before
                    .instances
                    .into_iter()
                    .filter(|instance| {
                        instance.state.is_well()
                            || (panic && matches!(instance.state, InstanceState::Unhealthy | InstanceState::Ejected))
                    })
                    .map(|instance| instance.id)
                    .collect();
                match balancer.pick_owned(&request, now) {
                    Ok(pick) => {
                        prop_assert!(may.contains(pick.id()), "{:?} was picked of {may:?}", pick.id());
                        held.push(pick);
                    }
                    Err(error) => prop_assert_eq!(error.code(), ErrorCode::BalanceNoInstance),
                }
            }
            Step::Finish(at, outcome) if !held.is_empty() => {
                let pick = held.swap_remove(*at as usize % held.len());
                pick.finish(OUTCOMES[*outcome as usize], now);
            }
            Step::Drop(at) if !held.is_empty() => drop(held.swap_remove(*at as usize % held.len())),
            Step::Finish(..) | Step::Drop(_) => {}
            Step::Wait(seconds) => now += seconds,
        }
    }
    held.clear();
    let end = balancer.snapshot(now).unwrap();
    prop_assert_eq!(end.in_flight, 0, "a request has leaked");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(9_200))]

    /// Eleven strategies by so many histories are more than a hundred thousand.
    #[test]
    fn only_who_may_is_picked_and_nothing_leaks(steps in prop::collection::vec(step(), 1..25)) {
        for strategy in BalancingStrategy::ALL {
            history(strategy, &steps)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any stretch of a period has each as often as its weight, also after health has changed.
    #[test]
    fn weighted_shares_are_exact_over_a_period(weights in prop::collection::vec(1_u32..9, 2..6), skipped in 0_usize..50) {
        let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::WeightedRoundRobin)).unwrap();
        for (at, weight) in weights.iter().enumerate() {
            balancer.add_instance(&at.to_string(), InstanceOptions::weight(f64::from(*weight)), 0.0).unwrap();
        }
        picks(&balancer, skipped, 0.0);
        balancer.set_instance_health("0", false, 0.0).unwrap();
        balancer.set_instance_health("0", true, 0.0).unwrap();
        let common = weights.iter().copied().fold(0, |a, b| { let (mut a, mut b) = (a, b); while b > 0 { (a, b) = (b, a % b); } a });
        let picked = picks(&balancer, weights.iter().sum::<u32>() as usize, 0.0);
        prop_assert!(common > 0);
        for (at, weight) in weights.iter().enumerate() {
            prop_assert_eq!(count(&picked, &at.to_string()), *weight as usize);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Removing one of n moves its own keys; tables of Maglev move somewhat more.
    #[test]
    fn removing_one_moves_its_own_keys(n in 3_usize..12, removed in 0_usize..12) {
        let removed = (removed % n).to_string();
        for strategy in [BalancingStrategy::RingHash, BalancingStrategy::Rendezvous, BalancingStrategy::Maglev] {
            let ids: Vec<String> = (0..n).map(|id| id.to_string()).collect();
            let balancer = balancer(strategy, &ids.iter().map(String::as_str).collect::<Vec<_>>());
            let owners = || -> Vec<String> {
                (0..3000_u32).map(|key| balancer.next_instance(&PickRequest::keyed(&key.to_le_bytes()), 0.0).unwrap()).collect()
            };
            let before = owners();
            balancer.remove_instance(&removed, 0.0).unwrap();
            let moved = before.iter().zip(owners()).filter(|(old, new)| *old != new && **old != removed).count();
            let allowed = if strategy == BalancingStrategy::Maglev { 3000 / 20 } else { 0 };
            prop_assert!(moved <= allowed, "{:?}: {} others moved", strategy, moved);
            balancer.add_instance(&removed, InstanceOptions::default(), 0.0).unwrap();
            prop_assert!(before == owners(), "{:?}: whoever comes back gets its keys back", strategy);
        }
    }
}
