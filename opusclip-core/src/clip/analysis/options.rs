//! How closely a source is looked at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of the picture is decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Keyframes only. A cut is told where two neighbours differ; its time is exact where the encoder placed a keyframe
    /// at it, as most do.
    Index,
    /// Keyframes, then the groups of pictures whose ends differ, so that each cut found has its exact frame. Cuts that
    /// return to the same picture within one group are missed.
    #[default]
    Lazy,
    /// Every picture.
    Exact,
}

/// Options of [`super::analyze_with`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnalyzeOptions {
    /// How much of the picture is decoded. Default `lazy`.
    pub level: Level,
    /// Listen to the sound: loudness, speech and pauses. Default true.
    pub audio: bool,
}

impl Default for AnalyzeOptions {
    fn default() -> Self {
        Self { level: Level::Lazy, audio: true }
    }
}
