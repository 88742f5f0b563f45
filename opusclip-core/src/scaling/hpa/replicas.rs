//! How many instances one metric asks for.

use super::{Pod, PodPhase, Tolerance};
use crate::error::{Error, ErrorCode, Result};

/// Pods of a kind that rules tell apart; those that have failed or are being removed count nowhere.
#[derive(Debug, Default)]
struct Groups<'a> {
    /// With a sample that counts.
    measured: Vec<(&'a Pod, f64)>,
    /// Not able to work yet.
    unready: Vec<&'a Pod>,
    /// Without a sample.
    missing: Vec<&'a Pod>,
}

impl<'a> Groups<'a> {
    /// `readiness`: whether a pod that is not ready is told apart, which it is for CPU alone.
    fn of(pods: &'a [Pod], readiness: bool) -> Self {
        let mut groups = Self::default();
        for pod in pods.iter().filter(|pod| !pod.deleting && pod.phase != PodPhase::Failed) {
            match pod.usage {
                _ if pod.phase == PodPhase::Pending => groups.unready.push(pod),
                None => groups.missing.push(pod),
                Some(_) if readiness && (!pod.ready || pod.initializing) => groups.unready.push(pod),
                Some(usage) => groups.measured.push((pod, usage)),
            }
        }
        groups
    }
}

/// What pods that were not measured are taken to use.
#[derive(Debug)]
struct Assumed<'a> {
    pods: &'a [&'a Pod],
    usage: fn(&Pod, f64) -> f64,
}

/// CPU usage as a share of what the pods have asked for, with a target in whole percent.
///
/// # Errors
/// As [`by_memory_utilization`].
pub fn by_utilization(current: u32, target_percent: u32, pods: &[Pod], tolerance: Tolerance) -> Result<u32> {
    utilization(current, target_percent, pods, tolerance, true)
}

/// Any other resource as such a share: whether a pod is ready does not matter.
///
/// # Errors
/// [`ErrorCode::DataTooFew`] where no pod has a sample that counts, [`ErrorCode::DataInvalid`] where a pod has asked for
/// nothing, or a number is none.
pub fn by_memory_utilization(current: u32, target_percent: u32, pods: &[Pod], tolerance: Tolerance) -> Result<u32> {
    utilization(current, target_percent, pods, tolerance, false)
}

fn utilization(current: u32, target_percent: u32, pods: &[Pod], tolerance: Tolerance, cpu: bool) -> Result<u32> {
    check(f64::from(target_percent), "target", pods)?;
    if pods.iter().any(|pod| pod.request <= 0.0) {
        return Err(invalid("pods.request", "a pod has asked for nothing, so its use is no share of it"));
    }
    let target = f64::from(target_percent);
    let ratio = |groups: &Groups<'_>, assumed: &[Assumed<'_>]| {
        let mut usage: f64 = groups.measured.iter().map(|(_, usage)| usage).sum();
        let mut request: f64 = groups.measured.iter().map(|(pod, _)| pod.request).sum();
        for Assumed { pods, usage: of } in assumed {
            usage += pods.iter().map(|pod| of(pod, target)).sum::<f64>();
            request += pods.iter().map(|pod| pod.request).sum::<f64>();
        }
        // Whole percent, which decides at the edge of the tolerance.
        (100.0 * usage / request).floor() / target
    };
    // A pod without a sample may use all it has asked for, or what it should where that is more.
    let shrinking = |pod: &Pod, target: f64| (pod.request * target.max(100.0) / 100.0).floor();
    settle(current, &Groups::of(pods, cpu), tolerance, ratio, shrinking)
}

/// Usage in percent as the mean of the pods that are ready, all of which have asked for the same: as [`by_utilization`]
/// with those, and others that are not ready.
pub fn by_mean_utilization(
    current: u32,
    ready: u32,
    unready: u32,
    usage: f64,
    target_percent: f64,
    tolerance: Tolerance,
) -> u32 {
    let ratio = usage.floor() / target_percent;
    if ratio <= 1.0 || unready == 0 {
        return if tolerance.holds(ratio) { current } else { round_up(ratio * f64::from(ready)) };
    }
    let all = f64::from(ready) + f64::from(unready);
    let again = (usage * f64::from(ready) / all).floor() / target_percent;
    if tolerance.holds(again) || again < 1.0 {
        return current;
    }
    round_up(again * all).max(current)
}

/// A metric of each pod with a target for their mean.
///
/// # Errors
/// As [`by_memory_utilization`].
pub fn by_pods_metric(current: u32, target: f64, pods: &[Pod], tolerance: Tolerance) -> Result<u32> {
    mean(current, target, pods, tolerance, false)
}

/// CPU use of each pod with a target for their mean, in the unit of `usage`: as a metric of pods, but pods that are not
/// ready are told apart.
///
/// # Errors
/// As [`by_memory_utilization`].
pub fn by_cpu_value(current: u32, target: f64, pods: &[Pod], tolerance: Tolerance) -> Result<u32> {
    mean(current, target, pods, tolerance, true)
}

fn mean(current: u32, target: f64, pods: &[Pod], tolerance: Tolerance, cpu: bool) -> Result<u32> {
    check(target, "target", pods)?;
    let ratio = |groups: &Groups<'_>, assumed: &[Assumed<'_>]| {
        let mut usage: f64 = groups.measured.iter().map(|(_, usage)| usage).sum();
        let mut count = groups.measured.len();
        for Assumed { pods, usage: of } in assumed {
            usage += pods.iter().map(|pod| of(pod, target)).sum::<f64>();
            count += pods.len();
        }
        (usage / count as f64).floor() / target
    };
    settle(current, &Groups::of(pods, cpu), tolerance, ratio, |_, target| target)
}

/// The two passes that all metrics of pods go through.
fn settle(
    current: u32,
    groups: &Groups<'_>,
    tolerance: Tolerance,
    ratio_of: impl Fn(&Groups<'_>, &[Assumed<'_>]) -> f64,
    shrinking: fn(&Pod, f64) -> f64,
) -> Result<u32> {
    if groups.measured.is_empty() {
        return Err(Error::new(ErrorCode::DataTooFew, "no pod has a sample that counts; they may not be ready")
            .field("pods.usage"));
    }
    let ratio = ratio_of(groups, &[]);
    let grows_with_unready = ratio > 1.0 && !groups.unready.is_empty();
    if !grows_with_unready && groups.missing.is_empty() {
        let held = tolerance.holds(ratio);
        return Ok(if held { current } else { round_up(ratio * groups.measured.len() as f64) });
    }
    let nothing: fn(&Pod, f64) -> f64 = |_, _| 0.0;
    let mut assumed = Vec::with_capacity(2);
    if !groups.missing.is_empty() {
        // What is not known counts against the change.
        assumed.push(Assumed { pods: &groups.missing, usage: if ratio < 1.0 { shrinking } else { nothing } });
    }
    if grows_with_unready {
        assumed.push(Assumed { pods: &groups.unready, usage: nothing });
    }
    let again = ratio_of(groups, &assumed);
    let turns = (ratio < 1.0 && again > 1.0) || (ratio > 1.0 && again < 1.0);
    if tolerance.holds(again) || turns {
        return Ok(current);
    }
    let counted = groups.measured.len() + assumed.iter().map(|assumed| assumed.pods.len()).sum::<usize>();
    let desired = round_up(again * counted as f64);
    let against = (again < 1.0 && desired > current) || (again > 1.0 && desired < current);
    Ok(if against { current } else { desired })
}

/// A value of something else than pods, with a target for it: the ratio counts for the pods that are ready.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] for a number that is none.
pub fn by_value(current: u32, value: f64, target: f64, ready: u32, tolerance: Tolerance) -> Result<u32> {
    check_value(value, target)?;
    let ratio = value / target;
    Ok(match current {
        0 => round_up(ratio),
        _ if tolerance.holds(ratio) => current,
        _ => round_up(ratio * f64::from(ready)),
    })
}

/// Such a value, with a target for each instance.
///
/// # Errors
/// As [`by_value`].
pub fn by_average_value(current: u32, value: f64, target: f64, tolerance: Tolerance) -> Result<u32> {
    check_value(value, target)?;
    let held = current > 0 && tolerance.holds(value / (target * f64::from(current)));
    Ok(if held { current } else { round_up(value / target) })
}

/// A float becomes the count at or above it; saturates.
pub(in crate::scaling) fn round_up(count: f64) -> u32 {
    count.ceil() as u32
}

fn check(target: f64, field: &str, pods: &[Pod]) -> Result<()> {
    if !(target.is_finite() && target > 0.0) {
        return Err(invalid(field, &format!("the target is {target}, not above 0")));
    }
    for pod in pods {
        for (field, number) in [("pods.request", Some(pod.request)), ("pods.usage", pod.usage)] {
            if number.is_some_and(|number| !(number.is_finite() && number >= 0.0)) {
                return Err(invalid(field, &format!("{field} is {}", number.unwrap_or_default())));
            }
        }
    }
    Ok(())
}

fn check_value(value: f64, target: f64) -> Result<()> {
    check(target, "target", &[])?;
    if value.is_finite() && value >= 0.0 { Ok(()) } else { Err(invalid("value", &format!("the value is {value}"))) }
}

fn invalid(field: &str, message: &str) -> Error {
    Error::new(ErrorCode::DataInvalid, message).field(field).hint("give finite numbers that are not below 0")
}
