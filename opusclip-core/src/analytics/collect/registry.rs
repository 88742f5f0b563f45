//! All series by their names.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use papaya::HashMap;
use parking_lot::RwLock;

use super::counter::CounterSeries;
use super::distinct::DistinctSeries;
use super::distribution::DistributionSeries;
use super::drops::{DropReason, Drops};
use super::name::{Name, NameHash, shown};
use super::options::CollectorOptions;
use super::raw::Budget;
use super::tiers::Plan;
use super::types::MetricType;
use crate::error::{Error, ErrorCode, Result};

/// One metric with one set of labels.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: Name,
    pub(super) metric_type: MetricType,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    Counter(CounterSeries),
    Distribution(DistributionSeries),
    Distinct(DistinctSeries),
}

/// What is known of a metric, whatever its labels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metric {
    pub(super) metric_type: MetricType,
    pub(super) series: usize,
}

/// Series by name. Looking one up takes no lock; making one takes that of all metrics.
#[derive(Debug)]
pub(super) struct Registry {
    hash: NameHash,
    /// By the hash of their names; of two names with the same hash the second has the next number.
    series: HashMap<u64, Arc<Series>, FixedState>,
    metrics: RwLock<BTreeMap<Box<str>, Metric>>,
    plan: Arc<Plan>,
    accuracy: f64,
    budget: Arc<Budget>,
    most_of_metric: usize,
    most: usize,
}

const OVERFLOW: [(&str, &str); 1] = [("overflow", "true")];

impl Registry {
    pub(super) fn new(options: &CollectorOptions) -> Result<Self> {
        Ok(Self {
            hash: NameHash::default(),
            series: HashMap::with_hasher(FixedState::default()),
            metrics: RwLock::default(),
            plan: Arc::new(options.plan()?),
            accuracy: options.relative_error,
            budget: Arc::new(Budget::new(options.max_buffer_size)),
            most_of_metric: options.max_series_per_metric,
            most: options.max_series,
        })
    }

    /// A series that is there.
    pub(super) fn find(&self, metric: &str, labels: &[(&str, &str)]) -> Option<Arc<Series>> {
        self.with(metric, labels, Arc::clone)
    }

    /// Call with a series that is there, without counting a reference to it.
    #[inline]
    pub(super) fn with<T>(
        &self,
        metric: &str,
        labels: &[(&str, &str)],
        call: impl FnOnce(&Arc<Series>) -> T,
    ) -> Option<T> {
        let series = self.series.pin();
        let mut key = self.hash.of(metric, labels);
        loop {
            let found = series.get(&key)?;
            if found.name.is(metric, labels) {
                return Some(call(found));
            }
            key = key.wrapping_add(1);
        }
    }

    /// A series, made where it is new. Beyond the limits it is the metric's series for all else.
    pub(super) fn series(
        &self,
        metric: &str,
        labels: &[(&str, &str)],
        wanted: Option<MetricType>,
        drops: &Drops,
    ) -> Result<Arc<Series>> {
        let found = match self.find(metric, labels) {
            Some(found) => found,
            None => self.make(metric, labels, wanted, drops)?,
        };
        match wanted {
            Some(wanted) if wanted != found.metric_type => Err(wrong_type(metric, found.metric_type, wanted)),
            _ => Ok(found),
        }
    }

    fn make(
        &self,
        metric: &str,
        labels: &[(&str, &str)],
        wanted: Option<MetricType>,
        drops: &Drops,
    ) -> Result<Arc<Series>> {
        let name = Name::new(metric, labels)?;
        let mut metrics = self.metrics.write();
        let all: usize = metrics.values().map(|metric| metric.series).sum();
        let known = metrics.get(metric).copied();
        let metric_type = match (known, wanted) {
            (Some(known), Some(wanted)) if known.metric_type != wanted => {
                return Err(wrong_type(metric, known.metric_type, wanted));
            }
            (Some(known), _) => known.metric_type,
            (None, wanted) => wanted.unwrap_or(MetricType::Histogram),
        };
        let full = known.is_some_and(|known| known.series >= self.most_of_metric) || all >= self.most;
        let name = if full {
            drops.count(metric, DropReason::TooManySeries);
            // The series for all else is not counted, so that there is always room for it.
            Name::new(metric, &OVERFLOW)?
        } else {
            name
        };
        let entry = metrics.entry(metric.into()).or_insert(Metric { metric_type, series: 0 });
        // Another thread may have made it since we looked; none can now.
        if let Some(found) = self.find(&name.metric, &name.labels()) {
            return Ok(found);
        }
        entry.series += usize::from(!full);
        let state = match metric_type {
            MetricType::Counter => State::Counter(CounterSeries::new(Arc::clone(&self.plan))),
            MetricType::Distinct => State::Distinct(DistinctSeries::new(Arc::clone(&self.plan))),
            _ => State::Distribution(DistributionSeries::new(
                Arc::clone(&self.plan),
                self.accuracy,
                Arc::clone(&self.budget),
            )),
        };
        let series = Arc::new(Series { name, metric_type, state });
        let all = self.series.pin();
        let mut key = self.hash.of(&series.name.metric, &series.name.labels());
        while all.contains_key(&key) {
            key = key.wrapping_add(1);
        }
        all.insert(key, Arc::clone(&series));
        Ok(series)
    }

    /// All series of a metric that have these labels among theirs, in order of their names.
    pub(super) fn matching(&self, metric: &str, labels: &[(&str, &str)]) -> Result<Vec<Arc<Series>>> {
        let metrics = self.metrics.read();
        if !metrics.contains_key(metric) {
            return Err(unknown(metric, metrics.keys().map(|known| &**known)));
        }
        drop(metrics);
        let mut found = self.all_where(|series| *series.name.metric == *metric && series.name.has(labels));
        if found.is_empty() {
            let message = format!("there is no series {}", shown(metric, labels));
            let others = self.all_where(|series| *series.name.metric == *metric);
            let some: Vec<String> = others.iter().take(5).map(|series| series.name.shown()).collect();
            return Err(Error::new(ErrorCode::MetricUnknown, message)
                .field("labels")
                .hint(format!("there are {}", some.join(", "))));
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// All series, in order of their names.
    pub(super) fn all(&self) -> Vec<Arc<Series>> {
        let mut all = self.all_where(|_| true);
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    fn all_where(&self, wanted: impl Fn(&Series) -> bool) -> Vec<Arc<Series>> {
        self.series.pin().values().filter(|series| wanted(series)).cloned().collect()
    }

    /// Names of metrics with what is known of them.
    pub(super) fn metrics(&self) -> BTreeMap<Box<str>, Metric> {
        self.metrics.read().clone()
    }

    /// What kind of metric goes by a name.
    pub(super) fn metric_type(&self, metric: &str) -> Option<MetricType> {
        self.metrics.read().get(metric).map(|known| known.metric_type)
    }
}

fn wrong_type(metric: &str, is: MetricType, wanted: MetricType) -> Error {
    let message = format!("{metric} is a {}, not a {}", is.as_str(), wanted.as_str());
    Error::new(ErrorCode::MetricInvalid, message).field("metric_type").hint("give one of them another name")
}

/// Names of this many metrics are listed.
const LISTED: usize = 20;

fn unknown<'a>(metric: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.collect();
    let error = Error::new(ErrorCode::MetricUnknown, format!("there is no metric {metric:?}")).field("name");
    error.hint(crate::config::alternatives(metric, &known, LISTED))
}
