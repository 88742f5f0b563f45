//! Finished clips of every kind of source, checked from outside.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::inspect::{Sound, check, check_clip, flashes_and_beeps, loudness};
use super::picture::{check_corners, fitted, luma, similarity};
use super::probe::{TURNS, turned};
use super::support::{expected, extract, failure, ffprobe, fraction, media, named, render_range, sample, scratch};

const SIZE: (u32, u32) = (270, 480);
const SIZE_TEXT: [&str; 2] = ["--size", "270x480"];

/// Flashes and beeps of a clip must agree: each flash with its beep, and all of them together on average.
fn in_sync(path: &Path, at_least: usize) {
    let (flashes, beeps) = flashes_and_beeps(path);
    assert!(flashes.len() >= at_least, "{}: only {} flashes", path.display(), flashes.len());
    let fps = fraction(
        &ffprobe(path, "-select_streams v:0 -show_entries stream=avg_frame_rate")["streams"][0]["avg_frame_rate"],
    );
    let apart = |flash: f64| {
        let nearest = |a: &&f64, b: &&f64| (**a - flash).abs().total_cmp(&(**b - flash).abs());
        flash - beeps.iter().min_by(nearest).unwrap_or_else(|| panic!("{}: no beep", path.display()))
    };
    let off: Vec<f64> = flashes.iter().map(|flash| apart(*flash)).collect();
    let worst = off.iter().fold(0.0f64, |worst, off| worst.max(off.abs()));
    let mean = off.iter().sum::<f64>() / off.len() as f64;
    assert!(worst <= 0.02 + 0.5 / fps, "{}: {worst} s apart: {off:?}", path.display());
    assert!(mean.abs() <= 0.005, "{}: {mean} s apart on average: {off:?}", path.display());
}

/// A clip from the beginning of a source of flashes and beeps, and one from its middle.
fn flash_beep(name: &str) {
    let (video, folder) = (media(name), scratch());
    let mut clips = Vec::new();
    for (number, range) in [(0, (0.0, 8.0)), (1, (10.37, 19.0))] {
        let clip = render_range(&video, range, &json!({}), &folder.path().join(number.to_string()));
        check(&clip, SIZE, Sound::Any);
        in_sync(&clip, 4);
        clips.push(clip);
    }
    let paths: Vec<&Path> = clips.iter().map(PathBuf::as_path).collect();
    check_clip(&paths, &[&SIZE_TEXT[..], &["--flash-beep"]].concat());
}

macro_rules! flash_beep {
    ($($test:ident = $name:literal),* $(,)?) => { $(#[test] fn $test() { flash_beep($name); })* };
}

flash_beep! {
    in_sync_at_a_constant_rate = "flash_beep_cfr.mp4",
    in_sync_at_a_variable_rate = "flash_beep_vfr.mp4",
    in_sync_where_the_sound_begins_late = "flash_beep_late_audio.mp4",
    in_sync_in_a_transport_stream_with_an_offset = "flash_beep_offset.ts",
    in_sync_behind_an_edit_list = "flash_beep_editlist.mp4",
    in_sync_where_frames_are_missing = "flash_beep_dropped.mkv",
    in_sync_at_23_976 = "flash_beep_24.mov",
    in_sync_with_opus = "flash_beep_opus.webm",
}

/// A clip of the first seconds of an ordinary file: upright, its shape kept, in its colours. Says where a clip with
/// levelled sound is.
fn ordinary_file(name: &str, out: &Path) -> Option<PathBuf> {
    let (video, wanted) = (media(name), expected(name));
    let clip = render_range(&video, (0.0, 3.5), &json!({"layout": "fit"}), out);
    let sound = match name {
        "no_audio.mp4" => Sound::Missing,
        "silent_audio.mp4" | "quiet_audio.mp4" => Sound::Any,
        _ => Sound::Levelled,
    };
    check(&clip, SIZE, sound);
    if let (Some(width), Some(height)) = (wanted["width"].as_f64(), wanted["height"].as_f64()) {
        let place = fitted(width / height, SIZE);
        if !wanted["corners"].is_null() {
            check_corners(&clip, 1.0, place, name);
        }
        // Deinterlacing makes other lines, and other rates show other frames at the same time.
        if !["interlaced.mp4", "fps10.mp4", "late_video.mp4"].contains(&name) {
            let alike = similarity(&clip, place, &video, 0.0);
            eprintln!("{name}: {alike} like its source");
            assert!(alike > 0.865, "{name}: only {alike} like its source");
        }
    }
    (sound == Sound::Levelled).then_some(clip)
}

/// A share of the ordinary files; one that fails does not hide the next.
fn ordinary(part: usize, parts: usize) {
    let folder = scratch();
    let (mut clips, mut failed) = (Vec::new(), Vec::new());
    for name in named(&["format"]).iter().filter(|name| *name != "audio_only.m4a").skip(part).step_by(parts) {
        match std::panic::catch_unwind(|| ordinary_file(name, &folder.path().join(name))) {
            Ok(clip) => clips.extend(clip),
            Err(_) => failed.push(name.clone()),
        }
    }
    assert!(failed.is_empty(), "{failed:?} failed, see above");
    let paths: Vec<&Path> = clips.iter().map(PathBuf::as_path).collect();
    check_clip(&paths, &SIZE_TEXT);
}

#[test]
fn ordinary_files_first_third() {
    ordinary(0, 3);
}

#[test]
fn ordinary_files_second_third() {
    ordinary(1, 3);
}

#[test]
fn ordinary_files_last_third() {
    ordinary(2, 3);
}

#[test]
fn all_eight_ways_to_store_a_picture_come_out_upright() {
    let folder = scratch();
    for (number, (matrix, store, ..)) in TURNS.into_iter().enumerate() {
        let source = folder.path().join(format!("{number}.mp4"));
        turned(matrix, store, &source);
        let out = folder.path().join(number.to_string());
        let clip = render_range(&source, (0.0, 3.0), &json!({"layout": "fit"}), &out);
        check(&clip, SIZE, Sound::Missing);
        check_corners(&clip, 1.0, fitted(1.5, SIZE), &format!("{matrix:?}"));
    }
}

#[test]
fn range_depth_and_subsampling_do_not_change_the_light() {
    let folder = scratch();
    let place = fitted(16.0 / 9.0, SIZE);
    let light = |name: &str| {
        let out = folder.path().join(name);
        let clip = render_range(&media(name), (0.0, 3.0), &json!({"layout": "fit", "crf": 10}), &out);
        [0.5, 1.5, 2.5].map(|time| luma(&clip, time, place))
    };
    let plain = light("h264_aac.mp4");
    for name in ["full_range.mp4", "h264_10bit.mp4", "h264_422.mov", "h264_444.mkv", "rotated_180.mp4", "hevc.mp4"] {
        for (ours, plain) in light(name).into_iter().zip(plain) {
            assert!((ours - plain).abs() <= 2.0, "{name}: luma {ours}, where 8 bit limited range has {plain}");
        }
    }
}

#[test]
fn a_crop_shows_the_middle_and_keeps_shapes() {
    let folder = scratch();
    for (name, width, height) in
        [("h264_aac.mp4", 320.0, 180.0), ("anamorphic.mp4", 480.0, 288.0), ("portrait.mp4", 180.0, 320.0)]
    {
        let clip = render_range(&media(name), (0.0, 3.0), &json!({"layout": "fill"}), &folder.path().join(name));
        check(&clip, SIZE, Sound::Levelled);
        // The same cut by FFmpeg, of the picture at the size it has in the clip: the source's pixels are coarse.
        let size: f64 = f64::max(270.0 / width, 480.0 / height);
        let (w, h) = ((width * size).round(), (height * size).round());
        let reference = folder.path().join(format!("{name}.mkv"));
        let source = media(name);
        super::support::ffmpeg(
            &format!(
                "-i {} -vf scale={w}:{h}:flags=bicubic,setsar=1,crop=270:480:exact=1 -an -c:v ffv1 -t 3",
                source.display()
            ),
            &reference,
        );
        let alike = similarity(&clip, (270, 480, 0, 0), &reference, 0.0);
        assert!(alike > 0.865, "{name}: only {alike} like the middle of its source");
    }
}

#[test]
fn a_source_without_sound_gives_clips_without_sound() {
    let folder = scratch();
    let report = extract(&media("no_audio.mp4"), folder.path(), &json!({})).unwrap();
    assert!(!report.clips.is_empty());
    assert!(report.clips[0].loudness.is_none());
    check(&report.clips[0].video, SIZE, Sound::Missing);
    check_clip(&[&report.clips[0].video], &[&SIZE_TEXT[..], &["--no-audio"]].concat());
}

#[test]
fn a_source_without_video_is_refused() {
    let folder = scratch();
    let out = folder.path().join("out");
    let error = failure(extract(&media("audio_only.m4a"), &out, &json!({})), "sound alone");
    assert_eq!(error.code().as_str(), "media.no_video");
    assert_eq!(error.file_path(), Some(media("audio_only.m4a").as_path()));
    assert!(!out.exists());
}

#[test]
fn silence_stays_silent_and_noise_is_not_turned_up() {
    let folder = scratch();
    let silent = render_range(&media("silent_audio.mp4"), (0.0, 4.0), &json!({}), &folder.path().join("silent"));
    assert!(loudness(&silent).0 <= -70.0, "{:?}", loudness(&silent));
    let quiet = render_range(&media("quiet_audio.mp4"), (0.0, 4.0), &json!({}), &folder.path().join("quiet"));
    let (before, after) = (loudness(&media("quiet_audio.mp4")).0, loudness(&quiet).0);
    assert!((after - before).abs() <= 1.0, "{before} LUFS became {after}");
}

#[test]
fn loudness_peak_rate_and_size_are_as_asked_for() {
    let folder = scratch();
    let more = json!({"lufs": -20, "true_peak": -3, "frame_rate": 25, "width": 480, "height": 270});
    let clip = render_range(&media("talk.mp4"), (20.0, 27.0), &more, folder.path());
    check(&clip, (480, 270), Sound::Any);
    let (loudness, peak) = loudness(&clip);
    assert!((loudness + 20.0).abs() <= 0.5 && peak <= -3.0, "{loudness} LUFS, {peak} dBTP");
    let rate = ffprobe(&clip, "-select_streams v:0 -show_entries stream=avg_frame_rate");
    assert_eq!(rate["streams"][0]["avg_frame_rate"], "25/1");
}

#[test]
fn usual_rates_are_kept_and_odd_ones_become_a_multiple_or_a_part() {
    let folder = scratch();
    for (name, wanted) in [
        ("fps10.mp4", 30.0),
        ("fps120.mp4", 60.0),
        ("flash_beep_24.mov", 24_000.0 / 1001.0),
        ("flash_beep_vfr.mp4", 30.0),
    ] {
        let clip = render_range(&media(name), (0.0, 3.0), &json!({}), &folder.path().join(name));
        let rate = fraction(
            &ffprobe(&clip, "-select_streams v:0 -show_entries stream=avg_frame_rate")["streams"][0]["avg_frame_rate"],
        );
        assert!((rate - wanted).abs() < 1e-3, "{name}: {rate} frames/s");
    }
}

#[test]
fn real_files_come_out_in_order() {
    let folder = scratch();
    let mut clips = Vec::new();
    for name in
        ["odd-decord-video_90.mov", "ae-SAR-2by3.mp4", "mdn-elf.webm", "pf-single_face.mp4", "gcp-googlework_short.mp4"]
    {
        let Some(video) = sample(name) else { continue };
        let report = extract(&video, &folder.path().join(name), &json!({"min_duration": 3, "max_duration": 5}));
        let report = report.unwrap_or_else(|e| panic!("{name}: {e}"));
        let clip = report.clips[0].video.clone();
        let sound = report.clips[0].loudness.as_ref().map_or(Sound::Missing, |_| Sound::Any);
        check(&clip, SIZE, sound);
        clips.push(clip);
    }
    eprintln!("{} clips of real files", clips.len());
}
