//! Numbers that only rise.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::snapshot::CounterState;
use super::stripe::Stripes;
use super::tiers::{Cell, Plan, Slot, Tiers};

/// The increase within a slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Increase(pub(super) f64);

impl Cell for Increase {
    type Total = ();

    fn enter(&self, (): &mut ()) {}

    fn leave(&self, (): &mut ()) {}

    fn absorb(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// What one thread added in the running second, or the threads that share a place.
#[derive(Debug)]
struct Live {
    second: AtomicI64,
    /// Whole numbers, which are nearly all, are one addition.
    whole: AtomicU64,
    /// The bits of the sum of all others.
    part: AtomicU64,
    /// What was moved on of both already. Only looked at by whoever has the lock of what is kept.
    moved: [AtomicU64; 2],
}

impl Live {
    fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self { second: AtomicI64::new(i64::MIN), whole: zero(), part: zero(), moved: [zero(), zero()] }
    }

    /// A place that one thread alone writes to needs no locked instruction.
    #[inline]
    fn add(&self, amount: f64, alone: bool) {
        let whole = amount as u64;
        if whole as f64 == amount && whole < 1 << 32 {
            if alone {
                self.whole.store(self.whole.load(Ordering::Relaxed).wrapping_add(whole), Ordering::Relaxed);
            } else {
                self.whole.fetch_add(whole, Ordering::Relaxed);
            }
        } else {
            let more = |bits| Some((f64::from_bits(bits) + amount).to_bits());
            // Never `Err`: the closure always gives a value.
            let _ = self.part.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        }
    }

    /// What was added since the last time.
    fn take(&self, alone: bool) -> f64 {
        if !alone {
            let whole = self.whole.swap(0, Ordering::Relaxed);
            return whole as f64 + f64::from_bits(self.part.swap(0, Ordering::Relaxed));
        }
        // The thread goes on writing: what it wrote stays, and how much of it was moved is remembered.
        let (whole, part) = (self.whole.load(Ordering::Relaxed), self.part.load(Ordering::Relaxed));
        let [moved_whole, moved_part] = &self.moved;
        let more = whole.wrapping_sub(moved_whole.swap(whole, Ordering::Relaxed)) as f64;
        more + (f64::from_bits(part) - f64::from_bits(moved_part.swap(part, Ordering::Relaxed)))
    }

    /// Begin at 0 again, so that sums stay small and exact. Only the thread that has the place alone may do that, after
    /// [`Live::take`].
    fn restart(&self) {
        for number in [&self.whole, &self.part].into_iter().chain(&self.moved) {
            number.store(0, Ordering::Relaxed);
        }
    }
}

/// The state of one counter.
#[derive(Debug)]
pub(super) struct CounterSeries {
    plan: Arc<Plan>,
    stripes: Stripes<Live>,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    tiers: Tiers<Increase>,
    /// All that was ever added.
    total: f64,
    /// What an outside counter showed last.
    shown: Option<f64>,
}

impl CounterSeries {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        let kept = Kept { tiers: Tiers::new(&plan), total: 0.0, shown: None };
        Self { plan, stripes: Stripes::new(), kept: Mutex::new(kept) }
    }

    /// Add to a second; `false` where that is older than what is kept, or `ahead`, which is asked of a new second.
    #[inline]
    pub(super) fn add(&self, second: i64, amount: f64, ahead: impl FnOnce() -> bool) -> bool {
        let (live, alone) = self.stripes.mine(Live::new);
        if live.second.load(Ordering::Relaxed) == second {
            live.add(amount, alone);
            return true;
        }
        !ahead() && self.add_to_other(live, alone, second, amount)
    }

    #[cold]
    fn add_to_other(&self, live: &Live, alone: bool, second: i64, amount: f64) -> bool {
        let mut kept = self.kept.lock();
        let running = live.second.load(Ordering::Relaxed);
        if second < running.max(kept.tiers.head()) {
            let taken = kept.tiers.put(&self.plan, second, Increase(amount)).is_none();
            kept.total += if taken { amount } else { 0.0 };
            return taken;
        }
        self.collect(&mut kept, live, alone);
        if alone {
            live.restart();
        }
        kept.tiers.advance(&self.plan, second);
        live.second.store(second, Ordering::Relaxed);
        live.add(amount, alone);
        true
    }

    /// Move what a thread added into its slot.
    fn collect(&self, kept: &mut Kept, live: &Live, alone: bool) {
        let amount = live.take(alone);
        if amount > 0.0 {
            kept.total += amount;
            // Never given back: a live second is at most as old as the head by what a thread slept.
            let _ = kept.tiers.put(&self.plan, live.second.load(Ordering::Relaxed), Increase(amount));
        }
    }

    /// The increase since what an outside counter showed last; one that shows less was reset and began at 0.
    pub(super) fn step(&self, shown: f64) -> f64 {
        let mut kept = self.kept.lock();
        match kept.shown.replace(shown) {
            Some(before) if before <= shown => shown - before,
            Some(_) => shown,
            None => 0.0,
        }
    }

    /// All that was ever added, after what is live was moved to its slots.
    pub(super) fn total(&self) -> f64 {
        let mut kept = self.kept.lock();
        self.stripes.all().for_each(|(live, alone)| self.collect(&mut kept, live, alone));
        kept.total
    }

    /// All of it, for another process.
    pub(super) fn save(&self) -> CounterState {
        let mut kept = self.kept.lock();
        self.stripes.all().for_each(|(live, alone)| self.collect(&mut kept, live, alone));
        let slots =
            kept.tiers.range(&self.plan, i64::MIN, i64::MAX).map(|(slot, cell)| (slot.begin, slot.length, *cell));
        CounterState { total: kept.total, slots: slots.collect() }
    }

    /// Add what another process saved.
    pub(super) fn take(&self, state: CounterState) {
        let mut kept = self.kept.lock();
        kept.total += state.total;
        kept.tiers.take(&self.plan, state.slots);
    }

    /// Take out what is kept beyond the windows and ended by a second.
    pub(super) fn drain(&self, until: i64) -> Vec<(i64, i64, Increase)> {
        self.kept.lock().tiers.drain(&self.plan, until)
    }

    /// As if it had never been taken out.
    pub(super) fn put_back(&self, slots: Vec<(i64, i64, Increase)>) {
        self.kept.lock().tiers.take(&self.plan, slots);
    }

    /// The slots that begin after one second and not after another.
    pub(super) fn visit(&self, after: i64, until: i64, mut visit: impl FnMut(Slot, f64)) {
        let mut kept = self.kept.lock();
        self.stripes.all().for_each(|(live, alone)| self.collect(&mut kept, live, alone));
        kept.tiers.range(&self.plan, after, until).for_each(|(slot, cell)| visit(slot, cell.0));
    }
}
