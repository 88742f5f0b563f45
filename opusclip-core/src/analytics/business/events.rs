//! Columns of events: when, who, what, and a property to break down by.
//!
//! Nothing is copied where a column already has the form that the analyses read: times as `i64` microseconds, people
//! and names as dense `u32` codes. Other forms are brought into it in one pass.
//!
//! ```
//! use opusclip_core::analytics::business::{Events, Names, People};
//! let names = Names::of(["visit", "buy"].map(Some));
//! let events = Events::new(&[0.0, 60.0][..], People::of(["ann", "ann"]))?.names(names)?;
//! assert_eq!((events.len(), events.people().count()), (2, 1));
//! # Ok::<(), opusclip_core::Error>(())
//! ```

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::FixedState;

use super::invalid;
use crate::error::{ErrorCode, Result};

/// Times lie within this many microseconds of 1970, about 7,900 years, so that sums with windows cannot overflow.
const FARTHEST: i64 = 250_000_000_000 * MICROS;
pub(super) const FARTHEST_SECONDS: f64 = 250e9;
pub(super) const MICROS: i64 = 1_000_000;
/// Codes up to this many times the number of events count as dense.
const DENSE: u64 = 2;
/// Numbers that lie within this span become names without a search.
const NARROW: u64 = 4096;
/// The code of a value that is missing.
const MISSING: u32 = u32::MAX;

type Codes<K> = HashMap<K, u32, FixedState>;

/// Events by columns; see [`events`](self).
#[derive(Debug, Clone, PartialEq)]
pub struct Events<'a> {
    times: Cow<'a, [i64]>,
    people: People<'a>,
    names: Option<Names<'a>>,
    breakdown: Option<Names<'a>>,
}

/// When each event happened, as microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times<'a>(Cow<'a, [i64]>, Option<usize>);

/// Who did each event, as codes from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People<'a> {
    codes: Cow<'a, [u32]>,
    count: usize,
}

/// A column of texts as codes into a table of them; a value may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names<'a> {
    codes: Cow<'a, [u32]>,
    table: Vec<String>,
}

impl<'a> From<&'a [i64]> for Times<'a> {
    /// Microseconds, as they are.
    fn from(micros: &'a [i64]) -> Self {
        Self(Cow::Borrowed(micros), None)
    }
}

impl From<Vec<i64>> for Times<'_> {
    /// Microseconds, as they are.
    fn from(micros: Vec<i64>) -> Self {
        Self(Cow::Owned(micros), None)
    }
}

impl From<&[f64]> for Times<'_> {
    /// Unix seconds, rounded to microseconds.
    fn from(seconds: &[f64]) -> Self {
        let bad = seconds.iter().position(|time| !time.is_finite() || time.abs() > FARTHEST_SECONDS);
        Self(seconds.iter().map(|time| micros(*time)).collect(), bad)
    }
}

/// Seconds as microseconds, rounded; what is too large becomes the largest.
pub(super) fn micros(seconds: f64) -> i64 {
    (seconds * MICROS as f64).round() as i64
}

/// Microseconds as seconds.
pub(super) fn seconds(micros: i64) -> f64 {
    micros as f64 / MICROS as f64
}

fn intern<K: Hash + Eq>(keys: impl Iterator<Item = K>) -> (Vec<u32>, Codes<K>) {
    let mut known: Codes<K> = HashMap::with_hasher(FixedState::default());
    let codes = keys.map(|key| {
        let next = known.len() as u32;
        *known.entry(key).or_insert(next)
    });
    (codes.collect(), known)
}

/// The lowest and the highest; the other way round for none.
fn ends(numbers: &[i64]) -> (i64, i64) {
    numbers.iter().fold((i64::MAX, i64::MIN), |(low, high), number| (low.min(*number), high.max(*number)))
}

impl<'a> People<'a> {
    /// From texts, or whatever else can be told apart.
    pub fn of<S: Hash + Eq>(ids: impl IntoIterator<Item = S>) -> Self {
        let (codes, known) = intern(ids.into_iter());
        Self { codes: codes.into(), count: known.len() }
    }

    /// From numbers of any size.
    pub fn integers(ids: &[i64]) -> Self {
        let (low, high) = ends(ids);
        let span = high.wrapping_sub(low) as u64;
        if low <= high && span < (ids.len() as u64).saturating_mul(DENSE).min(u64::from(MISSING)) {
            let codes: Vec<u32> = ids.iter().map(|id| id.wrapping_sub(low) as u32).collect();
            return Self { codes: codes.into(), count: span as usize + 1 };
        }
        let (codes, known) = intern(ids.iter());
        Self { codes: codes.into(), count: known.len() }
    }

    /// From codes. They are kept as they are where they are dense: all below twice their number.
    pub fn coded(codes: impl Into<Cow<'a, [u32]>>) -> Self {
        let codes = codes.into();
        let count = codes.iter().max().map_or(0, |most| *most as u64 + 1);
        if count <= (codes.len() as u64).saturating_mul(DENSE) {
            return Self { codes, count: count as usize };
        }
        let (codes, known) = intern(codes.iter());
        Self { count: known.len(), codes: codes.into() }
    }

    /// One code for each event.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// All codes are below this; not every one of them need occur.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl<'a> Names<'a> {
    /// From texts; `None` for a missing one.
    pub fn of<S: AsRef<str> + Hash + Eq>(values: impl IntoIterator<Item = Option<S>>) -> Self {
        let mut known: Codes<S> = HashMap::with_hasher(FixedState::default());
        let codes = values.into_iter().map(|value| {
            let Some(value) = value else { return MISSING };
            let next = known.len() as u32;
            *known.entry(value).or_insert(next)
        });
        let codes: Vec<u32> = codes.collect();
        let mut table = vec![String::new(); known.len()];
        for (value, code) in known {
            if let Some(place) = table.get_mut(code as usize) {
                value.as_ref().clone_into(place);
            }
        }
        Self { codes: codes.into(), table }
    }

    /// From numbers, whose names are their decimal digits.
    pub fn integers(values: &[i64]) -> Self {
        let (low, high) = ends(values);
        let span = high.wrapping_sub(low) as u64;
        if low <= high && span < NARROW {
            let codes: Vec<u32> = values.iter().map(|value| value.wrapping_sub(low) as u32).collect();
            return Self { codes: codes.into(), table: (low..=high).map(|value| value.to_string()).collect() };
        }
        let (codes, known) = intern(values.iter());
        let mut table = vec![String::new(); known.len()];
        for (value, code) in known {
            if let Some(place) = table.get_mut(code as usize) {
                *place = value.to_string();
            }
        }
        Self { codes: codes.into(), table }
    }

    /// From codes and the table that they index, as a categorical column has them; `u32::MAX` is a missing value.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] for a code that the table does not reach, or a text that stands in it twice.
    pub fn coded(codes: impl Into<Cow<'a, [u32]>>, table: Vec<String>) -> Result<Self> {
        let codes = codes.into();
        if let Some(at) = codes.iter().position(|code| *code != MISSING && *code as usize >= table.len()) {
            return Err(invalid("codes", format!("code {at} is {}, and the table has {}", codes[at], table.len())));
        }
        let distinct = table.iter().collect::<std::collections::HashSet<_>>().len();
        if distinct != table.len() {
            return Err(invalid("table", "a text stands in the table twice".to_owned()));
        }
        Ok(Self { codes, table })
    }

    /// One code for each value.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The texts in order of their codes.
    pub fn table(&self) -> &[String] {
        &self.table
    }

    /// The text of a code; `None` for a missing value.
    pub fn text(&self, code: u32) -> Option<&str> {
        self.table.get(code as usize).map(String::as_str)
    }

    /// The code of a text.
    pub fn code(&self, text: &str) -> Option<u32> {
        self.table.iter().position(|known| known == text).map(|at| at as u32)
    }

    /// For each code its place in the order of the texts.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<usize> = (0..self.table.len()).collect();
        order.sort_by(|a, b| self.table[*a].cmp(&self.table[*b]));
        let mut ranks = vec![0; order.len()];
        order.iter().enumerate().for_each(|(rank, at)| ranks[*at] = rank as u32);
        ranks
    }
}

impl<'a> Events<'a> {
    /// Events of these people at these times, in any order.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where the columns differ in length, or a time is not finite or further than 7,900
    /// years from 1970.
    pub fn new(times: impl Into<Times<'a>>, people: People<'a>) -> Result<Self> {
        let Times(times, bad) = times.into();
        let bad = bad.or_else(|| times.iter().position(|time| !(-FARTHEST..=FARTHEST).contains(time)));
        if let Some(at) = bad {
            return Err(invalid(&format!("time[{at}]"), format!("time {at} is not one of the years -5900 to 9800")));
        }
        same_length("user", people.codes.len(), times.len())?;
        if times.len() >= MISSING as usize {
            return Err(invalid("time", format!("{} events are more than can be counted in 32 bits", times.len())));
        }
        Ok(Self { times, people, names: None, breakdown: None })
    }

    /// With the name of each event. An event without one is none of a funnel's steps.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where there is not one for each event.
    pub fn names(mut self, names: Names<'a>) -> Result<Self> {
        same_length("event", names.codes.len(), self.len())?;
        self.names = Some(names);
        Ok(self)
    }

    /// With a property of each event to break down by.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where there is not one for each event.
    pub fn breakdown(mut self, values: Names<'a>) -> Result<Self> {
        same_length("breakdown", values.codes.len(), self.len())?;
        self.breakdown = Some(values);
        Ok(self)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Microseconds since 1970.
    pub fn times(&self) -> &[i64] {
        &self.times
    }

    /// Who did them.
    pub fn people(&self) -> &People<'a> {
        &self.people
    }

    /// What they were.
    pub fn event_names(&self) -> Option<&Names<'a>> {
        self.names.as_ref()
    }

    /// The property to break down by.
    pub fn breakdown_values(&self) -> Option<&Names<'a>> {
        self.breakdown.as_ref()
    }

    /// The code of an event's name; `None` where no event has it.
    pub(super) fn code(&self, name: &str) -> Option<u32> {
        self.names.as_ref().and_then(|names| names.code(name))
    }

    /// The end of what was observed: the option, or else the latest event.
    pub(super) fn until(&self, option: Option<f64>) -> i64 {
        option.map_or_else(|| self.times.iter().max().copied().unwrap_or(0), micros)
    }
}

pub(super) fn same_length(field: &str, got: usize, events: usize) -> Result<()> {
    if got == events {
        return Ok(());
    }
    Err(invalid(field, format!("{got} values of `{field}` for {events} times")))
}

/// Fails unless the events have names.
pub(super) fn needs_names<'e, 'a>(events: &'e Events<'a>) -> Result<&'e Names<'a>> {
    events.names.as_ref().ok_or_else(|| {
        let error = crate::error::Error::new(ErrorCode::DataInvalid, "the events have no names");
        error.field("event").hint("give the name of each event")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_of_all_forms_are_told_apart() {
        assert_eq!(People::of(["b", "a", "b"]).codes(), [0, 1, 0]);
        assert_eq!(People::integers(&[-5, -4, -5]).codes(), [0, 1, 0]);
        assert_eq!(People::integers(&[i64::MIN, i64::MAX, i64::MIN]).codes(), [0, 1, 0]);
        assert_eq!(People::coded(&[3, 1, 3][..]).codes(), [3, 1, 3]);
        assert_eq!(People::coded(vec![4_000_000_000, 1, 4_000_000_000]).codes(), [0, 1, 0]);
    }

    #[test]
    fn names_keep_what_is_missing() {
        let names = Names::of([Some("b"), None, Some("a"), Some("b")]);
        assert_eq!((names.codes(), names.table()), (&[0, MISSING, 1, 0][..], &["b".to_owned(), "a".into()][..]));
        assert_eq!((names.text(1), names.text(MISSING), names.code("a")), (Some("a"), None, Some(1)));
        assert_eq!(names.ranks(), [1, 0]);
        assert_eq!(Names::coded(vec![1], vec!["a".into()]).unwrap_err().code(), ErrorCode::DataInvalid);
        let far = Names::integers(&[7, -1, 1_000_000, 7]);
        assert_eq!(
            (far.codes(), far.table()),
            (&[0, 1, 2, 0][..], &["7".to_owned(), "-1".into(), "1000000".into()][..])
        );
        let near = Names::integers(&[-1, 1, -1]);
        assert_eq!((near.codes(), near.text(2), near.code("-1")), (&[0, 2, 0][..], Some("1"), Some(0)));
    }

    #[test]
    fn columns_that_do_not_fit_are_named() {
        let field = |events: Result<Events<'_>>| events.unwrap_err().field_name().map(str::to_owned);
        let people = || People::integers(&[1, 2]);
        assert_eq!(field(Events::new(&[0.0][..], people())).as_deref(), Some("user"));
        assert_eq!(field(Events::new(&[0.0, f64::NAN][..], people())).as_deref(), Some("time[1]"));
        assert_eq!(field(Events::new(&[i64::MAX, 0][..], people())).as_deref(), Some("time[0]"));
        let events = Events::new(&[0.0, 1.0][..], people()).unwrap();
        assert_eq!(field(events.names(Names::of([Some("a")]))).as_deref(), Some("event"));
    }
}
