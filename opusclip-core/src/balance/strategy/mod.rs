//! How one of the instances that may have a request is chosen.
//!
//! | strategy | takes | fits |
//! |---|---|---|
//! | `least_response_time` | the least expected response time, learned from results | the default: unequal, failing, changing instances |
//! | `round_robin` | each in turn | equal instances, equal requests |
//! | `weighted_round_robin` | each in turn by weight, nginx's sequence | known, steady differences |
//! | `random` | any, by weight | a baseline; very many callers |
//! | `least_connections` | the fewest requests in flight for its weight | unequal requests |
//! | `power_of_two_choices` | the better of two at random | many instances, little time |
//! | `peak_ewma` | the cheaper of two, response time by requests in flight | as tower and Finagle do |
//! | `prequal` | the fastest of those with little to do, by probes | instances that report their load |
//! | `ring_hash` | the same for the same key; few keys move | caches, sessions |
//! | `maglev` | likewise, quicker and more even, somewhat more keys move | caches, sessions |
//! | `rendezvous` | likewise, the fewest keys move, slower with many instances | few instances |
//!
//! A strategy is prepared for a list of instances whenever that changes, and then asked without a lock, from any
//! thread ([`Chooser`]). One of your own is given to
//! [`LoadBalancer::with_strategy`](super::LoadBalancer::with_strategy):
//!
//! ```
//! use opusclip_core::balance::strategy::{Chooser, Members, Question, Strategy};
//! use opusclip_core::balance::{BalancerOptions, InstanceOptions, LoadBalancer, PickRequest};
//!
//! #[derive(Debug)]
//! struct First;
//! impl Strategy for First {
//!     fn name(&self) -> &str {
//!         "first"
//!     }
//!     fn prepare(&self, _: &Members<'_>) -> Box<dyn Chooser> {
//!         Box::new(First)
//!     }
//! }
//! impl Chooser for First {
//!     fn choose(&self, question: &Question<'_>) -> Option<usize> {
//!         (0..question.len()).find(|at| question.admits(*at))
//!     }
//! }
//! let balancer = LoadBalancer::with_strategy(BalancerOptions::default(), Box::new(First))?;
//! balancer.add_instance("a", InstanceOptions::default(), 0.0)?;
//! assert_eq!(balancer.pick(&PickRequest::default(), 0.0)?.id(), "a");
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod bounded;
mod least_connections;
mod least_response_time;
mod maglev;
mod options;
mod peak_ewma;
mod power_of_two_choices;
pub(super) mod prequal;
mod question;
mod random;
mod rendezvous;
mod ring_hash;
mod round_robin;
pub(super) mod weighted_round_robin;

use std::fmt::Debug;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use bounded::cap;
pub(super) use maglev::entries;
pub use options::{HashOptions, PrequalOptions, ResponseTimeOptions};
pub(super) use question::cheaper;
pub use question::{Members, Question};

use super::options::BalancerOptions;
use crate::error::{Error, ErrorCode, Result};

/// A strategy by its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BalancingStrategy {
    /// Each in turn.
    RoundRobin,
    /// Each in turn by weight, spread out as nginx does it.
    WeightedRoundRobin,
    /// Any, by weight.
    Random,
    /// The one with the fewest requests in flight for its weight.
    LeastConnections,
    /// The one that is expected to answer first, by how fast it works, how much it has to do, and how often it fails.
    #[default]
    LeastResponseTime,
    /// Of two at random the one with fewer requests in flight for its weight.
    PowerOfTwoChoices,
    /// Of two at random the one whose recent response time, by its requests in flight, is less.
    PeakEwma,
    /// The same for the same key, on a ring (ketama).
    RingHash,
    /// The same for the same key, by a table (Maglev).
    Maglev,
    /// The same for the same key, by the highest random weight.
    Rendezvous,
    /// By probes: the fastest of those with little to do (Prequal).
    Prequal,
}

impl BalancingStrategy {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::RoundRobin,
        Self::WeightedRoundRobin,
        Self::Random,
        Self::LeastConnections,
        Self::LeastResponseTime,
        Self::PowerOfTwoChoices,
        Self::PeakEwma,
        Self::RingHash,
        Self::Maglev,
        Self::Rendezvous,
        Self::Prequal,
    ];

    /// The name, as it is written in options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::WeightedRoundRobin => "weighted_round_robin",
            Self::Random => "random",
            Self::LeastConnections => "least_connections",
            Self::LeastResponseTime => "least_response_time",
            Self::PowerOfTwoChoices => "power_of_two_choices",
            Self::PeakEwma => "peak_ewma",
            Self::RingHash => "ring_hash",
            Self::Maglev => "maglev",
            Self::Rendezvous => "rendezvous",
            Self::Prequal => "prequal",
        }
    }

    /// The strategy itself.
    pub(super) fn with(self, options: &BalancerOptions) -> Box<dyn Strategy> {
        let decay = options.response_time.decay;
        match self {
            Self::RoundRobin => Box::new(round_robin::RoundRobin),
            Self::WeightedRoundRobin => Box::new(weighted_round_robin::WeightedRoundRobin),
            Self::Random => Box::new(random::Random),
            Self::LeastConnections => Box::new(least_connections::LeastConnections),
            Self::LeastResponseTime => Box::new(least_response_time::LeastResponseTime),
            Self::PowerOfTwoChoices => Box::new(power_of_two_choices::PowerOfTwoChoices),
            Self::PeakEwma => Box::new(peak_ewma::PeakEwma { decay }),
            Self::RingHash => Box::new(ring_hash::RingHash(options.hash.clone())),
            Self::Maglev => Box::new(maglev::Maglev(options.hash.clone())),
            Self::Rendezvous => Box::new(rendezvous::Rendezvous(options.hash.clone())),
            Self::Prequal => Box::new(prequal::Prequal::new(&options.prequal, decay)),
        }
    }
}

impl std::str::FromStr for BalancingStrategy {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str);
            Error::new(ErrorCode::ConfigInvalid, format!("there is no strategy {name:?}"))
                .field("strategy")
                .hint(crate::config::alternatives(name, &known, known.len()))
        })
    }
}

/// What is measured at instances for a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measures {
    /// Nothing but what is in flight.
    Nothing,
    /// What [`Question::response_time`] answers.
    ResponseTime,
    /// Means and failures, for `least_response_time`.
    Means,
}

/// A way to choose. Implement it for one of your own.
pub trait Strategy: Debug + Send + Sync {
    /// What it is called in snapshots.
    fn name(&self) -> &str;

    /// Get ready for a list of instances. Called when the list, a weight or somebody's health changes, never while a
    /// request waits.
    fn prepare(&self, members: &Members<'_>) -> Box<dyn Chooser>;

    /// What it asks for that is measured with each result; measuring costs some nanoseconds.
    fn measures(&self) -> Measures {
        Measures::Nothing
    }

    /// A probe, or a response, told how busy an instance is. For strategies that ask for probes.
    fn probed(&self, _id: &str, _probe: &super::Probe, _now: f64) {}
}

/// A strategy that is ready for a list of instances.
pub trait Chooser: Debug + Send + Sync {
    /// The place of the instance that gets this request, or `None` where none of those that this way would lead to may
    /// have it; then any other that may is taken. Must neither wait nor allocate.
    fn choose(&self, question: &Question<'_>) -> Option<usize>;
}
