//! Sloppy subtitle files in, well-formed ones out: the parser behind this accepts the letter of the format only.
//!
//! Every timing line is rewritten in its canonical form and gets a blank line before it, so that the nth timing line of
//! the result is the nth cue of the parser, and its line in the file is the nth of [`Normal::lines`].

use std::sync::LazyLock;

use regex::Regex;

use super::{Repair, TranscriptFormat};
use crate::error::{Error, ErrorCode, Result};

/// A subtitle file without its sloppiness.
#[derive(Debug, Default)]
pub(super) struct Normal {
    /// The well-formed file.
    pub text: String,
    /// For each timing line of `text`, its line in the original file, counted from 1.
    pub lines: Vec<u64>,
    /// What had to be mended or left out.
    pub repairs: Vec<Repair>,
    /// Was there any line that looks like times?
    pub arrows: bool,
}

/// Hours and milliseconds may be missing, digits too few, blanks anywhere; translation programs write `00: 00: 05,
/// 000 ->`.
const TIME: &str = r"(?:([0-9]{1,4})\s*:\s*)?([0-9]{1,4})\s*:\s*([0-9]{1,4})(?:\s*[.,:;]\s*([0-9]{0,9}))?";

static TIMING: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(&format!(r"^({TIME})(\s*(?:-\s*){{1,3}}>\s*)({TIME})")));

/// The largest hour that fits the SRT format.
const MOST_HOURS: u64 = 999;

/// Rewrite a file in its well-formed shape.
///
/// # Errors
/// [`ErrorCode::Internal`] if the pattern for times does not compile.
pub(super) fn normalize(text: &str, format: TranscriptFormat) -> Result<Normal> {
    let pattern = TIMING.as_ref().map_err(|e| {
        Error::new(ErrorCode::Internal, "the pattern for subtitle times is broken").caused_by(e.clone())
    })?;
    let mut writer = Writer {
        format,
        normal: Normal { text: String::with_capacity(text.len() + text.len() / 8), ..Normal::default() },
        pending: None,
        blank_before: true,
        in_body: format == TranscriptFormat::Vtt,
        told: false,
    };
    let text = text.trim_start_matches('\u{feff}');
    if format == TranscriptFormat::Vtt {
        // One signature of our own serves files without one, and those with something glued to it.
        writer.normal.text.push_str(if text.starts_with("WEBVTT") { "WEBVTT\n" } else { "WEBVTT\n\n" });
    }
    for (number, line) in (1u64..).zip(lines(text)) {
        if number == 1 && format == TranscriptFormat::Vtt && line.starts_with("WEBVTT") {
            continue;
        }
        if let Some((canonical, said)) = console_line(pattern, line.trim(), format) {
            writer.times(number, line.trim(), &canonical, true);
            writer.text(number, said);
            continue;
        }
        match read_line(pattern, line.trim(), format) {
            Line::Times { canonical, well_formed } => writer.times(number, line.trim(), &canonical, well_formed),
            Line::Broken => writer.broken(number, line),
            Line::Text => writer.text(number, line),
        }
    }
    writer.flush();
    Ok(writer.normal)
}

/// Lines by LF, CR LF, CR, and the CR CR LF that a conversion done twice leaves behind.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let here = rest?;
        let Some(at) = here.find(['\n', '\r']) else {
            rest = None;
            return Some(here);
        };
        let ending = ["\r\r\n", "\r\n"].into_iter().find(|e| here[at..].starts_with(e)).map_or(1, str::len);
        rest = Some(&here[at + ending..]);
        Some(&here[..at])
    })
}

enum Line {
    Times { canonical: String, well_formed: bool },
    Broken,
    Text,
}

/// What Whisper and whisper.cpp print while they listen: `[00:00:01.000 --> 00:00:04.000]  And so`.
fn console_line<'a>(pattern: &Regex, line: &'a str, format: TranscriptFormat) -> Option<(String, &'a str)> {
    let (times, said) = line.strip_prefix('[')?.split_once(']')?;
    match read_line(pattern, times, format) {
        Line::Times { canonical, .. } if pattern.find(times)?.end() == times.len() => Some((canonical, said)),
        _ => None,
    }
}

fn read_line(pattern: &Regex, line: &str, format: TranscriptFormat) -> Line {
    // The pattern is slow next to these two looks, and most lines are text.
    if !line.contains('>') || !line.contains('-') {
        return Line::Text;
    }
    let broken = || if line.contains("-->") { Line::Broken } else { Line::Text };
    let Some(found) = pattern.captures(line) else { return broken() };
    let group = |n: usize| found.get(n).map_or("", |m| m.as_str());
    let (Some(start), Some(end)) = (
        Clock::read([group(2), group(3), group(4), group(5)]),
        Clock::read([group(8), group(9), group(10), group(11)]),
    ) else {
        return broken();
    };
    let arrow = group(6);
    let well_formed = start.is_written(group(1), format)
        && end.is_written(group(7), format)
        && arrow.trim() == "-->"
        && arrow.starts_with(char::is_whitespace)
        && arrow.ends_with(char::is_whitespace);
    Line::Times { canonical: format!("{} --> {}", start.write(format), end.write(format)), well_formed }
}

/// A time of day as it stands in a subtitle file, in milliseconds.
pub(super) struct Clock(u64);

impl Clock {
    /// Hours, minutes, seconds and the digits after the point. Too many minutes or seconds carry over.
    pub(super) fn read([hours, minutes, seconds, fraction]: [&str; 4]) -> Option<Self> {
        let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u64>().ok() };
        // `,1` is a tenth of a second: a fraction, not a count of milliseconds.
        let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
        let whole = number(hours)? * 3600 + number(minutes)? * 60 + number(seconds)?;
        (whole < (MOST_HOURS + 1) * 3600).then_some(())?;
        Some(Self(whole * 1000 + number(&fraction)?))
    }

    /// From seconds, to the nearest millisecond.
    pub(super) fn of(seconds: f64) -> Self {
        Self((seconds.max(0.0) * 1000.0).round() as u64)
    }

    pub(super) fn seconds(&self) -> f64 {
        self.0 as f64 / 1000.0
    }

    pub(super) fn millis(&self) -> u64 {
        self.0
    }

    /// As the format wants it.
    pub(super) fn write(&self, format: TranscriptFormat) -> String {
        let point = if format == TranscriptFormat::Srt { ',' } else { '.' };
        format!("{:02}:{}", self.0 / 3_600_000, self.write_short(point))
    }

    fn write_short(&self, point: char) -> String {
        let (minutes, seconds, millis) = (self.0 / 60_000 % 60, self.0 / 1000 % 60, self.0 % 1000);
        format!("{minutes:02}:{seconds:02}{point}{millis:03}")
    }

    /// Is `text` this time by the letter of the format?
    fn is_written(&self, text: &str, format: TranscriptFormat) -> bool {
        text == self.write(format)
            || format == TranscriptFormat::Vtt && self.0 < 3_600_000 && text == self.write_short('.')
    }
}

struct Writer<'a> {
    format: TranscriptFormat,
    normal: Normal,
    /// The line before this one, held back: it may turn out to be the index of a cue.
    pending: Option<&'a str>,
    /// Was the line before `pending` blank?
    blank_before: bool,
    /// Does text belong to a cue?
    in_body: bool,
    /// Was the text outside of cues reported?
    told: bool,
}

impl<'a> Writer<'a> {
    fn times(&mut self, number: u64, line: &str, canonical: &str, well_formed: bool) {
        self.normal.arrows = true;
        if !self.pending.is_some_and(is_index) {
            self.flush();
        }
        self.pending = None;
        if !well_formed {
            self.repair(number, "malformed_time", format!("read `{line}` as `{canonical}`"));
        }
        self.normal.text.push('\n');
        self.normal.text.push_str(canonical);
        self.normal.text.push('\n');
        self.normal.lines.push(number);
        self.in_body = true;
        self.blank_before = false;
    }

    /// A line with an arrow whose times cannot be read: where a cue may begin it is one that is lost, elsewhere text.
    fn broken(&mut self, number: u64, line: &'a str) {
        self.normal.arrows = true;
        let begins = self.pending.is_none_or(|p| p.trim().is_empty() || is_index(p));
        if self.format == TranscriptFormat::Srt && !(begins && (self.pending.is_some() || !self.in_body)) {
            self.text(number, line);
            return;
        }
        if !self.pending.is_some_and(is_index) {
            self.flush();
        }
        self.pending = None;
        self.repair(number, "skipped", format!("left out a cue whose times cannot be read: `{}`", line.trim()));
        self.normal.text.push('\n');
        self.in_body = self.format == TranscriptFormat::Vtt;
        self.told = true;
    }

    fn text(&mut self, number: u64, line: &'a str) {
        let srt = self.format == TranscriptFormat::Srt;
        if srt && self.in_body && self.blank_before && self.pending.is_some_and(is_index) && !line.trim().is_empty() {
            // An index and then text: the times between them are missing.
            self.pending = None;
            self.in_body = false;
            self.told = true;
            self.repair(number - 1, "skipped", "left out a cue without times".into());
        }
        if srt && !self.in_body && !self.told && !line.trim().is_empty() && !is_index(line) {
            self.told = true;
            self.repair(number, "skipped", "left out text that belongs to no cue".into());
        }
        self.flush();
        self.pending = Some(line);
    }

    /// Write the line that was held back. Blank lines inside an SRT cue go: its text ends where the next times begin.
    fn flush(&mut self) {
        let Some(line) = self.pending.take() else { return };
        self.blank_before = line.trim().is_empty();
        let keep = match self.format {
            TranscriptFormat::Srt => self.in_body && !self.blank_before,
            _ => true,
        };
        if keep {
            self.normal.text.push_str(line);
            self.normal.text.push('\n');
        }
    }

    fn repair(&mut self, line: u64, kind: &str, message: String) {
        self.normal.repairs.push(Repair { line, kind: kind.into(), message });
    }
}

/// Is the line nothing but a number?
fn is_index(line: &str) -> bool {
    let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srt(text: &str) -> Normal {
        normalize(text, TranscriptFormat::Srt).unwrap()
    }

    #[test]
    fn sloppy_times_are_read_and_reported() {
        for (sloppy, canonical) in [
            ("00:00:00,1 --> 00:00:04", "00:00:00,100 --> 00:00:04,000"),
            ("0:0:1.5-->0:0:2.25", "00:00:01,500 --> 00:00:02,250"),
            ("01:02,5 --> 01:04", "00:01:02,500 --> 00:01:04,000"),
            ("00: 00: 05, 000 -> 00: 00: 07, 000", "00:00:05,000 --> 00:00:07,000"),
            ("00:00:5,000 --> 00:00:6,000", "00:00:05,000 --> 00:00:06,000"),
            ("00:75:00,000 --> 00:75:60,123456", "01:15:00,000 --> 01:16:00,123"),
        ] {
            let normal = srt(&format!("1\n{sloppy}\nHi\n"));
            assert_eq!(normal.text, format!("\n{canonical}\nHi\n"), "{sloppy}");
            assert_eq!(normal.repairs.len(), 1, "{sloppy}");
            assert_eq!((normal.repairs[0].line, normal.repairs[0].kind.as_str()), (2, "malformed_time"));
        }
    }

    #[test]
    fn well_formed_times_need_no_repair() {
        assert!(srt("1\r\n00:00:01,000 --> 00:00:02,000 X1:5\r\nHi\r\n").repairs.is_empty());
        let vtt = normalize("WEBVTT\n\n01:02.000 --> 01:03.000 align:start\nHi", TranscriptFormat::Vtt).unwrap();
        assert!(vtt.repairs.is_empty());
        assert!(vtt.text.contains("00:01:02.000 --> 00:01:03.000\nHi"));
    }

    #[test]
    fn cues_without_blank_lines_between_them_stay_apart() {
        let normal = srt("1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:03,000 --> 00:00:04,000\nTwo");
        assert_eq!(normal.text, "\n00:00:01,000 --> 00:00:02,000\nOne\n\n00:00:03,000 --> 00:00:04,000\nTwo\n");
        assert_eq!(normal.lines, [2, 5]);
    }

    #[test]
    fn a_number_alone_is_text_unless_times_follow() {
        let normal = srt("1\n00:00:01,000 --> 00:00:02,000\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo");
        assert_eq!(normal.text, "\n00:00:01,000 --> 00:00:02,000\n42\n\n00:00:03,000 --> 00:00:04,000\nTwo\n");
    }

    #[test]
    fn unreadable_blocks_are_left_out_with_their_line() {
        let normal =
            srt("1\n00:00:0x,000 --> 00:00:02,000\nLost\n\n2\n00:00:03,000 --> 00:00:04,000\nKept\n\n3\nLost\n");
        assert_eq!(normal.text.matches("Lost").count(), 0);
        assert_eq!(normal.text.matches("Kept").count(), 1);
        let skipped: Vec<u64> = normal.repairs.iter().filter(|r| r.kind == "skipped").map(|r| r.line).collect();
        assert_eq!(skipped, [2, 9]);
    }

    #[test]
    fn an_arrow_in_speech_is_text() {
        let normal = srt("1\n00:00:01,000 --> 00:00:02,000\nfrom A --> to B");
        assert!(normal.text.contains("from A --> to B"));
        assert!(normal.repairs.is_empty());
    }

    #[test]
    fn all_line_endings_count_the_same() {
        for ending in ["\n", "\r\n", "\r", "\r\r\n"] {
            let text = ["1", "00:00:01,000 --> 00:00:02,000", "Hi", "", "2", "00:00:03,000 --> 00:00:04,000", "Ho"];
            assert_eq!(srt(&text.join(ending)).lines, [2, 6], "{ending:?}");
        }
    }
}
