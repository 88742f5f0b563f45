//! Jobs that are killed, and go on.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use opusclip_core::clip::{Extract, ExtractOptions, Manifest, Render};
use opusclip_core::{CancelToken, Control, ErrorCode};
use serde_json::json;

use super::support::{failure, fast, media, options, opusclip, scratch, tree};

/// Where clips are made.
const WORK: &str = ".opusclip-work";

/// Three clips of the talk; the same command always, so that it is the same job.
fn start(out: &Path) -> Child {
    opusclip()
        .args([
            "extract",
            "--no-cache",
            "--count",
            "3",
            "--min-duration",
            "3",
            "--max-duration",
            "6",
            "--size",
            "540x960",
        ])
        .args(["--speed", "fast", "--subtitle-files", "--report"])
        .arg("--transcript")
        .arg(media("talk.srt"))
        .arg("--out")
        .arg(out)
        .arg(media("talk.mp4"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(out: &Path) {
    let output = start(out).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Start the job and kill it after a while, unless it is done by then.
fn kill_after(out: &Path, delay: Duration) {
    let mut child = start(out);
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Every file that is seen in the folder is whole.
fn nothing_is_half_written(out: &Path, moment: &str) {
    for name in tree(out).iter().filter(|name| !name.starts_with(WORK)) {
        let path = out.join(name);
        match path.extension().and_then(|kind| kind.to_str()) {
            Some("mp4" | "jpg") => assert!(plays(&path), "{moment}: {name} cannot be played"),
            Some("json") => drop(Manifest::read(&path).unwrap_or_else(|error| panic!("{moment}: {error}"))),
            _ => assert!(std::fs::metadata(&path).unwrap().len() > 0, "{moment}: {name} is empty"),
        }
    }
}

fn plays(path: &Path) -> bool {
    let output =
        Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(path).args(["-f", "null", "-"]).output().unwrap();
    output.status.success() && output.stderr.is_empty()
}

/// All that the job made, by name.
fn contents(out: &Path) -> BTreeMap<String, Vec<u8>> {
    tree(out).into_iter().map(|name| (name.clone(), std::fs::read(out.join(name)).unwrap())).collect()
}

fn differing(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = a.keys().chain(b.keys());
    let mut names: Vec<String> = names.filter(|name| a.get(*name) != b.get(*name)).cloned().collect();
    names.dedup();
    names
}

#[test]
fn a_job_that_is_killed_at_any_moment_goes_on_to_the_same_end() {
    let folder = scratch();
    let whole = folder.path().join("whole");
    let begun = Instant::now();
    finish(&whole);
    let lasts = begun.elapsed();
    let wanted = contents(&whole);
    // Moments without a pattern, the same in every run: steps of the golden ratio's fraction.
    for moment in 1..=10 {
        let share = (f64::from(moment) * 0.618_033_988_75).fract();
        let out = folder.path().join(format!("killed-{moment}"));
        kill_after(&out, lasts.mul_f64(share));
        nothing_is_half_written(&out, &format!("killed after {share:.2}"));
        // It may have been done; then it is not begun again.
        if !out.join("manifest.json").exists() || out.join(WORK).exists() {
            finish(&out);
        }
        let made = contents(&out);
        nothing_is_half_written(&out, &format!("killed after {share:.2} and begun again"));
        assert!(wanted.keys().eq(made.keys()), "killed after {share:.2}: {:?}", made.keys());
        // With several threads x264 itself does not encode the same pictures to quite the same bytes in every run.
        let mut other = differing(&wanted, &made);
        other.retain(|name| !name.ends_with(".mp4"));
        assert_eq!(other, [""; 0], "killed after {share:.2}");
    }
}

#[test]
fn a_job_that_is_killed_again_and_again_still_comes_to_its_end() {
    let folder = scratch();
    let out = folder.path().join("out");
    let mut inodes: BTreeMap<PathBuf, u64> = BTreeMap::new();
    let mut resumed = 0;
    for round in 0..40 {
        let mut child = start(&out);
        // Killed as soon as one more clip is whole.
        let before = inodes.len();
        let done = loop {
            std::thread::sleep(Duration::from_millis(5));
            let finished = child.try_wait().unwrap().is_some();
            for index in 1..=3 {
                let (record, clip) = (format!("clip-{index:02}.json"), format!("clip-{index:02}.mp4"));
                let clip = out.join(WORK).join(clip);
                if let (true, Ok(found)) = (out.join(WORK).join(record).exists(), std::fs::metadata(&clip)) {
                    let inode = *inodes.entry(clip.file_name().unwrap().into()).or_insert(found.ino());
                    assert_eq!(inode, found.ino(), "clip {index} was rendered twice");
                }
            }
            if finished || inodes.len() > before {
                break finished;
            }
        };
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        if done {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            break;
        }
        resumed = round + 1;
    }
    assert!(resumed >= 2, "killed {resumed} times only");
    for (name, inode) in inodes {
        assert_eq!(
            std::fs::metadata(out.join(&name)).unwrap().ino(),
            inode,
            "{} is not the one that was kept",
            name.display()
        );
    }
    assert!(!out.join(WORK).exists());
}

fn three(more: &serde_json::Value) -> ExtractOptions {
    let mut all = json!({"transcript": media("talk.srt"), "count": 3});
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    options(&fast(&all)).unwrap()
}

/// Cancel a job as soon as it has finished a clip.
fn cancel_after_one(job: &Extract, out: &Path) {
    let token = CancelToken::new();
    let (stopper, record) = (token.clone(), out.join(WORK).join("clip-01.json"));
    let control = Control::new().with_cancel(token).on_progress(move |_| {
        if record.exists() {
            stopper.cancel();
        }
    });
    assert_eq!(failure(job.run(out, &control), "cancelled").code(), ErrorCode::Cancelled);
}

#[test]
fn a_cancelled_job_keeps_what_is_finished_for_the_same_job_only() {
    let folder = scratch();
    let out = folder.path().join("out");
    let job = Extract::from(media("talk.mp4")).options(three(&json!({})));
    cancel_after_one(&job, &out);
    let kept = out.join(WORK).join("clip-01.mp4");
    let inode = std::fs::metadata(&kept).unwrap().ino();
    // Another look is another job.
    let other = Extract::from(media("talk.mp4")).options(three(&json!({"crf": 40, "count": 1})));
    let elsewhere = folder.path().join("elsewhere");
    let report = job.run(&out, &Control::new()).unwrap();
    assert_eq!(std::fs::metadata(&report.clips[0].video).unwrap().ino(), inode);
    assert!(!out.join(WORK).exists());
    cancel_after_one(&job, &elsewhere);
    let inode = std::fs::metadata(elsewhere.join(WORK).join("clip-01.mp4")).unwrap().ino();
    let report = other.run(&elsewhere, &Control::new()).unwrap();
    assert_ne!(std::fs::metadata(&report.clips[0].video).unwrap().ino(), inode);
    assert_eq!(tree(&elsewhere).iter().filter(|name| name.ends_with(".mp4")).count(), 1);
}

#[test]
fn two_jobs_in_one_folder_are_told_apart() {
    let folder = scratch();
    let out = folder.path().join("out");
    let job = Extract::from(media("talk.mp4")).options(three(&json!({})));
    let (second, place) = (job.clone(), out.clone());
    let asked = std::sync::Mutex::new(None);
    let asked = std::sync::Arc::new(asked);
    let answer = std::sync::Arc::clone(&asked);
    // While the first one works.
    let control = Control::new().on_progress(move |progress| {
        let mut answer = answer.lock().unwrap();
        if progress.stage == "render" && answer.is_none() {
            *answer = Some(second.run(&place, &Control::new()));
        }
    });
    job.run(&out, &control).unwrap();
    let error = failure(asked.lock().unwrap().take().expect("the job reports progress"), "two at once");
    assert_eq!((error.code(), error.field_name()), (ErrorCode::OutputBusy, Some("out_dir")), "{error}");
}

#[test]
fn clips_rendered_side_by_side_are_the_same() {
    let folder = scratch();
    let made = |name: &str, at_once: u32| {
        let out = folder.path().join(name);
        let job = Extract::from(media("talk.mp4")).options(three(&json!({"clips_at_once": at_once, "threads": 1})));
        let report = job.run(&out, &Control::new()).unwrap();
        assert_eq!(report.clips.iter().map(|clip| clip.index).collect::<Vec<_>>(), [1, 2, 3]);
        contents(&out)
    };
    let (mut alone, mut beside) = (made("alone", 1), made("beside", 3));
    let (a, b) = (alone.remove("manifest.json").unwrap(), beside.remove("manifest.json").unwrap());
    assert_eq!(differing(&alone, &beside), [""; 0]);
    let text = String::from_utf8(a).unwrap().replace("\"clips_at_once\": 1", "\"clips_at_once\": 3");
    assert_eq!(text, String::from_utf8(b).unwrap());
}

#[test]
fn a_rendering_in_place_that_is_stopped_goes_on() {
    let folder = scratch();
    let out = folder.path().join("out");
    Extract::from(media("talk.mp4")).options(three(&json!({}))).run(&out, &Control::new()).unwrap();
    let before = contents(&out);
    let file = out.join("manifest.json");
    let edited = std::fs::read_to_string(&file).unwrap().replace("\"crf\": 20.0", "\"crf\": 30.0");
    std::fs::write(&file, &edited).unwrap();
    let token = CancelToken::new();
    let (stopper, record) = (token.clone(), out.join(WORK).join("clip-01.json"));
    let control = Control::new().with_cancel(token).on_progress(move |_| {
        if record.exists() {
            stopper.cancel();
        }
    });
    assert_eq!(failure(Render::file(&file).run(&control), "cancelled").code(), ErrorCode::Cancelled);
    let mut now = contents_without_work(&out);
    assert_eq!(now.insert("manifest.json".into(), before["manifest.json"].clone()).unwrap(), edited.as_bytes());
    assert_eq!(differing(&before, &now), [""; 0]);
    let inode = std::fs::metadata(out.join(WORK).join("clip-01.mp4")).unwrap().ino();
    let report = Render::file(&file).run(&Control::new()).unwrap();
    assert_eq!(std::fs::metadata(&report.clips[0].video).unwrap().ino(), inode);
    assert!(!out.join(WORK).exists());
}

fn contents_without_work(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = tree(out).into_iter().filter(|name| !name.starts_with(WORK));
    names.map(|name| (name.clone(), std::fs::read(out.join(name)).unwrap())).collect()
}
