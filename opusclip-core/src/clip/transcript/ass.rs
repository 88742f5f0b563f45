//! SubStation Alpha: the `Dialogue:` lines of a script, <https://www.matroska.org/technical/subtitles.html>.
//!
//! Only times, names and texts matter here. Each line stands for itself, so a damaged one costs nothing but itself and
//! is told with its number, which the parsers of whole scripts do not do.

use super::Repair;
use super::markup::{Builder, Voice};
use super::mend;
use super::read::Found;
use super::timing::{Clock, lines};
use crate::error::{Error, ErrorCode, Result};

/// Where the fields of a line stand.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fields {
    start: usize,
    end: usize,
    name: usize,
    /// The text is the last field; all commas after it are its own.
    text: usize,
}

/// Both versions of the format have these places where no `Format:` line says otherwise.
const USUAL: Fields = Fields { start: 1, end: 2, name: 4, text: 9 };

/// Does the text begin as a script?
pub(super) fn is_script(text: &str) -> bool {
    let head: String = text.chars().take(16).collect::<String>().to_ascii_lowercase();
    ["[script info]", "[v4 styles]", "[v4+ styles]", "[events]", "dialogue:", "!: this is a su"]
        .iter()
        .any(|sign| head.starts_with(sign))
}

/// The cues of a script.
///
/// # Errors
/// [`ErrorCode::TranscriptSyntax`] for text without any `Dialogue:` line, unless it says nothing.
pub(super) fn cues(text: &str) -> Result<Found> {
    let (mut cues, mut repairs) = (Vec::new(), Vec::new());
    let mut fields = USUAL;
    let mut events = true;
    let mut dialogues = false;
    let text = text.trim_start_matches('\u{feff}');
    for (number, line) in (1u64..).zip(lines(text)) {
        let line = line.trim_start();
        if line.starts_with('[') && line.trim_end().ends_with(']') {
            events = line.trim_end().eq_ignore_ascii_case("[events]");
        } else if let Some(rest) = after(line, "Format:").filter(|_| events) {
            match places(rest) {
                Some(found) => fields = found,
                None => repairs.push(skipped(number, "left out a Format line without Start, End and Text".into())),
            }
        } else if let Some(rest) = after(line, "Dialogue:") {
            dialogues = true;
            match dialogue(rest, fields) {
                Ok((start, end, voices)) => cues.extend(mend::speakers(start, end, number, voices)),
                Err(message) => repairs.push(skipped(number, message)),
            }
        }
    }
    if !dialogues && !text.trim().is_empty() && !is_script(text.trim_start()) {
        return Err(Error::new(ErrorCode::TranscriptSyntax, "the script has no Dialogue line")
            .line(1)
            .hint("a cue is a line such as `Dialogue: 0,0:00:01.00,0:00:04.00,Default,,0,0,0,,Hello`"));
    }
    Ok((cues, repairs, None))
}

/// An event as FFmpeg hands it out: `ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text`.
pub(super) fn event(event: &str, start: f64) -> Vec<Voice> {
    let mut fields = event.splitn(9, ',');
    let name = fields.nth(3).unwrap_or_default();
    voices(fields.nth(4).unwrap_or_default(), name, start)
}

fn after<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let head = line.get(..name.len())?;
    head.eq_ignore_ascii_case(name).then(|| line[name.len()..].trim_start())
}

fn skipped(line: u64, message: String) -> Repair {
    Repair { line, kind: "skipped".into(), message }
}

fn places(format: &str) -> Option<Fields> {
    let names: Vec<String> = format.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    let place = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
    let text = place(&["text"]).filter(|text| text + 1 == names.len())?;
    // A name that is not there would be a place behind the text, which no line has.
    let name = place(&["name", "actor"]).unwrap_or(usize::MAX);
    Some(Fields { start: place(&["start"])?, end: place(&["end"])?, name, text })
}

fn dialogue(line: &str, fields: Fields) -> Result<(f64, f64, Vec<Voice>), String> {
    let values: Vec<&str> = line.splitn(fields.text + 1, ',').collect();
    let value = |place: usize| values.get(place).copied().unwrap_or_default().trim();
    let Some(text) = values.get(fields.text) else {
        return Err(format!("left out a cue with {} fields, not {}: `{line}`", values.len(), fields.text + 1));
    };
    let time = |place: usize| {
        let text = value(place);
        clock(text).ok_or_else(|| format!("left out a cue whose time cannot be read: `{text}`"))
    };
    let (start, end) = (time(fields.start)?, time(fields.end)?);
    Ok((start, end, voices(text, value(fields.name), start)))
}

/// `0:00:01.50`, in seconds.
fn clock(text: &str) -> Option<f64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split(':').map(str::trim);
    let (hours, minutes, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (seconds, fraction) = rest.split_once(['.', ',']).unwrap_or((rest, "0"));
    let sound = [hours, minutes, seconds, fraction].iter().all(|t| digits(t)) && parts.next().is_none();
    sound.then(|| Clock::read([hours, minutes, seconds, fraction])).flatten().map(|clock| clock.seconds())
}

/// A text without its override codes. Drawings are no text; karaoke gives the times of syllables.
fn voices(text: &str, name: &str, start: f64) -> Vec<Voice> {
    let mut builder = Builder::default();
    builder.voice(Some(name.trim().to_owned()).filter(|name| !name.is_empty()));
    let (mut drawing, mut sung) = (false, start);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|at| open + at) else { break };
        plain(&mut builder, &rest[..open], drawing);
        for code in rest[open + 1..close].split('\\').skip(1) {
            if let Some(scale) = number(code, &["p"]) {
                drawing = scale > 0.0;
            } else if let Some(centiseconds) = number(code, &["kf", "ko", "k", "K"]) {
                let from = sung;
                sung += centiseconds / 100.0;
                builder.mark_until(from, Some(sung));
            }
        }
        rest = &rest[close + 1..];
    }
    plain(&mut builder, rest, drawing);
    builder.finish()
}

fn plain(builder: &mut Builder, text: &str, drawing: bool) {
    if !drawing {
        // A soft break is a blank, as libass shows it.
        builder.text(&text.replace("\\N", "\n").replace("\\n", " ").replace("\\h", " "));
    }
}

/// The number of a code with one of these names and nothing else, such as `k25`.
fn number(code: &str, names: &[&str]) -> Option<f64> {
    let digits = names.iter().find_map(|name| code.strip_prefix(name))?.trim();
    let sound = !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::{Transcript, TranscriptFormat, parse};
    use super::*;

    fn read(text: &str) -> Transcript {
        parse(text, TranscriptFormat::Ass).unwrap()
    }

    /// As Aegisub writes it, with what belongs to no text.
    const SCRIPT: &str = "[Script Info]\nTitle: x\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\n\
        Style: Default,Arial\n\n[Events]\n\
        Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
        Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,never said\n\
        Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ann Lee,0,0,0,,{\\i1\\pos(3,4)}Hello,{\\i0} you\\Nthere\\hfriend\n\
        Dialogue: 1,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}\n\
        Dialogue: 0,1:00:03.05,1:00:04.00,Default,Bob,0,0,0,,Bye & <3\n";

    #[test]
    fn times_names_and_texts_are_kept_and_the_rest_goes() {
        let made = read(SCRIPT);
        let cues: Vec<_> =
            made.cues.iter().map(|c| (c.start, c.end, c.text.as_str(), c.speaker.as_deref(), c.line)).collect();
        assert_eq!(
            cues,
            [
                (1.0, 2.5, "Hello, you there friend", Some("Ann Lee"), 12),
                (3603.05, 3604.0, "Bye & <3", Some("Bob"), 14)
            ]
        );
        assert!(made.repairs.is_empty(), "{:?}", made.repairs);
    }

    #[test]
    fn karaoke_gives_times_of_words() {
        let line = "Dialogue: 0,0:00:10.00,0:00:14.00,Default,,0,0,0,,{\\k50}{\\kf100}ka{\\k50}ra {\\K100}o{\\ko25}ke";
        let made = read(&format!("[Events]\n{line}\n"));
        let words: Vec<_> = made.words.iter().map(|w| (w.text.as_str(), w.start, w.end, w.timed)).collect();
        assert_eq!(words, [("kara", 10.5, 12.0, true), ("oke", 12.0, 13.25, true)]);
    }

    #[test]
    fn the_format_line_decides_where_fields_stand() {
        let old = "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,One, two\n";
        assert_eq!((read(old).cues[0].text.as_str(), read(old).cues[0].speaker.as_deref()), ("One, two", None));
        let ssa = "[Script Info]\nScriptType: v4.00\n[Events]\n\
            Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
            Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,Cher,0000,0000,0000,!Effect,Hi\n";
        assert_eq!(read(ssa).cues[0].speaker.as_deref(), Some("Cher"));
    }

    #[test]
    fn broken_lines_cost_nothing_but_themselves() {
        let made = read(
            "[Events]\nFormat: Start, Text, End\nDialogue: 0,0:00:xx.00,0:00:02.00,D,,0,0,0,,Lost\nDialogue: 0,1\n\
             Dialogue: 0,0:00:03.00,0:00:04.00,D,,0,0,0,,Kept {\\b1\n",
        );
        assert_eq!(made.cues.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), ["Kept {\\b1"]);
        let told: Vec<_> = made.repairs.iter().map(|r| (r.line, r.kind.as_str())).collect();
        assert_eq!(told, [(2, "skipped"), (3, "skipped"), (4, "skipped")]);
        assert!(made.repairs[1].message.contains("0:00:xx.00"), "{}", made.repairs[1].message);
    }

    #[test]
    fn scripts_that_say_nothing_are_empty_and_other_text_is_refused() {
        for text in
            ["", "[Script Info]\nTitle: x\n", "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,{\\p1}m 0 0"]
        {
            let error = parse(text, TranscriptFormat::Ass).unwrap_err();
            assert_eq!(error.code(), ErrorCode::TranscriptEmpty, "{text}");
        }
        let error = parse("Dear Ann", TranscriptFormat::Ass).unwrap_err();
        assert_eq!((error.code(), error.line_number()), (ErrorCode::TranscriptSyntax, Some(1)));
    }

    #[test]
    fn events_of_a_stream_have_no_times() {
        let found = event("7,0,Default,Ann,0,0,0,,{\\k100}Hi, {\\k50}you", 5.0);
        assert_eq!((found[0].speaker.as_deref(), found[0].lines[0].text.as_str()), (Some("Ann"), "Hi, you"));
        assert_eq!(found[0].lines[0].marks.iter().map(|m| m.start).collect::<Vec<_>>(), [5.0, 6.0]);
    }
}
