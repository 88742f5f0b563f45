//! A clip's sound: cut out exactly, faded and joined, brought to its loudness after encoding.

use std::path::Path;

use super::{ClipLoudness, RenderOptions, joint};
use crate::clip::analysis::{Loudness, Meter};
use crate::clip::media::{AacEncoder, AudioDecoder, AudioGraph, EncodedAudio, Limits, SAMPLE_RATE, Source, decode_aac};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

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

/// Interleaved values that are worked on at a time.
const PIECE: usize = 8192;

/// Gain above which only noise would grow: the quietest sound that is levelled needs 36 dB and what the limiter takes.
const MOST_GAIN: f64 = 40.0;

/// Encoding moves loudness and peaks, so the result is measured and corrected at most this often.
const ROUNDS: usize = 6;

/// Interleaved stereo samples of some ranges of a source, end to end, `count` samples a channel in all.
///
/// The clip begins and ends with a fade. At each joint the sound of one range goes over into that of the next, each of
/// which goes on a little beyond its range where the source has it, so that nothing is moved.
pub(super) fn gather(
    path: &Path,
    limits: Limits,
    stream: usize,
    ranges: &[(Span, usize)],
    control: &Control,
) -> Result<Vec<f32>> {
    let mut source = Source::open(path, limits, control)?;
    source.select(&[stream]);
    let mut clip = vec![0.0f32; ranges.iter().map(|(_, count)| count * 2).sum()];
    let mut rest = clip.as_mut_slice();
    let mut earlier: Option<(&mut [f32], Beyond)> = None;
    for (index, (range, count)) in ranges.iter().enumerate() {
        let (piece, later) = rest.split_at_mut(count * 2);
        rest = later;
        let mut beyond = Beyond::new(index > 0, index + 1 < ranges.len());
        cut(&mut source, stream, *range, piece, &mut beyond)?;
        match earlier {
            Some((earlier, its)) => joint::cross(earlier, &its.after, &beyond.before, piece),
            None => joint::fade_in(piece),
        }
        earlier = Some((piece, beyond));
    }
    if let Some((last, _)) = earlier {
        joint::fade_out(last);
    }
    Ok(clip)
}

/// What a source has right before and right after a range, as far as a joint needs it.
struct Beyond {
    before: Vec<f32>,
    after: Vec<f32>,
}

impl Beyond {
    fn new(before: bool, after: bool) -> Self {
        let room = |wanted: bool| if wanted { vec![0.0; joint::REACH * 2] } else { Vec::new() };
        Self { before: room(before), after: room(after) }
    }
}

/// Decode a range into `piece`, and what lies around it; what the source does not have stays silent within the range and
/// is taken off around it.
fn cut(source: &mut Source, stream: usize, range: Span, piece: &mut [f32], beyond: &mut Beyond) -> Result<()> {
    let first = (range.start * f64::from(SAMPLE_RATE)).round() as i64;
    let (head, end) = (beyond.before.len() as i64 / 2, first + piece.len() as i64 / 2);
    let (mut from, mut until) = (i64::MAX, i64::MIN);
    let mut place = |at: i64, samples: &[f32]| {
        copy(at, samples, first - head, &mut beyond.before);
        copy(at, samples, first, piece);
        copy(at, samples, end, &mut beyond.after);
        (from, until) = (from.min(at), until.max(at + samples.len() as i64 / 2));
        Ok(())
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
        let over = source.packet_time(&packet).is_some_and(|time| time.seconds() > range.end + 0.1);
        decoder.send(&packet)?;
        while let Some(mut frame) = decoder.receive()? {
            graph.push(&mut frame, &mut place)?;
        }
        if over {
            break;
        }
    }
    decoder.finish()?;
    while let Some(mut frame) = decoder.receive()? {
        graph.push(&mut frame, &mut place)?;
    }
    graph.flush(&mut place)?;
    let there = |count: i64, most: usize| usize::try_from(count).unwrap_or(0).saturating_mul(2).min(most);
    let missing = beyond.before.len() - there(first.saturating_sub(from.max(0)), beyond.before.len());
    beyond.before.drain(..missing);
    beyond.after.truncate(there(until.saturating_sub(end), beyond.after.len()));
    for sample in piece.iter_mut().chain(&mut beyond.before).chain(&mut beyond.after) {
        if !sample.is_finite() {
            *sample = 0.0;
        }
    }
    Ok(())
}

/// Copy the samples that begin at `at` to where they belong in a stretch that begins at `first`.
fn copy(at: i64, samples: &[f32], first: i64, into: &mut [f32]) {
    let skip = usize::try_from(first - at).unwrap_or(0).saturating_mul(2).min(samples.len());
    let to = usize::try_from(at - first).unwrap_or(0).saturating_mul(2).min(into.len());
    let length = (samples.len() - skip).min(into.len() - to);
    into[to..to + length].copy_from_slice(&samples[skip..skip + length]);
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
    let before = measured(samples, control)?;
    let Some(loudness) = before.integrated.filter(|value| *value >= QUIETEST) else {
        let encoded = encode(samples, options, None, control)?;
        let after = heard(&encoded, control)?;
        let measured = ClipLoudness { integrated: after.integrated, true_peak: after.true_peak, gain: 0.0 };
        return Ok((encoded, measured));
    };
    let highest = options.true_peak - MARGIN;
    let mut target = options.lufs;
    let mut shape = Shape { gain: target - loudness, limit: highest - HEADROOM, peak: before.true_peak };
    let mut best: Option<(f64, EncodedAudio, ClipLoudness)> = None;
    for _ in 0..ROUNDS {
        shape.raise(samples, target, control)?;
        let encoded = encode(samples, options, Some(&shape), control)?;
        let after = heard(&encoded, control)?;
        let off = options.lufs - after.integrated.unwrap_or(f64::NEG_INFINITY);
        let over = (after.true_peak.unwrap_or(f64::NEG_INFINITY) - highest).max(0.0);
        let measured = ClipLoudness { integrated: after.integrated, true_peak: after.true_peak, gain: shape.gain };
        // A peak over the limit weighs more than being a little off: the one distorts, the other nobody hears.
        let badness = off.abs() + over * 10.0;
        if best.as_ref().is_none_or(|(least, ..)| badness < *least) {
            best = Some((badness, encoded, measured));
        }
        if off.abs() <= CLOSE && over == 0.0 {
            break;
        }
        target += if off.is_finite() { off.clamp(-6.0, 6.0) } else { 0.0 };
        shape.limit -= over;
    }
    match best {
        Some((_, encoded, measured)) => Ok((encoded, measured)),
        None => Err(Error::new(ErrorCode::Internal, "the sound was never encoded")),
    }
}

fn encode(samples: &[f32], options: &RenderOptions, shape: Option<&Shape>, control: &Control) -> Result<EncodedAudio> {
    let mut encoder = AacEncoder::open(options.audio_bit_rate as usize)?;
    match shape {
        Some(shape) => shape.apply(samples, &mut |piece| {
            control.check()?;
            encoder.push(piece)
        })?,
        None => samples.chunks(PIECE).try_for_each(|piece| {
            control.check()?;
            encoder.push(piece)
        })?,
    }
    encoder.finish()
}

fn measured(samples: &[f32], control: &Control) -> Result<Loudness> {
    let mut meter = Meter::new()?;
    for piece in samples.chunks(PIECE) {
        control.check()?;
        meter.append(piece)?;
    }
    meter.finish()
}

/// How loud encoded sound is to a player.
fn heard(encoded: &EncodedAudio, control: &Control) -> Result<Loudness> {
    let mut meter = Meter::new()?;
    decode_aac(encoded, &mut |piece| {
        control.check()?;
        meter.append(piece)
    })?;
    meter.finish()
}

/// Gain, and a look-ahead limiter at four times the rate where peaks would go over.
struct Shape {
    /// In dB.
    gain: f64,
    /// Highest true peak after the limiter, in dBTP.
    limit: f64,
    /// True peak of the unchanged sound, in dBTP.
    peak: Option<f64>,
}

impl Shape {
    /// Raise the gain until the limited sound has the wanted loudness.
    fn raise(&mut self, samples: &[f32], target: f64, control: &Control) -> Result<()> {
        for _ in 0..ROUNDS {
            control.check()?;
            let mut meter = Meter::new()?;
            self.apply(samples, &mut |piece| {
                control.check()?;
                meter.append(piece)
            })?;
            let off = target - meter.finish()?.integrated.unwrap_or(target);
            if off.abs() <= CLOSE / 3.0 {
                break;
            }
            self.gain = (self.gain + off).min(MOST_GAIN);
        }
        Ok(())
    }

    /// `sink` gets the shaped samples end to end.
    fn apply(&self, samples: &[f32], sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
        let linear = |db: f64| 10f64.powf(db / 20.0);
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
        AudioGraph::process(&filters, samples, SAMPLE_RATE, 2, sink)
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
        let (encoded, measured) = level(&peaky(), &RenderOptions::default(), &Control::new()).unwrap();
        let heard = heard(&encoded, &Control::new()).unwrap();
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
}
