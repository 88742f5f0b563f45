//! Long calls: the work runs on a thread of its own, the calling thread waits with the interpreter released.
//!
//! While it waits it delivers progress, hands cancellations on and lets Python run its signal handlers, so that Ctrl-C and
//! an exception in a progress callback stop the work. Either is raised only after the work has stopped and cleaned up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use opusclip_core::{CancelToken as CoreToken, Control, Progress, Result};
use pyo3::prelude::*;

use crate::errors::{internal, or_raise};

/// The calling thread looks for signals and cancellations this often.
const SLICE: Duration = Duration::from_millis(20);

/// Stops the work it was handed to.
///
/// One token may be handed to several calls, from any thread. It cannot be reset.
#[pyclass(frozen, module = "opusclip")]
pub(crate) struct CancelToken {
    own: CoreToken,
    above: Vec<CoreToken>,
}

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> Self {
        Self { own: CoreToken::new(), above: Vec::new() }
    }

    /// Ask the work to stop. It raises `Cancelled` within 200 ms and leaves nothing half written.
    fn cancel(&self) {
        self.own.cancel();
    }

    /// Has somebody asked for a stop?
    #[getter]
    fn cancelled(&self) -> bool {
        self.own.is_cancelled() || self.above.iter().any(CoreToken::is_cancelled)
    }

    /// A token that is cancelled together with this one, or alone.
    fn child(&self) -> Self {
        Self { own: CoreToken::new(), above: self.tokens() }
    }

    fn __repr__(&self) -> &'static str {
        if self.cancelled() { "<CancelToken cancelled>" } else { "<CancelToken>" }
    }
}

impl CancelToken {
    fn tokens(&self) -> Vec<CoreToken> {
        self.above.iter().chain([&self.own]).cloned().collect()
    }
}

/// What a caller may hand to a long call: `progress(stage, fraction, remaining)` and a token.
pub(crate) struct Watch<'py> {
    progress: Option<Bound<'py, PyAny>>,
    cancel: Vec<CoreToken>,
}

impl<'py> Watch<'py> {
    pub(crate) fn new(progress: Option<Bound<'py, PyAny>>, cancel: Option<&Bound<'py, CancelToken>>) -> Self {
        Self { progress, cancel: cancel.map(|token| token.get().tokens()).unwrap_or_default() }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.iter().any(CoreToken::is_cancelled)
    }

    /// Do the work and wait for it.
    pub(crate) fn run<T: Send + 'static>(
        self,
        py: Python<'py>,
        work: impl FnOnce(&Control) -> Result<T> + Send + 'static,
    ) -> PyResult<T> {
        let token = CoreToken::new();
        if self.is_cancelled() {
            // Work that is over within a slice would never hear of it.
            token.cancel();
        }
        let (sender, receiver) = channel();
        let mut control = Control::new().with_cancel(token.clone());
        if self.progress.is_some() {
            let sender = sender.clone();
            // A failed send means that the caller has gone; the work is being cancelled then.
            control = control.on_progress(move |progress| drop(sender.send(Event::Progress(progress.clone()))));
        }
        let worker = move || announce(&sender, work(&control));
        let thread = thread::Builder::new().name("opusclip".into()).spawn(worker);
        let thread = thread.map_err(|error| internal(py, format!("cannot start a thread: {error}")))?;

        let mut job = Job { receiver, token };
        let outcome = match job.attend(py, &self) {
            Ok(outcome) => outcome,
            Err(failure) => {
                job.stop(py);
                return Err(failure);
            }
        };
        match outcome {
            Some(result) => or_raise(py, result),
            None => {
                let panic = py.detach(|| thread.join()).err();
                Err(internal(py, panic_text(panic.as_deref())))
            }
        }
    }
}

enum Event<T> {
    Progress(Progress),
    Done(Result<T>),
    Gone,
    Nothing,
}

fn announce<T>(sender: &Sender<Event<T>>, result: Result<T>) {
    // A failed send means that the caller has gone and wants no result.
    drop(sender.send(Event::Done(result)));
}

struct Job<T> {
    receiver: Receiver<Event<T>>,
    token: CoreToken,
}

impl<T: Send> Job<T> {
    fn next(&mut self, py: Python<'_>) -> Event<T> {
        let receiver = &mut self.receiver;
        py.detach(move || match receiver.recv_timeout(SLICE) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => Event::Nothing,
            Err(RecvTimeoutError::Disconnected) => Event::Gone,
        })
    }

    /// Wait for the result; `None` if the worker panicked. Fails with the exception of a callback or a signal handler.
    fn attend(&mut self, py: Python<'_>, watch: &Watch<'_>) -> PyResult<Option<Result<T>>> {
        loop {
            if watch.is_cancelled() {
                self.token.cancel();
            }
            match self.next(py) {
                Event::Progress(Progress { stage, fraction, remaining }) => {
                    if let Some(progress) = &watch.progress {
                        progress.call1((stage, fraction, remaining))?;
                    }
                }
                Event::Done(result) => return Ok(Some(result)),
                Event::Gone => return Ok(None),
                Event::Nothing => {}
            }
            py.check_signals()?;
        }
    }

    /// Cancel the work and wait until it has stopped; a second Ctrl-C stops waiting.
    fn stop(&mut self, py: Python<'_>) {
        self.token.cancel();
        loop {
            match self.next(py) {
                Event::Done(_) | Event::Gone => return,
                Event::Progress(_) | Event::Nothing if py.check_signals().is_err() => return,
                Event::Progress(_) | Event::Nothing => {}
            }
        }
    }
}

fn panic_text(panic: Option<&(dyn std::any::Any + Send)>) -> &str {
    panic
        .and_then(|panic| panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref().map(String::as_str)))
        .unwrap_or("the work ended without a result")
}
