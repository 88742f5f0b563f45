//! JSON with one object on each line.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Map, Value};

use super::build::Builder;
use super::unreadable;
use crate::error::{Error, ErrorCode, Result};

pub(super) fn read(reader: impl Read, builder: &mut Builder<'_>) -> Result<()> {
    let limit = builder.options.max_line_bytes;
    let mut lines = BufReader::new(reader);
    let mut bytes = Vec::new();
    for line in 1_u64.. {
        bytes.clear();
        // One byte more than a line may have, and its end.
        let most = (limit as u64).saturating_add(2);
        let read = lines.by_ref().take(most).read_until(b'\n', &mut bytes);
        if read.map_err(|failure| unreadable(&failure).line(line))? == 0 {
            break;
        }
        let text = bytes.trim_ascii();
        let cut_off = bytes.len() as u64 == most && !bytes.ends_with(b"\n");
        if cut_off || text.len() > limit {
            let message = format!("a line is longer than {limit} bytes");
            let error = Error::new(ErrorCode::LimitExceeded, message).field("max_line_bytes").line(line);
            return Err(error.hint("raise `max_line_bytes`"));
        }
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Value>(text) {
            Ok(Value::Object(object)) => {
                builder.begin(line)?;
                put(&object, &mut String::new(), builder).map_err(|error| error.line(line))?;
            }
            Ok(_) => builder.refuse(line, "the line is no object".to_owned()),
            Err(failure) => builder.refuse(line, wrong(&failure)),
        }
    }
    Ok(())
}

/// What serde says, without the line: it has seen only one.
fn wrong(failure: &serde_json::Error) -> String {
    let said = failure.to_string();
    let what = said.split(" at line ").next().unwrap_or_default();
    format!("no JSON: {what} at column {}", failure.column())
}

/// The fields of an object as cells; those of objects within it by their path.
fn put(object: &Map<String, Value>, path: &mut String, builder: &mut Builder<'_>) -> Result<()> {
    let length = path.len();
    for (name, value) in object {
        path.push_str(name);
        match value {
            Value::Object(inner) => {
                path.push('.');
                put(inner, path, builder)?;
            }
            Value::Null => {
                builder.column(path)?;
            }
            value => {
                if let Some(column) = builder.column(path)? {
                    match value {
                        Value::String(text) => builder.put(column, text),
                        other => builder.put(column, &other.to_string()),
                    }
                }
            }
        }
        path.truncate(length);
    }
    Ok(())
}
