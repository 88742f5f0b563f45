//! A history as Apache Parquet (<https://parquet.apache.org/docs/file-format/>).

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::analytics::collect::{History, HistorySeries};

/// The columns; those behind `count` may lack a value.
const SCHEMA: &str = "message history {
    required binary metric (STRING);
    required binary metric_type (STRING);
    required group labels (MAP) {
        repeated group key_value {
            required binary key (STRING);
            required binary value (STRING);
        }
    }
    required int64 start (TIMESTAMP(MICROS, true));
    required int32 seconds;
    required double count;
    optional double sum;
    optional double min;
    optional double max;
    optional double p50;
    optional double p90;
    optional double p95;
    optional double p99;
}";
/// Rows of a row group.
const ROWS: usize = 250_000;
const MICROSECONDS: i64 = 1_000_000;

pub(super) fn write(history: &History, out: &mut (impl Write + Send)) -> io::Result<()> {
    write_groups(history, out).map_err(|error| match error {
        // What the disk said, as it was.
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(failure) => *failure,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    })
}

fn write_groups(history: &History, out: &mut (impl Write + Send)) -> Result<(), ParquetError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    for from in (0..history.len()).step_by(ROWS) {
        write_group(history, from..(from + ROWS).min(history.len()), &mut writer)?;
    }
    writer.close().map(|_| ())
}

fn write_group(
    history: &History,
    rows: std::ops::Range<usize>,
    writer: &mut SerializedFileWriter<impl Write + Send>,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    let labels = Labels::of(history, rows.clone());
    let figures = history.figures();
    let mut at = 0_usize;
    while let Some(mut column) = group.next_column()? {
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(column) => match at {
                0 => column.write_batch(&texts(history, &rows, |series| series.metric.as_str()), None, None)?,
                1 => column.write_batch(&texts(history, &rows, |series| series.metric_type.as_str()), None, None)?,
                2 => column.write_batch(&labels.keys, Some(&labels.definition), Some(&labels.repetition))?,
                _ => column.write_batch(&labels.values, Some(&labels.definition), Some(&labels.repetition))?,
            },
            ColumnWriter::Int64ColumnWriter(column) => {
                let start: Vec<i64> = part(&history.start, &rows).iter().map(|start| start * MICROSECONDS).collect();
                column.write_batch(&start, None, None)?
            }
            ColumnWriter::Int32ColumnWriter(column) => {
                let seconds: Vec<i32> = part(&history.seconds, &rows).iter().map(|seconds| *seconds as i32).collect();
                column.write_batch(&seconds, None, None)?
            }
            ColumnWriter::DoubleColumnWriter(column) => match figures.get(at.wrapping_sub(BEFORE_FIGURES)) {
                Some((_, figure)) => {
                    let there = |value: &f64| i16::from(!value.is_nan());
                    let definition: Vec<i16> = part(figure, &rows).iter().map(there).collect();
                    let values: Vec<f64> =
                        part(figure, &rows).iter().copied().filter(|value| !value.is_nan()).collect();
                    column.write_batch(&values, Some(&definition), None)?
                }
                None => column.write_batch(part(&history.count, &rows), None, None)?,
            },
            _ => 0,
        };
        column.close()?;
        at += 1;
    }
    group.close().map(|_| ())
}

/// Leaf columns before the figures that may be missing: `metric`, `metric_type`, two of `labels`, `start`, `seconds`,
/// `count`.
const BEFORE_FIGURES: usize = 7;

fn part<'a, T>(column: &'a [T], rows: &std::ops::Range<usize>) -> &'a [T] {
    column.get(rows.clone()).unwrap_or_default()
}

fn series<'a>(history: &'a History, rows: &std::ops::Range<usize>) -> impl Iterator<Item = &'a HistorySeries> {
    part(&history.of_series, rows).iter().filter_map(|place| history.series.get(*place as usize))
}

fn texts(history: &History, rows: &std::ops::Range<usize>, text: fn(&HistorySeries) -> &str) -> Vec<ByteArray> {
    series(history, rows).map(|series| text(series).into()).collect()
}

/// Maps as Parquet lays them out: the pairs of all rows end to end, and levels that say where rows begin.
#[derive(Default)]
struct Labels {
    keys: Vec<ByteArray>,
    values: Vec<ByteArray>,
    /// 0 for a row without labels.
    definition: Vec<i16>,
    /// 0 for the first of a row.
    repetition: Vec<i16>,
}

impl Labels {
    fn of(history: &History, rows: std::ops::Range<usize>) -> Self {
        let mut all = Self::default();
        for series in series(history, &rows) {
            for (at, (key, value)) in series.labels.iter().enumerate() {
                all.keys.push(key.as_str().into());
                all.values.push(value.as_str().into());
                all.definition.push(1);
                all.repetition.push(i16::from(at > 0));
            }
            if series.labels.is_empty() {
                all.definition.push(0);
                all.repetition.push(0);
            }
        }
        all
    }
}
