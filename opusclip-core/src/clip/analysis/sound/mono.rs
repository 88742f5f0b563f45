//! One channel at 16 kHz out of two at 48 kHz: what detectors of voices and tones listen to.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::clip::media::SAMPLE_RATE;

/// Sample rate of the one channel, in Hz.
pub(super) const RATE: u32 = 16_000;

/// Samples of one frame of it.
pub(super) const FRAME: usize = 256;

/// Samples in, a channel, for one out.
const FACTOR: usize = (SAMPLE_RATE / RATE) as usize;

/// Samples a channel that one frame takes.
pub(super) const FRAME_IN: usize = FRAME * FACTOR;

/// Length of the low-pass and the parameter of its Kaiser window: 60 dB down 0.9 kHz above half of [`RATE`], flat up to
/// 0.9 kHz below it.
const TAPS: usize = 96;
const KAISER: f64 = 5.65;

/// Values that are multiplied at a time; a whole number of them are the taps.
const LANES: usize = 8;

/// Makes frames of one channel. It looks back over two milliseconds of sound.
pub(super) struct Mono {
    taps: [f32; TAPS],
    /// Both channels as one, at the rate of the input: the end of the frame before, and the frame.
    mixed: Vec<f32>,
    frame: [f32; FRAME],
}

impl Mono {
    pub(super) fn new() -> Self {
        Self { taps: taps(), mixed: vec![0.0; TAPS + FRAME_IN], frame: [0.0; FRAME] }
    }

    /// The frame of the next [`FRAME_IN`] interleaved samples, between -1 and 1.
    pub(super) fn frame(&mut self, stereo: &[f32]) -> &[f32; FRAME] {
        self.mixed.copy_within(FRAME_IN.., 0);
        for (mixed, pair) in self.mixed[TAPS..].iter_mut().zip(stereo.chunks_exact(2)) {
            // A damaged stream can decode to anything.
            let sum = (pair[0] + pair[1]) * FRAC_1_SQRT_2 as f32;
            *mixed = if sum.is_finite() { sum.clamp(-1.0, 1.0) } else { 0.0 };
        }
        let windows = self.mixed[FACTOR..].windows(TAPS).step_by(FACTOR);
        for (out, window) in self.frame.iter_mut().zip(windows) {
            *out = dot(window, &self.taps).clamp(-1.0, 1.0);
        }
        &self.frame
    }
}

/// In lanes, so that a compiler that may not reorder sums can still do several at a time.
fn dot(a: &[f32], b: &[f32; TAPS]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// A windowed sinc that is half as high at half of [`RATE`].
fn taps() -> [f32; TAPS] {
    let middle = (TAPS - 1) as f64 / 2.0;
    let mut taps = [0.0f64; TAPS];
    for (n, tap) in taps.iter_mut().enumerate() {
        let x = n as f64 - middle;
        let sinc = (PI * x / FACTOR as f64).sin() / (PI * x);
        *tap = sinc * bessel(KAISER * (1.0 - (x / middle).powi(2)).max(0.0).sqrt()) / bessel(KAISER);
    }
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| (tap / sum) as f32)
}

/// The modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..32 {
        term *= (x / (2.0 * f64::from(n))).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RMS of what comes out for a sine of RMS 0.5 in both channels, after the first frame.
    fn through(frequency: f64) -> f64 {
        let mut mono = Mono::new();
        let stereo: Vec<f32> = (0..FRAME_IN * 20)
            .flat_map(|n| {
                let value = 0.5 * (n as f64 * frequency * 2.0 * PI / f64::from(SAMPLE_RATE)).sin();
                [value as f32, value as f32]
            })
            .collect();
        let out: Vec<f32> = stereo.chunks_exact(FRAME_IN * 2).flat_map(|piece| *mono.frame(piece)).collect();
        (out[FRAME..].iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / (out.len() - FRAME) as f64).sqrt()
    }

    #[test]
    fn what_is_below_half_the_rate_passes_and_nothing_else() {
        for frequency in [100.0, 1000.0, 4000.0, 6900.0] {
            let level = 20.0 * (through(frequency) / 0.5).log10();
            assert!(level.abs() < 0.05, "{frequency} Hz: {level} dB");
        }
        for frequency in [9000.0, 12_000.0, 17_000.0, 23_000.0] {
            let level = 20.0 * (through(frequency) / 0.5).log10();
            assert!(level < -58.0, "{frequency} Hz: {level} dB");
        }
    }

    #[test]
    fn what_cannot_be_heard_is_silence() {
        let mut mono = Mono::new();
        let mut stereo = vec![f32::NAN; FRAME_IN * 2];
        assert_eq!(mono.frame(&stereo), &[0.0; FRAME]);
        stereo.fill(1e30);
        assert!(mono.frame(&stereo).iter().all(|value| value.abs() <= 1.0));
    }
}
