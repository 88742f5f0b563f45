//! What is asked of a collector.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Collector;
use super::distinct::Members;
use super::distribution::Whole;
use super::registry::{Series, State};
use super::types::{MetricType, WindowStats};
use crate::analytics::Samples;
use crate::error::{Error, ErrorCode, Result};

/// A window at a moment.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// Slots that begin after this second...
    after: i64,
    /// ...and not after this one belong to it.
    until: i64,
    end: f64,
}

impl Collector {
    /// What a metric was within a window that ends `now` (Unix seconds; the clock's by default). All series that have
    /// these labels among theirs are added up.
    ///
    /// # Errors
    /// [`ErrorCode::MetricUnknown`] and [`ErrorCode::WindowUnknown`], with what there is.
    pub fn window(&self, name: &str, labels: &[(&str, &str)], window: &str, now: Option<f64>) -> Result<WindowStats> {
        let found = self.0.registry.matching(name, labels)?;
        Ok(self.stats(&found, name, labels, window, self.stretch(window, now)?))
    }

    /// [`Collector::window`] for every window, the shortest first.
    ///
    /// # Errors
    /// As [`Collector::window`].
    pub fn windows(&self, name: &str, labels: &[(&str, &str)], now: Option<f64>) -> Result<Vec<WindowStats>> {
        let found = self.0.registry.matching(name, labels)?;
        let mut windows: Vec<(&String, &u32)> = self.options().time_windows.iter().collect();
        windows.sort_by_key(|(_, seconds)| **seconds);
        let stats =
            |(window, _): (&String, &u32)| Ok(self.stats(&found, name, labels, window, self.stretch(window, now)?));
        windows.into_iter().map(stats).collect()
    }

    /// A metric over time within a window: the single observations while all of them are kept, means of slots
    /// otherwise; of a counter its rate for each second, of distinct members how many there were in each slot. Several
    /// series are put side by side: observations in order of time, rates and members added.
    ///
    /// # Errors
    /// As [`Collector::window`].
    pub fn samples(&self, name: &str, labels: &[(&str, &str)], window: &str, now: Option<f64>) -> Result<Samples> {
        let found = self.0.registry.matching(name, labels)?;
        let stretch = self.stretch(window, now)?;
        if let Some(raw) = raw(&found, &stretch) {
            let (times, values) = raw.into_iter().unzip();
            return Samples::new(times, values);
        }
        let mut slots: BTreeMap<i64, (i64, f64, f64)> = BTreeMap::new();
        for series in &found {
            // Sum and weight of each slot; of counters the weight is time.
            let mut put = |start: i64, slot: i64, sum: f64, weight: f64| {
                let entry = slots.entry(start).or_insert((slot, 0.0, 0.0));
                entry.1 += sum;
                let adds = matches!(series.metric_type, MetricType::Counter | MetricType::Distinct);
                entry.2 = if adds { weight } else { entry.2 + weight };
            };
            match &series.state {
                State::Counter(counter) => {
                    counter.visit(stretch.after, stretch.until, |start, slot, sum| put(start, slot, sum, slot as f64));
                }
                State::Distribution(distribution) => {
                    distribution.visit(stretch.after, stretch.until, |start, slot, summary| {
                        put(start, slot, summary.sum, summary.count as f64);
                    });
                }
                State::Distinct(distinct) => {
                    distinct
                        .visit(stretch.after, stretch.until, |start, slot, found| put(start, slot, found.count(), 1.0));
                }
            }
        }
        let times = slots.iter().map(|(start, (slot, ..))| *start as f64 + *slot as f64 / 2.0).collect();
        Samples::new(times, slots.values().map(|(_, sum, weight)| sum / weight).collect())
    }

    /// Seconds of a window.
    ///
    /// # Errors
    /// [`ErrorCode::WindowUnknown`], with what there is.
    pub fn window_seconds(&self, window: &str) -> Result<u32> {
        let windows = &self.options().time_windows;
        windows.get(window).copied().ok_or_else(|| {
            let known: Vec<&str> = windows.keys().map(String::as_str).collect();
            let error = Error::new(ErrorCode::WindowUnknown, format!("there is no window {window:?}")).field("window");
            error.hint(crate::config::alternatives(window, &known, known.len()))
        })
    }

    fn stretch(&self, window: &str, now: Option<f64>) -> Result<Stretch> {
        let seconds = self.window_seconds(window)?;
        let end = now.unwrap_or_else(|| self.clock().now());
        crate::config::finite("now", end)?;
        let until = end.floor() as i64;
        Ok(Stretch { after: until.saturating_sub(i64::from(seconds)), until, end })
    }

    fn stats(
        &self,
        found: &[Arc<Series>],
        name: &str,
        labels: &[(&str, &str)],
        window: &str,
        stretch: Stretch,
    ) -> WindowStats {
        let mut whole = Whole::new(self.options().relative_error);
        let reached = !self.0.ahead(stretch.end);
        let mut rise = 0.0;
        let mut last: Option<(f64, f64)> = None;
        let mut members = Members::default();
        for series in found {
            match &series.state {
                State::Counter(counter) => counter.visit(stretch.after, stretch.until, |_, _, sum| rise += sum),
                State::Distribution(distribution) => {
                    let newest = distribution.totals().2;
                    last = last.into_iter().chain(newest).reduce(|a, b| if b.0 >= a.0 { b } else { a });
                    distribution.add_window(stretch.after, stretch.until, reached, &mut whole);
                }
                State::Distinct(distinct) => {
                    distinct.visit(stretch.after, stretch.until, |_, _, slot| members.add_all(slot));
                }
            }
        }
        let metric_type = found.first().map_or(MetricType::Counter, |series| series.metric_type);
        let counts = metric_type == MetricType::Counter;
        let some = |value: f64| (whole.count > 0).then_some(value);
        let distinct = (metric_type == MetricType::Distinct).then(|| members.count());
        let count = distinct.unwrap_or(if counts { rise } else { whole.count as f64 });
        WindowStats {
            metric: name.to_owned(),
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            metric_type,
            window: window.to_owned(),
            start: stretch.end - (stretch.until - stretch.after) as f64,
            end: stretch.end,
            series: found.len(),
            count,
            sum: if counts { rise } else { whole.sum },
            rate: count / (stretch.until - stretch.after) as f64,
            distinct,
            mean: some(whole.sum / whole.count as f64),
            min: some(whole.min),
            max: some(whole.max),
            last: last.map(|(_, value)| value),
            p50: whole.quantile(0.5),
            p90: whole.quantile(0.9),
            p95: whole.quantile(0.95),
            p99: whole.quantile(0.99),
        }
    }
}

/// All single observations of all series, in order, while they are kept.
fn raw(found: &[Arc<Series>], stretch: &Stretch) -> Option<Vec<(f64, f64)>> {
    let mut all = Vec::new();
    for series in found {
        let State::Distribution(distribution) = &series.state else { return None };
        all.extend(distribution.raw(stretch.after as f64, stretch.end)?);
    }
    all.sort_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
    // The clock is coarse: observations of the same moment follow each other, so that none takes another's place.
    let mut last = f64::NEG_INFINITY;
    for (time, _) in &mut all {
        *time = time.max(last + 1e-6);
        last = *time;
    }
    Some(all)
}
