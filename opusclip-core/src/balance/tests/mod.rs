//! What a user of a balancer notices.

mod failing;
mod fleet;
mod hostile;
mod membership;
mod properties;
mod reports;
#[cfg(any(feature = "reqwest", feature = "tokio"))]
pub(super) mod served;
mod simulated;
mod spreading;
mod threads;
#[cfg(feature = "tower")]
mod tower;
mod vectors;
#[cfg(feature = "reqwest")]
mod web;

use super::*;
use crate::error::ErrorCode;

fn balancer(strategy: BalancingStrategy, ids: &[&str]) -> LoadBalancer {
    with(BalancerOptions::of(strategy), ids)
}

fn with(options: BalancerOptions, ids: &[&str]) -> LoadBalancer {
    let balancer = LoadBalancer::new(options).unwrap();
    for id in ids {
        balancer.add_instance(id, InstanceOptions::default(), 0.0).unwrap();
    }
    balancer
}

/// Ids of this many picks, none of which is followed.
fn picks(balancer: &LoadBalancer, count: usize, now: f64) -> Vec<String> {
    (0..count).map(|_| balancer.next_instance(&PickRequest::default(), now).unwrap()).collect()
}

fn count(picks: &[String], id: &str) -> usize {
    picks.iter().filter(|pick| *pick == id).count()
}

/// Requests that all end at once with an outcome, for the instance that gets them.
fn requests(balancer: &LoadBalancer, count: usize, now: f64, outcome: impl Fn(&str) -> RequestOutcome) -> Vec<String> {
    (0..count)
        .map(|_| {
            let pick = balancer.pick(&PickRequest::default(), now).unwrap();
            let id = pick.id().to_owned();
            pick.finish(outcome(&id), now);
            id
        })
        .collect()
}

fn snapshot(balancer: &LoadBalancer, id: &str, now: f64) -> InstanceSnapshot {
    balancer.snapshot(now).unwrap().instances.into_iter().find(|instance| instance.id == id).unwrap()
}
