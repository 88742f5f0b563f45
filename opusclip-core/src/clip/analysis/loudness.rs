//! Loudness and peaks by the `ebur128` crate (EBU R 128, ITU-R BS.1770-4).

use ebur128::{EbuR128, Mode};

use super::Loudness;
use crate::clip::media::SAMPLE_RATE;
use crate::error::{Error, ErrorCode, Result};

/// Samples a channel between two momentary values.
const BLOCK: usize = SAMPLE_RATE as usize / 10;

/// Stretches without sound longer than this are not measured second by second, in samples a channel: a jump in a damaged
/// file's times must not cost minutes of silence.
const LONGEST_GAP: i64 = 600 * SAMPLE_RATE as i64;

/// Measures interleaved stereo sound at [`SAMPLE_RATE`].
pub(crate) struct Meter {
    meter: EbuR128,
    block: Vec<f32>,
    next: i64,
    momentary: Vec<f32>,
}

impl Meter {
    /// A meter that has heard nothing.
    pub(crate) fn new() -> Result<Self> {
        let mode = Mode::I | Mode::M | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM;
        let meter = EbuR128::new(2, SAMPLE_RATE, mode).map_err(failed)?;
        Ok(Self { meter, block: Vec::with_capacity(BLOCK * 2), next: 0, momentary: Vec::new() })
    }

    /// Hear samples whose first stands at position `at`. Gaps count as silence, overlaps once.
    pub(crate) fn push(&mut self, at: i64, samples: &[f32]) -> Result<()> {
        let overlap = usize::try_from(self.next - at).unwrap_or(0).saturating_mul(2);
        let fresh = samples.get(overlap..).unwrap_or(&[]);
        let gap = (at - self.next).clamp(0, LONGEST_GAP);
        for _ in 0..gap {
            self.take(&[0.0, 0.0])?;
        }
        self.next = self.next.max(at + (samples.len() / 2) as i64);
        self.take(fresh)
    }

    /// Hear the samples that follow.
    pub(crate) fn append(&mut self, samples: &[f32]) -> Result<()> {
        self.push(self.next, samples)
    }

    /// The figures of all that was heard.
    pub(crate) fn finish(mut self) -> Result<Loudness> {
        if !self.block.is_empty() {
            self.measure_block()?;
        }
        let integrated = self.meter.loudness_global().map_err(failed)?;
        let peak = (0..2)
            .map(|channel| self.meter.true_peak(channel))
            .try_fold(0.0, |most, peak| peak.map(|peak| f64::max(most, peak)).map_err(failed))?;
        Ok(Loudness {
            integrated: integrated
                .is_finite()
                .then_some(integrated)
                .filter(|value| *value > f64::from(Loudness::FLOOR)),
            range: self.meter.loudness_range().ok().filter(|range| range.is_finite()).unwrap_or(0.0),
            true_peak: (peak > 0.0).then(|| 20.0 * peak.log10()),
            momentary: self.momentary,
        })
    }

    fn take(&mut self, mut samples: &[f32]) -> Result<()> {
        while !samples.is_empty() {
            let room = BLOCK * 2 - self.block.len();
            let (now, later) = samples.split_at(room.min(samples.len()));
            self.block.extend_from_slice(now);
            samples = later;
            if self.block.len() == BLOCK * 2 {
                self.measure_block()?;
            }
        }
        Ok(())
    }

    fn measure_block(&mut self) -> Result<()> {
        // A damaged stream can decode to NaN, which would poison every later figure.
        for value in &mut self.block {
            if !value.is_finite() {
                *value = 0.0;
            }
        }
        self.meter.add_frames_f32(&self.block).map_err(failed)?;
        self.block.clear();
        let momentary = self.meter.loudness_momentary().map_err(failed)?;
        self.momentary.push((momentary as f32).max(Loudness::FLOOR));
        Ok(())
    }
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

    fn sine(amplitude: f32, seconds: usize) -> Vec<f32> {
        (0..SAMPLE_RATE as usize * seconds)
            .flat_map(|n| {
                let value = amplitude * (n as f32 * 997.0 * std::f32::consts::TAU / SAMPLE_RATE as f32).sin();
                [value, value]
            })
            .collect()
    }

    /// EBU Tech 3341, case 1: a 1 kHz stereo sine at -23 dBFS in both channels reads -23 LUFS.
    #[test]
    fn a_reference_tone_reads_its_level() {
        let loudness = measure(&sine(10f32.powf(-23.0 / 20.0), 20));
        assert!((loudness.integrated.unwrap() + 23.0).abs() < 0.1, "{loudness:?}");
        assert!((loudness.true_peak.unwrap() + 23.0).abs() < 0.2);
        assert_eq!(loudness.momentary.len(), 200);
    }

    #[test]
    fn silence_has_no_loudness_and_gaps_count_as_silence() {
        let mut meter = Meter::new().unwrap();
        meter.push(0, &sine(0.1, 1)).unwrap();
        meter.push(5 * i64::from(SAMPLE_RATE), &sine(0.1, 1)).unwrap();
        let loudness = meter.finish().unwrap();
        assert_eq!(loudness.momentary.len(), 60);
        assert_eq!(loudness.momentary[30], Loudness::FLOOR);
        let silence = measure(&vec![0.0; 96_000]);
        assert_eq!((silence.integrated, silence.true_peak), (None, None));
    }
}
