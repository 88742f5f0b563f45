//! Who decides where a request goes.

use super::scenario::Scenario;
use super::server::Server;
use crate::balance::{
    BalancerOptions, BalancingStrategy, InstanceOptions, LoadBalancer, OwnedPick, PickRequest, RequestOutcome,
};
use crate::error::{ErrorCode, Result};

/// A policy that is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Policy {
    /// A strategy with the defaults of everything else, but ejections off: strategies are compared, not what helps them.
    Strategy(BalancingStrategy),
    /// A balancer with these options.
    Balancer(Box<BalancerOptions>),
    /// Knows each server's speed and faults and each request's work, and takes the server that answers first. No policy
    /// has that; it says how much there is to gain.
    Omniscient,
}

impl Policy {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Strategy(strategy) => strategy.as_str(),
            Self::Balancer(options) => options.strategy.as_str(),
            Self::Omniscient => "omniscient",
        }
    }
}

/// The callers' balancers, or the one who knows everything.
#[derive(Debug)]
pub(super) enum Callers {
    Balancers(Vec<LoadBalancer>),
    Omniscient,
}

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) server: usize,
    pub(super) pick: Option<OwnedPick>,
}

impl Callers {
    pub(super) fn new(policy: &Policy, scenario: &Scenario, seed: u64) -> Result<Self> {
        let options = match policy {
            Policy::Omniscient => return Ok(Self::Omniscient),
            Policy::Balancer(options) => (**options).clone(),
            Policy::Strategy(strategy) => BalancerOptions { outlier: None, ..BalancerOptions::of(*strategy) },
        };
        let balancer = |caller: u64| {
            let seed = crate::balance::hash::mix(seed ^ caller.wrapping_mul(crate::balance::hash::STEP));
            LoadBalancer::new(BalancerOptions { seed, ..options.clone() })
        };
        Ok(Self::Balancers((0..u64::from(scenario.callers)).map(balancer).collect::<Result<_>>()?))
    }

    /// A server joins.
    pub(super) fn add(&self, server: usize, now: f64) -> Result<()> {
        let Self::Balancers(balancers) = self else { return Ok(()) };
        let id = server.to_string();
        balancers.iter().try_for_each(|balancer| balancer.add_instance(&id, InstanceOptions::default(), now))
    }

    /// Choose for a request that was at these servers before; `None` where there is none left.
    pub(super) fn choose(
        &self,
        caller: usize,
        work: f64,
        tried: &[usize],
        servers: &mut [Server],
        now: f64,
    ) -> Result<Option<Choice>> {
        match self {
            Self::Balancers(balancers) => {
                let Some(balancer) = balancers.get(caller) else { return Ok(None) };
                let tried: Vec<String> = tried.iter().map(usize::to_string).collect();
                let exclude: Vec<&str> = tried.iter().map(String::as_str).collect();
                let picked = balancer.pick_owned(&PickRequest { exclude: &exclude, ..PickRequest::default() }, now);
                match picked {
                    // Ids are places of servers.
                    Ok(pick) => Ok(pick.id().parse().ok().map(|server| Choice { server, pick: Some(pick) })),
                    Err(error) if error.code() == ErrorCode::BalanceNoInstance => Ok(None),
                    Err(error) => Err(error),
                }
            }
            Self::Omniscient => {
                servers.iter_mut().for_each(|server| server.update(now));
                let able = |at: &usize| {
                    let server = &servers[*at];
                    server.joins() <= now && !server.fails() && server.accepts(now) && !tried.contains(at)
                };
                let cost = |at: usize| servers[at].work.forecast(work);
                let best = (0..servers.len()).filter(able).min_by(|a, b| cost(*a).total_cmp(&cost(*b)));
                Ok(best.map(|server| Choice { server, pick: None }))
            }
        }
    }
}

impl Choice {
    pub(super) fn finish(self, outcome: RequestOutcome, now: f64) {
        if let Some(pick) = self.pick {
            pick.finish(outcome, now);
        }
    }
}
