//! A clip's sound: cut out exactly, faded and joined; cleaned where that is asked for, and brought to its loudness.

use std::path::Path;

use super::{ClipLoudness, RenderOptions, clean, joint, loud};
use crate::clip::media::{AacEncoder, AudioDecoder, AudioGraph, EncodedAudio, Limits, SAMPLE_RATE, Source};
use crate::control::Control;
use crate::error::Result;
use crate::time::Span;

/// Decoding begins this long before a range, because codecs carry state across packets, in seconds.
const PREROLL: f64 = 1.0;

/// The sound of a clip as it will stand in the file: some ranges of a source, with the samples a channel that each takes.
pub(super) fn render(
    path: &Path,
    limits: Limits,
    stream: usize,
    ranges: &[(Span, usize)],
    options: &RenderOptions,
    control: &Control,
) -> Result<(EncodedAudio, ClipLoudness)> {
    let lead = AacEncoder::open(options.audio_bit_rate as usize)?.delay();
    let mut samples = gather(path, limits, stream, ranges, lead, control)?;
    if options.clean_speech {
        clean::clean(&mut samples, control)?;
    }
    loud::level(samples, options, control)
}

/// Interleaved stereo samples of some ranges of a source, end to end, `count` samples a channel in all.
///
/// The clip begins and ends with a fade; that at the beginning comes after `lead` samples a channel, which encoding leaves
/// out. At each joint the sound of one range goes over into that of the next, each of
/// which goes on a little beyond its range where the source has it, so that nothing is moved.
fn gather(
    path: &Path,
    limits: Limits,
    stream: usize,
    ranges: &[(Span, usize)],
    lead: usize,
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
            None => joint::begin(piece, lead),
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
    let mut graph = AudioGraph::to_play(SAMPLE_RATE);
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
