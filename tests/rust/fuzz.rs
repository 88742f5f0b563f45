//! Small files, spoilt in many ways: no panic, no hang, and every error has a code.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use opusclip_core::clip::{Limits, analyze, probe};
use opusclip_core::{Control, ErrorCode};

use super::support::{ffmpeg, scratch};

/// Variants of each file.
const VARIANTS: u64 = 40;
/// No file of this size takes longer.
const LIMIT: Duration = Duration::from_secs(5);

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

fn outcome(path: &Path) -> Vec<Option<ErrorCode>> {
    let control = Control::new();
    let limits = Limits { duration: 3600.0, ..Limits::default() };
    let probed = probe(path, limits, &control).err().map(|e| e.code());
    let analyzed = analyze(path, limits, &control).err().map(|e| e.code());
    vec![probed, analyzed]
}

fn spoilt(name: &str, encode: &str) {
    let folder = scratch();
    let good = folder.path().join(name);
    let inputs = "-f lavfi -i testsrc2=s=128x96:r=15:d=3 -f lavfi -i sine=d=3:r=48000";
    ffmpeg(&format!("{inputs} {encode}"), &good);
    let bytes = std::fs::read(&good).unwrap();
    assert!((20_000..200_000).contains(&bytes.len()), "{name} has {} bytes", bytes.len());
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for variant in 0..VARIANTS {
        let mut data = bytes.clone();
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (variant + 1));
        random.next();
        spoil(&mut data, &mut random);
        let path = folder.path().join(format!("{variant}-{name}"));
        std::fs::write(&path, data).unwrap();
        let (send, receive) = std::sync::mpsc::channel();
        let file = path.clone();
        std::thread::spawn(move || send.send(outcome(&file)));
        // A thread that panics drops its sender, which is told apart from one that hangs.
        let codes = receive.recv_timeout(LIMIT).unwrap_or_else(|e| panic!("{name}, variant {variant}: {e}"));
        for code in codes.into_iter().flatten() {
            let text = code.as_str();
            assert!(text.starts_with("media.") || text == "limit.exceeded", "{name}, variant {variant}: {text}");
            *outcomes.entry(text.to_owned()).or_default() += 1;
        }
        std::fs::remove_file(&path).unwrap();
    }
    eprintln!("{name}: {outcomes:?}");
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
