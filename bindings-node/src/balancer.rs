//! A load balancer for JavaScript. `performance.js` stands before it: what it hands out there are guards, here numbers.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use napi::bindgen_prelude::{FnArgs, FromNapiValue as _, Function, Uint8Array, Unknown};
use napi::{Env, ValueType};
use napi_derive::napi;
use opusclip_core::balance::discovery::InstanceSpec;
use opusclip_core::balance::{
    self, BalancerOptions, LoadBalancer, LoadReport, PickRequest, Picked, Probe, RequestEnd, RequestOutcome, Subset,
};
use opusclip_core::{Error, ErrorCode, Result, config};
use serde_json::{Map, Value};

use crate::convert::{self, Names};
use crate::{errors, job};

/// The core's balancer with the requests that JavaScript has in flight.
#[napi]
pub struct NativeBalancer {
    pub(crate) core: Rc<LoadBalancer>,
    flights: Rc<RefCell<Flights>>,
    /// Subsets that were handed out, by their numbers.
    subsets: Vec<Subset>,
}

/// The time, the place of a request that has succeeded and when; gives the place of a pick.
type Picker<'env> = Function<'env, FnArgs<(f64, i32, f64)>, f64>;

/// A request in flight. What belongs to one thread of JavaScript counts its references without other threads.
type Flying = Picked<Rc<LoadBalancer>>;

/// Requests in flight by their places.
#[derive(Default)]
struct Flights {
    picks: Vec<Option<Flying>>,
    empty: Vec<u32>,
}

/// A place and the number of an instance go into one JavaScript number: the place has so many values.
const PLACES: u32 = 1 << 24;

#[napi]
impl NativeBalancer {
    /// A balancer by options.
    #[napi(constructor)]
    pub fn new(env: &Env, options: Unknown<'_>) -> napi::Result<Self> {
        let made = || LoadBalancer::new(read::<BalancerOptions>(options, "")?);
        let core = made().map_err(|error| errors::thrown(env, error, None))?;
        Ok(Self { core: Rc::new(core), flights: Rc::default(), subsets: Vec::new() })
    }

    /// The way of most requests, as a function: it costs a third of what a method does. It gets the time, the place of a
    /// request that has succeeded before (none is -1), and when; it chooses an instance for a request that asks for
    /// nothing, and gives its place, and above that the number of the instance.
    #[napi]
    pub fn picker<'env>(&self, env: &'env Env) -> napi::Result<Picker<'env>> {
        let (core, flights) = (Rc::clone(&self.core), Rc::clone(&self.flights));
        env.create_function_from_closure("pick", move |context| {
            let (now, succeeded, ended): (f64, i32, f64) = (context.get(0)?, context.get(1)?, context.get(2)?);
            if succeeded >= 0 {
                flights.borrow_mut().succeed(succeeded as u32, ended);
            }
            let picked = Flying::new(Rc::clone(&core), &PickRequest::default(), now);
            let kept = picked.and_then(|pick| flights.borrow_mut().keep(pick));
            kept.map_err(|error| errors::thrown(context.env, error, None))
        })
    }

    /// The same for a request that asks for something.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the JavaScript method")]
    pub fn pick_for(
        &self,
        env: &Env,
        key: Unknown<'_>,
        exclude: Unknown<'_>,
        subset: Option<u32>,
        retry: bool,
        now: f64,
    ) -> napi::Result<f64> {
        let asked = self.asked(key, exclude, subset);
        let pick =
            |request: &PickRequest<'_>| Flying::new(Rc::clone(&self.core), &PickRequest { retry, ..*request }, now);
        let picked = asked.and_then(|asked| asked.with(pick));
        picked.and_then(|pick| self.flights.borrow_mut().keep(pick)).map_err(|error| errors::thrown(env, error, None))
    }

    /// The id of an instance for a request that is not followed.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the JavaScript method")]
    pub fn next_instance(
        &self,
        env: &Env,
        key: Unknown<'_>,
        exclude: Unknown<'_>,
        subset: Option<u32>,
        retry: bool,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Kept, || {
            let asked = self.asked(key, exclude, subset)?;
            asked.with(|request| self.core.next_instance(&PickRequest { retry, ..*request }, now))
        })
    }

    /// The id of the instance of a request in flight.
    #[napi]
    pub fn id_of(&self, place: u32) -> String {
        let flights = self.flights.borrow();
        flights.picks.get(place as usize).and_then(Option::as_ref).map_or_else(String::new, |pick| pick.id().to_owned())
    }

    /// What the instance of a request in flight was added with.
    #[napi]
    pub fn metadata_of(&self, place: u32) -> BTreeMap<String, String> {
        let flights = self.flights.borrow();
        let pick = flights.picks.get(place as usize).and_then(Option::as_ref);
        pick.and_then(Flying::metadata).cloned().unwrap_or_default()
    }

    /// A request has succeeded.
    #[napi]
    pub fn succeed(&self, place: u32, now: f64) {
        self.flights.borrow_mut().succeed(place, now);
    }

    /// A request has ended otherwise. It stays in flight where what is told cannot be.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the JavaScript method")]
    pub fn end(
        &self,
        env: &Env,
        place: u32,
        outcome: Unknown<'_>,
        status: Option<f64>,
        retry_after: Option<f64>,
        now: f64,
    ) -> napi::Result<()> {
        let end = end(outcome, status, retry_after, now).map_err(|error| errors::thrown(env, error, None))?;
        let pick = self.flights.borrow_mut().take(place);
        if let Some(mut pick) = pick {
            pick.end(end);
        }
        Ok(())
    }

    /// Nobody will tell how a request ended.
    #[napi]
    pub fn cancel(&self, place: u32) {
        drop(self.flights.borrow_mut().take(place));
    }

    /// How a request ended that is not followed.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the JavaScript method")]
    pub fn report(
        &self,
        env: &Env,
        id: String,
        seconds: f64,
        outcome: Unknown<'_>,
        status: Option<f64>,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| {
            let end = end(outcome, status, None, now)?;
            core.report(&id, end.outcome(), seconds, now)
        })
    }

    /// Add an instance; names of metadata are nobody's to change.
    #[napi]
    pub fn add_instance(
        &self,
        env: &Env,
        id: String,
        options: Unknown<'_>,
        metadata: Option<BTreeMap<String, String>>,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| {
            let mut options: balance::InstanceOptions = read(options, "")?;
            options.metadata = metadata.unwrap_or_default();
            core.add_instance(&id, options, now)
        })
    }

    /// Let these instances be there and no others; names of metadata, which stand beside, are nobody's to change.
    #[napi]
    pub fn set_instances(
        &self,
        env: &Env,
        instances: Unknown<'_>,
        metadata: Vec<Option<BTreeMap<String, String>>>,
        drain: f64,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.set_instances(&described(instances, metadata)?, drain, now))
    }

    /// Remove an instance at once.
    #[napi]
    pub fn remove_instance(&self, env: &Env, id: String, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.remove_instance(&id, now))
    }

    /// Give an instance no more requests; gives how many it has.
    #[napi]
    pub fn drain(&self, env: &Env, id: String, deadline: f64, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.drain(&id, deadline, now))
    }

    /// Take an instance out.
    #[napi]
    pub fn disable(&self, env: &Env, id: String, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.disable(&id, now))
    }

    /// Bring an instance back.
    #[napi]
    pub fn enable(&self, env: &Env, id: String, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.enable(&id, now))
    }

    /// Change a weight.
    #[napi]
    pub fn set_weight(&self, env: &Env, id: String, weight: f64, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.set_weight(&id, weight, now))
    }

    /// Say whether an instance is well.
    #[napi]
    pub fn set_instance_health(
        &self,
        env: &Env,
        id: String,
        healthy: bool,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.set_instance_health(&id, healthy, now))
    }

    /// Checks that are due, so many at most.
    #[napi]
    pub fn due_checks(&self, env: &Env, most: Option<u32>, now: f64) -> napi::Result<Unknown<'static>> {
        let most = most.map_or(usize::MAX, |most| most as usize);
        self.done(env, now, |core, now| core.due_checks_up_to(most, now))
    }

    /// When checks are due next.
    #[napi]
    pub fn next_check(&self) -> Option<f64> {
        self.core.next_check()
    }

    /// The answer of a check, and why it failed.
    #[napi]
    pub fn report_check(
        &self,
        env: &Env,
        id: String,
        passed: bool,
        reason: Option<String>,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| match reason.filter(|_| !passed) {
            Some(reason) => core.report_failed_check(&id, &reason, now),
            None => core.report_check(&id, passed, now),
        })
    }

    /// What an instance said of itself.
    #[napi]
    pub fn report_probe(&self, env: &Env, id: String, probe: Unknown<'_>, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.report_probe(&id, convert::read::<Probe>(probe, "probe")?, now))
    }

    /// How busy an instance says it is.
    #[napi]
    pub fn report_load(&self, env: &Env, id: String, report: Unknown<'_>, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| core.report_load(&id, convert::read::<LoadReport>(report, "report")?, now))
    }

    /// Instances with metadata; gives a number for [`NativeBalancer::pick_for`].
    #[napi]
    pub fn subset(&mut self, env: &Env, metadata: BTreeMap<String, String>, now: f64) -> napi::Result<u32> {
        let subset = self.core.subset(&metadata, now).map_err(|error| errors::thrown(env, error, None))?;
        let known = self.subsets.iter().position(|known| *known == subset);
        let number = known.unwrap_or_else(|| {
            self.subsets.push(subset);
            self.subsets.len() - 1
        });
        Ok(number as u32)
    }

    /// Seconds until a second instance is asked.
    #[napi]
    pub fn hedge_delay(&self) -> Option<f64> {
        self.core.hedge_delay()
    }

    /// The ids of all instances.
    #[napi]
    pub fn instance_ids(&self) -> Vec<String> {
        self.core.instance_ids()
    }

    /// The options it was made with.
    #[napi]
    pub fn options(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.core.options()))
    }

    /// Numbers of all instances.
    #[napi]
    pub fn snapshot(&self, env: &Env, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, LoadBalancer::snapshot)
    }

    /// The same as text for Prometheus.
    #[napi]
    pub fn exposition(&self, env: &Env, now: f64) -> napi::Result<Unknown<'static>> {
        self.done(env, now, LoadBalancer::exposition)
    }

    /// Who may have a request, and why not.
    #[napi]
    pub fn explain(
        &self,
        env: &Env,
        key: Unknown<'_>,
        exclude: Unknown<'_>,
        subset: Option<u32>,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        self.done(env, now, |core, now| self.asked(key, exclude, subset)?.with(|request| core.explain(request, now)))
    }

    /// What happened since the last call.
    #[napi]
    pub fn take_events(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.core.take_events()))
    }
}

impl NativeBalancer {
    /// Call the core at a time.
    fn done<T: serde::Serialize>(
        &self,
        env: &Env,
        now: f64,
        call: impl FnOnce(&LoadBalancer, f64) -> Result<T>,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || call(&self.core, now))
    }

    fn asked(&self, key: Unknown<'_>, exclude: Unknown<'_>, subset: Option<u32>) -> Result<Asked> {
        let exclude = convert::read_optional::<Vec<String>>(exclude, "exclude")?.unwrap_or_default();
        let subset = subset.map(|number| {
            let known = self.subsets.get(number as usize).copied();
            known.ok_or_else(|| {
                errors::invalid("subset", "it is none of this balancer").hint("ask this balancer for it")
            })
        });
        let subset = subset.transpose()?;
        Ok(Asked { key: self::key(key)?, exclude, subset })
    }
}

impl Flights {
    fn keep(&mut self, pick: Flying) -> Result<f64> {
        let number = pick.number();
        let place = match self.empty.pop() {
            Some(place) => place,
            None if self.picks.len() < PLACES as usize => {
                self.picks.push(None);
                self.picks.len() as u32 - 1
            }
            None => {
                let message = format!("{PLACES} requests are in flight");
                return Err(Error::new(ErrorCode::LimitExceeded, message).hint("end those that are over"));
            }
        };
        if let Some(kept) = self.picks.get_mut(place as usize) {
            *kept = Some(pick);
        }
        Ok(number as f64 * f64::from(PLACES) + f64::from(place))
    }

    fn take(&mut self, place: u32) -> Option<Flying> {
        let pick = self.picks.get_mut(place as usize)?.take()?;
        self.empty.push(place);
        Some(pick)
    }

    fn succeed(&mut self, place: u32, now: f64) {
        if let Some(pick) = self.take(place) {
            pick.finish(RequestOutcome::Success, now);
        }
    }
}

/// What a request asks for.
struct Asked {
    key: Option<Vec<u8>>,
    exclude: Vec<String>,
    subset: Option<Subset>,
}

impl Asked {
    fn with<T>(&self, call: impl FnOnce(&PickRequest<'_>) -> Result<T>) -> Result<T> {
        let exclude: Vec<&str> = self.exclude.iter().map(String::as_str).collect();
        let request = PickRequest { key: self.key.as_deref(), exclude: &exclude, subset: self.subset, retry: false };
        call(&request)
    }
}

/// Instances, and their metadata, which stand beside: names of these are nobody's to change.
pub(crate) fn described(
    instances: Unknown<'_>,
    metadata: Vec<Option<BTreeMap<String, String>>>,
) -> Result<Vec<InstanceSpec>> {
    let mut instances: Vec<InstanceSpec> = convert::read(instances, "instances")?;
    for (instance, metadata) in instances.iter_mut().zip(metadata) {
        instance.metadata = metadata.unwrap_or_default();
    }
    Ok(instances)
}

/// A text or bytes.
fn key(value: Unknown<'_>) -> Result<Option<Vec<u8>>> {
    let kind = value.get_type().map_err(errors::foreign("key"))?;
    match kind {
        ValueType::Undefined | ValueType::Null => Ok(None),
        ValueType::String => convert::read::<String>(value, "key").map(|text| Some(text.into_bytes())),
        _ => Uint8Array::from_unknown(value)
            .map(|bytes| Some(bytes.to_vec()))
            .map_err(|_| errors::invalid("key", "it is neither text nor bytes").hint("give String(key)")),
    }
}

/// How and when a request ended.
fn end(outcome: Unknown<'_>, status: Option<f64>, retry_after: Option<f64>, now: f64) -> Result<RequestEnd> {
    let outcome = convert::read_optional::<RequestOutcome>(outcome, "outcome")?;
    // What is no whole number is no status either.
    let status = status.map(|status| if status.fract() == 0.0 { status as i64 } else { -1 });
    RequestEnd::new(outcome, status, retry_after, now)
}

/// Options, of which every one may be left out.
pub(crate) fn read<T: serde::de::DeserializeOwned>(options: Unknown<'_>, field: &str) -> Result<T> {
    let options = convert::from_js(options, field)?.unwrap_or_else(|| Value::Object(Map::default()));
    config::from_json(options)
}

/// Put cases with known results through the balancer: the text of a file of them.
///
/// @example
/// runBalanceCases(await readFile('lb_cases.json', 'utf8')).filter(({ passed }) => !passed)
#[napi(ts_args_type = "text: string", ts_return_type = "CaseOutcome[]")]
pub fn run_balance_cases(env: &Env, text: String) -> napi::Result<Unknown<'static>> {
    let read = |error: serde_json::Error| Error::new(ErrorCode::DataInvalid, error.to_string()).field("text");
    job::at_once(env, Names::Camel, || balance::cases::run(&serde_json::from_str(&text).map_err(read)?))
}
