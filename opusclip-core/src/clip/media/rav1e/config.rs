//! What rav1e is told.

use ::rav1e::color::{
    ChromaSamplePosition, ChromaSampling, ColorDescription, ColorPrimaries, MatrixCoefficients, PixelRange,
    TransferCharacteristics,
};
use ::rav1e::prelude::{Config, EncoderConfig, Rational, SpeedSettings};

use super::super::encode::VideoEncoding;
use super::super::encoders::{rav1e_quantizer, rav1e_speed};

/// Pictures are encoded in this many parts side by side. It does not follow the number of threads, so that a clip comes
/// out the same on every machine.
const TILES: usize = 4;

/// Pictures with fewer pixels than this are encoded in one part.
const SMALL: usize = 640 * 360;

/// Pictures that rav1e looks ahead at most; each takes some 22 MB at 1080 x 1920, and slow speeds would take 40 of them.
const LOOK_AHEAD: usize = 10;

/// Keyframes at cuts stand at least this many pictures apart.
const CUTS_APART: u64 = 12;

/// rav1e spreads a bit rate over no fewer pictures than this.
const LEAST_RESERVOIR: i32 = 12;

/// The speed and quantizer of still pictures: 0.8 s of processor time for one of 1080 x 1920, which looks like the JPEG in
/// about half of its bytes.
const STILL_SPEED: u8 = 8;
const STILL_QUANTIZER: usize = 60;
const STILL_THREADS: usize = 2;

/// Levels of AV1 (its specification, A.3): their number, the most pixels of a picture, width, height, pixels a second.
const LEVELS: [(u8, usize, usize, usize, f64); 10] = [
    (0, 147_456, 2048, 1152, 4_423_680.0),
    (1, 278_784, 2816, 1584, 8_363_520.0),
    (4, 665_856, 4352, 2448, 19_975_680.0),
    (5, 1_065_024, 5504, 3096, 31_950_720.0),
    (8, 2_359_296, 6144, 3456, 70_778_880.0),
    (9, 2_359_296, 6144, 3456, 141_557_760.0),
    (12, 8_912_896, 8192, 4352, 267_386_880.0),
    (13, 8_912_896, 8192, 4352, 534_773_760.0),
    (14, 8_912_896, 8192, 4352, 1_069_547_520.0),
    (16, 35_651_584, 16_384, 8704, 1_069_547_520.0),
];

/// For a clip.
pub(super) fn video(encoding: &VideoEncoding<'_>) -> Config {
    let (width, height) = (encoding.width as usize, encoding.height as usize);
    let mut settings = pictures(width, height, rav1e_speed(encoding.speed));
    let rate = encoding.frame_rate;
    settings.time_base = Rational::new(rate.den.unsigned_abs().into(), rate.num.unsigned_abs().into());
    settings.level_idx = level(width, height, rate.value());
    let gop = u64::from(encoding.gop);
    settings.set_key_frame_interval(CUTS_APART.min(gop), gop);
    let quantizer = rav1e_quantizer(encoding.crf);
    settings.quantizer = quantizer as usize;
    if encoding.max_bit_rate > 0 {
        // What would be a target is a bound where no picture may be better than at constant quality.
        settings.bitrate = i32::try_from(encoding.max_bit_rate).unwrap_or(i32::MAX);
        settings.min_quantizer = u8::try_from(quantizer).unwrap_or(u8::MAX);
        settings.quantizer = 255;
        settings.reservoir_frame_delay = Some((rate.value() as i32).max(LEAST_RESERVOIR));
    }
    Config::new().with_encoder_config(settings).with_threads(encoding.threads)
}

/// For a picture that stands alone.
pub(super) fn still(width: usize, height: usize) -> Config {
    let mut settings = pictures(width, height, STILL_SPEED);
    settings.still_picture = true;
    settings.quantizer = STILL_QUANTIZER;
    Config::new().with_encoder_config(settings).with_threads(STILL_THREADS)
}

fn pictures(width: usize, height: usize, speed: u8) -> EncoderConfig {
    let mut speed_settings = SpeedSettings::from_preset(speed);
    speed_settings.rdo_lookahead_frames = speed_settings.rdo_lookahead_frames.min(LOOK_AHEAD);
    EncoderConfig {
        width,
        height,
        bit_depth: 8,
        chroma_sampling: ChromaSampling::Cs420,
        chroma_sample_position: ChromaSamplePosition::Unknown,
        pixel_range: PixelRange::Limited,
        color_description: Some(ColorDescription {
            color_primaries: ColorPrimaries::BT709,
            transfer_characteristics: TransferCharacteristics::BT709,
            matrix_coefficients: MatrixCoefficients::BT709,
        }),
        tiles: if width * height < SMALL { 1 } else { TILES },
        speed_settings,
        ..EncoderConfig::default()
    }
}

/// The lowest level that allows such pictures; players ask it to tell what they can play.
fn level(width: usize, height: usize, rate: f64) -> Option<u8> {
    let pixels = width * height;
    let fits = |&&(_, most, widest, highest, a_second): &&(u8, usize, usize, usize, f64)| {
        pixels <= most && width <= widest && height <= highest && pixels as f64 * rate <= a_second
    };
    LEVELS.iter().find(fits).map(|level| level.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_size_and_rate() {
        for (width, height, rate, wanted) in [
            (64, 64, 25.0, Some(0)),
            (270, 480, 30.0, Some(0)),
            (720, 1280, 30.0, Some(5)),
            (1080, 1920, 30.0, Some(8)),
            (1080, 1920, 60.0, Some(9)),
            (64, 4096, 25.0, Some(12)),
            (4096, 4096, 60.0, Some(16)),
        ] {
            assert_eq!(level(width, height, rate), wanted, "{width} x {height} at {rate}");
        }
    }
}
