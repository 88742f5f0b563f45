//! Worker processes for JavaScript; `scaling.js` stands before it.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;
use opusclip_core::Control;
use opusclip_core::scaling::ScalingRequest;
use opusclip_core::scaling::pool::{PoolOptions, ProcessPool};
use serde::Deserialize;

use crate::calls::without_own;
use crate::convert::{self, Names};
use crate::options::Options;
use crate::{errors, job};

/// The core's pool.
#[napi]
pub struct NativePool(Arc<ProcessPool>);

impl Drop for NativePool {
    fn drop(&mut self) {
        let pool = Arc::clone(&self.0);
        // To stop may take as long as the instances do, and the main thread does not wait for that. Where no thread can be
        // started, it does.
        drop(std::thread::Builder::new().name("opusclip-pool".into()).spawn(move || drop(pool)));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patience {
    timeout: Option<f64>,
}

#[napi]
impl NativePool {
    /// A pool without instances. Names of environment variables are nobody's to change.
    #[napi(constructor)]
    pub fn new(env: &Env, options: Unknown<'_>, variables: Unknown<'_>) -> napi::Result<Self> {
        let made = || {
            let mut options: PoolOptions = convert::read(options, "options")?;
            options.env = convert::read_named(variables, "env")?.into_iter().collect();
            ProcessPool::new(options)
        };
        made().map(|pool| Self(Arc::new(pool))).map_err(|error| errors::thrown(env, error, None))
    }

    /// The options with every default.
    #[napi]
    pub fn options(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.0.options()))
    }

    /// Ask for so many instances.
    #[napi]
    pub fn scale_to(&self, env: &Env, instances: Unknown<'_>) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.0.scale_to(convert::read(instances, "instances")?))
    }

    /// Wait until they are there.
    #[napi]
    pub fn wait<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        job::start(env, || {
            let mut options = Options::read(options)?;
            let Patience { timeout } = options.rest()?;
            let pool = Arc::clone(&self.0);
            Ok((options, move |control: &Control| pool.wait(timeout, control)))
        })
    }

    /// Carry out what was decided.
    #[napi]
    pub fn execute<'env>(
        &self,
        env: &'env Env,
        request: Unknown<'_>,
        options: Unknown<'_>,
    ) -> napi::Result<Object<'env>> {
        job::start(env, || {
            let request: ScalingRequest = convert::read(request, "request")?;
            let mut options = Options::read(options)?;
            let Patience { timeout } = options.rest()?;
            let pool = Arc::clone(&self.0);
            Ok((options, move |control: &Control| pool.execute(&request, timeout, control)))
        })
    }

    /// How it stands.
    #[napi]
    pub fn status(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.0.status()))
    }

    /// Stop all instances.
    #[napi]
    pub fn stop<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        job::start(env, || {
            let pool = Arc::clone(&self.0);
            Ok((without_own(options)?, move |control: &Control| pool.stop(control)))
        })
    }
}
