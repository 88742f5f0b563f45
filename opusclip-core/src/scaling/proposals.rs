//! What each metric asks for.

use super::config::{Compatibility, ScalingConfig, ScalingStrategy, TOLERANCE};
use super::decision::{ProposalSource, ScalingNote, ScalingProposal};
use super::hpa::replicas::{self, round_up};
use super::hpa::{HpaReason, Tolerance};
use super::learned::Learned;
use super::signals::ResourceMetrics;

/// What proposals are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation<'a> {
    pub(super) config: &'a ScalingConfig,
    pub(super) metrics: &'a ResourceMetrics,
    pub(super) learned: &'a Learned,
    /// Instances that there are.
    pub(super) current: u32,
    /// Those that work.
    pub(super) ready: u32,
    /// A forecast holds what may come, so that a metric need not: it asks for what it needs now.
    pub(super) follows_forecast: bool,
}

/// A metric may be this far from its target before anything changes: 1 is the target.
#[derive(Debug, Clone, Copy)]
struct Band {
    low: f64,
    high: f64,
}

impl Situation<'_> {
    /// What every metric asks for that the strategy goes by.
    pub(super) fn proposals(&self, notes: &mut Vec<ScalingNote>) -> Vec<ScalingProposal> {
        let mut proposals = Vec::with_capacity(4);
        let strategy = self.config.strategy;
        let all = matches!(strategy, ScalingStrategy::Hybrid | ScalingStrategy::Predictive);
        if strategy == ScalingStrategy::Cpu || (all && self.learned.seen.cpu) {
            proposals.push(self.cpu());
        }
        if strategy == ScalingStrategy::Memory || (all && self.learned.seen.memory) {
            proposals.push(self.memory());
        }
        // What is learned of requests is learned from CPU usage, which asks for itself.
        if strategy == ScalingStrategy::Request
            || (all && self.learned.seen.request && self.config.target_request_rate.is_some())
        {
            proposals.push(self.request());
        }
        if strategy == ScalingStrategy::ResponseTime || (all && self.learned.seen.response_time) {
            proposals.push(self.response_time(notes));
        }
        if all {
            proposals.extend(self.config.metrics.iter().map(|metric| {
                let value = self.metrics.custom.get(&metric.name).copied();
                let tolerance = Tolerance {
                    up: metric.tolerance_up.unwrap_or_else(|| self.tolerance().up),
                    down: metric.tolerance_down.unwrap_or_else(|| self.tolerance().down),
                };
                let count = value.map(|value| self.of_sum(value, metric.target_per_instance, tolerance));
                ScalingProposal {
                    name: Some(metric.name.clone()),
                    ..ScalingProposal::of(ProposalSource::Custom, value, Some(metric.target_per_instance), count)
                }
            }));
        }
        proposals
    }

    fn hpa(&self) -> bool {
        self.config.compatibility == Compatibility::Hpa
    }

    fn tolerance(&self) -> Tolerance {
        Tolerance {
            up: self.config.tolerance_up.unwrap_or(TOLERANCE),
            down: self.config.tolerance_down.unwrap_or(TOLERANCE),
        }
    }

    /// The band of a usage: between the thresholds, unless a tolerance was asked for.
    fn usage_band(&self, target: f64) -> Band {
        let config = self.config;
        Band {
            low: self.low(config.tolerance_down.map_or(config.scale_down_threshold / target, |down| 1.0 - down)),
            high: config.tolerance_up.map_or(config.scale_up_threshold / target, |up| 1.0 + up),
        }
    }

    /// The lower end of a band.
    fn low(&self, otherwise: f64) -> f64 {
        if self.follows_forecast { 1.0 } else { otherwise }
    }

    /// `wanted`, where the ratio leaves its band, and only in the direction that it leaves it.
    fn directed(&self, ratio: f64, band: Band, wanted: f64) -> u32 {
        if ratio > band.high {
            self.current.max(round_up(wanted))
        } else if ratio < band.low {
            self.current.min(round_up(wanted))
        } else {
            self.current
        }
    }

    fn cpu(&self) -> ScalingProposal {
        let (value, target) = (self.of_ready(self.metrics.cpu_usage), self.config.target_cpu_usage);
        let count = if self.hpa() && !self.metrics.pods.is_empty() {
            replicas::by_utilization(self.current, target as u32, &self.metrics.pods, self.tolerance()).ok()
        } else {
            value.map(|usage| self.of_usage(usage, target, true))
        };
        ScalingProposal::of(ProposalSource::Cpu, value, Some(target), count)
    }

    fn memory(&self) -> ScalingProposal {
        let (value, target) = (self.of_ready(self.metrics.memory_usage), self.config.target_memory_usage);
        let count = value.map(|usage| self.of_usage(usage, target, false));
        ScalingProposal::of(ProposalSource::Memory, value, Some(target), count)
    }

    /// A mean of instances that work says nothing where none does.
    fn of_ready(&self, value: Option<f64>) -> Option<f64> {
        value.filter(|_| self.ready > 0)
    }

    fn of_usage(&self, usage: f64, target: f64, cpu: bool) -> u32 {
        if self.hpa() {
            let unready = if cpu { self.current.saturating_sub(self.ready) } else { 0 };
            return replicas::by_mean_utilization(self.current, self.ready, unready, usage, target, self.tolerance());
        }
        // Percent may be a little over a hundred from rounding.
        let ratio = usage.min(100.0) / target;
        self.directed(ratio, self.usage_band(target), ratio * f64::from(self.ready))
    }

    fn request(&self) -> ScalingProposal {
        let (value, target) = (self.metrics.request_rate, self.request_target());
        let count = value.zip(target).map(|(rate, target)| self.of_sum(rate, target, self.tolerance()));
        ScalingProposal::of(ProposalSource::Request, value, target, count)
    }

    /// Requests a second that an instance should get.
    pub(super) fn request_target(&self) -> Option<f64> {
        self.config.target_request_rate.or_else(|| self.learned.capacity.at(self.config.target_cpu_usage))
    }

    /// A sum over all instances with a target for each.
    fn of_sum(&self, value: f64, target: f64, tolerance: Tolerance) -> u32 {
        if self.hpa() {
            return replicas::by_average_value(self.current, value, target, tolerance).unwrap_or(self.current);
        }
        let wanted = value / target;
        let ratio = if self.current > 0 { wanted / f64::from(self.current) } else { f64::INFINITY };
        self.directed(ratio, Band { low: self.low(1.0 - tolerance.down), high: 1.0 + tolerance.up }, wanted)
    }

    fn response_time(&self, notes: &mut Vec<ScalingNote>) -> ScalingProposal {
        let (value, target) = (self.of_ready(self.metrics.response_time), self.config.target_response_time);
        let count = value.map(|measured| {
            if self.hpa() {
                return replicas::by_value(self.current, measured, target, self.ready, self.tolerance())
                    .unwrap_or(self.current);
            }
            self.of_response_time(measured, target, notes)
        });
        ScalingProposal::of(ProposalSource::ResponseTime, value, Some(target), count)
    }

    fn of_response_time(&self, measured: f64, target: f64, notes: &mut Vec<ScalingNote>) -> u32 {
        let ratio = measured / target;
        let tolerance = self.tolerance();
        let band = Band { low: self.low(1.0 - tolerance.down), high: 1.0 + tolerance.up };
        let late = ratio > band.high;
        let model = self.learned.curve.model();
        if let Some((model, rate)) = model.zip(self.metrics.request_rate) {
            let (allowed, reachable) = model.rate_within(target);
            if !reachable {
                notes.push(ScalingNote::TargetBelowServiceTime { service_time: model.service_time });
            }
            let wanted = rate / allowed;
            // The curve says how far; that it is late says that one more is needed, whatever the curve believes.
            let wanted = if late && reachable { wanted.max(f64::from(self.current) + 1.0) } else { wanted };
            let by_rate = wanted / f64::from(self.current.max(1));
            return if late { self.current.max(round_up(wanted)) } else { self.directed(by_rate, band, wanted) };
        }
        let ready = f64::from(self.ready);
        if late {
            // No curve is known yet: never more than twice as many at once.
            return self.current.max(round_up(ready * ratio.min(2.0)));
        }
        // The load is known from CPU usage alone: R = S / (1 - u), so the load that fits is 1 - S / target.
        let wanted = self.metrics.cpu_usage.filter(|_| ratio < band.low).map(|usage| {
            let load = (usage / 100.0).min(1.0);
            ready * load / (1.0 - ratio * (1.0 - load))
        });
        wanted.map_or(self.current, |wanted| self.current.min(round_up(wanted)))
    }
}

/// What a reason of the controller is called here; what held a proposal back in time has names of its own.
pub(super) const fn stabilized(grows: bool) -> HpaReason {
    if grows { HpaReason::ScaleUpStabilized } else { HpaReason::ScaleDownStabilized }
}
