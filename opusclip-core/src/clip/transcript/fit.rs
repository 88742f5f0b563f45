//! A transcript and its media: inside its length, with sentence borders in the pauses that can be heard.

use std::ops::RangeInclusive;

use super::{Repair, Sentence, Transcript, Word, sentences, voiced};
use crate::clip::analysis::Analysis;
use crate::time::{Span, clock, round_micros};

/// A time this near to the edge of a pause agrees with it, in seconds: about what a voice detector is off.
const AGREE: f64 = 0.12;
/// The same for times of words that the file itself gives, which know more than a voice detector.
const AGREE_TIMED: f64 = 0.2;

/// How far a border may be moved, in seconds. Subtitles differ from the voice by tenths of a second.
const REACH: f64 = 0.6;
/// Where two sentences touch, their border is a guess, and the pause lies wholly between them: its far edge may be this
/// many seconds away.
const FAR: f64 = 2.0;
/// Sentences with less between them touch, in seconds.
const TOUCH: f64 = 0.05;
/// Words are squeezed or stretched at most by this factor to move a border.
const SQUEEZE: f64 = 2.0;
/// Times closer than this are the same, in seconds.
const SAME: f64 = 1e-6;

impl Transcript {
    /// The part of the transcript that lies within 0 to `duration` seconds.
    ///
    /// Cues outside are dropped, cues that stick out are shortened, each with a repair `out_of_range`. A duration that
    /// is not finite changes nothing.
    #[must_use]
    pub fn fit(mut self, duration: f64) -> Self {
        if !duration.is_finite() {
            return self;
        }
        let mut moved = Vec::with_capacity(self.cues.len());
        let mut kept = 0;
        for cue in &mut self.cues {
            let old = Span::new(cue.start, cue.end);
            let new = Span::new(cue.start.max(0.0), cue.end.min(duration));
            let mut repair =
                |message| self.repairs.push(Repair { line: cue.line, kind: "out_of_range".into(), message });
            if new.start >= new.end {
                repair(format!("left out: it begins at {}, the media ends at {}", clock(old.start), clock(duration)));
                moved.push(None);
                continue;
            }
            if new != old {
                repair(format!("ended it at {} with the media, not at {}", clock(new.end), clock(old.end)));
                (cue.start, cue.end) = (new.start, new.end);
            }
            moved.push(Some((kept, old, new)));
            kept += 1;
        }
        // Where the file has times of its own, words without any stay between those that have.
        let mut own = vec![false; moved.len()];
        for word in self.words.iter().filter(|word| word.timed) {
            own.get_mut(word.cue).into_iter().for_each(|own| *own = true);
        }
        let mut at = moved.iter().map(Option::is_some);
        self.cues.retain(|_| at.next().unwrap_or(false));
        self.words.retain_mut(|word| match moved.get(word.cue) {
            Some(Some((cue, old, new))) => {
                let cut = own.get(word.cue).is_some_and(|own| *own);
                word.cue = *cue;
                into(word, *old, *new, cut)
            }
            _ => false,
        });
        self.repairs.sort_by_key(|r| r.line);
        self
    }

    /// Move the borders between sentences into the pauses of the sound: the last word of a sentence then ends where the
    /// voice ends, the first one begins where it begins, and a cut between them is inside of no word.
    ///
    /// A border takes the nearest pause within 0.6 s that lies between the borders before and after it; where there is
    /// none it stays. The other words of its cue move along in proportion, unless the file itself has their times.
    ///
    /// Words without times of their own are shared out over the speech that was heard, as [`Transcript::voiced`] does:
    /// first of their cue, and when the borders are found, of their sentence.
    #[must_use]
    pub fn snap(mut self, analysis: &Analysis) -> Self {
        self = self.voiced(&analysis.speech);
        let found = sentences(&self);
        let words = &mut self.words;
        for at in 0..=found.len() {
            let before = at.checked_sub(1).and_then(|at| found.get(at)).and_then(|s| Run::tail(words, s));
            let after = found.get(at).and_then(|s| Run::head(words, s));
            let around = at.checked_sub(1).and_then(|at| found.get(at)).into_iter().chain(found.get(at));
            let inner = inner_gaps(words, around);
            let Some(pause) = nearest(before.as_ref(), after.as_ref(), &analysis.pauses, &inner) else { continue };
            let touching = before.as_ref().zip(after.as_ref()).is_some_and(|(b, a)| a.span.start - b.span.end < TOUCH);
            let reach = if touching { FAR } else { REACH };
            if let Some(run) = before {
                run.stretch(words, run.until(pause, reach));
            }
            if let Some(run) = after {
                run.stretch(words, run.from(pause, reach));
            }
        }
        let groups: Vec<usize> = found
            .iter()
            .enumerate()
            .flat_map(|(n, s)| std::iter::repeat_n(n, s.last_word + 1 - s.first_word))
            .collect();
        voiced::share(words, &groups, &analysis.speech);
        self
    }
}

/// Move a word along with its cue, or cut it off with it; false if nothing of it is left.
fn into(word: &mut Word, old: Span, new: Span, cut: bool) -> bool {
    if old == new {
        return true;
    }
    let place = |time: f64| {
        if cut || old.duration() <= 0.0 {
            return time.clamp(new.start, new.end);
        }
        round_micros(new.start + (time - old.start) * new.duration() / old.duration())
    };
    (word.start, word.end) = (place(word.start), place(word.end));
    word.end > word.start
}

/// Words that move with the border of a sentence: those of the cue next to it that have no times of their own.
struct Run {
    words: RangeInclusive<usize>,
    span: Span,
    /// A time this near to the edge of a pause agrees with it.
    agree: f64,
}

impl Run {
    /// At the end of a sentence.
    fn tail(words: &[Word], sentence: &Sentence) -> Option<Self> {
        let last = sentence.last_word;
        let mut first = last;
        while first > sentence.first_word && move_together(words, first - 1, last) {
            first -= 1;
        }
        Self::of(words, first..=last)
    }

    /// At the beginning of a sentence.
    fn head(words: &[Word], sentence: &Sentence) -> Option<Self> {
        let first = sentence.first_word;
        let mut last = first;
        while last < sentence.last_word && move_together(words, last + 1, first) {
            last += 1;
        }
        Self::of(words, first..=last)
    }

    fn of(words: &[Word], range: RangeInclusive<usize>) -> Option<Self> {
        let span = Span::new(words.get(*range.start())?.start, words.get(*range.end())?.end);
        let timed = words.get(range.clone())?.iter().any(|word| word.timed);
        Some(Self { words: range, span, agree: if timed { AGREE_TIMED } else { AGREE } })
    }

    /// Its time if it ends with this pause ahead: at its edge, or in the pause where the edge is out of reach.
    fn until(&self, pause: Span, reach: f64) -> Span {
        let near = |reach| Span::new(self.span.start, land(self.span.end, pause.start, pause, (self.agree, reach)));
        Some(near(reach)).filter(|new| self.bends(*new)).unwrap_or_else(|| near(REACH))
    }

    /// Its time if it begins with this pause behind.
    fn from(&self, pause: Span, reach: f64) -> Span {
        let near = |reach| Span::new(land(self.span.start, pause.end, pause, (self.agree, reach)), self.span.end);
        Some(near(reach)).filter(|new| self.bends(*new)).unwrap_or_else(|| near(REACH))
    }

    /// May its words be squeezed or stretched into `new`?
    fn bends(&self, new: Span) -> bool {
        let old = self.span.duration();
        new == self.span || old > 0.0 && new.duration() > 0.0 && new.duration() >= old / SQUEEZE
    }

    fn stretch(&self, words: &mut [Word], new: Span) {
        if new == self.span {
            return;
        }
        let rate = new.duration() / self.span.duration();
        let place = |time: f64| round_micros(new.start + (time - self.span.start) * rate);
        for word in words.get_mut(self.words.clone()).unwrap_or(&mut []) {
            (word.start, word.end) = (place(word.start), place(word.end));
        }
    }
}

fn move_together(words: &[Word], inner: usize, edge: usize) -> bool {
    match (words.get(inner), words.get(edge)) {
        (Some(inner), Some(edge)) => inner.cue == edge.cue && !inner.timed && !edge.timed,
        _ => false,
    }
}

/// Where the edge of a word comes to lie: at the edge of the pause, and if that is too far, in the pause next to where
/// it was.
///
/// A time that agrees with the edge stays: a transcript may know it better than a voice detector, and what lies between
/// the two is less than the room that is kept around a clip's words.
fn land(time: f64, edge: f64, pause: Span, (agree, reach): (f64, f64)) -> f64 {
    if (time - edge).abs() < agree {
        return time;
    }
    if (time - edge).abs() <= reach + SAME { edge } else { time.max(pause.start).min(pause.end) }
}

/// Where a speaker may pause inside of these sentences: after a comma or an abbreviation, and where a cue ends.
fn inner_gaps<'a>(words: &[Word], around: impl Iterator<Item = &'a Sentence>) -> Vec<Span> {
    let mut gaps = Vec::new();
    for sentence in around {
        let inside = words.get(sentence.first_word..=sentence.last_word).unwrap_or(&[]);
        for pair in inside.windows(2) {
            if pair[0].cue != pair[1].cue || pair[0].text.ends_with([',', ';', ':', '.', '…', '—', '–']) {
                gaps.push(Span::new(pair[0].end, pair[1].start));
            }
        }
    }
    gaps
}

/// How far a pause lies from a gap between words, in seconds.
fn apart(gap: Span, pause: Span) -> f64 {
    (gap.start - pause.end).max(pause.start - gap.end).max(0.0)
}

/// The pause for the border between two runs of words: the nearest; of equally near ones the longest. One that agrees
/// better with a gap `inner` to a sentence is none.
fn nearest(before: Option<&Run>, after: Option<&Run>, pauses: &[Span], inner: &[Span]) -> Option<Span> {
    let gap = match (before, after) {
        (Some(before), Some(after)) => Span::new(before.span.end, after.span.start),
        (Some(before), None) => Span::new(before.span.end, before.span.end),
        (None, Some(after)) => Span::new(after.span.start, after.span.start),
        (None, None) => return None,
    };
    let distance = |p: &Span| match (before, after) {
        (Some(_), None) => (p.start - gap.start).abs(),
        (None, Some(_)) => (p.end - gap.end).abs(),
        _ => apart(gap, *p),
    };
    let claimed = |p: &Span| distance(p) > AGREE && inner.iter().any(|gap| apart(*gap, *p) < distance(p));
    let fits = |p: &Span| {
        distance(p) <= REACH + SAME
            && !claimed(p)
            && before.is_none_or(|run| run.bends(run.until(*p, REACH)))
            && after.is_none_or(|run| run.bends(run.from(*p, REACH)))
    };
    let first = pauses.partition_point(|p| p.end < gap.start - REACH - SAME);
    pauses
        .iter()
        .skip(first)
        .take_while(|p| p.start <= gap.end + REACH + SAME)
        .filter(|p| fits(p))
        .min_by(|a, b| distance(a).total_cmp(&distance(b)).then(b.duration().total_cmp(&a.duration())))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::super::{TranscriptFormat, parse};
    use super::*;

    fn srt(text: &str) -> Transcript {
        parse(text, TranscriptFormat::Srt).unwrap()
    }

    fn heard(pauses: &[(f64, f64)]) -> Analysis {
        let pauses = pauses.iter().map(|&(a, b)| Span::new(a, b)).collect();
        Analysis { pauses, ..Analysis::of_nothing(60.0) }
    }

    fn times(transcript: &Transcript) -> Vec<(f64, f64)> {
        transcript.words.iter().map(|w| (w.start, w.end)).collect()
    }

    const TALK: &str = "1\n00:00:01,000 --> 00:00:05,000\nAaaa aaa. Bbbb bbb.\n\n\
                        2\n00:00:09,000 --> 00:00:11,000\nCccc cccc\n\n3\n00:00:12,000 --> 00:00:13,000\nLate\n";

    #[test]
    fn the_pause_after_a_comma_is_no_border() {
        let talk = srt("1\n00:00:01,000 --> 00:00:04,000\nAaaa aaaa aaa.\n\n\
                        2\n00:00:04,100 --> 00:00:06,000\nUm, bb bb.\n");
        let made = talk.snap(&heard(&[(4.4, 5.0)]));
        assert_eq!((times(&made)[2].1, times(&made)[3].0), (4.0, 4.1));
    }

    #[test]
    fn what_lies_outside_of_the_media_goes() {
        let made = srt(TALK).fit(10.0);
        assert_eq!(made.cues.iter().map(|c| (c.start, c.end)).collect::<Vec<_>>(), [(1.0, 5.0), (9.0, 10.0)]);
        assert_eq!(times(&made)[4..], [(9.0, 9.5), (9.5, 10.0)]);
        let repairs: Vec<_> = made.repairs.iter().map(|r| (r.line, r.kind.as_str())).collect();
        assert_eq!(repairs, [(6, "out_of_range"), (10, "out_of_range")]);
        assert!(srt(TALK).fit(0.0).words.is_empty());
        assert_eq!(srt(TALK).fit(f64::NAN), srt(TALK));
    }

    #[test]
    fn words_follow_their_cue_when_cues_before_are_dropped() {
        let mut made = srt(TALK);
        made.cues[0].end = 0.5;
        made.cues[0].start = -1.0;
        made.cues[0].end = -0.5;
        let made = made.fit(60.0);
        assert_eq!((made.cues.len(), made.words.len()), (2, 3));
        assert_eq!(made.words.iter().map(|w| w.cue).collect::<Vec<_>>(), [0, 0, 1]);
    }

    #[test]
    fn borders_move_to_the_nearest_pause() {
        // The border inside the first cue is a guess at 3.0 s; the voice rests from 3.3 to 3.6 s.
        let made = srt(TALK).snap(&heard(&[(3.3, 3.6), (5.2, 8.8)]));
        assert_eq!(times(&made)[..4], [(1.0, 2.15), (2.15, 3.3), (3.6, 4.4), (4.4, 5.2)]);
        assert_eq!(times(&made)[4].0, 8.8);
    }

    #[test]
    fn times_that_agree_with_the_voice_stay() {
        let made = srt(TALK).snap(&heard(&[(5.1, 8.9)]));
        assert_eq!((times(&made)[3].1, times(&made)[4].0), (5.0, 9.0));
    }

    #[test]
    fn borders_stay_where_no_pause_is_near() {
        let made = srt(TALK).snap(&heard(&[(1.5, 1.7), (4.0, 4.2)]));
        assert_eq!(times(&made), times(&srt(TALK)));
    }

    #[test]
    fn a_long_pause_lies_wholly_between_sentences_that_touch() {
        let made = srt(TALK).snap(&heard(&[(3.3, 3.8)]));
        assert_eq!(times(&made)[..4], [(1.0, 2.15), (2.15, 3.3), (3.8, 4.4), (4.4, 5.0)]);
        // Less than half of the time would be left for the second sentence: it begins in the pause.
        let made = srt(TALK).snap(&heard(&[(3.3, 4.3)]));
        assert_eq!(times(&made)[..4], [(1.0, 2.15), (2.15, 3.3), (3.3, 4.15), (4.15, 5.0)]);
    }

    #[test]
    fn times_of_the_file_itself_move_by_no_more_than_their_own_word() {
        let vtt = "WEBVTT\n\n00:01.000 --> 00:05.000\nOne <00:02.000>two. <00:03.000>Three <00:04.000>four.\n";
        let made = parse(vtt, TranscriptFormat::Vtt).unwrap().snap(&heard(&[(2.7, 3.3)]));
        assert_eq!(times(&made), [(1.0, 2.0), (2.0, 2.7), (3.3, 4.0), (4.0, 5.0)]);
    }

    #[test]
    fn snapping_twice_changes_nothing_more() {
        let analysis = heard(&[(0.0, 0.8), (2.6, 2.9), (3.3, 3.6), (5.1, 8.9), (11.2, 11.8)]);
        let once = srt(TALK).snap(&analysis);
        assert_eq!(times(&once.clone().snap(&analysis)), times(&once));
        assert!(once.words.windows(2).all(|w| w[0].end <= w[1].start), "{:?}", times(&once));
    }
}
