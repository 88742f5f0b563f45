//! What a file is: container, streams, display size, frame rate, colour, sound, chapters.
#![allow(unsafe_code, reason = "several stream properties exist only in FFmpeg's C structures")]

use std::path::{Path, PathBuf};

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;
use ffmpeg_next::format::stream::Disposition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::container::Container;
use super::source::{Limits, Source};
use crate::control::Control;
use crate::error::Result;
use crate::time::{Timestamp, round_micros};

/// A fraction, such as a frame rate of 30000/1001.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rational {
    /// Numerator.
    pub num: i32,
    /// Denominator, positive.
    pub den: i32,
}

impl Rational {
    /// The quotient.
    pub fn value(self) -> f64 {
        f64::from(self.num) / f64::from(self.den.max(1))
    }

    fn positive(num: i32, den: i32) -> Option<Self> {
        (num > 0 && den > 0).then_some(Self { num, den })
    }
}

/// A media file as its header and first packets describe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaInfo {
    /// The path as given.
    pub path: PathBuf,
    /// The container, told from the bytes.
    pub container: Container,
    /// Bytes.
    pub size: u64,
    /// Seconds, as the header claims; `None` where it claims nothing.
    pub duration: Option<f64>,
    /// The container's own time of its beginning in seconds. All other times count from it.
    pub start_offset: f64,
    /// Bits a second over all streams, where known.
    pub bit_rate: Option<u64>,
    /// Index in `streams` of the picture that clips are made from.
    pub video: Option<usize>,
    /// Index in `streams` of the sound that clips are made from.
    pub audio: Option<usize>,
    /// Every stream in the file's order.
    pub streams: Vec<StreamInfo>,
    /// Chapters in order of time.
    pub chapters: Vec<Chapter>,
}

impl MediaInfo {
    /// The picture that clips are made from.
    pub fn video(&self) -> Option<&VideoInfo> {
        self.streams.get(self.video?)?.video.as_ref()
    }

    /// The sound that clips are made from.
    pub fn audio(&self) -> Option<&AudioInfo> {
        self.streams.get(self.audio?)?.audio.as_ref()
    }
}

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// A moving picture.
    Video,
    /// A still picture that belongs to the file, such as cover art.
    AttachedPicture,
    /// Sound.
    Audio,
    /// Subtitles.
    Subtitle,
    /// Fonts and other files inside the container.
    Attachment,
    /// Timecode, telemetry and everything else.
    Data,
}

/// One stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamInfo {
    /// Its position in the file, from 0.
    pub index: usize,
    /// What it carries.
    pub kind: StreamKind,
    /// FFmpeg's name of the codec, such as `h264`; empty if unknown.
    pub codec: String,
    /// Length of a tick in seconds, such as `1/90000`.
    pub time_base: String,
    /// Seconds from the start of the media to its first packet.
    pub start: Option<f64>,
    /// Seconds, as the header claims.
    pub duration: Option<f64>,
    /// Language tag, such as `eng`.
    pub language: Option<String>,
    /// Title, where the file gives one.
    pub title: Option<String>,
    /// Is it marked as the default of its kind?
    pub default: bool,
    /// Of a picture.
    pub video: Option<VideoInfo>,
    /// Of a sound.
    pub audio: Option<AudioInfo>,
}

/// A picture's properties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VideoInfo {
    /// Coded width in pixels.
    pub width: u32,
    /// Coded height in pixels.
    pub height: u32,
    /// Width in square pixels after rotation: what a viewer sees.
    pub display_width: u32,
    /// Height in square pixels after rotation.
    pub display_height: u32,
    /// Width of a pixel over its height; 1/1 is square.
    pub sample_aspect_ratio: Rational,
    /// Clockwise turn in degrees that makes the picture upright: 0, 90, 180 or 270.
    pub rotation: u32,
    /// Is it also mirrored?
    pub mirrored: bool,
    /// Average frames a second.
    pub frame_rate: Option<Rational>,
    /// The lowest rate at which every timestamp of the first frames falls on a tick; of use where the rate varies.
    pub base_rate: Option<Rational>,
    /// Do the distances between frames differ?
    pub variable_frame_rate: bool,
    /// FFmpeg's name of the pixel format, such as `yuv420p10le`.
    pub pixel_format: String,
    /// Bits a component.
    pub bit_depth: u32,
    /// Colour description.
    pub color: ColorInfo,
    /// Is it interlaced?
    pub interlaced: bool,
}

/// Colour by the code points of ITU-T H.273, in FFmpeg's names; `unknown` where the file does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColorInfo {
    /// `tv` (limited), `pc` (full) or `unknown`.
    pub range: String,
    /// Primaries, such as `bt709`.
    pub primaries: String,
    /// Transfer characteristic, such as `smpte2084`.
    pub transfer: String,
    /// Matrix, such as `bt709`.
    pub matrix: String,
}

/// A sound's properties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AudioInfo {
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u32,
    /// Layout, such as `stereo` or `5.1`.
    pub layout: String,
}

/// A chapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
    /// Its title; empty if it has none.
    pub title: String,
}

/// Read what a file is. Decodes at most a few frames.
///
/// # Errors
/// `media.*` where the file cannot be read, [`crate::ErrorCode::LimitExceeded`], [`crate::ErrorCode::Cancelled`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{Limits, probe}};
/// let info = probe("talk.mp4", Limits::default(), &Control::new())?;
/// println!("{:?} {:?} s", info.container, info.duration);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn probe(path: impl AsRef<Path>, limits: Limits, control: &Control) -> Result<MediaInfo> {
    Ok(Source::open(path.as_ref(), limits, control)?.info())
}

impl Source {
    /// Everything that the header and the first packets tell.
    pub(crate) fn info(&self) -> MediaInfo {
        let input = self.input();
        let streams: Vec<StreamInfo> = input.streams().map(|stream| self.stream_info(&stream)).collect();
        let duration = input.duration();
        MediaInfo {
            path: self.path().to_owned(),
            container: self.container(),
            size: self.size(),
            duration: (duration > 0).then(|| round_micros(duration as f64 / 1e6)),
            start_offset: round_micros(self.origin().seconds()),
            bit_rate: u64::try_from(input.bit_rate()).ok().filter(|rate| *rate > 0),
            video: self.best(ffmpeg::media::Type::Video, &streams, StreamKind::Video),
            audio: self.best(ffmpeg::media::Type::Audio, &streams, StreamKind::Audio),
            streams,
            chapters: self.chapters(),
        }
    }

    /// FFmpeg's choice, unless that is cover art.
    fn best(&self, medium: ffmpeg::media::Type, streams: &[StreamInfo], kind: StreamKind) -> Option<usize> {
        let best = self.input().streams().best(medium).map(|stream| stream.index());
        best.filter(|index| streams.get(*index).is_some_and(|s| s.kind == kind))
            .or_else(|| streams.iter().position(|s| s.kind == kind))
    }

    fn stream_info(&self, stream: &ffmpeg::format::stream::Stream<'_>) -> StreamInfo {
        let parameters = stream.parameters();
        let attached = stream.disposition().contains(Disposition::ATTACHED_PIC);
        let kind = match parameters.medium() {
            ffmpeg::media::Type::Video if attached => StreamKind::AttachedPicture,
            ffmpeg::media::Type::Video => StreamKind::Video,
            ffmpeg::media::Type::Audio => StreamKind::Audio,
            ffmpeg::media::Type::Subtitle => StreamKind::Subtitle,
            ffmpeg::media::Type::Attachment => StreamKind::Attachment,
            _ => StreamKind::Data,
        };
        let base = self.time_base(stream.index());
        let start = base.filter(|_| stream.start_time() != ffi::AV_NOPTS_VALUE);
        let length = base.filter(|_| stream.duration() > 0);
        let metadata = stream.metadata();
        StreamInfo {
            index: stream.index(),
            kind,
            codec: codec_name(parameters.id()),
            time_base: base.map(|base| base.to_string()).unwrap_or_default(),
            start: start.map(|base| round_micros(self.since_origin(stream.start_time(), base).seconds())),
            duration: length.map(|base| round_micros(Timestamp::new(stream.duration(), base).seconds())),
            language: metadata.get("language").filter(|tag| *tag != "und").map(str::to_owned),
            title: metadata.get("title").map(str::to_owned),
            default: stream.disposition().contains(Disposition::DEFAULT),
            video: matches!(kind, StreamKind::Video | StreamKind::AttachedPicture)
                .then(|| video_info(stream, attached)),
            audio: (kind == StreamKind::Audio).then(|| audio_info(&parameters)),
        }
    }

    fn chapters(&self) -> Vec<Chapter> {
        let mut chapters: Vec<Chapter> = self
            .input()
            .chapters()
            .filter_map(|chapter| {
                let base = chapter.time_base();
                let base = crate::time::TimeBase::new(
                    u32::try_from(base.numerator()).ok()?,
                    u32::try_from(base.denominator()).ok()?,
                )?;
                Some(Chapter {
                    start: round_micros(self.since_origin(chapter.start(), base).seconds()),
                    end: round_micros(self.since_origin(chapter.end(), base).seconds()),
                    title: chapter.metadata().get("title").unwrap_or_default().to_owned(),
                })
            })
            .collect();
        chapters.sort_by(|a, b| a.start.total_cmp(&b.start));
        chapters
    }
}

fn video_info(stream: &ffmpeg::format::stream::Stream<'_>, still: bool) -> VideoInfo {
    let parameters = stream.parameters();
    // SAFETY: stream and parameters are alive for the length of this function, and only plain fields are read.
    let (par, sar_of_stream) = unsafe { (&*parameters.as_ptr(), (*stream.as_ptr()).sample_aspect_ratio) };
    let width = u32::try_from(par.width).unwrap_or(0);
    let height = u32::try_from(par.height).unwrap_or(0);
    let sar = Rational::positive(sar_of_stream.num, sar_of_stream.den)
        .or_else(|| Rational::positive(par.sample_aspect_ratio.num, par.sample_aspect_ratio.den))
        .unwrap_or(Rational { num: 1, den: 1 });
    let turn = Turn::of(stream);
    let (display_width, display_height) = display_size(width, height, sar, turn.rotation);
    let (pixel_format, bit_depth) = pixel_format(par.format);
    let rate = |rate: ffmpeg::Rational| Rational::positive(rate.numerator(), rate.denominator()).filter(|_| !still);
    let (average, smallest) = (rate(stream.avg_frame_rate()), rate(stream.rate()));
    VideoInfo {
        width,
        height,
        display_width,
        display_height,
        sample_aspect_ratio: sar,
        rotation: turn.rotation,
        mirrored: turn.mirrored,
        frame_rate: average.or(smallest),
        base_rate: smallest,
        variable_frame_rate: is_variable(average, smallest),
        pixel_format,
        bit_depth,
        color: color_info(par),
        interlaced: !matches!(
            par.field_order,
            ffi::AVFieldOrder::AV_FIELD_UNKNOWN | ffi::AVFieldOrder::AV_FIELD_PROGRESSIVE
        ),
    }
}

/// The real base rate is the smallest rate in which every timestamp can be told. Where it is well above the average,
/// some frames last longer than others. A stream whose rates differ by under 1 % only has rounded timestamps.
fn is_variable(average: Option<Rational>, smallest: Option<Rational>) -> bool {
    match (average, smallest) {
        (Some(average), Some(smallest)) => (smallest.value() / average.value() - 1.0).abs() > 0.01,
        _ => false,
    }
}

/// Size in square pixels after rotation. The longer way is stretched, so that no detail is lost.
fn display_size(width: u32, height: u32, sar: Rational, rotation: u32) -> (u32, u32) {
    let ratio = sar.value();
    let (w, h) = if ratio >= 1.0 {
        ((f64::from(width) * ratio).round() as u32, height)
    } else {
        (width, (f64::from(height) / ratio).round() as u32)
    };
    if rotation % 180 == 90 { (h, w) } else { (w, h) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Turn {
    rotation: u32,
    mirrored: bool,
}

impl Turn {
    const NONE: Self = Self { rotation: 0, mirrored: false };

    /// From the display matrix of the container.
    fn of(stream: &ffmpeg::format::stream::Stream<'_>) -> Self {
        for side in stream.side_data() {
            if side.kind() != ffmpeg::codec::packet::side_data::Type::DisplayMatrix || side.data().len() < 36 {
                continue;
            }
            let mut matrix = [0i32; 9];
            for (cell, bytes) in matrix.iter_mut().zip(side.data().chunks_exact(4)) {
                *cell = i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
            return Self::of_matrix(matrix);
        }
        Self::NONE
    }

    /// The matrix is `[a b u; c d v; x y w]`; a negative determinant mirrors. The nearest quarter turn is taken.
    fn of_matrix(matrix: [i32; 9]) -> Self {
        let (a, b, c, d) = (f64::from(matrix[0]), f64::from(matrix[1]), f64::from(matrix[3]), f64::from(matrix[4]));
        let mirrored = a * d - b * c < 0.0;
        // A mirrored matrix is a flip of the x axis followed by a turn.
        let (a, b) = if mirrored { (-a, -b) } else { (a, b) };
        let degrees = b.atan2(a).to_degrees();
        let quarter = (degrees / 90.0).round().rem_euclid(4.0) as u32;
        Self { rotation: quarter * 90 % 360, mirrored }
    }
}

fn codec_name(id: ffmpeg::codec::Id) -> String {
    if id == ffmpeg::codec::Id::None { String::new() } else { id.name().to_owned() }
}

fn pixel_format(format: i32) -> (String, u32) {
    // SAFETY: FFmpeg returns null or a static name and descriptor for any number.
    unsafe {
        // The enum's numbers are those of the linked FFmpeg; only they reach this point.
        let Some(format) = (-1..ffi::AVPixelFormat::AV_PIX_FMT_NB as i32)
            .contains(&format)
            .then(|| std::mem::transmute::<i32, ffi::AVPixelFormat>(format))
        else {
            return ("unknown".to_owned(), 8);
        };
        let descriptor = ffi::av_pix_fmt_desc_get(format);
        if descriptor.is_null() {
            return ("unknown".to_owned(), 8);
        }
        let depth = u32::try_from((*descriptor).comp[0].depth).unwrap_or(8);
        (c_text(ffi::av_get_pix_fmt_name(format)), depth)
    }
}

fn color_info(par: &ffi::AVCodecParameters) -> ColorInfo {
    // SAFETY: each function returns null or a static name.
    unsafe {
        let full_by_format = pixel_format(par.format).0.starts_with("yuvj");
        let range = c_text(ffi::av_color_range_name(par.color_range));
        ColorInfo {
            range: if full_by_format { "pc".to_owned() } else { range },
            primaries: c_text(ffi::av_color_primaries_name(par.color_primaries)),
            transfer: c_text(ffi::av_color_transfer_name(par.color_trc)),
            matrix: c_text(ffi::av_color_space_name(par.color_space)),
        }
    }
}

/// # Safety
/// `text` is null or a zero-terminated text that outlives the call.
unsafe fn c_text(text: *const std::ffi::c_char) -> String {
    if text.is_null() {
        return "unknown".to_owned();
    }
    // SAFETY: promised by the caller.
    unsafe { std::ffi::CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn audio_info(parameters: &ffmpeg::codec::Parameters) -> AudioInfo {
    // SAFETY: the parameters are alive, and the buffer's length is given.
    unsafe {
        let par = &*parameters.as_ptr();
        let mut name = [0 as std::ffi::c_char; 64];
        ffi::av_channel_layout_describe(&par.ch_layout, name.as_mut_ptr(), name.len());
        AudioInfo {
            sample_rate: u32::try_from(par.sample_rate).unwrap_or(0),
            channels: u32::try_from(par.ch_layout.nb_channels).unwrap_or(0),
            layout: c_text(name.as_ptr()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i32 = 1 << 16;

    #[test]
    fn display_matrices_become_quarter_turns() {
        let upright = [ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30];
        let clockwise = [0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30];
        let upside_down = [-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30];
        let counter = [0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30];
        let mirrored = [-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30];
        let turns = [upright, clockwise, upside_down, counter].map(|m| Turn::of_matrix(m).rotation);
        assert_eq!(turns, [0, 90, 180, 270]);
        assert_eq!(Turn::of_matrix(mirrored), Turn { rotation: 0, mirrored: true });
    }

    #[test]
    fn display_size_has_square_pixels_and_stands_upright() {
        assert_eq!(display_size(720, 576, Rational { num: 64, den: 45 }, 0), (1024, 576));
        assert_eq!(display_size(640, 360, Rational { num: 2, den: 3 }, 0), (640, 540));
        assert_eq!(display_size(1920, 1080, Rational { num: 1, den: 1 }, 90), (1080, 1920));
    }

    #[test]
    fn rounded_timestamps_are_not_a_variable_rate() {
        let ntsc = Some(Rational { num: 30000, den: 1001 });
        assert!(!is_variable(ntsc, Some(Rational { num: 30, den: 1 })));
        assert!(is_variable(Some(Rational { num: 22, den: 1 }), Some(Rational { num: 90, den: 1 })));
    }
}
