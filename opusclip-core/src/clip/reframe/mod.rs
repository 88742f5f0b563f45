//! How a source's picture fills the clip's frame: who is in it, what is shown of it, and a camera that follows.
//!
//! [`plan`] is the whole of it: [`look`] samples the pictures of a clip, [`subject`] finds faces in them, [`track`] puts
//! these together over time, [`speaker`] says who speaks, [`saliency`] what else draws the eye. [`layout`] decides shot by
//! shot what is shown and [`path`] how the camera moves. [`filters`] turns the decision into FFmpeg's filters.

mod filters;
mod layout;
mod look;
mod path;
mod plan;
mod saliency;
mod speaker;
mod subject;
mod tone;
mod track;

pub(crate) use filters::{Camera, compose, prepare, small};
pub(crate) use look::faces_at;
pub(crate) use plan::{Scene, Wish, plan};
pub(crate) use subject::Finder;
pub use subject::{Picture, Subject, SubjectHook, SubjectKind, json_subjects};
pub(crate) use tone::{can_map, is_hdr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clip::media::VideoInfo;

/// How to fill a frame of another shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Chosen shot by shot: `fill` where what matters fits into the frame, else one of the others.
    #[default]
    Auto,
    /// Cut the part out of the picture that matters, and follow it.
    Fill,
    /// Show all of it over a background.
    Fit,
    /// Two people, each in one half of the frame.
    Split,
    /// A screen with a small picture of the speaker in it: the screen above, the speaker enlarged below.
    Screen,
}

/// What is seen around a picture that is shown whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// A blurred and darkened copy of the picture.
    #[default]
    Blurred,
    /// Black.
    Plain,
}

/// A part of the upright picture, in shares of its width and height, 0 to 1.
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

    pub(crate) fn centre(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    pub(crate) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// What two parts have in common; its width or height is 0 where there is nothing.
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let width = (self.right().min(other.right()) - x).max(0.0);
        let height = (self.bottom().min(other.bottom()) - y).max(0.0);
        Self { x, y, width, height }
    }

    /// The smallest part that holds both.
    pub(crate) fn union(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self { x, y, width: self.right().max(other.right()) - x, height: self.bottom().max(other.bottom()) - y }
    }

    /// Share of both together that both have in common.
    pub(crate) fn overlap(&self, other: &Self) -> f64 {
        let common = self.intersection(other);
        let common = common.width * common.height;
        let all = self.width * self.height + other.width * other.height - common;
        if all > 0.0 { common / all } else { 0.0 }
    }
}

/// A decision about a clip's frame, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Framing {
    /// The layout of most of the clip. `auto` in a manifest that is rendered again asks for a new decision.
    pub layout: Layout,
    /// What is shown where `shots` are empty; with them, what the first of them begins with.
    pub crop: Crop,
    /// Why this layout, for people.
    pub reason: String,
    /// Shot by shot, in order of time. What none of them holds is shown as the nearest one says. Where there are none,
    /// `crop` stands still for the whole clip; `split` and `screen` are then decided anew.
    #[serde(default)]
    pub shots: Vec<ShotFraming>,
}

/// How one shot of a clip fills the frame, or a part of it in which one person speaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShotFraming {
    /// Seconds of the source.
    pub start: f64,
    /// Seconds of the source.
    pub end: f64,
    /// Never `auto`.
    pub layout: Layout,
    /// What is shown: one part of the picture; with `split` two, the upper and the lower or the left and the right one;
    /// with `screen` two, the screen and the speaker.
    pub views: Vec<View>,
    /// Why, for people.
    pub reason: String,
    /// Where faces are seen in the finished frame, in shares of it: captions keep away from them.
    #[serde(default)]
    pub faces: Vec<Crop>,
}

/// A part of the picture that a camera shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// What is shown first; its size stays.
    pub crop: Crop,
    /// Where the camera is when, in a straight line from one point to the next; empty where it stands still.
    #[serde(default)]
    pub path: Vec<CameraPoint>,
}

impl View {
    pub(crate) fn still(crop: Crop) -> Self {
        Self { crop, path: Vec::new() }
    }

    /// What is shown at a time of the source.
    pub(crate) fn at(&self, time: f64) -> Crop {
        let after = self.path.partition_point(|point| point.time <= time);
        let (x, y) = match (after.checked_sub(1).and_then(|before| self.path.get(before)), self.path.get(after)) {
            (None, None) => (self.crop.x, self.crop.y),
            (Some(only), None) | (None, Some(only)) => (only.x, only.y),
            (Some(a), Some(b)) => {
                let share = (time - a.time) / (b.time - a.time).max(f64::MIN_POSITIVE);
                (a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
            }
        };
        Crop { x, y, ..self.crop }
    }
}

/// Where a camera is at a time of the source: the upper left corner of what it shows, in shares of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraPoint {
    /// Seconds of the source.
    pub time: f64,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
}

/// A place of the finished frame that a view fills, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The places of a layout in a frame of this size: one for each of its views.
pub(crate) fn slots(layout: Layout, video: &VideoInfo, width: u32, height: u32) -> Vec<Slot> {
    let whole = Slot { x: 0, y: 0, width, height };
    // A panel keeps a quarter of the frame at least.
    let first = |share: f64, size: u32| even((f64::from(size) * share.clamp(0.25, 0.75)).round() as u32);
    let upright = height >= width;
    let share = match layout {
        Layout::Split => 0.5,
        // The screen is shown whole, over the whole width (or height) of the frame.
        Layout::Screen if upright => f64::from(width) / shape(video) / f64::from(height),
        Layout::Screen => 0.7,
        Layout::Auto | Layout::Fill | Layout::Fit => return vec![whole],
    };
    if upright {
        let upper = first(share, height);
        vec![Slot { height: upper, ..whole }, Slot { y: upper, height: height - upper, ..whole }]
    } else {
        let left = first(share, width);
        vec![Slot { width: left, ..whole }, Slot { x: left, width: width - left, ..whole }]
    }
}

/// Width of the upright picture in heights.
pub(crate) fn shape(video: &VideoInfo) -> f64 {
    f64::from(video.display_width.max(1)) / f64::from(video.display_height.max(1))
}

pub(crate) fn even(size: u32) -> u32 {
    (size & !1).max(2)
}

/// The largest part of `area` that has the shape of a frame of `width` by `height`, in its middle.
pub(crate) fn centre_crop(video: &VideoInfo, area: Crop, width: u32, height: u32) -> Crop {
    let source = shape(video) * area.width / area.height;
    let target = f64::from(width) / f64::from(height.max(1));
    let (w, h) = if source > target { (target / source, 1.0) } else { (1.0, source / target) };
    let (w, h) = (w * area.width, h * area.height);
    Crop { x: area.x + (area.width - w) / 2.0, y: area.y + (area.height - h) / 2.0, width: w, height: h }
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
    fn a_camera_goes_in_straight_lines_and_stays_at_its_ends() {
        let point = |time, x| CameraPoint { time, x, y: 0.0 };
        let crop = Crop { width: 0.3, ..Crop::WHOLE };
        let view = View { crop, path: vec![point(1.0, 0.2), point(3.0, 0.6)] };
        for (time, x) in [(0.0, 0.2), (1.5, 0.3), (3.0, 0.6), (9.0, 0.6)] {
            assert!((view.at(time).x - x).abs() < 1e-9);
        }
        assert_eq!(View::still(crop).at(7.0), crop);
    }

    #[test]
    fn panels_fill_the_frame_without_gaps() {
        let wide = video(1920, 1080);
        for layout in [Layout::Split, Layout::Screen] {
            for (width, height) in [(1080, 1920), (1080, 1080), (1920, 1080)] {
                let slots = slots(layout, &wide, width, height);
                let area: u32 = slots.iter().map(|slot| slot.width * slot.height).sum();
                assert_eq!((slots.len(), area), (2, width * height));
                assert!(slots.iter().all(|slot| slot.width % 2 == 0 && slot.height % 2 == 0));
            }
        }
        assert_eq!(slots(Layout::Screen, &wide, 1080, 1920)[0].height, 608, "a 16:9 screen is shown whole");
    }

    #[test]
    fn the_middle_keeps_the_shape_of_the_frame() {
        let crop = centre_crop(&video(1920, 1080), Crop::WHOLE, 1080, 1920);
        assert!((crop.width - 0.3164).abs() < 1e-3 && (crop.x - 0.3418).abs() < 1e-3);
        assert_eq!(centre_crop(&video(540, 960), Crop::WHOLE, 1080, 1920), Crop::WHOLE);
    }
}
