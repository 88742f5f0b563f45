//! The time of what is recorded without one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Where a collector gets the time from: the system, or whoever moves it.
///
/// ```
/// use opusclip_core::analytics::Clock;
/// let clock = Clock::fixed(1_700_000_000.0);
/// clock.set(1_700_000_060.0);
/// assert_eq!(clock.now(), 1_700_000_060.0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// The system's clock, to some milliseconds on Linux: reading it exactly would cost more than recording.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that shows `now` (Unix seconds) until it is [set](Clock::set).
    pub fn fixed(now: f64) -> Self {
        Self(Some(Arc::new(AtomicU64::new(now.to_bits()))))
    }

    /// Move a fixed clock, and all its clones; the system's clock stays as it is.
    pub fn set(&self, now: f64) {
        if let Some(shared) = &self.0 {
            shared.store(now.to_bits(), Relaxed);
        }
    }

    /// Unix seconds.
    #[inline]
    pub fn now(&self) -> f64 {
        match &self.0 {
            Some(shared) => f64::from_bits(shared.load(Relaxed)),
            None => {
                let (seconds, nanoseconds) = coarse();
                seconds as f64 + f64::from(nanoseconds) * 1e-9
            }
        }
    }

    /// Whole Unix seconds.
    #[inline]
    pub(super) fn second(&self) -> i64 {
        match &self.0 {
            Some(_) => second(self.now()),
            None => coarse().0,
        }
    }
}

/// The second that a time lies in. `floor` is a call of a function where any x86-64 processor must do.
#[inline]
pub(super) fn second(time: f64) -> i64 {
    let whole = time as i64;
    whole - i64::from((whole as f64) > time)
}

#[cfg(target_os = "linux")]
#[inline]
fn coarse() -> (i64, u32) {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    (now.tv_sec, now.tv_nsec as u32)
}

#[cfg(not(target_os = "linux"))]
fn coarse() -> (i64, u32) {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    (since.as_secs() as i64, since.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn seconds_are_rounded_down(time in -1e11_f64..1e11) {
            prop_assert_eq!(super::second(time), time.floor() as i64);
            prop_assert_eq!(super::second(time.floor()), time.floor() as i64);
        }
    }
}
