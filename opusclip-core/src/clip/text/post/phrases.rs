//! Key phrases and hashtags.

use std::collections::HashSet;

use yake_rust::{Config, StopWords, get_n_best};

use super::cut::upper;
use crate::clip::text::keywords as telling;
use crate::clip::text::stem::{Lexicon, plain, unspaced};

/// Key phrases at most.
const MOST: usize = 8;
/// Hashtags at most.
const HASHTAGS: usize = 5;
/// Words of a key phrase at most.
const WORDS: usize = 2;
/// How much worse a pair of words is that comes up once and is no name: mostly the two only happen to stand together.
const CHANCE: f64 = 20.0;
/// Characters that the keyphrase crate gets to see: more than a clip has, so that no caller waits.
const LONGEST_TEXT: usize = 20_000;
/// A hashtag of more letters is none that anybody types.
const LONGEST_HASHTAG: usize = 30;
/// What may stand between the letters of a key phrase.
const BETWEEN: [char; 8] = [' ', '-', '\'', '’', '.', '&', '/', '_'];
/// Letters a hashtag must have, and fewer in scripts whose letters are words.
const SHORTEST_HASHTAG: usize = 3;

/// The key phrases of a clip, as written in it.
///
/// Where blanks part the words YAKE finds them; elsewhere it would take whole sentences for words, and the repeated
/// pairs of letters of [`telling`] stand in, if there are any.
/// `rest` is the text of the whole talk in small letters.
pub(super) fn keywords(sentences: &[&str], rest: &str, language: Option<&str>, lexicon: &Lexicon) -> Vec<String> {
    let text = clean(sentences);
    if text.contains(unspaced) {
        return telling(sentences, &[0], language).into_iter().flatten().collect();
    }
    if !text.contains(char::is_alphabetic) {
        return Vec::new();
    }
    let config = Config { ngrams: WORDS, ..Config::default() };
    let found = get_n_best(MOST * 4, &text, &StopWords::custom(lexicon.stop_words()), &config);
    let mut kept: Vec<(f64, String)> = Vec::new();
    for item in found {
        let phrase = item.raw.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        if item.score.is_finite() && says_something(&phrase, lexicon) && text.contains(&phrase) {
            let name = phrase.split(' ').all(|word| word.starts_with(char::is_uppercase));
            let chance = phrase.contains(' ') && !name && text.matches(&phrase).count() < 2;
            let chance = if chance { CHANCE } else { 1.0 };
            kept.push((item.score * chance * (1.0 + elsewhere(&phrase, &text, rest)), phrase));
        }
    }
    kept.sort_by(|a, b| a.0.total_cmp(&b.0));
    different(kept.into_iter().map(|(_, phrase)| phrase), lexicon)
}

/// The text in one line, without control characters.
pub(super) fn clean(sentences: &[&str]) -> String {
    let mut text = String::new();
    for word in sentences.iter().flat_map(|sentence| sentence.split(|c: char| c.is_whitespace() || c.is_control())) {
        if text.len() + word.len() >= LONGEST_TEXT {
            break;
        }
        if !word.is_empty() {
            text.extend([word, " "]);
        }
    }
    text
}

fn says_something(phrase: &str, lexicon: &Lexicon) -> bool {
    let words: Vec<String> = phrase.split(' ').map(plain).collect();
    let telling = |word: &String| word.chars().filter(|c| c.is_alphabetic()).count() >= 2 && !lexicon.stops_plain(word);
    words.first().is_some_and(telling) && words.last().is_some_and(telling) && words.iter().all(|word| !word.is_empty())
}

/// How much commoner the phrase is in the whole talk than in the clip, per letter; 0 where nothing is known.
fn elsewhere(phrase: &str, text: &str, rest: &str) -> f64 {
    let phrase = phrase.to_lowercase();
    let rate = |text: &str| text.matches(&phrase).count() as f64 / text.len().max(1) as f64;
    let here = rate(&text.to_lowercase());
    if here > 0.0 { rate(rest) / here } else { 0.0 }
}

/// Without phrases all of whose words are in better ones already, in any form.
fn different(phrases: impl Iterator<Item = String>, lexicon: &Lexicon) -> Vec<String> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut kept = Vec::new();
    for phrase in phrases {
        let stems: Vec<String> = phrase.split(' ').map(|word| lexicon.stem(word)).collect();
        let new = stems.iter().filter(|stem| !seen.contains(*stem)).count();
        if new == stems.len() {
            seen.extend(stems);
            kept.push(phrase);
        }
        if kept.len() == MOST {
            break;
        }
    }
    kept
}

/// The best key phrases as `#CamelCase`, of letters and digits only.
pub(super) fn hashtags(keywords: &[String], lexicon: &Lexicon) -> Vec<String> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut found = Vec::new();
    // Without its vowel signs a word of Hindi is another word: what is written with more than letters gets no hashtag.
    let plain = |phrase: &&String| phrase.chars().all(|c| c.is_alphanumeric() || BETWEEN.contains(&c));
    for phrase in keywords.iter().filter(plain) {
        let tag: String = phrase.split(|c: char| !c.is_alphanumeric()).map(camel).collect();
        let letters = tag.chars().count();
        let least = if tag.contains(unspaced) { 2 } else { SHORTEST_HASHTAG };
        let fit = (least..=LONGEST_HASHTAG).contains(&letters) && tag.contains(char::is_alphabetic);
        if fit && !lexicon.is_stop(&tag) && seen.insert(tag.to_lowercase()) {
            found.push(format!("#{tag}"));
        }
        if found.len() == HASHTAGS {
            break;
        }
    }
    found
}

fn camel(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| std::iter::once(upper(first)).chain(letters).collect()).unwrap_or_default()
}
