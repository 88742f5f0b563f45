//! Everything that touches FFmpeg, and nothing else: open, decode, filter, encode, mux.
//!
//! Small pieces that own what they hold and free it when dropped. A [`Source`] is one opened descriptor behind a pinned
//! demuxer; a [`VideoDecoder`] or [`AudioDecoder`] turns its packets into frames with exact [`Timestamp`]s that count
//! from the start of the media; a [`VideoGraph`] or [`AudioGraph`] changes frames; an encoder makes packets of them; an
//! [`Mp4Writer`] puts packets into a file that appears under its name only when it is whole.
//!
//! No other module of the crate names FFmpeg.
//!
//! [`Timestamp`]: crate::time::Timestamp

mod audio_filter;
mod audio_graph;
mod avif;
mod bars;
mod container;
mod copy;
mod decode;
mod encode;
mod encoders;
mod failure;
mod graph;
mod log;
mod mux;
mod picture;
mod probe;
#[cfg(feature = "rav1e")]
mod rav1e;
mod shrink;
mod source;
mod stills;
mod subtitle;
mod video_graph;

pub use container::Container;
pub use encoders::Codec;
pub use picture::ThumbnailFormat;
pub use probe::{AudioInfo, Chapter, ColorInfo, MediaInfo, Rational, StreamInfo, StreamKind, VideoInfo, probe};
pub use source::Limits;

pub(crate) use audio_filter::AudioFilter;
pub(crate) use audio_graph::AudioGraph;
pub(crate) use bars::Bars;
pub(crate) use copy::copy_range;
pub(crate) use decode::{AudioDecoder, AudioFrame, DecoderRecipe, Frames, Losses, VideoDecoder, VideoFrame};
pub(crate) use encode::{AacEncoder, EncodedAudio, VideoEncoder, VideoEncoding, VideoParameters, decode_aac};
pub(crate) use encoders::{SPEEDS, Wanted};
pub(crate) use mux::Mp4Writer;
pub(crate) use picture::{contact_sheet, read_thumbnail, write_thumbnail};
pub(crate) use shrink::{Cells, Shrinker, Shrunk};
pub(crate) use source::{Packet, Source};
pub(crate) use subtitle::SubtitleText;
pub(crate) use video_graph::{VideoGraph, escape_filter_value};

/// Sample rate of everything that is measured or encoded, in Hz.
pub(crate) const SAMPLE_RATE: u32 = 48_000;

/// Threads of a picture decoder. More would hold more pictures in memory than they save time.
pub(crate) const DECODER_THREADS: usize = 2;

/// Load FFmpeg once and send its messages to [`tracing`].
pub(crate) fn init() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // Only fills in the texts of error numbers with the versions that are supported; it cannot fail there.
        if let Err(error) = ffmpeg_next::init() {
            tracing::warn!(%error, "FFmpeg's set-up failed");
        }
        log::capture();
    });
}

/// Does the linked FFmpeg have this filter?
pub(crate) fn has_filter(name: &str) -> bool {
    init();
    ffmpeg_next::filter::find(name).is_some()
}

/// Version and licence of the linked FFmpeg, for bug reports.
pub fn ffmpeg_version() -> String {
    let version = ffmpeg_next::util::version();
    format!(
        "libavutil {}.{}.{} ({})",
        version >> 16,
        version >> 8 & 0xff,
        version & 0xff,
        ffmpeg_next::format::license()
    )
}
