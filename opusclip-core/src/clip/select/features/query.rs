//! How well a stretch answers what was asked for: BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework:
//! BM25 and Beyond", 2009) over stems, with sentences as the collection that tells rare words from common ones.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation as _;

use super::super::SelectOptions;
use super::super::candidates::Candidate;
use super::super::known::Known;
use crate::clip::text::Topic;

/// How soon further occurrences stop to count; the usual value.
const K1: f64 = 1.2;
/// How much long stretches are held back; the usual value.
const B: f64 = 0.75;

/// A word or a phrase that is looked for.
struct Wanted {
    /// Its weight: how rare it is.
    idf: f64,
    /// Word indices where it is said, ascending.
    said: Vec<usize>,
}

pub(super) struct Query {
    wanted: Vec<Wanted>,
    /// Words of a candidate on average.
    average: f64,
    /// The best score of all candidates.
    best: f64,
    /// How well each topic as a whole answers, 0 to 1; none where the source has no topics.
    topics: Vec<f64>,
}

impl Query {
    /// `None` where nothing was asked for, or where there is no text to look in.
    pub(super) fn new(known: &Known<'_>, candidates: &[Candidate], options: &SelectOptions) -> Option<Self> {
        let asked = !options.keywords.is_empty() || options.query.is_some();
        if !asked || known.words.is_empty() {
            return None;
        }
        // Words without content may stand between the words of a phrase.
        let content: Vec<(usize, u32)> =
            known.marked.iter().enumerate().filter_map(|(at, word)| Some((at, word.term?))).collect();
        let phrases = phrases(known, options);
        let wanted = phrases.iter().map(|phrase| Wanted::new(known, &content, phrase)).collect();
        let lengths: Vec<usize> = candidates.iter().filter_map(|c| c.words).map(|(a, b)| b + 1 - a).collect();
        let average = lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64;
        let mut query = Self { wanted, average: average.max(1.0), best: 0.0, topics: Vec::new() };
        let scores = candidates.iter().filter_map(|candidate| candidate.words).map(|words| query.raw(words));
        query.best = scores.fold(0.0, f64::max);
        query.topics = query.topics(known);
        Some(query)
    }

    /// 0 where nothing that was asked for is said, 1 for the best of all candidates. Half of it is how well the topic
    /// answers that the candidate mostly lies in: a stretch that says a wanted word in passing is not about it.
    pub(super) fn of(&self, candidate: &Candidate, topic: Option<usize>) -> f64 {
        let own = candidate.words.map_or(0.0, |words| self.raw(words));
        let own = if self.best > 0.0 { own / self.best } else { 0.0 };
        match topic.and_then(|topic| self.topics.get(topic)) {
            Some(topic) => (own + topic) / 2.0,
            None => own,
        }
    }

    fn topics(&self, known: &Known<'_>) -> Vec<f64> {
        if known.topics.len() < 2 {
            return Vec::new();
        }
        let words = |topic: &Topic| {
            let (first, last) = (known.sentences.get(topic.first_sentence)?, known.sentences.get(topic.last_sentence)?);
            Some((first.first_word, last.last_word))
        };
        let topics: Vec<(usize, usize)> = known.topics.iter().filter_map(words).collect();
        let rare: Vec<f64> = self.wanted.iter().map(|wanted| wanted.rare_among(&topics)).collect();
        let average = topics.iter().map(|(first, last)| last + 1 - first).sum::<usize>() as f64 / topics.len() as f64;
        let score = |topic: &(usize, usize)| -> f64 {
            self.wanted.iter().zip(&rare).map(|(wanted, idf)| idf * wanted.saturated(*topic, average)).sum()
        };
        let scores: Vec<f64> = topics.iter().map(score).collect();
        let best = scores.iter().copied().fold(0.0, f64::max);
        scores.iter().map(|score| if best > 0.0 { score / best } else { 0.0 }).collect()
    }

    fn raw(&self, words: (usize, usize)) -> f64 {
        self.wanted.iter().map(|wanted| wanted.idf * wanted.saturated(words, self.average)).sum()
    }
}

/// The stems of each wanted word, and of each keyword of several words as a whole.
fn phrases(known: &Known<'_>, options: &SelectOptions) -> Vec<Vec<u32>> {
    let stems = |text: &str| -> Vec<u32> { text.split_word_bounds().filter_map(|word| known.term(word)).collect() };
    let mut phrases: BTreeSet<Vec<u32>> = BTreeSet::new();
    for text in options.keywords.iter().chain(&options.query) {
        phrases.extend(stems(text).into_iter().map(|stem| vec![stem]));
    }
    phrases.extend(options.keywords.iter().map(|keyword| stems(keyword)).filter(|phrase| phrase.len() > 1));
    phrases.into_iter().collect()
}

impl Wanted {
    fn new(known: &Known<'_>, content: &[(usize, u32)], phrase: &[u32]) -> Self {
        let runs = content.windows(phrase.len().max(1));
        let same = |run: &&[(usize, u32)]| run.iter().map(|word| word.1).eq(phrase.iter().copied());
        let said: Vec<usize> = runs.filter(same).filter_map(|run| Some(run.first()?.0)).collect();
        let sentence = |at: &usize| known.sentences.partition_point(|sentence| sentence.last_word < *at);
        let holding: BTreeSet<usize> = said.iter().map(sentence).collect();
        Self { idf: idf(known.sentences.len(), holding.len()), said }
    }

    fn count(&self, (first, last): (usize, usize)) -> usize {
        let said = |until: usize| self.said.partition_point(|at| *at < until);
        said(last + 1) - said(first)
    }

    /// How much it is said between two words, with less and less for each time, and less in long stretches.
    fn saturated(&self, words: (usize, usize), average: f64) -> f64 {
        let (count, length) = (self.count(words) as f64, (words.1 + 1 - words.0) as f64);
        count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length / average))
    }

    /// What it is worth where these topics are the collection: a word of one topic alone tells which is meant.
    fn rare_among(&self, topics: &[(usize, usize)]) -> f64 {
        idf(topics.len(), topics.iter().filter(|topic| self.count(**topic) > 0).count())
    }
}

/// Inverse document frequency: of so many, so many hold the word.
fn idf(all: usize, with: usize) -> f64 {
    let (all, with) = (all as f64, with as f64);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}
