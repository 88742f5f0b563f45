//! A clip's sound: cut out exactly, faded at the cuts, brought to its loudness after encoding.

use std::path::Path;

use crate::clip::analysis::{Loudness, Meter};
use crate::clip::export::ClipLoudness;
use crate::clip::media::{AacEncoder, AudioDecoder, AudioGraph, EncodedAudio, Limits, SAMPLE_RATE, Source, decode_aac};
use crate::clip::render::RenderOptions;
use crate::control::Control;
use crate::error::Result;
use crate::time::Span;

/// Fade at each cut, in seconds.
const FADE: f64 = 0.010;

/// Decoding begins this long before a range, because codecs carry state across packets, in seconds.
const PREROLL: f64 = 1.0;

/// Sound quieter than this is left as it is: turned up, it would be noise. In LUFS.
const QUIETEST: f64 = -50.0;

/// How close to the wanted loudness is close enough, in LU.
const CLOSE: f64 = 0.15;

/// Room kept below the wanted true peak, in dB.
const MARGIN: f64 = 0.1;

/// Further room that AAC usually needs, in dB.
const HEADROOM: f64 = 0.5;

/// Gain above which the limiter would only flatten what is left, in dB.
const MOST_GAIN: f64 = 60.0;

/// Encoding moves loudness and peaks, so the result is measured and corrected at most this often.
const ROUNDS: usize = 6;

/// Interleaved stereo samples of some ranges of a source, end to end, `count` samples a channel in all.
pub(super) fn gather(
    path: &Path,
    limits: Limits,
    stream: usize,
    ranges: &[(Span, usize)],
    control: &Control,
) -> Result<Vec<f32>> {
    let mut source = Source::open(path, limits, control)?;
    source.select(&[stream]);
    let mut clip = Vec::new();
    for (range, count) in ranges {
        let mut piece = cut(&mut source, stream, *range, *count)?;
        fade(&mut piece);
        clip.extend_from_slice(&piece);
    }
    Ok(clip)
}

fn cut(source: &mut Source, stream: usize, range: Span, count: usize) -> Result<Vec<f32>> {
    let mut piece = vec![0.0f32; count * 2];
    let first = (range.start * f64::from(SAMPLE_RATE)).round() as i64;
    let mut place = |at: i64, samples: &[f32]| {
        let skip = usize::try_from(first - at).unwrap_or(0).saturating_mul(2).min(samples.len());
        let to = usize::try_from(at - first).unwrap_or(0).saturating_mul(2).min(piece.len());
        let length = (samples.len() - skip).min(piece.len() - to);
        piece[to..to + length].copy_from_slice(&samples[skip..skip + length]);
    };
    let preroll = range.start - PREROLL;
    if preroll <= 0.0 || source.seek(preroll).is_err() {
        source.rewind()?;
    }
    let mut decoder = AudioDecoder::open(source, stream)?;
    let mut graph = AudioGraph::new("", SAMPLE_RATE, 2);
    while let Some(packet) = source.next_packet()? {
        if packet.stream() != stream {
            continue;
        }
        // One packet beyond the end is read, because resampling looks a little ahead.
        let beyond = source.packet_time(&packet).is_some_and(|time| time.seconds() > range.end + 0.1);
        decoder.send(&packet)?;
        while let Some(mut frame) = decoder.receive()? {
            graph.push(&mut frame, &mut place)?;
        }
        if beyond {
            break;
        }
    }
    decoder.finish()?;
    while let Some(mut frame) = decoder.receive()? {
        graph.push(&mut frame, &mut place)?;
    }
    graph.flush(&mut place)?;
    for sample in &mut piece {
        if !sample.is_finite() {
            *sample = 0.0;
        }
    }
    Ok(piece)
}

fn fade(samples: &mut [f32]) {
    let length = ((FADE * f64::from(SAMPLE_RATE)) as usize).min(samples.len() / 4);
    let count = samples.len() / 2;
    for n in 0..length {
        let gain = n as f32 / length as f32;
        for channel in 0..2 {
            samples[n * 2 + channel] *= gain;
            samples[(count - 1 - n) * 2 + channel] *= gain;
        }
    }
}

/// Bring a clip to its loudness and peak, as measured on what a player decodes, and encode it.
///
/// Two passes would do if encoding changed nothing; AAC moves the true peak by over 1 dB, so the result is decoded and
/// measured, and gain and limit are corrected by what is missing, until it fits. What the limiter alone takes away is
/// made up for before anything is encoded, because encoding is the slow part.
pub(super) fn level(
    samples: &[f32],
    options: &RenderOptions,
    control: &Control,
) -> Result<(EncodedAudio, ClipLoudness)> {
    let bit_rate = options.audio_bit_rate as usize;
    let before = Meter::measure(samples)?;
    let Some(loudness) = before.integrated.filter(|value| *value >= QUIETEST) else {
        let encoded = AacEncoder::encode(samples, bit_rate)?;
        let after = heard(&encoded)?;
        let measured = ClipLoudness { integrated: after.integrated, true_peak: after.true_peak, gain: 0.0 };
        return Ok((encoded, measured));
    };
    let highest = options.true_peak - MARGIN;
    let (mut target, mut limit) = (options.lufs, highest - HEADROOM);
    let mut gain = target - loudness;
    let mut best: Option<(f64, EncodedAudio, ClipLoudness)> = None;
    for _ in 0..ROUNDS {
        let shaped = shape(samples, &mut gain, target, limit, before.true_peak, control)?;
        let encoded = AacEncoder::encode(&shaped, bit_rate)?;
        let after = heard(&encoded)?;
        let off = options.lufs - after.integrated.unwrap_or(f64::NEG_INFINITY);
        let over = (after.true_peak.unwrap_or(f64::NEG_INFINITY) - highest).max(0.0);
        let measured = ClipLoudness { integrated: after.integrated, true_peak: after.true_peak, gain };
        // A peak over the limit weighs more than being a little off: the one distorts, the other nobody hears.
        let badness = off.abs() + over * 10.0;
        if best.as_ref().is_none_or(|(least, ..)| badness < *least) {
            best = Some((badness, encoded, measured));
        }
        if off.abs() <= CLOSE && over == 0.0 {
            break;
        }
        target += if off.is_finite() { off.clamp(-6.0, 6.0) } else { 0.0 };
        limit -= over;
    }
    match best {
        Some((_, encoded, measured)) => Ok((encoded, measured)),
        None => Err(crate::Error::new(crate::ErrorCode::Internal, "the sound was never encoded")),
    }
}

/// How loud encoded sound is to a player.
fn heard(encoded: &EncodedAudio) -> Result<Loudness> {
    let mut meter = Meter::new()?;
    let mut measured = Ok(());
    decode_aac(encoded, &mut |piece| {
        if measured.is_ok() {
            measured = meter.append(piece);
        }
    })?;
    measured?;
    meter.finish()
}

/// Raise `gain` until the limited sound has the wanted loudness.
fn shape(
    samples: &[f32],
    gain: &mut f64,
    target: f64,
    limit: f64,
    peak: Option<f64>,
    control: &Control,
) -> Result<Vec<f32>> {
    let mut shaped = Vec::new();
    for _ in 0..ROUNDS {
        control.check()?;
        shaped = limited(samples, *gain, limit, peak)?;
        let off = target - Meter::measure(&shaped)?.integrated.unwrap_or(target);
        if off.abs() <= CLOSE / 3.0 {
            break;
        }
        *gain = (*gain + off).min(MOST_GAIN);
    }
    Ok(shaped)
}

/// Apply gain, and a look-ahead limiter at four times the rate where peaks would go over.
fn limited(samples: &[f32], gain: f64, limit: f64, peak: Option<f64>) -> Result<Vec<f32>> {
    let peak = peak.unwrap_or(f64::NEG_INFINITY);
    let linear = |db: f64| 10f64.powf(db / 20.0);
    if peak + gain <= limit {
        return Ok(samples.iter().map(|s| s * linear(gain) as f32).collect());
    }
    let rate = SAMPLE_RATE * 4;
    let filters = format!(
        "volume={gain:.4}dB:precision=float,aresample={rate},alimiter=limit={:.6}:attack=5:release=60:level=false:latency=true",
        linear(limit)
    );
    AudioGraph::process(&filters, samples, SAMPLE_RATE, 2)
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
        let (encoded, measured) = level(&peaky(), &RenderOptions::default(), &Control::new()).unwrap();
        let heard = heard(&encoded).unwrap();
        assert!((heard.integrated.unwrap() + 14.0).abs() <= 0.5, "{measured:?}");
        assert!(heard.true_peak.unwrap() <= -1.0, "{measured:?}");
    }

    #[test]
    fn room_noise_is_not_turned_up() {
        crate::clip::media::init();
        let noise: Vec<f32> =
            (0..SAMPLE_RATE as usize * 8).map(|n| ((n * 7919 % 1000) as f32 / 1000.0 - 0.5) * 0.001).collect();
        let (_, measured) = level(&noise, &RenderOptions::default(), &Control::new()).unwrap();
        assert_eq!(measured.gain, 0.0);
    }

    #[test]
    fn cuts_begin_and_end_in_silence() {
        let mut samples = vec![1.0; 9600];
        fade(&mut samples);
        assert_eq!((samples[0], samples[1], samples[9598], samples[9599]), (0.0, 0.0, 0.0, 0.0));
        assert_eq!(samples[4800], 1.0);
    }
}
