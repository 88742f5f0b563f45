//! Ours: a pick and its result, which succeeds.

use std::error::Error;
use std::time::{Duration, Instant};

use opusclip_core::balance::{
    BalancerOptions, BalancingStrategy, InstanceOptions, LoadBalancer, PickRequest, RequestOutcome,
};

use crate::Contender;

/// A balancer of so many instances with weights of 1 to 3.
pub(crate) fn contender(strategy: BalancingStrategy, size: u32) -> Result<Box<dyn Contender>, Box<dyn Error>> {
    let balancer = LoadBalancer::new(BalancerOptions::of(strategy))?;
    for at in 0..size {
        let weight = InstanceOptions::weight(f64::from(1 + at % 3));
        balancer.add_instance(&format!("10.0.{}.{}:80", at / 256, at % 256), weight, 0.0)?;
    }
    Ok(Box::new(balancer))
}

impl Contender for LoadBalancer {
    fn picks(&self, count: u32) -> Duration {
        let begun = Instant::now();
        for at in 0..count {
            let now = f64::from(at) * 1e-6;
            let key = at.to_le_bytes();
            // With instances that are all well there is always one.
            if let Ok(pick) = self.pick(&PickRequest::keyed(&key), now) {
                pick.finish(RequestOutcome::Success, now + 1e-3);
            }
        }
        begun.elapsed()
    }
}
