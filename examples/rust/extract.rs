//! Cut clips out of a video and say why these.
//!
//! ```text
//! cargo run --release -p opusclip-core --example extract -- VIDEO [OUT_DIR [TRANSCRIPT]]
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it found")]

use std::process::ExitCode;

// The README shows what stands between these two marks; a test compares them.
// README: begin
use opusclip_core::clip::{Extract, Report};
use opusclip_core::{Control, Result};

fn cut_clips(video: &str, transcript: Option<&str>, out_dir: &str) -> Result<Report> {
    let control = Control::new().on_progress(|step| eprintln!("{} {:.0} %", step.stage, step.fraction * 100.0));
    let mut job = Extract::from(video).count(3).between(15.0, 59.0);
    if let Some(transcript) = transcript {
        job = job.transcript(transcript);
    }
    let report = job.run(out_dir, &control)?;
    for clip in &report.clips {
        println!("{}  {:.1} to {:.1} s  score {:.2}", clip.video.display(), clip.start, clip.end, clip.score);
    }
    Ok(report)
}
// README: end

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(video) = arguments.first() else {
        eprintln!("usage: extract VIDEO [OUT_DIR [TRANSCRIPT]]");
        return ExitCode::from(2);
    };
    let out_dir = arguments.get(1).map_or("clips", String::as_str);
    let transcript = arguments.get(2).map(String::as_str);
    match cut_clips(video, transcript, out_dir) {
        Ok(report) => {
            for clip in &report.clips {
                println!("{}: {}", clip.index, clip.reason);
            }
            for note in &report.notes {
                println!("note: {note}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error} [{}]", error.code());
            ExitCode::from(error.code().exit_status())
        }
    }
}
