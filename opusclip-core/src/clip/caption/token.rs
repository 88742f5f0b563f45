//! The pieces of text that a line may be broken between (UAX #14, crate `icu_segmenter`): words, and in scripts that
//! put no blanks between them what a dictionary tells to be words.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use icu_segmenter::options::{LineBreakOptions, WordBreakInvariantOptions};
use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed, WordSegmenter, WordSegmenterBorrowed};
use unicode_segmentation::UnicodeSegmentation;

use super::Shown;

/// What is shown at once, moves to the next line at once and is coloured at once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// Seconds from the start of the clip.
    pub(super) start: f64,
    /// Seconds from the start of the clip.
    pub(super) end: f64,
    pub(super) text: String,
    /// Is there a blank before it?
    pub(super) spaced: bool,
}

struct Segmenters {
    line: LineSegmenterBorrowed<'static>,
    word: WordSegmenterBorrowed<'static>,
}

fn segmenters() -> &'static Segmenters {
    static SEGMENTERS: OnceLock<Segmenters> = OnceLock::new();
    SEGMENTERS.get_or_init(|| Segmenters {
        line: LineSegmenter::new_dictionary(LineBreakOptions::default()),
        word: WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()),
    })
}

/// The tokens of some words.
pub(super) fn tokens(words: &[Shown], uppercase: bool) -> Vec<Token> {
    let mut text = String::new();
    let mut tokens: Vec<Token> = Vec::new();
    // Where in the text each piece begins; a line may not begin at all of them.
    let mut pieces: Vec<(usize, Token)> = Vec::new();
    for word in words {
        let said: String = if uppercase { word.text.trim().to_uppercase() } else { word.text.trim().to_owned() };
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if said.is_empty() {
            continue;
        }
        let together = text.is_empty() || unspaced_end(&text) && unspaced_start(&said);
        let spaced = !together;
        if spaced {
            text.push(' ');
        }
        for (number, (from, piece)) in apart(&said).into_iter().enumerate() {
            let share = |at: usize| word.start + (word.end - word.start) * at as f64 / said.len() as f64;
            let (start, end) = (share(from), share(from + piece.len()));
            let blank = if number == 0 { spaced } else { piece.starts_with(' ') };
            pieces.push((text.len() + from, Token { start, end, text: piece.trim().to_owned(), spaced: blank }));
        }
        text.push_str(&said);
    }
    let allowed: BTreeSet<usize> = segmenters().line.segment_str(&text).collect();
    for (at, piece) in pieces {
        match tokens.last_mut() {
            Some(before) if !piece.spaced && !allowed.contains(&at) => {
                before.text.push_str(&piece.text);
                before.end = before.end.max(piece.end);
            }
            _ => tokens.push(piece),
        }
    }
    tokens
}

/// A word as it can be broken: not at all where blanks do that, else between the words of a dictionary.
fn apart(word: &str) -> Vec<(usize, &str)> {
    if !word.chars().any(is_unspaced) && !word.contains(' ') {
        return vec![(0, word)];
    }
    let borders: Vec<usize> = segmenters().word.segment_str(word).collect();
    let pairs = borders.windows(2).filter(|pair| !word[pair[0]..pair[1]].trim().is_empty());
    // A blank goes to the piece after it, as in `tokens`.
    let mut from = 0;
    pairs
        .map(|pair| {
            let start = std::mem::replace(&mut from, pair[1]);
            (start, &word[start..pair[1]])
        })
        .collect()
}

/// Cut a token that is wider than `most` of its parts may be, between letters.
pub(super) fn cut(token: &Token, parts: usize) -> Vec<Token> {
    let letters: Vec<&str> = token.text.graphemes(true).collect();
    let each = letters.len().div_ceil(parts.max(1)).max(1);
    let share = |at: usize| token.start + (token.end - token.start) * at as f64 / letters.len().max(1) as f64;
    let piece = |(number, part): (usize, &[&str])| Token {
        start: share(number * each),
        end: share(number * each + part.len()),
        text: part.concat(),
        spaced: token.spaced && number == 0,
    };
    letters.chunks(each).enumerate().map(piece).collect()
}

/// Tokens as one line of text.
pub(super) fn join(tokens: &[Token]) -> String {
    let mut line = String::new();
    for (number, token) in tokens.iter().enumerate() {
        if number > 0 && token.spaced {
            line.push(' ');
        }
        line.push_str(&token.text);
    }
    line
}

fn unspaced_end(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_unspaced)
}

fn unspaced_start(text: &str) -> bool {
    text.chars().next().is_some_and(is_unspaced)
}

/// Letters and signs of scripts that are written without blanks; Korean has some.
fn is_unspaced(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3000..=0x30FF | 0x3400..=0x9FFF
        | 0xF900..=0xFAFF | 0xFF00..=0xFF60 | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<String> {
        let words: Vec<Shown> = (0..)
            .zip(words)
            .map(|(n, w)| Shown { start: f64::from(n), end: f64::from(n + 1), text: (*w).into() })
            .collect();
        tokens(&words, false).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn no_line_begins_with_a_sign_that_ends_one() {
        assert_eq!(texts(&["今天我们", "。", "灯塔"]), ["今天", "我们。", "灯塔"]);
        assert_eq!(texts(&["well-known", "fact", "!"]).join("|"), "well-known|fact|!");
    }

    #[test]
    fn thai_falls_apart_into_words() {
        let pieces = texts(&["ประภาคารเก่า"]);
        assert!(pieces.len() >= 2 && pieces.concat() == "ประภาคารเก่า", "{pieces:?}");
    }
}
