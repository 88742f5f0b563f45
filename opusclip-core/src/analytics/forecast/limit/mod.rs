//! When a series reaches a limit: "disk full in 3 days".
//!
//! The trend is the line of Theil (1950) and Sen (1968): the median of the slopes between pairs of values, which a few
//! outliers cannot turn. A season is taken out of the values first, by medians, and put back on the line. How far off
//! the line may be is told by Sen's interval for the slope, widened where values resemble their neighbours, and by the
//! spread of the values about it: the earliest time is that of a single value far out, one of many that have the
//! chance. [`Forecast::time_to_limit`] asks the paths of a forecast instead.

mod line;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::line::Line;
use super::{Forecast, seasons};
use crate::analytics::{Explanation, Regular};
use crate::config;
use crate::error::{Error, ErrorCode, Result};

/// From which side a limit is approached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitSide {
    /// Values rise to it.
    Rising,
    /// Values fall to it.
    Falling,
}

/// Which limit, and how it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitOptions {
    /// The limit, in the unit of the values.
    #[serde(deserialize_with = "config::number")]
    pub limit: f64,
    /// Whether values rise or fall to it; if left out, told by the side of it on which they are now.
    pub direction: Option<LimitSide>,
    /// The share of cases in which it shall be reached between the earliest and the latest time, 0.5 to 0.999.
    #[serde(deserialize_with = "config::number")]
    pub level: f64,
    /// Lengths of seasons in steps, of which the longest that fits three times counts; found if left out.
    pub seasons: Option<Vec<usize>>,
    /// Seconds to look ahead, more than 0; if left out, ten times as long as the values reach back.
    #[serde(deserialize_with = "config::optional_number")]
    pub within: Option<f64>,
}

/// When a limit is reached. Times are seconds after the last value; a limit passed already is reached in 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeToLimit {
    /// The limit that was asked for.
    pub limit: f64,
    /// From which side.
    pub direction: LimitSide,
    /// When single values may first reach it; `None` where they do not.
    pub earliest: Option<f64>,
    /// When the trend or the forecast itself reaches it; `None` where it does not.
    pub expected: Option<f64>,
    /// When even the farther bound of the interval does; `None` where it does not.
    pub latest: Option<f64>,
    /// The trend per second, where one was fitted.
    pub slope: Option<LimitSlope>,
    /// The share of cases that the interval is meant for.
    pub level: f64,
    /// In words.
    pub explanation: Explanation,
}

/// A trend in units per second with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitSlope {
    /// The slope.
    pub per_second: f64,
    /// Its lower bound.
    pub low: f64,
    /// Its upper bound.
    pub high: f64,
}

/// Fewer values show no trend.
const LEAST_VALUES: usize = 8;
/// So many times as far as the values reach back is looked ahead.
const AHEAD: f64 = 10.0;
/// Most steps looked ahead one by one.
const MOST_STEPS: f64 = 2e6;

impl Default for LimitOptions {
    fn default() -> Self {
        Self { limit: 0.0, direction: None, level: 0.95, seasons: None, within: None }
    }
}

impl LimitOptions {
    /// Check what can be checked before the values are known.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`] and [`ErrorCode::ConfigOutOfRange`], which name the field.
    pub fn validate(&self) -> Result<()> {
        config::finite("limit", self.limit)?;
        config::within("level", self.level, 0.5, 0.999)?;
        if let Some(within) = self.within
            && config::finite("within", within)? <= 0.0
        {
            let message = format!("within is {within}, not above 0");
            return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("within"));
        }
        super::options::check_seasons(self.seasons.as_deref())
    }
}

/// When the trend of the values reaches a limit. Gaps are left out.
///
/// ```
/// use opusclip_core::analytics::Regular;
/// use opusclip_core::analytics::forecast::{LimitOptions, time_to_limit};
/// // A disk that fills by one percent a day, seen for forty days.
/// let values = (0..40).map(|day| 40.0 + f64::from(day)).collect();
/// let disk = Regular { start: 0.0, step: 86_400.0, values };
/// let full = time_to_limit(&disk, &LimitOptions { limit: 90.0, ..LimitOptions::default() })?;
/// assert_eq!(full.expected.map(|seconds| (seconds / 86_400.0).round()), Some(11.0));
/// assert!(full.explanation.sentence.starts_with("the limit of 90 is reached in 11.0 days"));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// Those of [`LimitOptions::validate`]; [`ErrorCode::DataTooFew`] below 8 values; [`ErrorCode::DataInvalid`] for a step
/// that is not above 0 or an infinite value.
pub fn time_to_limit(values: &Regular, options: &LimitOptions) -> Result<TimeToLimit> {
    options.validate()?;
    super::check_values(values, LEAST_VALUES)?;
    let season = season(values, options);
    let line = Line::fitted(&values.values, season, options.level);
    let now = line.at(0.0, line.slope, 0.0);
    let direction =
        options.direction.unwrap_or(if now <= options.limit { LimitSide::Rising } else { LimitSide::Falling });
    let span = values.values.len().saturating_sub(1) as f64 * values.step;
    let within = options.within.unwrap_or(AHEAD * span);
    let steps = (within / values.step).min(MOST_STEPS);
    let reached = |slope: f64, beside: f64| {
        let found = first_crossing(options.limit, direction, steps, |step| line.at(step, slope, beside));
        found.map(|steps| steps * values.step)
    };
    let (near, far) = match direction {
        LimitSide::Rising => (reached(line.slope_high, line.reach), reached(line.slope_low, -line.spread)),
        LimitSide::Falling => (reached(line.slope_low, -line.reach), reached(line.slope_high, line.spread)),
    };
    let times = [near, reached(line.slope, 0.0), far];
    let per_second = |slope: f64| slope / values.step;
    let slope = LimitSlope {
        per_second: per_second(line.slope),
        low: per_second(line.slope_low),
        high: per_second(line.slope_high),
    };
    let sentence = words::sentence(options.limit, times, within.min(MOST_STEPS * values.step));
    let explanation = explained(sentence, season);
    Ok(answer(options.limit, direction, times, Some(slope), options.level, explanation))
}

fn explained(sentence: String, season: Option<usize>) -> Explanation {
    let method = match season {
        Some(season) => format!("Theil-Sen line on values without their season of {season} steps"),
        None => "Theil-Sen line".to_owned(),
    };
    let assumptions = vec![
        "the trend goes on as in the values given".to_owned(),
        "deviations from it stay as large as they were".to_owned(),
    ];
    Explanation { sentence, method, assumptions }
}

impl Forecast {
    /// When the forecast and its interval reach a limit, in seconds after the last value known. `direction` is told by
    /// the first step where it is left out.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`] for a limit that is no number.
    pub fn time_to_limit(&self, limit: f64, direction: Option<LimitSide>) -> Result<TimeToLimit> {
        config::finite("limit", limit)?;
        let below = self.mean.first().is_some_and(|first| *first <= limit);
        let direction = direction.unwrap_or(if below { LimitSide::Rising } else { LimitSide::Falling });
        let reached = |path: &[f64]| {
            let passed = path.iter().position(|value| beyond(*value, limit, direction))?;
            let here = path.get(passed).copied()?;
            let before = passed.checked_sub(1).and_then(|at| path.get(at)).copied();
            let share = before.map_or(1.0, |before| share(before, here, limit));
            Some((passed as f64 + share) * self.step)
        };
        let (near, far) = match direction {
            LimitSide::Rising => (&self.high, &self.low),
            LimitSide::Falling => (&self.low, &self.high),
        };
        let times = [reached(near), reached(&self.mean), reached(far)];
        let explanation = Explanation {
            sentence: words::sentence(limit, times, self.mean.len() as f64 * self.step),
            method: format!("first crossing of the forecast and its bounds; {}", self.explanation.method),
            assumptions: self.explanation.assumptions.clone(),
        };
        Ok(answer(limit, direction, times, None, self.level, explanation))
    }
}

fn answer(
    limit: f64,
    direction: LimitSide,
    [earliest, expected, latest]: [Option<f64>; 3],
    slope: Option<LimitSlope>,
    level: f64,
    explanation: Explanation,
) -> TimeToLimit {
    TimeToLimit { limit, direction, earliest, expected, latest, slope, level, explanation }
}

/// The longest season that was seen three times.
fn season(values: &Regular, options: &LimitOptions) -> Option<usize> {
    let found = match &options.seasons {
        Some(seasons) => seasons.clone(),
        None => seasons::find(&values.clone().filled().values),
    };
    found.into_iter().filter(|season| season.saturating_mul(3) <= values.values.len()).max()
}

const fn beyond(value: f64, limit: f64, direction: LimitSide) -> bool {
    match direction {
        LimitSide::Rising => value >= limit,
        LimitSide::Falling => value <= limit,
    }
}

/// Where between two values the limit lies, 0 to 1.
fn share(before: f64, here: f64, limit: f64) -> f64 {
    let change = here - before;
    if change == 0.0 { 1.0 } else { ((limit - before) / change).clamp(0.0, 1.0) }
}

/// The first step, with a fraction, at which a path is beyond the limit; 0 where it is from the beginning.
fn first_crossing(limit: f64, direction: LimitSide, steps: f64, path: impl Fn(f64) -> f64) -> Option<f64> {
    let mut before = path(0.0);
    if beyond(before, limit, direction) {
        return Some(0.0);
    }
    for step in 1..=steps.ceil() as usize {
        let here = path(step as f64);
        if beyond(here, limit, direction) {
            let at = (step - 1) as f64 + share(before, here, limit);
            return (at <= steps).then_some(at);
        }
        before = here;
    }
    None
}

#[cfg(test)]
mod tests;
