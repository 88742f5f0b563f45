//! Metrics recorded from JavaScript. `analytics.js` gathers observations and hands them over in batches.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use std::collections::BTreeMap;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Float64Array, Uint32Array, Unknown};
use napi_derive::napi;
use opusclip_core::analytics::{self, AnalysisRequest, BatchOutcome, Clock, CollectorOptions, Exposition, MetricType};
use opusclip_core::{Error, ErrorCode, Result, config};
use serde_json::Value;

use crate::convert::{self, Names};
use crate::{errors, job};

/// The core's collector with the series that were looked up.
#[napi]
pub struct NativeCollector {
    pub(crate) core: analytics::Collector,
    handles: Vec<Handle>,
}

enum Handle {
    Counter(analytics::Counter),
    Distribution(analytics::Distribution),
    Distinct(analytics::Distinct),
}

impl Handle {
    fn record(&self, value: f64, time: Option<f64>) -> Result<()> {
        match (self, time) {
            (Self::Counter(counter), None) => counter.add(value),
            (Self::Counter(counter), Some(time)) => counter.add_at(value, time),
            (Self::Distribution(distribution), None) => distribution.record(value),
            (Self::Distribution(distribution), Some(time)) => distribution.record_at(value, time),
            (Self::Distinct(_), _) => {
                Err(Error::new(ErrorCode::MetricInvalid, "distinct members are no numbers").field("value"))
            }
        }
    }

    fn add_members(&self, members: &[String], times: Option<&[f64]>) -> Result<BatchOutcome> {
        match self {
            Self::Distinct(distinct) => distinct.add_many(members, times),
            _ => Err(Error::new(ErrorCode::MetricInvalid, "this metric has no members").field("name")),
        }
    }
}

#[napi]
impl NativeCollector {
    /// A collector by options or a snapshot; windows go by names that are nobody's to change.
    #[napi(constructor)]
    pub fn new(
        env: &Env,
        options: Unknown<'_>,
        windows: Option<BTreeMap<String, u32>>,
        now: Option<f64>,
        snapshot: Option<Buffer>,
    ) -> napi::Result<Self> {
        let made = || {
            let clock = now.map_or_else(Clock::system, Clock::fixed);
            if let Some(snapshot) = snapshot {
                return analytics::Collector::restore(&snapshot, clock);
            }
            let options = convert::from_js(options, "")?.unwrap_or(Value::Object(serde_json::Map::default()));
            let mut options: CollectorOptions = config::from_json(options)?;
            options.time_windows = windows.unwrap_or(options.time_windows);
            analytics::Collector::with_clock(options, clock)
        };
        let core = made().map_err(|error: Error| errors::thrown(env, error, None))?;
        Ok(Self { core, handles: Vec::new() })
    }

    /// Look a series up. Labels are names and values in turn.
    #[napi]
    pub fn bind(
        &mut self,
        env: &Env,
        metric_type: Option<String>,
        name: String,
        labels: Vec<String>,
    ) -> napi::Result<u32> {
        let handle =
            self.handle(metric_type, &name, &pairs(&labels)).map_err(|error| errors::thrown(env, error, None))?;
        self.handles.push(handle);
        Ok(self.handles.len() as u32 - 1)
    }

    fn handle(&self, metric_type: Option<String>, name: &str, labels: &[(&str, &str)]) -> Result<Handle> {
        let read = |text: String| config::from_json(Value::String(text)).map_err(|error| error.field("metric_type"));
        let wanted = metric_type.map(read).transpose()?.or_else(|| self.core.metric_type(name));
        Ok(match wanted {
            Some(MetricType::Counter) => Handle::Counter(self.core.counter(name, labels)?),
            Some(MetricType::Gauge) => Handle::Distribution(self.core.gauge(name, labels)?),
            Some(MetricType::Summary) => Handle::Distribution(self.core.summary(name, labels)?),
            Some(MetricType::Distinct) => Handle::Distinct(self.core.distinct(name, labels)?),
            _ => Handle::Distribution(self.core.histogram(name, labels)?),
        })
    }

    /// Record a value of a series that was looked up.
    #[napi]
    pub fn record(&self, env: &Env, handle: u32, value: f64, time: Option<f64>) -> napi::Result<()> {
        let recorded = self.handles.get(handle as usize).map_or(Ok(()), |handle| handle.record(value, time));
        recorded.map_err(|error| errors::thrown(env, error, None))
    }

    /// Record a value of a series that is looked up for it alone.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the JavaScript method")]
    pub fn record_named(
        &self,
        env: &Env,
        metric_type: Option<String>,
        name: String,
        labels: Vec<String>,
        value: f64,
        time: Option<f64>,
    ) -> napi::Result<()> {
        let recorded = self.handle(metric_type, &name, &pairs(&labels)).and_then(|handle| handle.record(value, time));
        recorded.map_err(|error| errors::thrown(env, error, None))
    }

    /// Record what was gathered, all of it now. What is refused is counted.
    #[napi]
    pub fn drain(&self, handles: Uint32Array, values: Float64Array, count: u32) {
        for (handle, value) in handles.iter().zip(values.iter()).take(count as usize) {
            if let Some(handle) = self.handles.get(*handle as usize) {
                // Counted where it is refused.
                let _ = handle.record(*value, None);
            }
        }
    }

    /// Record an array of values of one series, at times of their own or now.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the JavaScript method")]
    pub fn record_many(
        &self,
        env: &Env,
        metric_type: Option<String>,
        name: String,
        labels: Vec<String>,
        values: Float64Array,
        times: Option<Float64Array>,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || match self.handle(metric_type, &name, &pairs(&labels))? {
            Handle::Distribution(distribution) => distribution.record_many(&values, times.as_deref()),
            Handle::Counter(counter) => counter.add_many(&values, times.as_deref()),
            other => other.record(0.0, None).map(|()| BatchOutcome::default()),
        })
    }

    /// Count distinct members of a series that was looked up, at times of their own or now.
    #[napi]
    pub fn add_members(
        &self,
        env: &Env,
        handle: u32,
        members: Vec<String>,
        times: Option<Float64Array>,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || match self.handles.get(handle as usize) {
            Some(handle) => handle.add_members(&members, times.as_deref()),
            None => Ok(BatchOutcome::default()),
        })
    }

    /// What a metric was within a window.
    #[napi]
    pub fn window(
        &self,
        env: &Env,
        name: String,
        window: String,
        labels: Vec<String>,
        now: Option<f64>,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.window(&name, &pairs(&labels), &window, now))
    }

    /// What a metric was within every window.
    #[napi]
    pub fn windows(
        &self,
        env: &Env,
        name: String,
        labels: Vec<String>,
        now: Option<f64>,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.windows(&name, &pairs(&labels), now))
    }

    /// All metrics.
    #[napi]
    pub fn metrics(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.core.metrics()))
    }

    /// What was not recorded as it was meant.
    #[napi]
    pub fn drops(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.core.drops()))
    }

    /// One call for every analysis.
    #[napi]
    pub fn process(
        &self,
        env: &Env,
        request: Unknown<'_>,
        labels: Vec<String>,
        now: Option<f64>,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || {
            let mut request: AnalysisRequest = convert::read(request, "request")?;
            let labels = pairs(&labels).into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
            request.labels = labels.collect();
            self.core.process(&request, now)
        })
    }

    /// All of it at a glance.
    #[napi]
    pub fn dashboard(&self, env: &Env, now: Option<f64>) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.dashboard(now))
    }

    /// All that was recorded, as bytes.
    #[napi]
    pub fn snapshot(&self, env: &Env) -> napi::Result<Buffer> {
        self.core.snapshot().map(Buffer::from).map_err(|error| errors::thrown(env, error, None))
    }

    /// Add what another collector recorded.
    #[napi]
    pub fn merge(&self, env: &Env, snapshot: Buffer) -> napi::Result<()> {
        self.core.merge(&snapshot).map_err(|error| errors::thrown(env, error, None))
    }

    /// Write a snapshot into a file.
    #[napi]
    pub fn save(&self, env: &Env, path: Unknown<'_>) -> napi::Result<()> {
        let saved = convert::path(path, "path").and_then(|path| self.core.save(path));
        saved.map_err(|error| errors::thrown(env, error, None))
    }

    /// All metrics as text for Prometheus.
    #[napi]
    pub fn exposition(
        &self,
        env: &Env,
        format: Unknown<'_>,
        window: String,
        now: Option<f64>,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Kept, || {
            let format: Exposition = convert::read(format, "format")?;
            self.core.exposition(format, &window, now)
        })
    }
}

pub(crate) fn pairs(labels: &[String]) -> Vec<(&str, &str)> {
    labels.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect()
}
