//! Bounds by the hour.

use super::*;

fn office(time_zone: &str, days: &[Weekday], start: &str, end: &str) -> ScalingEngine {
    let schedule = ScheduledBounds {
        name: "office".to_owned(),
        days: days.to_vec(),
        start: start.to_owned(),
        end: end.to_owned(),
        time_zone: time_zone.to_owned(),
        min_instances: Some(6),
        max_instances: None,
    };
    engine(ScalingConfig { schedules: vec![schedule], ..ScalingConfig::default() })
}

fn unix(text: &str) -> f64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second() as f64
}

/// The minimum at a time.
fn min(engine: &ScalingEngine, text: &str) -> u32 {
    engine.status(unix(text)).unwrap().min_instances
}

#[test]
fn hours_are_those_of_the_place_in_summer_and_winter() {
    let engine = office("Europe/Berlin", &[], "08:00", "18:00");
    // 08:00 in Berlin is 07:00 UTC in winter and 06:00 in summer.
    let at = ["2026-01-15T06:59:59Z", "2026-01-15T07:00:00Z", "2026-01-15T16:59:59Z", "2026-01-15T17:00:00Z"];
    assert_eq!(at.map(|time| min(&engine, time)), [2, 6, 6, 2]);
    let at = ["2026-07-15T05:59:59Z", "2026-07-15T06:00:00Z", "2026-07-15T15:59:59Z", "2026-07-15T16:00:00Z"];
    assert_eq!(at.map(|time| min(&engine, time)), [2, 6, 6, 2]);
}

/// On 2026-03-29 clocks go from 02:00 to 03:00 at 01:00 UTC; on 2026-10-25 from 03:00 to 02:00 at 01:00 UTC.
#[test]
fn an_hour_that_is_missing_or_twice_is_met_once() {
    let engine = office("Europe/Berlin", &[], "02:30", "04:00");
    let at = ["2026-03-29T01:29:59Z", "2026-03-29T01:30:00Z", "2026-03-29T01:59:59Z", "2026-03-29T02:00:00Z"];
    assert_eq!(at.map(|time| min(&engine, time)), [2, 6, 6, 2], "02:30 does not exist and is 03:30");
    let at = ["2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z", "2026-10-25T02:59:59Z", "2026-10-25T03:00:00Z"];
    assert_eq!(at.map(|time| min(&engine, time)), [2, 6, 6, 2], "the first 02:30 begins it");
}

#[test]
fn nights_end_on_the_next_day_and_begin_on_the_days_named() {
    let engine = office("UTC", &[Weekday::Friday], "22:00", "06:00");
    // 2026-01-16 is a Friday.
    let at = ["2026-01-16T05:00:00Z", "2026-01-16T22:00:00Z", "2026-01-17T05:59:59Z", "2026-01-17T22:00:00Z"];
    assert_eq!(at.map(|time| min(&engine, time)), [2, 6, 6, 2]);
}

#[test]
fn a_schedule_that_begins_is_followed_at_once_and_named() {
    let mut engine = office("UTC", &[], "08:00", "18:00");
    let eight = unix("2026-01-15T08:00:00Z");
    assert_eq!(engine.evaluate(&cpu(50.0, 2), eight - 15.0).unwrap().action, ScalingAction::NoAction);
    let decision = engine.evaluate(&cpu(50.0, 2), eight).unwrap();
    assert_eq!((decision.target_instances, decision.reason), (6, ScalingReason::BelowMinimum));
    assert_eq!(decision.notes, [ScalingNote::Scheduled { name: "office".to_owned() }]);
    assert_eq!(engine.evaluate(&cpu(10.0, 6), eight + 36_000.0).unwrap().target_instances, 2);
}
