//! Lists of instances for JavaScript, and what HTTP says about sending a request again.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use opusclip_core::balance::discovery::{self, EndpointOptions, Refresh, SrvRecord};
use opusclip_core::balance::http;
use opusclip_core::{Error, ErrorCode, Result};

use crate::convert::{self, Names};
use crate::{balancer, errors, job};

/// Instances of the addresses of a name, each once, in an order that does not depend on the answer's.
///
/// @example
/// balancer.setInstances(instancesOfAddresses(await resolve4('workers.internal'), { scheme: 'http', port: '8000' }))
#[napi(ts_args_type = "addresses: string[], options: EndpointOptions", ts_return_type = "InstanceSpec[]")]
pub fn instances_of_addresses(
    env: &Env,
    addresses: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let addresses: Vec<String> = convert::read(addresses, "addresses")?;
        discovery::instances_of_addresses(&addresses, &balancer::read(options, "")?)
    })
}

/// Instances of the SRV records of a name (RFC 2782): priorities become tiers, weights stay.
///
/// @example
/// balancer.setInstances(instancesOfSrv(await resolveSrv('_http._tcp.workers.internal'), { scheme: 'http' }))
#[napi(ts_args_type = "records: SrvRecord[], options?: EndpointOptions", ts_return_type = "InstanceSpec[]")]
pub fn instances_of_srv(env: &Env, records: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let records: Vec<SrvRecord> = convert::read(records, "records")?;
        discovery::instances_of_srv(&records, &balancer::read(options, "")?)
    })
}

/// Instances of the `EndpointSlice` objects of one service (Kubernetes, `discovery.k8s.io/v1`), as JSON: a list as the
/// server gives it, an array of objects, or one. Those that are ready; where none is, those that terminate but still serve.
///
/// @example
/// const url = `${api}/apis/discovery.k8s.io/v1/namespaces/media/endpointslices?labelSelector=kubernetes.io/service-name=render`
/// balancer.setInstances(instancesOfSlices(await (await fetch(url)).text(), { scheme: 'http', port: 'http' }))
#[napi(ts_args_type = "slices: string, options?: EndpointOptions", ts_return_type = "InstanceSpec[]")]
pub fn instances_of_slices(env: &Env, slices: String, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let read = |error: serde_json::Error| Error::new(ErrorCode::DataInvalid, error.to_string()).field("slices");
        let options: EndpointOptions = balancer::read(options, "")?;
        discovery::instances_of_slices(&serde_json::from_str(&slices).map_err(read)?, &options)
    })
}

/// Whether a request of this method may be sent twice (RFC 9110, section 9.2.2). Names of methods are in capitals.
#[napi]
pub fn is_idempotent(method: String) -> bool {
    http::is_idempotent(&method)
}

/// Whether another instance may answer better than with this HTTP status: 429, 500, 502, 503, 504.
#[napi]
pub fn is_retryable(status: u16) -> bool {
    http::is_retryable(status)
}

/// For how many seconds from `now` (Unix seconds) a field `Retry-After` asks for patience, by seconds or by a date (RFC
/// 9110, section 10.2.3); null for what is neither.
///
/// @example
/// pick.report({ status: 503, retryAfter: retryAfter(response.headers.get('retry-after'), Date.now() / 1000) ?? undefined })
#[napi]
pub fn retry_after(value: Option<String>, now: f64) -> Option<f64> {
    value.and_then(|value| http::retry_after(&value, now))
}

/// When a source is asked again; `discovery.js` stands before it.
#[napi]
pub struct NativeRefresh(Refresh);

#[napi]
impl NativeRefresh {
    /// By options.
    #[napi(constructor)]
    pub fn new(env: &Env, options: Unknown<'_>) -> napi::Result<Self> {
        let made = || -> Result<Refresh> { Refresh::new(balancer::read(options, "")?) };
        made().map(Self).map_err(|error| errors::thrown(env, error, None))
    }

    /// A look ended; gives when the next one is due.
    #[napi]
    pub fn looked(&mut self, env: &Env, succeeded: bool, now: f64) -> napi::Result<f64> {
        self.0.looked(succeeded, now).map_err(|error| errors::thrown(env, error, None))
    }

    /// Looks that have failed since the last one that did not.
    #[napi]
    pub fn failures(&self) -> u32 {
        self.0.failures()
    }
}
