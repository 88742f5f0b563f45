//! Captions: words to short lines, lines to an ASS script that libass draws.

mod ass;
mod lines;

pub(crate) use ass::{label, script, temporary_script};
pub(crate) use lines::captions;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A word of a clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClipWord {
    /// Seconds from the start of the clip.
    pub start: f64,
    /// Seconds from the start of the clip.
    pub end: f64,
    /// The word as written.
    pub text: String,
}
