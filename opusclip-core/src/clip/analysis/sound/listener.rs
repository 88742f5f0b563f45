//! What is noticed of each frame of 16 ms: how loud it is, how much it sounds like a voice to the `earshot` detector, and
//! which tones are in it. All else about speech and music is concluded from that, when all frames are together.

use std::ops::Range;

use earshot::Detector;
use serde::{Deserialize, Serialize};

use super::mono::{FRAME, FRAME_IN, Mono, RATE};
use super::tones::{self, PeakFinder, Peaks};
use crate::error::Result;

/// Seconds in one frame and in one step of [`tones`].
pub(super) const STEP: f64 = FRAME as f64 / RATE as f64;
pub(super) const TONE_STEP: f64 = STEP * tones::FRAMES as f64;

/// What counts as certain in [`Frames::scores`].
pub(super) const FULL_SCORE: f32 = 1000.0;

/// Level 0 in [`Frames::levels`], in dBFS, and levels in a decibel.
pub(super) const LOWEST_LEVEL: f32 = -100.0;
pub(super) const LEVELS: f32 = 2.0;

/// Frames on the media's time line, as whole numbers: frame `n` begins at `n * STEP`, and tones are counted in steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frames {
    /// Number of the first frame.
    pub(super) first: i64,
    /// What the detector says, 0 to [`FULL_SCORE`]. It looks back over its frames, so it is late.
    pub(super) scores: Vec<u16>,
    /// RMS in steps of half a decibel above [`LOWEST_LEVEL`].
    pub(super) levels: Vec<u8>,
    /// Number of the first step.
    pub(super) first_step: i64,
    /// How many peaks the spectrum of each step has, ...
    pub(super) peaks: Vec<u8>,
    /// ... how many of them have stood for a while, ...
    pub(super) steady: Vec<u8>,
    /// ... and for a longer while.
    pub(super) held: Vec<u8>,
}

/// Hears interleaved stereo sound at the rate of [`crate::clip::media`].
pub(super) struct Listener {
    mono: Mono,
    detector: Box<Detector>,
    tones: PeakFinder,
    /// Frames and steps that count; what lies before them only warms up.
    owned: Range<i64>,
    owned_steps: Range<i64>,
    /// Samples of a frame that is not whole yet.
    waiting: Vec<f32>,
    /// Number of that frame.
    number: i64,
    /// Position of the next sample; `None` before the first.
    next: Option<i64>,
    frames: Frames,
}

impl Listener {
    pub(super) fn of(owned: Range<i64>, owned_steps: Range<i64>) -> Self {
        Self {
            mono: Mono::new(),
            detector: Detector::default_boxed(),
            tones: PeakFinder::new(),
            frames: Frames { first: owned.start, first_step: owned_steps.start, ..Frames::default() },
            owned,
            owned_steps,
            waiting: Vec::with_capacity(2 * FRAME_IN),
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
        self.next = Some(next.max(at + (samples.len() / 2) as i64));
        let silence = [0.0; 2 * FRAME_IN];
        let mut gap = usize::try_from(at - next).unwrap_or(0).saturating_mul(2);
        while gap > 0 && !self.is_done() {
            let now = gap.min(silence.len());
            self.take(&silence[..now]);
            gap -= now;
        }
        let overlap = usize::try_from(next - at).unwrap_or(0).saturating_mul(2);
        self.take(samples.get(overlap..).unwrap_or(&[]));
        Ok(())
    }

    /// What was noticed. A last frame that is not whole counts for nothing.
    pub(super) fn finish(mut self) -> Frames {
        // The spectrum of the last step reaches beyond the sound.
        let heard = self.number;
        while self.number < heard + 2 {
            self.look_for_tones(&[0.0; FRAME], heard);
        }
        self.frames
    }

    /// Frames lie on the media's time line: the first one begins at the border before the first sample, with silence.
    /// That must not depend on what is owned, or detectors would remember something else in each part.
    fn begin(&mut self, at: i64) -> i64 {
        let frame = FRAME_IN as i64;
        self.number = at.div_euclid(frame);
        self.number * frame
    }

    /// Whether nothing that comes can count any more.
    fn is_done(&self) -> bool {
        self.number >= self.owned.end && self.number / tones::FRAMES as i64 > self.owned_steps.end
    }

    fn take(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() && !self.is_done() {
            let room = 2 * FRAME_IN - self.waiting.len();
            let (now, later) = samples.split_at(room.min(samples.len()));
            self.waiting.extend_from_slice(now);
            samples = later;
            if self.waiting.len() == 2 * FRAME_IN {
                self.hear();
                self.waiting.clear();
            }
        }
    }

    fn hear(&mut self) {
        let frame = *self.mono.frame(&self.waiting);
        let score = self.detector.predict_f32(&frame);
        if self.owned.contains(&self.number) {
            let power = frame.iter().map(|value| value * value).sum::<f32>() / FRAME as f32;
            let level = (10.0 * power.log10() - LOWEST_LEVEL) * LEVELS;
            let place = usize::try_from(self.number - self.frames.first).unwrap_or(0);
            put(&mut self.frames.scores, place, (score * FULL_SCORE).round() as u16);
            put(&mut self.frames.levels, place, level.round() as u8);
        }
        self.look_for_tones(&frame, i64::MAX);
    }

    /// Count the peaks of the step that ends one frame before this one, if it is of the first `heard` frames.
    fn look_for_tones(&mut self, frame: &[f32; FRAME], heard: i64) {
        self.tones.push(frame);
        let of_step = tones::FRAMES as i64;
        if self.number.rem_euclid(of_step) == 0 {
            let found = self.tones.peaks();
            let step = self.number.div_euclid(of_step) - 1;
            if self.owned_steps.contains(&step) && step * of_step < heard {
                self.put_peaks(step, found);
            }
        }
        self.number += 1;
    }

    fn put_peaks(&mut self, step: i64, found: Peaks) {
        let frames = &mut self.frames;
        let place = usize::try_from(step - frames.first_step).unwrap_or(0);
        put(&mut frames.peaks, place, found.all);
        put(&mut frames.steady, place, found.steady);
        put(&mut frames.held, place, found.held);
    }
}

impl Frames {
    /// What was noticed after this.
    pub(super) fn append(&mut self, later: Self) {
        super::append(self.first, &mut self.scores, later.first, later.scores, 0);
        super::append(self.first, &mut self.levels, later.first, later.levels, 0);
        super::append(self.first_step, &mut self.peaks, later.first_step, later.peaks, 0);
        super::append(self.first_step, &mut self.steady, later.first_step, later.steady, 0);
        super::append(self.first_step, &mut self.held, later.first_step, later.held, 0);
    }
}

/// Put a value at a place behind all others; what lies between is silent.
fn put<T: Copy + Default>(values: &mut Vec<T>, place: usize, value: T) {
    if place > values.len() {
        values.resize(place, T::default());
    }
    values.push(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::media::SAMPLE_RATE;

    const ALL: Range<i64> = 0..i64::MAX;

    /// Something with tones and noise in it that is nowhere the same.
    fn sound(seconds: f64) -> Vec<f32> {
        let mut state = 7u32;
        (0..(f64::from(SAMPLE_RATE) * seconds) as usize)
            .flat_map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let time = n as f32 / SAMPLE_RATE as f32;
                let tone = (time * std::f32::consts::TAU * 330.0 * (1.0 + (time * 0.7).floor() * 0.1)).sin();
                let value = 0.2 * tone + 0.05 * (state >> 16) as f32 / 65_536.0;
                [value, value * 0.5]
            })
            .collect()
    }

    fn heard(mut listener: Listener, at: i64, samples: &[f32]) -> Frames {
        // In pieces as odd as those of a decoder.
        let mut at = at;
        for piece in samples.chunks(2 * 1024) {
            listener.push(at, piece).unwrap();
            at += (piece.len() / 2) as i64;
        }
        listener.finish()
    }

    #[test]
    fn levels_are_those_of_one_channel() {
        let sine = |n: usize| 0.1 * (n as f32 * 1000.0 * std::f32::consts::TAU / SAMPLE_RATE as f32).sin();
        let stereo: Vec<f32> = (0..SAMPLE_RATE as usize).flat_map(|n| [sine(n), sine(n)]).collect();
        let frames = heard(Listener::of(ALL, ALL), 0, &stereo);
        assert_eq!((frames.scores.len(), frames.levels.len(), frames.peaks.len()), (62, 62, 31));
        // -23 dB RMS in both channels, and 3 dB more together.
        assert!(frames.levels[1..].iter().all(|level| *level == 160), "{:?}", frames.levels);
        assert!(frames.held[8..30].iter().zip(&frames.peaks[8..30]).all(|counts| counts == (&1, &1)));
    }

    /// Whoever warms up for a second notices the same from then on, wherever the border between two listeners lies.
    #[test]
    fn listeners_one_after_the_other_hear_what_one_hears() {
        let samples = sound(6.0);
        let whole = heard(Listener::of(ALL, ALL), 0, &samples);
        for border in [187, 188, 250] {
            let step = (border + 1) / 2;
            let early = heard(Listener::of(0..border, 0..step), 0, &samples);
            let begin = 2 * (border as usize * FRAME_IN - SAMPLE_RATE as usize - 11);
            let late = Listener::of(border..i64::MAX, step..i64::MAX);
            let late = heard(late, (begin / 2) as i64, &samples[begin..]);
            let mut joined = early;
            joined.append(late);
            assert_eq!((joined.levels.len(), &joined.levels), (375, &whole.levels));
            assert_eq!((&joined.peaks, &joined.steady, &joined.held), (&whole.peaks, &whole.steady, &whole.held));
            // The detector remembers such a sound for many seconds. That is why what it hears begins with the chunk.
            let apart: Vec<u16> = joined.scores.iter().zip(&whole.scores).map(|(a, b)| a.abs_diff(*b)).collect();
            assert!(apart.iter().all(|apart| *apart < 200), "{border}: {apart:?}");
        }
    }

    #[test]
    fn gaps_are_silent_and_overlaps_are_heard_once() {
        let samples = sound(2.0);
        let half = samples.len() / 2;
        let mut listener = Listener::of(ALL, ALL);
        listener.push(0, &samples[..half]).unwrap();
        listener.push(24_000, &samples[half / 2..]).unwrap();
        assert_eq!(listener.finish(), heard(Listener::of(ALL, ALL), 0, &samples));
        let mut listener = Listener::of(ALL, ALL);
        listener.push(0, &samples[..half]).unwrap();
        listener.push(3 * 48_000, &samples[half..]).unwrap();
        let frames = listener.finish();
        assert_eq!(frames.levels.len(), 250);
        assert!(frames.levels[64..187].iter().all(|level| *level == 0));
        assert!(frames.levels[188..].iter().all(|level| *level > 100));
        // What begins late is heard alike, whatever is owned.
        let late = |from| heard(Listener::of(from..i64::MAX, from..i64::MAX), 10_000, &samples);
        let (whole, part) = (late(0), late(40));
        assert_eq!((whole.scores.len(), &whole.scores[40..]), (138, &part.scores[..]));
        assert_eq!((whole.levels[12], &whole.levels[40..]), (0, &part.levels[..]));
        // A gap beyond all that counts costs nothing.
        let mut listener = Listener::of(0..100, 0..50);
        listener.push(0, &samples[..half]).unwrap();
        listener.push(i64::MAX / 4, &samples[half..]).unwrap();
        assert_eq!(listener.finish().levels.len(), 100);
    }
}
