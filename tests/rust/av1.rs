//! AV1 by rav1e and AVIF thumbnails, whatever the linked FFmpeg has.

use std::path::Path;

use opusclip_core::clip::{Manifest, Preset, Render, RenderChanges, ThumbnailFormat, check_upload};
use opusclip_core::{Control, ErrorCode};
use serde_json::json;

use super::support::{
    extract, failure, ffmpeg, ffprobe, finish, manifest, media, number, opusclip, render, render_range, scratch, tool,
    tree,
};

const STREAM: &str = "-count_frames -select_streams v:0 -show_entries \
    stream=codec_name,pix_fmt,level,width,height,r_frame_rate,nb_read_frames,color_range,color_space,color_transfer,color_primaries";

fn ssim(one: &Path, other: &Path) -> f64 {
    let paths = [one, other].map(|path| path.to_str().unwrap());
    let graph = "[0:v][1:v]ssim=stats_file=-";
    let (said, _) =
        tool("ffmpeg", &["-v", "error", "-i", paths[0], "-i", paths[1], "-lavfi", graph, "-f", "null", "-"]);
    let said = String::from_utf8(said).unwrap();
    let all: Vec<f64> =
        said.lines().filter_map(|line| line.split("All:").nth(1)?.split_whitespace().next()?.parse().ok()).collect();
    assert!(!all.is_empty(), "{said}");
    all.iter().sum::<f64>() / all.len() as f64
}

#[test]
fn a_clip_by_rav1e_is_the_same_clip() {
    let folder = scratch();
    let of = |name: &str, more| render_range(&media("talk.mp4"), (20.0, 23.5), &more, &folder.path().join(name));
    let ours = of("rav1e", json!({"codec": "av1", "encoder": "rav1e"}));
    let plain = of("x264", json!({}));
    let [seen, wanted] = [&ours, &plain].map(|clip| ffprobe(clip, STREAM)["streams"][0].clone());
    assert_eq!((&seen["codec_name"], &seen["level"]), (&json!("av1"), &json!(0)), "level 2.0 is enough for 270x480");
    for name in ["pix_fmt", "width", "height", "r_frame_rate", "nb_read_frames", "color_range", "color_space"] {
        assert_eq!(seen[name], wanted[name], "{name}");
    }
    for name in ["color_transfer", "color_primaries"] {
        assert_eq!(seen[name], json!("bt709"), "{name}");
    }
    let alike = ssim(&ours, &plain);
    assert!(alike > 0.95, "SSIM {alike}");
    let check = check_upload(&ours, Preset::Master, &Control::new()).unwrap();
    assert!(check.findings.iter().all(|finding| finding.ok), "{:?}", check.findings);
    let written = Manifest::read(&ours.with_file_name("manifest.json")).unwrap();
    assert_eq!((written.clips[0].encoder.as_str(), written.render.encoder.as_deref()), ("rav1e", Some("rav1e")));
}

#[test]
fn an_encoder_is_one_of_its_codec_and_of_this_machine() {
    let folder = scratch();
    let out = folder.path().join("out");
    let refused = |more| {
        let error = failure(extract(&media("talk.mp4"), &out, &more), "an encoder");
        assert!(!out.exists());
        (error.code(), error.field_name().map(str::to_owned))
    };
    let field = Some("encoder".to_owned());
    for more in [
        json!({"encoder": "rav1e"}),
        json!({"encoder": "libx264", "codec": "av1"}),
        json!({"encoder": "rav1e", "codec": "av1", "hardware": true}),
        json!({"encoder": "wmv2"}),
    ] {
        assert_eq!(refused(more), (ErrorCode::ConfigInvalid, field.clone()));
    }
    let encoders = String::from_utf8(tool("ffmpeg", &["-v", "error", "-encoders"]).0).unwrap();
    if encoders.contains("libopenh264") {
        eprintln!("skipped: there is OpenH264");
    } else {
        assert_eq!(refused(json!({"encoder": "libopenh264"})), (ErrorCode::MediaNoEncoder, field));
    }
}

/// Patches of known colours must be those colours in a thumbnail.
#[test]
fn thumbnails_of_both_kinds_show_the_colours_of_the_clip() {
    let folder = scratch();
    let source = folder.path().join("patches.mp4");
    let patches = [[0xc8, 0x30, 0x30], [0x30, 0xb0, 0x40], [0x30, 0x40, 0xd0], [0xa0, 0xa0, 0xa0]];
    let inputs: String = patches
        .map(|[r, g, b]| format!("-f lavfi -i color=c=0x{r:02x}{g:02x}{b:02x}:s=320x180:r=25:d=4,format=gbrp "))
        .concat();
    let graph = "[0][1]hstack[t];[2][3]hstack[u];[t][u]vstack,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    let tags = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv";
    ffmpeg(&format!("{inputs} -filter_complex {graph} -c:v libx264 -crf 10 {tags}"), &source);
    for (format, name) in [("jpeg", "clip-01.jpg"), ("avif", "clip-01.avif")] {
        let out = folder.path().join(format);
        let look = json!({"width": 640, "height": 360, "layout": "fill", "thumbnails": format});
        let report = render(&manifest(&source, &[(0.0, 3.0)], &look), &out).unwrap();
        let still = &report.clips[0].thumbnail;
        assert_eq!(still, &out.join(name));
        let path = still.to_str().unwrap();
        let (pixels, _) = tool("ffmpeg", &["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
        assert_eq!(pixels.len(), 640 * 360 * 3);
        for (wanted, (x, y)) in patches.iter().zip([(160, 90), (480, 90), (160, 270), (480, 270)]) {
            let at = (y * 640 + x) * 3;
            let off = wanted.iter().zip(&pixels[at..at + 3]).map(|(a, b)| i32::abs(*a - i32::from(*b))).max();
            assert!(off <= Some(5), "{format}: {wanted:x?} is {:x?}", &pixels[at..at + 3]);
        }
        if format == "avif" {
            let seen = ffprobe(still, STREAM)["streams"][0].clone();
            for (name, value) in [("codec_name", "av1"), ("color_space", "bt709"), ("color_range", "tv")] {
                assert_eq!(seen[name], json!(value), "{name}");
            }
        }
    }
}

#[test]
fn thumbnails_change_their_kind_in_place_and_stay_on_the_sheet() {
    let folder = scratch();
    let out = folder.path();
    let stretches = [(20.0, 23.5), (30.0, 33.0)];
    render(&manifest(&media("talk.mp4"), &stretches, &json!({"thumbnails": "avif"})), &out.join("clips")).unwrap();
    let out = out.join("clips");
    let names = |kind: &str| {
        let clips = ["clip-01", "clip-02"].map(|clip| [format!("{clip}.{kind}"), format!("{clip}.mp4")]);
        let rest = ["contact-sheet.jpg", "manifest.json"].map(str::to_owned);
        clips.into_iter().flatten().chain(rest).collect()
    };
    assert_eq!(tree(&out), names("avif"));
    let sheet = |name: &str| {
        let kept = folder.path().join(name);
        std::fs::copy(out.join("contact-sheet.jpg"), &kept).unwrap();
        kept
    };
    let first = sheet("first.jpg");
    // Nothing changed, nothing is rendered.
    let report = Render::file(out.join("manifest.json")).run(&Control::new()).unwrap();
    assert_eq!(report.notes.iter().filter(|note| note.contains("unchanged")).count(), 2, "{:?}", report.notes);
    // One clip anew: the other one's picture is read back for the sheet.
    std::fs::remove_file(out.join("contact-sheet.jpg")).unwrap();
    Render::file(out.join("manifest.json")).only([1]).force(true).run(&Control::new()).unwrap();
    let alike = ssim(&sheet("second.jpg"), &first);
    assert!(alike > 0.95, "SSIM {alike}");
    let changes = RenderChanges { thumbnails: Some(ThumbnailFormat::Jpeg), ..Default::default() };
    Render::file(out.join("manifest.json")).changes(changes).run(&Control::new()).unwrap();
    assert_eq!(tree(&out), names("jpg"));
}

#[test]
fn an_avif_is_as_good_as_the_jpeg_and_smaller() {
    let folder = scratch();
    let of = |format: &str| {
        let look = json!({"width": 1080, "height": 1920, "layout": "fill", "thumbnails": format});
        let report =
            render(&manifest(&media("talk.mp4"), &[(20.0, 22.0)], &look), &folder.path().join(format)).unwrap();
        report.clips[0].thumbnail.clone()
    };
    let (jpeg, avif) = (of("jpeg"), of("avif"));
    let bytes = |path: &Path| std::fs::metadata(path).unwrap().len();
    assert!(bytes(&avif) < bytes(&jpeg), "{} and {} bytes", bytes(&avif), bytes(&jpeg));
    let rgb = [&jpeg, &avif].map(|still| {
        let png = still.with_extension("png");
        ffmpeg(&format!("-i {} -pix_fmt gbrp -c:v png", still.display()), &png);
        png
    });
    let alike = ssim(&rgb[0], &rgb[1]);
    assert!(alike > 0.97, "SSIM {alike}");
}

#[test]
fn the_command_line_asks_for_both() {
    let folder = scratch();
    let out = folder.path().join("out");
    let mut command = opusclip();
    command.args(["extract", "--quiet", "-n", "1", "--min", "3", "--max", "4", "--size", "216x384", "--no-cache"]);
    command.args(["--codec", "av1", "--encoder", "rav1e", "--thumbnails", "avif", "--speed", "ultrafast", "--out"]);
    command.arg(&out).arg(media("talk.mp4"));
    let output = finish(command, std::time::Duration::from_secs(60));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = ffprobe(&out.join("clip-01.mp4"), STREAM)["streams"][0].clone();
    assert_eq!(seen["codec_name"], json!("av1"));
    assert!(number(&seen["nb_read_frames"]) >= 70.0);
    assert!(out.join("clip-01.avif").is_file() && !out.join("clip-01.jpg").exists());
}
