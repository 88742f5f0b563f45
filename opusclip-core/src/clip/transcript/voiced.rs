//! Words without times of their own are said where a voice is heard, not while it rests.

use std::ops::Range;

use super::words::cost;
use super::{Transcript, Word};
use crate::time::{Span, round_micros};

/// Rests shorter than this belong to the speech around them, in seconds.
const BREATH: f64 = 0.3;
/// Speech at the edge of a cue that is shorter than this, ...
const EDGE: f64 = 0.6;
/// ... and a smaller share of all speech in the cue than this, belongs to the cue beside it.
const EDGE_SHARE: f64 = 0.25;
/// A voice that begins or ends this near to the cue, in seconds, is the cue's own: `Uh,` before a long pause.
const OWN: f64 = 0.25;

impl Transcript {
    /// Share out the words that have no times of their own over the speech inside of their cue.
    ///
    /// `speech` is where a voice is heard, in order, as an [`crate::clip::Analysis`] tells it. Words keep their order
    /// and stay inside of their cue; those that the file itself has timed stay where they are. A cue in which no voice
    /// is heard stays as it is. [`Transcript::snap`] does this too.
    ///
    /// ```
    /// use opusclip_core::clip::transcript::{TranscriptFormat, parse};
    /// use opusclip_core::time::Span;
    /// let talk = parse("1\n00:00:00,000 --> 00:00:10,000\nOne two\n", TranscriptFormat::Srt)?;
    /// let words = talk.voiced(&[Span::new(1.0, 2.0), Span::new(8.0, 9.0)]).words;
    /// assert_eq!((words[0].start, words[0].end, words[1].start, words[1].end), (1.0, 2.0, 8.0, 9.0));
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    #[must_use]
    pub fn voiced(mut self, speech: &[Span]) -> Self {
        let cues: Vec<usize> = self.words.iter().map(|word| word.cue).collect();
        share(&mut self.words, &cues, speech);
        self
    }
}

/// Share out each run of words without times of their own that have the same group.
pub(super) fn share<G: PartialEq>(words: &mut [Word], groups: &[G], speech: &[Span]) {
    let mut first = 0;
    while first < words.len() {
        let together = |at: &usize| {
            words.get(*at).is_some_and(|word| !word.timed && word.cue == words[first].cue)
                && groups.get(*at) == groups.get(first)
        };
        let until = first + (first..words.len()).take_while(together).count();
        share_run(&mut words[first..until.max(first)], speech);
        first = until.max(first + 1);
    }
}

fn share_run(run: &mut [Word], speech: &[Span]) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let voiced = heard(Span::new(first.start, last.end), speech);
    let total: f64 = voiced.iter().map(|span| span.duration()).sum();
    if voiced.is_empty() || total <= 0.0 {
        return;
    }
    let costs: Vec<f64> = run.iter().map(|word| cost(&word.text)).collect();
    let all: f64 = costs.iter().sum();
    // Each word goes wholly where its middle falls, so that none reaches across a rest.
    let mut before = 0.0;
    let middles = costs.iter().map(|cost| {
        let middle = (before + cost / 2.0) * total / all;
        before += cost;
        middle
    });
    let mut from = 0;
    let places: Vec<usize> = middles.map(|middle| place(&voiced, middle)).collect();
    for (n, span) in voiced.iter().enumerate() {
        let until = from + places[from..].iter().take_while(|place| **place == n).count();
        lay(run, &costs, from..until, *span);
        from = until;
    }
}

/// The stretch in which a time lies, if only the voice counts.
fn place(voiced: &[Span], mut time: f64) -> usize {
    for (n, span) in voiced.iter().enumerate() {
        if time < span.duration() {
            return n;
        }
        time -= span.duration();
    }
    voiced.len().saturating_sub(1)
}

fn lay(run: &mut [Word], costs: &[f64], range: Range<usize>, span: Span) {
    let (Some(words), Some(costs)) = (run.get_mut(range.clone()), costs.get(range)) else { return };
    let total: f64 = costs.iter().sum();
    let (mut before, mut begin) = (0.0, round_micros(span.start));
    for (word, cost) in words.iter_mut().zip(costs) {
        before += cost;
        word.start = begin;
        word.end = round_micros(span.start + span.duration() * before / total);
        begin = word.end;
    }
}

/// Where a voice is heard within a stretch.
fn heard(within: Span, speech: &[Span]) -> Vec<Span> {
    let first = speech.partition_point(|span| span.end <= within.start);
    let mut voiced: Vec<Span> = Vec::new();
    let (mut begins, mut ends) = (false, false);
    for span in speech.iter().skip(first).take_while(|span| span.start < within.end) {
        begins |= voiced.is_empty() && span.start >= within.start - OWN;
        ends = span.end <= within.end + OWN;
        let span = span.clipped(within);
        match voiced.last_mut() {
            Some(last) if span.start - last.end < BREATH => last.end = span.end,
            _ => voiced.push(span),
        }
    }
    // Times of subtitles are off by tenths of a second.
    let total: f64 = voiced.iter().map(|span| span.duration()).sum();
    let small = |span: &Span| span.duration() < EDGE && span.duration() < EDGE_SHARE * total;
    if !ends && voiced.last().is_some_and(|last| last.end >= within.end && small(last)) {
        voiced.pop();
    }
    if !begins && voiced.first().is_some_and(|first| first.start <= within.start && small(first)) {
        voiced.remove(0);
    }
    // A voice detector is off by tenths of a second too: where it agrees with the stretch, the stretch counts.
    if let Some(first) = voiced.first_mut().filter(|first| first.start - within.start < BREATH) {
        first.start = within.start;
    }
    if let Some(last) = voiced.last_mut().filter(|last| within.end - last.end < BREATH) {
        last.end = within.end;
    }
    voiced
}

#[cfg(test)]
mod tests {
    use super::super::{TranscriptFormat, parse};
    use super::*;
    use proptest::prelude::*;

    fn times(transcript: &Transcript) -> Vec<(f64, f64)> {
        transcript.words.iter().map(|w| (w.start, w.end)).collect()
    }

    #[test]
    fn an_hour_long_cue_is_said_where_the_voice_is() {
        let made = parse("1\n00:00:00,000 --> 01:00:00,000\nOne two six ten\n", TranscriptFormat::Srt).unwrap();
        let made = made.voiced(&[Span::new(10.0, 11.0), Span::new(3000.0, 3001.0)]);
        assert_eq!(times(&made), [(10.0, 10.5), (10.5, 11.0), (3000.0, 3000.5), (3000.5, 3001.0)]);
    }

    #[test]
    fn times_of_the_file_itself_stay() {
        let vtt = "WEBVTT\n\n00:00.000 --> 00:10.000\nOne <00:04.000>two three <00:08.000>four\n";
        let made = parse(vtt, TranscriptFormat::Vtt).unwrap().voiced(&[Span::new(0.0, 1.0), Span::new(6.0, 7.0)]);
        assert_eq!(times(&made), [(0.0, 4.0), (6.0, 6.416667), (6.416667, 7.0), (8.0, 10.0)]);
    }

    #[test]
    fn a_short_word_before_a_long_pause_is_where_it_is_heard() {
        let made = parse(
            "1\n00:00:01,000 --> 00:00:09,000\nUm, one two three four five six seven eight nine\n",
            TranscriptFormat::Srt,
        )
        .unwrap();
        // The voice begins with the cue: it is no rest of what was said before.
        let words = times(&made.clone().voiced(&[Span::new(0.9, 1.4), Span::new(3.0, 9.0)]));
        assert!(words[0].1 <= 1.4 && words[1].0 >= 3.0, "{words:?}");
        // It began long before the cue.
        let words = times(&made.voiced(&[Span::new(0.0, 1.4), Span::new(3.0, 9.0)]));
        assert!(words[0].0 >= 3.0, "{words:?}");
    }

    #[test]
    fn silence_and_speech_throughout_change_nothing() {
        let made = parse("1\n00:00:01,000 --> 00:00:05,000\nOne two three\n", TranscriptFormat::Srt).unwrap();
        assert_eq!(made.clone().voiced(&[]), made);
        assert_eq!(made.clone().voiced(&[Span::new(0.0, 60.0)]), made);
        assert_eq!(made.clone().voiced(&[Span::new(1.1, 4.8)]), made);
    }

    proptest! {
        #[test]
        fn words_keep_their_order_inside_of_their_cue_and_out_of_long_rests(
            cues in prop::collection::vec((0.0f64..2.0, 0.5f64..20.0, 1usize..12), 1..6),
            speech in prop::collection::vec((0.3f64..4.0, 0.3f64..4.0), 0..20),
        ) {
            let (mut srt, mut at) = (String::new(), 0.0);
            for (gap, length, words) in cues {
                let clock = |t: f64| format!("00:{:02}:{:06.3}", (t / 60.0) as u32, t % 60.0).replace('.', ",");
                srt += &format!("1\n{} --> {}\n{}\n\n", clock(at + gap), clock(at + gap + length), "word ".repeat(words));
                at += gap + length;
            }
            let mut from = 0.0;
            let speech: Vec<Span> = speech.into_iter().map(|(rest, voice)| {
                let span = Span::new(from + rest, from + rest + voice);
                from = span.end;
                span
            }).collect();
            let made = parse(&srt, TranscriptFormat::Srt).unwrap();
            let said = made.clone().voiced(&speech);
            prop_assert!(said.words.windows(2).all(|w| w[0].end <= w[1].start + 1e-6 && w[0].cue <= w[1].cue));
            for word in &said.words {
                let cue = &said.cues[word.cue];
                prop_assert!(word.start >= cue.start - 1e-6 && word.end <= cue.end + 1e-6 && word.start <= word.end);
                let alone = made.words.iter().filter(|w| w.cue == word.cue).count() == 1;
                let rest = speech.windows(2).map(|pair| Span::new(pair[0].end, pair[1].start));
                let heard = speech.iter().any(|span| span.overlap(Span::new(cue.start, cue.end)) > EDGE);
                let crossed = rest.filter(|r| r.duration() > 1.0).any(|r| r.start > cue.start && r.end < cue.end && r.overlap(Span::new(word.start, word.end)) > 0.7);
                // A cue of one word counts as timed by the file.
                prop_assert!(alone || !heard || !crossed, "{:?} in {:?}, speech {:?}", word, cue, speech);
            }
        }
    }
}
