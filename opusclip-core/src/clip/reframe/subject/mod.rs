//! Who or what is in a picture: faces by a detector that is built in, by a model file or by a callback of the caller's.

mod hook;
#[cfg(feature = "onnx")]
mod onnx;
mod seeta;

pub use hook::{SubjectHook, json_subjects};

use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Crop;
use crate::control::Control;
use crate::error::Result;
#[cfg(not(feature = "onnx"))]
use crate::error::{Error, ErrorCode};

/// What a subject is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A face, from the brow to the chin.
    #[default]
    Face,
    /// Anything else that must not be cut off: a person as a whole, a product, a dog.
    Object,
}

/// Something in a picture that is to be kept in the frame, in shares of the picture's width and height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// How sure it is, 0 to 1. Default 1.
    #[serde(default = "sure")]
    pub score: f64,
    /// What it is. Default `face`.
    #[serde(default)]
    pub kind: SubjectKind,
}

fn sure() -> f64 {
    1.0
}

impl Subject {
    pub(super) fn area(&self) -> Crop {
        Crop { x: self.x, y: self.y, width: self.width, height: self.height }
    }
}

/// A small picture of a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Seconds of the source.
    pub time: f64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Red, green and blue of each pixel, row by row from the top.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// Luma of each pixel (ITU-R BT.601), row by row from the top.
    pub(super) fn luma(&self) -> Vec<u8> {
        let luma = |pixel: &[u8]| {
            let [red, green, blue] = [0, 1, 2].map(|n| u32::from(pixel.get(n).copied().unwrap_or_default()));
            ((red * 77 + green * 150 + blue * 29) >> 8) as u8
        };
        self.rgb.chunks_exact(3).map(luma).collect()
    }
}

/// What finds subjects; it can be sent to the thread that uses it.
#[derive(Clone)]
pub(crate) enum Finder {
    /// The detector that is built in.
    Seeta,
    /// A model file of the user's.
    #[cfg(feature = "onnx")]
    Onnx(std::sync::Arc<onnx::Model>),
    /// The caller's own, with a time limit for each call.
    Hook(SubjectHook, Option<Duration>),
}

impl Finder {
    /// The detector for a model file; without one, that which is built in.
    ///
    /// # Errors
    /// [`ErrorCode::ModelUnreadable`] for a file that is no model of this kind, [`ErrorCode::ConfigInvalid`] where the
    /// feature `onnx` is not built in.
    pub(crate) fn open(model: Option<&Path>) -> Result<Self> {
        match model {
            None => Ok(Self::Seeta),
            #[cfg(feature = "onnx")]
            Some(path) => onnx::Model::read(path).map(|model| Self::Onnx(std::sync::Arc::new(model))),
            #[cfg(not(feature = "onnx"))]
            Some(path) => Err(not_built_in(path)),
        }
    }

    /// Is it the caller's own?
    pub(crate) fn is_foreign(&self) -> bool {
        matches!(self, Self::Hook(..))
    }

    /// Length of the longer side of the pictures that it wants.
    pub(super) fn side(&self) -> u32 {
        match self {
            Self::Seeta => seeta::SIDE,
            #[cfg(feature = "onnx")]
            Self::Onnx(model) => model.side(),
            Self::Hook(..) => hook::SIDE,
        }
    }

    /// Set it up on the thread that will use it.
    pub(super) fn start(&self) -> Result<Box<dyn Detect + '_>> {
        Ok(match self {
            Self::Seeta => Box::new(seeta::Seeta::new()?),
            #[cfg(feature = "onnx")]
            Self::Onnx(model) => Box::new(&**model),
            Self::Hook(hook, limit) => Box::new(hook::Asked::new(hook, *limit)),
        })
    }
}

#[cfg(not(feature = "onnx"))]
fn not_built_in(path: &Path) -> Error {
    let error = Error::new(ErrorCode::ConfigInvalid, "this build has no runtime for ONNX models");
    let error = error.field("face_model").file(path);
    error.hint("build with the feature `onnx`, give a `subjects` callback, or leave face_model out")
}

/// Finds subjects in pictures, one after another.
pub(super) trait Detect {
    /// `luma` is that of the picture.
    fn detect(&mut self, picture: &Picture, luma: &[u8], control: &Control) -> Result<Vec<Subject>>;
}

/// The best of those that overlap each other.
pub(super) fn distinct(mut found: Vec<Subject>) -> Vec<Subject> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Subject> = Vec::new();
    for subject in found {
        if kept.iter().all(|better| better.kind != subject.kind || better.area().overlap(&subject.area()) < 0.4) {
            kept.push(subject);
        }
    }
    kept
}

/// What a detector gives for a picture in pixels as shares of it.
pub(super) fn shares(picture: &Picture, [x, y, width, height]: [f64; 4], score: f64) -> Option<Subject> {
    let (across, down) = (f64::from(picture.width.max(1)), f64::from(picture.height.max(1)));
    let found = Crop { x: x / across, y: y / down, width: width / across, height: height / down };
    let Crop { x, y, width, height } = found.intersection(&Crop::WHOLE);
    let seen = width > 0.0 && height > 0.0;
    seen.then_some(Subject { x, y, width, height, score: score.clamp(0.0, 1.0), kind: SubjectKind::Face })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_that_overlap_the_surer_one_stays() {
        let at = |x: f64, score: f64| Subject { x, y: 0.2, width: 0.1, height: 0.2, score, kind: SubjectKind::Face };
        let kept = distinct(vec![at(0.10, 0.5), at(0.11, 0.9), at(0.6, 0.4)]);
        assert_eq!(kept.iter().map(|subject| subject.score).collect::<Vec<_>>(), [0.9, 0.4]);
    }

    #[test]
    fn luma_weighs_green_most() {
        let picture = Picture { time: 0.0, width: 3, height: 1, rgb: vec![255, 0, 0, 0, 255, 0, 0, 0, 255] };
        assert_eq!(picture.luma(), [76, 149, 28]);
    }
}
