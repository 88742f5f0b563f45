//! What was recorded, in slots of time that get longer with age.
//!
//! The last minute is kept by the second, the five minutes before by five seconds, and so on: one tier for each window,
//! with slots of about a sixtieth of it, then those that are kept for longer than any window. A slot that leaves a tier
//! is added to the one of the next tier that spans it, so a window is the sum of the slots within it and nothing is ever
//! read again.

use std::collections::VecDeque;

/// What a slot holds.
pub(super) trait Cell {
    /// What slots add up to beyond what is cheap to add when asked.
    type Total: Default + std::fmt::Debug;
    /// Add what another slot holds.
    fn absorb(&mut self, other: Self);
    /// Count it in the total.
    fn enter(&self, total: &mut Self::Total);
    /// Do not count it any more.
    fn leave(&self, total: &mut Self::Total);
}

/// How long slots are, and until when they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    tiers: Vec<Tier>,
    /// How many of them, the first ones, are windows.
    windows: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tier {
    /// Seconds of a slot; a multiple of those of the tier before.
    slot: i64,
    /// A slot leaves when it began this long ago.
    span: i64,
}

/// Slots for a window, at least.
const SLOTS: i64 = 60;

/// Slots part an hour or a day, or are whole days, where they can.
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

impl Plan {
    /// For windows of these lengths in seconds.
    pub(super) fn new(windows: impl IntoIterator<Item = u32>) -> Self {
        let mut spans: Vec<i64> = windows.into_iter().map(i64::from).collect();
        spans.sort_unstable();
        spans.dedup();
        let mut slot = 1;
        let tier = |span: i64| {
            slot *= times(span / SLOTS / slot, slot);
            Tier { slot, span }
        };
        Self { windows: spans.len(), tiers: spans.into_iter().map(tier).collect() }
    }

    /// Also keep slots of so many seconds for so long, beyond the longest window.
    ///
    /// # Errors
    /// The number of seconds that slots have before, where these are not a multiple of it or are not kept for longer.
    pub(super) fn keep(&mut self, slot: i64, span: i64) -> Result<(), (i64, i64)> {
        let before = self.tiers.last().map_or((1, 0), |tier| (tier.slot, tier.span));
        if slot % before.0 != 0 || span <= before.1 || span < slot {
            return Err(before);
        }
        self.tiers.push(Tier { slot, span });
        Ok(())
    }

    /// The place of the tier for a window of so many seconds.
    pub(super) fn tier(&self, span: i64) -> Option<usize> {
        self.tiers.iter().take(self.windows).position(|tier| tier.span == span)
    }

    /// Seconds that are kept.
    pub(super) fn span(&self) -> i64 {
        self.tiers.last().map_or(0, |tier| tier.span)
    }
}

/// By how much longer slots are than those of a tier before: at most so many times, rather fewer than none that fit.
fn times(most: i64, slot: i64) -> i64 {
    let fits = |times: &i64| match slot * times {
        long if long > DAY => long % DAY == 0,
        middle if middle > HOUR => DAY % middle == 0,
        short => HOUR % short == 0,
    };
    (1..=most).rev().find(fits).unwrap_or(most.max(1))
}

/// A stretch of time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) begin: i64,
    pub(super) length: i64,
    /// How much of it has been handed over by the slots of the tier before; the rest is still in those.
    pub(super) covered: i64,
}

/// The slots of one series.
#[derive(Debug)]
pub(super) struct Tiers<C: Cell> {
    rings: Vec<Ring<C>>,
    /// The second that slots are old by.
    head: i64,
}

/// The slots of one tier.
#[derive(Debug)]
struct Ring<C: Cell> {
    /// The begin of each slot in seconds, rising, and what it holds.
    slots: VecDeque<(i64, C)>,
    /// What they add up to, once somebody asked; kept up to date from then on.
    total: Option<Box<C::Total>>,
}

impl<C: Cell> Ring<C> {
    /// Add to the slot that begins at `start`, which is nearly always the last one.
    fn insert(&mut self, start: i64, cell: C) {
        if let Some(total) = &mut self.total {
            cell.enter(total);
        }
        let slots = &mut self.slots;
        match slots.back_mut() {
            Some((last, old)) if *last == start => old.absorb(cell),
            Some((last, _)) if *last > start => {
                let at = slots.partition_point(|(other, _)| *other < start);
                match slots.get_mut(at) {
                    Some((same, old)) if *same == start => old.absorb(cell),
                    _ => slots.insert(at, (start, cell)),
                }
            }
            _ => slots.push_back((start, cell)),
        }
    }

    /// Take the first slot out if it began by `until`.
    fn pop(&mut self, until: i64) -> Option<(i64, C)> {
        let (start, cell) = self.slots.pop_front_if(|(start, _)| *start <= until)?;
        if let Some(total) = &mut self.total {
            cell.leave(total);
        }
        Some((start, cell))
    }

    fn total(&mut self) -> &C::Total {
        let slots = &self.slots;
        self.total.get_or_insert_with(|| {
            let mut total = Box::default();
            slots.iter().for_each(|(_, cell)| cell.enter(&mut total));
            total
        })
    }
}

impl<C: Cell> Tiers<C> {
    pub(super) fn new(plan: &Plan) -> Self {
        let ring = |_| Ring { slots: VecDeque::new(), total: None };
        Self { rings: plan.tiers.iter().map(ring).collect(), head: i64::MIN / 2 }
    }

    pub(super) fn head(&self) -> i64 {
        self.head
    }

    /// Let time pass until `second`; never back.
    pub(super) fn advance(&mut self, plan: &Plan, second: i64) {
        if second <= self.head {
            return;
        }
        self.head = second;
        for (at, tier) in plan.tiers.iter().enumerate() {
            let (young, old) = self.rings.split_at_mut(at + 1);
            let Some(ring) = young.last_mut() else { continue };
            while let Some((start, cell)) = ring.pop(second - tier.span) {
                if let (Some(next), Some(longer)) = (old.first_mut(), plan.tiers.get(at + 1)) {
                    next.insert(floor(start, longer.slot), cell);
                }
            }
        }
    }

    /// Add to the slot of `second`; gives the cell back where that is older than all that is kept.
    pub(super) fn put(&mut self, plan: &Plan, second: i64, cell: C) -> Option<C> {
        self.advance(plan, second);
        for (tier, ring) in plan.tiers.iter().zip(&mut self.rings) {
            let start = floor(second, tier.slot);
            if start > self.head - tier.span {
                ring.insert(start, cell);
                return None;
            }
        }
        Some(cell)
    }

    /// Add slots of another series with the same plan: begin, length, content. What is too old is left out.
    pub(super) fn take(&mut self, plan: &Plan, slots: Vec<(i64, i64, C)>) {
        if let Some(latest) = slots.iter().map(|(start, ..)| *start).max() {
            self.advance(plan, latest);
        }
        for (begin, length, cell) in slots {
            let mut tiers = plan.tiers.iter().zip(&mut self.rings).filter(|(tier, _)| tier.slot >= length);
            let place = tiers.find(|(tier, _)| floor(begin, tier.slot) > self.head - tier.span);
            if let Some((tier, ring)) = place {
                ring.insert(floor(begin, tier.slot), cell);
            }
        }
    }

    /// Take out what is kept beyond the windows and ended by a second: begin, length, content.
    pub(super) fn drain(&mut self, plan: &Plan, until: i64) -> Vec<(i64, i64, C)> {
        let mut taken = Vec::new();
        for (tier, ring) in plan.tiers.iter().zip(&mut self.rings).skip(plan.windows) {
            while let Some((start, cell)) = ring.pop(until - tier.slot) {
                taken.push((start, tier.slot, cell));
            }
        }
        taken
    }

    /// What the slots of the tiers up to one add up to, tier by tier.
    pub(super) fn totals(&mut self, last: usize) -> impl Iterator<Item = &C::Total> {
        self.rings.iter_mut().take(last + 1).map(Ring::total)
    }

    /// The slots that begin after one second and not after another, the oldest first.
    pub(super) fn range<'a>(&'a self, plan: &'a Plan, after: i64, until: i64) -> impl Iterator<Item = (Slot, &'a C)> {
        let younger = std::iter::once(None).chain(plan.tiers.iter().map(Some));
        let tiers: Vec<_> = plan.tiers.iter().zip(&self.rings).zip(younger).collect();
        tiers.into_iter().rev().flat_map(move |((tier, ring), younger)| {
            // From here on the tier before has slots of its own.
            let end = younger.map(|younger| floor(self.head - younger.span, younger.slot) + younger.slot);
            let slots = ring.slots.iter().filter(move |(start, _)| *start > after && *start <= until);
            slots.map(move |(begin, cell)| {
                let covered = end.map(|end| end - begin).filter(|covered| (1..tier.slot).contains(covered));
                (Slot { begin: *begin, length: tier.slot, covered: covered.unwrap_or(tier.slot) }, cell)
            })
        })
    }
}

/// The begin of the slot that holds a second.
fn floor(second: i64, slot: i64) -> i64 {
    second - second.rem_euclid(slot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Cell for u64 {
        type Total = u64;
        fn enter(&self, total: &mut u64) {
            *total += self;
        }
        fn leave(&self, total: &mut u64) {
            *total -= self;
        }
        fn absorb(&mut self, other: Self) {
            *self += other;
        }
    }

    fn plan() -> Plan {
        Plan::new([60, 300, 900, 3600, 86_400])
    }

    #[test]
    fn slots_are_a_sixtieth_of_their_window_or_part_an_hour() {
        let slots: Vec<i64> = plan().tiers.iter().map(|tier| tier.slot).collect();
        assert_eq!(slots, [1, 5, 15, 60, 1200]);
    }

    proptest! {
        /// Each observation is counted once while it is kept; a window misses at most what lies within a slot of its begin.
        #[test]
        fn windows_count_what_lies_in_them(mut seconds in prop::collection::vec(0_i64..100_000, 1..400), late in 0_i64..2000) {
            let plan = plan();
            let mut tiers = Tiers::new(&plan);
            seconds.sort_unstable();
            // Some arrive late.
            seconds.iter_mut().skip(7).step_by(7).for_each(|second| *second = (*second - late).max(0));
            for (at, second) in seconds.iter().enumerate() {
                prop_assert_eq!(tiers.put(&plan, *second, 1), None);
                if at == seconds.len() / 2 {
                    let _ = tiers.totals(4).count();
                }
            }
            let head = tiers.head();
            for (at, tier) in plan.tiers.iter().enumerate() {
                let counted: u64 = tiers.range(&plan, head - tier.span, head).map(|(_, count)| *count).sum();
                prop_assert_eq!(tiers.totals(at).sum::<u64>(), counted);
                let newer = |than: i64| seconds.iter().filter(|second| **second > than).count() as u64;
                prop_assert!(counted <= newer(head - tier.span));
                prop_assert!(counted >= newer(head - tier.span + tier.slot));
            }
        }
    }

    #[test]
    fn what_is_kept_beyond_the_windows_is_taken_out_once() {
        let mut plan = plan();
        assert_eq!(plan.keep(5000, 10_000_000), Err((1200, 86_400)));
        assert_eq!(plan.keep(3600, 30 * 86_400), Ok(()));
        let mut tiers = Tiers::new(&plan);
        let end = 3 * 86_400;
        (0..end).for_each(|second| assert_eq!(tiers.put(&plan, second, 1), None));
        let taken = tiers.drain(&plan, 86_400);
        assert_eq!(taken, (0..24).map(|hour| (hour * 3600, 3600, 3600)).collect::<Vec<_>>());
        assert_eq!(tiers.drain(&plan, 86_400), []);
        let kept: u64 = tiers.range(&plan, i64::MIN, i64::MAX).map(|(_, count)| *count).sum();
        assert_eq!(kept, 2 * 86_400);
    }

    #[test]
    fn what_is_too_old_is_given_back() {
        let plan = plan();
        let mut tiers = Tiers::new(&plan);
        assert_eq!(tiers.put(&plan, 1_000_000, 1), None);
        assert_eq!(tiers.put(&plan, 1_000_000 - 86_400, 7), Some(7));
        assert_eq!(tiers.put(&plan, 1_000_000 - 84_000, 7), None);
        tiers.advance(&plan, 2_000_000);
        assert_eq!(tiers.range(&plan, 0, 2_000_000).count(), 0);
    }
}
