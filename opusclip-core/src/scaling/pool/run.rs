//! The thread that looks after a pool, and the handle of it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::options::PoolOptions;
use super::process::Processes;
use super::rules::Rules;
use super::status::{PoolInstance, PoolInstanceState, PoolStatus};
use crate::config::within;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::scaling::config::count;
use crate::scaling::ledger::ScalingRequest;

/// How often instances are looked at.
const LOOK: Duration = Duration::from_millis(20);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    processes: Processes,
    /// Whether the thread ends once nothing runs.
    closing: bool,
    /// Whether it has.
    over: bool,
    trying: Option<Trying>,
}

/// An action that is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trying {
    token: String,
    /// The count before it.
    before: u32,
    tries: u32,
}

#[derive(Debug)]
struct Shared {
    inner: Mutex<Inner>,
    /// Something is to be done.
    asked: Condvar,
    /// Something may have been done.
    looked: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What a panic could leave half done is done at the next look.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tend(&self) {
        let began = Instant::now();
        let mut inner = self.lock();
        loop {
            let now = began.elapsed().as_secs_f64();
            let Inner { rules, processes, closing, over, .. } = &mut *inner;
            rules.step(processes, now);
            *over = *closing && rules.is_empty();
            self.looked.notify_all();
            if inner.over {
                return;
            }
            inner = self.asked.wait_timeout(inner, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Worker processes, as many as were asked for. Dropped, it stops them and waits for that.
///
/// A thread of its own looks after them; all methods may be called from any thread. When the host ends without dropping
/// it, or is killed, a shell that waits beside it (`guard`) stops them.
///
/// ```
/// use opusclip_core::Control;
/// use opusclip_core::scaling::pool::{PoolOptions, PoolReady, ProcessPool};
/// let mut options = PoolOptions::new(["sh", "-c", "echo ready; sleep 60"]);
/// options.ready = PoolReady { line: Some("ready".into()), ..PoolReady::default() };
/// let pool = ProcessPool::new(options)?;
/// pool.scale_to(2)?;
/// assert_eq!(pool.wait(Some(30.0), &Control::new())?.ready_instances, 2);
/// pool.stop(&Control::new())?;
/// assert_eq!(pool.status().instances, 0);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Debug)]
pub struct ProcessPool {
    shared: Arc<Shared>,
}

impl ProcessPool {
    /// A pool without instances.
    ///
    /// # Errors
    /// As [`PoolOptions::check`]; [`ErrorCode::ScalingPool`] where the guard or the thread cannot be started.
    pub fn new(options: PoolOptions) -> Result<Self> {
        options.check()?;
        let processes = Processes::new(options.clone()).map_err(|error| {
            Error::new(ErrorCode::ScalingPool, format!("the guard of the instances cannot be started: {error}"))
                .field("guard")
                .hint("it needs /bin/sh; without it, set guard to false")
                .caused_by(error)
        })?;
        let inner =
            Mutex::new(Inner { rules: Rules::new(options), processes, closing: false, over: false, trying: None });
        let shared = Arc::new(Shared { inner, asked: Condvar::new(), looked: Condvar::new() });
        let tended = Arc::clone(&shared);
        Builder::new().name("opusclip-pool".into()).spawn(move || tended.tend()).map_err(|error| {
            Error::new(ErrorCode::ScalingPool, format!("no thread could be started: {error}")).caused_by(error)
        })?;
        Ok(Self { shared })
    }

    /// Ask for so many instances, and do not wait. Those that were given up are started again.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] for more than `max_instances`; [`ErrorCode::ScalingPool`] after
    /// [`stop`](Self::stop).
    pub fn scale_to(&self, instances: u32) -> Result<()> {
        let mut inner = self.shared.lock();
        count("instances", instances, 0, inner.rules.options().max_instances)?;
        if inner.closing {
            return Err(stopped());
        }
        inner.rules.want(instances);
        self.shared.asked.notify_all();
        Ok(())
    }

    /// Wait until as many instances are ready as were asked for, and none is left that is too many.
    ///
    /// # Errors
    /// [`ErrorCode::ScalingPool`] where one was given up, the pool was stopped, or that takes more than `timeout` seconds,
    /// by default those of `ready_timeout` and `stop_timeout` together; [`ErrorCode::ConfigOutOfRange`] for a `timeout` that
    /// is not in 0 to a day; [`ErrorCode::Cancelled`] and [`ErrorCode::LimitTime`] as `control` says.
    pub fn wait(&self, timeout: Option<f64>, control: &Control) -> Result<PoolStatus> {
        let timeout = self.checked(timeout)?;
        let until = Instant::now() + Duration::from_secs_f64(timeout);
        let mut inner = self.shared.lock();
        loop {
            control.check()?;
            let status = inner.rules.status(&inner.processes);
            if status.given_up > 0 {
                return Err(failed(&status, "an instance was given up"));
            }
            if inner.closing {
                return Err(stopped());
            }
            if status.ready_instances == status.wanted && status.stopping == 0 {
                return Ok(status);
            }
            if Instant::now() >= until {
                let (ready, wanted, stopping) = (status.ready_instances, status.wanted, status.stopping);
                let what =
                    format!("after {timeout} s {ready} of {wanted} instances are ready, {stopping} are stopping");
                return Err(failed(&status, &what));
            }
            inner = self.shared.looked.wait_timeout(inner, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Carry out what a scaling engine decided: ask for the count and wait for it as [`wait`](Self::wait) does. Where that
    /// fails, the count is again what it was, so that the engine's idea of it stays right; a further try of the same
    /// action, known by its token, goes on where the one before is.
    ///
    /// # Errors
    /// As [`scale_to`](Self::scale_to) and [`wait`](Self::wait).
    pub fn execute(&self, request: &ScalingRequest, timeout: Option<f64>, control: &Control) -> Result<PoolStatus> {
        self.checked(timeout)?;
        let mine = {
            let mut inner = self.shared.lock();
            let known = inner.trying.take().filter(|trying| trying.token == request.token);
            let wanted = inner.rules.wanted();
            let trying = match known {
                Some(known) => Trying { tries: known.tries + 1, ..known },
                None => Trying { token: request.token.clone(), before: wanted, tries: 1 },
            };
            inner.trying.insert(trying).clone()
        };
        self.scale_to(request.target_instances)?;
        self.wait(timeout, control).inspect_err(|_| {
            let mut inner = self.shared.lock();
            // Not where another try goes on, or somebody else has asked for another count since.
            if inner.trying.as_ref() == Some(&mine) && inner.rules.wanted() == request.target_instances {
                inner.rules.want(mine.before);
            }
        })
    }

    fn checked(&self, timeout: Option<f64>) -> Result<f64> {
        let timeout = timeout.unwrap_or_else(|| {
            let inner = self.shared.lock();
            inner.rules.options().ready_timeout + inner.rules.options().stop_timeout
        });
        within("timeout", timeout, 0.0, 86_400.0)
    }

    /// How it stands.
    pub fn status(&self) -> PoolStatus {
        let inner = self.shared.lock();
        inner.rules.status(&inner.processes)
    }

    /// The options it was made with.
    pub fn options(&self) -> PoolOptions {
        self.shared.lock().rules.options().clone()
    }

    /// Stop all instances and wait for that, `stop_timeout` at most. It cannot be used after that.
    ///
    /// # Errors
    /// [`ErrorCode::Cancelled`] and [`ErrorCode::LimitTime`] as `control` says; they stop all the same.
    pub fn stop(&self, control: &Control) -> Result<()> {
        let mut inner = self.shared.lock();
        inner.closing = true;
        inner.rules.want(0);
        self.shared.asked.notify_all();
        while !inner.over {
            control.check()?;
            inner = self.shared.looked.wait_timeout(inner, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        // Nothing can cancel it.
        drop(self.stop(&Control::new()));
    }
}

fn stopped() -> Error {
    Error::new(ErrorCode::ScalingPool, "the pool was stopped").hint("make another one")
}

/// What went wrong, with the words of the first instance that has some.
fn failed(status: &PoolStatus, what: &str) -> Error {
    let rank = |instance: &&PoolInstance| u8::from(instance.state != PoolInstanceState::GivenUp);
    let known = status.processes.iter().filter(|instance| instance.ended.is_some()).min_by_key(rank);
    let why = known.and_then(|instance| instance.ended.as_ref().map(|ended| (instance.number, ended)));
    let message = match why {
        Some((number, ended)) => format!("{what}; instance {number} {ended}"),
        None => what.to_owned(),
    };
    Error::new(ErrorCode::ScalingPool, message).field("command").hint("look at what the command prints")
}
