//! What can be told from the first bytes of a file.

use super::options::TableFormat;
use crate::error::{Error, ErrorCode, Result};

/// So many bytes are looked at.
pub(super) const HEAD: usize = 64 * 1024;
/// So many rows are looked at for the delimiter.
const ROWS: usize = 50;

/// The head without its byte order mark.
pub(super) fn text(head: &[u8]) -> Result<&[u8]> {
    let refuse = |message: &str, hint: &str| Err(Error::new(ErrorCode::DataInvalid, message).hint(hint));
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return refuse("the table is UTF-16", "save it as UTF-8");
    }
    if head.contains(&0) {
        return refuse("this is no text", "give CSV, or JSON with one object on each line");
    }
    let body = head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(head);
    match body.trim_ascii_start().first() {
        None => refuse("the table is empty", "give a header and at least one row"),
        Some(b'[') => refuse("this is one JSON list", "write one object on each line, without a list around them"),
        Some(_) => Ok(body),
    }
}

/// Whether this is the begin of a Parquet file.
pub(super) fn is_parquet(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}

pub(super) fn format(body: &[u8]) -> TableFormat {
    if body.trim_ascii_start().first() == Some(&b'{') { TableFormat::Ndjson } else { TableFormat::Csv }
}

/// The mark that stands equally often in the most rows; of equals the one that stands there more often.
pub(super) fn delimiter(body: &[u8]) -> char {
    let marks = [b',', b';', b'\t'];
    let counts = counts(body, marks);
    let Some(header) = counts.first() else { return ',' };
    let agreement = |at: usize| {
        let wanted = header[at];
        let rows = counts.iter().filter(|row| row[at] == wanted).count();
        if wanted == 0 { (0, 0) } else { (rows, wanted) }
    };
    // The last of several maxima is taken; the comma is the first choice.
    let best = (0..marks.len()).rev().max_by_key(|at| agreement(*at)).unwrap_or(0);
    char::from(marks[best])
}

/// How often each mark stands outside of quotes, by row. A row that the head cuts off does not count.
fn counts(body: &[u8], marks: [u8; 3]) -> Vec<[usize; 3]> {
    let (mut rows, mut row, mut quoted, mut filled) = (Vec::new(), [0; 3], false, false);
    for byte in body {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                if filled {
                    rows.push(row);
                }
                (row, filled) = ([0; 3], false);
                if rows.len() == ROWS {
                    return rows;
                }
            }
            _ if !quoted => marks.iter().zip(&mut row).for_each(|(mark, count)| *count += usize::from(byte == mark)),
            _ => {}
        }
        filled |= !byte.is_ascii_whitespace();
    }
    if filled && (rows.is_empty() || body.len() < HEAD / 2) {
        rows.push(row);
    }
    rows
}
