//! Calling foreign code: callbacks of the caller, in Rust or in another language.
//!
//! Each runs on a thread of its own, so that one that hangs or panics costs its call and never the host. A call ends with
//! the callback, with the job's [`Control`], or with the time limit, whichever comes first; a callback that goes on after
//! that goes on alone.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// A callback. What it returns as an error keeps its message and gets the callback's name.
pub type Hook<I, O> = Arc<dyn Fn(I) -> Result<O> + Send + Sync>;

/// A callback that speaks JSON, as those of other languages do.
pub type JsonHook = Hook<Value, Value>;

/// Cancellation and time limits are looked at this often.
const SLICE: Duration = Duration::from_millis(20);

/// The answer of a callback; `None` with a note where it failed and `fall_back` says that the job goes on without.
///
/// # Errors
/// The failure, where nothing stands in for it.
pub(crate) fn or_fall_back<O>(
    name: &str,
    answer: Result<O>,
    fall_back: bool,
    notes: &mut Vec<String>,
) -> Result<Option<O>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if fall_back && is_callback(error.code()) => {
            notes.push(format!("{name} failed and was done without: {}", error.message()));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

pub(crate) const fn is_callback(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::CallbackFailed | ErrorCode::CallbackInvalid | ErrorCode::CallbackTimeout)
}

/// A callback that speaks JSON as one with types. What does not fit is [`ErrorCode::CallbackInvalid`] with its place.
pub(crate) fn typed<I, O>(name: &'static str, hook: JsonHook) -> Hook<I, O>
where
    I: Serialize + 'static,
    O: DeserializeOwned + 'static,
{
    Arc::new(move |input| {
        let input = serde_json::to_value(input)
            .map_err(|error| Error::new(ErrorCode::Internal, format!("cannot hand over to {name}: {error}")))?;
        let answer = hook(input)?;
        serde_path_to_error::deserialize(answer).map_err(|failure| {
            let place = match failure.path().to_string().as_str() {
                "." => name.to_owned(),
                path => format!("{name}.{path}"),
            };
            Error::new(ErrorCode::CallbackInvalid, format!("{name} gave something else: {}", failure.inner()))
                .field(place)
        })
    })
}

/// Do foreign work on a thread of its own.
///
/// # Errors
/// Its own error as [`ErrorCode::CallbackFailed`] or [`ErrorCode::CallbackInvalid`] with the name as the field,
/// [`ErrorCode::CallbackTimeout`], those of [`Control::check`].
pub(crate) fn guarded<T: Send + 'static>(
    name: &'static str,
    limit: Option<Duration>,
    control: &Control,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let failed = |message: String| Error::new(ErrorCode::CallbackFailed, message).field(name);
    let (sender, receiver) = channel();
    let run = move || {
        // A failed send means that nobody waits any more.
        drop(sender.send(catch_unwind(AssertUnwindSafe(work))));
    };
    let thread = thread::Builder::new().name(format!("opusclip-{name}"));
    thread.spawn(run).map_err(|error| failed(format!("cannot start a thread for {name}: {error}")))?;
    let own = limit.map(|limit| Control::new().with_time_limit(limit));
    loop {
        match receiver.recv_timeout(SLICE) {
            Ok(Ok(Ok(answer))) => return Ok(answer),
            Ok(Ok(Err(error))) => return Err(named(name, error)),
            Ok(Err(panic)) => return Err(failed(format!("{name} panicked: {}", panic_text(&*panic)))),
            Err(RecvTimeoutError::Disconnected) => return Err(failed(format!("{name} gave no answer"))),
            Err(RecvTimeoutError::Timeout) => {}
        }
        control.check()?;
        if let (Some(limit), Some(Err(_))) = (limit, own.as_ref().map(Control::check)) {
            let message = format!("{name} gave no answer within {} s", limit.as_secs_f64());
            return Err(Error::new(ErrorCode::CallbackTimeout, message).field(name));
        }
    }
}

/// The error of a callback with its name, whatever kind it was.
fn named(name: &str, error: Error) -> Error {
    if is_callback(error.code()) {
        return if error.field_name().is_some() { error } else { error.field(name) };
    }
    let message = format!("{name} failed: {error}");
    Error::new(ErrorCode::CallbackFailed, message).field(name).caused_by(error)
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref().map(String::as_str))
        .unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::CancelToken;
    use serde_json::json;
    use std::fmt;

    fn run<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        guarded("score", Some(Duration::from_secs(60)), &Control::new(), work)
    }

    fn outcome<T: fmt::Debug>(result: Result<T>) -> (ErrorCode, String) {
        let error = result.unwrap_err();
        (error.code(), error.field_name().unwrap_or_default().to_owned())
    }

    #[test]
    fn what_fails_panics_or_hangs_fails_by_its_name() {
        assert_eq!(run(|| Ok(7)).unwrap(), 7);
        let broken: Result<()> = run(|| Err(Error::new(ErrorCode::MediaEmpty, "no model")));
        assert_eq!(broken.as_ref().unwrap_err().message(), "score failed: no model");
        assert_eq!(outcome(broken), (ErrorCode::CallbackFailed, "score".into()));
        let panics = run(|| -> Result<()> { panic!("out of luck") });
        assert!(panics.as_ref().unwrap_err().message().contains("out of luck"));
        assert_eq!(outcome(panics), (ErrorCode::CallbackFailed, "score".into()));
        let hangs = guarded("score", Some(Duration::from_millis(50)), &Control::new(), || {
            thread::sleep(Duration::from_secs(5));
            Ok(())
        });
        assert_eq!(outcome(hangs), (ErrorCode::CallbackTimeout, "score".into()));
    }

    #[test]
    fn a_cancelled_job_does_not_wait() {
        let token = CancelToken::new();
        token.cancel();
        let control = Control::new().with_cancel(token);
        let waits = guarded("embed", None, &control, || {
            thread::sleep(Duration::from_secs(5));
            Ok(())
        });
        assert_eq!(outcome(waits).0, ErrorCode::Cancelled);
    }

    #[test]
    fn answers_of_the_wrong_kind_name_their_place() {
        let hook: Hook<Vec<String>, Vec<Vec<f32>>> = typed("embed", Arc::new(|_| Ok(json!([[1.0], [0.5, "x"]]))));
        let error = hook(vec!["a".into()]).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::CallbackInvalid, Some("embed.[1][1]")));
    }
}
