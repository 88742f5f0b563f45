//! `opusclip analytics`: tables of numbers and events are asked.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::tree::analytics::{Analytics, Data, EventColumns};
use super::{Stop, emit};
use crate::analytics::Samples;
use crate::analytics::anomaly::{Anomalies, detect};
use crate::analytics::business::{Events, Funnel, Names, People, Retention, Times, funnel, retention};
use crate::analytics::correlate::{CorrelationOptions, Correlations, correlate_all};
use crate::analytics::forecast::{Forecast, forecast};
use crate::analytics::table::{Table, TableOptions, read_table};
use crate::analytics::trend::{Trend, trend};
use crate::config::from_json;
use crate::error::{Error, Result};
use crate::time::utc;

pub(super) fn run(out: &mut dyn Write, json: bool, wanted: Analytics) -> Result<(), Stop> {
    match wanted {
        Analytics::Trend { data, season, no_season, confidence } => {
            let seasonal = no_season.then_some(false);
            let options = options([
                ("season", number(season)),
                ("seasonal", json!(seasonal)),
                ("confidence", number(confidence)),
            ]);
            let found = trend(&samples(&data)?, &from_json(options)?).map_err(|error| error.file(&data.file))?;
            emit(out, json, &found, print_trend)
        }
        Analytics::Anomalies { data, threshold, quiet_time, season, csv } => {
            let options = options([
                ("threshold", number(threshold)),
                ("quiet_time", number(quiet_time)),
                ("season", number(season)),
            ]);
            let samples = samples(&data)?;
            let found = detect(&samples, &from_json(options)?).map_err(|error| error.file(&data.file))?;
            if csv && !json {
                return Ok(print_scores(out, &samples, &found)?);
            }
            emit(out, json, &found, print_anomalies)
        }
        Analytics::Correlate { file, columns, time, max_lag } => {
            let found = correlate(&file, columns, time.as_deref(), max_lag).map_err(|error| error.file(&file))?;
            emit(out, json, &found, print_correlations)
        }
        Analytics::Forecast { data, horizon, seasons, level, effort, step } => {
            let effort = effort.map(|effort| format!("{effort:?}").to_lowercase());
            let seasons = Some(seasons).filter(|seasons| !seasons.is_empty());
            let options = options([
                ("horizon", json!(horizon)),
                ("seasons", json!(seasons)),
                ("level", number(level)),
                ("effort", json!(effort)),
            ]);
            let ahead = samples(&data)?.regular(step).and_then(|regular| forecast(&regular, &from_json(options)?));
            emit(out, json, &ahead.map_err(|error| error.file(&data.file))?, print_forecast)
        }
        Analytics::Funnel { events, steps, window, breakdown, until } => {
            let options = options([("steps", json!(steps)), ("window", number(window)), ("until", number(until))]);
            let table = read_table(&events.file, &TableOptions::default())?;
            let found =
                rows(&table, &events, breakdown.as_deref()).and_then(|rows| funnel(&rows, &from_json(options)?));
            emit(out, json, &found.map_err(|error| error.file(&events.file))?, print_funnel)
        }
        Analytics::Retention { events, period, time_zone, until } => {
            let period = period.map(|period| format!("{period:?}").to_lowercase());
            let options =
                options([("period", json!(period)), ("time_zone", json!(time_zone)), ("until", number(until))]);
            let table = read_table(&events.file, &TableOptions::default())?;
            let found = rows(&table, &events, None).and_then(|rows| retention(&rows, &from_json(options)?));
            emit(out, json, &found.map_err(|error| error.file(&events.file))?, print_retention)
        }
    }
}

/// A number for the core's options, which refuse by name what JSON has no number for.
fn number(given: Option<f64>) -> Value {
    match given {
        None => Value::Null,
        Some(number) if number.is_finite() => json!(number),
        Some(number) if number.is_nan() => json!("NaN"),
        Some(number) => json!(if number > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}

/// Options that were given; the core knows the others.
fn options<const N: usize>(given: [(&str, Value); N]) -> Value {
    let known = given.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(known.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn samples(data: &Data) -> Result<Samples> {
    let table = read_table(&data.file, &TableOptions { time_column: data.time.clone(), ..TableOptions::default() })?;
    table.samples(data.column.as_deref(), None).map_err(|error| error.file(&data.file))
}

fn correlate(file: &Path, columns: Vec<String>, time: Option<&str>, max_lag: Option<f64>) -> Result<Correlations> {
    let table = read_table(file, &TableOptions { time_column: time.map(str::to_owned), ..TableOptions::default() })?;
    let columns = if columns.is_empty() { table.number_columns().map(str::to_owned).collect() } else { columns };
    let columns = columns.into_iter().filter(|name| table.time_column.as_deref() != Some(name));
    let metrics = columns.map(|name| Ok((name.clone(), table.samples(Some(&name), None)?)));
    let metrics = metrics.collect::<Result<Vec<(String, Samples)>>>()?;
    correlate_all(&metrics, &CorrelationOptions { max_lag, ..CorrelationOptions::default() })
}

fn rows(table: &Table, columns: &EventColumns, breakdown: Option<&str>) -> Result<Events<'static>> {
    let time = columns.time.as_deref().or(table.time_column.as_deref());
    let Some(time) = time else {
        let error = Error::new(crate::ErrorCode::DataInvalid, "no column holds times").field("time");
        return Err(error.hint("name it with --time"));
    };
    let texts = |column: &str| -> Result<Vec<Option<String>>> {
        Ok(table.strings(column)?.map(|text| text.map(std::borrow::Cow::into_owned)).collect())
    };
    // An event of nobody is nobody's.
    let people: Vec<String> = texts(&columns.user)?.into_iter().map(Option::unwrap_or_default).collect();
    let times: Times<'static> = table.times(time)?.as_ref().into();
    let events = Events::new(times, People::of(people))?.names(Names::of(texts(&columns.event)?))?;
    match breakdown {
        Some(column) => events.breakdown(Names::of(texts(column)?)),
        None => Ok(events),
    }
}

fn print_trend(out: &mut dyn Write, found: &Trend) -> io::Result<()> {
    writeln!(out, "{}", found.explanation.sentence)?;
    for change in &found.change_points {
        writeln!(out, "  {}  from {:.6} to {:.6}", utc(change.time), change.level_before, change.level_after)?;
    }
    writeln!(out, "  by {}", found.explanation.method)
}

fn print_anomalies(out: &mut dyn Write, found: &Anomalies) -> io::Result<()> {
    writeln!(out, "{}", found.explanation.sentence)?;
    for point in &found.points {
        let value = point.value.map_or("nothing".to_owned(), |value| format!("{value:.6}"));
        let reason = name(&point.reason);
        writeln!(
            out,
            "  {}  {value}, expected {:.6}: {reason}, score {:.3}",
            utc(point.time),
            point.expected,
            point.score
        )?;
    }
    Ok(())
}

fn print_scores(out: &mut dyn Write, samples: &Samples, found: &Anomalies) -> io::Result<()> {
    writeln!(out, "timestamp,value,anomaly_score")?;
    for ((time, value), score) in samples.times().iter().zip(samples.values()).zip(&found.scores) {
        writeln!(out, "{},{value},{score}", utc(*time))?;
    }
    Ok(())
}

fn print_correlations(out: &mut dyn Write, found: &Correlations) -> io::Result<()> {
    writeln!(out, "{}", found.explanation.sentence)?;
    for pair in &found.pairs {
        let sure = if pair.significant { "*" } else { " " };
        writeln!(out, "{sure} {} and {}: {}", pair.a, pair.b, pair.correlation.explanation.sentence)?;
    }
    Ok(())
}

fn print_forecast(out: &mut dyn Write, found: &Forecast) -> io::Result<()> {
    writeln!(out, "{}", found.explanation.sentence)?;
    for (at, ((mean, low), high)) in found.mean.iter().zip(&found.low).zip(&found.high).enumerate() {
        let time = utc(found.start + found.step * at as f64);
        writeln!(out, "  {time}  {mean:14.4}  {low:14.4} to {high:.4}")?;
    }
    Ok(())
}

fn print_funnel(out: &mut dyn Write, found: &Funnel) -> io::Result<()> {
    writeln!(out, "{}", found.explanation.sentence)?;
    let share = |part: Option<f64>| part.map_or("-".to_owned(), |part| format!("{:.1} %", 100.0 * part));
    for step in &found.steps {
        let (start, before) = (share(step.conversion_from_start), share(step.conversion_from_previous));
        writeln!(out, "  {:24} {:>10}  {start:>8}  {before:>8}", step.name, step.users)?;
    }
    writeln!(out, "  {} converted, {} pending, {} lost", found.converted, found.pending, found.lost)?;
    for part in &found.breakdown {
        let value = part.value.as_deref().unwrap_or(if part.other { "(others)" } else { "(none)" });
        let users: Vec<String> = part.steps.iter().map(|step| step.users.to_string()).collect();
        writeln!(out, "  {value:24} {}", users.join("  "))?;
    }
    Ok(())
}

fn print_retention(out: &mut dyn Write, found: &Retention) -> io::Result<()> {
    writeln!(out, "{}", found.explanation.sentence)?;
    for cohort in &found.cohorts {
        let rate = |rate: &Option<f64>| rate.map_or("     -".to_owned(), |rate| format!("{:5.1} %", 100.0 * rate));
        let rates: Vec<String> = cohort.rates.iter().map(rate).collect();
        writeln!(out, "  {:12} {:>8}  {}", cohort.label, cohort.size, rates.join(" "))?;
    }
    Ok(())
}

/// An enumeration's name in JSON.
fn name(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
