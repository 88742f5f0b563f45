//! What time brings: ejections end, drained instances go, rates are compared.

use super::Inner;
use super::health::{EjectionReason, Interval, OutlierOptions, Sweep, ejection_seconds, most_ejected};
use super::instance::Instance;
use super::latency::Histogram;
use super::roster::Roster;
use super::sync::atomic::Ordering::Relaxed;
use super::types::{BalancerEvent, BalancerEventKind, InstanceState};

/// Seconds after which response times begin to be forgotten; quantiles are those of the last one to two such spans.
const TURN: f64 = 30.0;

impl Inner {
    /// Bring everything up to a time, where nobody else is at it.
    #[cold]
    pub(super) fn advance(&self, now: f64) {
        if let Some(mut roster) = self.roster.try_lock() {
            self.bring_up(&mut roster, now);
        }
    }

    pub(super) fn bring_up(&self, roster: &mut Roster, now: f64) {
        if now >= self.due.get() {
            self.end_ejections(roster, now);
            self.end_drains(roster, now);
            end_slow_starts(roster, now);
            self.compare_rates(roster, now);
            self.turn_latencies(roster, now);
            self.weigh(roster, now);
            // Also tells what is due next.
            self.publish(roster, now);
        } else if !roster.published {
            self.publish(roster, now);
        }
    }

    fn end_ejections(&self, roster: &mut Roster, now: f64) {
        let over = roster.records.values_mut().filter_map(|record| {
            record.ejection.now.filter(|(until, _)| now >= *until)?;
            record.ejection.now = None;
            record.ejection.recovering = true;
            record.instance.load.recovering.store(true, Relaxed);
            record.instance.load.runs.end();
            Some(record.instance.id.clone())
        });
        let over: Vec<Box<str>> = over.collect();
        over.iter().for_each(|id| roster.say(now, id, BalancerEventKind::Returned));
    }

    fn end_drains(&self, roster: &mut Roster, now: f64) {
        let drained = roster.records.values().filter(|record| {
            record.draining.is_some_and(|deadline| now >= deadline || record.instance.in_flight() == 0)
        });
        let drained: Vec<Box<str>> = drained.map(|record| record.instance.id.clone()).collect();
        for id in drained {
            // It is there: it was just listed.
            let _ = roster.remove(&id, now);
        }
    }

    fn compare_rates(&self, roster: &mut Roster, now: f64) {
        let Some(options) = &self.options.outlier else { return };
        let due = *roster.next_sweep.get_or_insert(now + options.interval);
        if now < due {
            return;
        }
        roster.next_sweep = Some(now + options.interval);
        let mut instances = Vec::new();
        let mut intervals = Vec::new();
        for record in roster.records.values_mut().filter(|record| record.state() == InstanceState::Healthy) {
            let (results, failures) = record.instance.load.results();
            let median = (options.enforce_latency > 0.0).then(|| {
                let mut recent = Histogram::new();
                record.instance.load.latencies.add_to(&mut recent);
                recent.quantile(0.5)
            });
            intervals.push(Interval {
                results: results.saturating_sub(record.seen.0),
                failures: failures.saturating_sub(record.seen.1),
                median: median.flatten(),
            });
            instances.push(record.instance.clone());
            record.seen = (results, failures);
            record.ejection.in_a_row = record.ejection.in_a_row.saturating_sub(1);
        }
        let seed = self.options.seed;
        let outliers = Sweep::of(options, &intervals, || roster.percent(seed));
        for (at, reason) in outliers {
            if let Some(instance) = instances.get(at) {
                self.eject(roster, options, instance, (reason, None), now);
            }
        }
    }

    fn turn_latencies(&self, roster: &mut Roster, now: f64) {
        let due = *roster.next_turn.get_or_insert(now + TURN);
        let mut all = Histogram::new();
        roster.records.values().for_each(|record| record.instance.load.latencies.add_to(&mut all));
        let known = all.count() >= u64::from(self.options.hedging.min_results).max(1);
        let delay = all.quantile(self.options.hedging.quantile).filter(|_| known);
        // Not a number: nothing is hedged.
        self.hedge_delay.set(delay.unwrap_or(f64::NAN));
        if now >= due {
            roster.next_turn = Some(now + TURN);
            roster.records.values().for_each(|record| record.instance.load.latencies.turn());
        }
    }

    /// Leave an instance alone that asked for it, where the strategy would not.
    #[cold]
    pub(super) fn rest(&self, instance: &Instance, seconds: f64, now: f64) {
        let Some(options) = &self.options.outlier else { return };
        let mut roster = self.roster.lock();
        self.eject(&mut roster, options, instance, (EjectionReason::RetryAfter, Some(seconds)), now);
        if !roster.published {
            self.publish(&mut roster, now);
        }
    }

    /// Eject an instance, unless so many are already that no more may be: for as long as it wants itself, or for longer
    /// each time.
    pub(super) fn eject(
        &self,
        roster: &mut Roster,
        options: &OutlierOptions,
        instance: &Instance,
        (reason, wanted): (EjectionReason, Option<f64>),
        now: f64,
    ) {
        let all = roster.records.values().filter(|record| record.counts()).count();
        let ejected = roster.records.values().filter(|record| record.ejection.now.is_some()).count();
        if ejected >= most_ejected(options, all) {
            return;
        }
        let Some(record) = roster.record_of(instance).filter(|record| record.ejection.now.is_none()) else { return };
        let ejection = &mut record.ejection;
        ejection.total += 1;
        ejection.recovering = false;
        let seconds = wanted.unwrap_or_else(|| {
            ejection.in_a_row += 1;
            ejection_seconds(options, ejection.in_a_row)
        });
        let until = now + seconds;
        ejection.now = Some((until, reason));
        instance.load.recovering.store(false, Relaxed);
        let (id, kind) = (instance.id.to_string(), BalancerEventKind::Ejected);
        roster.tell(BalancerEvent { time: now, id, kind, reason: Some(reason), until: Some(until) });
        roster.changed();
    }

    /// A result that may end or begin an ejection.
    #[cold]
    pub(super) fn judge(&self, instance: &Instance, failed: bool, reason: Option<EjectionReason>, now: f64) {
        let Some(options) = &self.options.outlier else { return };
        let mut roster = self.roster.lock();
        let recovering = roster.record_of(instance).is_some_and(|record| record.ejection.recovering);
        if recovering && !failed {
            if let Some(record) = roster.record_of(instance) {
                record.ejection.recovering = false;
                record.warming = self.options.slow_start.begin(now);
            }
            instance.load.recovering.store(false, Relaxed);
            roster.changed();
        } else if recovering {
            self.eject(&mut roster, options, instance, (EjectionReason::Recovery, None), now);
        } else if let Some(reason) = reason {
            let enforced = !roster.record_of(instance).is_some_and(|record| record.state() != InstanceState::Healthy);
            if enforced {
                self.eject(&mut roster, options, instance, (reason, None), now);
            }
            instance.load.runs.end();
        }
        if !roster.published {
            self.publish(&mut roster, now);
        }
    }
}

fn end_slow_starts(roster: &mut Roster, now: f64) {
    for record in roster.records.values_mut() {
        record.warming = record.warming.filter(|warming| now < warming.until());
    }
}
