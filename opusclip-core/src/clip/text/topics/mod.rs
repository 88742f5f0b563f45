//! Where a talk turns to something else, told from the words alone.
//!
//! A topic reuses its own words. Each candidate stretch of sentences is scored by how well it is explained as one draw
//! from an unknown distribution over words, and the best division of the whole text is found by dynamic programming,
//! as by Utiyama and Isahara (2001, "A statistical model for domain-independent text segmentation") and Eisenstein and
//! Barzilay (2008, "Bayesian unsupervised topic segmentation"). What is different here:
//!
//! - Words are drawn by a two-level Pitman-Yor process (Teh 2006): a topic goes on bringing up new words as it grows,
//!   and a word that other topics use as well proves little.
//! - Endings of words, marks and function words are drawn beside them: topics differ in tense, person and figures too.
//! - How long topics are is learnt from the text itself, by turns with where they begin (hard EM). Nothing is said
//!   about it beforehand but that lengths vary by about half of their mean.
//!
//! Embeddings of the sentences, where the caller has some, are further evidence in the same sum.

mod embeddings;
mod evidence;
mod keywords;
mod model;
mod solve;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use keywords::keywords;

use self::embeddings::Embeddings;
use self::evidence::Evidence;
use self::model::Model;
use self::solve::Solver;
use super::{Lexicon, language};
use crate::clip::transcript::Sentence;
use crate::error::{Error, ErrorCode, Result};

/// How a text is divided into topics.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TopicOptions {
    /// ISO 639-1 code of the text's language; detected if left out.
    pub language: Option<String>,
    /// One vector for each sentence, all of one dimension, from a model of the caller's own.
    pub embeddings: Option<Vec<Vec<f32>>>,
    /// How many topics there are; found out if left out.
    pub count: Option<usize>,
}

/// A stretch of sentences about one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Where its first sentence begins, in seconds.
    pub start: f64,
    /// Where its last sentence ends, in seconds.
    pub end: f64,
    /// Index of its first sentence.
    pub first_sentence: usize,
    /// Index of its last sentence.
    pub last_sentence: usize,
    /// The words that set it apart from the rest, as written, the most telling first.
    pub keywords: Vec<String>,
}

/// Turns of finding borders and learning lengths; most texts stand still after three.
const ROUNDS: usize = 4;
/// Up to so many sentences a topic may be as long as the text.
const SHORT_TEXT: usize = 800;
/// In longer texts no topic is longer than this, in sentences, unless `count` asks for fewer topics.
const LONGEST_TOPIC: usize = 300;
/// Steps of the search that are still made for an exact count of topics.
const MOST_STEPS: usize = 2_000_000_000;

/// The sentences that begin a topic, by index; the first is 0. No sentences, no topics.
///
/// In a text of more than 800 sentences no topic becomes longer than 300 of them, unless `count` asks for so few.
/// Time and memory grow with the length of the text, not with its square.
///
/// # Errors
/// `config.invalid` where embeddings do not fit the sentences, `config.not_finite` for NaN in them,
/// `config.out_of_range` for a count that is zero or above the number of sentences, `limit.exceeded` for an exact count
/// in a text of several ten thousand sentences.
///
/// ```
/// use opusclip_core::clip::text::{TopicOptions, segment};
/// let talk = ["We bake bread.", "Bread needs flour.", "Stars shine.", "A star is far."];
/// let two = TopicOptions { count: Some(2), ..TopicOptions::default() };
/// assert_eq!(segment(&talk, &two)?, [0, 2]);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn segment(sentences: &[&str], options: &TopicOptions) -> Result<Vec<usize>> {
    check(sentences.len(), options)?;
    let embeddings = options.embeddings.as_deref().map(|vectors| embeddings::checked(vectors, sentences.len()));
    let embeddings = embeddings.transpose()?;
    match (sentences.len(), options.count) {
        (0, _) => return Ok(Vec::new()),
        (1, _) | (_, Some(1)) => return Ok(vec![0]),
        (n, Some(count)) if count == n => return Ok((0..n).collect()),
        _ => {}
    }
    let language = spoken(sentences, options);
    let lexicon = Lexicon::new(language.as_deref());
    let evidence = Evidence::of(sentences, &lexicon, language.as_deref() == Some("en"));
    let longest = longest(sentences.len(), options.count)?;
    let embeddings = embeddings.and_then(|vectors| Embeddings::of(vectors, longest));
    Ok(settle(&evidence, embeddings.as_ref(), longest, options.count))
}

/// The topics of a transcript's sentences, in order; together they hold every sentence once.
///
/// # Errors
/// Those of [`segment`].
///
/// ```
/// use opusclip_core::clip::text::{TopicOptions, topics};
/// assert!(topics(&[], &TopicOptions::default())?.is_empty());
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn topics(sentences: &[Sentence], options: &TopicOptions) -> Result<Vec<Topic>> {
    let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
    let starts = segment(&texts, options)?;
    let words = keywords(&texts, &starts, options.language.as_deref());
    let ends = starts.iter().skip(1).copied().chain([sentences.len()]);
    let spans = starts.iter().zip(ends).zip(words);
    Ok(spans
        .filter_map(|((&first, end), keywords)| {
            let here = sentences.get(first..end)?;
            let end = here.iter().map(|sentence| sentence.end).fold(f64::NEG_INFINITY, f64::max);
            Some(Topic {
                start: here.first()?.start,
                end,
                first_sentence: first,
                last_sentence: first + here.len() - 1,
                keywords,
            })
        })
        .collect())
}

impl TopicOptions {
    /// Check what can be checked before the text is known.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] for a `count` of zero.
    pub fn validate(&self) -> Result<()> {
        if self.count == Some(0) { Err(impossible("no topics were asked for".into())) } else { Ok(()) }
    }
}

fn check(sentences: usize, options: &TopicOptions) -> Result<()> {
    match options.count {
        Some(count) if sentences > 0 && !(1..=sentences).contains(&count) => {
            Err(impossible(format!("{count} topics were asked for in {sentences} sentences")))
        }
        _ => Ok(()),
    }
}

fn impossible(message: String) -> Error {
    let hint = "ask for at least one topic and at most as many as there are sentences";
    Error::new(ErrorCode::ConfigOutOfRange, message).field("count").hint(hint)
}

/// The language that was named, or the one that is found.
fn spoken(sentences: &[&str], options: &TopicOptions) -> Option<String> {
    options.language.clone().or_else(|| language::of_sentences(sentences))
}

/// How long a topic may be, in sentences.
fn longest(sentences: usize, count: Option<usize>) -> Result<usize> {
    let free = if sentences <= SHORT_TEXT { sentences } else { LONGEST_TOPIC };
    let Some(count) = count else { return Ok(free) };
    let longest = free.max(4 * sentences / count).min(sentences);
    if sentences.saturating_mul(longest).saturating_mul(count) > MOST_STEPS {
        let message = format!("{count} topics in {sentences} sentences take too long to find");
        let error = Error::new(ErrorCode::LimitExceeded, message).field("count");
        return Err(error.hint("leave the number of topics open, or divide the text first"));
    }
    Ok(longest)
}

/// Find borders, learn from them how long topics are and which words they share, and again, until nothing changes.
fn settle(evidence: &Evidence, embeddings: Option<&Embeddings>, longest: usize, count: Option<usize>) -> Vec<usize> {
    let sentences = evidence.sentences();
    // At first as many topics as a topic has sentences: neutral between short and long ones.
    let mut mean = count.map_or((sentences as f64).sqrt(), |count| sentences as f64 / count as f64);
    let mut spread = evidence.spread_by_distance(mean as usize);
    let mut solver = Solver::new(evidence, embeddings, longest);
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        let model = Model::new(evidence, &spread, mean, longest);
        let found = solver.best(&model, count);
        if found == starts {
            break;
        }
        mean = sentences as f64 / found.len() as f64;
        spread = evidence.spread_by_topic(&found);
        starts = found;
    }
    starts
}

#[cfg(test)]
mod tests;
