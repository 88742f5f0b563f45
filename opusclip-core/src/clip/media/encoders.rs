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

/// Qualities that look about alike: x264's CRF, and what SVT-AV1 and libaom want for the same SSIM on filmed and on drawn
/// pictures of 1080x1920, as `make quality-av1` measures it.
const AV1_QUALITIES: [(f64, f64); 6] =
    [(1.0, 1.0), (12.0, 17.0), (20.0, 31.0), (28.0, 44.0), (36.0, 55.0), (51.0, 63.0)];

/// The same for rav1e's quantizer.
const RAV1E_QUANTIZERS: [(f64, f64); 6] =
    [(1.0, 1.0), (12.0, 20.0), (20.0, 65.0), (28.0, 132.0), (36.0, 190.0), (51.0, 255.0)];

/// The encoder that this crate brings along; see the module of that name.
pub(super) const RAV1E: &str = "rav1e";

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
    /// Encoders by their names in FFmpeg, the best first, and after them what this crate brings along.
    fn software(self) -> &'static [&'static str] {
        match self {
            Self::H264 => &["libx264", "libopenh264"],
            Self::Hevc => &["libx265"],
            Self::Av1 => &["libsvtav1", "libaom-av1", "librav1e", RAV1E],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::Hevc => "HEVC",
            Self::Av1 => "AV1",
        }
    }

    /// Encoders of graphics cards and the like.
    fn hardware(self) -> &'static [&'static str] {
        match self {
            Self::H264 => &["h264_nvenc", "h264_qsv", "h264_videotoolbox", "h264_amf"],
            Self::Hevc => &["hevc_nvenc", "hevc_qsv", "hevc_videotoolbox", "hevc_amf"],
            Self::Av1 => &["av1_nvenc", "av1_qsv", "av1_amf"],
        }
    }
}

/// Which encoder is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) codec: Codec,
    /// By a graphics card or the like.
    pub(crate) hardware: bool,
    /// This one, whichever else there are.
    pub(crate) encoder: Option<&'a str>,
}

impl Wanted<'_> {
    /// Fails where the name that is asked for is no encoder of the codec.
    pub(crate) fn validate(self) -> Result<()> {
        let names = if self.hardware { self.codec.hardware() } else { self.codec.software() };
        let Some(unknown) = self.encoder.filter(|encoder| !names.contains(encoder)) else { return Ok(()) };
        let kind = if self.hardware { "hardware" } else { "software" };
        let message = format!("`{unknown}` is no {kind} encoder for {}", self.codec.name());
        Err(Error::new(ErrorCode::ConfigInvalid, message)
            .field("encoder")
            .hint(format!("use one of {}, or leave `encoder` out", names.join(", "))))
    }

    /// The best encoder on this machine.
    ///
    /// # Errors
    /// [`ErrorCode::MediaNoEncoder`] where there is none.
    pub(super) fn software(self) -> Result<&'static str> {
        super::init();
        let names = self.codec.software();
        let found = names.iter().copied().filter(|name| self.takes(name)).find(|name| exists(name));
        found.ok_or_else(|| match self.encoder {
            Some(name) => Error::new(ErrorCode::MediaNoEncoder, format!("there is no {name} here"))
                .field("encoder")
                .hint("leave `encoder` out, or install an FFmpeg with this encoder"),
            None => {
                let message = format!("the linked FFmpeg has no encoder for {}", self.codec.name());
                Error::new(ErrorCode::MediaNoEncoder, message)
                    .field("codec")
                    .hint(format!("install an FFmpeg with {}, or choose another codec", names.join(" or ")))
            }
        })
    }

    /// Hardware that is worth a try; whether there is any is known only when it is opened.
    pub(super) fn hardware(self) -> impl Iterator<Item = &'static str> {
        super::init();
        self.codec.hardware().iter().copied().filter(move |name| self.takes(name))
    }

    pub(super) fn no_hardware(self) -> Error {
        let tried: Vec<&str> = self.hardware().collect();
        let message = format!("no hardware encodes {} here; tried {}", self.codec.name(), tried.join(", "));
        Error::new(ErrorCode::MediaNoEncoder, message).field("hardware").hint("leave `hardware` out")
    }

    /// What decides which encoder is used, for fingerprints.
    ///
    /// # Errors
    /// [`ErrorCode::MediaNoEncoder`] where there is none.
    pub(crate) fn names(self) -> Result<String> {
        if self.hardware {
            Ok(self.hardware().collect::<Vec<_>>().join(","))
        } else {
            self.software().map(str::to_owned)
        }
    }

    fn takes(self, name: &str) -> bool {
        self.encoder.is_none_or(|encoder| encoder == name)
    }
}

fn exists(name: &str) -> bool {
    if name == RAV1E { cfg!(feature = "rav1e") } else { ffmpeg::encoder::find_by_name(name).is_some() }
}

/// What an encoder is told beside what all of them understand.
pub(super) fn options(name: &str, encoding: &VideoEncoding<'_>) -> ffmpeg::Dictionary<'static> {
    let mut options = ffmpeg::Dictionary::new();
    let crf = encoding.crf;
    let pace = pace(encoding.speed);
    match name {
        "libx264" => {
            options.set("preset", encoding.speed);
            options.set("crf", &crf.to_string());
            options.set("profile", "high");
            options.set("forced-idr", "1");
            options.set("x264-params", "open-gop=0");
        }
        "libx265" => {
            options.set("preset", encoding.speed);
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
            options.set("qp", &rav1e_quantizer(crf).to_string());
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
    if encoding.max_bit_rate > 0 {
        bound(name, encoding, &mut options);
    }
    options
}

/// Keep the encoder below a bit rate, over about a second.
fn bound(name: &str, encoding: &VideoEncoding<'_>, options: &mut ffmpeg::Dictionary<'_>) {
    let most = encoding.max_bit_rate.to_string();
    match name {
        "libx264" | "libx265" | "libsvtav1" => {}
        // With a CRF beside it, a target is a bound.
        "libaom-av1" => options.set("b", &most),
        // So it is where no picture may be better than at constant quality.
        "librav1e" => {
            options.set("b", &most);
            options.set("qmin", &rav1e_quantizer(encoding.crf).to_string());
            return;
        }
        // These have been given a rate below it.
        _ => return,
    }
    options.set("maxrate", &most);
    options.set("bufsize", &most);
}

/// Where a speed stands among [`SPEEDS`].
fn pace(speed: &str) -> usize {
    SPEEDS.iter().position(|known| *known == speed).unwrap_or(0)
}

/// The speed on rav1e's scale, 0 (slowest) to 10.
#[cfg(feature = "rav1e")]
pub(super) fn rav1e_speed(speed: &str) -> u8 {
    RAV1E_SPEEDS[pace(speed)]
}

/// A CRF on the scale of rav1e's quantizer, 0 to 255.
pub(super) fn rav1e_quantizer(crf: f64) -> u32 {
    carried(crf, &RAV1E_QUANTIZERS)
}

/// A CRF on the scale of SVT-AV1 and libaom, 0 to 63.
fn av1_quality(crf: f64) -> u32 {
    carried(crf, &AV1_QUALITIES)
}

/// A CRF on another scale, along the lines between these points.
fn carried(crf: f64, points: &[(f64, f64)]) -> u32 {
    let crf = crf.clamp(points[0].0, points[points.len() - 1].0);
    let line = points.windows(2).find(|line| crf <= line[1].0).map(|line| (line[0], line[1]));
    line.map_or(0.0, |((from, low), (to, high))| low + (crf - from) / (to - from) * (high - low)).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_better_quality_stays_a_better_one_on_every_scale() {
        let steps: Vec<f64> = (2..=102).map(|half| f64::from(half) / 2.0).collect();
        for (scale, most) in [(av1_quality as fn(f64) -> u32, 63), (rav1e_quantizer, 255)] {
            let carried: Vec<u32> = steps.iter().map(|crf| scale(*crf)).collect();
            assert!(carried.is_sorted() && carried.iter().all(|value| (1..=most).contains(value)), "{carried:?}");
            assert_eq!((carried.first(), carried.last()), (Some(&1), Some(&most)));
        }
        assert_eq!((av1_quality(20.0), rav1e_quantizer(20.0)), (31, 65));
    }
}
