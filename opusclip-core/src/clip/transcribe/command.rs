//! Any program as a speech engine.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use super::{AudioChunk, Transcriber};
use crate::clip::files::write_failure;
use crate::clip::transcript::{self, Transcript};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// How often a program that runs is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// As much of what a program printed is read to find its last line of errors, in bytes.
const LAST_WORDS: u64 = 4096;
/// A program that prints more than this has lost its way, in bytes.
const MOST_PRINTED: u64 = 100_000_000;

/// A program that takes a WAV file (16 kHz, one channel, 16-bit PCM) as its last argument and prints what is said in it,
/// as SRT, WebVTT, the JSON of Whisper or one of its relatives, or as whisper.cpp prints it on a terminal.
///
/// It runs once for each piece of sound, without a shell and without input. Printing nothing means that nobody speaks.
/// It is killed when the work is cancelled, on Unix with all that it has started.
///
/// ```no_run
/// use opusclip_core::clip::transcribe::Command;
/// let local = Command::new("whisper-cli").args(["-m", "ggml-base.bin", "-np", "-f"]);
/// let remote = Command::new("curl").args(["-sf", "https://speech.example/v1", "--upload-file"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Command {
    /// A program, by its path or as the search path finds it.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: Vec::new() }
    }

    /// Arguments that come before the WAV file.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    fn failed(&self, what: &str) -> Error {
        Error::new(ErrorCode::EngineFailed, format!("`{}` {what}", self.program.display())).field("command")
    }

    fn start(&self, sound: &std::path::Path, out: &File, errors: &File) -> Result<Running> {
        let file = |file: &File| file.try_clone().map_err(|error| write_failure("cannot hand a file over", error));
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments).arg(sound).stdin(Stdio::null()).stdout(file(out)?).stderr(file(errors)?);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let started = command.spawn().map_err(|error| {
            self.failed(&format!("cannot be started: {error}"))
                .hint("install it, or give its whole path")
                .caused_by(error)
        });
        Ok(Running(Some(started?)))
    }
}

impl Transcriber for Command {
    fn transcribe(&self, chunk: &AudioChunk, control: &Control) -> Result<Transcript> {
        control.check()?;
        let unwritable = |error| write_failure("cannot write the sound for the speech engine", error);
        let mut sound = tempfile::Builder::new().prefix("opusclip-").suffix(".wav").tempfile().map_err(unwritable)?;
        sound.write_all(&chunk.to_wav()?).and_then(|()| sound.flush()).map_err(unwritable)?;
        // Files and not pipes: a program that prints much never waits for us.
        let (mut out, mut errors) =
            (tempfile::tempfile().map_err(unwritable)?, tempfile::tempfile().map_err(unwritable)?);
        let mut running = self.start(sound.path(), &out, &errors)?;
        let status = loop {
            control.check()?;
            if let Some(status) = running.status().map_err(|error| self.failed(&format!("was lost: {error}")))? {
                break status;
            }
            if out.metadata().is_ok_and(|found| found.len() > MOST_PRINTED) {
                return Err(self.failed(&format!("printed more than {} MB", MOST_PRINTED / 1_000_000)));
            }
            std::thread::sleep(LOOK);
        };
        let last = last_line(&mut errors);
        let said = if last.is_empty() { String::new() } else { format!("; its last words: {last}") };
        if !status.success() {
            return Err(self.failed(&format!("failed with {}{said}", ending(status))));
        }
        let mut printed = Vec::new();
        out.rewind().and_then(|()| out.read_to_end(&mut printed)).map_err(unwritable)?;
        if printed.iter().all(u8::is_ascii_whitespace) {
            return Ok(Transcript::default());
        }
        match transcript::from_bytes(&printed) {
            Ok(transcript) => Ok(transcript),
            Err(error) if error.code() == ErrorCode::TranscriptEmpty => Ok(Transcript::default()),
            Err(error) => {
                let what = format!("printed no transcript (exit status 0): {}{said}", error.message());
                let line = error.line_number();
                let wrong =
                    self.failed(&what).hint("it has to print SRT, WebVTT or the JSON of Whisper").caused_by(error);
                Err(match line {
                    Some(line) => wrong.line(line),
                    None => wrong,
                })
            }
        }
    }
}

fn ending(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    status.code().map_or_else(|| "no exit status".to_owned(), |code| format!("exit status {code}"))
}

/// The last line that is not blank.
fn last_line(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let length = file.metadata().map_or(0, |found| found.len());
    let read = file
        .seek(std::io::SeekFrom::Start(length.saturating_sub(LAST_WORDS)))
        .and_then(|_| file.take(LAST_WORDS).read_to_end(&mut bytes));
    if let Err(error) = read {
        tracing::debug!(%error, "cannot read what the program wrote");
    }
    let text = String::from_utf8_lossy(&bytes);
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// A program that is killed when it is no longer waited for.
struct Running(Option<Child>);

impl Running {
    fn status(&mut self) -> std::io::Result<Option<ExitStatus>> {
        let Some(child) = &mut self.0 else { return Ok(None) };
        let status = child.try_wait()?;
        if status.is_some() {
            self.0 = None;
        }
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else { return };
        #[cfg(unix)]
        if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw)
            && let Err(error) = rustix::process::kill_process_group(group, rustix::process::Signal::KILL)
        {
            tracing::debug!(%error, "cannot kill the group of the speech engine");
        }
        if let Err(error) = child.kill().and_then(|()| child.wait()) {
            tracing::debug!(%error, "cannot kill the speech engine");
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::control::CancelToken;
    use std::time::Instant;

    fn chunk() -> AudioChunk {
        AudioChunk { start: 100.0, end: 101.0, sample_rate: 16_000, samples: vec![0.1; 16_000] }
    }

    fn shell(script: &str) -> Command {
        Command::new("sh").args(["-c", script, "engine"])
    }

    fn run(script: &str) -> Result<Transcript> {
        shell(script).transcribe(&chunk(), &Control::new())
    }

    #[test]
    fn what_is_printed_is_read_in_every_format() {
        for printed in [
            r"printf '1\n00:00:00,500 --> 00:00:01,000\nHello\n'",
            r"printf 'WEBVTT\n\n00:00.500 --> 00:01.000\nHello\n'",
            r#"echo '{"segments": [{"start": 0.5, "end": 1.0, "text": " Hello"}]}'"#,
            r"echo '[00:00:00.500 --> 00:00:01.000]   Hello'",
        ] {
            let heard = run(printed).unwrap();
            assert_eq!((heard.cues[0].start, heard.cues[0].text.as_str()), (0.5, "Hello"), "{printed}");
        }
        assert!(run("true").unwrap().words.is_empty());
        assert!(run(r#"echo '{"segments": []}'"#).unwrap().words.is_empty());
    }

    #[test]
    fn the_last_argument_is_a_wav_file_that_goes_again() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept.wav");
        run(&format!("cp \"$1\" {}; echo \"$1\" > {}/name", kept.display(), folder.path().display())).unwrap();
        assert_eq!(std::fs::read(&kept).unwrap(), chunk().to_wav().unwrap());
        let name = std::fs::read_to_string(folder.path().join("name")).unwrap();
        assert!(name.trim().ends_with(".wav") && !std::path::Path::new(name.trim()).exists());
    }

    #[test]
    fn failures_name_the_program_its_status_and_its_last_words() {
        let error = run("echo first >&2; echo 'no such model' >&2; echo >&2; exit 3").unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::EngineFailed, Some("command")));
        assert_eq!(error.message(), "`sh` failed with exit status 3; its last words: no such model");
        assert!(run("kill -9 $$").unwrap_err().message().contains("signal 9"));
        let error = run("echo 'loading model'; echo odd >&2").unwrap_err();
        assert_eq!(error.code(), ErrorCode::EngineFailed);
        assert!(error.message().contains("exit status 0") && error.message().ends_with("odd"), "{error}");
        let missing = Command::new("no-such-program-at-all").transcribe(&chunk(), &Control::new()).unwrap_err();
        assert!(missing.message().starts_with("`no-such-program-at-all` cannot be started"), "{missing}");
    }

    #[test]
    fn cancelling_kills_it_and_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let alive = folder.path().join("alive");
        let script = format!("(sleep 2; touch {}) & wait", alive.display());
        let token = CancelToken::new();
        let control = Control::new().with_cancel(token.clone());
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            token.cancel();
            Instant::now()
        });
        let error = shell(&script).transcribe(&chunk(), &control).unwrap_err();
        let stopped = stopper.join().unwrap().elapsed();
        assert_eq!(error.code(), ErrorCode::Cancelled);
        assert!(stopped < Duration::from_millis(200), "{stopped:?}");
        std::thread::sleep(Duration::from_millis(2200));
        assert!(!alive.exists(), "what it started lives on");
    }
}
