//! Instances come, go, wait and come back.

use super::*;

fn tiered(id: &str, tier: u32, balancer: &LoadBalancer) {
    balancer.add_instance(id, InstanceOptions { tier, ..InstanceOptions::default() }, 0.0).unwrap();
}

#[test]
fn a_disabled_instance_gets_nothing_however_well_it_is() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b"]);
    balancer.disable("a", 0.0).unwrap();
    balancer.set_instance_health("a", true, 0.0).unwrap();
    assert_eq!(picks(&balancer, 4, 0.0).concat(), "bbbb");
    balancer.enable("a", 1.0).unwrap();
    assert_eq!(count(&picks(&balancer, 4, 1.0), "a"), 2);
}

#[test]
fn disabling_leaves_health_as_it_was() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b"]);
    balancer.set_instance_health("a", false, 0.0).unwrap();
    balancer.disable("a", 0.0).unwrap();
    balancer.enable("a", 0.0).unwrap();
    assert_eq!(snapshot(&balancer, "a", 0.0).state, InstanceState::Unhealthy);
}

#[test]
fn a_draining_instance_goes_when_its_last_request_ends() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b"]);
    let held = balancer.pick(&PickRequest::default(), 0.0).unwrap();
    assert_eq!((held.id(), balancer.drain("a", 60.0, 1.0).unwrap()), ("a", 1));
    assert_eq!(picks(&balancer, 3, 2.0).concat(), "bbb");
    assert_eq!(snapshot(&balancer, "a", 2.0).state, InstanceState::Draining);
    held.finish(RequestOutcome::Success, 3.0);
    assert_eq!(balancer.snapshot(4.0).unwrap().instances.len(), 1);
}

#[test]
fn a_draining_instance_goes_at_its_deadline() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b"]);
    let held = balancer.pick(&PickRequest::default(), 0.0).unwrap();
    balancer.drain("a", 5.0, 0.0).unwrap();
    assert_eq!(balancer.snapshot(4.9).unwrap().instances.len(), 2);
    assert_eq!(balancer.snapshot(5.0).unwrap().instances.len(), 1);
    // Its request still has an end.
    held.finish(RequestOutcome::Success, 6.0);
}

#[test]
fn counts_live_through_changes_of_others() {
    let balancer = balancer(BalancingStrategy::LeastConnections, &["a", "b"]);
    let held = balancer.pick(&PickRequest::default(), 0.0).unwrap();
    balancer.add_instance("c", InstanceOptions::default(), 1.0).unwrap();
    assert_eq!(snapshot(&balancer, held.id(), 1.0).in_flight, 1);
}

#[test]
fn an_instance_that_comes_again_begins_anew() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a"]);
    let held = balancer.pick(&PickRequest::default(), 0.0).unwrap();
    balancer.remove_instance("a", 1.0).unwrap();
    balancer.add_instance("a", InstanceOptions::default(), 2.0).unwrap();
    drop(held);
    let again = snapshot(&balancer, "a", 3.0);
    assert_eq!((again.in_flight, again.picks, again.cancelled), (0, 0, 0));
}

#[test]
fn the_limit_of_an_instance_is_kept() {
    let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::RoundRobin)).unwrap();
    for (id, most) in [("a", Some(2)), ("b", Some(1))] {
        balancer
            .add_instance(id, InstanceOptions { max_connections: most, ..InstanceOptions::default() }, 0.0)
            .unwrap();
    }
    let held: Vec<Pick<'_>> = (0..3).map(|_| balancer.pick(&PickRequest::default(), 0.0).unwrap()).collect();
    let error = balancer.pick(&PickRequest::default(), 0.0).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BalanceNoInstance);
    assert!(error.message().contains("a: it has 2 requests, the most it may have"), "{error}");
    drop(held);
    assert!(balancer.pick(&PickRequest::default(), 0.0).is_ok());
}

/// 1.4 times 50 % of healthy instances carry 70 % of requests.
#[test]
fn the_next_tier_takes_what_the_first_cannot_carry() {
    let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::RoundRobin)).unwrap();
    ["a", "b"].iter().for_each(|id| tiered(id, 0, &balancer));
    ["x", "y"].iter().for_each(|id| tiered(id, 1, &balancer));
    assert_eq!(picks(&balancer, 4, 0.0).concat(), "abab");
    balancer.set_instance_health("b", false, 0.0).unwrap();
    let share = count(&picks(&balancer, 10_000, 0.0), "a") as f64 / 10_000.0;
    assert!((share - 0.7).abs() < 0.02, "{share}");
    balancer.set_instance_health("a", false, 0.0).unwrap();
    assert_eq!(count(&picks(&balancer, 4, 0.0), "x"), 2);
    assert_eq!(count(&picks(&balancer, 4, 0.0), "y"), 2);
    balancer.set_instance_health("a", true, 0.0).unwrap();
    balancer.set_instance_health("b", true, 0.0).unwrap();
    assert!(picks(&balancer, 4, 0.0).iter().all(|pick| pick == "a" || pick == "b"));
}

#[test]
fn with_too_few_well_ones_all_get_requests() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a", "b", "c"]);
    balancer.set_instance_health("a", false, 0.0).unwrap();
    // Two of three by 1.4 carry 93 %, but two thirds are more than the threshold of a half.
    assert_eq!(count(&picks(&balancer, 10, 0.0), "a"), 0);
    balancer.set_instance_health("b", false, 0.0).unwrap();
    assert_eq!(count(&picks(&balancer, 9, 0.0), "a"), 3);
    assert!(balancer.snapshot(0.0).unwrap().panic);
    balancer.disable("a", 0.0).unwrap();
    assert_eq!(count(&picks(&balancer, 10, 0.0), "a"), 0, "an operator's word holds in a panic, too");
}

#[test]
fn without_panic_nobody_gets_what_nobody_may_have() {
    let options = BalancerOptions { panic_threshold: 0.0, ..BalancerOptions::of(BalancingStrategy::RoundRobin) };
    let balancer = with(options, &["a", "b"]);
    balancer.set_instance_health("a", false, 0.0).unwrap();
    balancer.disable("b", 0.0).unwrap();
    let error = balancer.pick(&PickRequest::default(), 0.0).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BalanceNoInstance);
    assert!(error.message().contains("a: its checks failed") && error.message().contains("b: an operator"), "{error}");
}

#[test]
fn the_own_zone_is_preferred_while_it_is_well() {
    let zone = Some("here".to_owned());
    let options = BalancerOptions { local_zone: zone, ..BalancerOptions::of(BalancingStrategy::RoundRobin) };
    let balancer = LoadBalancer::new(options).unwrap();
    for (id, zone) in [("a", "here"), ("b", "here"), ("c", "there"), ("d", "there")] {
        balancer
            .add_instance(id, InstanceOptions { zone: zone.to_owned(), ..InstanceOptions::default() }, 0.0)
            .unwrap();
    }
    assert_eq!(picks(&balancer, 4, 0.0).concat(), "abab");
    balancer.set_instance_health("b", false, 0.0).unwrap();
    let share = count(&picks(&balancer, 10_000, 0.0), "a") as f64 / 10_000.0;
    assert!((share - 0.7).abs() < 0.02, "{share}");
    balancer.set_instance_health("a", false, 0.0).unwrap();
    balancer.set_instance_health("b", true, 0.0).unwrap();
    balancer.disable("b", 0.0).unwrap();
    assert_eq!(count(&picks(&balancer, 4, 0.0), "c"), 2);
    assert_eq!(count(&picks(&balancer, 4, 0.0), "d"), 2);
}

#[test]
fn a_subset_has_only_instances_of_its_metadata() {
    let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::RoundRobin)).unwrap();
    for (id, model) in [("a", "small"), ("b", "large"), ("c", "large")] {
        let metadata = BTreeMap::from([("model".to_owned(), model.to_owned())]);
        balancer.add_instance(id, InstanceOptions { metadata, ..InstanceOptions::default() }, 0.0).unwrap();
    }
    let of = |model: &str| balancer.subset(&BTreeMap::from([("model".to_owned(), model.to_owned())]), 0.0).unwrap();
    let (large, none) = (of("large"), of("huge"));
    assert_eq!(large, of("large"));
    let picked = |subset| balancer.next_instance(&PickRequest { subset: Some(subset), ..PickRequest::default() }, 0.0);
    assert_eq!([picked(large).unwrap(), picked(large).unwrap()].concat(), "bc");
    let error = picked(none).unwrap_err();
    assert!(error.message().contains("a: it is not of the subset: its model is not huge"), "{error}");
    let elsewhere = super::balancer(BalancingStrategy::RoundRobin, &["a"]).subset(&BTreeMap::new(), 0.0).unwrap();
    assert_eq!(picked(elsewhere).unwrap_err().field_name(), Some("subset"));
}

/// A tenth at first, half after half of the window, whatever the strategy.
#[test]
fn slow_start_holds_for_every_strategy() {
    for strategy in BalancingStrategy::ALL {
        let slow_start = SlowStartOptions { window: 100.0, ..SlowStartOptions::default() };
        let balancer = with(BalancerOptions { slow_start, ..BalancerOptions::of(strategy) }, &["a", "b", "c"]);
        assert!(balancer.snapshot(0.0).unwrap().instances.iter().all(|instance| instance.warmth == 1.0));
        balancer.add_instance("new", InstanceOptions::default(), 1000.0).unwrap();
        let share = |now: f64| {
            let keys: Vec<String> = (0..4000_u32)
                .map(|key| {
                    let pick = balancer.pick(&PickRequest::keyed(&key.to_le_bytes()), now).unwrap();
                    let id = pick.id().to_owned();
                    pick.finish(RequestOutcome::Success, now + 0.03);
                    id
                })
                .collect();
            count(&keys, "new") as f64 / 4000.0
        };
        let (early, late) = (share(1000.5), share(1200.0));
        assert!(early > 0.0 && early < 0.09, "{strategy:?}: {early}");
        assert!(late > 0.12, "{strategy:?}: {late}");
    }
}

/// What a weighted strategy does with reports: shares by what each would answer if all of it were used (gRFC A58).
#[test]
fn weights_follow_what_instances_say_of_their_load() {
    let balancer = balancer(BalancingStrategy::WeightedRoundRobin, &["a", "b", "c"]);
    for second in 0..=30 {
        let now = f64::from(second);
        for (id, utilization) in [("a", 0.25), ("b", 0.75)] {
            balancer.report_load(id, LoadReport { utilization, qps: 100.0, eps: 0.0 }, now).unwrap();
        }
        picks(&balancer, 1, now);
    }
    let shares = |count: usize, now| {
        let picked = picks(&balancer, count, now);
        ["a", "b", "c"].map(|id| picked.iter().filter(|picked| picked.as_str() == id).count())
    };
    assert_eq!(shares(600, 30.0), [300, 100, 200]);
    balancer.set_weight("c", 3.0, 30.0).unwrap();
    assert_eq!(shares(500, 30.0), [150, 50, 300]);
    // Who says nothing for long enough is not believed any longer.
    assert_eq!(shares(500, 300.0), [100, 100, 300]);
    let wrong = LoadReport { utilization: -1.0, qps: 1.0, eps: 0.0 };
    assert_eq!(balancer.report_load("a", wrong, 300.0).unwrap_err().field_name(), Some("utilization"));
    let right = LoadReport { utilization: 1.0, ..wrong };
    assert_eq!(balancer.report_load("x", right, 300.0).unwrap_err().code(), ErrorCode::BalanceUnknownInstance);
}

#[test]
fn no_more_requests_at_a_time_than_there_may_be() {
    let balancer = with(
        BalancerOptions { max_requests: 2, ..BalancerOptions::of(BalancingStrategy::RoundRobin) },
        &["a", "b", "c"],
    );
    let pick = || balancer.pick_owned(&PickRequest::default(), 0.0);
    let (first, second) = (pick().unwrap(), pick().unwrap());
    let refused = pick().unwrap_err();
    assert_eq!((refused.code(), refused.field_name()), (ErrorCode::LimitExceeded, Some("max_requests")));
    first.finish(RequestOutcome::Success, 1.0);
    drop(second);
    // A request that nobody may have does not count.
    let nobody = PickRequest { exclude: &["a", "b", "c"], ..PickRequest::default() };
    for _ in 0..5 {
        assert_eq!(balancer.pick_owned(&nobody, 1.0).unwrap_err().code(), ErrorCode::BalanceNoInstance);
    }
    let _both = (pick().unwrap(), pick().unwrap());
    assert!(pick().is_err());
}
