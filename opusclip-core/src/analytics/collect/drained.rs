//! Slots taken out of a series, to be written elsewhere or put back.

use super::counter::Increase;
use super::distinct::Members;
use super::distribution::Summary;
use super::history::History;
use super::registry::State;

/// Slots with their begin and length in seconds.
#[derive(Debug)]
pub(super) enum Drained {
    Counter(Vec<(i64, i64, Increase)>),
    Distribution(Vec<(i64, i64, Summary)>),
    Distinct(Vec<(i64, i64, Members)>),
}

impl Drained {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Counter(slots) => slots.is_empty(),
            Self::Distribution(slots) => slots.is_empty(),
            Self::Distinct(slots) => slots.is_empty(),
        }
    }

    pub(super) fn list(&self, history: &mut History, accuracy: f64) {
        match self {
            Self::Counter(slots) => {
                slots.iter().for_each(|(start, slot, cell)| history.push_rise((*start, *slot), cell.0));
            }
            Self::Distribution(slots) => {
                slots.iter().for_each(|(start, slot, cell)| history.push_summary((*start, *slot), cell, accuracy));
            }
            Self::Distinct(slots) => {
                slots.iter().for_each(|(start, slot, cell)| history.push_members((*start, *slot), cell));
            }
        }
    }
}

impl State {
    /// Take out what is kept beyond the windows and ended by a second.
    pub(super) fn drain(&self, until: i64) -> Drained {
        match self {
            Self::Counter(counter) => Drained::Counter(counter.drain(until)),
            Self::Distribution(distribution) => Drained::Distribution(distribution.drain(until)),
            Self::Distinct(distinct) => Drained::Distinct(distinct.drain(until)),
        }
    }

    /// As if it had never been taken out. What belongs to another type of metric is nobody's.
    pub(super) fn put_back(&self, drained: Drained) {
        match (self, drained) {
            (Self::Counter(counter), Drained::Counter(slots)) => counter.put_back(slots),
            (Self::Distribution(distribution), Drained::Distribution(slots)) => distribution.put_back(slots),
            (Self::Distinct(distinct), Drained::Distinct(slots)) => distinct.put_back(slots),
            _ => {}
        }
    }
}
