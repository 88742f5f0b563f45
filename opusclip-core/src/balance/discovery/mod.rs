//! The list of instances as somebody else keeps it: a name server, Kubernetes, a file.
//!
//! Here is what needs no I/O: lists are read from what a source says ([`instances_of_addresses`], [`instances_of_srv`],
//! [`instances_of_slices`]), compared with what the balancer has ([`LoadBalancer::set_instances`]), and the time of the
//! next look is drawn ([`Refresh`]). A source that fails changes nothing: the last good list goes on.
//!
//! ```
//! use opusclip_core::balance::discovery::{EndpointOptions, instances_of_addresses};
//! use opusclip_core::balance::{BalancerOptions, LoadBalancer};
//! let balancer = LoadBalancer::new(BalancerOptions::default())?;
//! let options = EndpointOptions { scheme: "http".to_owned(), port: "8000".to_owned() };
//! let list = instances_of_addresses(&["10.0.0.1", "2001:db8::1"], &options)?;
//! let changes = balancer.set_instances(&list, 30.0, 0.0)?;
//! assert_eq!(changes.added, ["http://10.0.0.1:8000", "http://[2001:db8::1]:8000"]);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod dns;
mod kubernetes;
mod refresh;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::instance::{InstanceOptions, check_id};
use super::options::{LONGEST, time};
use super::roster::{Record, Roster};
use super::types::BalancerEventKind;
use super::{BalancerOptions, LoadBalancer};
use crate::config::number;
use crate::error::{Error, ErrorCode, Result};

pub use dns::{SrvRecord, instances_of_addresses, instances_of_srv};
pub use kubernetes::instances_of_slices;
pub use refresh::{Refresh, RefreshOptions};

/// An instance as a source of them describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceSpec {
    /// Its id, by which it is known again.
    pub id: String,
    /// Its share of requests beside the others' weights; above 0, at most 1,000,000.
    #[serde(default = "one", deserialize_with = "number")]
    pub weight: f64,
    /// 0 comes first; at most 127.
    #[serde(default)]
    pub tier: u32,
    /// Where it stands.
    #[serde(default)]
    pub zone: String,
    /// Words by which subsets are chosen.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Requests that it may have at a time; the balancer's own limit by default, 0 is none.
    #[serde(default)]
    pub max_connections: Option<u32>,
}

fn one() -> f64 {
    1.0
}

impl InstanceSpec {
    /// An instance with the defaults.
    pub fn new(id: impl Into<String>) -> Self {
        let InstanceOptions { weight, tier, zone, metadata, max_connections } = InstanceOptions::default();
        Self { id: id.into(), weight, tier, zone, metadata, max_connections }
    }

    fn options(&self) -> InstanceOptions {
        InstanceOptions {
            weight: self.weight,
            tier: self.tier,
            zone: self.zone.clone(),
            metadata: self.metadata.clone(),
            max_connections: self.max_connections,
        }
    }

    /// What cannot be changed about an instance that is there.
    fn moved_from(&self, record: &Record, of: &BalancerOptions) -> bool {
        let instance = &record.instance;
        self.tier != instance.tier
            || self.zone != *instance.zone
            || self.metadata != instance.metadata
            || record.limit != self.options().limit(of)
    }
}

/// What a new list of instances changed; ids in the order of the list, those that went in the order they had come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceChanges {
    /// New ones, and those that were draining and are wanted again.
    pub added: Vec<String>,
    /// Those that are in the list no more: they drain, and are gone after that.
    pub removed: Vec<String>,
    /// Those with another weight, and those with another tier, zone, metadata or limit, which begin anew.
    pub changed: Vec<String>,
    /// Those that are as they were, with all that was learned of them.
    pub kept: Vec<String>,
}

impl InstanceChanges {
    /// Whether all is as it was.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// How ids are made of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointOptions {
    /// Ids are `scheme://host:port`, or `host:port` where this is empty.
    pub scheme: String,
    /// The port, where the source does not say it; of Kubernetes the name or number of one of a slice's ports, which may be
    /// left out where there is only one.
    pub port: String,
}

impl EndpointOptions {
    /// The id of a host and port. Addresses of IPv6 are put into brackets.
    fn id(&self, host: &str, port: u16) -> String {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        if self.scheme.is_empty() { format!("{host}:{port}") } else { format!("{}://{host}:{port}", self.scheme) }
    }
}

impl LoadBalancer {
    /// Let the balancer have these instances and no others. Those that are wanted no more are drained, for `drain` seconds at
    /// most; with 0 they go at once. Those that stay keep what was learned of them. A list that is not valid changes
    /// nothing. An empty one is valid, and leaves no instance.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for an id that is none or is there twice; [`ErrorCode::ConfigOutOfRange`] and
    /// [`ErrorCode::ConfigNotFinite`] for a weight, a tier, `drain` or a time.
    pub fn set_instances(&self, instances: &[InstanceSpec], drain: f64, now: f64) -> Result<InstanceChanges> {
        time(now)?;
        crate::config::within("drain", drain, 0.0, LONGEST)?;
        check(instances)?;
        let options = &self.0.options;
        self.change(now, |roster, now| {
            let mut changes = InstanceChanges::default();
            for spec in instances {
                roster.adopt(spec, options, now, &mut changes)?;
            }
            let wanted: BTreeSet<&str> = instances.iter().map(|spec| spec.id.as_str()).collect();
            let there = roster.records.values().filter(|record| record.draining.is_none());
            let gone = there.map(|record| record.instance.id.to_string()).filter(|id| !wanted.contains(id.as_str()));
            changes.removed = gone.collect();
            for id in &changes.removed {
                if drain > 0.0 { roster.drain(id, drain, now).map(drop)? } else { roster.remove(id, now)? }
            }
            Ok(changes)
        })
    }
}

/// Fails with the place in the list that is wrong.
pub(super) fn check(instances: &[InstanceSpec]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (at, spec) in instances.iter().enumerate() {
        let there = |error: Error| {
            let field = error.field_name().map_or_else(String::new, |field| format!(".{field}"));
            error.field(format!("instances[{at}]{field}"))
        };
        check_id(&spec.id).map_err(there)?;
        spec.options().check().map_err(there)?;
        if !seen.insert(spec.id.as_str()) {
            let message = format!("the instance {:?} is there twice", spec.id);
            return Err(Error::new(ErrorCode::ConfigInvalid, message).field(format!("instances[{at}].id")));
        }
    }
    Ok(())
}

impl Roster {
    /// Let an instance be as it is described.
    pub(super) fn adopt(
        &mut self,
        spec: &InstanceSpec,
        of: &BalancerOptions,
        now: f64,
        changes: &mut InstanceChanges,
    ) -> Result<()> {
        if !self.has(&spec.id) {
            changes.added.push(spec.id.clone());
            return self.add(&spec.id, &spec.options(), of, now);
        }
        let record = self.record(&spec.id)?;
        let returned = record.draining.is_some();
        if spec.moved_from(record, of) {
            // Its word of an operator outlives it, as it would where only the weight changed.
            let disabled = record.disabled;
            self.remove(&spec.id, now)?;
            self.add(&spec.id, &spec.options(), of, now)?;
            self.record(&spec.id)?.disabled = disabled;
            changes.changed.push(spec.id.clone());
            return Ok(());
        }
        let reweighed = record.weight != spec.weight;
        record.weight = spec.weight;
        record.draining = None;
        if returned {
            self.say(now, &spec.id, BalancerEventKind::Added);
        }
        if returned || reweighed {
            self.list_changed();
        }
        let list = match (returned, reweighed) {
            (true, _) => &mut changes.added,
            (false, true) => &mut changes.changed,
            (false, false) => &mut changes.kept,
        };
        list.push(spec.id.clone());
        Ok(())
    }
}
