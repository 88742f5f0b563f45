//! Bounds by the hour, in the time of a place.

use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ScalingConfig, contradiction, count};
use crate::error::{Error, ErrorCode, Result};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    fn of(date: Date) -> Self {
        match date.weekday() {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// Other bounds at certain hours of certain days.
///
/// Hours are those of a clock on a wall. Where clocks are put forward, a time that does not exist is the one an hour
/// later; where they are put back, the first of the two counts (RFC 5545, section 3.3.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledBounds {
    /// What it is called in decisions.
    pub name: String,
    /// Days that it begins on; every day where there is none.
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// When it begins, such as `08:00`.
    pub start: String,
    /// When it ends; not after `start`, it is that time of the next day.
    pub end: String,
    /// The time zone by its IANA name, such as `Europe/Berlin`.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Fewest instances meanwhile.
    #[serde(default)]
    pub min_instances: Option<u32>,
    /// Most instances meanwhile.
    #[serde(default)]
    pub max_instances: Option<u32>,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// A [`ScheduledBounds`] whose texts are understood.
#[derive(Debug, Clone)]
pub(in crate::scaling) struct Window {
    start: Time,
    end: Time,
    zone: TimeZone,
}

impl ScheduledBounds {
    pub(super) fn check(&self, config: &ScalingConfig) -> Result<()> {
        self.window()?;
        let min = self.min_instances.unwrap_or(config.min_instances);
        let max = self.max_instances.unwrap_or(config.max_instances);
        count("schedules.min_instances", min, 0, super::MOST_INSTANCES)?;
        count("schedules.max_instances", max, 0, super::MOST_INSTANCES)?;
        if min > max {
            let message = format!("schedule {:?} has a minimum of {min} and a maximum of {max}", self.name);
            return Err(contradiction("schedules.min_instances", message, "give both, or a smaller minimum"));
        }
        if (min == 0 || max == 0) && config.scale_to_zero.is_none() {
            let message = format!("schedule {:?} allows 0 instances without scale_to_zero", self.name);
            return Err(contradiction("schedules.min_instances", message, "give at least 1, or scale_to_zero"));
        }
        Ok(())
    }

    pub(in crate::scaling) fn window(&self) -> Result<Window> {
        let time = |field: &str, text: &str| {
            text.parse::<Time>().map_err(|error| {
                Error::new(ErrorCode::ConfigInvalid, format!("schedule {:?}: {text:?} is no time", self.name))
                    .field(field)
                    .hint("write it as 08:00")
                    .caused_by(error)
            })
        };
        let zone = TimeZoneDatabase::bundled().get(&self.time_zone).map_err(|error| {
            Error::new(ErrorCode::ConfigInvalid, format!("there is no time zone {:?}", self.time_zone))
                .field("schedules.time_zone")
                .hint("write its IANA name, such as Europe/Berlin")
                .caused_by(error)
        })?;
        Ok(Window { start: time("schedules.start", &self.start)?, end: time("schedules.end", &self.end)?, zone })
    }

    /// Whether it holds at a time, and until when that stays so, both in Unix seconds. `None` where no calendar reaches.
    pub(in crate::scaling) fn state(&self, window: &Window, now: f64) -> Option<(bool, f64)> {
        let here = Timestamp::from_second(now.floor() as i64).ok()?.to_zoned_datetime(window.zone.clone());
        let mut holds = false;
        let mut until = f64::INFINITY;
        // A stretch that covers now began today or yesterday; the next one begins within eight days.
        for offset in -1..=8_i64 {
            let date = here.date().checked_add(offset.days()).ok()?;
            if !self.days.is_empty() && !self.days.contains(&Weekday::of(date)) {
                continue;
            }
            let last = if window.end > window.start { date } else { date.tomorrow().ok()? };
            let instant = |date: Date, time: Time| {
                let moment = date.to_datetime(time).to_zoned_datetime(window.zone.clone()).ok()?;
                Some(moment.timestamp().as_second() as f64)
            };
            let (start, end) = (instant(date, window.start)?, instant(last, window.end)?);
            if start <= now && now < end {
                holds = true;
                until = until.min(end);
            } else if now < start {
                until = until.min(start);
            }
        }
        Some((holds, until))
    }
}
