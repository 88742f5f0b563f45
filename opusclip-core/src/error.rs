//! One error type for every engine, with codes that never change their meaning.
//!
//! An [`Error`] says what went wrong ([`Error::code`], [`Error::message`]), where (field, file, line, time), and what to
//! do about it ([`Error::hint`]). The same code reaches Python as `OpusClipError.code`, Node as `err.code`, and the
//! command line as the exit status ([`ErrorCode::exit_status`]).
//!
//! ```
//! use opusclip_core::{Error, ErrorCode};
//! let error = Error::new(ErrorCode::ConfigOutOfRange, "count is 0").field("count").hint("ask for at least one clip");
//! assert_eq!(error.code().as_str(), "config.out_of_range");
//! assert_eq!(error.to_string(), "count is 0 (field: count); ask for at least one clip");
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $exit:literal;)*) => {
        /// What kind of thing went wrong. The text form is stable across releases and languages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable text form, such as `media.no_video`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The exit status of the command line for this code.
            pub const fn exit_status(self) -> u8 {
                match self { $(Self::$name => $exit,)* }
            }
        }
    };
}

codes! {
    /// An option has the wrong type, an unknown name or an impossible value.
    ConfigInvalid = "config.invalid", 2;
    /// An option is outside its allowed range, or two options contradict each other.
    ConfigOutOfRange = "config.out_of_range", 2;
    /// An option is NaN or infinite.
    ConfigNotFinite = "config.not_finite", 2;
    /// The media file does not exist.
    MediaNotFound = "media.not_found", 3;
    /// The path is a directory, a device or something else that is not a regular file.
    MediaNotAFile = "media.not_a_file", 3;
    /// The media file has no bytes.
    MediaEmpty = "media.empty", 3;
    /// The file may not be read, or is damaged beyond use.
    MediaUnreadable = "media.unreadable", 3;
    /// The bytes are not those of a container on the allow list.
    MediaUnsupported = "media.unsupported", 3;
    /// The file ends before its index (an MP4 without `moov`, for instance).
    MediaTruncated = "media.truncated", 3;
    /// There is no moving picture in the file.
    MediaNoVideo = "media.no_video", 3;
    /// There is no sound in the file.
    MediaNoAudio = "media.no_audio", 3;
    /// More packets were damaged than the caller allows.
    MediaDamaged = "media.damaged", 3;
    /// The linked FFmpeg has no decoder for this stream.
    MediaNoDecoder = "media.no_decoder", 3;
    /// The linked FFmpeg has no encoder for the wanted output.
    MediaNoEncoder = "media.no_encoder", 6;
    /// The transcript file does not exist or may not be read.
    TranscriptUnreadable = "transcript.unreadable", 4;
    /// The transcript's text cannot be understood.
    TranscriptSyntax = "transcript.syntax", 4;
    /// The transcript holds no usable cue.
    TranscriptEmpty = "transcript.empty", 4;
    /// The speech model does not exist, may not be read, or is no model.
    ModelUnreadable = "model.unreadable", 4;
    /// A speech engine failed, or what it said is no transcript.
    EngineFailed = "engine.failed", 4;
    /// The manifest is not valid.
    ManifestInvalid = "manifest.invalid", 4;
    /// The output exists and `overwrite` was not asked for.
    OutputExists = "output.exists", 5;
    /// Another job is writing into the output folder.
    OutputBusy = "output.busy", 5;
    /// The output folder cannot be created or written.
    OutputUnwritable = "output.unwritable", 5;
    /// The disk filled up; what was half written has been removed.
    OutputFull = "output.full", 5;
    /// A callback of the caller's own raised, panicked or gave no answer.
    CallbackFailed = "callback.failed", 8;
    /// A callback of the caller's own gave something that is no answer.
    CallbackInvalid = "callback.invalid", 8;
    /// A callback of the caller's own did not answer in time.
    CallbackTimeout = "callback.timeout", 8;
    /// A metric's name, label, value or time cannot be recorded.
    MetricInvalid = "metric.invalid", 4;
    /// There is no metric of that name or with these labels.
    MetricUnknown = "metric.unknown", 4;
    /// There is no time window of that name.
    WindowUnknown = "window.unknown", 4;
    /// Numbers, events or a table of them cannot be understood.
    DataInvalid = "data.invalid", 4;
    /// There is too little data for an answer.
    DataTooFew = "data.too_few", 4;
    /// A saved state is damaged, or of a version that this one cannot read.
    SnapshotInvalid = "snapshot.invalid", 4;
    /// A receiver of metrics cannot be reached, or refused them.
    ExportFailed = "export.failed", 5;
    /// No instance may have the request; the message has the reason of each.
    BalanceNoInstance = "balance.no_instance", 4;
    /// There is no instance of that name.
    BalanceUnknownInstance = "balance.unknown_instance", 4;
    /// The budget of retries is used up.
    BalanceRetryBudget = "balance.retry_budget", 7;
    /// There is no scaling action with that token.
    ScalingUnknownAction = "scaling.unknown_action", 4;
    /// A scaling decision cannot be carried out any more: another one is, or the count is another one by now.
    ScalingOutdated = "scaling.outdated", 4;
    /// Worker processes did not start or did not become ready, or their pool was stopped.
    ScalingPool = "scaling.pool", 4;
    /// A cluster did not allow it: no or wrong credentials, or a role that lacks the right.
    ScalingRefused = "scaling.refused", 4;
    /// There is nothing of that name in the cluster that could be scaled.
    ScalingUnknownTarget = "scaling.unknown_target", 4;
    /// Others changed the count at the same time, at each try.
    ScalingConflict = "scaling.conflict", 7;
    /// A cluster cannot be reached, is overloaded, or failed.
    ScalingUnavailable = "scaling.unavailable", 7;
    /// The input is larger than a limit that protects the host.
    LimitExceeded = "limit.exceeded", 7;
    /// The caller's time limit ran out.
    LimitTime = "limit.time", 7;
    /// The caller cancelled the work.
    Cancelled = "cancelled", 130;
    /// A defect in this library; please report it.
    Internal = "internal", 70;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An error with a stable code, its place and a way out. Cheap to move: one pointer.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Detail>);

#[derive(Debug)]
struct Detail {
    code: ErrorCode,
    message: String,
    field: Option<String>,
    file: Option<PathBuf>,
    line: Option<u64>,
    time: Option<f64>,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind with a message that says what happened.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Detail {
            code,
            message: message.into(),
            field: None,
            file: None,
            line: None,
            time: None,
            hint: None,
            source: None,
        }))
    }

    /// The option at fault, by the name the user wrote.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// The file at fault.
    #[must_use]
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.0.file = Some(file.into());
        self
    }

    /// The line at fault, counted from 1.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.0.line = Some(line);
        self
    }

    /// The media time at fault, in seconds.
    #[must_use]
    pub fn time(mut self, seconds: f64) -> Self {
        self.0.time = Some(seconds);
        self
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The underlying cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// What happened, without place and hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The option at fault.
    pub fn field_name(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The file at fault.
    pub fn file_path(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// The line at fault, counted from 1.
    pub fn line_number(&self) -> Option<u64> {
        self.0.line
    }

    /// The media time at fault, in seconds.
    pub fn media_time(&self) -> Option<f64> {
        self.0.time
    }

    /// What the user can do about it.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The error as one JSON object, the same in every language: `code`, `message`, and where known `field`, `file`,
    /// `line`, `time`, `hint`.
    pub fn to_json(&self) -> serde_json::Value {
        let detail = &self.0;
        let mut object = serde_json::Map::new();
        object.insert("code".into(), detail.code.as_str().into());
        object.insert("message".into(), detail.message.clone().into());
        let mut put = |name: &str, value: Option<serde_json::Value>| {
            if let Some(value) = value {
                object.insert(name.into(), value);
            }
        };
        put("field", detail.field.clone().map(Into::into));
        put("file", detail.file.as_ref().map(|f| f.display().to_string().into()));
        put("line", detail.line.map(Into::into));
        put("time", detail.time.map(Into::into));
        put("hint", detail.hint.clone().map(Into::into));
        object.into()
    }
}

/// Control characters in the names of files would break the line or reach the terminal.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { fmt::Write::write_char(f, c)? }
        }
        Ok(())
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Plain(&self.message))?;
        let places = [
            self.field.as_ref().map(|field| format!("field: {field}")),
            self.file.as_ref().map(|file| format!("file: {}", file.display())),
            self.line.map(|line| format!("line: {line}")),
            self.time.map(|time| format!("time: {time:.3} s")),
        ];
        let places: Vec<String> = places.into_iter().flatten().collect();
        if !places.is_empty() {
            write!(f, " ({})", Plain(&places.join(", ")))?;
        }
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Detail {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_dotted_or_single_words() {
        let mut seen = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{code} appears twice");
            assert!(code.as_str().chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_'));
            assert_ne!(code.exit_status(), 0);
        }
    }

    #[test]
    fn display_names_the_place_and_the_way_out() {
        let error = Error::new(ErrorCode::TranscriptSyntax, "no times")
            .file("talk.srt")
            .line(7)
            .time(1.5)
            .hint("write 00:00:01,000 --> 00:00:02,000");
        assert_eq!(
            error.to_string(),
            "no times (file: talk.srt, line: 7, time: 1.500 s); write 00:00:01,000 --> 00:00:02,000"
        );
        assert_eq!(error.to_json()["line"], 7);
    }
}
