//! How traffic is played request by request.

use clap::{Args, ValueEnum};

use super::balance::DistributionName;

/// Requests one by one; what is left out is as the library has it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests one by one")]
pub(crate) struct RequestArgs {
    /// Play traffic as a fluid, or request by request.
    #[arg(long, value_enum, default_value = "fluid")]
    pub(crate) mode: ModeName,
    /// Spread requests by load balancers, which implies --mode requests. `--balance` alone takes
    /// least_response_time,round_robin; `+slow_start` behind a strategy spares instances that warm up.
    #[arg(long, value_delimiter = ',', value_name = "STRATEGIES", num_args = 0..=1, require_equals = true,
        default_missing_value = "least_response_time,round_robin")]
    pub(crate) balance: Option<Vec<String>>,
    /// Callers that each have a balancer of their own [default: 1].
    #[arg(long, requires = "balance")]
    pub(crate) callers: Option<u32>,
    /// Where requests go without balancers [default: random].
    #[arg(long, value_enum, conflicts_with = "balance")]
    pub(crate) spread: Option<SpreadName>,
    /// How much work requests need [default: exponential].
    #[arg(long, value_enum)]
    pub(crate) distribution: Option<DistributionName>,
    /// Requests that an instance has at a time; it refuses further ones [default: no limit].
    #[arg(long, value_name = "COUNT")]
    pub(crate) queue_limit: Option<u32>,
    /// How often a request that was refused or broken off is sent again [default: 1].
    #[arg(long, value_name = "COUNT")]
    pub(crate) retries: Option<u32>,
    /// Seconds until a new instance works at full speed [default: 30].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) warming: Option<f64>,
    /// The share of its speed that a new instance begins with [default: 0.5].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) cold_speed: Option<f64>,
    /// Seconds that an instance has to finish its requests once it should stop [default: 30].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) drain: Option<f64>,
    /// Instances that break down for each hour that one runs [default: 0].
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    pub(crate) breakdowns: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeName {
    /// What instances cannot do at once waits in one place; quick.
    Fluid,
    /// Each request goes to an instance of its own choice.
    Requests,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SpreadName {
    /// Anywhere.
    Random,
    /// Where the fewest requests are.
    Fewest,
}
