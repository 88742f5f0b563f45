//! What name servers say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EndpointOptions, InstanceSpec};
use crate::error::{Error, ErrorCode, Result};

/// A record that says where a service is (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SrvRecord {
    /// The host.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// Hosts of the least priority are asked before others are.
    pub priority: u16,
    /// Its share among those of its priority.
    pub weight: u16,
}

/// Instances of the addresses of a name (A and AAAA records), each once, in an order that does not depend on the answer's.
///
/// # Errors
/// [`ErrorCode::ConfigOutOfRange`] for a port that is none; [`ErrorCode::DataInvalid`] for an empty address.
pub fn instances_of_addresses(addresses: &[impl AsRef<str>], options: &EndpointOptions) -> Result<Vec<InstanceSpec>> {
    let port = match options.port.parse::<u16>() {
        Ok(port) if port > 0 => port,
        _ => {
            let message = format!("port is {:?}, not in 1 to 65535", options.port);
            return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("port"));
        }
    };
    let mut hosts: Vec<&str> = addresses.iter().map(AsRef::as_ref).collect();
    hosts.sort_unstable();
    hosts.dedup();
    if hosts.first().is_some_and(|host| host.is_empty()) {
        return Err(Error::new(ErrorCode::DataInvalid, "an address is empty").field("addresses"));
    }
    Ok(hosts.into_iter().map(|host| InstanceSpec::new(options.id(host, port))).collect())
}

/// Instances of the SRV records of a name (RFC 2782), each once, in an order that does not depend on the answer's:
/// priorities become tiers, the least one tier 0; weights stay, but for 0, "a very small chance", which becomes 0.1.
/// `options.port` is not looked at. A single target `.` says that there is no such service, and gives no instance.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] for more priorities than there are tiers.
pub fn instances_of_srv(records: &[SrvRecord], options: &EndpointOptions) -> Result<Vec<InstanceSpec>> {
    let mut records: Vec<&SrvRecord> = records.iter().filter(|record| !host(record).is_empty()).collect();
    records.sort_by_key(|record| (record.priority, host(record), record.port));
    records.dedup_by_key(|record| (host(record), record.port));
    let mut priorities: Vec<u16> = records.iter().map(|record| record.priority).collect();
    priorities.dedup();
    if priorities.len() > TIERS {
        let message = format!("there are {} priorities, more than {TIERS}", priorities.len());
        return Err(Error::new(ErrorCode::DataInvalid, message).field("records"));
    }
    let mut instances: Vec<InstanceSpec> = Vec::with_capacity(records.len());
    for record in records {
        let id = options.id(host(record), record.port);
        // The same host and port with another priority: the better one counts.
        if instances.iter().any(|instance| instance.id == id) {
            continue;
        }
        let tier = priorities.partition_point(|priority| *priority < record.priority);
        let weight = if record.weight == 0 { SMALL } else { f64::from(record.weight) };
        instances.push(InstanceSpec { weight, tier: tier as u32, ..InstanceSpec::new(id) });
    }
    Ok(instances)
}

/// A balancer has so many.
const TIERS: usize = 128;
/// What a weight of 0 is beside the others.
const SMALL: f64 = 0.1;

/// Without the dot of the root, with which some resolvers write names.
fn host(record: &SrvRecord) -> &str {
    record.name.strip_suffix('.').unwrap_or(&record.name)
}
