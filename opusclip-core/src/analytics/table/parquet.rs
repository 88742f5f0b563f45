//! Apache Parquet (<https://parquet.apache.org/docs/file-format/>), its rows as those of NDJSON.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

use super::build::Builder;
use crate::error::{Error, ErrorCode, Result};

pub(super) fn read(bytes: Vec<u8>, builder: &mut Builder<'_>) -> Result<()> {
    // The crate takes some damage for a mistake of its own and panics. What was read until then is given up.
    catch_unwind(AssertUnwindSafe(|| read_rows(bytes, builder))).unwrap_or_else(|_| {
        Err(Error::new(ErrorCode::DataInvalid, "the Parquet file is damaged").hint("write it again"))
    })
}

fn read_rows(bytes: Vec<u8>, builder: &mut Builder<'_>) -> Result<()> {
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(|failure| wrong(&failure))?;
    let rows = reader.get_row_iter(None).map_err(|failure| wrong(&failure))?;
    for (row, number) in rows.zip(1_u64..) {
        let row = row.map_err(|failure| wrong(&failure).line(number))?;
        builder.begin(number)?;
        for (name, field) in row.get_column_iter() {
            put(&mut name.clone(), field, builder).map_err(|error| error.line(number))?;
        }
    }
    Ok(())
}

/// A field as a cell; those of groups and maps within it by their path.
fn put(path: &mut String, field: &Field, builder: &mut Builder<'_>) -> Result<()> {
    let text = match field {
        Field::Group(group) => {
            let fields = group.get_column_iter().map(|(name, field)| (name.clone(), field));
            return put_all(path, fields, builder);
        }
        Field::MapInternal(map) => {
            let fields = map.entries().iter().map(|(name, field)| (plain(name), field));
            return put_all(path, fields, builder);
        }
        Field::Null => {
            builder.column(path)?;
            return Ok(());
        }
        other => plain(other),
    };
    if let Some(column) = builder.column(path)? {
        builder.put(column, &text);
    }
    Ok(())
}

fn put_all<'a>(
    path: &mut String,
    fields: impl Iterator<Item = (String, &'a Field)>,
    builder: &mut Builder<'_>,
) -> Result<()> {
    let length = path.len();
    for (name, field) in fields {
        path.push('.');
        path.push_str(&name);
        put(path, field, builder)?;
        path.truncate(length);
    }
    Ok(())
}

/// A value as a cell of CSV would have it.
fn plain(field: &Field) -> String {
    match field {
        Field::Str(text) => text.clone(),
        Field::TimestampMillis(time) => crate::time::utc(*time as f64 / 1e3),
        Field::TimestampMicros(time) => crate::time::utc(*time as f64 / 1e6),
        other => other.to_string(),
    }
}

fn wrong(failure: &ParquetError) -> Error {
    Error::new(ErrorCode::DataInvalid, format!("the Parquet file cannot be read: {failure}"))
}
