//! What was recorded, in slots of time that get longer with age.
//!
//! The last minute is kept by the second, the five minutes before by five seconds, and so on: one tier for each window,
//! with slots of about a sixtieth of it. A slot that leaves a tier is added to the one of the next tier that spans it,
//! so a window is the sum of the slots within it and nothing is ever read again.

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
pub(super) struct Plan(Vec<Tier>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tier {
    /// Seconds of a slot; a multiple of those of the tier before.
    slot: i64,
    /// A slot leaves when it began this long ago.
    span: i64,
}

/// Slots for a window, at least.
const SLOTS: i64 = 60;

impl Plan {
    /// For windows of these lengths in seconds.
    pub(super) fn new(windows: impl IntoIterator<Item = u32>) -> Self {
        let mut spans: Vec<i64> = windows.into_iter().map(i64::from).collect();
        spans.sort_unstable();
        spans.dedup();
        let mut slot = 1;
        let tier = |span: i64| {
            slot *= (span / SLOTS / slot).max(1);
            Tier { slot, span }
        };
        Self(spans.into_iter().map(tier).collect())
    }

    /// The place of the tier for a window of so many seconds.
    pub(super) fn tier(&self, span: i64) -> Option<usize> {
        self.0.iter().position(|tier| tier.span == span)
    }

    /// Seconds that are kept.
    pub(super) fn span(&self) -> i64 {
        self.0.last().map_or(0, |tier| tier.span)
    }
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
        Self { rings: plan.0.iter().map(ring).collect(), head: i64::MIN / 2 }
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
        for (at, tier) in plan.0.iter().enumerate() {
            let (young, old) = self.rings.split_at_mut(at + 1);
            let Some(ring) = young.last_mut() else { continue };
            while let Some((start, cell)) = ring.pop(second - tier.span) {
                if let (Some(next), Some(longer)) = (old.first_mut(), plan.0.get(at + 1)) {
                    next.insert(floor(start, longer.slot), cell);
                }
            }
        }
    }

    /// Add to the slot of `second`; gives the cell back where that is older than all that is kept.
    pub(super) fn put(&mut self, plan: &Plan, second: i64, cell: C) -> Option<C> {
        self.advance(plan, second);
        for (tier, ring) in plan.0.iter().zip(&mut self.rings) {
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
            let mut tiers = plan.0.iter().zip(&mut self.rings).filter(|(tier, _)| tier.slot >= length);
            let place = tiers.find(|(tier, _)| floor(begin, tier.slot) > self.head - tier.span);
            if let Some((tier, ring)) = place {
                ring.insert(floor(begin, tier.slot), cell);
            }
        }
    }

    /// What the slots of the tiers up to one add up to, tier by tier.
    pub(super) fn totals(&mut self, last: usize) -> impl Iterator<Item = &C::Total> {
        self.rings.iter_mut().take(last + 1).map(Ring::total)
    }

    /// The slots that begin after one second and not after another, the oldest first: begin, length, content.
    pub(super) fn range<'a>(
        &'a self,
        plan: &'a Plan,
        after: i64,
        until: i64,
    ) -> impl Iterator<Item = (i64, i64, &'a C)> {
        let tiers = plan.0.iter().zip(&self.rings).rev();
        tiers.flat_map(move |(tier, ring)| {
            let slots = ring.slots.iter().filter(move |(start, _)| *start > after && *start <= until);
            slots.map(move |(start, cell)| (*start, tier.slot, cell))
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
    fn slots_are_a_sixtieth_of_their_window() {
        let slots: Vec<i64> = plan().0.iter().map(|tier| tier.slot).collect();
        assert_eq!(slots, [1, 5, 15, 60, 1440]);
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
            for (at, tier) in plan.0.iter().enumerate() {
                let counted: u64 = tiers.range(&plan, head - tier.span, head).map(|(_, _, count)| *count).sum();
                prop_assert_eq!(tiers.totals(at).sum::<u64>(), counted);
                let newer = |than: i64| seconds.iter().filter(|second| **second > than).count() as u64;
                prop_assert!(counted <= newer(head - tier.span));
                prop_assert!(counted >= newer(head - tier.span + tier.slot));
            }
        }
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
