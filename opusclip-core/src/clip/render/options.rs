//! How clips are to look and sound.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Preset, clean};
use crate::clip::caption::{self, CaptionStyle, Captions};
use crate::clip::media::{Codec, SPEEDS, ThumbnailFormat, Wanted};
use crate::clip::reframe::{Background, Layout};
use crate::config::{number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// Size, layout, captions, loudness and encoder settings of rendered clips.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RenderOptions {
    /// The platform whose options these are; options given beside it went before it. Default `None`.
    pub preset: Option<Preset>,
    /// Width in pixels, even, 64 to 4096. Default 1080.
    pub width: u32,
    /// Height in pixels, even, 64 to 4096. Default 1920.
    pub height: u32,
    /// How the picture fills the frame. Default `auto`.
    pub layout: Layout,
    /// What is seen around a picture that is shown whole. Default `blurred`.
    pub background: Background,
    /// Look who is in the picture and frame them; without, the middle is shown. Default true.
    pub follow: bool,
    /// An ONNX model file that finds faces, in YuNet's format, in place of the built-in detector; needs a build with the
    /// feature `onnx`. Default none.
    #[serde(alias = "faceModel")]
    pub face_model: Option<PathBuf>,
    /// Burn captions in where there is a transcript: true, false or the name of a look (`highlight`, `bold`, `pop`,
    /// `karaoke`, `boxed`, `plain`). Default true, which is `highlight`.
    pub captions: Captions,
    /// Traits of the look that are to be otherwise. Default none.
    #[serde(alias = "captionStyle")]
    pub caption_style: CaptionStyle,
    /// Write the post's hook over the first three seconds. Default false.
    pub hook: bool,
    /// Write the captions beside each clip as SRT, WebVTT and ASS files. Default false.
    #[serde(alias = "subtitleFiles")]
    pub subtitle_files: bool,
    /// How the picture beside each clip is written. Default `jpeg`.
    pub thumbnails: ThumbnailFormat,
    /// Integrated loudness in LUFS. Default -14, to which YouTube and others turn sound down.
    #[serde(deserialize_with = "number")]
    pub lufs: f64,
    /// Highest true peak in dBTP after encoding. Default -1.
    #[serde(alias = "truePeak", deserialize_with = "number")]
    pub true_peak: f64,
    /// Clean up speech before it is levelled: rumble is cut off, and steady noise (hiss, hum, a fan) is learnt from a pause
    /// and turned down by about 12 dB. Not for music. Needs FFmpeg's filters `highpass` and `afftdn`. Default false.
    #[serde(alias = "cleanSpeech")]
    pub clean_speech: bool,
    /// Frames a second, 23 to 60; `None` keeps the source's where platforms take it. Default `None`.
    #[serde(alias = "frameRate", deserialize_with = "optional_number")]
    pub frame_rate: Option<f64>,
    /// How pictures are encoded. Default `h264`.
    pub codec: Codec,
    /// The encoder by its name in FFmpeg, or `rav1e`, which needs no FFmpeg; `None` takes the best there is for the codec.
    /// Default `None`.
    pub encoder: Option<String>,
    /// Encode on a graphics card or the like; without one, rendering fails. Default false.
    pub hardware: bool,
    /// Constant quality on x264's scale, 1 (best) to 51 (worst), carried over to other codecs. Default 20.
    #[serde(deserialize_with = "number")]
    pub crf: f64,
    /// Encoder speed by x264's names, `ultrafast` to `veryslow`. Default `veryfast`.
    pub speed: String,
    /// Bits of picture a second that are never exceeded for longer than a second; 0 sets no bound.
    /// Default 0.
    #[serde(alias = "maxBitRate")]
    pub max_bit_rate: u32,
    /// Longest distance between keyframes in seconds, 0.1 to 10. Default 2.
    #[serde(alias = "keyframeInterval", deserialize_with = "number")]
    pub keyframe_interval: f64,
    /// Sound in bits a second. Default 192000.
    #[serde(alias = "audioBitRate")]
    pub audio_bit_rate: u32,
    /// Encoder threads of each clip; 0 uses up to four, by the number of cores. Default 0.
    pub threads: u32,
    /// Clips that are rendered at a time, up to 64; 0 takes one for every four cores, as far as the memory reaches.
    /// Default 0.
    #[serde(alias = "clipsAtOnce")]
    pub clips_at_once: u32,
    /// Megabytes that clips which are rendered at a time may need together; one is rendered in any case. 0 is a quarter
    /// of the memory that is free. Default 0.
    #[serde(alias = "memoryBudget")]
    pub memory_budget: u32,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            preset: None,
            width: 1080,
            height: 1920,
            layout: Layout::Auto,
            background: Background::Blurred,
            follow: true,
            face_model: None,
            captions: Captions::Shown(true),
            caption_style: CaptionStyle::default(),
            hook: false,
            subtitle_files: false,
            thumbnails: ThumbnailFormat::Jpeg,
            lufs: -14.0,
            true_peak: -1.0,
            clean_speech: false,
            frame_rate: None,
            codec: Codec::H264,
            encoder: None,
            hardware: false,
            crf: 20.0,
            speed: "veryfast".to_owned(),
            max_bit_rate: 0,
            keyframe_interval: 2.0,
            audio_bit_rate: 192_000,
            threads: 0,
            clips_at_once: 0,
            memory_budget: 0,
        }
    }
}

impl RenderOptions {
    /// Check every option.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`], [`ErrorCode::ConfigNotFinite`] or [`ErrorCode::ConfigInvalid`], naming the option.
    pub fn validate(&self) -> Result<()> {
        for (field, size) in [("width", self.width), ("height", self.height)] {
            within(field, f64::from(size), 64.0, 4096.0)?;
            if size % 2 == 1 {
                let message = format!("{field} is {size}; 4:2:0 pictures need an even size");
                return Err(Error::new(ErrorCode::ConfigOutOfRange, message)
                    .field(field)
                    .hint(format!("use {}", size + 1)));
            }
        }
        self.caption_style.validate()?;
        within("lufs", self.lufs, -40.0, -5.0)?;
        within("true_peak", self.true_peak, -20.0, 0.0)?;
        within("crf", self.crf, 1.0, 51.0)?;
        within("audio_bit_rate", f64::from(self.audio_bit_rate), 32_000.0, 512_000.0)?;
        within("threads", f64::from(self.threads), 0.0, 256.0)?;
        within("clips_at_once", f64::from(self.clips_at_once), 0.0, 64.0)?;
        if let Some(rate) = self.frame_rate {
            within("frame_rate", rate, 23.0, 60.0)?;
        }
        within("keyframe_interval", self.keyframe_interval, 0.1, 10.0)?;
        if self.max_bit_rate > 0 {
            within("max_bit_rate", f64::from(self.max_bit_rate), 100_000.0, 1e9)?;
        }
        self.wanted().validate()?;
        if !SPEEDS.contains(&self.speed.as_str()) {
            let message = format!("there is no speed `{}`", self.speed);
            return Err(Error::new(ErrorCode::ConfigInvalid, message)
                .field("speed")
                .hint(format!("use one of {}", SPEEDS.join(", "))));
        }
        Ok(())
    }

    /// Fails where something that is asked for is not on this machine.
    pub(crate) fn check_machine(&self) -> Result<()> {
        self.wanted().names()?;
        self.thumbnails.check()?;
        if self.clean_speech {
            clean::check()?;
        }
        caption::check_font(&self.caption_style)
    }

    /// Which encoder is asked for.
    pub(crate) fn wanted(&self) -> Wanted<'_> {
        Wanted { codec: self.codec, hardware: self.hardware, encoder: self.encoder.as_deref() }
    }
}
