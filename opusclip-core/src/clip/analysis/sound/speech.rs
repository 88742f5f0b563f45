//! Who speaks when: the `earshot` voice activity detector, smoothed into stretches of speech and pauses.

use std::ops::Range;

use earshot::Detector;
use serde::{Deserialize, Serialize};

use super::super::Curve;
use crate::error::Result;
use crate::time::{Span, round_micros};

/// Sample rate that the detector wants, in Hz.
pub(super) const RATE: u32 = 16_000;

/// Samples in one frame of the detector.
pub(super) const FRAME: usize = 256;

/// Seconds in one frame.
pub(super) const STEP: f64 = FRAME as f64 / RATE as f64;

/// Frames that one value of the printed curve stands for.
const FRAMES_PER_VALUE: usize = 2;

/// A frame at least this likely begins speech; it goes on until one is less likely than `END`.
const BEGIN: f32 = 0.5;
const END: f32 = 0.35;

/// Frames quieter than this RMS (-60 dBFS) are no speech, whatever the detector says.
const QUIET: f32 = 0.001;

/// The detector looks back over its frames: it hears a voice begin and end this much too late, in seconds. Measured on
/// speech with known times.
const LATE_BEGIN: f64 = 0.05;
const LATE_END: f64 = 0.11;

/// Shorter pauses lie inside words and sentences, in seconds.
const SHORTEST_PAUSE: f64 = 0.2;

/// Shorter bursts are clicks and breaths, in seconds.
const SHORTEST_SPEECH: f64 = 0.1;

/// Frames of silence that stand for a gap at most: ten minutes.
const LONGEST_GAP: i64 = 600 * RATE as i64 / FRAME as i64;

/// How likely each frame is speech: frame `n` begins at `n * STEP`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Voice {
    pub(super) first: i64,
    pub(super) likely: Vec<f32>,
}

/// Hears mono sound at [`RATE`] and remembers how likely each frame is speech.
pub(super) struct Listener {
    detector: Box<Detector>,
    /// Frames that count; what lies before them only warms up.
    owned: Range<i64>,
    frame: Vec<f32>,
    number: i64,
    /// Position of the next sample; `None` before the first.
    next: Option<i64>,
    voice: Voice,
}

impl Listener {
    pub(super) fn of(owned: Range<i64>) -> Self {
        Self {
            detector: Detector::default_boxed(),
            voice: Voice { first: owned.start, ..Voice::default() },
            owned,
            frame: Vec::with_capacity(FRAME),
            number: 0,
            next: None,
        }
    }

    /// Hear samples whose first stands at position `at`. Gaps count as silence, overlaps once.
    pub(super) fn push(&mut self, at: i64, samples: &[f32]) -> Result<()> {
        let next = match self.next {
            Some(next) => next,
            None => self.begin(at),
        };
        let overlap = usize::try_from(next - at).unwrap_or(0);
        let gap_frames = ((at - next).max(0) / FRAME as i64).min(LONGEST_GAP);
        for _ in 0..gap_frames {
            self.hear(0.0);
        }
        self.next = Some(next.max(at + samples.len() as i64));
        for sample in samples.get(overlap..).unwrap_or(&[]) {
            self.frame.push(if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 });
            if self.frame.len() == FRAME {
                let power = self.frame.iter().map(|s| s * s).sum::<f32>() / FRAME as f32;
                let score = self.detector.predict_f32(&self.frame);
                self.hear(if power.sqrt() < QUIET { 0.0 } else { score });
                self.frame.clear();
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Voice {
        self.voice
    }

    /// Frames lie on the media's time line, so what stands before the first border within reach is left out.
    fn begin(&mut self, at: i64) -> i64 {
        let frame = FRAME as i64;
        self.number =
            if self.owned.start == 0 { 0 } else { at.div_euclid(frame) + i64::from(at.rem_euclid(frame) != 0) };
        self.number * frame
    }

    fn hear(&mut self, score: f32) {
        if self.owned.contains(&self.number) {
            let missing = usize::try_from(self.number - self.voice.first).unwrap_or(0);
            if missing > self.voice.likely.len() {
                self.voice.likely.resize(missing, 0.0);
            }
            self.voice.likely.push(score);
        }
        self.number += 1;
    }
}

impl Voice {
    pub(super) fn append(&mut self, later: Self) {
        super::append(self.first, &mut self.likely, later.first, later.likely, 0.0);
    }

    /// Speech and pauses, which together cover `span`.
    pub(super) fn stretches(&self, span: Span) -> (Vec<Span>, Vec<Span>) {
        let speech = self.speech(span);
        let pauses = complement(&speech, span);
        (speech, pauses)
    }

    /// The likelihoods for printing.
    pub(super) fn curve(&self) -> Curve {
        // Pairs lie on the media's time line too, so that a part's curve is a piece of the whole one.
        let odd = self.first.rem_euclid(FRAMES_PER_VALUE as i64) as usize;
        let (head, rest) = self.likely.split_at(odd.min(self.likely.len()));
        let mean = |scores: &[f32]| scores.iter().sum::<f32>() / scores.len().max(1) as f32;
        let values = (!head.is_empty()).then_some(head).into_iter().chain(rest.chunks(FRAMES_PER_VALUE));
        Curve {
            start: round_micros((self.first - odd as i64) as f64 * STEP),
            step: STEP * FRAMES_PER_VALUE as f64,
            values: values.map(|scores| (mean(scores) * 1000.0).round() / 1000.0).collect(),
        }
    }

    fn speech(&self, span: Span) -> Vec<Span> {
        let mut raw: Vec<Span> = Vec::new();
        let mut begun: Option<f64> = None;
        for (index, score) in self.likely.iter().chain([&0.0]).enumerate() {
            let time = (self.first + index as i64) as f64 * STEP;
            match begun {
                None if *score >= BEGIN => begun = Some(time),
                Some(start) if *score < END => {
                    raw.push(Span::new((start - LATE_BEGIN).max(span.start), (time - LATE_END).max(start)));
                    begun = None;
                }
                _ => {}
            }
        }
        let mut joined: Vec<Span> = Vec::new();
        for stretch in raw {
            match joined.last_mut() {
                Some(last) if stretch.start - last.end < SHORTEST_PAUSE => last.end = stretch.end,
                _ => joined.push(stretch),
            }
        }
        joined.retain(|stretch| stretch.duration() >= SHORTEST_SPEECH && stretch.start < span.end);
        for stretch in &mut joined {
            *stretch = Span::new(round_micros(stretch.start), round_micros(stretch.end.min(span.end)));
        }
        joined
    }
}

fn complement(speech: &[Span], span: Span) -> Vec<Span> {
    let mut pauses = Vec::new();
    let mut from = span.start;
    for stretch in speech.iter().copied().chain([Span::new(span.end, span.end)]) {
        if stretch.start - from >= SHORTEST_PAUSE {
            pauses.push(Span::new(from, stretch.start));
        }
        from = stretch.end;
    }
    pauses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_pauses_are_bridged_and_clicks_dropped() {
        let frames = |count: f64, score: f32| vec![score; (count / STEP).round() as usize];
        let likely = [
            frames(1.0, 0.0),
            frames(0.5, 0.9),
            frames(0.1, 0.1),
            frames(0.5, 0.9),
            frames(1.0, 0.0),
            frames(0.05, 0.9),
            frames(1.0, 0.0),
        ]
        .concat();
        let (speech, pauses) = Voice { first: 0, likely }.stretches(Span::new(0.0, 4.15));
        assert_eq!(speech.len(), 1, "{speech:?}");
        assert!((speech[0].start - (1.0 - LATE_BEGIN)).abs() < STEP && (speech[0].end - (2.1 - LATE_END)).abs() < STEP);
        assert_eq!(pauses.len(), 2);
        assert_eq!((pauses[0].start, pauses[1].end), (0.0, 4.15));
    }

    #[test]
    fn no_speech_is_one_pause() {
        let (speech, pauses) = Voice::default().stretches(Span::new(2.0, 5.0));
        assert_eq!((speech.len(), pauses), (0, vec![Span::new(2.0, 5.0)]));
    }

    #[test]
    fn a_piece_of_a_curve_is_the_curve_of_a_piece() {
        let likely: Vec<f32> = (0..20).map(|n| n as f32 / 20.0).collect();
        let whole = Voice { first: 0, likely: likely.clone() }.curve();
        let piece = Voice { first: 6, likely: likely[6..].to_vec() }.curve();
        assert_eq!(piece.values, whole.values[3..]);
        assert!((piece.start - 3.0 * whole.step).abs() < 1e-9);
    }
}
