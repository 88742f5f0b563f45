//! What it costs to record and to ask, beside the crates that people record with today, in the same run.
//!
//! The last line has the figures as `key=value`. One line each: nanoseconds per observation of one thread, and of two at once (wall time by all observations), the
//! least of several runs. The limits are the processor's: an addition that other threads may see takes some 2 ns here,
//! reading the system's coarse clock, which a peer that keeps no windows does without, about 5.
#![allow(clippy::print_stdout, reason = "a bench speaks to whoever runs it")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use opusclip_core::Result;
use opusclip_core::analytics::{Clock, Collector, CollectorOptions, Exposition};

/// Observations of a run.
const COUNT: u32 = 1_000_000;
/// Runs; the least counts.
const RUNS: u32 = 9;

fn main() -> Result<()> {
    let collector = Collector::new(CollectorOptions::default())?;
    let mut figures = recording(&collector)?;
    peers();
    figures.extend(asking()?);
    println!("{}", figures.join(" "));
    Ok(())
}

fn recording(collector: &Collector) -> Result<Vec<String>> {
    let counter = collector.counter("requests", &[("path", "/clips")])?;
    let histogram = collector.histogram("latency", &[("path", "/clips")])?;
    // A finite number is always recorded.
    let measured = [
        ("counter", measure("opusclip counter, bound", |_| counter.inc())),
        ("histogram", measure("opusclip histogram, bound", |at| drop(histogram.record(value(at))))),
        (
            "labelled",
            measure("opusclip histogram, two labels", |at| {
                drop(collector.record("latency", value(at), &[("path", "/clips"), ("host", "a")]));
            }),
        ),
    ];
    let figures = |(name, (one, two))| [format!("{name}_ns={one:.1}"), format!("{name}_two_threads={:.2}", one / two)];
    Ok(measured.into_iter().flat_map(figures).collect())
}

fn peers() {
    let labels = ["path", "host"];
    let counter = prometheus::IntCounter::new("requests", "requests").ok();
    let _ = measure("prometheus counter, bound", |_| counter.iter().for_each(prometheus::IntCounter::inc));
    let options = prometheus::HistogramOpts::new("latency", "latency");
    let histogram = prometheus::Histogram::with_opts(options.clone()).ok();
    let _ = measure("prometheus histogram, bound", |at| histogram.iter().for_each(|known| known.observe(value(at))));
    let labelled = prometheus::HistogramVec::new(options, &labels).ok();
    let _ = measure("prometheus histogram, two labels", |at| {
        labelled.iter().for_each(|known| known.with_label_values(&["/clips", "a"]).observe(value(at)));
    });
    let sketch = std::sync::Mutex::new(sketches_ddsketch::DDSketch::new(sketches_ddsketch::Config::defaults()));
    let _ = measure("sketches-ddsketch in a Mutex", |at| {
        if let Ok(mut sketch) = sketch.lock() {
            sketch.add(value(at));
        }
    });
}

/// Latencies of some milliseconds.
fn value(at: u32) -> f64 {
    f64::from(at.wrapping_mul(2_654_435_761) >> 22) + 1.0
}

/// Nanoseconds of an observation, of one thread and of two.
fn measure(name: &str, record: impl Fn(u32) + Sync) -> (f64, f64) {
    let run = || (0..COUNT).for_each(|at| record(black_box(at)));
    let least = |threads: u32| {
        let time = |_| {
            let start = Instant::now();
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(run))));
            start.elapsed()
        };
        let least = (0..RUNS).map(time).min().unwrap_or(Duration::ZERO);
        least.as_secs_f64() * 1e9 / f64::from(COUNT * threads)
    };
    let (one, two) = (least(1), least(2));
    println!("{name:36} {one:6.1} ns, two threads {two:6.1} ns, {:.2} times as much", one / two);
    (one, two)
}

fn asking() -> Result<Vec<String>> {
    let now = 1_700_000_000.0;
    let collector = Collector::with_clock(CollectorOptions::default(), Clock::fixed(now))?;
    for at in 0..COUNT {
        collector.record_at("latency", value(at), &[], now - 86_399.0 + f64::from(at) * 0.0863, None)?;
    }
    let windows =
        timed("five windows of a day of 1,000,000 points", || collector.windows("latency", &[], None).map(drop))?;
    timed("the window of a minute", || collector.window("latency", &[], "1m", None).map(drop))?;
    timed("the window of a day", || collector.window("latency", &[], "24h", None).map(drop))?;
    for series in 0..10_000 {
        collector.counter("jobs", &[("worker", &format!("{series:05}"))])?.inc();
    }
    let text = timed("Prometheus text of 10,000 counters", || {
        collector.exposition(Exposition::Prometheus, "5m", None).map(drop)
    })?;
    Ok(vec![format!("windows_us={windows:.1}"), format!("exposition_us={text:.0}")])
}

/// Microseconds of an answer.
fn timed(name: &str, ask: impl Fn() -> Result<()>) -> Result<f64> {
    let mut least = Duration::MAX;
    for _ in 0..200 {
        let start = Instant::now();
        ask()?;
        least = least.min(start.elapsed());
    }
    let microseconds = least.as_secs_f64() * 1e6;
    println!("{name:44} {microseconds:8.1} microseconds");
    Ok(microseconds)
}
