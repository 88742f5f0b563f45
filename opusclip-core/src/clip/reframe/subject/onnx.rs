//! Faces by a model file of the user's, in the format of YuNet (Wu, Peng and Yu, "YuNet: a tiny millisecond-level face
//! detector", Machine Intelligence Research 2023): an input of blue, green and red planes, and for each of the strides 8, 16
//! and 32 the outputs `cls`, `obj`, `bbox` and `kps`.

use std::path::{Path, PathBuf};

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::DimLike;
use tract_onnx::tract_hir::infer::{DimFact, Factoid};

use super::{Detect, Picture, Subject, distinct, shares};
use crate::clip::files::read_regular;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// The largest model file in bytes; those of this kind have some hundred kilobytes.
const MOST_BYTES: u64 = 256_000_000;

/// Size of the input where the model leaves it open, in pixels.
const USUAL_SIDE: usize = 320;

const STRIDES: [usize; 3] = [8, 16, 32];

const LEAST_SCORE: f64 = 0.6;

/// A model that is ready to run.
pub(crate) struct Model {
    plan: Arc<TypedRunnableModel>,
    width: usize,
    height: usize,
    path: PathBuf,
}

impl Model {
    /// Read a model, and try it on an empty picture.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let unreadable = |message: String| {
            let error = Error::new(ErrorCode::ModelUnreadable, message).field("face_model").file(path);
            error.hint("give an ONNX face detector in YuNet's format")
        };
        let bytes =
            read_regular(path, MOST_BYTES).map_err(|error| unreadable(format!("the model cannot be read: {error}")))?;
        let refused = |error: TractError| unreadable(format!("it is no ONNX model that can be run: {error}"));
        // Sizes that a model tells for its inner values are those of its open batch; they follow from the input set below.
        let reader = tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
        let mut model = reader.model_for_read(&mut bytes.as_slice()).map_err(refused)?;
        let told: Vec<Option<usize>> = {
            let fact = model.input_fact(0).map_err(refused)?;
            let size = |dim: &DimFact| dim.concretize().and_then(|dim| dim.to_usize().ok());
            fact.shape.dims().map(size).collect()
        };
        // A model with open sizes names them by symbols, its batch too; all of them are set here.
        let sides = |at: usize| told.get(at).copied().flatten().unwrap_or(USUAL_SIDE);
        let (height, width) = (sides(2), sides(3));
        let fits = told.len() == 4 && [width, height].iter().all(|side| *side % 32 == 0 && (32..=2048).contains(side));
        if !fits || told.get(1).copied().flatten().is_some_and(|planes| planes != 3) {
            return Err(unreadable(format!("its input has the shape {told:?}, not 1 x 3 x height x width in 32s")));
        }
        model.set_input_fact(0, f32::fact([1, 3, height, width]).into()).map_err(refused)?;
        let plan = model.into_optimized().and_then(|model| model.into_runnable()).map_err(refused)?;
        let ready = Self { plan, width, height, path: path.to_owned() };
        ready.run(&[0.0; 3].repeat(width * height)).map_err(|error| unreadable(error.message().to_owned()))?;
        Ok(ready)
    }

    pub(super) fn side(&self) -> u32 {
        self.width.min(self.height) as u32
    }

    /// Faces in pixels of the input, with their scores.
    fn run(&self, planes: &[f32]) -> Result<Vec<([f64; 4], f64)>> {
        let failed =
            |message: String| Error::new(ErrorCode::ModelUnreadable, message).field("face_model").file(&self.path);
        let broken = |error: TractError| failed(format!("the model failed: {error}"));
        let input = Tensor::from_shape(&[1, 3, self.height, self.width], planes).map_err(broken)?;
        let outputs = self.plan.run(tvec!(input.into())).map_err(broken)?;
        let mut values = Vec::new();
        for output in &outputs {
            values.push(output.to_plain_array_view::<f32>().map_err(broken)?.iter().copied().collect::<Vec<f32>>());
        }
        let mut faces = Vec::new();
        for (at, stride) in STRIDES.into_iter().enumerate() {
            let (columns, rows) = (self.width / stride, self.height / stride);
            let (Some(class), Some(object), Some(boxes)) = (values.get(at), values.get(at + 3), values.get(at + 6))
            else {
                return Err(failed(format!("the model has {} outputs, not those of YuNet", values.len())));
            };
            if [class.len(), object.len(), boxes.len() / 4] != [columns * rows; 3] {
                return Err(failed(format!("the outputs for stride {stride} have the wrong size")));
            }
            for (cell, ((class, object), place)) in class.iter().zip(object).zip(boxes.chunks_exact(4)).enumerate() {
                let score = f64::from(class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
                let [x, y, width, height] = [0, 1, 2, 3].map(|n| f64::from(place.get(n).copied().unwrap_or(f32::NAN)));
                let size = stride as f64;
                let (x, y) = (((cell % columns) as f64 + x) * size, ((cell / columns) as f64 + y) * size);
                let (width, height) = (width.exp() * size, height.exp() * size);
                if score >= LEAST_SCORE && [x, y, width, height].iter().all(|value| value.is_finite()) {
                    faces.push(([x - width / 2.0, y - height / 2.0, width, height], score));
                }
            }
        }
        Ok(faces)
    }

    /// Planes of blue, green and red; what the picture does not fill is black.
    fn planes(&self, picture: &Picture) -> Vec<f32> {
        let mut planes = vec![0.0; 3 * self.width * self.height];
        let across = picture.width as usize;
        for (row, line) in picture.rgb.chunks_exact(across.max(1) * 3).take(self.height).enumerate() {
            for (column, pixel) in line.chunks_exact(3).take(self.width).enumerate() {
                for (plane, value) in pixel.iter().rev().enumerate() {
                    planes[(plane * self.height + row) * self.width + column] = f32::from(*value);
                }
            }
        }
        planes
    }
}

impl Detect for &Model {
    fn detect(&mut self, picture: &Picture, _: &[u8], _: &Control) -> Result<Vec<Subject>> {
        let found = self.run(&self.planes(picture))?;
        Ok(distinct(found.into_iter().filter_map(|(pixels, score)| shares(picture, pixels, score)).collect()))
    }
}
