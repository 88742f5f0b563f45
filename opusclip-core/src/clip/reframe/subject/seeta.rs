//! Frontal faces by SeetaFace's cascade (Wu et al., "Funnel-structured cascade for multi-view face detection with
//! alignment awareness", Neurocomputing 2017), in the crate `rustface`, with the model that it comes with.

use rustface::{Detector, ImageData, create_detector_with_model, read_model};

use super::{Detect, Picture, Subject, distinct, shares};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// The crate ships its model beside its sources but does not compile it in.
const MODEL: &[u8] = include_bytes!("../../../../models/seeta_fd_frontal_v1.0.bin");

/// Longer side of the pictures that are looked at: a face is found from a twentieth of that on.
pub(super) const SIDE: u32 = 480;

/// Smallest face in pixels.
const SMALLEST: u32 = 24;

/// The crate's documentation names 0.95, 2.8 and 4.5 as usual; tracks over time take out what is seen once by mistake.
const LEAST_SCORE: f64 = 2.0;

/// A score from which a face is certain.
const CERTAIN: f64 = 10.0;

pub(super) struct Seeta(Box<dyn Detector>);

impl Seeta {
    pub(super) fn new() -> Result<Self> {
        let model = read_model(MODEL)
            .map_err(|error| Error::new(ErrorCode::Internal, format!("the built-in face model: {error}")))?;
        let mut detector = create_detector_with_model(model);
        detector.set_min_face_size(SMALLEST);
        detector.set_score_thresh(LEAST_SCORE);
        detector.set_pyramid_scale_factor(0.8);
        detector.set_slide_window_step(4, 4);
        Ok(Self(detector))
    }
}

impl Detect for Seeta {
    fn detect(&mut self, picture: &Picture, luma: &[u8], _: &Control) -> Result<Vec<Subject>> {
        // The detector panics on an image that is smaller than its window.
        if picture.width.min(picture.height) < SMALLEST * 2 {
            return Ok(Vec::new());
        }
        let image = ImageData::new(luma, picture.width, picture.height);
        let faces = self.0.detect(&image).into_iter().filter_map(|face| {
            let place = face.bbox();
            let pixels = [f64::from(place.x()), f64::from(place.y()), place.width().into(), place.height().into()];
            shares(picture, pixels, face.score() / CERTAIN)
        });
        Ok(distinct(faces.collect()))
    }
}
