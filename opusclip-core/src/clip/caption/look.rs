//! How captions look, with everything decided: a preset with its changes.

use super::options::{CaptionEffect, CaptionPosition, CaptionPreset, CaptionStyle};
use crate::error::{Error, ErrorCode, Result};

/// Families to try where none is asked for, the best first.
const HEAVY: &[&str] = &["Montserrat", "Poppins", "Open Sans", "Inter", "Roboto", "Noto Sans", "DejaVu Sans"];
const CLEAR: &[&str] = &["Open Sans", "Inter", "Roboto", "Noto Sans", "DejaVu Sans"];

/// Red, green, blue and how opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Color([u8; 4]);

impl Color {
    /// Any colour of CSS.
    pub(super) fn read(text: &str) -> Result<Self> {
        let color = csscolorparser::parse(text).map_err(|_| {
            Error::new(ErrorCode::ConfigInvalid, format!("{text:?} is no colour"))
                .hint("write it as CSS does: #ffd60a, rgb(255, 214, 10) or gold")
        })?;
        Ok(Self(color.to_rgba8()))
    }

    /// As ASS writes it in a style: `&HAABBGGRR`, where `AA` is how transparent.
    pub(super) fn in_style(self) -> String {
        let [red, green, blue, opaque] = self.0;
        format!("&H{:02X}{blue:02X}{green:02X}{red:02X}", 255 - opaque)
    }

    /// As ASS writes it in a line, for its primary colour.
    pub(super) fn in_line(self) -> String {
        let [red, green, blue, opaque] = self.0;
        format!(r"\1c&H{blue:02X}{green:02X}{red:02X}&\1a&H{:02X}&", 255 - opaque)
    }
}

/// A look of captions. Sizes are pixels of a frame whose shorter side has 1080.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look {
    pub(super) effect: CaptionEffect,
    /// What was asked for by name.
    pub(super) font: Option<String>,
    /// What is taken otherwise.
    pub(super) families: &'static [&'static str],
    pub(super) weight: u16,
    pub(super) size: f64,
    pub(super) color: Color,
    pub(super) highlight: Color,
    pub(super) outline_color: Color,
    pub(super) box_color: Color,
    pub(super) outline: f64,
    pub(super) shadow: f64,
    pub(super) boxed: bool,
    pub(super) position: CaptionPosition,
    pub(super) uppercase: bool,
    pub(super) max_words: usize,
    pub(super) max_lines: usize,
}

const WHITE: Color = Color([255, 255, 255, 255]);
const INK: Color = Color([16, 16, 16, 255]);
const YELLOW: Color = Color([255, 214, 10, 255]);
const GREEN: Color = Color([57, 255, 136, 255]);
const SKY: Color = Color([94, 200, 255, 255]);

impl Look {
    /// A preset as it is.
    pub(super) fn of(preset: CaptionPreset) -> Self {
        let base = Self {
            effect: CaptionEffect::Highlight,
            font: None,
            families: CLEAR,
            weight: 800,
            size: 60.0,
            color: WHITE,
            highlight: YELLOW,
            outline_color: INK,
            box_color: Color([14, 14, 18, 215]),
            outline: 5.0,
            shadow: 2.0,
            boxed: false,
            position: CaptionPosition::Auto,
            uppercase: false,
            max_words: 10,
            max_lines: 2,
        };
        match preset {
            CaptionPreset::Highlight => base,
            CaptionPreset::Bold => Self {
                families: HEAVY,
                weight: 900,
                size: 78.0,
                outline: 8.0,
                shadow: 4.0,
                uppercase: true,
                max_words: 5,
                ..base
            },
            CaptionPreset::Pop => Self {
                effect: CaptionEffect::Pop,
                families: HEAVY,
                weight: 900,
                size: 84.0,
                highlight: GREEN,
                outline: 7.0,
                shadow: 3.0,
                max_words: 3,
                max_lines: 1,
                ..base
            },
            CaptionPreset::Karaoke => {
                Self { effect: CaptionEffect::Karaoke, weight: 700, size: 58.0, highlight: SKY, outline: 4.0, ..base }
            }
            CaptionPreset::Boxed => Self { weight: 700, size: 52.0, outline: 0.0, shadow: 0.0, boxed: true, ..base },
            CaptionPreset::Plain => Self {
                effect: CaptionEffect::Plain,
                weight: 600,
                size: 46.0,
                outline: 3.0,
                shadow: 1.0,
                max_words: 20,
                ..base
            },
        }
    }

    /// A preset with what is to be otherwise.
    pub(crate) fn new(preset: CaptionPreset, style: &CaptionStyle) -> Result<Self> {
        style.validate()?;
        let look = Self::of(preset);
        let color = |given: &Option<String>, own: Color| given.as_deref().map_or(Ok(own), Color::read);
        Ok(Self {
            effect: style.effect.unwrap_or(look.effect),
            font: style.font.clone(),
            weight: style.weight.unwrap_or(look.weight),
            size: style.size.unwrap_or(look.size),
            color: color(&style.color, look.color)?,
            highlight: color(&style.highlight_color, look.highlight)?,
            outline_color: color(&style.outline_color, look.outline_color)?,
            box_color: color(&style.box_color, look.box_color)?,
            outline: style.outline.unwrap_or(look.outline),
            shadow: style.shadow.unwrap_or(look.shadow),
            boxed: style.boxed.unwrap_or(look.boxed),
            position: style.position.unwrap_or(look.position),
            uppercase: style.uppercase.unwrap_or(look.uppercase),
            max_words: style.max_words.map_or(look.max_words, |most| most as usize),
            max_lines: style.max_lines.map_or(look.max_lines, |most| most as usize),
            families: look.families,
        })
    }

    /// The box with a line on it that stands above a clip's first seconds.
    pub(super) fn hook(&self) -> Self {
        Self {
            effect: CaptionEffect::Plain,
            weight: 800,
            size: 54.0,
            color: INK,
            box_color: Color([255, 255, 255, 240]),
            outline: 0.0,
            shadow: 0.0,
            boxed: true,
            position: CaptionPosition::Top,
            uppercase: false,
            ..self.clone()
        }
    }

    /// A calm look, whose lines can be read through.
    pub(super) fn calm(&self) -> bool {
        self.effect == CaptionEffect::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_written_the_way_of_ass() {
        // Aegisub's documentation: &H<alpha><blue><green><red>, alpha 00 is opaque.
        let orange = Color::read("#ff8000c0").unwrap();
        assert_eq!(orange.in_style(), "&H3F0080FF");
        assert_eq!(orange.in_line(), r"\1c&H0080FF&\1a&H3F&");
        assert_eq!(Color::read("gold").unwrap(), Color::read("#FFD700").unwrap());
        assert!(Color::read("yelow").is_err());
    }
}
