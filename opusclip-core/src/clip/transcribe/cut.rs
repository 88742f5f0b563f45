//! Sound cut into pieces where nobody speaks.

use std::collections::VecDeque;

use super::chunk::{AudioChunk, RATE, level};
use crate::time::round_micros;

/// Samples that are looked at together: 10 ms.
const FRAME: usize = RATE as usize / 100;
/// A piece may be this much shorter than the longest, in seconds, and at most by a third, to end in a good pause.
const WINDOW: usize = 60;
/// Frames at most this much above the quiet ones, in dB, and this share of the way to the loud ones, are a pause.
const ABOVE_QUIET: f32 = 10.0;
const SHARE: f32 = 0.35;
/// With less between the quiet and the loud frames than this, in dB, there are no pauses.
const RANGE: f32 = 6.0;
/// The shortest pause, in frames.
const PAUSE: usize = 8;
/// Where there is no pause, the quietest stretch of so many frames is cut.
const QUIETEST: usize = 20;
/// A piece ends where the sound is interrupted for longer than this, in samples: two seconds.
const GAP: i64 = 2 * RATE as i64;

/// Gathers samples on the media's time line and cuts them.
pub(super) struct Cutter {
    /// Samples of the longest piece.
    most: usize,
    /// Position of the first of `samples`.
    start: i64,
    samples: Vec<f32>,
    ready: VecDeque<AudioChunk>,
}

impl Cutter {
    pub(super) fn new(seconds: f64) -> Self {
        let most = ((seconds * f64::from(RATE)) as usize).max(RATE as usize);
        Self { most, start: 0, samples: Vec::new(), ready: VecDeque::new() }
    }

    /// Take samples whose first stands at position `at`. Short gaps are silence; what comes twice counts once, and what
    /// lies before the beginning of the media not at all.
    pub(super) fn push(&mut self, at: i64, samples: &[f32]) {
        if self.samples.is_empty() {
            self.start = at.max(0);
        }
        let gap = at - (self.start + self.samples.len() as i64);
        if gap > GAP {
            self.finish();
            self.start = at;
        } else {
            self.samples.resize(self.samples.len() + usize::try_from(gap).unwrap_or(0), 0.0);
        }
        let known = usize::try_from(-gap).unwrap_or(0);
        self.samples.extend_from_slice(samples.get(known..).unwrap_or_default());
        while self.samples.len() >= self.most {
            let rest = self.samples.split_off(pause(&self.samples[..self.most]));
            self.end_piece(rest);
        }
    }

    /// No more samples follow the last ones.
    pub(super) fn finish(&mut self) {
        if !self.samples.is_empty() {
            self.end_piece(Vec::new());
        }
    }

    /// The next piece that is whole.
    pub(super) fn next(&mut self) -> Option<AudioChunk> {
        self.ready.pop_front()
    }

    fn end_piece(&mut self, rest: Vec<f32>) {
        let samples = std::mem::replace(&mut self.samples, rest);
        let end = self.start + samples.len() as i64;
        let seconds = |position: i64| round_micros(position as f64 / f64::from(RATE));
        self.ready.push_back(AudioChunk { start: seconds(self.start), end: seconds(end), sample_rate: RATE, samples });
        self.start = end;
    }
}

/// The place near the end of some samples where a cut hurts least: the middle of the longest pause.
fn pause(samples: &[f32]) -> usize {
    let window = (WINDOW * RATE as usize).min(samples.len() / 3);
    let first = samples.len() - window;
    let levels: Vec<f32> = samples[first..].chunks(FRAME).map(level).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let at = |share: f32| sorted.get((share * sorted.len() as f32) as usize).copied().unwrap_or_default();
    let (quiet, loud) = (at(0.1), at(0.9));
    let threshold = quiet + ABOVE_QUIET.min((loud - quiet) * SHARE);
    let run = if loud - quiet < RANGE { 0..0 } else { longest(&levels, threshold) };
    let middle = if run.len() >= PAUSE { (run.start + run.end) / 2 } else { quietest(&levels) };
    // Never nothing, so that pieces end.
    (first + middle * FRAME).clamp(1, samples.len())
}

/// The longest run of frames that are this quiet; of equally long ones the last.
fn longest(levels: &[f32], threshold: f32) -> std::ops::Range<usize> {
    let (mut best, mut begin) = (0..0, 0);
    for (n, level) in levels.iter().enumerate() {
        if *level > threshold {
            begin = n + 1;
        } else if n + 1 - begin >= best.len() {
            best = begin..n + 1;
        }
    }
    best
}

/// The middle of the quietest stretch.
fn quietest(levels: &[f32]) -> usize {
    let sums = levels.windows(QUIETEST.min(levels.len().max(1))).map(|window| window.iter().sum::<f32>());
    let best = sums.enumerate().min_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    best.map_or(levels.len(), |(n, _)| n + QUIETEST / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A voice that is loud and not so loud, with rests of room noise: seconds of voice, then of rest.
    fn talk(turns: &[(f64, f64)]) -> (Vec<f32>, Vec<(f64, f64)>) {
        let (mut samples, mut rests): (Vec<f32>, Vec<(f64, f64)>) = (Vec::new(), Vec::new());
        let mut noise = 1u32;
        let mut random = move || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        for (voice, rest) in turns {
            for n in 0..(voice * 16_000.0) as usize {
                let syllable = 0.02 + 0.2 * ((n as f32 / 16_000.0) * 12.0).sin().abs();
                samples.push(syllable * random());
            }
            let begin = samples.len() as f64 / 16_000.0;
            samples.extend((0..(rest * 16_000.0) as usize).map(|_| 0.001 * random()));
            rests.push((begin, samples.len() as f64 / 16_000.0));
        }
        (samples, rests)
    }

    fn pieces(samples: &[f32], seconds: f64) -> Vec<AudioChunk> {
        let mut cutter = Cutter::new(seconds);
        for (n, block) in samples.chunks(1000).enumerate() {
            cutter.push(n as i64 * 1000, block);
        }
        cutter.finish();
        std::iter::from_fn(|| cutter.next()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn cuts_lie_in_rests_and_nothing_is_lost(turns in prop::collection::vec((0.5f64..2.0, 0.15f64..0.6), 20..40)) {
            let (samples, rests) = talk(&turns);
            let made = pieces(&samples, 10.0);
            prop_assert!(made.len() >= 2);
            for pair in made.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
                let cut = pair[0].end;
                prop_assert!(rests.iter().any(|(a, b)| *a - 0.01 <= cut && cut <= *b + 0.01), "cut at {} in {:?}", cut, rests);
            }
            prop_assert!(made.iter().all(|chunk| chunk.samples.len() <= 160_000));
            let all: Vec<f32> = made.into_iter().flat_map(|chunk| chunk.samples).collect();
            prop_assert!(all == samples);
        }
    }

    #[test]
    fn the_longest_rest_near_the_end_is_taken() {
        let (samples, rests) = talk(&[(6.8, 0.2), (0.8, 0.5), (0.8, 0.2), (3.0, 0.2)]);
        let cut = pieces(&samples, 10.0)[0].end;
        assert!((cut - (rests[1].0 + rests[1].1) / 2.0).abs() < 0.05, "{cut}");
    }

    #[test]
    fn sound_without_any_pause_is_cut_all_the_same() {
        let made = pieces(&vec![0.1; 16_000 * 25], 10.0);
        assert_eq!(made.iter().map(|chunk| chunk.samples.len()).sum::<usize>(), 16_000 * 25);
        assert!(made.len() >= 3 && made.iter().all(|chunk| chunk.samples.len() >= 16_000 * 4));
    }

    #[test]
    fn gaps_and_overlaps_keep_the_time_line() {
        let mut cutter = Cutter::new(60.0);
        cutter.push(-100, &[0.5; 300]);
        cutter.push(400, &[0.5; 100]);
        cutter.push(450, &[0.25; 100]);
        cutter.push(16_000 * 3600, &[0.5; 16_000]);
        cutter.finish();
        let (first, second) = (cutter.next().unwrap(), cutter.next().unwrap());
        assert_eq!((first.start, first.samples.len(), first.samples[199], first.samples[300]), (0.0, 550, 0.5, 0.0));
        assert_eq!(first.samples[499..501], [0.5, 0.25]);
        assert_eq!((second.start, second.end), (3600.0, 3601.0));
        assert!(cutter.next().is_none());
    }
}
