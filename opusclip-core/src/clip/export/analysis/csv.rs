//! Shots and how each begins as a table.

use csv::{Terminator, WriterBuilder};
use serde::Serialize;

use crate::clip::analysis::{Analysis, FoundBy};
use crate::time::round_micros;

const COLUMNS: [&str; 9] =
    ["shot", "start", "end", "duration", "begins_with", "transition_start", "transition_end", "found_by", "confidence"];

#[derive(Serialize)]
struct Row {
    shot: usize,
    start: f64,
    end: f64,
    duration: f64,
    begins_with: String,
    transition_start: Option<f64>,
    transition_end: Option<f64>,
    found_by: Option<FoundBy>,
    confidence: Option<f64>,
}

pub(super) fn table(analysis: &Analysis) -> String {
    // Memory takes all that is written, and the text is made of texts.
    write(analysis).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn write(analysis: &Analysis) -> csv::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().has_headers(false).terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for (place, shot) in analysis.shots.iter().enumerate() {
        let boundary = super::words::beginning(analysis, place);
        writer.serialize(Row {
            shot: place + 1,
            start: shot.start,
            end: shot.end,
            duration: round_micros(shot.end - shot.start),
            begins_with: boundary.map_or_else(|| "start".to_owned(), |b| super::words::name(&b.kind)),
            transition_start: boundary.map(|b| b.start),
            transition_end: boundary.map(|b| b.end),
            found_by: boundary.map(|b| b.found_by),
            confidence: boundary.map(|b| b.confidence),
        })?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::full;
    use super::*;

    #[test]
    fn every_shot_has_a_row_of_all_columns() {
        let analysis = full(20.0, 5.0);
        let text = analysis.to_csv();
        let lines: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
        assert_eq!(lines[0], COLUMNS.join(","));
        assert_eq!(lines[1], "1,0.0,5.0,5.0,start,,,,");
        assert_eq!(lines[2], "2,5.0,10.0,5.0,cut,5.0,5.0,frames,0.51");
        assert_eq!(lines[3], "3,11.0,15.0,4.0,dissolve,10.0,11.0,frames,0.52");
        assert_eq!(lines.len(), 1 + analysis.shots.len());
    }

    #[test]
    fn without_picture_there_is_the_header_alone() {
        let mut analysis = full(20.0, 5.0);
        analysis.shots.clear();
        assert_eq!(analysis.to_csv(), format!("{}\r\n", COLUMNS.join(",")));
    }
}
