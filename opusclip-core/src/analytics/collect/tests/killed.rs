//! Processes that are killed while they save.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

/// Names the file that [`saving`] saves into, in a process of its own.
const FILE: &str = "OPUSCLIP_TEST_SAVED";
/// Enough that a save takes a while.
const SERIES: u32 = 300;

fn load(file: &Path) -> Collector {
    Collector::load(file, Clock::fixed(NOW)).unwrap()
}

fn saves(collector: &Collector) -> f64 {
    collector.window("saves", &[], "24h", None).unwrap().sum
}

/// Not a test by itself: the process that [`the_last_good_file_always_loads`] kills.
#[test]
#[ignore = "saves until it is killed"]
fn saving() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let collector = load(Path::new(&file));
    let counter = collector.counter("saves", &[]).unwrap();
    loop {
        counter.add(1.0).unwrap();
        collector.save(&file).unwrap();
    }
}

#[test]
fn the_last_good_file_always_loads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let collector = collector();
    for number in 0..SERIES {
        for age in 0..20 {
            let (host, value) = (number.to_string(), f64::from(age * number));
            collector.record_at("latency", value, &[("host", &host)], NOW - f64::from(age * 60), None).unwrap();
        }
    }
    collector.counter("saves", &[]).unwrap().add(1.0).unwrap();
    collector.save(&file).unwrap();
    let mut last = saves(&collector);
    for round in 0..20_u64 {
        let name = format!("{}::saving", module_path!().split_once("::").map_or("", |(_, path)| path));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", &name])
            .env(FILE, &file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while saves(&load(&file)) == last {
            assert!(begun.elapsed() < Duration::from_secs(60), "the other process saves nothing");
        }
        // From one save to another moment of the next each time.
        std::thread::sleep(Duration::from_micros(round * 397));
        child.kill().unwrap();
        child.wait().unwrap();
        let found = load(&file);
        assert!(saves(&found) > last, "round {round}: {} saves, {last} before", saves(&found));
        assert_eq!(found.window("latency", &[], "24h", None).unwrap().count, f64::from(20 * SERIES));
        last = saves(&found);
    }
}
