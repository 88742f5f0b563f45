//! What was recorded, in slots of time that get longer with age.
//!
//! The last minute is kept by the second, the five minutes before by five seconds, and so on: one tier for each window,
//! with slots of about a sixtieth of it. A slot that leaves a tier is added to the one of the next tier that spans it,
//! so a window is the sum of the slots within it and nothing is ever read again.

use std::collections::VecDeque;

/// What a slot holds.
pub(super) trait Cell {
    /// Add what another slot holds.
    fn absorb(&mut self, other: Self);
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

    /// Seconds that are kept.
    pub(super) fn span(&self) -> i64 {
        self.0.last().map_or(0, |tier| tier.span)
    }
}

/// The slots of one series.
#[derive(Debug, Clone)]
pub(super) struct Tiers<C> {
    /// For each tier the begin of each slot in seconds, rising, and what it holds.
    rings: Vec<VecDeque<(i64, C)>>,
    /// The second that slots are old by.
    head: i64,
}

impl<C: Cell> Tiers<C> {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { rings: plan.0.iter().map(|_| VecDeque::new()).collect(), head: i64::MIN / 2 }
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
            while let Some((start, cell)) = ring.pop_front_if(|(start, _)| *start <= second - tier.span) {
                if let (Some(next), Some(longer)) = (old.first_mut(), plan.0.get(at + 1)) {
                    insert(next, floor(start, longer.slot), cell);
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
                insert(ring, start, cell);
                return None;
            }
        }
        Some(cell)
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
            let slots = ring.iter().filter(move |(start, _)| *start > after && *start <= until);
            slots.map(move |(start, cell)| (*start, tier.slot, cell))
        })
    }
}

/// The begin of the slot that holds a second.
fn floor(second: i64, slot: i64) -> i64 {
    second - second.rem_euclid(slot)
}

/// Add to the slot that begins at `start`, which is nearly always the last one.
fn insert<C: Cell>(ring: &mut VecDeque<(i64, C)>, start: i64, cell: C) {
    match ring.back_mut() {
        Some((last, old)) if *last == start => old.absorb(cell),
        Some((last, _)) if *last > start => {
            let at = ring.partition_point(|(other, _)| *other < start);
            match ring.get_mut(at) {
                Some((same, old)) if *same == start => old.absorb(cell),
                _ => ring.insert(at, (start, cell)),
            }
        }
        _ => ring.push_back((start, cell)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Cell for u64 {
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
            for at in 1..seconds.len() {
                if at % 7 == 0 { seconds[at] = (seconds[at] - late).max(0); }
            }
            for second in &seconds {
                prop_assert_eq!(tiers.put(&plan, *second, 1), None);
            }
            let head = tiers.head();
            for tier in &plan.0 {
                let counted: u64 = tiers.range(&plan, head - tier.span, head).map(|(_, _, count)| *count).sum();
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
