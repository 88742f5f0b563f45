//! Small files, spoilt in many ways: no panic, no hang, and every error has a code.
//!
//! `make fuzz RUNS=10000` runs as many variants over the generated files and the optional samples.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use opusclip_core::clip::{AnalyzeOptions, Level, Limits, analyze_part, analyze_with, probe};
use opusclip_core::{Control, ErrorCode};

use super::support::{ffmpeg, sample_dir, scratch};

/// Variants of each generated file, unless `OPUSCLIP_FUZZ_RUNS` says how many there are in all.
const VARIANTS: u64 = 40;
/// The same for each sample.
const SAMPLE_VARIANTS: u64 = 2;
/// No file of this size takes longer.
const LIMIT: Duration = Duration::from_secs(10);
/// Larger samples would take too long.
const LARGEST_SAMPLE: u64 = 600_000;

/// Variants of each of so many files.
fn variants(files: u64, usual: u64) -> u64 {
    let asked = std::env::var("OPUSCLIP_FUZZ_RUNS").ok().and_then(|runs| runs.parse::<u64>().ok());
    asked.map_or(usual, |runs| (runs / 2).div_ceil(files.max(1)))
}

/// xorshift64*: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Spoil a file in one of several ways.
fn spoil(data: &mut Vec<u8>, random: &mut Random) {
    let flip = |data: &mut Vec<u8>, random: &mut Random, times: usize, within: usize| {
        for _ in 0..times {
            let at = random.below(within);
            data[at] ^= random.below(255) as u8 + 1;
        }
    };
    let length = data.len();
    match random.below(7) {
        0 => {
            let times = 1 + random.below(40);
            flip(data, random, times, length);
        }
        // Headers lie at the beginning; sizes and counts in them do the most harm.
        1 => flip(data, random, 3, length.min(2000)),
        2 => {
            let at = random.below(length - 2000);
            let mut tail = data.split_off(length - 2000 - at % 1000);
            let times = 1 + random.below(8);
            let within = tail.len();
            flip(&mut tail, random, times, within);
            data.append(&mut tail);
        }
        3 => data.truncate(1 + random.below(length)),
        4 => {
            let (at, count) = (random.below(length), random.below(5000));
            let value = [0x00, 0xff][random.below(2)];
            data[at..(at + count).min(length)].fill(value);
        }
        5 => {
            let (at, count) = (random.below(length), random.below(3000));
            data.drain(at..(at + count).min(length));
        }
        _ => {
            let (from, to, count) = (random.below(length), random.below(length), random.below(3000));
            let piece = data[from..(from + count).min(length)].to_vec();
            data.splice(to..to, piece);
        }
    }
}

fn outcome(path: &Path, variant: u64) -> Vec<Option<ErrorCode>> {
    let control = Control::new();
    let limits = Limits { duration: 3600.0, ..Limits::default() };
    let level = [Level::Lazy, Level::Exact, Level::Index][(variant % 3) as usize];
    let options = AnalyzeOptions { level, cache: false, ..AnalyzeOptions::default() };
    let probed = probe(path, limits, &control).err();
    let analyzed = analyze_with(path, &options, limits, &control).err();
    // A stretch in the middle is sought, where damaged indices lead anywhere.
    let part = analyze_part(path, 0.7, Some(2.1), &options, limits, &control).and_then(|part| part.finish()).err();
    [probed, analyzed, part].into_iter().map(|error| error.map(|e| e.code())).collect()
}

fn spoilt(name: &str, encode: &str) {
    let folder = scratch();
    let good = folder.path().join(name);
    let inputs = "-f lavfi -i testsrc2=s=128x96:r=15:d=3 -f lavfi -i sine=d=3:r=48000";
    ffmpeg(&format!("{inputs} {encode}"), &good);
    let bytes = std::fs::read(&good).unwrap();
    assert!((20_000..200_000).contains(&bytes.len()), "{name} has {} bytes", bytes.len());
    let outcomes = spoil_and_analyze(folder.path(), name, &bytes, variants(5, VARIANTS));
    eprintln!("{name}: {outcomes:?}");
}

/// A copy of a file that shows a defect, to look at.
fn kept(path: &Path) -> std::path::PathBuf {
    let copy = std::env::temp_dir().join(format!("opusclip-defect-{}", path.file_name().unwrap().to_string_lossy()));
    std::fs::copy(path, &copy).unwrap();
    copy
}

/// Which codes variants of a file gave, and how often.
fn spoil_and_analyze(folder: &Path, name: &str, bytes: &[u8], variants: u64) -> BTreeMap<String, usize> {
    let mut outcomes = BTreeMap::new();
    for variant in 0..variants {
        let mut data = bytes.to_vec();
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (variant + 1));
        random.next();
        spoil(&mut data, &mut random);
        let path = folder.join(format!("{variant}-{name}"));
        std::fs::write(&path, data).unwrap();
        let (send, receive) = std::sync::mpsc::channel();
        let file = path.clone();
        std::thread::spawn(move || send.send(outcome(&file, variant)));
        // A thread that panics drops its sender, which is told apart from one that hangs.
        let codes = receive
            .recv_timeout(LIMIT)
            .unwrap_or_else(|e| panic!("{name}, variant {variant}: {e}, kept as {}", kept(&path).display()));
        for code in codes.into_iter().flatten() {
            let text = code.as_str();
            let expected = text.starts_with("media.") || text == "limit.exceeded";
            assert!(expected, "{name}, variant {variant}: {text}, kept as {}", kept(&path).display());
            *outcomes.entry(text.to_owned()).or_default() += 1;
        }
        std::fs::remove_file(&path).unwrap();
    }
    outcomes
}

#[test]
fn spoilt_mp4() {
    spoilt("small.mp4", "-c:v libx264 -preset veryfast -crf 24 -g 15 -c:a aac -b:a 64k -movflags +faststart");
}

#[test]
fn spoilt_fragmented_mp4() {
    spoilt("fragments.mp4", "-c:v libx264 -crf 24 -g 15 -c:a aac -b:a 64k -movflags +frag_keyframe+empty_moov");
}

#[test]
fn spoilt_matroska() {
    spoilt("small.mkv", "-c:v libx264 -preset veryfast -crf 24 -g 15 -c:a libopus -b:a 64k");
}

#[test]
fn spoilt_webm() {
    spoilt("small.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k -c:a libvorbis");
}

#[test]
fn spoilt_transport_stream() {
    spoilt("small.ts", "-c:v libx264 -preset veryfast -crf 24 -g 15 -c:a aac -b:a 64k");
}

#[test]
fn spoilt_samples() {
    let Some(samples) = sample_dir() else { return };
    let small = |path: &std::path::PathBuf| {
        path.metadata().is_ok_and(|found| found.is_file() && (4000..LARGEST_SAMPLE).contains(&found.len()))
    };
    let media = |path: &std::path::PathBuf| {
        let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
        ["mp4", "m4a", "mov", "mkv", "webm", "wav", "mp3"].contains(&suffix)
    };
    let entries = std::fs::read_dir(samples).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(small).filter(media).collect();
    files.sort();
    let folder = scratch();
    let each = variants(files.len() as u64, SAMPLE_VARIANTS);
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy();
        for (code, count) in spoil_and_analyze(folder.path(), &name, &std::fs::read(file).unwrap(), each) {
            *outcomes.entry(code).or_default() += count;
        }
    }
    eprintln!("{} samples, {each} variants of each: {outcomes:?}", files.len());
}
