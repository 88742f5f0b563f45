//! All that is kept, slot by slot, for tables and files.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Collector;
use super::distinct::Members;
use super::distribution::{Summary, Whole};
use super::registry::{Series, State};
use super::types::MetricType;
use crate::config::{finite, optional_number};
use crate::error::Result;

/// Which part of the history is asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryQuery {
    /// Only this metric; all by default.
    pub metric: Option<String>,
    /// Only series with these among their labels.
    pub labels: BTreeMap<String, String>,
    /// Only slots that begin at this time (Unix seconds) or later.
    #[serde(deserialize_with = "optional_number")]
    pub start: Option<f64>,
    /// Only slots that begin before this time (Unix seconds).
    #[serde(deserialize_with = "optional_number")]
    pub end: Option<f64>,
}

/// A series as it stands in a [`History`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistorySeries {
    /// Name of the metric.
    pub metric: String,
    /// What kind of metric it is.
    pub metric_type: MetricType,
    /// What tells the series from others of the metric.
    pub labels: BTreeMap<String, String>,
}

/// A table of slots by columns: all vectors but `series` have the same length, and the place in each is a slot. What a
/// slot does not have is NaN. Rows of the same series and slot, which there may be in files of several machines or
/// spills, are added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The series, in order of their names.
    pub series: Vec<HistorySeries>,
    /// The place of a slot's series in `series`.
    pub of_series: Vec<u32>,
    /// Begin of the slot in Unix seconds.
    pub start: Vec<i64>,
    /// Length of the slot in seconds; the younger, the shorter.
    pub seconds: Vec<u32>,
    /// Observations; of counters the rise, of distinct members how many there were.
    pub count: Vec<f64>,
    /// Sum of values; of counters the rise.
    pub sum: Vec<f64>,
    /// The least value.
    pub min: Vec<f64>,
    /// The greatest value.
    pub max: Vec<f64>,
    /// Half of the values are below, to the collector's relative error, as are those below.
    pub p50: Vec<f64>,
    /// 90 % of the values are below.
    pub p90: Vec<f64>,
    /// 95 % of the values are below.
    pub p95: Vec<f64>,
    /// 99 % of the values are below.
    pub p99: Vec<f64>,
}

impl History {
    /// How many slots.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// The columns of numbers that any slot may lack, by their names.
    pub(crate) fn figures(&self) -> [(&'static str, &[f64]); 7] {
        let Self { sum, min, max, p50, p90, p95, p99, .. } = self;
        [("sum", sum), ("min", min), ("max", max), ("p50", p50), ("p90", p90), ("p95", p95), ("p99", p99)]
    }

    /// Take out the columns of numbers by their names, `count` first.
    pub fn take_figures(&mut self) -> [(&'static str, Vec<f64>); 8] {
        let Self { count, sum, min, max, p50, p90, p95, p99, .. } = self;
        let named = [
            ("count", count),
            ("sum", sum),
            ("min", min),
            ("max", max),
            ("p50", p50),
            ("p90", p90),
            ("p95", p95),
            ("p99", p99),
        ];
        named.map(|(name, column)| (name, std::mem::take(column)))
    }

    fn begin(&mut self, series: &Series) {
        let labels = series.name.labels.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        self.series.push(HistorySeries {
            metric: series.name.metric.to_string(),
            metric_type: series.metric_type,
            labels: labels.collect(),
        });
    }

    fn push(&mut self, (start, seconds): (i64, i64), count: f64, figures: [f64; 7]) {
        self.of_series.push(self.series.len().saturating_sub(1) as u32);
        self.start.push(start);
        self.seconds.push(seconds as u32);
        self.count.push(count);
        let Self { sum, min, max, p50, p90, p95, p99, .. } = self;
        for (column, figure) in [sum, min, max, p50, p90, p95, p99].into_iter().zip(figures) {
            column.push(figure);
        }
    }

    pub(super) fn push_rise(&mut self, slot: (i64, i64), rise: f64) {
        let mut figures = [f64::NAN; 7];
        figures[0] = rise;
        self.push(slot, rise, figures);
    }

    pub(super) fn push_members(&mut self, slot: (i64, i64), members: &Members) {
        self.push(slot, members.count(), [f64::NAN; 7]);
    }

    pub(super) fn push_summary(&mut self, slot: (i64, i64), summary: &Summary, accuracy: f64) {
        let mut whole = Whole::new(accuracy);
        whole.absorb(summary);
        let [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map(|share| whole.quantile(share).unwrap_or(f64::NAN));
        self.push(slot, whole.count as f64, [whole.sum, whole.min, whole.max, p50, p90, p95, p99]);
    }
}

impl Collector {
    /// All that is kept, in slots that get longer with age: for tables, files and other engines.
    ///
    /// ```
    /// use opusclip_core::analytics::{Clock, Collector, CollectorOptions, HistoryQuery};
    /// let now = 1_700_000_000.0;
    /// let collector = Collector::with_clock(CollectorOptions::default(), Clock::fixed(now))?;
    /// collector.record_at("latency", 8.0, &[("host", "a")], now - 7000.0, None)?;
    /// collector.record("latency", 4.0, &[("host", "a")])?;
    /// let history = collector.history(&HistoryQuery::default())?;
    /// assert_eq!((history.seconds, history.max), (vec![1200, 1], vec![8.0, 4.0]));
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`MetricUnknown`](crate::ErrorCode::MetricUnknown) with what there is,
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn history(&self, query: &HistoryQuery) -> Result<History> {
        let second = |field: &str, time: Option<f64>, none: i64| {
            time.map_or(Ok(none), |time| finite(field, time).map(|time| time.ceil() as i64 - 1))
        };
        let (after, until) = (second("start", query.start, i64::MIN)?, second("end", query.end, i64::MAX)?);
        let labels: Vec<(&str, &str)> =
            query.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let found = match &query.metric {
            Some(metric) => self.0.registry.matching(metric, &labels)?,
            None => self.0.registry.all().into_iter().filter(|series| series.name.has(&labels)).collect(),
        };
        let mut history = History::default();
        for series in &found {
            history.begin(series);
            let accuracy = self.options().relative_error;
            match &series.state {
                State::Counter(counter) => {
                    counter.visit(after, until, |slot, rise| history.push_rise((slot.begin, slot.length), rise));
                }
                State::Distribution(distribution) => distribution.visit(after, until, |slot, summary| {
                    history.push_summary((slot.begin, slot.length), summary, accuracy);
                }),
                State::Distinct(distinct) => {
                    distinct
                        .visit(after, until, |slot, members| history.push_members((slot.begin, slot.length), members));
                }
            }
        }
        Ok(history)
    }

    /// Hand over what is kept beyond the longest window before `now` and forget it; where `keep` fails, all of it is
    /// there again.
    pub(crate) fn hand_over(&self, now: f64, keep: impl FnOnce(&History) -> Result<()>) -> Result<()> {
        let longest = self.options().time_windows.values().copied().max().unwrap_or_default();
        let until = (now.floor() as i64).saturating_sub(i64::from(longest));
        let mut history = History::default();
        let mut taken: Vec<Arc<Series>> = Vec::new();
        let mut states = Vec::new();
        for series in self.0.registry.all() {
            let state = series.state.drain(until);
            if state.is_empty() {
                continue;
            }
            history.begin(&series);
            state.list(&mut history, self.options().relative_error);
            taken.push(series);
            states.push(state);
        }
        keep(&history).inspect_err(|_| {
            for (series, state) in taken.iter().zip(states) {
                series.state.put_back(state);
            }
        })
    }
}
