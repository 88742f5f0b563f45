//! The manifest: everything needed to render the same clips again, and why they were chosen.

mod check;
mod lines;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::clip::caption::ClipWord;
use crate::clip::files::{read_regular, write_whole};
use crate::clip::media::Rational;
use crate::clip::reframe::Framing;
use crate::clip::render::{ClipLoudness, RenderOptions};
use crate::clip::select::Feature;
use crate::clip::text::Post;
use crate::config::located;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// The largest manifest in bytes; a thousand clips with all their words have about 10 MB.
const MOST_BYTES: u64 = 100_000_000;

/// The version that this library writes.
pub const MANIFEST_VERSION: u32 = 1;

/// A set of clips of one source. Paths of clips are relative to the manifest's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: 1.
    pub version: u32,
    /// Program and version that wrote it.
    pub generator: String,
    /// What the clips were cut from.
    pub source: SourceInfo,
    /// How they were rendered.
    pub render: RenderOptions,
    /// The clips in order of time.
    pub clips: Vec<Clip>,
    /// What the caller should know: repairs, damage, fewer clips than asked for.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The file that clips were cut from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceInfo {
    /// Absolute path.
    pub path: PathBuf,
    /// Bytes, to notice that it is another file now.
    pub size: u64,
    /// Seconds of content.
    pub duration: f64,
}

/// A rendered clip, and why it was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Its number, from 1, in order of time.
    pub index: usize,
    /// Where it begins in the source, in seconds. Derived from `ranges`, which is what to edit.
    pub start: f64,
    /// Where it ends in the source, in seconds. Derived from `ranges`, which is what to edit.
    pub end: f64,
    /// Its own length in seconds; derived.
    pub duration: f64,
    /// What is played of the source, in order, without overlap. The sound goes over from one to the next.
    pub ranges: Vec<Span>,
    /// 0 to 1: the sum of value times weight over `features`. It ranks; it promises nothing.
    pub score: f64,
    /// The parts of the score.
    pub features: Vec<Feature>,
    /// Why it was chosen, in a sentence.
    pub reason: String,
    /// What is said in it; derived from `words` where there are any.
    pub text: String,
    /// Words for the post that shows it; to be edited at will, they are not rendered.
    #[serde(default)]
    pub post: Post,
    /// The words that are captioned, in seconds of the source: those whose middle lies in one of the `ranges`.
    pub words: Vec<ClipWord>,
    /// Words up to 20 s before and after the clip and between its ranges, in seconds of the source. They are captioned
    /// where edited `ranges` reach them.
    #[serde(default)]
    pub context: Vec<ClipWord>,
    /// How the picture fills the frame.
    pub framing: Framing,
    /// The video file.
    pub video: PathBuf,
    /// A still picture of it.
    pub thumbnail: PathBuf,
    /// Its captions as SRT, WebVTT and ASS files, where they were asked for.
    #[serde(default)]
    pub subtitles: Vec<PathBuf>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Constant frames a second.
    pub frame_rate: Rational,
    /// The encoder that was used.
    pub encoder: String,
    /// Measured on the finished file; `None` without sound.
    pub loudness: Option<ClipLoudness>,
    /// Fingerprint of all that the files were made from; a clip whose fingerprint is still the same is not rendered again.
    #[serde(default)]
    pub rendered: Option<String>,
}

impl Clip {
    /// From the earliest to the latest moment of the source that it plays.
    pub fn span(&self) -> Span {
        let start = self.ranges.iter().map(|range| range.start).fold(f64::INFINITY, f64::min);
        let end = self.ranges.iter().map(|range| range.end).fold(f64::NEG_INFINITY, f64::max);
        if start <= end { Span::new(start, end) } else { Span::new(self.start, self.end) }
    }

    /// Take over what rendering gave for the same clip.
    pub(crate) fn take_measures(&mut self, rendered: &Self) {
        self.duration = rendered.duration;
        self.video.clone_from(&rendered.video);
        self.thumbnail.clone_from(&rendered.thumbnail);
        self.subtitles.clone_from(&rendered.subtitles);
        (self.width, self.height) = (rendered.width, rendered.height);
        self.frame_rate = rendered.frame_rate;
        self.encoder.clone_from(&rendered.encoder);
        self.loudness.clone_from(&rendered.loudness);
        self.rendered.clone_from(&rendered.rendered);
    }

    /// Its words and those around it, in order of time.
    pub(crate) fn said(&self) -> Vec<ClipWord> {
        let mut words: Vec<ClipWord> = self.words.iter().chain(&self.context).cloned().collect();
        words.sort_by(|a, b| a.start.total_cmp(&b.start));
        words
    }
}

impl Manifest {
    /// Read a manifest from a file.
    ///
    /// # Errors
    /// [`ErrorCode::ManifestInvalid`] with file, line and field.
    pub fn read(path: &Path) -> Result<Self> {
        let invalid = |message: String| Error::new(ErrorCode::ManifestInvalid, message).file(path);
        let bytes = read_regular(path, MOST_BYTES).map_err(|error| invalid(format!("cannot read it: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8 text".to_owned()))?;
        Self::parse(&text).map_err(|error| error.file(path))
    }

    fn parse(text: &str) -> Result<Self> {
        // Some editors put a byte order mark in front, which is no JSON.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut json = serde_json::Deserializer::from_str(text);
        let manifest: Self = serde_path_to_error::deserialize(&mut json).map_err(|failure| {
            let error = located(ErrorCode::ManifestInvalid, &failure);
            let inner = failure.inner();
            // Of two fields of one name the second is at fault, and only the reader knows where that is.
            let reader_knows = !inner.is_data() || inner.to_string().starts_with("duplicate field");
            let found = (!reader_knows).then(|| lines::line_of(text, error.field_name().unwrap_or_default())).flatten();
            error.line(found.unwrap_or(inner.line() as u64))
        })?;
        json.end()
            .map_err(|error| Error::new(ErrorCode::ManifestInvalid, error.to_string()).line(error.line() as u64))?;
        manifest.validate().map_err(|error| with_line(error, text))?;
        Ok(manifest)
    }

    /// Add file and line to an error about a manifest that was read from this file.
    pub(crate) fn locate(path: &Path, error: Error) -> Error {
        let at_fault = error.code() == ErrorCode::ManifestInvalid && error.file_path().is_none();
        match read_regular(path, MOST_BYTES).map(String::from_utf8) {
            Ok(Ok(text)) if at_fault => with_line(error, text.strip_prefix('\u{feff}').unwrap_or(&text)).file(path),
            _ => error,
        }
    }

    /// Read a manifest from any serde source, as the bindings do.
    ///
    /// # Errors
    /// [`ErrorCode::ManifestInvalid`] with the field, and those of [`Manifest::validate`].
    pub fn from_deserializer<'de, D: Deserializer<'de>>(source: D) -> Result<Self>
    where
        D::Error: std::fmt::Display,
    {
        let manifest: Self = serde_path_to_error::deserialize(source)
            .map_err(|failure| located(ErrorCode::ManifestInvalid, &failure))?;
        manifest.validate()?;
        Ok(manifest)
    }

    /// Check what the types alone do not say.
    ///
    /// # Errors
    /// [`ErrorCode::ManifestInvalid`] naming the field, and those of [`RenderOptions::validate`].
    pub fn validate(&self) -> Result<()> {
        check::manifest(self)
    }

    /// Fails where a range lies behind the end of the source, which lasts `duration` seconds.
    pub(crate) fn within(&self, duration: f64) -> Result<()> {
        check::within(self, duration)
    }

    /// Write it as JSON, whole or not at all.
    ///
    /// # Errors
    /// `output.*`.
    pub fn write(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::new(ErrorCode::Internal, format!("cannot write the manifest: {error}")))?;
        write_whole(path, |file| {
            file.write_all(&json)?;
            file.write_all(b"\n")
        })
    }
}

fn with_line(error: Error, text: &str) -> Error {
    let line = error.field_name().and_then(|field| lines::line_of(text, field));
    match (error.line_number(), line) {
        (None, Some(line)) => error.line(line),
        _ => error,
    }
}
