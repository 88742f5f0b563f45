//! What became of each person, counted.

use super::super::events::{Events, Names, seconds};
use super::super::share;
use super::walk::{Outcome, Outcomes, State};
use super::{Attempt, Funnel, FunnelBreakdown, FunnelOptions, FunnelOrder, FunnelStep, StepDurations};
use crate::analytics::Explanation;

/// The people of the whole or of one value.
struct Counted {
    steps: Vec<FunnelStep>,
    converted: u64,
    pending: u64,
    lost: u64,
    closed_conversion: Option<f64>,
}

pub(super) fn funnel(outcomes: &Outcomes, events: &Events<'_>, options: &FunnelOptions, until: i64) -> Funnel {
    let all = counted(&outcomes.people, outcomes, options);
    let entered = outcomes.people.len() as u64;
    let breakdown = events.breakdown_values().map(|values| breakdown(outcomes, values, options));
    Funnel {
        entered,
        converted: all.converted,
        pending: all.pending,
        lost: all.lost,
        closed_conversion: all.closed_conversion,
        breakdown: breakdown.unwrap_or_default(),
        window: options.window,
        until: seconds(until),
        explanation: explanation(&all, entered, events, options),
        steps: all.steps,
    }
}

fn counted(people: &[Outcome], outcomes: &Outcomes, options: &FunnelOptions) -> Counted {
    let count = |state| people.iter().filter(|person| person.state == state).count() as u64;
    let (converted, pending, lost) = (count(State::Converted), count(State::Pending), count(State::Lost));
    let closed = people.iter().filter(|person| person.closed && person.state == State::Converted).count();
    let mut steps: Vec<FunnelStep> = Vec::with_capacity(options.steps.len());
    let (mut from_previous, mut from_start) = (Vec::new(), Vec::new());
    for (at, name) in options.steps.iter().enumerate() {
        from_previous.clear();
        from_start.clear();
        let mut users = 0;
        for times in people.iter().map(|person| outcomes.times(person)) {
            let Some(time) = times.get(at) else { continue };
            users += 1;
            if let (Some(start), Some(previous)) = (times.first(), at.checked_sub(1).and_then(|at| times.get(at))) {
                from_start.push(time - start);
                from_previous.push(time - previous);
            }
        }
        let start = steps.first().map_or(users, |step| step.users);
        let previous = steps.last().map_or(users, |step| step.users);
        steps.push(FunnelStep {
            name: name.clone(),
            users,
            conversion_from_start: share(users, start),
            conversion_from_previous: share(users, previous),
            from_previous: durations(&mut from_previous),
            from_start: durations(&mut from_start),
        });
    }
    Counted { steps, converted, pending, lost, closed_conversion: share(closed as u64, closed as u64 + lost) }
}

fn durations(micros: &mut [i64]) -> Option<StepDurations> {
    if micros.is_empty() {
        return None;
    }
    let sum: i128 = micros.iter().map(|micros| i128::from(*micros)).sum();
    let mean = sum as f64 / micros.len() as f64 / 1e6;
    Some(StepDurations { mean, median: quantile(micros, 0.5), p90: quantile(micros, 0.9) })
}

/// The quantile in seconds, on the line between the two nearest.
fn quantile(micros: &mut [i64], q: f64) -> f64 {
    let place = q * micros.len().saturating_sub(1) as f64;
    let (_, low, above) = micros.select_nth_unstable(place as usize);
    let high = above.iter().min().unwrap_or(low);
    seconds(*low) + seconds(high - *low) * place.fract()
}

/// Put each person where the entry has its value.
fn breakdown(outcomes: &Outcomes, values: &Names<'_>, options: &FunnelOptions) -> Vec<FunnelBreakdown> {
    // The last place is for those without one.
    let missing = values.table().len();
    let value_of = |person: &Outcome| {
        values.codes().get(person.row as usize).map_or(missing, |code| (*code as usize).min(missing))
    };
    let mut sizes = vec![0_usize; missing + 1];
    outcomes.people.iter().for_each(|person| sizes[value_of(person)] += 1);
    let mut ranks = values.ranks();
    ranks.push(u32::MAX);
    let mut shown: Vec<usize> = (0..=missing).filter(|value| sizes[*value] > 0).collect();
    shown.sort_unstable_by_key(|value| (std::cmp::Reverse(sizes[*value]), ranks[*value]));
    let rest = shown.split_off(shown.len().min(options.breakdown_limit));
    let groups = shown.len() + usize::from(!rest.is_empty());
    let mut group_of = vec![shown.len(); missing + 1];
    shown.iter().enumerate().for_each(|(group, value)| group_of[*value] = group);
    let mut people: Vec<Vec<Outcome>> = vec![Vec::new(); groups];
    outcomes.people.iter().for_each(|person| people[group_of[value_of(person)]].push(*person));
    let groups = people.iter().enumerate().map(|(group, people)| {
        let Counted { steps, converted, pending, lost, closed_conversion } = counted(people, outcomes, options);
        let value = shown.get(group).and_then(|value| values.text(*value as u32)).map(str::to_owned);
        let other = group == shown.len();
        FunnelBreakdown { value, other, steps, converted, pending, lost, closed_conversion }
    });
    groups.collect()
}

fn explanation(all: &Counted, entered: u64, events: &Events<'_>, options: &FunnelOptions) -> Explanation {
    let first = options.steps.first().map(String::as_str).unwrap_or_default();
    let last = options.steps.last().map(String::as_str).unwrap_or_default();
    let window = duration(options.window);
    let percent = share(all.converted, entered).map_or(0.0, |share| share * 100.0);
    let sentence = match (entered, options.order) {
        (0, _) => format!("Nobody began with `{first}`."),
        (_, FunnelOrder::Any) => format!(
            "{} of {entered} people ({percent:.1} %) did all {} steps within {window}; {} still may, {} did not.",
            all.converted,
            options.steps.len(),
            all.pending,
            all.lost
        ),
        _ => format!(
            "{} of {entered} people ({percent:.1} %) went from `{first}` to `{last}` within {window}; \
             {} still may, {} did not.",
            all.converted, all.pending, all.lost
        ),
    };
    let order = match options.order {
        FunnelOrder::Ordered => "ordered steps",
        FunnelOrder::Strict => "ordered steps with no other event between",
        FunnelOrder::Any => "steps in any order",
    };
    let attempt = match options.attempt {
        Attempt::Best => "the attempt that gets furthest",
        Attempt::First => "the attempt of the first entry",
    };
    let mut assumptions = vec![
        "events alike in person, time and name are one event sent twice".to_owned(),
        "all events until the end of what was observed have arrived".to_owned(),
    ];
    let unknown = options.steps.iter().filter(|step| events.code(step).is_none());
    assumptions.extend(unknown.map(|step| format!("no event is named `{step}`, because nobody did it")));
    Explanation {
        sentence,
        method: format!("funnel of {order} within {window}; of each person {attempt}"),
        assumptions,
    }
}

/// Seconds as people say them.
fn duration(seconds: f64) -> String {
    let units = [(86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")];
    let fitting = units.iter().find(|(length, _)| seconds >= 2.0 * length && seconds % length == 0.0);
    fitting.map_or_else(|| format!("{seconds} s"), |(length, name)| format!("{} {name}", seconds / length))
}
