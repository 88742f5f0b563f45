//! How many faces are seen, in a few frames.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one frame shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaceSample {
    /// Seconds.
    pub time: f64,
    /// How many faces.
    pub count: u32,
    /// Height of the largest as a share of the picture's height, 0 to 1.
    pub largest: f64,
}
