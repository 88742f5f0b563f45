//! Shot boundaries: keyframes are compared first, and only where two neighbours differ are the frames between them read.
//!
//! Most encoders place a keyframe at a cut, so neighbouring keyframes of one shot look alike. Where they differ, the
//! group of pictures between them is decoded, and the cut is the frame that differs from the one before it far more than
//! the frames around it do. Long groups without keyframes are always read.

use std::collections::VecDeque;

use super::Shot;
use crate::clip::media::{DECODER_THREADS, Frames, Source, VideoDecoder, VideoFrame, VideoGraph};
use crate::control::Control;
use crate::error::Result;
use crate::time::{TimeBase, round_micros};

/// A frame is compared as this many pixels, in colour.
const WIDTH: usize = 32;
const HEIGHT: usize = 18;
const ROW: usize = WIDTH * 3;

/// Mean difference a channel (0 to 255) from which two keyframes may lie in different shots.
const KEYFRAMES_DIFFER: f64 = 14.0;

/// The same where the second keyframe comes sooner than the encoder's interval: it was placed there for a reason.
const PLACED_KEYFRAMES_DIFFER: f64 = 5.0;

/// A distance below this share of the longest one so far is sooner than the encoder's interval.
const SOONER: f64 = 0.95;

/// Mean difference from which two consecutive frames can be a cut.
const FRAMES_DIFFER: f64 = 8.0;

/// A cut stands out from the mean difference of the frames around it by this factor.
const STANDS_OUT: f64 = 3.0;

/// Frames on either side of a flash differ by less than this share of what the flash differs.
const ALIKE: f64 = 0.4;

/// Frames on either side of a difference that it must stand out from.
const AROUND: usize = 5;

/// Groups of pictures longer than this hide cuts, so they are read even where their ends look alike, in seconds.
const LONG_GROUP: f64 = 12.0;

/// Seconds read behind a suspect group.
const CONTEXT: f64 = 0.25;

/// Two cuts are at least this far apart, in seconds.
const SHORTEST_SHOT: f64 = 0.25;

/// A small copy of a frame to compare.
pub(super) struct Sketch {
    time: f64,
    pixels: Vec<u8>,
}

impl Sketch {
    fn difference(&self, other: &Self) -> f64 {
        let sum: u64 = self.pixels.iter().zip(&other.pixels).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / self.pixels.len().max(1) as f64
    }
}

/// Makes sketches of frames.
pub(super) struct Sketcher(VideoGraph);

impl Sketcher {
    pub(super) fn new() -> Self {
        Self(VideoGraph::new(format!("scale={WIDTH}:{HEIGHT}:flags=bilinear,format=rgb24"), TimeBase::MICROS))
    }

    pub(super) fn sketch(&mut self, frame: &mut VideoFrame) -> Result<Option<Sketch>> {
        let time = frame.time.seconds();
        self.0.push(frame, 0)?;
        Ok(self.0.pull()?.map(|small| Sketch { time, pixels: small.packed_rows(ROW).flatten().copied().collect() }))
    }
}

/// Two neighbouring keyframes between which there may be a cut, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Suspect {
    from: f64,
    to: f64,
    /// Do the two differ? A long group is suspect even where they do not.
    differ: bool,
    /// Did the encoder place the second one there?
    placed: bool,
}

impl Suspect {
    /// Everything.
    pub(super) fn whole(duration: f64) -> Self {
        Self { from: 0.0, to: duration, differ: false, placed: false }
    }
}

/// The beginning of a shot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Boundary {
    time: f64,
    confidence: f64,
    found_by: &'static str,
}

/// What keyframes alone tell. A keyframe that the encoder placed stands at the cut; one of its interval stands behind it.
pub(super) fn between_keyframes(suspects: &[Suspect]) -> Vec<Boundary> {
    let confidence = |suspect: &Suspect| if suspect.placed { 0.7 } else { 0.3 };
    let boundary = |s: &Suspect| Boundary { time: s.to, confidence: confidence(s), found_by: "keyframe" };
    suspects.iter().filter(|suspect| suspect.differ).map(boundary).collect()
}

/// Takes keyframes in order and remembers where to look closer.
#[derive(Default)]
pub(super) struct Suspects {
    last: Option<Sketch>,
    longest: f64,
    found: Vec<Suspect>,
}

impl Suspects {
    pub(super) fn push(&mut self, keyframe: Sketch) {
        if let Some(last) = &self.last
            && keyframe.time > last.time
        {
            let distance = keyframe.time - last.time;
            let placed = distance < self.longest * SOONER;
            let enough = if placed { PLACED_KEYFRAMES_DIFFER } else { KEYFRAMES_DIFFER };
            let differ = last.difference(&keyframe) >= enough;
            if differ || distance > LONG_GROUP {
                self.found.push(Suspect { from: last.time, to: keyframe.time, differ, placed });
            }
            self.longest = self.longest.max(distance);
        }
        self.last = Some(keyframe);
    }

    /// All places to look, the tail after the last keyframe included: there is no later one to compare it with.
    pub(super) fn finish(mut self, duration: f64) -> Vec<Suspect> {
        if let Some(last) = &self.last
            && duration > last.time
        {
            self.found.push(Suspect { from: last.time, to: duration, differ: false, placed: false });
        }
        self.found
    }
}

/// Read the suspect groups of pictures and return the cuts in them.
pub(super) fn refine(
    source: &mut Source,
    stream: usize,
    suspects: &[Suspect],
    control: &Control,
) -> Result<Vec<Boundary>> {
    let mut cuts = Vec::new();
    source.select(&[stream]);
    let mut decoder = VideoDecoder::open(source, stream, Frames::AllForComparison, DECODER_THREADS)?;
    let mut sketcher = Sketcher::new();
    let stretches = joined(suspects);
    let total: f64 = stretches.iter().map(|stretch| stretch.to - stretch.from).sum();
    let mut done = 0.0;
    for stretch in stretches {
        source.seek_keyframe(stream, stretch.from)?;
        decoder.reset();
        let mut finder = CutFinder::default();
        let mut report = |time: f64| control.report("analyze", (done + time - stretch.from) / total.max(1e-9));
        read(source, stream, &mut decoder, &mut sketcher, stretch, &mut finder, &mut report)?;
        done += stretch.to - stretch.from;
        let boundary = |cut: &Cut| Boundary { time: cut.time, confidence: cut.confidence, found_by: "cut" };
        cuts.extend(finder.finish().iter().map(boundary));
    }
    Ok(cuts)
}

/// Suspects with some frames after them, so that a flash at their end shows as one; overlaps are read once. Frames before
/// them would cost a whole group of pictures more.
fn joined(suspects: &[Suspect]) -> Vec<Suspect> {
    let mut stretches: Vec<Suspect> = Vec::new();
    for suspect in suspects {
        let to = suspect.to + CONTEXT;
        match stretches.last_mut() {
            Some(last) if suspect.from <= last.to => last.to = to,
            _ => stretches.push(Suspect { to, ..*suspect }),
        }
    }
    stretches
}

/// Show the finder every frame of a stretch.
fn read(
    source: &mut Source,
    stream: usize,
    decoder: &mut VideoDecoder,
    sketcher: &mut Sketcher,
    stretch: Suspect,
    finder: &mut CutFinder,
    report: &mut dyn FnMut(f64),
) -> Result<()> {
    let mut ended = false;
    while !ended {
        match source.next_packet()? {
            Some(packet) if packet.stream() != stream => continue,
            Some(packet) => decoder.send(&packet)?,
            None => {
                decoder.finish()?;
                ended = true;
            }
        }
        while let Some(mut frame) = decoder.receive()? {
            let time = frame.time.seconds();
            if time > stretch.to + 1e-6 {
                return Ok(());
            }
            if time < stretch.from - 1e-6 {
                continue;
            }
            report(time);
            if let Some(sketch) = sketcher.sketch(&mut frame)? {
                finder.push(sketch);
            }
        }
    }
    Ok(())
}

/// Finds cuts in consecutive frames, looking at a few frames on either side of each.
#[derive(Default)]
struct CutFinder {
    /// The last frames, each with its difference from the one before.
    window: VecDeque<(Sketch, f64)>,
    /// Place in the window of the frame that is to be judged next, less one: nothing lies before the very first.
    judged: usize,
    cuts: Vec<Cut>,
}

struct Cut {
    time: f64,
    confidence: f64,
    difference: f64,
}

impl CutFinder {
    fn push(&mut self, sketch: Sketch) {
        let difference = self.window.back().map_or(0.0, |(last, _)| last.difference(&sketch));
        self.window.push_back((sketch, difference));
        while self.window.len() > self.judged + AROUND {
            self.judged += 1;
            self.judge(self.judged);
            if self.judged >= AROUND {
                self.window.pop_front();
                self.judged -= 1;
            }
        }
    }

    /// The cuts of all frames seen.
    fn finish(mut self) -> Vec<Cut> {
        for at in self.judged + 1..self.window.len() {
            self.judge(at);
        }
        self.cuts
    }

    /// Is there a cut before the frame at this place of the window?
    fn judge(&mut self, at: usize) {
        let Some((frame, difference)) = self.window.get(at) else { return };
        let around: Vec<f64> = self.window.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, (_, d))| *d).collect();
        let usual = around.iter().sum::<f64>() / around.len().max(1) as f64;
        if *difference < FRAMES_DIFFER || *difference < usual * STANDS_OUT || self.is_flash(at, *difference) {
            return;
        }
        let confidence = (1.0 - usual * STANDS_OUT / difference * 0.5).clamp(0.5, 1.0);
        let cut = Cut { time: frame.time, confidence, difference: *difference };
        match self.cuts.last_mut() {
            // Of two changes that are too near for a shot between them, the stronger one is the cut.
            Some(last) if cut.time - last.time < SHORTEST_SHOT => {
                if cut.difference > last.difference {
                    *last = cut;
                }
            }
            _ => self.cuts.push(cut),
        }
    }

    /// After a flash the picture is what it was before: frames on either side of the change look alike.
    fn is_flash(&self, at: usize, difference: f64) -> bool {
        let before = self.window.range(at.saturating_sub(AROUND)..at).map(|(sketch, _)| sketch);
        let after = || self.window.range((at + 1).min(self.window.len())..).map(|(sketch, _)| sketch);
        before.into_iter().any(|one| after().any(|other| one.difference(other) < difference * ALIKE))
    }
}

/// Shots between the boundaries, covering 0 to `duration`.
pub(super) fn shots(mut boundaries: Vec<Boundary>, duration: f64) -> Vec<Shot> {
    boundaries.retain(|boundary| boundary.time > SHORTEST_SHOT && boundary.time < duration);
    boundaries.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut shots = vec![Shot { start: 0.0, end: duration, found_by: "start".into(), confidence: 1.0 }];
    for Boundary { time, confidence, found_by } in boundaries {
        let time = round_micros(time);
        if let Some(last) = shots.last_mut() {
            if time - last.start < SHORTEST_SHOT {
                continue;
            }
            last.end = time;
        }
        shots.push(Shot { start: time, end: duration, found_by: found_by.into(), confidence });
    }
    shots
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts in frames whose every pixel has one of these values, 25 a second from 1 s on.
    fn cuts_in(values: &[u8]) -> Vec<f64> {
        let mut finder = CutFinder::default();
        for (n, value) in values.iter().enumerate() {
            finder.push(Sketch { time: n as f64 / 25.0 + 1.0, pixels: vec![*value; 12] });
        }
        finder.finish().into_iter().map(|cut| cut.time).collect()
    }

    #[test]
    fn a_lone_jump_is_a_cut_and_steady_motion_is_none() {
        let cut: Vec<u8> = [vec![10; 12], vec![90; 12]].concat();
        assert_eq!(cuts_in(&cut), [1.48]);
        let motion: Vec<u8> = (0..12).map(|n| n * 20).collect();
        assert!(cuts_in(&motion).is_empty());
        assert!(cuts_in(&[10, 10, 15, 15, 10]).is_empty(), "a small change is no cut");
    }

    #[test]
    fn a_flash_is_no_cut() {
        let flash: Vec<u8> = [vec![10; 12], vec![250; 2], vec![11; 12]].concat();
        assert!(cuts_in(&flash).is_empty());
    }

    #[test]
    fn a_cut_just_after_the_beginning_is_found() {
        assert_eq!(cuts_in(&[vec![10; 2], vec![90; 20]].concat()), [1.08]);
    }

    #[test]
    fn a_cut_just_before_the_end_is_found() {
        let late: Vec<u8> = [vec![10; 20], vec![90; 2]].concat();
        assert_eq!(cuts_in(&late), [1.8]);
    }

    #[test]
    fn keyframes_alone_tell_less_surely() {
        let suspects = [(true, true), (true, false), (false, false)].map(|(differ, placed)| Suspect {
            from: 1.0,
            to: 2.0,
            differ,
            placed,
        });
        let told: Vec<_> = between_keyframes(&suspects).iter().map(|b| (b.time, b.confidence, b.found_by)).collect();
        assert_eq!(told, [(2.0, 0.7, "keyframe"), (2.0, 0.3, "keyframe")]);
    }

    #[test]
    fn shots_cover_the_picture() {
        let cut = |time| Boundary { time, confidence: 0.9, found_by: "cut" };
        let shots = shots(vec![cut(4.0), cut(2.0), cut(2.1)], 6.0);
        let ends: Vec<_> = shots.iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(ends, [(0.0, 2.0), (2.0, 4.0), (4.0, 6.0)]);
    }
}
