//! Steady tones: peaks of the spectrum that stay where they are.
//!
//! The peaks of noise come and go, those of a voice glide, those of a note stay. So a step of 32 ms is described by how
//! many peaks there are, and how many of them have long stood in the same place.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::mono::{FRAME, RATE};

/// Frames of one step.
pub(super) const FRAMES: usize = 2;

/// Samples in a spectrum: a step, and half a step on either side. 15.6 Hz a bin tells notes a semitone apart from 260 Hz
/// on.
const WINDOW: usize = 4 * FRAME;

/// Bins in which peaks count, 94 to 4000 Hz.
const LOWEST: usize = 94 * WINDOW / RATE as usize;
const HIGHEST: usize = 4000 * WINDOW / RATE as usize;

/// A peak has four times the power (6 dB) of what lies two bins beside it, ...
const PROMINENT: f32 = 4.0;
/// ... at most 40 dB less than the highest, ...
const RANGE: f32 = 1e-4;
/// ... and at least as much as a sine of -80 dBFS.
const FAINTEST: f32 = 3.1e-9;

/// Steps for which a peak has been in the same bin: most peaks of a voice are gone by the first number, nearly all by the
/// second, and those of notes still stand. (Steps are 32 ms, and the window adds 64 ms.)
const STEADY: u8 = 3;
const HELD: u8 = 5;

/// Steps from the middle of those that a count looks back over to its own.
pub(super) const STEADY_LATE: usize = 1;
pub(super) const HELD_LATE: usize = 2;

/// Peaks of one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Peaks {
    pub(super) all: u8,
    /// Those that have stood for [`STEADY`] steps ...
    pub(super) steady: u8,
    /// ... and for [`HELD`] steps.
    pub(super) held: u8,
}

/// Counts the peaks of frames that follow one another.
pub(super) struct PeakFinder {
    fft: Arc<dyn RealToComplex<f32>>,
    shape: Vec<f32>,
    /// The last frames.
    sound: Vec<f32>,
    windowed: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
    /// For how many steps each bin has been a peak, up to [`HELD`].
    ages: Vec<u8>,
}

impl PeakFinder {
    pub(super) fn new() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let shape = |n| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / WINDOW as f64).cos();
        // A sine of amplitude 1 has the power 1/3 in its bin.
        let scale = (16.0f64 / 3.0).sqrt() / WINDOW as f64;
        Self {
            shape: (0..WINDOW).map(|n| (shape(n) * scale) as f32).collect(),
            sound: vec![0.0; WINDOW],
            windowed: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; HIGHEST + 2],
            ages: vec![0; HIGHEST],
            fft,
        }
    }

    /// Hear the next frame.
    pub(super) fn push(&mut self, frame: &[f32; FRAME]) {
        self.sound.copy_within(FRAME.., 0);
        self.sound[WINDOW - FRAME..].copy_from_slice(frame);
    }

    /// Peaks of the step of which the last frame heard is the one after its end.
    pub(super) fn peaks(&mut self) -> Peaks {
        for (out, (value, shape)) in self.windowed.iter_mut().zip(self.sound.iter().zip(&self.shape)) {
            *out = value * shape;
        }
        if self.fft.process_with_scratch(&mut self.windowed, &mut self.spectrum, &mut self.scratch).is_err() {
            // Only wrong lengths fail, and all of them came from the plan.
            return Peaks::default();
        }
        for (power, value) in self.power.iter_mut().zip(&self.spectrum) {
            *power = value.norm_sqr();
        }
        self.count()
    }

    fn count(&mut self) -> Peaks {
        let highest = self.power[LOWEST..HIGHEST].iter().fold(0.0f32, |most, power| most.max(*power));
        let least = (highest * RANGE).max(FAINTEST);
        let mut peaks = Peaks::default();
        for (age, near) in self.ages[LOWEST..].iter_mut().zip(self.power[LOWEST - 2..].windows(5)) {
            let power = near[2];
            let is_peak = power > least
                && power >= near[1]
                && power > near[3]
                && power > PROMINENT * near[0]
                && power > PROMINENT * near[4];
            *age = if is_peak { (*age + 1).min(HELD) } else { 0 };
            // There are 250 bins, and at most every third one is a peak.
            peaks.all += u8::from(is_peak);
            peaks.steady += u8::from(*age >= STEADY);
            peaks.held += u8::from(*age == HELD);
        }
        peaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The peaks of each step of sound.
    fn peaks(sound: impl Iterator<Item = f32>) -> Vec<Peaks> {
        let mut finder = PeakFinder::new();
        let sound: Vec<f32> = sound.collect();
        let mut found = Vec::new();
        for (number, frame) in sound.chunks_exact(FRAME).enumerate() {
            finder.push(frame.try_into().unwrap());
            if number % FRAMES == 0 {
                found.push(finder.peaks());
            }
        }
        found
    }

    fn sines(frequencies: &[f32], amplitude: f32) -> impl Iterator<Item = f32> {
        (0..RATE as usize).map(move |n| {
            let turn = n as f32 * std::f32::consts::TAU / RATE as f32;
            frequencies.iter().map(|frequency| amplitude * (frequency * turn).sin()).sum()
        })
    }

    #[test]
    fn each_tone_is_a_peak_that_stays() {
        for frequencies in [&[440.0][..], &[220.0, 277.2, 329.6, 1760.0]] {
            let found = peaks(sines(frequencies, 0.1));
            let count = frequencies.len() as u8;
            assert!(found[10..].iter().all(|peaks| *peaks == Peaks { all: count, steady: count, held: count }));
            // Counted from the first step that is full of it.
            let first = |held: &dyn Fn(&Peaks) -> u8| found.iter().position(|peaks| held(peaks) == count).unwrap();
            assert_eq!(first(&|peaks| peaks.held) - first(&|peaks| peaks.steady), usize::from(HELD - STEADY));
        }
    }

    #[test]
    fn noise_and_glides_have_peaks_that_do_not_stay() {
        let mut state = 1u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            0.1 * (state >> 16) as f32 / 32_768.0 - 0.1
        });
        // A voice-like sawtooth that rises by an octave a second.
        let mut phase = 0.0f32;
        let glide = (0..RATE as usize).map(|n| {
            phase = (phase + 120.0 * 2f32.powf(n as f32 / RATE as f32) / RATE as f32).fract();
            0.2 * phase - 0.1
        });
        for (what, found) in [("noise", peaks(noise.take(RATE as usize))), ("a glide", peaks(glide))] {
            let sum = |of: &dyn Fn(&Peaks) -> u8| found.iter().map(|peaks| u32::from(of(peaks))).sum::<u32>();
            let (all, steady, held) = (sum(&|p| p.all), sum(&|p| p.steady), sum(&|p| p.held));
            assert!(all > 100 && steady * 8 < all && held * 25 < all, "{what}: {all} {steady} {held}");
        }
    }

    #[test]
    fn what_nobody_hears_has_no_peaks() {
        let (faint, outside) = (peaks(sines(&[1000.0], 3e-5)), peaks(sines(&[50.0, 6000.0], 0.1)));
        // The first steps hear the sounds begin.
        assert!(faint.len() > 20 && outside.len() > 20);
        assert!(faint.iter().all(|found| *found == Peaks::default()));
        assert!(outside[3..].iter().all(|found| found.steady == 0));
    }
}
