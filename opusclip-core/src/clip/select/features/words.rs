//! Features of what is said.

use super::super::candidates::Candidate;
use super::super::known::Known;
use super::super::lexicon::{
    ADDRESS, ARGUMENT, ASKS, DANGLING, EMOTION, LOUD, Marks, NUMBER, PRONOUN, QUESTION, STORY, STRONG,
};
use super::ramp;
use super::sound::Sound;

/// The features that words alone decide.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    pub hook: Option<f64>,
    pub density: Option<f64>,
    pub structure: Option<f64>,
    pub emotion: Option<f64>,
    pub pace: Option<f64>,
}

/// Walks through candidates in order of their beginnings; those that begin together share what is counted.
pub(super) struct Text<'a> {
    known: &'a Known<'a>,
    /// Of the words before each, and of all: how many carry which marks.
    counts: Vec<Counts>,
    /// For each term, the number of the beginning that met it last.
    met: Vec<u32>,
    beginning: u32,
    run: Option<Run>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Emotive and strong words.
    moving: u32,
    loud: u32,
    story: u32,
    argument: u32,
}

/// What all candidates with one first word share.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: f64,
    first: usize,
    hook: f64,
    /// Words up to here, this one excluded, are counted.
    until: usize,
    /// Different content words among them.
    distinct: usize,
    /// The first word among them that ends a question.
    asked: Option<usize>,
}

/// Seconds that must win the viewer.
const HOOK: f64 = 3.0;
/// A question needs so many words after it to be answered.
const ANSWER: usize = 8;

impl<'a> Text<'a> {
    pub(super) fn new(known: &'a Known<'a>) -> Self {
        let mut counts = Vec::with_capacity(known.marked.len() + 1);
        let mut now = Counts::default();
        counts.push(now);
        for word in &known.marked {
            let one = |mark: Marks| u32::from(word.marks & mark != 0);
            now.moving += one(EMOTION | STRONG);
            now.loud += one(LOUD);
            now.story += one(STORY);
            now.argument += one(ARGUMENT);
            counts.push(now);
        }
        Self { known, counts, met: vec![0; known.terms.len()], beginning: 0, run: None }
    }

    /// All of them for one candidate; none where there is no text.
    pub(super) fn of(&mut self, candidate: &Candidate) -> Said {
        if self.known.words.is_empty() {
            return Said::default();
        }
        let Some((first, last)) = candidate.words else {
            return Said { hook: Some(0.0), density: Some(0.0), pace: Some(0.0), ..Said::default() };
        };
        let run = self.run_to(candidate.span.start, first, last);
        let length = candidate.length.max(f64::MIN_POSITIVE);
        let words = (last + 1 - first) as f64;
        Said {
            hook: Some(run.hook),
            density: Some(ramp(run.distinct as f64 / length, &[(0.15, 0.0), (0.9, 1.0)])),
            structure: Some(self.structure(first, last, run.asked)),
            emotion: self.emotion(first, last, words),
            pace: Some(ramp(words / length, &[(0.0, 0.0), (2.0, 1.0), (3.3, 1.0), (6.0, 0.0)])),
        }
    }

    /// Count on to the last word of a candidate.
    fn run_to(&mut self, start: f64, first: usize, last: usize) -> Run {
        let same = self.run.filter(|run| run.first == first && run.start == start && run.until <= last + 1);
        let mut run = same.unwrap_or_else(|| {
            self.beginning += 1;
            let hook = hook(self.known, start, first, last);
            Run { start, first, hook, until: first, distinct: 0, asked: None }
        });
        for at in run.until..=last {
            let Some(word) = self.known.marked.get(at) else { break };
            if let Some(met) = word.term.and_then(|term| self.met.get_mut(term as usize))
                && *met != self.beginning
            {
                *met = self.beginning;
                run.distinct += 1;
            }
            if word.marks & ASKS != 0 {
                run.asked = run.asked.or(Some(at));
            }
        }
        run.until = last + 1;
        self.run = Some(run);
        run
    }

    fn between(&self, first: usize, last: usize, count: impl Fn(&Counts) -> u32) -> f64 {
        let at = |index: usize| self.counts.get(index).map_or(0, &count);
        f64::from(at(last + 1).saturating_sub(at(first)))
    }

    /// 0.5 for a question that at least 8 words follow, 0.3 for three words of a story (0.1 for each), 0.2 for two of an
    /// explanation. In other languages than English the question counts 0.5 and the rest half of what it is worth.
    fn structure(&self, first: usize, last: usize, asked: Option<usize>) -> f64 {
        let answered = if asked.is_some_and(|at| last >= at + ANSWER) { 0.5 } else { 0.0 };
        if !self.known.english() {
            return answered + 0.25;
        }
        let story = 0.1 * self.between(first, last, |c| c.story).min(3.0);
        let argument = 0.1 * self.between(first, last, |c| c.argument).min(2.0);
        answered + story + argument
    }

    /// Emotive, strong and half of the loud words a hundred words: 0 at none, 1 at eight. Left out in other languages
    /// than English.
    fn emotion(&self, first: usize, last: usize, words: f64) -> Option<f64> {
        let moving = self.between(first, last, |c| c.moving) + 0.5 * self.between(first, last, |c| c.loud);
        self.known.english().then(|| ramp(100.0 * moving / words, &[(0.0, 0.0), (8.0, 1.0)]))
    }
}

/// soon × (¼ + ¾ × points). The points of the first 3 s are 0.35 for a question (of four words or more, or with `why` and
/// the like), 0.2 for a number, 0.2 for speaking to
/// the viewer and 0.25 for a strong or contrasting word; `soon` falls from 1 to 0 as the first word comes 0.5 to 2.5 s
/// after the start. Address and strong words count half in languages other than English.
fn hook(known: &Known<'_>, start: f64, first: usize, last: usize) -> f64 {
    let (Some(words), Some(marked)) = (known.words.get(first..=last), known.marked.get(first..=last)) else {
        return 0.0;
    };
    let Some(word) = words.first() else { return 0.0 };
    let soon = 1.0 - ((word.start - start - 0.5) / 2.0).clamp(0.0, 1.0);
    let heard = words.iter().take_while(|w| w.start < start + HOOK).count();
    let any = |mark: Marks, skip: usize| marked.iter().take(heard).skip(skip).any(|w| w.marks & mark != 0);
    let opens_with = |mark: Marks| marked.first().is_some_and(|w| w.marks & mark != 0);
    // A `but` that comes first points back; it is a contrast only inside of the sentence.
    let strong = any(STRONG, 1) || opens_with(STRONG) && !opens_with(DANGLING);
    let worth = |holds: bool, points: f64| if holds { points } else { 0.0 };
    let mut points = worth(any(ASKS, FRAGMENT - 1) || opens_with(QUESTION), 0.35) + worth(any(NUMBER, 0), 0.2);
    points += if known.english() { worth(any(ADDRESS, 0), 0.2) + worth(strong, 0.25) } else { 0.225 };
    soon * (0.25 + 0.75 * points)
}

/// 0.45 × opening + 0.35 × closing + 0.2 × pauses; where there is no text only the pauses count, and where neither text
/// nor speech is, nothing. Pauses is the mean of the pause before by 0.3 s and the pause after by 0.5 s, each at most 1.
pub(super) fn completeness(candidate: &Candidate, known: &Known<'_>, sound: &Sound<'_>) -> Option<f64> {
    let (before, after) = candidate.pauses;
    let pauses = ((before / 0.3).clamp(0.0, 1.0) + (after / 0.5).clamp(0.0, 1.0)) / 2.0;
    if known.words.is_empty() {
        return sound.has_speech().then_some(pauses);
    }
    let Some((first, last)) = candidate.words else { return Some(0.2 * pauses) };
    let opening = if candidate.opens { opening(known, first) } else { 0.0 };
    let closing = if candidate.closes { closing(known, last) } else { 0.4 };
    Some(0.45 * opening + 0.35 * closing + 0.2 * pauses)
}

/// A pronoun among so many first words refers to something that is not in the clip.
const REFERENCE: usize = 4;
/// A sentence with fewer words is a reply or an exclamation: "Nothing at all?" rests on what was said before.
const FRAGMENT: usize = 4;

/// Does the first sentence stand alone? 0.3 if its first word points back (`and`, `he`), 0.5 if it is a fragment of up to
/// three words, 0.6 if one of its next words refers to something said before, else 1. In other languages only the case of its first letter can tell: 0.4 or 0.8.
fn opening(known: &Known<'_>, first: usize) -> f64 {
    if !known.english() {
        let letter = known.words.get(first).and_then(|w| w.text.chars().find(|c| c.is_alphabetic()));
        return if letter.is_some_and(char::is_lowercase) { 0.4 } else { 0.8 };
    }
    let marks = |at: usize| known.marked.get(at).map_or(0, |w| w.marks);
    if marks(first) & DANGLING != 0 {
        return 0.3;
    }
    let at = known.sentences.partition_point(|sentence| sentence.last_word < first);
    if known.sentences.get(at).is_some_and(|sentence| sentence.last_word + 1 - first < FRAGMENT) {
        return 0.5;
    }
    let named = |at: usize| known.marked.get(at).is_some_and(|w| w.term.is_some());
    for at in first + 1..first + REFERENCE {
        if marks(at) & PRONOUN != 0 {
            return 0.6;
        }
        // What a noun or a name has introduced may be called `it`.
        if named(at) {
            break;
        }
    }
    1.0
}

/// Is the last sentence an end? 0.5 for a question that nobody answers, 0.7 where the next sentence goes on without a
/// pause ("because", "but"), else 1.
fn closing(known: &Known<'_>, last: usize) -> f64 {
    if known.marked.get(last).is_some_and(|w| w.marks & ASKS != 0) {
        return 0.5;
    }
    let (Some(word), Some(next)) = (known.words.get(last), known.words.get(last + 1)) else { return 1.0 };
    let goes_on = known.english()
        && known.marked.get(last + 1).is_some_and(|w| w.marks & DANGLING != 0)
        && next.start - word.end < 1.0;
    if goes_on { 0.7 } else { 1.0 }
}
