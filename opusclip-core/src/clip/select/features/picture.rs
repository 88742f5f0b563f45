//! Features of what is seen.

use super::super::known::Known;
use super::ramp;
use super::sums::Sums;
use crate::clip::analysis::{Curve, FaceSample};
use crate::time::Span;

/// A cut closer to the edge of a clip is the edge, in seconds.
const FRAME: f64 = 0.05;

pub(super) struct Picture<'a> {
    /// One for each cut; `None` without cuts.
    cuts: Option<Sums>,
    /// Running sums of the motion, and the step of the curve; `None` without pictures.
    motion: Option<(Vec<f64>, &'a Curve)>,
    faces: &'a [FaceSample],
}

impl<'a> Picture<'a> {
    pub(super) fn new(known: &Known<'a>) -> Self {
        let shots = &known.analysis.shots;
        let cuts = shots.iter().skip(1).map(|shot| (Span::new(shot.start, shot.start), 1.0));
        let motion = known.analysis.motion.as_ref().filter(|curve| curve.step > 0.0 && !curve.values.is_empty());
        let sums = |curve: &Curve| {
            let mut total = 0.0;
            let value = |value: &f32| if value.is_finite() { f64::from(*value) } else { 0.0 };
            let add = |v: &f32| {
                total += value(v);
                total
            };
            std::iter::once(0.0).chain(curve.values.iter().map(add)).collect()
        };
        Self {
            cuts: (shots.len() > 1).then(|| Sums::new(cuts)),
            motion: motion.map(|curve| (sums(curve), curve)),
            faces: known.faces,
        }
    }

    /// Cuts per second: 0.4 at 0, 1 from 0.05 to 0.4, falling to 0.2 at 1.5.
    pub(super) fn rhythm(&self, span: Span) -> Option<f64> {
        let length = span.duration().max(f64::MIN_POSITIVE);
        let inner = Span::new(span.start + FRAME, (span.end - FRAME).max(span.start + FRAME));
        let points = [(0.0, 0.4), (0.05, 1.0), (0.4, 1.0), (1.5, 0.2)];
        self.cuts.as_ref().map(|cuts| ramp(cuts.within(inner) / length, &points))
    }

    /// m ÷ (m + M) with the mean motion of the clip and of the whole source; 0.5 if as much.
    pub(super) fn motion(&self, span: Span) -> Option<f64> {
        let (sums, curve) = self.motion.as_ref()?;
        let last = sums.len() - 1;
        let index = |time: f64| (((time - curve.start) / curve.step).max(0.0) as usize).min(last);
        let mean = |from: usize, to: usize| match (sums.get(from), sums.get(to)) {
            (Some(before), Some(until)) if to > from => (until - before) / (to - from) as f64,
            _ => 0.0,
        };
        let (here, all) = (mean(index(span.start), index(span.end)), mean(0, last));
        Some(if here + all > 0.0 { here / (here + all) } else { 0.5 })
    }

    /// The share of the frames looked at that show a face; `None` where none of the source was looked at, 0.5 where none
    /// of the clip was.
    pub(super) fn faces(&self, span: Span) -> Option<f64> {
        if self.faces.is_empty() {
            return None;
        }
        let first = self.faces.partition_point(|sample| sample.time < span.start);
        let last = self.faces.partition_point(|sample| sample.time <= span.end);
        let inside = self.faces.get(first..last).unwrap_or(&[]);
        let shown = inside.iter().filter(|sample| sample.count > 0).count();
        Some(if inside.is_empty() { 0.5 } else { shown as f64 / inside.len() as f64 })
    }
}
