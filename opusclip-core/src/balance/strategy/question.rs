//! What a strategy is told when it is prepared, and what it may ask when it chooses.

use std::cell::Cell;

use crate::balance::estimate::Known;
use crate::balance::hash::{STEP, below, hash, mix, unit};
use crate::balance::table::{Member, Wanted};

/// The instances that a strategy is prepared for.
#[derive(Debug)]
pub struct Members<'a>(Vec<(&'a str, f64)>);

impl<'a> Members<'a> {
    pub(in super::super) fn new(members: &'a [Member]) -> Self {
        Self(members.iter().map(|member| (&*member.instance.id, member.weight)).collect())
    }

    pub(super) fn of(members: &[(&'a str, f64)]) -> Self {
        Self(members.to_vec())
    }

    /// How many there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a strategy is never prepared for none")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The id of the instance at a place; empty beyond the last.
    pub fn id(&self, at: usize) -> &'a str {
        self.0.get(at).map_or("", |(id, _)| id)
    }

    /// The weight of the instance at a place, above 0; 0 beyond the last.
    pub fn weight(&self, at: usize) -> f64 {
        self.0.get(at).map_or(0.0, |(_, weight)| *weight)
    }

    /// Whether all weights are the same.
    pub fn equal(&self) -> bool {
        self.0.windows(2).all(|pair| pair[0].1 == pair[1].1)
    }
}

/// One request that looks for an instance. Places are those of [`Members`].
#[derive(Debug)]
pub struct Question<'a> {
    pub(in super::super) members: &'a [Member],
    pub(in super::super) turn: u64,
    pub(in super::super) random: Cell<u64>,
    pub(in super::super) wanted: &'a Wanted<'a>,
}

/// So many instances are all looked at where the least is wanted; of more, some at random.
const SCANNED: usize = 256;
/// Of more instances, so many are looked at: the least loaded of 16 is among the best seventeenth on average.
const SAMPLED: usize = 16;
/// Pairs that are drawn before any instance that may have the request is taken.
const PAIRS: usize = 4;

impl Question<'_> {
    /// How many instances there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "nobody is asked about none")]
    #[inline]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// The time, in Unix seconds.
    pub fn now(&self) -> f64 {
        self.wanted.now
    }

    /// Whether the instance at a place may have this request: it is not excluded, has room, and its slow start lets it
    /// have this one. May answer otherwise when it is asked again.
    #[inline]
    pub fn admits(&self, at: usize) -> bool {
        let Some(member) = self.members.get(at) else { return false };
        (!member.gated && self.wanted.exclude.is_empty()) || self.passes(member, true)
    }

    /// As [`Question::admits`], whatever slow start says.
    pub(in super::super) fn has_room(&self, at: usize) -> bool {
        self.members.get(at).is_some_and(|member| self.passes(member, false))
    }

    #[cold]
    fn passes(&self, member: &Member, warming: bool) -> bool {
        if self.wanted.exclude.iter().any(|id| **id == *member.instance.id) {
            return false;
        }
        if !member.instance.has_room(member.limit) {
            return false;
        }
        let share = match &member.warming {
            Some(start) if warming => start.share(self.wanted.now),
            _ => 1.0,
        };
        share >= 1.0 || self.unit() < share
    }

    /// The weight of the instance at a place.
    #[inline]
    pub fn weight(&self, at: usize) -> f64 {
        self.members.get(at).map_or(1.0, |member| member.weight)
    }

    /// Requests that the instance at a place has in flight.
    #[inline]
    pub fn in_flight(&self, at: usize) -> u64 {
        self.members.get(at).map_or(0, |member| member.instance.in_flight())
    }

    /// The recent response time of the instance at a place, in seconds; see `peak_ewma`.
    #[inline]
    pub fn response_time(&self, at: usize, decay: f64) -> f64 {
        self.members.get(at).map_or(f64::MAX, |member| member.instance.load.response_time.at(self.wanted.now, decay))
    }

    /// How fast the instance at a place works, as far as it is known.
    #[inline]
    pub(super) fn known(&self, at: usize, in_flight: u64) -> Known {
        self.members
            .get(at)
            .map_or_else(Known::default, |member| member.instance.load.speed.known(in_flight > 0, self.wanted.now))
    }

    /// The hash of the request's key; a random number where it has none.
    pub fn key_hash(&self) -> u64 {
        self.wanted.key.map_or_else(|| self.random(), |key| hash(key, 0))
    }

    /// How many requests these instances were asked for before this one, in a circle of `period`.
    #[inline]
    pub fn turn(&self, period: u64) -> u64 {
        self.turn.checked_rem(period).unwrap_or_default()
    }

    /// A random number, another one each time, the same in every run with the same seed.
    #[inline]
    pub fn random(&self) -> u64 {
        let state = self.random.get();
        self.random.set(state.wrapping_add(STEP));
        mix(state)
    }

    /// A random number from 0 up to, but not including, 1.
    #[inline]
    pub fn unit(&self) -> f64 {
        unit(self.random())
    }

    /// A random number below `limit`.
    #[inline]
    pub fn below(&self, limit: usize) -> usize {
        below(self.random(), limit)
    }

    /// The first place from `start` on, around the end, that may have the request.
    #[inline]
    pub fn from(&self, start: usize) -> Option<usize> {
        if self.admits(start) {
            return Some(start);
        }
        (start + 1..self.len()).chain(0..start).find(|at| self.admits(*at))
    }

    /// The place of least cost among those that may have the request; of several the next in turn.
    pub fn least(&self, cost: impl Fn(usize) -> f64) -> Option<usize> {
        let len = self.len();
        let mut best: Option<(f64, usize)> = None;
        let mut look = |at: usize| {
            let cost = cost(at);
            if best.is_none_or(|(least, _)| cost < least) && self.admits(at) {
                best = Some((cost, at));
            }
        };
        if len <= SCANNED {
            let start = self.turn(len as u64) as usize;
            (start..len).chain(0..start).for_each(&mut look);
        } else {
            (0..SAMPLED).for_each(|_| look(self.below(len)));
        }
        best.map(|(_, at)| at)
    }

    /// Of two different places at random the one of less cost, the first where they cost the same.
    #[inline]
    pub fn better_of_two(&self, cost: impl Fn(usize) -> f64) -> Option<usize> {
        let len = self.len();
        if len < 2 {
            return self.admits(0).then_some(0);
        }
        for _ in 0..PAIRS {
            let first = self.below(len);
            let other = self.below(len - 1);
            let second = other + usize::from(other >= first);
            match (self.admits(first), self.admits(second)) {
                (true, true) => return Some(cheaper((first, cost(first)), (second, cost(second)))),
                (true, false) => return Some(first),
                (false, true) => return Some(second),
                (false, false) => {}
            }
        }
        None
    }
}

/// Of two places with their costs the one of less, the first where they cost the same.
#[inline]
pub(in super::super) fn cheaper(first: (usize, f64), second: (usize, f64)) -> usize {
    if first.1 <= second.1 { first.0 } else { second.0 }
}
