//! Which encoders there are, and what each is told.

use ffmpeg_next as ffmpeg;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::encode::VideoEncoding;
use crate::error::{Error, ErrorCode, Result};

/// Speeds of all encoders by x264's names, fastest first.
pub(crate) const SPEEDS: [&str; 9] =
    ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];

/// The same speeds as other encoders count them.
const SVT_PRESETS: [u8; 9] = [12, 11, 10, 9, 8, 7, 6, 5, 4];
const AOM_SPEEDS: [u8; 9] = [8, 8, 7, 6, 6, 5, 4, 3, 2];
const RAV1E_SPEEDS: [u8; 9] = [10, 10, 10, 9, 8, 7, 6, 5, 4];

/// x265 gives about the same quality as x264 at a CRF this much higher (its documentation: 28 is x264's 23).
const X265_OFFSET: f64 = 5.0;

/// How pictures are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// H.264, which every platform takes.
    #[default]
    H264,
    /// HEVC (H.265), for players that know it.
    Hevc,
    /// AV1: the smallest files, the slowest to make.
    Av1,
}

impl Codec {
    /// Encoders by their names in FFmpeg, the best first.
    fn software(self) -> &'static [&'static str] {
        match self {
            Self::H264 => &["libx264", "libopenh264"],
            Self::Hevc => &["libx265"],
            Self::Av1 => &["libsvtav1", "libaom-av1", "librav1e"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::Hevc => "HEVC",
            Self::Av1 => "AV1",
        }
    }
}

/// The encoder that the linked FFmpeg offers for a codec.
///
/// # Errors
/// [`ErrorCode::MediaNoEncoder`] where it offers none.
pub(super) fn available(codec: Codec) -> Result<&'static str> {
    super::init();
    let names = codec.software();
    names.iter().copied().find(|name| ffmpeg::encoder::find_by_name(name).is_some()).ok_or_else(|| {
        Error::new(ErrorCode::MediaNoEncoder, format!("the linked FFmpeg has no encoder for {}", codec.name()))
            .field("codec")
            .hint(format!("install an FFmpeg with {}, or choose another codec", names.join(" or ")))
    })
}

/// Encoders of graphics cards and the like.
pub(super) fn hardware(codec: Codec) -> &'static [&'static str] {
    super::init();
    match codec {
        Codec::H264 => &["h264_nvenc", "h264_qsv", "h264_videotoolbox", "h264_amf"],
        Codec::Hevc => &["hevc_nvenc", "hevc_qsv", "hevc_videotoolbox", "hevc_amf"],
        Codec::Av1 => &["av1_nvenc", "av1_qsv", "av1_amf"],
    }
}

pub(super) fn no_hardware(codec: Codec) -> Error {
    let message = format!("no hardware encodes {} here; tried {}", codec.name(), hardware(codec).join(", "));
    Error::new(ErrorCode::MediaNoEncoder, message).field("hardware").hint("leave `hardware` out")
}

/// What decides which encoder is used, for fingerprints.
///
/// # Errors
/// [`ErrorCode::MediaNoEncoder`] where there is none.
pub(crate) fn encoder_names(codec: Codec, by_hardware: bool) -> Result<String> {
    if by_hardware { Ok(hardware(codec).join(",")) } else { available(codec).map(str::to_owned) }
}

/// What an encoder is told beside what all of them understand.
pub(super) fn options(name: &str, encoding: &VideoEncoding) -> ffmpeg::Dictionary<'static> {
    let mut options = ffmpeg::Dictionary::new();
    let crf = encoding.crf;
    let pace = SPEEDS.iter().position(|speed| *speed == encoding.speed).unwrap_or(0);
    match name {
        "libx264" => {
            options.set("preset", &encoding.speed);
            options.set("crf", &crf.to_string());
            options.set("profile", "high");
            options.set("forced-idr", "1");
            options.set("x264-params", "open-gop=0");
        }
        "libx265" => {
            options.set("preset", &encoding.speed);
            options.set("crf", &(crf + X265_OFFSET).min(51.0).to_string());
            options.set("forced-idr", "1");
            options
                .set("x265-params", &format!("open-gop=0:log-level=none:pools={}:frame-threads=1", encoding.threads));
        }
        "libsvtav1" => {
            options.set("crf", &av1_quality(crf).to_string());
            options.set("preset", &SVT_PRESETS[pace].to_string());
            options.set("svtav1-params", &format!("lp={}", encoding.threads));
        }
        "libaom-av1" => {
            options.set("crf", &av1_quality(crf).to_string());
            options.set("b", "0");
            options.set("cpu-used", &AOM_SPEEDS[pace].to_string());
            options.set("row-mt", "1");
        }
        "librav1e" => {
            options.set("qp", &(av1_quality(crf) * 255 / 63).to_string());
            options.set("speed", &RAV1E_SPEEDS[pace].to_string());
        }
        // OpenH264 and hardware know no constant quality that is one and the same; a rate that looks alike on talking
        // heads.
        _ => {
            let bits = f64::from(encoding.width) * f64::from(encoding.height) * encoding.frame_rate.value() * 0.1;
            let most = if encoding.max_bit_rate > 0 { f64::from(encoding.max_bit_rate) } else { f64::INFINITY };
            options.set("b", &(bits.min(most) as u64).to_string());
        }
    }
    if encoding.max_bit_rate > 0 && matches!(name, "libx264" | "libx265") {
        options.set("maxrate", &encoding.max_bit_rate.to_string());
        options.set("bufsize", &encoding.max_bit_rate.to_string());
    }
    options
}

/// A CRF on AV1's scale, 0 to 63, in place of one on x264's, 0 to 51.
fn av1_quality(crf: f64) -> u32 {
    (crf * 63.0 / 51.0 + 6.0).round().clamp(1.0, 63.0) as u32
}
