//! Who speaks when: the `earshot` voice activity detector, smoothed into stretches of speech and pauses.

use earshot::Detector;

use crate::time::{Span, round_micros};

/// Sample rate that the detector wants, in Hz.
pub(super) const RATE: u32 = 16_000;

/// Samples in one frame of the detector.
const FRAME: usize = 256;

/// Seconds in one frame.
const STEP: f64 = FRAME as f64 / RATE as f64;

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

/// Hears mono sound at [`RATE`] and remembers how likely each frame is speech.
pub(super) struct Listener {
    detector: Box<Detector>,
    frame: Vec<f32>,
    next: i64,
    likely: Vec<f32>,
}

impl Listener {
    pub(super) fn new() -> Self {
        Self { detector: Box::default(), frame: Vec::with_capacity(FRAME), next: 0, likely: Vec::new() }
    }

    /// Hear samples whose first stands at position `at`. Gaps count as silence, overlaps once.
    pub(super) fn push(&mut self, at: i64, samples: &[f32]) {
        let overlap = usize::try_from(self.next - at).unwrap_or(0);
        let gap_frames = ((at - self.next).max(0) / FRAME as i64).min(LONGEST_GAP);
        for _ in 0..gap_frames {
            self.likely.push(0.0);
        }
        self.next = self.next.max(at + samples.len() as i64);
        for sample in samples.get(overlap..).unwrap_or(&[]) {
            self.frame.push(if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 });
            if self.frame.len() == FRAME {
                let power = self.frame.iter().map(|s| s * s).sum::<f32>() / FRAME as f32;
                let score = self.detector.predict_f32(&self.frame);
                self.likely.push(if power.sqrt() < QUIET { 0.0 } else { score });
                self.frame.clear();
            }
        }
    }

    /// Speech and pauses, which together cover 0 to `duration`.
    pub(super) fn finish(self, duration: f64) -> (Vec<Span>, Vec<Span>) {
        let speech = smooth(&self.likely, duration);
        let pauses = complement(&speech, duration);
        (speech, pauses)
    }
}

fn smooth(likely: &[f32], duration: f64) -> Vec<Span> {
    let mut raw: Vec<Span> = Vec::new();
    let mut begun: Option<f64> = None;
    for (index, score) in likely.iter().chain([&0.0]).enumerate() {
        let time = index as f64 * STEP;
        match begun {
            None if *score >= BEGIN => begun = Some(time),
            Some(start) if *score < END => {
                raw.push(Span::new((start - LATE_BEGIN).max(0.0), (time - LATE_END).max(start)));
                begun = None;
            }
            _ => {}
        }
    }
    let mut joined: Vec<Span> = Vec::new();
    for span in raw {
        match joined.last_mut() {
            Some(last) if span.start - last.end < SHORTEST_PAUSE => last.end = span.end,
            _ => joined.push(span),
        }
    }
    joined.retain(|span| span.duration() >= SHORTEST_SPEECH && span.start < duration);
    for span in &mut joined {
        *span = Span::new(round_micros(span.start), round_micros(span.end.min(duration)));
    }
    joined
}

fn complement(speech: &[Span], duration: f64) -> Vec<Span> {
    let mut pauses = Vec::new();
    let mut from = 0.0;
    for span in speech.iter().copied().chain([Span::new(duration, duration)]) {
        if span.start - from >= SHORTEST_PAUSE {
            pauses.push(Span::new(from, span.start));
        }
        from = span.end;
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
        let speech = smooth(&likely, 4.15);
        assert_eq!(speech.len(), 1, "{speech:?}");
        assert!((speech[0].start - (1.0 - LATE_BEGIN)).abs() < STEP && (speech[0].end - (2.1 - LATE_END)).abs() < STEP);
        let pauses = complement(&speech, 4.15);
        assert_eq!(pauses.len(), 2);
        assert_eq!((pauses[0].start, pauses[1].end), (0.0, 4.15));
    }

    #[test]
    fn no_speech_is_one_pause() {
        assert_eq!(complement(&[], 3.0), [Span::new(0.0, 3.0)]);
    }
}
