//! From metrics to a decision.

use super::limits::{Bounds, Way};
use super::state::{Change, DemandUnit, JITTER};
use super::turning::Need;
use super::{ScalingEngine, wording};
use crate::scaling::config::{Compatibility, HybridWeights, PanicOptions, ScalingStrategy};
use crate::scaling::decision::{
    ProposalSource, ScalingAction, ScalingDecision, ScalingLimit, ScalingNote, ScalingProposal, ScalingReason,
};
use crate::scaling::hpa;
use crate::scaling::hpa::replicas::round_up;
use crate::scaling::proposals::Situation;
use crate::scaling::signals::ResourceMetrics;

/// Rounding must not make more of a whole number.
const ROUNDING: f64 = 1e-9;

/// A decision in the making.
#[derive(Debug)]
struct Draft {
    current: u32,
    ready: u32,
    bounds: Bounds,
    age: f64,
    notes: Vec<ScalingNote>,
    proposals: Vec<ScalingProposal>,
    desired: Option<u32>,
    limits: Vec<ScalingLimit>,
    released: Option<f64>,
    panic: bool,
}

impl ScalingEngine {
    pub(super) fn decide(&mut self, metrics: &ResourceMetrics, now: f64) -> ScalingDecision {
        let mut notes = Vec::new();
        let back = self.state.arrive(now);
        if back > 0.0 {
            notes.push(ScalingNote::ClockWentBack { seconds: back });
        }
        let current = self.state.reconcile(&self.config, metrics, now, &mut notes);
        let ready = metrics.ready_instances.or(metrics.instances).unwrap_or(current).min(current);
        self.state.ledger.lapse(now, &self.config.execution);
        self.state.ledger.ready(ready, now, self.config.start_up.quantile);
        let (bounds, schedules) = self.schedules.at(&self.config, now);
        notes.extend(schedules.iter().map(|name| ScalingNote::Scheduled { name: name.clone() }));
        let ahead = metrics.timestamp.map_or(0.0, |measured| measured - now);
        if ahead > JITTER {
            notes.push(ScalingNote::MeasuredInFuture { seconds: ahead });
        }
        let mut draft = Draft {
            current,
            ready,
            bounds,
            age: (-ahead).max(0.0),
            notes,
            proposals: Vec::new(),
            desired: None,
            limits: Vec::new(),
            released: None,
            panic: false,
        };
        self.bill(metrics, &draft, now);
        let (target, reason) = self.target(metrics, &mut draft, back, now);
        self.close(draft, target, reason, now)
    }

    fn bill(&mut self, metrics: &ResourceMetrics, draft: &Draft, now: f64) {
        if let Some(price) = &self.config.price {
            let load = metrics.cpu_usage.map(|usage| f64::from(draft.ready) * usage / self.config.target_cpu_usage);
            self.state.meter.advance(&self.config, price, now, draft.current, load);
        }
    }

    /// The count that there should be, and why.
    fn target(&mut self, metrics: &ResourceMetrics, draft: &mut Draft, back: f64, now: f64) -> (u32, ScalingReason) {
        let current = draft.current;
        let stale = draft.age > self.config.metrics_max_age;
        let idle = if stale { None } else { metrics.idle() };
        let idle_since = *self.state.idle_since.get_or_insert(now);
        if idle != Some(true) {
            self.state.idle_since = None;
        }
        if self.state.ledger.open().is_some() {
            return (current, ScalingReason::ActionPending);
        }
        if let Some(answer) = self.at_zero(current, draft.bounds, idle) {
            return answer;
        }
        if let Some(within) = hpa::combine::bounds_first(current, draft.bounds.min, draft.bounds.max) {
            let below = within > current;
            return (within, if below { ScalingReason::BelowMinimum } else { ScalingReason::AboveMaximum });
        }
        if back > JITTER {
            return (current, ScalingReason::ClockWentBack);
        }
        if stale || metrics.is_empty() {
            return (current, if stale { ScalingReason::StaleMetrics } else { ScalingReason::NoMetrics });
        }
        if let Some(zero) = &self.config.scale_to_zero
            && draft.bounds.min == 0
            && idle == Some(true)
            && now - idle_since >= zero.idle_period
        {
            draft.desired = Some(0);
            return self.pass(0, None, draft, now);
        }
        // The last instance goes only when there has been nothing to do for long enough.
        draft.bounds.min = draft.bounds.min.max(1).min(draft.bounds.max);
        self.by_metrics(metrics, draft, now)
    }

    /// What holds where there is no instance.
    fn at_zero(&self, current: u32, bounds: Bounds, idle: Option<bool>) -> Option<(u32, ScalingReason)> {
        if current > 0 {
            return None;
        }
        match &self.config.scale_to_zero {
            Some(zero) if idle == Some(false) => {
                let wanted = zero.activation_instances.max(bounds.min).min(bounds.max);
                Some((wanted, ScalingReason::Activated))
            }
            Some(_) if bounds.min == 0 => Some((0, ScalingReason::Idle)),
            None if self.config.compatibility == Compatibility::Hpa => Some((0, ScalingReason::ScalingDisabled)),
            _ => None,
        }
    }

    fn by_metrics(&mut self, metrics: &ResourceMetrics, draft: &mut Draft, now: f64) -> (u32, ScalingReason) {
        let (current, ready) = (draft.current, draft.ready);
        self.state.learned.notice(metrics);
        let forecast = self.forecast(metrics, draft, now);
        let learned = self.state.learned;
        let situation = Situation {
            config: &self.config,
            metrics,
            learned: &learned,
            current,
            ready,
            follows_forecast: forecast.is_some(),
        };
        draft.proposals = situation.proposals(&mut draft.notes);
        let burst = self.config.panic.as_ref().and_then(|panic| burst(&situation, panic));
        self.state.learned.learn(metrics, ready);

        let formula = self.formula.as_ref().and_then(|formula| formula.evaluate(&situation, &draft.proposals));
        let undefined = formula.is_some_and(|count| !(count.is_finite() && count >= 0.0));
        let mut desired = match (&self.config.weights, formula) {
            _ if undefined => None,
            (_, Some(count)) => Some(round_up(count - ROUNDING)),
            // Something that the formula names is missing: growing is allowed on partial data.
            (_, None) if self.formula.is_some() => largest(current, &draft.proposals).filter(|count| *count > current),
            (Some(weights), None) if self.config.strategy == ScalingStrategy::Hybrid => {
                weighted(current, &draft.proposals, weights)
            }
            _ => largest(current, &draft.proposals),
        };
        if let Some(forecast) = forecast {
            let (proposal, need) = forecast;
            desired = desired.map(|desired| self.settled(current, desired, need));
            draft.proposals.push(proposal);
        }
        let followed = burst.and_then(|(burst, over)| self.follow(burst, over, desired.unwrap_or(current), draft, now));
        let Some(desired) = desired else {
            let none = draft.proposals.iter().all(|proposal| proposal.instances.is_none());
            let reason = match none {
                _ if undefined => ScalingReason::FormulaUndefined,
                true => ScalingReason::NoMetrics,
                false => ScalingReason::PartialMetrics,
            };
            return match followed {
                // Growing is allowed on partial data.
                Some(count) if count > current => self.pass(current, Some(count), draft, now),
                _ => (current, reason),
            };
        };
        draft.desired = Some(desired);
        let (up, down) = (self.config.scale_up.stabilization_window, self.config.scale_down.stabilization_window);
        self.state.recent.record(desired, now, up, down);
        self.pass(desired, followed, draft, now)
    }

    /// Few instances are not removed, only to be started again. What metrics ask for now is there in any case.
    fn settled(&mut self, current: u32, desired: u32, need: Need) -> u32 {
        let Some(tolerance) = self.config.tolerance_down else {
            return self.state.turning.follow(current, need, desired);
        };
        let wanted = need.instances().max(desired);
        let few = tolerance * f64::from(current);
        if wanted < current && f64::from(current - wanted) < few { current } else { wanted }
    }

    /// The count of a burst that is followed; `None` where none is.
    fn follow(&mut self, burst: ScalingProposal, over: bool, stable: u32, draft: &mut Draft, now: f64) -> Option<u32> {
        let options = self.config.panic.as_ref()?;
        let asked = burst.instances?;
        let count = self.state.burst.follow(over, stable, asked, options.stable_window, now);
        draft.panic = self.state.burst.since.is_some();
        draft.proposals.push(burst);
        draft.panic.then_some(count)
    }

    /// What demand is forecast to ask for, once a model has been tried.
    fn forecast(&mut self, metrics: &ResourceMetrics, draft: &mut Draft, now: f64) -> Option<(ScalingProposal, Need)> {
        if self.config.strategy != ScalingStrategy::Predictive {
            return None;
        }
        let requests = metrics.request_rate.is_some();
        let unit = *self.state.unit.get_or_insert(if requests { DemandUnit::Requests } else { DemandUnit::Instances });
        let (demand, target) = match unit {
            DemandUnit::Requests => {
                let learned = self.state.learned.capacity.at(self.config.target_cpu_usage);
                (metrics.request_rate, self.config.target_request_rate.or(learned))
            }
            DemandUnit::Instances => {
                let share = metrics.cpu_usage.map(|usage| usage / self.config.target_cpu_usage);
                (share.map(|share| share * f64::from(draft.ready)), Some(1.0))
            }
        };
        let horizon = self.start_up() + self.config.evaluation_period + draft.age;
        self.state.predictor.observe(demand?, now - draft.age, horizon, &self.config.prediction);
        let target_now = target.filter(|target| *target > 0.0);
        if let Some((demand, target)) = demand.zip(target_now) {
            self.state.turning.observe(demand / target, now);
        }
        let forecast = self.state.predictor.forecast()?;
        if let Some((model, error_ratio)) = self.state.predictor.distrusted() {
            draft.notes.push(ScalingNote::ForecastDistrusted { model, error_ratio });
        }
        let target = target_now?;
        let need = Need {
            count: forecast.upper / target,
            usual_error: self.state.predictor.usual_error(forecast.value) / target,
        };
        let count = Some(need.instances());
        let proposal = ScalingProposal::of(ProposalSource::Forecast, Some(forecast.upper), Some(target), count);
        Some((proposal, need))
    }

    /// How long a start takes, in seconds: given, learned, or believed until then.
    pub(super) fn start_up(&self) -> f64 {
        let options = &self.config.start_up;
        options.seconds.or_else(|| self.state.ledger.start_up()).unwrap_or(options.initial)
    }

    fn pass(&self, desired: u32, burst: Option<u32>, draft: &mut Draft, now: f64) -> (u32, ScalingReason) {
        let (config, state, bounds, current) = (&self.config, &self.state, draft.bounds, draft.current);
        let limits = std::mem::take(&mut draft.limits);
        let mut way = Way { config, state, bounds, current, now, limits, released: None };
        let target = way.pass(desired, burst);
        draft.released = way.released;
        draft.limits = way.limits;
        let unlimited = match desired {
            0 => ScalingReason::Idle,
            _ if desired == current && config.compatibility == Compatibility::Opusclip => {
                ScalingReason::WithinTolerance
            }
            _ => ScalingReason::DesiredWithinRange,
        };
        let reason = draft.limits.last().map_or(unlimited, |limit| limit.reason);
        (target, reason)
    }

    fn close(&mut self, draft: Draft, target: u32, reason: ScalingReason, now: f64) -> ScalingDecision {
        let current = draft.current;
        let action = match target.cmp(&current) {
            std::cmp::Ordering::Greater => ScalingAction::ScaleUp,
            std::cmp::Ordering::Less => ScalingAction::ScaleDown,
            std::cmp::Ordering::Equal => ScalingAction::NoAction,
        };
        let acts = action != ScalingAction::NoAction;
        self.state.decided = (acts && !self.config.dry_run).then_some(Change { from: current, to: target, time: now });
        self.state.decisions += 1;
        let waits = self.config.compatibility == Compatibility::Opusclip && acts;
        let price = self.config.price.as_ref();
        let mut decision = ScalingDecision {
            id: self.state.decisions,
            time: now,
            action,
            current_instances: current,
            target_instances: target,
            desired_instances: draft.desired,
            reason,
            sentence: String::new(),
            confidence: confidence(&draft, self.config.metrics_max_age),
            proposals: draft.proposals,
            limits: draft.limits,
            notes: draft.notes,
            cost_per_hour_micros: price.map(|price| price.per_hour_micros(target) - price.per_hour_micros(current)),
            next_change: if waits { Some(now + self.config.cooldown_period) } else { draft.released },
            panic: draft.panic,
            dry_run: self.config.dry_run,
        };
        decision.sentence = wording::sentence(&decision);
        decision
    }
}

/// The share of metrics that were there, and less the older they are: half at the limit of age.
fn confidence(draft: &Draft, oldest: f64) -> f64 {
    let there = draft.proposals.iter().filter(|proposal| proposal.instances.is_some()).count();
    let share = if draft.proposals.is_empty() { 0.0 } else { there as f64 / draft.proposals.len() as f64 };
    share * (1.0 - 0.5 * (draft.age / oldest).min(1.0))
}

/// What the last seconds ask for, and whether that is a burst.
fn burst(situation: &Situation<'_>, options: &PanicOptions) -> Option<(ScalingProposal, bool)> {
    let rate = situation.metrics.burst_request_rate.or(situation.metrics.request_rate)?;
    let target = situation.request_target()?;
    let wanted = (rate / target).ceil();
    let over = wanted / f64::from(situation.ready.max(1)) >= options.threshold;
    let proposal = ScalingProposal::of(ProposalSource::Panic, Some(rate), Some(target), Some(round_up(wanted)));
    Some((proposal, over))
}

/// As [`hpa::combine`], without a list of its own.
fn largest(current: u32, proposals: &[ScalingProposal]) -> Option<u32> {
    let largest = proposals.iter().filter_map(|proposal| proposal.instances).max()?;
    let partial = proposals.iter().any(|proposal| proposal.instances.is_none());
    (!partial || largest >= current).then_some(largest)
}

/// The weighted mean, rounded up; nothing is removed on partial data.
fn weighted(current: u32, proposals: &[ScalingProposal], weights: &HybridWeights) -> Option<u32> {
    let weight = |proposal: &ScalingProposal| match proposal.source {
        ProposalSource::Cpu => weights.cpu,
        ProposalSource::Memory => weights.memory,
        ProposalSource::Request => weights.request,
        ProposalSource::ResponseTime => weights.response_time,
        _ => weights.custom,
    };
    let (mut sum, mut total, mut partial) = (0.0, 0.0, false);
    for proposal in proposals.iter().filter(|proposal| weight(proposal) > 0.0) {
        match proposal.instances {
            Some(count) => {
                sum += weight(proposal) * f64::from(count);
                total += weight(proposal);
            }
            None => partial = true,
        }
    }
    let mean = (total > 0.0).then(|| round_up(sum / total - ROUNDING))?;
    (!partial || mean >= current).then_some(mean)
}
