//! Tables from files: CSV, JSON with one object on each line (NDJSON), Parquet with the feature of that name.
//!
//! What a column holds is found out from its cells: numbers, times or text ([`ColumnKind`]). What cannot be read is
//! counted and the first cases are listed with their lines ([`BadRow`]); [`TableOptions::strict`] makes them an error.
//!
//! - Numbers have a decimal point, never a comma, and no thousands separator.
//! - Times are as [`parse_time`] reads them, or numbers: Unix seconds, milliseconds, microseconds or nanoseconds, told
//!   apart by their size, and dates like `20240131`.
//! - A cell that is empty, or says `NA`, `N/A`, `NaN`, `null`, `none` or `-` where numbers or times stand, is a gap.
//! - Text is UTF-8, with or without a byte order mark; lines end with LF or CRLF; a quoted cell may hold line breaks.
//!
//! Memory stays within a small multiple of the file: the text of each cell and eight bytes for it.

mod build;
mod cells;
mod delimited;
mod ndjson;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod sniff;
mod time;
mod view;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use options::{TableFormat, TableOptions};
pub use time::parse_time;

use self::build::Builder;
use self::cells::Data;
use crate::error::{Error, ErrorCode, Result};

/// Rows and columns of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The columns in the order of the file.
    pub columns: Vec<Column>,
    /// How many rows were read, those with an unreadable cell included.
    pub rows: usize,
    /// How many rows could not be read, wholly or in one of their cells. An unreadable row is left out, an unreadable
    /// cell is a gap.
    pub bad_rows: usize,
    /// The first bad rows by their lines, at most 20.
    pub first_bad_rows: Vec<BadRow>,
    /// The column that says when: the one asked for, or the one found.
    pub time_column: Option<String>,
    /// How the file is written.
    pub format: TableFormat,
    /// What stands between two cells of CSV.
    pub delimiter: Option<char>,
    data: Vec<Data>,
}

/// A column and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the header, or `column_1` and so on without one. A name that stands twice becomes `name_2`.
    pub name: String,
    /// What is in it.
    pub kind: ColumnKind,
}

/// What more than half of a column's filled cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnKind {
    /// Numbers.
    Number,
    /// Times as text, or the column of times whatever its form.
    Time,
    /// Anything else.
    Text,
    /// Every cell is a gap.
    Empty,
}

/// A row that could not be read, or one cell of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BadRow {
    /// The line where the row begins, counted from 1; of Parquet the row.
    pub line: u64,
    /// The column of the cell at fault; none where the whole row is.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// The table in a file.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] where the file cannot be opened or holds no table, with its path; else those of
/// [`read_table_from`].
pub fn read_table(path: impl AsRef<Path>, options: &TableOptions) -> Result<Table> {
    let path = path.as_ref();
    let opened = File::open(path).and_then(|file| {
        let directory = file.metadata()?.is_dir();
        if directory { Err(std::io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
    });
    let file = opened.map_err(|failure| {
        let message = format!("the table cannot be opened: {failure}");
        Error::new(ErrorCode::DataInvalid, message).file(path).caused_by(failure)
    })?;
    read_table_from(file, options).map_err(|error| error.file(path))
}

/// The table in what a reader gives: CSV, NDJSON or Parquet, told apart by how it begins. Parquet is read into memory
/// as a whole.
///
/// ```
/// use opusclip_core::analytics::table::{TableOptions, read_table_from};
/// let text = "timestamp,cpu\n2024-05-01 12:00:00,0.5\n2024-05-01 12:01:00,n/a\n2024-05-01 12:02:00,0.7\n";
/// let table = read_table_from(text.as_bytes(), &TableOptions::default())?;
/// let samples = table.samples(None, None)?;
/// assert_eq!((samples.len(), samples.step()), (3, Some(60.0)));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::DataInvalid`] for what is no table, a column that does not exist, or with
/// [`TableOptions::strict`] a row that cannot be read; [`ErrorCode::LimitExceeded`] for more rows, columns or longer
/// lines than the options allow; those of [`TableOptions::validate`].
pub fn read_table_from(mut reader: impl Read, options: &TableOptions) -> Result<Table> {
    options.validate()?;
    let mut head = Vec::new();
    let taken = reader.by_ref().take(sniff::HEAD as u64).read_to_end(&mut head);
    taken.map_err(|failure| unreadable(&failure))?;
    if options.format.map_or_else(|| sniff::is_parquet(&head), |format| format == TableFormat::Parquet) {
        reader.read_to_end(&mut head).map_err(|failure| unreadable(&failure))?;
        return read_parquet(head, options);
    }
    let body = sniff::text(&head)?;
    let format = options.format.unwrap_or_else(|| sniff::format(body));
    let mut builder = Builder::new(options);
    let skipped = head.len() - body.len();
    let feeds = body.contains(&b'\n');
    let delimiter = (format == TableFormat::Csv).then(|| options.delimiter.unwrap_or_else(|| sniff::delimiter(body)));
    let mut whole = Cursor::new(head);
    whole.set_position(skipped as u64);
    let whole = whole.chain(reader);
    match delimiter {
        Some(delimiter) => delimited::read(whole, delimiter, feeds, &mut builder)?,
        None => ndjson::read(whole, &mut builder)?,
    }
    builder.finish(format, delimiter)
}

#[cfg(feature = "parquet")]
fn read_parquet(bytes: Vec<u8>, options: &TableOptions) -> Result<Table> {
    let mut builder = Builder::new(options);
    parquet::read(bytes, &mut builder)?;
    builder.finish(TableFormat::Parquet, None)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(_bytes: Vec<u8>, _options: &TableOptions) -> Result<Table> {
    let error = Error::new(ErrorCode::DataInvalid, "this build reads no Parquet");
    Err(error.hint("build with the feature `parquet`, or give CSV"))
}

fn unreadable(failure: &std::io::Error) -> Error {
    Error::new(ErrorCode::DataInvalid, format!("the table cannot be read: {failure}"))
}
