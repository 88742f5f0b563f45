//! Speech to text with an engine of the user's choice.
//!
//! This library hears nothing itself. It reads the sound once, makes it what engines want (16 kHz, one channel), cuts it
//! where nobody speaks, hands it over piece by piece, and puts what comes back into one [`Transcript`]. An engine is
//! anything that implements [`Transcriber`]:
//!
//! | engine | what it is |
//! |---|---|
//! | a closure | code of your own: a local model, a request to a service |
//! | [`Command`] | any program that takes a WAV file and prints a transcript |
//! | `Whisper` | whisper.cpp with a model file of your own, with the feature `whisper` |
//!
//! ```no_run
//! use opusclip_core::{Control, clip::transcribe::{Command, TranscribeOptions, transcribe}};
//! let engine = Command::new("whisper-cli").args(["-m", "ggml-base.bin", "-oj", "-of", "/dev/stdout", "-np", "-f"]);
//! let talk = transcribe("talk.mp4", &engine, &TranscribeOptions::default(), &Control::new())?;
//! std::fs::write("talk.srt", talk.to_srt()).unwrap();
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod chunk;
mod command;
mod cut;
mod options;
mod own;
#[cfg(feature = "whisper")]
mod whisper;

pub use chunk::AudioChunk;
pub use command::Command;
pub use options::{TranscribeOptions, engine};
pub(crate) use own::Apart;
pub use own::{json_transcriber, transcribe_by};
#[cfg(feature = "whisper")]
pub use whisper::Whisper;

use std::path::{Path, PathBuf};
use std::time::Duration;

use self::cut::Cutter;
use super::media::{AudioDecoder, AudioGraph, Limits, Source};
use super::transcript::{Heard, Transcript, merged};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// Name of this stage in progress reports.
const STAGE: &str = "transcribe";

/// One channel, no louder than the loudest one was; FFmpeg would mix whole numbers so, but not `f32` samples.
const MONO: &str = "aresample=16000:out_chlayout=mono:rematrix_maxval=1";

/// A length that is not known is taken for this, in seconds, to have something to report.
const USUAL_LENGTH: f64 = 3600.0;

/// Something that turns speech into text.
///
/// ```
/// use opusclip_core::{Control, Result, clip::Transcript, clip::transcribe::{AudioChunk, Transcriber}, clip::transcript};
/// let engine = |chunk: &AudioChunk, _: &Control| -> Result<Transcript> {
///     let answer = format!(r#"[{{"start": 0, "end": {}, "text": "Hello"}}]"#, chunk.end - chunk.start);
///     transcript::from_bytes(answer.as_bytes())
/// };
/// let chunk = AudioChunk { start: 60.0, end: 61.0, sample_rate: 16_000, samples: vec![0.0; 16_000] };
/// assert_eq!(engine.transcribe(&chunk, &Control::new())?.cues[0].end, 1.0);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub trait Transcriber: Send + Sync {
    /// What is said in a piece of sound, with times from the beginning of the piece.
    ///
    /// Words without times, and cues without words, get times by their length. A piece in which nobody speaks gives an
    /// empty transcript.
    ///
    /// # Errors
    /// Whatever ends the work. Look at `control` often enough to stop within 200 ms, and report how much is done.
    fn transcribe(&self, chunk: &AudioChunk, control: &Control) -> Result<Transcript>;
}

impl<F> Transcriber for F
where
    F: Fn(&AudioChunk, &Control) -> Result<Transcript> + Send + Sync,
{
    fn transcribe(&self, chunk: &AudioChunk, control: &Control) -> Result<Transcript> {
        self(chunk, control)
    }
}

/// Hear a video file and have an engine write down what is said, with times of the file.
///
/// The sound is read once, and about one piece of it (at most [`TranscribeOptions::chunk_seconds`]) lies in memory. Pieces
/// end at the longest pause near their end; silent ones are left out. What an engine says beyond its piece is moved into
/// it, with a repair `out_of_range`. A file in which nobody speaks gives a transcript without words.
///
/// # Errors
/// `config.*`, `media.*` ([`ErrorCode::MediaNoAudio`] for a file without sound, [`ErrorCode::MediaDamaged`]), those of
/// the engine with the time at which its piece begins, [`ErrorCode::EngineFailed`] where its answer makes no sense,
/// [`ErrorCode::Cancelled`], [`ErrorCode::LimitTime`].
pub fn transcribe(
    video: impl Into<PathBuf>,
    engine: &dyn Transcriber,
    options: &TranscribeOptions,
    control: &Control,
) -> Result<Transcript> {
    options.validate()?;
    let video = video.into();
    let control = match options.time_limit {
        Some(seconds) => control.clone().with_time_limit(Duration::from_secs_f64(seconds)),
        None => control.clone(),
    };
    control.report(STAGE, 0.0);
    let limits = Limits { damage: options.max_damage, ..Limits::default() };
    let mut source = Source::open(&video, limits, &control)?;
    let length = source.info().duration.unwrap_or(USUAL_LENGTH);
    let mut hearing = Hearing { engine, control: &control, length, parts: Vec::new() };
    read(&mut source, options.chunk_seconds, &mut |chunk| hearing.hear(&chunk).map_err(|error| named(error, &video)))?;
    let Hearing { parts, .. } = hearing;
    let mut transcript = merged(parts).map_err(|error| nonsense(&error).file(&video))?;
    transcript.language = transcript.language.or_else(|| options.language.clone());
    control.report(STAGE, 1.0);
    tracing::debug!(file = %video.display(), cues = transcript.cues.len(), words = transcript.words.len(), "transcribed");
    Ok(transcript)
}

fn named(error: Error, video: &Path) -> Error {
    if error.file_path().is_some() { error } else { error.file(video) }
}

/// An answer that is no transcript is the engine's fault, not that of a file.
fn nonsense(error: &Error) -> Error {
    let wrong =
        Error::new(ErrorCode::EngineFailed, format!("the speech engine gave no transcript: {}", error.message()));
    match error.field_name() {
        Some(field) => wrong.field(field),
        None => wrong,
    }
}

struct Hearing<'a> {
    engine: &'a dyn Transcriber,
    control: &'a Control,
    /// Of the file, in seconds.
    length: f64,
    parts: Vec<Heard>,
}

impl Hearing<'_> {
    fn hear(&mut self, chunk: &AudioChunk) -> Result<()> {
        self.control.check()?;
        let share = |time: f64| (time / self.length).clamp(0.0, 1.0);
        if !chunk.is_silent() {
            let part = self.control.part(share(chunk.start), share(chunk.end));
            let at = |error: Error| if error.media_time().is_some() { error } else { error.time(chunk.start) };
            let said = self.engine.transcribe(chunk, &part).map_err(at)?;
            self.parts.push(Heard { said, within: Span::new(chunk.start, chunk.end) });
        }
        self.control.report(STAGE, share(chunk.end));
        self.control.check()
    }
}

/// Read the sound of a file and hand it out piece by piece.
fn read(source: &mut Source, chunk_seconds: f64, sink: &mut dyn FnMut(AudioChunk) -> Result<()>) -> Result<()> {
    let Some(stream) = source.info().audio else {
        let error = Error::new(ErrorCode::MediaNoAudio, "the file has no sound").file(source.path());
        return Err(error.hint("give a file in which somebody speaks, or a transcript"));
    };
    let mut decoder = AudioDecoder::open(source, stream)?;
    let mut graph = AudioGraph::new(MONO, chunk::RATE, 1);
    let mut cutter = Cutter::new(chunk_seconds);
    let mut packets = 0u64;
    source.select(&[stream]);
    loop {
        let packet = source.next_packet()?;
        match &packet {
            Some(packet) if packet.stream() != stream => continue,
            Some(packet) => decoder.send(packet)?,
            None => decoder.finish()?,
        }
        packets += 1;
        while let Some(mut frame) = decoder.receive()? {
            graph.push(&mut frame, &mut |at, samples| {
                cutter.push(at, samples);
                Ok(())
            })?;
        }
        while let Some(chunk) = cutter.next() {
            sink(chunk)?;
        }
        if packet.is_none() {
            break;
        }
    }
    graph.flush(&mut |at, samples| {
        cutter.push(at, samples);
        Ok(())
    })?;
    let damaged = decoder.losses().total() + graph.refused();
    if damaged as f64 > source.limits().damage * packets as f64 {
        let message = format!("{damaged} of {packets} packets of the sound are damaged");
        let error = Error::new(ErrorCode::MediaDamaged, message).field("max_damage").file(source.path());
        return Err(error.hint("raise max_damage, or repair the file"));
    }
    cutter.finish();
    while let Some(chunk) = cutter.next() {
        sink(chunk)?;
    }
    Ok(())
}
