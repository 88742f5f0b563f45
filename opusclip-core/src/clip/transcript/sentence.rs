//! Sentences: what a clip may begin and end with.
//!
//! A cue is not a sentence: sentences are found over the joined text by Unicode's rules (UAX #29,
//! <https://www.unicode.org/reports/tr29/#Sentence_Boundaries>), less the breaks after abbreviations that CLDR
//! suppresses. Where a transcript has little punctuation, pauses between the words stand in for it.

mod inner;

use std::ops::{Range, RangeInclusive};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use self::inner::goes_on;
use super::words::join;
use super::{Transcript, Word};

/// A stretch of words that can stand alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sentence {
    /// Where its first word begins, in seconds.
    pub start: f64,
    /// Where its last word ends, in seconds.
    pub end: f64,
    /// As written.
    pub text: String,
    /// Index of its first word in [`Transcript::words`].
    pub first_word: usize,
    /// Index of its last word.
    pub last_word: usize,
    /// Does it end as a sentence ends, with `.`, `!`, `?` or the like? An ellipsis does not.
    pub complete: bool,
}

/// More words than this without a full stop are no sentence but a lack of punctuation.
const LOOSE_WORDS: usize = 50;
/// An unfinished stretch that lasts longer than this is treated the same, in seconds.
const LOOSE_LENGTH: f64 = 20.0;
/// A pause between words of this many seconds stands in for a full stop.
const PAUSE: f64 = 0.6;
/// Nobody pauses for so many seconds inside of a sentence.
const SILENCE: f64 = 3.0;
/// The longest stretch without punctuation that stays whole, in seconds.
const LONGEST_PIECE: f64 = 20.0;
/// The longest sentence that stays whole, in seconds.
const LONGEST_SENTENCE: f64 = 60.0;

/// The sentences of a transcript, in order; together they hold every word once.
///
/// A change of speaker, 3 s without a word and a note of a sound, such as `[music]`, end a sentence. What has few
/// full stops falls apart at pauses of 0.6 s, what lasts too long at its longest pause; such pieces are not
/// [`Sentence::complete`].
pub fn sentences(transcript: &Transcript) -> Vec<Sentence> {
    let words = &transcript.words;
    let mut found = Vec::new();
    for stretch in stretches(transcript) {
        let Some(here) = words.get(stretch.clone()) else { continue };
        let (text, bytes) = join(here);
        let mut first = 0;
        for next in ends(here, &text, &bytes) {
            let complete = terminated(&here[next - 1].text);
            for piece in pieces(here, first..=next - 1, complete) {
                let (from, to) = (*piece.start(), *piece.end());
                found.push(Sentence {
                    start: here[from].start,
                    end: here[to].end,
                    text: text[bytes[from].start..bytes[to].end].to_owned(),
                    first_word: stretch.start + from,
                    last_word: stretch.start + to,
                    complete: complete && to == next - 1,
                });
            }
            first = next;
        }
    }
    found
}

/// After how many of these words a sentence ends, each time; the last is after all of them.
fn ends(words: &[Word], text: &str, bytes: &[Range<usize>]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut unicode = text.split_sentence_bound_indices().map(|(at, sentence)| at + sentence.len()).peekable();
    for next in 1..=words.len() {
        let mut border = false;
        let from = bytes.get(next).map_or(text.len(), |word| word.start);
        while unicode.next_if(|end| *end <= from).is_some() {
            border = true;
        }
        if next == words.len() || border && !goes_on(words, next) || stops(words, next) {
            ends.push(next);
        }
    }
    ends
}

/// A pause after a full stop, from which a small letter begins a sentence too, in seconds.
const STOP: f64 = 0.3;
/// A longer word before a full stop is no abbreviation.
const LONG_WORD: usize = 4;

/// Unicode's rules let a sentence go on with a small letter, for the sake of abbreviations. Some speech engines write none
/// but small letters: there a full stop after a longer word, or before a pause, ends a sentence.
fn stops(words: &[Word], next: usize) -> bool {
    let (Some(before), Some(after)) = (words.get(next.wrapping_sub(1)), words.get(next)) else { return false };
    let small = after.text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase);
    if !small || !terminated(&before.text) || goes_on(words, next) {
        return false;
    }
    let stem = before.text.trim_end_matches(|c: char| !c.is_alphanumeric());
    let letters = stem.chars().rev().take_while(|c| c.is_alphabetic()).count();
    let plain = letters == stem.chars().count() && letters >= LONG_WORD;
    plain && before.text.ends_with('.') || after.start - before.end >= STOP
}

/// Runs of words between changes of speaker, long silences and notes of sounds.
fn stretches(transcript: &Transcript) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut first = 0;
    let mut speaker: Option<&str> = None;
    let mut before: Option<(usize, bool)> = None;
    let mut end = f64::NEG_INFINITY;
    for (at, word) in transcript.words.iter().enumerate() {
        let silence = word.start - std::mem::replace(&mut end, word.end) >= SILENCE;
        if silence && at > first {
            runs.push(first..at);
            first = at;
        }
        if before.is_some_and(|(cue, _)| cue == word.cue) {
            continue;
        }
        let cue = transcript.cues.get(word.cue);
        let sound = cue.is_some_and(|c| is_sound(&c.text));
        let said_by = cue.and_then(|c| c.speaker.as_deref());
        let changed = said_by.is_some() && speaker.is_some() && said_by != speaker;
        if at > first && (changed || sound || before.is_some_and(|(_, sound)| sound)) {
            runs.push(first..at);
            first = at;
        }
        // Files often name the speaker only where the turn begins.
        speaker = said_by.or(speaker);
        before = Some((word.cue, sound));
    }
    if first < transcript.words.len() {
        runs.push(first..transcript.words.len());
    }
    runs
}

/// Is the text the name of a sound rather than speech: `[music]`, `(laughs)`, `♪ ♪`?
pub(crate) fn is_sound(text: &str) -> bool {
    let text = text.trim();
    let enclosed = |open, close| text.starts_with(open) && text.ends_with(close) && text.matches(open).count() == 1;
    enclosed('[', ']') || enclosed('(', ')') || !text.chars().any(char::is_alphanumeric)
}

/// Does the word end a sentence?
fn terminated(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| {
        matches!(c, '"' | '\'' | ')' | ']' | '}' | '»' | '”' | '’' | '」' | '』' | '）' | '】' | '♪')
            || c.is_whitespace()
    });
    let marks =
        ['.', '!', '?', '。', '！', '？', '｡', '．', '؟', '۔', '।', '॥', '։', '።', '၊', '။', '។', '‼', '⁇', '⁈', '⁉'];
    word.ends_with(marks) && !word.ends_with("..") && !word.ends_with("。。")
}

/// Cut what is too long to be a sentence; indices are of `words`.
fn pieces(words: &[Word], range: RangeInclusive<usize>, complete: bool) -> Vec<RangeInclusive<usize>> {
    let (first, last) = (*range.start(), *range.end());
    let length = words[last].end - words[first].start;
    let loose = last - first >= LOOSE_WORDS || !complete && length > LOOSE_LENGTH;
    if !loose && length <= LONGEST_SENTENCE {
        return vec![range];
    }
    let mut cut = Vec::new();
    let mut from = first;
    for at in first..=last {
        if at == last || loose && words[at + 1].start - words[at].end >= PAUSE {
            shorten(words, from, at, if loose { LONGEST_PIECE } else { LONGEST_SENTENCE }, &mut cut);
            from = at + 1;
        }
    }
    cut
}

/// Cut until no piece lasts longer than `longest`, each time at the longest pause in reach, else between cues.
fn shorten(words: &[Word], first: usize, last: usize, longest: f64, cut: &mut Vec<RangeInclusive<usize>>) {
    let mut from = first;
    while words[last].end - words[from].start > longest {
        let start = words[from].start;
        let mut best: Option<(usize, (f64, bool))> = None;
        for at in from..last {
            let length = words[at].end - start;
            if length > longest {
                break;
            }
            let worth = (words[at + 1].start - words[at].end, words[at + 1].cue != words[at].cue);
            // Short pieces first would leave many; a quarter of the limit is the least.
            if length >= longest / 4.0 && best.is_none_or(|(_, most)| worth >= most) {
                best = Some((at, worth));
            }
        }
        let to = best.map_or(from, |(at, _)| at);
        if to >= last {
            break;
        }
        cut.push(from..=to);
        from = to + 1;
    }
    cut.push(from..=last);
}

#[cfg(test)]
mod tests {
    use super::super::{Cue, TranscriptFormat, parse};
    use super::*;

    /// Cues of one second per word, each followed by `gap` seconds.
    fn cues(texts: &[&str], gap: f64) -> Transcript {
        let mut made = Transcript::default();
        let mut now = 0.0;
        for text in texts {
            let end = now + text.split_whitespace().count() as f64;
            super::super::words::of_cue(&mut made.words, made.cues.len(), (now, end), text, &[]);
            made.cues.push(Cue { start: now, end, text: (*text).into(), line: 1, speaker: None });
            now = end + gap;
        }
        made
    }

    fn texts(transcript: &Transcript) -> Vec<String> {
        sentences(transcript).into_iter().map(|s| s.text).collect()
    }

    #[test]
    fn sentences_cross_cues_and_know_their_words() {
        let made = cues(&["So this is how", "it works. And then", "it ended."], 0.0);
        let found = sentences(&made);
        assert_eq!(found[0].text, "So this is how it works.");
        assert_eq!(found[1].text, "And then it ended.");
        assert_eq!((found[0].first_word, found[0].last_word, found[1].first_word), (0, 5, 6));
        assert!(found.iter().all(|s| s.complete));
        assert_eq!(found[1].end, 10.0);
    }

    #[test]
    fn abbreviations_initials_and_numbers_do_not_end_sentences() {
        for text in [
            "Mr. Smith met Dr. Jones at 3.5 p.m. Today was fine.",
            "George W. Bush left the U.S. Army.",
            "Look at No. 5 Downing Street.",
            "“Really?” he asked.",
            "That is e.g. Berlin.",
            "“Who pays?” Anna Miller asked.",
            "„Halt!“ Weber rief es laut.",
            "Wir brauchen z. B. Ruhe.",
            "Im 19. Jahrhundert und am 3. Oktober war es so.",
            "La Dra. Castro vive en EE. UU. con Ud. Castro.",
        ] {
            assert_eq!(texts(&cues(&[text], 0.0)), [text]);
        }
        assert_eq!(texts(&cues(&["No. That was I. He left."], 0.0)), ["No.", "That was I.", "He left."]);
        assert_eq!(texts(&cues(&["(It is.) \"Stop!\" Go."], 0.0)), ["(It is.)", "\"Stop!\"", "Go."]);
        assert_eq!(texts(&cues(&["I am 19. Then it rained."], 0.0)), ["I am 19.", "Then it rained."]);
        assert_eq!(texts(&cues(&["“Who?” That was it. He said so."], 0.0)), ["“Who?”", "That was it.", "He said so."]);
    }

    #[test]
    fn small_letters_begin_a_sentence_after_a_full_stop_but_not_after_an_abbreviation() {
        let found = texts(&cues(&["we went home. it was late. i saw approx. ten of them."], 0.0));
        assert_eq!(found, ["we went home.", "it was late.", "i saw approx. ten of them."]);
        // A pause after the stop tells as well.
        assert_eq!(texts(&cues(&["he was in.", "so was i."], 0.4)), ["he was in.", "so was i."]);
        assert_eq!(texts(&cues(&["“Really?” he asked."], 0.0)), ["“Really?” he asked."]);
    }

    #[test]
    fn chinese_full_stops_end_sentences() {
        assert_eq!(
            texts(&cues(&["你好世界。今天天气很好！真的吗？"], 0.0)),
            ["你好世界。", "今天天气很好！", "真的吗？"]
        );
    }

    #[test]
    fn speakers_and_sounds_end_sentences() {
        let vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n[music]\n\n00:02.000 --> 00:03.000\n<v A>I think\n\n\
                   00:03.000 --> 00:04.000\nwe should\n\n00:04.000 --> 00:05.000\n<v B>What?\n";
        assert_eq!(texts(&parse(vtt, TranscriptFormat::Vtt).unwrap()), ["[music]", "I think we should", "What?"]);
    }

    #[test]
    fn without_punctuation_pauses_stand_in() {
        let line = "and so we went on and on";
        let made = cues(&[line; 10], 0.7);
        let found = sentences(&made);
        assert_eq!(found.len(), 10);
        assert!(found.iter().all(|s| !s.complete && s.text == line));
    }

    #[test]
    fn without_punctuation_and_pauses_pieces_end_with_cues() {
        let found = sentences(&cues(&["and so we went on and on"; 10], 0.0));
        assert!(found.iter().all(|s| s.end - s.start <= LONGEST_PIECE && s.text.starts_with("and so")));
        assert_eq!(found.last().unwrap().last_word, 69);
    }

    #[test]
    fn a_very_long_sentence_is_cut_at_its_longest_pause() {
        // Eight words in 81 s; the only pause, of 1 s, comes after the fourth.
        let mut made = cues(&["word word word word", "word word word done."], 0.1);
        for word in &mut made.words {
            (word.start, word.end) = (word.start * 10.0, word.end * 10.0);
        }
        let found = sentences(&made);
        assert_eq!(found.iter().map(|s| (s.last_word, s.complete)).collect::<Vec<_>>(), [(3, false), (7, true)]);
    }

    #[test]
    fn a_long_silence_ends_a_sentence() {
        assert_eq!(texts(&cues(&["Blue", "more blue!"], 3.0)), ["Blue", "more blue!"]);
        assert_eq!(texts(&cues(&["Blue", "more blue!"], 2.0)), ["Blue more blue!"]);
    }

    #[test]
    fn an_ellipsis_is_no_end() {
        let found = sentences(&cues(&["So... Then it rained."], 0.0));
        assert_eq!(found.iter().map(|s| s.complete).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn words_that_name_no_cue_are_no_trouble() {
        let word = Word { start: 0.0, end: 1.0, text: "Hi.".into(), cue: 7, timed: true };
        let made = Transcript { words: vec![word], ..Transcript::default() };
        assert_eq!(texts(&made), ["Hi."]);
        assert!(sentences(&Transcript::default()).is_empty());
    }
}
