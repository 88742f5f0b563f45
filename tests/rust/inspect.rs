//! A finished clip, looked at from outside.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::support::{ffprobe, fraction, number, root, tool};

/// How a clip must sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sound {
    /// At -14 LUFS with peaks of at most -1 dBTP.
    Levelled,
    /// There, at whatever loudness.
    Any,
    /// Not there at all.
    Missing,
}

/// Insist that a clip is what every platform takes: container, picture, groups of pictures, timing, sound.
pub fn check(path: &Path, (width, height): (u32, u32), sound: Sound) {
    let name = path.display();
    check_container(path);
    let info = ffprobe(path, "-show_streams -show_format");
    let of_kind = |kind: &str| -> Vec<&Value> {
        info["streams"].as_array().unwrap().iter().filter(|s| s["codec_type"] == kind).collect()
    };
    let (pictures, sounds) = (of_kind("video"), of_kind("audio"));
    assert_eq!(pictures.len(), 1, "{name}: pictures");
    assert_eq!(info["streams"].as_array().unwrap().len(), pictures.len() + sounds.len(), "{name}: other streams");
    let picture = pictures[0];
    let fps = check_picture(path, picture, (width, height));
    check_packets(path, fps);
    if sound == Sound::Missing {
        assert!(sounds.is_empty(), "{name}: has sound");
        return;
    }
    assert_eq!(sounds.len(), 1, "{name}: sounds");
    let heard = sounds[0];
    assert_eq!(heard["codec_name"], "aac", "{name}");
    assert!(["44100", "48000"].contains(&heard["sample_rate"].as_str().unwrap()), "{name}: {}", heard["sample_rate"]);
    let (start, end) = (number(&picture["start_time"]), number(&picture["duration"]));
    let apart = (start - number(&heard["start_time"])).abs();
    assert!(apart <= 0.02, "{name}: streams start {apart} s apart");
    let apart = (end - number(&heard["duration"])).abs();
    assert!(apart <= 0.1, "{name}: streams end {apart} s apart");
    if sound == Sound::Levelled {
        let (loudness, peak) = loudness(path);
        assert!((loudness + 14.0).abs() <= 0.5, "{name}: {loudness} LUFS");
        assert!(peak <= -1.0, "{name}: {peak} dBTP");
    }
}

fn check_picture(path: &Path, picture: &Value, (width, height): (u32, u32)) -> f64 {
    let name = path.display();
    assert_eq!((&picture["codec_name"], &picture["pix_fmt"]), (&"h264".into(), &"yuv420p".into()), "{name}");
    assert_eq!((&picture["width"], &picture["height"]), (&width.into(), &height.into()), "{name}");
    assert_eq!(picture["sample_aspect_ratio"], "1:1", "{name}: pixels");
    assert!(picture["side_data_list"].is_null(), "{name}: carries side data {}", picture["side_data_list"]);
    assert_eq!(picture["color_range"], "tv", "{name}: range");
    let fps = fraction(&picture["avg_frame_rate"]);
    assert!((22.9..=60.1).contains(&fps), "{name}: {fps} frames/s");
    assert_eq!(picture["avg_frame_rate"], picture["r_frame_rate"], "{name}: rate varies");
    fps
}

/// Constant rate, and closed groups of at most two seconds.
fn check_packets(path: &Path, fps: f64) {
    let name = path.display();
    let packets = ffprobe(path, "-select_streams v:0 -show_entries packet=pts_time,dts_time,flags");
    let packets: Vec<(f64, bool)> = packets["packets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (number(&p["pts_time"]), p["flags"].as_str().unwrap().starts_with('K')))
        .collect();
    assert!(packets[0].1, "{name}: does not begin with a keyframe");
    let mut times: Vec<f64> = packets.iter().map(|p| p.0).collect();
    times.sort_by(f64::total_cmp);
    for pair in times.windows(2) {
        let step = pair[1] - pair[0];
        assert!((step - 1.0 / fps).abs() < 0.0005, "{name}: a frame lasts {step} s at {fps} frames/s");
    }
    let mut group = packets[0].0;
    for (time, key) in &packets {
        assert!(*time >= group - 1e-6, "{name}: the frame at {time} belongs before its keyframe at {group}");
        if *key {
            assert!(time - group <= 2.0 + 1e-3, "{name}: {} s between keyframes", time - group);
            group = *time;
        }
    }
    let last = times[times.len() - 1] + 1.0 / fps;
    assert!(last - group <= 2.0 + 1e-3, "{name}: the last group lasts {} s", last - group);
}

/// Index before content, no edit list, nothing but one file.
fn check_container(path: &Path) {
    let data = std::fs::read(path).unwrap();
    let top = boxes(&data, 0, data.len());
    let kinds: Vec<&str> = top.iter().map(|b| b.0.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"ftyp"), "{}: {kinds:?}", path.display());
    let place = |kind: &str| kinds.iter().position(|k| *k == kind);
    assert!(place("moov").is_some() && place("moov") < place("mdat"), "{}: {kinds:?}", path.display());
    let edits = inside(&data, 0, data.len(), "elst");
    assert!(edits.is_empty(), "{}: has {} edit lists", path.display(), edits.len());
}

/// Kind, start of the content, end.
type Found = (String, usize, usize);

/// The boxes of a stretch of an ISO file.
pub fn boxes(data: &[u8], mut at: usize, end: usize) -> Vec<Found> {
    let mut found = Vec::new();
    while at + 8 <= end {
        let word = |at: usize| u32::from_be_bytes(data[at..at + 4].try_into().unwrap()) as usize;
        let (mut size, mut head) = (word(at), 8);
        if size == 1 {
            size = usize::try_from(u64::from_be_bytes(data[at + 8..at + 16].try_into().unwrap())).unwrap();
            head = 16;
        } else if size == 0 {
            size = end - at;
        }
        if size < head {
            break;
        }
        let kind = String::from_utf8_lossy(&data[at + 4..at + 8]).into_owned();
        found.push((kind, at + head, (at + size).min(end)));
        at += size;
    }
    found
}

/// All boxes of one kind, however deep.
pub fn inside(data: &[u8], start: usize, end: usize, kind: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (name, from, to) in boxes(data, start, end) {
        if ["moov", "trak", "mdia", "minf", "stbl", "edts"].contains(&name.as_str()) {
            found.extend(inside(data, from, to, kind));
        }
        if name == kind {
            found.push((name, from, to));
        }
    }
    found
}

/// Integrated loudness in LUFS and true peak in dBTP by FFmpeg's `ebur128`.
pub fn loudness(path: &Path) -> (f64, f64) {
    let file = path.to_string_lossy();
    let (_, said) = tool(
        "ffmpeg",
        &["-hide_banner", "-nostats", "-nostdin", "-i", &file, "-vn", "-af", "ebur128=peak=true", "-f", "null", "-"],
    );
    let summary = &said[said.rfind("Summary:").expect("ebur128 ends with a summary")..];
    let after = |label: &str| {
        let rest = summary.split(label).nth(1).unwrap_or_else(|| panic!("no {label} in {summary}"));
        let word = rest.split_whitespace().next().unwrap();
        if word == "-inf" { f64::NEG_INFINITY } else { word.parse().unwrap() }
    };
    (after("I:"), after("Peak:"))
}

/// When flashes are seen, and when beeps are heard.
pub fn flashes_and_beeps(path: &Path) -> (Vec<f64>, Vec<f64>) {
    let file = path.to_string_lossy();
    let look = "scale=64:36:flags=area,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-";
    let (seen, _) =
        tool("ffmpeg", &["-v", "error", "-nostdin", "-i", &file, "-map", "0:v:0", "-vf", look, "-f", "null", "-"]);
    let (mut flashes, mut lit, mut at) = (Vec::new(), false, 0.0);
    for line in String::from_utf8_lossy(&seen).lines() {
        if let Some(time) = line.split("pts_time:").nth(1) {
            at = time.trim().parse().unwrap();
        } else if let Some(light) = line.split("YAVG=").nth(1) {
            let bright = light.trim().parse::<f64>().unwrap() > 200.0;
            if bright && !lit {
                flashes.push(at);
            }
            lit = bright;
        }
    }
    let hear = "silencedetect=n=-30dB:d=0.2";
    let (_, said) = tool(
        "ffmpeg",
        &["-hide_banner", "-nostats", "-nostdin", "-i", &file, "-map", "0:a:0", "-af", hear, "-f", "null", "-"],
    );
    let beeps = said
        .lines()
        .filter_map(|line| line.split("silence_end: ").nth(1)?.split_whitespace().next()?.parse().ok())
        .collect();
    (flashes, beeps)
}

/// Run the outside checker of finished clips where it is present.
pub fn check_clip(paths: &[&Path], more: &[&str]) {
    let script = root().join("../shared/tools/check_clip.py");
    if !script.is_file() {
        eprintln!("left out: there is no {}", script.display());
        return;
    }
    let output = Command::new("python3").arg(script).args(paths).args(more).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
