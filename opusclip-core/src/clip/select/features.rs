//! What makes a stretch a good clip, each as a number from 0 to 1.
//!
//! - `hook` (weight 0.22): soon × (¼ + ¾ × points). The points of the first 3 s are 0.35 for a question, 0.2 for a
//!   number, 0.2 for speaking to the viewer and 0.25 for a strong or contrasting word; `soon` falls from 1 to 0 as
//!   the first word comes 0.5 to 2.5 s after the start. Address and strong words count half in languages other than
//!   English.
//! - `completeness` (0.22): 0.45 × opening + 0.35 × closing + 0.2 × pauses. Opening is 1 at the start of a sentence,
//!   0.3 if that begins with a word that points back (`and`, `he`), 0 inside of a sentence; in other languages 0.8,
//!   or 0.4 for a small letter. Closing is 1 at a full stop and 0.4 without. Pauses is the mean of the pause before
//!   by 0.3 s and the pause after by 0.5 s, each at most 1; where there is no text it is the whole value.
//! - `density` (0.12): words per second, rising from 0 at 0 to 1 at 2, level to 3.3, falling to 0 at 6; where there
//!   is no text the share of speech by 0.85, at most 1.
//! - `fluency` (0.08): 1 − 4 × the share of the time that pauses last beyond 0.8 s each, at least 0.
//! - `dynamics` (0.08): s ÷ (s + S) with the deviations of momentary loudness in the clip and in the whole source.
//! - `energy` (0.10): mean loudness over that of the source, rising from 0 at −6 LU to 1 at +3 LU.
//! - `rhythm` (0.06): cuts per second, 0.4 at 0, 1 from 0.05 to 0.4, falling to 0.2 at 1.5.
//! - `duration` (0.10): 1 from 21 to 34 s (TikTok's recommendation, moved into the wanted range), 0 at 3 and at 94 s.
//! - `position` (0.02): from 1 at the beginning of the source to 0 at its end.
//!
//! The first three seconds, the bands of length and the need for whole sentences are what platforms publish and users
//! ask for; the numbers between them are choices. A feature that a source cannot have (no text, no sound, no cuts) is
//! left out for all of its clips, and the other weights grow to sum to 1.

use super::SelectOptions;
use super::candidates::Candidate;
use super::lexicon::{ADDRESS, DANGLING, NUMBERS, QUESTIONS, STRONG, holds, plain};
use super::tables::Tables;
use crate::clip::analysis::Analysis;
use crate::clip::transcript::{Transcript, Word};
use crate::time::Span;

/// One row of the table.
#[derive(Debug)]
pub(super) struct Row {
    /// The name that is printed.
    pub name: &'static str,
    /// Share of the score, before features that cannot be had are left out.
    pub weight: f64,
    /// A high value in plain words, after "chosen for".
    pub praise: &'static str,
}

const fn row(name: &'static str, weight: f64, praise: &'static str) -> Row {
    Row { name, weight, praise }
}

/// How many features there are.
pub(super) const COUNT: usize = 9;

/// The features, in the order of their values in [`Scored`]; the weights sum to 1.
pub(super) const TABLE: [Row; COUNT] = [
    row("hook", 0.22, "a strong opening"),
    row("completeness", 0.22, "a clean beginning and end"),
    row("density", 0.12, "a lively pace"),
    row("fluency", 0.08, "few long pauses"),
    row("dynamics", 0.08, "a varied voice"),
    row("energy", 0.10, "more energy than the rest"),
    row("rhythm", 0.06, "a good rhythm of cuts"),
    row("duration", 0.10, "a length that suits short video"),
    row("position", 0.02, "its place near the beginning"),
];

/// A candidate with its features.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scored<'a> {
    /// The stretch.
    pub candidate: Candidate,
    /// What each feature of [`TABLE`] says; `None` where the source cannot have it.
    pub values: [Option<f64>; COUNT],
    /// Sum of values times weights.
    pub score: f64,
    /// What is said in it.
    pub words: &'a [Word],
}

/// The weights of the features that could be had, summing to 1; 0 for the others.
pub(super) fn weights(values: &[Option<f64>; COUNT]) -> [f64; COUNT] {
    let had = |at: usize| values[at].map_or(0.0, |_| TABLE[at].weight);
    let total: f64 = (0..COUNT).map(had).sum();
    std::array::from_fn(|at| if total > 0.0 { had(at) / total } else { 0.0 })
}

/// Score every candidate.
pub(super) fn score<'a>(
    candidates: &[Candidate],
    analysis: &Analysis,
    transcript: Option<&'a Transcript>,
    options: &SelectOptions,
) -> Vec<Scored<'a>> {
    let transcript = transcript.filter(|t| !t.words.is_empty());
    let tables = Tables::new(analysis, transcript);
    // Candidates come in order of their beginnings, so that all with the same opening follow each other.
    let mut opening: Option<((f64, usize), f64)> = None;
    let mut scored = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let words = transcript.zip(candidate.words).and_then(|(t, (first, last))| t.words.get(first..=last));
        let words = words.unwrap_or(&[]);
        let key = (candidate.span.start, candidate.words.map_or(0, |(first, _)| first));
        let hook = transcript.map(|_| match opening {
            Some((same, hook)) if same == key => hook,
            _ => opening.insert((key, hook(candidate, words, tables.english))).1,
        });
        let values = values(candidate, words, &tables, options, hook);
        let weights = weights(&values);
        let score = values.iter().zip(weights).map(|(value, weight)| value.unwrap_or(0.0) * weight).sum();
        scored.push(Scored { candidate: *candidate, values, score, words });
    }
    scored
}

fn values(
    candidate: &Candidate,
    words: &[Word],
    tables: &Tables<'_>,
    options: &SelectOptions,
    hook: Option<f64>,
) -> [Option<f64>; COUNT] {
    let span = candidate.span;
    let length = span.duration().max(f64::MIN_POSITIVE);
    let (low, high) = (options.min_duration, options.max_duration.max(options.min_duration));
    let band = (21f64.clamp(low, high), 34f64.clamp(low, high));
    let density = match tables.text {
        true => Some(ramp(words.len() as f64 / length, &[(0.0, 0.0), (2.0, 1.0), (3.3, 1.0), (6.0, 0.0)])),
        false => tables.speech.as_ref().map(|speech| (speech.within(span) / length / 0.85).min(1.0)),
    };
    let fluency = tables.silence.as_ref().map(|silence| (1.0 - 4.0 * silence.within(span) / length).clamp(0.0, 1.0));
    let loudness = tables.loudness.as_ref();
    let rhythm = tables.cuts.as_ref().map(|cuts| {
        let rate = cuts.within(Span::new(span.start + FRAME, span.end - FRAME)) / length;
        ramp(rate, &[(0.0, 0.4), (0.05, 1.0), (0.4, 1.0), (1.5, 0.2)])
    });
    [
        hook,
        completeness(candidate, words, tables),
        density,
        fluency,
        loudness.map(|l| l.dynamics(span)),
        loudness.map(|l| ramp(l.energy(span), &[(-6.0, 0.0), (3.0, 1.0)])),
        rhythm,
        Some(ramp(
            length,
            &[(3f64.min(band.0 - 1.0), 0.0), (band.0, 1.0), (band.1, 1.0), (94f64.max(band.1 + 60.0), 0.0)],
        )),
        Some(1.0 - ((span.start + span.end) / 2.0 / tables.duration).clamp(0.0, 1.0)),
    ]
}

/// Straight lines between these points, level outside of them.
fn ramp(x: f64, points: &[(f64, f64)]) -> f64 {
    let Some(&(first, level)) = points.first() else { return 0.0 };
    if x.is_nan() || x <= first {
        return level;
    }
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        if x <= x1 {
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
        }
    }
    points.last().map_or(level, |p| p.1)
}

/// A cut closer to the edge of a clip is the edge, in seconds.
const FRAME: f64 = 0.05;
/// Seconds that must win the viewer.
const HOOK: f64 = 3.0;

fn hook(candidate: &Candidate, words: &[Word], english: bool) -> f64 {
    let start = candidate.span.start;
    let Some(first) = words.first() else { return 0.0 };
    let soon = 1.0 - ((first.start - start - 0.5) / 2.0).clamp(0.0, 1.0);
    let heard: Vec<&Word> = words.iter().take_while(|w| w.start < start + HOOK).collect();
    let asked = heard.iter().any(|w| w.text.contains(['?', '？', '؟']));
    let digits = heard.iter().any(|w| w.text.contains(|c: char| c.is_numeric()));
    let points = if english {
        let spoken: Vec<String> = heard.iter().map(|w| plain(&w.text)).collect();
        let any = |list: &str, skip: usize| spoken.iter().skip(skip).any(|w| holds(list, w));
        let asks = asked || spoken.first().is_some_and(|w| holds(QUESTIONS, w));
        // A `but` that comes first points back; it is a contrast only inside of the sentence.
        let strong = any(STRONG, 1) || spoken.first().is_some_and(|w| w != "but" && holds(STRONG, w));
        [(asks, 0.35), (digits || any(NUMBERS, 0), 0.2), (any(ADDRESS, 0), 0.2), (strong, 0.25)]
            .iter()
            .map(|(holds, worth)| if *holds { *worth } else { 0.0 })
            .sum()
    } else {
        // Address and strong words are not known in other languages: half of what they are worth.
        f64::from(u8::from(asked)) * 0.35 + f64::from(u8::from(digits)) * 0.2 + 0.225
    };
    soon * (0.25 + 0.75 * points)
}

fn completeness(candidate: &Candidate, words: &[Word], tables: &Tables<'_>) -> Option<f64> {
    let (before, after) = candidate.pauses;
    let pauses = ((before / 0.3).clamp(0.0, 1.0) + (after / 0.5).clamp(0.0, 1.0)) / 2.0;
    if !tables.text {
        return tables.speech.as_ref().map(|_| pauses);
    }
    let opening = match words.first() {
        Some(first) if candidate.opens => opening(&first.text, tables.english),
        _ => 0.0,
    };
    let closing = if candidate.closes { 1.0 } else { 0.4 };
    Some(0.45 * opening + 0.35 * closing + 0.2 * pauses)
}

/// Does the first word stand alone, or does it point back? In other languages only its case can tell.
fn opening(word: &str, english: bool) -> f64 {
    if english {
        return if holds(DANGLING, &plain(word)) { 0.3 } else { 1.0 };
    }
    let lower = word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase);
    if lower { 0.4 } else { 0.8 }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{heard, said, shots, silent};
    use super::*;

    fn candidate(start: f64, end: f64, words: (usize, usize)) -> Candidate {
        let span = Span::new(start, end);
        Candidate { span, words: Some(words), opens: true, closes: true, pauses: (1.0, 1.0) }
    }

    fn value(scored: &Scored<'_>, name: &str) -> Option<f64> {
        scored.values[TABLE.iter().position(|r| r.name == name).unwrap()]
    }

    #[test]
    fn the_weights_sum_to_one_also_when_some_are_left_out() {
        assert!((TABLE.iter().map(|r| r.weight).sum::<f64>() - 1.0).abs() < 1e-12);
        let scored = score(&[candidate(0.0, 20.0, (0, 0))], &silent(60.0), None, &SelectOptions::default());
        // Neither text nor sound nor cuts: duration 0.10 and position 0.02 are left.
        let left = weights(&scored[0].values);
        assert!((left.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((left[7] - 0.1 / 0.12).abs() < 1e-12);
        assert_eq!((value(&scored[0], "hook"), value(&scored[0], "rhythm")), (None, None));
    }

    #[test]
    fn a_question_to_the_viewer_is_a_better_hook_than_a_remark() {
        let talk = said(&[
            (0.0, 3.0, "Did you know that 9 of ten people never do this?"),
            (10.0, 13.0, "This is the table that I was talking of."),
        ]);
        let made = score(
            &[candidate(0.0, 9.0, (0, 10)), candidate(10.0, 19.0, (11, 19))],
            &silent(60.0),
            Some(&talk),
            &SelectOptions::default(),
        );
        assert_eq!(value(&made[0], "hook"), Some(1.0));
        assert_eq!(value(&made[1], "hook"), Some(0.25));
    }

    #[test]
    fn words_that_come_late_spoil_the_hook() {
        let talk = said(&[(2.5, 5.0, "The end is near to all of us.")]);
        let made = score(&[candidate(0.0, 9.0, (0, 7))], &silent(60.0), Some(&talk), &SelectOptions::default());
        assert_eq!(value(&made[0], "hook"), Some(0.0));
    }

    #[test]
    fn a_clip_that_points_back_or_breaks_off_is_less_complete() {
        let talk = said(&[(0.0, 3.0, "And so he left the house in a hurry."), (4.0, 7.0, "The house is old.")]);
        let mut back = candidate(0.0, 3.5, (0, 8));
        back.closes = false;
        let whole = candidate(4.0, 7.5, (9, 12));
        let made = score(&[back, whole], &silent(60.0), Some(&talk), &SelectOptions::default());
        let [back, whole] = [0, 1].map(|at| value(&made[at], "completeness").unwrap());
        // 0.45 × 0.3 + 0.35 × 0.4 + 0.2
        assert!((back - 0.475).abs() < 1e-12, "{back}");
        assert!((whole - 1.0).abs() < 1e-12, "{whole}");
    }

    #[test]
    fn long_pauses_cost_fluency() {
        let analysis = heard(60.0, &[(10.0, 12.8), (20.0, 20.5)]);
        let mut without = candidate(20.6, 40.6, (0, 0));
        without.words = None;
        let with = Candidate { span: Span::new(0.0, 20.0), ..without };
        let made = score(&[with, without], &analysis, None, &SelectOptions::default());
        // 2.0 s too much in 20 s: 1 - 4 × 0.1.
        assert!((value(&made[0], "fluency").unwrap() - 0.6).abs() < 1e-9);
        assert_eq!(value(&made[1], "fluency"), Some(1.0));
    }

    #[test]
    fn lengths_that_suit_short_video_win() {
        let lengths = [10.0, 21.0, 30.0, 34.0, 59.0];
        let all: Vec<Candidate> = lengths.iter().map(|l| candidate(0.0, *l, (0, 0))).collect();
        let made = score(&all, &silent(60.0), None, &SelectOptions::default());
        let values: Vec<f64> = made.iter().map(|s| value(s, "duration").unwrap()).collect();
        assert_eq!(values[1..4], [1.0, 1.0, 1.0]);
        assert!((values[0] - 7.0 / 18.0).abs() < 1e-12);
        assert!((values[4] - 35.0 / 60.0).abs() < 1e-12);
    }

    #[test]
    fn a_moderate_rhythm_of_cuts_wins_over_none_and_over_frenzy() {
        let mut analysis = silent(60.0);
        let mut borders = vec![0.0, 20.0, 25.0, 30.0, 40.0];
        borders.extend((1..=40).map(|n| 40.0 + f64::from(n) * 0.5));
        analysis.shots = shots(&borders);
        let all = [candidate(0.5, 19.5, (0, 0)), candidate(20.5, 39.5, (0, 0)), candidate(40.2, 59.2, (0, 0))];
        let made = score(&all, &analysis, None, &SelectOptions::default());
        let values: Vec<f64> = made.iter().map(|s| value(s, "rhythm").unwrap()).collect();
        assert_eq!(values[..2], [0.4, 1.0]);
        assert!(values[2] < 0.3);
    }

    #[test]
    fn every_value_stays_within_its_range() {
        let talk = said(&[(0.0, 3.0, "Why?"), (4.0, 7.0, "你好。")]);
        let mut analysis = heard(60.0, &[(3.0, 4.0), (7.0, 60.0)]);
        analysis.shots = shots(&[0.0, 1.0, 60.0]);
        let options = SelectOptions { min_duration: 1.0, max_duration: 900.0, ..SelectOptions::default() };
        for (start, end) in [(0.0, 1.0), (0.0, 60.0), (59.0, 60.0), (0.0, 0.0)] {
            for scored in score(&[candidate(start, end, (0, 1))], &analysis, Some(&talk), &options) {
                assert!(scored.values.iter().flatten().all(|v| (0.0..=1.0).contains(v)), "{scored:?}");
                assert!((0.0..=1.0).contains(&scored.score));
            }
        }
    }
}
