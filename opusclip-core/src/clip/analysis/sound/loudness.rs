//! Loudness and peaks: the `ebur128` crate filters (EBU R 128, ITU-R BS.1770-4) and finds true peaks; the gates and
//! windows over its blocks are here, so that stretches measured apart add up to the same figures as measured in one go.

use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};

use super::super::{Curve, Loudness};
use super::smooth::{between, stretches};
use crate::clip::media::SAMPLE_RATE;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// Blocks a second.
pub(super) const BLOCKS_PER_SECOND: i64 = 10;

/// Samples a channel in one block.
const BLOCK: usize = (SAMPLE_RATE as i64 / BLOCKS_PER_SECOND) as usize;

/// Loudness is `OFFSET + 10 log10` of a mean square (BS.1770-4).
const OFFSET: f64 = -0.691;

/// Blocks of a momentary (400 ms) and of a short-term (3 s) value.
const MOMENTARY: usize = 4;
const SHORT_TERM: usize = 30;

/// Quieter windows count for nothing, in LUFS.
const ABSOLUTE_GATE: f64 = -70.0;
/// Windows this much under the mean of all do not count for the integrated loudness (BS.1770-4), in LU.
const RELATIVE_GATE: f64 = 10.0;
/// The same for the loudness range (EBU Tech 3342), and the share of windows it leaves out at either end.
const RANGE_GATE: f64 = 20.0;
const RANGE_ENDS: (f64, f64) = (0.10, 0.95);

/// No true peak is higher than this many times the highest sample: the sum of the moduli of the coefficients of the
/// interpolator (BS.1770-4, annex 2) stays below it in every phase.
const MOST_OVERSHOOT: f32 = 2.5;

/// The interpolator looks back fewer samples than these, of both channels.
const TAIL: usize = 64;

/// A block of both channels with what lies before it, and what is interpolated at a time: 10 ms.
const WHOLE: usize = TAIL + 2 * BLOCK;
const PIECE: usize = 2 * BLOCK / 10;

/// Quieter than this is silence, in LUFS; shorter stretches of it are only breaths, in seconds.
const SILENCE: f32 = -60.0;
const SHORTEST_SILENCE: f64 = 0.5;

/// Gaps longer than this are not measured block by block, in samples a channel: a jump in a damaged file's times must not
/// cost minutes of silence.
const LONGEST_GAP: i64 = 600 * SAMPLE_RATE as i64;

/// What was measured of a stretch: blocks of 100 ms on the media's time line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blocks {
    /// Number of the first block; block `n` begins at `n / 10` s.
    pub(super) first: i64,
    /// Mean square of the K-weighted channels, added up.
    pub(super) power: Vec<f32>,
    /// Highest true peak, 1 is full scale.
    pub(super) peak: f32,
}

/// Measures interleaved stereo sound at [`SAMPLE_RATE`].
pub(crate) struct Meter {
    filter: EbuR128,
    peaks: EbuR128,
    /// Blocks that count; what lies before them only warms up.
    owned: std::ops::Range<i64>,
    /// The last samples of the block before, and the block.
    block: Vec<f32>,
    /// Number of the block that is being filled.
    number: i64,
    /// Position of the next sample; `None` before the first.
    next: Option<i64>,
    blocks: Blocks,
}

impl Meter {
    /// A meter that has heard nothing and counts from position 0.
    pub(crate) fn new() -> Result<Self> {
        Self::of(0..i64::MAX)
    }

    /// A meter whose blocks outside of `owned` only warm it up.
    pub(super) fn of(owned: std::ops::Range<i64>) -> Result<Self> {
        let meter = |mode| EbuR128::new(2, SAMPLE_RATE, mode).map_err(failed);
        Ok(Self {
            filter: meter(Mode::M)?,
            peaks: meter(Mode::TRUE_PEAK)?,
            blocks: Blocks { first: owned.start, ..Blocks::default() },
            owned,
            block: vec![0.0; TAIL],
            number: 0,
            next: None,
        })
    }

    /// Hear samples whose first stands at position `at`. Gaps count as silence, overlaps once.
    pub(crate) fn push(&mut self, at: i64, samples: &[f32]) -> Result<()> {
        let next = match self.next {
            Some(next) => next,
            None => self.begin(at),
        };
        let overlap = usize::try_from(next - at).unwrap_or(0).saturating_mul(2);
        let gap = (at - next).clamp(0, LONGEST_GAP);
        for _ in 0..gap {
            self.take(&[0.0, 0.0])?;
        }
        self.next = Some(next.max(at + (samples.len() / 2) as i64));
        self.take(samples.get(overlap..).unwrap_or(&[]))
    }

    /// Hear the samples that follow.
    pub(crate) fn append(&mut self, samples: &[f32]) -> Result<()> {
        self.push(self.next.unwrap_or(0), samples)
    }

    /// The blocks of all that was heard; the last one is filled up with silence.
    pub(super) fn blocks(mut self) -> Result<Blocks> {
        if self.block.len() > TAIL {
            self.block.resize(WHOLE, 0.0);
            self.measure_block()?;
        }
        Ok(self.blocks)
    }

    /// The figures of all that was heard.
    pub(crate) fn finish(self) -> Result<Loudness> {
        Ok(self.blocks()?.loudness())
    }

    /// Blocks lie on the media's time line; silence stands for what the first one lacks.
    fn begin(&mut self, at: i64) -> i64 {
        self.number = at.div_euclid(BLOCK as i64);
        self.number * BLOCK as i64
    }

    fn take(&mut self, mut samples: &[f32]) -> Result<()> {
        while !samples.is_empty() {
            let room = WHOLE - self.block.len();
            let (now, later) = samples.split_at(room.min(samples.len()));
            self.block.extend_from_slice(now);
            samples = later;
            if self.block.len() == WHOLE {
                self.measure_block()?;
            }
        }
        Ok(())
    }

    fn measure_block(&mut self) -> Result<()> {
        // A damaged stream can decode to NaN, which would poison every later figure.
        for value in self.block.iter_mut().filter(|value| !value.is_finite()) {
            *value = 0.0;
        }
        if self.number < self.owned.end {
            self.filter.add_frames_f32(&self.block[TAIL..]).map_err(failed)?;
        }
        if self.owned.contains(&self.number) {
            let loudness = self.filter.loudness_window(100).map_err(failed)?;
            self.fill(self.number);
            self.blocks.power.push(10f64.powf((loudness - OFFSET) / 10.0) as f32);
            self.measure_peak()?;
        }
        self.block.copy_within(WHOLE - TAIL.., 0);
        self.block.truncate(TAIL);
        self.number += 1;
        Ok(())
    }

    /// Interpolating is the slow part of measuring, so pieces that cannot raise the peak are left out.
    fn measure_peak(&mut self) -> Result<()> {
        for at in (0..WHOLE - TAIL).step_by(PIECE) {
            let piece = &self.block[at..at + TAIL + PIECE];
            let highest = piece.iter().fold(0.0f32, |most, value| most.max(value.abs()));
            if highest * MOST_OVERSHOOT <= self.blocks.peak {
                continue;
            }
            let (before, piece) = piece.split_at(TAIL);
            self.peaks.reset();
            self.peaks.seed_frames_f32(before).map_err(failed)?;
            self.peaks.add_frames_f32(piece).map_err(failed)?;
            for channel in 0..2 {
                let peak = self.peaks.true_peak(channel).map_err(failed)? as f32;
                self.blocks.peak = self.blocks.peak.max(peak);
            }
        }
        Ok(())
    }

    /// Blocks before the first sound are silent.
    fn fill(&mut self, number: i64) {
        let missing = usize::try_from(number - self.blocks.first).unwrap_or(0);
        if missing > self.blocks.power.len() {
            self.blocks.power.resize(missing, 0.0);
        }
    }
}

impl Blocks {
    pub(super) fn append(&mut self, later: Self) {
        self.peak = self.peak.max(later.peak);
        super::append(self.first, &mut self.power, later.first, later.power, 0.0);
    }

    /// Stretches of `span` that are silent; so is all before the first block and behind the last one.
    pub(super) fn silence(&self, span: Span) -> Vec<Span> {
        let time = |place: usize| (self.first + place as i64) as f64 / BLOCKS_PER_SECOND as f64;
        let levels = self.power.iter().map(|power| decibels(f64::from(*power)) as f32);
        let heard = stretches(levels, (SILENCE, SILENCE), 0.0, time);
        between(&heard, span, SHORTEST_SILENCE - 1e-6).into_iter().map(Span::rounded).collect()
    }

    /// Figures over all blocks.
    pub(super) fn loudness(&self) -> Loudness {
        let start = self.first as f64 / BLOCKS_PER_SECOND as f64;
        let curve = |window| {
            let values = self.windows(window).map(|power| rounded(decibels(power))).collect();
            Curve { start, step: Loudness::STEP, values }
        };
        Loudness {
            integrated: self.integrated(),
            range: self.range(),
            true_peak: (self.peak > 0.0).then(|| 20.0 * f64::from(self.peak).log10()),
            momentary: curve(MOMENTARY),
            short_term: curve(SHORT_TERM),
        }
    }

    /// Mean power of the last `length` blocks at each block; what lies before the first one is silent.
    fn windows(&self, length: usize) -> impl Iterator<Item = f64> {
        (0..self.power.len()).map(move |at| {
            let from = (at + 1).saturating_sub(length);
            self.power[from..=at].iter().map(|power| f64::from(*power)).sum::<f64>() / length as f64
        })
    }

    /// BS.1770-4: the mean of all windows above the absolute gate, then of those near that mean or above it.
    fn integrated(&self) -> Option<f64> {
        let heard = self.gated(MOMENTARY);
        let gate = decibels(mean(&heard)?) - RELATIVE_GATE;
        let near: Vec<f64> = heard.into_iter().filter(|power| decibels(*power) > gate).collect();
        Some(decibels(mean(&near)?)).filter(|value| *value > ABSOLUTE_GATE)
    }

    /// EBU Tech 3342: the distance between two percentiles of the short-term loudness.
    fn range(&self) -> f64 {
        let heard = self.gated(SHORT_TERM);
        let Some(mean) = mean(&heard) else { return 0.0 };
        let gate = decibels(mean) - RANGE_GATE;
        let mut near: Vec<f64> = heard.into_iter().map(decibels).filter(|value| *value >= gate).collect();
        near.sort_by(f64::total_cmp);
        let at = |share: f64| near.get((share * near.len().saturating_sub(1) as f64).round() as usize).copied();
        at(RANGE_ENDS.1).zip(at(RANGE_ENDS.0)).map_or(0.0, |(high, low)| high - low)
    }

    /// Whole windows above the absolute gate.
    fn gated(&self, length: usize) -> Vec<f64> {
        self.windows(length).skip(length - 1).filter(|power| decibels(*power) > ABSOLUTE_GATE).collect()
    }
}

fn mean(powers: &[f64]) -> Option<f64> {
    (!powers.is_empty()).then(|| powers.iter().sum::<f64>() / powers.len() as f64)
}

fn decibels(power: f64) -> f64 {
    (OFFSET + 10.0 * power.log10()).max(f64::from(Loudness::FLOOR))
}

/// Hundredths of an LU: nobody can hear less, and they are short to print.
fn rounded(value: f64) -> f32 {
    (value * 100.0).round() as f32 / 100.0
}

fn failed(error: ebur128::Error) -> Error {
    Error::new(ErrorCode::Internal, format!("cannot measure loudness: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(samples: &[f32]) -> Loudness {
        let mut meter = Meter::new().unwrap();
        meter.append(samples).unwrap();
        meter.finish().unwrap()
    }

    fn sine(decibels: f32, seconds: f64) -> Vec<f32> {
        let amplitude = 10f32.powf(decibels / 20.0);
        (0..(f64::from(SAMPLE_RATE) * seconds) as usize)
            .flat_map(|n| {
                let value = amplitude * (n as f32 * 997.0 * std::f32::consts::TAU / SAMPLE_RATE as f32).sin();
                [value, value]
            })
            .collect()
    }

    /// EBU Tech 3341, cases 1 and 3: stereo sines of 1 kHz, level by level.
    #[test]
    fn reference_tones_read_their_level() {
        let loudness = measure(&sine(-23.0, 20.0));
        assert!((loudness.integrated.unwrap() + 23.0).abs() < 0.1, "{loudness:?}");
        assert!((loudness.true_peak.unwrap() + 23.0).abs() < 0.2);
        assert_eq!(loudness.momentary.values.len(), 200);
        assert!((loudness.short_term.values[100] + 23.0).abs() < 0.1);
        let gated = [sine(-36.0, 10.0), sine(-23.0, 60.0), sine(-36.0, 10.0)].concat();
        assert!((measure(&gated).integrated.unwrap() + 23.0).abs() < 0.1);
    }

    /// EBU Tech 3342, cases 1 and 2: two levels 10 and 5 LU apart.
    #[test]
    fn the_loudness_range_is_the_distance_of_the_levels() {
        for (quiet, loud, expected) in [(-30.0, -20.0, 10.0), (-20.0, -15.0, 5.0)] {
            let range = measure(&[sine(quiet, 20.0), sine(loud, 20.0)].concat()).range;
            assert!((range - expected).abs() < 1.0, "{quiet} and {loud}: {range}");
        }
    }

    /// A quarter-rate sine whose samples miss its crests by 45 degrees peaks 3 dB above them (EBU Tech 3341, case 17).
    #[test]
    fn peaks_between_samples_count() {
        let wave = [0.5f32, 0.5, -0.5, -0.5].repeat(SAMPLE_RATE as usize / 2);
        let samples: Vec<f32> = wave.iter().flat_map(|v| [*v, *v]).collect();
        let peak = measure(&samples).true_peak.unwrap();
        assert!((-3.4..=-2.8).contains(&peak), "{peak}");
    }

    #[test]
    fn silence_has_no_loudness_and_gaps_count_as_silence() {
        let mut meter = Meter::new().unwrap();
        meter.push(0, &sine(-20.0, 1.0)).unwrap();
        meter.push(5 * i64::from(SAMPLE_RATE), &sine(-20.0, 1.0)).unwrap();
        let loudness = meter.finish().unwrap();
        assert_eq!(loudness.momentary.values.len(), 60);
        assert_eq!(loudness.momentary.values[30], Loudness::FLOOR);
        let silence = measure(&vec![0.0; 96_000]);
        assert_eq!((silence.integrated, silence.true_peak), (None, None));
    }

    /// Whoever warms up for a second measures the same from then on.
    #[test]
    fn a_meter_that_begins_later_agrees() {
        let samples: Vec<f32> = (0..SAMPLE_RATE as usize * 6).map(|n| ((n * n) as f32 * 0.001).sin() * 0.3).collect();
        let whole = { Meter::new().unwrap().heard(0, &samples) };
        let late = { Meter::of(20..30).unwrap().heard(48_000, &samples[96_000..]) };
        assert_eq!((late.first, late.power.len()), (20, 10));
        for (a, b) in late.power.iter().zip(&whole.power[20..]) {
            assert!((a - b).abs() <= b * 1e-4, "{a} {b}");
        }
    }

    impl Meter {
        fn heard(mut self, at: i64, samples: &[f32]) -> Blocks {
            self.push(at, samples).unwrap();
            self.blocks().unwrap()
        }
    }
}
