//! What a history cannot show.

use super::{RecommendOptions, ScalingWarning, ScalingWarningKind};
use crate::scaling::simulate::Trace;

const DAY: f64 = 86_400.0;
/// Counts of a step below this vary by more than a seventh from chance alone.
const SMALL: f64 = 50.0;
/// The longest step, in seconds, within which bursts still show.
const COARSE: f64 = 300.0;
/// A rate below this share of the mean is none.
const NOTHING: f64 = 0.02;
/// A rate above this share of the mean is no lull.
const BUSY: f64 = 0.3;
/// An outage takes at least so many seconds.
const OUTAGE: f64 = 120.0;
/// Traffic that has grown, or shrunk, by more than this factor is another one.
const CHANGED: f64 = 1.5;

/// `trace` as it was given, and as it is played.
pub(super) fn warnings(trace: &Trace, played: &Trace, options: &RecommendOptions) -> Vec<ScalingWarning> {
    let mut found = Vec::new();
    let mut warn = |kind, sentence| found.push(ScalingWarning::new(kind, sentence));
    let days = trace.duration() / DAY;
    if days < 2.0 {
        let sentence = format!("The history has {days:.1} days: no day is seen twice, so what is forecast is little.");
        warn(ScalingWarningKind::ShortHistory, sentence);
    } else if days < 14.0 {
        let sentence = format!("The history has {days:.1} days: no week is seen twice.");
        warn(ScalingWarningKind::ShortHistory, sentence);
    }
    if trace.filled > 0 {
        let share = 100.0 * trace.filled as f64 / trace.rates.len() as f64;
        let sentence = format!("{} steps ({share:.1} %) are missing and lie between their neighbours.", trace.filled);
        warn(ScalingWarningKind::Gaps, sentence);
    }
    let outages = outages(trace);
    if let Some(longest) = outages.iter().copied().reduce(f64::max) {
        let sentence = format!(
            "Traffic ends and comes back at once {} times, for up to {:.0} minutes: outages are learned as if they were \
             demand. Leave these stretches out, so that they are filled.",
            outages.len(),
            longest / 60.0
        );
        warn(ScalingWarningKind::Outages, sentence);
    }
    if trace.step > COARSE {
        let sentence =
            format!("A step has {:.0} s: bursts within it are not seen, so more will miss the objective.", trace.step);
        warn(ScalingWarningKind::CoarseSteps, sentence);
    }
    let count = trace.mean() * trace.step;
    if count < SMALL && options.smoothing.is_none() {
        let sentence =
            format!("A step counts {count:.1} requests on average, which is mostly chance; give a smoothing of 200.");
        warn(ScalingWarningKind::SmallCounts, sentence);
    }
    if let Some(ratio) =
        change(played, options.plant.warm_up).filter(|ratio| !(1.0 / CHANGED..=CHANGED).contains(ratio))
    {
        let sentence = format!(
            "The part that judges has {ratio:.2} times the traffic of the part that was searched; begin anew soon."
        );
        warn(ScalingWarningKind::Changed, sentence);
    }
    found
}

/// The mean of the rest by that of the first part.
fn change(trace: &Trace, share: f64) -> Option<f64> {
    let (first, rest) = trace.rates.split_at_checked((trace.rates.len() as f64 * share) as usize)?;
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
    Some(mean(rest) / mean(first)).filter(|ratio| ratio.is_finite())
}

/// How long stretches without traffic lasted, whose edges are steep: a night ends slowly.
fn outages(trace: &Trace) -> Vec<f64> {
    let mean = trace.mean();
    let mut found = Vec::new();
    let mut quiet: Option<(usize, f64)> = None;
    let mut last = 0.0;
    for (at, rate) in trace.rates.iter().copied().enumerate() {
        if rate <= NOTHING * mean {
            quiet.get_or_insert((at, last));
        } else if let Some((from, before)) = quiet.take() {
            let lasted = (at - from) as f64 * trace.step;
            if before > BUSY * mean && rate > BUSY * mean && lasted >= OUTAGE {
                found.push(lasted);
            }
        }
        last = rate;
    }
    found
}
