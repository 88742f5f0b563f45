//! A clip's sound is brought to its loudness and kept below its peak, as measured on what a player decodes.

use super::decibel::linear;
use super::{ClipLoudness, RenderOptions, quiet};
use crate::clip::analysis::{Loudness, Meter};
use crate::clip::media::{AacEncoder, AudioFilter, EncodedAudio, SAMPLE_RATE, decode_aac};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// Sound quieter than this is left as it is: turned up, it would be noise. In LUFS.
const QUIETEST: f64 = -50.0;

/// How close to the wanted loudness is close enough, in LU.
const CLOSE: f64 = 0.15;

/// Room kept below the wanted true peak, in dB.
const MARGIN: f64 = 0.1;

/// Further room that AAC usually needs, in dB.
const HEADROOM: f64 = 0.5;

/// Interleaved values that are worked on at a time.
const PIECE: usize = 8192;

/// Gain above which only noise would grow: the quietest sound that is levelled needs 36 dB and what the limiter takes.
const MOST_GAIN: f64 = 40.0;

/// Where a dB of gain brings less loudness than this, in LU, the limiter takes the rest and only distortion grows.
const LEAST_EFFECT: f64 = 0.15;

/// The lowest limit that FFmpeg's limiter takes, in dB.
const LOWEST_LIMIT: f64 = -24.0;

/// Encoding moves loudness and peaks, so the result is measured and corrected at most this often.
const ROUNDS: usize = 6;

/// Bring a clip to its loudness and peak and encode it.
///
/// Two passes would do if encoding changed nothing; AAC moves the true peak by over 1 dB, so the result is decoded and
/// measured, and gain and limit are corrected by what is missing, until it fits. What the limiter alone takes away is
/// made up for before anything is encoded, because encoding is the slow part.
pub(super) fn level(
    mut samples: Vec<f32>,
    options: &RenderOptions,
    control: &Control,
) -> Result<(EncodedAudio, ClipLoudness)> {
    let before = measured(control, |sink| samples.chunks(PIECE).try_for_each(sink))?;
    let highest = options.true_peak - MARGIN;
    let mut shape = Shape::new(&before, highest - HEADROOM);
    let mut target = before.integrated.filter(|value| *value >= QUIETEST).map(|_| options.lufs);
    if let (Some(target), Some(loudness)) = (target, before.integrated) {
        shape.reach(&samples, target, control)?;
        quiet::keep_quiet(&mut samples, loudness, shape.gain, control)?;
    }
    let mut best: Option<(f64, EncodedAudio, ClipLoudness)> = None;
    for _ in 0..ROUNDS {
        let encoded = encode(&samples, options, &shape, control)?;
        let after = heard(&encoded, control)?;
        let off = target.map_or(0.0, |_| options.lufs - after.integrated.unwrap_or(f64::NEG_INFINITY));
        let over = (after.true_peak.unwrap_or(f64::NEG_INFINITY) - highest).max(0.0);
        let measured = ClipLoudness { integrated: after.integrated, true_peak: after.true_peak, gain: shape.gain };
        // A peak over the limit weighs more than being a little off: the one distorts, the other nobody hears.
        let badness = off.abs() + over * 10.0;
        if best.as_ref().is_none_or(|(least, ..)| badness < *least) {
            best = Some((badness, encoded, measured));
        }
        let done = off.abs() <= CLOSE || shape.exhausted;
        if done && over == 0.0 {
            break;
        }
        shape.limit = (shape.limit - over).max(LOWEST_LIMIT);
        if let Some(target) = target.as_mut().filter(|_| !shape.exhausted) {
            *target += off.clamp(-6.0, 6.0);
            shape.reach(&samples, *target, control)?;
        }
    }
    match best {
        Some((_, encoded, measured)) => Ok((encoded, measured)),
        None => Err(Error::new(ErrorCode::Internal, "the sound was never encoded")),
    }
}

fn encode(samples: &[f32], options: &RenderOptions, shape: &Shape, control: &Control) -> Result<EncodedAudio> {
    let mut encoder = AacEncoder::open(options.audio_bit_rate as usize)?;
    shape.apply(samples, &mut |piece| {
        control.check()?;
        encoder.push(piece)
    })?;
    encoder.finish()
}

/// How loud the sound is that `feed` hands to the sink it is given.
fn measured(
    control: &Control,
    feed: impl FnOnce(&mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()>,
) -> Result<Loudness> {
    let mut meter = Meter::new()?;
    feed(&mut |piece| {
        control.check()?;
        meter.append(piece)
    })?;
    meter.finish()
}

/// How loud encoded sound is to a player.
fn heard(encoded: &EncodedAudio, control: &Control) -> Result<Loudness> {
    measured(control, |sink| decode_aac(encoded, sink))
}

/// Gain, and a look-ahead limiter at four times the rate where peaks would go over.
struct Shape {
    /// In dB.
    gain: f64,
    /// Highest true peak after the limiter, in dBTP.
    limit: f64,
    /// Loudness of the unchanged sound, in LUFS; that of silence is none.
    loudness: Option<f64>,
    /// True peak of the unchanged sound, in dBTP; digital silence has none.
    peak: Option<f64>,
    /// More gain would bring distortion in place of loudness.
    exhausted: bool,
}

impl Shape {
    fn new(before: &Loudness, limit: f64) -> Self {
        Self { gain: 0.0, limit, loudness: before.integrated, peak: before.true_peak, exhausted: false }
    }

    /// Find the gain with which the limited sound has the wanted loudness, or the most that makes sense.
    fn reach(&mut self, samples: &[f32], target: f64, control: &Control) -> Result<()> {
        let (Some(loudness), Some(peak)) = (self.loudness, self.peak) else { return Ok(()) };
        // Below this gain nothing is limited, and loudness follows gain.
        let free = self.limit - peak;
        if target - loudness <= free {
            self.gain = target - loudness;
            return Ok(());
        }
        self.gain = self.gain.max(target - loudness).min(MOST_GAIN);
        let mut last = (free, loudness + free);
        for _ in 0..ROUNDS {
            let now = measured(control, |sink| self.apply(samples, sink))?.integrated.unwrap_or(target);
            let (off, step) = (target - now, self.gain - last.0);
            let effect = if step.abs() < 0.1 { 1.0 } else { (now - last.1) / step };
            if off.abs() <= CLOSE / 3.0 {
                return Ok(());
            }
            if off > 0.0 && step > 0.0 && effect < LEAST_EFFECT {
                self.exhausted = true;
                self.gain = last.0 + step / 2.0;
                continue;
            }
            let more = (self.gain + off / effect.clamp(LEAST_EFFECT, 1.0)).min(MOST_GAIN);
            self.exhausted |= more <= self.gain && off > 0.0;
            if self.exhausted {
                return Ok(());
            }
            last = (self.gain, now);
            self.gain = more;
        }
        Ok(())
    }

    /// `sink` gets the shaped samples end to end.
    fn apply(&self, samples: &[f32], sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
        if self.peak.is_none_or(|peak| peak + self.gain <= self.limit) {
            let gain = linear(self.gain) as f32;
            return samples.chunks(PIECE).try_for_each(|piece| {
                let louder: Vec<f32> = piece.iter().map(|sample| sample * gain).collect();
                sink(&louder)
            });
        }
        let filters = format!(
            "volume={:.4}dB:precision=float,aresample={},\
             alimiter=limit={:.6}:attack=5:release=60:level=false:latency=true",
            self.gain,
            SAMPLE_RATE * 4,
            linear(self.limit)
        );
        AudioFilter::new(&filters)?.run(samples, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loud clicks over quiet tone: far too peaky to be loud without a limiter.
    fn peaky() -> Vec<f32> {
        (0..SAMPLE_RATE as usize * 6)
            .flat_map(|n| {
                let tone = 0.05 * (n as f32 * 440.0 * std::f32::consts::TAU / SAMPLE_RATE as f32).sin();
                let click = if n % 24_000 < 30 { 0.8 } else { 0.0 };
                [tone + click, tone - click]
            })
            .collect()
    }

    #[test]
    fn finished_sound_has_its_loudness_and_stays_below_its_peak() {
        crate::clip::media::init();
        let (encoded, measured) = level(peaky(), &RenderOptions::default(), &Control::new()).unwrap();
        let heard = heard(&encoded, &Control::new()).unwrap();
        assert!((heard.integrated.unwrap() + 14.0).abs() <= 0.5, "{measured:?}");
        assert!(heard.true_peak.unwrap() <= -1.0, "{measured:?}");
    }

    #[test]
    fn room_noise_is_not_turned_up() {
        crate::clip::media::init();
        let noise: Vec<f32> =
            (0..SAMPLE_RATE as usize * 8).map(|n| ((n * 7919 % 1000) as f32 / 1000.0 - 0.5) * 0.001).collect();
        let (_, measured) = level(noise, &RenderOptions::default(), &Control::new()).unwrap();
        assert_eq!(measured.gain, 0.0);
    }
}
