use proptest::prelude::*;

use super::super::events::{MICROS, Names, People};
use super::super::table::{EventTable, Key};
use super::*;

/// Person, time in seconds, name and property.
type Row = (i64, i64, &'static str, Option<&'static str>);

fn counted(rows: &[Row], options: &FunnelOptions) -> Funnel {
    let times: Vec<i64> = rows.iter().map(|row| row.1 * MICROS).collect();
    let people: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let events = Events::new(times, People::integers(&people)).unwrap();
    let events = events.names(Names::of(rows.iter().map(|row| Some(row.2)))).unwrap();
    funnel(&events.breakdown(Names::of(rows.iter().map(|row| row.3))).unwrap(), options).unwrap()
}

fn options(steps: &[&str], window: f64) -> FunnelOptions {
    let steps = steps.iter().map(|step| (*step).to_owned()).collect();
    FunnelOptions { steps, window, until: Some(1000.0), ..FunnelOptions::default() }
}

fn users(funnel: &Funnel) -> Vec<u64> {
    funnel.steps.iter().map(|step| step.users).collect()
}

fn of_one(events: &[(i64, &'static str)], options: &FunnelOptions) -> Vec<u64> {
    let rows: Vec<Row> = events.iter().map(|(time, name)| (1, *time, *name, None)).collect();
    users(&counted(&rows, options))
}

#[test]
fn the_window_counts_from_the_entry_and_its_end_is_inside() {
    let ten = options(&["a", "b", "c"], 10.0);
    assert_eq!(of_one(&[(0, "a"), (5, "b"), (10, "c")], &ten), [1, 1, 1]);
    assert_eq!(of_one(&[(0, "a"), (5, "b"), (11, "c")], &ten), [1, 1, 0]);
    assert_eq!(of_one(&[(0, "a"), (11, "b"), (12, "c")], &ten), [1, 0, 0]);
    assert_eq!(of_one(&[(3, "b"), (0, "a"), (1, "c")], &ten), [1, 1, 0]);
    assert_eq!(of_one(&[(0, "b")], &ten), [0, 0, 0]);
}

#[test]
fn a_later_attempt_may_get_further() {
    let best = options(&["a", "b"], 10.0);
    let first = FunnelOptions { attempt: Attempt::First, ..best.clone() };
    let twice = [(0, "a"), (20, "a"), (25, "b")];
    assert_eq!((of_one(&twice, &best), of_one(&twice, &first)), (vec![1, 1], vec![1, 0]));
    let from = FunnelOptions { from: Some(1.0), ..first };
    assert_eq!(of_one(&twice, &from), [1, 1]);
}

#[test]
fn who_converts_twice_counts_once_and_by_the_first_time() {
    let rows = [(1, 0, "a", None), (1, 2, "a", None), (1, 5, "b", None), (1, 50, "a", None), (1, 51, "b", None)];
    let answer = counted(&rows, &options(&["a", "b"], 10.0));
    assert_eq!((answer.entered, answer.converted), (1, 1));
    // The attempt that began last of those that got there first.
    assert_eq!(answer.steps[1].from_previous, Some(StepDurations { mean: 3.0, median: 3.0, p90: 3.0 }));
}

#[test]
fn an_open_window_is_pending_and_not_lost() {
    let rows =
        [(1, 980, "a", None), (2, 990, "a", None), (3, 991, "a", None), (3, 992, "b", None), (4, 991, "a", None)];
    let answer = counted(&rows, &options(&["a", "b"], 10.0));
    assert_eq!((answer.entered, answer.converted, answer.pending, answer.lost), (4, 1, 1, 2));
    // The conversion of person 3 is of a window that is still open, so it does not count among the closed ones.
    assert_eq!(answer.closed_conversion, Some(0.0));
    let again = [(1, 0, "a", None), (1, 995, "a", None)];
    assert_eq!(counted(&again, &options(&["a", "b"], 10.0)).pending, 1);
    let first = FunnelOptions { attempt: Attempt::First, ..options(&["a", "b"], 10.0) };
    assert_eq!(counted(&again, &first).lost, 1);
    let later = FunnelOptions { until: None, ..options(&["a", "b"], 10.0) };
    assert_eq!(counted(&[(1, 0, "a", None), (2, 11, "x", None)], &later).lost, 1);
}

#[test]
fn events_at_one_time_follow_the_steps_unless_one_is_named_twice() {
    let plain = options(&["a", "b", "c"], 10.0);
    assert_eq!(of_one(&[(1, "c"), (1, "b"), (1, "a")], &plain), [1, 1, 1]);
    let twice = options(&["a", "b", "a"], 10.0);
    assert_eq!(of_one(&[(1, "a"), (1, "b")], &twice), [1, 0, 0]);
    assert_eq!(of_one(&[(1, "a"), (2, "a"), (2, "b"), (3, "a")], &twice), [1, 1, 1]);
    // An event that was sent twice is one event.
    assert_eq!(of_one(&[(1, "a"), (1, "a"), (1, "a")], &options(&["a", "a"], 10.0)), [1, 0]);
    assert_eq!(of_one(&[(1, "a"), (2, "a"), (2, "a")], &options(&["a", "a", "a"], 10.0)), [1, 1, 0]);
}

#[test]
fn strict_order_allows_no_event_between() {
    let strict = FunnelOptions { order: FunnelOrder::Strict, ..options(&["a", "b", "c"], 10.0) };
    assert_eq!(of_one(&[(0, "a"), (1, "b"), (2, "c")], &strict), [1, 1, 1]);
    assert_eq!(of_one(&[(0, "a"), (1, "x"), (2, "b")], &strict), [1, 0, 0]);
    assert_eq!(of_one(&[(0, "a"), (1, "b"), (2, "b"), (3, "c")], &strict), [1, 1, 0]);
    assert_eq!(of_one(&[(0, "a"), (1, "a"), (2, "b"), (3, "c")], &strict), [1, 1, 1]);
}

#[test]
fn any_order_counts_different_steps_in_a_window() {
    let any = FunnelOptions { order: FunnelOrder::Any, ..options(&["a", "b", "c"], 10.0) };
    assert_eq!(of_one(&[(5, "a"), (1, "b"), (0, "c")], &any), [1, 1, 1]);
    assert_eq!(of_one(&[(0, "b"), (9, "c"), (11, "a"), (12, "b")], &any), [1, 1, 1]);
    assert_eq!(of_one(&[(0, "b"), (9, "c"), (20, "a")], &any), [1, 1, 0]);
    let first = FunnelOptions { attempt: Attempt::First, ..any };
    assert_eq!(of_one(&[(0, "b"), (9, "c"), (11, "a"), (12, "b")], &first), [1, 1, 0]);
}

#[test]
fn the_breakdown_is_of_the_entry_and_sums_to_the_whole() {
    let rows = [
        (1, 0, "a", Some("x")),
        (1, 1, "b", Some("y")),
        (2, 0, "a", Some("y")),
        (2, 0, "a", Some("w")),
        (3, 0, "a", None),
        (3, 1, "b", Some("x")),
        (4, 5, "a", Some("x")),
    ];
    let answer = counted(&rows, &options(&["a", "b"], 10.0));
    let shown: Vec<_> =
        answer.breakdown.iter().map(|own| (own.value.as_deref(), own.steps[0].users, own.converted)).collect();
    assert_eq!(shown, [(Some("x"), 2, 1), (Some("w"), 1, 0), (None, 1, 1)]);
    let limited = counted(&rows, &FunnelOptions { breakdown_limit: 1, ..options(&["a", "b"], 10.0) });
    let other = &limited.breakdown[1];
    assert_eq!((limited.breakdown.len(), other.other, other.steps[0].users, other.converted), (2, true, 2, 1));
}

#[test]
fn what_cannot_be_counted_is_named() {
    let events = Events::new(&[0.0][..], People::of(["a"])).unwrap();
    let fail = |options: FunnelOptions| {
        let error = funnel(&events, &options).unwrap_err();
        (error.code(), error.field_name().map(str::to_owned))
    };
    let base = options(&["a", "b"], 1.0);
    let named = |code, field: &str| (code, Some(field.to_owned()));
    assert_eq!(fail(base.clone()), named(ErrorCode::DataInvalid, "event"));
    assert_eq!(fail(options(&[], 1.0)), named(ErrorCode::ConfigInvalid, "steps"));
    assert_eq!(fail(options(&["a"; 33], 1.0)), named(ErrorCode::ConfigOutOfRange, "steps"));
    assert_eq!(fail(options(&["a"], 0.0)), named(ErrorCode::ConfigOutOfRange, "window"));
    assert_eq!(fail(options(&["a"], f64::NAN)), named(ErrorCode::ConfigNotFinite, "window"));
    let until = FunnelOptions { until: Some(f64::INFINITY), ..base.clone() };
    assert_eq!(fail(until), named(ErrorCode::ConfigNotFinite, "until"));
    let far = FunnelOptions { from: Some(-1e300), ..base.clone() };
    assert_eq!(fail(far), named(ErrorCode::ConfigOutOfRange, "from"));
    let any = FunnelOptions { order: FunnelOrder::Any, ..options(&["a", "a"], 1.0) };
    assert_eq!(fail(any), named(ErrorCode::ConfigInvalid, "steps"));
    let limit = FunnelOptions { breakdown_limit: 0, ..base };
    assert_eq!(fail(limit), named(ErrorCode::ConfigOutOfRange, "breakdown_limit"));
}

#[test]
fn a_table_in_json_gives_the_same() {
    let text = r#"{"time": [0, 5, 7.5], "user": ["ann", 7, "ann"], "event": ["a", "a", "b"]}"#;
    let table: EventTable = serde_json::from_str(text).unwrap();
    assert_eq!(table.user[1], Key::Integer(7));
    let answer = funnel(&table.events().unwrap(), &options(&["a", "b"], 10.0)).unwrap();
    assert_eq!((answer.entered, answer.converted, answer.breakdown.len()), (2, 1, 0));
}

/// What the definition says of one person, one attempt after the other: how many steps, and when.
fn by_definition(own: &[Row], options: &FunnelOptions) -> Option<Vec<i64>> {
    let strictly = options.repeats();
    let window = options.window as i64;
    let mut entries: Vec<i64> = own.iter().filter(|row| row.2 == options.steps[0]).map(|row| row.1).collect();
    entries.sort_unstable();
    entries.dedup();
    let attempt = |entry: i64| {
        let mut times = vec![entry];
        for step in &options.steps[1..] {
            let last = *times.last().unwrap();
            let later = own.iter().filter(|row| row.2 == step && row.1 <= entry + window);
            let next = later.map(|row| row.1).filter(|time| if strictly { *time > last } else { *time >= last }).min();
            let between = |next| own.iter().any(|row| row.1 > last && row.1 < next);
            match next {
                Some(next) if options.order != FunnelOrder::Strict || !between(next) => times.push(next),
                _ => break,
            }
        }
        times
    };
    if options.attempt == Attempt::First {
        return entries.first().map(|entry| attempt(*entry));
    }
    let rank = |times: &Vec<i64>| (times.len(), -times.last().unwrap(), times[0]);
    entries.iter().map(|entry| attempt(*entry)).max_by_key(rank)
}

fn row() -> impl Strategy<Value = Row> {
    let name = prop::sample::select(vec!["a", "b", "c", "x"]);
    let value = prop::sample::select(vec![None, Some("p"), Some("q")]);
    (0..4_i64, 0..40_i64, name, value)
}

fn any_options() -> impl Strategy<Value = FunnelOptions> {
    let steps = prop::sample::select(vec![&["a", "b", "c"][..], &["a"], &["a", "b", "a"], &["a", "a"], &["b", "c"]]);
    let order = prop::sample::select(vec![FunnelOrder::Ordered, FunnelOrder::Strict]);
    let attempt = prop::sample::select(vec![Attempt::Best, Attempt::First]);
    (steps, 1..15_i64, 10..60_i64, order, attempt).prop_map(|(steps, window, until, order, attempt)| {
        let until = Some(until as f64);
        FunnelOptions { order, attempt, until, ..options(steps, window as f64) }
    })
}

proptest! {
    #[test]
    fn the_walk_finds_what_the_definition_says(rows in prop::collection::vec(row(), 0..40), options in any_options()) {
        let until = options.until.unwrap() as i64;
        let mut expected = vec![0_u64; options.steps.len()];
        let mut durations = vec![Vec::new(); options.steps.len()];
        for person in 0..4 {
            let own: Vec<Row> = rows.iter().filter(|row| row.0 == person && row.1 <= until).copied().collect();
            let times = by_definition(&own, &options).unwrap_or_default();
            expected.iter_mut().take(times.len()).for_each(|count| *count += 1);
            (1..times.len()).for_each(|at| durations[at].push(times[at] - times[at - 1]));
        }
        let answer = counted(&rows, &options);
        prop_assert_eq!(users(&answer), expected);
        for (step, durations) in answer.steps.iter().zip(durations) {
            let mean = durations.iter().sum::<i64>() as f64 / durations.len().max(1) as f64;
            prop_assert!((step.from_previous.as_ref().map_or(0.0, |own| own.mean) - mean).abs() < 1e-9);
        }
    }

    #[test]
    fn order_of_rows_and_copies_change_nothing_and_sums_hold(
        rows in prop::collection::vec(row(), 0..40), options in any_options(), any in any::<bool>(),
        turn in 0..40_usize,
    ) {
        let order = if any && !options.repeats() { FunnelOrder::Any } else { options.order };
        let options = FunnelOptions { order, ..options };
        let answer = counted(&rows, &options);
        let mut other = rows.clone();
        other.rotate_left(turn.min(rows.len()));
        other.reverse();
        other.extend(rows.iter().take(turn));
        prop_assert_eq!(&counted(&other, &options), &answer);
        prop_assert_eq!(answer.converted + answer.pending + answer.lost, answer.entered);
        prop_assert!(answer.steps.windows(2).all(|pair| pair[0].users >= pair[1].users));
        for (at, step) in answer.steps.iter().enumerate() {
            prop_assert_eq!(answer.breakdown.iter().map(|own| own.steps[at].users).sum::<u64>(), step.users);
        }
        prop_assert_eq!(answer.breakdown.iter().map(|own| own.pending).sum::<u64>(), answer.pending);
        prop_assert_eq!(answer.breakdown.iter().map(|own| own.lost).sum::<u64>(), answer.lost);
    }
}
