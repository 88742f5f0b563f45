//! Rendering from a manifest: the same again, and what an edit changes.

use std::path::Path;

use opusclip_core::clip::{Manifest, Report, render as render_manifest};
use opusclip_core::{Control, ErrorCode};
use serde_json::{Value, json};

use super::inspect::{Sound, check, flashes_and_beeps};
use super::picture::{frame, frame_hashes};
use super::support::{extract, failure, ffprobe, manifest, media, number, render, scratch, tree};

fn extracted(out: &Path) -> Report {
    let options = json!({
        "transcript": media("talk.srt"), "count": 2, "min_duration": 3, "max_duration": 7, "width": 216, "height": 384,
    });
    extract(&media("talk.mp4"), out, &options).unwrap()
}

/// A report without the folder it stands in.
fn without_folder(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    for clip in value["clips"].as_array_mut().unwrap() {
        for key in ["video", "thumbnail"] {
            clip[key] = json!(Path::new(clip[key].as_str().unwrap()).file_name().unwrap().to_str());
        }
    }
    json!({"clips": value["clips"], "notes": value["notes"]})
}

#[test]
fn a_manifest_renders_the_same_clips_again() {
    let folder = scratch();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let first = extracted(&one);
    let manifest = Manifest::read(&first.manifest).unwrap();
    let second = render_manifest(&manifest, &two, &[], false, &Control::new()).unwrap();
    assert_eq!(without_folder(&first), without_folder(&second));
    assert_eq!(tree(&one), tree(&two));
    for (a, b) in first.clips.iter().zip(&second.clips) {
        assert_eq!(frame_hashes(&a.video), frame_hashes(&b.video), "{}", a.video.display());
    }
    assert_eq!(Manifest::read(&second.manifest).unwrap(), manifest);
}

#[test]
fn only_the_clips_asked_for_are_rendered() {
    let folder = scratch();
    let first = extracted(&folder.path().join("all"));
    let manifest = Manifest::read(&first.manifest).unwrap();
    let out = folder.path().join("second");
    let report = render_manifest(&manifest, &out, &[2], false, &Control::new()).unwrap();
    assert_eq!(report.clips.iter().map(|c| c.index).collect::<Vec<_>>(), [2]);
    assert_eq!(report.clips[0].text, first.clips[1].text);
    assert!(tree(&out).contains("clip-02.mp4") && !tree(&out).contains("clip-01.mp4"));
    let error = failure(render_manifest(&manifest, folder.path().join("no"), &[7], false, &Control::new()), "clip 7");
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("only")));
    assert!(!folder.path().join("no").exists());
}

#[test]
fn a_file_in_the_place_of_a_rendered_clip_is_kept() {
    let folder = scratch();
    let wanted = manifest(&media("talk.mp4"), &[(1.0, 4.0), (20.0, 23.0)], &json!({"width": 216, "height": 384}));
    let manifest: Manifest = serde_json::from_value(wanted).unwrap();
    for (name, only) in [("clip-02.mp4", vec![2]), ("clip-02.jpg", vec![2]), ("clip-01.mp4", vec![])] {
        let out = folder.path().join(name.replace('.', "-"));
        std::fs::create_dir(&out).unwrap();
        std::fs::write(out.join(name), "mine").unwrap();
        let result = render_manifest(&manifest, &out, &only, false, &Control::new());
        assert_eq!(std::fs::read(out.join(name)).unwrap(), b"mine", "{name} was replaced");
        assert_eq!(failure(result, name).code(), ErrorCode::OutputExists, "{name}");
    }
}

#[test]
fn edited_times_are_obeyed() {
    let folder = scratch();
    let report = extract(&media("flash_beep_cfr.mp4"), &folder.path().join("first"), &json!({})).unwrap();
    let mut edited: Value = serde_json::from_slice(&std::fs::read(&report.manifest).unwrap()).unwrap();
    edited["clips"][0]["ranges"] = json!([{"start": 5.5, "end": 10.5}]);
    let clip = render(&edited, &folder.path().join("again")).unwrap().clips.remove(0);
    assert!((clip.start - 5.5).abs() < 0.02 && (clip.end - 10.5).abs() < 0.02, "{} to {}", clip.start, clip.end);
    let (flashes, _) = flashes_and_beeps(&clip.video);
    // The source flashes at 6.1, 7.9 and 9.5 s.
    let wanted = [0.6, 2.4, 4.0];
    assert_eq!(flashes.len(), wanted.len(), "{flashes:?}");
    assert!(flashes.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.04), "{flashes:?}");
}

#[test]
fn several_ranges_are_played_one_after_the_other() {
    let folder = scratch();
    let mut wanted = manifest(&media("flash_beep_cfr.mp4"), &[(0.5, 2.0)], &json!({}));
    wanted["clips"][0]["ranges"] =
        json!([{"start": 5.5, "end": 7.0}, {"start": 0.5, "end": 2.0}, {"start": 22.5, "end": 23.8}]);
    let clip = render(&wanted, folder.path()).unwrap().clips.remove(0);
    check(&clip.video, (270, 480), Sound::Any);
    assert!((clip.duration - 4.3).abs() < 0.04, "{}", clip.duration);
    let (flashes, beeps) = flashes_and_beeps(&clip.video);
    // 6.1 s of the source in the first range, 1.0 s in the second, 23.1 s in the third.
    for (heard, seen) in [(&flashes, "seen"), (&beeps, "heard")].map(|(times, what)| (times, what)) {
        for wanted in [0.6, 2.0, 3.6] {
            assert!(heard.iter().any(|t| (t - wanted).abs() < 0.04), "nothing {seen} at {wanted} s: {heard:?}");
        }
    }
}

/// Where captions stand, in shares of a 9:16 frame: clear of every platform's buttons.
const CAPTIONS: (f64, f64, f64, f64) = (0.08, 0.45, 0.87, 0.66);

#[test]
fn captions_are_burned_in_where_they_belong_and_nowhere_else() {
    let folder = scratch();
    let (width, height) = (540usize, 960usize);
    let draw = |name: &str, captions: bool, words: &Value| {
        let more = json!({"width": width, "height": height, "crf": 1, "captions": captions});
        let mut wanted = manifest(&media("talk.mp4"), &[(20.0, 23.0)], &more);
        wanted["clips"][0]["words"] = words.clone();
        render(&wanted, &folder.path().join(name)).unwrap().clips.remove(0).video
    };
    let words =
        json!([{"start": 21.0, "end": 21.5, "text": "lighthouse"}, {"start": 21.5, "end": 22.0, "text": "keeper"}]);
    let (with, without) = (draw("with", true, &words), draw("without", false, &words));
    let changed = |time: f64| {
        let (a, b) = (frame(&with, time, "", "gray"), frame(&without, time, "", "gray"));
        let differ = |at: &usize| a[*at].abs_diff(b[*at]) > 8;
        (0..a.len()).filter(differ).map(|at| (at % width, at / width)).collect::<Vec<_>>()
    };
    assert_eq!(changed(0.4), [], "nothing is said yet");
    let drawn = changed(1.4);
    assert!(drawn.len() > 500, "only {} pixels differ", drawn.len());
    let (left, top, right, bottom) = CAPTIONS;
    for (x, y) in drawn {
        let (x, y) = (x as f64 / width as f64, y as f64 / height as f64);
        assert!((left..=right).contains(&x) && (top..=bottom).contains(&y), "a pixel differs at {x:.3}, {y:.3}");
    }
    let other = draw("other", true, &json!([{"start": 21.0, "end": 22.0, "text": "storm"}]));
    assert_ne!(frame(&other, 1.4, "", "gray"), frame(&with, 1.4, "", "gray"), "edited words are drawn");
    // Words that look like libass's own commands are words.
    let hostile = json!([{"start": 21.0, "end": 22.0, "text": "{\\an8\\fs500}x\\N"}]);
    let hostile = draw("hostile", true, &hostile);
    let (a, b) = (frame(&hostile, 1.4, "", "gray"), frame(&without, 1.4, "", "gray"));
    let outside = (0..a.len()).filter(|at| a[*at].abs_diff(b[*at]) > 8).map(|at| (at / width) as f64 / height as f64);
    assert!(outside.into_iter().all(|y| (top..=bottom).contains(&y)), "a command in a word was obeyed");
}

#[test]
fn subtitle_files_lie_beside_the_clip_and_go_with_it() {
    let folder = scratch();
    let out = folder.path();
    let mut wanted =
        manifest(&media("talk.mp4"), &[(20.0, 24.0)], &json!({"subtitle_files": true, "captions": "plain"}));
    wanted["clips"][0]["words"] = json!([
        {"start": 21.0, "end": 21.5, "text": "lighthouse"}, {"start": 21.5, "end": 22.0, "text": "keeper."},
        {"start": 23.5, "end": 27.0, "text": "late"},
    ]);
    let clip = render(&wanted, out).unwrap().clips.remove(0);
    let names: Vec<_> = clip.subtitles.iter().filter_map(|path| path.extension()?.to_str()).collect();
    assert_eq!(names, ["srt", "vtt", "ass"]);
    // What another program reads: FFmpeg's own reader of each format.
    for file in &clip.subtitles {
        let probe = std::process::Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0"])
            .arg(file)
            .output()
            .unwrap();
        let text = String::from_utf8(probe.stdout).unwrap();
        let times: Vec<Vec<f64>> =
            text.lines().map(|line| line.split(',').filter_map(|n| n.parse().ok()).collect()).collect();
        assert_eq!(times.len(), 1, "a word whose middle lies behind the clip is not shown: {text}");
        assert!((times[0][0] - 1.0).abs() < 0.04 && times[0][0] + times[0][1] <= 4.0, "{}: {text}", file.display());
    }
    let without = json!({"subtitle_files": false, "captions": "plain", "width": 270, "height": 480, "speed": "ultrafast", "follow": false});
    let mut again: Value = serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    for (name, value) in without.as_object().unwrap() {
        again["render"][name] = value.clone();
    }
    let manifest: opusclip_core::clip::Manifest = serde_json::from_value(again).unwrap();
    opusclip_core::clip::render(&manifest, out, &[], true, &opusclip_core::Control::new()).unwrap();
    assert!(!out.join("clip-01.srt").exists() && !out.join("clip-01.ass").exists());
}

#[test]
fn a_caption_that_is_longer_than_its_clip_ends_with_it() {
    let folder = scratch();
    for captions in ["highlight", "pop", "karaoke", "plain"] {
        let out = folder.path().join(captions);
        let render_options = json!({"subtitle_files": true, "captions": captions});
        let mut wanted = manifest(&media("talk.mp4"), &[(20.0, 24.0)], &render_options);
        wanted["clips"][0]["words"] = json!([{"start": 17.0, "end": 26.5, "text": "Everlasting."}]);
        let clip = render(&wanted, &out).unwrap().clips.remove(0);
        let srt = std::fs::read_to_string(&clip.subtitles[0]).unwrap();
        let times = srt.lines().nth(1).unwrap();
        assert!(
            times.starts_with("00:00:00,000 --> 00:00:0") && times < "00:00:00,000 --> 00:00:04,001",
            "{captions}: {srt}"
        );
        let duration = number(&ffprobe(&clip.video, "-show_entries format=duration")["format"]["duration"]);
        assert!((duration - 4.0).abs() < 0.05, "{captions}: {duration} s");
    }
}

#[test]
fn the_best_quality_there_is_works() {
    let folder = scratch();
    let clip = render(&manifest(&media("h264_aac.mp4"), &[(0.0, 3.0)], &json!({"crf": 1})), folder.path());
    check(&clip.unwrap().clips[0].video, (270, 480), Sound::Levelled);
}

#[test]
fn an_edited_framing_is_obeyed() {
    let folder = scratch();
    let mut wanted = manifest(&media("h264_aac.mp4"), &[(0.0, 3.0)], &json!({"width": 320, "height": 320}));
    // The upper left quarter of the corner that is red.
    wanted["clips"][0]["framing"] =
        json!({"layout": "fill", "crop": {"x": 0.02, "y": 0.02, "width": 0.1, "height": 0.1}, "reason": "by hand"});
    let clip = render(&wanted, folder.path()).unwrap().clips.remove(0);
    let shown = frame(&clip.video, 1.0, "scale=1:1:flags=area", "rgb24");
    assert!(shown[0] > 220 && shown[1] < 40 && shown[2] < 40, "{shown:?}");
    assert_eq!(clip.framing.reason, "by hand");
}

#[test]
fn another_file_under_the_name_of_the_source_is_noticed() {
    let folder = scratch();
    let mut wanted = manifest(&media("h264_aac.mp4"), &[(0.0, 3.0)], &json!({}));
    wanted["source"]["size"] = json!(12345);
    let out = folder.path().join("out");
    let error = failure(render(&wanted, &out), "another source");
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ManifestInvalid, Some("source.size")));
    assert!(!out.exists());
}
