//! Days, weeks and months as the clocks of a place count them.
//!
//! A day begins at the first instant of its date in the time zone: it may have 23 or 25 hours, or begin at one o'clock
//! where clocks go forward at midnight. Weeks begin on Monday (ISO 8601) or Sunday, months on their first day. The
//! rules of all IANA time zones are built in, so that the answer does not depend on the host.

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::seconds;
use super::invalid;
use crate::error::{Error, ErrorCode, Result};

/// A stretch of the calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Period {
    /// A date.
    Day,
    /// Seven days.
    #[default]
    Week,
    /// A month of the Gregorian calendar.
    Month,
}

/// The first day of a week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeekStart {
    /// As ISO 8601 has it.
    #[default]
    Monday,
    /// As in North America, for instance.
    Sunday,
}

/// The periods that a stretch of time touches, numbered from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// Where each period begins, and the end of the last one, as microseconds.
    starts: Vec<i64>,
    dates: Vec<Date>,
    /// Periods in a microsecond, about.
    per_micro: f64,
}

/// A calendar has no more periods than this: the dates of 136 years.
const MOST_PERIODS: usize = 50_000;

impl Calendar {
    /// The periods from the one that holds `from` to the one that holds `to`; both are microseconds since 1970.
    ///
    /// ```
    /// use opusclip_core::analytics::business::{Calendar, Period, WeekStart};
    /// let noon = 1_711_882_800 * 1_000_000; // 31 March 2024, when Berlin's clocks went forward
    /// let calendar = Calendar::new(noon, noon, Period::Day, WeekStart::Monday, "Europe/Berlin")?;
    /// assert_eq!((calendar.label(0).as_str(), calendar.end(0) - calendar.start(0)), ("2024-03-31", 23.0 * 3600.0));
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for an unknown time zone, [`ErrorCode::DataInvalid`] for times outside the years
    /// -9999 to 9999 or for more than 50,000 periods.
    pub fn new(from: i64, to: i64, period: Period, week: WeekStart, time_zone: &str) -> Result<Self> {
        let zone = zone(time_zone)?;
        let outside = |_: jiff::Error| invalid("time", "the calendar ends with the year 9999".to_owned());
        let date = |micros| Timestamp::from_microsecond(micros).map(|time| time.to_zoned_datetime(zone.clone()).date());
        let last = date(to.max(from)).map_err(outside)?;
        let mut dates = Vec::new();
        let mut next = first_day(date(from).map_err(outside)?, period, week).map_err(outside)?;
        while next <= last {
            if dates.len() == MOST_PERIODS {
                let error = invalid("time", format!("the events span more than {MOST_PERIODS} periods"));
                return Err(error.hint("look for a time that is in the wrong unit"));
            }
            dates.push(next);
            next = following(next, period).map_err(outside)?;
        }
        let begin = |date: &Date| date.to_zoned_datetime(zone.clone()).map(|zoned| zoned.timestamp().as_microsecond());
        let starts: Vec<i64> = dates.iter().chain([&next]).map(begin).collect::<Result<_, _>>().map_err(outside)?;
        let whole = starts.last().zip(starts.first()).map_or(1, |(end, start)| (end - start).max(1));
        let per_micro = dates.len() as f64 / whole as f64;
        Ok(Self { starts, dates, per_micro })
    }

    /// How many periods there are, at least one.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// Never: the period of the first time is always there.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// Which period holds a time. Times outside belong to the first or last.
    pub fn index(&self, micros: i64) -> usize {
        let Some(first) = self.starts.first() else { return 0 };
        let most = self.dates.len().saturating_sub(1);
        // Periods are of nearly equal length, so that the guess is off by a few at most.
        let mut at = ((micros.saturating_sub(*first) as f64 * self.per_micro) as usize).min(most);
        while at > 0 && self.starts[at] > micros {
            at -= 1;
        }
        while at < most && self.starts[at + 1] <= micros {
            at += 1;
        }
        at
    }

    /// Unix seconds at which a period begins; after the last one its end.
    pub fn start(&self, index: usize) -> f64 {
        seconds(self.bound(index))
    }

    /// Unix seconds at which a period ends and the next one begins.
    pub fn end(&self, index: usize) -> f64 {
        seconds(self.bound(index.saturating_add(1)))
    }

    /// The date on which a period begins, as in `2024-03-31`.
    pub fn label(&self, index: usize) -> String {
        self.dates.get(index).map(Date::to_string).unwrap_or_default()
    }

    pub(super) fn bound(&self, index: usize) -> i64 {
        self.starts.get(index).or(self.starts.last()).copied().unwrap_or(0)
    }

    /// How many periods are over at a time: all before this index have ended.
    pub(super) fn over(&self, until: i64) -> usize {
        self.starts.partition_point(|start| *start <= until).saturating_sub(1)
    }
}

/// A zone of the built-in rules.
fn zone(name: &str) -> Result<TimeZone> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| {
        let error = Error::new(ErrorCode::ConfigInvalid, format!("there is no time zone `{name}`"));
        error.field("time_zone").hint("name one of the IANA database, such as `UTC` or `Europe/Berlin`")
    })
}

/// The first day of the period that holds a date.
fn first_day(date: Date, period: Period, week: WeekStart) -> Result<Date, jiff::Error> {
    match period {
        Period::Day => Ok(date),
        Period::Week => {
            let first = if week == WeekStart::Monday { Weekday::Monday } else { Weekday::Sunday };
            date.checked_sub(i32::from(date.weekday().since(first)).days())
        }
        Period::Month => Ok(date.first_of_month()),
    }
}

fn following(date: Date, period: Period) -> Result<Date, jiff::Error> {
    match period {
        Period::Day => date.tomorrow(),
        Period::Week => date.checked_add(1.week()),
        Period::Month => date.checked_add(1.month()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::events::MICROS;
    use super::*;

    fn calendar(from: i64, to: i64, period: Period, zone: &str) -> Calendar {
        Calendar::new(from * MICROS, to * MICROS, period, WeekStart::Monday, zone).unwrap()
    }

    #[test]
    fn days_have_23_24_or_25_hours() {
        // 2024-11-02 to 2024-11-04 in New York; clocks go back on the 3rd.
        let days = calendar(1_730_563_200, 1_730_736_000, Period::Day, "America/New_York");
        let hours: Vec<f64> = (0..days.len()).map(|at| (days.end(at) - days.start(at)) / 3600.0).collect();
        assert_eq!(hours, [24.0, 25.0, 24.0]);
        assert_eq!(days.label(1), "2024-11-03");
    }

    #[test]
    fn midnight_may_be_missing_and_so_may_a_date() {
        // Santiago goes forward at midnight: 2024-09-08 begins at one o'clock, 04:00 UTC.
        let days = calendar(1_725_800_000, 1_725_800_000, Period::Day, "America/Santiago");
        assert_eq!((days.label(0).as_str(), days.start(0)), ("2024-09-08", 1_725_768_000.0));
        // Apia left out 2011-12-30.
        let days = calendar(1_325_200_000, 1_325_300_000, Period::Day, "Pacific/Apia");
        let lengths: Vec<f64> = (0..days.len()).map(|at| days.end(at) - days.start(at)).collect();
        assert_eq!((days.label(1).as_str(), lengths), ("2011-12-30", vec![86400.0, 0.0, 86400.0]));
        assert_eq!(days.index(days.starts[1]), 2);
    }

    #[test]
    fn every_time_is_found_in_its_period() {
        for (period, zone) in [(Period::Day, "Europe/Berlin"), (Period::Week, "UTC"), (Period::Month, "Asia/Kolkata")] {
            let calendar = calendar(1_577_836_800, 1_893_456_000, period, zone);
            for at in 0..calendar.len() {
                assert_eq!(calendar.index(calendar.starts[at]), at);
                assert_eq!(calendar.index(calendar.starts[at + 1] - 1), at);
            }
            assert_eq!((calendar.index(i64::MIN), calendar.index(i64::MAX)), (0, calendar.len() - 1));
            assert_eq!((calendar.over(calendar.starts[3]), calendar.over(calendar.starts[3] - 1)), (3, 2));
        }
    }

    #[test]
    fn weeks_and_months_begin_where_they_should() {
        let week = Calendar::new(0, 0, Period::Week, WeekStart::Sunday, "UTC").unwrap();
        assert_eq!(week.label(0), "1969-12-28");
        assert_eq!(calendar(0, 0, Period::Week, "UTC").label(0), "1969-12-29");
        assert_eq!(calendar(3_000_000, 3_000_000, Period::Month, "UTC").label(0), "1970-02-01");
        let error = Calendar::new(0, 0, Period::Day, WeekStart::Monday, "Mars/Base").unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("time_zone")));
        let far = i64::from(i32::MAX) * 100 * MICROS;
        let error = Calendar::new(0, far, Period::Day, WeekStart::Monday, "UTC").unwrap_err();
        assert_eq!(error.code(), ErrorCode::DataInvalid);
    }
}
