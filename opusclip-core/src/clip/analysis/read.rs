//! Reading frames one after another, where the plan says so.

use std::collections::VecDeque;

use super::facts::{Facts, Measure};
use super::picture::{Finder, REACH, Sketch, Sketcher};
use super::{Boundary, FindingKind};
use crate::clip::media::{self, Bars, MediaInfo, Source, VideoDecoder, VideoFrame};
use crate::clip::pair;
use crate::control::Control;
use crate::error::Result;
use crate::time::Span;

/// Seconds around a stretch whose frames are read too: what the finder reaches, and at least one frame beyond.
pub(super) const CONTEXT: f64 = REACH + 1.0;

/// Nothing moves where no cell of the picture has changed by more than this in [`STILL_FOR`] seconds.
const STILL: f64 = 2.0;
const STILL_FOR: f64 = 1.0;

/// Change of one frame that counts as motion at most: a cut is none.
const MOST_MOTION: f64 = 12.0;

/// The bars of a picture, as it is shown.
pub(super) fn bars(frame: &VideoFrame, info: &MediaInfo) -> Option<Bars> {
    let video = info.video()?;
    frame.bars(video.rotation, video.mirrored)
}

/// What the frames gave.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) boundaries: Vec<Boundary>,
    pub(super) damaged: Vec<f64>,
    pub(super) found: Vec<(FindingKind, f64)>,
}

impl Seen {
    fn append(&mut self, later: Self) {
        self.boundaries.extend(later.boundaries);
        self.damaged.extend(later.damaged);
        self.found.extend(later.found);
    }
}

/// Which frames are read, and how.
pub(super) struct Frames<'a> {
    pub(super) stream: usize,
    pub(super) info: &'a MediaInfo,
    /// What begins here counts; frames around it only give it context.
    pub(super) span: Span,
    pub(super) threads: usize,
}

impl Frames<'_> {
    /// Read stretches. With `all`, the facts are told from frames too. `None` where the picture is damaged and more than
    /// one thread decoded it.
    pub(super) fn read(
        &self,
        source: &mut Source,
        stretches: &[Span],
        all: bool,
        mut facts: Option<&mut Facts>,
        end: f64,
        control: &Control,
    ) -> Result<Option<Seen>> {
        let around = Span::new(self.span.start - CONTEXT, self.span.end + CONTEXT);
        let clipped = stretches.iter().map(|s| Span::new(s.start.max(around.start), s.end.min(around.end)));
        let stretches: Vec<Span> = clipped.filter(|stretch| stretch.duration() > 0.0).collect();
        let (first, second) = halves(&stretches, end);
        if all || self.threads == 1 || second.is_empty() {
            return self.read_in_order(source, &stretches, all, facts, end, control);
        }
        // What is found in a stretch depends on it alone, so two halves are read at the same time.
        let controls = control.shares(2);
        let mut twin = source.twin()?;
        let mut own = Facts::new(Measure::Packets, self.span.start);
        let (early, late) = pair::at_once(
            || self.read_in_order(source, first, all, facts.as_deref_mut(), end, &controls[0]),
            || self.read_in_order(&mut twin, second, all, Some(&mut own), end, &controls[1]),
        )?;
        let (Some(mut seen), Some(late)) = (early, late) else { return Ok(None) };
        seen.append(late);
        if let Some(facts) = facts {
            facts.black.merge(own.black);
        }
        Ok(Some(seen))
    }

    fn read_in_order(
        &self,
        source: &mut Source,
        stretches: &[Span],
        all: bool,
        mut facts: Option<&mut Facts>,
        end: f64,
        control: &Control,
    ) -> Result<Option<Seen>> {
        source.select(&[self.stream]);
        let mut decoder = VideoDecoder::open(source, self.stream, media::Frames::AllForComparison, self.threads)?;
        let mut sketcher = Sketcher::new();
        let total: f64 = stretches.iter().map(|stretch| length(stretch, end)).sum();
        let mut done = 0.0;
        let mut seen = Seen::default();
        for stretch in stretches {
            let mut eyes = Eyes::new(self, all, facts.as_deref_mut(), &mut seen);
            let mut report = |time: f64| control.report("analyze", (done + time - stretch.start) / total.max(1e-9));
            match eyes.read(source, &mut decoder, &mut sketcher, *stretch, &mut report)? {
                Stop::Damage => return Ok(None),
                Stop::Stretch => eyes.finish(None),
                Stop::File => eyes.finish(Some(end)),
            }
            done += length(stretch, end);
        }
        source.select_all();
        Ok(Some(seen))
    }
}

/// Seconds of a stretch before the end of the file.
fn length(stretch: &Span, end: f64) -> f64 {
    (stretch.end.min(end) - stretch.start).max(0.0)
}

/// Stretches in two parts of about the same length.
fn halves(stretches: &[Span], end: f64) -> (&[Span], &[Span]) {
    let half = stretches.iter().map(|stretch| length(stretch, end)).sum::<f64>() / 2.0;
    let mut passed = 0.0;
    let before = |stretch: &&Span| {
        passed += length(stretch, end);
        passed <= half
    };
    let first = stretches.iter().take_while(before).count();
    stretches.split_at(first.max(1).min(stretches.len()))
}

/// Why reading stopped.
enum Stop {
    /// At the end of the stretch.
    Stretch,
    /// At the end of the file.
    File,
    /// The picture is damaged, and more than one thread decoded it.
    Damage,
}

/// Looks at the frames of one stretch.
struct Eyes<'a> {
    frames: &'a Frames<'a>,
    all: bool,
    facts: Option<&'a mut Facts>,
    seen: &'a mut Seen,
    finder: Finder,
    /// The last frames, over [`STILL_FOR`] seconds.
    recent: VecDeque<Sketch>,
    black_since: Option<f64>,
    size: Option<(u32, u32)>,
    barred: Option<i64>,
}

impl<'a> Eyes<'a> {
    fn new(frames: &'a Frames<'a>, all: bool, facts: Option<&'a mut Facts>, seen: &'a mut Seen) -> Self {
        Self {
            frames,
            all,
            facts,
            seen,
            finder: Finder::new(),
            recent: VecDeque::new(),
            black_since: None,
            size: None,
            barred: None,
        }
    }

    fn read(
        &mut self,
        source: &mut Source,
        decoder: &mut VideoDecoder,
        sketcher: &mut Sketcher,
        stretch: Span,
        report: &mut dyn FnMut(f64),
    ) -> Result<Stop> {
        if stretch.start > 0.0 {
            source.seek_keyframe(self.frames.stream, stretch.start)?;
        } else {
            source.rewind()?;
        }
        decoder.reset();
        let mut losses = decoder.losses().total();
        let mut at = stretch.start.max(0.0);
        loop {
            let packet = loop {
                match source.next_packet()? {
                    Some(packet) if packet.stream() != self.frames.stream => {}
                    packet => break packet,
                }
            };
            match &packet {
                Some(packet) => decoder.send(packet)?,
                None => decoder.finish()?,
            }
            while let Some(mut frame) = decoder.receive()? {
                let time = frame.time.seconds();
                if time > stretch.end + 1e-6 {
                    return Ok(Stop::Stretch);
                }
                if time >= stretch.start - 1e-6 {
                    at = time;
                    report(time);
                    self.look(&mut frame, sketcher)?;
                }
            }
            let total = decoder.losses().total();
            if total > losses {
                if self.frames.threads > 1 {
                    return Ok(Stop::Damage);
                }
                losses = total;
                let time = packet.as_ref().and_then(|packet| source.packet_time(packet)).map_or(at, |t| t.seconds());
                if self.frames.span.contains(time) {
                    self.seen.damaged.push(time);
                }
            }
            if packet.is_none() {
                return Ok(Stop::File);
            }
        }
    }

    fn look(&mut self, frame: &mut VideoFrame, sketcher: &mut Sketcher) -> Result<()> {
        let time = frame.time.seconds();
        let within = self.frames.span.contains(time);
        if self.all {
            self.look_closer(frame, time, within);
        }
        let Some(sketch) = sketcher.sketch(frame)? else { return Ok(()) };
        if self.recent.back().is_some_and(|last| sketch.time() <= last.time()) {
            return Ok(());
        }
        self.look_for_black(&sketch, within);
        if self.all {
            self.look_for_motion(&sketch, within);
        }
        self.remember(sketch.clone());
        self.finder.push(sketch);
        Ok(())
    }

    fn remember(&mut self, sketch: Sketch) {
        let until = if self.all { sketch.time() - STILL_FOR } else { f64::INFINITY };
        self.recent.push_back(sketch);
        while self.recent.len() > 1 && self.recent.get(1).is_some_and(|next| next.time() <= until) {
            self.recent.pop_front();
        }
    }

    /// Size, and once a second the bars.
    fn look_closer(&mut self, frame: &VideoFrame, time: f64, within: bool) {
        let size = frame.size();
        if within && self.size.is_some_and(|known| known != size) {
            self.seen.found.push((FindingKind::SizeChange, time));
        }
        self.size = Some(size);
        let second = time.floor() as i64;
        if within
            && self.barred != Some(second)
            && let Some(facts) = &mut self.facts
        {
            facts.bars.extend(bars(frame, self.frames.info).map(|bars| (time, bars)));
        }
        self.barred = Some(second);
    }

    fn look_for_black(&mut self, sketch: &Sketch, within: bool) {
        let time = sketch.time();
        if let Some(since) = self.black_since.take() {
            self.add(since, time, |facts| &mut facts.black);
        }
        if within && sketch.is_black() {
            self.black_since = Some(time);
        }
    }

    fn look_for_motion(&mut self, sketch: &Sketch, within: bool) {
        let time = sketch.time();
        let since = self.recent.front().map(Sketch::time).filter(|since| *since <= time - STILL_FOR);
        if let Some(since) = since
            && self.recent.iter().rev().all(|known| known.largest_change(sketch) <= STILL)
        {
            self.add(since, time, |facts| &mut facts.frozen);
        }
        if let (Some(last), Some(facts)) = (self.recent.back(), self.facts.as_mut().filter(|_| within)) {
            facts.motion.frame(time, last.difference(sketch).min(MOST_MOTION));
        }
    }

    fn add(&mut self, from: f64, to: f64, runs: impl FnOnce(&mut Facts) -> &mut super::facts::Runs) {
        let span = self.frames.span;
        let run = Span::new(from.max(span.start), to.min(span.end));
        if let Some(facts) = self.facts.as_mut().filter(|_| run.duration() > 0.0) {
            runs(facts).add(run);
        }
    }

    /// `end` is that of the picture, where it was reached.
    fn finish(mut self, end: Option<f64>) {
        if let (Some(since), Some(end)) = (self.black_since.take(), end) {
            self.add(since, end, |facts| &mut facts.black);
        }
        let span = self.frames.span;
        let found = self.finder.finish();
        self.seen.boundaries.extend(found.into_iter().filter(|boundary| span.contains(boundary.start)));
    }
}
