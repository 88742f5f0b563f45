//! Times written as text or as numbers.

use jiff::civil::Date;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::Offset;

static PARSER: DateTimeParser = DateTimeParser::new();

/// Numbers from here on are milliseconds, not seconds: the seconds of the year 5138.
const MILLISECONDS: f64 = 1e11;
/// Numbers from here on are microseconds.
const MICROSECONDS: f64 = 1e14;
/// Numbers from here on are nanoseconds.
const NANOSECONDS: f64 = 1e17;

/// Unix seconds of a time in the form of ISO 8601 or RFC 3339, such as `2024-05-01T12:00:00.5+02:00`,
/// `2024-05-01 12:00`, `2024-05-01`, `2024/05/01` or `2024-05`. Without a zone it is taken as UTC. Forms that put the day
/// or the month first are not read: what they mean depends on the country.
///
/// ```
/// use opusclip_core::analytics::table::parse_time;
/// assert_eq!(parse_time("1970-01-02T00:00:00.25Z"), Some(86_400.25));
/// assert_eq!(parse_time("1970-01-01 02:00:00+02:00"), Some(0.0));
/// assert_eq!(parse_time("soon"), None);
/// ```
pub fn parse_time(text: &str) -> Option<f64> {
    let text = text.trim();
    // Nothing shorter than a year and a month, and nothing that starts otherwise, is a time: most text ends here.
    let bytes = text.as_bytes();
    let dated = bytes.len() >= 7 && bytes[..4].iter().all(u8::is_ascii_digit) && matches!(bytes[4], b'-' | b'/');
    if !dated || !text.is_ascii() {
        return None;
    }
    let slashes = bytes[4] == b'/';
    let (named, zoned) = (text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT")), has_zone(text));
    if let (Some(text), false) = (named, slashes) {
        return civil(text);
    }
    match (slashes, zoned) {
        (false, true) => instant(text).or_else(|| instant(&without_blank(text))),
        (false, false) => civil(text),
        (true, false) => civil(&text.replacen('/', "-", 2)),
        (true, true) => instant(&text.replacen('/', "-", 2)),
    }
}

/// Whether a zone or offset stands behind the time of day.
fn has_zone(text: &str) -> bool {
    let time = text.get(10..).unwrap_or_default();
    time.bytes().any(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-' | b'['))
}

/// "12:00:00 +0200", as many logs have it, without the blank.
fn without_blank(text: &str) -> String {
    text.replacen(" +", "+", 1).replacen(" -", "-", 1)
}

fn instant(text: &str) -> Option<f64> {
    PARSER.parse_timestamp(text).ok().map(seconds)
}

fn civil(text: &str) -> Option<f64> {
    let month = text.len() == 7;
    let time = if month { PARSER.parse_datetime(format!("{text}-01")) } else { PARSER.parse_datetime(text) };
    Offset::UTC.to_timestamp(time.ok()?).ok().map(seconds)
}

fn seconds(time: jiff::Timestamp) -> f64 {
    time.as_second() as f64 + f64::from(time.subsec_nanosecond()) * 1e-9
}

/// Unix seconds of numbers that are seconds or finer, or dates such as 20240131 if all of them are. NaN stays NaN.
pub(super) fn of_numbers(numbers: &[f64]) -> Vec<f64> {
    let known = || numbers.iter().filter(|number| !number.is_nan());
    if known().next().is_some() && known().all(|number| compact_date(*number).is_some()) {
        return numbers.iter().map(|number| compact_date(*number).unwrap_or(f64::NAN)).collect();
    }
    let largest = known().fold(0.0_f64, |largest, number| largest.max(number.abs()));
    let unit = match largest {
        size if size >= NANOSECONDS => 1e9,
        size if size >= MICROSECONDS => 1e6,
        size if size >= MILLISECONDS => 1e3,
        _ => 1.0,
    };
    numbers.iter().map(|number| number / unit).collect()
}

/// 20240131 as Unix seconds; years from 1900 to 2100.
fn compact_date(number: f64) -> Option<f64> {
    if !(19_000_101.0..21_010_000.0).contains(&number) || number.fract() != 0.0 {
        return None;
    }
    let digits = number as i32;
    let part = |value: i32| i8::try_from(value).ok();
    let date = Date::new((digits / 10_000) as i16, part(digits / 100 % 100)?, part(digits % 100)?).ok()?;
    Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok().map(seconds)
}
