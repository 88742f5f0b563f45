//! What a file is, as upload rules look at it.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use mp4_atom::{Atom as _, FourCC, Header, Moov, ReadFrom as _};

use crate::clip::media::{Container, Limits, MediaInfo, Rational, Source};
use crate::clip::render::no_video;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Timestamp;

/// The largest index of an MP4 file that is read, in bytes.
const MOST_INDEX: usize = 256 << 20;

pub(super) struct Measured {
    pub(super) container: Container,
    pub(super) moov_first: bool,
    pub(super) edit_lists: usize,
    pub(super) bytes: u64,
    pub(super) video_codec: String,
    pub(super) pixel_format: String,
    pub(super) interlaced: bool,
    /// As a viewer sees it.
    pub(super) size: (u32, u32),
    pub(super) frame_rate: f64,
    pub(super) duration: f64,
    pub(super) video_bit_rate: f64,
    /// Groups of pictures with pictures that are shown before their keyframe.
    pub(super) open_groups: usize,
    /// The longest, in seconds.
    pub(super) keyframe_distance: f64,
    /// Codec, samples a second, channels.
    pub(super) sound: Option<(String, u32, u32)>,
}

pub(super) fn measure(file: &Path, limits: Limits, control: &Control) -> Result<Measured> {
    let mut source = Source::open(file, limits, control)?;
    let info = source.info();
    let (Some(stream), Some(video)) = (info.video, info.video()) else { return Err(no_video(file)) };
    let (moov_first, edit_lists) = if info.container == Container::Mp4 { structure(file)? } else { (true, 0) };
    let packets = packets(&mut source, stream)?;
    Ok(Measured {
        container: info.container,
        moov_first,
        edit_lists,
        bytes: info.size,
        video_codec: info.streams[stream].codec.clone(),
        pixel_format: video.pixel_format.clone(),
        interlaced: video.interlaced,
        size: (video.display_width, video.display_height),
        frame_rate: video.frame_rate.map_or(0.0, Rational::value),
        duration: info.duration.unwrap_or(packets.end),
        video_bit_rate: if packets.end > 0.0 { packets.bytes as f64 * 8.0 / packets.end } else { 0.0 },
        open_groups: packets.open_groups,
        keyframe_distance: packets.keyframe_distance,
        sound: sound(&info),
    })
}

fn sound(info: &MediaInfo) -> Option<(String, u32, u32)> {
    let stream = info.streams.get(info.audio?)?;
    let audio = stream.audio.as_ref()?;
    Some((stream.codec.clone(), audio.sample_rate, audio.channels))
}

#[derive(Default)]
struct Packets {
    bytes: u64,
    end: f64,
    open_groups: usize,
    keyframe_distance: f64,
}

fn packets(source: &mut Source, stream: usize) -> Result<Packets> {
    let mut found = Packets::default();
    let mut keyframe: Option<f64> = None;
    let mut open = false;
    source.select(&[stream]);
    source.rewind()?;
    while let Some(packet) = source.next_packet()? {
        if packet.stream() != stream {
            continue;
        }
        let Some(time) = source.packet_time(&packet).map(Timestamp::seconds) else { continue };
        found.bytes += packet.size() as u64;
        found.end = found.end.max(time + source.packet_duration(&packet));
        if packet.is_key() {
            found.open_groups += usize::from(std::mem::take(&mut open));
            found.keyframe_distance = found.keyframe_distance.max(keyframe.map_or(0.0, |before| time - before));
            keyframe = Some(time);
        } else if keyframe.is_some_and(|key| time < key) {
            open = true;
        }
    }
    found.open_groups += usize::from(open);
    found.keyframe_distance = found.keyframe_distance.max(found.end - keyframe.unwrap_or(0.0));
    Ok(found)
}

/// Does the index of an MP4 file come before its media, and how many tracks have edit lists?
fn structure(file: &Path) -> Result<(bool, usize)> {
    let broken =
        |what: String| Error::new(ErrorCode::MediaUnreadable, format!("cannot read the boxes: {what}")).file(file);
    let mut reader = BufReader::new(File::open(file).map_err(|error| broken(error.to_string()))?);
    let mut media_came = false;
    while let Some(header) = Option::<Header>::read_from(&mut reader).map_err(|error| broken(error.to_string()))? {
        if header.kind == Moov::KIND {
            let size = header
                .size
                .filter(|size| *size <= MOST_INDEX)
                .ok_or_else(|| broken("the index is too large".into()))?;
            let mut body = Vec::new();
            (&mut reader).take(size as u64).read_to_end(&mut body).map_err(|error| broken(error.to_string()))?;
            let moov = Moov::decode_body(&mut body.as_slice()).map_err(|error| broken(error.to_string()))?;
            let lists = moov.trak.iter().filter(|track| track.edts.as_ref().is_some_and(|edits| edits.elst.is_some()));
            return Ok((!media_came, lists.count()));
        }
        media_came |= header.kind == FourCC::new(b"mdat");
        let Some(size) = header.size.and_then(|size| i64::try_from(size).ok()) else { break };
        reader.seek(SeekFrom::Current(size)).map_err(|error| broken(error.to_string()))?;
    }
    Err(broken("there is no index".into()))
}
