//! Folders that cannot be written.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use opusclip_core::clip::{Export, ExportFormat, Manifest};
use opusclip_core::{Control, Error, ErrorCode};
use serde_json::json;

use super::support::{extract, failure, manifest, media, scratch, tree};

fn fails(out: &Path, more: &serde_json::Value) -> Error {
    failure(extract(&media("talk.mp4"), out, more), &out.display().to_string())
}

/// A small file system of its own, where this user may mount one.
struct Mount(PathBuf);

impl Mount {
    fn new(at: &Path, options: &str) -> Option<Self> {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "opusclip-test"])
            .arg(at)
            .stderr(Stdio::piped())
            .output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            Ok(output) => {
                eprintln!("skipped: cannot mount: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                eprintln!("skipped: cannot mount: {error}");
                None
            }
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_folder_below_a_file_or_in_a_file_system_of_the_kernel() {
    let folder = scratch();
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    for out in [file.clone(), file.join("out"), PathBuf::from("/proc/opusclip-test"), PathBuf::from("/proc/1/fd/out")] {
        let error = fails(&out, &json!({}));
        assert_eq!(error.code(), ErrorCode::OutputUnwritable, "{}: {error}", out.display());
        assert_eq!((error.field_name(), error.file_path()), (Some("out_dir"), Some(out.as_path())), "{error}");
        assert!(error.hint_text().is_some());
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert_eq!(tree(folder.path()).len(), 1);
}

#[test]
fn a_folder_that_is_read_only() {
    let folder = scratch();
    let Some(_mount) = Mount::new(folder.path(), "ro,size=1m") else { return };
    for out in [folder.path().to_owned(), folder.path().join("out")] {
        assert_eq!(fails(&out, &json!({})).code(), ErrorCode::OutputUnwritable, "{}", out.display());
    }
}

#[test]
fn a_full_disk_says_so_and_keeps_nothing() {
    let folder = scratch();
    let Some(_mount) = Mount::new(folder.path(), "size=1m") else { return };
    // Different places at which the space ends: in a clip, behind one, before the first byte.
    for (name, crf, fill) in [("large", 1, 0), ("second", 20, 300_000), ("at-once", 20, 1_040_000)] {
        std::fs::write(folder.path().join("filler"), vec![7; fill]).unwrap();
        let before = tree(folder.path());
        for out in [folder.path().to_owned(), folder.path().join(name)] {
            let error = fails(&out, &json!({"crf": crf, "count": 3, "max_duration": 8}));
            assert_eq!(error.code(), ErrorCode::OutputFull, "{name}: {error}");
            assert!(error.hint_text().is_some());
            assert_eq!(tree(folder.path()), before, "{name}");
        }
    }
}

#[test]
fn a_full_disk_ends_an_export_and_keeps_nothing() {
    let folder = scratch();
    let Some(_mount) = Mount::new(folder.path(), "size=1m") else { return };
    // The first segment fits, the second does not.
    std::fs::write(folder.path().join("filler"), vec![7; 500_000]).unwrap();
    let ranges = [(2.0, 5.0), (10.0, 70.0)];
    let plan: Manifest = serde_json::from_value(manifest(&media("talk.mp4"), &ranges, &json!({}))).unwrap();
    let before = tree(folder.path());
    let out = folder.path().join("out");
    let export = Export::from(plan).out_dir(&out).run(ExportFormat::Segments, &Control::new());
    let error = failure(export, "segments");
    assert_eq!(error.code(), ErrorCode::OutputFull, "{error}");
    assert_eq!(tree(folder.path()), before);
}

#[test]
fn folders_that_were_made_on_the_way_go_again() {
    let folder = scratch();
    let out = folder.path().join("one/two/three");
    assert_eq!(fails(&out, &json!({"transcript": "missing.srt"})).code(), ErrorCode::TranscriptUnreadable);
    assert_eq!(tree(folder.path()).len(), 0, "left {:?}", tree(folder.path()));
}

#[test]
fn a_folder_that_was_there_stays() {
    let folder = scratch();
    assert_eq!(fails(folder.path(), &json!({"transcript": "missing.srt"})).code(), ErrorCode::TranscriptUnreadable);
    assert!(folder.path().is_dir());
    assert_eq!(tree(folder.path()).len(), 0);
}
