//! The `opusclip` command as scripts and people meet it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use opusclip_core::clip::{Analysis, Manifest, MediaInfo, Report, Selection};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::support::{finish, media, median, opusclip, scratch, signal, tree, wait_for};

const SMALL: [&str; 8] = ["--size", "216x384", "--speed", "ultrafast", "--min", "3", "--max", "6"];

fn run(arguments: &[&str]) -> Output {
    let mut command = opusclip();
    command.args(arguments);
    finish(command, Duration::from_secs(60))
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("what is printed is UTF-8")
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("what is printed is UTF-8")
}

/// It worked and said nothing on standard error.
fn quiet(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {}", said(&output));
    printed(&output)
}

fn parsed<T: DeserializeOwned>(arguments: &[&str]) -> T {
    let text = quiet(arguments);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {text}"))
}

#[test]
fn help_and_version() {
    let help = quiet(&["--help"]);
    for word in
        ["probe", "analyze", "topics", "select", "extract", "render", "schema", "completions", "Exit status", "--json"]
    {
        assert!(help.contains(word), "{word} is missing: {help}");
    }
    assert_eq!(quiet(&["--version"]).trim(), format!("opusclip {}", env!("CARGO_PKG_VERSION")));
    for command in ["probe", "analyze", "topics", "select", "extract", "render", "schema", "completions"] {
        let help = quiet(&[command, "--help"]);
        assert!(help.contains("Usage: opusclip"), "{command}: {help}");
        assert!(help.lines().all(|line| line.chars().count() <= 120), "{command}: lines are too long");
    }
}

#[test]
fn every_result_is_json_of_its_type() {
    let folder = scratch();
    let (video, transcript) = (media("talk.mp4"), media("talk.srt"));
    let (video, transcript) = (video.to_str().unwrap(), transcript.to_str().unwrap());
    let info: MediaInfo = parsed(&["probe", "--json", video]);
    assert_eq!((info.video, info.audio), (Some(0), Some(1)));
    let analysis: Analysis = parsed(&["--json", "analyze", video]);
    assert!((analysis.duration - 75.0).abs() < 0.1 && analysis.shots.len() > 1);
    let small = |first: &[&'static str]| [first, &SMALL].concat();
    let chosen = small(&["select", "--json", "-n", "2", "-t"]);
    let selection: Selection = parsed(&[&chosen[..5], &[transcript, video], &chosen[5..]].concat());
    assert_eq!(selection.clips.len(), 2);
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let report: Report =
        parsed(&[&["extract", video, "--out", out, "-t", transcript, "-n", "2", "--json"], &SMALL[..]].concat());
    assert_eq!(report.clips.len(), 2);
    assert!(report.clips.iter().all(|clip| clip.video.is_file() && clip.thumbnail.is_file()));
    Manifest::read(&report.manifest).unwrap();
    let again = folder.path().join("again");
    let manifest = report.manifest.to_str().unwrap();
    let second: Report = parsed(&["render", manifest, "-o", again.to_str().unwrap(), "--only", "2", "--json"]);
    assert_eq!(second.clips.iter().map(|c| c.index).collect::<Vec<_>>(), [2]);
    let schema: Value = parsed(&["schema", "--json"]);
    for name in ["MediaInfo", "Analysis", "Selection", "Report", "Manifest", "Clip", "ExtractOptions"] {
        assert!(schema["$defs"][name].is_object(), "{name} has no schema");
    }
}

#[test]
fn plain_results_are_for_people_and_standard_error_is_empty() {
    let folder = scratch();
    let (video, out) = (media("talk.mp4"), folder.path().join("out"));
    let (video, out) = (video.to_str().unwrap(), out.to_str().unwrap());
    assert!(quiet(&["probe", video]).contains("640x360"));
    assert!(quiet(&["analyze", video]).contains("LUFS"));
    assert!(quiet(&["select", video]).contains("0:"));
    let text = quiet(&[&["extract", video, "-o", out, "-n", "1"], &SMALL[..]].concat());
    for name in ["clip-01.mp4", "contact-sheet.jpg", "manifest.json"] {
        assert!(text.contains(name), "{name} is not named: {text}");
    }
}

#[test]
fn errors_are_one_line_with_a_code_and_its_exit_status() {
    let folder = scratch();
    let (video, no_video) = (media("talk.mp4"), media("audio_only.m4a"));
    let (video, no_video) = (video.to_str().unwrap(), no_video.to_str().unwrap());
    let text = media("bad/text.mp4");
    let missing = folder.path().join("missing");
    let missing = missing.to_str().unwrap();
    let here = folder.path().join("here");
    std::fs::create_dir(&here).unwrap();
    std::fs::write(here.join("manifest.json"), "{}").unwrap();
    let here = here.to_str().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let manifest = media("talk.json");
    let cases: &[(&[&str], i32, &str)] = &[
        (&["probe", missing], 3, "media.not_found"),
        (&["analyze", text.to_str().unwrap()], 3, "media.unsupported"),
        (&["extract", no_video, "-o", out], 3, "media.no_video"),
        (&["extract", video, "-o", out, "-t", missing], 4, "transcript.unreadable"),
        (&["topics", missing], 4, "transcript.unreadable"),
        (&["topics", manifest.to_str().unwrap(), "-n", "0"], 2, "config.out_of_range"),
        (&["render", missing, "-o", out], 4, "manifest.invalid"),
        (&["render", manifest.to_str().unwrap(), "-o", out], 4, "manifest.invalid"),
        (&["extract", video, "-o", here], 5, "output.exists"),
        (&["extract", video, "-o", "/proc/none"], 5, "output.unwritable"),
        (&["extract", video, "-o", out, "-n", "0"], 2, "config.out_of_range"),
        (&["select", video, "--min", "9", "--max", "5"], 2, "config.out_of_range"),
        (&["select", video, "--min", "NaN"], 2, "config.not_finite"),
        (&["select", video, "--tail=-inf"], 2, "config.not_finite"),
        (&["select", video, "--time-limit", "0"], 7, "limit.time"),
    ];
    for (arguments, status, code) in cases {
        let output = run(arguments);
        let line = said(&output);
        assert_eq!(output.status.code(), Some(*status), "{arguments:?}: {line}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(line.starts_with("opusclip: ") && line.trim_end().ends_with(&format!("[{code}]")), "{line}");
        assert_eq!(line.trim_end().lines().count(), 1, "{line}");

        let output = run(&[*arguments, &["--json"]].concat());
        let line = said(&output);
        assert_eq!(output.status.code(), Some(*status), "{arguments:?}: {line}");
        assert_eq!(line.trim_end().lines().count(), 1, "{line}");
        let error: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(error["error"]["code"], *code, "{line}");
        assert!(error["error"]["message"].is_string());
    }
    assert!(!Path::new(out).exists());
}

#[test]
fn topics_of_texts_and_transcripts() {
    let folder = scratch();
    let (text, vtt) = (folder.path().join("talk.txt"), folder.path().join("talk.vtt"));
    let bread = ["Knead the dough of the bread.", "Dough rests, then the oven bakes bread.", "The oven bakes dough."];
    let stars = ["The telescope shows a planet.", "A planet orbits the star.", "Telescope, planet and star orbit."];
    let lines = [bread, stars].concat();
    std::fs::write(&text, lines.join("\n")).unwrap();
    let cues: Vec<String> =
        lines.iter().enumerate().map(|(n, line)| format!("00:0{n}.000 --> 00:0{n}.900\n{line}\n")).collect();
    std::fs::write(&vtt, format!("WEBVTT\n\n{}", cues.join("\n"))).unwrap();
    // The JSON of a speech engine is a transcript as well.
    let json = folder.path().join("talk.json");
    let segment = |(n, line): (usize, &&str)| serde_json::json!({"start": n, "end": n as f64 + 0.9, "text": line});
    let segments: Vec<Value> = lines.iter().enumerate().map(segment).collect();
    std::fs::write(&json, serde_json::json!({ "segments": segments }).to_string()).unwrap();
    let (text, vtt, json) = (text.to_str().unwrap(), vtt.to_str().unwrap(), json.to_str().unwrap());
    let found: Value = parsed(&["topics", text, vtt, json, "-n", "2", "--language", "en", "--json"]);
    for file in 0..3 {
        assert_eq!(found[file]["topics"][1]["first_sentence"], 3);
        assert_eq!(found[file]["sentences"], 6);
    }
    assert_eq!((&found[1]["topics"][1]["start"], &found[2]["topics"][1]["start"]), (&3.0.into(), &3.0.into()));
    let shown = quiet(&["topics", text, "-n", "2", "--language", "en"]);
    assert!(shown.contains("1  ") && shown.contains("4  ") && shown.contains("planet"), "{shown}");
}

#[test]
fn names_with_line_breaks_stay_on_the_line() {
    let output = run(&["probe", "missing\nfile\u{1b}[31m.mp4"]);
    let line = said(&output);
    assert_eq!(line.trim_end().lines().count(), 1, "{line:?}");
    assert!(!line.contains('\u{1b}'), "{line:?} changes the terminal");
}

#[test]
fn wrong_use_is_status_2() {
    for arguments in [
        [].as_slice(),
        &["probe"],
        &["cut", "x.mp4"],
        &["extract", "x.mp4", "--cuont", "3"],
        &["extract", "x.mp4", "--count", "three"],
        &["extract", "x.mp4", "--size", "big"],
        &["extract", "x.mp4", "--layout", "stretch"],
        &["completions", "tcsh"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn wrong_use_is_a_line_of_json_where_json_is_asked_for() {
    for arguments in
        [["--json", "extract", "x.mp4", "--count", "three"].as_slice(), &["probe", "--json"], &["cut", "--json"]]
    {
        let output = run(arguments);
        let line = said(&output);
        assert_eq!(output.status.code(), Some(2), "{line}");
        let error: Value = serde_json::from_str(line.trim()).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {line}"));
        assert_eq!(error["error"]["code"], "config.invalid", "{line}");
    }
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = quiet(&["completions", shell]);
        assert!(script.contains("extract") && script.contains("transcript"), "{shell}: {script}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let video = media("talk.mp4");
    let video = video.to_str().unwrap();
    for arguments in
        [["schema"].as_slice(), &["completions", "bash"], &["probe", video], &["probe", "--json", video], &["--help"]]
    {
        let mut child = opusclip().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{arguments:?}: {:?} {}",
            output.status,
            said(&output)
        );
    }
    let mut child = opusclip().arg("schema").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(first.trim(), "{");
    assert!(output.status.success() && output.stderr.is_empty(), "{:?} {}", output.status, said(&output));
}

#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let mut command = opusclip();
    command
        .arg("schema")
        .stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap())
        .stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(said(&output).contains("[output."), "{}", said(&output));
}

#[test]
fn messages_of_ffmpeg_never_reach_the_terminal() {
    let folder = scratch();
    for name in [
        "bad/flipped.mp4",
        "bad/flipped_heavily.mp4",
        "bad/cut_middle.mp4",
        "bad/cut_middle.ts",
        "bad/no_moov.mp4",
        "bad/zero_length.mp4",
        "flash_beep_dropped.mkv",
        "interlaced.mp4",
    ] {
        let path = media(name);
        let file = path.to_str().unwrap();
        let out = folder.path().join("out");
        for arguments in [
            ["probe", file].as_slice(),
            &["analyze", file],
            &[&["extract", file, "-o", out.to_str().unwrap(), "-n", "1", "--overwrite"], &SMALL[..]].concat(),
        ] {
            let output = run(arguments);
            let told = said(&output);
            if output.status.success() {
                assert_eq!(told, "", "{arguments:?}");
            } else {
                assert!(told.starts_with("opusclip: ") && told.lines().count() == 1, "{arguments:?}: {told}");
            }
        }
    }
}

/// The command at work on a long rendering, of which something is written already.
fn working(out: &Path) -> Child {
    let mut command = opusclip();
    command
        .arg("extract")
        .arg(media("talk.mp4"))
        .arg("--out")
        .arg(out)
        .args(["--speed", "veryslow", "-n", "1", "--min", "20", "--max", "30"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = || tree(out).iter().any(|name| name.contains(".mp4"));
    assert!(wait_for(Duration::from_secs(30), begun), "rendering does not begin");
    std::thread::sleep(Duration::from_millis(300));
    child
}

#[test]
fn signals_stop_the_work_at_once_and_leave_nothing() {
    let folder = scratch();
    let took = ["INT", "TERM", "HUP"].map(|name| {
        let out = folder.path().join(name);
        let child = working(&out);
        let asked = Instant::now();
        signal(child.id(), name);
        let output = child.wait_with_output().unwrap();
        let took = asked.elapsed().as_secs_f64();
        assert_eq!(output.status.code(), Some(130), "{name}: {:?} {}", output.status, said(&output));
        assert_eq!(said(&output).trim_end(), "opusclip: cancelled [cancelled]", "{name}");
        assert!(output.stdout.is_empty() && !out.exists(), "{name}: left {:?}", tree(&out));
        took
    });
    // The median counts: a busy machine is no defect.
    assert!(median(&took) <= 0.5 && took.iter().all(|t| *t <= 2.0), "took {took:?} s");
}
