//! `opusclip select` as people type it: every option for choosing, in every form of answer.

use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use opusclip_core::clip::{ClipPlan, Selection};
use serde_json::Value;

use super::support::{finish, media, opusclip, scratch};

fn run(arguments: &[&str]) -> Output {
    let mut command = opusclip();
    command.args(arguments);
    finish(command, Duration::from_secs(60))
}

fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn path(name: &str) -> String {
    media(name).to_str().unwrap().to_owned()
}

/// What is chosen of the talk with these options.
fn chosen(options: &[&str]) -> Selection {
    let (video, transcript) = (path("talk.mp4"), path("talk.srt"));
    let text = printed(&[&["select", &video, "-t", &transcript, "--json"], options].concat());
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{options:?}: {e}: {text}"))
}

fn bounds(clip: &ClipPlan) -> (f64, f64) {
    (clip.ranges.first().unwrap().start, clip.ranges.last().unwrap().end)
}

fn played(clip: &ClipPlan) -> f64 {
    clip.ranges.iter().map(|range| range.duration()).sum()
}

fn spoken() -> Vec<(f64, f64)> {
    let talk: Value = serde_json::from_slice(&std::fs::read(media("talk.json")).unwrap()).unwrap();
    let time = |sentence: &Value, name: &str| sentence[name].as_f64().unwrap();
    talk["sentences"].as_array().unwrap().iter().map(|s| (time(s, "start"), time(s, "end"))).collect()
}

#[test]
fn lengths_come_in_the_bands_that_were_asked_for() {
    let found = chosen(&["--durations", "10:15,24:30", "-n", "3"]);
    assert_eq!(found.clips.len(), 3);
    for clip in &found.clips {
        let length = played(clip);
        assert!((10.0..=15.0).contains(&length) || (24.0..=30.0).contains(&length), "{length} s");
    }
}

#[test]
fn clips_keep_to_the_range_contain_what_they_must_and_leave_out_what_they_must_not() {
    let found = chosen(&["--min", "8", "--max", "20", "--range", "20:65", "--exclude", "40:41", "--include", "50:52"]);
    assert!(!found.clips.is_empty());
    for (start, end) in found.clips.iter().map(bounds) {
        assert!(start >= 20.0 && end <= 65.0 && (end <= 40.0 || start >= 41.0), "{start} to {end}");
    }
    assert!(found.clips.iter().map(bounds).any(|(start, end)| start <= 50.0 && end >= 52.0));
}

#[test]
fn keywords_and_a_query_decide_what_clips_are_about() {
    let about = |options: &[&str]| {
        let found = chosen(&[&["-n", "1", "--min", "8", "--max", "20"], options].concat());
        found.clips[0].text.to_lowercase()
    };
    assert!(about(&["--keywords", "oak"]).contains("oak"));
    assert!(about(&["--query", "Which towers did the storm take?"]).contains("storm"));
    assert!(about(&["--keywords", "reef,ships"]).contains("reef"));
}

#[test]
fn weights_and_the_least_score_count() {
    let only = chosen(&["-n", "1", "--weight", "position=1000", "--min", "8", "--max", "20"]);
    let first = spoken()[0].0;
    assert!(bounds(&only.clips[0]).0 <= first, "position alone takes the beginning");
    let share = only.clips[0].features.iter().find(|feature| feature.name == "position").unwrap().weight;
    assert!(share > 0.99, "{share}");
    let none = chosen(&["--min-score", "1"]);
    assert!(none.clips.is_empty() && none.notes.iter().any(|note| note.contains("score of 1")), "{:?}", none.notes);
}

#[test]
fn explain_says_how_a_score_comes_about_and_what_nearly_was_chosen() {
    let (video, transcript) = (path("talk.mp4"), path("talk.srt"));
    let text = printed(&["select", &video, "-t", &transcript, "-n", "2", "--explain"]);
    for part in
        ["1  0:", "2  0:", "score 0.", "completeness", " x ", "candidates were weighed", "nearly chosen", "topics (en)"]
    {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    // What is printed adds up: the parts of the first clip give its score.
    let row = |line: &str| line.split(" = ").nth(1).and_then(|sum| sum.trim().parse::<f64>().ok());
    let parts: Vec<f64> = text.lines().skip(1).take_while(|line| !line.starts_with('2')).filter_map(row).collect();
    let score: f64 = text.split("score ").nth(1).and_then(|rest| rest.get(..4)).unwrap().parse().unwrap();
    assert!(parts.len() > 5 && (parts.iter().sum::<f64>() - score).abs() < 0.02, "{parts:?} and {score}");
    let short = printed(&["select", &video, "-t", &transcript, "-n", "2"]);
    assert!(short.lines().count() < text.lines().count() / 4 && !short.contains(" x "), "{short}");
}

#[test]
fn a_transcript_is_enough() {
    let text = printed(&["select", "--transcript", &path("talk.srt"), "--json"]);
    let found: Selection = serde_json::from_str(&text).unwrap();
    assert_eq!(found.clips.len(), 3);
    for (start, end) in found.clips.iter().map(bounds) {
        let holds = |at: f64| spoken().iter().any(|(from, to)| from + 0.1 < at && at < to - 0.1);
        assert!(!holds(start) && !holds(end), "{start} to {end} cuts a sentence");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (video, transcript) = (path("talk.mp4"), path("talk.srt"));
    let arguments = ["select", &video, "-t", &transcript, "--json", "--query", "tower", "--remove-pauses", "0.4"];
    let once = printed(&arguments);
    assert_eq!(printed(&arguments), once);
    assert_eq!(printed(&[&arguments[..], &["--no-cache"]].concat()), once, "a cached analysis is the same");
}

#[test]
fn tightened_clips_play_as_long_as_was_asked_for() {
    let found = chosen(&["--remove-pauses", "0.4", "--remove-fillers", "--min", "15", "--max", "20"]);
    assert_eq!(found.clips.len(), 3);
    assert!(found.clips.iter().any(|clip| clip.ranges.len() > 1), "nothing was left out");
    for clip in &found.clips {
        let length = played(clip);
        assert!((15.0 - 1e-3..=20.0 + 1e-3).contains(&length), "{length} s");
    }
}

#[test]
fn the_page_shows_the_clips_and_runs_nothing() {
    let folder = scratch();
    let page = folder.path().join("page.html");
    let (video, transcript, file) = (path("talk.mp4"), path("talk.srt"), page.to_str().unwrap());
    assert_eq!(printed(&["select", &video, "-t", &transcript, "--html", "--out", file]), "");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") || html.starts_with("<!doctype html>"));
    assert!(!html.contains("<script"), "a page that runs something");
    let seen = shown(&page).unwrap_or(html);
    for clip in &chosen(&[]).clips {
        let said: String = clip.text.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
        assert!(seen.contains(&said), "{said} is not on the page");
    }
    let again = run(&["select", &video, "-t", &transcript, "--html", "--out", file]);
    assert_eq!(again.status.code(), Some(5), "a file that exists stays");
    printed(&["select", &video, "-t", &transcript, "--html", "--out", file, "--overwrite"]);
}

/// What a browser makes of a page; `None` where there is no browser.
fn shown(page: &std::path::Path) -> Option<String> {
    let profile = scratch();
    let folder = format!("--user-data-dir={}", profile.path().display());
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(|name| {
        let url = format!("file://{}", page.display());
        let flags = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", &folder, &url];
        std::process::Command::new(name).args(flags).output().ok()
    });
    let Some(output) = found.filter(|output| output.status.success()) else {
        eprintln!("skipped: there is no browser");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn wrong_values_are_refused_with_the_name_of_the_option() {
    let (video, transcript): (String, PathBuf) = (path("talk.mp4"), media("talk.srt"));
    let base = ["select", &video, "-t", transcript.to_str().unwrap()];
    for (options, named) in [
        (["--durations", "30:10"].as_slice(), "durations"),
        (&["--durations", "30"], "durations"),
        (&["--durations", "15:30", "--min", "10"], "durations"),
        (&["--range", "60:20"], "range"),
        (&["--include", "5:1"], "include"),
        (&["--exclude", "now"], "exclude"),
        (&["--weight", "hok=1"], "weights.hok"),
        (&["--weight", "hook"], "weight"),
        (&["--weight", "hook=-1"], "weights.hook"),
        (&["--min-score", "2"], "min_score"),
        (&["--keywords", "..."], "keywords"),
        (&["--query", "???"], "query"),
        (&["--language", "English"], "language"),
        (&["--remove-pauses", "0"], "remove_pauses"),
        (&["--keep-pause", "9"], "keep_pause"),
        (&["--diversity", "3"], "diversity"),
        (&["--html", "--json"], "html"),
        (&["--html", "--explain"], "html"),
    ] {
        let output = run(&[&base[..], options].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {said}");
        assert!(said.contains(named) && output.stdout.is_empty(), "{options:?}: {said}");
    }
    let nothing = run(&["select"]);
    assert_eq!(nothing.status.code(), Some(2), "neither a video nor a transcript");
}
