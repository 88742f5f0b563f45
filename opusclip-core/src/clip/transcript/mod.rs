//! Words with times: SRT and WebVTT in, sentences out.

mod fit;
mod markup;
mod mend;
mod read;
mod sentence;
mod timing;
mod words;

pub use read::{parse, read};
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
    /// Line of the cue's times in the file, counted from 1.
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
    /// `reversed`, `overlapping`, `out_of_range`, `empty`, `duplicate`, `malformed_time`, `skipped` or `encoding`.
    pub kind: String,
    /// What was done, for people.
    pub message: String,
}
