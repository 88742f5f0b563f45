//! Clips of several ranges: nothing is heard of a joint, and picture and sound stay together over all of them.

use std::path::{Path, PathBuf};

use opusclip_core::Control;
use opusclip_core::clip;
use opusclip_core::clip::select::{TightenOptions, tighten};
use opusclip_core::time::Span;
use serde_json::{Value, json};

use super::inspect::{check_clip, flashes_and_beeps};
use super::support::{ffmpeg, manifest, media, render, scratch, tool};

/// A clip of these ranges of a video.
fn joined(video: &Path, ranges: &[(f64, f64)], out: &Path) -> opusclip_core::clip::Clip {
    let mut wanted = manifest(video, &ranges[..1], &json!({}));
    wanted["clips"][0]["ranges"] =
        ranges.iter().map(|(start, end)| json!({"start": start, "end": end})).collect::<Value>();
    render(&wanted, out).unwrap().clips.remove(0)
}

/// A file with a steady tone.
fn tone(folder: &Path) -> PathBuf {
    let video = folder.join("tone.mov");
    let inputs = "-f lavfi -i testsrc2=s=160x90:r=25:d=20 -f lavfi -i sine=f=220:r=48000:d=20";
    ffmpeg(&format!("{inputs} -c:v libx264 -preset ultrafast -c:a pcm_s16le"), &video);
    video
}

/// The sound of a file, left channel, 48 kHz.
fn samples(path: &Path) -> Vec<f32> {
    let file = path.to_string_lossy();
    let words = ["-v", "error", "-nostdin", "-i", &file, "-map", "0:a:0", "-af", "pan=mono|c0=c0", "-f", "f32le", "-"];
    tool("ffmpeg", &words).0.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

#[test]
fn no_joint_clicks() {
    let folder = scratch();
    let video = tone(folder.path());
    // No border is a multiple of a period of 220 Hz; the first two ranges lie 80 ms apart, as where an "um" was.
    let ranges = [(0.513, 2.117), (2.197, 4.041), (7.7731, 9.001), (12.345, 13.1), (18.2, 20.0)];
    let clip = joined(&video, &ranges, &folder.path().join("out"));
    let heard = samples(&clip.video);
    let largest = |from: f64, to: f64| {
        let part = &heard[(from * 48_000.0) as usize..(to * 48_000.0) as usize];
        part.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    };
    let steady = largest(0.5, 1.4);
    let mut at = 0.0;
    for range in &clip.ranges[..clip.ranges.len() - 1] {
        at += range.duration();
        let step = largest(at - 0.05, at + 0.05);
        eprintln!("largest step at {at:.3} s: {:.2} times that of the tone", step / steady);
        assert!(step <= 1.6 * steady, "a step of {step} at {at:.3} s, and of {steady} in the tone itself");
    }
    let all: f64 = ranges.iter().map(|(start, end)| end - start).sum();
    assert!((clip.duration - all).abs() <= 1.0 / 25.0, "{} s of {all} s", clip.duration);
    assert!((heard.len() as f64 / 48_000.0 - clip.duration).abs() < 0.03, "{} samples", heard.len());
}

#[test]
fn picture_and_sound_stay_together_over_many_joints() {
    let folder = scratch();
    // A flash and a beep in each; the source flashes at 1.0, 6.1, 7.9, 9.5 and 23.1 s.
    let ranges = [(0.53, 2.117), (5.571, 6.93), (7.313, 8.61), (9.131, 10.401), (22.51, 23.8)];
    for name in ["flash_beep_cfr.mp4", "flash_beep_vfr.mp4"] {
        let clip = joined(&media(name), &ranges, &folder.path().join(name));
        let (flashes, beeps) = flashes_and_beeps(&clip.video);
        let mut played = 0.0;
        for (range, flash) in clip.ranges.iter().zip([1.0, 6.1, 7.9, 9.5, 23.1]) {
            let wanted = played + flash - range.start;
            let nearest = |times: &[f64]| times.iter().map(|t| (t - wanted).abs()).fold(f64::INFINITY, f64::min);
            assert!(nearest(&flashes) <= 1.0 / 30.0, "{name}: no flash at {wanted:.3} s: {flashes:?}");
            assert!(nearest(&beeps) <= 1.0 / 30.0, "{name}: no beep at {wanted:.3} s: {beeps:?}");
            played += range.duration();
        }
        check_clip(&[&clip.video], &["--size", "270x480", "--flash-beep", "--lufs-tol", "60", "--peak", "0"]);
    }
}

#[test]
fn a_tightened_talk_keeps_every_word_and_loses_its_pauses() {
    let options = TightenOptions { remove_pauses: Some(0.4), keep_pause: 0.2, ..TightenOptions::default() };
    options.validate().unwrap();
    let analysis = clip::analyze(media("talk.mp4"), clip::Limits::default(), &Control::new()).unwrap();
    let known: Value = serde_json::from_str(&std::fs::read_to_string(media("talk.json")).unwrap()).unwrap();
    let said: Vec<(f64, f64)> = known["sentences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sentence| (sentence["start"].as_f64().unwrap(), sentence["end"].as_f64().unwrap()))
        .collect();
    let range = Span::new(0.0, 75.0);
    for name in ["talk.srt", "transcripts/words.vtt"] {
        let transcript = clip::transcript::read(&media(name)).unwrap().fit(75.0).snap(&analysis);
        let kept = tighten(range, &transcript.words, &analysis.pauses, &options);
        for (start, end) in &said {
            let whole = kept.iter().any(|span| span.start <= start + 0.03 && end - 0.03 <= span.end);
            let parts = kept.iter().filter(|span| span.overlap(Span::new(*start, *end)) > 0.0).count();
            assert!(whole || parts > 1, "{name}: the sentence from {start} to {end} is cut off: {kept:?}");
        }
        let pauses = said.windows(2).map(|pair| pair[1].0 - pair[0].1).filter(|pause| *pause > 0.5);
        let (long, saved): (usize, f64) = (pauses.count(), 75.0 - kept.iter().map(|span| span.duration()).sum::<f64>());
        eprintln!("{name}: {} ranges, {saved:.2} s saved, {long} pauses of over 0.5 s between sentences", kept.len());
        assert!(kept.len() > long / 2, "{name}: {long} long pauses, only {} ranges", kept.len());
    }
}

#[test]
fn ranges_that_touch_are_one() {
    let folder = scratch();
    let video = tone(folder.path());
    let whole = joined(&video, &[(2.0, 8.0)], &folder.path().join("one"));
    let split = joined(&video, &[(2.0, 4.517), (4.517, 8.0)], &folder.path().join("two"));
    assert_eq!(whole.duration, split.duration);
    let (a, b) = (samples(&whole.video), samples(&split.video));
    let part = 24_000..264_000;
    let largest = a[part.clone()].iter().fold(0.0, |most: f32, sample| most.max(sample.abs()));
    let off = a[part.clone()].iter().zip(&b[part]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 0.02 * largest, "the sound differs by {off} of {largest}");
}
