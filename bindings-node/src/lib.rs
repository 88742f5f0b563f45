//! Node bindings of opusclip: convert, call once, convert back.
//!
//! | module | what is in it |
//! |---|---|
//! | `analyses` | analyses of arrays |
//! | `balancer` | a load balancer; `performance.js` stands before it |
//! | `business` | business figures of columns |
//! | `collector` | metrics recorded and asked; `analytics.js` stands before it |
//! | `history` | what a collector keeps, handed to files and other engines |
//! | `calls` | the functions that JavaScript sees |
//! | `pool` | worker processes; `scaling.js` stands before it |
//! | `scaler` | the scaling engine; `scaling.js` stands before it |
//! | `upkeep` | what keeps the instances of a load balancer as they should be; `checker.js` and `fleet.js` stand before it |
//! | `words` | those about transcripts and texts |
//! | `job` | work off the main thread: promise, abort signal, progress |
//! | `hooks` | callbacks written in JavaScript |
//! | `options` | arguments taken apart, checked for their JavaScript type only |
//! | `convert` | JavaScript values to JSON values and back, names in camel case to names in snake case and back |
//! | `errors` | the core's errors as JavaScript errors |
//!
//! Doc comments on `#[napi]` items become the documentation in `index.d.ts`.

pub mod analyses;
pub mod balancer;
pub mod business;
pub mod calls;
pub mod collector;
mod convert;
pub mod discovery;
mod errors;
pub mod history;
mod hooks;
mod job;
mod options;
pub mod pool;
pub mod scaler;
pub mod upkeep;
pub mod words;

use napi::Env;
use napi::bindgen_prelude::{Function, FunctionRef, JsObjectValue as _, Object, Unknown};
use napi_derive::napi;

/// What belongs to one JavaScript environment (the main thread or one worker).
pub(crate) struct Addon {
    pub(crate) error_class: errors::ErrorClass,
    /// A function that does nothing.
    pub(crate) idle: FunctionRef<(), Unknown<'static>>,
    pub(crate) jobs: job::Jobs,
}

impl Addon {
    pub(crate) fn of(env: &Env) -> napi::Result<&'static Self> {
        let addon = env.get_instance_data::<Self>()?;
        addon
            .map(|addon| &*addon)
            .ok_or_else(|| napi::Error::from_reason("opusclip was not loaded in this environment"))
    }
}

/// What Node calls when it loads the addon into an environment.
#[napi(module_exports)]
pub fn load(mut exports: Object<'_>, env: Env) -> napi::Result<()> {
    let class = errors::define_class(&env)?;
    let error_class = class.create_ref()?;
    exports.set_named_property("OpusClipError", class)?;
    let idle: Function<'_, (), Unknown<'static>> = env.run_script("(() => {})")?;
    let jobs = job::Jobs::default();
    job::stop_at_exit(&env, &jobs)?;
    env.set_instance_data(Addon { error_class, idle: idle.create_ref()?, jobs }, (), |_| {})
}
