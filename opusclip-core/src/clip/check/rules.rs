//! The rules, one table. Sources:
//!
//! - YouTube: <https://support.google.com/youtube/answer/1722171> (container, codecs, closed groups of half the frame rate,
//!   frame rates), <https://support.google.com/youtube/answer/15424877> (Shorts: square or taller, up to three minutes).
//! - Instagram: <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media>
//!   (Reels: no edit lists, moov first, closed groups, 23 to 60 frames, 1920 columns, 25 Mb/s, 3 s to 15 min, 300 MB).
//! - TikTok: <https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide> (containers, codecs, 23 to 60
//!   frames, 360 to 4096 pixels, up to ten minutes, 4 GB).

use super::Severity;
use crate::clip::media::Container;
use crate::clip::render::Preset;

pub(super) struct Rules {
    pub(super) containers: &'static [Container],
    /// What index first, edit lists and closed groups are to the platform.
    pub(super) structure: Severity,
    pub(super) codecs: &'static [&'static str],
    pub(super) pixel_formats: &'static [&'static str],
    /// Shortest and longest side in pixels.
    pub(super) sides: (u32, u32),
    pub(super) widest: u32,
    pub(super) shape: Shape,
    pub(super) shape_matters: Severity,
    pub(super) frame_rate: (f64, f64),
    /// Seconds.
    pub(super) length: (f64, f64),
    pub(super) bytes: u64,
    pub(super) bit_rate: f64,
    /// Longest distance of keyframes in seconds.
    pub(super) keyframes: f64,
    pub(super) audio_codecs: &'static [&'static str],
    pub(super) audio_rates: &'static [u32],
}

/// Width beside height.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Any,
    Vertical,
    NotWide,
    Wide,
    Square,
}

impl Shape {
    pub(super) fn holds(self, width: u32, height: u32) -> bool {
        match self {
            Self::Any => true,
            Self::Vertical => width * 16 == height * 9,
            Self::NotWide => width <= height,
            Self::Wide => width > height,
            Self::Square => width == height,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Vertical => "9:16",
            Self::NotWide => "square or taller",
            Self::Wide => "wider than high",
            Self::Square => "1:1",
        }
    }
}

const FULL_AND_LIMITED: &[&str] = &["yuv420p", "yuvj420p"];
const TB: u64 = 1_000_000_000_000;

pub(super) fn rules(platform: Preset) -> Rules {
    let any = Rules {
        containers: &[Container::Mp4],
        structure: Severity::Error,
        codecs: &["h264", "hevc", "av1"],
        pixel_formats: FULL_AND_LIMITED,
        sides: (64, 4096),
        widest: 4096,
        shape: Shape::Any,
        shape_matters: Severity::Warning,
        frame_rate: (23.0, 60.0),
        length: (0.1, 43_200.0),
        bytes: TB,
        bit_rate: f64::INFINITY,
        keyframes: 2.0,
        audio_codecs: &["aac"],
        audio_rates: &[44_100, 48_000],
    };
    match platform {
        Preset::Master => any,
        Preset::Tiktok => Rules {
            containers: &[Container::Mp4, Container::Matroska],
            structure: Severity::Warning,
            codecs: &["h264", "hevc", "vp8", "vp9"],
            sides: (360, 4096),
            shape: Shape::Vertical,
            length: (3.0, 600.0),
            bytes: 4_000_000_000,
            audio_codecs: &["aac", "opus", "vorbis"],
            ..any
        },
        Preset::Reels | Preset::Square => Rules {
            codecs: &["h264", "hevc"],
            sides: (540, 4096),
            widest: 1920,
            shape: if platform == Preset::Square { Shape::Square } else { Shape::Vertical },
            length: (3.0, 900.0),
            bytes: 300_000_000,
            bit_rate: 25e6,
            ..any
        },
        Preset::Shorts | Preset::Youtube => Rules {
            structure: Severity::Warning,
            codecs: &["h264", "hevc", "av1", "vp9"],
            shape: if platform == Preset::Shorts { Shape::NotWide } else { Shape::Wide },
            shape_matters: if platform == Preset::Shorts { Severity::Error } else { Severity::Warning },
            length: (0.1, if platform == Preset::Shorts { 180.0 } else { 43_200.0 }),
            bytes: 256 * (1 << 30),
            keyframes: 0.5,
            audio_rates: &[48_000, 96_000],
            ..any
        },
    }
}
