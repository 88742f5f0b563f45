//! The words that set a topic apart, by Dunning's log-likelihood ratio (1993, "Accurate methods for the statistics of
//! surprise and coincidence").

use std::collections::{BTreeMap, HashMap};

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
    /// Where it is met first, counted in words of the topic.
    first: usize,
    /// Each form with its count and its first place.
    forms: Vec<(String, u32, usize)>,
}

/// What tokens stand for: the number of a stem, and the word as written. Stemming is slow, so each is looked up once.
struct Reader<'a> {
    lexicon: &'a Lexicon,
    stems: HashMap<String, usize>,
    known: HashMap<&'a str, Vec<(usize, String)>>,
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
    let mut reader = Reader { lexicon: &lexicon, stems: HashMap::new(), known: HashMap::new() };
    let ends = starts.iter().skip(1).copied().chain([sentences.len()]);
    let topics: Vec<BTreeMap<usize, Met>> = starts
        .iter()
        .zip(ends)
        .map(|(&first, end)| reader.meet(sentences.get(first..end).unwrap_or_default()))
        .collect();
    let mut everywhere = vec![0; reader.stems.len()];
    for (&stem, met) in topics.iter().flatten() {
        everywhere[stem] += met.here;
    }
    topics.iter().map(|topic| telling(topic, &everywhere)).collect()
}

impl<'a> Reader<'a> {
    fn meet(&mut self, sentences: &[&'a str]) -> BTreeMap<usize, Met> {
        let mut topic: BTreeMap<usize, Met> = BTreeMap::new();
        let mut place = 0;
        for token in sentences.iter().flat_map(|sentence| sentence.split_whitespace()) {
            for (stem, form) in self.read(token) {
                let met = topic.entry(*stem).or_insert_with(|| Met { first: place, ..Met::default() });
                met.here += 1;
                match met.forms.iter_mut().find(|(known, ..)| known == form) {
                    Some((_, count, _)) => *count += 1,
                    None => met.forms.push((form.clone(), 1, place)),
                }
                place += 1;
            }
        }
        topic.retain(|_, met| met.here >= LEAST_PAIRS || !met.forms.iter().any(|(form, ..)| form.contains(unspaced)));
        topic
    }

    fn read(&mut self, token: &'a str) -> &[(usize, String)] {
        let Self { lexicon, stems, known } = self;
        known.entry(token).or_insert_with(|| {
            let words = if token.contains(unspaced) { pairs(token) } else { vec![plain(token)] };
            let telling = |word: &String| word.chars().nth(1).is_some() && !is_empty_word(word, lexicon);
            let words = words.into_iter().filter(telling);
            let read = words.map(|word| {
                let next = stems.len();
                let stem = *stems.entry(lexicon.stem_plain(&word)).or_insert(next);
                (stem, shown(token, word))
            });
            read.collect()
        })
    }
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

fn telling(topic: &BTreeMap<usize, Met>, everywhere: &[u32]) -> Vec<String> {
    let all = f64::from(everywhere.iter().sum::<u32>());
    let size = f64::from(topic.values().map(|met| met.here).sum::<u32>());
    let mut found: Vec<(f64, &Met)> = Vec::new();
    for (&stem, met) in topic {
        let (here, total) = (f64::from(met.here), f64::from(everywhere[stem]));
        if here * all >= total * size {
            found.push((surprise(here, total, size, all), met));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.first.cmp(&b.1.first)));
    found.into_iter().take(MOST).filter_map(|(_, met)| commonest(met)).collect()
}

/// The commonest form; among equals lower case, then the first.
fn commonest(met: &Met) -> Option<String> {
    let worth = |(form, count, place): &&(String, u32, usize)| {
        (*count, form.starts_with(char::is_lowercase), std::cmp::Reverse(*place))
    };
    met.forms.iter().max_by_key(worth).map(|(form, ..)| form.clone())
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
