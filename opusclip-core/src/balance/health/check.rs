//! Active checks without I/O: when the host should check an instance, and what its answers mean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::balance::hash::{mix, unit};
use crate::balance::options::{LONGEST, count};
use crate::config::{number, within};
use crate::error::Result;

/// Options of active checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HealthCheckOptions {
    /// Seconds between checks of an instance.
    #[serde(deserialize_with = "number")]
    pub interval: f64,
    /// Seconds between checks of an instance that is not well.
    #[serde(deserialize_with = "number")]
    pub unhealthy_interval: f64,
    /// Checks come earlier or later by up to this many percent, lest all callers check at once; 0 to 50.
    #[serde(deserialize_with = "number")]
    pub jitter_percent: f64,
    /// A check without an answer for this many seconds has failed.
    #[serde(deserialize_with = "number")]
    pub timeout: f64,
    /// Checks in a row that must pass until an instance is well again, 1 to 1,000.
    pub rise: u32,
    /// Checks in a row that must fail until it is not, 1 to 1,000.
    pub fall: u32,
    /// Whether an instance gets requests before it was checked.
    pub healthy_at_first: bool,
}

impl Default for HealthCheckOptions {
    fn default() -> Self {
        Self {
            interval: 10.0,
            unhealthy_interval: 5.0,
            jitter_percent: 10.0,
            timeout: 5.0,
            rise: 2,
            fall: 3,
            healthy_at_first: true,
        }
    }
}

impl HealthCheckOptions {
    pub(in super::super) fn check(&self) -> Result<()> {
        within("health_check.interval", self.interval, 0.001, LONGEST)?;
        within("health_check.unhealthy_interval", self.unhealthy_interval, 0.001, LONGEST)?;
        within("health_check.jitter_percent", self.jitter_percent, 0.0, 50.0)?;
        within("health_check.timeout", self.timeout, 0.001, LONGEST)?;
        count("health_check.rise", u64::from(self.rise), 1, 1000)?;
        count("health_check.fall", u64::from(self.fall), 1, 1000)
    }
}

/// How an instance's checks went. Rises after `rise` passed checks in a row, falls after `fall` failed ones; the first
/// check of all decides at once.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Checks {
    healthy: bool,
    decided: bool,
    passed_in_a_row: u32,
    failed_in_a_row: u32,
    due: f64,
    /// When the running check began.
    since: Option<f64>,
    /// How many there were, for the jitter.
    count: u64,
}

impl Checks {
    /// Nothing is known. The first check is due within an interval, at a time of the instance's own.
    pub(in super::super) fn new(options: &HealthCheckOptions, seed: u64, now: f64) -> Self {
        let due = now + unit(mix(seed)) * options.interval.min(options.unhealthy_interval);
        Self {
            healthy: options.healthy_at_first,
            decided: false,
            passed_in_a_row: 0,
            failed_in_a_row: 0,
            due: if options.healthy_at_first { due } else { now },
            since: None,
            count: 0,
        }
    }

    pub(in super::super) fn healthy(&self) -> bool {
        self.healthy
    }

    /// Set by the host, whatever the checks said.
    pub(in super::super) fn set(&mut self, healthy: bool) {
        (self.healthy, self.decided) = (healthy, true);
        (self.passed_in_a_row, self.failed_in_a_row) = (0, 0);
    }

    /// Whether a check is to begin now. A running one that had no answer in time has failed.
    pub(in super::super) fn begin(&mut self, options: &HealthCheckOptions, seed: u64, now: f64) -> bool {
        if let Some(since) = self.since {
            if now - since < options.timeout {
                return false;
            }
            self.report(options, seed, false, now);
        }
        let begins = now >= self.due;
        if begins {
            self.since = Some(now);
        }
        begins
    }

    /// When the host should ask again.
    pub(in super::super) fn next(&self, options: &HealthCheckOptions) -> f64 {
        self.since.map_or(self.due, |since| since + options.timeout)
    }

    /// The answer of a check.
    pub(in super::super) fn report(&mut self, options: &HealthCheckOptions, seed: u64, passed: bool, now: f64) {
        if passed {
            (self.passed_in_a_row, self.failed_in_a_row) = (self.passed_in_a_row.saturating_add(1), 0);
        } else {
            (self.passed_in_a_row, self.failed_in_a_row) = (0, self.failed_in_a_row.saturating_add(1));
        }
        let wanted = if passed { self.passed_in_a_row >= options.rise } else { self.failed_in_a_row >= options.fall };
        if wanted || !self.decided {
            self.healthy = passed;
        }
        self.decided = true;
        self.since = None;
        self.count += 1;
        let interval = if self.healthy { options.interval } else { options.unhealthy_interval };
        let jitter = (2.0 * unit(mix(seed.wrapping_add(self.count))) - 1.0) * options.jitter_percent / 100.0;
        self.due = now + interval * (1.0 + jitter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(answers: &[bool]) -> bool {
        let options = HealthCheckOptions::default();
        let mut checks = Checks::new(&options, 1, 0.0);
        answers.iter().for_each(|passed| checks.report(&options, 1, *passed, 0.0));
        checks.healthy()
    }

    #[test]
    fn an_instance_falls_after_three_and_rises_after_two() {
        assert!(answers(&[true, false, false]));
        assert!(!answers(&[true, false, false, false]));
        assert!(!answers(&[true, false, false, false, true]));
        assert!(!answers(&[true, false, false, false, true, false, true]));
        assert!(answers(&[true, false, false, false, true, true]));
        assert!(!answers(&[false]), "the first check decides");
    }

    #[test]
    fn checks_come_by_the_interval_with_jitter_and_one_at_a_time() {
        let options = HealthCheckOptions::default();
        let mut checks = Checks::new(&options, 1, 0.0);
        assert!(!checks.begin(&options, 1, -1.0));
        assert!(checks.begin(&options, 1, 5.0));
        assert!(!checks.begin(&options, 1, 6.0), "one is running");
        checks.report(&options, 1, true, 6.0);
        assert!((15.0..=17.0).contains(&checks.next(&options)));
        assert!(!checks.begin(&options, 1, 14.9));
        assert!(checks.begin(&options, 1, 17.0));
    }

    #[test]
    fn a_check_that_hangs_has_failed() {
        let options = HealthCheckOptions { fall: 1, ..HealthCheckOptions::default() };
        let mut checks = Checks::new(&options, 1, 0.0);
        checks.report(&options, 1, true, 0.0);
        assert!(checks.begin(&options, 1, 20.0));
        assert!(!checks.begin(&options, 1, 25.0), "the next one comes an interval after the failure");
        assert!(!checks.healthy());
    }
}
