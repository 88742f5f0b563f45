//! The words that set a topic apart, by Dunning's log-likelihood ratio (1993, "Accurate methods for the statistics of
//! surprise and coincidence").

use std::collections::HashMap;

use crate::clip::text::language;
use crate::clip::text::stem::{Lexicon, pairs, plain, unspaced};

/// Keywords of each topic.
const MOST: usize = 5;
/// Pairs of letters that are met less often in a topic are hardly words.
const LEAST_PAIRS: u32 = 3;

/// How often a stem is met, and how it is written.
#[derive(Debug, Default)]
struct Met {
    here: u32,
    /// Each form with its count and its first place in the topic.
    forms: HashMap<String, (u32, usize)>,
}

/// Of each topic at most five words that it uses more than the rest does, as written, the most telling first.
///
/// `starts` are the sentences that begin a topic, as [`segment`](super::segment) gives them. Where scripts put no blanks
/// between words, only pairs of letters that come up at least three times count as words.
///
/// ```
/// use opusclip_core::clip::text::keywords;
/// let talk = ["We bake bread.", "Bread needs flour.", "The stars shine.", "Every star is far."];
/// let found = keywords(&talk, &[0, 2], Some("en"));
/// assert_eq!(found[0][0], "bread");
/// ```
pub fn keywords(sentences: &[&str], starts: &[usize], language: Option<&str>) -> Vec<Vec<String>> {
    let found = if language.is_none() { language::of_sentences(sentences) } else { None };
    let lexicon = Lexicon::new(language.or(found.as_deref()));
    let ends = starts.iter().skip(1).copied().chain([sentences.len()]);
    let topics: Vec<HashMap<String, Met>> = starts
        .iter()
        .zip(ends)
        .map(|(&first, end)| meet(sentences.get(first..end).unwrap_or_default(), &lexicon))
        .collect();
    let mut everywhere: HashMap<&str, u32> = HashMap::new();
    for (stem, met) in topics.iter().flatten() {
        *everywhere.entry(stem).or_default() += met.here;
    }
    let all = f64::from(everywhere.values().sum::<u32>());
    topics.iter().map(|topic| telling(topic, &everywhere, all)).collect()
}

fn meet(sentences: &[&str], lexicon: &Lexicon) -> HashMap<String, Met> {
    let mut topic: HashMap<String, Met> = HashMap::new();
    let mut place = 0;
    for token in sentences.iter().flat_map(|sentence| sentence.split_whitespace()) {
        let words = if token.contains(unspaced) { pairs(token) } else { vec![plain(token)] };
        for word in words {
            if word.chars().nth(1).is_none() || is_empty_word(&word, lexicon) {
                continue;
            }
            let met = topic.entry(lexicon.stem_plain(&word)).or_default();
            met.here += 1;
            met.forms.entry(shown(token, word)).or_insert((0, place)).0 += 1;
            place += 1;
        }
    }
    topic.retain(|stem, met| !stem.contains(unspaced) || met.here >= LEAST_PAIRS);
    topic
}

/// Stop words and numbers, and pairs of letters of which one is a stop word, tell no topic.
fn is_empty_word(word: &str, lexicon: &Lexicon) -> bool {
    let letter_stops = || word.chars().any(|c| lexicon.stops_plain(c.encode_utf8(&mut [0; 4])));
    lexicon.stops_plain(word) || !word.contains(char::is_alphabetic) || word.contains(unspaced) && letter_stops()
}

/// The word as written, without the punctuation around it.
fn shown(token: &str, word: String) -> String {
    if token.contains(unspaced) { word } else { token.trim_matches(|c: char| !c.is_alphanumeric()).to_owned() }
}

fn telling(topic: &HashMap<String, Met>, everywhere: &HashMap<&str, u32>, all: f64) -> Vec<String> {
    let size = f64::from(topic.values().map(|met| met.here).sum::<u32>());
    let mut found: Vec<(f64, usize, &str)> = Vec::new();
    for (stem, met) in topic {
        let total = f64::from(everywhere.get(stem.as_str()).copied().unwrap_or(met.here));
        let here = f64::from(met.here);
        if here * all < total * size {
            continue;
        }
        let worth = surprise(here, total, size, all);
        // The commonest form; among equals lower case, then the first.
        let form = met.forms.iter().max_by_key(|(form, (count, place))| {
            (*count, form.starts_with(char::is_lowercase), std::cmp::Reverse(*place))
        });
        let first = met.forms.values().map(|(_, place)| *place).min().unwrap_or(0);
        found.extend(form.map(|(form, _)| (worth, first, form.as_str())));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(b.2)));
    found.into_iter().take(MOST).map(|(_, _, form)| form.to_owned()).collect()
}

/// G² of a word that is met `here` times among `size` words and `total` times among `all`. Where the topic is the whole
/// text there is nothing to compare with, and the commonest words win.
fn surprise(here: f64, total: f64, size: f64, all: f64) -> f64 {
    if size >= all {
        return here;
    }
    let term = |seen: f64, expected: f64| if seen > 0.0 { seen * (seen / expected).ln() } else { 0.0 };
    let rest = all - size;
    2.0 * (term(here, total * size / all) + term(total - here, total * rest / all))
}
