//! The system's clock, for what has I/O and is given no other.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix seconds.
pub(super) fn system_clock() -> f64 {
    // A clock that is set before 1970 counts as that.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
