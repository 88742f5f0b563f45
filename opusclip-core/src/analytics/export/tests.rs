use super::*;
use crate::analytics::table::{TableOptions, read_table, read_table_from};
use crate::analytics::{Clock, Collector, CollectorOptions, HistoryQuery, MetricType, RetentionTier};

const NOW: f64 = 1_700_000_000.0;

fn collector() -> Collector {
    let retention = vec![RetentionTier { resolution: 3600, keep: 30 * 86_400 }];
    let options = CollectorOptions { retention, ..CollectorOptions::default() };
    let collector = Collector::with_clock(options, Clock::fixed(NOW)).unwrap();
    for age in 0..200 {
        let (time, value) = (NOW - f64::from(age) * 3600.0, f64::from(age % 7));
        let labels = [("host", "a,\"b\""), ("zone", "1")];
        collector.record_at("latency", value, &labels, time, None).unwrap();
        collector.record_at("jobs", 2.0, &[], time, Some(MetricType::Counter)).unwrap();
        collector.distinct("people", &[]).unwrap().add_at(&format!("user-{}", age % 5), time).unwrap();
    }
    collector
}

fn formats() -> Vec<HistoryFormat> {
    vec![
        HistoryFormat::Csv,
        HistoryFormat::Json,
        #[cfg(feature = "parquet")]
        HistoryFormat::Parquet,
    ]
}

/// What is written is what the library's own reader finds there.
#[test]
fn tables_are_read_back() {
    let history = collector().history(&HistoryQuery::default()).unwrap();
    assert!(history.len() > 500);
    for format in formats() {
        let bytes = history.to_bytes(format).unwrap();
        let table = read_table_from(&bytes[..], &TableOptions::default()).unwrap();
        assert_eq!((table.rows, table.bad_rows), (history.len(), 0), "{format:?}");
        let starts = table.times("start").unwrap();
        assert!(starts.iter().zip(&history.start).all(|(a, b)| *a == *b as f64), "{format:?}");
        assert_eq!(table.numbers("count").unwrap(), history.count, "{format:?}");
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        for (name, column) in history.figures() {
            assert!(table.numbers(name).unwrap().iter().zip(column).all(same), "{format:?} {name}");
        }
        let metrics: Vec<_> = table.strings("metric").unwrap().map(Option::unwrap).collect();
        assert_eq!(metrics.iter().filter(|metric| *metric == "people").count(), metrics.len() / 3, "{format:?}");
    }
}

#[test]
fn labels_keep_whatever_characters_they_have() {
    let query = HistoryQuery { metric: Some("latency".into()), ..HistoryQuery::default() };
    let history = collector().history(&query).unwrap();
    for format in formats() {
        let bytes = history.to_bytes(format).unwrap();
        let table = read_table_from(&bytes[..], &TableOptions::default()).unwrap();
        let first = |column: &str| table.strings(column).unwrap().next().unwrap().unwrap().into_owned();
        if format == HistoryFormat::Csv {
            let labels: serde_json::Value = serde_json::from_str(&first("labels")).unwrap();
            assert_eq!(labels, serde_json::json!({"host": "a,\"b\"", "zone": "1"}));
        } else {
            assert_eq!((first("labels.host"), first("labels.zone")), ("a,\"b\"".into(), "1".into()), "{format:?}");
        }
    }
}

#[test]
fn a_query_takes_a_part() {
    let collector = collector();
    let query = |start, end| HistoryQuery { metric: Some("jobs".into()), start, end, ..HistoryQuery::default() };
    let all = collector.history(&query(None, None)).unwrap();
    let (before, after) = (query(None, Some(NOW - 90_000.0)), query(Some(NOW - 90_000.0), None));
    let (before, after) = (collector.history(&before).unwrap(), collector.history(&after).unwrap());
    assert!(!before.is_empty() && !after.is_empty());
    assert_eq!([&before.start[..], &after.start[..]].concat(), all.start);
    assert_eq!(all.count.iter().sum::<f64>(), 400.0);
    let error = collector.history(&HistoryQuery { metric: Some("job".into()), ..query(None, None) }).unwrap_err();
    assert!(error.hint_text().unwrap().contains("jobs"), "{error}");
}

#[test]
fn what_is_spilled_is_in_one_place_only() {
    let folder = tempfile::tempdir().unwrap();
    for format in formats() {
        let collector = collector();
        let before = collector.history(&HistoryQuery::default()).unwrap();
        let file = collector.spill(folder.path(), format, None).unwrap().unwrap();
        let after = collector.history(&HistoryQuery::default()).unwrap();
        let table = read_table(&file, &TableOptions::default()).unwrap();
        assert_eq!(table.rows + after.len(), before.len());
        let spilled: f64 = table.numbers("count").unwrap().iter().sum();
        assert_eq!(spilled + after.count.iter().sum::<f64>(), before.count.iter().sum::<f64>());
        // Windows have all they had; there is nothing to move any more.
        assert_eq!(collector.window("jobs", &[], "24h", None).unwrap().sum, 48.0);
        assert_eq!(collector.spill(folder.path(), format, None).unwrap(), None);
        // What comes late is moved with the next.
        collector.record_at("jobs", 5.0, &[], NOW - 100_000.0, None).unwrap();
        let second = collector.spill(folder.path(), format, None).unwrap().unwrap();
        assert_eq!(read_table(second, &TableOptions::default()).unwrap().rows, 1);
    }
}

#[test]
fn nothing_is_forgotten_where_a_spill_fails() {
    let collector = collector();
    let before = collector.snapshot().unwrap();
    let error = collector.spill("/there/is/no/such/folder", HistoryFormat::Csv, None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::OutputUnwritable);
    assert_eq!(collector.snapshot().unwrap(), before);
}

#[test]
fn the_ending_says_the_format() {
    assert_eq!(HistoryFormat::of("a/b.CSV").unwrap(), HistoryFormat::Csv);
    assert_eq!(HistoryFormat::of("b.jsonl").unwrap(), HistoryFormat::Json);
    assert_eq!(HistoryFormat::of("b.xlsx").unwrap_err().code(), ErrorCode::ConfigInvalid);
}

#[cfg(feature = "otlp")]
mod otlp {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;

    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
    use prost::Message as _;

    use super::*;

    fn decoded(body: &[u8]) -> Vec<(String, Data)> {
        let mut request = ExportMetricsServiceRequest::decode(body).unwrap();
        let metrics = request.resource_metrics.remove(0).scope_metrics.remove(0).metrics;
        metrics.into_iter().map(|metric| (metric.name, metric.data.unwrap())).collect()
    }

    #[test]
    fn each_kind_of_metric_is_told_as_its_own() {
        let collector = collector();
        collector.gauge("queue", &[]).unwrap().record(3.5).unwrap();
        let body = collector.otlp(&[("service.name".to_owned(), "clips".to_owned())].into(), "24h", None).unwrap();
        let metrics = decoded(&body);
        let names: Vec<&str> = metrics.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["jobs", "latency", "people", "queue"]);
        let Data::Sum(jobs) = &metrics[0].1 else { panic!("a counter is a sum") };
        assert_eq!((jobs.is_monotonic, jobs.data_points[0].value), (true, Some(Value::AsDouble(400.0))));
        assert_eq!(jobs.data_points[0].time_unix_nano, 1_700_000_000_000_000_000);
        let Data::Summary(latency) = &metrics[1].1 else { panic!("a histogram is a summary") };
        assert_eq!((latency.data_points[0].count, latency.data_points[0].quantile_values.len()), (200, 4));
        assert_eq!(latency.data_points[0].attributes.len(), 2);
        let Data::Gauge(people) = &metrics[2].1 else { panic!("members are a gauge") };
        assert_eq!(people.data_points[0].value, Some(Value::AsDouble(5.0)));
    }

    /// One answer for one request, which it gives back.
    fn receiver(status: &'static str) -> (String, std::thread::JoinHandle<(String, Vec<u8>)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/metrics", listener.local_addr().unwrap());
        let answer = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(&stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).unwrap();
            }
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap()];
            reader.read_exact(&mut body).unwrap();
            (&stream).write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).unwrap();
            (head, body)
        });
        (url, answer)
    }

    #[test]
    fn metrics_are_posted_to_a_receiver() {
        let (url, answer) = receiver("200 OK");
        let headers = [("Authorization".to_owned(), "Bearer x".to_owned())].into();
        collector().push_otlp(&OtlpTarget { url, headers, ..OtlpTarget::default() }, None).unwrap();
        let (head, body) = answer.join().unwrap();
        let head = head.to_lowercase();
        assert!(head.starts_with("post /v1/metrics http/1.1"), "{head}");
        assert!(head.contains("content-type: application/x-protobuf") && head.contains("authorization: bearer x"));
        assert_eq!(decoded(&body).len(), 3);
    }

    #[test]
    fn a_refusal_and_nobody_there_are_errors() {
        let (url, answer) = receiver("503 Service Unavailable");
        let error = collector().push_otlp(&OtlpTarget { url: url.clone(), ..OtlpTarget::default() }, None).unwrap_err();
        answer.join().unwrap();
        assert_eq!((error.code(), error.hint_text()), (ErrorCode::ExportFailed, Some("try again later")));
        let error = collector().push_otlp(&OtlpTarget { url, ..OtlpTarget::default() }, None).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ExportFailed);
        let target = OtlpTarget { timeout: 0.0, ..OtlpTarget::default() };
        assert_eq!(collector().push_otlp(&target, None).unwrap_err().code(), ErrorCode::ConfigOutOfRange);
    }
}
