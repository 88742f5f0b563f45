//! What was recorded, for other programs: CSV, NDJSON and Parquet of all that is kept, OTLP of what is.
//!
//! The text formats of Prometheus are [`Collector::exposition`].

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "parquet")]
mod parquet;
mod spill;
mod text;

#[cfg(test)]
mod tests;

use std::io::{BufWriter, Write};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::collect::History;
use crate::error::{Error, ErrorCode, Result};

#[cfg(feature = "otlp")]
pub use otlp::{OTLP_CONTENT_TYPE, OtlpTarget};

/// How a [`History`] is written.
///
/// Each row is a slot: `metric`, `metric_type`, `labels`, `start` (Unix seconds; a timestamp in UTC in Parquet),
/// `seconds`, `count`, `sum`, `min`, `max`, `p50`, `p90`, `p95`, `p99`. What a slot does not have is left empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HistoryFormat {
    /// RFC 4180 with a header; labels are a JSON object.
    Csv,
    /// One JSON object on each line.
    Json,
    /// Apache Parquet, its pages compressed by Snappy; labels are a map.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl HistoryFormat {
    /// The format by the ending of a file's name: `.csv`, `.json`, `.ndjson`, `.jsonl` or `.parquet`.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for any other.
    pub fn of(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("json" | "ndjson" | "jsonl") => Ok(Self::Json),
            #[cfg(feature = "parquet")]
            Some("parquet") => Ok(Self::Parquet),
            _ => {
                let message = format!("the name {} does not end like a format", path.display());
                let error = Error::new(ErrorCode::ConfigInvalid, message).field("path");
                Err(error.hint("end it with .csv, .ndjson or .parquet, or give a format"))
            }
        }
    }
}

impl History {
    /// The table as bytes.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] where the writer fails, which memory does not.
    pub fn to_bytes(&self, format: HistoryFormat) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(format, &mut bytes)
            .map_err(|failure| Error::new(ErrorCode::Internal, format!("the table cannot be written: {failure}")))?;
        Ok(bytes)
    }

    /// The table as a file, which has the old content or the new at any moment; without a format that of its ending.
    ///
    /// # Errors
    /// As [`HistoryFormat::of`]; [`ErrorCode::OutputUnwritable`] or [`ErrorCode::OutputFull`].
    pub fn save(&self, path: impl AsRef<Path>, format: Option<HistoryFormat>) -> Result<()> {
        let path = path.as_ref();
        let format = format.map_or_else(|| HistoryFormat::of(path), Ok)?;
        crate::files::write_whole(path, |file| {
            let mut buffered = BufWriter::new(file);
            self.write(format, &mut buffered)?;
            buffered.flush()
        })
    }

    fn write(&self, format: HistoryFormat, out: &mut (impl Write + Send)) -> std::io::Result<()> {
        match format {
            HistoryFormat::Csv => text::csv(self, out),
            HistoryFormat::Json => text::json(self, out),
            #[cfg(feature = "parquet")]
            HistoryFormat::Parquet => parquet::write(self, out),
        }
    }
}
