//! What happens next.

use crate::virtual_time::Agenda;

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

/// Events of a run.
pub(super) type Events = Agenda<Event>;
