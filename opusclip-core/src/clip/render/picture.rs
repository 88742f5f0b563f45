//! A clip's picture: frames at a constant rate, framed, captioned, encoded.

use super::camera::Composer;
use super::rate::Ticks;
use crate::clip::media::{Frames, Losses, Packet, Rational, Source, VideoDecoder, VideoEncoder, VideoFrame};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// The best still is looked for this often, in frames.
const STILL_EVERY: i64 = 12;

/// The last picture may stand this long before a range begins, in seconds.
const LONGEST_STILL: f64 = 10.0;

/// Drives frames of a source through filters into an encoder.
pub(super) struct Pipeline<'a> {
    pub(super) source: &'a mut Source,
    pub(super) stream: usize,
    pub(super) composer: Composer<'a>,
    pub(super) encoder: VideoEncoder,
    pub(super) rate: Rational,
    pub(super) total: u64,
    pub(super) control: Control,
    /// Decoder threads.
    pub(super) threads: usize,
    pub(super) seen: Seen,
}

/// What came by so far.
#[derive(Default)]
pub(super) struct Seen {
    /// The best picture yet, with how much contrast it has.
    still: Option<(f64, VideoFrame)>,
    losses: Losses,
    decoded: u64,
}

/// What is left when all ranges are encoded.
pub(super) struct Rendered {
    /// The picture that stands for the clip.
    pub(super) still: Option<VideoFrame>,
    /// Damage met on the way.
    pub(super) losses: Losses,
}

impl Pipeline<'_> {
    /// Render a range into ticks `ticks`; `sink` gets encoded packets.
    pub(super) fn range(
        &mut self,
        range: Span,
        ticks: std::ops::Range<u64>,
        sink: &mut dyn FnMut(Packet) -> Result<()>,
    ) -> Result<()> {
        self.source.select(&[self.stream]);
        self.source.seek_keyframe(self.stream, range.start)?;
        let mut decoder = VideoDecoder::open(self.source, self.stream, Frames::All, self.threads)?;
        let mut clock = Ticks::new(range.start, self.rate, ticks.start, ticks.end - ticks.start);
        let mut held: Option<VideoFrame> = None;
        let mut ended = false;
        while !ended && !clock.done() {
            match self.source.next_packet()? {
                Some(packet) if packet.stream() != self.stream => continue,
                Some(packet) => decoder.send(&packet)?,
                None => {
                    decoder.finish()?;
                    ended = true;
                }
            }
            while !clock.done()
                && let Some(frame) = decoder.receive()?
            {
                self.seen.decoded += 1;
                let time = frame.time.seconds();
                if held.as_ref().is_some_and(|held| frame.time < held.time) {
                    continue;
                }
                if let Some(held) = &mut held {
                    self.emit(held, clock.before(time), Begin { range, tick: ticks.start }, sink)?;
                }
                held = Some(frame);
            }
        }
        // A still last picture is one thing, a range far behind it another.
        let Some(mut last) = held.filter(|last| last.time.seconds() > range.start - LONGEST_STILL) else {
            return Err(Error::new(ErrorCode::MediaDamaged, "no picture can be decoded here")
                .file(self.source.path())
                .time(range.start)
                .hint("get a better copy of the file"));
        };
        self.emit(&mut last, clock.rest(), Begin { range, tick: ticks.start }, sink)?;
        let losses = decoder.losses();
        self.seen.losses.lost += losses.lost;
        self.seen.losses.patched += losses.patched;
        // Pictures with patches are worth showing; lost ones are not there.
        let allowed = self.source.limits().damage * (self.seen.decoded + self.seen.losses.lost) as f64;
        if self.seen.losses.lost as f64 > allowed.max(1.0) {
            return Err(Error::new(
                ErrorCode::MediaDamaged,
                format!("{} of {} pictures are lost", self.seen.losses.lost, self.seen.decoded + self.seen.losses.lost),
            )
            .file(self.source.path())
            .time(range.start)
            .hint("get a better copy of the file"));
        }
        Ok(())
    }

    /// Flush the encoder.
    pub(super) fn finish(mut self, sink: &mut dyn FnMut(Packet) -> Result<()>) -> Result<Rendered> {
        let control = self.control.clone();
        let Self { composer, encoder, seen, .. } = &mut self;
        composer.finish(&mut |ready| seen.encode(ready, encoder, sink))?;
        encoder.finish(&mut |packet| {
            control.check()?;
            sink(packet)
        })?;
        Ok(Rendered { still: self.seen.still.map(|(_, frame)| frame), losses: self.seen.losses })
    }

    fn emit(
        &mut self,
        frame: &mut VideoFrame,
        ticks: std::ops::Range<u64>,
        begin: Begin,
        sink: &mut dyn FnMut(Packet) -> Result<()>,
    ) -> Result<()> {
        let Self { composer, encoder, seen, control, total, rate, .. } = self;
        let time = frame.time.seconds();
        for tick in ticks {
            control.check()?;
            control.report("render", tick as f64 / (*total).max(1) as f64);
            let camera = begin.range.start + (tick - begin.tick) as f64 / rate.value();
            composer.push(frame, tick as i64, (time, camera), &mut |ready| seen.encode(ready, encoder, sink))?;
        }
        Ok(())
    }
}

/// Where a range begins in the source, and at which tick in the clip.
#[derive(Clone, Copy)]
struct Begin {
    range: Span,
    tick: u64,
}

impl Seen {
    fn encode(
        &mut self,
        ready: VideoFrame,
        encoder: &mut VideoEncoder,
        sink: &mut dyn FnMut(Packet) -> Result<()>,
    ) -> Result<()> {
        encoder.push(&ready, sink)?;
        if ready.time.ticks.rem_euclid(STILL_EVERY) == 0 {
            self.consider(ready);
        }
        Ok(())
    }

    /// The picture with the most contrast stands for the clip: not black, not a flash, not mid-fade.
    fn consider(&mut self, frame: VideoFrame) {
        let contrast = frame.contrast();
        if self.still.as_ref().is_none_or(|(best, _)| contrast > *best) {
            self.still = Some((contrast, frame));
        }
    }
}
