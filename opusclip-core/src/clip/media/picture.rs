//! Still pictures: thumbnails and the contact sheet.

use std::io::Write as _;
use std::path::Path;

use ffmpeg_next as ffmpeg;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::avif;
use super::decode::VideoFrame;
use super::failure;
use super::probe::Rational;
use super::source::Packet;
use super::video_graph::VideoGraph;
use crate::error::{Error, ErrorCode, Result};
use crate::time::{TimeBase, Timestamp};

/// JPEG quality in FFmpeg's scale: 2 is best, 31 worst.
const QUALITY: i32 = 3;

/// What brings pictures to the colours that every JPEG has: BT.601 in full range.
const JPEG: &str = "scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p";

/// The largest still that is read again: bytes, and pixels to a side.
const MOST_BYTES: u64 = 64_000_000;
const MOST_SIDE: u32 = 4096;

/// How thumbnails are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ThumbnailFormat {
    /// JPEG, which everything shows.
    #[default]
    Jpeg,
    /// AVIF: smaller, and shown by browsers since 2022.
    Avif,
}

impl ThumbnailFormat {
    /// How a file's name ends.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Avif => "avif",
        }
    }

    /// Fails where this build cannot write it.
    pub(crate) fn check(self) -> Result<()> {
        if self == Self::Jpeg || cfg!(feature = "rav1e") {
            return Ok(());
        }
        Err(Error::new(ErrorCode::MediaNoEncoder, "this build writes no AVIF")
            .field("thumbnails")
            .hint("choose `jpeg`, or build with the feature `rav1e`"))
    }
}

/// Encode a picture and put it under its name when it is whole.
pub(crate) fn write_thumbnail(picture: &mut VideoFrame, format: ThumbnailFormat, target: &Path) -> Result<()> {
    let bytes = match format {
        ThumbnailFormat::Jpeg => jpeg(picture, "")?,
        ThumbnailFormat::Avif => avif::write(picture)?,
    };
    crate::clip::files::write_whole(target, |file| file.write_all(&bytes))
}

/// Encode a picture as JPEG. `filters` run before.
pub(super) fn jpeg(picture: &mut VideoFrame, filters: &str) -> Result<Vec<u8>> {
    let chain = format!("{filters}{}{JPEG}", if filters.is_empty() { "" } else { "," });
    let mut graph = VideoGraph::new(chain, TimeBase::MICROS);
    graph.push(picture, 0)?;
    let ready = graph.pull()?.ok_or_else(|| Error::new(ErrorCode::Internal, "the picture filters gave nothing"))?;
    encode_jpeg(&ready)
}

/// Tile pictures of one size, `columns` a row, into one JPEG. Takes ownership: they are small.
pub(crate) fn contact_sheet(mut pictures: Vec<VideoFrame>, columns: usize, target: &Path) -> Result<()> {
    let columns = columns.clamp(1, pictures.len().max(1));
    let rows = pictures.len().div_ceil(columns);
    let chain = format!("tile={columns}x{rows}:padding=24:margin=24:color=0x16161a,{JPEG}");
    let mut graph = VideoGraph::new(chain, TimeBase::MICROS);
    for (tick, picture) in pictures.iter_mut().enumerate() {
        graph.push(picture, tick as i64)?;
    }
    graph.finish()?;
    let sheet = graph.pull()?.ok_or_else(|| Error::new(ErrorCode::Internal, "the contact sheet has no pictures"))?;
    let jpeg = encode_jpeg(&sheet)?;
    crate::clip::files::write_whole(target, |file| file.write_all(&jpeg))
}

/// Read a picture that [`write_thumbnail`] wrote, in the format that its name tells.
pub(crate) fn read_thumbnail(path: &Path) -> Result<VideoFrame> {
    let unreadable = |message: String| Error::new(ErrorCode::MediaDamaged, message).file(path);
    let failed = |error: ffmpeg::Error| unreadable(format!("the picture cannot be read: {error}"));
    let bytes = crate::clip::files::read_regular(path, MOST_BYTES)
        .map_err(|error| unreadable(format!("the picture cannot be read: {error}")))?;
    let is_avif = path.extension().is_some_and(|end| end == ThumbnailFormat::Avif.extension());
    let (id, data) = if is_avif {
        let picture = avif::picture_in(&bytes).ok_or_else(|| unreadable("there is no picture in it".to_owned()))?;
        (ffmpeg::codec::Id::AV1, picture)
    } else {
        (ffmpeg::codec::Id::MJPEG, bytes.as_slice())
    };
    let codec = ffmpeg::decoder::find(id).ok_or_else(|| {
        Error::new(ErrorCode::MediaNoDecoder, format!("the linked FFmpeg cannot decode {}", id.name())).file(path)
    })?;
    let mut decoder = ffmpeg::codec::Context::new_with_codec(codec).decoder().video().map_err(failed)?;
    decoder.send_packet(&Packet::copy(data)).and_then(|()| decoder.send_eof()).map_err(failed)?;
    let mut frame = ffmpeg::frame::Video::empty();
    decoder.receive_frame(&mut frame).map_err(failed)?;
    if frame.width().max(frame.height()) > MOST_SIDE {
        return Err(unreadable(format!("the picture is larger than {MOST_SIDE} pixels")));
    }
    Ok(VideoFrame { frame, time: Timestamp::new(0, TimeBase::MICROS) })
}

fn encode_jpeg(picture: &VideoFrame) -> Result<Vec<u8>> {
    let failed = |error| failure::internal("cannot encode a JPEG", error);
    let codec = ffmpeg::encoder::find(ffmpeg::codec::Id::MJPEG)
        .ok_or_else(|| Error::new(ErrorCode::MediaNoEncoder, "the linked FFmpeg has no JPEG encoder"))?;
    let rate = Rational { num: 25, den: 1 };
    let mut video = ffmpeg::codec::Context::new_with_codec(codec).encoder().video().map_err(failed)?;
    video.set_width(picture.frame.width());
    video.set_height(picture.frame.height());
    video.set_format(picture.frame.format());
    video.set_time_base((rate.den, rate.num));
    video.set_color_range(ffmpeg::color::Range::JPEG);
    video.set_flags(ffmpeg::codec::Flags::QSCALE);
    video.set_global_quality(QUALITY * ffmpeg::ffi::FF_QP2LAMBDA);
    let mut encoder = video.open().map_err(failed)?;
    encoder.send_frame(&picture.frame).and_then(|()| encoder.send_eof()).map_err(failed)?;
    let mut packet = Packet::empty();
    encoder.receive_packet(&mut packet).map_err(failed)?;
    Ok(packet.data().unwrap_or_default().to_vec())
}
