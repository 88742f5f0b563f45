//! Threads that record into the same series use different places, so that none waits for another.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crossbeam_utils::CachePadded;

/// Places of a series; threads share them where there are more.
const MOST: usize = 16;

thread_local! {
    static MINE: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Relaxed) % MOST
    };
}

/// One `T` for each thread that comes by, made when it does.
#[derive(Debug)]
pub(super) struct Stripes<T>([OnceLock<Box<CachePadded<T>>>; MOST]);

impl<T> Stripes<T> {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| OnceLock::new()))
    }

    /// That of this thread.
    #[inline]
    pub(super) fn mine(&self, make: impl FnOnce() -> T) -> &T {
        // The rest of the division is within the array; the compiler sees that.
        let place = MINE.with(|mine| *mine) % MOST;
        self.0[place].get_or_init(|| Box::new(CachePadded::new(make())))
    }

    /// All that have been made.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(|stripe| stripe.get().map(|padded| &***padded))
    }
}
