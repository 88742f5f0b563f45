//! How a pool stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an instance of a pool does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PoolInstanceState {
    /// It runs and is not ready yet.
    Starting,
    /// It is ready.
    Ready,
    /// It was asked to end.
    Stopping,
    /// It has ended and will be started again.
    Waiting,
    /// It has ended too often and is left alone until a count is asked for again.
    GivenUp,
}

/// An instance of a pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolInstance {
    /// Its number, counted from 0. That of one that is gone is given again.
    pub number: u32,
    /// What it does.
    pub state: PoolInstanceState,
    /// The id of its process, and of its group; none while it does not run.
    pub process: Option<u32>,
    /// Its port; none while it does not run.
    pub port: Option<u16>,
    /// How often it was started again.
    pub restarts: u32,
    /// Seconds from its last start until it was ready.
    pub ready_after: Option<f64>,
    /// How it ended last, or why it could not be started.
    pub ended: Option<String>,
}

/// A pool at a moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolStatus {
    /// Instances that there should be.
    pub wanted: u32,
    /// Instances that there are, those that are starting or will be started again among them: what a scaling engine is
    /// told as `instances`.
    pub instances: u32,
    /// Those that are ready: what it is told as `ready_instances`.
    pub ready_instances: u32,
    /// Those that were asked to end and still run.
    pub stopping: u32,
    /// Those that were given up.
    pub given_up: u32,
    /// Starts of instances that had ended by themselves, since the pool began.
    pub restarts: u64,
    /// Each of them, by number.
    pub processes: Vec<PoolInstance>,
}
