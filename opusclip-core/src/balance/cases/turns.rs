//! Weighted round robin.

use serde_json::{Map, Value, json};

use super::input::{list, number, weights, whole, wrong};
use crate::balance::strategy::weighted_round_robin::{Deadlines, Smooth};
use crate::balance::{BalancerOptions, BalancingStrategy, InstanceOptions, LoadBalancer, PickRequest};
use crate::error::Result;

/// What a balancer picks, one after the other.
fn picks(weights: &[(&str, f64)], count: u64) -> Result<Vec<String>> {
    let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::WeightedRoundRobin))?;
    for (id, weight) in weights {
        balancer.add_instance(id, InstanceOptions::weight(*weight), 0.0)?;
    }
    (0..count).map(|_| balancer.next_instance(&PickRequest::default(), 0.0)).collect()
}

fn whole_weights(weights: &[(&str, f64)]) -> Vec<u64> {
    weights.iter().map(|(_, weight)| *weight as u64).collect()
}

pub(super) fn smooth(input: &Value) -> Result<Value> {
    let weights = weights(input)?;
    let count = whole(input, "picks")?;
    let mut rule = Smooth::new(&whole_weights(&weights));
    let states: Vec<Vec<i64>> = (0..count)
        .map(|_| {
            rule.next();
            rule.current()
        })
        .collect();
    Ok(json!({ "picks": picks(&weights, count)?, "state_after": states }))
}

pub(super) fn smooth_with_failures(input: &Value) -> Result<Value> {
    let weights = weights(input)?;
    let max_fails = whole(input, "max_fails")?;
    let failed = list(input, "fail_pick_indexes")?;
    let mut rule = Smooth::new(&whole_weights(&weights));
    let mut picks = Vec::new();
    let mut states = Vec::new();
    for at in 0..whole(input, "picks")? {
        let Some(pick) = rule.next() else { break };
        if failed.iter().any(|failed| failed.as_u64() == Some(at)) {
            rule.fail(pick, max_fails);
        }
        picks.push(weights[pick].0);
        states.push(rule.current());
    }
    Ok(json!({ "picks": picks, "state_after": states }))
}

pub(super) fn smooth_beside_expanded(input: &Value) -> Result<Value> {
    let weights = weights(input)?;
    let picks = picks(&weights, whole(input, "picks")?)?;
    let mut counts = Map::new();
    for (id, _) in &weights {
        counts.insert((*id).to_owned(), picks.iter().filter(|pick| pick == id).count().into());
    }
    // A list with each instance as often as its weight.
    let expanded = weights.iter().map(|(_, weight)| *weight as u64).max();
    Ok(
        json!({ "counts": counts, "longest_run_smooth": longest_run(&picks), "longest_run_expanded": expanded, "picks": picks }),
    )
}

fn longest_run(picks: &[String]) -> usize {
    picks.chunk_by(|a, b| a == b).map(<[String]>::len).max().unwrap_or(0)
}

pub(super) fn deadlines(input: &Value) -> Result<Value> {
    let entries = whole(input, "entries")?;
    // "i+1", or one weight for all.
    let plus_one = input.get("weight_of_entry_i").and_then(Value::as_str) == Some("i+1");
    let same = number(input, "weight_of_entry_i").ok().filter(|weight| *weight >= 1.0);
    let weights: Vec<u64> = match (plus_one, same) {
        (true, _) => (1..=entries).collect(),
        (false, Some(same)) => vec![same as u64; entries as usize],
        _ => return Err(wrong("weight_of_entry_i", "rule that is known")),
    };
    let mut rule = Deadlines::new(&weights);
    let order: Vec<usize> = (0..whole(input, "picks")?).filter_map(|_| rule.next()).collect();
    let mut counts = vec![0_u64; weights.len()];
    order.iter().for_each(|at| counts[*at] += 1);
    let rule = if counts.iter().enumerate().all(|(at, count)| *count == at as u64 + 1) {
        json!("i+1")
    } else if counts.windows(2).all(|pair| pair[0] == pair[1]) {
        json!(counts.first())
    } else {
        json!(counts)
    };
    Ok(json!({ "pick_count_of_entry_i": rule, "counts": counts, "picks": order }))
}
