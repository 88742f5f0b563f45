//! Captions: words to short lines, lines to an ASS script that libass draws.

mod ass;
mod lines;
mod timeline;

pub(crate) use ass::{label, script, temporary_script};
pub(crate) use lines::captions;
pub(crate) use timeline::{Shown, shown, split};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A word that can be captioned, timed by the source, so that it stays right when a clip's ranges are edited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClipWord {
    /// Seconds of the source.
    pub start: f64,
    /// Seconds of the source.
    pub end: f64,
    /// The word as written.
    pub text: String,
}
