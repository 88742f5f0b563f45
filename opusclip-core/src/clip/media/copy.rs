//! Packets of a stretch from one file to another, as they are.
#![allow(unsafe_code, reason = "a stream's tag is only reachable through FFmpeg's C API")]

use std::path::{Path, PathBuf};

use ffmpeg_next as ffmpeg;

use super::failure;
use super::probe::MediaInfo;
use super::source::Source;
use crate::error::{Error, ErrorCode, Result};
use crate::time::{Span, Timestamp};

/// Codecs that MP4 holds and players of MP4 know; others go into Matroska.
const MP4: [ffmpeg::codec::Id; 7] = {
    use ffmpeg::codec::Id;
    [Id::H264, Id::HEVC, Id::AV1, Id::MPEG4, Id::AAC, Id::MP3, Id::AC3]
};

/// Seconds that packets may lie behind the end in order of decoding and still be shown before it.
const REORDERED: f64 = 1.0;

/// Copy picture and sound of `range`, from the keyframe at or before its beginning, into a file with the name `target` and
/// the ending that fits. Gives the file and where it begins in the source.
pub(crate) fn copy_range(source: &mut Source, info: &MediaInfo, range: Span, target: &Path) -> Result<(PathBuf, f64)> {
    let no_video = || Error::new(ErrorCode::MediaNoVideo, "the file has no moving picture").file(&info.path);
    let picture = info.video.ok_or_else(no_video)?;
    let streams: Vec<usize> = [Some(picture), info.audio].into_iter().flatten().collect();
    let known = |index: &usize| source.input().stream(*index).is_some_and(|s| MP4.contains(&s.parameters().id()));
    let (ending, format) = if streams.iter().all(known) { ("mp4", "mp4") } else { ("mkv", "matroska") };
    let target = target.with_extension(ending);
    let failed = |error| failure::writing("cannot write the segment", error).file(&target);
    let mut output = ffmpeg::format::output_as(&target, format).map_err(failed)?;
    for index in &streams {
        let Some(stream) = source.input().stream(*index) else { continue };
        let (base, parameters) = (stream.time_base(), stream.parameters());
        let mut added = output.add_stream(parameters.id()).map_err(failed)?;
        added.set_parameters(parameters);
        added.set_time_base(base);
        // SAFETY: the stream belongs to the output that is borrowed here; another container has other tags.
        unsafe { (*(*added.as_mut_ptr()).codecpar).codec_tag = 0 };
    }
    let mut options = ffmpeg::Dictionary::new();
    options.set("movflags", "faststart");
    output.write_header_with(options).map_err(failed)?;

    source.select(&streams);
    source.seek_keyframe(picture, range.start)?;
    let start = copy_packets(source, &streams, range, &mut output, &failed)?;
    output.write_trailer().map_err(failed)?;
    super::mux::flush(&mut output).map_err(failed)?;
    drop(output);
    Ok((target, start))
}

fn copy_packets(
    source: &mut Source,
    streams: &[usize],
    range: Span,
    output: &mut ffmpeg::format::context::Output,
    failed: &impl Fn(ffmpeg::Error) -> Error,
) -> Result<f64> {
    let mut start: Option<f64> = None;
    let mut waiting = Vec::new();
    while let Some(packet) = source.next_packet()? {
        let Some(place) = streams.iter().position(|index| *index == packet.stream()) else { continue };
        let Some(time) = source.packet_time(&packet).map(Timestamp::seconds) else { continue };
        if place == 0 && time > range.end + REORDERED {
            break;
        }
        match start {
            _ if time >= range.end => continue,
            // Sound that comes before the first picture is kept only where it is heard beside it.
            None if place > 0 => {
                waiting.push((packet, place, time));
                continue;
            }
            None if !packet.is_key() => continue,
            None => {
                start = Some(time);
                for (sound, place, _) in waiting.drain(..).filter(|(_, _, heard)| *heard >= time) {
                    write(source, sound, place, time, output).map_err(failed)?;
                }
                write(source, packet, place, time, output).map_err(failed)?;
            }
            // What is shown before the keyframe refers to what is not there.
            Some(start) if time < start => continue,
            Some(start) => write(source, packet, place, start, output).map_err(failed)?,
        }
    }
    start.ok_or_else(|| {
        Error::new(ErrorCode::MediaDamaged, "no picture can be copied here")
            .file(source.path())
            .time(range.start)
            .hint("render the clip instead")
    })
}

/// Write a packet whose time counts from `start`.
fn write(
    source: &Source,
    mut packet: ffmpeg::Packet,
    place: usize,
    start: f64,
    output: &mut ffmpeg::format::context::Output,
) -> std::result::Result<(), ffmpeg::Error> {
    let Some(base) = source.time_base(packet.stream()) else { return Ok(()) };
    let from = Timestamp::from_seconds(start, base).ticks + source.origin().rescale(base).ticks;
    packet.set_pts(packet.pts().map(|ticks| ticks - from));
    packet.set_dts(packet.dts().map(|ticks| ticks - from));
    let read = source.input().stream(packet.stream()).map(|stream| stream.time_base());
    packet.set_stream(place);
    packet.set_position(-1);
    if let (Some(read), Some(written)) = (read, output.stream(place).map(|stream| stream.time_base())) {
        packet.rescale_ts(read, written);
    }
    packet.write_interleaved(output)
}
