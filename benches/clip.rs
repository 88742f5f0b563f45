//! Hot paths of the clip engine through its public API, on input made here.
//!
//! Every bench says what its limit is: the time under which nobody notices it beside the decoding and encoding of a job.
//! `benches/run.py` reads what is measured, compares it with these limits (it finds them by their comments, so keep
//! their form) and prints one line.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use opusclip_core::clip::analysis::{Curve, Loudness, Shot};
use opusclip_core::clip::select::{SelectOptions, select};
use opusclip_core::clip::text::{TopicOptions, topics};
use opusclip_core::clip::transcript::{TranscriptFormat, parse, sentences};
use opusclip_core::clip::{Analysis, Limits, Material, Transcript, probe};
use opusclip_core::time::Span;
use opusclip_core::{Control, Result};

/// Words of a three-hour talk at a lively pace.
const WORDS: usize = 30_000;

/// Length of that talk in seconds.
const TALK: f64 = 3.0 * 3600.0;

/// Words in a cue.
const CUE: usize = 8;

/// Sentences between two long pauses.
const PARAGRAPH: usize = 5;

/// Sentences about one thing.
const TOPIC: usize = 60;

/// Seconds from the start of one word to the next, pauses left out.
const PACE: f64 = 0.32;

fn main() -> Result<()> {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20)
        .configure_from_args();
    transcripts(&mut criterion)?;
    selection(&mut criterion)?;
    probing(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// Parsing a transcript of [`WORDS`] words.
fn transcripts(criterion: &mut Criterion) -> Result<()> {
    let mut group = criterion.benchmark_group("parse");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(WORDS as u64));
    // limit parse/srt_30k_words: 75 ms
    let srt = subtitles(TranscriptFormat::Srt);
    parse(&srt, TranscriptFormat::Srt)?;
    group.bench_function("srt_30k_words", |b| b.iter(|| parse(black_box(&srt), TranscriptFormat::Srt)));
    // limit parse/vtt_30k_words: 75 ms
    let vtt = subtitles(TranscriptFormat::Vtt);
    parse(&vtt, TranscriptFormat::Vtt)?;
    group.bench_function("vtt_30k_words", |b| b.iter(|| parse(black_box(&vtt), TranscriptFormat::Vtt)));
    group.finish();
    Ok(())
}

/// Choosing ten clips out of three hours.
fn selection(criterion: &mut Criterion) -> Result<()> {
    let analysis = analysis();
    let transcript = parse(&subtitles(TranscriptFormat::Srt), TranscriptFormat::Srt)?.fit(TALK);
    let plain = SelectOptions { count: 10, ..SelectOptions::default() };
    let asked = SelectOptions { query: Some("how to bafebalin the codiver".to_owned()), ..plain.clone() };
    let tight = SelectOptions { remove_pauses: Some(0.5), remove_fillers: true, ..plain.clone() };
    let control = Control::new();
    let choose = |transcript: Option<&Transcript>, options: &SelectOptions| {
        let material = Material::new(black_box(&analysis));
        select(&transcript.map_or(material, |transcript| material.transcript(transcript)), options, &control)
    };
    choose(Some(&transcript), &asked)?;
    choose(None, &plain)?;
    let found = sentences(&transcript);
    let untold = TopicOptions::default();
    let mut group = criterion.benchmark_group("select");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    // limit select/3_hours_with_transcript: 150 ms
    group.bench_function("3_hours_with_transcript", |b| b.iter(|| choose(Some(black_box(&transcript)), &plain)));
    // limit select/3_hours_with_query: 150 ms
    group.bench_function("3_hours_with_query", |b| b.iter(|| choose(Some(black_box(&transcript)), &asked)));
    // limit select/3_hours_tightened: 200 ms
    group.bench_function("3_hours_tightened", |b| b.iter(|| choose(Some(black_box(&transcript)), &tight)));
    // limit select/topics_3_hours: 100 ms
    group.bench_function("topics_3_hours", |b| b.iter(|| topics(black_box(&found), &untold)));
    // limit select/3_hours_without_transcript: 75 ms
    group.bench_function("3_hours_without_transcript", |b| b.iter(|| choose(None, &plain)));
    // limit select/snap_3_hours: 30 ms
    group.bench_function("snap_3_hours", |b| b.iter(|| transcript.clone().snap(black_box(&analysis))));
    group.finish();
    Ok(())
}

/// Opening a small file and saying what it is: FFmpeg reads its head, the recogniser its first bytes.
fn probing(criterion: &mut Criterion) -> Result<()> {
    let media = std::env::var_os("MEDIA").map_or_else(|| root().join("target/test-media"), |path| root().join(path));
    let file = media.join("h264_aac.mp4");
    let control = Control::new();
    probe(&file, Limits::default(), &control)?;
    // limit probe/small_mp4: 5 ms
    let mut group = criterion.benchmark_group("probe");
    group.bench_function("small_mp4", |b| b.iter(|| probe(black_box(&file), Limits::default(), &control)));
    group.finish();
    Ok(())
}

/// The repository; a path from the environment is taken from there, as `make` writes it.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// One word of the talk.
struct Spoken {
    start: f64,
    end: f64,
    text: String,
    /// Is it the last of its sentence?
    ends: bool,
}

/// A talk with topics, sentences, questions, pauses between sentences and longer ones between paragraphs, always the same.
fn talk() -> Vec<Spoken> {
    let mut dice = Dice(1);
    let mut words: Vec<Spoken> = Vec::with_capacity(WORDS);
    let (mut at, mut sentence) = (0.5, 0);
    while words.len() < WORDS {
        let length = (8 + dice.below(13)).min(WORDS - words.len());
        for place in 0..length {
            let mut text = word(&mut dice, sentence / TOPIC);
            if place == 0 {
                text = text[..1].to_uppercase() + &text[1..];
            }
            let ends = place + 1 == length;
            if ends {
                text.push(if sentence.is_multiple_of(6) { '?' } else { '.' });
            }
            words.push(Spoken { start: at, end: at + PACE * 0.9, text, ends });
            at += PACE;
        }
        sentence += 1;
        at += if sentence.is_multiple_of(PARAGRAPH) { 0.9 } else { 0.3 };
    }
    words
}

/// One word: nearly half of all are the small ones of English, of the others some are said everywhere and most in one
/// topic only, few of them often.
fn word(dice: &mut Dice, topic: usize) -> String {
    const SMALL: [&str; 32] = [
        "the", "of", "and", "to", "a", "in", "that", "is", "was", "it", "for", "you", "with", "on", "as", "are",
        "this", "they", "we", "not", "what", "from", "but", "have", "never", "because", "there", "about", "when", "so",
        "then", "why",
    ];
    const SYLLABLES: [&str; 16] =
        ["ba", "co", "di", "fe", "gu", "la", "mo", "ne", "po", "ra", "si", "tu", "ver", "lin", "tor", "mas"];
    if dice.below(100) < 45 {
        return SMALL[dice.below(SMALL.len())].to_owned();
    }
    let rank = dice.below(8) * dice.below(8);
    let mut number = if dice.below(3) == 0 { rank } else { 1000 + topic * 60 + rank };
    let mut text = String::new();
    for _ in 0..3 {
        text.push_str(SYLLABLES[number % SYLLABLES.len()]);
        number /= SYLLABLES.len();
    }
    text
}

/// Numbers that look random and are always the same: Knuth's linear congruential generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

/// The talk as a subtitle file.
fn subtitles(format: TranscriptFormat) -> String {
    let mut file = String::new();
    let (header, comma) = match format {
        TranscriptFormat::Vtt => ("WEBVTT\n\n", '.'),
        _ => ("", ','),
    };
    file.push_str(header);
    let stamp = |seconds: f64| {
        let millis = (seconds * 1000.0).round() as u64;
        let (h, m, s, ms) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60, millis % 1000);
        format!("{h:02}:{m:02}:{s:02}{comma}{ms:03}")
    };
    for (number, cue) in talk().chunks(CUE).enumerate() {
        let (Some(first), Some(last)) = (cue.first(), cue.last()) else { continue };
        let text: Vec<&str> = cue.iter().map(|word| word.text.as_str()).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(file, "{}\n{} --> {}\n{}\n", number + 1, stamp(first.start), stamp(last.end), text.join(" "));
    }
    file
}

/// What an analysis of the talk would find: speech but for the pauses, a cut every 12 s, loudness that goes up and down.
fn analysis() -> Analysis {
    let words = talk();
    let pairs = words.iter().zip(words.iter().skip(1));
    let mut pauses: Vec<Span> =
        pairs.filter(|(word, _)| word.ends).map(|(word, next)| Span::new(word.end, next.start)).collect();
    pauses.push(Span::new(words.last().map_or(0.0, |word| word.end), TALK));
    let mut from = 0.0;
    let speech = pauses
        .iter()
        .map(|pause| {
            let spoken = Span::new(from, pause.start);
            from = pause.end;
            spoken
        })
        .collect();
    let shots =
        (0..(TALK / 12.0) as usize).map(|n| Shot { start: n as f64 * 12.0, end: (n + 1) as f64 * 12.0 }).collect();
    let level = |n: usize| -22.0 + 6.0 * (n as f32 * 0.03).sin();
    let curve = || Curve {
        start: 0.0,
        step: Loudness::STEP,
        values: (0..(TALK / Loudness::STEP) as usize).map(level).collect(),
    };
    let loudness = Loudness {
        integrated: Some(-20.0),
        range: 6.0,
        true_peak: Some(-3.0),
        momentary: curve(),
        short_term: curve(),
    };
    Analysis { loudness: Some(loudness), speech, pauses, shots, ..Analysis::of_nothing(TALK) }
}
