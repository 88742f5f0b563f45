//! Words with times: subtitles and the answers of speech engines in, sentences out.
//!
//! | format | what is kept beside text and times |
//! |---|---|
//! | SubRip (`.srt`), and what Whisper prints on a terminal | |
//! | WebVTT (`.vtt`) | voices, times of words, `Language:` in the header |
//! | SubStation Alpha (`.ass`, `.ssa`) | names, karaoke as times of words |
//! | JSON of Whisper, faster-whisper, WhisperX, whisper-timestamped, whisper.cpp, OpenAI, transformers, and a [`Transcript`] of ours | times of words, speakers, language |
//! | subtitle streams inside of a container ([`embedded`]) | the same, and the stream's language |
//!
//! Markup goes, and so do control characters and overrides of the reading direction (UAX #9); the marks U+200E, U+200F
//! and U+061C stay, since they are part of how words are spelled.

mod ass;
mod embedded;
mod encoding;
mod fit;
mod input;
mod json;
mod language;
mod markup;
mod mend;
mod read;
mod rebuild;
mod sentence;
mod timing;
mod voiced;
mod words;
mod write;

pub use embedded::embedded;
pub use input::TranscriptInput;
#[cfg_attr(not(feature = "cli"), allow(unused_imports, reason = "for the command"))]
#[cfg(feature = "cli")]
pub(crate) use read::{Written, read_written};
pub use read::{from_bytes, parse, read};
pub(crate) use rebuild::{Heard, merged};
pub(crate) use sentence::is_sound;
pub use sentence::{Sentence, sentences};
pub(crate) use words::join;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A subtitle format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptFormat {
    /// SubRip (`.srt`).
    Srt,
    /// WebVTT (`.vtt`), <https://www.w3.org/TR/webvtt1/>.
    Vtt,
    /// SubStation Alpha (`.ass`, `.ssa`).
    Ass,
    /// What a speech engine wrote as JSON.
    Json,
}

/// A spoken text with its times, sorted by time, inside the media.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// What was shown together, in order.
    pub cues: Vec<Cue>,
    /// Every word with its own time; `cue` says where it came from.
    pub words: Vec<Word>,
    /// What had to be changed to make sense of the file.
    #[serde(default)]
    pub repairs: Vec<Repair>,
    /// What language is spoken, where the file says so: ISO 639-1 in lower case where there is such a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// One subtitle event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
    /// Plain text, lines joined by a blank, markup removed.
    pub text: String,
    /// Line of the cue's times in the file, counted from 1; in an embedded stream the number of its packet.
    pub line: u64,
    /// Who speaks, where the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

/// One word with its punctuation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
    /// The word as written, with its punctuation.
    pub text: String,
    /// Index of its cue.
    pub cue: usize,
    /// Is the time the file's own, or shared out over the cue by length?
    pub timed: bool,
}

/// Something that was changed in a transcript, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repair {
    /// Line in the file, counted from 1.
    pub line: u64,
    /// `reversed`, `overlapping`, `out_of_range`, `empty`, `duplicate`, `malformed_time`, `skipped`, `encoding` or
    /// `control_characters`.
    pub kind: String,
    /// What was done, for people.
    pub message: String,
}
