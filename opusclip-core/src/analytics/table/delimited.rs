//! CSV: cells with a mark between them.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::build::Builder;
use super::{cells, unreadable};
use crate::error::{Error, ErrorCode, Result};

/// A reader that gives so many bytes and then fails, so that an open quote does not swallow a whole disk.
struct Bounded<R> {
    inner: R,
    left: usize,
    last: u8,
    ended: bool,
}

/// The CSV reader asks for so many bytes at once, some of which belong to the rows that follow.
const BUFFER: usize = 64 * 1024;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let most = into.len().min(self.left);
        let read = self.inner.read(&mut into[..most])?;
        self.left -= read;
        self.ended = read == 0 && most > 0;
        self.last = into[..read].last().copied().unwrap_or(self.last);
        Ok(read)
    }
}

/// Lines end with LF, and what of CRLF stays behind is trimmed off the last cell: so the reader counts lines rightly.
/// Only where there is no LF at all do they end with CR.
pub(super) fn read(reader: impl Read, delimiter: char, feeds: bool, builder: &mut Builder<'_>) -> Result<()> {
    let limit = builder.options.max_line_bytes;
    let most = limit.saturating_add(BUFFER);
    let mark = u8::try_from(delimiter).unwrap_or(b',');
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(mark)
        .terminator(if feeds { Terminator::Any(b'\n') } else { Terminator::CRLF })
        .buffer_capacity(BUFFER)
        .from_reader(Bounded { inner: reader, left: most, last: b'\n', ended: false });
    let mut record = ByteRecord::new();
    let mut columns: Option<Vec<Option<usize>>> = None;
    loop {
        rows.get_mut().left = most;
        let start = rows.position().line();
        match rows.read_byte_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) if record.as_slice().len() > limit => return Err(too_long(start, limit)),
            Ok(true) if record.len() == 1 && record.as_slice().trim_ascii().is_empty() => continue,
            Ok(true) => {}
            Err(failure) => return Err(failed(failure, start, limit)),
        }
        let line = first_line(&rows, &record);
        match &columns {
            Some(columns) => row(&record, line, columns, builder)?,
            None => {
                let (names, headed) = header(&record, line, builder)?;
                let kept = names.iter().map(|name| builder.another(name)).collect::<Result<Vec<_>>>()?;
                if !headed {
                    row(&record, line, &kept, builder)?;
                }
                columns = Some(kept);
            }
        }
    }
}

/// The names of the columns, and whether the first row is their header.
fn header(record: &ByteRecord, line: u64, builder: &Builder<'_>) -> Result<(Vec<String>, bool)> {
    let most = builder.options.max_columns;
    if record.len() > most {
        let message = format!("the table has {} columns, more than {most}", record.len());
        return Err(Error::new(ErrorCode::LimitExceeded, message).field("max_columns").line(line));
    }
    let cell = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
    let cells: Vec<String> = record.iter().map(cell).collect();
    let filled = || cells.iter().filter(|cell| !cell.is_empty());
    let valued = filled().next().is_some() && filled().all(|cell| cells::is_value(cell));
    let headed = builder.options.header.unwrap_or(!valued);
    let name = |(at, cell): (usize, &String)| match headed && !cell.is_empty() {
        true => cell.clone(),
        false => format!("column_{}", at + 1),
    };
    Ok((cells.iter().enumerate().map(name).collect(), headed))
}

fn row(record: &ByteRecord, line: u64, columns: &[Option<usize>], builder: &mut Builder<'_>) -> Result<()> {
    if record.len() != columns.len() {
        let breaks = record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        let open = if breaks > 0 { "; is a quote left open?" } else { "" };
        let (cells, wanted) = (record.len(), columns.len());
        let noun = if cells == 1 { "cell" } else { "cells" };
        builder.refuse(line, format!("{cells} {noun} where the table has {wanted} columns{open}"));
        return Ok(());
    }
    let Ok(text) = std::str::from_utf8(record.as_slice()) else {
        builder.refuse(line, "the row is not UTF-8".to_owned());
        return Ok(());
    };
    builder.begin(line)?;
    for (at, column) in columns.iter().enumerate() {
        if let (Some(column), Some(cell)) = (column, record.range(at).and_then(|range| text.get(range))) {
            builder.put(*column, cell);
        }
    }
    Ok(())
}

/// The line where a record begins. What the reader calls its position may be that of an empty line before it.
fn first_line<R: Read>(rows: &csv::Reader<Bounded<R>>, record: &ByteRecord) -> u64 {
    let inside = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
    // The last line need not have an end.
    let open = rows.get_ref().ended && rows.get_ref().last != b'\n';
    let ends = u64::from(!open);
    rows.position().line().saturating_sub(ends + inside).max(1)
}

fn too_long(line: u64, limit: usize) -> Error {
    let message = format!("a row is longer than {limit} bytes");
    let error = Error::new(ErrorCode::LimitExceeded, message).field("max_line_bytes").line(line);
    error.hint("is a quote left open? else raise `max_line_bytes`")
}

fn failed(failure: csv::Error, line: u64, limit: usize) -> Error {
    match failure.into_kind() {
        csv::ErrorKind::Io(failure) if failure.kind() == std::io::ErrorKind::FileTooLarge => too_long(line, limit),
        csv::ErrorKind::Io(failure) => unreadable(&failure).line(line),
        other => Error::new(ErrorCode::DataInvalid, format!("the table cannot be read: {other:?}")).line(line),
    }
}
