//! How many people are active, how often, and where they come from.
//!
//! # Definition
//!
//! A person is active in a period of the calendar (in `time_zone`) who has an event in it.
//!
//! - **Daily, weekly, monthly active** (DAU, WAU, MAU) of a date: different people active on it, on the 7 dates that
//!   end with it, on the 30 that end with it. Where `since` does not reach back so far, there is no number: null.
//! - **Stickiness** of a date: DAU / MAU.
//! - Of the people **active in a period**: *new* have never been active before, *returning* were so in the period just
//!   before, *resurrected* earlier but not then. *Dormant* were active in the period before and are not now. So
//!   `active = new + returning + resurrected`, and `active` of the period before is `returning + dormant`.
//!
//! As SQL, the rolling window of a date `d`: `count(distinct user) where day between d - 29 and d`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Period, WeekStart};
use super::events::{Events, micros};
use super::{check_time, share};
use crate::analytics::Explanation;
use crate::error::Result;

/// How activity is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserOptions {
    /// The periods in which people are new, returning and so on; weeks.
    pub period: Period,
    /// The first day of weeks.
    pub week_start: WeekStart,
    /// Whose clocks count, by a name of the IANA database; UTC.
    pub time_zone: String,
    /// The beginning of what was observed, in Unix seconds: that of the first event if left out.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub since: Option<f64>,
    /// The end of what was observed, in Unix seconds: that of the latest event if left out.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub until: Option<f64>,
}

impl Default for UserOptions {
    fn default() -> Self {
        let (period, week_start) = (Period::default(), WeekStart::default());
        Self { period, week_start, time_zone: "UTC".to_owned(), since: None, until: None }
    }
}

/// Active people of one date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DayActivity {
    /// Unix seconds at which it begins.
    pub start: f64,
    /// The date, as in `2024-03-31`.
    pub label: String,
    /// Active on it.
    pub daily: u64,
    /// Active on the 7 dates that end with it; null where they were not all observed.
    pub weekly: Option<u64>,
    /// Active on the 30 dates that end with it; null where they were not all observed.
    pub monthly: Option<u64>,
    /// `daily / monthly`.
    pub stickiness: Option<f64>,
    /// Whether the day is over.
    pub complete: bool,
}

/// Active people of one period and where they come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityPeriod {
    /// Unix seconds at which it begins.
    pub start: f64,
    /// Its first date.
    pub label: String,
    /// Active in it.
    pub active: u64,
    /// Of these, never active before.
    pub new: u64,
    /// Of these, active in the period before.
    pub returning: u64,
    /// Of these, active earlier, but not in the period before.
    pub resurrected: u64,
    /// Active in the period before and not in this one.
    pub dormant: u64,
    /// Whether the period is over; until then people seem dormant who may still come.
    pub complete: bool,
}

/// Who is active, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// Different people in all.
    pub people: u64,
    /// Each date in order.
    pub days: Vec<DayActivity>,
    /// Each period in order.
    pub periods: Vec<ActivityPeriod>,
    /// The mean of `daily` over the mean of `monthly`, of the complete days that have both.
    pub stickiness: Option<f64>,
    /// How it was counted.
    pub explanation: Explanation,
}

const WEEK: usize = 7;
const MONTH: usize = 30;

/// Count active people; see [the definition](self).
///
/// ```
/// use opusclip_core::analytics::business::{Events, People, UserOptions, users};
/// let week = 7.0 * 86400.0;
/// let events = Events::new(&[0.0, week, 3.0 * week, 0.0][..], People::of(["ann", "ann", "ann", "bob"]))?;
/// let answer = users(&events, &UserOptions::default())?;
/// let last = &answer.periods[3];
/// assert_eq!((answer.days[0].daily, last.active, last.resurrected, answer.periods[1].dormant), (2, 1, 1, 1));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// Those of [`Calendar::new`], [`crate::ErrorCode::ConfigNotFinite`] for times that are NaN or infinite.
pub fn users(events: &Events<'_>, options: &UserOptions) -> Result<Users> {
    options.validate()?;
    let until = events.until(options.until);
    let kept = |time: &i64| options.since.is_none_or(|since| *time >= micros(since)) && *time <= until;
    let first = options.since.map(micros).or_else(|| events.times().iter().copied().filter(kept).min());
    let Some(first) = first.filter(|first| *first <= until) else {
        return Ok(finish(0, Vec::new(), Vec::new(), options));
    };
    let calendar = |period| Calendar::new(first, until, period, options.week_start, &options.time_zone);
    let (days, periods) = (calendar(Period::Day)?, calendar(options.period)?);
    let active = ActiveDays::new(events, kept, &days);
    let people = active.people().count() as u64;
    let rolling = |length| rolling(&active, days.len(), length);
    let (daily, weekly, monthly) = (rolling(1), rolling(WEEK), rolling(MONTH));
    let over = days.over(until);
    let rows = (0..days.len()).map(|at| {
        let whole = |length: usize, counts: &[u64]| (at + 1 >= length).then(|| counts[at]);
        let monthly = whole(MONTH, &monthly);
        DayActivity {
            start: days.start(at),
            label: days.label(at),
            daily: daily[at],
            weekly: whole(WEEK, &weekly),
            monthly,
            stickiness: monthly.and_then(|monthly| share(daily[at], monthly)),
            complete: at < over,
        }
    });
    let rows = rows.collect();
    let period_of: Vec<usize> = (0..days.len()).map(|at| periods.index(days.bound(at))).collect();
    Ok(finish(people, rows, movements(&active, &period_of, &periods, until), options))
}

/// The dates on which each person was active, rising.
struct ActiveDays {
    days: Vec<u32>,
    ends: Vec<usize>,
}

impl ActiveDays {
    fn new(events: &Events<'_>, kept: impl Fn(&i64) -> bool, calendar: &Calendar) -> Self {
        let rows = || events.times().iter().zip(events.people().codes()).filter(|(time, _)| kept(time));
        let mut places = vec![0_usize; events.people().count()];
        rows().for_each(|(_, person)| places[*person as usize] += 1);
        let mut sum = 0;
        for place in &mut places {
            sum += std::mem::replace(place, sum);
        }
        let mut days = vec![0; sum];
        for (time, person) in rows() {
            let place = &mut places[*person as usize];
            days[*place] = calendar.index(*time) as u32;
            *place += 1;
        }
        let mut begin = 0;
        for end in &places {
            days[begin..*end].sort_unstable();
            begin = *end;
        }
        Self { days, ends: places }
    }

    /// Those who were active at all; a date may stand several times.
    fn people(&self) -> impl Iterator<Item = &[u32]> {
        let begins = std::iter::once(&0).chain(&self.ends);
        let spans = begins.zip(&self.ends).filter(|(begin, end)| begin < end);
        spans.filter_map(|(begin, end)| self.days.get(*begin..*end))
    }
}

/// For each date how many people were active on the `length` dates that end with it.
fn rolling(active: &ActiveDays, days: usize, length: usize) -> Vec<u64> {
    // An active day counts until `length` days later, or until the next active day takes over.
    let mut changes = vec![0_i64; days + 1];
    for own in active.people() {
        let nexts = own.iter().skip(1).map(|day| *day as usize).chain([days]);
        for (day, next) in own.iter().zip(nexts) {
            let day = *day as usize;
            changes[day] += 1;
            changes[next.min(day + length)] -= 1;
        }
    }
    let mut sum = 0;
    let counts = changes.iter().take(days).map(|change| {
        sum += change;
        sum as u64
    });
    counts.collect()
}

fn movements(active: &ActiveDays, period_of: &[usize], periods: &Calendar, until: i64) -> Vec<ActivityPeriod> {
    let over = periods.over(until);
    let empty = |at| ActivityPeriod {
        start: periods.start(at),
        label: periods.label(at),
        active: 0,
        new: 0,
        returning: 0,
        resurrected: 0,
        dormant: 0,
        complete: at < over,
    };
    let mut rows: Vec<ActivityPeriod> = (0..periods.len()).map(empty).collect();
    for own in active.people() {
        let mut before: Option<usize> = None;
        for at in own.iter().filter_map(|day| period_of.get(*day as usize).copied()) {
            if before == Some(at) {
                continue;
            }
            let row = &mut rows[at];
            row.active += 1;
            match before {
                None => row.new += 1,
                Some(before) if before + 1 == at => row.returning += 1,
                Some(_) => row.resurrected += 1,
            }
            before = Some(at);
        }
    }
    for at in 1..rows.len() {
        rows[at].dormant = rows[at - 1].active - rows[at].returning;
    }
    rows
}

fn finish(people: u64, days: Vec<DayActivity>, periods: Vec<ActivityPeriod>, options: &UserOptions) -> Users {
    let whole = days.iter().filter(|day| day.complete).filter_map(|day| Some((day.daily, day.monthly?)));
    let (daily, monthly) = whole.fold((0, 0), |sum, (daily, monthly)| (sum.0 + daily, sum.1 + monthly));
    let stickiness = share(daily, monthly);
    let sentence = match (days.last(), stickiness) {
        (None, _) => "Nobody was active.".to_owned(),
        (Some(_), Some(sticky)) => {
            format!("{people} people; on a usual day {:.1} % of those active within 30 days are there.", sticky * 100.0)
        }
        (Some(_), None) => format!("{people} people on {} days, too few for monthly figures.", days.len()),
    };
    let explanation = Explanation {
        sentence,
        method: format!("different people by dates of {}; rolling windows of 7 and 30 dates", options.time_zone),
        assumptions: vec![
            "a person's first event in the data is the first of all".to_owned(),
            "all events until the end of what was observed have arrived".to_owned(),
        ],
    };
    Users { people, days, periods, stickiness, explanation }
}

impl UserOptions {
    /// Check what can be checked without the events.
    ///
    /// # Errors
    /// [`crate::ErrorCode::ConfigNotFinite`] for times that are NaN or infinite.
    pub fn validate(&self) -> Result<()> {
        check_time("since", self.since)?;
        check_time("until", self.until)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::events::People;
    use super::*;

    const DAY: f64 = 86400.0;

    #[test]
    fn windows_count_each_person_once_and_only_where_they_were_observed() {
        let times = [0.0, 0.2, 3.0, 40.0, 5.0, 34.5, 40.5].map(|day| day * DAY);
        let events = Events::new(&times[..], People::of(["a", "a", "a", "a", "b", "b", "b"])).unwrap();
        let answer = users(&events, &UserOptions::default()).unwrap();
        assert_eq!((answer.people, answer.days.len()), (2, 41));
        let day = |at: usize| (answer.days[at].daily, answer.days[at].weekly, answer.days[at].monthly);
        assert_eq!(day(0), (1, None, None));
        assert_eq!(day(6), (0, Some(2), None));
        assert_eq!(day(9), (0, Some(2), None));
        assert_eq!(day(11), (0, Some(1), None));
        assert_eq!(day(29), (0, Some(0), Some(2)));
        assert_eq!(day(33), (0, Some(0), Some(1)));
        assert_eq!(day(40), (2, Some(2), Some(2)));
        assert!(answer.days[39].complete && !answer.days[40].complete);
    }

    #[test]
    fn movements_add_up() {
        // Weeks from Monday 1969-12-29 on; the person b is away for one week.
        let times = [0.0, 7.0, 14.0, 0.0, 14.0, 7.0].map(|day| day * DAY);
        let events = Events::new(&times[..], People::of(["a", "a", "a", "b", "b", "c"])).unwrap();
        let rows = users(&events, &UserOptions::default()).unwrap().periods;
        let row = |at: usize| {
            let row = &rows[at];
            (row.active, row.new, row.returning, row.resurrected, row.dormant)
        };
        assert_eq!([row(0), row(1), row(2)], [(2, 2, 0, 0, 0), (2, 1, 1, 0, 1), (2, 0, 1, 1, 1)]);
        assert_eq!(rows.iter().map(|row| row.complete).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn nobody_is_no_error() {
        let events = Events::new(Vec::new(), People::integers(&[])).unwrap();
        let answer = users(&events, &UserOptions::default()).unwrap();
        assert_eq!((answer.people, answer.days.len(), answer.stickiness), (0, 0, None));
    }
}
