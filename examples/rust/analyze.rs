//! Analyse a video in two halves at once, say what is in it, and write a page about it.
//!
//! ```text
//! cargo run --release -p opusclip-core --example analyze -- VIDEO PAGE
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it found")]

use std::process::ExitCode;

use opusclip_core::clip::{Analysis, AnalysisPart, AnalyzeOptions, Limits, analyze_part, probe};
use opusclip_core::{Control, ErrorCode, Result};

/// The halves could as well be analysed by two machines: a part is plain data, and both together give what one
/// analysis of the whole gives.
fn halves(video: &str, control: &Control) -> Result<Analysis> {
    let (options, limits) = (AnalyzeOptions::default(), Limits::default());
    let middle = probe(video, limits, control)?.duration.unwrap_or(2.0) / 2.0;
    let part = |start, end| analyze_part(video, start, end, &options, limits, control);
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| part(0.0, Some(middle)));
        // The second half goes on to the end of the file, wherever that really is.
        let second = part(middle, None);
        (first.join(), second)
    });
    let first = first.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    AnalysisPart::merge([first, second?])?.finish()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [video, page] = arguments.as_slice() else {
        eprintln!("usage: analyze VIDEO PAGE");
        return ExitCode::from(ErrorCode::ConfigInvalid.exit_status());
    };
    let analysis = match halves(video, &Control::new()) {
        Ok(analysis) => analysis,
        Err(error) => {
            eprintln!("{error} [{}]", error.code());
            return ExitCode::from(error.code().exit_status());
        }
    };
    for boundary in &analysis.boundaries {
        println!("{:9.3} s  {:?}  {:.0} % sure", boundary.start, boundary.kind, boundary.confidence * 100.0);
    }
    if let Err(error) = std::fs::write(page, analysis.to_html(video)) {
        eprintln!("{page}: {error}");
        return ExitCode::from(ErrorCode::OutputUnwritable.exit_status());
    }
    println!("{page}");
    ExitCode::SUCCESS
}
