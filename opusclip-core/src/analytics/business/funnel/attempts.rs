//! The events that matter, brought together by person and put into order of time.
//!
//! One pass counts the events of each person, one writes them side by side (a counting sort), and each person's few are
//! then sorted by themselves: far cheaper than sorting all.

use super::super::events::{Events, Names};
use super::{FunnelOptions, FunnelOrder};

/// An event as the walk needs it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Record {
    /// Microseconds.
    pub(super) time: i64,
    /// Which event it is.
    pub(super) row: u32,
    /// One bit for each step that its name stands for, the lowest for the first; none for an event between.
    pub(super) steps: u32,
}

/// Events by person.
#[derive(Debug)]
pub(super) struct Attempts<'e> {
    records: Vec<Record>,
    /// Where each person's records end.
    ends: Vec<u32>,
    entries: Entries<'e>,
}

/// Which of several events at one time is the entry.
#[derive(Debug)]
pub(super) struct Entries<'e> {
    /// For each row the code of its property; empty without one.
    codes: &'e [u32],
    /// For each code its place in the order of texts.
    ranks: Vec<u32>,
}

impl Entries<'_> {
    /// Of two rows the one whose property comes first.
    pub(super) fn first(&self, a: u32, b: u32) -> u32 {
        let rank = |row: u32| {
            let code = self.codes.get(row as usize);
            code.and_then(|code| self.ranks.get(*code as usize)).copied().unwrap_or(u32::MAX)
        };
        if rank(b) < rank(a) { b } else { a }
    }
}

impl<'e> Attempts<'e> {
    pub(super) fn new(events: &'e Events<'_>, names: &Names<'_>, options: &FunnelOptions, until: i64) -> Self {
        let mut bits = vec![0_u32; names.table().len()];
        for (step, name) in options.steps.iter().enumerate() {
            if let Some(bits) = names.code(name).and_then(|code| bits.get_mut(code as usize)) {
                *bits |= 1 << step;
            }
        }
        // What lies between two steps matters to the strict order alone.
        let all = options.order == FunnelOrder::Strict;
        let kept = |time: i64, code: u32| {
            let steps = bits.get(code as usize).copied().unwrap_or(0);
            (time <= until && (all || steps != 0)).then_some(steps)
        };
        let columns = || events.times().iter().zip(events.people().codes()).zip(names.codes());
        let mut places = vec![0_u32; events.people().count()];
        for ((time, person), code) in columns() {
            places[*person as usize] += u32::from(kept(*time, *code).is_some());
        }
        let mut sum = 0;
        for place in &mut places {
            sum += std::mem::replace(place, sum);
        }
        let mut records = vec![Record::default(); sum as usize];
        for (row, ((time, person), code)) in columns().enumerate() {
            if let Some(steps) = kept(*time, *code) {
                let place = &mut places[*person as usize];
                records[*place as usize] = Record { time: *time, row: row as u32, steps };
                *place += 1;
            }
        }
        let values = events.breakdown_values();
        let entries = Entries {
            codes: values.map_or(&[][..], Names::codes),
            ranks: values.map(Names::ranks).unwrap_or_default(),
        };
        Self { records, ends: places, entries }
    }

    /// Show each person's events, in order of time.
    pub(super) fn each(mut self, mut visit: impl FnMut(&[Record], &Entries<'_>)) {
        let mut begin = 0;
        for end in self.ends {
            let end = end as usize;
            let own = &mut self.records[begin..end];
            if !own.is_sorted_by_key(|record| record.time) {
                own.sort_unstable_by_key(|record| record.time);
            }
            if !own.is_empty() {
                visit(own, &self.entries);
            }
            begin = end;
        }
    }
}
