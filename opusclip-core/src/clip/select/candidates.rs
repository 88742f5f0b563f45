//! Every stretch that could be a clip.
//!
//! The source is seen as a row of [`Unit`]s that must not be cut: sentences, or without a transcript the speech between
//! pauses, or shots, or equal parts. A candidate is a run of neighbouring units of the wanted length, with as much room
//! around it as the gaps to the neighbours allow.

use super::SelectOptions;
use super::features::Sums;
use super::known::Known;
use super::options::{Band, span};
use super::units::{self, Unit};
use crate::control::Control;
use crate::error::Result;
use crate::time::{Span, clock, round_micros};

/// A stretch that could be a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    /// Where it lies, lead-in and tail included, in whole microseconds.
    pub span: Span,
    /// How long it plays: less than the span where pauses or fillers are left out.
    pub length: f64,
    /// First and last word in it.
    pub words: Option<(usize, usize)>,
    /// Does it begin where a sentence begins?
    pub opens: bool,
    /// Does it end where a sentence ends, with a full stop or the like?
    pub closes: bool,
    /// Seconds without a word before its first and after its last one.
    pub pauses: (f64, f64),
}

/// The most candidates that are weighed. Where there would be more, each beginning gets fewer ends.
const MOST: usize = 200_000;
/// Choosing takes candidates times clips; this many steps are a fraction of a second.
const MOST_STEPS: usize = 20_000_000;
/// A beginning gets at least this many ends; beginnings are left out before ends get fewer.
const FEWEST_ENDS: usize = 8;
/// Beginnings between two looks at the control.
const CHECK_EVERY: usize = 256;
/// Two lengths closer than this are the same, in seconds.
const SAME: f64 = 1e-6;

/// All candidates, in order of their beginnings and then their ends, and what the caller should know.
///
/// # Errors
/// Those of [`Control::check`].
pub(super) fn find(
    known: &Known<'_>,
    options: &SelectOptions,
    control: &Control,
) -> Result<(Vec<Candidate>, Vec<String>)> {
    let mut notes = Vec::new();
    let duration = known.analysis.duration;
    if !(duration.is_finite() && duration > 0.0) {
        notes.push("the source has no length".to_owned());
        return Ok((Vec::new(), notes));
    }
    let free = free(duration, options);
    let shortest = options.shortest();
    if duration < shortest && free == [Span::new(0.0, duration)] {
        notes.push(format!("the source lasts {duration:.1} s, less than min_duration {shortest} s; it is used whole"));
        return Ok((vec![whole(duration, known)], notes));
    }
    let wanted = Wanted { bands: options.bands(), options, cuts: known.cuts(options) };
    for level in units::levels(known, options) {
        control.check()?;
        let units = (level.units)();
        let mut found = Vec::new();
        for stretch in &free {
            found.extend(runs(&inside(&units, *stretch), *stretch, &wanted, level.stretch, control)?);
        }
        let enough = !(level.strict && wanting(&found, options));
        if !found.is_empty() && enough {
            found.sort_by(|a, b| a.span.start.total_cmp(&b.span.start).then(a.span.end.total_cmp(&b.span.end)));
            notes.extend(level.note);
            return Ok((found, notes));
        }
    }
    notes.push(format!("no stretch of {} fits where clips may lie", options.lengths()));
    Ok((Vec::new(), notes))
}

/// Do these give fewer clips than asked for, or miss a stretch that a clip must contain?
fn wanting(found: &[Candidate], options: &SelectOptions) -> bool {
    let mut spans: Vec<Span> = found.iter().map(|candidate| candidate.span).collect();
    spans.sort_by(|a, b| a.end.total_cmp(&b.end));
    let (mut apart, mut end) = (0, 0.0);
    for span in spans {
        if span.start >= end {
            (apart, end) = (apart + 1, span.end);
        }
    }
    apart < options.count || missed(found, options).next().is_some()
}

/// Where clips may lie: the wanted range without what is excluded.
fn free(duration: f64, options: &SelectOptions) -> Vec<Span> {
    let [start, end] = options.range.unwrap_or([0.0, duration]);
    let mut barred: Vec<Span> = options.exclude.iter().copied().map(span).collect();
    barred.sort_by(|a, b| a.start.total_cmp(&b.start));
    let (mut free, mut from, end) = (Vec::new(), start, end.min(duration));
    for bar in barred {
        if bar.start.min(end) > from {
            free.push(Span::new(from, bar.start.min(end)));
        }
        from = bar.end.max(from);
    }
    if end > from {
        free.push(Span::new(from, end));
    }
    free
}

/// The units that lie in a stretch, with no more room around them than it has.
fn inside(units: &[Unit], stretch: Span) -> Vec<Unit> {
    let lies = |unit: &&Unit| unit.start >= stretch.start - SAME && unit.end <= stretch.end + SAME;
    let bounded = |unit: &Unit| Unit {
        before: unit.before.min(unit.start - stretch.start).max(0.0),
        after: unit.after.min(stretch.end - unit.end).max(0.0),
        ..*unit
    };
    units.iter().filter(lies).map(bounded).collect()
}

/// The source as it is.
fn whole(duration: f64, known: &Known<'_>) -> Candidate {
    let words = known.words.len().checked_sub(1).map(|last| (0, last));
    let span = Span::new(0.0, round_micros(duration));
    Candidate { span, length: span.duration(), words, opens: true, closes: true, pauses: (0.0, 0.0) }
}

/// What is looked for.
struct Wanted<'a> {
    bands: Vec<Band>,
    options: &'a SelectOptions,
    /// Seconds that are left out inside of clips.
    cuts: Option<Sums>,
}

impl Wanted<'_> {
    /// How long a stretch plays.
    fn plays(&self, stretch: Span) -> f64 {
        stretch.duration() - self.cuts.as_ref().map_or(0.0, |cuts| cuts.within(stretch))
    }
}

/// Runs of neighbouring units that have a wanted length with the room around them. With `stretch`, a run that is too
/// short may take more of the gap after it, and then of the gap before it, and one that is too long gives room away.
fn runs(units: &[Unit], free: Span, wanted: &Wanted<'_>, stretch: bool, control: &Control) -> Result<Vec<Candidate>> {
    let longest = wanted.bands.last().map_or(0.0, |band| band.max);
    let most = (MOST_STEPS / wanted.options.count.max(1)).min(MOST);
    let most_ends = (most / units.len().max(1)).max(FEWEST_ENDS);
    let most_starts = (most / FEWEST_ENDS).max(1);
    let starts = units.iter().enumerate().filter(|(_, unit)| unit.begins);
    let mut found = Vec::new();
    let mut ends = Vec::new();
    for (at, first) in starts.step_by(units.len().div_ceil(most_starts).max(1)) {
        if at % CHECK_EVERY == 0 {
            control.check()?;
        }
        ends.clear();
        let mut words = None;
        for last in &units[at..] {
            if wanted.plays(Span::new(first.start, last.end)) > longest + SAME {
                break;
            }
            words = match (words, last.words) {
                (Some((from, _)), Some((_, to))) => Some((from, to)),
                (held, new) => held.or(new),
            };
            if !last.ends {
                continue;
            }
            let made = candidate(first, last, free, wanted, stretch);
            ends.extend(made.map(|candidate| Candidate { words, ..candidate }));
        }
        let thinned = ends.len().div_ceil(most_ends).max(1);
        found.extend(ends.iter().step_by(thinned));
    }
    Ok(found)
}

fn candidate(first: &Unit, last: &Unit, free: Span, wanted: &Wanted<'_>, stretch: bool) -> Option<Candidate> {
    let Wanted { bands, options, .. } = wanted;
    let room = Span::new((first.start - first.before).max(free.start), (last.end + last.after).min(free.end));
    let mut span = Span::new(
        (first.start - options.lead_in.min(first.before)).max(free.start),
        (last.end + options.tail.min(last.after)).min(free.end),
    );
    let inside = Span::new(first.start, last.end);
    let cut = inside.duration() - wanted.plays(inside);
    let plays = span.duration() - cut;
    let band = bands.iter().find(|band| plays <= band.max + SAME).or(bands.last())?;
    if stretch && plays < band.min {
        span.end = (span.start + cut + band.min).min(room.end).max(span.end);
        span.start = (span.end - cut - band.min).max(room.start).min(span.start);
    }
    // Where nothing fits with its room, room gives way to the longest length, the tail last.
    let excess = span.duration() - cut - band.max;
    if stretch && excess > 0.0 {
        let lead = (first.start - span.start).clamp(0.0, excess);
        span.start += lead;
        span.end -= (excess - lead).clamp(0.0, (span.end - last.end).max(0.0));
    }
    span = Span::new(round_micros(span.start), round_micros(span.end));
    let length = span.duration() - cut;
    let fits = length >= band.min - SAME && length <= band.max + SAME && length > 0.0;
    fits.then_some(Candidate {
        span,
        length,
        words: None,
        opens: first.opens,
        closes: last.closes,
        pauses: (first.before, last.after),
    })
}

/// The stretches that a clip must contain and that none of these does.
fn missed<'a>(candidates: &'a [Candidate], options: &'a SelectOptions) -> impl Iterator<Item = Span> + 'a {
    let wanted = options.include.iter().copied().map(span);
    wanted.filter(|wanted| !candidates.iter().any(|candidate| candidate.holds(*wanted)))
}

/// What the caller should know of the stretches that a clip must contain and that no chosen one does.
pub(super) fn left_out(candidates: &[Candidate], chosen: &[Candidate], options: &SelectOptions) -> Vec<String> {
    let why = |wanted: Span| {
        let (from, to) = (clock(wanted.start), clock(wanted.end));
        if candidates.iter().any(|candidate| candidate.holds(wanted)) {
            format!("{from} to {to} is left out: its clip would overlap another that was asked for, or be one too many")
        } else {
            format!("no clip of {} can contain {from} to {to}: it is left out", options.lengths())
        }
    };
    missed(chosen, options).map(why).collect()
}

impl Candidate {
    /// Does it contain this stretch?
    pub(super) fn holds(&self, wanted: Span) -> bool {
        self.span.start <= wanted.start + SAME && self.span.end >= wanted.end - SAME
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{heard, known, said, silent};
    use super::*;
    use crate::clip::analysis::Analysis;
    use crate::clip::transcript::Transcript;
    use crate::control::CancelToken;
    use proptest::prelude::*;

    fn options(min: f64, max: f64) -> SelectOptions {
        SelectOptions { min_duration: min, max_duration: max, ..SelectOptions::default() }
    }

    type Found = (Vec<Candidate>, Vec<String>);

    fn search(analysis: &Analysis, transcript: Option<&Transcript>, options: &SelectOptions) -> Found {
        let known = known(analysis, transcript, options);
        find(&known, options, &Control::new()).unwrap()
    }

    fn spans(analysis: &Analysis, transcript: Option<&Transcript>, options: &SelectOptions) -> Vec<(f64, f64)> {
        search(analysis, transcript, options).0.iter().map(|c| (c.span.start, c.span.end)).collect()
    }

    fn note(analysis: &Analysis, transcript: Option<&Transcript>, options: &SelectOptions) -> String {
        search(analysis, transcript, options).1.join("; ")
    }

    #[test]
    fn clips_begin_and_end_with_sentences_and_take_the_room_there_is() {
        let talk = said(&[(1.0, 9.0, "One two."), (9.1, 16.0, "Three four."), (18.0, 30.0, "Five six.")]);
        // The gap of 0.1 s allows no full tail; before 1.0 and after 16.0 there is room.
        let found = spans(&silent(60.0), Some(&talk), &options(10.0, 25.0));
        assert_eq!(found, [(0.8, 16.7), (9.0, 30.7), (17.8, 30.7)]);
    }

    #[test]
    fn borders_that_nobody_heard_are_cut_at_only_where_nothing_else_gives_enough_clips() {
        // Two sentences share each cue; a pause is heard between those of the second one only.
        let talk = said(&[
            (0.0, 20.0, "One two. Ten six."),
            (20.5, 40.5, "One two. Ten six."),
            (41.0, 61.0, "One two. Ten six."),
        ]);
        let source = heard(61.0, &[(20.0, 20.5), (30.2, 30.8), (40.5, 41.0)]);
        let borders = |count| {
            let found = spans(&source, Some(&talk), &SelectOptions { count, ..options(8.0, 25.0) });
            found
                .into_iter()
                .any(|(start, end)| [10.0, 51.0].iter().any(|at| (start - at).abs() < 1.0 || (end - at).abs() < 1.0))
        };
        assert!(!borders(2));
        assert!(borders(6), "six clips need the borders that nobody heard");
    }

    #[test]
    fn room_gives_way_to_the_longest_length_where_nothing_else_fits() {
        let talk = said(&[(1.0, 11.0, "One two."), (20.0, 21.0, "Three.")]);
        assert_eq!(spans(&silent(60.0), Some(&talk), &options(10.0, 10.5))[0], (1.0, 11.5));
        // With 10.4 s there is a run that keeps its room, so the one that could not is none.
        let talk = said(&[(1.0, 11.0, "One two."), (20.0, 29.5, "Three four.")]);
        assert_eq!(spans(&silent(60.0), Some(&talk), &options(10.0, 10.5)), [(19.8, 30.2)]);
    }

    #[test]
    fn no_cut_lies_inside_a_word() {
        let talk = said(&[(0.0, 7.0, "A b c. D e f."), (7.0, 15.0, "G h. I j."), (15.5, 40.0, "K l m n o p. Q r.")]);
        let found = spans(&silent(40.0), Some(&talk), &options(5.0, 20.0));
        assert!(!found.is_empty());
        for (start, end) in found {
            for word in &talk.words {
                assert!(!(word.start < start && start < word.end), "{start} in {word:?}");
                assert!(!(word.start < end && end < word.end), "{end} in {word:?}");
            }
        }
    }

    #[test]
    fn a_short_source_is_used_whole() {
        let found = spans(&silent(8.2), None, &options(15.0, 59.0));
        assert_eq!(found, [(0.0, 8.2)]);
        assert_eq!(
            note(&silent(8.2), None, &options(15.0, 59.0)),
            "the source lasts 8.2 s, less than min_duration 15 s; it is used whole"
        );
        assert!(spans(&silent(0.0), None, &options(15.0, 59.0)).is_empty());
    }

    #[test]
    fn without_a_transcript_pauses_are_the_borders() {
        let analysis = heard(60.0, &[(0.0, 1.0), (11.0, 12.0), (30.0, 30.1), (40.0, 60.0)]);
        // Speech from 1 to 11 and from 12 to 40; 0.1 s is no pause to cut in.
        assert_eq!(spans(&analysis, None, &options(10.0, 30.0)), [(0.8, 11.7), (11.8, 40.7)]);
    }

    #[test]
    fn without_sound_shots_are_the_borders_and_without_shots_equal_parts() {
        let mut analysis = silent(60.0);
        analysis.shots = super::super::fixtures::shots(&[0.0, 20.0, 45.0, 60.0]);
        assert_eq!(spans(&analysis, None, &options(15.0, 30.0)), [(0.0, 20.0), (20.0, 45.0), (45.0, 60.0)]);
        let found = spans(&silent(60.0), None, &options(20.0, 30.0));
        assert!(found.contains(&(0.0, 20.0)) && found.contains(&(30.0, 60.0)), "{found:?}");
    }

    #[test]
    fn a_sentence_that_is_too_long_is_cut_between_words() {
        let talk = said(&[(0.0, 50.0, "one two three four five six seven eight nine ten.")]);
        let options = options(15.0, 30.0);
        let found = spans(&silent(50.0), Some(&talk), &options);
        assert!(!found.is_empty());
        assert!(note(&silent(50.0), Some(&talk), &options).contains("sentence"));
        assert!(found.iter().all(|(a, b)| b - a >= 15.0 - SAME && b - a <= 30.0 + SAME));
    }

    #[test]
    fn a_single_length_is_reached_by_taking_more_of_the_silence() {
        let talk = said(&[(2.0, 20.0, "One two three."), (40.0, 58.0, "Four five six.")]);
        assert_eq!(spans(&silent(60.0), Some(&talk), &options(30.0, 30.0)), [(1.8, 31.8), (30.0, 60.0)]);
    }

    /// A talk of cues of 0.5 to 10 s with gaps of up to 3 s.
    fn talks() -> impl Strategy<Value = Transcript> {
        let texts = vec![
            "Yes.",
            "So this is how it works.",
            "and then we",
            "went on",
            "[music]",
            "你好，世界。",
            "Why? Because!",
        ];
        prop::collection::vec((1u32..20, 0u32..6, prop::sample::select(texts)), 1..40).prop_map(|cues| {
            let mut now = 0.0;
            let cue = |(length, gap, text)| {
                let start = now + f64::from(gap) * 0.5;
                now = start + f64::from(length) * 0.5;
                (start, now, text)
            };
            said(&cues.into_iter().map(cue).collect::<Vec<_>>())
        })
    }

    proptest! {
        #[test]
        fn clips_have_the_wanted_length_and_cut_no_word(
            talk in talks(),
            rest in 0.0f64..20.0,
            min in 1.0f64..30.0,
            more in 0.0f64..30.0,
            room in 0.0f64..2.0,
        ) {
            let source = silent(talk.words.last().unwrap().end + rest);
            let options = SelectOptions { lead_in: room, tail: room, ..options(min, min + more) };
            let (found, notes) = search(&source, Some(&talk), &options);
            prop_assert!(!found.is_empty(), "{notes:?}");
            if source.duration < min {
                return Ok(());
            }
            let cuts_words = notes.iter().any(|n| n.contains("inside of words"));
            for Span { start, end } in found.iter().map(|c| c.span) {
                prop_assert!(start >= 0.0 && end <= source.duration + SAME);
                prop_assert!(end - start >= min - SAME && end - start <= min + more + SAME, "{start} to {end}");
                for word in talk.words.iter().filter(|_| !cuts_words) {
                    prop_assert!(!(word.start < start && start < word.end), "{start} in {word:?}");
                    prop_assert!(!(word.start < end && end < word.end), "{end} in {word:?}");
                }
            }
        }
    }

    #[test]
    fn a_cancelled_search_stops() {
        let token = CancelToken::new();
        token.cancel();
        let control = Control::new().with_cancel(token);
        let (source, options) = (silent(60.0), SelectOptions::default());
        assert!(find(&known(&source, None, &options), &options, &control).is_err());
    }

    #[test]
    fn nothing_is_taken_outside_of_the_range_or_from_what_is_excluded() {
        let cues: Vec<(f64, f64, &str)> =
            (0..12).map(|n| (f64::from(n) * 10.0, f64::from(n) * 10.0 + 9.0, "One two three.")).collect();
        let (talk, source) = (said(&cues), silent(120.0));
        let options = SelectOptions {
            range: Some([15.0, 100.0]),
            exclude: vec![[55.0, 59.5], [70.5, 71.0]],
            ..options(15.0, 30.0)
        };
        let found = spans(&source, Some(&talk), &options);
        // The room before 20.0 and after 49.0 is free; 60.0 begins 0.5 s after what is excluded.
        assert!(found.contains(&(19.8, 39.7)) && found.contains(&(29.8, 49.7)), "{found:?}");
        assert!(found.iter().all(|&(a, b)| a >= 15.0 && b <= 100.0));
        assert!(found.iter().all(|&(a, b)| b <= 55.0 || a >= 71.0), "{found:?}");
    }

    #[test]
    fn lengths_between_two_bands_are_left_out() {
        let cues: Vec<(f64, f64, &str)> =
            (0..12).map(|n| (f64::from(n) * 10.0, f64::from(n) * 10.0 + 9.0, "One two three.")).collect();
        let options = SelectOptions { durations: vec![[15.0, 25.0], [45.0, 55.0]], ..SelectOptions::default() };
        let found = spans(&silent(120.0), Some(&said(&cues)), &options);
        let lengths: Vec<f64> = found.iter().map(|(a, b)| b - a).collect();
        assert!(lengths.iter().any(|l| *l < 25.0) && lengths.iter().any(|l| *l > 45.0));
        assert!(lengths.iter().all(|l| (15.0..=25.0).contains(l) || (45.0..=55.0).contains(l)), "{lengths:?}");
    }

    #[test]
    fn what_cannot_be_contained_is_told() {
        let cues = [(0.0, 20.0, "One two."), (21.0, 40.0, "Three four.")];
        let options = SelectOptions { include: vec![[1.0, 39.0], [22.0, 23.0]], ..options(10.0, 30.0) };
        let found = search(&silent(60.0), Some(&said(&cues)), &options).0;
        let notes = left_out(&found, &found, &options);
        assert_eq!(notes, ["no clip of 10 to 30 s can contain 0:01.0 to 0:39.0: it is left out"]);
        // What no chosen clip contains although one could is told as well.
        let first: Vec<Candidate> = found.iter().filter(|clip| clip.span.start < 1.0).copied().collect();
        assert!(left_out(&found, &first, &options)[1].starts_with("0:22.0 to 0:23.0 is left out: "));
    }
}
