//! Scaling and balancing played together: how many instances run, and which of them gets a request, decided over the same
//! traffic.
//!
//! Neither decision is right by itself. A scaler that grows hands the balancer instances that are cold; a balancer that
//! sends them their whole share at once makes the very violations that growing should end. So recorded traffic is played
//! request by request ([`scaling::simulate`](crate::scaling::simulate)), with a policy of scaling that sees delayed
//! measurements, and with balancers ([`balance`](crate::balance)) that see the requests they sent. The same seed gives the
//! same run.
//!
//! ```
//! use opusclip_core::joint::{JointOptions, simulate};
//! use opusclip_core::scaling::simulate::{ComparisonOptions, Trace};
//! let rates = (0..90).map(|minute| if minute < 45 { 60.0 } else { 150.0 });
//! let report = simulate(&Trace::new(rates.collect(), 60.0)?, &ComparisonOptions::default(), &JointOptions::default())?;
//! // Our scaler and the HorizontalPodAutoscaler, each with our balancer and with round robin.
//! assert_eq!(report.rows().len(), 4);
//! let figures = report.runs[0].requests.as_ref().expect("requests are played one by one");
//! assert_eq!(figures.arrived, figures.answered + figures.refused + figures.broken_off + figures.timed_out + figures.in_flight);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod balanced;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::balance::{BalancerOptions, BalancingStrategy, SlowStartOptions};
use crate::error::{Error, ErrorCode, Result};
use crate::scaling::simulate::{
    ComparisonOptions, NamedRouting, RequestOptions, Routing, ScalingComparison, Trace, compare_routed,
};
use balanced::Balanced;

/// What follows the name of a strategy whose new instances get their share step by step.
const SLOW_START: &str = "+slow_start";

/// Who spreads the requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JointOptions {
    /// Strategies of balancing, such as `least_response_time` and `round_robin`, the default. `+slow_start` behind one lets
    /// new instances get their share step by step while they warm up.
    pub balancers: Vec<String>,
    /// Callers that each have a balancer of their own and know nothing of each other, 1 to 10,000.
    pub callers: u32,
    /// All else of each balancer. `strategy` is that of its name, and `seed` that of the run.
    pub balancer: BalancerOptions,
}

impl Default for JointOptions {
    fn default() -> Self {
        Self {
            balancers: ["least_response_time", "round_robin"].map(str::to_owned).to_vec(),
            callers: 1,
            balancer: BalancerOptions::default(),
        }
    }
}

/// Policies of scaling that are played where none is named: ours, and the one that most have.
const POLICIES: [&str; 2] = ["predictive", "hpa"];

impl JointOptions {
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for a strategy that there is none of; [`ErrorCode::ConfigOutOfRange`] or
    /// [`ErrorCode::ConfigNotFinite`], with the option's name.
    pub fn check(&self) -> Result<()> {
        if self.balancers.is_empty() {
            let error = Error::new(ErrorCode::ConfigInvalid, "there is no balancer").field("balancers");
            return Err(error.hint("name a strategy, such as round_robin"));
        }
        if !(1..=10_000).contains(&self.callers) {
            let message = format!("callers is {}, not in 1 to 10000", self.callers);
            return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("callers"));
        }
        self.balancers.iter().try_for_each(|name| self.options(name, 0.0)?.check())
    }

    /// The options of a balancer by its name; `warming` is how long instances warm up.
    fn options(&self, name: &str, warming: f64) -> Result<BalancerOptions> {
        let (strategy, slow) = name.strip_suffix(SLOW_START).map_or((name, false), |strategy| (strategy, true));
        let strategy: BalancingStrategy = strategy.parse().map_err(|error: Error| error.field("balancers"))?;
        let mut options = BalancerOptions { strategy, ..self.balancer.clone() };
        if slow {
            options.slow_start = SlowStartOptions { window: warming, ..options.slow_start };
        }
        Ok(options)
    }
}

/// Play a trace request by request, each policy of scaling with each balancer. Without names, `predictive` and `hpa` are
/// played.
///
/// # Errors
/// As [`compare_routed`] and [`JointOptions::check`].
pub fn simulate(trace: &Trace, comparison: &ComparisonOptions, joint: &JointOptions) -> Result<ScalingComparison> {
    joint.check()?;
    let mut comparison = comparison.clone();
    if comparison.policies.is_empty() {
        comparison.policies = POLICIES.map(str::to_owned).to_vec();
    }
    let warming = comparison.requests.get_or_insert_with(RequestOptions::default).warming;
    let routing = |name: &String| {
        let options = joint.options(name, warming)?;
        let callers = joint.callers;
        let make = move |seed| Balanced::new(&options, callers, seed).map(|one| Box::new(one) as Box<dyn Routing>);
        Ok(NamedRouting { name: name.clone(), make: Box::new(make) })
    };
    let routings = joint.balancers.iter().map(routing).collect::<Result<Vec<_>>>()?;
    compare_routed(trace, &comparison, &routings)
}
