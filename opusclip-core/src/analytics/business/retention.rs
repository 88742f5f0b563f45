//! How many of the people who began in one period are back in later ones.
//!
//! # Definition
//!
//! A person belongs to the cohort of the period (of the calendar, in `time_zone`) of their first `start_event`; without
//! one named, of their first event. In period *n* after it a person is retained who has a `return_event` (any event
//! without one named) in that period, at or after the first start. With [`Returning::OnOrAfter`] one in that period or
//! any later one is enough. A period that is not over at `until` has no number yet: null, not 0.
//!
//! As SQL, for weeks:
//!
//! ```sql
//! with s as (select user, min(time) as first from events where event = 'signup' group by user)
//! select date_trunc('week', first) as cohort, date_diff('week', date_trunc('week', first), date_trunc('week', e.time))
//! as n,
//!        count(distinct user)
//! from s join events e using (user) where e.time >= first group by all
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Period, WeekStart};
use super::events::Events;
use super::{check_cells, check_time, invalid, share};
use crate::analytics::Explanation;
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

/// When a person counts as back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Returning {
    /// With an event in the period itself.
    #[default]
    On,
    /// With an event in the period or any later one.
    OnOrAfter,
}

/// How retention is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionOptions {
    /// The length of the cohorts and of the periods after them; weeks.
    pub period: Period,
    /// The first day of weeks.
    pub week_start: WeekStart,
    /// Whose clocks count, by a name of the IANA database; UTC.
    pub time_zone: String,
    /// How many periods after the first are counted, 0 to 1000; 12.
    pub periods: usize,
    /// The event that puts a person into a cohort; any if left out.
    pub start_event: Option<String>,
    /// The event that shows a person is back; any if left out.
    pub return_event: Option<String>,
    /// When a person counts as back.
    pub returning: Returning,
    /// The end of what was observed, in Unix seconds: that of the latest event if left out.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub until: Option<f64>,
}

impl Default for RetentionOptions {
    fn default() -> Self {
        Self {
            period: Period::default(),
            week_start: WeekStart::default(),
            time_zone: "UTC".to_owned(),
            periods: 12,
            start_event: None,
            return_event: None,
            returning: Returning::default(),
            until: None,
        }
    }
}

/// People who began in one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// Unix seconds at which the period begins.
    pub start: f64,
    /// Its first date, as in `2024-03-31`.
    pub label: String,
    /// How many people began in it.
    pub size: u64,
    /// How many of them were back, from this period (0) to `periods` later; null where that one is not over.
    pub retained: Vec<Option<u64>>,
    /// The same as shares of `size`.
    pub rates: Vec<Option<f64>>,
}

/// Who comes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Every period from the first cohort to the last, in order of time; a period in which nobody began has size 0.
    pub cohorts: Vec<Cohort>,
    /// For each period the share of the people of all cohorts for which it is over; null where it is over for none.
    pub overall: Vec<Option<f64>>,
    /// How it was counted.
    pub explanation: Explanation,
}

/// Count how many people come back; see [the definition](self).
///
/// ```
/// use opusclip_core::analytics::business::{Events, People, RetentionOptions, retention};
/// let week = 7.0 * 86400.0;
/// let events = Events::new(&[0.0, week, 0.0, 2.0 * week][..], People::of(["ann", "ann", "bob", "eve"]))?;
/// let answer = retention(&events, &RetentionOptions { periods: 2, ..RetentionOptions::default() })?;
/// // Of two people one is back a week later; the week of the latest event is not over.
/// assert_eq!((answer.cohorts[0].size, &answer.cohorts[0].retained[..]), (2, &[Some(2), Some(1), None][..]));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::DataInvalid`] where events are named in the options and have no names; those of [`Calendar::new`] and
/// [`RetentionOptions::validate`].
pub fn retention(events: &Events<'_>, options: &RetentionOptions) -> Result<Retention> {
    options.validate()?;
    let until = events.until(options.until);
    let starts = selected(events, options.start_event.as_deref(), "start_event")?;
    let returns = selected(events, options.return_event.as_deref(), "return_event")?;
    let firsts = firsts(events, &starts, until);
    let began = firsts.iter().copied().filter(|first| *first != i64::MAX);
    let Some(earliest) = began.clone().min() else { return Ok(finish(Vec::new(), options)) };
    let calendar = Calendar::new(earliest, until, options.period, options.week_start, &options.time_zone)?;
    let latest = began.max().map_or(0, |latest| calendar.index(latest));
    check_cells(latest + 1, options.periods)?;
    let people = People::new(&firsts, &calendar);
    let mut counts = vec![(0, vec![0_u64; options.periods + 1]); latest + 1];
    people.cohorts.iter().for_each(|cohort| counts[*cohort as usize].0 += 1);
    match options.returning {
        Returning::On => on(events, &returns, &people, &calendar, until, &mut counts),
        Returning::OnOrAfter => on_or_after(events, &returns, &people, &calendar, until, &mut counts),
    }
    let over = calendar.over(until);
    let cohorts = (0..=latest).map(|index| {
        let (size, counts) = &counts[index];
        let known = counts.iter().enumerate().map(|(after, count)| (index + after < over).then_some(*count));
        let retained: Vec<Option<u64>> = known.collect();
        let rates = retained.iter().map(|count| count.and_then(|count| share(count, *size))).collect();
        Cohort { start: calendar.start(index), label: calendar.label(index), size: *size, retained, rates }
    });
    Ok(finish(cohorts.collect(), options))
}

/// Which events count: all, or those of one name.
enum Selected<'e> {
    All,
    Named(&'e [u32], u32),
}

impl Selected<'_> {
    fn holds(&self, row: usize) -> bool {
        match self {
            Self::All => true,
            Self::Named(codes, code) => codes.get(row) == Some(code),
        }
    }
}

fn selected<'e>(events: &'e Events<'_>, name: Option<&str>, field: &str) -> Result<Selected<'e>> {
    match (name, events.event_names()) {
        (None, _) => Ok(Selected::All),
        (Some(_), None) => Err(invalid("event", format!("`{field}` names an event, and the events have no names"))),
        // A code beyond the table, for a name that no event has.
        (Some(name), Some(names)) => {
            let code = names.code(name).unwrap_or(names.table().len() as u32);
            Ok(Selected::Named(names.codes(), code))
        }
    }
}

/// For each person the time of the first start; the greatest of all for none.
fn firsts(events: &Events<'_>, starts: &Selected<'_>, until: i64) -> Vec<i64> {
    let mut firsts = vec![i64::MAX; events.people().count()];
    for (row, (time, person)) in events.times().iter().zip(events.people().codes()).enumerate() {
        let first = &mut firsts[*person as usize];
        if *time < *first && *time <= until && starts.holds(row) {
            *first = *time;
        }
    }
    firsts
}

/// Those who began.
struct People<'f> {
    firsts: &'f [i64],
    /// For each code of a person the place among those who began; the greatest for who did not.
    places: Vec<u32>,
    /// In which period they began.
    cohorts: Vec<u32>,
}

impl<'f> People<'f> {
    fn new(firsts: &'f [i64], calendar: &Calendar) -> Self {
        let mut cohorts = Vec::new();
        let places = firsts.iter().map(|first| {
            if *first == i64::MAX {
                return u32::MAX;
            }
            cohorts.push(calendar.index(*first) as u32);
            cohorts.len() as u32 - 1
        });
        Self { firsts, places: places.collect(), cohorts }
    }

    /// Each return: the person's place, their cohort, and how many periods later it was.
    fn returns<'e>(
        &'e self,
        events: &'e Events<'_>,
        returns: &'e Selected<'e>,
        calendar: &'e Calendar,
        until: i64,
    ) -> impl Iterator<Item = (usize, usize, usize)> + 'e {
        let columns = events.times().iter().zip(events.people().codes()).enumerate();
        columns.filter_map(move |(row, (time, person))| {
            let (first, place) = (self.firsts[*person as usize], self.places[*person as usize] as usize);
            let counts = *time >= first && *time <= until && returns.holds(row);
            let cohort = *self.cohorts.get(place).filter(|_| counts)? as usize;
            Some((place, cohort, calendar.index(*time) - cohort))
        })
    }
}

/// For each cohort its size, and for each period after it how many were back.
type Counts = [(u64, Vec<u64>)];

fn on(
    events: &Events<'_>,
    returns: &Selected<'_>,
    people: &People<'_>,
    calendar: &Calendar,
    until: i64,
    counts: &mut Counts,
) {
    let periods = counts.first().map_or(0, |cohort| cohort.1.len());
    // One bit for each person and period.
    let words = periods.div_ceil(64);
    let mut seen = vec![0_u64; words * people.cohorts.len()];
    for (place, cohort, after) in people.returns(events, returns, calendar, until).filter(|back| back.2 < periods) {
        let (word, bit) = (&mut seen[place * words + after / 64], 1 << (after % 64));
        if *word & bit == 0 {
            *word |= bit;
            counts[cohort].1[after] += 1;
        }
    }
}

fn on_or_after(
    events: &Events<'_>,
    returns: &Selected<'_>,
    people: &People<'_>,
    calendar: &Calendar,
    until: i64,
    counts: &mut Counts,
) {
    let mut latest = vec![None; people.cohorts.len()];
    for (place, _, after) in people.returns(events, returns, calendar, until) {
        latest[place] = latest[place].max(Some(after));
    }
    for (latest, cohort) in latest.iter().zip(&people.cohorts) {
        let until = latest.map_or(0, |latest| latest + 1);
        counts[*cohort as usize].1.iter_mut().take(until).for_each(|count| *count += 1);
    }
}

fn finish(cohorts: Vec<Cohort>, options: &RetentionOptions) -> Retention {
    let overall: Vec<Option<f64>> = (0..=options.periods)
        .map(|after| {
            let over = cohorts.iter().filter_map(|cohort| Some((cohort.retained.get(after).copied()??, cohort.size)));
            let (back, size) = over.fold((0, 0), |sum, (back, size)| (sum.0 + back, sum.1 + size));
            share(back, size)
        })
        .collect();
    let unit = match options.period {
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
    };
    let people: u64 = cohorts.iter().map(|cohort| cohort.size).sum();
    let next = overall.get(1).copied().flatten();
    let sentence = match next {
        Some(rate) => {
            format!("Of {people} people {:.1} % of those whose next {unit} is over came back in it.", rate * 100.0)
        }
        None => format!("{people} people began, and no {unit} after the first is over yet."),
    };
    let rule = if options.returning == Returning::On { "in the period itself" } else { "in the period or later" };
    let zone = &options.time_zone;
    let explanation = Explanation {
        sentence,
        method: format!("cohorts by {unit} of the calendar in {zone}; back {rule}"),
        assumptions: vec![
            "a person's first event in the data is the first of all".to_owned(),
            "all events until the end of what was observed have arrived".to_owned(),
        ],
    };
    Retention { cohorts, overall, explanation }
}

impl RetentionOptions {
    /// Check what can be checked without the events.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] for more than 1000 periods, [`ErrorCode::ConfigNotFinite`] for NaN and
    /// infinities, [`ErrorCode::ConfigInvalid`] for an empty name.
    pub fn validate(&self) -> Result<()> {
        within("periods", self.periods as f64, 0.0, 1000.0)?;
        check_time("until", self.until)?;
        for (field, name) in [("start_event", &self.start_event), ("return_event", &self.return_event)] {
            if name.as_ref().is_some_and(String::is_empty) {
                return Err(Error::new(ErrorCode::ConfigInvalid, format!("{field} is empty")).field(field));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::events::{Names, People};
    use super::*;

    const DAY: f64 = 86400.0;

    fn days(options: RetentionOptions) -> RetentionOptions {
        RetentionOptions { period: Period::Day, ..options }
    }

    #[test]
    fn periods_not_over_are_unknown_and_empty_cohorts_stand() {
        let times = [0.0, 0.5, 1.2, 3.1, 0.1, 3.5, 5.0].map(|day| day * DAY);
        let events = Events::new(&times[..], People::of(["a", "a", "a", "a", "b", "c", "d"])).unwrap();
        let answer = retention(&events, &days(RetentionOptions { periods: 3, ..RetentionOptions::default() })).unwrap();
        let rows: Vec<_> = answer.cohorts.iter().map(|cohort| (cohort.size, cohort.retained.clone())).collect();
        assert_eq!(rows.len(), 6);
        assert_eq!(rows[0], (2, vec![Some(2), Some(1), Some(0), Some(1)]));
        assert_eq!(rows[1], (0, vec![Some(0), Some(0), Some(0), Some(0)]));
        assert_eq!(rows[3], (1, vec![Some(1), Some(0), None, None]));
        assert_eq!(rows[5], (1, vec![None; 4]));
        assert_eq!(answer.cohorts[1].rates[0], None);
        assert_eq!(answer.overall, [Some(1.0), Some(1.0 / 3.0), Some(0.0), Some(0.5)]);
        let later = RetentionOptions { periods: 3, returning: Returning::OnOrAfter, ..RetentionOptions::default() };
        let later = retention(&events, &days(later)).unwrap();
        assert_eq!(later.cohorts[0].retained, [Some(2), Some(1), Some(1), Some(1)]);
    }

    #[test]
    fn only_named_events_count() {
        let names = ["open", "signup", "open", "open", "open"].map(Some);
        let times = [0.0, 1.0, 1.5, 2.5, 9.0].map(|day| day * DAY);
        let events = Events::new(&times[..], People::of(["a", "a", "a", "a", "b"])).unwrap();
        let events = events.names(Names::of(names)).unwrap();
        let options = RetentionOptions {
            periods: 1,
            start_event: Some("signup".into()),
            return_event: Some("open".into()),
            ..RetentionOptions::default()
        };
        let answer = retention(&events, &days(options.clone())).unwrap();
        assert_eq!(answer.cohorts.len(), 1);
        assert_eq!((answer.cohorts[0].size, &answer.cohorts[0].retained[..]), (1, &[Some(1), Some(1)][..]));
        let nobody = RetentionOptions { start_event: Some("join".into()), ..options };
        assert!(retention(&events, &nobody).unwrap().cohorts.is_empty());
    }

    #[test]
    fn what_cannot_be_counted_is_named() {
        let events = Events::new(&[0.0][..], People::of(["a"])).unwrap();
        let code = |options: RetentionOptions| {
            let error = retention(&events, &options).unwrap_err();
            (error.code(), error.field_name().map(str::to_owned))
        };
        let named = RetentionOptions { start_event: Some("a".into()), ..RetentionOptions::default() };
        assert_eq!(code(named), (ErrorCode::DataInvalid, Some("event".into())));
        let many = RetentionOptions { periods: 1001, ..RetentionOptions::default() };
        assert_eq!(code(many), (ErrorCode::ConfigOutOfRange, Some("periods".into())));
        let zone = RetentionOptions { time_zone: "Moon".into(), ..RetentionOptions::default() };
        assert_eq!(code(zone), (ErrorCode::ConfigInvalid, Some("time_zone".into())));
    }
}
