//! Editing a manifest and rendering it again: only what changed, in place, and captions that follow.

use std::collections::BTreeMap;
use std::path::Path;

use opusclip_core::clip::{Manifest, Render, Report};
use opusclip_core::control::CancelToken;
use opusclip_core::{Control, ErrorCode};
use serde_json::{Value, json};

use super::picture::frame;
use super::support::{extract, failure, media, opusclip, scratch, tree};

fn extracted(out: &Path) -> Report {
    let options = json!({"transcript": media("talk.srt"), "count": 3, "min_duration": 3, "max_duration": 6});
    extract(&media("talk.mp4"), out, &options).unwrap()
}

/// Edit a manifest where it lies.
fn edit(folder: &Path, edit: impl FnOnce(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    edit(&mut manifest);
    std::fs::write(&path, serde_json::to_string_pretty(&manifest).unwrap()).unwrap();
}

fn in_place(folder: &Path) -> Render {
    Render::file(folder.join("manifest.json"))
}

/// All files of a folder with what they hold, and when they were written.
fn contents(folder: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let look = |name: String| {
        let path = folder.join(&name);
        let written = std::fs::metadata(&path).unwrap().modified().unwrap();
        (name, (std::fs::read(&path).unwrap(), written))
    };
    tree(folder).into_iter().filter(|name| folder.join(name).is_file()).map(look).collect()
}

fn changed(folder: &Path, before: &BTreeMap<String, (Vec<u8>, std::time::SystemTime)>) -> Vec<String> {
    let after = contents(folder);
    after.into_iter().filter(|(name, file)| before.get(name) != Some(file)).map(|(name, _)| name).collect()
}

#[test]
fn only_what_changed_is_rendered_in_place() {
    let folder = scratch();
    let out = folder.path();
    let first = extracted(out);
    let before = contents(out);
    edit(out, |m| {
        let end = m["clips"][1]["ranges"][0]["end"].as_f64().unwrap();
        m["clips"][1]["ranges"][0]["end"] = json!(end - 1.0);
    });
    let report = in_place(out).run(&Control::new()).unwrap();
    assert_eq!(changed(out, &before), ["clip-02.jpg", "clip-02.mp4", "contact-sheet.jpg", "manifest.json"]);
    assert_eq!(report.clips.len(), 3, "all clips are reported");
    let unchanged: Vec<&str> = report.notes.iter().map(String::as_str).filter(|n| n.contains("unchanged")).collect();
    assert_eq!(unchanged, ["clip 1: unchanged, not rendered again", "clip 3: unchanged, not rendered again"]);
    let (old, new) = (&first.clips[1], &report.clips[1]);
    assert!((old.duration - new.duration - 1.0).abs() < 0.04, "{} s, then {} s", old.duration, new.duration);
    assert!((old.end - new.end - 1.0).abs() < 0.04 && new.start == old.start, "start and end follow");
    assert!(new.words.len() < old.words.len() && new.text.len() < old.text.len(), "so do words and text");
    assert_eq!(report.clips[0], first.clips[0]);
    let manifest = Manifest::read(&report.manifest).unwrap();
    assert!(!manifest.notes.iter().any(|note| note.contains("unchanged")), "that is old news in a manifest");
    assert_eq!(manifest.clips.len(), 3);

    // The shortened words come back from the context when the range is as it was.
    edit(out, |m| m["clips"][1]["ranges"] = json!(old.ranges));
    let again = in_place(out).run(&Control::new()).unwrap();
    assert_eq!((&again.clips[1].words, &again.clips[1].text), (&old.words, &old.text));
    assert_eq!(std::fs::read(&again.clips[1].video).unwrap(), before["clip-02.mp4"].0, "the same clip as at first");
    // Nothing changed since.
    let before = contents(out);
    let nothing = in_place(out).run(&Control::new()).unwrap();
    assert_eq!(nothing.notes.iter().filter(|note| note.contains("unchanged")).count(), 3);
    assert!(!changed(out, &before).iter().any(|name| name.starts_with("clip-")));
    let forced = in_place(out).force(true).only([3]).run(&Control::new()).unwrap();
    assert_eq!(forced.clips.len(), 1);
    assert!(changed(out, &before).contains(&"clip-03.mp4".to_owned()));
}

#[test]
fn each_edit_that_shows_is_noticed() {
    let folder = scratch();
    let out = folder.path();
    extracted(out);
    let rendered = |edited: &dyn Fn(&mut Value)| {
        edit(out, edited);
        let report = in_place(out).only([1]).run(&Control::new()).unwrap();
        !report.notes.iter().any(|note| note.contains("clip 1: unchanged"))
    };
    assert!(!rendered(&|_| {}));
    assert!(rendered(&|m| m["clips"][0]["words"][1]["text"] = json!("SEA")), "a word");
    assert!(rendered(&|m| drop(m["clips"][0]["words"].as_array_mut().unwrap().remove(0))), "a word less");
    assert!(rendered(&|m| m["clips"][0]["framing"]["layout"] = json!("fit")), "the layout");
    assert!(rendered(&|m| m["render"]["crf"] = json!(30)), "an option");
    assert!(!rendered(&|m| m["clips"][0]["reason"] = json!("mine")), "what does not show");
    assert!(!rendered(&|m| drop(m["clips"][0]["context"].as_array_mut().unwrap().pop())), "a word that is not shown");
    std::fs::write(out.join("clip-01.mp4"), "").unwrap();
    assert!(rendered(&|_| {}), "an empty file");
    std::fs::remove_file(out.join("clip-01.jpg")).unwrap();
    assert!(rendered(&|_| {}), "a file that has gone");
}

#[test]
fn an_extended_clip_is_captioned_there_too() {
    let folder = scratch();
    let out = folder.path();
    let first = extracted(out);
    let old = &first.clips[1];
    let word = old.context.iter().find(|word| word.start > old.end).expect("the talk goes on").clone();
    edit(out, |m| m["clips"][1]["ranges"][0]["end"] = json!(word.end + 0.3));
    let clip = in_place(out).run(&Control::new()).unwrap().clips.remove(1);
    assert!(clip.words.contains(&word) && !clip.context.contains(&word));
    // It is drawn: without captions the picture is another one.
    edit(out, |m| m["render"]["captions"] = json!(false));
    let plain = folder.path().join("plain");
    let plain = in_place(out).out_dir(&plain).only([2]).run(&Control::new()).unwrap().clips.remove(0);
    let at = (word.start + word.end) / 2.0 - clip.ranges[0].start;
    let (with, without) = (frame(&clip.video, at, "", "gray"), frame(&plain.video, at, "", "gray"));
    let differ = with.iter().zip(&without).filter(|(a, b)| a.abs_diff(**b) > 60).count();
    assert!(differ > 50, "only {differ} pixels differ at {at:.2} s");
}

#[test]
fn a_job_that_fails_or_is_cancelled_leaves_all_as_it_was() {
    let folder = scratch();
    let out = folder.path();
    extracted(out);
    edit(out, |m| m["render"]["speed"] = json!("slow"));
    let before = contents(out);
    let token = CancelToken::new();
    let stopper = token.clone();
    // Stopped within the second clip, when the first one is done.
    let control = Control::new().with_cancel(token).on_progress(move |progress| {
        if progress.fraction > 0.4 {
            stopper.cancel();
        }
    });
    assert_eq!(failure(in_place(out).run(&control), "cancelled").code(), ErrorCode::Cancelled);
    // The first clip waits for the same job to be begun again; see killed.rs.
    let waiting = ["clip-01.jpg", "clip-01.json", "clip-01.mp4", "lock"].map(|name| format!(".opusclip-work/{name}"));
    assert_eq!(changed(out, &before), waiting);
    std::fs::remove_dir_all(out.join(".opusclip-work")).unwrap();
    assert_eq!(changed(out, &before), [""; 0]);
    // The last file cannot be put in its place: the clips are put back.
    std::fs::remove_file(out.join("contact-sheet.jpg")).unwrap();
    std::fs::create_dir_all(out.join("contact-sheet.jpg/in-the-way")).unwrap();
    assert_eq!(failure(in_place(out).run(&Control::new()), "no place").code(), ErrorCode::OutputUnwritable);
    assert_eq!(changed(out, &before), [""; 0]);
}

#[test]
fn a_clip_that_was_added_by_hand_waits_until_it_is_asked_for() {
    let folder = scratch();
    let out = folder.path();
    extracted(out);
    edit(out, |m| {
        let mut added = m["clips"][0].clone();
        (added["index"], added["video"], added["thumbnail"]) = (json!(7), json!("clip-07.mp4"), json!("clip-07.jpg"));
        added["ranges"] = json!([{"start": 60.0, "end": 62.0}, {"start": 63.0, "end": 65.0}]);
        m["clips"].as_array_mut().unwrap().push(added);
        m["clips"][1]["reason"] = json!("mine");
    });
    in_place(out).only([1]).run(&Control::new()).unwrap();
    let clips = Manifest::read(&out.join("manifest.json")).unwrap().clips;
    assert_eq!(clips.iter().map(|clip| clip.index).collect::<Vec<_>>(), [1, 2, 3, 7]);
    assert_eq!(clips[1].reason, "mine");
    assert!(!out.join("clip-07.mp4").exists());
    let report = in_place(out).run(&Control::new()).unwrap();
    assert!(out.join("clip-07.mp4").is_file());
    assert!((report.clips[3].duration - 4.0).abs() < 0.04 && (report.clips[3].end - 65.0).abs() < 0.04);
}

#[test]
fn start_and_end_are_not_what_to_edit() {
    let folder = scratch();
    let out = folder.path();
    extracted(out);
    edit(out, |m| m["clips"][1]["end"] = json!(9.5));
    let path = out.join("manifest.json");
    let error = failure(in_place(out).run(&Control::new()), "an edited end");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().position(|line| line.contains("\"end\": 9.5")).unwrap() as u64 + 1;
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ManifestInvalid, Some("clips[1].end")));
    assert_eq!((error.file_path(), error.line_number()), (Some(path.as_path()), Some(line)), "{error}");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("clips[1].ranges")), "{error}");
}

#[test]
fn the_sheet_shows_all_clips_after_some_were_rendered() {
    let folder = scratch();
    let out = folder.path();
    extracted(out);
    let sheet = |folder: &Path| frame(&folder.join("contact-sheet.jpg"), 0.0, "", "gray");
    let first = sheet(out);
    edit(out, |m| m["clips"][2]["framing"]["layout"] = json!("fit"));
    in_place(out).only([3]).run(&Control::new()).unwrap();
    let second = sheet(out);
    assert_eq!(first.len(), second.len(), "three pictures, as before");
    let columns = first.len() / 3;
    assert!(columns > 0 && first != second);
}

#[test]
fn the_command_renders_in_place() {
    let folder = scratch();
    let out = folder.path();
    extracted(out);
    edit(out, |m| m["clips"][0]["words"][0]["text"] = json!("Indeed"));
    let mut command = opusclip();
    let output = command.args(["render", "--json"]).arg(out.join("manifest.json")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.notes.iter().filter(|note| note.contains("unchanged")).count(), 2, "{:?}", report.notes);
    assert!(report.clips[0].text.starts_with("Indeed "), "{}", report.clips[0].text);
    // Under another name it would not be the one that tells what lies in the folder.
    std::fs::rename(out.join("manifest.json"), out.join("mine.json")).unwrap();
    let error = failure(Render::file(out.join("mine.json")).run(&Control::new()), "another name");
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("out_dir")));
}
