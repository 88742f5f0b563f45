//! What is published for those who pick: which instances there are, who may have requests, and how one is chosen.
//!
//! A table never changes; a change of the roster makes a new one. Whoever picks reads the one that is there, without
//! waiting for whoever makes the next.

use std::cell::Cell;
use std::sync::Arc;

use crossbeam_utils::CachePadded;

use super::flight::Listed;
use super::hash::{STEP, mix, unit};
use super::health::Warming;
use super::strategy::{Chooser, Question};
use super::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// An instance as those who pick see it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) instance: Listed,
    pub(super) weight: f64,
    /// Requests that it may have at a time; `u64::MAX` without a limit.
    pub(super) limit: u64,
    /// Its slow start, while it is in it; elsewhere, so that members lie close together.
    pub(super) warming: Option<Box<Warming>>,
    /// Whether there is anything to ask before it gets a request.
    pub(super) gated: bool,
}

/// Instances that requests are spread over by one strategy.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) members: Box<[Member]>,
    pub(super) chooser: Box<dyn Chooser>,
    /// The share of requests that goes here or to a group before this one, 0 to 1.
    pub(super) until: f64,
    /// Requests that were asked for here; lives on in the next table.
    pub(super) turns: Turns,
}

/// A count that lives on when tables change.
pub(super) type Turns = Arc<CachePadded<AtomicU64>>;

/// Instances with certain metadata, or all: groups by tier and zone, the preferred first.
#[derive(Debug)]
pub(super) struct View {
    pub(super) groups: Box<[Group]>,
    pub(super) turns: Turns,
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) views: Box<[View]>,
    pub(super) seed: u64,
}

/// An odd number far from the step within a stream (a multiplier of Steele and Vigna, "Computationally easy, spectrally
/// good multipliers", 2022).
const STREAMS: u64 = 0xd134_2543_de82_ef95;

/// A request as the table sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) exclude: &'a [&'a str],
    pub(super) now: f64,
}

impl Table {
    /// Instances, counted once for each subset that they are in.
    pub(super) fn len(&self) -> usize {
        self.views.iter().flat_map(|view| &view.groups).map(|group| group.members.len()).sum()
    }

    /// Choose an instance and take something of it for the request. Where the last place of the chosen one was lost to
    /// another thread, another one is looked for; `None` where there is none.
    #[inline]
    pub(super) fn take<T>(&self, view: usize, wanted: &Wanted<'_>, take: impl Fn(&Member) -> Option<T>) -> Option<T> {
        loop {
            let (group, member) = self.choose(view, wanted)?;
            let group = self.views.get(view)?.groups.get(group as usize)?;
            if let Some(taken) = take(group.members.get(member as usize)?) {
                return Some(taken);
            }
        }
    }

    /// The place of a group and of a member in it.
    #[inline]
    fn choose(&self, view: usize, wanted: &Wanted<'_>) -> Option<(u32, u32)> {
        let view = self.views.get(view)?;
        let groups = &*view.groups;
        let (at, turn, random) = match groups {
            [] => return None,
            [only] => {
                let turn = only.turns.fetch_add(1, Relaxed);
                (0, turn, self.stream(turn))
            }
            _ => {
                let random = self.stream(view.turns.fetch_add(1, Relaxed));
                let drawn = unit(mix(random));
                let at = groups.iter().position(|group| drawn < group.until).unwrap_or(groups.len() - 1);
                (at, groups[at].turns.fetch_add(1, Relaxed), random.wrapping_add(STEP))
            }
        };
        let group = &groups[at];
        let question = self.question(group, wanted, turn, random);
        match group.chooser.choose(&question) {
            Some(member) if member < group.members.len() => Some((at as u32, member as u32)),
            _ => self.any(groups, at, wanted, random),
        }
    }

    /// Where the random numbers of a request begin; no other's are near.
    #[inline]
    fn stream(&self, turn: u64) -> u64 {
        self.seed.wrapping_add(turn.wrapping_mul(STREAMS))
    }

    #[inline]
    fn question<'a>(&'a self, group: &'a Group, wanted: &'a Wanted<'a>, turn: u64, random: u64) -> Question<'a> {
        Question { members: &group.members, turn, random: Cell::new(random), wanted }
    }

    /// Any instance that has room: of the group that was meant, else of the next ones, else of those before it.
    #[cold]
    fn any(&self, groups: &[Group], meant: usize, wanted: &Wanted<'_>, random: u64) -> Option<(u32, u32)> {
        let order = (meant..groups.len()).chain(0..meant);
        order.filter_map(|at| Some((at, groups.get(at)?))).find_map(|(at, group)| {
            let question = self.question(group, wanted, 0, random);
            let len = question.len();
            let start = question.below(len);
            let found = (start..len).chain(0..start).find(|member| question.has_room(*member))?;
            Some((at as u32, found as u32))
        })
    }
}
