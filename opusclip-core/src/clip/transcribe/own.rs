//! Engines of the caller's own, guarded as every callback is.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::{AudioChunk, TranscribeOptions, Transcriber, engine, transcribe};
use crate::clip::callback::{Hook, guarded};
use crate::clip::transcript::{Transcript, from_bytes};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
}
