//! Results for people.

use std::io::{Result, Write};

use crate::clip::analysis::Analysis;
use crate::clip::media::StreamInfo;
use crate::clip::{MediaInfo, Report, Selection};
use crate::time::clock;

pub(super) fn media(out: &mut dyn Write, info: &MediaInfo) -> Result<()> {
    writeln!(out, "{}", info.path.display())?;
    let duration = info.duration.map_or("unknown length".to_owned(), clock);
    writeln!(
        out,
        "  {:?}, {duration}, {:.1} MB, starts at {:.3} s",
        info.container,
        info.size as f64 / 1e6,
        info.start_offset
    )?;
    for stream in &info.streams {
        let used = if info.video == Some(stream.index) || info.audio == Some(stream.index) { "*" } else { " " };
        writeln!(out, "{used} {} {:?} {}{}", stream.index, stream.kind, stream.codec, details(stream))?;
    }
    for chapter in &info.chapters {
        writeln!(out, "  {} - {} {}", clock(chapter.start), clock(chapter.end), chapter.title)?;
    }
    Ok(())
}

fn details(stream: &StreamInfo) -> String {
    let mut text = String::new();
    if let Some(video) = &stream.video {
        text += &format!(
            " {}x{} (shown {}x{}) {} {} bit",
            video.width, video.height, video.display_width, video.display_height, video.pixel_format, video.bit_depth
        );
        if let Some(rate) = video.frame_rate {
            text +=
                &format!(" {:.3} frames/s{}", rate.value(), if video.variable_frame_rate { " (variable)" } else { "" });
        }
        if video.rotation != 0 {
            text += &format!(" turned {} degrees", video.rotation);
        }
    }
    if let Some(audio) = &stream.audio {
        text += &format!(" {} Hz {}", audio.sample_rate, audio.layout);
    }
    if let Some(language) = &stream.language {
        text += &format!(" [{language}]");
    }
    text
}

pub(super) fn analysis(out: &mut dyn Write, analysis: &Analysis) -> Result<()> {
    let speech: f64 = analysis.speech.iter().map(|span| span.duration()).sum();
    writeln!(out, "length    {}", clock(analysis.duration))?;
    if let Some(loudness) = &analysis.loudness {
        let integrated = loudness.integrated.map_or("silence".to_owned(), |value| format!("{value:.1} LUFS"));
        let peak = loudness.true_peak.map_or(String::new(), |value| format!(", peak {value:.1} dBTP"));
        writeln!(out, "loudness  {integrated}, range {:.1} LU{peak}", loudness.range)?;
        writeln!(
            out,
            "speech    {} in {} stretches, {} pauses",
            clock(speech),
            analysis.speech.len(),
            analysis.pauses.len()
        )?;
    } else {
        writeln!(out, "loudness  no sound")?;
    }
    writeln!(out, "shots     {}", analysis.shots.len())?;
    for shot in &analysis.shots {
        writeln!(
            out,
            "  {:>9} - {:<9} {} ({:.2})",
            clock(shot.start),
            clock(shot.end),
            shot.found_by,
            shot.confidence
        )?;
    }
    notes(out, &analysis.damage.notes)
}

pub(super) fn selection(out: &mut dyn Write, selection: &Selection) -> Result<()> {
    for (index, clip) in selection.clips.iter().enumerate() {
        let (start, end) = (clip.ranges.first().map_or(0.0, |r| r.start), clip.ranges.last().map_or(0.0, |r| r.end));
        writeln!(out, "{}  {} - {}  score {:.2}  {}", index + 1, clock(start), clock(end), clip.score, clip.reason)?;
        for feature in &clip.features {
            writeln!(out, "     {:<14} {:.2} x {:.2}", feature.name, feature.value, feature.weight)?;
        }
    }
    notes(out, &selection.notes)
}

pub(super) fn report(out: &mut dyn Write, report: &Report) -> Result<()> {
    for clip in &report.clips {
        writeln!(
            out,
            "{}  {} - {}  ({:.1} s)  score {:.2}  {}",
            clip.video.display(),
            clock(clip.start),
            clock(clip.end),
            clip.duration,
            clip.score,
            clip.reason
        )?;
    }
    if report.clips.is_empty() {
        writeln!(out, "no clips")?;
    } else {
        writeln!(out, "contact sheet  {}", report.contact_sheet.display())?;
    }
    writeln!(out, "manifest       {}", report.manifest.display())?;
    notes(out, &report.notes)
}

fn notes(out: &mut dyn Write, notes: &[String]) -> Result<()> {
    notes.iter().try_for_each(|note| writeln!(out, "note: {note}"))
}
