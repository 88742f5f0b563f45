//! Sound, chunk by chunk: what is measured in a chunk depends on its own packets and a second before them, and on nothing
//! else. So chunks can be heard in any order, on all cores, and in files that are analysed in parts.

mod listener;
mod loudness;
mod mono;
mod music;
mod smooth;
mod speech;
mod tones;

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{Scope, ScopedJoinHandle};

pub(crate) use loudness::Meter;

use listener::{Frames, Listener};
use loudness::{BLOCKS_PER_SECOND, Blocks};
use serde::{Deserialize, Serialize};

use super::{Curve, Loudness};
use crate::clip::media::{AudioDecoder, AudioGraph, DecoderRecipe, Packet, SAMPLE_RATE, Source};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// Seconds of sound that are heard at a time: a whole number of blocks and of frames.
const CHUNK: f64 = 30.0;

/// Seconds before a chunk that filters and detectors get to warm up.
pub(super) const WARM_UP: f64 = 1.0;

/// Seconds of packets behind a chunk that decoders and resamplers may hold back.
pub(super) const MARGIN: f64 = 0.5;

/// More threads would wait for the packets.
const MOST_THREADS: usize = 4;

/// What was heard in a stretch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sound {
    blocks: Blocks,
    frames: Frames,
}

impl Sound {
    /// What was heard in the stretch after this one.
    pub(super) fn append(&mut self, later: Self) {
        self.blocks.append(later.blocks);
        self.frames.append(later.frames);
    }

    pub(super) fn loudness(&self) -> Loudness {
        self.blocks.loudness()
    }

    /// How likely somebody speaks; speech and pauses, which together cover `span`.
    pub(super) fn voice(&self, span: Span) -> (Curve, Vec<Span>, Vec<Span>) {
        let evidence = self.frames.evidence();
        let (speech, pauses) = self.frames.speech_and_pauses(&evidence, span);
        (self.frames.voice(&evidence), speech, pauses)
    }

    /// Music within `span`, where there is none of this speech.
    pub(super) fn music(&self, speech: &[Span], span: Span) -> Vec<Span> {
        self.frames.music(speech, span)
    }

    pub(super) fn silence(&self, span: Span) -> Vec<Span> {
        self.blocks.silence(span)
    }
}

/// What came out of the packets of one stretch: the sound, and the times of packets that could not be decoded.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) sound: Sound,
    pub(super) damaged: Vec<f64>,
}

/// What was heard in chunks, with their numbers.
type Chunks = Vec<(i64, Heard)>;

struct Job {
    chunk: i64,
    /// With the time of each.
    packets: Vec<(f64, Packet)>,
}

impl Job {
    fn span(&self, within: Span) -> Span {
        let start = self.chunk as f64 * CHUNK;
        Span::new(start.max(within.start), (start + CHUNK).min(within.end))
    }
}

/// Sorts the packets of a stream into chunks and has them heard on other threads.
pub(super) struct Ears<'scope> {
    span: Span,
    current: Job,
    jobs: SyncSender<Job>,
    threads: Vec<ScopedJoinHandle<'scope, Result<Chunks>>>,
}

impl<'scope> Ears<'scope> {
    /// Ears for what lies in `span` of a stream.
    pub(super) fn open(
        scope: &'scope Scope<'scope, '_>,
        source: &Source,
        stream: usize,
        span: Span,
        control: &Control,
    ) -> Result<Self> {
        let recipe = source.decoder_recipe(stream)?;
        // The linked FFmpeg may lack the decoder; that is found out before any thread begins.
        AudioDecoder::of(&recipe)?;
        let count = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let (jobs, queue) = sync_channel(1);
        let queue = Arc::new(Mutex::new(queue));
        let threads = (0..count).map(|_| {
            let (recipe, queue, control) = (recipe.clone(), Arc::clone(&queue), control.clone());
            scope.spawn(move || listen(&recipe, &queue, span, &control))
        });
        let threads = threads.collect();
        let chunk = (span.start / CHUNK) as i64;
        Ok(Self { span, current: Job { chunk, packets: Vec::new() }, jobs, threads })
    }

    /// Seconds from which on packets are needed.
    pub(super) fn needed_from(&self) -> f64 {
        self.current.chunk as f64 * CHUNK - WARM_UP
    }

    /// Take a packet that is heard from `time` on.
    pub(super) fn push(&mut self, time: f64, packet: Packet) {
        let end = (self.current.chunk + 1) as f64 * CHUNK;
        if time >= end + MARGIN {
            let next = (time / CHUNK) as i64;
            // A chunk that ends in the margin still waits for its packets, so the one after it comes first.
            let next = if (time - next as f64 * CHUNK) < MARGIN { next - 1 } else { next };
            self.hand_over(next);
        }
        if time >= self.needed_from() {
            self.current.packets.push((time, packet));
        }
    }

    /// No more packets; wait for what was heard.
    pub(super) fn finish(mut self) -> Result<Heard> {
        let last = self.current.chunk + 1;
        self.hand_over(last);
        let Self { jobs, threads, .. } = self;
        drop(jobs);
        let mut chunks = Vec::new();
        for thread in threads {
            chunks.extend(thread.join().map_err(|_| Error::new(ErrorCode::Internal, "a thread for sound panicked"))??);
        }
        chunks.sort_by_key(|(chunk, _)| *chunk);
        let mut all = Heard::default();
        for (index, (_, heard)) in chunks.into_iter().enumerate() {
            all.damaged.extend(heard.damaged);
            if index == 0 { all.sound = heard.sound } else { all.sound.append(heard.sound) }
        }
        Ok(all)
    }

    fn hand_over(&mut self, next: i64) {
        let from = next as f64 * CHUNK - WARM_UP;
        let warm = self.current.packets.iter().filter(|(time, _)| *time >= from).cloned().collect();
        let done = std::mem::replace(&mut self.current, Job { chunk: next, packets: warm });
        if done.span(self.span).duration() > 0.0 && !done.packets.is_empty() {
            // The threads are gone only if one has failed, and `finish` says how.
            let _ = self.jobs.send(done);
        }
    }
}

/// What one thread does: hear chunks until there are no more.
fn listen(recipe: &DecoderRecipe, queue: &Mutex<Receiver<Job>>, span: Span, control: &Control) -> Result<Chunks> {
    let mut done = Vec::new();
    loop {
        // The lock is held while waiting, which is right: only one can get the next job.
        let job = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
        let Ok(job) = job else { return Ok(done) };
        done.push((job.chunk, hear(recipe, &job, job.span(span), control)?));
    }
}

/// Numbers of the steps (so many a second) that begin within a span.
fn steps(span: Span, per_second: f64) -> Range<i64> {
    let number = |time: f64| (time * per_second - 1e-6).ceil() as i64;
    number(span.start)..number(span.end)
}

fn hear(recipe: &DecoderRecipe, job: &Job, span: Span, control: &Control) -> Result<Heard> {
    let mut decoder = AudioDecoder::of(recipe)?;
    let mut graph = AudioGraph::new("", SAMPLE_RATE, 2);
    let mut meter = Meter::of(steps(span, BLOCKS_PER_SECOND as f64))?;
    let mut listener = Listener::of(steps(span, 1.0 / listener::STEP), steps(span, 1.0 / listener::TONE_STEP));
    let mut both = |at, samples: &[f32]| {
        meter.push(at, samples)?;
        listener.push(at, samples)
    };
    let mut damaged = Vec::new();
    let mut losses = 0;
    let packets = job.packets.iter().map(Some).chain([None]);
    for packet in packets {
        control.check()?;
        match packet {
            Some((_, packet)) => decoder.send(packet)?,
            None => decoder.finish()?,
        }
        while let Some(mut frame) = decoder.receive()? {
            graph.push(&mut frame, &mut both)?;
        }
        let total = decoder.losses().total() + graph.refused();
        if let Some((time, _)) = packet.filter(|(time, _)| total > losses && span.contains(*time)) {
            damaged.push(*time);
        }
        losses = total;
    }
    graph.flush(&mut both)?;
    Ok(Heard { sound: Sound { blocks: meter.blocks()?, frames: listener.finish() }, damaged })
}

/// Put the values of a later stretch behind those of an earlier one; what lies between them is silent.
fn append<T: Copy>(first: i64, values: &mut Vec<T>, later_first: i64, later: Vec<T>, silent: T) {
    let between = usize::try_from(later_first - first).unwrap_or(0);
    if between > values.len() {
        values.resize(between, silent);
    }
    values.extend(later);
}
