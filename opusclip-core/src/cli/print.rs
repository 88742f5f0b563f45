//! Results for people.

use std::io::{Result, Write};

use crate::clip::analysis::{Analysis, Boundary, FoundBy};
use crate::clip::export::analysis::words;
use crate::clip::media::StreamInfo;
use crate::clip::{CacheInfo, Exported, Feature, MediaInfo, Report, Selection, Severity, UploadCheck, UploadFinding};
use crate::time::{Span, clock};

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
    let span = analysis.span;
    writeln!(out, "length     {}, level {}", clock(analysis.duration), words::name(&analysis.level))?;
    if span != Span::new(0.0, analysis.duration) {
        writeln!(out, "analysed   {}", words::range(span.start, span.end))?;
    }
    if let Some(loudness) = &analysis.loudness {
        let integrated = loudness.integrated.map_or("silence".to_owned(), |value| format!("{value:.1} LUFS"));
        let peak = loudness.true_peak.map_or(String::new(), |value| format!(", peak {value:.1} dBTP"));
        writeln!(out, "loudness   {integrated}, range {:.1} LU{peak}", loudness.range)?;
        let pauses = words::count(analysis.pauses.len(), "pause");
        writeln!(out, "speech     {}, {pauses}", words::stretches(&analysis.speech))?;
    } else {
        writeln!(out, "loudness   no sound")?;
    }
    for (name, spans) in [
        ("music", &analysis.music),
        ("silence", &analysis.silence),
        ("black", &analysis.black),
        ("frozen", &analysis.frozen),
    ] {
        stretches(out, name, spans)?;
    }
    for border in &analysis.borders {
        writeln!(out, "bars       {}  {}", words::range(border.start, border.end), words::bars(border))?;
    }
    writeln!(out, "shots      {}", analysis.shots.len())?;
    let kinds = words::kinds(&analysis.boundaries);
    writeln!(out, "boundaries {}", if kinds.is_empty() { "none" } else { &kinds })?;
    for boundary in &analysis.boundaries {
        let Boundary { kind, confidence, .. } = boundary;
        let by = if boundary.found_by == FoundBy::Keyframes { "  told by keyframes" } else { "" };
        let sure = confidence * 100.0;
        writeln!(out, "  {:<23}  {:<8}  {sure:>3.0} % sure{by}", words::when(boundary), words::name(kind))?;
    }
    for finding in &analysis.damage.findings {
        let first = finding.times.first().map_or(String::new(), |time| format!(", first at {}", clock(*time)));
        let times = words::count(usize::try_from(finding.count).unwrap_or(usize::MAX), "time");
        writeln!(out, "found      {}: {times}{first}", words::in_words(&finding.kind))?;
    }
    notes(out, &analysis.damage.notes)
}

/// How much in how many stretches, and the first of them.
fn stretches(out: &mut dyn Write, name: &str, spans: &[Span]) -> Result<()> {
    const SHOWN: usize = 4;
    if spans.is_empty() {
        return Ok(());
    }
    let first: Vec<String> = spans.iter().take(SHOWN).map(|span| words::range(span.start, span.end)).collect();
    let more = if spans.len() > SHOWN { ", …" } else { "" };
    writeln!(out, "{name:<10} {}: {}{more}", words::stretches(spans), first.join(", "))
}

pub(super) fn cache(out: &mut dyn Write, info: &CacheInfo) -> Result<()> {
    writeln!(out, "folder   {}", info.folder.display())?;
    let [megabytes, limit] = [info.bytes, info.limit].map(|bytes| bytes as f64 / 1e6);
    writeln!(out, "holds    {} of {megabytes:.1} MB, at most {limit:.0} MB", entries(info))
}

fn entries(info: &CacheInfo) -> String {
    format!("{} {}", info.entries, if info.entries == 1 { "analysis" } else { "analyses" })
}

pub(super) fn cleared(out: &mut dyn Write, before: &CacheInfo) -> Result<()> {
    let megabytes = before.bytes as f64 / 1e6;
    writeln!(out, "removed {} of {megabytes:.1} MB from {}", entries(before), before.folder.display())
}

pub(super) fn selection(out: &mut dyn Write, selection: &Selection, explain: bool) -> Result<()> {
    for (index, clip) in selection.clips.iter().enumerate() {
        let (start, end) = (clip.ranges.first().map_or(0.0, |r| r.start), clip.ranges.last().map_or(0.0, |r| r.end));
        writeln!(out, "{}  {} - {}  score {:.2}  {}", index + 1, clock(start), clock(end), clip.score, clip.reason)?;
        if !clip.post.title.is_empty() {
            writeln!(out, "     {}", clip.post.title)?;
        }
        if explain {
            features(out, &clip.features)?;
            for near in &clip.nearly {
                writeln!(out, "     instead of {} - {}: it {}", clock(near.start), clock(near.end), near.reason)?;
            }
        }
    }
    if explain {
        others(out, selection)?;
    }
    notes(out, &selection.notes)
}

fn features(out: &mut dyn Write, features: &[Feature]) -> Result<()> {
    for Feature { name, value, weight } in features {
        writeln!(out, "     {name:<14} {value:.2} x {weight:.2} = {:.3}", value * weight)?;
    }
    Ok(())
}

fn others(out: &mut dyn Write, selection: &Selection) -> Result<()> {
    writeln!(out, "\n{} candidates were weighed; nearly chosen:", selection.candidates)?;
    for near in &selection.nearly {
        writeln!(out, "     {} - {}  {}", clock(near.start), clock(near.end), near.reason)?;
    }
    if selection.topics.len() > 1 {
        writeln!(out, "\ntopics{}:", selection.language.as_ref().map_or(String::new(), |code| format!(" ({code})")))?;
        for topic in &selection.topics {
            writeln!(out, "     {} - {}  {}", clock(topic.start), clock(topic.end), topic.keywords.join(", "))?;
        }
    }
    Ok(())
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
    if let Some(page) = &report.page {
        writeln!(out, "page           {}", page.display())?;
    }
    writeln!(out, "manifest       {}", report.manifest.display())?;
    notes(out, &report.notes)
}

pub(super) fn exported(out: &mut dyn Write, exported: &Exported) -> Result<()> {
    exported.files.iter().try_for_each(|file| writeln!(out, "{}", file.display()))?;
    notes(out, &exported.notes)
}

pub(super) fn check(out: &mut dyn Write, check: &UploadCheck) -> Result<()> {
    let verdict = if check.ok { "keeps to the rules of" } else { "breaks rules of" };
    writeln!(out, "{}  {verdict} {}", check.file.display(), check.platform.name())?;
    for UploadFinding { rule, ok, measured, wanted, severity } in &check.findings {
        let mark = match (ok, severity) {
            (true, _) => "ok",
            (false, Severity::Error) => "ERROR",
            (false, Severity::Warning) => "warning",
        };
        writeln!(out, "  {mark:<8} {rule:<18} {measured}  (wanted: {wanted})")?;
    }
    Ok(())
}

fn notes(out: &mut dyn Write, notes: &[String]) -> Result<()> {
    notes.iter().try_for_each(|note| writeln!(out, "note: {note}"))
}
