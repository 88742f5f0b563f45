//! Fuzz targets of the table readers. As tests they run over random input; `cargo bolero test -p opusclip-core
//! --no-default-features -F analytics analytics::table::fuzz::csv` lets a fuzzer look for more.
//!
//! Whatever the input: no panic; as many cells in each column as rows; numbers are finite or gaps; every error has its
//! code.

use super::*;

/// Bytes to text: small numbers pick a piece, so that random bytes come near to what the readers know.
fn text(bytes: &[u8], pieces: &[&str]) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in bytes {
        match pieces.get(usize::from(*byte)) {
            Some(piece) => text.extend_from_slice(piece.as_bytes()),
            None => text.push(*byte),
        }
    }
    text
}

fn sound(table: &Table) {
    assert_eq!(table.columns.len(), table.data.len());
    assert!(table.first_bad_rows.len() <= 20 && table.first_bad_rows.len().min(1) <= table.bad_rows);
    assert!(table.first_bad_rows.windows(2).all(|pair| pair[0].line <= pair[1].line));
    for column in &table.columns {
        assert_eq!(table.strings(&column.name).unwrap().count(), table.rows);
        if column.kind == ColumnKind::Number {
            let numbers = table.numbers(&column.name).unwrap();
            assert_eq!(numbers.len(), table.rows);
            assert!(numbers.iter().all(|number| !number.is_infinite()));
        }
    }
    if let Some(name) = &table.time_column {
        assert_eq!(table.times(name).unwrap().len(), table.rows);
        for column in table.number_columns() {
            let samples = table.samples(Some(column), None).unwrap();
            assert!(samples.len() <= table.rows);
        }
    }
}

fn check(bytes: &[u8], format: Option<TableFormat>) {
    let options = TableOptions { format, max_columns: 50, max_line_bytes: 500, ..TableOptions::default() };
    for strict in [false, true] {
        match read_table_from(bytes, &TableOptions { strict, ..options.clone() }) {
            Ok(table) => sound(&table),
            Err(error) => {
                assert!(matches!(error.code(), ErrorCode::DataInvalid | ErrorCode::LimitExceeded), "{error}");
            }
        }
    }
}

const CSV: &[&str] = &[
    "time,value\n",
    "2024-05-01 12:00:00",
    "2024-05-01T12:00:00+02:00",
    "1714564800",
    "20240501",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\"",
    "\"\"",
    "1.5",
    "-2",
    "1e400",
    "007",
    "99999999999999999999",
    "NA",
    "x",
    "é",
    "\u{feff}",
    " ",
    "2024-05",
    "t",
];

const JSON: &[&str] = &[
    "{",
    "}",
    "\n",
    "\"time\":",
    "\"v\":",
    "1714564800",
    "\"2024-05-01\"",
    "1.5",
    "-1e308",
    "null",
    "true",
    ",",
    "{\"a\":",
    "[1,2]",
    "\"x\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "{\"time\":1,\"v\":2}\n",
    " ",
    "\r\n",
    "1e999",
];

#[test]
fn csv() {
    bolero::check!().with_iterations(4000).for_each(|bytes: &[u8]| {
        check(bytes, Some(TableFormat::Csv));
        check(&text(bytes, CSV), None);
    });
}

#[test]
fn ndjson() {
    bolero::check!().with_iterations(4000).for_each(|bytes: &[u8]| {
        check(bytes, Some(TableFormat::Ndjson));
        check(&text(bytes, JSON), Some(TableFormat::Ndjson));
    });
}

/// Rows of cells that fit the readers better than random bytes do.
#[test]
fn rows() {
    bolero::check!().with_iterations(1000).with_type::<Vec<(u8, u8, u8)>>().for_each(|rows| {
        let cell = |byte: &u8| CSV[usize::from(*byte) % CSV.len()];
        let lines: Vec<String> = rows.iter().map(|(a, b, c)| format!("{},{},{}", cell(a), cell(b), cell(c))).collect();
        check(format!("a,b,c\n{}", lines.join("\n")).as_bytes(), None);
    });
}

/// A Parquet file with bytes changed and its end cut off.
#[cfg(feature = "parquet")]
#[test]
fn parquet() {
    use crate::analytics::export::HistoryFormat;
    use crate::analytics::{Clock, Collector, CollectorOptions, HistoryQuery};

    let collector = Collector::with_clock(CollectorOptions::default(), Clock::fixed(1e9)).unwrap();
    for second in 0..50 {
        collector.record_at("latency", f64::from(second), &[("host", "a")], 1e9 - f64::from(second), None).unwrap();
    }
    let whole = collector.history(&HistoryQuery::default()).unwrap().to_bytes(HistoryFormat::Parquet).unwrap();
    bolero::check!().with_iterations(4000).with_type::<(Vec<(u16, u8)>, u8)>().for_each(|(changes, cut)| {
        let mut bytes = whole.clone();
        for (place, byte) in changes.iter().take(8) {
            let place = usize::from(*place) % bytes.len();
            bytes[place] = *byte;
        }
        bytes.truncate(bytes.len() - usize::from(*cut) / 16);
        check(&bytes, Some(TableFormat::Parquet));
    });
}
