//! What can be asked of captions: a look by its name, and single traits of it.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::look::Color;
use crate::config::{optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// Whether captions are burned in, and how they look: `true` and `false`, or the name of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Captions {
    /// `true` is the look `highlight`, `false` is none.
    Shown(bool),
    /// A look by its name.
    Look(CaptionPreset),
}

impl Captions {
    /// The look that is asked for; `None` where there are to be no captions.
    pub fn preset(self) -> Option<CaptionPreset> {
        match self {
            Self::Shown(shown) => shown.then_some(CaptionPreset::Highlight),
            Self::Look(preset) => Some(preset),
        }
    }
}

impl From<bool> for Captions {
    fn from(shown: bool) -> Self {
        Self::Shown(shown)
    }
}

impl From<CaptionPreset> for Captions {
    fn from(preset: CaptionPreset) -> Self {
        Self::Look(preset)
    }
}

// By hand: an untagged enum would say of a misspelt name only that nothing fits.
impl<'de> Deserialize<'de> for Captions {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Captions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "true, false or one of {}", CaptionPreset::NAMES.join(", "))
            }

            fn visit_bool<E: serde::de::Error>(self, shown: bool) -> Result<Captions, E> {
                Ok(Captions::Shown(shown))
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Captions, E> {
                if name == "none" {
                    return Ok(Captions::Shown(false));
                }
                let found = CaptionPreset::ALL.into_iter().find(|preset| preset.name() == name);
                found.map(Captions::Look).ok_or_else(|| E::unknown_variant(name, &CaptionPreset::NAMES))
            }
        }
        source.deserialize_any(Read)
    }
}

/// Looks of captions that are ready made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptionPreset {
    /// Two short lines, the word that is said in yellow. The default.
    Highlight,
    /// Few words in large capitals with a heavy stroke, the word that is said in yellow.
    Bold,
    /// One to three words at a time; each grows while it is said.
    Pop,
    /// Colour runs through the words as they are said.
    Karaoke,
    /// Words on a dark box, the one that is said in another colour.
    Boxed,
    /// Calm subtitles: no word stands out, lines as long as they fit, time enough to read them.
    Plain,
}

impl CaptionPreset {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Highlight, Self::Bold, Self::Pop, Self::Karaoke, Self::Boxed, Self::Plain];
    const NAMES: [&'static str; 6] = ["highlight", "bold", "pop", "karaoke", "boxed", "plain"];

    /// As it is written in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Highlight => "highlight",
            Self::Bold => "bold",
            Self::Pop => "pop",
            Self::Karaoke => "karaoke",
            Self::Boxed => "boxed",
            Self::Plain => "plain",
        }
    }
}

/// How the word that is said stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptionEffect {
    /// It has another colour.
    Highlight,
    /// It has another colour and grows.
    Pop,
    /// Colour runs through it, and what was said keeps it.
    Karaoke,
    /// Not at all.
    Plain,
}

/// Where captions stand inside of the area that platforms leave free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptionPosition {
    /// At the bottom; where a face is in the way, in the middle or at the top.
    Auto,
    /// At the bottom.
    Bottom,
    /// In the middle.
    Middle,
    /// At the top.
    Top,
}

/// Traits of a look that are to be otherwise; what is left out is as the look has it. Sizes are pixels of a frame whose
/// shorter side has 1080.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CaptionStyle {
    /// How the word that is said stands out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<CaptionEffect>,
    /// Family name of an installed font, such as `Noto Sans`, or the path of a TrueType or OpenType file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font: Option<String>,
    /// Weight of the letters, 100 (thin) to 900 (black); the nearest that the family has is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u16>,
    /// Height of the font's em square, 20 to 200.
    #[serde(deserialize_with = "optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// Colour of the letters as CSS writes it, such as `#ffffff` or `white`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Colour of the word that is said.
    #[serde(alias = "highlightColor")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highlight_color: Option<String>,
    /// Colour of the stroke around the letters.
    #[serde(alias = "outlineColor")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline_color: Option<String>,
    /// Colour of the box; `#000000b0` lets the picture through.
    #[serde(alias = "boxColor")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_color: Option<String>,
    /// Width of the stroke around the letters, 0 to 20.
    #[serde(deserialize_with = "optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline: Option<f64>,
    /// How far the shadow falls, 0 to 20.
    #[serde(deserialize_with = "optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<f64>,
    /// A box behind the words.
    #[serde(rename = "box")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boxed: Option<bool>,
    /// Where they stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<CaptionPosition>,
    /// All in capitals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uppercase: Option<bool>,
    /// Most words at a time, 1 to 30.
    #[serde(alias = "maxWords")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_words: Option<u32>,
    /// Most lines at a time, 1 or 2.
    #[serde(alias = "maxLines")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lines: Option<u32>,
}

impl CaptionStyle {
    /// Check every trait that is given, but not whether the font is installed.
    ///
    /// # Errors
    /// `config.*`, naming the trait as `caption_style.size`.
    pub fn validate(&self) -> Result<()> {
        let numbers = [
            ("weight", self.weight.map(f64::from), 100.0, 900.0),
            ("size", self.size, 20.0, 200.0),
            ("outline", self.outline, 0.0, 20.0),
            ("shadow", self.shadow, 0.0, 20.0),
            ("max_words", self.max_words.map(f64::from), 1.0, 30.0),
            ("max_lines", self.max_lines.map(f64::from), 1.0, 2.0),
        ];
        for (name, value, low, high) in numbers {
            if let Some(value) = value {
                within(&format!("caption_style.{name}"), value, low, high)?;
            }
        }
        let colors = [
            ("color", &self.color),
            ("highlight_color", &self.highlight_color),
            ("outline_color", &self.outline_color),
            ("box_color", &self.box_color),
        ];
        for (name, color) in colors {
            if let Some(text) = color {
                Color::read(text).map_err(|error| error.field(format!("caption_style.{name}")))?;
            }
        }
        match &self.font {
            Some(font) if font.trim().is_empty() || font.contains(['{', '}', '\\', ',', '\n', '\0']) => {
                Err(Error::new(ErrorCode::ConfigInvalid, format!("{font:?} is no name of a font"))
                    .field("caption_style.font")
                    .hint("give a family name such as \"Noto Sans\", or the path of a font file"))
            }
            _ => Ok(()),
        }
    }
}
