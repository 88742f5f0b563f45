//! What is asked of a collector.

use std::sync::Arc;

use super::Collector;
use super::distinct::Members;
use super::distribution::Whole;
use super::registry::{Series, State};
use super::types::{MetricType, WindowStats};
use crate::error::{Error, ErrorCode, Result};

/// A window at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// Slots that begin after this second...
    pub(super) after: i64,
    /// ...and not after this one belong to it.
    pub(super) until: i64,
    pub(super) end: f64,
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

    pub(super) fn stretch(&self, window: &str, now: Option<f64>) -> Result<Stretch> {
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
                State::Counter(counter) => counter.visit(stretch.after, stretch.until, |_, sum| rise += sum),
                State::Distribution(distribution) => {
                    let newest = distribution.totals().2;
                    last = last.into_iter().chain(newest).reduce(|a, b| if b.0 >= a.0 { b } else { a });
                    distribution.add_window(stretch.after, stretch.until, reached, &mut whole);
                }
                State::Distinct(distinct) => {
                    distinct.visit(stretch.after, stretch.until, |_, slot| members.add_all(slot));
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
