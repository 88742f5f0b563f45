//! Silence is not turned up into noise: where a clip becomes louder, what is far quieter than the rest of it does not.

use super::decibel::linear;
use crate::clip::media::AudioFilter;
use crate::control::Control;
use crate::error::Result;

/// What is quieter than this is silence, before and after, in dBFS.
const SILENCE: f64 = -50.0;

/// Nothing nearer to a clip's loudness than this counts as silence, in dB: words fall off by less.
const NEAR: f64 = 20.0;

/// By how many dB more a stretch goes down for each dB that it is quieter.
const SLOPE: f64 = 4.0;

/// Rise and fall of the level by which a stretch is judged, in ms as `agate` counts them (four time constants): it opens
/// within the first ms of a word, and stays open for a quarter of a second after the last one.
const ATTACK: f64 = 20.0;
const RELEASE: f64 = 250.0;

/// A level that rises faster than it falls stands this much above the power of noise, in dB.
const BIAS: f64 = 4.5;

/// Turn down, before a gain (in dB) is applied, what would become noise by it; `loudness` is that of the sound, in LUFS.
///
/// Stretches below `min(SILENCE, loudness - NEAR)` come to lie at `SILENCE` at most once the gain is applied, and never
/// lower than they were: they lose as much as the gain would lift that border above `SILENCE`. What is louder loses less,
/// by `SLOPE`, and soon nothing. Where the gain lifts nothing over `SILENCE`, nothing changes.
pub(super) fn keep_quiet(samples: &mut [f32], loudness: f64, gain: f64, control: &Control) -> Result<()> {
    let border = SILENCE.min(loudness - NEAR);
    let most = border + gain - SILENCE;
    if most <= 0.0 {
        return Ok(());
    }
    // `agate` takes what it finds in the square for a factor, so each of its steps counts twice.
    let expander = format!(
        "agate=threshold={:.9}:ratio={}:range={:.6}:attack={ATTACK}:release={RELEASE}:detection=rms:link=maximum",
        linear(border + most / SLOPE + BIAS),
        1.0 + SLOPE / 2.0,
        linear(-most),
    );
    AudioFilter::new(&expander)?.rewrite(samples, 0, control)
}

#[cfg(test)]
mod tests {
    use super::super::decibel::{decibels, power};
    use super::*;
    use crate::clip::media::SAMPLE_RATE;

    /// Four seconds of a tone at this RMS, in dBFS.
    fn tone(level: f64) -> Vec<f32> {
        let amplitude = linear(level) * 2f64.sqrt();
        let value = |n: usize| (amplitude * (n as f64 * 0.1).sin()) as f32;
        (0..SAMPLE_RATE as usize * 4).flat_map(|n| [value(n), value(n)]).collect()
    }

    /// Level of the last two seconds, in dBFS.
    fn settled(samples: &[f32]) -> f64 {
        decibels(power(&samples[samples.len() / 2..]))
    }

    #[test]
    fn what_is_far_below_the_rest_does_not_become_louder_than_silence() {
        for (loudness, gain) in [(-45.0, 31.0), (-35.0, 21.0), (-25.0, 11.0), (-20.0, 6.0), (-29.0, 35.0)] {
            let border = SILENCE.min(loudness - NEAR);
            for below in [0.5, 3.0, 10.0, 25.0] {
                let before = tone(border - below);
                let mut after = before.clone();
                keep_quiet(&mut after, loudness, gain, &Control::new()).unwrap();
                let (was, is) = (settled(&before), settled(&after) + gain);
                let what = format!("{was:.1} dBFS at {loudness} LUFS with {gain} dB became {is:.1} dBFS");
                assert!(is <= SILENCE + 0.5, "{what}");
                assert!(is >= was - 0.1, "{what}: quieter than it was");
            }
        }
    }

    #[test]
    fn what_is_near_the_loudness_keeps_every_sample() {
        for (loudness, gain, level) in
            [(-45.0, 31.0, -55.0), (-35.0, 21.0, -45.0), (-14.0, 0.0, -70.0), (-10.0, -4.0, -60.0)]
        {
            let before = tone(level);
            let mut after = before.clone();
            keep_quiet(&mut after, loudness, gain, &Control::new()).unwrap();
            let (_, settled) = before.split_at(9600);
            let same = settled.iter().zip(&after[9600..]).all(|(a, b)| (a - b).abs() <= a.abs() * 1e-4);
            assert!(same, "{level} dBFS at {loudness} LUFS with {gain} dB changed");
        }
    }

    #[test]
    fn digital_silence_stays() {
        let mut silence = vec![0.0; 96_000];
        keep_quiet(&mut silence, -45.0, 31.0, &Control::new()).unwrap();
        assert!(silence.iter().all(|sample| *sample == 0.0));
    }
}
