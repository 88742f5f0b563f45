mod exposition;
mod fuzz;
mod killed;

use super::*;
use proptest::prelude::*;

const NOW: f64 = 1_700_000_000.0;

fn collector() -> Collector {
    Collector::with_clock(CollectorOptions::default(), Clock::fixed(NOW)).unwrap()
}

/// The order statistic that the sketch stands for.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[(share * (sorted.len() - 1) as f64).floor() as usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A window is what an exact count of its observations says, wherever they lie and in whatever order they come.
    #[test]
    fn windows_are_what_an_exact_count_says(rows in prop::collection::vec((0.0_f64..4000.0, -50.0_f64..1000.0), 1..300)) {
        let collector = collector();
        for (age, value) in &rows {
            collector.record_at("latency", *value, &[], NOW - age, None).unwrap();
        }
        for stats in collector.windows("latency", &[], None).unwrap() {
            let seconds = f64::from(collector.window_seconds(&stats.window).unwrap());
            // To the slot: a sixtieth of the window.
            let surely: Vec<f64> = rows.iter().filter(|(age, _)| *age < seconds * 59.0 / 60.0 - 1.0).map(|row| row.1).collect();
            let perhaps = rows.iter().filter(|(age, _)| *age <= seconds).count();
            prop_assert!(stats.count >= surely.len() as f64 && stats.count <= perhaps as f64, "{stats:?}");
        }
        let all = collector.window("latency", &[], "24h", None).unwrap();
        let mut sorted: Vec<f64> = rows.iter().map(|row| row.1).collect();
        sorted.sort_by(f64::total_cmp);
        prop_assert_eq!(all.count as usize, sorted.len());
        prop_assert_eq!((all.min, all.max), (Some(sorted[0]), sorted.last().copied()));
        prop_assert!((all.sum - sorted.iter().sum::<f64>()).abs() < 1e-6);
        for (found, share) in [(all.p50, 0.5), (all.p90, 0.9), (all.p95, 0.95), (all.p99, 0.99)] {
            let exact = quantile(&sorted, share);
            prop_assert!((found.unwrap() - exact).abs() <= 0.01 * exact.abs() + 1e-9);
        }
    }
}

#[test]
fn a_value_each_second_fills_a_window_exactly() {
    let collector = collector();
    (0..7200).for_each(|age| collector.record_at("beat", 1.0, &[], NOW - f64::from(age), None).unwrap());
    let counts: Vec<f64> = collector.windows("beat", &[], None).unwrap().iter().map(|stats| stats.count).collect();
    assert_eq!(counts[0], 60.0);
    assert!((295.0..=300.0).contains(&counts[1]) && (885.0..=900.0).contains(&counts[2]), "{counts:?}");
    assert!((3540.0..=3600.0).contains(&counts[3]) && counts[4] == 7200.0, "{counts:?}");
}

#[test]
fn counters_rise_by_what_was_added_whoever_added_it() {
    let collector = collector();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let (counter, latency) =
                (collector.counter("jobs", &[]).unwrap(), collector.histogram("latency", &[]).unwrap());
            std::thread::spawn(move || {
                for number in 0..20_000 {
                    counter.inc();
                    counter.add(0.5).unwrap();
                    latency.record(f64::from(thread * number % 100 + 1)).unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let jobs = collector.window("jobs", &[], "1m", None).unwrap();
    assert_eq!((jobs.sum, jobs.rate, jobs.mean), (240_000.0, 4_000.0, None));
    assert_eq!(collector.counter("jobs", &[]).unwrap().total(), 240_000.0);
    assert_eq!(collector.window("latency", &[], "1m", None).unwrap().count, 160_000.0);
}

#[test]
fn an_outside_counter_that_was_reset_counts_from_zero() {
    let collector = collector();
    let bytes = collector.counter("bytes", &[]).unwrap();
    for (at, total) in [1000.0, 1500.0, 1600.0, 20.0, 50.0].into_iter().enumerate() {
        bytes.follow(total, NOW - 10.0 + at as f64).unwrap();
    }
    // 500 + 100, then 20 and 30 after the reset.
    assert_eq!(bytes.total(), 650.0);
    assert_eq!(bytes.follow(f64::NAN, NOW).unwrap_err().code(), ErrorCode::MetricInvalid);
}

#[test]
fn what_cannot_be_recorded_is_an_error_and_counted() {
    let collector = collector();
    let counter = collector.counter("hits", &[]).unwrap();
    let refused = |result: Result<()>| {
        let error = result.unwrap_err();
        assert_eq!(error.code(), ErrorCode::MetricInvalid);
        error.field_name().unwrap_or_default().to_owned()
    };
    assert_eq!(refused(counter.add(-1.0)), "value");
    assert_eq!(refused(collector.record("load", f64::NAN, &[])), "value");
    assert_eq!(refused(collector.record("load", f64::INFINITY, &[])), "value");
    assert_eq!(refused(collector.record_at("load", 1.0, &[], NOW + 86_401.0, None)), "timestamp");
    assert_eq!(refused(collector.record_at("load", 1.0, &[], f64::NAN, None)), "timestamp");
    collector.record("load", 1.0, &[]).unwrap();
    assert_eq!(refused(collector.record_at("load", 1.0, &[], NOW - 90_000.0, None)), "timestamp");
    assert_eq!(refused(collector.record("", 1.0, &[])), "name");
    assert_eq!(refused(collector.record("load", 1.0, &[("", "x")])), "labels.");
    assert_eq!(refused(collector.record("load", 1.0, &[("a", "x"), ("a", "y")])), "labels.a");
    assert_eq!(refused(collector.record_at("hits", 1.0, &[], NOW, Some(MetricType::Gauge))), "metric_type");
    let dropped: Vec<(DropReason, u64)> = collector.drops().iter().map(|drop| (drop.reason, drop.count)).collect();
    let expected =
        [(DropReason::Negative, 1), (DropReason::NotFinite, 2), (DropReason::TooOld, 1), (DropReason::TooFarAhead, 2)];
    assert_eq!(dropped, expected);
}

#[test]
fn batches_count_what_they_leave_out() {
    let collector = collector();
    let outcome =
        collector.record_many("size", &[1.0, f64::NAN, 3.0], Some(&[NOW, NOW, NOW - 1.0]), &[], None).unwrap();
    assert_eq!(outcome, BatchOutcome { recorded: 2, dropped: 1 });
    assert!(collector.record_many("size", &[1.0], Some(&[]), &[], None).is_err());
}

#[test]
fn labels_find_their_series_in_any_order_and_add_up() {
    let collector = collector();
    collector.record("latency", 10.0, &[("host", "a"), ("path", "/x")]).unwrap();
    collector.record("latency", 20.0, &[("path", "/x"), ("host", "a")]).unwrap();
    collector.record("latency", 60.0, &[("path", "/x"), ("host", "b\n\"\u{1F600}")]).unwrap();
    let stats = |labels: &[(&str, &str)]| {
        let stats = collector.window("latency", labels, "1m", None).unwrap();
        (stats.series, stats.count, stats.mean)
    };
    assert_eq!(stats(&[("host", "a")]), (1, 2.0, Some(15.0)));
    assert_eq!(stats(&[("path", "/x")]), (2, 3.0, Some(30.0)));
    assert_eq!(stats(&[]), (2, 3.0, Some(30.0)));
}

#[test]
fn labels_beyond_the_limit_go_into_one_series_and_are_counted() {
    let options = CollectorOptions { max_series_per_metric: 3, ..CollectorOptions::default() };
    let collector = Collector::with_clock(options, Clock::fixed(NOW)).unwrap();
    (0..10).for_each(|user| collector.record("visits", 1.0, &[("user", &user.to_string())]).unwrap());
    assert_eq!(collector.window("visits", &[], "1m", None).unwrap().count, 10.0);
    assert_eq!(collector.window("visits", &[("overflow", "true")], "1m", None).unwrap().count, 7.0);
    assert_eq!(collector.metrics()[0].series, 3);
    let dropped = collector.drops();
    assert_eq!((dropped[0].reason, dropped[0].count), (DropReason::TooManySeries, 7));
}

#[test]
fn an_unknown_name_says_what_there_is() {
    let collector = collector();
    collector.record("response_time", 1.0, &[("host", "a")]).unwrap();
    let error = collector.window("respose_time", &[], "1m", None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::MetricUnknown);
    assert_eq!(error.hint_text(), Some("did you mean `response_time`? there are response_time"));
    let error = collector.window("response_time", &[("host", "b")], "1m", None).unwrap_err();
    assert!(error.hint_text().unwrap().contains("response_time{host=\"a\"}"), "{error}");
    let error = collector.window("response_time", &[], "2h", None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::WindowUnknown);
    assert!(error.hint_text().unwrap().contains("24h"), "{error}");
}

#[test]
fn single_observations_are_kept_while_there_is_room() {
    let options = CollectorOptions { max_buffer_size: 256, ..CollectorOptions::default() };
    let collector = Collector::with_clock(options, Clock::fixed(NOW)).unwrap();
    (0..100).for_each(|at| collector.record_at("load", f64::from(at), &[], NOW - 100.0 + f64::from(at), None).unwrap());
    let samples = collector.samples("load", &[], "5m", None).unwrap();
    assert_eq!((samples.len(), samples.values()[99]), (100, 99.0));
    (0..100).for_each(|at| collector.record_at("load", f64::from(at), &[], NOW - 50.0, None).unwrap());
    // More than fits: means of slots instead.
    let samples = collector.samples("load", &[], "5m", None).unwrap();
    assert!(samples.len() < 100 && samples.values().iter().all(|value| (0.0..100.0).contains(value)));
}

#[test]
fn an_idle_series_takes_less_than_4_kb_and_one_of_a_busy_day_less_than_64() {
    let options = CollectorOptions { max_buffer_size: 0, ..CollectorOptions::default() };
    let collector = Collector::with_clock(options, Clock::fixed(NOW)).unwrap();
    collector.record("idle", 1.0, &[]).unwrap();
    // A million latencies of a day, log-normal: exp of the sum of twelve uniforms is near enough.
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    for at in 0..1_000_000 {
        let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let value = 50.0 * (0.5 * normal).exp();
        collector.record_at("busy", value, &[], NOW - 86_399.0 + f64::from(at) * 0.0864, None).unwrap();
    }
    let bytes = |name: &str| match &collector.0.registry.find(name, &[]).unwrap().state {
        State::Distribution(distribution) => distribution.bytes(),
        State::Counter(_) | State::Distinct(_) => 0,
    };
    assert!(bytes("idle") < 4_000, "{}", bytes("idle"));
    assert!(bytes("busy") < 64_000, "{}", bytes("busy"));
    let day = collector.window("busy", &[], "24h", None).unwrap();
    // The median of a log-normal is that of its normal.
    assert!((day.p50.unwrap() / 50.0 - 1.0).abs() < 0.015, "{day:?}");
    assert!((day.p99.unwrap() / (50.0 * (0.5_f64 * 2.326).exp()) - 1.0).abs() < 0.05, "{day:?}");
}

#[test]
fn options_are_checked_when_they_are_built() {
    let field = |options: CollectorOptions| Collector::new(options).unwrap_err().field_name().map(str::to_owned);
    let default = CollectorOptions::default;
    assert_eq!(field(CollectorOptions { relative_error: f64::NAN, ..default() }).as_deref(), Some("relative_error"));
    assert_eq!(
        field(CollectorOptions { time_windows: [("x".into(), 0)].into(), ..default() }).as_deref(),
        Some("time_windows")
    );
    assert_eq!(field(CollectorOptions { max_ahead: -1.0, ..default() }).as_deref(), Some("max_ahead"));
    assert_eq!(field(CollectorOptions { max_series: 0, ..default() }).as_deref(), Some("max_series"));
}

#[test]
fn text_formats_are_as_their_specifications_say() {
    let collector = collector();
    collector.counter("http.requests_total", &[("path", "/a\"b\\c\nd"), ("1st", "x")]).unwrap().add(2.5).unwrap();
    collector.gauge("load", &[]).unwrap().record(0.25).unwrap();
    let latency = collector.histogram("latency", &[("host", "a")]).unwrap();
    (1..=100).for_each(|value| latency.record(f64::from(value)).unwrap());
    let text = collector.exposition(Exposition::Prometheus, "1m", None).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "# TYPE http_requests_total counter");
    assert_eq!(lines[1], r#"http_requests_total{_1st="x",path="/a\"b\\c\nd"} 2.5"#);
    assert_eq!(lines[2], "# TYPE latency summary");
    assert!(lines[3].starts_with(r#"latency{host="a",quantile="0.5"} "#), "{text}");
    assert_eq!(lines[7..10], [r#"latency_sum{host="a"} 5050"#, r#"latency_count{host="a"} 100"#, "# TYPE load gauge"]);
    assert_eq!(lines[10], "load 0.25");
    let text = collector.exposition(Exposition::OpenMetrics, "1m", None).unwrap();
    assert!(text.starts_with("# TYPE http_requests counter\nhttp_requests_total{"), "{text}");
    assert!(text.ends_with("load 0.25\n# EOF\n"), "{text}");
}

#[test]
fn names_that_only_differ_in_characters_the_format_lacks_stay_apart() {
    let collector = collector();
    collector.gauge("a.b", &[]).unwrap().record(1.0).unwrap();
    collector.gauge("a-b", &[]).unwrap().record(2.0).unwrap();
    let text = collector.exposition(Exposition::Prometheus, "1m", None).unwrap();
    assert_eq!(text, "# TYPE a_b gauge\na_b 2\n# TYPE a_b_2 gauge\na_b_2 1\n");
}

#[test]
fn observations_of_the_same_moment_are_all_there() {
    let collector = collector();
    (0..20).for_each(|value| collector.record("load", f64::from(value), &[]).unwrap());
    let samples = collector.samples("load", &[], "1m", None).unwrap();
    assert_eq!(samples.values(), (0..20).map(f64::from).collect::<Vec<_>>());
    assert!(samples.times().iter().all(|time| (time - NOW).abs() < 0.001));
}

/// A collector with whole numbers, whose sums are exact, so that the order of adding does not show.
fn filled(seed: u32, series: u32) -> Collector {
    let collector = collector();
    for at in 0..500_u32 {
        let number = at.wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(97_531)) >> 8;
        let (age, value) = (f64::from(number % 80_000), f64::from(number % 1000));
        let label = (number % series).to_string();
        collector.record_at("latency", value, &[("host", &label)], NOW - age, None).unwrap();
        collector.record_at("jobs", value, &[], NOW - age, Some(MetricType::Counter)).unwrap();
        collector.record_at("queue", value, &[], NOW - age, Some(MetricType::Gauge)).unwrap();
        collector.distinct("people", &[]).unwrap().add_at(&format!("{value}"), NOW - age).unwrap();
    }
    collector
}

fn all_windows(collector: &Collector) -> Vec<WindowStats> {
    ["jobs", "latency", "people", "queue"].iter().flat_map(|name| collector.windows(name, &[], None).unwrap()).collect()
}

#[test]
fn a_snapshot_restores_all_of_it() {
    let one = filled(1, 3);
    let two = Collector::restore(&one.snapshot().unwrap(), Clock::fixed(NOW)).unwrap();
    assert_eq!(all_windows(&one), all_windows(&two));
    assert_eq!(one.metrics(), two.metrics());
    assert_eq!(one.snapshot().unwrap(), two.snapshot().unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn snapshots_merge_in_any_order_and_grouping(a in 0_u32..1000, b in 0_u32..1000, c in 0_u32..1000) {
        let [a, b, c] = [a, b, c].map(|seed| filled(seed, 2 + seed % 3).snapshot().unwrap());
        let sum = |parts: &[&[u8]]| {
            let whole = collector();
            parts.iter().for_each(|part| whole.merge(part).unwrap());
            whole
        };
        let left = sum(&[&sum(&[&a, &b]).snapshot().unwrap(), &c]);
        let right = sum(&[&a, &sum(&[&c, &b]).snapshot().unwrap()]);
        prop_assert_eq!(all_windows(&left), all_windows(&right));
        prop_assert_eq!(left.window("jobs", &[], "24h", None).unwrap().sum, right.window("jobs", &[], "24h", None).unwrap().sum);
    }

    #[test]
    fn damaged_snapshots_are_refused(at in 0_usize..10_000, byte in 1_u8..=255, end in 0_usize..10_000) {
        let mut bytes = filled(5, 2).snapshot().unwrap();
        let (at, end) = (at % bytes.len(), end % bytes.len());
        prop_assert_eq!(Collector::restore(&bytes[..end], Clock::fixed(NOW)).unwrap_err().code(), ErrorCode::SnapshotInvalid);
        bytes[at] ^= byte;
        prop_assert_eq!(Collector::restore(&bytes, Clock::fixed(NOW)).unwrap_err().code(), ErrorCode::SnapshotInvalid);
    }
}

#[test]
fn a_newer_snapshot_is_refused_with_both_versions() {
    let mut bytes = filled(1, 2).snapshot().unwrap();
    bytes[8] = 9;
    let error = Collector::restore(&bytes, Clock::fixed(NOW)).unwrap_err();
    assert!(error.message().contains("version 9") && error.message().contains("version 2"), "{error}");
}

#[test]
fn saving_leaves_the_last_good_file_where_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.bin");
    filled(1, 2).save(&path).unwrap();
    assert_eq!(all_windows(&Collector::load(&path, Clock::fixed(NOW)).unwrap()), all_windows(&filled(1, 2)));
    let error = filled(2, 2).save(folder.path().join("none").join("metrics.bin")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::OutputUnwritable);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(
        Collector::load(folder.path().join("other"), Clock::fixed(NOW)).unwrap_err().code(),
        ErrorCode::SnapshotInvalid
    );
}

#[test]
fn distinct_members_are_counted_once_across_series_slots_and_machines() {
    let collector = collector();
    for (country, members) in [("at", 0..1000), ("de", 500..1500)] {
        let visitors = collector.distinct("visitors", &[("country", country)]).unwrap();
        for member in members {
            visitors.add_at(&format!("user-{member}"), NOW - f64::from(member % 3000)).unwrap();
        }
    }
    assert_eq!(collector.window("visitors", &[], "1h", None).unwrap().distinct, Some(1500.0));
    assert_eq!(collector.window("visitors", &[("country", "at")], "1h", None).unwrap().count, 1000.0);
    // Those 500 to 559 and the ones up to 59 were here within the last minute.
    assert_eq!(collector.window("visitors", &[("country", "at")], "1m", None).unwrap().distinct, Some(60.0));
    let other = Collector::with_clock(CollectorOptions::default(), Clock::fixed(NOW)).unwrap();
    other.distinct("visitors", &[]).unwrap().add("user-1").unwrap();
    other.distinct("visitors", &[]).unwrap().add("user-9999").unwrap();
    other.merge(&collector.snapshot().unwrap()).unwrap();
    assert_eq!(other.window("visitors", &[], "1h", None).unwrap().distinct, Some(1501.0));
    let text = other.exposition(Exposition::Prometheus, "1h", None).unwrap();
    assert!(text.starts_with("# TYPE visitors gauge\nvisitors 2\n"), "{text}");
}

#[test]
fn members_are_no_numbers() {
    let collector = collector();
    collector.distinct("visitors", &[]).unwrap().add("anna").unwrap();
    let error = collector.record("visitors", 3.0, &[]).unwrap_err();
    assert!(error.message().contains("distinct members"), "{error}");
    let error = collector.record_many("visitors", &[1.0], None, &[], None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::MetricInvalid);
    assert!(collector.distinct("visitors", &[]).unwrap().add("").is_err());
    assert_eq!(
        collector.distinct("latency", &[]).and(collector.histogram("latency", &[])).unwrap_err().code(),
        ErrorCode::MetricInvalid
    );
    assert_eq!(collector.window("visitors", &[], "1m", None).unwrap().distinct, Some(1.0));
}

#[test]
fn a_batch_is_recorded_as_if_one_by_one() {
    let values: Vec<f64> = (0..10_000).map(|at| if at % 1000 == 7 { f64::NAN } else { f64::from(at % 97) }).collect();
    let times: Vec<f64> = (0..10_000).map(|at| NOW - f64::from(at * 13 % 100_000)).collect();
    for times in [None, Some(&times[..])] {
        let (one, all) = (collector(), collector());
        for (at, value) in values.iter().enumerate() {
            let time = times.map_or(NOW, |times| times[at]);
            let _ = one.record_at("latency", *value, &[], time, None);
        }
        let outcome = all.record_many("latency", &values, times, &[], None).unwrap();
        assert_eq!(one.windows("latency", &[], None).unwrap(), all.windows("latency", &[], None).unwrap());
        assert_eq!(one.drops(), all.drops());
        assert_eq!(outcome.dropped, all.drops().iter().map(|drop| drop.count).sum::<u64>());
        assert_eq!(outcome.recorded + outcome.dropped, 10_000);
    }
}

#[test]
fn retention_keeps_what_no_window_reaches() {
    let retention = vec![RetentionTier { resolution: 3600, keep: 30 * 86_400 }];
    let options = CollectorOptions { retention, ..CollectorOptions::default() };
    let collector = Collector::with_clock(options, Clock::fixed(NOW)).unwrap();
    collector.record_at("latency", 5.0, &[], NOW - 20.0 * 86_400.0, None).unwrap();
    collector.record_at("latency", 7.0, &[], NOW, None).unwrap();
    assert!(collector.record_at("latency", 5.0, &[], NOW - 31.0 * 86_400.0, None).is_err());
    assert_eq!(collector.window("latency", &[], "24h", None).unwrap().count, 1.0);
    let again = Collector::restore(&collector.snapshot().unwrap(), Clock::fixed(NOW)).unwrap();
    assert_eq!(again.snapshot().unwrap(), collector.snapshot().unwrap());
    let refused = |resolution, keep| {
        let retention = vec![RetentionTier { resolution, keep }];
        Collector::new(CollectorOptions { retention, ..CollectorOptions::default() }).unwrap_err()
    };
    // Not longer than a window; no multiple of the 1200 s before; a slot that is longer than all that is kept.
    for error in [refused(3600, 86_400), refused(1000, 1_000_000), refused(240_000, 120_000)] {
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("retention[0]")));
        assert!(error.to_string().contains("1200"), "{error}");
    }
}

#[test]
fn nothing_is_lost_while_threads_come_go_and_ask() {
    let clock = Clock::fixed(NOW);
    let collector = Collector::with_clock(CollectorOptions::default(), clock.clone()).unwrap();
    let jobs = collector.counter("jobs", &[]).unwrap();
    for round in 0..4 {
        std::thread::scope(|scope| {
            for _ in 0..24 {
                scope.spawn(|| (0..2000).for_each(|at| jobs.add(if at % 4 == 0 { 0.5 } else { 2.0 }).unwrap()));
            }
            scope.spawn(|| {
                for second in 0..50 {
                    clock.set(NOW + f64::from(round * 50 + second));
                    assert!(jobs.total() <= 4.0 * 24.0 * 3250.0);
                    collector.window("jobs", &[], "1h", None).unwrap();
                }
            });
        });
    }
    assert_eq!(jobs.total(), 4.0 * 24.0 * 3250.0);
    assert_eq!(collector.window("jobs", &[], "1h", None).unwrap().sum, 4.0 * 24.0 * 3250.0);
}

#[test]
fn names_that_lines_need_are_kept_apart() {
    let collector = collector();
    collector.histogram("x", &[("quantile", "mine"), ("a-b", "1"), ("a.b", "2")]).unwrap().record(1.0).unwrap();
    collector.counter("x_sum", &[]).unwrap().add(5.0).unwrap();
    collector.counter("_total", &[]).unwrap().add(6.0).unwrap();
    let text = collector.exposition(Exposition::OpenMetrics, "1m", None).unwrap();
    assert!(text.contains("_total_total 6\n") && text.contains("\nx_sum_2_total 5\n"), "{text}");
    assert!(text.contains("x_sum{a_b=\"1\",a_b_2=\"2\",quantile_2=\"mine\"} 1\n"), "{text}");
    assert!(text.contains("x{a_b=\"1\",a_b_2=\"2\",quantile_2=\"mine\",quantile=\"0.5\"} "), "{text}");
}

#[test]
fn quiet_seconds_of_a_counter_count() {
    let collector = collector();
    let jobs = |host: &str| collector.counter("jobs", &[("host", host)]).unwrap();
    // Every third second of two minutes, and another series that went quiet a minute ago.
    (0..40).for_each(|at| jobs("a").add_at(3.0, NOW - 3.0 * f64::from(at)).unwrap());
    (60..120).for_each(|age| jobs("b").add_at(2.0, NOW - f64::from(age)).unwrap());
    let hour = collector.samples("jobs", &[], "1h", None).unwrap();
    // A slot of five seconds lies across the border of two minutes.
    let [.., before, last] = hour.values() else { panic!("{hour:?}") };
    assert!((before - 3.0).abs() <= 0.05 && (last - 1.0).abs() <= 0.05, "{hour:?}");
    assert!((hour.values().iter().sum::<f64>() - 4.0).abs() < 1e-9, "{hour:?}");
    let minute = collector.samples("jobs", &[("host", "a")], "1m", None).unwrap();
    assert!(minute.len() == 60 && (minute.values().iter().sum::<f64>() - 60.0).abs() <= 3.0, "{minute:?}");
    assert_eq!(minute.values().iter().filter(|rate| **rate == 0.0).count(), 40);
    // Nothing since: it is still known, at 0.
    let later = collector.samples("jobs", &[], "5m", Some(NOW + 3600.0)).unwrap();
    assert_eq!(later.values(), [0.0; 60]);
    let people = collector.distinct("people", &[]).unwrap();
    people.add_at("anna", NOW - 200.0).unwrap();
    people.add_at("ben", NOW - 200.0).unwrap();
    people.add_at("anna", NOW).unwrap();
    assert_eq!(collector.samples("people", &[], "5m", None).unwrap().values().iter().sum::<f64>(), 3.0);
}

#[test]
fn a_steady_counter_has_a_steady_rate_whatever_the_length_of_its_slots() {
    for later in [0, 7, 300, 1199] {
        let end = NOW + f64::from(later);
        let collector = Collector::with_clock(CollectorOptions::default(), Clock::fixed(end)).unwrap();
        for second in (0..10_000).rev() {
            collector.counter("jobs", &[]).unwrap().add_at(3.0, end - f64::from(second)).unwrap();
        }
        for window in ["1m", "5m", "15m", "1h"] {
            let rates = collector.samples("jobs", &[], window, None).unwrap();
            let off = rates.values().iter().map(|rate| (rate - 3.0).abs()).fold(0.0, f64::max);
            assert!(rates.len() == 60 && off < 1e-9, "{later}, {window}: {:?}", rates.values());
        }
    }
}
