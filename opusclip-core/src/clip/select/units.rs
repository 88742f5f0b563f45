//! What must not be cut: sentences, speech between pauses, words, shots, equal parts; the best there is comes first.

mod sure;

use super::SelectOptions;
use super::known::Known;
use crate::clip::transcript::{Sentence, Transcript, Word, is_sound};
use crate::time::Span;

/// A stretch that is taken whole or not at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
    /// Seconds without a word between the unit before and this one.
    pub before: f64,
    /// Seconds without a word between this unit and the next one.
    pub after: f64,
    /// First and last word in it.
    pub words: Option<(usize, usize)>,
    /// Does it begin where a sentence begins?
    pub opens: bool,
    /// Does it end where a sentence ends, with a full stop or the like?
    pub closes: bool,
    /// May a clip begin with it? Not with the note of a sound.
    pub begins: bool,
    /// May a clip end with it?
    pub ends: bool,
}

/// One way to see the source.
pub(super) struct Level<'a> {
    /// Its units, in order; found when asked for.
    pub units: Box<dyn Fn() -> Vec<Unit> + 'a>,
    /// May a run take more or less of the silence around it than was asked for, to have the wanted length?
    pub stretch: bool,
    /// Is it only of use where it gives all that was asked for?
    pub strict: bool,
    /// What the caller should know where this level is used.
    pub note: Option<String>,
}

/// A pause of this many seconds can be cut in.
const PAUSE: f64 = 0.3;
/// After a pause of this many seconds something new begins, also without a full stop before it.
const NEW: f64 = 0.6;
/// There are at most so many equal parts.
const MOST_PARTS: usize = 100_000;
/// Equal parts are this share of the shortest clip.
const PARTS: f64 = 0.5;

/// The ways to see the source, best first.
pub(super) fn levels<'a>(known: &'a Known<'a>, options: &'a SelectOptions) -> Vec<Level<'a>> {
    let mut levels = Vec::new();
    let mut add = |stretch, note: Option<String>, units: Box<dyn Fn() -> Vec<Unit> + 'a>| {
        levels.push(Level { units, stretch, strict: false, note });
    };
    let (analysis, wanted) = (known.analysis, options.lengths());
    let (duration, length) = (analysis.duration, options.shortest() * PARTS);
    if let Some(transcript) = known.transcript {
        let note = |what: &str| Some(format!("no run of whole sentences lasts {wanted}; {what}"));
        let by_words = move |gap| spaced(worded(known, gap), duration);
        let by_sentences = move || spaced(spoken(transcript, &known.sentences), duration);
        let by_heard = move || spaced(sure::only(spoken(transcript, &known.sentences), known), duration);
        add(false, None, Box::new(by_heard));
        add(false, None, Box::new(by_sentences));
        add(true, note("the silence around the words makes up for it"), Box::new(by_sentences));
        add(false, note("clips begin and end at pauses"), Box::new(move || by_words(PAUSE)));
        add(true, note("clips begin and end between words"), Box::new(move || by_words(0.0)));
        let note = note("clips begin and end at fixed times, inside of words too");
        add(false, note, Box::new(move || parts(duration, length, known.words)));
        levels.iter_mut().take(1).for_each(|level| level.strict = true);
        return levels;
    }
    if known.heard() {
        let note = format!("no stretch of speech between pauses lasts {wanted}; the silence around it makes up for it");
        let by_speech = move || spaced(between(&analysis.pauses, duration), duration);
        add(false, None, Box::new(by_speech));
        add(true, Some(note), Box::new(by_speech));
    }
    if analysis.shots.len() > 1 {
        let shots = || analysis.shots.iter().map(|s| bare(s.start, s.end)).collect();
        add(false, None, Box::new(shots));
    }
    let note = "nothing in the source says where to cut; clips begin and end at fixed times".to_owned();
    add(false, Some(note), Box::new(move || parts(duration, length, &[])));
    levels
}

fn bare(start: f64, end: f64) -> Unit {
    Unit { start, end, before: 0.0, after: 0.0, words: None, opens: true, closes: true, begins: true, ends: true }
}

fn spoken(transcript: &Transcript, found: &[Sentence]) -> Vec<Unit> {
    let unit = |(at, sentence): (usize, &Sentence)| Unit {
        words: Some((sentence.first_word, sentence.last_word)),
        opens: at.checked_sub(1).and_then(|at| found.get(at)).is_none_or(|before| anew(transcript, before, sentence)),
        closes: sentence.complete,
        begins: !is_sound(&sentence.text),
        ends: !is_sound(&sentence.text),
        ..bare(sentence.start, sentence.end)
    };
    found.iter().enumerate().map(unit).collect()
}

/// Does something new begin with this sentence, or is it the rest of the one before?
fn anew(transcript: &Transcript, before: &Sentence, sentence: &Sentence) -> bool {
    let speaker = |word: usize| transcript.cues.get(transcript.words.get(word)?.cue)?.speaker.as_deref();
    let (last, next) = (speaker(before.last_word), speaker(sentence.first_word));
    before.complete
        || sentence.start - before.end >= NEW
        || next.is_some() && last.is_some() && next != last
        || is_sound(&before.text)
}

/// Runs of words with gaps of at least `gap` seconds between them.
fn worded(known: &Known<'_>, gap: f64) -> Vec<Unit> {
    let mut begins = vec![false; known.words.len()];
    let mut ends = begins.clone();
    for sentence in &known.sentences {
        if let Some(begin) = begins.get_mut(sentence.first_word) {
            *begin = true;
        }
        if let Some(end) = ends.get_mut(sentence.last_word) {
            *end = sentence.complete;
        }
    }
    let mut units: Vec<Unit> = Vec::new();
    for ((at, word), (opens, closes)) in known.words.iter().enumerate().zip(begins.into_iter().zip(ends)) {
        match units.last_mut() {
            Some(unit) if word.start - unit.end < gap => {
                (unit.end, unit.closes) = (word.end, closes);
                unit.words = unit.words.map(|(first, _)| (first, at));
            }
            _ => units.push(Unit { words: Some((at, at)), opens, closes, ..bare(word.start, word.end) }),
        }
    }
    units
}

/// The speech between pauses that can be cut in.
fn between(pauses: &[Span], duration: f64) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut from = 0.0;
    for pause in pauses.iter().filter(|p| p.duration() >= PAUSE).chain([&Span::new(duration, duration)]) {
        if pause.start > from {
            units.push(bare(from, pause.start));
        }
        from = pause.end.max(from);
    }
    units
}

fn parts(duration: f64, length: f64, words: &[Word]) -> Vec<Unit> {
    let count = ((duration / length).floor().max(0.0) as usize).min(MOST_PARTS);
    let mut next = 0;
    (0..count)
        .map(|at| {
            let (start, end) = (at as f64 * length, (at + 1) as f64 * length);
            let first = next;
            next += words.iter().skip(first).take_while(|w| w.start < end).count();
            let held = (next > first).then(|| (first, next - 1));
            Unit { words: held, opens: words.is_empty(), closes: words.is_empty(), ..bare(start, end) }
        })
        .collect()
}

/// Fill in the gaps between the units.
fn spaced(mut units: Vec<Unit>, duration: f64) -> Vec<Unit> {
    units.retain(|u| u.start < duration && u.end > u.start);
    let mut end = 0.0;
    for unit in &mut units {
        unit.before = (unit.start - end).max(0.0);
        end = unit.end;
    }
    let mut start = duration;
    for unit in units.iter_mut().rev() {
        unit.after = (start - unit.end).max(0.0);
        start = unit.start;
    }
    units
}
