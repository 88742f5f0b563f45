//! Presets, codecs and HDR: what platforms get, judged by our own check and by ffprobe.

use opusclip_core::clip::{Manifest, Preset, Render, RenderChanges, check_upload};
use opusclip_core::{Control, ErrorCode};
use serde_json::{Value, json};

use super::support::{failure, ffmpeg, ffprobe, manifest, media, render_range, scratch, tool};

fn broken(file: &std::path::Path, platform: Preset) -> Vec<String> {
    let check = check_upload(file, platform, &Control::new()).unwrap();
    check.findings.into_iter().filter(|finding| !finding.ok).map(|finding| finding.rule).collect()
}

#[test]
fn what_a_preset_makes_keeps_to_the_rules_of_its_platform() {
    let folder = scratch();
    for (preset, size) in [
        (Preset::Tiktok, (1080, 1920)),
        (Preset::Reels, (1080, 1920)),
        (Preset::Shorts, (1080, 1920)),
        (Preset::Youtube, (1920, 1080)),
        (Preset::Square, (1080, 1080)),
        (Preset::Master, (1080, 1920)),
    ] {
        let out = folder.path().join(preset.name());
        let manifest: Manifest =
            serde_json::from_value(manifest(&media("talk.mp4"), &[(20.0, 23.5)], &json!({}))).unwrap();
        let changes = RenderChanges { preset: Some(preset), speed: Some("ultrafast".into()), ..Default::default() };
        let report = Render::from(manifest).out_dir(&out).changes(changes).run(&Control::new()).unwrap();
        let clip = &report.clips[0].video;
        assert_eq!(broken(clip, preset), Vec::<String>::new(), "{}", preset.name());
        let seen = ffprobe(clip, "-select_streams v:0 -show_entries stream=width,height,codec_name,profile,pix_fmt");
        let seen = &seen["streams"][0];
        assert_eq!((seen["width"].as_i64(), seen["height"].as_i64()), (Some(size.0), Some(size.1)));
        assert_eq!((seen["codec_name"].as_str(), seen["pix_fmt"].as_str()), (Some("h264"), Some("yuv420p")));
        let written = Manifest::read(&report.manifest).unwrap().render;
        assert_eq!((written.preset, written.speed.as_str()), (Some(preset), "ultrafast"));
    }
}

#[test]
fn a_check_names_the_rules_that_a_file_breaks() {
    let folder = scratch();
    let look = "-f lavfi -i testsrc2=s=640x360:r=15:d=6 -f lavfi -i sine=r=22050:d=6";
    let path = folder.path().join("wrong.mp4");
    // Open groups of 38 frames, index last, an edit list for the reordered pictures.
    ffmpeg(
        &format!("{look} -c:v libx264 -g 38 -b_strategy 0 -x264-params open-gop=1:bframes=3:scenecut=0 -c:a aac"),
        &path,
    );
    let found = broken(&path, Preset::Reels);
    for rule in
        ["moov_first", "edit_lists", "size", "shape", "frame_rate", "closed_gop", "keyframe_distance", "audio_rate"]
    {
        assert!(found.iter().any(|found| found == rule), "{rule} is not among {found:?}");
    }
    assert!(!found.iter().any(|rule| ["container", "video_codec", "length"].contains(&rule.as_str())), "{found:?}");
    let long = folder.path().join("long.mkv");
    ffmpeg("-f lavfi -i testsrc2=s=1080x1920:r=24:d=2 -c:v libvpx-vp9 -deadline realtime -cpu-used 8", &long);
    let found = broken(&long, Preset::Reels);
    assert!(["container", "video_codec", "length"].iter().all(|rule| found.iter().any(|f| f == rule)), "{found:?}");
}

#[test]
fn other_codecs_stand_in_the_file_under_their_names() {
    let folder = scratch();
    for (codec, encoder, tag) in [("hevc", "libx265", "hvc1"), ("av1", "libsvtav1", "av01")] {
        let encoders = String::from_utf8(tool("ffmpeg", &["-v", "error", "-encoders"]).0).unwrap();
        if !encoders.contains(encoder) {
            eprintln!("skipped: FFmpeg has no {encoder}");
            continue;
        }
        let more = json!({"codec": codec, "speed": "ultrafast"});
        let clip = render_range(&media("talk.mp4"), (20.0, 23.5), &more, &folder.path().join(codec));
        let seen = ffprobe(&clip, "-select_streams v:0 -show_entries stream=codec_name,codec_tag_string,pix_fmt");
        assert_eq!(
            (&seen["streams"][0]["codec_name"], &seen["streams"][0]["codec_tag_string"]),
            (&json!(codec), &json!(tag))
        );
        assert_eq!(broken(&clip, Preset::Master), Vec::<String>::new());
    }
}

#[test]
fn without_hardware_it_is_said_what_was_tried() {
    if std::path::Path::new("/dev/nvidia0").exists() || std::path::Path::new("/dev/dri").exists() {
        eprintln!("skipped: there is hardware");
        return;
    }
    let folder = scratch();
    let wanted = manifest(&media("talk.mp4"), &[(20.0, 23.0)], &json!({"hardware": true}));
    let out = folder.path().join("out");
    let error = failure(super::support::render(&wanted, &out), "no hardware");
    assert_eq!((error.code(), error.field_name()), (ErrorCode::MediaNoEncoder, Some("hardware")));
    assert!(error.message().contains("h264_nvenc"), "{error}");
    assert!(!out.exists());
}

/// Patches of known colours, brought to HDR by zimg with white at 203 cd/m2, must come back as they were.
#[test]
fn hdr_comes_out_in_the_colours_of_sdr() {
    let filters = String::from_utf8(tool("ffmpeg", &["-v", "error", "-filters"]).0).unwrap();
    if !filters.contains(" zscale ") {
        eprintln!("skipped: FFmpeg has no zscale");
        return;
    }
    let patches = [[0x40, 0x40, 0x40], [0x80, 0x80, 0x80], [0xc0, 0x40, 0x40], [0x40, 0x60, 0xc0]];
    let inputs: String = patches
        .map(|[r, g, b]| format!("-f lavfi -i color=c=0x{r:02x}{g:02x}{b:02x}:s=320x180:r=25:d=4,format=gbrp "))
        .concat();
    let folder = scratch();
    for transfer in ["smpte2084", "arib-std-b67"] {
        let graph = format!(
            "[0][1]hstack[t];[2][3]hstack[u];[t][u]vstack,scale=out_color_matrix=bt709:out_range=tv,format=yuv444p10le,\
             zscale=tin=bt709:pin=bt709:min=bt709:rin=tv:t=linear:p=bt2020:npl=203,format=gbrpf32le,\
             zscale=tin=linear:pin=bt2020:p=bt2020:t={transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
        );
        let named = format!("colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited");
        let flags = format!("-color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc -color_range tv");
        let source = folder.path().join(format!("{transfer}.mp4"));
        let encoder = format!("-c:v libx265 -x265-params log-level=none:{named} -crf 12 {flags}");
        ffmpeg(&format!("{inputs} -filter_complex {graph} {encoder}"), &source);
        let look = json!({"width": 640, "height": 360, "layout": "fill"});
        let clip = render_range(&source, (0.0, 3.0), &look, &folder.path().join(format!("out-{transfer}")));
        let path = clip.to_str().unwrap();
        let (pixels, _) =
            tool("ffmpeg", &["-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
        for (wanted, (x, y)) in patches.iter().zip([(160, 90), (480, 90), (160, 270), (480, 270)]) {
            let at = (y * 640 + x) * 3;
            let off = wanted.iter().zip(&pixels[at..at + 3]).map(|(a, b)| i32::abs(*a - i32::from(*b))).max();
            assert!(off <= Some(6), "{transfer}: {wanted:x?} came out as {:x?}", &pixels[at..at + 3]);
        }
        let color =
            ffprobe(&clip, "-select_streams v:0 -show_entries stream=color_transfer,color_primaries,color_space");
        let named: [&Value; 3] = ["color_transfer", "color_primaries", "color_space"].map(|n| &color["streams"][0][n]);
        assert_eq!(named, [&json!("bt709"); 3]);
    }
}
