//! Numbers of every instance.

use crate::balance::LoadBalancer;
use crate::balance::latency::Histogram;
use crate::balance::options::time;
use crate::balance::roster::Record;
use crate::balance::types::{BalancerEvent, BalancerSnapshot, InstanceSnapshot};
use crate::error::Result;

impl LoadBalancer {
    /// All instances as they are now. Rates are since the last snapshot.
    ///
    /// # Errors
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn snapshot(&self, now: f64) -> Result<BalancerSnapshot> {
        let now = time(now)?;
        let mut roster = self.0.roster.lock();
        self.0.bring_up(&mut roster, now);
        let instances: Vec<InstanceSnapshot> =
            roster.records.values_mut().map(|record| instance(record, now)).collect();
        Ok(BalancerSnapshot {
            time: now,
            strategy: self.0.strategy.name().to_owned(),
            picks: instances.iter().map(|instance| instance.picks).sum(),
            in_flight: instances.iter().map(|instance| instance.in_flight).sum(),
            panic: roster.tiers.iter().any(|tier| tier.panic),
            tiers: roster.tiers.clone(),
            instances,
        })
    }

    /// What happened to instances since the last call, the oldest first. The latest 10,000 are kept.
    pub fn take_events(&self) -> Vec<BalancerEvent> {
        self.0.roster.lock().take_events()
    }
}

fn instance(record: &mut Record, now: f64) -> InstanceSnapshot {
    let load = &record.instance.load;
    let mut recent = Histogram::new();
    load.latencies.add_to(&mut recent);
    let (picks, (results, failures)) = (record.instance.picks(), load.results());
    let (picks_before, before) = std::mem::replace(&mut record.shown, (picks, now));
    let seconds = now - before;
    let rate = if seconds > 0.0 { picks.saturating_sub(picks_before) as f64 / seconds } else { 0.0 };
    InstanceSnapshot {
        id: record.instance.id.to_string(),
        state: record.state(),
        reason: record.reason(now),
        weight: record.weight,
        load_factor: record.factor,
        warmth: record.warming.map_or(1.0, |warming| warming.share(now)),
        tier: record.instance.tier,
        zone: record.instance.zone.to_string(),
        in_flight: record.instance.in_flight(),
        picks,
        results,
        failures,
        cancelled: load.cancelled(),
        success_rate: (results > 0).then(|| results.saturating_sub(failures) as f64 / results as f64),
        rate,
        mean: recent.mean(),
        p50: recent.quantile(0.5),
        p95: recent.quantile(0.95),
        p99: recent.quantile(0.99),
        ejections: record.ejection.total,
    }
}
