//! Words that have times already, put back into the text they belong to.

use super::markup::{Builder, Mark, TextLine, Voice};
use super::mend::{self, Raw};
use super::words::without_blanks;
use super::{Repair, Transcript};
use crate::error::{Error, ErrorCode, Result};
use crate::time::{Span, clock};

/// A word as a speech engine writes it; a blank before it says that it is not glued to the one before.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Spoken {
    pub text: String,
    /// Seconds.
    pub start: Option<f64>,
    pub end: Option<f64>,
    /// Is the time the engine's own, or was it shared out?
    pub own: bool,
}

/// How far behind the word before the next one is looked for, in bytes. Engines leave out punctuation, not sentences.
const WITHIN: usize = 80;
/// Words without times get time of their own where there is so much of it for each, in seconds.
const ROOM: f64 = 0.03;
/// Longest time that a file may speak of, in seconds.
const LONGEST: f64 = 1000.0 * 3600.0;

/// One line without blanks at its ends and between them, and without control characters.
pub(super) fn clean(text: &str) -> String {
    let mut builder = Builder::default();
    builder.text(&text.replace(['\n', '\r'], " "));
    builder.finish().into_iter().flat_map(|voice| voice.lines).map(|line| line.text).next().unwrap_or_default()
}

/// What one speaker says within `span`, with the times of its words; `None` if that is nothing.
pub(super) fn voice(text: Option<&str>, speaker: Option<String>, words: &[Spoken], span: (f64, f64)) -> Option<Voice> {
    let text = text.map(clean).filter(|text| !text.is_empty());
    let placed = text.as_deref().and_then(|text| places(text, words));
    let (text, placed) = match (text, placed) {
        (Some(text), Some(placed)) => (text, placed),
        // The words are not those of the text; the text is what people are to read.
        (Some(text), None) => (text, Vec::new()),
        (None, _) => {
            let text = clean(&joined(words));
            let placed = places(&text, words).unwrap_or_default();
            (text, placed)
        }
    };
    let marks = marks(&placed, span);
    (!text.is_empty()).then(|| Voice { speaker, lines: vec![TextLine { text, marks }] })
}

/// Words without a text around them.
fn joined(words: &[Spoken]) -> String {
    if words.iter().any(|word| word.text.starts_with(char::is_whitespace)) {
        return words.iter().map(|word| word.text.as_str()).collect();
    }
    let mut text = String::new();
    for word in words {
        let glued = text.ends_with(without_blanks) && word.text.starts_with(without_blanks);
        if !text.is_empty() && !glued {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// The words with the byte of the text at which each stands; `None` where most are not in it.
fn places<'w>(text: &str, words: &'w [Spoken]) -> Option<Vec<(usize, &'w Spoken)>> {
    let (mut placed, mut missing, mut from) = (Vec::with_capacity(words.len()), 0, 0);
    for word in words {
        let sought = clean(&word.text);
        if sought.is_empty() {
            continue;
        }
        let near = text.floor_char_boundary(from + sought.len() + WITHIN);
        match text[from..near].find(&sought) {
            Some(at) => {
                placed.push((from + at, word));
                from += at + sought.len();
            }
            None => missing += 1,
        }
    }
    (missing <= placed.len()).then_some(placed)
}

/// The times of words; those without any get what lies between their neighbours, if there is something.
fn marks(placed: &[(usize, &Spoken)], (begin, end): (f64, f64)) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::with_capacity(placed.len());
    let mut free = begin;
    // Where words wait that have no time and no room.
    let mut waiting: Option<usize> = None;
    let mut rest = placed;
    while let Some((&(at, word), after)) = rest.split_first() {
        if let Some(start) = word.start {
            let until = word.end.filter(|end| *end >= start);
            let own = word.own && waiting.is_none();
            marks.push(Mark { at: waiting.take().unwrap_or(at), start, end: until, own });
            free = until.unwrap_or(start);
            rest = after;
            continue;
        }
        let timeless = rest.iter().take_while(|(_, word)| word.start.is_none()).count();
        let next = rest.get(timeless).and_then(|(_, word)| word.start).unwrap_or(end);
        if next - free >= ROOM * timeless as f64 {
            marks.push(Mark { at, start: free, end: Some(next), own: false });
        } else if let Some(last) = marks.last_mut() {
            last.own = false;
        } else {
            waiting = Some(at);
        }
        rest = &rest[timeless..];
    }
    marks
}

/// What was heard in a stretch of the media.
#[derive(Debug)]
pub(crate) struct Heard {
    /// With times from the beginning of the stretch.
    pub said: Transcript,
    /// The stretch.
    pub within: Span,
}

/// What was heard in several stretches, as one transcript.
///
/// # Errors
/// [`ErrorCode::TranscriptSyntax`] for times that are no times and words of cues that do not exist, with the field.
pub(crate) fn merged(parts: Vec<Heard>) -> Result<Transcript> {
    let (mut raw, mut repairs, mut language) = (Vec::new(), Vec::new(), None);
    for Heard { mut said, within } in parts {
        language = language.or_else(|| said.language.take());
        let (cues, told) = rebuilt(said, within.start, within)?;
        raw.extend(cues);
        repairs.extend(told);
    }
    Ok(Transcript { language, ..mend::transcript(raw, repairs) })
}

/// What somebody else says is a transcript, `shift` seconds later and kept within a stretch of the media.
///
/// # Errors
/// [`ErrorCode::TranscriptSyntax`] for times that are no times and words of cues that do not exist, with the field.
pub(super) fn rebuilt(said: Transcript, shift: f64, within: Span) -> Result<(Vec<Raw>, Vec<Repair>)> {
    let wrong = |field: String, what: &str| Error::new(ErrorCode::TranscriptSyntax, what).field(field);
    let time = |time: f64, field: &dyn Fn() -> String| {
        if time.is_finite() && time.abs() < LONGEST { Ok(time + shift) } else { Err(wrong(field(), "this is no time")) }
    };
    let mut words: Vec<Vec<Spoken>> = vec![Vec::new(); said.cues.len()];
    for (at, word) in said.words.into_iter().enumerate() {
        let start = time(word.start, &|| format!("words[{at}].start"))?;
        let end = time(word.end, &|| format!("words[{at}].end"))?;
        let cue = words.get_mut(word.cue).ok_or_else(|| wrong(format!("words[{at}].cue"), "there is no such cue"))?;
        cue.push(Spoken { text: word.text, start: Some(start), end: Some(end), own: word.timed });
    }
    let (mut raw, mut repairs) = (Vec::with_capacity(words.len()), said.repairs);
    for ((at, cue), words) in said.cues.into_iter().enumerate().zip(words) {
        let start = time(cue.start, &|| format!("cues[{at}].start"))?;
        let end = time(cue.end, &|| format!("cues[{at}].end"))?;
        let (from, to) = (start.clamp(within.start, within.end), end.clamp(within.start, within.end));
        let mut told = |message| repairs.push(Repair { line: cue.line, kind: "out_of_range".into(), message });
        if from >= to && end > start {
            told(format!("left out: it begins at {}, where there is no sound of it", clock(start)));
            continue;
        }
        // Rounding is no fault.
        if (from - start).abs() > ROOM || (to - end).abs() > ROOM {
            told(format!("moved it into the sound, from {} to {}", clock(from), clock(to)));
        }
        if let Some(voice) = voice(Some(&cue.text), cue.speaker, &words, (from, to)) {
            raw.push(Raw { start: from, end: to, line: cue.line, voice });
        }
    }
    Ok((raw, repairs))
}

#[cfg(test)]
mod tests {
    use super::super::{TranscriptFormat, parse};
    use super::*;

    fn spoken(words: &[(&str, Option<f64>, Option<f64>)]) -> Vec<Spoken> {
        let one = |(text, start, end): &(&str, Option<f64>, Option<f64>)| Spoken {
            text: (*text).to_owned(),
            start: *start,
            end: *end,
            own: true,
        };
        words.iter().map(one).collect()
    }

    #[test]
    fn words_without_times_get_what_lies_between_their_neighbours() {
        let words =
            spoken(&[("a", Some(1.0), Some(1.5)), ("b", None, None), ("c", None, None), ("d", Some(3.0), None)]);
        let found = marks(&places("a b c d", &words).unwrap(), (0.0, 4.0));
        let wanted = [(0, 1.0, Some(1.5), true), (2, 1.5, Some(3.0), false), (6, 3.0, None, true)];
        assert_eq!(found.iter().map(|m| (m.at, m.start, m.end, m.own)).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn words_are_joined_as_they_were_split() {
        let words = spoken(&[(" l'", None, None), ("était", None, None), (" là", None, None)]);
        assert_eq!(joined(&words), " l'était là");
        assert_eq!(joined(&spoken(&[("one", None, None), ("two", None, None)])), "one two");
        assert_eq!(joined(&spoken(&[("你", None, None), ("好", None, None)])), "你好");
    }

    #[test]
    fn a_transcript_taken_apart_comes_together_again() {
        let vtt =
            "WEBVTT\n\n00:01.000 --> 00:05.000\n<v Ann>One <00:02.000>two three\n\n00:07.000 --> 00:08.000\nfour\n";
        let made = parse(vtt, TranscriptFormat::Vtt).unwrap();
        let (raw, repairs) = rebuilt(made.clone(), 0.0, Span::new(0.0, 60.0)).unwrap();
        assert_eq!(mend::transcript(raw, repairs), made);
        let (raw, _) = rebuilt(made, 100.0, Span::new(100.0, 107.5)).unwrap();
        assert_eq!(raw.iter().map(|r| (r.start, r.end)).collect::<Vec<_>>(), [(101.0, 105.0), (107.0, 107.5)]);
    }
}
