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
    /// Why the last check failed, where that is known.
    failure: Option<Box<str>>,
    /// The last check had no answer in time. One that still comes says nothing new.
    late: bool,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Answer<'a> {
    Passed,
    /// With the reason, or nothing.
    Failed(&'a str),
}

/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 200;

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
            failure: None,
            late: false,
        }
    }

    pub(in super::super) fn healthy(&self) -> bool {
        self.healthy
    }

    /// Set by the host, whatever the checks said.
    pub(in super::super) fn set(&mut self, healthy: bool) {
        (self.healthy, self.decided) = (healthy, true);
        (self.passed_in_a_row, self.failed_in_a_row) = (0, 0);
        self.failure = None;
    }

    /// Why an instance is not well, as far as its checks know.
    pub(in super::super) fn reason(&self) -> String {
        match &self.failure {
            Some(failure) => format!("its checks failed: {failure}"),
            None if !self.decided => "it was not checked yet".to_owned(),
            None => "its checks failed, or the host said that it is not well".to_owned(),
        }
    }

    /// A running check that has had no answer in time has failed.
    pub(in super::super) fn expire(&mut self, options: &HealthCheckOptions, seed: u64, now: f64) {
        if self.since.is_some_and(|since| now - since >= options.timeout) {
            let failure = format!("it gave no answer within {} s", options.timeout);
            self.report(options, seed, Answer::Failed(&failure), now);
            self.late = true;
        }
    }

    /// When the next check is due, unless one is running.
    pub(in super::super) fn due(&self) -> Option<f64> {
        self.since.is_none().then_some(self.due)
    }

    /// A check begins.
    pub(in super::super) fn begin(&mut self, now: f64) {
        (self.since, self.late) = (Some(now), false);
    }

    /// When the host should ask again.
    pub(in super::super) fn next(&self, options: &HealthCheckOptions) -> f64 {
        self.since.map_or(self.due, |since| since + options.timeout)
    }

    /// The answer of a check.
    pub(in super::super) fn report(&mut self, options: &HealthCheckOptions, seed: u64, answer: Answer<'_>, now: f64) {
        if std::mem::take(&mut self.late) && self.since.is_none() {
            return;
        }
        let passed = answer == Answer::Passed;
        if let Answer::Failed(failure) = answer {
            (self.passed_in_a_row, self.failed_in_a_row) = (0, self.failed_in_a_row.saturating_add(1));
            self.failure = shortened(failure);
        } else {
            (self.passed_in_a_row, self.failed_in_a_row) = (self.passed_in_a_row.saturating_add(1), 0);
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

/// A reason in one line that is not too long; none where nothing is said.
fn shortened(failure: &str) -> Option<Box<str>> {
    let line: String = failure.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let kept: String = line.chars().take(LONGEST_REASON).collect();
    let more = if kept.len() < line.len() { "..." } else { "" };
    (!kept.is_empty()).then(|| format!("{kept}{more}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(answers: &[bool]) -> bool {
        let options = HealthCheckOptions::default();
        let mut checks = Checks::new(&options, 1, 0.0);
        let answer = |passed: &bool| if *passed { Answer::Passed } else { Answer::Failed("") };
        answers.iter().for_each(|passed| checks.report(&options, 1, answer(passed), 0.0));
        checks.healthy()
    }

    /// What a host does: begins a check that is due.
    fn begins(checks: &mut Checks, options: &HealthCheckOptions, now: f64) -> bool {
        checks.expire(options, 1, now);
        let begins = checks.due().is_some_and(|due| now >= due);
        if begins {
            checks.begin(now);
        }
        begins
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
        assert!(!begins(&mut checks, &options, -1.0));
        assert!(begins(&mut checks, &options, 5.0));
        assert!(!begins(&mut checks, &options, 6.0), "one is running");
        checks.report(&options, 1, Answer::Passed, 6.0);
        assert!((15.0..=17.0).contains(&checks.next(&options)));
        assert!(!begins(&mut checks, &options, 14.9));
        assert!(begins(&mut checks, &options, 17.0));
    }

    #[test]
    fn a_check_that_hangs_has_failed() {
        let options = HealthCheckOptions { fall: 1, ..HealthCheckOptions::default() };
        let mut checks = Checks::new(&options, 1, 0.0);
        checks.report(&options, 1, Answer::Passed, 0.0);
        assert!(begins(&mut checks, &options, 20.0));
        assert!(!begins(&mut checks, &options, 25.0), "the next one comes an interval after the failure");
        assert!(!checks.healthy());
    }

    #[test]
    fn an_answer_that_comes_too_late_does_not_count_a_second_time() {
        let options = HealthCheckOptions { fall: 2, ..HealthCheckOptions::default() };
        let mut checks = Checks::new(&options, 1, 0.0);
        checks.report(&options, 1, Answer::Passed, 0.0);
        assert!(begins(&mut checks, &options, 20.0));
        checks.expire(&options, 1, 25.0);
        checks.report(&options, 1, Answer::Failed("it gave no answer"), 25.1);
        assert!(checks.healthy(), "one check has failed, not two");
        checks.report(&options, 1, Answer::Failed("it said 500"), 40.0);
        assert!(!checks.healthy());
        assert_eq!(checks.reason(), "its checks failed: it said 500");
    }

    #[test]
    fn a_reason_is_one_line_that_is_not_too_long() {
        assert_eq!(shortened(" a\nb\u{7}c ").as_deref(), Some("a b c"));
        assert_eq!(shortened(&"ü".repeat(1000)).unwrap().chars().count(), LONGEST_REASON + 3);
        assert_eq!(shortened(" \n"), None);
    }
}
