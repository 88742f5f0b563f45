//! Weights from what instances say of their load: gRPC's client-side weighted round robin (gRFC A58,
//! <https://github.com/grpc/proposal/blob/master/A58-client-side-weighted-round-robin-lb-policy.md>).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::LONGEST;
use crate::config::{finite, number, within};
use crate::error::{Error, ErrorCode, Result};

/// How busy an instance says it is, as in ORCA's load reports
/// (<https://github.com/cncf/xds/blob/main/xds/data/orca/v3/orca_load_report.proto>).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadReport {
    /// The share of what it can do that is used: of its own measure, or of its processors; 1 is all of it.
    #[serde(deserialize_with = "number")]
    pub utilization: f64,
    /// Requests that it answers in a second.
    #[serde(deserialize_with = "number")]
    pub qps: f64,
    /// Of these, those that fail.
    #[serde(default, deserialize_with = "number")]
    pub eps: f64,
}

impl LoadReport {
    pub(super) fn check(&self) -> Result<()> {
        for (field, value) in [("utilization", self.utilization), ("qps", self.qps), ("eps", self.eps)] {
            if finite(field, value)? < 0.0 {
                let message = format!("{field} is {value}, below 0");
                return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field(field));
            }
        }
        Ok(())
    }

    /// Requests a second that it would answer if all of it were used: the weight; none where nothing is known.
    fn weight(&self, penalty: f64) -> Option<f64> {
        let failing = if self.qps > 0.0 { self.eps / self.qps * penalty } else { 0.0 };
        Some(self.qps / (self.utilization + failing)).filter(|weight| weight.is_finite() && *weight > 0.0)
    }
}

/// Options of weights from load reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoadReportOptions {
    /// Seconds that an instance must report before it is believed.
    #[serde(deserialize_with = "number")]
    pub blackout: f64,
    /// A report without a later one counts for so many seconds.
    #[serde(deserialize_with = "number")]
    pub expiration: f64,
    /// A failure counts as so many times the use that a request makes of an instance.
    #[serde(deserialize_with = "number")]
    pub error_penalty: f64,
}

impl Default for LoadReportOptions {
    fn default() -> Self {
        Self { blackout: 10.0, expiration: 180.0, error_penalty: 1.0 }
    }
}

impl LoadReportOptions {
    pub(super) fn check(&self) -> Result<()> {
        within("load_reports.blackout", self.blackout, 0.0, LONGEST)?;
        within("load_reports.expiration", self.expiration, 0.001, LONGEST)?;
        within("load_reports.error_penalty", self.error_penalty, 0.0, 1000.0).map(drop)
    }
}

/// What an instance has reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reported {
    since: f64,
    last: f64,
    weight: f64,
}

impl Reported {
    /// What is known with one more report.
    pub(super) fn with(
        before: Option<Self>,
        report: &LoadReport,
        options: &LoadReportOptions,
        now: f64,
    ) -> Option<Self> {
        let Some(weight) = report.weight(options.error_penalty) else { return before };
        let since = before.filter(|before| now - before.last < options.expiration).map_or(now, |before| before.since);
        Some(Self { since, last: now, weight })
    }

    fn usable(&self, options: &LoadReportOptions, now: f64) -> bool {
        now - self.since >= options.blackout && now - self.last < options.expiration
    }
}

/// Seconds between looks at what was reported.
pub(super) const LOOK: f64 = 1.0;

/// What each weight is to be multiplied by, in hundredths: 1 on average, and for whoever is not believed. Nothing where fewer
/// than two are.
pub(super) fn factors(reported: &[Option<Reported>], options: &LoadReportOptions, now: f64) -> Vec<f64> {
    let usable = |reported: &Option<Reported>| reported.filter(|reported| reported.usable(options, now));
    let known: Vec<f64> = reported.iter().filter_map(usable).map(|reported| reported.weight).collect();
    if known.len() < 2 {
        return vec![1.0; reported.len()];
    }
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let factor = |reported: Reported| (reported.weight / mean * 100.0).round().max(1.0) / 100.0;
    reported.iter().map(|one| usable(one).map_or(1.0, factor)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula of gRFC A58: qps / (utilization + eps / qps * penalty).
    #[test]
    fn a_weight_is_what_an_instance_would_answer_if_all_of_it_were_used() {
        let weight = |utilization, qps, eps| LoadReport { utilization, qps, eps }.weight(1.0);
        assert_eq!(weight(0.5, 100.0, 0.0), Some(200.0));
        assert_eq!(weight(0.5, 100.0, 50.0), Some(100.0));
        assert_eq!(weight(0.0, 0.0, 0.0), None);
        assert_eq!(weight(0.0, 100.0, 0.0), None);
        assert_eq!(weight(0.5, 0.0, 0.0), None);
        assert_eq!(LoadReport { utilization: 0.5, qps: 100.0, eps: 50.0 }.weight(0.0), Some(200.0));
    }

    #[test]
    fn reports_count_after_the_blackout_and_until_they_are_old() {
        let options = LoadReportOptions::default();
        let report = |utilization| LoadReport { utilization, qps: 100.0, eps: 0.0 };
        let after = |before, utilization, now| Reported::with(before, &report(utilization), &options, now);
        let (a, b) = (after(None, 0.25, 0.0), after(None, 0.75, 0.0));
        let at = |now| factors(&[a, b, None], &options, now);
        assert_eq!(at(9.9), [1.0, 1.0, 1.0]);
        // 400 and 133 requests a second, 267 on average.
        assert_eq!(at(10.0), [1.5, 0.5, 1.0]);
        assert_eq!(at(180.0), [1.0, 1.0, 1.0]);
        assert_eq!(factors(&[a, None], &options, 10.0), [1.0, 1.0], "one alone says nothing");
        let again = after(a, 0.25, 200.0);
        assert_eq!(factors(&[again, after(b, 0.75, 100.0), b], &options, 205.0), [1.0; 3], "who was gone begins anew");
    }
}
