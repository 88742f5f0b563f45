//! Manifests that are not as they should be.

use std::path::Path;
use std::time::Duration;

use opusclip_core::clip::Manifest;
use opusclip_core::{Error, ErrorCode};
use serde_json::{Value, json};

use super::support::{failure, finish, manifest, media, opusclip, render, scratch, tree};

fn sound() -> Value {
    manifest(&media("h264_aac.mp4"), &[(0.0, 3.0), (1.0, 4.0)], &json!({}))
}

fn read(folder: &Path, text: &str) -> Error {
    let path = folder.join("manifest.json");
    std::fs::write(&path, text).unwrap();
    let error = failure(Manifest::read(&path), text);
    assert_eq!(error.file_path(), Some(path.as_path()), "{error}");
    error
}

#[test]
fn what_is_no_manifest() {
    let folder = scratch();
    let missing = failure(Manifest::read(&folder.path().join("missing.json")), "missing");
    assert_eq!(missing.code(), ErrorCode::ManifestInvalid);
    assert_eq!(failure(Manifest::read(folder.path()), "a folder").code(), ErrorCode::ManifestInvalid);
    for text in ["", "hello", "[]", "{}", "null", "\u{0}"] {
        assert_eq!(read(folder.path(), text).code(), ErrorCode::ManifestInvalid, "{text:?}");
    }
    std::fs::write(folder.path().join("binary.json"), [0xff, 0xfe, 0x00]).unwrap();
    let binary = failure(Manifest::read(&folder.path().join("binary.json")), "bytes");
    assert_eq!(binary.code(), ErrorCode::ManifestInvalid);
}

#[test]
fn a_syntax_error_has_its_line_and_a_wrong_type_its_field() {
    let folder = scratch();
    let text = serde_json::to_string_pretty(&sound()).unwrap();
    let broken = text.replacen("\"generator\": \"test\",", "\"generator\": \"test\"", 1);
    assert_ne!(text, broken);
    let line = text.lines().position(|l| l.contains("\"source\"")).unwrap() as u64 + 1;
    let error = read(folder.path(), &broken);
    assert_eq!((error.code(), error.line_number()), (ErrorCode::ManifestInvalid, Some(line)));

    let mut wrong = sound();
    wrong["clips"][1]["ranges"][0]["end"] = json!("late");
    let text = serde_json::to_string_pretty(&wrong).unwrap();
    let line = text.lines().position(|l| l.contains("late")).unwrap() as u64 + 1;
    let error = read(folder.path(), &text);
    assert_eq!(error.code(), ErrorCode::ManifestInvalid);
    assert_eq!((error.field_name(), error.line_number()), (Some("clips[1].ranges[0].end"), Some(line)));
}

/// An edit that must be refused, by this field.
fn refused(edit: impl FnOnce(&mut Value), field: &str) {
    let folder = scratch();
    let mut wrong = sound();
    edit(&mut wrong);
    let out = folder.path().join("out");
    let error = failure(render(&wrong, &out), field);
    let told = (error.code().as_str(), error.field_name());
    assert_eq!(told, ("manifest.invalid", Some(field)), "{error}");
    assert!(!out.exists(), "{field}: left {:?}", tree(&out));
    let from_file = read(folder.path(), &serde_json::to_string(&wrong).unwrap());
    assert_eq!((from_file.code().as_str(), from_file.field_name()), ("manifest.invalid", Some(field)), "{from_file}");
}

#[test]
fn another_version() {
    refused(|m| m["version"] = json!(2), "version");
    refused(|m| m["version"] = json!(0), "version");
}

#[test]
fn impossible_ranges() {
    for ranges in [
        json!([]),
        json!([{"start": 3.0, "end": 1.0}]),
        json!([{"start": 1.0, "end": 1.0}]),
        json!([{"start": -1.0, "end": 1.0}]),
        json!([{"start": 0.0, "end": 1.0}, {"start": 2.0, "end": 1.5}]),
    ] {
        refused(|m| m["clips"][1]["ranges"] = ranges, "clips[1].ranges");
    }
}

#[test]
fn paths_out_of_the_folder() {
    for name in ["../x.mp4", "/tmp/x.mp4", "", ".", "..", "a/../../x.mp4"] {
        refused(|m| m["clips"][0]["video"] = json!(name), "clips[0].video");
        refused(|m| m["clips"][1]["thumbnail"] = json!(name), "clips[1].thumbnail");
    }
}

#[test]
fn two_clips_of_one_number_would_be_one_file() {
    refused(|m| m["clips"][1]["index"] = json!(1), "clips[1].index");
}

#[test]
fn unknown_names_are_refused_and_not_passed_over() {
    let folder = scratch();
    for edit in [
        |m: &mut Value| m["clips"][0]["strat"] = json!(1),
        |m: &mut Value| m["surce"] = json!({}),
        |m: &mut Value| m["render"]["widht"] = json!(720),
    ] {
        let mut wrong = sound();
        edit(&mut wrong);
        let error = read(folder.path(), &wrong.to_string());
        assert!(["manifest.invalid", "config.invalid"].contains(&error.code().as_str()), "{error}");
    }
}

#[test]
fn impossible_render_options() {
    let folder = scratch();
    let mut wrong = sound();
    wrong["render"]["width"] = json!(271);
    let error = read(folder.path(), &wrong.to_string());
    assert_eq!(error.code(), ErrorCode::ConfigOutOfRange);
    assert!(error.field_name().is_some_and(|f| f.ends_with("width")), "{error}");
}

#[test]
fn impossible_framings() {
    for crop in [
        json!({"x": 0.5, "y": 0, "width": 0.9, "height": 1}),
        json!({"x": -0.1, "y": 0, "width": 0.5, "height": 1}),
        json!({"x": 0, "y": 0, "width": 0, "height": 1}),
        json!({"x": 0, "y": 0, "width": 1e300, "height": 1}),
    ] {
        let framing = json!({"layout": "fill", "crop": crop, "reason": ""});
        refused(|m| m["clips"][0]["framing"] = framing, "clips[0].framing.crop");
    }
}

/// What the command makes of a manifest that types and rules allow, but the source does not.
fn beyond(ranges: Value) {
    let folder = scratch();
    let mut wrong = sound();
    wrong["clips"][0]["ranges"] = ranges;
    let path = folder.path().join("manifest.json");
    std::fs::write(&path, wrong.to_string()).unwrap();
    let mut command = opusclip();
    command.arg("render").arg(&path).args(["--only", "1", "--json", "--out"]).arg(folder.path().join("out"));
    let output = finish(command, Duration::from_secs(20));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{:?} {said}", output.status);
    let error: Value = serde_json::from_str(said.trim()).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert_eq!(error["error"]["code"], "manifest.invalid", "{said}");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn ranges_behind_the_end_of_the_source() {
    beyond(json!([{"start": 100.0, "end": 110.0}]));
}

#[test]
fn ranges_longer_than_memory() {
    beyond(json!([{"start": 0.0, "end": 1e12}]));
}

#[test]
fn a_source_that_has_gone() {
    let folder = scratch();
    let mut wrong = sound();
    wrong["source"]["path"] = json!("/nowhere/talk.mp4");
    let out = folder.path().join("out");
    let error = failure(render(&wrong, &out), "a source that has gone");
    assert_eq!((error.code(), error.file_path()), (ErrorCode::MediaNotFound, Some(Path::new("/nowhere/talk.mp4"))));
    assert!(!out.exists());
}
