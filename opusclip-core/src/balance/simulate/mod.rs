//! What a strategy would do to response times: requests, servers and faults in virtual time.
//!
//! Requests come whether or not earlier ones are answered (an open loop), each with its own amount of work. A server works
//! on all of its requests at once, each at an equal part of its speed (processor sharing). What fails at once is tried
//! again elsewhere; what takes too long fails for good. The same seed gives the same run.
//!
//! ```
//! use opusclip_core::balance::BalancingStrategy;
//! use opusclip_core::balance::simulate::{Policy, Scenario, simulate};
//! let scenario = Scenario { requests: 20_000, ..Scenario::named("half_slow")? };
//! let learned = simulate(&scenario, &Policy::Strategy(BalancingStrategy::LeastResponseTime), 1)?;
//! let blind = simulate(&scenario, &Policy::Strategy(BalancingStrategy::Random), 1)?;
//! assert!(learned.p99 < blind.p99);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod compare;
mod events;
mod policy;
mod run;
mod scenario;
mod server;

pub use compare::{SimulationReport, SimulationRun, compare};
pub use policy::Policy;
pub use run::{SimulationResult, simulate};
pub use scenario::{Fault, Scenario, ServerPlan, WorkDistribution};
