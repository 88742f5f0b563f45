//! From sketches to boundaries.

use std::cmp::Ordering;

use super::sketch::Sketch;
use super::window::Track;
use super::{cuts, describe, fades, gradual, model, tables};
use crate::clip::analysis::{Boundary, BoundaryKind, FoundBy};

/// Seconds within which frames bear on what is said about a time, on either side.
pub(in crate::clip::analysis) const REACH: f64 = 7.0;

/// Seconds on either side of a frame that judging it may look at.
const CONTEXT: f64 = 4.0;

/// Seconds that are judged at once.
const BLOCK: f64 = 2.0;

/// Frames a second that gradual transitions are looked for in.
const RATE: f64 = 32.0;

/// Two cuts nearer than this are one, in seconds.
const NEAR_CUTS: f64 = 0.13;

/// The same of any other two boundaries.
const NEAR: f64 = 0.15;

/// What may be a boundary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) kind: BoundaryKind,
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) score: f32,
    /// Which of two that contradict each other is the better one.
    pub(super) rank: f32,
}

/// Finds boundaries in consecutive frames.
#[derive(Default)]
pub(in crate::clip::analysis) struct Finder {
    all: Track,
    /// The same, but no more than [`RATE`] frames a second.
    thin: Track,
    last: Option<f64>,
    candidates: Vec<Candidate>,
}

impl Finder {
    /// One for a run of frames.
    pub(in crate::clip::analysis) fn new() -> Self {
        Self::default()
    }

    /// The next frame. One that is not later than the last is left out.
    pub(in crate::clip::analysis) fn push(&mut self, sketch: Sketch) {
        let time = sketch.time;
        if !time.is_finite() || self.last.is_some_and(|last| time <= last) {
            return;
        }
        // Every part of a video must leave out the same frames.
        let slot = |time: f64| (time * RATE + 1e-6).floor();
        if self.last.is_none_or(|last| slot(last) != slot(time)) {
            self.thin.push(sketch.clone());
        }
        self.all.push(sketch);
        self.last = Some(time);
        self.judge(false);
    }

    /// All boundaries of the frames that were pushed: in order, none overlapping another.
    pub(in crate::clip::analysis) fn finish(mut self) -> Vec<Boundary> {
        self.judge(true);
        resolve(self.candidates)
    }

    fn judge(&mut self, ended: bool) {
        let due = self.all.due(BLOCK, CONTEXT, ended);
        self.candidates.extend(due.clone().filter_map(|at| cut(&self.all, at)));
        self.all.judged(due, CONTEXT);
        let due = self.thin.due(BLOCK, CONTEXT, ended);
        self.candidates.extend(due.clone().filter_map(|at| fade(&self.thin, at)));
        let w = self.thin.window();
        let stretches = gradual::stretches(&w, due.clone());
        self.candidates.extend(stretches.into_iter().filter_map(|stretch| blend(&self.thin, stretch)));
        self.thin.judged(due, CONTEXT);
    }
}

fn cut(track: &Track, at: usize) -> Option<Candidate> {
    let w = track.window();
    if !cuts::worth(&w, at) {
        return None;
    }
    let score = tables::CUT.score(&cuts::measures(&w, at)?);
    (score > 0.0).then(|| Candidate { kind: BoundaryKind::Cut, start: w.time(at), end: w.time(at), score, rank: score })
}

fn fade(track: &Track, at: usize) -> Option<Candidate> {
    let w = track.window();
    let fades::Fade { first, last, both } = fades::fade(&w, at)?;
    let score = if both { 6.0 } else { 3.0 };
    Some(Candidate { kind: BoundaryKind::Fade, start: w.time(first), end: w.time(last), score, rank: score })
}

fn blend(track: &Track, stretch: gradual::Stretch) -> Option<Candidate> {
    let w = track.window();
    // To or from one colour: a fade or nothing.
    if fades::plain(&w, stretch.first) || fades::plain(&w, stretch.last) {
        return None;
    }
    let (measures, may) = describe::measures(&w, stretch)?;
    let dissolve = (BoundaryKind::Dissolve, may.dissolve, tables::DISSOLVE.score(&measures));
    let wipe = (BoundaryKind::Wipe, may.wipe, tables::WIPE.score(&measures));
    let possible = [dissolve, wipe].into_iter().filter(|(_, may, _)| *may);
    let (kind, _, score) = possible.max_by(|a, b| a.2.total_cmp(&b.2))?;
    let (start, end) = (w.time(stretch.first), w.time(stretch.last));
    // The whole of a transition before any part of it.
    let rank = score - 4.0 * measures[describe::BEYOND];
    (score > 0.0).then_some(Candidate { kind, start, end, score, rank })
}

/// Every candidate stands that no stronger one contradicts, whether that one stands or not: so far, and no further, does
/// one bear on another.
fn resolve(mut candidates: Vec<Candidate>) -> Vec<Boundary> {
    candidates.sort_by(order);
    candidates.dedup_by(|a, b| (a.kind, a.start, a.end) == (b.kind, b.start, b.end));
    let longest = gradual::LONGEST.max(fades::LONGEST) + NEAR;
    let stands = |one: &Candidate| {
        let first = candidates.partition_point(|other| other.start < one.start - longest);
        let mut near = candidates[first..].iter().take_while(|other| other.start <= one.end + NEAR);
        !near.any(|other| contradict(one, other) && stronger(other, one))
    };
    let boundary = |c: &Candidate| Boundary {
        kind: c.kind,
        start: c.start,
        end: c.end,
        found_by: FoundBy::Frames,
        confidence: f64::from(model::share(c.score)),
    };
    candidates.iter().filter(|candidate| stands(candidate)).map(boundary).collect()
}

fn order(a: &Candidate, b: &Candidate) -> Ordering {
    let kind = (a.kind as u8).cmp(&(b.kind as u8));
    a.start.total_cmp(&b.start).then(a.end.total_cmp(&b.end)).then(kind).then(b.rank.total_cmp(&a.rank))
}

/// A fade is told by what nothing else looks like, and the earlier of two that touch is the whole one.
fn stronger(one: &Candidate, other: &Candidate) -> bool {
    let fades = |candidate: &Candidate| candidate.kind == BoundaryKind::Fade;
    match (fades(one), fades(other)) {
        (true, true) => order(one, other).is_lt(),
        (false, false) => other.rank.total_cmp(&one.rank).then(order(one, other)).is_lt(),
        (fade, _) => fade,
    }
}

fn contradict(a: &Candidate, b: &Candidate) -> bool {
    let cuts = a.kind == BoundaryKind::Cut && b.kind == BoundaryKind::Cut;
    let near = if cuts { NEAR_CUTS } else { NEAR };
    a.start < b.end + near && b.start < a.end + near
}
