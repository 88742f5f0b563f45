//! Worker processes of this machine, as many as there should be.
//!
//! A [`ProcessPool`] starts a command once for each instance, finds out when it is ready, starts it again when it ends,
//! and stops it when there are to be fewer. It is what a [`ScalingEngine`](super::ScalingEngine) can have its decisions
//! carried out by without any cluster.
//!
//! ```text
//!              ready            asked to stop, or not ready in time
//!   starting ---------> ready -----------+
//!      ^  |               |              v
//!      |  | ends          | ends     stopping --killed at the deadline--> gone
//!      |  v               v
//!      waiting (longer each time) --too often--> given up
//! ```
//!
//! | file | what is in it |
//! |---|---|
//! | `rules.rs` | who is started, stopped and left, by given times, without I/O |
//! | `process.rs` | one process with its group and its output |
//! | `probe.rs` | whether it is ready |
//! | `guard.rs` | a shell that ends the processes when the host is gone, however it went |
//! | `run.rs` | the thread that looks after all of them |

mod guard;
mod options;
mod probe;
mod process;
mod rules;
mod run;
mod status;

pub use options::{PoolOptions, PoolOutput, PoolReady};
pub use run::ProcessPool;
pub use status::{PoolInstance, PoolInstanceState, PoolStatus};

#[cfg(test)]
mod tests;
