//! Kept analyses, seen from outside: `analyze` and `extract` share them, and the command says what there is.

use std::path::Path;

use opusclip_core::clip::{AnalyzeOptions, Extract, Limits, Selection, analyze_with, cache_info, clear_cache};
use opusclip_core::{Control, ErrorCode};
use serde_json::json;

use super::support::{fast, media, options, opusclip, scratch, tree};

fn select(cache: bool, dir: &Path, max_damage: f64) -> Selection {
    let wanted = fast(&json!({"cache": cache, "cache_dir": dir, "max_damage": max_damage}));
    Extract::from(media("talk.mp4")).options(options(&wanted).unwrap()).select(&Control::new()).unwrap()
}

fn entries(dir: &Path) -> u64 {
    cache_info(Some(dir)).unwrap().entries
}

#[test]
fn choosing_and_analysing_share_what_is_kept() {
    let folder = scratch();
    let kept = folder.path().join("kept");
    let without = select(false, &kept, 0.2);
    assert!(tree(folder.path()).is_empty());
    assert_eq!((select(true, &kept, 0.2), entries(&kept)), (without.clone(), 1));
    assert_eq!((select(true, &kept, 0.2), entries(&kept)), (without.clone(), 1));
    let analyze = AnalyzeOptions { cache_dir: Some(kept.clone()), ..AnalyzeOptions::default() };
    analyze_with(media("talk.mp4"), &analyze, Limits::default(), &Control::new()).unwrap();
    assert_eq!(entries(&kept), 1);
    // Another limit may refuse what this one lets through.
    assert_eq!((select(true, &kept, 0.3), entries(&kept)), (without, 2));
    assert_eq!((clear_cache(Some(&kept)).unwrap().entries, entries(&kept)), (2, 0));
}

#[test]
fn a_file_without_a_picture_is_refused_whether_or_not_it_is_known() {
    let folder = scratch();
    let options = AnalyzeOptions { cache_dir: Some(folder.path().to_owned()), ..AnalyzeOptions::default() };
    analyze_with(media("audio_only.m4a"), &options, Limits::default(), &Control::new()).unwrap();
    assert_eq!(entries(folder.path()), 1);
    let job = super::support::options(&fast(&json!({"cache_dir": folder.path()}))).unwrap();
    let refused = Extract::from(media("audio_only.m4a")).options(job).select(&Control::new()).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::MediaNoVideo);
}

#[test]
fn two_commands_at_once_keep_one_entry() {
    let folder = scratch();
    let run = || {
        let mut command = opusclip();
        command.args(["analyze", "--json"]).arg(media("cuts.mp4")).env("OPUSCLIP_CACHE_DIR", folder.path());
        command.stdout(std::process::Stdio::piped()).spawn().unwrap()
    };
    let running = [run(), run(), run()];
    let outputs = running.map(|child| child.wait_with_output().unwrap());
    assert!(outputs.iter().all(|output| output.status.success() && output.stdout == outputs[0].stdout));
    assert_eq!(run().wait_with_output().unwrap().stdout, outputs[0].stdout);
    assert_eq!(entries(folder.path()), 1);
}
