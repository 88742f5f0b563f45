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

/// An edit that must be refused, by this field and in the line that holds this text.
fn refused_in(edit: impl FnOnce(&mut Value), field: &str, line: &str) {
    let folder = scratch();
    let mut wrong = sound();
    edit(&mut wrong);
    let out = folder.path().join("out");
    let error = failure(render(&wrong, &out), field);
    let told = (error.code().as_str(), error.field_name());
    assert_eq!(told, ("manifest.invalid", Some(field)), "{error}");
    assert!(!out.exists(), "{field}: left {:?}", tree(&out));
    let text = serde_json::to_string_pretty(&wrong).unwrap();
    let from_file = read(folder.path(), &text);
    assert_eq!((from_file.code().as_str(), from_file.field_name()), ("manifest.invalid", Some(field)), "{from_file}");
    let told = from_file.line_number().and_then(|line| text.lines().nth(line as usize - 1)).unwrap_or_default();
    assert!(told.contains(line), "{from_file}: that line is {told:?}");
}

/// The same, in a line that holds the field's own name.
fn refused(edit: impl FnOnce(&mut Value), field: &str) {
    let name = field.rsplit('.').next().unwrap();
    refused_in(edit, field, &format!("\"{name}\":"));
}

#[test]
fn another_version() {
    refused(|m| m["version"] = json!(2), "version");
    refused(|m| m["version"] = json!(0), "version");
}

#[test]
fn impossible_ranges() {
    refused(|m| m["clips"][1]["ranges"] = json!([]), "clips[1].ranges");
    for (ranges, at) in [
        (json!([{"start": 3.0, "end": 1.0}]), 0),
        (json!([{"start": 1.0, "end": 1.0}]), 0),
        (json!([{"start": -1.0, "end": 1.0}]), 0),
        (json!([{"start": 0.0, "end": 1.0}, {"start": 2.0, "end": 1.5}]), 1),
        // Overlaps, whatever the order.
        (json!([{"start": 0.0, "end": 2.0}, {"start": 1.9, "end": 3.0}]), 1),
        (json!([{"start": 2.0, "end": 3.0}, {"start": 0.5, "end": 1.0}, {"start": 1.0, "end": 2.5}]), 2),
    ] {
        refused_in(|m| m["clips"][1]["ranges"] = ranges, &format!("clips[1].ranges[{at}]"), "{");
    }
}

#[test]
fn a_range_is_named_by_its_own_line() {
    let folder = scratch();
    let ranges = json!([{"start": 0.0, "end": 1.0}, {"start": 2.0, "end": 3.0}, {"start": 2.5, "end": 3.5}]);
    let mut wrong = sound();
    wrong["clips"][0]["ranges"] = ranges;
    let text = serde_json::to_string_pretty(&wrong).unwrap();
    let error = read(folder.path(), &text);
    let line = text.lines().position(|line| line.contains("\"start\": 2.5")).unwrap() as u64;
    assert_eq!(error.line_number(), Some(line), "the line of the brace before it: {error}");
    assert!(error.message().contains("2 to 3"), "{error} names both ranges");
}

#[test]
fn words_out_of_order_or_time() {
    let word = |start: f64, end: f64| json!({"start": start, "end": end, "text": "sea"});
    for list in ["words", "context"] {
        for (words, at) in
            [(json!([word(1.0, 1.5), word(0.5, 0.9)]), 1), (json!([word(1.0, 0.5)]), 0), (json!([word(-1.0, 0.5)]), 0)]
        {
            refused_in(|m| m["clips"][0][list] = words, &format!("clips[0].{list}[{at}]"), "{");
        }
    }
}

#[test]
fn wrong_types_and_missing_fields_have_their_line() {
    refused_type(|m| m["clips"][1]["ranges"] = json!("1 to 2"), "clips[1].ranges", "1 to 2");
    refused_type(|m| m["clips"][0]["words"] = json!({"start": {"a": 1}}), "clips[0].words", "\"words\"");
    refused_type(|m| m["clips"][0]["index"] = json!(-1), "clips[0].index", "\"index\": -1");
    refused_type(|m| drop(m["clips"][1].as_object_mut().unwrap().remove("ranges")), "clips[1]", "{");
}

/// An edit whose type is wrong: refused on reading, by this field and in the line that holds this text.
fn refused_type(edit: impl FnOnce(&mut Value), field: &str, line: &str) {
    let folder = scratch();
    let mut wrong = sound();
    edit(&mut wrong);
    let text = serde_json::to_string_pretty(&wrong).unwrap();
    let error = read(folder.path(), &text);
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ManifestInvalid, Some(field)), "{error}");
    let told = error.line_number().and_then(|line| text.lines().nth(line as usize - 1)).unwrap_or_default();
    assert!(told.contains(line), "{error}: that line is {told:?}");
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
fn unknown_names_are_refused_with_their_line_and_the_nearest_known_name() {
    let folder = scratch();
    for (edit, field, known) in [
        ((|m| m["clips"][0]["rangse"] = json!(1)) as fn(&mut Value), "clips[0].rangse", "ranges"),
        (|m| m["surce"] = json!({}), "surce", "source"),
        (|m| m["render"]["widht"] = json!(720), "render.widht", "width"),
        (|m| m["clips"][1]["ranges"][0]["strat"] = json!(1), "clips[1].ranges[0].strat", "start"),
    ] {
        let mut wrong = sound();
        edit(&mut wrong);
        let text = serde_json::to_string_pretty(&wrong).unwrap();
        let error = read(folder.path(), &text);
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ManifestInvalid, Some(field)), "{error}");
        let name = format!("\"{}\"", field.rsplit('.').next().unwrap());
        let line = text.lines().position(|line| line.contains(&name)).unwrap() as u64 + 1;
        assert_eq!(error.line_number(), Some(line), "{error}");
        assert_eq!(error.hint_text(), Some(format!("did you mean `{known}`?").as_str()));
    }
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let folder = scratch();
    let path = folder.path().join("manifest.json");
    std::fs::write(&path, format!("\u{feff}{}", sound())).unwrap();
    assert_eq!(Manifest::read(&path).unwrap().clips.len(), 2);
}

#[test]
fn impossible_render_options() {
    let folder = scratch();
    let mut wrong = sound();
    wrong["render"]["width"] = json!(271);
    let text = serde_json::to_string_pretty(&wrong).unwrap();
    let error = read(folder.path(), &text);
    let line = text.lines().position(|line| line.contains("271")).unwrap() as u64 + 1;
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("render.width")), "{error}");
    assert_eq!(error.line_number(), Some(line));
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
fn beyond(ranges: Value, source_length: f64) {
    let folder = scratch();
    let mut wrong = sound();
    wrong["clips"][0]["ranges"] = ranges;
    wrong["source"]["duration"] = json!(source_length);
    let path = folder.path().join("manifest.json");
    let text = serde_json::to_string_pretty(&wrong).unwrap();
    std::fs::write(&path, &text).unwrap();
    let mut command = opusclip();
    command.arg("render").arg(&path).args(["--only", "1", "--json", "--out"]).arg(folder.path().join("out"));
    let output = finish(command, Duration::from_secs(20));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{:?} {said}", output.status);
    let error: Value = serde_json::from_str(said.trim()).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert_eq!(error["error"]["code"], "manifest.invalid", "{said}");
    assert_eq!(error["error"]["file"], path.to_str().unwrap(), "{said}");
    let line = error["error"]["line"].as_u64().unwrap_or_else(|| panic!("no line: {said}")) as usize;
    let first = text.lines().position(|line| line.contains("\"ranges\"")).unwrap() + 1;
    assert!((first..=first + 1).contains(&line), "{said}: the first ranges are in line {first}");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn ranges_behind_the_end_of_the_source() {
    // Told by the manifest, or only by the source itself.
    beyond(json!([{"start": 100.0, "end": 110.0}]), 5.0);
    beyond(json!([{"start": 100.0, "end": 110.0}]), 0.0);
}

#[test]
fn ranges_longer_than_memory() {
    beyond(json!([{"start": 0.0, "end": 1e12}]), 0.0);
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
