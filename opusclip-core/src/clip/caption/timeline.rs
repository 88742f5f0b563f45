//! Words of the source on the time line of a clip, which may leave parts of the source out.

use super::ClipWord;
use crate::time::{Span, round_micros};

/// Words up to this many seconds before and after a clip are kept beside it, in case it is extended by hand.
const CONTEXT: f64 = 20.0;

/// A word that is shown, in seconds from the start of the clip.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) text: String,
}

/// The words of the source that are heard in a clip which plays these ranges one after the other.
///
/// A word belongs where its middle is: outside of all ranges it is not shown, and what a joint cuts off is not waited for.
pub(crate) fn shown(words: &[ClipWord], ranges: &[Span]) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut offset = 0.0;
    for range in ranges {
        let on_clip = |time: f64| round_micros(offset + time.clamp(range.start, range.end) - range.start);
        shown.extend(words.iter().filter(|word| range.contains(middle(word))).map(|word| Shown {
            start: on_clip(word.start),
            end: on_clip(word.end),
            text: word.text.clone(),
        }));
        offset += range.duration();
    }
    shown
}

/// The words that are shown, and those that would be if the ranges were extended a little.
pub(crate) fn split(words: impl Iterator<Item = ClipWord>, ranges: &[Span]) -> (Vec<ClipWord>, Vec<ClipWord>) {
    let start = ranges.iter().map(|range| range.start).fold(f64::INFINITY, f64::min);
    let end = ranges.iter().map(|range| range.end).fold(f64::NEG_INFINITY, f64::max);
    let mut near: Vec<ClipWord> =
        words.filter(|word| start - CONTEXT < word.end && word.start < end + CONTEXT).collect();
    near.sort_by(|a, b| a.start.total_cmp(&b.start));
    near.into_iter().partition(|word| ranges.iter().any(|range| range.contains(middle(word))))
}

fn middle(word: &ClipWord) -> f64 {
    (word.start + word.end) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(start: f64, end: f64, text: &str) -> ClipWord {
        ClipWord { start, end, text: text.into() }
    }

    fn told(words: &[ClipWord], ranges: &[Span]) -> Vec<(f64, f64, String)> {
        shown(words, ranges).into_iter().map(|word| (word.start, word.end, word.text)).collect()
    }

    #[test]
    fn words_follow_the_clip_and_are_cut_at_joints() {
        let words =
            [word(9.9, 10.3, "one"), word(10.4, 11.2, "two"), word(11.2, 11.8, "um"), word(12.0, 12.4, "three")];
        let ranges = [Span::new(10.0, 11.0), Span::new(11.9, 12.3)];
        let wanted = [(0.0, 0.3, "one"), (0.4, 1.0, "two"), (1.1, 1.4, "three")].map(|(a, b, t)| (a, b, t.to_owned()));
        assert_eq!(told(&words, &ranges), wanted);
        let swapped: Vec<String> = told(&words, &[ranges[1], ranges[0]]).into_iter().map(|word| word.2).collect();
        assert_eq!(swapped, ["three", "one", "two"], "ranges are played as they are written");
    }

    #[test]
    fn what_is_near_is_kept_beside() {
        let words =
            [word(79.0, 79.9, "far"), word(80.5, 81.0, "near"), word(100.0, 101.0, "in"), word(121.5, 123.0, "after")];
        let (inside, beside) = split(words.into_iter().rev(), &[Span::new(100.0, 102.0)]);
        let texts = |words: &[ClipWord]| words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
        assert_eq!((texts(&inside), texts(&beside)), (vec!["in".to_owned()], vec!["near".into(), "after".into()]));
    }

    proptest! {
        #[test]
        fn every_shown_word_lies_in_the_clip_in_order(
            words in prop::collection::vec((0u32..600, 1u32..20), 0..40),
            cuts in prop::collection::vec((1u32..80, 1u32..80), 1..6),
        ) {
            let mut words: Vec<ClipWord> = words.iter()
                .map(|(at, length)| word(f64::from(*at) / 10.0, f64::from(at + length) / 10.0, "x")).collect();
            words.sort_by(|a, b| a.start.total_cmp(&b.start));
            let mut at = 0.0;
            let ranges: Vec<Span> = cuts.iter().map(|(gap, length)| {
                let start = at + f64::from(*gap) / 10.0;
                at = start + f64::from(*length) / 10.0;
                Span::new(start, at)
            }).collect();
            let played: f64 = ranges.iter().map(|range| range.duration()).sum();
            let shown = shown(&words, &ranges);
            prop_assert!(shown.iter().all(|w| -1e-6 <= w.start && w.start <= w.end && w.end <= played + 1e-6));
            prop_assert!(shown.windows(2).all(|pair| pair[0].start <= pair[1].start + 1e-6));
            prop_assert_eq!(shown.len(), split(words.into_iter(), &ranges).0.len());
        }
    }
}
