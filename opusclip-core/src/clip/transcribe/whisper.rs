//! whisper.cpp with a model file of the user's own.

mod model;

use std::path::{Path, PathBuf};

use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState};

use super::{AudioChunk, STAGE, Transcriber};
use crate::clip::transcript::{Cue, Heard, Transcript, Word, merged};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// More threads than this gain little.
const MOST_THREADS: usize = 4;
/// Shorter sound is refused by whisper.cpp, in seconds; it is filled up with silence.
const SHORTEST: f64 = 1.1;

/// A speech engine inside of this process: whisper.cpp and a model file in its ggml format.
///
/// ```no_run
/// use opusclip_core::{Control, clip::transcribe::{TranscribeOptions, Whisper, transcribe}};
/// let engine = Whisper::open("ggml-base.bin".as_ref(), 0, Some("en"))?;
/// let talk = transcribe("talk.mp4", &engine, &TranscribeOptions::default(), &Control::new())?;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Whisper {
    context: WhisperContext,
    path: PathBuf,
    threads: i32,
    language: Option<String>,
}

impl Whisper {
    /// Load a model. `threads` 0 takes up to four, by the number of cores; `language` is a code such as `en`, `None`
    /// finds out.
    ///
    /// # Errors
    /// [`ErrorCode::ModelUnreadable`] where the file does not exist, is no ggml model of Whisper, or has no weights;
    /// [`ErrorCode::ConfigInvalid`] for a language that Whisper does not know, or that the model does not.
    pub fn open(model: &Path, threads: u32, language: Option<&str>) -> Result<Self> {
        // Also takes whisper.cpp's messages off the terminal.
        whisper_rs::install_logging_hooks();
        model::check(model)?;
        let invalid = |message: String| Error::new(ErrorCode::ConfigInvalid, message).field("language");
        if let Some(language) = language.filter(|language| whisper_rs::get_lang_id(language).is_none()) {
            return Err(
                invalid(format!("Whisper does not know the language {language:?}")).hint("write a code such as en")
            );
        }
        let context = WhisperContext::new_with_params(model, WhisperContextParameters::default()).map_err(|error| {
            Error::new(ErrorCode::ModelUnreadable, "whisper.cpp cannot load the model")
                .file(model)
                .hint("download it again; its log says what is wrong")
                .caused_by(error)
        })?;
        if let Some(other) = language.filter(|language| *language != "en" && !context.is_multilingual()) {
            return Err(invalid(format!("this model knows English only, not {other}"))
                .file(model)
                .hint("take another model"));
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let threads = if threads == 0 { i32::try_from(cores) } else { i32::try_from(threads) }.unwrap_or(1);
        Ok(Self { context, path: model.to_owned(), threads, language: language.map(str::to_owned) })
    }

    fn failed(&self, error: whisper_rs::WhisperError) -> Error {
        Error::new(ErrorCode::EngineFailed, format!("whisper.cpp failed: {error}")).file(&self.path).caused_by(error)
    }

    fn parameters(&self, control: &Control) -> FullParams<'_, '_> {
        let mut wanted = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        wanted.set_n_threads(self.threads);
        wanted.set_language(Some(self.language.as_deref().unwrap_or(if self.context.is_multilingual() {
            "auto"
        } else {
            "en"
        })));
        wanted.set_token_timestamps(true);
        wanted.set_print_special(false);
        wanted.set_print_progress(false);
        wanted.set_print_realtime(false);
        wanted.set_print_timestamps(false);
        let reporting = control.clone();
        wanted.set_progress_callback_safe(move |percent| reporting.report(STAGE, f64::from(percent) / 100.0));
        let stopping = control.clone();
        // The crate casts what it is given to a boxed closure, so only that type is sound here.
        let stop: Box<dyn FnMut() -> bool> = Box::new(move || stopping.check().is_err());
        wanted.set_abort_callback_safe(stop);
        wanted
    }

    fn said(&self, state: &WhisperState) -> Transcript {
        let mut said = Transcript::default();
        let seconds = |centiseconds: i64| centiseconds as f64 / 100.0;
        let first_special = self.context.token_eot();
        for segment in state.as_iter() {
            let (start, end) = (seconds(segment.start_timestamp()), seconds(segment.end_timestamp()));
            // A letter may be cut in two by tokens, a segment's text never is on purpose.
            let Ok(text) = segment.to_str_lossy() else { continue };
            let cue = said.cues.len();
            said.cues.push(Cue { start, end, text: text.into_owned(), line: cue as u64 + 1, speaker: None });
            for token in (0..segment.n_tokens()).filter_map(|at| segment.get_token(at)) {
                let data = token.token_data();
                let Ok(text) = token.to_str() else { continue };
                if data.id < first_special && !text.trim().is_empty() && data.t1 >= data.t0 {
                    let (start, end) = (seconds(data.t0), seconds(data.t1));
                    said.words.push(Word { start, end, text: text.to_owned(), cue, timed: true });
                }
            }
        }
        said.language = whisper_rs::get_lang_str(state.full_lang_id_from_state()).map(str::to_owned);
        said
    }
}

impl Transcriber for Whisper {
    fn transcribe(&self, chunk: &AudioChunk, control: &Control) -> Result<Transcript> {
        control.check()?;
        let mut state = self.context.create_state().map_err(|error| self.failed(error))?;
        let mut samples = std::borrow::Cow::Borrowed(&chunk.samples);
        let least = (SHORTEST * f64::from(chunk.sample_rate)) as usize;
        if samples.len() < least {
            samples.to_mut().resize(least, 0.0);
        }
        let heard = state.full(self.parameters(control), &samples);
        // A stop makes it fail, and the stop is the reason.
        control.check()?;
        heard.map_err(|error| self.failed(error))?;
        // Parts of words become words.
        merged(vec![Heard { said: self.said(&state), within: Span::new(0.0, chunk.end - chunk.start) }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Whisper>();
    }

    #[test]
    fn an_unknown_language_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, model::tests::sound()).unwrap();
        let error = Whisper::open(&path, 0, Some("xx")).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("language")));
        // By its shape a model, by its content none: whisper.cpp itself says no.
        let error = Whisper::open(&path, 0, None).unwrap_err();
        assert_eq!((error.code(), error.file_path()), (ErrorCode::ModelUnreadable, Some(path.as_path())));
    }
}
