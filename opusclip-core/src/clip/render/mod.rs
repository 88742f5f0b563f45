//! One clip to a file: cut, framed, captioned, levelled, encoded.

mod assemble;
mod camera;
mod clean;
mod clip;
mod decibel;
mod joint;
mod loud;
mod options;
mod picture;
mod presets;
mod quiet;
mod rate;
mod sound;

pub(crate) use clip::{ClipJob, Seeing, ass_filter, no_video, render_clip};
pub use options::RenderOptions;
pub use presets::Preset;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How loud a finished clip is, measured after encoding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClipLoudness {
    /// LUFS; `None` for silence.
    pub integrated: Option<f64>,
    /// dBTP; `None` for digital silence.
    pub true_peak: Option<f64>,
    /// Gain that was applied, in dB, before the limiter.
    pub gain: f64,
}

/// Further below the wanted loudness than this is worth a note, in LU.
const TOLERANCE: f64 = 0.5;

impl ClipLoudness {
    /// What a caller should know of a clip that is quieter than was asked for (in LUFS).
    pub(crate) fn note(&self, wanted: f64) -> Option<String> {
        let loudness = self.integrated.filter(|loudness| wanted - loudness > TOLERANCE)?;
        Some(if self.gain == 0.0 {
            format!("its sound was left at {loudness:.1} LUFS: louder, it would be noise")
        } else {
            format!("its sound has {loudness:.1} LUFS in place of {wanted}: its peaks leave no room for more")
        })
    }
}
