//! Requests in flight are references: who has one in flight holds on to the instance, and lists of instances do not.
//!
//! So the number of requests in flight is the number of references that there are. It cannot leak, nor fall below none, and
//! what keeps an instance while a request needs it is the same count that strategies look at.

use std::ops::Deref;
use std::sync::Arc;

use super::instance::{About, Instance};

/// An instance as lists hold it.
#[derive(Debug, Clone)]
#[expect(clippy::redundant_allocation, reason = "lists share one reference of those that are counted")]
pub(super) struct Listed(Arc<Arc<Instance>>);

/// A request that an instance has in flight, until this is dropped.
#[derive(Debug)]
pub(super) struct Flight {
    instance: Arc<Instance>,
    /// Seats that it has: one where the instance has only so many, else none. A whole number, because a flag would be read
    /// back as part of a word while it is still on its way to memory.
    seats: u64,
}

impl Listed {
    pub(super) fn new(instance: Instance) -> Self {
        Self(Arc::new(Arc::new(instance)))
    }

    /// Requests that it has in flight.
    #[inline]
    pub(super) fn in_flight(&self) -> u64 {
        // One reference is the lists' own.
        let requests: &Arc<Instance> = &self.0;
        Arc::strong_count(requests) as u64 - 1
    }

    /// Whether it has room for one more where it may have so many at a time; `u64::MAX` is no limit.
    #[inline]
    pub(super) fn has_room(&self, limit: u64) -> bool {
        limit == u64::MAX || (self.in_flight() < limit && self.load.seats() < limit)
    }

    /// A request begins. `None` where another thread has just taken the last place.
    #[inline]
    pub(super) fn begin(&self, limit: u64) -> Option<Flight> {
        let seats = u64::from(limit != u64::MAX);
        if seats > 0 && !self.load.take_seat(limit) {
            return None;
        }
        Some(Flight { instance: Arc::clone(&self.0), seats })
    }

    /// Requests that it was chosen for.
    pub(super) fn picks(&self) -> u64 {
        let (results, _) = self.load.results();
        (results + self.load.cancelled() + self.in_flight()).saturating_add_signed(self.load.unfollowed())
    }

    /// Whether both are the very same instance, and not only of one name.
    pub(super) fn is(&self, instance: &Instance) -> bool {
        std::ptr::eq(&**self.0, instance)
    }
}

impl Deref for Listed {
    type Target = Instance;

    #[inline]
    fn deref(&self) -> &Instance {
        &self.0
    }
}

impl Flight {
    #[inline]
    pub(super) fn instance(&self) -> &Instance {
        &self.instance
    }

    #[inline]
    pub(super) fn about(&self) -> &Arc<About> {
        &self.instance.about
    }
}

impl Drop for Flight {
    #[inline]
    fn drop(&mut self) {
        if self.seats > 0 {
            self.instance.load.leave_seat();
        }
    }
}
