//! Whether a metric rises or falls, how fast, since when, and where it jumped.
//!
//! | step | method |
//! |---|---|
//! | season | found in the periodogram or given; the median of each of its places is taken off |
//! | slope | Theil-Sen, exact for any number of points in O(n log n) |
//! | test | Mann-Kendall with Hamed and Rao's (1998) variance; a test against random walks where values wander |
//! | change points | stretches of straight lines by optimal partitioning with a penalty that noise with memory cannot pay |
//!
//! Times may be uneven and values missing. Spikes do not matter: slope, test and season work on ranks and medians.

mod changes;
mod mann_kendall;
mod noise;
mod options;
mod theil_sen;
mod words;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use options::TrendOptions;

use self::mann_kendall::Line;
use super::stats::order::{mean, median_of};
use super::stats::period::{self, Phases, Season};
use super::{Explanation, Samples};
use crate::error::{Error, ErrorCode, Result};

/// Where a metric is going.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trend {
    /// Unix seconds of the first value.
    pub start: f64,
    /// Unix seconds of the last value.
    pub end: f64,
    /// How many values there are, gaps left out.
    pub count: usize,
    /// Rising or falling where the trend is significant.
    pub direction: Direction,
    /// How steep the line is.
    pub slope: Slope,
    /// The level of the line at `start`.
    pub intercept: f64,
    /// How probable so clear a trend is where there is none.
    pub p_value: f64,
    /// From the first to the last time along the line, as a share of the level at the start; none where that is 0.
    pub relative_change: Option<f64>,
    /// As many independent values would tell as much about a trend.
    pub effective_count: f64,
    /// The values wander: how far they are from the line cannot be told from a random walk, and the slope is tested
    /// against one.
    pub wanders: bool,
    /// The season that was taken off.
    pub season: Option<SeasonFound>,
    /// Where the level or the slope changes.
    pub change_points: Vec<ChangePoint>,
    /// The trend since the last change, where enough values follow it.
    pub latest: Option<LatestTrend>,
    /// The result in words.
    pub explanation: Explanation,
}

/// Where something is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Direction {
    /// Up.
    Rising,
    /// Down.
    Falling,
    /// Neither, as far as can be told.
    None,
}

/// A slope with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slope {
    /// The best estimate: the median of the slopes of all pairs.
    pub estimate: Rate,
    /// The lower end of the interval.
    pub low: Rate,
    /// The upper end of the interval.
    pub high: Rate,
}

/// A change over time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// In one second.
    pub per_second: f64,
    /// In one hour.
    pub per_hour: f64,
    /// In one day.
    pub per_day: f64,
}

/// A pattern that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeasonFound {
    /// Seconds from one coming to the next.
    pub period: f64,
    /// The share of the variance around the line that is told by the other comings of the pattern, up to 1; none where
    /// the period was given.
    pub strength: Option<f64>,
}

/// A time at which a metric changes its level or its slope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePoint {
    /// Unix seconds of the first value after the change.
    pub time: f64,
    /// The level that the values before lead up to.
    pub level_before: f64,
    /// The level that the values after start from.
    pub level_after: f64,
    /// The slope before.
    pub slope_before: Rate,
    /// The slope after.
    pub slope_after: Rate,
}

/// The trend of the last stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatestTrend {
    /// Unix seconds of the change that it begins with.
    pub since: f64,
    /// Rising or falling where the trend is significant.
    pub direction: Direction,
    /// How steep the line is.
    pub slope: Slope,
    /// How probable so clear a trend is where there is none. That the stretch was chosen is not counted in.
    pub p_value: f64,
}

/// Fewer values tell nothing about a trend.
pub(super) const LEAST: usize = 8;
/// More cannot be told apart in a reasonable time.
const MOST: usize = 5_000_000;

/// The trend of a metric.
///
/// ```
/// use opusclip_core::analytics::{Samples, trend::{Direction, TrendOptions, trend}};
/// let times: Vec<f64> = (0..120).map(|minute| 1_714_564_800.0 + 60.0 * f64::from(minute)).collect();
/// let values = (0..120).map(|minute| 20.0 + 0.05 * f64::from(minute) + f64::from(minute * 7 % 5) / 10.0).collect();
/// let options = TrendOptions { name: Some("latency".into()), unit: Some("ms".into()), ..TrendOptions::default() };
/// let found = trend(&Samples::new(times, values)?, &options)?;
/// assert_eq!(found.direction, Direction::Rising);
/// assert!(found.explanation.sentence.starts_with("latency rises by 3"));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::DataTooFew`] below 8 values, [`ErrorCode::LimitExceeded`] above 5 million,
/// [`ErrorCode::ConfigOutOfRange`] for a season that the values do not cover three times, and those of
/// [`TrendOptions::validate`].
pub fn trend(samples: &Samples, options: &TrendOptions) -> Result<Trend> {
    options.validate()?;
    let rows = samples.times().iter().zip(samples.values()).filter(|(_, value)| !value.is_nan());
    let (times, mut values): (Vec<f64>, Vec<f64>) = rows.map(|(time, value)| (*time, *value)).unzip();
    let ends = check(&times)?;
    let season = take_off_season(&times, &mut values, options)?;
    let places = season.map_or(0, |(_, places)| places);
    let line = mann_kendall::line(&times, &values, options.confidence, places);
    let changes =
        if options.change_points { changes::changes(&times, &values, options.min_segment) } else { Vec::new() };
    let latest = changes.last().and_then(|last| {
        let (times, values) = (times.get(last.at..)?, values.get(last.at..)?);
        let line = (values.len() >= LEAST).then(|| mann_kendall::line(times, values, options.confidence, places))?;
        let (direction, p_value) = (direction(&line, options), line.p_value);
        Some(LatestTrend { since: *times.first()?, direction, slope: Slope::of(&line), p_value })
    });
    let change_point = |change: &changes::Change| {
        Some(ChangePoint {
            time: *times.get(change.at)?,
            level_before: change.level_before,
            level_after: change.level_after,
            slope_before: Rate::of(change.slope_before),
            slope_after: Rate::of(change.slope_after),
        })
    };
    let mut found = Trend {
        start: ends.0,
        end: ends.1,
        count: values.len(),
        direction: direction(&line, options),
        slope: Slope::of(&line),
        intercept: line.intercept,
        p_value: line.p_value,
        relative_change: relative(&line, ends.1 - ends.0),
        effective_count: line.effective,
        wanders: line.wanders,
        season: season.map(|(season, _)| season),
        change_points: changes.iter().filter_map(change_point).collect(),
        latest,
        explanation: Explanation { sentence: String::new(), method: String::new(), assumptions: Vec::new() },
    };
    found.explanation = words::explain(&found, options);
    Ok(found)
}

fn check(times: &[f64]) -> Result<(f64, f64)> {
    if times.len() > MOST {
        let message = format!("{} values are more than a trend is looked for in", times.len());
        return Err(Error::new(ErrorCode::LimitExceeded, message).hint("give means of longer stretches"));
    }
    match (times.first(), times.last()) {
        (Some(first), Some(last)) if times.len() >= LEAST => Ok((*first, *last)),
        _ => {
            let message = format!("{} values are too few for a trend", times.len());
            Err(Error::new(ErrorCode::DataTooFew, message).hint(format!("give at least {LEAST}")))
        }
    }
}

/// The median of each place of the season off the values; with how many places it has.
fn take_off_season(times: &[f64], values: &mut [f64], options: &TrendOptions) -> Result<Option<(SeasonFound, usize)>> {
    let given = options.season;
    if !options.seasonal {
        return Ok(None);
    }
    let first = times.first().copied().unwrap_or(0.0);
    let x: Vec<f64> = times.iter().map(|time| time - first).collect();
    let slope = rough_slope(&x, values);
    let rest: Vec<f64> = x.iter().zip(&*values).map(|(x, y)| y - slope * x).collect();
    let grid = mann_kendall::on_grid(times, &rest);
    let span = grid.step * grid.values.len() as f64;
    if let Some(period) = given.filter(|period| span < period::CYCLES * period || *period < 2.0 * grid.step) {
        let message = format!("a season of {period} s does not fit values of {span} s, {} s apart", grid.step);
        let error = Error::new(ErrorCode::ConfigOutOfRange, message).field("season");
        return Err(error.hint("it must be seen three times, with two values in each"));
    }
    let found = match given {
        Some(period) => Some(SeasonFound { period, strength: None }),
        None => period::find(&grid).map(|Season { period, strength }| SeasonFound { period, strength: Some(strength) }),
    };
    let Some(season) = found else { return Ok(None) };
    let phases = Phases::new(first, grid.step, season.period);
    let mut places = vec![Vec::new(); phases.count()];
    for (time, rest) in times.iter().zip(&rest) {
        if let Some(place) = places.get_mut(phases.of(*time)) {
            place.push(*rest);
        }
    }
    let used = places.iter().filter(|place| !place.is_empty()).count();
    let mut pattern: Vec<f64> =
        places.iter_mut().map(|place| if place.is_empty() { f64::NAN } else { median_of(place) }).collect();
    let known: Vec<f64> = pattern.iter().copied().filter(|level| !level.is_nan()).collect();
    let center = mean(&known);
    pattern.iter_mut().for_each(|level| *level -= center);
    for (time, value) in times.iter().zip(values) {
        *value -= pattern.get(phases.of(*time)).copied().filter(|level| !level.is_nan()).unwrap_or(0.0);
    }
    Ok(Some((season, used)))
}

/// The slope of at most so many points, evenly chosen: enough to see a season beside it.
fn rough_slope(x: &[f64], values: &[f64]) -> f64 {
    const POINTS: usize = 3_000;
    let apart = x.len().div_ceil(POINTS).max(1);
    let thinned = |list: &[f64]| list.iter().copied().step_by(apart).collect::<Vec<f64>>();
    theil_sen::Slopes::new(&thinned(x), &thinned(values)).median()
}

fn direction(line: &Line, options: &TrendOptions) -> Direction {
    match line.slope {
        _ if line.p_value > 1.0 - options.confidence => Direction::None,
        slope if slope > 0.0 => Direction::Rising,
        slope if slope < 0.0 => Direction::Falling,
        _ => Direction::None,
    }
}

fn relative(line: &Line, span: f64) -> Option<f64> {
    let change = line.slope * span / line.intercept.abs();
    change.is_finite().then_some(change)
}

impl Rate {
    pub(super) fn of(per_second: f64) -> Self {
        Self { per_second, per_hour: per_second * 3_600.0, per_day: per_second * 86_400.0 }
    }
}

impl Slope {
    fn of(line: &Line) -> Self {
        Self { estimate: Rate::of(line.slope), low: Rate::of(line.low), high: Rate::of(line.high) }
    }
}
