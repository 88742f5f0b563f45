//! Clips as cuts of their source, for editing programs to go on from.
//!
//! | format | files | for |
//! |---|---|---|
//! | OTIO | one for each clip | OpenTimelineIO 0.15 and newer, DaVinci Resolve, Premiere by plug-in |
//! | EDL | one for each clip | CMX 3600, which nearly every program reads |
//! | FCPXML | one | version 1.10: Final Cut Pro, DaVinci Resolve |
//! | CSV | one | tables |
//!
//! All times are whole frames of the source, and the source begins at 00:00:00:00.

mod edl;
mod fcpxml;
mod frames;
mod otio;
mod table;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::frames::FrameRate;
use super::{Clip, Manifest};
use crate::clip::media::{MediaInfo, Rational};
use crate::error::{Error, ErrorCode, Result};

/// What clips are handed over as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// OpenTimelineIO, a file for each clip.
    Otio,
    /// A CMX 3600 edit decision list for each clip.
    Edl,
    /// One Final Cut Pro XML file with a project for each clip.
    Fcpxml,
    /// One table.
    Csv,
    /// Copies of the packets of each range, beginning at a keyframe: nothing is encoded, so they begin early.
    Segments,
}

/// What the cuts are taken from.
struct Footage {
    url: String,
    name: String,
    rate: FrameRate,
    frames: u64,
    width: u32,
    height: u32,
    /// Samples a second and channels.
    sound: Option<(u32, u32)>,
}

/// Frames of the source, the last one not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    start: u64,
    end: u64,
}

impl Cut {
    fn frames(self) -> u64 {
        self.end - self.start
    }
}

/// One clip.
struct Edit {
    title: String,
    cuts: Vec<Cut>,
}

/// Files by their names, and what should be known of them.
pub(crate) type Written = (Vec<(PathBuf, Vec<u8>)>, Vec<String>);

/// The clips in this format, all but [`ExportFormat::Segments`].
pub(crate) fn write(format: ExportFormat, manifest: &Manifest, clips: &[Clip], info: &MediaInfo) -> Result<Written> {
    let (rate, notes) = rate(clips, info);
    let footage = footage(manifest, info, rate);
    let edits: Vec<Edit> = clips.iter().map(|clip| edit(clip, &footage)).collect();
    let each = |extension: &str, write: &dyn Fn(&Edit) -> Result<Vec<u8>>| {
        let named = clips
            .iter()
            .zip(&edits)
            .map(|(clip, edit)| Ok((PathBuf::from(format!("clip-{:02}.{extension}", clip.index)), write(edit)?)));
        named.collect::<Result<Vec<_>>>()
    };
    let files = match format {
        ExportFormat::Otio => each("otio", &|edit| otio::write(edit, &footage))?,
        ExportFormat::Edl => each("edl", &|edit| Ok(edl::write(edit, &footage).into_bytes()))?,
        ExportFormat::Fcpxml => vec![("clips.fcpxml".into(), fcpxml::write(&edits, &footage).map_err(unwritable)?)],
        ExportFormat::Csv => vec![("clips.csv".into(), table::write(clips)?)],
        ExportFormat::Segments => {
            return Err(Error::new(ErrorCode::Internal, "segments are copied, not written"));
        }
    };
    // A table has no frames.
    Ok((files, if format == ExportFormat::Csv { Vec::new() } else { notes }))
}

fn unwritable(error: std::io::Error) -> Error {
    Error::new(ErrorCode::Internal, format!("cannot write XML: {error}")).caused_by(error)
}

/// The rate at which frames are counted.
fn rate(clips: &[Clip], info: &MediaInfo) -> (FrameRate, Vec<String>) {
    let video = info.video();
    if let Some(rate) = video.filter(|video| !video.variable_frame_rate).and_then(|video| video.frame_rate) {
        return (FrameRate(rate), Vec::new());
    }
    let rate = clips.first().map_or(Rational { num: 30, den: 1 }, |clip| clip.frame_rate);
    let note = format!("the source's frame rate varies; its frames are counted at {} a second", FrameRate(rate));
    (FrameRate(rate), vec![note])
}

fn footage(manifest: &Manifest, info: &MediaInfo, rate: FrameRate) -> Footage {
    let path = &manifest.source.path;
    let duration = if manifest.source.duration > 0.0 { manifest.source.duration } else { info.duration.unwrap_or(0.0) };
    let last = manifest.clips.iter().map(|clip| clip.span().end).fold(duration, f64::max);
    let video = info.video();
    Footage {
        url: super::url::file_url(path),
        name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        rate,
        frames: rate.frame(last),
        width: video.map_or(0, |video| video.display_width),
        height: video.map_or(0, |video| video.display_height),
        sound: info.audio().map(|audio| (audio.sample_rate, audio.channels)),
    }
}

fn edit(clip: &Clip, footage: &Footage) -> Edit {
    let title = if clip.post.title.is_empty() { format!("Clip {}", clip.index) } else { clip.post.title.clone() };
    let cuts = clip.ranges.iter().map(|range| {
        let start = footage.rate.frame(range.start);
        Cut { start, end: footage.rate.frame(range.end).max(start + 1) }
    });
    Edit { title, cuts: cuts.collect() }
}

#[cfg(test)]
mod tests;
