//! A fuzz target of snapshots. As a test it runs over random input; `cargo bolero test -p opusclip-core
//! --no-default-features -F analytics analytics::collect::tests::fuzz::snapshot` lets a fuzzer look for more.

use super::*;

/// Mark, version and checksum.
const HEAD: usize = 8 + 4 + 32;

fn sample() -> Vec<u8> {
    let collector = collector();
    for age in 0..40 {
        collector.record_at("latency", f64::from(age), &[("host", "a")], NOW - f64::from(age * age), None).unwrap();
    }
    collector.counter("jobs", &[("kind", "clip")]).unwrap().add(3.0).unwrap();
    collector.gauge("depth", &[]).unwrap().record(-1.5).unwrap();
    collector.distinct("people", &[]).unwrap().add("anna").unwrap();
    collector.snapshot().unwrap()
}

/// Bytes whose checksum is right, so that what is behind it is read.
fn sealed(body: &[u8]) -> Vec<u8> {
    let whole = sample();
    let mut bytes = whole[..HEAD - 32].to_vec();
    bytes.extend(blake3::hash(body).as_bytes());
    bytes.extend(body);
    bytes
}

/// Whatever the bytes: refused as a snapshot, or a collector whose own snapshot can be read.
fn check(bytes: &[u8]) {
    match Collector::restore(bytes, Clock::fixed(NOW)) {
        Err(error) => assert!(
            matches!(error.code(), ErrorCode::SnapshotInvalid | ErrorCode::MetricInvalid | ErrorCode::LimitExceeded),
            "{error}"
        ),
        Ok(collector) => {
            let again = collector.snapshot().unwrap();
            assert!(Collector::restore(&again, Clock::fixed(NOW)).is_ok());
            for metric in collector.metrics() {
                collector.windows(&metric.name, &[], None).unwrap();
            }
            for window in collector.options().time_windows.keys() {
                collector.exposition(Exposition::OpenMetrics, window, None).unwrap();
            }
            collector.history(&HistoryQuery::default()).unwrap();
        }
    }
}

#[test]
fn snapshot() {
    let whole = sample();
    check(&whole);
    bolero::check!().with_iterations(2000).with_type::<(Vec<u8>, Vec<(u16, u8)>, u16)>().for_each(
        |(random, edits, length)| {
            check(random);
            check(&sealed(random));
            // A snapshot with some bytes changed and its end cut off, as it would be after a mistake in writing it.
            let mut body = whole[HEAD..].to_vec();
            for (at, byte) in edits {
                let at = usize::from(*at) % body.len();
                body[at] = *byte;
            }
            check(&sealed(&body));
            body.truncate(usize::from(*length) % (body.len() + 1));
            check(&sealed(&body));
            let mut damaged = whole.clone();
            for (at, byte) in edits {
                let at = usize::from(*at) % damaged.len();
                damaged[at] ^= byte;
            }
            let same = damaged == whole;
            assert_eq!(Collector::restore(&damaged, Clock::fixed(NOW)).is_ok(), same);
        },
    );
}
