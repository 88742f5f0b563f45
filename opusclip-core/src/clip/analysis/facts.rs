//! What single frames and packets say: black and frozen stretches, black bars, how much moves.

use serde::{Deserialize, Serialize};

use super::{Border, Curve, Shot};
use crate::clip::media::Bars;
use crate::time::Span;

/// Shorter stretches are not told, in seconds.
const SHORTEST_BLACK: f64 = 0.1;
const SHORTEST_FROZEN: f64 = 1.0;

/// Values of the motion curve a second.
const SLOTS_PER_SECOND: f64 = 2.0;

/// Bars narrower than this share of a side are nothing to cut off.
const NARROWEST_BAR: f64 = 0.015;

/// Bars of neighbouring shots that differ by no more pixels than this are the same.
const SAME_BARS: u32 = 2;

/// Half of full motion: so much change of brightness a second (0 to 255 a pixel), so many bytes of what changes over
/// those of whole pictures.
const HALF_CHANGE: f64 = 60.0;
const HALF_BYTES: f64 = 0.25;

/// What was seen in a stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    pub(super) black: Runs,
    pub(super) frozen: Runs,
    pub(super) bars: Vec<(f64, Bars)>,
    pub(super) motion: Motion,
}

/// Stretches, in order; those that touch are one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Runs(Vec<Span>);

impl Runs {
    pub(super) fn add(&mut self, run: Span) {
        match self.0.last_mut() {
            Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
            _ => self.0.push(run),
        }
    }

    fn append(&mut self, later: Self) {
        later.0.into_iter().for_each(|run| self.add(run));
    }

    /// Add stretches that may lie anywhere.
    pub(super) fn merge(&mut self, others: Self) {
        let mut all = std::mem::take(&mut self.0);
        all.extend(others.0);
        all.sort_by(|a, b| a.start.total_cmp(&b.start));
        all.into_iter().for_each(|run| self.add(run));
    }

    #[cfg(test)]
    pub(super) fn list(&self) -> Vec<Span> {
        self.0.clone()
    }

    /// What lies within `span`.
    pub(super) fn within(self, span: Span) -> Self {
        Self(self.0.into_iter().map(|run| run.clipped(span)).filter(|run| run.duration() > 0.0).collect())
    }

    /// Those that last long enough, within `span`.
    fn told(&self, shortest: f64, span: Span) -> Vec<Span> {
        self.0.iter().map(|run| run.clipped(span).rounded()).filter(|run| run.duration() >= shortest - 1e-6).collect()
    }
}

/// How much moves, slot by slot. Whole numbers, so that sums do not depend on where they were split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Motion {
    measured: Measure,
    first: i64,
    /// Thousandths of change, or bytes; and of how many frames or packets.
    slots: Vec<(u64, u64)>,
    /// Bytes and number of keyframes.
    keyframes: (u64, u64),
}

/// What motion is told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Measure {
    /// How much neighbouring frames differ.
    Frames,
    /// How many bytes it takes to say what differs.
    Packets,
}

impl Motion {
    pub(super) fn new(measured: Measure, start: f64) -> Self {
        Self { measured, first: (start * SLOTS_PER_SECOND) as i64, slots: Vec::new(), keyframes: (0, 0) }
    }

    /// A frame that differs this much from the one before, 0 to 255 a pixel.
    pub(super) fn frame(&mut self, time: f64, change: f64) {
        self.add(time, (change * 1000.0).round() as u64);
    }

    pub(super) fn packet(&mut self, time: f64, bytes: u64, key: bool) {
        if key {
            self.keyframes = (self.keyframes.0 + bytes, self.keyframes.1 + 1);
        } else {
            self.add(time, bytes);
        }
    }

    fn add(&mut self, time: f64, amount: u64) {
        let slot = ((time * SLOTS_PER_SECOND).floor() as i64).saturating_sub(self.first);
        let Ok(slot) = usize::try_from(slot) else { return };
        if slot >= self.slots.len() {
            self.slots.resize(slot + 1, (0, 0));
        }
        self.slots[slot].0 += amount;
        self.slots[slot].1 += 1;
    }

    fn append(&mut self, later: Self) {
        self.keyframes = (self.keyframes.0 + later.keyframes.0, self.keyframes.1 + later.keyframes.1);
        let offset = usize::try_from(later.first - self.first).unwrap_or(0);
        if self.slots.len() < offset + later.slots.len() {
            self.slots.resize(offset + later.slots.len(), (0, 0));
        }
        for (slot, (amount, count)) in self.slots[offset..].iter_mut().zip(later.slots) {
            *slot = (slot.0 + amount, slot.1 + count);
        }
    }

    fn curve(&self) -> Curve {
        let whole = self.keyframes.0 as f64 / self.keyframes.1.max(1) as f64;
        let value = |(amount, count): &(u64, u64)| {
            let (amount, count) = (*amount as f64, *count as f64);
            let (much, half) = match self.measured {
                Measure::Frames => (amount / 1000.0 * SLOTS_PER_SECOND, HALF_CHANGE),
                Measure::Packets if whole > 0.0 && count > 0.0 => (amount / count / whole, HALF_BYTES),
                Measure::Packets => (0.0, HALF_BYTES),
            };
            ((much / (much + half)) * 1000.0).round() as f32 / 1000.0
        };
        Curve {
            start: self.first as f64 / SLOTS_PER_SECOND,
            step: 1.0 / SLOTS_PER_SECOND,
            values: self.slots.iter().map(value).collect(),
        }
    }
}

impl Facts {
    pub(super) fn new(measured: Measure, start: f64) -> Self {
        Self { black: Runs::default(), frozen: Runs::default(), bars: Vec::new(), motion: Motion::new(measured, start) }
    }

    pub(super) fn append(&mut self, later: Self) {
        self.black.append(later.black);
        self.frozen.append(later.frozen);
        self.bars.extend(later.bars);
        self.motion.append(later.motion);
    }

    pub(super) fn black(&self, span: Span) -> Vec<Span> {
        self.black.told(SHORTEST_BLACK, span)
    }

    pub(super) fn frozen(&self, span: Span) -> Vec<Span> {
        self.frozen.told(SHORTEST_FROZEN, span)
    }

    pub(super) fn motion(&self) -> Curve {
        self.motion.curve()
    }

    /// Bars around each shot: where all its frames are black. Shots of which no frame tells take those of the shot before.
    pub(super) fn borders(&self, shots: &[Shot], shown: Option<(u32, u32)>) -> Vec<Border> {
        let Some((width, height)) = shown else { return Vec::new() };
        let mut found: Vec<Border> = Vec::new();
        // Those of the shot before.
        let mut before: Option<Border> = None;
        let mut left = self.bars.as_slice();
        for (index, shot) in shots.iter().enumerate() {
            let until = shots.get(index + 1).map_or(f64::INFINITY, |next| next.start);
            let (here, later) = left.split_at(left.partition_point(|(time, _)| *time < until));
            left = later;
            let common = here.iter().map(|(_, bars)| *bars).reduce(Bars::common);
            let border = common.map_or(before, |bars| in_pixels(bars, width, height));
            match (border, found.last_mut()) {
                (Some(border), Some(last)) if before.is_some_and(|before| same(&before, &border)) => {
                    last.end = shot.end;
                }
                (Some(border), _) => found.push(Border { start: shot.start, end: shot.end, ..border }),
                (None, _) => {}
            }
            before = border;
        }
        found
    }
}

fn in_pixels(bars: Bars, width: u32, height: u32) -> Option<Border> {
    let pixels = |share: f32, side: u32| {
        let wide = (f64::from(share) * f64::from(side)).round() as u32;
        if f64::from(wide) < NARROWEST_BAR * f64::from(side) { 0 } else { wide }
    };
    let border = Border {
        start: 0.0,
        end: 0.0,
        left: pixels(bars.left, width),
        top: pixels(bars.top, height),
        right: pixels(bars.right, width),
        bottom: pixels(bars.bottom, height),
    };
    (border.left + border.top + border.right + border.bottom > 0).then_some(border)
}

fn same(a: &Border, b: &Border) -> bool {
    let near = |a: u32, b: u32| a.abs_diff(b) <= SAME_BARS;
    near(a.left, b.left) && near(a.top, b.top) && near(a.right, b.right) && near(a.bottom, b.bottom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_touch_are_one() {
        let mut runs = Runs::default();
        for (start, end) in [(0.0, 0.5), (0.5, 1.0), (2.0, 2.05)] {
            runs.add(Span::new(start, end));
        }
        assert_eq!(runs.told(0.1, Span::new(0.2, 9.0)), [Span::new(0.2, 1.0)]);
    }

    #[test]
    fn motion_adds_up_wherever_it_was_split() {
        let told = |from: i32, to: i32, start: f64| {
            let mut motion = Motion::new(Measure::Frames, start);
            (from..to).for_each(|n| motion.frame(f64::from(n) / 10.0, f64::from(n % 7) / 3.0));
            motion
        };
        let mut apart = told(0, 13, 0.0);
        apart.append(told(13, 40, 1.3));
        assert_eq!(apart.curve(), told(0, 40, 0.0).curve());
        assert!(apart.curve().values.iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn bars_are_what_all_frames_of_a_shot_have() {
        let bars = |top, bottom| Bars { top, bottom, ..Bars::default() };
        let facts = Facts {
            bars: vec![(0.0, bars(0.125, 0.125)), (2.0, bars(0.5, 0.125)), (5.0, bars(0.0, 0.0))],
            ..Facts::new(Measure::Packets, 0.0)
        };
        let shots = [Shot { start: 0.0, end: 4.0 }, Shot { start: 4.0, end: 8.0 }];
        let borders = facts.borders(&shots, Some((1920, 1080)));
        assert_eq!(borders.len(), 1);
        assert_eq!((borders[0].start, borders[0].end, borders[0].top, borders[0].bottom), (0.0, 4.0, 135, 135));
    }

    #[test]
    fn the_same_bars_are_one_border_until_a_shot_without_them() {
        let bars = |time, top| (time, Bars { top, ..Bars::default() });
        let facts = Facts {
            bars: vec![bars(0.0, 0.1), bars(3.0, 0.1), bars(7.0, 0.0), bars(9.0, 0.1)],
            ..Facts::new(Measure::Packets, 0.0)
        };
        let shot = |start, end| Shot { start, end };
        // A dissolve takes from 2 to 2.5 s; no frame tells of the shot from 5 s on.
        let shots = [shot(0.0, 2.0), shot(2.5, 5.0), shot(5.0, 6.0), shot(6.0, 8.0), shot(8.0, 10.0)];
        let told: Vec<_> = facts.borders(&shots, Some((100, 100))).iter().map(|b| (b.start, b.end, b.top)).collect();
        assert_eq!(told, [(0.0, 6.0, 10), (8.0, 10.0, 10)]);
    }
}
