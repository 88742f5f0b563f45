//! Media that are not what they should be: a clear error with its code, quickly, and nothing left behind.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use opusclip_core::clip::{Analysis, Extract, Limits, analyze, probe};
use opusclip_core::{Control, Error, ErrorCode};
use serde_json::{Value, json};

use super::inspect::{Sound, check};
use super::support::{extract, failure, fast, ffprobe, finish, media, number, options, opusclip, scratch, tree};

/// Every call must refuse the file with this code, name it, and leave nothing.
fn refused(path: &Path, code: ErrorCode) -> Error {
    let folder = scratch();
    let out = folder.path().join("out");
    let what = path.display().to_string();
    let control = Control::new();
    let start = Instant::now();
    for error in [
        failure(analyze(path, Limits::default(), &control), &what),
        failure(Extract::from(path).options(options(&fast(&json!({}))).unwrap()).select(&control), &what),
    ] {
        assert_eq!((error.code(), error.file_path()), (code, Some(path)), "{what}: {error}");
    }
    let error = failure(extract(path, &out, &json!({})), &what);
    assert_eq!((error.code(), error.file_path()), (code, Some(path)), "{what}: {error}");
    assert!(!out.exists(), "{what}: left {:?}", tree(&out));
    assert!(start.elapsed() < Duration::from_secs(5), "{what}: took {:?}", start.elapsed());
    error
}

/// As [`refused`], and by `probe` too.
fn refused_at_once(path: &Path, code: ErrorCode) -> Error {
    let error = failure(probe(path, Limits::default(), &Control::new()), &path.display().to_string());
    assert_eq!((error.code(), error.file_path()), (code, Some(path)), "{error}");
    refused(path, code)
}

fn analysis(path: &Path) -> Analysis {
    analyze(path, Limits::default(), &Control::new()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn what_is_no_file() {
    let folder = scratch();
    refused_at_once(&folder.path().join("missing.mp4"), ErrorCode::MediaNotFound);
    refused_at_once(&media("talk.mp4").join("below.mp4"), ErrorCode::MediaNotFound);
    refused_at_once(folder.path(), ErrorCode::MediaNotAFile);
    refused_at_once(Path::new("/dev/null"), ErrorCode::MediaNotAFile);
    refused_at_once(Path::new(""), ErrorCode::MediaNotFound);
    let link = folder.path().join("dangling.mp4");
    std::os::unix::fs::symlink("nowhere.mp4", &link).unwrap();
    refused_at_once(&link, ErrorCode::MediaNotFound);
}

#[test]
fn a_pipe_is_refused_and_never_waited_for() {
    let folder = scratch();
    let pipe = folder.path().join("pipe.mp4");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for arguments in [["probe"].as_slice(), &["analyze"], &["select"], &["extract", "--out", "never"]] {
        let mut command = opusclip();
        command.args(arguments).arg(&pipe).current_dir(folder.path());
        let output = finish(command, Duration::from_secs(5));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.contains("media.not_a_file"), "{arguments:?}: {said}");
    }
    for arguments in [&["select", "-t"], &["extract", "-t"]] {
        let mut command = opusclip();
        command.args(arguments).arg(&pipe).arg(media("talk.mp4")).current_dir(folder.path());
        let output = finish(command, Duration::from_secs(5));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(4) && said.contains("transcript.unreadable"), "{arguments:?}: {said}");
    }
    let mut command = opusclip();
    command.arg("render").arg(&pipe).args(["--out", "never"]).current_dir(folder.path());
    let output = finish(command, Duration::from_secs(5));
    assert_eq!(output.status.code(), Some(4), "a pipe is no manifest");
}

#[test]
fn what_is_empty_text_or_cut_before_its_index() {
    refused_at_once(&media("bad/empty.mp4"), ErrorCode::MediaEmpty);
    refused_at_once(&media("bad/text.mp4"), ErrorCode::MediaUnsupported);
    refused_at_once(&media("bad/no_moov.mp4"), ErrorCode::MediaTruncated);
    let error = refused(&media("bad/zero_length.mp4"), ErrorCode::MediaUnreadable);
    assert!(!error.message().is_empty());
}

#[test]
fn what_is_disguised() {
    for (name, entry) in super::support::index() {
        if entry["expected"]["disguise"] == true {
            refused_at_once(&media(&name), ErrorCode::MediaUnsupported);
        }
    }
}

#[test]
fn pictures_too_small_or_too_large_are_refused_before_they_are_decoded() {
    for name in ["bad/one_pixel.mkv", "bad/wide_16384.mkv"] {
        let error = refused_at_once(&media(name), ErrorCode::LimitExceeded);
        assert_eq!(error.field_name(), Some("dimensions"), "{name}");
    }
}

/// A byte pattern that stands in a file once, replaced.
fn patched(source: &Path, target: &Path, find: &[u8], offset: usize, replace: &[u8]) {
    let mut data = std::fs::read(source).unwrap();
    let places: Vec<usize> =
        data.windows(find.len()).enumerate().filter(|(_, w)| *w == find).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 1, "{find:?} in {}", source.display());
    let at = places[0] + offset;
    data[at..at + replace.len()].copy_from_slice(replace);
    std::fs::write(target, data).unwrap();
}

#[test]
fn a_header_that_lies_about_its_size_costs_no_memory() {
    let folder = scratch();
    let path = folder.path().join("huge.mp4");
    // The sample entry `avc1` holds width and height 28 bytes after its name.
    patched(&media("no_audio.mp4"), &path, b"avc1\0\0\0\0\0\0", 28, &[0xff, 0xf0, 0xff, 0xf0]);
    let limits = Limits::default();
    match probe(&path, limits, &Control::new()) {
        Err(error) => assert_eq!(error.code(), ErrorCode::LimitExceeded, "{error}"),
        // FFmpeg may take the size from the stream instead, which is the true one.
        Ok(info) => assert!(info.video().is_some_and(|v| v.width <= limits.side && v.height <= limits.side)),
    }
}

#[test]
fn an_mp4_that_is_cut_in_the_middle_gives_what_is_there_and_says_what_is_lost() {
    let path = media("bad/cut_middle.mp4");
    let found = analysis(&path);
    assert!(found.damage.truncated);
    // The last packets that FFmpeg finds say how much there is.
    let packets = ffprobe(&path, "-select_streams v:0 -show_entries packet=pts_time");
    let last = packets["packets"].as_array().unwrap().iter().map(|p| number(&p["pts_time"])).fold(0.0, f64::max);
    assert!((found.duration - last).abs() < 0.2, "{} s of content, FFmpeg sees {last}", found.duration);
    assert!(found.damage.notes.iter().any(|n| n.contains("12.0 s") && n.contains("7.")), "{:?}", found.damage.notes);
    usable(&path, "bad/cut_middle.mp4", &found);
}

/// A clip can be made of it, and the report says what is wrong.
fn usable(path: &Path, what: &str, found: &Analysis) {
    let folder = scratch();
    let report = extract(path, folder.path(), &json!({})).unwrap_or_else(|e| panic!("{what}: {e}"));
    let clip = &report.clips[0];
    assert!(clip.end <= found.duration + 0.1, "{what}: {} of {}", clip.end, found.duration);
    check(&clip.video, (270, 480), Sound::Any);
    for note in &found.damage.notes {
        assert!(report.notes.contains(note), "{what}: {note} is not in {:?}", report.notes);
    }
}

#[test]
fn a_transport_stream_that_is_cut_gives_what_is_there() {
    let path = media("bad/cut_middle.ts");
    let found = analysis(&path);
    assert!((6.5..8.0).contains(&found.duration), "{}", found.duration);
    usable(&path, "bad/cut_middle.ts", &found);
}

#[test]
fn some_damage_is_counted_and_passed_over() {
    let path = media("bad/flipped.mp4");
    let found = analysis(&path);
    assert!(found.damage.errors > 0 && found.damage.errors < found.damage.packets / 5, "{:?}", found.damage);
    assert!(found.damage.first_error.is_some_and(|t| (0.0..12.0).contains(&t)), "{:?}", found.damage);
    assert!(found.damage.notes.iter().any(|n| n.contains(&found.damage.errors.to_string())), "{:?}", found.damage);
    usable(&path, "bad/flipped.mp4", &found);
}

#[test]
fn a_limit_on_damage_is_kept() {
    let limits = Limits { damage: 0.001, ..Limits::default() };
    let path = media("bad/flipped.mp4");
    let error = failure(analyze(&path, limits, &Control::new()), "a low limit");
    assert_eq!(error.code(), ErrorCode::MediaDamaged);
}

#[test]
fn much_damage_is_refused_with_its_time() {
    let error = refused(&media("bad/flipped_heavily.mp4"), ErrorCode::MediaDamaged);
    let time = error.media_time().expect("the first damage has a time");
    assert!((0.0..12.0).contains(&time), "at {time} s of 12 s");
    assert!(error.hint_text().is_some());
}

#[test]
fn an_absurd_duration_in_the_header_is_not_believed() {
    let path = media("bad/absurd_duration.mp4");
    let found = analysis(&path);
    assert!((4.9..5.3).contains(&found.duration), "{}", found.duration);
    assert!(found.damage.truncated && !found.damage.notes.is_empty());
    assert_eq!(found.shots.last().map(|s| s.end), Some(found.duration));
    usable(&path, "bad/absurd_duration.mp4", &found);
}

#[test]
fn limits_are_the_callers() {
    let path = media("talk.mp4");
    let probed = |limits| failure(probe(&path, limits, &Control::new()), "a limit");
    assert_eq!(probed(Limits { side: 320, ..Limits::default() }).code(), ErrorCode::LimitExceeded);
    assert_eq!(probed(Limits { pixels: 1000, ..Limits::default() }).code(), ErrorCode::LimitExceeded);
    let streams = probed(Limits { streams: 1, ..Limits::default() });
    assert_eq!((streams.code(), streams.field_name()), (ErrorCode::LimitExceeded, Some("streams")));
    let long = failure(analyze(&path, Limits { duration: 20.0, ..Limits::default() }, &Control::new()), "length");
    assert_eq!((long.code(), long.field_name()), (ErrorCode::LimitExceeded, Some("duration")));
}

#[test]
fn options_are_refused_before_the_video_is_looked_at() {
    let folder = scratch();
    let (missing, out) = (PathBuf::from("missing.mp4"), folder.path().join("out"));
    let cases: &[(Value, &str, &str)] = &[
        (json!({"count": 0}), "config.out_of_range", "count"),
        (json!({"count": 1001}), "config.out_of_range", "count"),
        (json!({"count": -1}), "config.out_of_range", "count"),
        (json!({"count": 1.5}), "config.invalid", "count"),
        (json!({"min_duration": 30, "max_duration": 20}), "config.out_of_range", "min_duration"),
        (json!({"min_duration": "NaN"}), "config.not_finite", "min_duration"),
        (json!({"max_duration": "Infinity"}), "config.not_finite", "max_duration"),
        (json!({"lead_in": "-Infinity"}), "config.not_finite", "lead_in"),
        (json!({"tail": -0.1}), "config.out_of_range", "tail"),
        (json!({"lufs": "NaN"}), "config.not_finite", "lufs"),
        (json!({"lufs": 3}), "config.out_of_range", "lufs"),
        (json!({"true_peak": 1}), "config.out_of_range", "true_peak"),
        (json!({"frame_rate": 10}), "config.out_of_range", "frame_rate"),
        (json!({"frame_rate": "NaN"}), "config.not_finite", "frame_rate"),
        (json!({"crf": 52}), "config.out_of_range", "crf"),
        (json!({"width": 271}), "config.out_of_range", "width"),
        (json!({"height": 0}), "config.out_of_range", "height"),
        (json!({"layout": "stretch"}), "config.invalid", "layout"),
        (json!({"preset": "placebo"}), "config.invalid", "preset"),
        (json!({"preset": "veryfast"}), "config.invalid", "preset"),
        (json!({"speed": "placebo"}), "config.invalid", "speed"),
        (json!({"codec": "vp9"}), "config.invalid", "codec"),
        (json!({"keyframe_interval": 0}), "config.out_of_range", "keyframe_interval"),
        (json!({"audio_bit_rate": 1}), "config.out_of_range", "audio_bit_rate"),
        (json!({"time_limit": -1}), "config.out_of_range", "time_limit"),
        (json!({"time_limit": "NaN"}), "config.not_finite", "time_limit"),
        (json!({"captions": "yes"}), "config.invalid", "captions"),
        (json!({"overwrite": 1}), "config.invalid", "overwrite"),
        (json!({"clips": 3}), "config.invalid", "clips"),
        (json!({"Count": 3}), "config.invalid", "Count"),
    ];
    for (more, code, field) in cases {
        let error = failure(extract(&missing, &out, more), &more.to_string());
        assert_eq!((error.code().as_str(), error.field_name()), (*code, Some(*field)), "{more}: {error}");
        assert!(!out.exists());
    }
}
