//! Small pictures of the moments of a clip, decoded on one thread and looked at on another.

use std::sync::mpsc::sync_channel;

use super::saliency::Cells;
use super::subject::{Finder, Picture, SubjectKind};
use super::track::{Seen, Sighting};
use super::{Crop, small};
use crate::clip::analysis::FaceSample;
use crate::clip::media::{
    DECODER_THREADS, Frames, Losses, MediaInfo, Source, VideoDecoder, VideoFrame, VideoGraph, VideoInfo,
};
use crate::clip::pair;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::{Span, TimeBase};

/// Seconds between two looks.
pub(super) const EVERY: f64 = 0.25;

/// Two pictures further apart than this, in seconds, do not tell how much a mouth moves.
const NEXT: f64 = 0.3;

/// Pictures that wait to be looked at.
const WAITING: usize = 4;

/// What one look gave.
pub(super) struct Look {
    pub(super) sighting: Sighting,
    pub(super) cells: Cells,
}

/// A picture, and the luma of one shortly after it.
struct Glimpse {
    picture: Picture,
    next: Option<Vec<u8>>,
}

/// Look at stretches of a source, each of one shot, in order of time. Gives the looks of each.
pub(super) fn look(
    source: &mut Source,
    info: &MediaInfo,
    stretches: &[Span],
    finder: &Finder,
    control: &Control,
) -> Result<Vec<Vec<Look>>> {
    let (losses, looks) = attempt(source, info, stretches, finder, DECODER_THREADS, control)?;
    // What a threaded decoder makes of damage depends on luck; one thread always shows the same.
    if losses.total() == 0 { Ok(looks) } else { Ok(attempt(source, info, stretches, finder, 1, control)?.1) }
}

fn attempt(
    source: &mut Source,
    info: &MediaInfo,
    stretches: &[Span],
    finder: &Finder,
    threads: usize,
    control: &Control,
) -> Result<(Losses, Vec<Vec<Look>>)> {
    let (sender, receiver) = sync_channel::<(usize, Glimpse)>(WAITING);
    std::thread::scope(|scope| {
        let looking = scope.spawn(move || {
            let mut detector = finder.start()?;
            let mut looks: Vec<Vec<Look>> = stretches.iter().map(|_| Vec::new()).collect();
            for (stretch, Glimpse { picture, next }) in receiver {
                control.check()?;
                let luma = picture.luma();
                let found = detector.detect(&picture, &luma, control)?;
                let width = picture.width as usize;
                let seen = |subject: &super::Subject| Seen {
                    subject: *subject,
                    mouth: next.as_deref().map(|next| mouth(&luma, next, width, subject.area())),
                };
                let sighting = Sighting { time: picture.time, subjects: found.iter().map(seen).collect() };
                looks[stretch].push(Look { sighting, cells: Cells::of(&luma, next.as_deref(), width) });
            }
            Ok(looks)
        });
        let read = Reader { source, info, side: finder.side(), threads }.read(stretches, control, &mut |glimpse| {
            // Whoever looks has failed if nobody takes it; its error is the one that counts.
            sender.send(glimpse).is_ok()
        });
        drop(sender);
        let looks = looking.join().map_err(|_| Error::new(ErrorCode::Internal, "looking for subjects panicked"))?;
        let looks = looks?;
        Ok((read?, looks))
    })
}

struct Reader<'a> {
    source: &'a mut Source,
    info: &'a MediaInfo,
    /// Length of the longer side of the pictures, in pixels.
    side: u32,
    threads: usize,
}

impl Reader<'_> {
    /// `take` gets the number of a stretch and a glimpse, and says whether it wants more.
    fn read(
        &mut self,
        stretches: &[Span],
        control: &Control,
        take: &mut dyn FnMut((usize, Glimpse)) -> bool,
    ) -> Result<Losses> {
        let (Some(stream), Some(video)) = (self.info.video, self.info.video()) else { return Ok(Losses::default()) };
        self.source.select(&[stream]);
        let mut decoder = VideoDecoder::open(self.source, stream, Frames::References, self.threads)?;
        let mut graph = shrinker(video, self.side);
        for (number, stretch) in stretches.iter().enumerate() {
            control.report("render", number as f64 / stretches.len() as f64);
            self.source.seek_keyframe(stream, stretch.start)?;
            decoder.reset();
            let mut looked = Looked { stretch: *stretch, due: stretch.start, waiting: None };
            'stretch: loop {
                control.check()?;
                let packet = self.source.next_packet()?;
                match &packet {
                    Some(packet) if packet.stream() != stream => continue,
                    Some(packet) => decoder.send(packet)?,
                    None => decoder.finish()?,
                }
                while let Some(mut frame) = decoder.receive()? {
                    match looked.at(frame.time.seconds(), &mut frame, &mut graph)? {
                        Next::Wait => {}
                        Next::Take(glimpse) => {
                            if !take((number, glimpse)) {
                                return Ok(decoder.losses());
                            }
                        }
                        Next::Over => break 'stretch,
                    }
                }
                if packet.is_none() {
                    break;
                }
            }
            if let Some(picture) = looked.waiting
                && !take((number, Glimpse { picture, next: None }))
            {
                return Ok(decoder.losses());
            }
        }
        Ok(decoder.losses())
    }
}

enum Next {
    Wait,
    Take(Glimpse),
    Over,
}

/// How far a stretch has been looked at.
struct Looked {
    stretch: Span,
    /// When the next look is due.
    due: f64,
    /// A picture that waits for the one after it.
    waiting: Option<Picture>,
}

impl Looked {
    fn at(&mut self, time: f64, frame: &mut VideoFrame, graph: &mut VideoGraph) -> Result<Next> {
        if time >= self.stretch.end {
            return Ok(Next::Over);
        }
        if let Some(picture) = self.waiting.take() {
            let near = time - picture.time <= NEXT;
            let next = if near { Some(shrunk(frame, graph, time)?.luma()) } else { None };
            return Ok(Next::Take(Glimpse { picture, next }));
        }
        if time >= self.due {
            self.waiting = Some(shrunk(frame, graph, time)?);
            // The grid is that of the stretch, so that looks do not depend on which pictures there are before it.
            self.due = self.stretch.start + (((time - self.stretch.start) / EVERY).floor() + 1.0) * EVERY;
        }
        Ok(Next::Wait)
    }
}

fn shrunk(frame: &mut VideoFrame, graph: &mut VideoGraph, time: f64) -> Result<Picture> {
    graph.push(frame, (time * 1e6).round() as i64)?;
    let small =
        graph.pull()?.ok_or_else(|| Error::new(ErrorCode::Internal, "the filters for a small picture gave nothing"))?;
    let (width, height) = small.size();
    Ok(Picture { time, width, height, rgb: small.packed_rows(3) })
}

/// How many faces the keyframes at or before these seconds show, in order of time.
pub(crate) fn faces_at(
    source: &mut Source,
    info: &MediaInfo,
    moments: &[f64],
    finder: &Finder,
    control: &Control,
) -> Result<Vec<FaceSample>> {
    // A callback is asked about one picture after another.
    if finder.is_foreign() || moments.len() < 2 {
        return faces_in_order(source, info, moments, finder, control);
    }
    let (first, second) = moments.split_at(moments.len() / 2);
    let controls = control.shares(2);
    let mut twin = source.twin()?;
    let (mut samples, late) = pair::at_once(
        || faces_in_order(source, info, first, finder, &controls[0]),
        || faces_in_order(&mut twin, info, second, finder, &controls[1]),
    )?;
    // The nearest keyframe may be the same for the last of one half and the first of the other.
    let from = samples.last().map_or(f64::NEG_INFINITY, |last| last.time);
    samples.extend(late.into_iter().filter(|sample| sample.time > from));
    Ok(samples)
}

fn faces_in_order(
    source: &mut Source,
    info: &MediaInfo,
    moments: &[f64],
    finder: &Finder,
    control: &Control,
) -> Result<Vec<FaceSample>> {
    let (Some(stream), Some(video)) = (info.video, info.video()) else { return Ok(Vec::new()) };
    source.select(&[stream]);
    let mut detector = finder.start()?;
    let mut graph = shrinker(video, finder.side());
    let mut samples: Vec<FaceSample> = Vec::new();
    for (number, moment) in moments.iter().enumerate() {
        control.check()?;
        control.report("select", number as f64 / moments.len() as f64);
        let Some(mut frame) = source.keyframe_at(stream, *moment)? else { continue };
        let time = frame.time.seconds();
        if samples.last().is_some_and(|last| last.time >= time) {
            continue;
        }
        let picture = shrunk(&mut frame, &mut graph, time)?;
        let found = detector.detect(&picture, &picture.luma(), control)?;
        let faces = found.iter().filter(|subject| subject.kind == SubjectKind::Face);
        let heights: Vec<f64> = faces.map(|face| face.height).collect();
        let largest = heights.iter().copied().fold(0.0, f64::max);
        samples.push(FaceSample { time, count: heights.len() as u32, largest });
    }
    Ok(samples)
}

/// Filters that make a small picture whose longer side has so many pixels.
fn shrinker(video: &VideoInfo, side: u32) -> VideoGraph {
    let long = video.display_width.max(video.display_height).max(1);
    let height = (u64::from(video.display_height) * u64::from(side) / u64::from(long)).max(2) as u32;
    VideoGraph::new(format!("{},format=rgb24", small(video, height & !1)), TimeBase::MICROS)
}

/// How much a mouth moves from one picture to the next, beyond what the face as a whole does, in levels of luma.
fn mouth(luma: &[u8], next: &[u8], width: usize, face: Crop) -> f64 {
    let height = luma.len() / width.max(1);
    let change = |left: f64, top: f64, right: f64, bottom: f64| {
        let place = |share: f64, at: f64, size: f64, pixels: usize| {
            (((at + share * size) * pixels as f64) as usize).min(pixels)
        };
        let columns = place(left, face.x, face.width, width)..place(right, face.x, face.width, width);
        let rows = place(top, face.y, face.height, height)..place(bottom, face.y, face.height, height);
        let (mut sum, mut count) = (0u64, 0u64);
        for row in rows {
            for at in row * width + columns.start..row * width + columns.end {
                if let (Some(a), Some(b)) = (luma.get(at), next.get(at)) {
                    sum += u64::from(a.abs_diff(*b));
                    count += 1;
                }
            }
        }
        sum as f64 / count.max(1) as f64
    };
    (change(0.2, 0.62, 0.8, 0.98) - change(0.15, 0.05, 0.85, 0.5)).max(0.0)
}
