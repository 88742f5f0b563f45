//! Numbers and times in sentences.

/// Times nearer to 0 than this are counted from there rather than from 1970: series whose times do not matter.
const CALENDAR: f64 = 1e8;

/// A number with three digits that count.
pub(crate) fn figure(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let size = number.abs();
    if !(1e-4..1e9).contains(&size) {
        return format!("{number:.2e}");
    }
    let digits = (2 - size.log10().floor() as i32).max(0) as usize;
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A probability in the form in which it is usually written.
pub(crate) fn probability(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

/// A time of the calendar in UTC to the minute, without the day where `beside` is on the same one.
pub(crate) fn moment(time: f64, beside: f64) -> String {
    let civil = |time: f64| {
        let timestamp = jiff::Timestamp::from_second(time.floor() as i64).ok()?;
        Some(jiff::tz::Offset::UTC.to_datetime(timestamp))
    };
    match (civil(time), civil(beside)) {
        (Some(at), beside) if time.abs() >= CALENDAR => {
            let clock = format!("{:02}:{:02}", at.hour(), at.minute());
            let same_day = beside.is_some_and(|beside| beside.date() == at.date());
            if same_day { format!("{clock} UTC") } else { format!("{} {clock} UTC", at.date()) }
        }
        _ => format!("{} s", figure(time)),
    }
}

/// A stretch of time in the unit that suits it.
pub(crate) fn duration(seconds: f64) -> String {
    let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min")];
    let unit = units.iter().find(|(length, _)| seconds.abs() >= *length).copied().unwrap_or((1.0, "s"));
    format!("{} {}", figure(seconds / unit.0), unit.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (3.4567, "3.46"),
            (1234.5, "1234"),
            (0.001_25, "0.00125"),
            (2.0, "2"),
            (-20.0, "-20"),
            (3.2e12, "3.20e12"),
        ];
        for (number, text) in cases {
            assert_eq!(figure(number), text);
        }
        assert_eq!((probability(0.0004).as_str(), probability(0.0321).as_str()), ("p < 0.001", "p = 0.032"));
    }

    #[test]
    fn times_are_of_the_calendar_where_they_are_of_one() {
        assert_eq!(moment(1_714_572_300.0, 1_714_575_900.0), "14:05 UTC");
        assert_eq!(moment(1_714_572_300.0, 1_714_675_900.0), "2024-05-01 14:05 UTC");
        assert_eq!(moment(120.0, 0.0), "120 s");
        assert_eq!(moment(-662_688_000.0, 0.0), "1949-01-01 00:00 UTC");
        assert_eq!((duration(90.0).as_str(), duration(-7200.0).as_str()), ("1.5 min", "-2 h"));
    }
}
