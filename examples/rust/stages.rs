//! The stages one by one: probe, analyse, read the transcript, choose, and render an edited manifest.
//!
//! ```text
//! cargo run --release -p opusclip-core --example stages -- VIDEO TRANSCRIPT [MANIFEST OUT_DIR]
//! ```
//!
//! MANIFEST is a `manifest.json` that `extract` wrote. Its first clip is rendered again into OUT_DIR, a second shorter.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it found")]

use std::path::Path;
use std::process::ExitCode;

use opusclip_core::clip::select::select;
use opusclip_core::clip::{Limits, Manifest, Material, SelectOptions, analyze, probe, render, transcript};
use opusclip_core::{Control, ErrorCode, Result};

fn choose(video: &str, subtitles: &str, control: &Control) -> Result<()> {
    // Limits protect the host: these refuse anything larger than 4K or longer than three hours.
    let limits = Limits { side: 3840, pixels: 3840 * 2160, duration: 3.0 * 3600.0, ..Limits::default() };

    let info = probe(video, limits, control)?;
    if let Some(picture) = info.video() {
        println!("{:?}, shown as {}x{}", info.container, picture.display_width, picture.display_height);
    }

    let analysis = analyze(video, limits, control)?;
    println!("{:.1} s, {} shots, {} pauses", analysis.duration, analysis.shots.len(), analysis.pauses.len());

    // Subtitles are rarely exact: `fit` drops what lies outside of the media, `snap` moves the borders of sentences
    // into the pauses that can be heard.
    let words = transcript::read(Path::new(subtitles))?.fit(analysis.duration).snap(&analysis);
    println!("{} words, {} sentences", words.words.len(), transcript::sentences(&words).len());

    let wanted = SelectOptions { count: 2, ..SelectOptions::default() };
    let selection = select(&Material::new(&analysis).transcript(&words), &wanted, control)?;
    for clip in &selection.clips {
        println!("score {:.2}: {}", clip.score, clip.reason);
        for feature in &clip.features {
            println!("  {} {:.2} x {:.2}", feature.name, feature.value, feature.weight);
        }
    }
    Ok(())
}

/// Render the first clip of a manifest again, without its last second.
fn shorten(manifest: &str, out_dir: &str, control: &Control) -> Result<()> {
    let mut manifest = Manifest::read(Path::new(manifest))?;
    let Some(last) = manifest.clips.first_mut().and_then(|clip| clip.ranges.last_mut()) else { return Ok(()) };
    last.end -= 1.0;
    let report = render(&manifest, out_dir, &[1], false, control)?;
    for clip in &report.clips {
        println!("{}  {:.1} s", clip.video.display(), clip.duration);
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let control = Control::new();
    let done = match arguments.as_slice() {
        [video, subtitles] => choose(video, subtitles, &control),
        [video, subtitles, manifest, out_dir] => {
            choose(video, subtitles, &control).and_then(|()| shorten(manifest, out_dir, &control))
        }
        _ => {
            eprintln!("usage: stages VIDEO TRANSCRIPT [MANIFEST OUT_DIR]");
            return ExitCode::from(ErrorCode::ConfigInvalid.exit_status());
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error} [{}]", error.code());
            ExitCode::from(error.code().exit_status())
        }
    }
}
