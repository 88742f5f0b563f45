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
