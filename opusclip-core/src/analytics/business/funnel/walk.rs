//! One walk along a person's events finds the attempt that counts.
//!
//! For each step the walk keeps the attempt with the latest entry that has reached it: whatever an older one may still
//! do in its window, this one may as well. So each event costs a few comparisons, however many attempts there are.

use super::attempts::{Entries, Record};
use super::{Attempt, FunnelOptions, FunnelOrder, MOST_STEPS};
use crate::analytics::business::events::micros;

/// Before any time.
const NEVER: i64 = i64::MIN;

/// The options, ready for the walk; times are microseconds.
#[derive(Debug)]
pub(super) struct Rules {
    steps: usize,
    window: i64,
    from: i64,
    until: i64,
    order: FunnelOrder,
    first: bool,
    /// Steps name an event more than once.
    repeats: bool,
}

impl Rules {
    pub(super) fn new(options: &FunnelOptions, until: i64) -> Self {
        Self {
            steps: options.steps.len(),
            window: micros(options.window),
            from: options.from.map_or(NEVER, micros),
            until,
            order: options.order,
            first: options.attempt == Attempt::First,
            repeats: options.repeats(),
        }
    }
}

/// What became of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Converted,
    Pending,
    Lost,
}

/// A person's attempt that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// The event that is the entry.
    pub(super) row: u32,
    /// How many steps were reached, at least 1.
    pub(super) level: u32,
    pub(super) state: State,
    /// Whether the attempt's window has closed.
    pub(super) closed: bool,
    /// Where its times begin.
    first: usize,
}

/// The attempts of all people.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    pub(super) people: Vec<Outcome>,
    /// When each step was reached, one person after the other.
    times: Vec<i64>,
}

impl Outcomes {
    pub(super) fn times(&self, outcome: &Outcome) -> &[i64] {
        self.times.get(outcome.first..outcome.first + outcome.level as usize).unwrap_or_default()
    }
}

/// An attempt, by its entry.
#[derive(Debug, Clone, Copy)]
struct Entry {
    time: i64,
    row: u32,
}

const NONE: Entry = Entry { time: NEVER, row: 0 };

/// Walks along the events of one person after the other.
#[derive(Debug)]
pub(super) struct Walker<'r> {
    rules: &'r Rules,
    /// For each step the attempt with the latest entry that has reached it.
    chains: Vec<Entry>,
    /// When they reached each step: a row of times for each of `chains`.
    times: Vec<i64>,
    /// The attempt that got furthest, the first to do so, and how many steps it has reached.
    best: Entry,
    best_times: [i64; MOST_STEPS],
    level: usize,
}

impl<'r> Walker<'r> {
    pub(super) fn new(rules: &'r Rules) -> Self {
        let chains = vec![NONE; rules.steps];
        let times = vec![NEVER; rules.steps * rules.steps];
        Self { rules, chains, times, best: NONE, best_times: [NEVER; MOST_STEPS], level: 0 }
    }

    /// Add the person with these events, in order of time, if there is an entry.
    pub(super) fn person(&mut self, records: &[Record], entries: &Entries<'_>, outcomes: &mut Outcomes) {
        self.level = 0;
        let newest = match (self.rules.order, self.rules.first) {
            (FunnelOrder::Any, true) => self.first_of_any(records, entries),
            (FunnelOrder::Any, false) => self.best_of_any(records, entries),
            _ => self.in_order(records, entries),
        };
        if self.level == 0 {
            return;
        }
        let closed = |entry: i64| entry.saturating_add(self.rules.window) <= self.rules.until;
        let state = match () {
            () if self.level == self.rules.steps => State::Converted,
            () if closed(newest) => State::Lost,
            () => State::Pending,
        };
        let (row, closed) = (self.best.row, closed(self.best.time));
        outcomes.people.push(Outcome { row, level: self.level as u32, state, closed, first: outcomes.times.len() });
        outcomes.times.extend_from_slice(&self.best_times[..self.level]);
    }

    /// One step after the other; returns the latest entry that counts.
    fn in_order(&mut self, records: &[Record], entries: &Entries<'_>) -> i64 {
        self.chains.fill(NONE);
        let mut before = NEVER;
        for moment in records.chunk_by(|a, b| a.time == b.time) {
            let time = moment[0].time;
            let steps = moment.iter().fold(0, |steps, record| steps | record.steps);
            // A step may be at the time of the one before, unless it may be that one itself.
            if self.rules.repeats {
                (1..self.rules.steps)
                    .rev()
                    .filter(|at| steps >> at & 1 == 1)
                    .for_each(|at| self.advance(at, time, before));
                self.enter(steps, moment, entries);
            } else {
                self.enter(steps, moment, entries);
                (1..self.rules.steps).filter(|at| steps >> at & 1 == 1).for_each(|at| self.advance(at, time, before));
            }
            let over =
                self.rules.first && self.level > 0 && time > self.chains[0].time.saturating_add(self.rules.window);
            if over || self.level == self.rules.steps {
                break;
            }
            before = time;
        }
        self.chains[0].time
    }

    /// Begin an attempt where the events of one moment are an entry.
    fn enter(&mut self, steps: u32, moment: &[Record], entries: &Entries<'_>) {
        let time = moment[0].time;
        if steps & 1 == 0 || time < self.rules.from || (self.rules.first && self.level > 0) {
            return;
        }
        let entry = Entry { time, row: row_of(moment, 1, entries) };
        self.chains[0] = entry;
        self.times[0] = time;
        if self.level == 0 {
            (self.best, self.best_times[0], self.level) = (entry, time, 1);
        }
    }

    /// Let the attempt that has reached the step before go on to step `at`.
    fn advance(&mut self, at: usize, time: i64, before: i64) {
        let attempt = self.chains[at - 1];
        if attempt.time == NEVER || time - attempt.time > self.rules.window || attempt.time <= self.chains[at].time {
            return;
        }
        let width = self.rules.steps;
        let (earlier, own) = self.times.split_at_mut(at * width);
        let reached = &earlier[(at - 1) * width..][..at];
        if self.rules.order == FunnelOrder::Strict && reached[at - 1] < before {
            return;
        }
        own[..at].copy_from_slice(reached);
        own[at] = time;
        self.chains[at] = attempt;
        if at >= self.level {
            self.level = at + 1;
            self.best = attempt;
            self.best_times[..=at].copy_from_slice(&own[..=at]);
        }
    }

    /// Steps in any order within the window of the first event of any; returns its time.
    fn first_of_any(&mut self, records: &[Record], entries: &Entries<'_>) -> i64 {
        let begin = records.partition_point(|record| record.time < self.rules.from);
        let Some(entry) = records.get(begin).map(|record| record.time) else { return NEVER };
        let end = records.partition_point(|record| record.time <= entry.saturating_add(self.rules.window));
        self.take(&records[begin..end], entries);
        entry
    }

    /// The most steps within any window; returns the time of the latest event.
    fn best_of_any(&mut self, records: &[Record], entries: &Entries<'_>) -> i64 {
        let mut last = [NEVER; MOST_STEPS];
        let mut end = 0;
        for moment in records.chunk_by(|a, b| a.time == b.time) {
            let time = moment[0].time;
            end += moment.len();
            if time < self.rules.from {
                continue;
            }
            let steps = moment.iter().fold(0, |steps, record| steps | record.steps);
            last.iter_mut().enumerate().filter(|(at, _)| steps >> at & 1 == 1).for_each(|(_, last)| *last = time);
            let within = last.iter().filter(|last| **last != NEVER && time - **last <= self.rules.window);
            let (count, entry) = within.fold((0, time), |(count, entry), last| (count + 1, entry.min(*last)));
            if count > self.level {
                let begin = records[..end].partition_point(|record| record.time < entry);
                self.take(&records[begin..end], entries);
            }
            if self.level == self.rules.steps {
                break;
            }
        }
        records.last().map_or(NEVER, |record| record.time)
    }

    /// The attempt that begins with the first of these events and goes to the last, in any order.
    fn take(&mut self, records: &[Record], entries: &Entries<'_>) {
        let Some(first) = records.first() else { return };
        let (mut seen, mut level) = (0_u32, 0);
        for record in records {
            if record.steps & !seen != 0 {
                seen |= record.steps;
                self.best_times[level] = record.time;
                level += 1;
            }
        }
        let moment = &records[..records.partition_point(|record| record.time == first.time)];
        (self.best, self.level) = (Entry { time: first.time, row: row_of(moment, u32::MAX, entries) }, level);
    }
}

/// The event of one moment that is the entry, of those that stand for one of `steps`.
fn row_of(moment: &[Record], steps: u32, entries: &Entries<'_>) -> u32 {
    let rows = moment.iter().filter(|record| record.steps & steps != 0).map(|record| record.row);
    rows.reduce(|a, b| entries.first(a, b)).unwrap_or_default()
}
