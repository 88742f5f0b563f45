//! Parts of a file, analysed apart, add up to the analysis of the whole.

use std::path::Path;

use opusclip_core::clip::analysis::Analysis;
use opusclip_core::clip::{AnalysisPart, AnalyzeOptions, Level, Limits, analyze_part, analyze_with};
use opusclip_core::{Control, ErrorCode};
use proptest::prelude::*;

use super::support::media;

const LEVELS: [Level; 3] = [Level::Index, Level::Lazy, Level::Exact];

fn options(level: Level) -> AnalyzeOptions {
    AnalyzeOptions { level, cache: false, ..AnalyzeOptions::default() }
}

fn part(path: &Path, level: Level, start: f64, end: Option<f64>) -> AnalysisPart {
    analyze_part(path, start, end, &options(level), Limits::default(), &Control::new())
        .unwrap_or_else(|e| panic!("{} from {start} to {end:?}: {e}", path.display()))
}

fn whole(path: &Path, level: Level) -> Analysis {
    analyze_with(path, &options(level), Limits::default(), &Control::new()).unwrap()
}

/// Analyse between these borders and join, the last part first.
fn joined(path: &Path, level: Level, borders: &[f64]) -> Analysis {
    let starts = std::iter::once(0.0).chain(borders.iter().copied());
    let ends = borders.iter().copied().map(Some).chain([None]);
    let parts: Vec<AnalysisPart> = starts.zip(ends).map(|(start, end)| part(path, level, start, end)).collect();
    AnalysisPart::merge(parts.into_iter().rev()).unwrap().finish().unwrap()
}

fn same(name: &str, level: Level, borders: &[f64]) {
    let path = media(name);
    let (joined, whole) = (joined(&path, level, borders), whole(&path, level));
    let (a, b) = (serde_json::to_value(&joined).unwrap(), serde_json::to_value(&whole).unwrap());
    for (field, value) in a.as_object().unwrap() {
        assert_eq!(value, &b[field], "{name} at {level:?}, split at {borders:?}: {field}");
    }
    assert_eq!(joined, whole);
}

#[test]
fn parts_of_every_kind_of_file_add_up() {
    let names = [
        "talk.mp4",
        "cuts.mp4",
        "flash_beep_vfr.mp4",
        "flash_beep_offset.ts",
        "hevc.mp4",
        "vp9.webm",
        "flash_beep_opus.webm",
        "long_gop.mp4",
        "av1.mkv",
        "audio_only.m4a",
        "late_video.mp4",
        "rotated_90.mov",
    ];
    for name in names {
        let duration = whole(&media(name), Level::Index).duration;
        let borders: Vec<f64> = [0.13, 0.2, 0.55, 0.9].iter().map(|share| share * duration).collect();
        LEVELS.iter().for_each(|level| same(name, *level, &borders));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Wherever a file is split.
    #[test]
    fn parts_add_up(mut borders in prop::collection::vec(0.05f64..13.9, 1..5), level in prop::sample::select(&LEVELS)) {
        borders.sort_by(f64::total_cmp);
        borders.dedup_by(|a, b| *a - *b < 0.02);
        same("cuts.mp4", level, &borders);
    }
}

#[test]
fn a_part_survives_json_and_tells_its_stretch() {
    let path = media("cuts.mp4");
    let part = part(&path, Level::Lazy, 2.0, Some(8.0));
    let sent: AnalysisPart = serde_json::from_str(&serde_json::to_string(&part).unwrap()).unwrap();
    assert_eq!(sent, part);
    let found = part.finish().unwrap();
    assert_eq!((found.span.start, found.span.end), (2.0, 8.0));
    assert_eq!((found.shots[0].start, found.shots.last().unwrap().end), (2.0, 8.0));
    let cuts: Vec<f64> = found.boundaries.iter().map(|boundary| boundary.start).collect();
    assert_eq!(cuts, [3.0, 7.2]);
    assert_eq!(found.loudness.unwrap().momentary.values.len(), 60);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let (talk, cuts) = (media("talk.mp4"), media("cuts.mp4"));
    let first = part(&cuts, Level::Lazy, 0.0, Some(5.0));
    let refused = |parts: Vec<AnalysisPart>| {
        let error = AnalysisPart::merge(parts).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("parts")));
        error.to_string()
    };
    assert!(refused(vec![]).contains("no parts"));
    let gap = refused(vec![first.clone(), part(&cuts, Level::Lazy, 6.0, None)]);
    assert!(gap.contains("ends at 5 s") && gap.contains("starts at 6 s"), "{gap}");
    assert!(refused(vec![first.clone(), first.clone()]).contains("ends at 5 s"));
    assert!(refused(vec![first.clone(), part(&talk, Level::Lazy, 5.0, None)]).contains("different files"));
    assert!(refused(vec![first, part(&cuts, Level::Index, 5.0, None)]).contains("different options"));
    for (start, end, field) in [(-1.0, None, "start"), (f64::NAN, None, "start"), (4.0, Some(4.0), "end")] {
        let asked = analyze_part(&cuts, start, end, &options(Level::Lazy), Limits::default(), &Control::new());
        let error = asked.unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some(field)));
    }
}
