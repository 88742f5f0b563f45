//! A table put together row by row.

use std::collections::HashMap;

use super::cells::{self, Cells, Data};
use super::options::{TableFormat, TableOptions};
use super::{BadRow, Column, ColumnKind, Table, time, view};
use crate::error::{Error, ErrorCode, Result};

/// So many bad rows are listed; all are counted.
pub(super) const LISTED: usize = 20;
/// Empty cells take memory too: rows times columns.
const MOST_CELLS: usize = 200_000_000;

/// Collects rows, whatever they are read from.
pub(super) struct Builder<'a> {
    pub options: &'a TableOptions,
    names: Vec<String>,
    index: HashMap<String, usize>,
    cells: Vec<Cells>,
    rows: usize,
    lines: Lines,
    bad_rows: usize,
    listed: Vec<BadRow>,
}

/// The line of each row, as the rows from which on the distance of the two is another one.
#[derive(Default)]
struct Lines(Vec<(usize, u64)>);

impl Lines {
    fn note(&mut self, row: usize, line: u64) {
        if self.of(row) != Some(line) {
            self.0.push((row, line));
        }
    }

    fn of(&self, row: usize) -> Option<u64> {
        let at = self.0.partition_point(|(first, _)| *first <= row).checked_sub(1)?;
        self.0.get(at).map(|(first, line)| line + (row - first) as u64)
    }
}

impl<'a> Builder<'a> {
    pub fn new(options: &'a TableOptions) -> Self {
        Self {
            options,
            names: Vec::new(),
            index: HashMap::new(),
            cells: Vec::new(),
            rows: 0,
            lines: Lines::default(),
            bad_rows: 0,
            listed: Vec::new(),
        }
    }

    /// The column of this name, made if there is none; none where it is not kept.
    pub fn column(&mut self, name: &str) -> Result<Option<usize>> {
        if let Some(at) = self.index.get(name) {
            return Ok(Some(*at));
        }
        if !self.options.keeps(name) {
            return Ok(None);
        }
        if self.names.len() == self.options.max_columns {
            return Err(beyond("max_columns", format!("the table has more than {} columns", self.names.len())));
        }
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), self.cells.len());
        self.cells.push(Cells::default());
        Ok(Some(self.cells.len() - 1))
    }

    /// A column of this name, or of this name with a number where it stands twice.
    pub fn another(&mut self, name: &str) -> Result<Option<usize>> {
        let mut unique = name.to_owned();
        let mut number = 2;
        while self.index.contains_key(&unique) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        self.column(&unique)
    }

    /// Begin a row; cells that are not put stay empty.
    pub fn begin(&mut self, line: u64) -> Result<()> {
        if self.rows == self.options.max_rows {
            return Err(beyond("max_rows", format!("the table has more than {} rows", self.rows)).line(line));
        }
        if (self.rows + 1).saturating_mul(self.cells.len()) > MOST_CELLS {
            let message =
                format!("{} columns of {} rows are more than {MOST_CELLS} cells", self.cells.len(), self.rows);
            return Err(Error::new(ErrorCode::LimitExceeded, message).line(line).hint("name the columns to keep"));
        }
        self.lines.note(self.rows, line);
        self.rows += 1;
        Ok(())
    }

    /// A cell of the row begun last; of two for one column the later counts.
    pub fn put(&mut self, column: usize, cell: &str) {
        if let Some(cells) = self.cells.get_mut(column) {
            if cells.len() == self.rows {
                cells.pop();
            }
            cells.pad(self.rows.saturating_sub(1));
            cells.push(cell);
        }
    }

    /// A row that is left out.
    pub fn refuse(&mut self, line: u64, message: String) {
        self.bad_rows += 1;
        // Also where rows must not be bad: a line before may turn out to be worse once its column is settled.
        if self.listed.len() < LISTED {
            self.listed.push(BadRow { line, column: None, message });
        }
    }

    /// Find out what the columns hold and which is the time.
    pub fn finish(mut self, format: TableFormat, delimiter: Option<char>) -> Result<Table> {
        self.check_kept()?;
        if let (0, Some(first)) = (self.rows, self.listed.first()) {
            let hint = "no row could be read; is this CSV, or JSON with one object on each line?";
            return Err(first.clone().into_error().hint(hint));
        }
        let mut flaws = Flaws::new(self.rows);
        let (mut columns, mut data) = (Vec::new(), Vec::new());
        for (name, mut cells) in self.names.iter().zip(std::mem::take(&mut self.cells)) {
            cells.pad(self.rows);
            let settled = cells::settle(cells);
            flaws.note(settled.bad, &settled.messages);
            columns.push(Column { name: name.clone(), kind: settled.kind });
            data.push(settled.data);
        }
        let mut table = Table {
            columns,
            rows: self.rows,
            bad_rows: 0,
            first_bad_rows: Vec::new(),
            time_column: None,
            format,
            delimiter,
            data,
        };
        self.place_times(&mut table, &mut flaws)?;
        self.report(&mut table, flaws)?;
        Ok(table)
    }

    fn check_kept(&self) -> Result<()> {
        let asked = self.options.columns.iter().flatten().map(|name| (name, "columns"));
        for (name, field) in asked.chain(self.options.time_column.iter().map(|name| (name, "time_column"))) {
            view::find(&self.names, name, field)?;
        }
        Ok(())
    }

    /// Turn the column of times into times; a row without one is bad.
    fn place_times(&self, table: &mut Table, flaws: &mut Flaws) -> Result<()> {
        let Some(at) = view::time_column(table, self.options)? else { return Ok(()) };
        let columns_of_text = table.columns.iter().any(|column| column.kind == ColumnKind::Text);
        let (Some(data), Some(column)) = (table.data.get_mut(at), table.columns.get_mut(at)) else { return Ok(()) };
        let times = match data {
            Data::Times(times) => std::mem::take(times),
            Data::Numbers(numbers) => time::of_numbers(numbers),
            Data::Text(cells) => time::of_numbers(&cells.values(cells::number)),
        };
        flaws.note_missing(at, &times);
        // Rows with text may be of several series, or events of several people.
        if self.options.strict && !columns_of_text {
            self.check_order(at, &times, flaws);
        }
        *data = Data::Times(times);
        column.kind = ColumnKind::Time;
        table.time_column = Some(column.name.clone());
        Ok(())
    }

    /// The first row whose time does not follow that of the row before.
    fn check_order(&self, column: usize, times: &[f64], flaws: &mut Flaws) {
        let known: Vec<(usize, f64)> = times.iter().copied().enumerate().filter(|(_, time)| !time.is_nan()).collect();
        let stray = known.windows(2).find_map(|pair| match pair {
            [before, here] if here.1 <= before.1 => Some((*before, *here)),
            _ => None,
        });
        let Some(((earlier, before), (row, time))) = stray else { return };
        let line = self.lines.of(earlier).unwrap_or_default();
        let how = if time < before { "before" } else { "the same as" };
        flaws.mark(row);
        flaws.listed.push((row, column, format!("its time is {how} that of line {line}")));
    }

    /// Say how many rows are bad and list the first.
    fn report(mut self, table: &mut Table, flaws: Flaws) -> Result<()> {
        table.bad_rows = self.bad_rows + flaws.rows.iter().filter(|bad| **bad).count();
        for (row, column, message) in flaws.listed {
            let line = self.lines.of(row).unwrap_or_default();
            let column = table.columns.get(column).map(|column| column.name.clone());
            self.listed.push(BadRow { line, column, message });
        }
        self.listed.sort_by_key(|bad| bad.line);
        self.listed.truncate(LISTED);
        match self.listed.first() {
            Some(first) if self.options.strict => Err(first.clone().into_error()),
            _ => {
                table.first_bad_rows = self.listed;
                Ok(())
            }
        }
    }
}

/// Cells that cannot be read.
struct Flaws {
    /// By row, whether it has one.
    rows: Vec<bool>,
    /// By column, the rows whose cell is of another kind.
    misfits: Vec<Vec<usize>>,
    /// Row, column and what is wrong, of the first.
    listed: Vec<(usize, usize, String)>,
}

impl Flaws {
    fn new(rows: usize) -> Self {
        Self { rows: vec![false; rows], misfits: Vec::new(), listed: Vec::new() }
    }

    fn mark(&mut self, row: usize) {
        if let Some(bad) = self.rows.get_mut(row) {
            *bad = true;
        }
    }

    /// The misfits of the next column, with messages for the first.
    fn note(&mut self, bad: Vec<usize>, messages: &[String]) {
        bad.iter().for_each(|row| self.mark(*row));
        let column = self.misfits.len();
        self.listed.extend(bad.iter().zip(messages).map(|(row, message)| (*row, column, message.clone())));
        self.misfits.push(bad);
    }

    /// Rows without a time that are not listed yet.
    fn note_missing(&mut self, column: usize, times: &[f64]) {
        let known = self.misfits.get(column).map(Vec::as_slice).unwrap_or_default();
        let missing = times.iter().enumerate().filter(|(row, time)| time.is_nan() && known.binary_search(row).is_err());
        let missing: Vec<usize> = missing.map(|(row, _)| row).collect();
        missing.iter().for_each(|row| self.mark(*row));
        self.listed.extend(missing.iter().take(LISTED).map(|row| (*row, column, "no time".to_owned())));
    }
}

impl BadRow {
    fn into_error(self) -> Error {
        let error = Error::new(ErrorCode::DataInvalid, self.message).line(self.line);
        if let Some(column) = self.column { error.field(column) } else { error }
    }
}

fn beyond(field: &str, message: String) -> Error {
    Error::new(ErrorCode::LimitExceeded, message).field(field).hint(format!("raise `{field}`, or divide the file"))
}
