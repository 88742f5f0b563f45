//! The `opusclip` command: parses the arguments, then becomes `opusclip-engine`.
//!
//! Loading FFmpeg's libraries takes longer than reading a help text should, so this program links none of them: it
//! names nothing of the library, only the tree of arguments.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command as Process, ExitCode};

use clap::{CommandFactory as _, Parser as _};

#[path = "../cli/tree/mod.rs"]
#[allow(dead_code, reason = "only the engine reads what was parsed")]
mod tree;

use tree::{Arguments, Command};

/// Exit status where the engine is missing, as for a command that a shell cannot find.
const NOT_FOUND: u8 = 127;

fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    match Arguments::try_parse_from(&typed) {
        // Help and version are answers too.
        Err(answer) => ExitCode::from(tree::answer(&answer, &typed)),
        Ok(Arguments { command: Command::Completions { shell }, .. }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "opusclip", &mut script);
            // A reader that has gone wants no more of it.
            let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
            ExitCode::SUCCESS
        }
        Ok(_) => become_engine(&typed[1..]),
    }
}

/// SVT-AV1 writes to standard error unless its environment says that only errors matter.
const QUIET: [(&str, &str); 1] = [("SVT_LOG", "1")];

/// The engine lies beside this program; where it does not, the search path is tried.
fn engine() -> PathBuf {
    let name = format!("opusclip-engine{}", std::env::consts::EXE_SUFFIX);
    std::env::current_exe()
        .and_then(std::fs::canonicalize)
        .ok()
        .and_then(|program| Some(program.parent()?.join(&name)))
        .filter(|beside| beside.exists())
        .unwrap_or_else(|| name.into())
}

#[cfg(unix)]
fn become_engine(arguments: &[OsString]) -> ExitCode {
    use std::os::unix::process::CommandExt as _;
    // Returns only where it failed: signals, exit status and process number are then the engine's own.
    let error = Process::new(engine()).arg0("opusclip").args(arguments).envs(QUIET).exec();
    missing(&error)
}

#[cfg(not(unix))]
fn become_engine(arguments: &[OsString]) -> ExitCode {
    match Process::new(engine()).args(arguments).envs(QUIET).status() {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => missing(&error),
    }
}

#[allow(clippy::print_stderr, reason = "a command tells its user why it cannot go on")]
fn missing(error: &std::io::Error) -> ExitCode {
    eprintln!("opusclip: cannot start {}: {error}; install it beside opusclip", engine().display());
    ExitCode::from(NOT_FOUND)
}
