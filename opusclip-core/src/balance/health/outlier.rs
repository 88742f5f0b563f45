//! Instances whose results are bad are ejected: they get no requests for a while (Envoy's outlier detection,
//! <https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier>).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::balance::options::{LONGEST, count};
use crate::config::{number, within};
use crate::error::{Error, ErrorCode, Result};

/// Options of ejection. Of each rule that says `enforce`, so many percent of the ejections it asks for are carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OutlierOptions {
    /// Seconds between looks at success rates and the like.
    #[serde(deserialize_with = "number")]
    pub interval: f64,
    /// Failures of any kind in a row; 0 does not look at them.
    pub consecutive_failures: u32,
    /// Gateway failures in a row (502, 503, 504); 0 does not look at them.
    pub consecutive_gateway_failures: u32,
    /// Failures to reach the instance in a row; 0 does not look at them.
    pub consecutive_local_failures: u32,
    /// Failures to reach the instance count as nothing else.
    pub split_local_failures: bool,
    /// Seconds of the first ejection; the n-th in a row takes n times as long.
    #[serde(deserialize_with = "number")]
    pub base_ejection_time: f64,
    /// But no longer than so many seconds, or `base_ejection_time`.
    #[serde(deserialize_with = "number")]
    pub max_ejection_time: f64,
    /// Of all instances at most this many percent are ejected at a time, but one may always be.
    #[serde(deserialize_with = "number")]
    pub max_ejection_percent: f64,
    /// Of ejections for a low success rate so many percent are carried out.
    #[serde(deserialize_with = "number")]
    pub enforce_success_rate: f64,
    /// A success rate is low where it is so many standard deviations below the mean of all instances.
    #[serde(deserialize_with = "number")]
    pub success_rate_deviations: f64,
    /// Of ejections for a high percentage of failures so many percent are carried out.
    #[serde(deserialize_with = "number")]
    pub enforce_failure_percentage: f64,
    /// This percentage of failures is high.
    #[serde(deserialize_with = "number")]
    pub failure_percentage: f64,
    /// Of ejections for slowness so many percent are carried out.
    #[serde(deserialize_with = "number")]
    pub enforce_latency: f64,
    /// An instance is slow whose median response time is so many times that of the median instance.
    #[serde(deserialize_with = "number")]
    pub latency_factor: f64,
    /// Rates are compared where so many instances have enough results.
    pub min_instances: u32,
    /// So many results in an interval are enough.
    pub min_results: u32,
}

impl Default for OutlierOptions {
    fn default() -> Self {
        Self {
            interval: 10.0,
            consecutive_failures: 5,
            consecutive_gateway_failures: 0,
            consecutive_local_failures: 5,
            split_local_failures: false,
            base_ejection_time: 30.0,
            max_ejection_time: 300.0,
            max_ejection_percent: 10.0,
            enforce_success_rate: 100.0,
            success_rate_deviations: 1.9,
            enforce_failure_percentage: 0.0,
            failure_percentage: 85.0,
            enforce_latency: 0.0,
            latency_factor: 5.0,
            min_instances: 5,
            min_results: 100,
        }
    }
}

impl OutlierOptions {
    pub(in super::super) fn check(&self) -> Result<()> {
        within("outlier.interval", self.interval, 0.001, LONGEST)?;
        within("outlier.base_ejection_time", self.base_ejection_time, 0.001, LONGEST)?;
        within("outlier.max_ejection_time", self.max_ejection_time, 0.001, LONGEST)?;
        for (field, percent) in [
            ("outlier.max_ejection_percent", self.max_ejection_percent),
            ("outlier.enforce_success_rate", self.enforce_success_rate),
            ("outlier.enforce_failure_percentage", self.enforce_failure_percentage),
            ("outlier.failure_percentage", self.failure_percentage),
            ("outlier.enforce_latency", self.enforce_latency),
        ] {
            within(field, percent, 0.0, 100.0)?;
        }
        within("outlier.success_rate_deviations", self.success_rate_deviations, 0.0, 100.0)?;
        count("outlier.min_instances", u64::from(self.min_instances), 1, 1_000_000)?;
        if self.latency_factor.is_finite() && self.latency_factor > 1.0 {
            return Ok(());
        }
        let message = format!("outlier.latency_factor is {}, not above 1", self.latency_factor);
        Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("outlier.latency_factor"))
    }
}

/// Why an instance was ejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EjectionReason {
    /// Failures in a row.
    ConsecutiveFailures,
    /// Gateway failures in a row.
    ConsecutiveGatewayFailures,
    /// Failures in a row to reach it.
    ConsecutiveLocalFailures,
    /// A success rate far below that of the others.
    SuccessRate,
    /// Too high a percentage of failures.
    FailurePercentage,
    /// Response times far above those of the others.
    Latency,
    /// The first request after an ejection failed, too.
    Recovery,
    /// It asked to be left alone for a while (`Retry-After`); only where the strategy does not go by response times anyway.
    RetryAfter,
}

/// What ejections an instance has had.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct Ejection {
    /// Until when, and why; while it lasts.
    pub(in super::super) now: Option<(f64, EjectionReason)>,
    /// Ejections in a row: one more with each, one fewer with each interval without one.
    pub(in super::super) in_a_row: u32,
    /// Ejections of all time.
    pub(in super::super) total: u64,
    /// The last ejection is over, but no request has succeeded since.
    pub(in super::super) recovering: bool,
}

/// How long the n-th ejection in a row lasts.
pub(in super::super) fn ejection_seconds(options: &OutlierOptions, in_a_row: u32) -> f64 {
    let most = options.max_ejection_time.max(options.base_ejection_time);
    (options.base_ejection_time * f64::from(in_a_row)).min(most)
}

/// How many of so many instances may be ejected at a time.
pub(in super::super) fn most_ejected(options: &OutlierOptions, instances: usize) -> usize {
    ((instances as f64 * options.max_ejection_percent / 100.0).floor() as usize).max(1)
}

/// Results of one instance in an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Interval {
    pub(in super::super) results: u64,
    pub(in super::super) failures: u64,
    /// The median response time in seconds, where there is one.
    pub(in super::super) median: Option<f64>,
}

impl Interval {
    fn success_rate(&self) -> f64 {
        100.0 * self.results.saturating_sub(self.failures) as f64 / self.results as f64
    }
}

/// What the rates of an interval say.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Sweep {
    /// Mean and standard deviation of success rates, and the border below which one is low; percent.
    pub(in super::super) success_rate: Option<(f64, f64, f64)>,
    /// Places of instances to be ejected.
    pub(in super::super) outliers: Vec<(usize, EjectionReason)>,
}

/// Compare the success rates of an interval: low is what is below the mean by some (population) standard deviations.
pub(in super::super) fn success_rate_outliers(options: &OutlierOptions, intervals: &[Interval]) -> Sweep {
    let known = enough(options, intervals);
    if known.len() < options.min_instances as usize {
        return Sweep { success_rate: None, outliers: Vec::new() };
    }
    let rates: Vec<f64> = known.iter().map(|at| intervals[*at].success_rate()).collect();
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / rates.len() as f64;
    let border = mean - options.success_rate_deviations * variance.sqrt();
    let low = known.iter().zip(&rates).filter(|(_, rate)| **rate < border);
    let outliers = low.map(|(at, _)| (*at, EjectionReason::SuccessRate)).collect();
    Sweep { success_rate: Some((mean, variance.sqrt(), border)), outliers }
}

/// Instances with enough results to be compared.
fn enough(options: &OutlierOptions, intervals: &[Interval]) -> Vec<usize> {
    (0..intervals.len()).filter(|at| intervals[*at].results >= u64::from(options.min_results).max(1)).collect()
}

impl Sweep {
    /// What all rules say of an interval; each instance once, `drawn` (0 to 100) decides what is carried out.
    pub(in super::super) fn of(
        options: &OutlierOptions,
        intervals: &[Interval],
        mut drawn: impl FnMut() -> f64,
    ) -> Vec<(usize, EjectionReason)> {
        let mut outliers = success_rate_outliers(options, intervals).outliers;
        outliers.retain(|_| drawn() < options.enforce_success_rate);
        let known = enough(options, intervals);
        if known.len() < options.min_instances as usize {
            return outliers;
        }
        let mut medians: Vec<f64> = known.iter().filter_map(|at| intervals[*at].median).collect();
        medians.sort_by(f64::total_cmp);
        let usual = medians.get(medians.len() / 2).copied().unwrap_or(f64::MAX);
        for at in known {
            let interval = &intervals[at];
            let failing = 100.0 - interval.success_rate() >= options.failure_percentage;
            let slow = interval.median.is_some_and(|median| median > usual * options.latency_factor);
            if failing && drawn() < options.enforce_failure_percentage {
                outliers.push((at, EjectionReason::FailurePercentage));
            } else if slow && drawn() < options.enforce_latency {
                outliers.push((at, EjectionReason::Latency));
            }
        }
        outliers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(failures: u64, median: f64) -> Interval {
        Interval { results: 200, failures, median: Some(median) }
    }

    #[test]
    fn one_bad_instance_among_five_is_found_by_each_rule() {
        let options =
            OutlierOptions { enforce_failure_percentage: 100.0, enforce_latency: 100.0, ..OutlierOptions::default() };
        let mut intervals = vec![interval(2, 0.01); 6];
        intervals[1] = interval(180, 0.01);
        intervals[4] = interval(2, 0.2);
        let found = Sweep::of(&options, &intervals, || 0.0);
        assert!(found.contains(&(1, EjectionReason::SuccessRate)));
        assert!(found.contains(&(1, EjectionReason::FailurePercentage)));
        assert!(found.contains(&(4, EjectionReason::Latency)));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn equal_instances_are_no_outliers_however_bad() {
        let intervals = vec![interval(150, 0.01); 6];
        assert_eq!(Sweep::of(&OutlierOptions::default(), &intervals, || 0.0), []);
    }

    #[test]
    fn too_few_results_say_nothing() {
        let intervals = vec![Interval { results: 99, failures: 99, median: None }; 6];
        assert_eq!(Sweep::of(&OutlierOptions::default(), &intervals, || 0.0), []);
        assert_eq!(success_rate_outliers(&OutlierOptions::default(), &[]).outliers, []);
    }
}
