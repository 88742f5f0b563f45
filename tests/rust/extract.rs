//! The main job on a talk whose every word is known: where clips begin and end, and what stands in the folder.

use std::collections::BTreeSet;
use std::path::Path;

use opusclip_core::clip::{self, Extract, Manifest, Report, Selection};
use opusclip_core::{Control, ErrorCode};
use serde_json::{Value, json};

use super::inspect::{Sound, check, check_clip};
use super::picture::frame_hashes;
use super::support::{extract, failure, fast, media, options, scratch, tree};

/// Lead-in and tail that are kept by default, and how exactly, in seconds.
const LEAD_IN: f64 = 0.2;
const TAIL: f64 = 0.7;
const EXACT: f64 = 0.1;
/// A cut this far inside a word is heard.
const HEARD: f64 = 0.03;

struct Truth {
    sentences: Vec<(f64, f64)>,
    words: Vec<(f64, f64)>,
}

fn truth() -> Truth {
    let known: Value = serde_json::from_str(&std::fs::read_to_string(media("talk.json")).unwrap()).unwrap();
    let (mut sentences, mut words) = (Vec::new(), Vec::new());
    for sentence in known["sentences"].as_array().unwrap() {
        let (mut at, end) = (sentence["start"].as_f64().unwrap(), sentence["end"].as_f64().unwrap());
        sentences.push((at, end));
        for end in sentence["word_ends"].as_array().unwrap() {
            let end = end.as_f64().unwrap();
            words.push((at, end));
            at = end;
        }
    }
    Truth { sentences, words }
}

fn select(more: &Value) -> Selection {
    Extract::from(media("talk.mp4")).options(options(&fast(more)).unwrap()).select(&Control::new()).unwrap()
}

/// Insist on whole sentences with room around them.
fn whole_sentences(start: f64, end: f64, longest: f64) {
    let truth = truth();
    let nearest = |time: f64, of: fn(&(f64, f64)) -> f64| {
        let off = |s: &&(f64, f64)| (of(s) - time).abs();
        truth.sentences.iter().min_by(|a, b| off(a).total_cmp(&off(b))).copied().unwrap()
    };
    let first = nearest(start + LEAD_IN, |s| s.0);
    let last = nearest(end - TAIL, |s| s.1);
    assert!(first.0 < last.1, "{start} to {end} holds no sentence");
    let lead = first.0 - start;
    // The word before may be too near for the whole lead-in, the word after for the whole tail.
    let before = truth.sentences.iter().map(|s| s.1).filter(|e| *e <= first.0).fold(0.0, f64::max);
    let fits = |room: f64, wanted: f64, free: f64| (room - wanted.min(free)).abs() <= EXACT;
    // Where the clip is as long as it may be, the room around the words gives way.
    let longest = end - start >= longest - 0.05;
    let shortened = longest && (-HEARD..LEAD_IN).contains(&lead);
    assert!(fits(lead, LEAD_IN, first.0 - before) || shortened, "{start}: {lead} s before the sentence at {}", first.0);
    let after = truth.sentences.iter().map(|s| s.0).filter(|s| *s >= last.1).fold(75.0, f64::min);
    let tail = end - last.1;
    let shortened = longest && (-HEARD..TAIL).contains(&tail);
    let free = after - last.1;
    assert!(fits(tail, TAIL, free) || shortened, "{end}: {tail} s after the sentence that ends at {}", last.1);
    for (from, to) in truth.words {
        let inside = |time: f64| time - from > HEARD && to - time > HEARD;
        assert!(!inside(start) && !inside(end), "{start} to {end} cuts the word from {from} to {to}");
    }
}

fn no_overlap(ranges: &[(f64, f64)]) {
    for pair in ranges.windows(2) {
        assert!(pair[0].1 <= pair[1].0 + 1e-6, "{pair:?} overlap");
    }
}

fn ranges(selection: &Selection) -> Vec<(f64, f64)> {
    selection.clips.iter().map(|c| (c.ranges[0].start, c.ranges[c.ranges.len() - 1].end)).collect()
}

#[test]
fn clips_hold_whole_sentences_with_room_around_them() {
    for (count, shortest, longest) in [(1, 3, 8), (3, 15, 59), (3, 5, 12), (5, 4, 9), (20, 3, 10)] {
        let transcript = media("talk.srt");
        let selection = select(&json!({
            "transcript": transcript, "count": count, "min_duration": shortest, "max_duration": longest,
        }));
        let chosen = ranges(&selection);
        assert!(!chosen.is_empty() && chosen.len() <= count, "{count} asked for, {chosen:?}");
        no_overlap(&chosen);
        for (start, end) in chosen {
            let length = end - start;
            assert!(f64::from(shortest) - 1e-6 <= length && length <= f64::from(longest) + 1e-6, "{length} s");
            whole_sentences(start, end, f64::from(longest));
        }
        for clip in &selection.clips {
            let weights: f64 = clip.features.iter().map(|f| f.weight).sum();
            let sum: f64 = clip.features.iter().map(|f| f.weight * f.value).sum();
            assert!((weights - 1.0).abs() < 1e-6 && (sum - clip.score).abs() < 1e-6, "{:?}", clip.features);
            assert!(clip.features.iter().all(|f| (0.0..=1.0).contains(&f.value)), "{:?}", clip.features);
            assert!(!clip.reason.is_empty() && !clip.text.is_empty());
        }
    }
}

#[test]
fn the_text_of_a_clip_is_that_of_its_sentences() {
    let known: Value = serde_json::from_str(&std::fs::read_to_string(media("talk.json")).unwrap()).unwrap();
    let selection = select(&json!({"transcript": media("talk.srt"), "count": 4, "max_duration": 12}));
    for clip in &selection.clips {
        let span = clip.ranges[0];
        let said: Vec<&str> = known["sentences"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|s| {
                s["start"].as_f64().unwrap() >= span.start - 0.1 && s["end"].as_f64().unwrap() <= span.end + 0.1
            })
            .map(|s| s["text"].as_str().unwrap())
            .collect();
        assert_eq!(clip.text, said.join(" "));
    }
}

#[test]
fn selection_is_the_same_every_time() {
    let more = json!({"transcript": media("talk.srt"), "count": 4, "max_duration": 20});
    assert_eq!(select(&more), select(&more));
}

#[test]
fn without_a_transcript_clips_are_cut_in_pauses() {
    let selection = select(&json!({"count": 3, "min_duration": 5, "max_duration": 15}));
    let chosen = ranges(&selection);
    assert_eq!(chosen.len(), 3);
    no_overlap(&chosen);
    let truth = truth();
    for (start, end) in chosen {
        assert!((5.0..=15.0 + 1e-6).contains(&(end - start)));
        for time in [start, end] {
            let cut = truth.words.iter().find(|(from, to)| time - from > HEARD && to - time > HEARD);
            assert_eq!(cut, None, "{start} to {end} cuts a word");
        }
    }
}

#[test]
fn short_sources_are_used_whole_and_that_is_said() {
    let folder = scratch();
    let report =
        extract(&media("h264_aac.mp4"), folder.path(), &json!({"min_duration": 15, "max_duration": 59})).unwrap();
    assert_eq!(report.clips.len(), 1);
    assert!((report.clips[0].duration - 5.0).abs() < 0.1, "{}", report.clips[0].duration);
    assert!(report.notes.iter().any(|note| note.contains("min_duration")), "{:?}", report.notes);
}

#[test]
fn too_many_clips_asked_for_is_said() {
    let selection =
        select(&json!({"transcript": media("talk.srt"), "count": 50, "min_duration": 15, "max_duration": 30}));
    assert!(selection.clips.len() < 50);
    assert!(selection.notes.iter().any(|note| note.contains("50")), "{:?}", selection.notes);
}

fn talk(out: &Path, more: &Value) -> Report {
    let mut options = json!({"transcript": media("talk.srt"), "count": 2, "min_duration": 3, "max_duration": 8});
    for (name, value) in more.as_object().unwrap() {
        options[name] = value.clone();
    }
    extract(&media("talk.mp4"), out, &options).unwrap()
}

#[test]
fn the_folder_holds_all_that_the_report_names_and_nothing_else() {
    let folder = scratch();
    let out = folder.path().join("deep/clips");
    let report = talk(&out, &json!({}));
    let wanted = ["clip-01.jpg", "clip-01.mp4", "clip-02.jpg", "clip-02.mp4", "contact-sheet.jpg", "manifest.json"];
    assert_eq!(tree(&out), BTreeSet::from(wanted.map(str::to_owned)));
    assert_eq!((report.out_dir.as_path(), report.manifest.as_path()), (out.as_path(), &*out.join("manifest.json")));
    let manifest = Manifest::read(&report.manifest).unwrap();
    assert_eq!(manifest.source.path, media("talk.mp4"));
    assert_eq!(manifest.source.size, std::fs::metadata(media("talk.mp4")).unwrap().len());
    assert!((manifest.source.duration - 75.0).abs() < 0.05);
    assert_eq!((manifest.render.width, manifest.render.height), (270, 480));
    assert_eq!(manifest.clips.len(), 2);
    for (inside, told) in manifest.clips.iter().zip(&report.clips) {
        assert_eq!(out.join(&inside.video), told.video);
        let mut same = told.clone();
        (same.video, same.thumbnail) = (inside.video.clone(), inside.thumbnail.clone());
        assert_eq!(*inside, same, "manifest and report tell the same");
        check(&told.video, (270, 480), Sound::Levelled);
        whole_sentences(told.start, told.end, 8.0);
        assert!((told.end - told.start - told.duration).abs() < 0.05);
        assert!(
            !told.words.is_empty()
                && told
                    .words
                    .iter()
                    .all(|w| told.start - 0.05 <= w.start && w.start < w.end && w.end <= told.end + 0.05)
        );
        let near = |w: &&clip::caption::ClipWord| told.start - 20.0 <= w.end && w.start <= told.end + 20.0;
        assert!(!told.context.is_empty() && told.context.iter().all(|w| near(&w)), "{:?}", told.context);
        assert!(told.framing.layout != clip::Layout::Auto && !told.framing.reason.is_empty());
        let still = super::support::ffprobe(&told.thumbnail, "-show_streams");
        assert_eq!((&still["streams"][0]["width"], &still["streams"][0]["height"]), (&json!(270), &json!(480)));
    }
    let paths: Vec<&Path> = report.clips.iter().map(|c| c.video.as_path()).collect();
    check_clip(&paths, &["--size", "270x480"]);
}

#[test]
fn two_runs_make_the_same_pictures() {
    let folder = scratch();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let more = json!({"count": 1});
    let (first, second) = (talk(&one, &more), talk(&two, &more));
    assert_eq!(frame_hashes(&first.clips[0].video), frame_hashes(&second.clips[0].video));
}

#[test]
fn existing_output_is_kept() {
    for name in ["clip-01.mp4", "clip-02.jpg", "manifest.json", "contact-sheet.jpg"] {
        let folder = scratch();
        let there = folder.path().join(name);
        std::fs::write(&there, "mine").unwrap();
        let options = json!({"count": 2});
        let error = failure(extract(&media("talk.mp4"), folder.path(), &options), name);
        assert_eq!((error.code(), error.field_name()), (ErrorCode::OutputExists, Some("out_dir")), "{name}");
        assert_eq!(error.file_path(), Some(there.as_path()));
        assert_eq!(std::fs::read(&there).unwrap(), b"mine");
        assert_eq!(tree(folder.path()), BTreeSet::from([name.to_owned()]));
    }
}

#[test]
fn overwriting_replaces_what_was_ours_and_nothing_else() {
    let folder = scratch();
    let out = folder.path();
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    std::fs::create_dir(out.join("raw")).unwrap();
    std::fs::write(out.join("raw/clip-01.mp4"), "mine too").unwrap();
    std::fs::write(out.join("clip-09.mp4"), "of nobody's run").unwrap();
    talk(out, &json!({"count": 3}));
    let before = std::fs::read(out.join("clip-01.mp4")).unwrap();
    let report = talk(out, &json!({"count": 1, "crf": 30, "overwrite": true}));
    assert_eq!(report.clips.len(), 1);
    assert_ne!(std::fs::read(out.join("clip-01.mp4")).unwrap(), before, "the clip is a new one");
    let wanted = [
        "clip-01.jpg",
        "clip-01.mp4",
        "clip-09.mp4",
        "contact-sheet.jpg",
        "manifest.json",
        "notes.txt",
        "raw",
        "raw/clip-01.mp4",
    ];
    assert_eq!(tree(out), BTreeSet::from(wanted.map(str::to_owned)), "stale clips go, foreign files stay");
    assert_eq!(std::fs::read(out.join("notes.txt")).unwrap(), b"mine");
    assert_eq!(std::fs::read(out.join("raw/clip-01.mp4")).unwrap(), b"mine too");
}

#[test]
fn a_failed_overwrite_leaves_the_earlier_run_as_it_was() {
    let folder = scratch();
    talk(folder.path(), &json!({"count": 1}));
    let before: Vec<Vec<u8>> =
        tree(folder.path()).iter().map(|n| std::fs::read(folder.path().join(n)).unwrap()).collect();
    let names = tree(folder.path());
    let result = extract(&media("bad/flipped_heavily.mp4"), folder.path(), &json!({"overwrite": true}));
    assert_eq!(failure(result, "damaged").code(), ErrorCode::MediaDamaged);
    assert_eq!(tree(folder.path()), names);
    let after: Vec<Vec<u8>> = names.iter().map(|n| std::fs::read(folder.path().join(n)).unwrap()).collect();
    assert!(before == after, "nothing was touched");
}
