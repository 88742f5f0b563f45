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
    let settled = |kind, data, (bad, messages)| Settled { kind, data, bad, messages };
    let (mut filled, mut numbers, mut codes) = (0_usize, 0_usize, false);
    let read = |cell: &str| {
        let gap = is_gap(cell);
        let number = if gap { None } else { number(cell) };
        filled += usize::from(!gap);
        numbers += usize::from(number.is_some());
        codes |= number.is_some() && is_code(cell);
        number.unwrap_or(f64::NAN)
    };
    let values: Vec<f64> = cells.iter().map(read).collect();
    if filled == 0 {
        return settled(ColumnKind::Empty, Data::Text(cells), Default::default());
    }
    if numbers * 2 > filled {
        let misfits = if numbers == filled { Default::default() } else { cells.misfits(number, "number") };
        let data = if codes { Data::Text(cells) } else { Data::Numbers(values) };
        return settled(ColumnKind::Number, data, misfits);
    }
    drop(values);
    match times(&cells, filled) {
        Some((times, known)) => {
            let fits = known == filled;
            let misfits = if fits { Default::default() } else { cells.misfits(time::parse_time, "time") };
            settled(ColumnKind::Time, Data::Times(times), misfits)
        }
        None => settled(ColumnKind::Text, Data::Text(cells), Default::default()),
    }
}

/// The cells as times, and how many are some, if more than half of the filled ones are.
fn times(cells: &Cells, filled: usize) -> Option<(Vec<f64>, usize)> {
    cells.filled().take(TRIED).find_map(time::parse_time)?;
    let times = cells.values(time::parse_time);
    let known = times.iter().filter(|time| !time.is_nan()).count();
    (known * 2 > filled).then_some((times, known))
}

/// Digits that name something rather than count: 007, or more of them than a float can hold.
fn is_code(cell: &str) -> bool {
    let digits = cell.bytes().all(|byte| byte.is_ascii_digit());
    digits && cell.len() > 1 && (cell.starts_with('0') || cell.len() > SAFE_DIGITS)
}
