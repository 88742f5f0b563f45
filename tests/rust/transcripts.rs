//! Transcripts that are not as they should be, read by the main job.

use std::path::Path;

use opusclip_core::clip::{Extract, Selection, transcript};
use opusclip_core::{Control, Error, ErrorCode, Result};
use serde_json::json;

use super::support::{expected, extract, failure, fast, media, options, scratch};

fn choose(path: &Path) -> Result<Selection> {
    let wanted = fast(&json!({"transcript": path, "count": 2, "min_duration": 4, "max_duration": 12}));
    Extract::from(media("talk.mp4")).options(options(&wanted)?).select(&Control::new())
}

/// The repairs of the kind must be those of the lines that were spoilt.
fn repaired(name: &str, kind: &str) {
    let path = media(name);
    let wanted = expected(name);
    let read = transcript::read(&path).unwrap();
    let lines: Vec<u64> = read.repairs.iter().filter(|r| r.kind == kind).map(|r| r.line).collect();
    assert_eq!(json!(lines), wanted["bad_lines"], "{name}: {:?}", read.repairs);
    let notes = choose(&path).unwrap().notes;
    for line in lines {
        let named = format!("line {line}:");
        assert!(notes.iter().any(|note| note.contains(&named)), "{name}: nothing about line {line} in {notes:?}");
    }
}

#[test]
fn reversed_times_are_swapped_and_told_with_their_lines() {
    repaired("transcripts/reversed.srt", "reversed");
}

#[test]
fn overlapping_cues_are_parted_and_told_with_their_lines() {
    repaired("transcripts/overlapping.srt", "overlapping");
}

#[test]
fn times_behind_the_end_are_clamped_and_told_with_their_lines() {
    let name = "transcripts/out_of_range.srt";
    let selection = choose(&media(name)).unwrap();
    for line in expected(name)["bad_lines"].as_array().unwrap() {
        let named = format!("line {line}:");
        assert!(selection.notes.iter().any(|note| note.contains(&named)), "{line}: {:?}", selection.notes);
    }
    assert!(selection.clips.iter().all(|clip| clip.ranges[0].end <= 75.1));
}

#[test]
fn repaired_transcripts_give_the_clips_of_the_sound_one() {
    let ranges = |path: &Path| choose(path).unwrap().clips.iter().map(|c| c.ranges.clone()).collect::<Vec<_>>();
    let sound = ranges(&media("talk.srt"));
    for name in ["reversed", "overlapping", "out_of_range"] {
        assert_eq!(ranges(&media(&format!("transcripts/{name}.srt"))), sound, "{name}");
    }
}

#[test]
fn every_encoding_is_read() {
    for name in ["latin1", "utf16", "crlf_bom"] {
        let name = format!("transcripts/{name}.srt");
        let read = transcript::read(&media(&name)).unwrap();
        let wanted = expected(&name);
        assert_eq!(json!(read.cues.len()), wanted["cues"], "{name}");
        let text: String = read.cues.iter().map(|c| c.text.as_str()).collect();
        for part in wanted["contains"].as_array().unwrap() {
            assert!(text.contains(part.as_str().unwrap()), "{name} lacks {part}");
        }
        assert!(!text.contains('\u{fffd}') && !text.contains('\u{feff}'), "{name}");
        choose(&media(&name)).unwrap();
    }
    let guessed = transcript::read(&media("transcripts/latin1.srt")).unwrap();
    assert!(guessed.repairs.iter().any(|r| r.kind == "encoding" && r.line == 1), "{:?}", guessed.repairs);
    assert!(transcript::read(&media("transcripts/utf16.srt")).unwrap().repairs.is_empty(), "its mark says what it is");
}

#[test]
fn word_times_and_voices_are_kept() {
    let name = "transcripts/words.vtt";
    let read = transcript::read(&media(name)).unwrap();
    let wanted = expected(name);
    assert_eq!((json!(read.cues.len()), json!(read.words.len())), (wanted["cues"].clone(), wanted["words"].clone()));
    assert!(read.words.iter().all(|word| word.timed));
    assert!(read.cues.iter().all(|cue| ["host", "guest"].contains(&cue.speaker.as_deref().unwrap_or_default())));
}

#[test]
fn text_that_is_no_transcript_is_refused_by_file_and_line() {
    let folder = scratch();
    let here = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let cases = [
        (media("transcripts/garbage.srt"), ErrorCode::TranscriptSyntax, true),
        (media("transcripts/no_times.srt"), ErrorCode::TranscriptSyntax, true),
        (media("transcripts/empty.srt"), ErrorCode::TranscriptEmpty, false),
        (here("blank.srt", b"\n\n \n"), ErrorCode::TranscriptEmpty, false),
        (here("header.vtt", b"WEBVTT\n\n"), ErrorCode::TranscriptEmpty, false),
        (media("h264_aac.mp4"), ErrorCode::TranscriptSyntax, true),
        (folder.path().join("missing.srt"), ErrorCode::TranscriptUnreadable, false),
        (folder.path().to_owned(), ErrorCode::TranscriptUnreadable, false),
    ];
    for (path, code, has_line) in cases {
        let check = |error: Error, call: &str| {
            let what = format!("{call} {}: {error}", path.display());
            assert_eq!(error.code(), code, "{what}");
            assert_eq!(error.file_path(), Some(path.as_path()), "{what}");
            assert_eq!(error.line_number().is_some(), has_line, "{what}");
        };
        check(failure(transcript::read(&path), "read"), "read");
        check(failure(choose(&path), "select"), "select");
        let out = folder.path().join("out");
        check(failure(extract(&media("talk.mp4"), &out, &json!({"transcript": path})), "extract"), "extract");
        assert!(!out.exists(), "{} left something", path.display());
    }
}

#[test]
fn a_transcript_of_another_video_is_no_reason_to_fail() {
    let folder = scratch();
    let path = folder.path().join("late.srt");
    std::fs::write(&path, "1\n02:00:00,000 --> 02:00:05,000\nNobody hears this.\n").unwrap();
    let selection = choose(&path).unwrap();
    assert!(!selection.clips.is_empty(), "cut as without a transcript");
    assert!(selection.notes.iter().any(|note| note.contains("line 2:")), "{:?}", selection.notes);
}
