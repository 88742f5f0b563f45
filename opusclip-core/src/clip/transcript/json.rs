//! The JSON of speech engines.
//!
//! | who writes it | where the text is |
//! |---|---|
//! | Whisper, faster-whisper, WhisperX, whisper-timestamped | `segments`, each with `words`; segments and words may be lists |
//! | OpenAI (`verbose_json`) | `segments`, and `words` of all of them |
//! | WhisperX, words only | `word_segments` |
//! | whisper.cpp (`-oj`, `-ojf`) | `transcription`, each with `tokens` |
//! | transformers | `chunks` with `timestamp` |
//! | aeneas | `fragments` with `lines` |
//! | opusclip | `cues` and `words` |
//!
//! An item that cannot be read costs nothing but itself and is told with its path and line.

mod items;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use self::items::{Item, Problem, Segment};
use super::language;
use super::mend::Raw;
use super::read::Found;
use super::rebuild::{self, Spoken};
use super::{Repair, Transcript};
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// Words without segments are shown together up to this many seconds, ...
const LONGEST_CUE: f64 = 7.0;
/// ... and up to a pause of this many seconds.
const PAUSE: f64 = 0.6;

/// All that a file may hold; what else there is does not matter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow)]
    cues: Option<&'a RawValue>,
    #[serde(borrow)]
    transcription: Option<&'a RawValue>,
    #[serde(borrow)]
    segments: Option<&'a RawValue>,
    #[serde(borrow)]
    chunks: Option<&'a RawValue>,
    #[serde(borrow)]
    fragments: Option<&'a RawValue>,
    #[serde(borrow)]
    word_segments: Option<&'a RawValue>,
    #[serde(borrow)]
    words: Option<&'a RawValue>,
    language: Value,
    result: Value,
}

/// Does the text begin as a JSON object or a list of something?
pub(super) fn is_json(text: &str) -> bool {
    let mut signs = text.chars().filter(|c| !c.is_whitespace());
    match signs.next() {
        Some('{') => signs.next().is_some_and(|c| matches!(c, '"' | '}')),
        Some('[') => signs.next().is_some_and(|c| matches!(c, '{' | '[' | ']' | '"')),
        _ => false,
    }
}

/// The cues of a file.
///
/// # Errors
/// [`ErrorCode::TranscriptSyntax`] for text that is no JSON, JSON that is no transcript, and one of whose items none can
/// be read, with line and path.
pub(super) fn cues(text: &str) -> Result<Found> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Ok((Vec::new(), Vec::new(), None));
    }
    let root: &RawValue = serde_json::from_str(text).map_err(|error| {
        let line = u64::try_from(error.line()).unwrap_or(1).max(1);
        Error::new(ErrorCode::TranscriptSyntax, format!("this is no sound JSON: {error}")).line(line).caused_by(error)
    })?;
    let mut reader = Reader { text, ..Reader::default() };
    let language = if root.get().starts_with('[') { reader.list(root)? } else { reader.document(root)? };
    match reader.first.take() {
        Some(problem) if reader.cues.is_empty() => Err(problem),
        _ => Ok((reader.cues, reader.repairs, language)),
    }
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    /// Bytes whose lines are counted, and how many line ends they have.
    counted: (usize, u64),
    cues: Vec<Raw>,
    repairs: Vec<Repair>,
    /// What is wrong first, for a file in which nothing is right.
    first: Option<Error>,
}

impl<'a> Reader<'a> {
    /// An object with one of the known names; says the language.
    fn document(&mut self, root: &'a RawValue) -> Result<Option<String>> {
        let document: Document<'a> = items::read(root).map_err(|problem| self.refused(root, "", &problem))?;
        if document.cues.is_some() {
            return self.own(root);
        }
        let named = [document.language.as_str(), document.result.get("language").and_then(Value::as_str)];
        let language = named.into_iter().flatten().find_map(language::code);
        let lists = [
            ("transcription", document.transcription),
            ("segments", document.segments),
            ("chunks", document.chunks),
            ("fragments", document.fragments),
        ];
        let words = [("word_segments", document.word_segments), ("words", document.words)];
        let words = words.into_iter().find_map(|(name, raw)| Some((name, raw?)));
        if let Some((name, raw)) = lists.into_iter().find_map(|(name, raw)| Some((name, raw?))) {
            self.segments(name, raw, words)?;
        } else if let Some((name, raw)) = words {
            let words = self.words(name, raw)?;
            self.group(words);
        } else if root.get().starts_with('{') {
            let what = "the JSON has none of the names under which engines write: segments, words, transcription, ...";
            return Err(Error::new(ErrorCode::TranscriptSyntax, what)
                .line(self.line(root))
                .hint("give what Whisper, faster-whisper, WhisperX, whisper.cpp or OpenAI wrote, with segments"));
        } else {
            return Err(Error::new(ErrorCode::TranscriptSyntax, "the JSON is neither an object nor a list").line(1));
        }
        Ok(language)
    }

    /// A list of segments, or what faster-whisper returns as it was dumped: that list and what is known of the file.
    fn list(&mut self, root: &'a RawValue) -> Result<Option<String>> {
        let items: Vec<&'a RawValue> = items::read(root).map_err(|problem| self.refused(root, "", &problem))?;
        let inner =
            |raw: &&'a RawValue| items::read::<Vec<&'a RawValue>>(raw).ok().and_then(|list| list.first().copied());
        let nested = items.first().and_then(inner).is_some_and(|first| first.get().starts_with(['{', '[']));
        if !nested {
            self.segments("", root, None)?;
            return Ok(None);
        }
        if let Some(first) = items.first() {
            self.segments("[0]", first, None)?;
        }
        let info = items.get(1).and_then(|raw| items::read::<Value>(raw).ok()).unwrap_or_default();
        let named = info.get("language").or_else(|| info.get(0)).and_then(Value::as_str);
        Ok(named.and_then(language::code))
    }

    /// A transcript that this library wrote.
    fn own(&mut self, root: &'a RawValue) -> Result<Option<String>> {
        let made: Transcript = items::read(root).map_err(|problem| self.refused(root, "", &problem))?;
        let language = made.language.as_deref().and_then(language::code);
        let (cues, repairs) = rebuild::rebuilt(made, 0.0, Span::new(0.0, f64::MAX))?;
        (self.cues, self.repairs) = (cues, repairs);
        Ok(language)
    }

    /// Segments with their words, or with those of `all`, which are the words of all segments in order.
    fn segments(&mut self, name: &str, raw: &'a RawValue, all: Option<(&str, &'a RawValue)>) -> Result<()> {
        let items: Vec<&'a RawValue> = items::read(raw).map_err(|problem| self.refused(raw, name, &problem))?;
        let mut found = Vec::with_capacity(items.len());
        for (at, raw) in items.into_iter().enumerate() {
            let path = format!("{name}[{at}]");
            match Segment::read(raw) {
                Ok(segment) => found.push((self.line(raw), path, segment)),
                Err(problem) => self.skip(raw, &path, &problem),
            }
        }
        let apart = found.iter().all(|(_, _, segment)| segment.words.is_none());
        let mut spare = match all.filter(|_| apart) {
            Some((name, raw)) => self.words(name, raw)?,
            None => Vec::new(),
        }
        .into_iter()
        .map(|(_, word)| word)
        .peekable();
        let starts: Vec<Option<f64>> = found.iter().map(|(_, _, segment)| segment.start).collect();
        for (at, (line, path, segment)) in found.into_iter().enumerate() {
            let mut words = match segment.words {
                Some(raw) => self.words(&format!("{path}.words"), raw)?.into_iter().map(|(_, word)| word).collect(),
                None => segment.tokens.clone(),
            };
            // A word belongs to the segment whose end, or the middle of the gap behind it, it lies before.
            let end = segment.end.unwrap_or(f64::INFINITY);
            let border =
                starts.get(at + 1).copied().flatten().map_or(f64::INFINITY, |next| next.max(end) / 2.0 + end / 2.0);
            while let Some(word) =
                spare.next_if(|w| w.start.is_none_or(|start| (start + w.end.unwrap_or(start)) / 2.0 < border))
            {
                words.push(word);
            }
            self.cue(line, &path, &segment, &words);
        }
        Ok(())
    }

    /// One segment. Its words may reach beyond it.
    fn cue(&mut self, line: u64, path: &str, segment: &Segment<'_>, words: &[Spoken]) {
        let first = words.iter().filter_map(|w| w.start).reduce(f64::min);
        let last = words.iter().filter_map(|w| w.end.or(w.start)).reduce(f64::max);
        let start = segment.start.into_iter().chain(first).reduce(f64::min);
        let end = segment.end.into_iter().chain(last).reduce(f64::max);
        if segment.text.is_none() && words.is_empty() {
            return self.skip_line(line, path, &Problem::of("text", "it has no text"));
        }
        let Some(start) = start else {
            return self.skip_line(line, path, &Problem::of("start", "it has no time at which it begins"));
        };
        // Without an end it gets a plausible one, which is told.
        let end = end.unwrap_or(start);
        let (start, end) = if segment.start.is_some() && segment.end.is_some_and(|e| Some(e) < segment.start) {
            (segment.start.unwrap_or(start), segment.end.unwrap_or(end))
        } else {
            (start, end)
        };
        if let Some(voice) = rebuild::voice(segment.text.as_deref(), segment.speaker.clone(), words, (start, end)) {
            self.cues.push(Raw { start, end, line, voice });
        }
    }

    /// A list of words with the speaker of each, where that is known.
    fn words(&mut self, name: &str, raw: &'a RawValue) -> Result<Vec<(Option<String>, Spoken)>> {
        let items: Vec<&'a RawValue> = match items::read(raw) {
            Ok(items) => items,
            Err(problem) => {
                self.skip(raw, name, &problem);
                Vec::new()
            }
        };
        let mut words = Vec::with_capacity(items.len());
        for (at, raw) in items.into_iter().enumerate() {
            match Item::read(raw) {
                Ok(item) => words.extend(item.word()),
                Err(problem) => self.skip(raw, &format!("{name}[{at}]"), &problem),
            }
        }
        Ok(words)
    }

    /// Words alone: what is said without a pause is shown together, up to a full stop.
    fn group(&mut self, words: Vec<(Option<String>, Spoken)>) {
        let mut group: Vec<Spoken> = Vec::new();
        let (mut speaker, mut begin, mut end) = (None, None, None);
        for (said_by, word) in words {
            let pause = end.zip(word.start).is_some_and(|(end, start): (f64, f64)| start - end >= PAUSE);
            let long = begin.zip(word.end).is_some_and(|(begin, end): (f64, f64)| end - begin > LONGEST_CUE);
            let stop = group.last().is_some_and(|w| w.text.trim_end().ends_with(['.', '!', '?', '。', '！', '？']));
            if !group.is_empty() && (pause || long || stop || said_by != speaker) {
                self.end_group(&std::mem::take(&mut group), speaker.take());
                begin = None;
            }
            begin = begin.or(word.start);
            end = word.end.or(word.start).or(end);
            speaker = said_by;
            group.push(word);
        }
        self.end_group(&group, speaker);
    }

    fn end_group(&mut self, words: &[Spoken], speaker: Option<String>) {
        if !words.is_empty() {
            let segment = Segment { speaker, ..Segment::default() };
            self.cue(1, "words", &segment, words);
        }
    }

    /// Leave an item out and tell it.
    fn skip(&mut self, raw: &'a RawValue, path: &str, problem: &Problem) {
        let line = self.line(raw);
        self.skip_line(line, path, problem);
    }

    fn skip_line(&mut self, line: u64, path: &str, problem: &Problem) {
        let place = problem.under(path);
        let message = format!("left out {place}: {}", problem.message);
        self.first.get_or_insert_with(|| {
            Error::new(ErrorCode::TranscriptSyntax, format!("{place}: {}", problem.message)).field(place).line(line)
        });
        self.repairs.push(Repair { line, kind: "skipped".into(), message });
    }

    /// Nothing of the file can be read.
    fn refused(&mut self, raw: &'a RawValue, path: &str, problem: &Problem) -> Error {
        let error = Error::new(ErrorCode::TranscriptSyntax, problem.message.clone()).line(self.line(raw));
        let place = problem.under(path);
        if place.is_empty() { error } else { error.field(place) }
    }

    /// The line on which a value begins. Values are mostly asked for in order, so lines are counted once.
    fn line(&mut self, raw: &RawValue) -> u64 {
        let at = (raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len());
        if at < self.counted.0 {
            self.counted = (0, 0);
        }
        let between = self.text.as_bytes().get(self.counted.0..at).unwrap_or_default();
        self.counted = (at, self.counted.1 + between.iter().filter(|b| **b == b'\n').count() as u64);
        self.counted.1 + 1
    }
}

#[cfg(test)]
mod tests;
