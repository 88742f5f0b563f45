//! Progress, cancellation and time limits while real work is done.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opusclip_core::clip::{self, AnalyzeOptions, Extract, Limits, Manifest};
use opusclip_core::{CancelToken, Control, ErrorCode, Progress, Result};
use serde_json::{Value, json};

use super::support::{fast, ffmpeg, manifest, media, median, options, scratch, tree};

/// Cancelled work must answer within this many seconds; the median counts, because a busy machine is no defect.
const ANSWER: f64 = 0.2;
/// No answer may take longer than this, however busy the machine.
const NEVER: f64 = 1.5;

/// Several minutes of talk, in a file of its own.
fn long(folder: &Path) -> PathBuf {
    let path = folder.join("long.mp4");
    ffmpeg(&format!("-stream_loop 15 -i {} -c copy", media("talk.mp4").display()), &path);
    path
}

/// Analyse without what was kept from before: there must be work to stop or to watch.
fn analyze(video: &Path, control: &Control) -> Result<()> {
    let options = AnalyzeOptions { cache: false, ..AnalyzeOptions::default() };
    clip::analyze_with(video, &options, Limits::default(), control).map(drop)
}

/// Cancel some work after each delay; the answers' times in seconds.
fn cancelled(delays: &[u64], work: impl Fn(&Control) -> Result<()> + Send + Sync) -> Vec<f64> {
    let answer = |delay: u64| {
        let token = CancelToken::new();
        let control = Control::new().with_cancel(token.clone());
        std::thread::scope(|scope| {
            let running = scope.spawn(|| (work(&control), Instant::now()));
            std::thread::sleep(Duration::from_millis(delay));
            let asked = Instant::now();
            token.cancel();
            let (result, ended) = running.join().unwrap();
            let code = result.expect_err("the work was over before it was cancelled; take more").code();
            assert_eq!(code, ErrorCode::Cancelled, "after {delay} ms");
            ended.saturating_duration_since(asked).as_secs_f64()
        })
    };
    delays.iter().map(|delay| answer(*delay)).collect()
}

fn quick(answers: &[f64], what: &str) {
    assert!(answers.iter().all(|a| *a <= NEVER), "{what}: {answers:?}");
    assert!(median(answers) <= ANSWER, "{what}: {answers:?}");
}

#[test]
fn cancelling_the_analysis_answers_quickly_and_leaves_nothing() {
    let folder = scratch();
    let video = long(folder.path());
    let delays = [5, 60, 150, 300, 600];
    quick(&cancelled(&delays, |c| analyze(&video, c)), "analyze");
    let out = folder.path().join("out");
    let wanted = options(&fast(&json!({"transcript": media("talk.srt"), "cache": false}))).unwrap();
    quick(&cancelled(&delays, |c| clip::extract_clips(&video, &out, wanted.clone(), c).map(drop)), "extract");
    assert!(!out.exists(), "left {:?}", tree(&out));
}

#[test]
fn cancelling_the_search_for_cuts_answers_quickly() {
    let folder = scratch();
    let video = folder.path().join("one-group.mp4");
    // All that is between two keyframes must be looked at, and here that is everything.
    let source = "testsrc2=s=640x360:r=30:d=240,noise=alls=6:allf=t";
    ffmpeg(&format!("-f lavfi -i {source} -c:v libx264 -preset ultrafast -g 3600 -sc_threshold 0 -crf 35"), &video);
    quick(&cancelled(&[100, 200, 350], |c| analyze(&video, c)), "cuts");
}

fn long_render(video: &Path) -> Manifest {
    let render = json!({"width": 1080, "height": 1920, "speed": "slow"});
    serde_json::from_value(manifest(video, &[(0.0, 75.0)], &render)).unwrap()
}

#[test]
fn cancelling_a_rendering_answers_quickly_and_leaves_nothing() {
    let folder = scratch();
    let manifest = long_render(&media("talk.mp4"));
    let out = folder.path().join("out");
    let delays = [20, 150, 300, 450, 600, 800, 1100, 1600, 2500];
    quick(&cancelled(&delays, |c| clip::render(&manifest, &out, &[], false, c).map(drop)), "render");
    assert_eq!(tree(folder.path()), BTreeSet::new());
}

/// One picture takes this encoder seconds, and it cannot be interrupted.
#[test]
fn cancelling_an_encoder_that_is_slow_answers_quickly_and_leaves_nothing() {
    let folder = scratch();
    let slowest = json!({"width": 1080, "height": 1920, "speed": "veryslow", "codec": "av1", "encoder": "rav1e"});
    let plan: Manifest = serde_json::from_value(manifest(&media("talk.mp4"), &[(0.0, 75.0)], &slowest)).unwrap();
    let out = folder.path().join("out");
    let delays = [300, 600, 1100, 1600, 2500];
    quick(&cancelled(&delays, |c| clip::render(&plan, &out, &[], false, c).map(drop)), "rav1e");
    assert_eq!(tree(folder.path()), BTreeSet::new());
}

#[test]
fn cancelled_before_it_begins_nothing_is_done() {
    let folder = scratch();
    let token = CancelToken::new();
    token.cancel();
    let control = Control::new().with_cancel(token);
    let out = folder.path().join("out");
    let video = media("talk.mp4");
    let codes = [
        clip::probe(&video, Limits::default(), &control).map(drop),
        analyze(&video, &control),
        clip::extract_clips(&video, &out, options(&fast(&json!({}))).unwrap(), &control).map(drop),
        clip::render(&long_render(&video), &out, &[], false, &control).map(drop),
    ]
    .map(|result| result.unwrap_err().code());
    assert_eq!(codes, [ErrorCode::Cancelled; 4]);
    assert!(!out.exists());
}

#[test]
fn a_time_limit_stops_the_work_in_time() {
    let folder = scratch();
    let (video, out) = (long(folder.path()), folder.path().join("out"));
    let late = |limit: f64, work: &dyn Fn() -> Result<()>| {
        let start = Instant::now();
        let code = work().expect_err("the work was over before its time; take more").code();
        assert_eq!(code, ErrorCode::LimitTime);
        start.elapsed().as_secs_f64() - limit
    };
    let option = |limit: f64| {
        let wanted = options(&fast(&json!({"time_limit": limit, "cache": false}))).unwrap();
        late(limit, &|| clip::extract_clips(&video, &out, wanted.clone(), &Control::new()).map(drop))
    };
    quick(&[0.0, 0.1, 0.4].map(option), "option");
    let manifest = long_render(&media("talk.mp4"));
    let control = |limit: f64| {
        let control = Control::new().with_time_limit(Duration::from_secs_f64(limit));
        late(limit, &|| clip::render(&manifest, &out, &[], false, &control).map(drop))
    };
    quick(&[0.2, 0.5, 1.2].map(control), "control");
    assert!(!out.exists(), "left {:?}", tree(&out));
}

/// What a listener heard of some work.
fn heard(work: impl FnOnce(&Control)) -> Vec<Progress> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    work(&Control::new().on_progress(move |progress| sink.lock().unwrap().push(progress.clone())));
    let heard = heard.lock().unwrap().clone();
    assert!(!heard.is_empty(), "nothing was heard");
    for pair in heard.windows(2) {
        assert!(pair[0].fraction <= pair[1].fraction, "{pair:?}");
    }
    for progress in &heard {
        assert!((0.0..=1.0).contains(&progress.fraction), "{progress:?}");
        assert!(progress.remaining.is_none_or(|s| s.is_finite() && s >= 0.0), "{progress:?}");
    }
    assert_eq!(heard.last().map(|p| p.fraction), Some(1.0), "the end is told");
    heard
}

fn stages(heard: &[Progress]) -> Vec<&str> {
    let mut stages: Vec<&str> = heard.iter().map(|p| p.stage).collect();
    stages.dedup();
    stages
}

#[test]
fn progress_of_the_whole_job_rises_to_one() {
    let folder = scratch();
    let transcript: Value = json!({"transcript": media("talk.srt"), "count": 2, "cache": false});
    let wanted = options(&fast(&transcript)).unwrap();
    let all =
        heard(|c| drop(clip::extract_clips(media("talk.mp4"), folder.path().join("a"), wanted.clone(), c).unwrap()));
    assert_eq!(stages(&all), ["probe", "analyze", "select", "render", "export"]);
    assert!(all.len() > 5, "{all:?}");
    let manifest = Manifest::read(&folder.path().join("a/manifest.json")).unwrap();
    let again = heard(|c| drop(clip::render(&manifest, folder.path().join("b"), &[], false, c).unwrap()));
    assert_eq!(stages(&again), ["render", "export"]);
    heard(|c| analyze(&media("talk.mp4"), c).unwrap());
    heard(|c| drop(Extract::from(media("talk.mp4")).options(wanted.clone()).select(c).unwrap()));
}

#[test]
fn progress_of_a_damaged_file_still_ends_at_one() {
    for name in ["bad/cut_middle.mp4", "bad/absurd_duration.mp4", "bad/cut_middle.ts"] {
        heard(|c| analyze(&media(name), c).unwrap());
    }
}
