//! What `probe` says, against what `ffprobe` says and what the files were made to be.

use std::path::Path;

use opusclip_core::Control;
use opusclip_core::clip::media::{StreamInfo, StreamKind, VideoInfo};
use opusclip_core::clip::{Limits, MediaInfo, probe};
use serde_json::Value;

use super::inspect::inside;
use super::support::{expected, ffmpeg, ffprobe, fraction, media, named, number, sample, scratch};

fn read(path: &Path) -> MediaInfo {
    probe(path, Limits::default(), &Control::new()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Clockwise turn in degrees and mirroring, from the display matrix that `ffprobe` prints.
fn turn(stream: &Value) -> u32 {
    let sides = stream["side_data_list"].as_array();
    let degrees = sides.into_iter().flatten().find_map(|side| side["rotation"].as_f64()).unwrap_or(0.0);
    (-degrees).rem_euclid(360.0).round() as u32 % 360
}

fn same_video(video: &VideoInfo, stream: &Value, what: &str) {
    assert_eq!(
        (video.width.into(), video.height.into()),
        (stream["width"].clone(), stream["height"].clone()),
        "{what}"
    );
    assert_eq!(video.pixel_format, stream["pix_fmt"].as_str().unwrap(), "{what}");
    assert_eq!(video.rotation, turn(stream), "{what}: rotation");
    let shape = stream["sample_aspect_ratio"].as_str().unwrap_or("1:1").replace(':', "/");
    assert!((video.sample_aspect_ratio.value() - fraction(&shape.into())).abs() < 1e-6, "{what}: pixels");
    // Not every decoder of ffprobe tells the depth; the name of the pixel format does.
    let named =
        stream["pix_fmt"].as_str().and_then(|name| name.trim_end_matches("le").rsplit_once('p')?.1.parse().ok());
    let depth = stream["bits_per_raw_sample"].as_str().map_or(named.unwrap_or(8), |bits| bits.parse().unwrap());
    assert_eq!(video.bit_depth, depth, "{what}: bit depth");
    let rate = fraction(&stream["avg_frame_rate"]);
    if rate.is_finite() {
        assert!((video.frame_rate.unwrap().value() - rate).abs() < 1e-6, "{what}: {:?}, {rate}", video.frame_rate);
    }
    let color = &video.color;
    for (ours, key) in [
        (&color.range, "color_range"),
        (&color.primaries, "color_primaries"),
        (&color.transfer, "color_transfer"),
        (&color.matrix, "color_space"),
    ] {
        assert_eq!(ours, stream[key].as_str().unwrap_or("unknown"), "{what}: {key}");
    }
    let interlaced = !["progressive", "unknown"].contains(&stream["field_order"].as_str().unwrap_or("unknown"));
    assert_eq!(video.interlaced, interlaced, "{what}: interlaced");
}

fn same_stream(ours: &StreamInfo, stream: &Value, origin: f64, what: &str) {
    let attached = stream["disposition"]["attached_pic"] == 1;
    let kind = match (stream["codec_type"].as_str(), attached) {
        (Some("video"), true) => StreamKind::AttachedPicture,
        (Some("video"), false) => StreamKind::Video,
        (Some("audio"), _) => StreamKind::Audio,
        (Some("subtitle"), _) => StreamKind::Subtitle,
        (Some("attachment"), _) => StreamKind::Attachment,
        _ => StreamKind::Data,
    };
    assert_eq!(ours.kind, kind, "{what}");
    assert_eq!(ours.codec, stream["codec_name"].as_str().unwrap_or_default(), "{what}");
    assert_eq!(ours.time_base, stream["time_base"].as_str().unwrap(), "{what}");
    assert_eq!(ours.default, stream["disposition"]["default"] == 1, "{what}: default");
    let language = stream["tags"]["language"].as_str().filter(|tag| *tag != "und");
    assert_eq!(ours.language.as_deref(), language, "{what}: language");
    assert_eq!(ours.title.as_deref(), stream["tags"]["title"].as_str(), "{what}: title");
    if let Some(start) = ours.start {
        assert!((start - (number(&stream["start_time"]) - origin)).abs() < 2e-5, "{what}: starts at {start}");
    }
    if let Some(length) = ours.duration {
        assert!((length - number(&stream["duration"])).abs() < 2e-6, "{what}: lasts {length}");
    }
    if let Some(video) = &ours.video {
        same_video(video, stream, what);
    }
    if let Some(audio) = &ours.audio {
        assert_eq!(audio.sample_rate.to_string(), stream["sample_rate"].as_str().unwrap(), "{what}");
        assert_eq!(Value::from(audio.channels), stream["channels"], "{what}");
        assert_eq!(audio.layout, stream["channel_layout"].as_str().unwrap(), "{what}");
    }
}

fn same_file(path: &Path) -> MediaInfo {
    let (info, seen) = (read(path), ffprobe(path, "-show_format -show_streams -show_chapters"));
    let what = path.display().to_string();
    let format = &seen["format"];
    assert_eq!(info.size, std::fs::metadata(path).unwrap().len(), "{what}");
    let origin = number(&format["start_time"]);
    assert!((info.start_offset - origin).abs() < 2e-6, "{what}: starts at {}", info.start_offset);
    match info.duration {
        Some(length) => assert!((length - number(&format["duration"])).abs() < 2e-6, "{what}: lasts {length}"),
        None => assert!(format["duration"].is_null(), "{what}: has no length"),
    }
    let streams = seen["streams"].as_array().unwrap();
    assert_eq!(info.streams.len(), streams.len(), "{what}");
    for (ours, theirs) in info.streams.iter().zip(streams) {
        same_stream(ours, theirs, origin, &format!("{what} stream {}", ours.index));
    }
    let chapters = seen["chapters"].as_array().unwrap();
    assert_eq!(info.chapters.len(), chapters.len(), "{what}");
    for (ours, theirs) in info.chapters.iter().zip(chapters) {
        assert_eq!(ours.title, theirs["tags"]["title"].as_str().unwrap_or_default(), "{what}");
        let (start, end) = (number(&theirs["start_time"]) - origin, number(&theirs["end_time"]) - origin);
        assert!((ours.start - start).abs() < 2e-6 && (ours.end - end).abs() < 2e-6, "{what}: {ours:?}");
    }
    info
}

#[test]
fn agrees_with_ffprobe_on_every_generated_file() {
    for name in named(&["format", "flash_beep", "talk"]) {
        same_file(&media(&name));
    }
}

#[test]
fn agrees_with_ffprobe_on_real_files() {
    for name in [
        "ae-SAR-2by3.mp4",
        "ae-aac.m4a",
        "ae-embedded-image-h264-mjpeg.mp4",
        "ae-embedded-image-h264-png.mkv",
        "ae-mov_text.mp4",
        "ae-test_yuv422p.mp4",
        "ae-testsrc_with_attachment.mkv",
        "mdn-elf.webm",
        "mpy-smpte-2997.mp4",
        "odd-decord-video_90.mov",
        "odd-mp4parse-video_rotation_90.mp4",
        "tc-bt709_full_range.mp4",
        "tc-h265_10bits.mp4",
        "tc-av1_video.mkv",
    ] {
        if let Some(path) = sample(name) {
            same_file(&path);
        }
    }
}

#[test]
fn finds_what_the_files_were_made_to_hold() {
    for name in named(&["format", "flash_beep"]) {
        let (info, wanted) = (read(&media(&name)), expected(&name));
        if wanted["video_streams"] == 0 {
            assert_eq!((info.video, info.video().is_some()), (None, false), "{name}");
            continue;
        }
        let video = info.video().unwrap_or_else(|| panic!("{name}: no picture"));
        let check = |key: &str, ours: Value| {
            if let Some(wanted) = wanted.get(key) {
                assert_eq!(&ours, wanted, "{name}: {key}");
            }
        };
        check("width", video.display_width.into());
        check("height", video.display_height.into());
        check("coded_width", video.width.into());
        check("coded_height", video.height.into());
        check("rotation", video.rotation.into());
        check("pixel_format", video.pixel_format.clone().into());
        check("bit_depth", video.bit_depth.into());
        check("interlaced", video.interlaced.into());
        check("variable", video.variable_frame_rate.into());
        check("video", info.streams[info.video.unwrap()].codec.clone().into());
        if let Some(audio) = info.audio {
            check("audio", info.streams[audio].codec.clone().into());
        }
        check("channels", info.audio().map(|a| a.channels).into());
        check("rate", info.audio().map(|a| a.sample_rate).into());
        let of = |kind: StreamKind| info.streams.iter().filter(|s| s.kind == kind).count();
        check("audio_streams", of(StreamKind::Audio).into());
        check("attached_pictures", of(StreamKind::AttachedPicture).into());
        if wanted["color_range"] == "full" {
            assert_eq!(video.color.range, "pc", "{name}");
        }
        if let Some(rate) = wanted["frame_rate"].as_f64() {
            assert!((video.frame_rate.unwrap().value() - rate).abs() < 0.001, "{name}: {:?}", video.frame_rate);
            assert!(!video.variable_frame_rate, "{name}: its rate does not vary");
        }
    }
}

#[test]
fn cover_art_is_never_the_video_and_has_no_frame_rate() {
    for name in ["cover.mp4", "cover_last.mp4"] {
        let info = read(&media(name));
        let chosen = &info.streams[info.video.unwrap()];
        assert_eq!((chosen.kind, chosen.codec.as_str()), (StreamKind::Video, "h264"), "{name}");
        let art = info.streams.iter().find(|s| s.kind == StreamKind::AttachedPicture).unwrap();
        assert_eq!(art.video.as_ref().unwrap().frame_rate, None, "{name}: a still picture has no rate");
    }
}

#[test]
fn times_count_from_the_start_of_the_media() {
    let info = read(&media("flash_beep_offset.ts"));
    assert!((info.start_offset - 11.4).abs() < 0.1, "{}", info.start_offset);
    for stream in &info.streams {
        assert!((0.0..0.1).contains(&stream.start.unwrap()), "{stream:?}");
    }
    let late = read(&media("late_video.mp4"));
    assert!((late.streams[late.video.unwrap()].start.unwrap() - 0.5).abs() < 0.01);
}

/// The eight ways in which a picture can be stored: display matrix, clockwise turn, mirrored.
pub const TURNS: [([i32; 4], &str, u32, bool); 8] = [
    ([1, 0, 0, 1], "null", 0, false),
    ([0, 1, -1, 0], "transpose=cclock", 90, false),
    ([-1, 0, 0, -1], "hflip,vflip", 180, false),
    ([0, -1, 1, 0], "transpose=clock", 270, false),
    ([-1, 0, 0, 1], "hflip", 0, true),
    ([1, 0, 0, -1], "vflip", 180, true),
    ([0, 1, 1, 0], "transpose=cclock_flip", 90, true),
    ([0, -1, -1, 0], "transpose=clock_flip", 270, true),
];

/// A file whose picture is stored by `store` and shown upright by the display matrix `[a b; c d]`.
pub fn turned(matrix: [i32; 4], store: &str, path: &Path) {
    let corner = "w=iw/4:h=ih/4:t=fill";
    let picture = format!(
        "testsrc2=s=240x160:r=25:d=3,drawbox=x=0:y=0:{corner}:color=red,drawbox=x=iw-iw/4:y=0:{corner}:color=lime,\
         drawbox=x=0:y=ih-ih/4:{corner}:color=blue,drawbox=x=iw-iw/4:y=ih-ih/4:{corner}:color=yellow,format=yuv420p"
    );
    ffmpeg(&format!("-f lavfi -i {picture},{store} -c:v libx264 -preset ultrafast -crf 18"), path);
    let mut data = std::fs::read(path).unwrap();
    let header = inside(&data, 0, data.len(), "tkhd").remove(0).1;
    let at = header + if data[header] == 0 { 40 } else { 52 };
    let word = |data: &[u8], at: usize| i32::from_be_bytes(data[at..at + 4].try_into().unwrap());
    let (width, height) = (word(&data, at + 36), word(&data, at + 40));
    let [a, b, c, d] = matrix;
    // Where an axis is turned round, the picture is moved back into view.
    let (x, y) = (if a + c < 0 { width * a.abs() + height * c.abs() } else { 0 }, if b + d < 0 { 1 } else { 0 });
    let y = y * (width * b.abs() + height * d.abs());
    let one = 0x10000;
    for (n, value) in [a * one, b * one, 0, c * one, d * one, 0, x, y, 1 << 30].into_iter().enumerate() {
        data[at + n * 4..at + n * 4 + 4].copy_from_slice(&value.to_be_bytes());
    }
    std::fs::write(path, data).unwrap();
}

#[test]
fn all_eight_ways_to_store_a_picture_are_told_apart() {
    let folder = scratch();
    for (matrix, store, rotation, mirrored) in TURNS {
        let path = folder.path().join("turned.mp4");
        turned(matrix, store, &path);
        let info = read(&path);
        let video = info.video().unwrap();
        assert_eq!((video.display_width, video.display_height), (240, 160), "{matrix:?}");
        // A flip about the other axis is a flip and a half turn, so only whether it is mirrored is fixed there.
        assert_eq!(video.mirrored, mirrored, "{matrix:?}");
        if !mirrored {
            assert_eq!(video.rotation, rotation, "{matrix:?}");
        }
    }
}
