//! How a file is transcribed, and by whom.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Command, Transcriber};
use crate::clip::media::Limits;
use crate::config::{number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// Options of [`super::transcribe()`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TranscribeOptions {
    /// Longest piece of sound that is handed over at once, in seconds, 10 to 3600. Default 600.
    #[serde(alias = "chunkSeconds", deserialize_with = "number")]
    pub chunk_seconds: f64,
    /// Language that is spoken, as ISO 639-1, such as `en`. Default: the engine finds out.
    pub language: Option<String>,
    /// A model file of whisper.cpp (ggml), which the feature `whisper` takes.
    pub model: Option<PathBuf>,
    /// A program and its arguments that write down what is in a WAV file, instead of a model; see [`Command`].
    pub command: Option<Vec<String>>,
    /// Threads of the model; 0 uses up to four, by the number of cores. Default 0.
    pub threads: u32,
    /// Share of damaged packets of the sound, 0 to 1, above which a file is given up. Default 0.2.
    #[serde(alias = "maxDamage", deserialize_with = "number")]
    pub max_damage: f64,
    /// Give up after this many seconds. Default none.
    #[serde(alias = "timeLimit", deserialize_with = "optional_number")]
    pub time_limit: Option<f64>,
}

impl Default for TranscribeOptions {
    fn default() -> Self {
        Self {
            chunk_seconds: 600.0,
            language: None,
            model: None,
            command: None,
            threads: 0,
            max_damage: Limits::default().damage,
            time_limit: None,
        }
    }
}

impl TranscribeOptions {
    /// Check every option.
    ///
    /// # Errors
    /// `config.*`, naming the option.
    ///
    /// ```
    /// use opusclip_core::clip::transcribe::TranscribeOptions;
    /// let options = TranscribeOptions { chunk_seconds: 5.0, ..TranscribeOptions::default() };
    /// assert_eq!(options.validate().unwrap_err().field_name(), Some("chunk_seconds"));
    /// ```
    pub fn validate(&self) -> Result<()> {
        within("chunk_seconds", self.chunk_seconds, 10.0, 3600.0)?;
        within("max_damage", self.max_damage, 0.0, 1.0)?;
        within("threads", f64::from(self.threads), 0.0, 256.0)?;
        if let Some(limit) = self.time_limit {
            within("time_limit", limit, 0.0, 1e7)?;
        }
        let invalid = |field: &str, message: String| Err(Error::new(ErrorCode::ConfigInvalid, message).field(field));
        if let Some(language) = &self.language
            && !(matches!(language.len(), 2..=3) && language.bytes().all(|b| b.is_ascii_lowercase()))
        {
            return invalid("language", format!("{language:?} is no language; write a code such as en"));
        }
        match &self.command {
            Some(command) if command.first().is_none_or(|program| program.is_empty()) => {
                invalid("command", "the command is empty".into())
            }
            Some(command) if command.iter().any(|part| part.contains('\0')) => {
                invalid("command", "the command has a zero byte".into())
            }
            Some(_) if self.model.is_some() => {
                invalid("command", "a model and a command are two engines at once".into())
            }
            _ => Ok(()),
        }
    }
}

/// The engine that the options name: a program, or with the feature `whisper` a model.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] where they name none, or a model without that feature; `model.unreadable` for a file that
/// is no model.
///
/// ```
/// use opusclip_core::clip::transcribe::{TranscribeOptions, engine};
/// let error = engine(&TranscribeOptions::default()).err().unwrap();
/// assert_eq!(error.field_name(), Some("model"));
/// ```
pub fn engine(options: &TranscribeOptions) -> Result<Box<dyn Transcriber>> {
    options.validate()?;
    match (&options.command, &options.model) {
        (Some(command), _) => {
            let (program, arguments) = command.split_first().map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
            Ok(Box::new(Command::new(program).args(arguments)))
        }
        (None, Some(model)) => of_model(model, options),
        (None, None) => Err(Error::new(ErrorCode::ConfigInvalid, "there is no speech engine")
            .field("model")
            .hint("give a model file, or a command that prints a transcript")),
    }
}

#[cfg(feature = "whisper")]
fn of_model(model: &std::path::Path, options: &TranscribeOptions) -> Result<Box<dyn Transcriber>> {
    Ok(Box::new(super::Whisper::open(model, options.threads, options.language.as_deref())?))
}

#[cfg(not(feature = "whisper"))]
fn of_model(model: &std::path::Path, _options: &TranscribeOptions) -> Result<Box<dyn Transcriber>> {
    Err(Error::new(ErrorCode::ConfigInvalid, "this build of opusclip cannot load speech models")
        .field("model")
        .file(model)
        .hint("build it with the feature whisper (cargo build --features whisper), or give a command instead"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::from_json;
    use serde_json::json;

    #[test]
    fn options_take_both_spellings_and_read_back() {
        let read = |value| from_json::<TranscribeOptions>(value).unwrap();
        let wanted = TranscribeOptions { chunk_seconds: 30.0, time_limit: Some(9.0), ..TranscribeOptions::default() };
        assert_eq!(read(json!({"chunkSeconds": 30, "timeLimit": 9})), wanted);
        assert_eq!(read(json!({"chunk_seconds": 30, "time_limit": 9})), wanted);
        assert_eq!(read(serde_json::to_value(&wanted).unwrap()), wanted);
    }

    #[test]
    fn impossible_values_are_refused_by_name() {
        for (name, value) in [
            ("chunk_seconds", json!(5)),
            ("chunk_seconds", json!("NaN")),
            ("chunk_seconds", json!("long")),
            ("language", json!("English")),
            ("language", json!("")),
            ("command", json!([])),
            ("command", json!("whisper")),
            ("threads", json!(1000)),
            ("threads", json!(-1)),
            ("max_damage", json!(2)),
            ("time_limit", json!(-1)),
            ("modle", json!("x")),
        ] {
            let error = from_json::<TranscribeOptions>(json!({ name: value })).and_then(|o| o.validate()).unwrap_err();
            assert_eq!(error.field_name(), Some(name), "{error}");
            assert!(error.code().as_str().starts_with("config."), "{error}");
        }
        let both = TranscribeOptions { model: Some("m".into()), command: Some(vec!["c".into()]), ..Default::default() };
        assert_eq!(both.validate().unwrap_err().field_name(), Some("command"));
    }

    #[cfg(not(feature = "whisper"))]
    #[test]
    fn a_model_needs_the_feature_and_the_error_says_so() {
        let options = TranscribeOptions { model: Some("ggml-tiny.bin".into()), ..Default::default() };
        let error = engine(&options).err().unwrap();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("model")));
        assert!(error.hint_text().unwrap().contains("--features whisper"));
    }
}
