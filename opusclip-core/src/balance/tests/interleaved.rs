//! Eight threads whose steps come in an order that is drawn, again and again: what holds in any of them.
//!
//! Built with `--cfg shuttle` alone (`make test-interleaved`): every access to what threads share is then a step, and an order in
//! which something breaks is printed, to be played again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, Runner, thread};

use super::*;

/// Orders of each strategy.
const ORDERS: usize = 150;
/// Threads that pick; one more changes the list, and one looks at it.
const PICKING: u64 = 6;
/// Requests of each.
const REQUESTS: u64 = 4;
/// Ids of instances, and how many requests each may have at a time.
const LIMITS: [(&str, u32); 3] = [("a", 1), ("b", 2), ("c", 3)];
/// Requests that may be in flight over all.
const MOST: u64 = 5;

/// What is in flight, as those count who have it.
#[derive(Debug, Default)]
struct Held {
    by_instance: [AtomicU64; LIMITS.len()],
    all: AtomicU64,
    picks: AtomicU64,
}

impl Held {
    fn take(&self, id: &str) -> usize {
        let at = LIMITS.iter().position(|(known, _)| *known == id).unwrap();
        assert!(self.by_instance[at].fetch_add(1, SeqCst) < u64::from(LIMITS[at].1), "{id} has more than it may");
        assert!(self.all.fetch_add(1, SeqCst) < MOST, "there are more than there may be");
        self.picks.fetch_add(1, SeqCst);
        at
    }

    fn leave(&self, at: usize) {
        self.by_instance[at].fetch_sub(1, SeqCst);
        self.all.fetch_sub(1, SeqCst);
    }
}

fn in_any_order(run: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 1 << 18;
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new(ORDERS), config).run(run);
}

fn limited(strategy: BalancingStrategy) -> LoadBalancer {
    let hash = HashOptions { table_size: 251, points_per_weight: 2, ..HashOptions::default() };
    let options = BalancerOptions { hash, max_requests: MOST as u32, ..BalancerOptions::of(strategy) };
    let balancer = LoadBalancer::new(options).unwrap();
    for (id, limit) in LIMITS {
        let options = InstanceOptions { max_connections: Some(limit), ..InstanceOptions::default() };
        balancer.add_instance(id, options, 0.0).unwrap();
    }
    balancer
}

/// Requests one after the other, which end in every way there is.
fn pick_some(balancer: &LoadBalancer, held: &Held, thread: u64) {
    for request in 0..REQUESTS {
        let now = request as f64;
        let key = (thread * REQUESTS + request).to_le_bytes();
        let Ok(pick) = balancer.pick(&PickRequest::keyed(&key), now) else { continue };
        let at = held.take(pick.id());
        thread::yield_now();
        // Whoever counts gives up first: what comes next may take the place at once.
        held.leave(at);
        match (thread + request) % 4 {
            0 => drop(pick),
            1 => pick.finish(RequestOutcome::ServerError, now + 0.5),
            _ => pick.finish(RequestOutcome::Success, now + 0.5),
        }
    }
}

#[test]
fn limits_hold_and_nothing_leaks_while_the_list_changes() {
    for strategy in BalancingStrategy::ALL {
        in_any_order(move || {
            let (balancer, held) = (limited(strategy), Arc::new(Held::default()));
            let mut threads: Vec<_> = (0..PICKING)
                .map(|thread| {
                    let (balancer, held) = (balancer.clone(), Arc::clone(&held));
                    thread::spawn(move || pick_some(&balancer, &held, thread))
                })
                .collect();
            let changing = balancer.clone();
            threads.push(thread::spawn(move || {
                changing.disable("a", 0.0).unwrap();
                changing.set_weight("b", 3.0, 0.5).unwrap();
                changing.set_instance_health("c", false, 1.0).unwrap();
                changing.enable("a", 1.5).unwrap();
                changing.set_instance_health("c", true, 2.0).unwrap();
            }));
            let looking = balancer.clone();
            threads.push(thread::spawn(move || {
                for now in 0..3 {
                    let seen = looking.snapshot(f64::from(now)).unwrap();
                    // Whoever has just lost a race for the last place was never in flight.
                    for (one, (_, limit)) in seen.instances.iter().zip(LIMITS) {
                        assert!(one.in_flight <= u64::from(limit) + PICKING, "{one:?}");
                    }
                }
            }));
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            let end = balancer.snapshot(100.0).unwrap();
            assert_eq!((end.in_flight, end.picks), (0, held.picks.load(SeqCst)), "{strategy:?}");
        });
    }
}

/// Of two that want the only place one has it, in whatever order they come.
#[test]
fn the_last_place_goes_to_somebody() {
    in_any_order(|| {
        let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::LeastConnections)).unwrap();
        let options = InstanceOptions { max_connections: Some(1), ..InstanceOptions::default() };
        balancer.add_instance("a", options, 0.0).unwrap();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let balancer = balancer.clone();
                thread::spawn(move || balancer.pick_owned(&PickRequest::default(), 0.0).ok())
            })
            .collect();
        let picks: Vec<Option<OwnedPick>> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(picks.iter().flatten().count(), 1);
    });
}

/// A request may end on another thread than it began on, while its instance is removed and another one takes its name.
#[test]
fn a_request_may_outlive_its_instance_anywhere() {
    in_any_order(|| {
        let balancer = balancer(BalancingStrategy::PowerOfTwoChoices, &["a", "b"]);
        let pick = balancer.pick_owned(&PickRequest::default(), 0.0).unwrap();
        let id = pick.id().to_owned();
        let ending = thread::spawn(move || pick.finish(RequestOutcome::Success, 1.0));
        let changing = balancer.clone();
        let replaced = thread::spawn(move || {
            changing.remove_instance(&id, 0.5).unwrap();
            changing.add_instance(&id, InstanceOptions::default(), 0.5).unwrap();
        });
        let picking = balancer.clone();
        let other = thread::spawn(move || picking.pick(&PickRequest::default(), 0.5).unwrap().id().to_owned());
        assert!(["a", "b"].contains(&other.join().unwrap().as_str()));
        ending.join().unwrap();
        replaced.join().unwrap();
        assert_eq!(balancer.snapshot(2.0).unwrap().in_flight, 0);
    });
}
