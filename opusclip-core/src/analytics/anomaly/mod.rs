//! Streaming detection of anomalies: what in a stream is unlike anything before.
//!
//! The last values of a stream, as a short vector of means at four lengths from 8 to 216 values, are compared with all
//! such vectors that are remembered. How far off the nearest one is says how new the present is (nearest neighbours in
//! delay coordinates, as in "Conformalized density- and distance-based anomaly detection in time-series data", Burnaev
//! and Ishimtsev 2016). How rare such a distance is among the stream's own earlier ones is read from their histogram,
//! beyond it by a power law (Hill 1975). The geometric mean of these chances over the four lengths is the evidence. It
//! needs no model of the stream: a daily rhythm, bursts or several levels are known once they have been seen. What is
//! different here:
//!
//! - Evidence counts a little less with the age of a stream, so that a long one does not alarm in proportion.
//! - An anomaly is learnt only when another one begins, so that the second of two alike is told as well. What comes a
//!   third time may be a habit; what lasts is learnt at once.
//! - After an alarm there is a quiet time in which only clearly stronger evidence raises another one.
//! - Standing still and missing data are not new patterns, so they have rules of their own: much longer than ever. So
//!   has noise that all but ceases: a scatter much less than ever.
//!
//! The range of expected values and the reason of an anomaly come from a robust level (running median), with the season
//! of an hour, a day or a week where that fits better. With [`AnomalyOptions::threshold`] this range alone decides.
//!
//! A verdict depends on nothing but the values up to its own.

mod baseline;
mod clock;
mod detector;
mod novelty;
mod reason;
mod tail;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stats::wording::{duration, figure};
use super::{Explanation, Samples};
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

pub use detector::{Detector, Verdict};
pub use reason::Reason;

/// The score from which on a value is an anomaly, in every stream.
pub const SCORE_THRESHOLD: f64 = 0.5;

/// Values that are learnt from before any is judged: by novelty, and by a threshold.
const WARM_UP: usize = 150;
const PLAIN_WARM_UP: usize = 10;
const LONGEST_WARM_UP: usize = 1_000_000;
/// Seconds; some thirty years.
const LONGEST: f64 = 1e9;
/// Values after an alarm that may make its reason clearer.
const CLEARER: usize = 16;

/// How anomalies are looked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnomalyOptions {
    /// Robust standard deviations from the expected value that are an anomaly, 0.1 to 1000. Where given, this plain rule
    /// decides alone, and each value beyond it is an anomaly.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub threshold: Option<f64>,
    /// Seconds after an alarm in which only a clearly stronger one is raised, 0 for none. If left out, 200 times the
    /// usual distance of two values; none with `threshold`.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub quiet_time: Option<f64>,
    /// Values that are learnt from before any is judged: 150 if left out, 10 with `threshold`.
    pub warm_up: Option<usize>,
    /// Seconds of the period in which values repeat, 0 for none. If left out, an hour, a day or a week where it fits.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub season: Option<f64>,
}

impl AnomalyOptions {
    /// Whether all options can be used.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`] and [`ErrorCode::ConfigOutOfRange`], naming the option.
    pub fn check(&self) -> Result<()> {
        let ranged = [
            ("threshold", self.threshold, 0.1, 1000.0),
            ("quiet_time", self.quiet_time, 0.0, LONGEST),
            ("season", self.season, 0.0, LONGEST),
            ("warm_up", self.warm_up.map(|values| values as f64), 1.0, LONGEST_WARM_UP as f64),
        ];
        for (field, value, low, high) in ranged {
            value.map(|value| within(field, value, low, high)).transpose()?;
        }
        Ok(())
    }

    fn warm_up(&self) -> usize {
        self.warm_up.unwrap_or(if self.threshold.is_some() { PLAIN_WARM_UP } else { WARM_UP })
    }
}

/// One value that is an anomaly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoredPoint {
    /// Which row it is.
    pub index: usize,
    /// Unix seconds.
    pub time: f64,
    /// The value; none in a gap.
    pub value: Option<f64>,
    /// [`SCORE_THRESHOLD`] to 1.
    pub score: f64,
    /// What kind of anomaly it is, as the 16 values after it show.
    pub reason: Reason,
    /// The value that was expected.
    pub expected: f64,
    /// The least value that would not have been out of the ordinary.
    pub low: f64,
    /// The highest value that would not have been out of the ordinary.
    pub high: f64,
}

/// The anomalies of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Anomalies {
    /// Values that are anomalies, in order of time.
    pub points: Vec<ScoredPoint>,
    /// A score for each row, 0 to 1. None depends on later rows.
    pub scores: Vec<f64>,
    /// The score from which on a value is an anomaly.
    pub threshold: f64,
    /// The period of the season found by the end, in seconds.
    pub season: Option<f64>,
    /// How this was found.
    pub explanation: Explanation,
}

/// The anomalies of a series, each value judged as if it were the last.
///
/// ```
/// use opusclip_core::analytics::{Samples, anomaly};
/// let mut values: Vec<f64> = (0..60).map(|at| f64::from(at * 37 % 11)).collect();
/// values[50] = 100.0;
/// let options = anomaly::AnomalyOptions { threshold: Some(4.0), ..Default::default() };
/// let found = anomaly::detect(&Samples::evenly(values)?, &options)?;
/// assert_eq!(found.points.iter().map(|point| point.index).collect::<Vec<_>>(), [50]);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// Those of [`AnomalyOptions::check`], and [`ErrorCode::DataTooFew`] where no value comes after the warm-up.
pub fn detect(samples: &Samples, options: &AnomalyOptions) -> Result<Anomalies> {
    scan(samples.times(), samples.values(), options)
}

/// As [`detect`], for rows in the order in which they came: of several at one time each has its score.
///
/// # Errors
/// As [`detect`], and [`ErrorCode::DataInvalid`] where the two differ in length.
pub fn scan(times: &[f64], values: &[f64], options: &AnomalyOptions) -> Result<Anomalies> {
    let mut detector = Detector::new(options.clone())?;
    if times.len() != values.len() {
        let message = format!("{} times for {} values", times.len(), values.len());
        return Err(Error::new(ErrorCode::DataInvalid, message).field("times"));
    }
    let known = values.iter().filter(|value| value.is_finite()).count();
    let needed = options.warm_up() + 1;
    if known < needed {
        let message = format!("{known} values are too few to judge any of them");
        let hint = format!("give at least {needed}, or a shorter warm_up");
        return Err(Error::new(ErrorCode::DataTooFew, message).field("values").hint(hint));
    }
    let rows = times.iter().zip(values);
    let verdicts: Vec<Verdict> = rows.map(|(time, value)| detector.update(*time, *value)).collect();
    let points = points(times, values, &verdicts);
    let season = detector.season();
    Ok(Anomalies {
        explanation: explanation(&points, values.len(), options, season),
        points,
        scores: verdicts.into_iter().map(|verdict| verdict.score).collect(),
        threshold: SCORE_THRESHOLD,
        season,
    })
}

/// The rows with an alarm.
fn points(times: &[f64], values: &[f64], verdicts: &[Verdict]) -> Vec<ScoredPoint> {
    let rows = times.iter().zip(values).zip(verdicts).enumerate();
    let alarms = rows.filter(|(_, (_, verdict))| verdict.is_anomaly);
    let point = |(index, ((time, value), verdict)): (usize, ((&f64, &f64), &Verdict))| {
        let reason = clearer(verdict.reason?, verdicts.get(index + 1..).unwrap_or_default());
        Some(ScoredPoint {
            index,
            time: *time,
            value: value.is_finite().then_some(*value),
            score: verdict.score,
            reason,
            expected: verdict.expected,
            low: verdict.low,
            high: verdict.high,
        })
    };
    alarms.filter_map(point).collect()
}

/// A first far value may be a spike or the beginning of more: the verdicts after it tell.
fn clearer(reason: Reason, after: &[Verdict]) -> Reason {
    if matches!(reason, Reason::FlatLine | Reason::MissingData) {
        return reason;
    }
    let until_next = after.iter().take(CLEARER).take_while(|verdict| !verdict.is_anomaly);
    until_next.filter_map(|verdict| verdict.reason).last().unwrap_or(reason)
}

fn explanation(points: &[ScoredPoint], rows: usize, options: &AnomalyOptions, season: Option<f64>) -> Explanation {
    let strongest = points.iter().max_by(|a, b| a.score.total_cmp(&b.score));
    let sentence = strongest.map_or_else(
        || format!("There is no anomaly in {rows} values."),
        |point| {
            let value = point.value.map_or_else(String::new, |value| {
                format!(" ({} where {} was expected)", figure(value), figure(point.expected))
            });
            let noun = if points.len() == 1 { "anomaly" } else { "anomalies" };
            let kind = point.reason.words();
            format!("{} {noun} in {rows} values; the clearest is a {kind} at row {}{value}.", points.len(), point.index)
        },
    );
    let seasonal = season.map_or_else(String::new, |period| format!(" with a season of {}", duration(period)));
    let (method, assumption) = match options.threshold {
        Some(threshold) => (
            format!(
                "values more than {} robust standard deviations (MAD) from a running median{seasonal}",
                figure(threshold)
            ),
            "half of the last 256 values are ordinary",
        ),
        None => (
            "nearest neighbours in delay coordinates at four scales, rated by the tail of their own past distances"
                .into(),
            "what has been seen before is ordinary",
        ),
    };
    let warm_up = format!("the first {} values are ordinary", options.warm_up());
    Explanation { sentence, method, assumptions: vec![assumption.into(), warm_up] }
}
