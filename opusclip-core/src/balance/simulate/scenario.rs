//! Who asks, who works, and what goes wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::balance::options::{LONGEST, count};
use crate::config::{number, within};
use crate::error::{Error, ErrorCode, Result};
pub use crate::virtual_time::WorkDistribution;

/// A set-up that strategies are compared in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// Requests that come; those that come in the first `warm_up` seconds are not counted.
    pub requests: u32,
    /// Seconds that are not counted.
    #[serde(deserialize_with = "number")]
    pub warm_up: f64,
    /// Requests a second, at random (a Poisson process).
    #[serde(deserialize_with = "number")]
    pub rate: f64,
    /// Seconds from the beginning at which requests come, in their order, in place of `rate`: a trace. They end with it, if
    /// not after `requests`.
    pub arrivals: Vec<f64>,
    /// Seconds of work that a request needs from a server of speed 1, on average.
    #[serde(deserialize_with = "number")]
    pub work: f64,
    /// How that differs from request to request.
    pub distribution: WorkDistribution,
    /// Callers that each have a balancer of their own and know nothing of each other.
    pub callers: u32,
    /// Servers.
    pub servers: Vec<ServerPlan>,
    /// Seconds after which a request has failed; a failed one counts as having taken so long.
    #[serde(deserialize_with = "number")]
    pub timeout: f64,
    /// How often a request that failed at once is tried again, elsewhere.
    pub retries: u32,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerPlan {
    /// Work done in a second by each worker.
    #[serde(deserialize_with = "number")]
    pub speed: f64,
    /// Requests that it works on at full speed at a time, 1 to 100,000.
    pub workers: u32,
    /// What goes wrong with it.
    pub fault: Fault,
}

impl Default for ServerPlan {
    fn default() -> Self {
        Self { speed: 1.0, workers: 1, fault: Fault::None }
    }
}

/// What goes wrong with a server. Times are seconds from the beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// It answers everything at once with an error.
    FailingFast,
    /// It does nothing from a time on; requests wait until they have failed.
    Dead {
        /// Since when.
        since: f64,
    },
    /// It refuses everything for half of each period.
    Flapping {
        /// Length of a period.
        period: f64,
    },
    /// Its speed is multiplied by `speed` for half of each period.
    Degraded {
        /// The factor.
        speed: f64,
        /// Length of a period.
        period: f64,
    },
    /// It joins at a time, and its speed rises evenly from a tenth within some seconds.
    Cold {
        /// When it joins.
        joins: f64,
        /// How long it takes.
        warms: f64,
    },
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "custom".to_owned(),
            requests: 200_000,
            warm_up: 5.0,
            rate: 800.0,
            arrivals: Vec::new(),
            work: 0.01,
            distribution: WorkDistribution::Exponential,
            callers: 1,
            servers: vec![ServerPlan::default(); 10],
            timeout: 3.0,
            retries: 2,
        }
    }
}

/// Work of a request, and workers of a server, of most of the named set-ups.
const WORK: f64 = 0.02;
const WORKERS: u32 = 4;

/// Servers of the same kind.
fn servers(count: usize, speed: f64) -> Vec<ServerPlan> {
    vec![ServerPlan { speed, workers: WORKERS, fault: Fault::None }; count]
}

fn with(fault: Fault) -> ServerPlan {
    ServerPlan { speed: 1.0, workers: WORKERS, fault }
}

/// Requests a second that are a load of so many servers of full speed.
fn rate(load: f64, servers: f64) -> f64 {
    load * servers * f64::from(WORKERS) / WORK
}

impl Scenario {
    /// Names of the set-ups that are there.
    pub const NAMES: [&'static str; 5] = ["equal", "half_slow", "one_slow", "cold_start", "faults"];

    /// A set-up by its name. All have ten callers that know nothing of each other, and all but `one_slow` servers with four
    /// workers and requests of 20 ms in the mean:
    ///
    /// - `equal`: ten equal servers at 0.8 of what they can do;
    /// - `half_slow`: ten at 0.8, five of them half as fast;
    /// - `one_slow`: ten servers that work on any number of requests at once, one of which takes ten times as long (that of
    ///   Envoy's pull request 40653);
    /// - `cold_start`: ten at 0.65, two of which join cold after 20 s and need 10 s to get warm;
    /// - `faults`: eight at 0.7 of what those can do that answer; one is ten times slower, one fails at once, one flaps every ten
    ///   seconds.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] with the names that there are.
    pub fn named(name: &str) -> Result<Self> {
        let base = Self { name: name.to_owned(), work: WORK, callers: 10, ..Self::default() };
        match name {
            "equal" => Ok(Self { rate: rate(0.8, 10.0), servers: servers(10, 1.0), ..base }),
            "half_slow" => {
                let servers = [servers(5, 1.0), servers(5, 0.5)].concat();
                Ok(Self { rate: rate(0.8, 7.5), servers, ..base })
            }
            "one_slow" => {
                let mut servers = [servers(9, 1.0), servers(1, 0.1)].concat();
                servers.iter_mut().for_each(|server| server.workers = 1000);
                Ok(Self { rate: 50.0, work: 0.01, distribution: WorkDistribution::Normal, servers, ..base })
            }
            "cold_start" => {
                let cold = with(Fault::Cold { joins: 20.0, warms: 10.0 });
                let servers = [servers(8, 1.0), vec![cold; 2]].concat();
                Ok(Self { rate: rate(0.65, 10.0), servers, requests: 100_000, ..base })
            }
            "faults" => {
                let faulty = [with(Fault::FailingFast), with(Fault::Flapping { period: 10.0 })];
                let servers = [servers(5, 1.0), servers(1, 0.1), faulty.to_vec()].concat();
                Ok(Self { rate: rate(0.7, 6.1), servers, ..base })
            }
            _ => Err(Error::new(ErrorCode::ConfigInvalid, format!("there is no scenario {name:?}"))
                .field("scenario")
                .hint(crate::config::alternatives(name, &Self::NAMES, Self::NAMES.len()))),
        }
    }

    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`], with the field's name.
    pub fn check(&self) -> Result<()> {
        count("requests", u64::from(self.requests), 1, 100_000_000)?;
        count("callers", u64::from(self.callers), 1, 10_000)?;
        count("servers", self.servers.len() as u64, 1, 100_000)?;
        count("retries", u64::from(self.retries), 0, 100)?;
        within("warm_up", self.warm_up, 0.0, LONGEST)?;
        within("rate", self.rate, 1e-6, 1e9)?;
        within("work", self.work, 1e-9, LONGEST)?;
        within("timeout", self.timeout, 1e-6, LONGEST)?;
        self.check_arrivals()?;
        self.servers.iter().try_for_each(ServerPlan::check)
    }
}

impl Scenario {
    fn check_arrivals(&self) -> Result<()> {
        self.arrivals.iter().try_for_each(|at| within("arrivals", *at, 0.0, LONGEST).map(drop))?;
        let falls = self.arrivals.windows(2).position(|pair| pair[0] > pair[1]);
        falls.map_or(Ok(()), |at| {
            let message = format!("arrivals[{}] is earlier than the one before it", at + 1);
            Err(Error::new(ErrorCode::ConfigInvalid, message).field("arrivals").hint("sort them by time"))
        })
    }

    /// Requests that come.
    pub(super) fn all_requests(&self) -> usize {
        let wanted = self.requests as usize;
        if self.arrivals.is_empty() { wanted } else { wanted.min(self.arrivals.len()) }
    }

    /// Work that all servers can do in a second when nothing is wrong with them.
    pub fn capacity(&self) -> f64 {
        self.servers.iter().map(|server| server.speed * f64::from(server.workers)).sum()
    }
}

impl ServerPlan {
    fn check(&self) -> Result<()> {
        within("servers.speed", self.speed, 1e-6, 1e6)?;
        count("servers.workers", u64::from(self.workers), 1, 100_000)?;
        match self.fault {
            Fault::None | Fault::FailingFast => Ok(()),
            Fault::Dead { since } => within("servers.fault.since", since, 0.0, LONGEST).map(drop),
            Fault::Flapping { period } => within("servers.fault.period", period, 1e-3, LONGEST).map(drop),
            Fault::Degraded { speed, period } => {
                within("servers.fault.speed", speed, 1e-6, 1e6)?;
                within("servers.fault.period", period, 1e-3, LONGEST).map(drop)
            }
            Fault::Cold { joins, warms } => {
                within("servers.fault.joins", joins, 0.0, LONGEST)?;
                within("servers.fault.warms", warms, 0.0, LONGEST).map(drop)
            }
        }
    }
}
