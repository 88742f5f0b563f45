//! Policies side by side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use super::run::{SimulationResult, simulate};
use super::scenario::Scenario;
use crate::error::Result;

/// One run of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationRun {
    /// Name of the policy: a strategy, or `omniscient`.
    pub policy: String,
    /// Where chance began.
    pub seed: u64,
    /// What came of it.
    pub result: SimulationResult,
}

/// What came of a set-up with several policies and seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationReport {
    /// The set-up.
    pub scenario: Scenario,
    /// Every policy with every seed, in their order.
    pub runs: Vec<SimulationRun>,
}

/// Put a scenario through with each policy and each seed.
///
/// # Errors
/// As [`simulate`].
///
/// ```
/// use opusclip_core::balance::BalancingStrategy::{LeastResponseTime, RoundRobin};
/// use opusclip_core::balance::simulate::{Policy, Scenario, compare};
/// let scenario = Scenario { requests: 20_000, ..Scenario::named("faults")? };
/// let report = compare(scenario, &[Policy::Strategy(RoundRobin), Policy::Strategy(LeastResponseTime)], &[1])?;
/// assert!(report.median("least_response_time", |result| result.p99) < report.median("round_robin", |result| result.p99));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn compare(scenario: Scenario, policies: &[Policy], seeds: &[u64]) -> Result<SimulationReport> {
    let mut runs = Vec::new();
    for policy in policies {
        for seed in seeds {
            let result = simulate(&scenario, policy, *seed)?;
            runs.push(SimulationRun { policy: policy.name().to_owned(), seed: *seed, result });
        }
    }
    Ok(SimulationReport { scenario, runs })
}

impl SimulationReport {
    /// Names of the policies, in their order.
    pub fn policies(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.runs.iter().map(|run| run.policy.as_str()).collect();
        names.dedup();
        names
    }

    /// The median over all seeds of what a policy has come to; of two in the middle the lower one, NaN without any.
    pub fn median(&self, policy: &str, figure: impl Fn(&SimulationResult) -> f64) -> f64 {
        let runs = self.runs.iter().filter(|run| run.policy == policy);
        let mut figures: Vec<f64> = runs.map(|run| figure(&run.result)).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
    }
}
