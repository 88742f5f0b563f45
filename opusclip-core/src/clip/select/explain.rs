//! Why a clip was chosen, and what nearly was.

use super::candidates::Candidate;
use super::features::{COUNT, Scored, TABLE, Weights};
use super::known::Known;
use super::{ClipPlan, Contender, Feature, Near};
use crate::clip::text::Post;
use crate::clip::transcript::join;
use crate::time::{Span, clock};

/// A value from here on is worth a word.
const STRONG: f64 = 0.6;
/// So many runners-up are told for each clip, and for the whole source.
const NEAR_CLIP: usize = 2;
const NEAR_SOURCE: usize = 12;
/// Two stretches that share more of their time than this are the same moment.
const SAME_MOMENT: f64 = 0.6;

/// Words for what was chosen and what was not.
pub(super) struct Explainer<'a> {
    pub known: &'a Known<'a>,
    pub weights: Weights,
    pub scored: &'a [Scored],
    /// Indices of the chosen, in order of time.
    pub chosen: &'a [usize],
    pub diversity: f64,
}

impl Explainer<'_> {
    /// The chosen clip at this place among the chosen.
    pub(super) fn plan(&self, place: usize) -> Option<ClipPlan> {
        let scored = self.scored.get(*self.chosen.get(place)?)?;
        Some(ClipPlan {
            ranges: vec![scored.candidate.span],
            score: scored.score,
            features: self.features(scored),
            topic: scored.topic,
            text: self.text(&scored.candidate),
            reason: self.reason(scored),
            post: Post::default(),
            nearly: self.beside(place),
        })
    }

    /// The chosen at this place as a callback sees it.
    pub(super) fn contender(&self, place: usize) -> Option<Contender> {
        let scored = self.scored.get(*self.chosen.get(place)?)?;
        let Span { start, end } = scored.candidate.span;
        let (text, features) = (self.text(&scored.candidate), self.features(scored));
        Some(Contender { start, end, text, score: scored.score, features })
    }

    /// The best of what was not chosen, each another moment, in order of their scores.
    pub(super) fn nearly(&self) -> Vec<Near> {
        let mut taken: Vec<Span> = self.chosen.iter().map(|at| self.span(*at)).collect();
        let mut order: Vec<usize> = (0..self.scored.len()).collect();
        order.sort_by(|a, b| self.by_score(*a, *b));
        let mut nearly = Vec::new();
        for at in order {
            let span = self.span(at);
            if nearly.len() == NEAR_SOURCE {
                break;
            }
            if taken.iter().all(|other| shared(*other, span) <= SAME_MOMENT) {
                taken.push(span);
                nearly.push(self.near(at));
            }
        }
        nearly
    }

    /// The best that were given up for one clip: they overlap it, but are not the same moment.
    fn beside(&self, place: usize) -> Vec<Near> {
        let Some(own) = self.chosen.get(place).map(|at| self.span(*at)) else { return Vec::new() };
        let overlaps = |at: &usize| {
            let span = self.span(*at);
            span.overlap(own) > 0.0 && shared(span, own) <= SAME_MOMENT
        };
        let mut order: Vec<usize> = (0..self.scored.len()).filter(overlaps).collect();
        order.sort_by(|a, b| self.by_score(*a, *b));
        let mut kept: Vec<usize> = Vec::new();
        for at in order {
            if kept.len() < NEAR_CLIP && kept.iter().all(|k| shared(self.span(*k), self.span(at)) <= SAME_MOMENT) {
                kept.push(at);
            }
        }
        kept.into_iter().map(|at| self.near(at)).collect()
    }

    fn near(&self, at: usize) -> Near {
        let scored = &self.scored[at];
        let Span { start, end } = scored.candidate.span;
        Near {
            start,
            end,
            score: scored.score,
            features: self.features(scored),
            text: self.text(&scored.candidate),
            reason: self.why_not(scored),
        }
    }

    fn why_not(&self, scored: &Scored) -> String {
        let span = scored.candidate.span;
        let clips = self.chosen.iter().enumerate().map(|(place, at)| (place + 1, &self.scored[*at]));
        let rivals: Vec<(usize, &Scored)> =
            clips.clone().filter(|(_, clip)| clip.candidate.span.overlap(span) > 0.0).collect();
        if let Some((number, clip)) = rivals.first() {
            return format!("overlaps clip {number}, which scores {:.2}; this one {:.2}", clip.score, scored.score);
        }
        let alike = clips.clone().find(|(_, clip)| clip.topic.is_some() && clip.topic == scored.topic);
        if let Some((number, _)) = alike.filter(|_| self.diversity > 0.0) {
            let cost = self.diversity;
            return format!("scores {:.2}, and {cost:.2} less for the topic that clip {number} has", scored.score);
        }
        match clips.map(|(_, clip)| clip.score).min_by(f64::total_cmp) {
            Some(least) if scored.score < least => {
                format!("scores {:.2}, less than any chosen clip ({least:.2} and more)", scored.score)
            }
            _ => format!("scores {:.2}; with it the whole set would score less", scored.score),
        }
    }

    fn features(&self, scored: &Scored) -> Vec<Feature> {
        let weights = self.weights.among(&scored.values);
        let feature = |at: usize| {
            let value = scored.values[at]?;
            Some(Feature { name: TABLE[at].name.to_owned(), value, weight: weights[at] })
        };
        (0..COUNT).filter_map(feature).collect()
    }

    fn text(&self, candidate: &Candidate) -> String {
        let words = candidate.words.and_then(|(first, last)| self.known.words.get(first..=last));
        words.map_or_else(String::new, |words| join(words).0)
    }

    fn reason(&self, scored: &Scored) -> String {
        let weights = self.weights.among(&scored.values);
        let span = scored.candidate.span;
        let mut strong: Vec<(f64, &str)> = (0..COUNT)
            .filter_map(|at| scored.values[at].map(|value| (value, weights[at], TABLE[at].praise)))
            .filter(|(value, ..)| *value >= STRONG)
            .map(|(value, weight, praise)| (value * weight, praise))
            .collect();
        strong.sort_by(|a, b| b.0.total_cmp(&a.0));
        let praise: Vec<&str> = strong.iter().take(3).map(|(_, praise)| *praise).collect();
        let why = match praise.as_slice() {
            [] => "being the best that fits here".to_owned(),
            [only] => (*only).to_owned(),
            [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
        };
        format!("Chosen for {why}, from {} to {}.", clock(span.start), clock(span.end))
    }

    fn span(&self, at: usize) -> Span {
        self.scored[at].candidate.span
    }

    fn by_score(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let (a, b) = (&self.scored[a], &self.scored[b]);
        b.score.total_cmp(&a.score).then(a.candidate.span.start.total_cmp(&b.candidate.span.start))
    }
}

/// What two stretches share of the time that both take: intersection over union.
pub(super) fn shared(a: Span, b: Span) -> f64 {
    let both = a.overlap(b);
    let all = a.duration() + b.duration() - both;
    if all > 0.0 { both / all } else { 0.0 }
}
