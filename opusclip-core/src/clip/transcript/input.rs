//! Where a job gets its words from.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Transcript, from_bytes, read};
use crate::error::{Error, ErrorCode, Result};

/// A transcript as options take it: a file, or what a speech engine gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TranscriptInput {
    /// A file that [`read`] understands.
    File(PathBuf),
    /// A [`Transcript`], or the JSON of Whisper and its kin.
    Json(Map<String, Value>),
}

impl TranscriptInput {
    /// The words.
    ///
    /// # Errors
    /// Those of [`read`] and [`from_bytes`].
    pub fn read(&self) -> Result<Transcript> {
        match self {
            Self::File(path) => read(path),
            Self::Json(object) => {
                let bytes = serde_json::to_vec(object).map_err(|error| {
                    Error::new(ErrorCode::Internal, format!("the transcript cannot be written: {error}"))
                })?;
                from_bytes(&bytes).map_err(|error| match error.field_name() {
                    Some(_) => error,
                    None => error.field("transcript"),
                })
            }
        }
    }

    /// Its file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Json(_) => None,
        }
    }
}

impl<P: Into<PathBuf>> From<P> for TranscriptInput {
    fn from(path: P) -> Self {
        Self::File(path.into())
    }
}
