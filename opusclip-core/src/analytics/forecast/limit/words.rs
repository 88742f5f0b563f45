//! Times to a limit as a sentence.

/// From so many of a unit on, seconds are told in it.
const UNITS: [(&str, f64, f64); 4] =
    [("days", 86_400.0, 2.0), ("hours", 3600.0, 2.0), ("minutes", 60.0, 2.0), ("seconds", 1.0, 0.0)];

/// Earliest, expected and latest time in seconds, as far as they are known; `sought` seconds were looked ahead.
pub(super) fn sentence(limit: f64, [earliest, expected, latest]: [Option<f64>; 3], sought: f64) -> String {
    let Some(expected) = expected else {
        let never = format!("the limit of {limit} is not reached within {}", told(sought));
        return match earliest {
            Some(earliest) if earliest > 0.0 => format!("{never}, at the earliest in {}", told(earliest)),
            Some(_) => format!("{never} by the trend, but single values may be beyond it now"),
            None => never,
        };
    };
    if expected == 0.0 {
        return format!("the limit of {limit} is reached already");
    }
    let (unit, length) = unit(expected);
    let short = |seconds: f64| format!("{:.1}", seconds / length);
    let start = format!("the limit of {limit} is reached in {} {unit}", short(expected));
    match (earliest, latest) {
        (Some(earliest), Some(latest)) => format!("{start} ({} to {})", short(earliest), short(latest)),
        (Some(earliest), None) => format!("{start} (at the earliest in {}, perhaps never)", short(earliest)),
        _ => start,
    }
}

fn unit(seconds: f64) -> (&'static str, f64) {
    let fits = UNITS.iter().find(|(_, length, least)| seconds >= least * length);
    fits.map_or(("seconds", 1.0), |(name, length, _)| (name, *length))
}

fn told(seconds: f64) -> String {
    let (name, length) = unit(seconds);
    format!("{:.1} {name}", seconds / length)
}
