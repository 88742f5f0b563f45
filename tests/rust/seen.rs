//! What an analysis says of pictures whose content is known: black, frozen, bars, cuts at every level, odd streams.

use std::path::{Path, PathBuf};

use opusclip_core::Control;
use opusclip_core::clip::analysis::{Analysis, BoundaryKind, FindingKind};
use opusclip_core::clip::{AnalyzeOptions, Level, Limits, analyze_with};
use opusclip_core::time::Span;

use super::support::{ffmpeg, media, scratch};

const LEVELS: [Level; 3] = [Level::Index, Level::Lazy, Level::Exact];

fn at(path: &Path, level: Level) -> Analysis {
    let options = AnalyzeOptions { level, cache: false, ..AnalyzeOptions::default() };
    analyze_with(path, &options, Limits::default(), &Control::new())
        .unwrap_or_else(|e| panic!("{} at {level:?}: {e}", path.display()))
}

/// Encode filter sources, one after the other where they are several, and analyse what comes out.
struct Made {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn made(name: &str, sources: &[&str], encode: &str) -> Made {
    let folder = scratch();
    let path = folder.path().join(name);
    let inputs: String = sources.iter().map(|source| format!("-f lavfi -i {source} ")).collect();
    let joined = format!("-filter_complex concat=n={}:v=1:a=0", sources.len());
    ffmpeg(&format!("{inputs}{joined} -pix_fmt yuv420p {encode}"), &path);
    Made { _folder: folder, path }
}

const X264: &str = "-c:v libx264 -preset veryfast -crf 20";

fn near(found: &[Span], expected: &[(f64, f64)], within: f64) -> bool {
    found.len() == expected.len()
        && found.iter().zip(expected).all(|(f, e)| (f.start - e.0).abs() <= within && (f.end - e.1).abs() <= within)
}

#[test]
fn black_stretches_have_their_exact_frames() {
    let looks = [
        "testsrc2=s=320x180:r=25:d=3",
        "color=black:s=320x180:r=25:d=1.2",
        "mandelbrot=s=320x180:r=25,trim=duration=3",
    ];
    let video = made("black.mp4", &looks, X264);
    for level in [Level::Lazy, Level::Exact] {
        let found = at(&video.path, level).black;
        assert!(near(&found, &[(3.0, 4.2)], 1e-3), "{level:?}: {found:?}");
    }
    let bright = made("bright.mp4", &["testsrc2=s=320x180:r=25:d=3"], X264);
    assert!(LEVELS.iter().all(|level| at(&bright.path, *level).black.is_empty()));
}

#[test]
fn frozen_stretches_are_told_and_slow_motion_is_none() {
    let looks = ["testsrc2=s=640x360:r=25:d=3,tpad=stop_mode=clone:stop_duration=4"];
    let video = made("frozen.mp4", &looks, &format!("{X264} -g 50"));
    // An encoder goes on to refine a still picture for a while, which packets alone do not tell from motion.
    for (level, within) in [(Level::Index, 1.1), (Level::Lazy, 1.1), (Level::Exact, 0.1)] {
        let found = at(&video.path, level).frozen;
        assert!(near(&found, &[(3.0, 7.0)], within), "{level:?}: {found:?}");
    }
    let slow = "mandelbrot=s=640x360:r=25:end_scale=0.5:end_pts=250,trim=duration=6";
    let moving = made("slow.mp4", &[slow], X264);
    for level in LEVELS {
        assert_eq!(at(&moving.path, level).frozen, [], "{level:?}");
    }
}

#[test]
fn black_bars_are_measured_as_the_picture_is_shown() {
    let letterbox = "testsrc2=s=640x272:r=25:d=4,pad=640:360:0:44";
    let video = made("letterbox.mp4", &[letterbox], X264);
    for level in LEVELS {
        let found = at(&video.path, level).borders;
        assert_eq!(found.len(), 1, "{level:?}: {found:?}");
        let border = found[0];
        assert_eq!((border.left, border.right), (0, 0), "{level:?}");
        assert!(border.top.abs_diff(44) <= 1 && border.bottom.abs_diff(44) <= 1, "{level:?}: {border:?}");
        assert_eq!((border.start, border.end), (0.0, 4.0));
    }
    let pillars = made("pillars.mp4", &["testsrc2=s=360x360:r=25:d=3,pad=640:360:140:0"], X264);
    let found = at(&pillars.path, Level::Lazy).borders;
    assert!(found.len() == 1 && found[0].left.abs_diff(140) <= 1 && found[0].right.abs_diff(140) <= 1, "{found:?}");
    let turned = pillars.path.with_file_name("turned.mp4");
    ffmpeg(&format!("-i {} -c copy -metadata:s:v:0 rotate=90", pillars.path.display()), &turned);
    let found = at(&turned, Level::Lazy).borders;
    assert!(found.len() == 1 && found[0].top.abs_diff(140) <= 1 && found[0].left == 0, "{found:?}");
}

#[test]
fn motion_tells_a_still_from_a_busy_picture() {
    let looks = ["color=0x336699:s=320x180:r=25:d=4", "life=s=320x180:r=25:mold=3:ratio=0.3:seed=4,trim=duration=4"];
    let video = made("motion.mp4", &looks, X264);
    for level in LEVELS {
        let motion = at(&video.path, level).motion.unwrap();
        let mean = |from: f64, to: f64| {
            let place = |time: f64| ((time - motion.start) / motion.step) as usize;
            let values = &motion.values[place(from)..place(to)];
            values.iter().sum::<f32>() / values.len() as f32
        };
        assert!(mean(0.5, 3.5) < 0.1 && mean(4.5, 7.5) > 0.3, "{level:?}: {:?}", motion.values);
    }
}

/// Wherever keyframes lie, the exact level finds the same cuts, and so does the lazy one.
#[test]
fn cuts_are_found_however_keyframes_lie() {
    let looks = [
        "testsrc2=s=320x180:r=25:d=3",
        "mandelbrot=s=320x180:r=25,trim=duration=2.52",
        "smptebars=s=320x180:r=25:d=2.2",
    ];
    let fixed = "-sc_threshold 0";
    let codings = [
        ("placed.mp4", format!("{X264} -g 250")),
        ("fixed.mp4", format!("{X264} -g 30 {fixed}")),
        ("one.mp4", format!("{X264} -g 600 -keyint_min 600 {fixed}")),
        ("open.mkv", format!("{X264} -g 30 -x264-params open-gop=1:scenecut=0")),
        ("intra.mov", "-c:v mjpeg -q:v 5".to_owned()),
        ("hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=40".to_owned()),
        ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 600k".to_owned()),
        ("mpeg.ts", format!("{X264} -g 40 {fixed}")),
    ];
    for (name, encode) in codings {
        let video = made(name, &looks, &encode);
        for level in [Level::Lazy, Level::Exact] {
            let found = at(&video.path, level);
            let cuts: Vec<f64> = found.boundaries.iter().map(|boundary| boundary.start).collect();
            let close = cuts.len() == 2 && (cuts[0] - 3.0).abs() < 0.011 && (cuts[1] - 5.52).abs() < 0.011;
            assert!(close, "{name} at {level:?}: {:?}", found.boundaries);
            assert!(found.boundaries.iter().all(|boundary| boundary.kind == BoundaryKind::Cut), "{name}");
        }
    }
}

#[test]
fn times_are_the_sources_own_where_the_rate_varies() {
    // 25 frames a second, of which the second scene keeps every third only.
    let thinned = "select=lt(n\\,75)+not(mod(n\\,3))";
    let folder = scratch();
    let path = folder.path().join("varies.mkv");
    let scenes = "-f lavfi -i testsrc2=s=320x180:r=25:d=3 -f lavfi -i smptebars=s=320x180:r=25:d=3";
    ffmpeg(
        &format!("{scenes} -filter_complex concat=n=2,{thinned} -fps_mode passthrough -pix_fmt yuv420p {X264}"),
        &path,
    );
    for level in [Level::Lazy, Level::Exact] {
        let found = at(&path, level).boundaries;
        assert!(found.len() == 1 && (found[0].start - 3.0).abs() < 2e-3, "{level:?}: {found:?}");
    }
}

fn findings(analysis: &Analysis) -> Vec<(FindingKind, u64, Option<f64>)> {
    analysis.damage.findings.iter().map(|f| (f.kind, f.count, f.times.first().copied())).collect()
}

#[test]
fn sound_and_picture_of_unequal_length_are_told() {
    let folder = scratch();
    let picture = "-f lavfi -i testsrc2=s=320x180:r=25:d=3 -f lavfi -i sine=d=8";
    let sound = "-f lavfi -i testsrc2=s=320x180:r=25:d=8 -f lavfi -i sine=d=3";
    for (inputs, kind) in [(picture, FindingKind::SoundLonger), (sound, FindingKind::PictureLonger)] {
        let path = folder.path().join(format!("{kind:?}.mp4"));
        ffmpeg(&format!("{inputs} -c:v libx264 -preset veryfast -c:a aac"), &path);
        let found = at(&path, Level::Lazy);
        assert!((found.duration - 8.0).abs() < 0.1, "{kind:?}: {}", found.duration);
        let told = findings(&found);
        assert!(told.len() == 1 && told[0].0 == kind && (told[0].2.unwrap() - 3.0).abs() < 0.1, "{told:?}");
    }
}

fn stream(folder: &Path, name: &str, look: &str) -> Vec<u8> {
    let path = folder.join(name);
    ffmpeg(&format!("-f lavfi -i {look} -c:v libx264 -preset veryfast -g 25 -bf 0"), &path);
    std::fs::read(path).unwrap()
}

/// Two transport streams put end to end, as recorders do: times begin anew, and the picture has another size.
#[test]
fn a_stream_that_begins_anew_is_reported() {
    let folder = scratch();
    let first = stream(folder.path(), "a.ts", "testsrc2=s=320x180:r=25:d=4");
    let second = stream(folder.path(), "b.ts", "smptebars=s=640x360:r=25:d=3");
    let path = folder.path().join("joined.ts");
    std::fs::write(&path, [first, second].concat()).unwrap();
    for level in [Level::Lazy, Level::Exact] {
        let found = at(&path, level);
        let kinds: Vec<_> = findings(&found).into_iter().map(|(kind, ..)| kind).collect();
        assert!(kinds.contains(&FindingKind::TimeJumpsBack), "{level:?}: {:?}", found.damage);
        assert!(kinds.contains(&FindingKind::SizeChange), "{level:?}: {:?}", found.damage);
    }
}

#[test]
fn a_stream_that_begins_in_the_middle_of_a_group_is_reported() {
    let folder = scratch();
    let bytes = stream(folder.path(), "whole.ts", "testsrc2=s=320x180:r=25:d=6");
    let path = folder.path().join("tail.ts");
    // Packets of 188 bytes; the tables that say what is in the stream come again and again.
    let from = bytes.len() / 188 / 10 * 188;
    std::fs::write(&path, &bytes[from..]).unwrap();
    let found = at(&path, Level::Exact);
    assert!(findings(&found).iter().any(|(kind, ..)| *kind == FindingKind::MissingKeyframe), "{:?}", found.damage);
    assert!(found.duration > 3.0, "{}", found.duration);
}

#[test]
fn a_gap_in_the_times_is_reported_where_it_lies() {
    let folder = scratch();
    let path = folder.path().join("gap.mkv");
    let gap = "setpts=PTS+gte(T\\,3)*5/TB";
    ffmpeg(&format!("-f lavfi -i testsrc2=s=320x180:r=25:d=6,{gap} -fps_mode passthrough {X264} -bf 0"), &path);
    let found = at(&path, Level::Lazy);
    let told = findings(&found);
    assert!(
        told.iter()
            .any(|(kind, count, time)| *kind == FindingKind::TimeJumpsAhead && *count == 1 && *time == Some(8.0)),
        "{told:?}"
    );
}

#[test]
fn a_sound_file_has_sound_and_nothing_else() {
    let found = at(&media("audio_only.m4a"), Level::Lazy);
    assert!(found.loudness.is_some() && found.motion.is_none());
    assert_eq!((found.shots.len(), found.boundaries.len(), found.borders.len()), (0, 0, 0));
}
