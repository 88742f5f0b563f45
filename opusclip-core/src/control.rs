//! Progress, cancellation and time limits, shared by all long work.
//!
//! ```
//! use opusclip_core::{CancelToken, Control, ErrorCode};
//! let token = CancelToken::new();
//! let control = Control::new().with_cancel(token.clone()).on_progress(|p| println!("{} {:.0} %", p.stage, p.fraction * 100.0));
//! control.check().unwrap();
//! token.cancel();
//! assert_eq!(control.check().unwrap_err().code(), ErrorCode::Cancelled);
//! ```

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorCode, Result};

/// A flag that stops the work it was handed to. Clones share the flag; it cannot be reset.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that nobody has cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ask the work to stop. It answers with [`ErrorCode::Cancelled`] within 200 ms.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Has somebody asked for a stop?
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far a piece of work has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What is being done: `probe`, `transcribe`, `transcript`, `analyze`, `select`, `render`, `export`; `simulate`
    /// where settings of scaling are searched.
    pub stage: &'static str,
    /// Share of the whole job that is done, 0 to 1, never falling.
    pub fraction: f64,
    /// Estimated seconds to the end, once there is something to estimate from.
    pub remaining: Option<f64>,
}

type Listener = dyn Fn(&Progress) + Send + Sync;

/// Progress listener, cancel token and time limit of one job.
#[derive(Clone, Default)]
pub struct Control {
    cancel: CancelToken,
    /// Stops this part of the work alone.
    stop: Option<CancelToken>,
    listener: Option<Arc<Listener>>,
    deadline: Option<Instant>,
    window: Window,
    state: Arc<Mutex<Reported>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    from: f64,
    to: f64,
}

impl Default for Window {
    fn default() -> Self {
        Self { from: 0.0, to: 1.0 }
    }
}

#[derive(Debug, Default)]
struct Reported {
    started: Option<Instant>,
    last: Option<Instant>,
    stage: &'static str,
    fraction: f64,
}

/// Listeners hear at most this often, unless the stage changes or the work ends.
const REPORT_EVERY: Duration = Duration::from_millis(50);

impl Control {
    /// A control that reports nothing, never cancels and has no time limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stop when this token is cancelled.
    #[must_use]
    pub fn with_cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }

    /// Tell this function how far the work has come. It is called from the thread that works, at most 20 times a second.
    #[must_use]
    pub fn on_progress(mut self, listener: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Stop with [`ErrorCode::LimitTime`] after this long.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now().checked_add(limit);
        self
    }

    /// Has this work been cancelled?
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled() || self.stop.as_ref().is_some_and(CancelToken::is_cancelled)
    }

    /// The token that stops this work.
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// Fails when the work was cancelled or its time is up. Call it often: it costs one atomic read.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::new(ErrorCode::Cancelled, "cancelled"));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Error::new(ErrorCode::LimitTime, "the time limit ran out").field("time_limit"));
        }
        Ok(())
    }

    /// A control for a part of this work: its 0 to 1 covers `from` to `to` of this one.
    #[must_use]
    pub fn part(&self, from: f64, to: f64) -> Self {
        let span = self.window.to - self.window.from;
        let mut part = self.clone();
        part.window = Window { from: self.window.from + span * from, to: self.window.from + span * to };
        part
    }

    /// Controls for `count` equal parts of this work that may run at the same time: it has come as far as they have
    /// together.
    #[cfg(feature = "clip")]
    pub(crate) fn shares(&self, count: usize) -> Vec<Self> {
        let fractions = Arc::new(Mutex::new(vec![0.0; count]));
        let share = |at: usize| {
            let (whole, fractions) = (self.clone(), Arc::clone(&fractions));
            let tell = move |progress: &Progress| {
                let sum: f64 = {
                    let mut fractions = fractions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    fractions[at] = progress.fraction;
                    fractions.iter().sum()
                };
                whole.report(progress.stage, sum / count as f64);
            };
            let listener: Option<Arc<Listener>> = self.listener.as_ref().map(|_| Arc::new(tell) as Arc<Listener>);
            Self { listener, window: Window::default(), state: Arc::default(), ..self.clone() }
        };
        (0..count).map(share).collect()
    }

    /// The same work, which this token stops, too.
    #[cfg(feature = "clip")]
    #[must_use]
    pub(crate) fn stopped_by(&self, token: &CancelToken) -> Self {
        Self { stop: Some(token.clone()), ..self.clone() }
    }

    /// Report that `fraction` (0 to 1) of this part is done.
    pub fn report(&self, stage: &'static str, fraction: f64) {
        let Some(listener) = &self.listener else { return };
        let fraction = if fraction.is_finite() { fraction.clamp(0.0, 1.0) } else { 0.0 };
        let overall = self.window.from + (self.window.to - self.window.from) * fraction;
        let progress = {
            // A poisoned lock only means that a listener panicked before; the numbers are still sound.
            let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let now = Instant::now();
            let started = *state.started.get_or_insert(now);
            let due = state.last.is_none_or(|last| now.duration_since(last) >= REPORT_EVERY);
            if !(due || stage != state.stage || overall >= 1.0) {
                return;
            }
            state.last = Some(now);
            state.stage = stage;
            state.fraction = overall.max(state.fraction);
            let elapsed = now.duration_since(started).as_secs_f64();
            let remaining =
                (state.fraction > 0.02 && elapsed > 0.5).then(|| elapsed / state.fraction * (1.0 - state.fraction));
            Progress { stage, fraction: state.fraction, remaining }
        };
        listener(&progress);
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("cancelled", &self.cancel.is_cancelled())
            .field("listens", &self.listener.is_some())
            .field("deadline", &self.deadline)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_of_parts_never_falls_and_ends_at_one() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&heard);
        let control = Control::new().on_progress(move |p| sink.lock().unwrap().push(p.clone()));
        control.part(0.0, 0.5).report("analyze", 1.0);
        control.part(0.5, 1.0).report("render", 0.0);
        control.part(0.5, 1.0).report("export", 1.0);
        let heard = heard.lock().unwrap();
        assert_eq!(heard.iter().map(|p| p.fraction).collect::<Vec<_>>(), [0.5, 0.5, 1.0]);
        assert_eq!(heard.last().unwrap().stage, "export");
    }

    #[test]
    fn a_time_limit_of_nothing_stops_at_once() {
        let control = Control::new().with_time_limit(Duration::ZERO);
        assert_eq!(control.check().unwrap_err().code(), ErrorCode::LimitTime);
    }
}
