//! Balancers in the place of whoever spreads requests.

use std::collections::HashMap;

use rand_distr::{Distribution, StandardUniform};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use crate::balance::{BalancerOptions, InstanceOptions, LoadBalancer, OwnedPick, PickRequest, RequestOutcome};
use crate::error::{ErrorCode, Result};
use crate::scaling::simulate::{Ended, Routing};

/// The callers' balancers, and the requests that are on their way.
#[derive(Debug)]
pub(super) struct Balanced {
    balancers: Vec<LoadBalancer>,
    picks: HashMap<u32, OwnedPick>,
    chance: Pcg64Mcg,
}

impl Balanced {
    pub(super) fn new(options: &BalancerOptions, callers: u32, seed: u64) -> Result<Self> {
        let mut chance = Pcg64Mcg::seed_from_u64(seed ^ 0x9e6c_63d0_876a_3f4d);
        let balancer = |_| LoadBalancer::new(BalancerOptions { seed: chance.next_u64(), ..options.clone() });
        let balancers = (0..callers).map(balancer).collect::<Result<_>>()?;
        Ok(Self { balancers, picks: HashMap::new(), chance })
    }

    /// The balancer of some caller.
    fn somebody(&mut self) -> Option<&LoadBalancer> {
        let share: f64 = StandardUniform.sample(&mut self.chance);
        self.balancers.get((share * self.balancers.len() as f64) as usize)
    }
}

/// An instance that a balancer has removed by itself is gone, as it should be.
fn gone_is_well(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.code() == ErrorCode::BalanceUnknownInstance => Ok(()),
        other => other,
    }
}

impl Routing for Balanced {
    fn joins(&mut self, instance: u32, now: f64) -> Result<()> {
        let id = instance.to_string();
        self.balancers.iter().try_for_each(|one| one.add_instance(&id, InstanceOptions::default(), now))
    }

    fn drains(&mut self, instance: u32, seconds: f64, now: f64) -> Result<()> {
        let id = instance.to_string();
        self.balancers.iter().try_for_each(|one| one.drain(&id, seconds, now).map(drop))
    }

    fn leaves(&mut self, instance: u32, now: f64) -> Result<()> {
        let id = instance.to_string();
        self.balancers.iter().try_for_each(|one| gone_is_well(one.remove_instance(&id, now)))
    }

    fn choose(&mut self, request: u32, tried: &[u32], now: f64) -> Result<Option<u32>> {
        let tried: Vec<String> = tried.iter().map(u32::to_string).collect();
        let exclude: Vec<&str> = tried.iter().map(String::as_str).collect();
        let key = request.to_le_bytes();
        let Some(balancer) = self.somebody() else { return Ok(None) };
        let asked = PickRequest { exclude: &exclude, ..PickRequest::keyed(&key) };
        match balancer.pick_owned(&asked, now) {
            Ok(pick) => {
                // Ids are numbers of instances.
                let instance = pick.id().parse().ok();
                self.picks.insert(request, pick);
                Ok(instance)
            }
            // Nobody is there, or there are as many requests as there may be: both refuse it.
            Err(error) if matches!(error.code(), ErrorCode::BalanceNoInstance | ErrorCode::LimitExceeded) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn ended(&mut self, request: u32, _: u32, how: Ended, now: f64) {
        let Some(pick) = self.picks.remove(&request) else { return };
        let outcome = match how {
            Ended::Answered => RequestOutcome::Success,
            Ended::Refused => RequestOutcome::Overloaded,
            Ended::BrokenOff | Ended::TimedOut => RequestOutcome::LocalError,
        };
        pick.finish(outcome, now);
    }
}
