//! `opusclip analyze`: in which form, of which stretch, and where to.

use std::io::Write;

use super::progress::Bar;
use super::tree::Analyze;
use super::{Stop, check_free, print, to_json};
use crate::clip::files::write_whole;
use crate::clip::{self, Analysis, Limits};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

pub(super) fn run(out: &mut dyn Write, json: bool, wanted: &Analyze, control: &Control, bar: &Bar) -> Result<(), Stop> {
    // Seen here and not by the parser, which does not see a `--json` that stands before the command.
    if let Some(other) = [("csv", wanted.csv), ("html", wanted.html)].iter().find(|(_, given)| json && *given) {
        let message = format!("--json and --{} ask for two forms at once", other.0);
        return Err(Error::new(ErrorCode::ConfigInvalid, message).field(other.0).hint("leave one of them out").into());
    }
    if let Some(file) = &wanted.out {
        check_free(file, &wanted.video, wanted.overwrite)?;
    }
    let analysis = analyze(wanted, control);
    bar.finish();
    let analysis = analysis?;
    let Some(file) = &wanted.out else { return print(out, json, wanted, &analysis) };
    let mut bytes = Vec::new();
    print(&mut bytes, json, wanted, &analysis)?;
    Ok(write_whole(file, |file| file.write_all(&bytes))?)
}

fn analyze(wanted: &Analyze, control: &Control) -> Result<Analysis> {
    let (video, options, limits) = (&wanted.video, wanted.analyze_options(), Limits::default());
    match wanted.range {
        None => clip::analyze_with(video, &options, limits, control),
        Some((start, end)) => clip::analyze_part(video, start, end, &options, limits, control)?.finish(),
    }
}

fn print(out: &mut dyn Write, json: bool, wanted: &Analyze, analysis: &Analysis) -> Result<(), Stop> {
    if json {
        return to_json(out, analysis);
    }
    if wanted.csv {
        return Ok(out.write_all(analysis.to_csv().as_bytes())?);
    }
    if wanted.html {
        let title = wanted.video.file_name().unwrap_or(wanted.video.as_os_str()).to_string_lossy();
        return Ok(writeln!(out, "{}", analysis.to_html(&title))?);
    }
    Ok(print::analysis(out, analysis)?)
}
