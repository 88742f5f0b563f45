//! Strategies that hash a key.

use serde_json::{Map, Value, json};

use super::input::{list, number, numbers, weights, whole, wrong};
use crate::balance::strategy::{cap, entries};
use crate::balance::{BalancerOptions, BalancingStrategy, InstanceOptions, LoadBalancer, PickRequest};
use crate::error::Result;

pub(super) fn maglev(input: &Value) -> Result<Value> {
    let weights = weights(input)?;
    let size = whole(input, "table_size")? as u32;
    let mut counts = Map::new();
    for ((id, _), count) in weights.iter().zip(entries(&weights, size)) {
        counts.insert((*id).to_owned(), count.into());
    }
    Ok(json!({ "entries": counts }))
}

/// Removes a node from a ring and tells whether other keys than its own have moved.
pub(super) fn stability(input: &Value) -> Result<Value> {
    let texts = |field: &str| -> Result<Vec<&str>> {
        list(input, field)?.iter().map(|value| value.as_str().ok_or_else(|| wrong(field, "list of texts"))).collect()
    };
    let (nodes, keys) = (texts("nodes")?, texts("keys")?);
    let removed = input.get("remove").and_then(Value::as_str).ok_or_else(|| wrong("remove", "text"))?;
    let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::RingHash))?;
    for node in &nodes {
        balancer.add_instance(node, InstanceOptions::default(), 0.0)?;
    }
    let owners = || -> Result<Vec<String>> {
        keys.iter().map(|key| balancer.next_instance(&PickRequest::keyed(key.as_bytes()), 0.0)).collect()
    };
    let before = owners()?;
    balancer.remove_instance(removed, 0.0)?;
    let after = owners()?;
    let moved =
        before.iter().zip(&after).filter(|(before, after)| before != after && before.as_str() != removed).count();
    Ok(json!({ "only_removed_moved": moved == 0, "other_keys_moved": moved }))
}

pub(super) fn bounded_load(input: &Value) -> Result<Value> {
    let factor = number(input, "factor_percent")?;
    let servers = number(input, "servers")?;
    let active = numbers(input, "active_after_this_request")?;
    let caps: Vec<u64> = active.iter().map(|active| cap(factor, *active as u64, 1.0 / servers)).collect();
    Ok(json!({ "cap_per_server": caps }))
}
