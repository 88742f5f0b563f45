//! Who may have requests: checks, ejections, slow start, and what tiers do when many are not well.
//!
//! | module | what is in it |
//! |---|---|
//! | `check.rs` | active checks as a state machine; the host carries them out |
//! | `calls.rs` | which checks are due, and what their answers change |
//! | `target.rs` | what a check asks of an instance, and which answers are good ones |
//! | `outlier.rs` | instances whose results are bad are ejected for a while |
//! | `slow_start.rs` | who joins or recovers gets its share step by step |
//! | `priority.rs` | shares of tiers, and panic |

mod calls;
mod check;
mod outlier;
mod priority;
mod slow_start;
mod target;

pub(super) use check::Checks;
pub use check::HealthCheckOptions;
pub(super) use outlier::success_rate_outliers;
pub(super) use outlier::{Ejection, Interval, Sweep, ejection_seconds, most_ejected};
pub use outlier::{EjectionReason, OutlierOptions};
pub(super) use priority::{panics, tier_shares};
pub use slow_start::SlowStartOptions;
pub(super) use slow_start::{SlowStart, Warming};
pub use target::{CheckProtocol, CheckTarget, CheckerOptions};
