//! The cells of one column, first as written, then as what they are.

use super::build::LISTED;
use super::{ColumnKind, time};

/// Cells as written, end to end in one buffer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cells {
    text: String,
    ends: Vec<usize>,
}

/// Cells as what they are. The text of numbers is kept where the number would not give it back.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    Numbers(Vec<f64>),
    Times(Vec<f64>),
    Text(Cells),
}

/// A column with its kind found out.
pub(super) struct Settled {
    pub kind: ColumnKind,
    pub data: Data,
    /// Rows whose cell is of another kind, rising.
    pub bad: Vec<usize>,
    /// What is wrong with the first of them.
    pub messages: Vec<String>,
}

/// Of a column of text so many filled cells are tried as times.
const TRIED: usize = 100;
/// A whole number of more digits may not survive as a 64-bit float.
const SAFE_DIGITS: usize = 15;

impl Cells {
    pub fn push(&mut self, cell: &str) {
        self.text.push_str(cell.trim());
        self.ends.push(self.text.len());
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Fill up with empty cells.
    pub fn pad(&mut self, rows: usize) {
        self.ends.resize(rows.max(self.ends.len()), self.text.len());
    }

    /// Empty the cell of the last row, for a name that stands twice in one object.
    pub fn pop(&mut self) {
        self.ends.pop();
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    pub fn get(&self, row: usize) -> &str {
        let end = self.ends.get(row).copied().unwrap_or(self.text.len());
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..end).unwrap_or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    fn filled(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|cell| !is_gap(cell))
    }

    /// Each cell by a reading; what it cannot read is NaN.
    pub fn values(&self, read: fn(&str) -> Option<f64>) -> Vec<f64> {
        self.iter().map(|cell| read(cell).unwrap_or(f64::NAN)).collect()
    }

    /// Rows that are filled but not with what the reading knows, and what is wrong with the first.
    fn misfits(&self, read: fn(&str) -> Option<f64>, what: &str) -> (Vec<usize>, Vec<String>) {
        let rows = self.iter().enumerate();
        let bad: Vec<usize> =
            rows.filter(|(_, cell)| !is_gap(cell) && read(cell).is_none()).map(|(row, _)| row).collect();
        let messages = bad.iter().take(LISTED).map(|row| format!("{:?} is no {what}", shortened(self.get(*row))));
        let messages = messages.collect();
        (bad, messages)
    }
}

/// A cell as it stands in a message.
pub(super) fn shortened(cell: &str) -> String {
    const SHOWN: usize = 40;
    let mut text: String = cell.chars().take(SHOWN).collect();
    if text.len() < cell.len() {
        text.push('…');
    }
    text
}

pub(super) fn is_gap(cell: &str) -> bool {
    cell.is_empty()
        || cell.len() <= 4 && ["na", "n/a", "nan", "null", "none", "-"].iter().any(|gap| cell.eq_ignore_ascii_case(gap))
}

/// A finite decimal number.
pub(super) fn number(cell: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    if !cell.bytes().all(plain) {
        return None;
    }
    cell.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number or a time, as it may stand in a row that is no header.
pub(super) fn is_value(cell: &str) -> bool {
    number(cell).is_some() || time::parse_time(cell).is_some()
}

/// Find out what a column holds.
pub(super) fn settle(cells: Cells) -> Settled {
    let (mut filled, mut numbers, mut codes) = (0_usize, 0_usize, false);
    for cell in cells.filled() {
        filled += 1;
        if number(cell).is_some() {
            numbers += 1;
            codes |= is_code(cell);
        }
    }
    let settled = |kind, data, (bad, messages)| Settled { kind, data, bad, messages };
    let fine = (Vec::new(), Vec::new());
    if filled == 0 {
        return settled(ColumnKind::Empty, Data::Text(cells), fine);
    }
    if numbers * 2 > filled {
        let misfits = if numbers == filled { fine } else { cells.misfits(number, "number") };
        let data = if codes { Data::Text(cells) } else { Data::Numbers(cells.values(number)) };
        return settled(ColumnKind::Number, data, misfits);
    }
    if is_time(&cells, filled) {
        let misfits = cells.misfits(time::parse_time, "time");
        return settled(ColumnKind::Time, Data::Times(cells.values(time::parse_time)), misfits);
    }
    settled(ColumnKind::Text, Data::Text(cells), fine)
}

fn is_time(cells: &Cells, filled: usize) -> bool {
    let times = |most: usize| cells.filled().take(most).filter(|cell| time::parse_time(cell).is_some()).count();
    times(TRIED) > 0 && times(filled) * 2 > filled
}

/// Digits that name something rather than count: 007, or more of them than a float can hold.
fn is_code(cell: &str) -> bool {
    let digits = cell.bytes().all(|byte| byte.is_ascii_digit());
    digits && cell.len() > 1 && (cell.starts_with('0') || cell.len() > SAFE_DIGITS)
}
