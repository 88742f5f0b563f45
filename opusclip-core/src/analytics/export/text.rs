//! A history as CSV, and as one JSON object on each line.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::analytics::collect::{History, MetricType};

/// A row as people and programs read it.
#[derive(Serialize)]
struct Row<'a> {
    metric: &'a str,
    metric_type: MetricType,
    labels: &'a BTreeMap<String, String>,
    start: i64,
    seconds: u32,
    count: f64,
    #[serde(flatten)]
    figures: BTreeMap<&'static str, f64>,
}

fn rows(history: &History) -> impl Iterator<Item = Row<'_>> {
    let figures = history.figures();
    (0..history.len()).filter_map(move |at| {
        let series = history.series.get(*history.of_series.get(at)? as usize)?;
        let figure = |(name, column): &(&'static str, &[f64])| {
            column.get(at).copied().filter(|value| !value.is_nan()).map(|value| (*name, value))
        };
        Some(Row {
            metric: &series.metric,
            metric_type: series.metric_type,
            labels: &series.labels,
            start: *history.start.get(at)?,
            seconds: *history.seconds.get(at)?,
            count: *history.count.get(at)?,
            figures: figures.iter().filter_map(figure).collect(),
        })
    })
}

pub(super) fn json(history: &History, out: &mut impl Write) -> io::Result<()> {
    for row in rows(history) {
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

pub(super) fn csv(history: &History, out: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let names = history.figures().map(|(name, _)| name);
    writer.write_record(["metric", "metric_type", "labels", "start", "seconds", "count"].iter().chain(&names))?;
    for row in rows(history) {
        writer.write_field(row.metric)?;
        writer.write_field(row.metric_type.as_str())?;
        writer.write_field(serde_json::to_string(row.labels)?)?;
        writer.write_field(row.start.to_string())?;
        writer.write_field(row.seconds.to_string())?;
        writer.write_field(row.count.to_string())?;
        for name in names {
            writer.write_field(row.figures.get(name).map(f64::to_string).unwrap_or_default())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}
