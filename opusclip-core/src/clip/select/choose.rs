//! The best set of clips without overlap, exactly.
//!
//! Weighted interval scheduling by dynamic programming over the candidates in order of their ends: for each candidate
//! and each number of clips, the best worth of a set that ends with it. Topics follow each other in time, and so do
//! clips, hence clips of one topic are neighbours in a set: what each further clip of a topic costs depends on the clip
//! before it alone, and the optimum stays global.

use super::features::Scored;
use crate::time::Span;

/// What a clip that contains a wanted stretch is worth beyond its score: more than any set of other clips.
const WANTED: f64 = 10_000.0;

/// What a set of clips is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rules<'a> {
    /// At most so many clips.
    pub count: usize,
    /// Clips with a lower score are left out, unless they contain a wanted stretch.
    pub min_score: f64,
    /// What each further clip of a topic costs.
    pub diversity: f64,
    /// Stretches that a clip should contain.
    pub include: &'a [Span],
}

/// Indices of the best set, in order of time.
///
/// The worth of a set is the sum of its scores, less `diversity` for each clip whose topic is that of the clip before it;
/// containing more of the wanted stretches comes first. Of equally good sets the one with more clips is taken, then the
/// one whose last clip ends earlier, then begins earlier. Takes O(n log n + n × count) time and n × count numbers.
pub(super) fn best(scored: &[Scored], rules: Rules<'_>) -> Vec<usize> {
    let worths: Vec<f64> = scored.iter().map(|one| worth(one, rules)).collect();
    let mut order: Vec<usize> = (0..scored.len()).filter(|at| worths[*at].is_finite()).collect();
    let span = |at: usize| scored[at].candidate.span;
    order.sort_by(|a, b| span(*a).end.total_cmp(&span(*b).end).then(span(*a).start.total_cmp(&span(*b).start)));
    let items: Vec<Item> = order.iter().map(|at| Item::new(&scored[*at], worths[*at])).collect();
    schedule(&items, rules).into_iter().map(|at| order[at]).collect()
}

/// The score with what wanted stretches add to it; not finite for what may not be chosen.
fn worth(scored: &Scored, rules: Rules<'_>) -> f64 {
    let held = rules.include.iter().filter(|wanted| scored.candidate.holds(**wanted)).count();
    if held == 0 && scored.score < rules.min_score {
        return f64::NEG_INFINITY;
    }
    scored.score + held as f64 * WANTED
}

#[derive(Debug, Clone, Copy)]
struct Item {
    start: f64,
    end: f64,
    worth: f64,
    topic: Option<usize>,
}

impl Item {
    fn new(scored: &Scored, worth: f64) -> Self {
        let Span { start, end } = scored.candidate.span;
        Self { start, end, worth, topic: scored.topic }
    }

    fn same_topic(&self, other: &Self) -> bool {
        self.topic.is_some() && self.topic == other.topic
    }
}

/// A set by its worth and its last clip.
type Reached = Option<(f64, usize)>;

/// The best sets that end before some time: the best of all, and the best whose last clip has another topic than that.
#[derive(Debug, Clone, Copy, Default)]
struct Best {
    first: Reached,
    other: Reached,
}

impl Best {
    fn add(&mut self, items: &[Item], reached: (f64, usize)) {
        let beats = |held: Reached| held.is_none_or(|(worth, _)| reached.0 > worth);
        let alike = self.first.is_some_and(|(_, last)| items[last].same_topic(&items[reached.1]));
        if beats(self.first) {
            if !alike {
                self.other = self.first;
            }
            self.first = Some(reached);
        } else if !alike && beats(self.other) {
            self.other = Some(reached);
        }
    }

    /// The best set to go on from with this item.
    fn before(&self, items: &[Item], item: &Item, diversity: f64) -> Reached {
        let (worth, last) = self.first?;
        if !items[last].same_topic(item) {
            return Some((worth, last));
        }
        let costly = (worth - diversity, last);
        Some(self.other.filter(|other| other.0 > costly.0).unwrap_or(costly))
    }
}

/// Indices into `items`, which are sorted by their ends.
fn schedule(items: &[Item], rules: Rules<'_>) -> Vec<usize> {
    let free: Vec<usize> = items.iter().map(|item| items.partition_point(|other| other.end <= item.start)).collect();
    // Sets of exactly so many clips; which number is best is decided at the end.
    let mut worths: Vec<Option<f64>> = items.iter().map(|item| Some(item.worth)).collect();
    let mut parents: Vec<Vec<u32>> = Vec::new();
    let mut best: Option<(f64, usize, usize)> = None;
    for clips in 1..=rules.count {
        let mut end: Reached = None;
        for (at, worth) in worths.iter().enumerate() {
            if let Some(worth) = worth
                && end.is_none_or(|(most, _)| *worth > most)
            {
                end = Some((*worth, at));
            }
        }
        let Some((worth, last)) = end else { break };
        if best.is_none_or(|(most, ..)| worth >= most) {
            best = Some((worth, clips, last));
        }
        if clips < rules.count {
            let (next, from) = extend(items, &free, &worths, rules.diversity);
            worths = next;
            parents.push(from);
        }
    }
    let Some((_, clips, mut at)) = best else { return Vec::new() };
    let mut chosen = vec![at];
    for from in parents.iter().take(clips - 1).rev() {
        at = from[at] as usize;
        chosen.push(at);
    }
    chosen.reverse();
    chosen
}

/// One clip more: for each item the worth of the best set that ends with it, and the item before it in that set.
fn extend(items: &[Item], free: &[usize], worths: &[Option<f64>], diversity: f64) -> (Vec<Option<f64>>, Vec<u32>) {
    let mut before = Vec::with_capacity(items.len() + 1);
    let mut running = Best::default();
    before.push(running);
    for (at, worth) in worths.iter().enumerate() {
        if let Some(worth) = worth {
            running.add(items, (*worth, at));
        }
        before.push(running);
    }
    let reached = items.iter().zip(free).map(|(item, free)| before[*free].before(items, item, diversity));
    reached.zip(items).map(|(set, item)| (set.map(|s| s.0 + item.worth), set.map_or(0, |s| s.1 as u32))).unzip()
}

#[cfg(test)]
mod tests {
    use super::super::candidates::Candidate;
    use super::super::features::COUNT;
    use super::*;
    use proptest::prelude::*;

    fn scored(start: f64, end: f64, score: f64, topic: Option<usize>) -> Scored {
        let span = Span::new(start, end);
        let candidate =
            Candidate { span, length: span.duration(), words: None, opens: true, closes: true, pauses: (0.0, 0.0) };
        Scored { candidate, values: [None; COUNT], score, topic }
    }

    fn plain(start: f64, end: f64, score: f64) -> Scored {
        scored(start, end, score, None)
    }

    fn rules(count: usize) -> Rules<'static> {
        Rules { count, min_score: 0.0, diversity: 0.1, include: &[] }
    }

    fn chosen(all: &[Scored], rules: Rules<'_>) -> Vec<(f64, f64)> {
        best(all, rules).into_iter().map(|at| (all[at].candidate.span.start, all[at].candidate.span.end)).collect()
    }

    #[test]
    fn two_good_clips_win_over_one_better_in_their_way() {
        let all = [plain(0.0, 20.0, 0.6), plain(10.0, 30.0, 0.9), plain(20.0, 40.0, 0.6)];
        assert_eq!(chosen(&all, rules(2)), [(0.0, 20.0), (20.0, 40.0)]);
        assert_eq!(chosen(&all, rules(1)), [(10.0, 30.0)]);
        assert_eq!(chosen(&all, rules(0)), []);
        assert_eq!(chosen(&[], rules(3)), []);
    }

    #[test]
    fn ties_go_to_the_earlier_and_then_to_the_longer() {
        let all = [plain(5.0, 20.0, 0.5), plain(0.0, 30.0, 0.5), plain(0.0, 20.0, 0.5)];
        assert_eq!(chosen(&all, rules(1)), [(0.0, 20.0)]);
    }

    #[test]
    fn clips_that_score_nothing_still_count_but_those_under_the_least_score_do_not() {
        let all = [plain(0.0, 20.0, 0.0), plain(20.0, 40.0, 0.3)];
        assert_eq!(chosen(&all, rules(2)).len(), 2);
        assert_eq!(chosen(&all, Rules { min_score: 0.2, ..rules(2) }), [(20.0, 40.0)]);
    }

    #[test]
    fn a_second_topic_wins_over_a_slightly_better_clip_of_the_first() {
        let all = [
            scored(0.0, 20.0, 0.8, Some(0)),
            scored(20.0, 40.0, 0.75, Some(0)),
            scored(40.0, 60.0, 0.7, Some(1)),
            scored(60.0, 80.0, 0.3, Some(2)),
        ];
        assert_eq!(chosen(&all, rules(2)), [(0.0, 20.0), (40.0, 60.0)]);
        assert_eq!(chosen(&all, Rules { diversity: 0.0, ..rules(2) }), [(0.0, 20.0), (20.0, 40.0)]);
    }

    #[test]
    fn a_wanted_stretch_comes_before_any_score() {
        let all = [plain(0.0, 20.0, 0.9), plain(10.0, 30.0, 0.1), plain(30.0, 50.0, 0.9)];
        let wanted = [Span::new(21.0, 25.0)];
        let rules = Rules { min_score: 0.5, include: &wanted, ..rules(2) };
        assert_eq!(chosen(&all, rules), [(10.0, 30.0), (30.0, 50.0)]);
    }

    fn value(all: &[Scored], set: &[usize], rules: Rules<'_>) -> f64 {
        let alike = set.windows(2).filter(|p| all[p[0]].topic.is_some() && all[p[0]].topic == all[p[1]].topic).count();
        set.iter().map(|at| worth(&all[*at], rules)).sum::<f64>() - alike as f64 * rules.diversity
    }

    /// The best worth by trying every set.
    fn brute_force(all: &[Scored], rules: Rules<'_>) -> f64 {
        (0u32..1 << all.len())
            .filter(|set| set.count_ones() as usize <= rules.count)
            .filter_map(|set| {
                let mut set: Vec<usize> = (0..all.len()).filter(|at| set >> at & 1 == 1).collect();
                set.sort_by(|a, b| all[*a].candidate.span.start.total_cmp(&all[*b].candidate.span.start));
                let span = |at: usize| all[at].candidate.span;
                let apart = set.windows(2).all(|p| span(p[0]).end <= span(p[1]).start);
                let allowed = set.iter().all(|at| worth(&all[*at], rules).is_finite());
                (apart && allowed).then(|| value(all, &set, rules))
            })
            .fold(0.0, f64::max)
    }

    proptest! {
        #[test]
        fn the_worth_is_the_best_there_is(
            raw in prop::collection::vec((0u32..40, 1u32..15, 0u32..100, 0u32..2), 0..11),
            count in 1usize..5,
            diversity in 0u32..60,
            min_score in 0u32..50,
            wanted in prop::collection::vec((0u32..50, 1u32..5), 0..3),
        ) {
            // Topics follow each other in time: their number is that of the ten seconds around the middle.
            let all: Vec<Scored> = raw
                .iter()
                .map(|&(start, length, score, topical)| {
                    let (start, length) = (f64::from(start), f64::from(length));
                    let topic = (topical == 0).then_some(((start + length / 2.0) / 10.0) as usize);
                    scored(start, start + length, f64::from(score) / 100.0, topic)
                })
                .collect();
            let include: Vec<Span> =
                wanted.iter().map(|&(a, n)| Span::new(f64::from(a), f64::from(a + n))).collect();
            let rules = Rules {
                count,
                min_score: f64::from(min_score) / 100.0,
                diversity: f64::from(diversity) / 100.0,
                include: &include,
            };
            let set = best(&all, rules);
            prop_assert!(set.len() <= count);
            let span = |at: usize| all[at].candidate.span;
            prop_assert!(set.windows(2).all(|p| span(p[0]).end <= span(p[1]).start));
            prop_assert!((value(&all, &set, rules) - brute_force(&all, rules)).abs() < 1e-6);
        }
    }
}
