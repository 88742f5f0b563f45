//! Clips as a table.

use csv::{Terminator, WriterBuilder};

use super::Clip;
use crate::error::{Error, ErrorCode, Result};

const COLUMNS: [&str; 11] =
    ["index", "start", "end", "duration", "ranges", "title", "description", "hashtags", "score", "reason", "video"];

pub(super) fn write(clips: &[Clip]) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::new(ErrorCode::Internal, format!("cannot write the table: {error}"));
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    for clip in clips {
        let span = clip.span();
        let ranges: Vec<String> = clip.ranges.iter().map(|range| format!("{}-{}", range.start, range.end)).collect();
        writer
            .write_record([
                clip.index.to_string(),
                span.start.to_string(),
                span.end.to_string(),
                clip.duration.to_string(),
                ranges.join(" "),
                clip.post.title.clone(),
                clip.post.description.clone(),
                clip.post.hashtags.join(" "),
                clip.score.to_string(),
                clip.reason.clone(),
                clip.video.to_string_lossy().into_owned(),
            ])
            .map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::new(ErrorCode::Internal, format!("cannot write the table: {}", error.error())))
}
