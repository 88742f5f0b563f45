use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{boolean, optional_boolean};
use crate::error::{Error, ErrorCode, Result};

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TableOptions {
    /// How the file is written; found out if left out.
    pub format: Option<TableFormat>,
    /// What stands between two cells of CSV: `,`, `;` or a tab; found out if left out.
    pub delimiter: Option<char>,
    /// Whether the first line of CSV names the columns; found out if left out: it does unless all of its cells are
    /// numbers or times.
    #[serde(deserialize_with = "optional_boolean")]
    pub header: Option<bool>,
    /// The column that says when. If left out it is found by its name (`timestamp`, `time`, `datetime`, `date`, `ts`,
    /// `ds`, `t` and such), else it is the first that holds times.
    pub time_column: Option<String>,
    /// Only these columns are kept, and the one of `time_column`; all if left out.
    pub columns: Option<Vec<String>>,
    /// A row that cannot be read is an error, the first in the file. So is, in a table without text, a row whose time is
    /// not after that of the row before.
    #[serde(deserialize_with = "boolean")]
    pub strict: bool,
    /// More rows than this are an error, 1 or more.
    pub max_rows: usize,
    /// More columns than this are an error, 1 or more.
    pub max_columns: usize,
    /// A row of more bytes than this is an error, 1 or more.
    pub max_line_bytes: usize,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TableFormat {
    /// Cells with a mark between them, as of RFC 4180.
    Csv,
    /// One JSON object on each line. What is nested in it becomes columns like `labels.host`.
    Ndjson,
    /// Apache Parquet; needs the feature `parquet`. What is nested in it becomes columns like `labels.host`.
    Parquet,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            format: None,
            delimiter: None,
            header: None,
            time_column: None,
            columns: None,
            strict: false,
            max_rows: 10_000_000,
            max_columns: 10_000,
            max_line_bytes: 1 << 20,
        }
    }
}

impl TableOptions {
    /// Check what can be checked before the file is known.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] for a limit of zero, [`ErrorCode::ConfigInvalid`] for another delimiter or an
    /// empty list of columns.
    pub fn validate(&self) -> Result<()> {
        let limits =
            [("max_rows", self.max_rows), ("max_columns", self.max_columns), ("max_line_bytes", self.max_line_bytes)];
        for (field, limit) in limits {
            if limit == 0 {
                return Err(Error::new(ErrorCode::ConfigOutOfRange, format!("{field} is 0")).field(field));
            }
        }
        if let Some(other) = self.delimiter.filter(|mark| !matches!(mark, ',' | ';' | '\t')) {
            let error = Error::new(ErrorCode::ConfigInvalid, format!("{other:?} cannot stand between cells"));
            return Err(error.field("delimiter").hint("give a comma, a semicolon or a tab"));
        }
        if self.columns.as_ref().is_some_and(Vec::is_empty) {
            let error = Error::new(ErrorCode::ConfigInvalid, "no column is asked for").field("columns");
            return Err(error.hint("leave `columns` out to read all"));
        }
        Ok(())
    }

    /// Whether a column of this name is kept.
    pub(super) fn keeps(&self, name: &str) -> bool {
        let Some(columns) = &self.columns else { return true };
        columns.iter().chain(&self.time_column).any(|kept| super::view::same_name(kept, name))
    }
}
