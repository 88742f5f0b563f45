//! One clip to a file: cut, framed, captioned, levelled, encoded.

mod assemble;
mod camera;
mod clip;
mod joint;
mod options;
mod picture;
mod presets;
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
