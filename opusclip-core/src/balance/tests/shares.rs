//! Shares of requests and of keys, counted beside rules that are written down here once more.

use proptest::prelude::*;

use super::{BalancerOptions, BalancingStrategy, HashOptions, InstanceOptions, LoadBalancer, PickRequest, picks};

/// nginx's rule, as it is told: each gathers its weight, the one with the most has the request and pays the sum of all.
fn smooth(weights: &[u32], requests: usize) -> (Vec<String>, Vec<Vec<i64>>) {
    let total: i64 = weights.iter().copied().map(i64::from).sum();
    let mut current = vec![0_i64; weights.len()];
    let mut gathered = Vec::new();
    let sequence = (0..requests).map(|_| {
        current.iter_mut().zip(weights).for_each(|(current, weight)| *current += i64::from(*weight));
        let most = current.iter().copied().max().unwrap();
        let chosen = current.iter().position(|current| *current == most).unwrap();
        current[chosen] -= total;
        gathered.push(current.clone());
        chosen.to_string()
    });
    (sequence.collect(), gathered)
}

fn weighted(weights: &[u32]) -> LoadBalancer {
    let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::WeightedRoundRobin)).unwrap();
    for (at, weight) in weights.iter().enumerate() {
        balancer.add_instance(&at.to_string(), InstanceOptions::weight(f64::from(*weight)), 0.0).unwrap();
    }
    balancer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// The sequence is nginx's, what all have gathered is always nothing, and any stretch as long as a period has each as
    /// often as its weight, also after somebody's health has changed.
    #[test]
    fn smooth_weighted_shares_are_exact(weights in prop::collection::vec(1_u32..9, 2..6), skipped in 0_usize..30) {
        let period = weights.iter().sum::<u32>() as usize;
        let balancer = weighted(&weights);
        let (expected, gathered) = smooth(&weights, skipped + period);
        prop_assert!(gathered.iter().all(|current| current.iter().sum::<i64>() == 0));
        prop_assert_eq!(&picks(&balancer, skipped, 0.0), &expected[..skipped]);
        balancer.set_instance_health("0", false, 0.0).unwrap();
        balancer.set_instance_health("0", true, 0.0).unwrap();
        let picked = picks(&balancer, period, 0.0);
        prop_assert_eq!(&picked, &expected[skipped..]);
        for (at, weight) in weights.iter().enumerate() {
            let count = picked.iter().filter(|id| **id == at.to_string()).count();
            prop_assert_eq!(count, *weight as usize);
        }
    }
}

/// Keys that are looked at.
const KEYS: usize = 600;
/// Entries of Maglev's table; small, because it is made anew with each change.
const ENTRIES: u32 = 2_039;
/// Points of an instance on the ring.
const POINTS: u32 = 160;

fn hashing(strategy: BalancingStrategy, balance_factor: Option<f64>, ids: &[String]) -> LoadBalancer {
    let hash = HashOptions { table_size: ENTRIES, points_per_weight: POINTS, balance_factor };
    let balancer = LoadBalancer::new(BalancerOptions { hash, ..BalancerOptions::of(strategy) }).unwrap();
    for id in ids {
        balancer.add_instance(id, InstanceOptions::default(), 0.0).unwrap();
    }
    balancer
}

/// Who has each key while nothing else is in flight.
fn owners(balancer: &LoadBalancer) -> Vec<String> {
    let owner = |key: usize| balancer.pick(&PickRequest::keyed(&key.to_le_bytes()), 0.0).unwrap().id().to_owned();
    (0..KEYS).map(owner).collect()
}

/// The most keys of a fair share of `1 / n` that chance leads to: five standard deviations of the share itself, where an
/// instance has so many places of its own, and of the keys that are drawn.
fn most(n: usize, places: f64) -> f64 {
    let fair = 1.0 / n as f64;
    let keys = KEYS as f64;
    let of_places = fair / places.sqrt();
    let of_keys = (fair * (1.0 - fair) / keys).sqrt();
    keys * (fair + 5.0 * of_places.hypot(of_keys))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Adding or removing one of n moves its own keys, a fair share, and no others; Maglev moves at most as many others again
    /// (about twice as many in all, as Envoy's documentation says).
    #[test]
    fn one_of_n_moves_its_share_of_keys(names in prop::collection::hash_set("[a-z0-9.:-]{1,20}", 2..12), at in any::<prop::sample::Index>()) {
        let ids: Vec<String> = names.into_iter().collect();
        let (n, one) = (ids.len(), at.get(&ids).clone());
        let schemes = [
            (BalancingStrategy::RingHash, None, f64::from(POINTS), 0.0),
            (BalancingStrategy::Rendezvous, None, f64::INFINITY, 0.0),
            (BalancingStrategy::Maglev, None, f64::INFINITY, 1.0),
            (BalancingStrategy::RingHash, Some(125.0), f64::from(POINTS), 0.0),
            (BalancingStrategy::Rendezvous, Some(125.0), f64::INFINITY, 0.0),
        ];
        for (strategy, factor, places, again) in schemes {
            let (share, excess) = (most(n, places), again * most(n, places));
            let balancer = hashing(strategy, factor, &ids);
            let before = owners(&balancer);
            balancer.remove_instance(&one, 0.0).unwrap();
            let without = owners(&balancer);
            let lost = before.iter().filter(|owner| **owner == one).count();
            let others = before.iter().zip(&without).filter(|(old, new)| **old != one && old != new).count();
            prop_assert!(lost as f64 <= share, "{:?}: {} of {} keys were of one of {}", strategy, lost, KEYS, n);
            prop_assert!(others as f64 <= excess, "{:?}: {} keys of others moved", strategy, others);
            prop_assert!(!without.contains(&one));
            balancer.add_instance(&one, InstanceOptions::default(), 0.0).unwrap();
            let after = owners(&balancer);
            let gained = without.iter().zip(&after).filter(|(old, new)| old != new && **new == one).count();
            let moved = without.iter().zip(&after).filter(|(old, new)| old != new).count();
            prop_assert!((moved - gained) as f64 <= excess && gained as f64 <= share, "{:?}: {} moved", strategy, moved);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// However keys fall, no instance has more in flight than the average by the factor, rounded up; and a key whose owner has
    /// room stays there.
    #[test]
    fn bounded_loads_are_bounded(
        instances in 1_usize..8,
        keys in prop::collection::vec(0_u8..6, 1..60),
        percent in prop::sample::select(vec![110.0, 125.0, 150.0, 200.0]),
    ) {
        let ids: Vec<String> = (0..instances).map(|at| at.to_string()).collect();
        for strategy in [BalancingStrategy::RingHash, BalancingStrategy::Maglev, BalancingStrategy::Rendezvous] {
            let free = hashing(strategy, None, &ids);
            let bounded = hashing(strategy, Some(percent), &ids);
            let mut in_flight = vec![0_u32; instances];
            let mut held = Vec::new();
            for (before, key) in keys.iter().enumerate() {
                let request = PickRequest::keyed(std::slice::from_ref(key));
                let owner: usize = free.pick(&request, 0.0).unwrap().id().parse().unwrap();
                let pick = bounded.pick(&request, 0.0).unwrap();
                let got: usize = pick.id().parse().unwrap();
                let cap = (percent / 100.0 * (before + 1) as f64 / instances as f64 - 1e-9).ceil();
                prop_assert!(f64::from(in_flight[owner]) >= cap || got == owner, "{:?} moved a key in vain", strategy);
                in_flight[got] += 1;
                prop_assert!(f64::from(in_flight[got]) <= cap, "{:?}: {} in flight, at most {}", strategy, in_flight[got], cap);
                held.push(pick);
            }
        }
    }
}
