//! The `opusclip` command: one tree, called by the Rust binary, the Python script and the Node script.
//!
//! The Rust binary is two programs: `opusclip` parses the arguments and answers `--help` and the like by itself in two
//! milliseconds; for anything else it becomes `opusclip-engine`, which loads FFmpeg and its 160 libraries (35 ms).
//!
//! Standard output holds the result, standard error everything else: a progress bar on a terminal, one line for an error.

mod analytics;
mod analyze;
mod balance;
mod cases;
mod options;
mod output;
mod print;
mod progress;
mod scaling;
mod select;
mod topics;
mod transcribe;
mod tree;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{CommandFactory as _, Parser as _};
use serde::Serialize;

use self::tree::{Arguments, Command};
use crate::clip::{self, ExtractOptions, Limits};
use crate::control::{CancelToken, Control};
use crate::error::{Error, ErrorCode, Result};

/// Run the command with these arguments, the first of which is the program's name; returns the exit status.
///
/// 0 done, 2 wrong use or configuration, 3 media, 4 transcript or manifest, 5 output, 6 no encoder, 7 limit, 8 callback,
/// 9 a checked file breaks a rule, 70 defect, 130 cancelled.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let typed: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&typed) {
        Ok(arguments) => arguments,
        Err(answer) => return tree::answer(&answer, &typed),
    };
    let json = arguments.json;
    match dispatch(arguments) {
        Ok(()) => 0,
        Err(Stop::Pipe) => 0,
        Err(Stop::CheckFailed) => CHECK_FAILED,
        Err(Stop::Failed(error)) => {
            let line = if json {
                serde_json::json!({"error": error.to_json()}).to_string()
            } else {
                format!("opusclip: {error} [{}]", error.code())
            };
            let _ = writeln!(io::stderr(), "{line}");
            error.code().exit_status()
        }
    }
}

/// Exit status where a file breaks an upload rule, or a case fails.
const CHECK_FAILED: u8 = 9;

enum Stop {
    /// Whoever read our output has gone: `opusclip probe x | head`.
    Pipe,
    /// A file that was checked breaks a rule, or a case failed; the answer says which.
    CheckFailed,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => {
                Self::Failed(Error::new(ErrorCode::OutputUnwritable, format!("cannot print: {error}")).caused_by(error))
            }
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<(), Stop> {
    let Arguments { json, quiet, command } = arguments;
    let mut out = io::stdout().lock();
    let token = stop_on_signal();
    let control = || progress::control(token.clone(), quiet || json);
    match command {
        Command::Probe { video } => {
            let info = clip::probe(video, Limits::default(), &Control::new().with_cancel(token))?;
            emit(&mut out, json, &info, print::media)?;
        }
        Command::Analyze(wanted) => {
            let (control, bar) = control();
            analyze::run(&mut out, json, &wanted, &control, &bar)?;
        }
        Command::Transcribe(wanted) => {
            let (control, bar) = control();
            transcribe::run(&mut out, json, &wanted, &control, &bar)?;
        }
        Command::Cache { clear, cache_dir } => {
            let folder = cache_dir.as_deref();
            if clear {
                emit(&mut out, json, &clip::clear_cache(folder)?, print::cleared)?;
            } else {
                emit(&mut out, json, &clip::cache_info(folder)?, print::cache)?;
            }
        }
        Command::Topics(wanted) => topics::run(&mut out, json, &wanted)?,
        Command::Select(wanted) => {
            let (control, bar) = control();
            select::run(&mut out, json, *wanted, &control, &bar)?;
        }
        Command::Extract { video, out: folder, report, options } => {
            let (control, bar) = control();
            let options = ExtractOptions { report, ..options.extract_options()? };
            let report = clip::extract_clips(video, folder, options, &control);
            bar.finish();
            emit(&mut out, json, &report?, print::report)?;
        }
        Command::Render { manifest, out: folder, only, overwrite, force, look } => {
            let (control, bar) = control();
            let mut job =
                clip::Render::file(manifest).only(only).overwrite(overwrite).force(force).changes(look.changes()?);
            if let Some(folder) = folder {
                job = job.out_dir(folder);
            }
            let report = job.run(&control);
            bar.finish();
            emit(&mut out, json, &report?, print::report)?;
        }
        Command::Export { manifest, out: folder, format, only, overwrite } => {
            let (control, bar) = control();
            let mut job = clip::Export::file(manifest).only(only).overwrite(overwrite);
            if let Some(folder) = folder {
                job = job.out_dir(folder);
            }
            let exported = job.run(options::format(format), &control);
            bar.finish();
            emit(&mut out, json, &exported?, print::exported)?;
        }
        Command::Check { files, platform } => {
            let control = Control::new().with_cancel(token);
            let check = |file| clip::check_upload(file, platform.into(), &control);
            let checks = files.into_iter().map(check).collect::<Result<Vec<_>>>()?;
            emit(&mut out, json, &checks, |out, checks| checks.iter().try_for_each(|check| print::check(out, check)))?;
            if checks.iter().any(|check| !check.ok) {
                out.flush()?;
                return Err(Stop::CheckFailed);
            }
        }
        Command::Analytics(wanted) => analytics::run(&mut out, json, wanted)?,
        Command::Balance(wanted) => balance::run(&mut out, json, wanted)?,
        Command::Scaling(wanted) => scaling::run(&mut out, json, wanted, control)?,
        Command::Schema => to_json(&mut out, &crate::schema::all())?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "opusclip", &mut script);
            out.write_all(&script)?;
        }
    }
    out.flush()?;
    Ok(())
}

fn emit<T: Serialize>(
    out: &mut dyn Write,
    json: bool,
    value: &T,
    text: impl Fn(&mut dyn Write, &T) -> io::Result<()>,
) -> Result<(), Stop> {
    if json { to_json(out, value) } else { Ok(text(out, value)?) }
}

fn to_json<T: Serialize>(out: &mut dyn Write, value: &T) -> Result<(), Stop> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::new(ErrorCode::Internal, format!("cannot print the result: {error}")))?;
    Ok(writeln!(out, "{text}")?)
}

/// The first Ctrl-C cancels the work, which then cleans up; the second ends the program at once.
fn stop_on_signal() -> CancelToken {
    let token = CancelToken::new();
    let stopper = token.clone();
    let installed = ctrlc::set_handler(move || {
        if stopper.is_cancelled() {
            std::process::exit(i32::from(ErrorCode::Cancelled.exit_status()));
        }
        stopper.cancel();
    });
    if let Err(error) = installed {
        tracing::debug!(%error, "no signal handler");
    }
    token
}
