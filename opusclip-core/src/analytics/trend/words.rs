//! A trend as one sentence.

use super::{ChangePoint, Direction, Slope, Trend, TrendOptions};
use crate::analytics::Explanation;
use crate::analytics::stats::wording::{duration, figure, moment, probability};

pub(super) fn explain(trend: &Trend, options: &TrendOptions) -> Explanation {
    Explanation { sentence: sentence(trend, options), method: method(trend, options), assumptions: assumptions(trend) }
}

fn sentence(trend: &Trend, options: &TrendOptions) -> String {
    let name = options.name.as_deref().unwrap_or("the metric");
    let unit = options.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let latest = trend.latest.as_ref().filter(|latest| latest.direction != Direction::None);
    let clause = match latest {
        Some(latest) => moves(latest.direction, &latest.slope, &unit, trend.end - latest.since)
            .map(|moves| (moves, latest.p_value, latest.since)),
        None => moves(trend.direction, &trend.slope, &unit, trend.end - trend.start)
            .map(|moves| (moves, trend.p_value, trend.start)),
    };
    let (from, to) = (moment(trend.start, trend.end), moment(trend.end, trend.start));
    let clause = match clause {
        Some((moves, p, since)) => format!("{name} {moves}, {}, since {}", probability(p), moment(since, trend.end)),
        None if trend.p_value >= 1.0 && trend.slope.estimate.per_second == 0.0 => {
            format!("{name} does not change from {from} to {to}")
        }
        None if trend.slope.estimate.per_second == 0.0 => format!("{name} keeps its level from {from} to {to}"),
        None => {
            let p = probability(trend.p_value);
            format!("{name} neither rises nor falls for certain from {from} to {to} ({p})")
        }
    };
    match trend.change_points.last() {
        Some(change) => format!("{clause}; {}", changed(change, trend, &unit)),
        None => clause,
    }
}

/// "rises by 3.1 ms an hour (2.7 to 3.5)"; nothing where it does neither.
fn moves(direction: Direction, slope: &Slope, unit: &str, span: f64) -> Option<String> {
    let (verb, sign) = match direction {
        Direction::Rising => ("rises", 1.0),
        Direction::Falling => ("falls", -1.0),
        Direction::None => return None,
    };
    let (seconds, time) = match span {
        span if span < 120.0 => (1.0, "a second"),
        span if span < 3_600.0 => (60.0, "a minute"),
        span if span < 4.0 * 86_400.0 => (3_600.0, "an hour"),
        _ => (86_400.0, "a day"),
    };
    let shown = |per_second: f64| figure(sign * per_second * seconds);
    let by = shown(slope.estimate.per_second);
    let (low, high) = (shown(slope.low.per_second), shown(slope.high.per_second));
    let (low, high) = if sign > 0.0 { (low, high) } else { (high, low) };
    Some(format!("{verb} by {by}{unit} {time} ({low} to {high})"))
}

/// What happened at the last change, and how many there were.
fn changed(change: &ChangePoint, trend: &Trend, unit: &str) -> String {
    let count = trend.change_points.len();
    let at = moment(change.time, trend.end);
    let (before, after) = (figure(change.level_before), figure(change.level_after));
    let what = if before == after {
        format!("its slope changes at {at}")
    } else {
        format!("at {at} its level goes from {before} to {after}{unit}")
    };
    if count == 1 { what } else { format!("{what}, the last of {count} changes") }
}

fn method(trend: &Trend, options: &TrendOptions) -> String {
    let confidence = figure(options.confidence * 100.0);
    let test = if trend.wanders {
        "tested against random walks with the same long-run variance".to_owned()
    } else {
        let effective = figure(trend.effective_count);
        let variance = "variance by Hamed and Rao (1998) with the autocorrelation of a fitted autoregression";
        format!("Mann-Kendall test, {variance} ({effective} effective values of {})", trend.count)
    };
    let season = trend
        .season
        .as_ref()
        .map_or_else(String::new, |season| format!("; medians of a season of {} taken off", duration(season.period)));
    let changes = if options.change_points {
        format!("; change points by optimal partitioning into lines of at least {} values", options.min_segment)
    } else {
        String::new()
    };
    format!("Theil-Sen slope with its {confidence} % interval, {test}{season}{changes}")
}

fn assumptions(trend: &Trend) -> Vec<String> {
    let mut assumptions =
        vec!["one straight line describes the whole span; see the change points where it does not".to_owned()];
    if trend.wanders {
        let wanders =
            "the values wander: their distance from the line comes back too slowly to be told from a random walk";
        assumptions.push(wanders.to_owned());
    } else {
        assumptions.push("what the values remember of those before them dies away within the span".to_owned());
    }
    if trend.season.is_some() {
        assumptions.push("the pattern of the season stays the same".to_owned());
    }
    if trend.latest.is_some() {
        assumptions.push("the p of the latest stretch does not count in that its beginning was chosen".to_owned());
    }
    assumptions
}
