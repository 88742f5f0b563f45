//! Where the media are, folders that go away, and small ways to run programs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use opusclip_core::clip::{self, ExtractOptions, Manifest, Report};
use opusclip_core::config::from_json;
use opusclip_core::{Control, Error, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_owned()
}

/// The folder of generated media.
pub fn media_dir() -> PathBuf {
    let dir = std::env::var_os("OPUSCLIP_TEST_MEDIA").map_or_else(|| root().join("target/test-media"), PathBuf::from);
    assert!(dir.join("index.json").is_file(), "there are no test media in {}: run `make media`", dir.display());
    dir
}

/// A generated file.
pub fn media(name: &str) -> PathBuf {
    let path = media_dir().join(name);
    assert!(path.is_file(), "{} is missing: run `make media`", path.display());
    path
}

/// What `make media` wrote about its files.
pub fn index() -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(media_dir().join("index.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The names of generated files of these kinds.
pub fn named(kinds: &[&str]) -> Vec<String> {
    let wanted = |entry: &Value| kinds.contains(&entry["kind"].as_str().unwrap_or_default());
    index().iter().filter(|(_, entry)| wanted(entry)).map(|(name, _)| name.clone()).collect()
}

/// What `make media` knows about a file.
pub fn expected(name: &str) -> Value {
    index().get(name).map_or(Value::Null, |entry| entry["expected"].clone())
}

/// The optional folder of real samples.
pub fn sample_dir() -> Option<PathBuf> {
    let dir =
        std::env::var_os("OPUSCLIP_SAMPLES").map_or_else(|| root().join("../shared/samples/video"), PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("skipped: there is no folder of samples {}", dir.display());
    None
}

/// A file of the optional folder of real samples.
pub fn sample(name: &str) -> Option<PathBuf> {
    let path = sample_dir()?.join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: there is no sample {}", path.display());
    None
}

/// A fresh folder that goes when it is dropped.
pub fn scratch() -> TempDir {
    tempfile::Builder::new().prefix("opusclip-test-").tempdir().unwrap()
}

/// Small and fast options, with more on top; the middle of the picture is shown.
pub fn fast(more: &Value) -> Value {
    let mut options = json!({
        "width": 270, "height": 480, "speed": "ultrafast", "follow": false, "min_duration": 3, "max_duration": 6, "count": 1,
    });
    for (name, value) in more.as_object().expect("options are an object") {
        options[name] = value.clone();
    }
    options
}

/// Options as a caller writes them.
pub fn options(options: &Value) -> Result<ExtractOptions> {
    from_json(options.clone())
}

/// The main job with [`fast`] options.
pub fn extract(video: &Path, out: &Path, more: &Value) -> Result<Report> {
    clip::extract_clips(video, out, options(&fast(more))?, &Control::new())
}

/// A manifest for these stretches of a video, as a caller would write it.
pub fn manifest(video: &Path, ranges: &[(f64, f64)], render: &Value) -> Value {
    let clips: Vec<Value> = (1..)
        .zip(ranges)
        .map(|(index, (start, end))| {
            json!({
                "index": index, "start": start, "end": end, "duration": end - start,
                "ranges": [{"start": start, "end": end}],
                "score": 0.5, "features": [], "reason": "chosen by hand", "text": "", "words": [],
                "framing": {"layout": "auto", "crop": {"x": 0, "y": 0, "width": 1, "height": 1}, "reason": ""},
                "video": format!("clip-{index:02}.mp4"), "thumbnail": format!("clip-{index:02}.jpg"),
                "width": 0, "height": 0, "frame_rate": {"num": 30, "den": 1}, "encoder": "", "loudness": null,
            })
        })
        .collect();
    let size = std::fs::metadata(video).map_or(0, |m| m.len());
    let mut options = json!({"width": 270, "height": 480, "speed": "ultrafast", "follow": false});
    for (name, value) in render.as_object().expect("options are an object") {
        options[name] = value.clone();
    }
    json!({
        "version": 1, "generator": "test", "source": {"path": video, "size": size, "duration": 0},
        "render": options, "clips": clips, "notes": [],
    })
}

/// Render a manifest.
pub fn render(manifest: &Value, out: &Path) -> Result<Report> {
    let manifest: Manifest = from_json(manifest.clone())?;
    clip::render(&manifest, out, &[], false, &Control::new())
}

/// Render one stretch of a video and say where the file is.
pub fn render_range(video: &Path, range: (f64, f64), more: &Value, out: &Path) -> PathBuf {
    let report = render(&manifest(video, &[range], more), out).unwrap_or_else(|e| panic!("{}: {e}", video.display()));
    report.clips[0].video.clone()
}

/// Everything below a folder, hidden files too; empty where there is no folder.
pub fn tree(dir: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            found.insert(path.strip_prefix(dir).unwrap().display().to_string());
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            }
        }
    }
    found
}

/// The error of something that must fail.
pub fn failure<T: std::fmt::Debug>(result: Result<T>, what: &str) -> Error {
    match result {
        Err(error) => error,
        Ok(value) => panic!("{what}: it did not fail but gave {value:?}"),
    }
}

/// The `opusclip` command.
pub fn opusclip() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opusclip"));
    command.stdin(Stdio::null());
    command
}

/// Run a program to its end, or kill it and fail after `limit`.
pub fn finish(mut command: Command, limit: Duration) -> Output {
    let what = format!("{command:?}");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap_or_else(|e| panic!("{what}: {e}"));
    let id = child.id();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(child.wait_with_output()));
    match receive.recv_timeout(limit) {
        Ok(output) => output.unwrap(),
        Err(_) => {
            signal(id, "KILL");
            panic!("{what} did not end within {limit:?}");
        }
    }
}

/// Send a signal to a process of our own.
pub fn signal(id: u32, name: &str) {
    let _ = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).stderr(Stdio::null()).status();
}

/// Run a tool that must succeed; standard output and error.
pub fn tool(program: &str, arguments: &[&str]) -> (Vec<u8>, String) {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{program} cannot be run ({e}): `make setup` installs it"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?} failed: {said}");
    (output.stdout, said)
}

/// Make a file with FFmpeg.
pub fn ffmpeg(arguments: &str, target: &Path) {
    let mut words = vec!["-v", "error", "-nostdin", "-y"];
    words.extend(arguments.split_whitespace());
    let target = target.to_string_lossy();
    words.push(&target);
    tool("ffmpeg", &words);
}

/// What `ffprobe` prints as JSON.
pub fn ffprobe(path: &Path, arguments: &str) -> Value {
    let mut words = vec!["-v", "error", "-of", "json"];
    words.extend(arguments.split_whitespace());
    let path = path.to_string_lossy();
    words.push(&path);
    serde_json::from_slice(&tool("ffprobe", &words).0).unwrap()
}

/// A number that `ffprobe` prints as text.
pub fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(f64::NAN)
}

/// A fraction such as `30000/1001`.
pub fn fraction(value: &Value) -> f64 {
    let (top, bottom) = value.as_str().and_then(|text| text.split_once('/')).unwrap_or(("0", "0"));
    top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap()
}

/// Wait for something to become true.
pub fn wait_for(limit: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        if ready() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

/// The middle of some numbers.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
