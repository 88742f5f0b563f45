//! Numbers of every instance as text for Prometheus.

use std::fmt::Write as _;

use crate::balance::LoadBalancer;
use crate::balance::types::{BalancerSnapshot, InstanceSnapshot, InstanceState};
use crate::error::Result;

/// A metric: its name, its type, what it is.
type Metric = (&'static str, &'static str, fn(&InstanceSnapshot) -> f64);

const METRICS: [Metric; 7] = [
    ("opusclip_balance_up", "gauge", |instance| f64::from(u8::from(instance.state.is_well()))),
    ("opusclip_balance_weight", "gauge", |instance| instance.weight * instance.load_factor * instance.warmth),
    ("opusclip_balance_in_flight", "gauge", |instance| instance.in_flight as f64),
    ("opusclip_balance_picks_total", "counter", |instance| instance.picks as f64),
    ("opusclip_balance_failures_total", "counter", |instance| instance.failures as f64),
    ("opusclip_balance_cancelled_total", "counter", |instance| instance.cancelled as f64),
    ("opusclip_balance_ejections_total", "counter", |instance| instance.ejections as f64),
];

const STATES: [InstanceState; 6] = [
    InstanceState::Healthy,
    InstanceState::Recovering,
    InstanceState::Unhealthy,
    InstanceState::Ejected,
    InstanceState::Draining,
    InstanceState::Disabled,
];

impl LoadBalancer {
    /// All instances as text in the Prometheus format 0.0.4
    /// (<https://prometheus.io/docs/instrumenting/exposition_formats/>): requests, failures, ejections, states, and
    /// quantiles of response times in seconds. Leaves the rates of [`LoadBalancer::snapshot`] beginning anew.
    ///
    /// # Errors
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn exposition(&self, now: f64) -> Result<String> {
        let mut snapshot = self.snapshot(now)?;
        self.keep_from_falling(&mut snapshot);
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let mut line = |content: std::fmt::Arguments<'_>| {
            let _ = writeln!(text, "{content}");
        };
        for (name, kind, value) in METRICS {
            line(format_args!("# TYPE {name} {kind}"));
            for instance in &snapshot.instances {
                line(format_args!("{name}{{instance=\"{}\"}} {}", escaped(&instance.id), value(instance)));
            }
        }
        line(format_args!("# TYPE opusclip_balance_state gauge"));
        for instance in &snapshot.instances {
            for state in STATES {
                let (id, is) = (escaped(&instance.id), u8::from(instance.state == state));
                line(format_args!("opusclip_balance_state{{instance=\"{id}\",state=\"{}\"}} {is}", state.as_str()));
            }
        }
        line(format_args!("# TYPE opusclip_balance_response_seconds gauge"));
        for instance in &snapshot.instances {
            for (quantile, value) in [("0.5", instance.p50), ("0.95", instance.p95), ("0.99", instance.p99)] {
                let Some(value) = value else { continue };
                let id = escaped(&instance.id);
                line(format_args!(
                    "opusclip_balance_response_seconds{{instance=\"{id}\",quantile=\"{quantile}\"}} {value}"
                ));
            }
        }
        Ok(text)
    }
}

impl LoadBalancer {
    /// A request that ends while a snapshot is made may be counted twice there and once in the next one. That is right as soon as
    /// it has ended, but Prometheus takes a count that falls for a restart.
    fn keep_from_falling(&self, snapshot: &mut BalancerSnapshot) {
        let mut roster = self.0.roster.lock();
        for instance in &mut snapshot.instances {
            // One that was removed since has nobody who remembers.
            if let Ok(record) = roster.record(&instance.id) {
                record.told = record.told.max(instance.picks);
                instance.picks = record.told;
            }
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
