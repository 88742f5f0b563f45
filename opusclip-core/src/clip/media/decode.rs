//! Packets to frames. Damage is counted and passed over; what can be decoded is.
#![allow(unsafe_code, reason = "the packet time base and size limit are only reachable through FFmpeg's C API")]

use std::path::PathBuf;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::threading;

use super::failure;
use super::source::{Packet, Source};
use crate::error::{Error, ErrorCode, Result};
use crate::time::{TimeBase, Timestamp};

/// A decoded picture with its time from the start of the media.
pub(crate) struct VideoFrame {
    pub(super) frame: ffmpeg::frame::Video,
    /// When it is first shown.
    pub(crate) time: Timestamp,
}

impl VideoFrame {
    /// Width and height in pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.frame.width(), self.frame.height())
    }

    /// The first plane without the gaps between its rows, whose pixels have `bytes` bytes each.
    pub(crate) fn packed_rows(&self, bytes: usize) -> Vec<u8> {
        let row = self.frame.width() as usize * bytes;
        let rows = self.frame.data(0).chunks(self.frame.stride(0).max(1)).take(self.frame.height() as usize);
        rows.flat_map(|line| line.iter().take(row).copied()).collect()
    }
}

/// A decoded stretch of sound with its time from the start of the media.
pub(crate) struct AudioFrame {
    pub(super) frame: ffmpeg::frame::Audio,
    /// Time of its first sample; `None` where the stream does not say.
    pub(crate) time: Option<Timestamp>,
}

/// Which pictures a decoder hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frames {
    /// Every picture, as it was meant to look.
    All,
    /// Every picture, without the loop filter where nothing refers to it: good enough to compare, and faster.
    AllForComparison,
    /// Only pictures that others refer to, as they are: about a third of them where there are B-frames.
    References,
    /// Only keyframes.
    Keyframes,
}

/// What a decoder could not make of its packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Packets and frames that are lost.
    pub(crate) lost: u64,
    /// Frames with parts that the decoder had to guess.
    pub(crate) patched: u64,
}

impl Losses {
    /// All frames that are not as they were meant to be.
    pub(crate) fn total(self) -> u64 {
        self.lost + self.patched
    }
}

/// What both decoders share.
struct Clocked {
    base: TimeBase,
    origin: i64,
    damage: Losses,
}

impl Clocked {
    fn of(recipe: &DecoderRecipe) -> Self {
        Self { base: recipe.base, origin: recipe.origin, damage: Losses::default() }
    }

    fn time(&self, ticks: i64) -> Timestamp {
        Timestamp::new(ticks.saturating_sub(self.origin), self.base)
    }

    fn send(&mut self, decoder: &mut ffmpeg::decoder::Opened, packet: Option<&Packet>) -> Result<()> {
        let sent = match packet {
            Some(packet) => decoder.send_packet(packet),
            None => decoder.send_eof(),
        };
        match sent {
            Ok(()) | Err(ffmpeg::Error::Eof) => Ok(()),
            Err(ffmpeg::Error::Other { errno: libc::ENOMEM }) => {
                Err(Error::new(ErrorCode::LimitExceeded, "out of memory while decoding"))
            }
            Err(error) => {
                tracing::debug!(%error, "damaged packet passed over");
                self.damage.lost += 1;
                Ok(())
            }
        }
    }

    /// `true` when a frame was received.
    fn receive(&mut self, decoder: &mut ffmpeg::decoder::Opened, frame: &mut ffmpeg::Frame) -> bool {
        loop {
            match decoder.receive_frame(frame) {
                Ok(()) => {
                    if frame.is_corrupt() || frame.has_decode_errors() {
                        self.damage.patched += 1;
                    }
                    return true;
                }
                Err(ffmpeg::Error::Eof) => return false,
                Err(error) if failure::wants_more(error) => return false,
                // An error here belongs to one damaged frame; the decoder goes on with the next.
                Err(error) => {
                    tracing::debug!(%error, "damaged frame passed over");
                    self.damage.lost += 1;
                }
            }
        }
    }
}

/// All that it takes to decode a stream; unlike the [`Source`] it can be cloned and sent to other threads.
#[derive(Clone)]
pub(crate) struct DecoderRecipe {
    parameters: ffmpeg::codec::Parameters,
    packet_base: ffmpeg::Rational,
    base: TimeBase,
    /// What counts as 0, in ticks of `base`.
    origin: i64,
    pixels: u64,
    path: PathBuf,
}

impl Source {
    /// How to decode a stream.
    pub(crate) fn decoder_recipe(&self, stream: usize) -> Result<DecoderRecipe> {
        let unusable =
            || Error::new(ErrorCode::MediaUnreadable, format!("stream {stream} cannot be read")).file(self.path());
        let found = self.input().stream(stream).ok_or_else(unusable)?;
        let base = self.time_base(stream).ok_or_else(unusable)?;
        Ok(DecoderRecipe {
            parameters: found.parameters(),
            packet_base: found.time_base(),
            base,
            origin: self.origin().rescale(base).ticks,
            pixels: self.limits().pixels,
            path: self.path().to_owned(),
        })
    }
}

impl DecoderRecipe {
    fn decoder(&self, frames: Frames, threads: usize) -> Result<ffmpeg::decoder::Decoder> {
        let mut context = ffmpeg::codec::Context::from_parameters(self.parameters.clone())
            .map_err(|error| failure::reading("cannot read the codec", error).file(&self.path))?;
        context.set_threading(threading::Config { count: threads, ..threading::Config::kind(threading::Type::Frame) });
        // SAFETY: the context is owned here and not opened yet.
        unsafe {
            (*context.as_mut_ptr()).max_pixels = i64::try_from(self.pixels).unwrap_or(i64::MAX);
        }
        let mut decoder = context.decoder();
        decoder.set_packet_time_base(self.packet_base);
        match frames {
            Frames::All => {}
            Frames::AllForComparison => decoder.skip_loop_filter(ffmpeg::Discard::NonReference),
            Frames::References => {
                decoder.skip_frame(ffmpeg::Discard::NonReference);
            }
            Frames::Keyframes => {
                decoder.skip_frame(ffmpeg::Discard::NonKey);
                decoder.skip_loop_filter(ffmpeg::Discard::All);
            }
        }
        Ok(decoder)
    }

    fn no_decoder(&self, error: ffmpeg::Error) -> Error {
        let codec = self.parameters.id().name();
        Error::new(ErrorCode::MediaNoDecoder, format!("the linked FFmpeg cannot decode {codec}: {error}"))
            .file(&self.path)
            .hint("install an FFmpeg with this decoder, or convert the file")
            .caused_by(error)
    }
}

/// Turns the packets of one picture stream into frames.
pub(crate) struct VideoDecoder {
    decoder: ffmpeg::decoder::Video,
    clock: Clocked,
    /// Used where a frame carries no time of its own.
    next: Option<i64>,
}

impl VideoDecoder {
    /// A decoder for a stream of `source`.
    pub(crate) fn open(source: &Source, stream: usize, frames: Frames, threads: usize) -> Result<Self> {
        let recipe = source.decoder_recipe(stream)?;
        let decoder = recipe.decoder(frames, threads)?.video().map_err(|error| recipe.no_decoder(error))?;
        Ok(Self { decoder, clock: Clocked::of(&recipe), next: None })
    }

    /// Give it a packet; then [`VideoDecoder::receive`] until it has no more.
    pub(crate) fn send(&mut self, packet: &Packet) -> Result<()> {
        self.clock.send(&mut self.decoder.0, Some(packet))
    }

    /// No more packets will come; the last frames can be received.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.clock.send(&mut self.decoder.0, None)
    }

    /// Forget what was sent, after a seek.
    pub(crate) fn reset(&mut self) {
        self.decoder.flush();
        self.next = None;
    }

    /// The next frame in order of display, if one is ready.
    pub(crate) fn receive(&mut self) -> Result<Option<VideoFrame>> {
        let mut frame = ffmpeg::frame::Video::empty();
        if !self.clock.receive(&mut self.decoder.0, &mut frame) {
            return Ok(None);
        }
        let ticks = frame.timestamp().or(self.next).unwrap_or(self.clock.origin);
        self.next = Some(ticks.saturating_add(frame.packet().duration.max(1)));
        let time = self.clock.time(ticks);
        Ok(Some(VideoFrame { frame, time }))
    }

    /// Damage met so far.
    pub(crate) fn losses(&self) -> Losses {
        self.clock.damage
    }
}

/// Turns the packets of one sound stream into frames.
pub(crate) struct AudioDecoder {
    decoder: ffmpeg::decoder::Audio,
    clock: Clocked,
}

impl AudioDecoder {
    /// A decoder for a stream of `source`.
    pub(crate) fn open(source: &Source, stream: usize) -> Result<Self> {
        Self::of(&source.decoder_recipe(stream)?)
    }

    /// A decoder made by a recipe.
    pub(crate) fn of(recipe: &DecoderRecipe) -> Result<Self> {
        let decoder = recipe.decoder(Frames::All, 1)?.audio().map_err(|error| recipe.no_decoder(error))?;
        Ok(Self { decoder, clock: Clocked::of(recipe) })
    }

    /// Give it a packet; then [`AudioDecoder::receive`] until it has no more.
    pub(crate) fn send(&mut self, packet: &Packet) -> Result<()> {
        self.clock.send(&mut self.decoder.0, Some(packet))
    }

    /// No more packets will come; the last samples can be received.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.clock.send(&mut self.decoder.0, None)
    }

    /// The next stretch of sound, if one is ready.
    pub(crate) fn receive(&mut self) -> Result<Option<AudioFrame>> {
        let mut frame = ffmpeg::frame::Audio::empty();
        if !self.clock.receive(&mut self.decoder.0, &mut frame) {
            return Ok(None);
        }
        let time = frame.timestamp().map(|ticks| self.clock.time(ticks));
        Ok(Some(AudioFrame { frame, time }))
    }

    /// Damage met so far.
    pub(crate) fn losses(&self) -> Losses {
        self.clock.damage
    }
}
