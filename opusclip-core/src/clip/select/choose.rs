//! The best set of clips without overlap, exactly.
//!
//! Weighted interval scheduling by dynamic programming over the candidates in order of their beginnings: for each
//! candidate and each number of clips, the best sum that can be had from there on, with this candidate or without.

use super::candidates::Candidate;
use super::features::{COUNT, Scored, TABLE, weights};
use super::{ClipPlan, Feature};
use crate::clip::transcript::join;
use crate::time::{Span, clock, round_micros};

/// The at most `count` candidates without overlap whose scores sum to the most, in order of time.
///
/// Of equally good sets the one that begins earlier is taken, then the one whose clips are shorter. Takes
/// O(n log n + n × count) time and n × count bits.
pub(super) fn best(scored: &[Scored<'_>], count: usize) -> Vec<ClipPlan> {
    let mut order: Vec<&Scored<'_>> = scored.iter().filter(|s| s.score.is_finite()).collect();
    let key = |s: &Scored<'_>| (s.candidate.span.start, s.candidate.span.end);
    order.sort_by(|a, b| key(a).0.total_cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1)));
    schedule(&order, count).into_iter().map(|at| plan(order[at])).collect()
}

/// Indices into `order`, which is sorted by beginning.
fn schedule(order: &[&Scored<'_>], count: usize) -> Vec<usize> {
    let span = |at: usize| -> Span { order[at].candidate.span };
    let follower = |at: usize| order.partition_point(|s| s.candidate.span.start < span(at).end).max(at + 1);
    let next: Vec<usize> = (0..order.len()).map(follower).collect();
    let most = count.min(longest_chain(order));
    // sums[at]: the best sum of exactly `clips` candidates from `at` on. Exactly, because then a clip that scores 0
    // still counts; which number of clips is best is decided at the end.
    let mut fewer = vec![0.0; order.len() + 1];
    let mut taken = Vec::with_capacity(most);
    let mut sums = vec![0.0];
    for _ in 0..most {
        let mut here = vec![f64::NEG_INFINITY; order.len() + 1];
        let mut takes = Bits::new(order.len());
        for at in (0..order.len()).rev() {
            let with = order[at].score + fewer[next[at]];
            here[at] = here[at + 1].max(with);
            // On a tie the earlier beginning wins; of those that begin together the shorter comes first in the order.
            if with >= here[at + 1] && with > f64::NEG_INFINITY {
                takes.set(at);
            }
        }
        sums.push(here[0]);
        taken.push(takes);
        fewer = here;
    }
    let mut clips = (0..sums.len()).max_by(|a, b| sums[*a].total_cmp(&sums[*b])).unwrap_or(0);
    let (mut at, mut chosen) = (0, Vec::with_capacity(clips));
    while clips > 0 && at < order.len() {
        if taken[clips - 1].get(at) {
            chosen.push(at);
            clips -= 1;
            at = next[at];
        } else {
            at += 1;
        }
    }
    chosen
}

/// The most candidates that follow each other without overlap.
fn longest_chain(order: &[&Scored<'_>]) -> usize {
    let mut spans: Vec<Span> = order.iter().map(|s| s.candidate.span).collect();
    spans.sort_by(|a, b| a.end.total_cmp(&b.end));
    let mut free = f64::NEG_INFINITY;
    let mut chain = 0;
    for span in spans {
        if span.start >= free {
            chain += 1;
            free = span.end;
        }
    }
    chain
}

/// A bit for each candidate: the choices of a thousand clips among many candidates would not fit in bytes.
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn get(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }
}

fn plan(scored: &Scored<'_>) -> ClipPlan {
    let Candidate { span, .. } = scored.candidate;
    let weights = weights(&scored.values);
    let features = (0..COUNT).filter_map(|at| {
        let value = scored.values[at]?;
        Some(Feature { name: TABLE[at].name.to_owned(), value, weight: weights[at] })
    });
    ClipPlan {
        ranges: vec![Span::new(round_micros(span.start), round_micros(span.end))],
        score: scored.score.clamp(0.0, 1.0),
        features: features.collect(),
        text: join(scored.words).0,
        reason: reason(scored, &weights),
    }
}

/// A value from here on is worth a word.
const STRONG: f64 = 0.6;

fn reason(scored: &Scored<'_>, weights: &[f64; COUNT]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scored(start: f64, end: f64, score: f64) -> Scored<'static> {
        let span = Span::new(start, end);
        let candidate = Candidate { span, words: None, opens: true, closes: true, pauses: (0.0, 0.0) };
        let mut values = [None; COUNT];
        values[7] = Some(score);
        Scored { candidate, values, score, words: &[] }
    }

    fn chosen(all: &[Scored<'_>], count: usize) -> Vec<(f64, f64)> {
        best(all, count).iter().map(|p| (p.ranges[0].start, p.ranges[0].end)).collect()
    }

    #[test]
    fn two_good_clips_win_over_one_better_in_their_way() {
        let all = [scored(0.0, 20.0, 0.6), scored(10.0, 30.0, 0.9), scored(20.0, 40.0, 0.6)];
        assert_eq!(chosen(&all, 2), [(0.0, 20.0), (20.0, 40.0)]);
        assert_eq!(chosen(&all, 1), [(10.0, 30.0)]);
        assert_eq!(chosen(&all, 0), []);
        assert_eq!(chosen(&[], 3), []);
    }

    #[test]
    fn ties_go_to_the_earlier_and_then_to_the_shorter() {
        let all = [scored(5.0, 20.0, 0.5), scored(0.0, 30.0, 0.5), scored(0.0, 20.0, 0.5)];
        assert_eq!(chosen(&all, 1), [(0.0, 20.0)]);
    }

    #[test]
    fn clips_that_score_nothing_still_count() {
        assert_eq!(chosen(&[scored(0.0, 20.0, 0.0), scored(20.0, 40.0, 0.0)], 2).len(), 2);
    }

    #[test]
    fn a_plan_says_why() {
        let plan = &best(&[scored(61.0, 90.5, 0.9)], 1)[0];
        assert_eq!(plan.reason, "Chosen for a length that suits short video, from 1:01.0 to 1:30.5.");
        assert_eq!(plan.features, [Feature { name: "duration".into(), value: 0.9, weight: 1.0 }]);
    }

    /// The best sum by trying every set.
    fn brute_force(all: &[Scored<'_>], count: usize) -> f64 {
        (0u32..1 << all.len())
            .filter(|set| set.count_ones() as usize <= count)
            .filter_map(|set| {
                let mut spans: Vec<&Scored<'_>> =
                    all.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, s)| s).collect();
                spans.sort_by(|a, b| a.candidate.span.start.total_cmp(&b.candidate.span.start));
                let apart = spans.windows(2).all(|p| p[0].candidate.span.end <= p[1].candidate.span.start);
                apart.then(|| spans.iter().map(|s| s.score).sum())
            })
            .fold(0.0, f64::max)
    }

    proptest! {
        #[test]
        fn the_sum_is_the_best_there_is(
            raw in prop::collection::vec((0u32..40, 1u32..15, 0u32..100), 0..11),
            count in 1usize..5,
        ) {
            let all: Vec<Scored<'_>> = raw
                .iter()
                .map(|&(start, length, score)| {
                    scored(f64::from(start), f64::from(start + length), f64::from(score) / 100.0)
                })
                .collect();
            let plans = best(&all, count);
            prop_assert!(plans.len() <= count);
            prop_assert!(plans.windows(2).all(|p| p[0].ranges[0].end <= p[1].ranges[0].start));
            let sum: f64 = plans.iter().map(|p| p.score).sum();
            prop_assert!((sum - brute_force(&all, count)).abs() < 1e-9);
        }
    }
}
