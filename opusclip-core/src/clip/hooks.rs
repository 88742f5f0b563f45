//! Callbacks of the caller: other engines and models in place of our own.
//!
//! Each runs on a thread of its own, so that one that hangs or panics costs its call and never the host. A call ends with
//! the callback, with the job's [`Control`], or with the time limit, whichever comes first; a callback that goes on after
//! that goes on alone.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clip::select::{Contender, PostEdit, PostRequest};
use crate::clip::transcribe::{AudioChunk, TranscribeOptions, Transcriber, engine, transcribe};
use crate::clip::transcript::{Transcript, from_bytes};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// A callback. What it returns as an error keeps its message and gets the callback's name.
pub type Hook<I, O> = Arc<dyn Fn(I) -> Result<O> + Send + Sync>;

/// A callback that speaks JSON, as those of other languages do.
pub type JsonHook = Hook<Value, Value>;

/// The callbacks of a job, all of them optional.
///
/// ```
/// use std::sync::Arc;
/// use opusclip_core::clip::Hooks;
/// // Longer clips win.
/// let hooks = Hooks { score: Some(Arc::new(|clips| {
///     let longest = clips.iter().map(|c| c.end - c.start).fold(1.0, f64::max);
///     Ok(clips.iter().map(|c| (c.end - c.start) / longest).collect())
/// })), ..Hooks::default() };
/// # let _ = hooks;
/// ```
#[derive(Clone)]
pub struct Hooks {
    /// Vectors of sentences, by which topics are told apart: one for each sentence, all of one length.
    pub embed: Option<Hook<Vec<String>, Vec<Vec<f32>>>>,
    /// Scores from 0 to 1 for the best candidates, one for each, in place of our own. Only these are chosen from then.
    pub score: Option<Hook<Vec<Contender>, Vec<f64>>>,
    /// Title, hook line, description, keywords and hashtags of a clip in place of our own; what it leaves out stays.
    pub describe: Option<Hook<PostRequest, PostEdit>>,
    /// Speech to text, for a video without a transcript. Of its own it has no time limit.
    pub transcribe: Option<Arc<dyn Transcriber>>,
    /// How long one call of the others may take. Default 60 s; `None` is as long as it likes.
    pub time_limit: Option<Duration>,
    /// Where a callback fails, go on with our own and say so in the notes. Default false: the job fails.
    pub fall_back: bool,
}

/// The time limit of a call unless another one is set.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// Cancellation and time limits are looked at this often.
const SLICE: Duration = Duration::from_millis(20);

impl Default for Hooks {
    fn default() -> Self {
        Self {
            embed: None,
            score: None,
            describe: None,
            transcribe: None,
            time_limit: Some(TIME_LIMIT),
            fall_back: false,
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("embed", &self.embed.is_some())
            .field("score", &self.score.is_some())
            .field("describe", &self.describe.is_some())
            .field("transcribe", &self.transcribe.is_some())
            .field("time_limit", &self.time_limit)
            .field("fall_back", &self.fall_back)
            .finish()
    }
}

impl Hooks {
    /// The names of those that speak JSON.
    pub const NAMES: [&str; 3] = ["embed", "score", "describe"];

    /// Callbacks of another language, asked for by their names.
    pub fn from_json(mut given: impl FnMut(&'static str) -> Option<JsonHook>) -> Self {
        Self {
            embed: given("embed").map(|hook| typed("embed", hook)),
            score: given("score").map(|hook| typed("score", hook)),
            describe: given("describe").map(|hook| typed("describe", hook)),
            ..Self::default()
        }
    }

    /// Call one, and wait for its answer.
    ///
    /// # Errors
    /// `callback.*` with its name as the field, those of [`Control::check`].
    pub(crate) fn call<I, O>(&self, name: &'static str, hook: &Hook<I, O>, input: I, control: &Control) -> Result<O>
    where
        I: Send + 'static,
        O: Send + 'static,
    {
        let hook = Arc::clone(hook);
        guarded(name, self.time_limit, control, move || hook(input))
    }

    /// The answer of a callback; `None` with a note where it failed and our own is to do.
    ///
    /// # Errors
    /// The failure, where nothing stands in for it.
    pub(crate) fn or_fall_back<O>(&self, name: &str, answer: Result<O>, notes: &mut Vec<String>) -> Result<Option<O>> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if self.fall_back && is_callback(error.code()) => {
                notes.push(format!("{name} failed and was done without: {}", error.message()));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// A speech engine of another language as one of ours. It answers with the JSON of a [`Transcript`] or of Whisper and its
/// kin, or with a text: SRT, WebVTT, or that JSON. An answer without words means that nobody speaks.
///
/// ```
/// use std::sync::Arc;
/// use opusclip_core::{Control, clip::{AudioChunk, json_transcriber}};
/// let engine = json_transcriber(Arc::new(|chunk: AudioChunk| {
///     Ok(serde_json::json!([{"start": 0, "end": chunk.end - chunk.start, "text": "Hello"}]))
/// }));
/// let chunk = AudioChunk { start: 60.0, end: 61.0, sample_rate: 16_000, samples: vec![0.0; 16_000] };
/// assert_eq!(engine.transcribe(&chunk, &Control::new())?.cues[0].text, "Hello");
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn json_transcriber(hook: Hook<AudioChunk, Value>) -> Arc<dyn Transcriber> {
    Arc::new(move |chunk: &AudioChunk, _: &Control| heard(hook(chunk.clone())?))
}

/// What an engine of another language heard.
fn heard(answer: Value) -> Result<Transcript> {
    let bytes = match answer {
        Value::String(text) => text.into_bytes(),
        Value::Object(_) | Value::Array(_) => answer.to_string().into_bytes(),
        other => {
            let message = format!("transcribe gave something else: {other} is no transcript");
            return Err(Error::new(ErrorCode::CallbackInvalid, message).field("transcribe"));
        }
    };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Transcript::default());
    }
    from_bytes(&bytes).or_else(|error| match error.code() {
        ErrorCode::TranscriptEmpty => Ok(Transcript::default()),
        _ => {
            let place = error.field_name().map_or_else(|| "transcribe".to_owned(), |at| format!("transcribe.{at}"));
            let message = format!("transcribe gave something else: {}", error.message());
            Err(Error::new(ErrorCode::CallbackInvalid, message).field(place).caused_by(error))
        }
    })
}

/// Have a speech engine of the caller's own write down what is said in a video file, guarded as every callback is; without
/// one, that which the options name. [`transcribe()`] is the same without guards.
///
/// # Errors
/// Those of [`transcribe()`] and [`engine`]; `callback.*` with the field `transcribe` where the caller's own fails.
///
/// ```
/// use opusclip_core::{Control, clip::{TranscribeOptions, transcribe_by}};
/// let error = transcribe_by("talk.mp4", None, &TranscribeOptions::default(), &Control::new()).unwrap_err();
/// assert_eq!(error.field_name(), Some("model"));
/// ```
pub fn transcribe_by(
    video: impl Into<PathBuf>,
    own: Option<Arc<dyn Transcriber>>,
    options: &TranscribeOptions,
    control: &Control,
) -> Result<Transcript> {
    let Some(own) = own else { return transcribe(video, &*engine(options)?, options, control) };
    options.validate()?;
    if options.model.is_some() || options.command.is_some() {
        let error = Error::new(ErrorCode::ConfigInvalid, "an engine of your own and one by name are two at once");
        return Err(error.field("engine").hint("leave model and command out"));
    }
    transcribe(video, &Apart(own), options, control)
}

/// A speech engine that runs on a thread of its own.
pub(crate) struct Apart(pub(crate) Arc<dyn Transcriber>);

impl Transcriber for Apart {
    fn transcribe(&self, chunk: &AudioChunk, control: &Control) -> Result<Transcript> {
        let (engine, chunk, inner) = (Arc::clone(&self.0), chunk.clone(), control.clone());
        guarded("transcribe", None, control, move || engine.transcribe(&chunk, &inner))
    }
}

const fn is_callback(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::CallbackFailed | ErrorCode::CallbackInvalid | ErrorCode::CallbackTimeout)
}

/// A callback that speaks JSON as one with types. What does not fit is [`ErrorCode::CallbackInvalid`] with its place.
fn typed<I, O>(name: &'static str, hook: JsonHook) -> Hook<I, O>
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
    fn engines_of_other_languages_answer_as_they_like() {
        let chunk = AudioChunk { start: 0.0, end: 9.0, sample_rate: 16_000, samples: Vec::new() };
        let says =
            |answer: Value| json_transcriber(Arc::new(move |_| Ok(answer.clone()))).transcribe(&chunk, &Control::new());
        for answer in [
            json!({"segments": [{"start": 1, "end": 2, "text": " Hello"}]}),
            json!([{"start": 1, "end": 2, "text": "Hello"}]),
            json!("1\n00:00:01,000 --> 00:00:02,000\nHello\n"),
            json!("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"),
            json!(r#"{"segments": [{"start": 1, "end": 2, "text": "Hello"}]}"#),
        ] {
            let said = says(answer).unwrap();
            assert_eq!((said.cues[0].text.as_str(), said.words[0].start), ("Hello", 1.0));
        }
        for silence in [json!(""), json!(" \n"), json!([]), json!({"segments": []}), json!("WEBVTT\n")] {
            assert_eq!(says(silence.clone()).map(|said| said.words.len()).ok(), Some(0), "{silence}");
        }
        for nonsense in [json!(null), json!(7), json!("hello"), json!({"a": 1}), json!({"segments": [{"start": "x"}]})]
        {
            let error = says(nonsense.clone()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::CallbackInvalid, "{nonsense}");
            assert!(error.field_name().is_some_and(|field| field.starts_with("transcribe")), "{error}");
        }
    }

    #[test]
    fn answers_of_the_wrong_kind_name_their_place() {
        let hook: Hook<Vec<String>, Vec<Vec<f32>>> = typed("embed", Arc::new(|_| Ok(json!([[1.0], [0.5, "x"]]))));
        let error = hook(vec!["a".into()]).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::CallbackInvalid, Some("embed.[1][1]")));
    }
}
