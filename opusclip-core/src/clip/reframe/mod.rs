//! How a source's picture fills the clip's frame. Later: who is in it, and a camera that follows.

mod filters;
mod tone;

pub(crate) use filters::{filters, small};
pub(crate) use tone::{can_map, is_hdr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clip::media::VideoInfo;

/// How to fill a frame of another shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// `fill` where enough of the picture stays visible, else `fit`.
    #[default]
    Auto,
    /// Cut the middle out of the picture.
    Fill,
    /// Show all of it over a blurred copy of itself.
    Fit,
}

/// The part of the upright picture that is shown, in shares of its width and height, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Crop {
    /// The whole picture.
    pub const WHOLE: Self = Self { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
}

/// A decision about a clip's frame, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Framing {
    /// `fill` or `fit`; never `auto`.
    pub layout: Layout,
    /// What is shown sharp.
    pub crop: Crop,
    /// Why this layout, for people.
    pub reason: String,
}

/// A centre crop that keeps less of the picture than this loses too much of most scenes: 16:9 to 9:16 keeps 0.316.
const LEAST_KEPT: f64 = 0.3;

/// Choose how a picture fills a frame of `width` by `height` pixels.
pub fn frame(video: &VideoInfo, layout: Layout, width: u32, height: u32) -> Framing {
    let crop = centre_crop(video, width, height);
    let kept = crop.width * crop.height;
    let percent = (kept * 100.0).round();
    let (layout, reason) = match layout {
        Layout::Fill => (Layout::Fill, format!("asked for; {percent} % of the picture is shown")),
        Layout::Fit => (Layout::Fit, "asked for".to_owned()),
        Layout::Auto if kept >= LEAST_KEPT => (Layout::Fill, format!("the middle keeps {percent} % of the picture")),
        Layout::Auto => (Layout::Fit, format!("the middle would keep only {percent} % of the picture")),
    };
    let crop = if layout == Layout::Fit { Crop::WHOLE } else { crop };
    Framing { layout, crop, reason }
}

/// The largest part in the middle that has the frame's shape.
fn centre_crop(video: &VideoInfo, width: u32, height: u32) -> Crop {
    let source = f64::from(video.display_width) / f64::from(video.display_height.max(1));
    let target = f64::from(width) / f64::from(height.max(1));
    let (w, h) = if source > target { (target / source, 1.0) } else { (1.0, source / target) };
    Crop { x: (1.0 - w) / 2.0, y: (1.0 - h) / 2.0, width: w, height: h }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clip::media::{ColorInfo, Rational};

    pub(crate) fn video(width: u32, height: u32) -> VideoInfo {
        let unknown = || "unknown".to_owned();
        VideoInfo {
            width,
            height,
            display_width: width,
            display_height: height,
            sample_aspect_ratio: Rational { num: 1, den: 1 },
            rotation: 0,
            mirrored: false,
            frame_rate: Some(Rational { num: 30, den: 1 }),
            base_rate: Some(Rational { num: 30, den: 1 }),
            variable_frame_rate: false,
            pixel_format: "yuv420p".to_owned(),
            bit_depth: 8,
            color: ColorInfo { range: unknown(), primaries: unknown(), transfer: unknown(), matrix: unknown() },
            interlaced: false,
        }
    }

    #[test]
    fn wide_pictures_fill_very_wide_ones_fit() {
        let wide = frame(&video(1920, 1080), Layout::Auto, 1080, 1920);
        assert_eq!(wide.layout, Layout::Fill);
        assert!((wide.crop.width - 0.3164).abs() < 1e-3 && (wide.crop.x - 0.3418).abs() < 1e-3);
        assert_eq!(frame(&video(2390, 1000), Layout::Auto, 1080, 1920).layout, Layout::Fit);
    }

    #[test]
    fn an_upright_source_is_not_cropped_again() {
        let same = frame(&video(540, 960), Layout::Auto, 1080, 1920);
        assert_eq!((same.layout, same.crop), (Layout::Fill, Crop::WHOLE));
    }
}
