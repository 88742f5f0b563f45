//! What moved together with an anomaly.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::positive;
use super::{CorrelationMethod, CorrelationOptions, SkippedMetric, correlate};
use crate::analytics::stats::order::{mad, median};
use crate::analytics::stats::wording::{duration, figure, moment};
use crate::analytics::{Explanation, Samples};
use crate::config::{finite, optional_number};
use crate::error::{Error, ErrorCode, Result};

/// How it is looked for what moved together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MovedOptions {
    /// So many seconds before the anomaly say what is usual; ten times its length if left out.
    #[serde(deserialize_with = "optional_number")]
    pub baseline: Option<f64>,
    /// Seconds between two times of the common grid, as in [`CorrelationOptions::step`].
    #[serde(deserialize_with = "optional_number")]
    pub step: Option<f64>,
    /// The longest lag tried in seconds; the length of the anomaly if left out.
    #[serde(deserialize_with = "optional_number")]
    pub max_lag: Option<f64>,
}

/// Metrics in the order in which they moved together with an anomaly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovedTogether {
    /// Unix seconds of the anomaly's beginning.
    pub start: f64,
    /// Unix seconds of its end.
    pub end: f64,
    /// By how much the metric with the anomaly moved, in the units of [`Moved::deviation`].
    pub deviation: f64,
    /// All metrics that could be compared, the highest score first.
    pub metrics: Vec<Moved>,
    /// Those that could not.
    pub skipped: Vec<SkippedMetric>,
    /// The result in words.
    pub explanation: Explanation,
}

/// By how much and how one metric moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// The metric.
    pub name: String,
    /// How much it moved and how well it went together, 0 to 1: `d / (d + 3) * (1 + c) / 2` with `d` the absolute
    /// deviation and `c` the absolute correlation.
    pub score: f64,
    /// Whether the deviation is 3 or more to either side.
    pub moved: bool,
    /// The median before.
    pub before: f64,
    /// The median during the anomaly.
    pub within: f64,
    /// The change of the median.
    pub change: f64,
    /// The change as a share of the level before; none where that is 0.
    pub relative_change: Option<f64>,
    /// The change in units of how much the medians of earlier stretches of the same length differ; -1000 to 1000.
    pub deviation: f64,
    /// Spearman's coefficient with the metric that has the anomaly, from one baseline before to one length after, at
    /// the lag where there is one.
    pub correlation: f64,
    /// By so many seconds it follows the metric with the anomaly, below 0 precedes it; none where that is not clear.
    pub lag: Option<f64>,
}

/// A stretch says nothing with fewer values.
const LEAST_WITHIN: usize = 3;
/// Before the anomaly so many values are needed.
const LEAST_BEFORE: usize = 10;
/// A deviation from which on a metric is said to have moved.
const MOVED: f64 = 3.0;
/// A metric that was constant before deviates by this.
const MOST: f64 = 1_000.0;
/// The baseline in lengths of the anomaly.
const BASELINE: f64 = 10.0;

/// Which metrics moved together with an anomaly of one metric from one time to another, Unix seconds.
///
/// ```
/// use opusclip_core::analytics::{Samples, correlate::{MovedOptions, moved_together}};
/// let noise = |seed: u32| move |at: u32| f64::from((at + 1).wrapping_mul(seed) >> 24) / 256.0;
/// let raised = |at: u32| if (150..165).contains(&at) { 10.0 } else { 0.0 };
/// let latency = Samples::evenly((0..200).map(|at| raised(at) + noise(2_654_435_761)(at)).collect())?;
/// let queue = Samples::evenly((0..200).map(|at| raised(at) + noise(2_246_822_519)(at)).collect())?;
/// let other = Samples::evenly((0..200).map(noise(3_266_489_917)).collect())?;
/// let others = [("other".to_owned(), other), ("queue".to_owned(), queue)];
/// let found = moved_together(&latency, &others, 150.0, 164.0, &MovedOptions::default())?;
/// assert_eq!(found.metrics[0].name, "queue");
/// assert!(found.metrics[0].moved && !found.metrics[1].moved);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::ConfigOutOfRange`] where `from` is not before `to`, [`ErrorCode::ConfigNotFinite`],
/// [`ErrorCode::DataTooFew`] where the metric with the anomaly has fewer than 3 values in it or 10 before it. Another
/// metric with too few is no error; it is in [`MovedTogether::skipped`].
pub fn moved_together(
    target: &Samples,
    others: &[(String, Samples)],
    from: f64,
    to: f64,
    options: &MovedOptions,
) -> Result<MovedTogether> {
    options.validate()?;
    finite("from", from)?;
    finite("to", to)?;
    if from >= to {
        let message = format!("the anomaly ends at {to}, not after its beginning at {from}");
        return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("to"));
    }
    let range = Range { from, to, baseline: options.baseline.unwrap_or(BASELINE * (to - from)) };
    let own = range.shift(target)?;
    let around = range.around(target)?;
    let (mut metrics, mut skipped) = (Vec::new(), Vec::new());
    for (name, samples) in others {
        match range.shift(samples).and_then(|shift| range.rated(name, &shift, &around, samples, options)) {
            Ok(moved) => metrics.push(moved),
            Err(error) => {
                skipped.push(SkippedMetric { names: vec![name.clone()], reason: error.message().to_owned() });
            }
        }
    }
    metrics.sort_by(|a, b| b.score.total_cmp(&a.score));
    let explanation = explain(&metrics, &range);
    Ok(MovedTogether { start: from, end: to, deviation: own.deviation, metrics, skipped, explanation })
}

impl MovedOptions {
    /// Check what can be checked before the values are known.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`] with the option's name.
    pub fn validate(&self) -> Result<()> {
        if let Some(baseline) = self.baseline {
            positive("baseline", baseline)?;
        }
        let lags = CorrelationOptions { step: self.step, max_lag: self.max_lag, ..CorrelationOptions::default() };
        lags.validate()
    }
}

/// When the anomaly was and what came before.
struct Range {
    from: f64,
    to: f64,
    baseline: f64,
}

/// How one metric differs from what it was.
struct Shift {
    before: f64,
    within: f64,
    deviation: f64,
}

impl Range {
    fn length(&self) -> f64 {
        self.to - self.from
    }

    fn shift(&self, samples: &Samples) -> Result<Shift> {
        let rows = samples.times().iter().zip(samples.values()).filter(|(_, value)| !value.is_nan());
        let (mut before, mut within) = (Vec::new(), Vec::new());
        let mut blocks: Vec<Vec<f64>> = Vec::new();
        for (&time, &value) in rows {
            if (self.from..=self.to).contains(&time) {
                within.push(value);
            } else if (self.from - self.baseline..self.from).contains(&time) {
                before.push(value);
                let block = ((self.from - time) / self.length()) as usize;
                // A baseline of very many lengths of an anomaly is one of very many values too.
                if block <= samples.len() {
                    blocks.resize_with(blocks.len().max(block + 1), Vec::new);
                    blocks[block].push(value);
                }
            }
        }
        if within.len() < LEAST_WITHIN || before.len() < LEAST_BEFORE {
            let message = format!("{} values in the anomaly and {} before it are too few", within.len(), before.len());
            let hint = format!("at least {LEAST_WITHIN} and {LEAST_BEFORE} are needed");
            return Err(Error::new(ErrorCode::DataTooFew, message).hint(hint));
        }
        let (level, now) = (median(&before), median(&within));
        let usual = usual(&blocks, &before, within.len());
        let deviation = if now == level { 0.0 } else { ((now - level) / usual).clamp(-MOST, MOST) };
        Ok(Shift { before: level, within: now, deviation })
    }

    /// The stretch in which two metrics are compared.
    fn around(&self, samples: &Samples) -> Result<Samples> {
        let near = self.from - self.baseline..=self.to + self.length();
        let rows = samples.times().iter().zip(samples.values()).filter(|(time, _)| near.contains(time));
        let (times, values) = rows.map(|(time, value)| (*time, *value)).unzip();
        Samples::new(times, values)
    }

    fn rated(
        &self,
        name: &str,
        shift: &Shift,
        target: &Samples,
        samples: &Samples,
        options: &MovedOptions,
    ) -> Result<Moved> {
        let lags = CorrelationOptions {
            method: CorrelationMethod::Spearman,
            step: options.step,
            max_lag: Some(options.max_lag.unwrap_or(self.length())),
            ..CorrelationOptions::default()
        };
        let found = correlate(target, &self.around(samples)?, &lags)?;
        let lag = found.lag.significant.then_some(found.lag.seconds);
        let correlation = if lag.is_some() { found.lag.of_values } else { found.spearman.value };
        let change = shift.within - shift.before;
        let relative = change / shift.before.abs();
        let size = shift.deviation.abs();
        Ok(Moved {
            name: name.to_owned(),
            score: size / (size + MOVED) * f64::midpoint(1.0, correlation.abs()),
            moved: size >= MOVED,
            before: shift.before,
            within: shift.within,
            change,
            relative_change: relative.is_finite().then_some(relative),
            deviation: shift.deviation,
            correlation,
            lag,
        })
    }
}

/// By how much medians of stretches as long as the anomaly differ where there is none. The scatter of single values
/// stands in where there are too few stretches, and bounds it from below.
fn usual(blocks: &[Vec<f64>], before: &[f64], within: usize) -> f64 {
    const FEW: usize = 4;
    /// The variance of a median of normal values is pi / 2 times that of their mean.
    const MEDIAN: f64 = 1.253_314_137_315_500_3;
    let medians: Vec<f64> = blocks.iter().filter(|block| !block.is_empty()).map(|block| median(block)).collect();
    let single = mad(before) * MEDIAN / (within as f64).sqrt();
    let between = if medians.len() >= FEW { mad(&medians) } else { mad(before) };
    single.max(between)
}

fn explain(metrics: &[Moved], range: &Range) -> Explanation {
    let span = format!("from {} to {}", moment(range.from, range.to), moment(range.to, range.from));
    let described = |moved: &Moved| {
        let way = if moved.change > 0.0 { "up" } else { "down" };
        let lag = match moved.lag {
            Some(lag) if lag > 0.0 => format!(", {} later", duration(lag)),
            Some(lag) if lag < 0.0 => format!(", {} earlier", duration(-lag)),
            _ => String::new(),
        };
        format!("{} ({way} from {} to {}{lag})", moved.name, figure(moved.before), figure(moved.within))
    };
    let first: Vec<String> = metrics.iter().filter(|moved| moved.moved).take(3).map(described).collect();
    let sentence = if first.is_empty() {
        format!("no other metric moved beyond its usual range {span}")
    } else {
        format!("{span} there moved together: {}", first.join(", "))
    };
    let method = format!(
        "change of the median against {} before, in units of how much medians of such stretches differ, weighted by \
         Spearman's coefficient; lag by the cross-correlation of prewhitened values (Haugh 1976)",
        duration(range.baseline)
    );
    let assumptions = vec![
        "the time before the anomaly was a usual one".to_owned(),
        "moving together does not say that one causes the other".to_owned(),
    ];
    Explanation { sentence, method, assumptions }
}
