//! What to write above a clip, made of the clip's own words only: nothing is invented, much is left out.
//!
//! Sentences are weighed by the words that the clip uses more than the rest of the talk does (tf-idf, Spärck Jones
//! 1972); key phrases are found by YAKE (Campos et al. 2020, "YAKE! Keyword extraction from single documents using
//! multiple local features", crate `yake-rust`). It is what can be had without a language model, and says so:
//! [`Post::extractive`].

mod cut;
mod phrases;

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::cut::Candidate;
use super::stem::{Lexicon, pairs, plain, unspaced};
use super::{language, stem};

/// Words for a post about a clip.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Post {
    /// The most telling sentence or clause, at most 70 characters; empty where none is short enough.
    pub title: String,
    /// The strongest sentence or clause of the clip's beginning, at most 60 characters; empty where none is.
    pub hook: String,
    /// One or two sentences, at most 200 characters.
    pub description: String,
    /// Key phrases, the most telling first.
    pub keywords: Vec<String>,
    /// At most five of the key phrases as `#CamelCase`.
    pub hashtags: Vec<String>,
    /// Made of the clip's own words, not written.
    pub extractive: bool,
}

/// Most characters of a title.
const TITLE: usize = 70;
/// Most characters of a hook.
const HOOK: usize = 60;
/// Most characters of a description.
const DESCRIPTION: usize = 200;
/// Sentences that count as the beginning of a clip.
const OPENING: usize = 3;
/// What is added to the number of words that a sentence's worth is shared among, so that short ones do not always win.
const LENGTH_OFFSET: f64 = 6.0;

/// Worth of a beginning that ends where its sentence has no border.
const CUT: f64 = 0.6;

/// First words of English questions and of what speaks to the viewer.
const STRONG_OPENERS: &str = "why how what who you your imagine never nobody everyone stop if most";

/// Title, hook, description, keywords and hashtags for the clip that is made of `sentences`.
///
/// `whole` are the sentences of the whole talk, against which the clip's words are weighed; it may be empty.
/// `language` is an ISO 639-1 code; without one it is detected.
///
/// ```
/// use opusclip_core::clip::text::describe;
/// let clip = ["So, why does bread rise?", "Because yeast eats sugar and breathes out gas.", "The gas lifts the dough."];
/// let post = describe(&clip, &clip, Some("en"));
/// assert_eq!(post.hook, "Why does bread rise?");
/// assert!(post.extractive);
/// ```
pub fn describe(sentences: &[&str], whole: &[&str], language: Option<&str>) -> Post {
    let found = if language.is_none() && whole.is_empty() { language::of_sentences(sentences) } else { None };
    Talk::new(whole, language.or(found.as_deref())).describe(sentences)
}

/// A whole talk, read once, against which the words of each of its clips are weighed.
pub(crate) struct Talk {
    language: Option<String>,
    lexicon: Lexicon,
    /// How many sentences it has.
    sentences: usize,
    /// How many of them hold each stem.
    holding: HashMap<String, usize>,
    /// Its text in small letters, as far as phrases are looked for in it.
    text: String,
}

impl Talk {
    /// `language` is an ISO 639-1 code; without one it is detected.
    pub(crate) fn new(sentences: &[&str], language: Option<&str>) -> Self {
        let language = language.map(str::to_owned).or_else(|| language::of_sentences(sentences));
        let lexicon = Lexicon::new(language.as_deref());
        let mut holding: HashMap<String, usize> = HashMap::new();
        for sentence in sentences {
            let different: HashSet<String> = stems(sentence, &lexicon).into_iter().collect();
            for stem in different {
                *holding.entry(stem).or_default() += 1;
            }
        }
        let text = phrases::clean(sentences).to_lowercase();
        Self { language, lexicon, sentences: sentences.len(), holding, text }
    }

    /// Title, hook, description, keywords and hashtags for the clip that is made of these sentences.
    pub(crate) fn describe(&self, sentences: &[&str]) -> Post {
        let lexicon = &self.lexicon;
        let english = self.language.as_deref() == Some("en");
        let weights = Weights::of(sentences, self);
        let candidates = |range: &[&str], most: usize| -> Vec<Candidate> {
            range.iter().flat_map(|sentence| cut::candidates(sentence, most, lexicon)).collect()
        };
        let opening = sentences.get(..OPENING.min(sentences.len())).unwrap_or_default();
        let title = best(candidates(sentences, TITLE), |text| weights.worth(text, lexicon));
        let hook = best(candidates(opening, HOOK), |text| weights.worth(text, lexicon) * strength(text, english));
        let keywords = phrases::keywords(sentences, &self.text, self.language.as_deref(), lexicon);
        Post {
            title: cut::without_full_stop(&title),
            hook: cut::without_full_stop(&hook),
            description: description(sentences, &weights, lexicon),
            hashtags: phrases::hashtags(&keywords, lexicon),
            keywords,
            extractive: true,
        }
    }
}

/// The best of some texts, the first among equals.
fn best(candidates: Vec<Candidate>, worth: impl Fn(&str) -> f64) -> String {
    let mut found = (0.0, String::new());
    for Candidate { text, cut } in candidates {
        let worth = worth(&text) * if cut { CUT } else { 1.0 };
        if worth > found.0 || found.1.is_empty() {
            found = (worth, text);
        }
    }
    found.1
}

/// How much stronger a beginning is for being a question, having a figure, or speaking to the viewer.
fn strength(text: &str, english: bool) -> f64 {
    let question = text.ends_with(['?', '？', '؟']);
    let figure = text.contains(char::is_numeric);
    let opener = english && {
        let first = plain(text.split_whitespace().next().unwrap_or_default());
        STRONG_OPENERS.split(' ').any(|listed| listed == first)
    };
    1.0 + f64::from(u8::from(question)) + f64::from(u8::from(figure)) * 0.3 + f64::from(u8::from(opener)) * 0.4
}

/// The most telling sentence, and the one after it if both fit.
fn description(sentences: &[&str], weights: &Weights, lexicon: &Lexicon) -> String {
    let whole: Vec<String> = sentences.iter().map(|sentence| cut::tidy(sentence)).collect();
    let fits = |text: &str| !text.is_empty() && text.chars().count() <= DESCRIPTION;
    let worth = |at: &usize| weights.worth(&whole[*at], lexicon);
    let fitting = (0..whole.len()).filter(|&at| fits(&whole[at]));
    // The later of equals would do as well; the first is nearer to how the clip begins.
    let Some(at) = fitting.rev().max_by(|a, b| worth(a).total_cmp(&worth(b))) else {
        let cuts = sentences.iter().flat_map(|sentence| cut::candidates(sentence, DESCRIPTION, lexicon)).collect();
        return best(cuts, |text| weights.worth(text, lexicon));
    };
    let next = whole.get(at + 1).filter(|next| !next.is_empty());
    let gap = if whole[at].ends_with(['。', '！', '？']) { "" } else { " " };
    let both = next.map(|next| format!("{}{gap}{next}", whole[at])).filter(|both| fits(both));
    both.unwrap_or_else(|| whole[at].clone())
}

/// How much each stem of the clip tells.
struct Weights(HashMap<String, f64>);

impl Weights {
    fn of(sentences: &[&str], talk: &Talk) -> Self {
        let mut here: HashMap<String, f64> = HashMap::new();
        for stem in sentences.iter().flat_map(|sentence| stems(sentence, &talk.lexicon)) {
            *here.entry(stem).or_default() += 1.0;
        }
        let weight = |(stem, times): (String, f64)| {
            let holding = talk.holding.get(&stem).copied().unwrap_or(0);
            let rare = ((talk.sentences + 1) as f64 / (holding + 1) as f64).ln() + 1.0;
            (stem, (1.0 + times).ln() * rare)
        };
        Self(here.into_iter().map(weight).collect())
    }

    /// The weights of a text's different stems, shared among its words.
    fn worth(&self, text: &str, lexicon: &Lexicon) -> f64 {
        let stems = stems(text, lexicon);
        let words = stems.len().max(text.split_whitespace().count()) as f64;
        let different: HashSet<String> = stems.into_iter().collect();
        // Sorted, because sums of floating-point numbers depend on their order.
        let mut weights: Vec<f64> = different.iter().filter_map(|stem| self.0.get(stem).copied()).collect();
        weights.sort_by(f64::total_cmp);
        weights.iter().sum::<f64>() / (words + LENGTH_OFFSET)
    }
}

/// The stems of a text's words that say something.
fn stems(text: &str, lexicon: &Lexicon) -> Vec<String> {
    let mut found = Vec::new();
    for token in text.split_whitespace() {
        if token.contains(unspaced) {
            found.extend(pairs(token));
            continue;
        }
        let word = stem::plain(token);
        if !word.is_empty() && !lexicon.stops_plain(&word) {
            found.push(lexicon.stem_plain(&word));
        }
    }
    found
}

#[cfg(test)]
mod tests;
