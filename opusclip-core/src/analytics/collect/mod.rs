//! Metrics are recorded: counters, gauges, histograms, summaries, each with labels, summed up as they come.
//!
//! | module | what is in it |
//! |---|---|
//! | `options.rs`, `types.rs`, `clock.rs` | what is asked for, what is answered, the time |
//! | `handle.rs` | metrics and labels that were looked up once |
//! | `query.rs`, `course.rs` | windows; a metric over time |
//! | `registry.rs`, `name.rs` | all series by name and labels |
//! | `counter.rs`, `distribution.rs`, `distinct.rs` | the state of one series; `stripe.rs` keeps threads apart |
//! | `raw.rs` | the last single observations |
//! | `tiers.rs` | slots of time that get longer with age |
//! | `sketch/` | quantiles with a stated relative error |
//! | `history.rs`, `drained.rs` | all that is kept as a table, and what is handed over |
//! | `reading.rs` | what a series says at a moment |
//! | `exposition.rs` | the text formats of Prometheus and OpenMetrics |
//! | `snapshot.rs` | the state as bytes: saved, restored, merged |
//! | `drops.rs` | what could not be recorded, counted |

mod clock;
mod counter;
mod course;
mod distinct;
mod distribution;
mod drained;
mod drops;
mod exposition;
mod handle;
mod history;
mod name;
mod options;
mod query;
mod raw;
mod reading;
mod registry;
mod sketch;
mod snapshot;
mod stripe;
mod tiers;
mod types;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorCode, Result};

pub use clock::Clock;
pub use drops::{DropReason, Dropped};
pub use exposition::Exposition;
pub use handle::{Counter, Distinct, Distribution};
pub use history::{History, HistoryQuery, HistorySeries};
pub use options::{CollectorOptions, RetentionTier};
#[cfg(feature = "otlp")]
pub(crate) use reading::{QUANTILES, Reading};
pub use types::{BatchOutcome, MetricInfo, MetricType, WindowStats};

use distribution::Times;
use drops::Drops;
use registry::{Registry, Series, State};

/// Records metrics and answers what they were within the last minutes and hours.
///
/// Cheap to clone; clones share everything. All methods may be called from any number of threads.
///
/// ```
/// use opusclip_core::analytics::{Clock, Collector, CollectorOptions};
/// let collector = Collector::with_clock(CollectorOptions::default(), Clock::fixed(1_700_000_000.0))?;
/// let requests = collector.counter("requests", &[("endpoint", "/clips")])?;
/// requests.add(3.0)?;
/// for millisecond in 1..=100 {
///     collector.record("latency", f64::from(millisecond), &[("endpoint", "/clips")])?;
/// }
/// let latency = collector.window("latency", &[], "5m", None)?;
/// assert_eq!((latency.count, latency.mean), (100.0, Some(50.5)));
/// assert!((latency.p95.unwrap_or_default() - 95.0).abs() <= 0.96);
/// assert_eq!(collector.window("requests", &[], "1m", None)?.sum, 3.0);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Collector(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: CollectorOptions,
    clock: Clock,
    registry: Registry,
    drops: Drops,
    /// The bits of the time since which all is counted.
    started: AtomicU64,
}

/// Times outside of this many seconds around 1970 are a mistake of unit.
const FARTHEST: f64 = 1e11;

impl Collector {
    /// A collector by the system's clock.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`], with the option's name.
    pub fn new(options: CollectorOptions) -> Result<Self> {
        Self::with_clock(options, Clock::system())
    }

    /// A collector by a clock of the caller's own.
    ///
    /// # Errors
    /// As [`Collector::new`].
    pub fn with_clock(options: CollectorOptions, clock: Clock) -> Result<Self> {
        options.check()?;
        let registry = Registry::new(&options)?;
        let started = AtomicU64::new(clock.now().to_bits());
        Ok(Self(Arc::new(Inner { options, clock, registry, drops: Drops::default(), started })))
    }

    /// The options it was made with.
    pub fn options(&self) -> &CollectorOptions {
        &self.0.options
    }

    /// The clock it was made with.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// A counter with these labels, looked up once.
    ///
    /// # Errors
    /// [`ErrorCode::MetricInvalid`] for an impossible name or label, and where the metric is of another type.
    pub fn counter(&self, name: &str, labels: &[(&str, &str)]) -> Result<Counter> {
        let series = self.series(name, labels, Some(MetricType::Counter))?;
        Ok(Counter::new(Arc::clone(&self.0), series))
    }

    /// A gauge with these labels, looked up once.
    ///
    /// # Errors
    /// As [`Collector::counter`].
    pub fn gauge(&self, name: &str, labels: &[(&str, &str)]) -> Result<Distribution> {
        self.distribution(name, labels, MetricType::Gauge)
    }

    /// A histogram with these labels, looked up once.
    ///
    /// # Errors
    /// As [`Collector::counter`].
    pub fn histogram(&self, name: &str, labels: &[(&str, &str)]) -> Result<Distribution> {
        self.distribution(name, labels, MetricType::Histogram)
    }

    /// A summary with these labels, looked up once.
    ///
    /// # Errors
    /// As [`Collector::counter`].
    pub fn summary(&self, name: &str, labels: &[(&str, &str)]) -> Result<Distribution> {
        self.distribution(name, labels, MetricType::Summary)
    }

    /// Distinct members with these labels, looked up once.
    ///
    /// ```
    /// use opusclip_core::analytics::{Clock, Collector, CollectorOptions};
    /// let collector = Collector::with_clock(CollectorOptions::default(), Clock::fixed(1_700_000_000.0))?;
    /// let visitors = collector.distinct("visitors", &[("country", "at")])?;
    /// visitors.add_many(&["anna", "ben", "anna"], None)?;
    /// assert_eq!(collector.window("visitors", &[], "1h", None)?.distinct, Some(2.0));
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Collector::counter`].
    pub fn distinct(&self, name: &str, labels: &[(&str, &str)]) -> Result<Distinct> {
        let series = self.series(name, labels, Some(MetricType::Distinct))?;
        Ok(Distinct::new(Arc::clone(&self.0), series))
    }

    fn distribution(&self, name: &str, labels: &[(&str, &str)], metric_type: MetricType) -> Result<Distribution> {
        let series = self.series(name, labels, Some(metric_type))?;
        Ok(Distribution::new(Arc::clone(&self.0), series))
    }

    fn series(&self, name: &str, labels: &[(&str, &str)], wanted: Option<MetricType>) -> Result<Arc<Series>> {
        self.0.registry.series(name, labels, wanted, &self.0.drops)
    }

    /// Record a value now. A metric that is not there yet becomes a histogram.
    ///
    /// # Errors
    /// [`ErrorCode::MetricInvalid`] where the value, the name or a label is impossible.
    #[inline]
    pub fn record(&self, name: &str, value: f64, labels: &[(&str, &str)]) -> Result<()> {
        let now = self.0.clock.now();
        match self.0.registry.with(name, labels, |series| self.0.add(series, now, value)) {
            Some(done) => done,
            None => self.record_at(name, value, labels, now, None),
        }
    }

    /// Record a value at a time (Unix seconds), in any order. A metric that is not there yet becomes one of
    /// `metric_type`, or a histogram.
    ///
    /// # Errors
    /// [`ErrorCode::MetricInvalid`] where the value, the time, the name, a label or the type is impossible.
    pub fn record_at(
        &self,
        name: &str,
        value: f64,
        labels: &[(&str, &str)],
        time: f64,
        metric_type: Option<MetricType>,
    ) -> Result<()> {
        let series = self.series(name, labels, metric_type)?;
        self.0.add(&series, time, value)
    }

    /// Record many values of one series, at times of their own or now. What cannot be recorded is counted, not an
    /// error.
    ///
    /// # Errors
    /// [`ErrorCode::MetricInvalid`] where the name, a label or the type is impossible, or there are not as many times as
    /// values.
    pub fn record_many(
        &self,
        name: &str,
        values: &[f64],
        times: Option<&[f64]>,
        labels: &[(&str, &str)],
        metric_type: Option<MetricType>,
    ) -> Result<BatchOutcome> {
        let series = self.series(name, labels, metric_type)?;
        self.0.add_all(&series, values, times)
    }

    /// Unix seconds since when all is counted: the time when the collector was made, or the first one of those that were
    /// merged.
    pub fn started(&self) -> f64 {
        f64::from_bits(self.0.started.load(Ordering::Relaxed))
    }

    /// What was not recorded, or not as it was meant, by metric and reason.
    pub fn drops(&self) -> Vec<Dropped> {
        self.0.drops.list()
    }

    /// What kind of metric goes by a name.
    pub fn metric_type(&self, name: &str) -> Option<MetricType> {
        self.0.registry.metric_type(name)
    }

    /// All metrics in order of their names.
    pub fn metrics(&self) -> Vec<MetricInfo> {
        let info = |(name, metric): (Box<str>, registry::Metric)| MetricInfo {
            name: name.into(),
            metric_type: metric.metric_type,
            series: metric.series,
        };
        self.0.registry.metrics().into_iter().map(info).collect()
    }
}

impl Inner {
    #[inline]
    fn add(&self, series: &Series, time: f64, value: f64) -> Result<()> {
        let lowest = if series.metric_type == MetricType::Counter { 0.0 } else { f64::MIN };
        // False for NaN too.
        let sound = value >= lowest && value <= f64::MAX && time.abs() <= FARTHEST;
        if sound && self.put(series, time, value) {
            return Ok(());
        }
        Err(self.refused(series, time, value))
    }

    /// `false` where the time is older than what is kept, or too far ahead.
    #[inline]
    fn put(&self, series: &Series, time: f64, value: f64) -> bool {
        match &series.state {
            State::Counter(counter) => counter.add(clock::second(time), value, || self.ahead(time)),
            State::Distribution(distribution) => distribution.add(time, value, || self.ahead(time)),
            // Members are no numbers.
            State::Distinct(_) => false,
        }
    }

    fn add_member(&self, series: &Series, time: f64, member: &str, hash: u64) -> Result<()> {
        let State::Distinct(distinct) = &series.state else { return Err(self.refused(series, time, 0.0)) };
        if member.is_empty() {
            let message = format!("a member of {} is empty", series.name.shown());
            return Err(Error::new(ErrorCode::MetricInvalid, message).field("member"));
        }
        if time.abs() <= FARTHEST && distinct.add(clock::second(time), hash, || self.ahead(time)) {
            return Ok(());
        }
        Err(self.refused(series, time, 0.0))
    }

    /// Whether a time is later than the clock by more than is allowed. Asked once for each second of a series.
    fn ahead(&self, time: f64) -> bool {
        time > self.clock.now() + self.options.max_ahead
    }

    /// Count what was refused, and say why.
    #[cold]
    fn refused(&self, series: &Series, time: f64, value: f64) -> Error {
        let name = series.name.shown();
        if series.metric_type == MetricType::Distinct && value != 0.0 {
            return no_number(&name);
        }
        let (reason, message, field) = if !value.is_finite() {
            (DropReason::NotFinite, format!("{name} was given {value}"), "value")
        } else if series.metric_type == MetricType::Counter && value < 0.0 {
            (DropReason::Negative, format!("the counter {name} would fall by {}", -value), "value")
        } else if !time.is_finite() || time > FARTHEST || self.ahead(time) {
            let message =
                format!("the time {time} of {name} is more than {} s ahead of the clock", self.options.max_ahead);
            (DropReason::TooFarAhead, message, "timestamp")
        } else {
            (DropReason::TooOld, format!("the time {time} of {name} is older than what is kept"), "timestamp")
        };
        self.drops.count(&series.name.metric, reason);
        Error::new(ErrorCode::MetricInvalid, message).field(field)
    }

    fn add_all(&self, series: &Series, values: &[f64], times: Option<&[f64]>) -> Result<BatchOutcome> {
        same_length(values.len(), times)?;
        let now = self.clock.now();
        let mut outcome = BatchOutcome::default();
        match &series.state {
            State::Counter(_) => {
                let time = |at: usize| times.and_then(|times| times.get(at)).copied().unwrap_or(now);
                for (at, value) in values.iter().enumerate() {
                    outcome.count(self.add(series, time(at), *value).is_ok());
                }
            }
            State::Distribution(distribution) => {
                let times = times.map_or(Times::All(now), Times::Each);
                let refused = |time, value| {
                    self.refused(series, time, value);
                    outcome.dropped += 1;
                };
                distribution.add_all(times, values, |time| self.ahead(time), refused);
                outcome.recorded = values.len() as u64 - outcome.dropped;
            }
            State::Distinct(_) => return Err(no_number(&series.name.shown())),
        }
        Ok(outcome)
    }
}

fn same_length(values: usize, times: Option<&[f64]>) -> Result<()> {
    match times {
        Some(times) if times.len() != values => {
            let message = format!("{} times for {values} values", times.len());
            Err(Error::new(ErrorCode::MetricInvalid, message).field("times"))
        }
        _ => Ok(()),
    }
}

fn no_number(name: &str) -> Error {
    let message = format!("{name} counts distinct members, which have names, not values");
    Error::new(ErrorCode::MetricInvalid, message).field("value").hint("ask for its distinct members and add to them")
}
