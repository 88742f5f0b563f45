//! A load balancer as its documentation tells it, one instance after the other, without threads and without haste.

use std::collections::BTreeMap;

use super::{OutlierOptions, RequestOutcome};

/// Failures in a row that eject.
pub(super) const FAILURES: u32 = 2;
/// Seconds of the first ejection.
pub(super) const EJECTED: f64 = 10.0;
/// Seconds of the longest one.
pub(super) const LONGEST_EJECTED: f64 = 30.0;
/// Percent of instances that may be ejected.
pub(super) const MOST_EJECTED: usize = 50;

/// Ejection by failures in a row alone.
pub(super) fn outlier() -> OutlierOptions {
    OutlierOptions {
        interval: 1e6,
        consecutive_failures: FAILURES,
        consecutive_local_failures: 0,
        base_ejection_time: EJECTED,
        max_ejection_time: LONGEST_EJECTED,
        max_ejection_percent: MOST_EJECTED as f64,
        enforce_success_rate: 0.0,
        ..OutlierOptions::default()
    }
}

/// An instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Modelled {
    /// Requests that it may have at a time; none is no limit.
    limit: Option<u64>,
    unhealthy: bool,
    pub(super) disabled: bool,
    /// The deadline of its draining.
    pub(super) draining: Option<f64>,
    ejected_until: Option<f64>,
    recovering: bool,
    ejections: u32,
    failures: u32,
    pub(super) in_flight: u64,
}

impl Modelled {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Whether it belongs to those that may have requests at all.
    fn counts(&self) -> bool {
        !self.disabled && self.draining.is_none()
    }

    fn well(&self) -> bool {
        self.counts() && !self.unhealthy && self.ejected_until.is_none()
    }

    fn has_room(&self, panic: bool) -> bool {
        let limit = if self.recovering && self.well() && !panic { Some(1) } else { self.limit };
        limit.is_none_or(|limit| self.in_flight < limit)
    }
}

/// All instances by their ids.
#[derive(Debug, Default)]
pub(super) struct Model(pub(super) BTreeMap<String, Modelled>);

impl Model {
    /// Fewer than half are well, and these cannot carry everything.
    pub(super) fn panics(&self) -> bool {
        let (all, well) =
            (self.0.values().filter(|one| one.counts()).count(), self.0.values().filter(|one| one.well()).count());
        2 * well < all
    }

    /// Ejections that are over by now.
    pub(super) fn advance(&mut self, now: f64) {
        for one in self.0.values_mut().filter(|one| one.ejected_until.is_some_and(|until| now >= until)) {
            (one.ejected_until, one.recovering, one.failures) = (None, true, 0);
        }
    }

    /// Who may have a request.
    pub(super) fn may(&self, id: &str, excluded: &[&str]) -> bool {
        let panic = self.panics();
        let one = self.0.get(id).filter(|_| !excluded.contains(&id));
        one.is_some_and(|one| if panic { one.counts() } else { one.well() } && one.has_room(panic))
    }

    pub(super) fn set_health(&mut self, id: &str, healthy: bool) {
        let Some(one) = self.0.get_mut(id) else { return };
        one.unhealthy = !healthy;
        if healthy {
            // Who is seen to be well is taken back at once.
            (one.ejected_until, one.recovering, one.failures) = (None, false, 0);
        }
    }

    /// A request of this instance has ended.
    pub(super) fn end(&mut self, id: &str, outcome: RequestOutcome, now: f64) {
        let counting = self.0.values().filter(|one| one.counts()).count();
        let ejected = self.0.values().filter(|one| one.ejected_until.is_some()).count();
        let may_eject = ejected < (counting * MOST_EJECTED / 100).max(1);
        let Some(one) = self.0.get_mut(id) else { return };
        one.in_flight -= 1;
        match outcome {
            RequestOutcome::Cancelled => return,
            RequestOutcome::Success => {
                (one.failures, one.recovering) = (0, false);
                return;
            }
            // Too much to do is no sign of being ill, except for who has just come back.
            RequestOutcome::Overloaded => {}
            _ => one.failures += 1,
        }
        let enough = one.failures >= FAILURES;
        let sound = one.well() && !one.recovering;
        if (one.recovering || (enough && sound)) && may_eject && one.ejected_until.is_none() {
            one.ejections += 1;
            let seconds = (EJECTED * f64::from(one.ejections)).min(LONGEST_EJECTED);
            (one.ejected_until, one.recovering) = (Some(now + seconds), false);
        }
        if enough && !(one.recovering) {
            one.failures = 0;
        }
    }
}
