//! What is in a source: loudness, speech and pauses, shots.

mod loudness;
mod options;
mod run;
mod shots;
mod speech;

pub(crate) use loudness::Meter;
pub use options::{AnalyzeOptions, Level};
pub(crate) use run::analyze_source;
pub use run::{analyze, analyze_with};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Span;

/// What was found in one source. Times are seconds from the start of the media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Analysis {
    /// Seconds up to which there really is content, from the packets themselves; a header may claim more.
    pub duration: f64,
    /// How loud it is; `None` without sound.
    pub loudness: Option<Loudness>,
    /// Stretches in which somebody speaks.
    pub speech: Vec<Span>,
    /// Stretches of at least 0.2 s in which nobody speaks, complement of `speech`.
    pub pauses: Vec<Span>,
    /// Consecutive shots that cover the picture; one shot where nothing cuts.
    pub shots: Vec<Shot>,
    /// Packets and frames seen, damage met on the way.
    pub damage: Damage,
}

/// Loudness by EBU R 128 / ITU-R BS.1770.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loudness {
    /// Integrated loudness in LUFS; `None` where everything lies under the gate (silence).
    pub integrated: Option<f64>,
    /// Loudness range in LU (EBU Tech 3342).
    pub range: f64,
    /// Highest true peak of all channels in dBTP; `None` for digital silence.
    pub true_peak: Option<f64>,
    /// Momentary loudness in LUFS every 0.1 s, floored at -70: value `i` is that of the 400 ms up to `(i + 1) / 10` s.
    pub momentary: Vec<f32>,
}

impl Loudness {
    /// Seconds between two values of `momentary`.
    pub const STEP: f64 = 0.1;
    /// Value that stands for silence in `momentary`.
    pub const FLOOR: f32 = -70.0;

    /// Mean power over a stretch, in LUFS; [`Loudness::FLOOR`] where it is silent or has no values.
    pub fn mean(&self, span: Span) -> f64 {
        let first = (span.start / Self::STEP).max(0.0) as usize;
        let last = ((span.end / Self::STEP).max(0.0) as usize).min(self.momentary.len());
        let values = self.momentary.get(first..last).unwrap_or(&[]);
        if values.is_empty() {
            return f64::from(Self::FLOOR);
        }
        let power = values.iter().map(|v| 10f64.powf(f64::from(*v) / 10.0)).sum::<f64>() / values.len() as f64;
        (10.0 * power.log10()).max(f64::from(Self::FLOOR))
    }
}

/// One shot, and how its beginning was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shot {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
    /// How the beginning was found: `start` (of the media), `cut` (between two frames) or `keyframe` (between two
    /// keyframes; exact where the encoder placed the second one at the cut).
    pub found_by: String,
    /// How sure the beginning is, 0 to 1.
    pub confidence: f64,
}

/// What was damaged, and what was done about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Damage {
    /// Packets read.
    pub packets: u64,
    /// Packets that a decoder refused or that carried a damage mark.
    pub errors: u64,
    /// Does the file end before its header says?
    pub truncated: bool,
    /// Time of the first damage in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_error: Option<f64>,
    /// For people: what was lost.
    #[serde(default)]
    pub notes: Vec<String>,
}
