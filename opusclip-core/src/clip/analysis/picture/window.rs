//! Consecutive sketches with the changes between them.

use std::ops::Range;

use super::compare;
use super::sketch::Sketch;

/// A sketch, and how much it differs from the one before it.
pub(super) type Seen = (Sketch, f32);

/// A view of consecutive frames.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    frames: &'a [Seen],
}

impl<'a> Window<'a> {
    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn frame(&self, at: usize) -> &'a Sketch {
        &self.frames[at].0
    }

    pub(super) fn time(&self, at: usize) -> f64 {
        self.frames[at].0.time
    }

    /// How much frame `at` differs from the one before it; 0 where there is no such frame.
    pub(super) fn change(&self, at: usize) -> f32 {
        self.frames.get(at).map_or(0.0, |seen| seen.1)
    }

    /// Place of the first frame at or after a time.
    pub(super) fn place(&self, time: f64) -> usize {
        self.frames.partition_point(|seen| seen.0.time < time - 1e-6)
    }

    /// Place of the frame nearest to a time.
    pub(super) fn nearest(&self, time: f64) -> usize {
        let at = self.place(time).min(self.len().saturating_sub(1));
        if at > 0 && time - self.time(at - 1) < self.time(at) - time { at - 1 } else { at }
    }

    /// Places of the frames of a stretch, its ends included.
    pub(super) fn within(&self, from: f64, to: f64) -> Range<usize> {
        let first = self.place(from);
        first..self.place(to + 2e-6).max(first)
    }

    /// The same, but at most `most` of them, evenly.
    pub(super) fn spread(&self, from: f64, to: f64, most: usize) -> Vec<usize> {
        let all = self.within(from, to);
        if all.len() <= most {
            return all.collect();
        }
        (0..most).map(|k| all.start + k * (all.len() - 1) / (most - 1).max(1)).collect()
    }

    /// The place `step` frames on, if there is one.
    pub(super) fn beside(&self, at: usize, step: isize) -> Option<usize> {
        at.checked_add_signed(step).filter(|place| *place < self.len())
    }
}

/// The latest frames, and which of them is to be judged next.
#[derive(Default)]
pub(super) struct Track {
    frames: Vec<Seen>,
    next: usize,
}

impl Track {
    pub(super) fn push(&mut self, sketch: Sketch) {
        let change = self.frames.last().map_or(0.0, |(last, _)| compare::plain(last, &sketch));
        self.frames.push((sketch, change));
    }

    pub(super) fn window(&self) -> Window<'_> {
        Window { frames: &self.frames }
    }

    /// The frames to judge now: at least `block` seconds of frames with `context` seconds after each, or all when no
    /// more will come.
    pub(super) fn due(&self, block: f64, context: f64, ended: bool) -> Range<usize> {
        let (Some(first), Some(last)) = (self.frames.get(self.next), self.frames.last()) else { return 0..0 };
        let until = last.0.time - context;
        if ended {
            self.next..self.frames.len()
        } else if until < first.0.time + block {
            0..0
        } else {
            self.next..self.window().place(until)
        }
    }

    /// Those were judged: forget what lies further back than `context` before the next one, but for one frame.
    pub(super) fn judged(&mut self, due: Range<usize>, context: f64) {
        let Some(next) = self.frames.get(due.end) else { return };
        if due.is_empty() {
            return;
        }
        let keep = self.window().place(next.0.time - context).saturating_sub(1);
        self.next = due.end - keep;
        self.frames.drain(..keep);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sketch::made::plain;
    use super::*;

    fn track(times: &[f64]) -> Track {
        let mut track = Track::default();
        times.iter().for_each(|time| track.push(plain((time * 10.0) as u8, *time)));
        track
    }

    #[test]
    fn frames_are_found_by_time() {
        let track = track(&[0.0, 1.0, 2.0, 5.0]);
        let w = track.window();
        assert_eq!((w.place(1.0), w.place(1.1), w.place(9.0)), (1, 2, 4));
        assert_eq!((w.nearest(-3.0), w.nearest(1.4), w.nearest(3.6), w.nearest(9.0)), (0, 1, 3, 3));
        assert_eq!((w.within(1.0, 2.0), w.within(2.5, 4.0), w.within(4.0, 1.0)), (1..3, 3..3, 3..3));
        assert_eq!((w.spread(0.0, 5.0, 2), w.spread(0.0, 5.0, 9)), (vec![0, 3], vec![0, 1, 2, 3]));
        assert_eq!((w.change(0), w.change(1), w.change(9)), (0.0, 10.0, 0.0));
        assert_eq!((w.beside(0, -1), w.beside(3, 1), w.beside(1, 2)), (None, None, Some(3)));
    }

    #[test]
    fn judged_frames_are_kept_as_long_as_others_look_at_them() {
        let mut track = track(&(0..10).map(f64::from).collect::<Vec<_>>());
        assert_eq!(track.due(5.0, 6.0, false), 0..0);
        let due = track.due(2.0, 3.0, false);
        assert_eq!(due, 0..6);
        track.judged(due, 3.0);
        assert_eq!(track.window().time(0), 2.0);
        let due = track.due(2.0, 3.0, true);
        assert_eq!(due.clone().map(|at| track.window().time(at)).collect::<Vec<_>>(), [6.0, 7.0, 8.0, 9.0]);
        track.judged(due, 3.0);
        assert_eq!(track.due(2.0, 3.0, true).len(), 4, "nothing is forgotten at the end");
    }
}
