//! `EndpointSlice` objects of Kubernetes (API `discovery.k8s.io/v1`,
//! <https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/>).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{EndpointOptions, InstanceSpec};
use crate::error::{Error, ErrorCode, Result};

const API: &str = "discovery.k8s.io/v1";

#[derive(Deserialize)]
struct Slice {
    #[serde(rename = "apiVersion", default)]
    api_version: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    // The server leaves out lists that are empty, or says null.
    #[serde(default)]
    endpoints: Option<Vec<Endpoint>>,
    #[serde(default)]
    ports: Option<Vec<Port>>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(default)]
    addresses: Vec<String>,
    #[serde(default)]
    conditions: Option<Conditions>,
    #[serde(default)]
    hostname: Option<String>,
    #[serde(rename = "nodeName", default)]
    node_name: Option<String>,
    #[serde(default)]
    zone: Option<String>,
    #[serde(rename = "targetRef", default)]
    target: Option<Target>,
}

#[derive(Deserialize, Default)]
struct Conditions {
    ready: Option<bool>,
    serving: Option<bool>,
    terminating: Option<bool>,
}

#[derive(Deserialize)]
struct Target {
    kind: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Port {
    #[serde(default)]
    name: Option<String>,
    port: Option<u16>,
}

/// How far an endpoint may have requests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Readiness {
    /// It still answers, but will be gone soon.
    Leaving,
    Ready,
}

impl Conditions {
    /// By the documentation of the fields: what is not said is `ready` and, for `serving`, as `ready` is.
    fn readiness(&self) -> Option<Readiness> {
        let ready = self.ready.unwrap_or(true);
        let terminating = self.terminating.unwrap_or(false);
        if ready && !terminating {
            return Some(Readiness::Ready);
        }
        (terminating && self.serving.unwrap_or(ready)).then_some(Readiness::Leaving)
    }
}

/// Instances of the `EndpointSlice` objects of one service: a list as the server gives it (`EndpointSliceList`), an array of
/// objects, or a single one; all slices count together. An endpoint that several slices name counts once, and is as ready
/// as the one that says most. Those that are ready are given; where none is, those that terminate but still serve, as
/// kube-proxy does (KEP-1669). [`set_instances`](super::super::LoadBalancer::set_instances) drains what is missing then. Of an
/// endpoint's addresses, which are interchangeable, the first one counts. Zones are taken over; `node`, `hostname`
/// and, of pods, `pod` are metadata.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] for what is no such object, with the field; [`ErrorCode::ConfigInvalid`] where `port` is not
/// among a slice's ports, or is left out and there are several.
pub fn instances_of_slices(slices: &Value, options: &EndpointOptions) -> Result<Vec<InstanceSpec>> {
    let mut found: BTreeMap<String, (Readiness, InstanceSpec)> = BTreeMap::new();
    for (at, object) in objects(slices)?.iter().enumerate() {
        let slice = read(object, at)?;
        let endpoints = slice.endpoints.unwrap_or_default();
        if endpoints.is_empty() {
            continue;
        }
        let port = port(slice.ports.unwrap_or_default().as_slice(), options, at)?;
        for (readiness, instance) in endpoints.into_iter().filter_map(|endpoint| endpoint.instance(port, options)) {
            let known = found.get(&instance.id).map(|(known, _)| *known);
            if known.is_none_or(|known| known < readiness) {
                found.insert(instance.id.clone(), (readiness, instance));
            }
        }
    }
    let best = found.values().map(|(readiness, _)| *readiness).max();
    let best = found.into_values().filter(|(readiness, _)| Some(*readiness) == best);
    Ok(best.map(|(_, instance)| instance).collect())
}

/// The slices of a list, an array, or one alone.
fn objects(slices: &Value) -> Result<&[Value]> {
    let list = slices.get("items").unwrap_or(slices);
    match list {
        Value::Array(items) => Ok(items),
        // A list without anything in it.
        Value::Null if slices.is_object() => Ok(&[]),
        Value::Object(_) => Ok(std::slice::from_ref(list)),
        _ => Err(invalid("slices", "it is neither an EndpointSlice nor a list of them".to_owned())),
    }
}

fn read(object: &Value, at: usize) -> Result<Slice> {
    let slice: Slice = serde_path_to_error::deserialize(object).map_err(|failure| {
        let field = format!("slices[{at}].{}", failure.path());
        invalid(&field, failure.inner().to_string())
    })?;
    let named = |name: &str, found: &Option<String>, wanted: &str| match found {
        Some(found) if found != wanted => {
            Err(invalid(&format!("slices[{at}].{name}"), format!("it is {found:?}, not {wanted:?}")))
        }
        _ => Ok(()),
    };
    named("kind", &slice.kind, "EndpointSlice")?;
    named("apiVersion", &slice.api_version, API)?;
    Ok(slice)
}

fn invalid(field: &str, message: String) -> Error {
    Error::new(ErrorCode::DataInvalid, message).field(field)
}

/// The port of all endpoints of a slice.
fn port(ports: &[Port], options: &EndpointOptions, at: usize) -> Result<u16> {
    let wanted = |port: &&Port| {
        options.port.is_empty()
            || port.name.as_deref() == Some(&options.port)
            || port.port.is_some_and(|number| options.port == number.to_string())
    };
    let found: Vec<u16> = ports.iter().filter(wanted).filter_map(|port| port.port).collect();
    match found.as_slice() {
        [port] => Ok(*port),
        found => {
            let names = ports.iter().map(|port| match (&port.name, port.port) {
                (Some(name), _) if !name.is_empty() => name.clone(),
                (_, Some(number)) => number.to_string(),
                _ => "one without a number".to_owned(),
            });
            let names: Vec<String> = names.collect();
            let message = match (found.is_empty(), names.is_empty()) {
                (true, true) => format!("slice {at} has no port"),
                (true, false) => format!("slice {at} has no port {:?}", options.port),
                (false, _) => format!("slice {at} has several ports"),
            };
            let error = Error::new(ErrorCode::ConfigInvalid, message).field("port");
            Err(if names.is_empty() { error } else { error.hint(format!("give one of {}", names.join(", "))) })
        }
    }
}

impl Endpoint {
    fn instance(self, port: u16, options: &EndpointOptions) -> Option<(Readiness, InstanceSpec)> {
        let readiness = self.conditions.unwrap_or_default().readiness()?;
        let address = self.addresses.first().filter(|address| !address.is_empty())?;
        let pod = self.target.filter(|target| target.kind.as_deref() == Some("Pod")).and_then(|target| target.name);
        let words = [("node", self.node_name), ("hostname", self.hostname), ("pod", pod)];
        let metadata = words.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let zone = self.zone.unwrap_or_default();
        Some((readiness, InstanceSpec { zone, metadata, ..InstanceSpec::new(options.id(address, port)) }))
    }
}
