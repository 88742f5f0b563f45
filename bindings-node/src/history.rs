//! What a collector keeps, handed to files and other engines.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use std::collections::BTreeMap;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Float64Array, JsObjectValue as _, Object, Uint32Array, Unknown};
use napi_derive::napi;
use opusclip_core::analytics::HistoryQuery;
use opusclip_core::analytics::export::{HistoryFormat, OtlpTarget};
use opusclip_core::config;
use serde_json::Value;

use crate::collector::{NativeCollector, pairs};
use crate::convert::{self, Names};
use crate::options::Options;
use crate::{errors, job};

#[napi]
impl NativeCollector {
    /// All that is kept, as columns.
    #[napi]
    pub fn history<'env>(&self, env: &'env Env, query: Unknown<'_>, labels: Vec<String>) -> napi::Result<Object<'env>> {
        let history = read_query(query, &labels).and_then(|query| self.core.history(&query));
        let mut history = history.map_err(|error| errors::thrown(env, error, None))?;
        let mut columns = Object::new(env)?;
        for (name, column) in history.take_figures() {
            columns.set_named_property(name, Float64Array::new(column))?;
        }
        columns.set_named_property("series", job::at_once(env, Names::Camel, || Ok(history.series))?)?;
        columns.set_named_property("ofSeries", Uint32Array::new(history.of_series))?;
        // Exact: whole seconds.
        let start: Vec<f64> = history.start.iter().map(|start| *start as f64).collect();
        columns.set_named_property("start", Float64Array::new(start))?;
        columns.set_named_property("seconds", Uint32Array::new(history.seconds))?;
        Ok(columns)
    }

    /// Write all that is kept into a file.
    #[napi]
    pub fn export_history<'env>(
        &self,
        env: &'env Env,
        path: Unknown<'_>,
        format: Option<String>,
        query: Unknown<'_>,
        labels: Vec<String>,
    ) -> napi::Result<Object<'env>> {
        let core = self.core.clone();
        job::start(env, || {
            let (path, format) = (convert::path(path, "path")?, format.map(read_format).transpose()?);
            let query = read_query(query, &labels)?;
            Ok((Options::default(), move |_: &_| core.history(&query)?.save(path, format)))
        })
    }

    /// Move what is kept beyond the longest window into a file.
    #[napi]
    pub fn spill<'env>(
        &self,
        env: &'env Env,
        folder: Unknown<'_>,
        format: String,
        now: Option<f64>,
    ) -> napi::Result<Object<'env>> {
        let core = self.core.clone();
        job::start(env, || {
            let (folder, format) = (convert::path(folder, "folder")?, read_format(format)?);
            Ok((Options::default(), move |_: &_| core.spill(folder, format, now)))
        })
    }

    /// The body of an OTLP request.
    #[napi]
    pub fn otlp(
        &self,
        env: &Env,
        resource: BTreeMap<String, String>,
        window: String,
        now: Option<f64>,
    ) -> napi::Result<Buffer> {
        let body = self.core.otlp(&resource, &window, now);
        body.map(Buffer::from).map_err(|error| errors::thrown(env, error, None))
    }

    /// Send all metrics to an OpenTelemetry collector. Names of headers and of attributes are nobody's to change.
    #[napi]
    pub fn push_otlp<'env>(
        &self,
        env: &'env Env,
        target: Unknown<'_>,
        headers: Option<BTreeMap<String, String>>,
        resource: Option<BTreeMap<String, String>>,
        now: Option<f64>,
    ) -> napi::Result<Object<'env>> {
        let core = self.core.clone();
        job::start(env, || {
            let mut target: OtlpTarget = convert::read(target, "target")?;
            target.headers = headers.unwrap_or(target.headers);
            target.resource = resource.unwrap_or(target.resource);
            Ok((Options::default(), move |_: &_| core.push_otlp(&target, now)))
        })
    }
}

fn read_query(query: Unknown<'_>, labels: &[String]) -> opusclip_core::Result<HistoryQuery> {
    let mut query: HistoryQuery = convert::read(query, "query")?;
    query.labels = pairs(labels).into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    Ok(query)
}

fn read_format(format: String) -> opusclip_core::Result<HistoryFormat> {
    config::from_json(Value::String(format)).map_err(|error| error.field("format"))
}
