//! How clips look, sound and are written, as it can be typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PresetName {
    /// TikTok: 1080x1920.
    Tiktok,
    /// 1080x1920, at most 25 Mb/s.
    Reels,
    /// 1080x1920, a keyframe every half second.
    Shorts,
    /// 1920x1080, a keyframe every half second.
    Youtube,
    /// 1080x1080.
    Square,
    /// 1080x1920 in high quality, to be kept or edited further.
    Master,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CodecName {
    /// Every platform takes it.
    H264,
    /// H.265.
    Hevc,
    /// The smallest files, the slowest to make.
    Av1,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ThumbnailName {
    /// Everything shows it.
    Jpeg,
    /// Smaller.
    Avif,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LayoutName {
    /// Chosen shot by shot.
    Auto,
    /// A part of the picture that follows who is in it.
    Fill,
    /// All of the picture over a background.
    Fit,
    /// Two people, each in one half.
    Split,
    /// A screen above, its speaker enlarged below.
    Screen,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum BackgroundName {
    /// A blurred copy of the picture.
    Blurred,
    /// Black.
    Plain,
}

/// How clips look and sound.
#[derive(Debug, Args)]
#[command(next_help_heading = "Look and sound")]
pub(crate) struct Look {
    /// Where the clips go; options that are given beside it go before it.
    #[arg(long)]
    pub(crate) preset: Option<PresetName>,
    /// Size of the clips in pixels [default: 1080x1920].
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    pub(crate) size: Option<(u32, u32)>,
    /// How the picture fills the frame [default: auto].
    #[arg(long)]
    pub(crate) layout: Option<LayoutName>,
    /// What is seen around a picture that is shown whole [default: blurred].
    #[arg(long)]
    pub(crate) background: Option<BackgroundName>,
    /// Do not look who is in the picture; show the middle.
    #[arg(long)]
    pub(crate) no_follow: bool,
    /// An ONNX model in YuNet's format that finds faces, in place of the built-in detector.
    #[arg(long, value_name = "FILE")]
    pub(crate) face_model: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) captions: CaptionArgs,
    /// How the picture beside each clip is written [default: jpeg].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) thumbnails: Option<ThumbnailName>,
    /// Integrated loudness in LUFS [default: -14].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) lufs: Option<f64>,
    /// Highest true peak in dBTP [default: -1].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) true_peak: Option<f64>,
    /// Clean up speech: cut off rumble, turn down steady noise.
    #[arg(long)]
    pub(crate) clean_speech: bool,
    /// Frames a second, 23 to 60 [default: as recorded].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) frame_rate: Option<f64>,
    /// How pictures are encoded [default: h264].
    #[arg(long)]
    pub(crate) codec: Option<CodecName>,
    /// The encoder by its name in FFmpeg, or rav1e [default: the best there is for the codec].
    #[arg(long, value_name = "NAME")]
    pub(crate) encoder: Option<String>,
    /// Encode on a graphics card or the like; fails without one.
    #[arg(long)]
    pub(crate) hardware: bool,
    /// Quality on x264's scale, 1 (best) to 51 (worst) [default: 20].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) crf: Option<f64>,
    /// Encoder speed, ultrafast to veryslow [default: veryfast].
    #[arg(long)]
    pub(crate) speed: Option<String>,
    /// Bits of picture a second that are never exceeded; 0 sets no bound [default: 0].
    #[arg(long, value_name = "BITS")]
    pub(crate) max_bit_rate: Option<u32>,
    /// Longest distance between keyframes [default: 2].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) keyframe_interval: Option<f64>,
    /// Sound in bits a second [default: 192000].
    #[arg(long)]
    pub(crate) audio_bit_rate: Option<u32>,
    /// Encoder threads of each clip; 0 uses up to four, by the number of cores [default: 0].
    #[arg(long)]
    pub(crate) threads: Option<u32>,
    /// Clips that are rendered at a time; 0 takes one for every four cores, as far as the memory reaches [default: 0].
    #[arg(long, value_name = "N")]
    pub(crate) clips_at_once: Option<u32>,
    /// Memory that clips which are rendered at a time may need; 0 is a quarter of what is free [default: 0].
    #[arg(long, value_name = "MEGABYTES")]
    pub(crate) memory_budget: Option<u32>,
}

/// How captions look.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Captions")]
pub(crate) struct CaptionArgs {
    /// The look of the captions: highlight, bold, pop, karaoke, boxed, plain or none [default: highlight].
    #[arg(long, value_name = "LOOK")]
    pub(crate) captions: Option<String>,
    /// Do not burn captions in.
    #[arg(long, conflicts_with = "captions")]
    pub(crate) no_captions: bool,
    /// A trait of the look that is to be otherwise, such as size=72 or color=#ffd60a; may be given several times.
    #[arg(long, value_name = "TRAIT=VALUE", value_parser = trait_of)]
    pub(crate) caption_style: Vec<(String, String)>,
    /// Write the post's hook over the first three seconds.
    #[arg(long)]
    pub(crate) hook: bool,
    /// Write the captions beside each clip as SRT, WebVTT and ASS files.
    #[arg(long)]
    pub(crate) subtitle_files: bool,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let (width, height) = text.split_once('x').ok_or("write it as 1080x1920")?;
    match (width.parse(), height.parse()) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err("write it as 1080x1920".to_owned()),
    }
}

fn trait_of(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as size=72")?;
    Ok((name.to_owned(), value.to_owned()))
}
