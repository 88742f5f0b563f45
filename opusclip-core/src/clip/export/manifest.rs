//! The manifest: everything needed to render the same clips again, and why they were chosen.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::clip::caption::ClipWord;
use crate::clip::files::{read_regular, write_whole};
use crate::clip::media::Rational;
use crate::clip::reframe::{Crop, Framing};
use crate::clip::render::{ClipLoudness, RenderOptions};
use crate::clip::select::Feature;
use crate::config::located;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// The largest manifest in bytes; a thousand clips with all their words have about 10 MB.
const MOST_BYTES: u64 = 100_000_000;

/// Smallest share of the picture's width or height that a crop may keep.
const SMALLEST_CROP: f64 = 0.01;

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
    /// Where it begins in the source, in seconds.
    pub start: f64,
    /// Where it ends in the source, in seconds.
    pub end: f64,
    /// Its own length in seconds.
    pub duration: f64,
    /// What is played of the source, in order.
    pub ranges: Vec<Span>,
    /// 0 to 1: the sum of value times weight over `features`. It ranks; it promises nothing.
    pub score: f64,
    /// The parts of the score.
    pub features: Vec<Feature>,
    /// Why it was chosen, in a sentence.
    pub reason: String,
    /// What is said in it.
    pub text: String,
    /// The words that are captioned, timed from the start of the clip.
    pub words: Vec<ClipWord>,
    /// How the picture fills the frame.
    pub framing: Framing,
    /// The video file.
    pub video: PathBuf,
    /// A still picture of it.
    pub thumbnail: PathBuf,
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
        let mut json = serde_json::Deserializer::from_str(&text);
        let manifest: Self = serde_path_to_error::deserialize(&mut json).map_err(|failure| {
            let line = failure.inner().line() as u64;
            located(ErrorCode::ManifestInvalid, &failure).file(path).line(line)
        })?;
        manifest.validate().map_err(|error| error.file(path))?;
        Ok(manifest)
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
        let invalid = |field: String, message: String| Error::new(ErrorCode::ManifestInvalid, message).field(field);
        if self.version != MANIFEST_VERSION {
            let message = format!("version {} is not {MANIFEST_VERSION}, the one that can be read", self.version);
            return Err(invalid("version".into(), message));
        }
        self.render.validate()?;
        for (index, clip) in self.clips.iter().enumerate() {
            let field = |name: &str| format!("clips[{index}].{name}");
            if clip.index == 0 || self.clips[..index].iter().any(|other| other.index == clip.index) {
                return Err(invalid(field("index"), format!("{} is not a number of its own from 1 on", clip.index)));
            }
            if clip.ranges.is_empty() {
                return Err(invalid(field("ranges"), "a clip needs at least one range".into()));
            }
            for range in &clip.ranges {
                let ordered =
                    range.start.is_finite() && range.end.is_finite() && 0.0 <= range.start && range.start < range.end;
                if !ordered {
                    let message = format!("the range {} to {} is not a stretch of time", range.start, range.end);
                    return Err(invalid(field("ranges"), message));
                }
            }
            let Crop { x, y, width, height } = clip.framing.crop;
            let shares = [x, y, width, height, x + width, y + height];
            let inside = shares.iter().all(|share| (0.0..=1.0 + 1e-6).contains(share));
            if !inside || width < SMALLEST_CROP || height < SMALLEST_CROP {
                let message = format!("the crop {x}, {y}, {width} x {height} is no part of the picture");
                return Err(invalid(field("framing.crop"), message));
            }
            for (part, name) in [("video", &clip.video), ("thumbnail", &clip.thumbnail)] {
                let inside = name.components().all(|part| matches!(part, std::path::Component::Normal(_)));
                if !inside || name.as_os_str().is_empty() {
                    let message = format!("{} does not lie in the manifest's folder", name.display());
                    return Err(invalid(field(part), message));
                }
            }
        }
        Ok(())
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
