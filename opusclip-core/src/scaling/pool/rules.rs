//! Who is started, stopped and left: a state machine by given times.

use super::options::PoolOptions;
use super::status::{PoolInstance, PoolInstanceState, PoolStatus};

/// Seconds of being ready after which earlier ends are forgotten.
const STEADY: f64 = 60.0;
/// The longest pause before a start, in seconds.
const LONGEST_PAUSE: f64 = 60.0;

/// What was seen of an instance that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// It runs.
    Running,
    /// It runs and is ready.
    Ready,
    /// It is gone, and this is how.
    Ended(String),
}

/// Does what the rules say.
pub(super) trait Host {
    /// Start an instance, or say why that cannot be.
    fn start(&mut self, number: u32, now: f64) -> Result<(), String>;
    /// Look at one that was started.
    fn look(&mut self, number: u32, now: f64) -> Seen;
    /// Ask it to end.
    fn terminate(&mut self, number: u32);
    /// End it.
    fn kill(&mut self, number: u32);
    /// Its process and its port.
    fn place(&self, number: u32) -> Option<(u32, u16)>;
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Starting { since: f64 },
    Ready { since: f64 },
    Stopping { since: f64, killed: bool, again: bool },
    Waiting { until: f64 },
    GivenUp,
}

#[derive(Debug, Clone)]
struct Slot {
    number: u32,
    phase: Phase,
    /// Ends in a row.
    ends: u32,
    restarts: u32,
    ready_after: Option<f64>,
    ended: Option<String>,
}

impl Slot {
    /// Whether it leaves for good.
    fn leaves(&self) -> bool {
        matches!(self.phase, Phase::Stopping { again: false, .. })
    }

    fn state(&self) -> PoolInstanceState {
        match self.phase {
            Phase::Starting { .. } => PoolInstanceState::Starting,
            Phase::Ready { .. } => PoolInstanceState::Ready,
            Phase::Stopping { .. } => PoolInstanceState::Stopping,
            Phase::Waiting { .. } => PoolInstanceState::Waiting,
            Phase::GivenUp => PoolInstanceState::GivenUp,
        }
    }

    /// Of those that are too many, the one with the highest of these goes first: what does not work, then the youngest.
    fn dispensable(&self) -> (u8, u32) {
        let rank = match self.phase {
            Phase::GivenUp => 4,
            Phase::Waiting { .. } => 3,
            Phase::Stopping { .. } => 2,
            Phase::Starting { .. } => 1,
            Phase::Ready { .. } => 0,
        };
        (rank, self.number)
    }
}

/// Instances of a pool, and how many there should be.
#[derive(Debug)]
pub(super) struct Rules {
    options: PoolOptions,
    wanted: u32,
    slots: Vec<Slot>,
    restarts: u64,
}

impl Rules {
    pub(super) fn new(options: PoolOptions) -> Self {
        Self { options, wanted: 0, slots: Vec::new(), restarts: 0 }
    }

    pub(super) fn options(&self) -> &PoolOptions {
        &self.options
    }

    pub(super) fn wanted(&self) -> u32 {
        self.wanted
    }

    /// There should be so many. Those that were given up have another chance.
    pub(super) fn want(&mut self, wanted: u32) {
        self.wanted = wanted;
        self.slots.retain(|slot| slot.phase != Phase::GivenUp);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Do what is due.
    pub(super) fn step(&mut self, host: &mut impl Host, now: f64) {
        for slot in &mut self.slots {
            advance(slot, &self.options, &mut self.restarts, host, now);
        }
        let gone = |slot: &Slot| slot.leaves() && host.place(slot.number).is_none();
        self.slots.retain(|slot| !gone(slot));
        self.remove_surplus(host, now);
        while (self.slots.iter().filter(|slot| !slot.leaves()).count() as u32) < self.wanted {
            let number = self.free_number();
            let mut slot = Slot { number, phase: Phase::GivenUp, ends: 0, restarts: 0, ready_after: None, ended: None };
            start(&mut slot, &self.options, host, now);
            let place = self.slots.partition_point(|other| other.number < number);
            self.slots.insert(place, slot);
        }
    }

    fn free_number(&self) -> u32 {
        // Slots are kept in the order of their numbers.
        let taken = self.slots.iter().zip(0..).take_while(|(slot, number)| slot.number == *number).count();
        taken as u32
    }

    fn remove_surplus(&mut self, host: &mut impl Host, now: f64) {
        let stay = self.slots.iter().filter(|slot| !slot.leaves()).count();
        for _ in self.wanted as usize..stay {
            let staying = self.slots.iter_mut().filter(|slot| !slot.leaves());
            let Some(slot) = staying.max_by_key(|slot| slot.dispensable()) else { return };
            slot.phase = match slot.phase {
                Phase::Stopping { since, killed, .. } => Phase::Stopping { since, killed, again: false },
                Phase::Starting { .. } | Phase::Ready { .. } => {
                    host.terminate(slot.number);
                    Phase::Stopping { since: now, killed: false, again: false }
                }
                // It does not run.
                Phase::Waiting { .. } | Phase::GivenUp => Phase::Stopping { since: now, killed: true, again: false },
            };
        }
        self.slots.retain(|slot| !slot.leaves() || host.place(slot.number).is_some());
    }

    pub(super) fn status(&self, host: &impl Host) -> PoolStatus {
        let count = |wanted: &dyn Fn(&Slot) -> bool| self.slots.iter().filter(|slot| wanted(slot)).count() as u32;
        let processes = self.slots.iter().map(|slot| {
            let place = host.place(slot.number);
            PoolInstance {
                number: slot.number,
                state: slot.state(),
                process: place.map(|(process, _)| process),
                port: place.map(|(_, port)| port),
                restarts: slot.restarts,
                ready_after: slot.ready_after,
                ended: slot.ended.clone(),
            }
        });
        PoolStatus {
            wanted: self.wanted,
            instances: count(&|slot| !slot.leaves() && slot.phase != Phase::GivenUp),
            ready_instances: count(&|slot| matches!(slot.phase, Phase::Ready { .. })),
            stopping: count(&Slot::leaves),
            given_up: count(&|slot| slot.phase == Phase::GivenUp),
            restarts: self.restarts,
            processes: processes.collect(),
        }
    }
}

fn advance(slot: &mut Slot, options: &PoolOptions, restarts: &mut u64, host: &mut impl Host, now: f64) {
    if let Phase::Waiting { until } = slot.phase {
        if now >= until {
            slot.restarts += 1;
            *restarts += 1;
            start(slot, options, host, now);
        }
        return;
    }
    if slot.phase == Phase::GivenUp {
        return;
    }
    let seen = host.look(slot.number, now);
    if let Seen::Ended(how) = seen {
        return ended(slot, options, how, now);
    }
    match slot.phase {
        Phase::Starting { since } if seen == Seen::Ready => {
            slot.phase = Phase::Ready { since: now };
            slot.ready_after = Some(now - since);
        }
        Phase::Starting { since } if now - since >= options.ready_timeout => {
            host.terminate(slot.number);
            slot.ended = Some(format!("was not ready within {} s", options.ready_timeout));
            slot.phase = Phase::Stopping { since: now, killed: false, again: true };
        }
        Phase::Stopping { since, killed: false, again } if now - since >= options.stop_timeout => {
            host.kill(slot.number);
            slot.phase = Phase::Stopping { since, killed: true, again };
        }
        _ => {}
    }
}

fn start(slot: &mut Slot, options: &PoolOptions, host: &mut impl Host, now: f64) {
    slot.ready_after = None;
    match host.start(slot.number, now) {
        Ok(()) => slot.phase = Phase::Starting { since: now },
        Err(why) => ended(slot, options, why, now),
    }
}

/// It runs no longer.
fn ended(slot: &mut Slot, options: &PoolOptions, how: String, now: f64) {
    match slot.phase {
        Phase::Stopping { again: false, .. } => return,
        // Why it was stopped is known already.
        Phase::Stopping { again: true, .. } => {}
        Phase::Ready { since } if now - since >= STEADY => {
            slot.ends = 0;
            slot.ended = Some(how);
        }
        _ => slot.ended = Some(how),
    }
    slot.ends += 1;
    slot.phase = if slot.ends > options.restarts {
        Phase::GivenUp
    } else {
        let pause = options.restart_delay * 2.0_f64.powi(slot.ends.min(30) as i32 - 1);
        Phase::Waiting { until: now + pause.min(LONGEST_PAUSE) }
    };
}
