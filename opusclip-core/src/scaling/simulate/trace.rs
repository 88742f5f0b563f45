//! Recorded traffic.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

/// Requests a second over time, in steps of the same length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// When it begins, in Unix seconds.
    #[serde(default)]
    pub start: f64,
    /// Length of a step in seconds.
    pub step: f64,
    /// Requests a second, step by step.
    pub rates: Vec<f64>,
    /// Steps that were missing and lie on a line between their neighbours.
    #[serde(default)]
    pub filled: u64,
}

/// How a table is read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TraceOptions {
    /// The column with the counts; the last one where it is not given.
    pub column: Option<String>,
    /// Seconds between rows. Given, rows are taken in their order and a column of times is not read.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub step: Option<f64>,
}

/// Names of a column of times.
const TIMES: [&str; 5] = ["timestamp", "time", "datetime", "date", "ts"];
/// Steps that a trace may have.
const MOST_STEPS: usize = 50_000_000;

impl Trace {
    /// Rates in steps of so many seconds.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`], [`ErrorCode::ConfigNotFinite`] or [`ErrorCode::DataTooFew`].
    pub fn new(rates: Vec<f64>, step: f64) -> Result<Self> {
        within("step", step, 1e-3, 7.0 * 86_400.0)?;
        for rate in &rates {
            within("rates", *rate, 0.0, 1e12)?;
        }
        if rates.len() < 2 {
            return Err(Error::new(ErrorCode::DataTooFew, "a trace needs two steps").field("rates"));
        }
        Ok(Self { start: 0.0, step, rates, filled: 0 })
    }

    /// A CSV file with a header: counts of requests by time.
    ///
    /// Times are Unix seconds, or dates with an offset; those without one are UTC. Rows may be in any order. The step is
    /// the most common distance of two rows; missing steps lie on a line between their neighbours and are counted in
    /// `filled`.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] with the line for what is no count or no time, for a time that comes twice and for one
    /// off the grid of steps; [`ErrorCode::DataTooFew`].
    pub fn read(path: impl AsRef<Path>, options: &TraceOptions) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::new(ErrorCode::DataInvalid, error.to_string()).file(path))?;
        Self::parse(&text, options).map_err(|error| error.file(path))
    }

    /// As [`Trace::read`], of a text.
    ///
    /// # Errors
    /// As [`Trace::read`].
    pub fn parse(text: &str, options: &TraceOptions) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| damaged(&error))?.clone();
        let column = match &options.column {
            Some(name) => header.iter().position(|field| field == name).ok_or_else(|| {
                let known: Vec<&str> = header.iter().collect();
                Error::new(ErrorCode::DataInvalid, format!("there is no column {name:?}"))
                    .field("column")
                    .hint(crate::config::alternatives(name, &known, 10))
            })?,
            None => header.len().saturating_sub(1),
        };
        let is_time = |field: &str| TIMES.contains(&field.to_lowercase().as_str());
        let times = if options.step.is_some() { None } else { header.iter().position(is_time) };
        let mut rows = Vec::new();
        for (at, record) in reader.records().enumerate() {
            let record = record.map_err(|error| damaged(&error))?;
            let line = record.position().map_or(at as u64 + 2, csv::Position::line);
            let field = |column: usize| record.get(column).unwrap_or_default();
            let count = field(column).parse::<f64>().ok().filter(|count| count.is_finite() && *count >= 0.0);
            let count = count.ok_or_else(|| wrong(line, format!("{:?} is no count", field(column))))?;
            let time = times.map(|column| {
                time_of(field(column)).ok_or_else(|| wrong(line, format!("{:?} is no time", field(column))))
            });
            rows.push((time.transpose()?.unwrap_or(at as f64), count, line));
        }
        match options.step {
            Some(step) => Self::of_counts(&rows, step),
            None if times.is_none() => Err(Error::new(ErrorCode::DataInvalid, "there is no column of times")
                .field("step")
                .hint(format!("name one of its columns {}, or give the step", TIMES.join(", ")))),
            None => Self::of_times(rows),
        }
    }

    fn of_counts(rows: &[(f64, f64, u64)], step: f64) -> Result<Self> {
        within("step", step, 1e-3, 7.0 * 86_400.0)?;
        Self::new(rows.iter().map(|(_, count, _)| count / step).collect(), step)
    }

    fn of_times(mut rows: Vec<(f64, f64, u64)>) -> Result<Self> {
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut distances: BTreeMap<u64, usize> = BTreeMap::new();
        for pair in rows.windows(2) {
            let distance = pair[1].0 - pair[0].0;
            if distance <= 0.0 {
                let line = pair[0].2.max(pair[1].2);
                return Err(wrong(line, "its time comes twice".to_owned()).hint("add such rows up, or leave one out"));
            }
            *distances.entry((distance * 1e3).round() as u64).or_default() += 1;
        }
        // Of two that are as common the shorter one: the other has steps that are missing.
        let common = distances.into_iter().rev().max_by_key(|(_, count)| *count);
        let step = common.map(|(millis, _)| millis as f64 / 1e3).filter(|step| *step > 0.0);
        let step = step.ok_or_else(|| Error::new(ErrorCode::DataTooFew, "a trace needs two rows"))?;
        let start = rows.first().map_or(0.0, |row| row.0);
        let mut trace = Self { start, step, rates: Vec::new(), filled: 0 };
        for (time, count, line) in rows {
            let place = (time - start) / step;
            if (place - place.round()).abs() > 0.01 {
                return Err(wrong(line, format!("its time lies off the grid of {step} s"))
                    .hint("bring the times onto a grid, or give the step"));
            }
            trace.fill_to(place.round() as usize, count / step, line)?;
        }
        Self::new(trace.rates, step).map(|checked| Self { start, filled: trace.filled, ..checked })
    }

    /// The rate of a step, and those of the steps before it that are missing.
    fn fill_to(&mut self, place: usize, rate: f64, line: u64) -> Result<()> {
        if place >= MOST_STEPS {
            return Err(Error::new(ErrorCode::LimitExceeded, format!("more than {MOST_STEPS} steps")).line(line));
        }
        let known = self.rates.len();
        let last = self.rates.last().copied().unwrap_or(rate);
        let missing = place.saturating_sub(known);
        for at in 1..=missing {
            self.rates.push(last + (rate - last) * at as f64 / (missing + 1) as f64);
        }
        self.filled += missing as u64;
        self.rates.push(rate);
        Ok(())
    }

    /// Its length in seconds.
    pub fn duration(&self) -> f64 {
        self.rates.len() as f64 * self.step
    }

    /// The mean of its rates.
    pub fn mean(&self) -> f64 {
        self.rates.iter().sum::<f64>() / self.rates.len() as f64
    }

    /// The highest of its rates.
    pub fn peak(&self) -> f64 {
        self.rates.iter().copied().fold(0.0, f64::max)
    }

    /// The rate that it stays at or below for a share of the time, 0 to 1.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        let at = (share * rates.len() as f64).ceil().max(1.0) as usize - 1;
        rates.get(at.min(rates.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    /// The rate at a time from its beginning, on a line between the middles of steps.
    pub fn rate_at(&self, seconds: f64) -> f64 {
        let place = (seconds / self.step - 0.5).clamp(0.0, (self.rates.len() - 1) as f64);
        let before = self.rates.get(place.floor() as usize).copied().unwrap_or_default();
        let after = self.rates.get(place.ceil() as usize).copied().unwrap_or(before);
        before + (after - before) * place.fract()
    }

    /// Counts averaged over a window that holds so many of them on average. Small counts are chance: scaled up as they
    /// are, they would be a traffic that never was.
    #[must_use]
    pub fn smoothed(&self, counts: f64) -> Self {
        let steps = (counts / (self.mean() * self.step)).ceil().clamp(1.0, self.rates.len() as f64) as usize;
        let half = steps / 2;
        let mut sums = Vec::with_capacity(self.rates.len() + 1);
        let mut sum = 0.0;
        sums.push(sum);
        for rate in &self.rates {
            sum += rate;
            sums.push(sum);
        }
        let mean = |at: usize| {
            let (from, to) = (at.saturating_sub(half), (at + half + 1).min(self.rates.len()));
            (sums[to] - sums[from]) / (to - from) as f64
        };
        Self { rates: (0..self.rates.len()).map(mean).collect(), ..self.clone() }
    }

    /// The same course with another mean, in requests a second.
    #[must_use]
    pub fn scaled_to(&self, mean: f64) -> Self {
        let factor = if self.mean() > 0.0 { mean / self.mean() } else { 0.0 };
        Self { rates: self.rates.iter().map(|rate| rate * factor).collect(), ..self.clone() }
    }
}

/// Unix seconds of a number, of a date with an offset, or of one without, which is UTC.
fn time_of(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(seconds);
    }
    let seconds = |moment: Timestamp| moment.as_microsecond() as f64 / 1e6;
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(seconds(moment));
    }
    let civil = text.parse::<DateTime>().ok()?;
    Some(seconds(civil.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?.timestamp()))
}

fn damaged(error: &csv::Error) -> Error {
    let found = Error::new(ErrorCode::DataInvalid, error.to_string());
    match error.position() {
        Some(position) => found.line(position.line()),
        None => found,
    }
}

fn wrong(line: u64, message: String) -> Error {
    Error::new(ErrorCode::DataInvalid, message).line(line)
}
