//! An autoscaler and a load balancer: new workers join slowly, those that are wanted no more drain before they stop:
//! `cargo run --example fleet --features balance,scaling`.
//!
//! Times stand still here, so that the example ends at once.
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use opusclip_core::balance::discovery::InstanceSpec;
use opusclip_core::balance::{
    BalancerOptions, Fleet, FleetOptions, LoadBalancer, PickRequest, RequestOutcome, SlowStartOptions,
};
use opusclip_core::scaling::{ResourceMetrics, ScalingConfig, ScalingEngine};

/// Stands for a cloud, which starts workers.
struct Cloud(u32);

impl Cloud {
    fn start(&mut self, count: u32) -> Vec<InstanceSpec> {
        (0..count)
            .map(|_| {
                self.0 += 1;
                InstanceSpec::new(format!("worker-{}", self.0))
            })
            .collect()
    }
}

fn listed(ids: &[String]) -> String {
    if ids.is_empty() { "nobody".to_owned() } else { ids.join(", ") }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let slow_start = SlowStartOptions { window: 60.0, ..SlowStartOptions::default() };
    let balancer = LoadBalancer::new(BalancerOptions { slow_start, ..BalancerOptions::default() })?;
    let fleet = Fleet::new(&balancer, FleetOptions { drain: 120.0, ..FleetOptions::default() })?;
    let config =
        ScalingConfig { min_instances: 1, max_instances: 6, target_cpu_usage: 70.0, ..ScalingConfig::default() };
    let mut engine = ScalingEngine::new(config)?;
    let mut cloud = Cloud(0);
    fleet.join(&cloud.start(2), 0.0)?;
    let mut held = Vec::new();
    for minute in 0..20 {
        let now = 60.0 * f64::from(minute);
        let metrics = ResourceMetrics {
            cpu_usage: Some(if minute < 5 { 100.0 } else { 20.0 }),
            instances: u32::try_from(balancer.instance_ids().len()).ok(),
            ..ResourceMetrics::default()
        };
        let decision = engine.evaluate(&metrics, now)?;
        if minute == 5 {
            // Each has a long request, which a worker that leaves may end.
            for _ in 0..balancer.instance_ids().len() {
                held.push(balancer.pick_owned(&PickRequest::default(), now)?);
            }
        }
        if let Some(request) = engine.begin(&decision, now)? {
            let resized = fleet.resize(request.target_instances, 0, now)?;
            let joined = fleet.join(&cloud.start(resized.start), now)?;
            let leaving: Vec<String> = resized.leaving.into_iter().map(|leaver| leaver.id).collect();
            println!("minute {minute}: {} joins, {} leaves", listed(&joined), listed(&leaving));
            engine.succeeded(&request.token, now)?;
        }
        if minute == 10 {
            let ended = held.extract_if(.., |pick| pick.id() == "worker-3");
            ended.for_each(|pick| pick.finish(RequestOutcome::Success, now));
        }
        for done in fleet.stoppable(now)? {
            println!("minute {minute}: {} is stopped with {} requests in flight", done.id, done.in_flight);
        }
    }
    println!("{} workers are left: {}", balancer.instance_ids().len(), balancer.instance_ids().join(", "));
    Ok(())
}
