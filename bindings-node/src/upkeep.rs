//! What keeps the instances of a load balancer as they should be, for JavaScript: `checker.js` and `fleet.js` stand before it.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use std::collections::BTreeMap;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use opusclip_core::Result;
use opusclip_core::balance::{CheckerOptions, Fleet};

use crate::balancer::{NativeBalancer, described};
use crate::convert::Names;
use crate::{balancer, errors, job};

/// What a check asks of an instance.
#[napi]
pub struct NativeCheckRules(CheckerOptions);

#[napi]
impl NativeCheckRules {
    /// For a balancer, by options.
    #[napi(constructor)]
    pub fn new(env: &Env, balancer: &NativeBalancer, options: Unknown<'_>) -> napi::Result<Self> {
        let made = || -> Result<CheckerOptions> {
            let options: CheckerOptions = balancer::read(options, "")?;
            options.check_for(&balancer.core).map(|()| options)
        };
        made().map(Self).map_err(|error| errors::thrown(env, error, None))
    }

    /// Where the check of an instance at this address goes.
    #[napi]
    pub fn target(&self, env: &Env, address: String) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.0.target(&address))
    }

    /// What is wrong with an answer of this status, if anything is.
    #[napi]
    pub fn refusal(&self, status: u16) -> Option<String> {
        self.0.refusal(status)
    }

    /// All options.
    #[napi]
    pub fn options(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(&self.0))
    }
}

/// Instances that an autoscaler starts and stops.
#[napi]
pub struct NativeFleet(Fleet);

#[napi]
impl NativeFleet {
    /// Of a balancer, by options.
    #[napi(constructor)]
    pub fn new(env: &Env, balancer: &NativeBalancer, options: Unknown<'_>) -> napi::Result<Self> {
        let made = || -> Result<Fleet> { Fleet::new(&balancer.core, balancer::read(options, "")?) };
        made().map(Self).map_err(|error| errors::thrown(env, error, None))
    }

    /// Instances that run now.
    #[napi]
    pub fn join(
        &self,
        env: &Env,
        instances: Unknown<'_>,
        metadata: Vec<Option<BTreeMap<String, String>>>,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Kept, || self.0.join(&described(instances, metadata)?, now))
    }

    /// How many there should be, and how many are on their way.
    #[napi]
    pub fn resize(&self, env: &Env, target: u32, starting: u32, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.0.resize(target, starting, now))
    }

    /// These leave.
    #[napi]
    pub fn leave(&self, env: &Env, ids: Vec<String>, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.0.leave(&ids, now))
    }

    /// Those that may be stopped now.
    #[napi]
    pub fn stoppable(&self, env: &Env, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.0.stoppable(now))
    }
}
