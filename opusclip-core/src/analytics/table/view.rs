//! Columns asked for by name.

use std::borrow::Cow;

use super::cells::{self, Data};
use super::{ColumnKind, Table, TableOptions, time};
use crate::analytics::Samples;
use crate::error::{Error, ErrorCode, Result};

/// Names of columns of times; of several the first in this list.
const TIME_NAMES: [&str; 18] = [
    "timestamp",
    "@timestamp",
    "time",
    "datetime",
    "date_time",
    "date",
    "ts",
    "ds",
    "t",
    "unixtime",
    "unix_time",
    "epoch",
    "event_time",
    "eventtime",
    "created_at",
    "start_time",
    "end_time",
    "start",
];
/// Endings of such names.
const TIME_ENDINGS: [&str; 4] = ["timestamp", "_time", "_date", "_at"];
/// Names of values that are taken before other columns of numbers.
const VALUE_NAMES: [&str; 2] = ["value", "y"];
/// So many columns are named in a message.
const NAMED: usize = 20;
/// Names less alike than this are other names; 1 is the same name.
const ALIKE: f64 = 0.6;

impl Table {
    /// A column of numbers with the times of its rows. Without a name the value is the only column of numbers beside
    /// the time, or the one named `value` or `y`; the time is the one of [`Table::time_column`]. Rows without a time
    /// are left out, rows without a number are gaps.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where there is no such column, no or more than one that may be meant, or where it
    /// holds something else.
    pub fn samples(&self, value_column: Option<&str>, time_column: Option<&str>) -> Result<Samples> {
        let times = match time_column.or(self.time_column.as_deref()) {
            Some(name) => self.times_as(name, "time_column")?,
            None => {
                let error = Error::new(ErrorCode::DataInvalid, "no column holds times").field("time_column");
                return Err(error.hint(format!("name one of {}", self.listed(|_| true))));
            }
        };
        let value = match value_column {
            Some(name) => name,
            None => self.only_number(time_column.or(self.time_column.as_deref()))?,
        };
        let values = self.numbers_as(value, "value_column")?;
        let rows = times.iter().zip(values.iter()).filter(|(time, _)| !time.is_nan());
        let (times, values) = rows.map(|(time, value)| (*time, *value)).unzip();
        Samples::new(times, values)
    }

    /// A column as numbers, one for each row, NaN where there is none.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where there is no such column or it holds something else.
    pub fn numbers(&self, column: &str) -> Result<Cow<'_, [f64]>> {
        self.numbers_as(column, "column")
    }

    /// A column as Unix seconds, one for each row, NaN where there is none.
    ///
    /// # Errors
    /// As [`Table::numbers`].
    pub fn times(&self, column: &str) -> Result<Cow<'_, [f64]>> {
        self.times_as(column, "column")
    }

    /// A column as text, one for each row, nothing where a cell is empty. Numbers and times are written in their
    /// shortest form; numbers that stand for names, such as `007` or ones of more than 15 digits, stay as they are.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where there is no such column.
    pub fn strings<'a>(&'a self, column: &str) -> Result<impl Iterator<Item = Option<Cow<'a, str>>> + use<'a>> {
        let (_, data) = self.column(column, "column")?;
        Ok((0..self.rows).map(move |row| match data {
            Data::Text(cells) => Some(Cow::Borrowed(cells.get(row))).filter(|cell| !cell.is_empty()),
            Data::Numbers(list) => list.get(row).filter(|n| !n.is_nan()).map(|n| Cow::Owned(n.to_string())),
            Data::Times(list) => list.get(row).filter(|t| !t.is_nan()).map(|t| Cow::Owned(crate::time::utc(*t))),
        }))
    }

    /// Names of the columns that hold numbers, the time left out.
    pub fn number_columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|column| column.kind == ColumnKind::Number).map(|column| column.name.as_str())
    }

    fn numbers_as(&self, name: &str, field: &str) -> Result<Cow<'_, [f64]>> {
        let (kind, data) = self.column(name, field)?;
        match (kind, data) {
            (ColumnKind::Number | ColumnKind::Empty, Data::Text(cells)) => Ok(Cow::Owned(cells.values(cells::number))),
            (_, Data::Numbers(numbers)) => Ok(Cow::Borrowed(numbers)),
            _ => Err(self.other_kind(name, field, "numbers", |kind| kind == ColumnKind::Number)),
        }
    }

    fn times_as(&self, name: &str, field: &str) -> Result<Cow<'_, [f64]>> {
        let (kind, data) = self.column(name, field)?;
        match (kind, data) {
            (_, Data::Times(times)) => Ok(Cow::Borrowed(times)),
            (_, Data::Numbers(numbers)) => Ok(Cow::Owned(time::of_numbers(numbers))),
            (ColumnKind::Number, Data::Text(cells)) => Ok(Cow::Owned(time::of_numbers(&cells.values(cells::number)))),
            _ => Err(self.other_kind(name, field, "times", |kind| kind == ColumnKind::Time)),
        }
    }

    fn column(&self, name: &str, field: &str) -> Result<(ColumnKind, &Data)> {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let at = find(&names, name, field)?;
        let column = self.columns.get(at).zip(self.data.get(at));
        column.map(|(column, data)| (column.kind, data)).ok_or_else(|| missing(&names, name, field))
    }

    fn only_number(&self, time_column: Option<&str>) -> Result<&str> {
        let mut numbers = self.number_columns().filter(|name| time_column.is_none_or(|time| !same_name(time, name)));
        let by_name = VALUE_NAMES.iter().find_map(|wanted| self.number_columns().find(|name| same_name(wanted, name)));
        match (numbers.next(), numbers.next(), by_name) {
            (Some(only), None, _) | (Some(_), Some(_), Some(only)) => Ok(only),
            (None, ..) => {
                let error = Error::new(ErrorCode::DataInvalid, "no column holds numbers").field("value_column");
                Err(error.hint(format!("there are {}; numbers have a decimal point", self.listed(|_| true))))
            }
            _ => {
                let error =
                    Error::new(ErrorCode::DataInvalid, "more than one column holds numbers").field("value_column");
                Err(error.hint(format!("name one of {}", self.listed(|kind| kind == ColumnKind::Number))))
            }
        }
    }

    fn other_kind(&self, name: &str, field: &str, wanted: &str, fits: fn(ColumnKind) -> bool) -> Error {
        let error =
            Error::new(ErrorCode::DataInvalid, format!("the column {name:?} does not hold {wanted}")).field(field);
        let fitting = self.listed(fits);
        if fitting.is_empty() { error } else { error.hint(format!("{wanted} are in {fitting}")) }
    }

    fn listed(&self, fits: fn(ColumnKind) -> bool) -> String {
        let names: Vec<&str> =
            self.columns.iter().filter(|column| fits(column.kind)).map(|c| c.name.as_str()).collect();
        list(&names)
    }
}

/// Whether a name given means a column: case and blanks around it do not matter.
pub(super) fn same_name(given: &str, column: &str) -> bool {
    given.trim().eq_ignore_ascii_case(column.trim())
}

/// Where a column of this name is; if it is written alike more than once, the one written the same.
pub(super) fn find<S: AsRef<str>>(names: &[S], name: &str, field: &str) -> Result<usize> {
    let exact = names.iter().position(|known| known.as_ref() == name);
    let found = exact.or_else(|| names.iter().position(|known| same_name(name, known.as_ref())));
    found.ok_or_else(|| missing(names, name, field))
}

fn missing<S: AsRef<str>>(names: &[S], name: &str, field: &str) -> Error {
    let message = format!("there is no column {name:?}; there are {}", list(names));
    let error = Error::new(ErrorCode::DataInvalid, message).field(field);
    let lower = name.to_lowercase();
    let rated = names.iter().map(AsRef::as_ref);
    let rated = rated.map(|known| (strsim::normalized_damerau_levenshtein(&lower, &known.to_lowercase()), known));
    match rated.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(alike, _)| *alike >= ALIKE) {
        Some((_, known)) => error.hint(format!("did you mean `{known}`?")),
        None => error,
    }
}

fn list<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<String> =
        names.iter().take(NAMED).map(|name| format!("`{}`", cells::shortened(name.as_ref()))).collect();
    let more = names.len().saturating_sub(NAMED);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// The column that says when: the one asked for; one that is named so and holds times or numbers; the first of times.
pub(super) fn time_column(table: &Table, options: &TableOptions) -> Result<Option<usize>> {
    if let Some(name) = &options.time_column {
        let (kind, _) = table.column(name, "time_column")?;
        if kind == ColumnKind::Text {
            return Err(table.other_kind(name, "time_column", "times", |kind| kind == ColumnKind::Time));
        }
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        return find(&names, name, "time_column").map(Some);
    }
    let fits = |at: &usize| {
        let kind = table.columns.get(*at).map(|column| column.kind);
        matches!(kind, Some(ColumnKind::Number | ColumnKind::Time))
    };
    let named = |wanted: &dyn Fn(&str) -> bool| {
        let columns = table.columns.iter().enumerate();
        let named = columns.filter(|(_, column)| wanted(column.name.trim()));
        named.map(|(at, _)| at).find(|at| fits(at))
    };
    // A capital T is a duration or a temperature as often as a time.
    let known = TIME_NAMES.iter().find_map(|known| {
        named(&|name| if known.len() == 1 { name == *known } else { name.eq_ignore_ascii_case(known) })
    });
    let ending = || named(&|name| TIME_ENDINGS.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending)));
    let first = || table.columns.iter().position(|column| column.kind == ColumnKind::Time);
    Ok(known.or_else(first).or_else(ending))
}
