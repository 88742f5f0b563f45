//! What platforms want of a clip, as sets of options.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::RenderOptions;
use crate::clip::media::{Codec, SPEEDS};

/// Where clips go. A preset stands for several options; options that are given beside it go before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// TikTok: 1080 x 1920.
    Tiktok,
    /// Instagram Reels: 1080 x 1920, at most 25 Mb/s.
    Reels,
    /// YouTube Shorts: 1080 x 1920, a keyframe every half second.
    Shorts,
    /// YouTube: 1920 x 1080, a keyframe every half second.
    Youtube,
    /// Feeds that show squares: 1080 x 1080.
    Square,
    /// To be kept or edited further: 1080 x 1920 in high quality.
    Master,
}

impl<'de> Deserialize<'de> for Preset {
    /// Tells apart what stood under `preset` before platforms had one.
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let name = String::deserialize(source)?;
        if let Some(preset) = Self::ALL.into_iter().find(|preset| preset.name() == name) {
            return Ok(preset);
        }
        if SPEEDS.contains(&name.as_str()) {
            return Err(D::Error::custom(format!(
                "`{name}` is a speed of the encoder, which is set by `speed`; presets are platforms"
            )));
        }
        let names: Vec<String> = Self::ALL.iter().map(|preset| format!("`{}`", preset.name())).collect();
        Err(D::Error::custom(format!("unknown variant `{name}`, expected one of {}", names.join(", "))))
    }
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Tiktok, Self::Reels, Self::Shorts, Self::Youtube, Self::Square, Self::Master];

    /// Its name in every language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiktok => "tiktok",
            Self::Reels => "reels",
            Self::Shorts => "shorts",
            Self::Youtube => "youtube",
            Self::Square => "square",
            Self::Master => "master",
        }
    }

    /// `options` with everything that the preset decides.
    pub(crate) fn over(self, options: RenderOptions) -> RenderOptions {
        let vertical = RenderOptions {
            preset: Some(self),
            width: 1080,
            height: 1920,
            lufs: -14.0,
            true_peak: -1.0,
            codec: Codec::H264,
            max_bit_rate: 0,
            keyframe_interval: 2.0,
            ..options
        };
        match self {
            Self::Tiktok => vertical,
            Self::Reels => RenderOptions { max_bit_rate: 25_000_000, ..vertical },
            Self::Square => RenderOptions { width: 1080, height: 1080, max_bit_rate: 25_000_000, ..vertical },
            // YouTube encodes anew whatever it is given: quality is worth more than size.
            Self::Shorts => RenderOptions { crf: 18.0, keyframe_interval: 0.5, audio_bit_rate: 384_000, ..vertical },
            Self::Youtube => RenderOptions { width: 1920, height: 1080, ..Self::Shorts.over(vertical) }.named(self),
            Self::Master => RenderOptions {
                crf: 12.0,
                speed: "slow".to_owned(),
                keyframe_interval: 1.0,
                audio_bit_rate: 320_000,
                ..vertical
            },
        }
    }
}

impl RenderOptions {
    fn named(self, preset: Preset) -> Self {
        Self { preset: Some(preset), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid_and_says_its_name() {
        for preset in Preset::ALL {
            let options = preset.over(RenderOptions::default());
            options.validate().unwrap();
            assert_eq!(options.preset, Some(preset));
            assert_eq!(serde_json::to_value(preset).unwrap(), preset.name());
        }
    }

    #[test]
    fn what_was_a_preset_before_is_told_its_new_name() {
        let error = serde_json::from_value::<Preset>("veryfast".into()).unwrap_err().to_string();
        assert!(error.contains("`speed`"), "{error}");
    }
}
