//! What happens next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::server::Ordered;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A server's speed changes, or it joins.
    Change { server: usize },
    /// A request is done, unless the server's version is another one by then.
    Done { server: usize, version: u64, job: u32 },
    /// An attempt ends at once with an error.
    Fails { job: u32, attempt: u32, local: bool },
    /// A request has waited too long.
    Timeout { job: u32 },
    /// The next request comes.
    Arrives,
}

/// Events by time; those of the same moment in the order they were planned.
#[derive(Debug, Default)]
pub(super) struct Events {
    queue: BinaryHeap<Reverse<(Ordered, u64, Event)>>,
    planned: u64,
}

impl Events {
    pub(super) fn plan(&mut self, time: f64, event: Event) {
        self.planned += 1;
        self.queue.push(Reverse((Ordered(time), self.planned, event)));
    }

    pub(super) fn next(&mut self) -> Option<(f64, Event)> {
        self.queue.pop().map(|Reverse((Ordered(time), _, event))| (time, event))
    }
}
