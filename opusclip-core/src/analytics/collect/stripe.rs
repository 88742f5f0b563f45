//! Threads that record into the same series use different places, so that none waits for another.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use crossbeam_utils::CachePadded;

/// Places of a series. All but the last belong to one thread each while that runs; the others share the last.
const MOST: usize = 16;
const SHARED: usize = MOST - 1;

/// The places that threads have, a bit for each.
static TAKEN: AtomicU16 = AtomicU16::new(1 << SHARED);

/// The place of a thread, which is free again when the thread ends.
struct Seat(usize);

impl Seat {
    fn take() -> Self {
        let next = |taken: u16| (taken != u16::MAX).then(|| taken | (taken + 1));
        // What the thread before wrote there is seen by the one that takes its place.
        let before = TAKEN.fetch_update(Ordering::Acquire, Ordering::Relaxed, next);
        Self(before.map_or(SHARED, |taken| taken.trailing_ones() as usize))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        PLACE.set(SHARED);
        if self.0 != SHARED {
            TAKEN.fetch_and(!(1 << self.0), Ordering::Release);
        }
    }
}

thread_local! {
    /// Where the thread is looked up, with nothing to be done when it ends.
    static PLACE: Cell<usize> = const { Cell::new(NONE) };
    static MINE: Seat = Seat::take();
}

/// The thread has no place yet.
const NONE: usize = MOST;

#[inline]
fn place() -> usize {
    match PLACE.get() {
        NONE => sit(),
        place => place,
    }
}

#[cold]
fn sit() -> usize {
    // A thread that is ending may have given its place back already.
    let place = MINE.try_with(|seat| seat.0).unwrap_or(SHARED);
    PLACE.set(place);
    place
}

/// One `T` for each thread that comes by, made when it does.
#[derive(Debug)]
pub(super) struct Stripes<T>([OnceLock<Box<CachePadded<T>>>; MOST]);

impl<T> Stripes<T> {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| OnceLock::new()))
    }

    /// That of this thread, and whether no other thread writes there.
    #[inline]
    pub(super) fn mine(&self, make: impl FnOnce() -> T) -> (&T, bool) {
        // The rest of the division is within the array; the compiler sees that.
        let place = place() % MOST;
        (self.0[place].get_or_init(|| Box::new(CachePadded::new(make()))), place != SHARED)
    }

    /// All that have been made, each with whether one thread alone writes there.
    pub(super) fn all(&self) -> impl Iterator<Item = (&T, bool)> {
        let places = self.0.iter().enumerate();
        places.filter_map(|(place, stripe)| stripe.get().map(|padded| (&***padded, place != SHARED)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Barrier, Mutex};

    use super::*;

    #[test]
    fn threads_at_the_same_time_have_places_of_their_own_or_know_that_they_share() {
        let (threads, stripes) = (40, Stripes::<u64>::new());
        let (all_there, found) = (Barrier::new(threads), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let (place, alone) = stripes.mine(|| 0);
                    found.lock().unwrap().push((std::ptr::from_ref(place) as usize, alone));
                    all_there.wait();
                });
            }
        });
        let found = found.into_inner().unwrap();
        let alone: Vec<usize> = found.iter().filter(|(_, alone)| *alone).map(|(place, _)| *place).collect();
        assert_eq!(alone.iter().collect::<BTreeSet<_>>().len(), alone.len());
        let shared: BTreeSet<usize> = found.iter().filter(|(_, alone)| !*alone).map(|(place, _)| *place).collect();
        assert!(shared.len() <= 1 && shared.is_disjoint(&alone.into_iter().collect()));
    }

    #[test]
    fn a_place_is_free_again_when_its_thread_has_ended() {
        let stripes = Stripes::<u64>::new();
        for _ in 0..1000 {
            std::thread::scope(|scope| {
                scope.spawn(|| stripes.mine(|| 0));
            });
        }
        assert!(stripes.all().count() <= MOST);
    }
}
