//! Instances that come and go as an autoscaler wants.

use super::*;
use crate::balance::discovery::InstanceSpec;

fn specs(ids: &[&str]) -> Vec<InstanceSpec> {
    ids.iter().map(|id| InstanceSpec::new(*id)).collect()
}

fn fleet(options: FleetOptions, ids: &[&str]) -> (LoadBalancer, Fleet) {
    let balancer = balancer(BalancingStrategy::RoundRobin, &[]);
    let fleet = Fleet::new(&balancer, options).unwrap();
    assert_eq!(fleet.join(&specs(ids), 0.0).unwrap(), ids);
    (balancer, fleet)
}

fn ids(leaving: &[Leaver]) -> Vec<&str> {
    leaving.iter().map(|leaver| leaver.id.as_str()).collect()
}

#[test]
fn who_joins_later_gets_its_share_step_by_step() {
    let slow_start = SlowStartOptions { window: 100.0, ..SlowStartOptions::default() };
    let balancer = LoadBalancer::new(BalancerOptions { slow_start, ..BalancerOptions::default() }).unwrap();
    let fleet = Fleet::new(&balancer, FleetOptions::default()).unwrap();
    fleet.join(&specs(&["a", "b"]), 0.0).unwrap();
    assert_eq!(fleet.resize(3, 0, 10.0).unwrap(), Resized { start: 1, ..Resized::default() });
    assert_eq!(fleet.resize(3, 1, 10.0).unwrap(), Resized::default(), "it is on its way");
    assert_eq!(fleet.join(&specs(&["b", "c"]), 10.0).unwrap(), ["c"]);
    assert_eq!(snapshot(&balancer, "a", 60.0).warmth, 1.0);
    assert!((snapshot(&balancer, "c", 60.0).warmth - 0.5).abs() < 0.01);
}

#[test]
fn a_balancer_without_a_slow_start_gets_that_of_the_fleet() {
    let warmth = |window: Option<f64>| {
        let balancer = balancer(BalancingStrategy::RoundRobin, &[]);
        let options = window.map_or_else(FleetOptions::default, |slow_start_window| FleetOptions {
            slow_start_window,
            ..FleetOptions::default()
        });
        let fleet = Fleet::new(&balancer, options).unwrap();
        fleet.join(&specs(&["a"]), 0.0).unwrap();
        fleet.join(&specs(&["b"]), 100.0).unwrap();
        assert_eq!(snapshot(&balancer, "a", 115.0).warmth, 1.0, "nobody was there before");
        let picked = picks(&balancer, 1000, 115.0).concat().matches('b').count();
        (snapshot(&balancer, "b", 115.0).warmth, picked, snapshot(&balancer, "b", 131.0).warmth)
    };
    // Half of the window of 30 s: b is meant 500 times and gets half of them; the rest goes to a.
    let (half, picked, whole) = warmth(None);
    assert!((half - 0.5).abs() < 0.01 && whole == 1.0);
    assert!((200..=300).contains(&picked), "{picked}");
    assert_eq!(warmth(Some(0.0)), (1.0, 500, 1.0));
}

#[test]
fn who_leaves_gets_nothing_and_is_stopped_once_its_requests_have_ended() {
    let (balancer, fleet) = fleet(FleetOptions::default(), &["a", "b", "c"]);
    let mut held: Vec<OwnedPick> = (0..3).map(|_| balancer.pick_owned(&PickRequest::default(), 0.0).unwrap()).collect();
    let resized = fleet.resize(1, 0, 10.0).unwrap();
    // All have one request: the newest leave.
    assert_eq!(ids(&resized.leaving), ["c", "b"]);
    assert_eq!((resized.leaving[0].in_flight, resized.leaving[0].until), (1, 40.0));
    assert_eq!(fleet.stoppable(11.0).unwrap(), []);
    assert_eq!(picks(&balancer, 3, 11.0).concat(), "aaa");
    // Those of a and b.
    held.drain(..2).for_each(|pick| pick.finish(RequestOutcome::Success, 12.0));
    assert_eq!(fleet.stoppable(13.0).unwrap(), [Stoppable { id: "b".to_owned(), in_flight: 0 }]);
    assert_eq!(fleet.stoppable(14.0).unwrap(), [], "told once, and c has one left");
    drop(held);
    assert_eq!(fleet.stoppable(14.0).unwrap(), [Stoppable { id: "c".to_owned(), in_flight: 0 }]);
    assert_eq!(balancer.instance_ids(), ["a"]);
}

#[test]
fn who_does_not_end_its_requests_is_stopped_at_its_deadline() {
    let (balancer, fleet) = fleet(FleetOptions { drain: 5.0, ..FleetOptions::default() }, &["a"]);
    let pick = balancer.pick_owned(&PickRequest::default(), 0.0).unwrap();
    fleet.resize(0, 0, 1.0).unwrap();
    assert_eq!(fleet.stoppable(5.9).unwrap(), []);
    // Also where somebody else has made the balancer look at the time before.
    balancer.snapshot(6.0).unwrap();
    assert_eq!(fleet.stoppable(6.0).unwrap(), [Stoppable { id: "a".to_owned(), in_flight: 1 }]);
    assert_eq!(fleet.stoppable(7.0).unwrap(), []);
    pick.finish(RequestOutcome::Success, 8.0);
}

#[test]
fn those_who_leave_come_back_before_others_are_started() {
    let (balancer, fleet) = fleet(FleetOptions::default(), &["a", "b", "c"]);
    let _held: Vec<OwnedPick> = (0..3).map(|_| balancer.pick_owned(&PickRequest::default(), 0.0).unwrap()).collect();
    fleet.resize(2, 0, 1.0).unwrap();
    fleet.resize(1, 0, 2.0).unwrap();
    let resized = fleet.resize(4, 0, 3.0).unwrap();
    assert_eq!((resized.start, resized.returned), (1, vec!["b".to_owned(), "c".to_owned()]));
    assert_eq!(fleet.stoppable(100.0).unwrap(), []);
    assert_eq!(snapshot(&balancer, "b", 100.0).state, InstanceState::Healthy);
}

#[test]
fn those_that_are_not_well_leave_first_and_disabled_ones_last() {
    let first = |leave_first, count: u32| {
        let (balancer, fleet) = fleet(FleetOptions { leave_first, ..FleetOptions::default() }, &["a", "b", "c", "d"]);
        let busy =
            balancer.pick_owned(&PickRequest { exclude: &["a", "b", "d"], ..PickRequest::default() }, 0.0).unwrap();
        balancer.set_instance_health("b", false, 0.0).unwrap();
        balancer.disable("d", 0.0).unwrap();
        let leaving = fleet.resize(4 - count, 0, 1.0).unwrap().leaving;
        busy.finish(RequestOutcome::Success, 1.0);
        ids(&leaving).concat()
    };
    assert_eq!(first(LeaveFirst::FewestInFlight, 4), "bacd");
    assert_eq!(first(LeaveFirst::Newest, 3), "bca");
    assert_eq!(first(LeaveFirst::Oldest, 2), "ba");
}

#[test]
fn the_host_may_choose_who_leaves() {
    let (balancer, fleet) = fleet(FleetOptions::default(), &["a", "b"]);
    assert_eq!(fleet.leave(&["b", "x"], 0.0).unwrap_err().code(), ErrorCode::BalanceUnknownInstance);
    assert_eq!(snapshot(&balancer, "b", 0.0).state, InstanceState::Healthy, "one is unknown, so none leaves");
    assert_eq!(ids(&fleet.leave(&["b", "b"], 0.0).unwrap()), ["b"]);
    assert_eq!(fleet.leave(&["b"], 1.0).unwrap(), []);
    // Another list brings it back: it must not be stopped.
    balancer.set_instances(&specs(&["a", "b"]), 0.0, 2.0).unwrap();
    assert_eq!(fleet.stoppable(100.0).unwrap(), []);
}

#[test]
fn a_new_instance_of_the_same_name_is_not_stopped() {
    let (balancer, fleet) = fleet(FleetOptions::default(), &["a", "b"]);
    fleet.leave(&["b"], 0.0).unwrap();
    balancer.remove_instance("b", 1.0).unwrap();
    balancer.add_instance("b", InstanceOptions::default(), 2.0).unwrap();
    assert_eq!(fleet.stoppable(100.0).unwrap(), []);
}

#[test]
fn a_fleet_that_cannot_be_is_refused_by_name() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &[]);
    for wrong in [-1.0, f64::NAN] {
        let drain = FleetOptions { drain: wrong, ..FleetOptions::default() };
        assert_eq!(Fleet::new(&balancer, drain).unwrap_err().field_name(), Some("drain"));
        let window = FleetOptions { slow_start_window: wrong, ..FleetOptions::default() };
        assert_eq!(Fleet::new(&balancer, window).unwrap_err().field_name(), Some("slow_start_window"));
    }
    let fleet = Fleet::new(&balancer, FleetOptions::default()).unwrap();
    assert_eq!(fleet.join(&specs(&["a", "a"]), 0.0).unwrap_err().field_name(), Some("instances[1].id"));
    assert!(fleet.resize(1, 0, f64::NAN).is_err() && fleet.stoppable(f64::INFINITY).is_err());
    assert_eq!(balancer.instance_ids(), [""; 0]);
}
