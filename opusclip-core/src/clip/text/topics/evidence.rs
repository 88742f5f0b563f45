//! What of a sentence tells its topic: its words, the forms of its words, its function words.

use std::collections::HashMap;

use crate::clip::text::stem::{Lexicon, pairs, plain, unspaced};

/// Kinds of evidence; each is drawn from a distribution of its own.
pub(super) const KINDS: usize = 3;

/// What a word tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A stem of a word with a meaning of its own.
    Content = 0,
    /// The last two letters of such a word, a figure, a name, a punctuation mark.
    Form = 1,
    /// A stop word.
    Function = 2,
}

/// Nothing before.
pub(super) const NONE: u32 = u32::MAX;
/// Words of form and function in more than this share of the sentences are everywhere and tell nothing.
const EVERYWHERE: f64 = 0.25;
/// In fewer sentences than this no word is everywhere.
const FEW_SENTENCES: usize = 200;
/// Words shorter than this have no ending.
const SHORTEST_WITH_ENDING: usize = 4;

/// First words that point back: what they begin goes on with what was said.
const POINTING_BACK: &str = "\
    he she they him her his hers their theirs them it its we our us and but or nor so then also thus such however \
    therefore moreover otherwise";

/// A word in a sentence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occurrence {
    pub(super) word: u32,
    pub(super) sentence: u32,
    /// How often it is in the sentence.
    pub(super) times: u32,
    /// Index of the word's occurrence in an earlier sentence, or [`NONE`].
    pub(super) before: u32,
}

/// A text as counts of words by sentence.
#[derive(Debug)]
pub(super) struct Evidence {
    /// All occurrences, by sentence.
    pub(super) occurrences: Vec<Occurrence>,
    /// Where each sentence begins in `occurrences`, and the end.
    pub(super) first: Vec<usize>,
    /// Of each word its kind and how often it is in the text.
    pub(super) words: Vec<(Kind, u32)>,
    /// Of each kind the number of tokens before each sentence, and of all.
    pub(super) tokens: [Vec<u32>; KINDS],
    /// Does the sentence begin with a word that points back?
    pub(super) points_back: Vec<bool>,
}

impl Evidence {
    pub(super) fn of<'a>(sentences: &[&'a str], lexicon: &'a Lexicon, english: bool) -> Self {
        let mut reader = Reader { lexicon, ids: HashMap::new(), kinds: Vec::new(), known: HashMap::new() };
        let mut said: Vec<Vec<u32>> = Vec::with_capacity(sentences.len());
        let mut points_back = Vec::with_capacity(sentences.len());
        for sentence in sentences {
            let mut ids = Vec::new();
            for (place, token) in sentence.split_whitespace().enumerate() {
                reader.token(token, place, &mut ids);
            }
            ids.sort_unstable();
            said.push(ids);
            let opener = sentence.split_whitespace().map(plain).find(|word| !word.is_empty());
            points_back.push(
                english
                    && !points_back.is_empty()
                    && opener.is_some_and(|word| POINTING_BACK.split(' ').any(|listed| listed == word)),
            );
        }
        count(&said, &reader.kinds, points_back)
    }

    pub(super) fn sentences(&self) -> usize {
        self.points_back.len()
    }

    /// In how many places each word comes up, where occurrences at most `distance` sentences apart are one place.
    pub(super) fn spread_by_distance(&self, distance: usize) -> Vec<u32> {
        let mut spread = vec![0; self.words.len()];
        for occurrence in &self.occurrences {
            let before = self.occurrences.get(occurrence.before as usize).map(|before| before.sentence);
            let near = before.is_some_and(|before| (occurrence.sentence - before) as usize <= distance);
            if let Some(places) = spread.get_mut(occurrence.word as usize).filter(|_| !near) {
                *places += 1;
            }
        }
        spread
    }

    /// In how many topics each word comes up.
    pub(super) fn spread_by_topic(&self, starts: &[usize]) -> Vec<u32> {
        let mut spread = vec![0; self.words.len()];
        let topic = |sentence: u32| starts.partition_point(|&start| start <= sentence as usize);
        for occurrence in &self.occurrences {
            let before = self.occurrences.get(occurrence.before as usize).map(|before| topic(before.sentence));
            if let Some(topics) = spread.get_mut(occurrence.word as usize)
                && before != Some(topic(occurrence.sentence))
            {
                *topics += 1;
            }
        }
        spread
    }
}

/// Counts by sentence from the words of each, sorted; words of form and function that are everywhere are left out.
fn count(said: &[Vec<u32>], kinds: &[Kind], points_back: Vec<bool>) -> Evidence {
    let mut sentences_with = vec![0usize; kinds.len()];
    for ids in said {
        for run in ids.chunk_by(|a, b| a == b) {
            sentences_with[run[0] as usize] += 1;
        }
    }
    let most = if said.len() < FEW_SENTENCES { said.len() } else { (said.len() as f64 * EVERYWHERE) as usize };
    let mut evidence = Evidence {
        occurrences: Vec::new(),
        first: vec![0],
        words: kinds.iter().map(|&kind| (kind, 0)).collect(),
        tokens: std::array::from_fn(|_| vec![0]),
        points_back,
    };
    let mut latest = vec![NONE; kinds.len()];
    for (sentence, ids) in said.iter().enumerate() {
        let mut tokens = [0; KINDS];
        for run in ids.chunk_by(|a, b| a == b) {
            let (word, times) = (run[0], run.len() as u32);
            let (kind, total) = &mut evidence.words[word as usize];
            if *kind != Kind::Content && sentences_with[word as usize] > most {
                continue;
            }
            *total += times;
            tokens[*kind as usize] += times;
            let before = std::mem::replace(&mut latest[word as usize], evidence.occurrences.len() as u32);
            evidence.occurrences.push(Occurrence { word, sentence: sentence as u32, times, before });
        }
        evidence.first.push(evidence.occurrences.len());
        for (counted, new) in evidence.tokens.iter_mut().zip(tokens) {
            counted.push(counted.last().copied().unwrap_or(0) + new);
        }
    }
    evidence
}

/// Turns tokens into numbers of words.
struct Reader<'a> {
    lexicon: &'a Lexicon,
    ids: HashMap<(Kind, String), u32>,
    kinds: Vec<Kind>,
    /// What each token stood for, in the middle of a sentence and at its beginning: stemming is slow.
    known: HashMap<(&'a str, bool), Vec<u32>>,
}

impl<'a> Reader<'a> {
    fn token(&mut self, token: &'a str, place: usize, ids: &mut Vec<u32>) {
        let key = (token, place == 0);
        if let Some(known) = self.known.get(&key) {
            ids.extend(known);
            return;
        }
        let mut found = Vec::new();
        for (kind, word) in self.read(token, place == 0) {
            let next = self.kinds.len() as u32;
            let id = *self.ids.entry((kind, word)).or_insert(next);
            if id == next {
                self.kinds.push(kind);
            }
            found.push(id);
        }
        ids.extend(&found);
        self.known.insert(key, found);
    }

    fn read(&self, token: &str, first: bool) -> Vec<(Kind, String)> {
        let mut found = Vec::new();
        let marks: String = token.chars().rev().take_while(|c| !c.is_alphanumeric()).collect();
        if !marks.is_empty() {
            found.push((Kind::Form, marks.chars().rev().collect()));
        }
        if token.contains(unspaced) {
            let pairs = pairs(token).into_iter();
            found.extend(pairs.map(|pair| {
                let kind = if self.lexicon.stops_plain(&pair) { Kind::Function } else { Kind::Content };
                (kind, pair)
            }));
            return found;
        }
        let word = plain(token);
        if word.is_empty() {
            return found;
        }
        if self.lexicon.stops_plain(&word) {
            found.push((Kind::Function, word));
            return found;
        }
        if let Some(form) = form(token, &word, first) {
            found.push((Kind::Form, form));
        }
        found.push((Kind::Content, self.lexicon.root(&word)));
        found
    }
}

/// The ending of a word, or that it is a figure (`0`) or a name (`A`).
fn form(token: &str, word: &str, first: bool) -> Option<String> {
    if word.contains(char::is_numeric) {
        return Some("0".to_owned());
    }
    let name = !first && token.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase);
    if word.chars().count() < SHORTEST_WITH_ENDING {
        return None;
    }
    if name {
        return Some("A".to_owned());
    }
    word.char_indices().rev().nth(1).map(|(at, _)| word[at..].to_owned())
}
