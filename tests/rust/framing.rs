//! What a clip shows of its source: a camera that follows, layouts, detectors of one's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use opusclip_core::clip::{Extract, Picture, Report, Subject, SubjectHook, SubjectKind};
use opusclip_core::{Control, ErrorCode, Result};
use serde_json::{Value, json};

use super::picture::frame;
use super::support::{extract, failure, fast, ffmpeg, manifest, options, render, scratch};

/// A wide scene in which red boxes move over a gradient; each is given by its left edge, an expression of the time.
fn boxes(lefts: &[&str], seconds: u32, out: &Path) {
    let mut graph = format!("gradients=s=960x540:r=30:d={seconds}:c0=0x203040:c1=0x506070:speed=0.01");
    let mut sources = String::new();
    for (number, left) in lefts.iter().enumerate() {
        sources.push_str(&format!("color=0xe01010:s=90x140:r=30:d={seconds}[box{number}];"));
        graph.push_str(&format!("[under{number}];[under{number}][box{number}]overlay=x='{left}':y=180:eval=frame"));
    }
    let graph = format!("{sources}{graph},format=yuv420p[v]");
    let sound = format!("sine=f=300:d={seconds}");
    ffmpeg(
        &format!(
            "-filter_complex {} -f lavfi -i {sound} -map [v] -map 0:a -c:v libx264 -preset ultrafast -crf 16 -c:a aac",
            graph.replace(' ', "")
        ),
        out,
    );
}

fn is_red(pixel: &[u8]) -> bool {
    matches!(pixel, [r, g, b] if *r > 150 && *g < 90 && *b < 90)
}

/// A detector that finds red boxes by their columns.
fn red_boxes() -> SubjectHook {
    Arc::new(|picture: Picture| {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let red =
            |column: usize| (0..height).filter(|row| is_red(&picture.rgb[(row * width + column) * 3..][..3])).count();
        let mut found = Vec::new();
        let mut from = None;
        for column in 0..=width {
            let inside = column < width && red(column) > height / 10;
            match (inside, from) {
                (true, None) => from = Some(column),
                (false, Some(first)) => {
                    let share = |pixels: usize| pixels as f64 / width as f64;
                    let (x, width) = (share(first), share(column - first));
                    found.push(Subject { x, y: 0.33, width, height: 0.26, score: 1.0, kind: SubjectKind::Object });
                    from = None;
                }
                _ => {}
            }
        }
        Ok(found)
    })
}

fn followed(video: &Path, out: &Path, more: &Value) -> Result<Report> {
    let mut all = json!({"min_duration": 8, "max_duration": 10, "follow": true});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Extract::from(video).options(options(&fast(&all))?).subjects(red_boxes()).run(out, &Control::new())
}

/// Share of a frame of a clip of 270x480 that is red.
fn red_share(clip: &Path, time: f64) -> f64 {
    let pixels = frame(clip, time, "", "rgb24");
    pixels.chunks_exact(3).filter(|pixel| is_red(pixel)).count() as f64 / (pixels.len() / 3) as f64
}

/// What a whole box takes of a vertical clip: the crop is as high as the source.
const WHOLE: f64 = 90.0 * 140.0 / (540.0 * 540.0 * 9.0 / 16.0);

fn clip(report: &Report) -> &opusclip_core::clip::Clip {
    &report.clips[0]
}

fn scene(lefts: &[&str], folder: &Path) -> PathBuf {
    let video = folder.join("scene.mp4");
    boxes(lefts, 10, &video);
    video
}

#[test]
fn the_camera_follows_who_walks() {
    let folder = scratch();
    let video = scene(&["60+max(0\\,min(1\\,(t-2)/5))*740"], folder.path());
    let report = followed(&video, &folder.path().join("out"), &json!({})).unwrap();
    let clip = clip(&report);
    assert!(clip.framing.reason.contains("follows the subject"), "{:?}", clip.framing);
    for second in 0..clip.duration as u32 {
        let share = red_share(&clip.video, f64::from(second) + 0.5);
        assert!((share / WHOLE - 1.0).abs() < 0.08, "at {second}.5 s {share} of the frame is red, not {WHOLE}");
    }
}

#[test]
fn the_camera_stands_still_for_who_only_sways() {
    let folder = scratch();
    let video = scene(&["600+25*sin(2*t)"], folder.path());
    let report = followed(&video, &folder.path().join("out"), &json!({})).unwrap();
    let shots = &clip(&report).framing.shots;
    assert!(shots.iter().all(|shot| shot.views.len() == 1 && shot.views[0].path.is_empty()), "{shots:?}");
    assert!((red_share(&clip(&report).video, 4.0) / WHOLE - 1.0).abs() < 0.08);
}

#[test]
fn two_far_apart_get_a_half_each_and_either_is_seen_when_asked_for() {
    let folder = scratch();
    let video = scene(&["80+10*sin(t)", "780+10*sin(2*t)"], folder.path());
    let report = followed(&video, &folder.path().join("split"), &json!({})).unwrap();
    let framing = &clip(&report).framing;
    assert_eq!((framing.layout, framing.shots[0].views.len()), (opusclip_core::clip::Layout::Split, 2));
    let pixels = frame(&clip(&report).video, 5.0, "", "rgb24");
    let (upper, lower) = pixels.split_at(pixels.len() / 2);
    for half in [upper, lower] {
        let red = half.chunks_exact(3).filter(|pixel| is_red(pixel)).count();
        assert!(red > 270 * 240 / 40, "{red} pixels of a half are red");
    }
    let fit = followed(&video, &folder.path().join("fit"), &json!({"layout": "fit", "background": "plain"})).unwrap();
    assert_eq!(clip(&fit).framing.reason, "asked for");
    let pixels = frame(&clip(&fit).video, 5.0, "crop=270:100:0:0", "gray");
    assert!(pixels.iter().all(|pixel| *pixel < 20), "above a picture that is shown whole there is black");
}

/// A screen full of writing that stands, with a small moving picture of a "speaker" (a red box) in its corner.
fn screencast(out: &Path) {
    let line = |row: u32| {
        format!(
            "drawtext=text='The quick brown fox jumps over the lazy dog {row}':x=40:y={}:fontsize=26:fontcolor=black",
            40 + row * 42
        )
    };
    let lines: Vec<String> = (0..11).map(line).collect();
    let graph = format!(
        "color=0xf4f4f0:s=960x540:r=30:d=10,{}[screen];\
         gradients=s=200x150:r=30:d=10:c0=0x203040:c1=0x90a0b0:speed=0.2[room];color=0xe01010:s=40x60:r=30:d=10[face];\
         [room][face]overlay=x='80+12*sin(3*t)':y=45:eval=frame[speaker];\
         [screen][speaker]overlay=x=740:y=370,format=yuv420p[v]",
        lines.join(",")
    );
    let output = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-filter_complex", &graph, "-f", "lavfi", "-i", "sine=f=300:d=10"])
        .args(["-map", "[v]", "-map", "0:a", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "16", "-c:a", "aac"])
        .arg(out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_speaker_in_the_corner_of_a_screen_is_shown_large_below_it() {
    let folder = scratch();
    let video = folder.path().join("screencast.mp4");
    screencast(&video);
    let face: SubjectHook = Arc::new(|picture: Picture| {
        let found = red_boxes()(picture)?;
        let face =
            |subject: Subject| Subject { y: 415.0 / 540.0, height: 60.0 / 540.0, kind: SubjectKind::Face, ..subject };
        Ok(found.into_iter().map(face).collect())
    });
    let wanted = options(&fast(&json!({"min_duration": 8, "max_duration": 10, "follow": true}))).unwrap();
    let out = folder.path().join("out");
    let report = Extract::from(&video).options(wanted).subjects(face).run(&out, &Control::new()).unwrap();
    let framing = &clip(&report).framing;
    assert_eq!(framing.layout, opusclip_core::clip::Layout::Screen, "{framing:?}");
    assert!(framing.reason.contains("screen with a small picture of the speaker"), "{}", framing.reason);
    let pixels = frame(&clip(&report).video, 4.0, "", "rgb24");
    let red = |rows: &[u8]| rows.chunks_exact(3).filter(|pixel| is_red(pixel)).count();
    // A screen of 16:9 is shown whole above: 152 of 480 rows. There the box has 40x60 of 960 pixels' width, below far more.
    let (above, below) = pixels.split_at(270 * 152 * 3);
    let small = 40.0 * 60.0 * (270.0f64 / 960.0).powi(2);
    assert!((red(above) as f64 / small - 1.0).abs() < 0.3, "{} red pixels above, not {small}", red(above));
    assert!(red(below) > red(above) * 6, "{} red pixels below, {} above", red(below), red(above));
}

#[test]
fn shots_of_a_manifest_can_be_framed_by_hand() {
    let folder = scratch();
    let video = scene(&["700"], folder.path());
    let shot = |views: Value, layout: &str| {
        let mut wanted = manifest(&video, &[(1.0, 5.0)], &json!({"captions": false}));
        wanted["clips"][0]["framing"]["layout"] = json!("fill");
        wanted["clips"][0]["framing"]["shots"] =
            json!([{"start": 0, "end": 10, "layout": layout, "views": views, "reason": "by hand"}]);
        wanted
    };
    let crop = json!({"x": 0.65, "y": 0, "width": 0.3164, "height": 1});
    let pans = json!([{"crop": crop, "path": [{"time": 2.0, "x": 0.65, "y": 0}, {"time": 4.0, "x": 0.1, "y": 0}]}]);
    let report = render(&shot(pans, "fill"), &folder.path().join("pan")).unwrap();
    let video_file = &report.clips[0].video;
    assert!((red_share(video_file, 0.5) / WHOLE - 1.0).abs() < 0.08, "it begins where the box is");
    assert!(red_share(video_file, 3.5) < 0.001, "it ends where it is not");

    for (views, layout, field) in [
        (json!([]), "split", "clips[0].framing.shots[0].views"),
        (json!([]), "auto", "clips[0].framing.shots[0].layout"),
        (
            json!([{"crop": {"x": 0.9, "y": 0, "width": 0.3, "height": 1}}]),
            "fill",
            "clips[0].framing.shots[0].views[0].crop",
        ),
        (
            json!([{"crop": crop, "path": [{"time": 1, "x": 0.9, "y": 0}]}]),
            "fill",
            "clips[0].framing.shots[0].views[0].path[0]",
        ),
    ] {
        let error = failure(render(&shot(views, layout), &folder.path().join("bad")), layout);
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ManifestInvalid, Some(field)));
    }
}

#[test]
fn a_detector_that_fails_or_talks_nonsense_fails_the_job_by_name() {
    let folder = scratch();
    let video = scene(&["300"], folder.path());
    let outside: SubjectHook = Arc::new(|_| {
        Ok(vec![Subject { x: 300.0, y: 200.0, width: 90.0, height: 140.0, score: 1.0, kind: SubjectKind::Face }])
    });
    let job = |hook: SubjectHook| {
        let extract = Extract::from(&video).options(options(&fast(&json!({"follow": true}))).unwrap()).subjects(hook);
        failure(extract.run(folder.path().join("out"), &Control::new()), "a bad detector")
    };
    let error = job(outside);
    assert_eq!((error.code(), error.field_name()), (ErrorCode::CallbackInvalid, Some("subjects.[0]")));
    let panics: SubjectHook = Arc::new(|_| panic!("no such model"));
    assert_eq!(job(panics).code(), ErrorCode::CallbackFailed);
    assert!(!folder.path().join("out").exists(), "nothing is left behind");
}

#[test]
fn a_model_that_is_none_is_refused_before_any_work() {
    let folder = scratch();
    let video = scene(&["300"], folder.path());
    let model = folder.path().join("face.onnx");
    std::fs::write(&model, "no model").unwrap();
    let error =
        failure(extract(&video, &folder.path().join("out"), &json!({"face_model": model, "follow": true})), "no model");
    let code = if cfg!(feature = "onnx") { ErrorCode::ModelUnreadable } else { ErrorCode::ConfigInvalid };
    assert_eq!((error.code(), error.field_name()), (code, Some("face_model")));
}

#[cfg(feature = "onnx")]
#[test]
fn faces_are_found_by_a_model_of_the_users() {
    let models = super::support::root().join("../shared/samples/models");
    let (Some(video), true) = (super::support::sample("pf-single_face.mp4"), models.is_dir()) else {
        eprintln!("skipped: there is no model in {}", models.display());
        return;
    };
    for model in ["yunet_n_320_320.onnx", "yunet_n_dynamic.onnx"] {
        let folder = scratch();
        let more = json!({"min_duration": 1, "max_duration": 2.4, "follow": true, "face_model": models.join(model), "width": 480, "height": 480});
        let report = extract(&video, &folder.path().join("out"), &more).unwrap();
        let faces = &clip(&report).framing.shots[0].faces;
        assert_eq!(faces.len(), 1, "{model}: {:?}", clip(&report).framing);
        let (x, y) = (faces[0].x + faces[0].width / 2.0, faces[0].y + faces[0].height / 2.0);
        assert!(
            (x - 0.5).abs() < 0.15 && (y - 0.45).abs() < 0.2,
            "{model}: the face is in the middle, not at {x}, {y}"
        );
    }
}

#[test]
fn faces_count_for_the_choice() {
    let folder = scratch();
    // Somebody is seen from the ninth second on.
    let video = folder.path().join("scene.mp4");
    boxes(&["if(lt(t\\,9)\\,-200\\,400)"], 18, &video);
    let faces: SubjectHook = Arc::new(|picture: Picture| {
        let found = red_boxes()(picture)?;
        Ok(found.into_iter().map(|subject| Subject { kind: SubjectKind::Face, ..subject }).collect())
    });
    let wanted = fast(&json!({"follow": true, "count": 2, "min_duration": 6, "max_duration": 8}));
    let job = Extract::from(&video).options(options(&wanted).unwrap()).subjects(faces);
    let clips = job.select(&Control::new()).unwrap().clips;
    let told = |clip: &opusclip_core::clip::ClipPlan| {
        clip.features.iter().find(|feature| feature.name == "faces").map(|feature| feature.value)
    };
    assert_eq!(clips.len(), 2);
    assert!(told(&clips[0]).unwrap() < 0.3 && told(&clips[1]).unwrap() > 0.7, "{clips:?}");
    let nobody = Extract::from(&video)
        .options(options(&wanted).unwrap())
        .subjects(Some(Arc::new(|_| Ok(Vec::new())) as SubjectHook));
    let clips = nobody.select(&Control::new()).unwrap().clips;
    assert!(clips.iter().all(|clip| told(clip).is_none()), "a source without faces is no worse for it");
}
