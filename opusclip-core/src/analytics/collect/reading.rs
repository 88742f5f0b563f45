//! What a series says at a moment, as exporters tell it.

#[cfg(feature = "otlp")]
use super::Collector;
use super::distinct::Members;
use super::distribution::Whole;
use super::registry::{Series, State};
use super::types::MetricType;
#[cfg(feature = "otlp")]
use crate::error::Result;

/// Quantiles that are exported.
pub(crate) const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// What a series says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reading {
    /// All that was ever added.
    Counter(f64),
    /// The latest value, if there is one.
    Gauge(Option<f64>),
    /// How many different members there were in the window.
    Distinct(f64),
    /// Count and sum of all that was ever recorded, [`QUANTILES`] of the window; NaN without observations in it.
    Summary { count: u64, sum: f64, quantiles: [f64; 4] },
}

impl Series {
    /// With a window of the seconds after one and until another.
    pub(super) fn read(&self, (after, until): (i64, i64), accuracy: f64) -> Reading {
        match &self.state {
            State::Counter(counter) => Reading::Counter(counter.total()),
            State::Distinct(distinct) => {
                let mut members = Members::default();
                distinct.visit(after, until, |_, slot| members.add_all(slot));
                Reading::Distinct(members.count())
            }
            State::Distribution(distribution) => {
                let (count, sum, last) = distribution.totals();
                if self.metric_type == MetricType::Gauge {
                    return Reading::Gauge(last.map(|(_, value)| value));
                }
                let mut whole = Whole::new(accuracy);
                distribution.add_window(after, until, false, &mut whole);
                let quantiles = QUANTILES.map(|share| whole.quantile(share).unwrap_or(f64::NAN));
                Reading::Summary { count, sum, quantiles }
            }
        }
    }
}

#[cfg(feature = "otlp")]
impl Collector {
    /// Call with the name, the labels and the reading of each series, in order of their names.
    pub(crate) fn readings(
        &self,
        window: &str,
        now: f64,
        mut call: impl FnMut(&str, &[(Box<str>, Box<str>)], Reading),
    ) -> Result<()> {
        let until = now.floor() as i64;
        let window = (until - i64::from(self.window_seconds(window)?), until);
        for series in self.0.registry.all() {
            call(&series.name.metric, &series.name.labels, series.read(window, self.options().relative_error));
        }
        Ok(())
    }
}
