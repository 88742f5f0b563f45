//! `opusclip transcribe`: by which engine, in which form, and where to.

use std::io::Write;

use super::output::check_free;
use super::progress::Bar;
use super::tree::{SubtitleName, Transcribe};
use super::{Stop, to_json};
use crate::clip::Transcript;
use crate::clip::files::write_whole;
use crate::clip::transcribe::{TranscribeOptions, engine, transcribe};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

pub(super) fn run(
    out: &mut dyn Write,
    json: bool,
    wanted: &Transcribe,
    control: &Control,
    bar: &Bar,
) -> Result<(), Stop> {
    if let Some(format) = wanted.format.filter(|format| json && *format != SubtitleName::Json) {
        let message = format!("--json and --format {} ask for two forms at once", name(format));
        return Err(Error::new(ErrorCode::ConfigInvalid, message).field("format").hint("leave one of them out").into());
    }
    if let Some(file) = &wanted.out {
        check_free(file, &wanted.video, wanted.overwrite)?;
    }
    let options = wanted.options();
    let heard = engine(&options).and_then(|engine| transcribe(&wanted.video, engine.as_ref(), &options, control));
    bar.finish();
    let heard = heard?;
    let format = if json { SubtitleName::Json } else { wanted.format.unwrap_or(SubtitleName::Srt) };
    let Some(file) = &wanted.out else { return print(out, format, &heard) };
    let mut bytes = Vec::new();
    print(&mut bytes, format, &heard)?;
    Ok(write_whole(file, |file| file.write_all(&bytes))?)
}

impl Transcribe {
    /// The library's own options, with its own defaults where nothing was typed.
    fn options(&self) -> TranscribeOptions {
        let defaults = TranscribeOptions::default();
        let command = |program: &String| std::iter::once(program).chain(&self.arguments).cloned().collect();
        TranscribeOptions {
            chunk_seconds: self.chunk_seconds.unwrap_or(defaults.chunk_seconds),
            language: self.language.clone(),
            model: self.model.clone(),
            command: self.command.as_ref().map(command),
            threads: self.threads.unwrap_or(defaults.threads),
            max_damage: self.max_damage.unwrap_or(defaults.max_damage),
            time_limit: self.time_limit,
        }
    }
}

fn name(format: SubtitleName) -> &'static str {
    match format {
        SubtitleName::Srt => "srt",
        SubtitleName::Vtt => "vtt",
        SubtitleName::Json => "json",
    }
}

fn print(out: &mut dyn Write, format: SubtitleName, heard: &Transcript) -> Result<(), Stop> {
    match format {
        SubtitleName::Srt => Ok(out.write_all(heard.to_srt().as_bytes())?),
        SubtitleName::Vtt => Ok(out.write_all(heard.to_vtt().as_bytes())?),
        SubtitleName::Json => to_json(out, heard),
    }
}
