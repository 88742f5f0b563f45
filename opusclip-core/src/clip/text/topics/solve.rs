//! The most likely division of a text, by dynamic programming over the sentences.
//!
//! For each sentence that may end a topic, all sentences that may begin it are scored at once. What a word adds depends
//! on how often the topic has had it, which changes only at its earlier occurrences: so each sentence writes its
//! changes there, and one sweep towards the front adds them up.

use super::embeddings::Embeddings;
use super::evidence::{Evidence, Kind};
use super::model::Model;

/// Buffers of the search, used again from round to round.
#[derive(Debug)]
pub(super) struct Solver<'a> {
    evidence: &'a Evidence,
    embeddings: Option<&'a Embeddings>,
    longest: usize,
    /// For each first sentence: what the words of the stretch up to here have added.
    weights: Vec<f64>,
    /// For each first sentence: how many different content words the stretch has.
    types: Vec<i32>,
    /// Changes that the words of one sentence make at their earlier occurrences.
    changes: Vec<(f64, i32)>,
    /// For each first sentence: the log-likelihood of the stretch that ends here.
    row: Vec<f64>,
}

impl<'a> Solver<'a> {
    pub(super) fn new(evidence: &'a Evidence, embeddings: Option<&'a Embeddings>, longest: usize) -> Self {
        let n = evidence.sentences();
        Self {
            evidence,
            embeddings,
            longest,
            weights: vec![0.0; n],
            types: vec![0; n],
            changes: vec![(0.0, 0); n],
            row: vec![0.0; n],
        }
    }

    /// The sentences that begin a topic in the best division, into `count` topics or as many as are likely.
    pub(super) fn best(&mut self, model: &Model, count: Option<usize>) -> Vec<usize> {
        self.weights.fill(0.0);
        self.types.fill(0);
        match count {
            None => self.best_of_all(model),
            Some(count) => self.best_of(count, model),
        }
    }

    fn best_of_all(&mut self, model: &Model) -> Vec<usize> {
        let n = self.evidence.sentences();
        let mut best = vec![0.0; n + 1];
        let mut from = vec![0; n + 1];
        for last in 0..n {
            let low = self.score(last, model);
            let candidates = self.row[low..=last].iter().zip(&best[low..=last]);
            let (mut most, mut at) = (f64::NEG_INFINITY, low);
            for (first, (here, before)) in (low..).zip(candidates) {
                if here + before > most {
                    (most, at) = (here + before, first);
                }
            }
            (best[last + 1], from[last + 1]) = (most, at);
        }
        let mut starts = Vec::new();
        let mut end = n;
        while end > 0 {
            end = from[end];
            starts.push(end);
        }
        starts.reverse();
        starts
    }

    /// One layer of the program for each topic.
    fn best_of(&mut self, count: usize, model: &Model) -> Vec<usize> {
        let n = self.evidence.sentences();
        let mut best = vec![f64::NEG_INFINITY; (n + 1) * (count + 1)];
        let mut from = vec![0u32; (n + 1) * (count + 1)];
        best[0] = 0.0;
        for last in 0..n {
            let low = self.score(last, model);
            for topic in 1..=count.min(last + 1) {
                let before = &best[(topic - 1) * (n + 1)..topic * (n + 1)];
                let (mut most, mut at) = (f64::NEG_INFINITY, low);
                for (first, (here, before)) in (low..).zip(self.row[low..=last].iter().zip(&before[low..=last])) {
                    if here + before > most {
                        (most, at) = (here + before, first);
                    }
                }
                let cell = topic * (n + 1) + last + 1;
                (best[cell], from[cell]) = (most, at as u32);
            }
        }
        let mut starts = vec![0; count];
        let mut end = n;
        for topic in (1..=count).rev() {
            end = from[topic * (n + 1) + end] as usize;
            starts[topic - 1] = end;
        }
        starts
    }

    /// Fill `row` for all stretches that end with sentence `last`; returns the first sentence of the longest.
    fn score(&mut self, last: usize, model: &Model) -> usize {
        let low = (last + 1).saturating_sub(self.longest);
        let (mut weight, mut types) = self.write_changes(last, low, model);
        let evidence = self.evidence;
        let [content, form, function] = [0, 1, 2].map(|kind| &evidence.tokens[kind][low..=last + 1]);
        let given = self.embeddings.map(|embeddings| embeddings.row(last));
        let length = last + 1 - low;
        // Slices of one length: the compiler then need not check each index.
        let until = [content[length], form[length], function[length]];
        let [content, form, function] = [&content[..length], &form[..length], &function[..length]];
        let lengths = &model.lengths[..=length];
        let points_back = &evidence.points_back[low..=last];
        let changes = &mut self.changes[low..=last];
        let weights = &mut self.weights[low..=last];
        let all_types = &mut self.types[low..=last];
        let row = &mut self.row[low..=last];
        for first in (0..length).rev() {
            let (added, fewer) = std::mem::take(&mut changes[first]);
            weight += added;
            types += fewer;
            weights[first] += weight;
            all_types[first] += types;
            let score = weights[first] + model.types[all_types[first] as usize]
                - model.tokens[0][(until[0] - content[first]) as usize]
                - model.tokens[1][(until[1] - form[first]) as usize]
                - model.tokens[2][(until[2] - function[first]) as usize]
                + lengths[length - first];
            row[first] = if points_back[first] { score + model.pointing_back } else { score };
        }
        if let Some(given) = given {
            row.iter_mut().zip(given).for_each(|(score, given)| *score += f64::from(*given));
        }
        low
    }

    /// What the words of sentence `last` add to a topic that begins with it, and how many of them are content words;
    /// `changes` gets what is different where topics begin earlier.
    fn write_changes(&mut self, last: usize, low: usize, model: &Model) -> (f64, i32) {
        let evidence = self.evidence;
        let (mut weight, mut types) = (0.0, 0);
        for occurrence in &evidence.occurrences[evidence.first[last]..evidence.first[last + 1]] {
            let word = occurrence.word as usize;
            let table = &model.repeats[model.offsets[word]..];
            let times = occurrence.times as usize;
            let content = i32::from(evidence.words[word].0 == Kind::Content);
            let mut gain = table[times];
            weight += gain;
            types += content;
            let mut had = 0;
            let mut before = occurrence.before;
            while let Some(earlier) = evidence.occurrences.get(before as usize) {
                let sentence = earlier.sentence as usize;
                if sentence < low {
                    break;
                }
                let fewer = if had == 0 { -content } else { 0 };
                had += earlier.times as usize;
                let now = table[had + times] - table[had];
                let change = &mut self.changes[sentence];
                *change = (change.0 + now - gain, change.1 + fewer);
                gain = now;
                before = earlier.before;
            }
        }
        (weight, types)
    }
}
