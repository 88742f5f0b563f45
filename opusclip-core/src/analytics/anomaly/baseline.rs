//! What value is to be expected, and how far from it values usually are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Values that tell the level, and errors that tell the spread.
const WINDOW: usize = 256;
/// From so many values on there is a level.
const LEAST: usize = 5;
/// Standard deviations of a normal distribution in its median absolute deviation, and in its mean one.
const FROM_MEDIAN: f64 = 1.4826;
const FROM_MEAN: f64 = 1.2533;
/// Seasons that are tried where none is given: an hour, a day, a week, in seconds.
const CALENDAR: [f64; 3] = [3600.0, 86_400.0, 604_800.0];
/// Places of a season: at least for it to be one, and at most.
const FEWEST: f64 = 8.0;
const MOST: f64 = 672.0;
/// A place of a season is a mean over about so many periods.
const PERIODS: f64 = 8.0;
/// A season is believed in where its errors are below this share of those without it.
const BETTER: f64 = 0.8;
/// How fast the errors of a season are forgotten, and how fast its level follows.
const FORGET: f64 = 0.005;
const FOLLOW: f64 = 0.02;
/// Standard deviations beyond which a value no longer pulls what is learnt.
const PULL: f64 = 3.0;

/// The last values in the order of time and in that of size.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    ring: Vec<f64>,
    next: usize,
    sorted: Vec<f64>,
}

impl Window {
    pub(super) fn push(&mut self, value: f64, most: usize) {
        if self.ring.len() < most {
            self.ring.push(value);
        } else if let Some(place) = self.ring.get_mut(self.next) {
            let old = std::mem::replace(place, value);
            self.next = (self.next + 1) % most;
            return self.replace(old, value);
        }
        let at = self.sorted.partition_point(|other| *other < value);
        self.sorted.insert(at, value);
    }

    /// One value in the order of size for another: only what lies between them moves.
    fn replace(&mut self, old: f64, value: f64) {
        let from = self.sorted.partition_point(|other| *other < old);
        let to = self.sorted.partition_point(|other| *other < value);
        if from >= self.sorted.len() {
            // A state that was written by hand.
            return self.sorted.insert(to, value);
        }
        if from < to {
            self.sorted.copy_within(from + 1..to, from);
        } else {
            self.sorted.copy_within(to..from, to + 1);
        }
        if let Some(place) = self.sorted.get_mut(if from < to { to - 1 } else { to }) {
            *place = value;
        }
    }

    pub(super) fn median(&self) -> Option<f64> {
        self.sorted.get(self.sorted.len() / 2).copied()
    }

    fn mean(&self) -> f64 {
        self.sorted.iter().sum::<f64>() / self.sorted.len().max(1) as f64
    }
}

/// One candidate for a season: the mean of each of its places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Season {
    /// Seconds.
    period: f64,
    /// Mean and number of periods of each place.
    places: Vec<(f64, f64)>,
    /// What the level has moved since.
    offset: f64,
    /// Mean absolute error with it and without it, and of how many values.
    with: f64,
    without: f64,
    judged: f64,
}

impl Season {
    fn place(&self, time: f64) -> usize {
        let turns = time / self.period;
        let phase = turns - turns.floor();
        ((phase * self.places.len() as f64) as usize).min(self.places.len().saturating_sub(1))
    }

    /// What it expects, where it has seen this place in two periods.
    fn expected(&self, time: f64) -> Option<f64> {
        let (mean, periods) = *self.places.get(self.place(time))?;
        (periods >= 2.0).then_some(mean + self.offset)
    }

    /// Its errors as a share of those without it, where they have been compared over one period.
    fn share(&self) -> Option<f64> {
        (self.judged >= self.places.len() as f64 && self.without > 0.0).then(|| self.with / self.without)
    }

    fn learn(&mut self, time: f64, value: f64, level: f64, reach: f64) {
        if let Some(expected) = self.expected(time) {
            self.judged += 1.0;
            let gain = FORGET.max(1.0 / self.judged);
            self.with += gain * ((value - expected).abs() - self.with);
            self.without += gain * ((value - level).abs() - self.without);
            self.offset += FOLLOW * (value - expected).clamp(-reach, reach);
        }
        let (at, offset) = (self.place(time), self.offset);
        if let Some((mean, periods)) = self.places.get_mut(at) {
            *periods = (*periods + 1.0).min(PERIODS);
            let error = value - offset - *mean;
            *mean += if *periods > 3.0 { error.clamp(-reach, reach) } else { error } / *periods;
        }
    }
}

/// A robust level, with a season where one is given or found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    values: Window,
    errors: Window,
    seasons: Option<Vec<Season>>,
    /// Seconds; 0 for none, nothing for one that is found.
    given: Option<f64>,
}

impl Baseline {
    pub(super) fn new(given: Option<f64>) -> Self {
        Self { values: Window::default(), errors: Window::default(), seasons: None, given }
    }

    fn season(&self) -> Option<&Season> {
        let rated = self.seasons.iter().flatten().filter_map(|season| Some((season.share()?, season)));
        let best = rated.min_by(|a, b| a.0.total_cmp(&b.0))?;
        (self.given.is_some() || best.0 < BETTER).then_some(best.1)
    }

    /// The period of the season in use, in seconds.
    pub(super) fn period(&self) -> Option<f64> {
        self.season().map(|season| season.period)
    }

    /// What is expected at a time, in the unit of the values.
    pub(super) fn expected(&self, time: f64) -> Option<f64> {
        let level = self.values.median().filter(|_| self.values.ring.len() >= LEAST)?;
        Some(self.season().and_then(|season| season.expected(time)).unwrap_or(level))
    }

    /// A robust standard deviation of what was not expected; never 0.
    pub(super) fn deviation(&self) -> Option<f64> {
        let median = FROM_MEDIAN * self.errors.median()?;
        if median > 0.0 {
            return Some(median);
        }
        // More than half of the values were as expected to the last digit.
        let mean = FROM_MEAN * self.errors.mean();
        let least = self.values.median().unwrap_or(0.0).abs() * 1e-6;
        Some(mean.max(least).max(f64::MIN_POSITIVE.sqrt()))
    }

    /// Take a value into account; `step` is the usual distance of two values in seconds.
    pub(super) fn learn(&mut self, time: f64, value: f64, step: Option<f64>) {
        if let (None, Some(step)) = (&self.seasons, step) {
            self.seasons = Some(seasons(self.given, step));
        }
        let reach = PULL * self.deviation().unwrap_or(f64::MAX / 16.0);
        if let Some(expected) = self.expected(time) {
            let level = self.values.median().unwrap_or(expected);
            for season in self.seasons.iter_mut().flatten() {
                season.learn(time, value, level, reach);
            }
            self.errors.push((value - expected).abs(), WINDOW);
        }
        self.values.push(value, WINDOW);
    }
}

/// Candidates for a season, with as many places as values fit.
fn seasons(given: Option<f64>, step: f64) -> Vec<Season> {
    let periods = given.map_or_else(|| CALENDAR.to_vec(), |period| vec![period]);
    let fitting = periods.into_iter().filter(|period| *period > 0.0 && (given.is_some() || period / step >= FEWEST));
    let season = |period: f64| Season {
        period,
        places: vec![(0.0, 0.0); (period / step).round().clamp(1.0, MOST) as usize],
        offset: 0.0,
        with: 0.0,
        without: 0.0,
        judged: 0.0,
    };
    fitting.map(season).collect()
}
