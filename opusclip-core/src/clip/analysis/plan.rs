//! Where to look closer: what keyframes and packets tell without decoding the frames between them.
//!
//! Most encoders place a keyframe at a cut, so neighbouring keyframes of one shot look alike. Where they differ, where the
//! packets between them are as large as whole pictures, or where keyframes are far apart, the frames are read.
//!
//! What is decided about two keyframes depends only on what lies within [`AROUND`] of them, so that parts of a file come
//! to the same plan as the whole.

use super::facts::Runs;
use super::picture::Sketch;
use super::{Boundary, BoundaryKind, FoundBy};
use crate::time::Span;

/// How surely two keyframes must lie apart for the frames between them to be read.
const APART: f64 = 0.15;

/// The same where the second keyframe comes sooner than the encoder's interval: it was placed there for a reason.
const PLACED_APART: f64 = 0.05;

/// The same for a cut that is taken for certain.
const SURELY_APART: f64 = 0.07;

/// A distance below this share of the longest one nearby is sooner than the encoder's interval.
const SOONER: f64 = 0.95;

/// What lies this near decides what the encoder's interval is, in seconds.
pub(super) const AROUND: f64 = 30.0;

/// Groups of pictures longer than this hide cuts, so they are read even where their ends look alike, in seconds.
pub(super) const LONG_GROUP: f64 = 12.0;

/// A packet of this share of the keyframe before it holds a new picture.
const SPIKE: f64 = 0.5;

/// So does a smaller one that is so many times as large as the median of its group.
const SMALL_SPIKE: f64 = 0.25;
const OVER_MEDIAN: f64 = 12.0;

/// Packets below this share of a keyframe change little: nothing is cut, mixed or flashed in them.
const CALM: f64 = 0.12;

/// Packets are calm too where no half second holds more than this many times the median of all: what mixes or flashes
/// swells them.
const SWELL: f64 = 3.0;
const WINDOW: f64 = 0.5;
const FEWEST_WINDOWS: usize = 4;

/// Packets are calm for this long after a cut, in seconds. A flash is over sooner.
const CALM_AFTER: f64 = 1.0;

/// The group at the end has no later keyframe to compare with. It is read where its packets hold more than this many
/// times what is usual.
const BUSY: f64 = 2.0;

/// Seconds read behind a group, so that a flash at its end shows as one. Frames before it would cost a whole group more.
const CONTEXT: f64 = 0.25;

/// Sketches of keyframes whose cells differ by no more are of a frozen picture.
const SAME: f64 = 2.0;

/// A group of pictures, as its packets tell it.
#[derive(Debug, Clone)]
struct Group {
    time: f64,
    key_size: u32,
    largest: u32,
    bytes: u64,
    count: u32,
    /// Of them, those within [`LONG_GROUP`] of the keyframe.
    early: u32,
    /// Seconds after the keyframe, and bytes, of every other packet.
    packets: Vec<(f32, u32)>,
    /// Runs of packets that change nothing.
    still: Vec<Span>,
    /// Does the last run go on to the end?
    open: bool,
}

impl Group {
    fn new(time: f64, key_size: u32) -> Self {
        Self {
            time,
            key_size,
            largest: 0,
            bytes: 0,
            count: 0,
            early: 0,
            packets: Vec::new(),
            still: Vec::new(),
            open: true,
        }
    }

    /// Does a packet hold as much as a new picture?
    fn spikes(&self) -> bool {
        let share = f64::from(self.largest) / f64::from(self.key_size.max(1));
        let mut sizes: Vec<u32> = self.packets.iter().map(|(_, size)| *size).collect();
        sizes.sort_unstable();
        let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
        share > SPIKE || (share > SMALL_SPIKE && f64::from(self.largest) > OVER_MEDIAN * f64::from(median))
    }

    /// Do the packets up to so many seconds after the keyframe tell nothing but what moves in one shot?
    fn is_calm(&self, until: f64) -> bool {
        let key_size = f64::from(self.key_size);
        let first = self.packets.iter().filter(|(after, _)| f64::from(*after) < until);
        let largest = first.map(|(_, size)| f64::from(*size)).fold(0.0, f64::max);
        largest < CALM * key_size || (largest < SPIKE * key_size && !self.swells(until))
    }

    /// Does a window that begins so early stand out from the others?
    fn swells(&self, until: f64) -> bool {
        let mut windows: Vec<(f64, f64)> = Vec::new();
        for (after, size) in &self.packets {
            let place = (f64::from(*after) / WINDOW).max(0.0) as usize;
            if place >= windows.len() {
                windows.resize(place + 1, (0.0, 0.0));
            }
            windows[place].0 += f64::from(*size);
            windows[place].1 += 1.0;
        }
        let means: Vec<f64> = windows.iter().map(|(bytes, count)| bytes / count.max(1.0)).collect();
        let mut sorted = means.clone();
        sorted.sort_by(f64::total_cmp);
        let early = means.iter().take((until / WINDOW).min(means.len() as f64) as usize);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        means.len() < FEWEST_WINDOWS || early.fold(0.0, |most, mean| f64::max(most, *mean)) > SWELL * median
    }
}

/// Two neighbouring keyframes.
#[derive(Debug, Clone, Copy)]
struct Pair {
    from: f64,
    to: f64,
    /// How surely they lie in different shots, 0 to 1.
    apart: f64,
    same: bool,
    black: (bool, bool),
}

/// Takes packets and keyframes as they come.
pub(super) struct Scout {
    /// A packet of at most so many bytes changes nothing.
    still_size: u32,
    groups: Vec<Group>,
    pairs: Vec<Pair>,
    last: Option<Sketch>,
}

impl Scout {
    /// For a picture of so many pixels.
    pub(super) fn new(pixels: u64) -> Self {
        // What coders write for "as before": a header, and a few bits for each row of blocks.
        let still_size = 64 + u32::try_from(pixels / 8192).unwrap_or(u32::MAX / 2);
        Self { still_size, groups: Vec::new(), pairs: Vec::new(), last: None }
    }

    /// A packet of the picture, in order of decoding.
    pub(super) fn packet(&mut self, time: f64, size: u32, key: bool) {
        if key {
            self.groups.push(Group::new(time, size));
            return;
        }
        let Some(group) = self.groups.last_mut() else { return };
        group.largest = group.largest.max(size);
        group.packets.push(((time - group.time) as f32, size));
        group.bytes += u64::from(size);
        group.count += 1;
        group.early += u32::from(time < group.time + LONG_GROUP);
        if size > self.still_size {
            group.open = false;
            return;
        }
        match group.still.last_mut() {
            Some(last) if group.open => *last = Span::new(last.start.min(time), last.end.max(time)),
            // A run that follows the keyframe shows the keyframe.
            None if group.open => group.still.push(Span::new(group.time.min(time), time)),
            _ => {
                group.still.push(Span::new(time, time));
                group.open = true;
            }
        }
    }

    /// A decoded keyframe, in order of display.
    pub(super) fn keyframe(&mut self, sketch: Sketch) {
        if let Some(last) = &self.last {
            if sketch.time() <= last.time() {
                return;
            }
            self.pairs.push(Pair {
                from: last.time(),
                to: sketch.time(),
                apart: last.apart(&sketch),
                same: last.largest_change(&sketch) <= SAME,
                black: (last.is_black(), sketch.is_black()),
            });
        }
        self.last = Some(sketch);
    }

    /// What to read: stretches of frames, in order.
    pub(super) fn stretches(&self, end: f64) -> Vec<Span> {
        let pairs = self.pairs.iter().filter(|pair| self.is_suspect(pair)).map(|pair| Span::new(pair.from, pair.to));
        let mut stretches: Vec<Span> = Vec::new();
        for suspect in pairs.chain(self.tail(end)) {
            let to = suspect.end + CONTEXT;
            match stretches.last_mut() {
                Some(last) if suspect.start <= last.end => last.end = to,
                _ => stretches.push(Span::new(suspect.start, to)),
            }
        }
        stretches
    }

    /// What keyframes alone tell. One that the encoder placed stands at the cut; one of its interval stands behind it.
    pub(super) fn boundaries(&self) -> Vec<Boundary> {
        let confidence = |pair: &Pair| match (self.is_clear_cut(pair), self.is_placed(pair)) {
            (true, _) => 0.9,
            (false, true) => 0.7,
            (false, false) => 0.3,
        };
        let differing = self.pairs.iter().filter(|pair| self.differ(pair));
        differing.map(|pair| cut(pair.to, confidence(pair))).collect()
    }

    /// Cuts that need no closer look: the encoder placed a keyframe there, and the packets around it are calm.
    pub(super) fn clear_cuts(&self) -> Vec<Boundary> {
        let clear = self.pairs.iter().filter(|pair| !self.is_suspect(pair) && self.differ(pair));
        clear.map(|pair| cut(pair.to, 0.9)).collect()
    }

    /// Black stretches between two keyframes. With `all`, also where only the first one is known to be black.
    pub(super) fn black(&self, all: bool) -> Runs {
        let mut runs = Runs::default();
        for pair in &self.pairs {
            let whole = pair.black == (true, true) && self.is_still(pair);
            if whole || (all && pair.black.0) {
                runs.add(Span::new(pair.from, pair.to));
            }
        }
        runs
    }

    /// Stretches in which packets change nothing.
    pub(super) fn frozen(&self) -> Runs {
        let mut runs = Runs::default();
        for group in &self.groups {
            let pair = self.pairs.binary_search_by(|pair| pair.from.total_cmp(&group.time)).ok();
            let pair = pair.and_then(|place| self.pairs.get(place));
            for (index, run) in group.still.iter().enumerate() {
                let last = index + 1 == group.still.len() && group.open;
                let end = pair.filter(|pair| last && pair.same).map_or(run.end, |pair| pair.to);
                runs.add(Span::new(run.start, end));
            }
            if let Some(pair) = pair.filter(|pair| group.count == 0 && pair.same) {
                runs.add(Span::new(pair.from, pair.to));
            }
        }
        runs
    }

    fn differ(&self, pair: &Pair) -> bool {
        pair.apart >= if self.is_placed(pair) { PLACED_APART } else { APART }
    }

    fn is_suspect(&self, pair: &Pair) -> bool {
        let half_black = pair.black.0 != pair.black.1 || (pair.black.0 && !self.is_still(pair));
        let changes = self.differ(pair) && !self.is_clear_cut(pair);
        pair.to - pair.from > LONG_GROUP || changes || half_black || self.spikes(pair)
    }

    /// Does the second keyframe stand at a cut for certain? The packets before it and those that follow tell nothing but
    /// what moves in either shot.
    fn is_clear_cut(&self, pair: &Pair) -> bool {
        if pair.apart < SURELY_APART || !self.is_placed(pair) {
            return false;
        }
        let place = self.groups.partition_point(|group| group.time < pair.to);
        let after = self.groups.get(place).filter(|group| group.time == pair.to);
        let before = self.groups_of(pair);
        !before.is_empty()
            && before.iter().all(|group| group.is_calm(f64::INFINITY))
            && after.is_some_and(|group| group.is_calm(CALM_AFTER))
    }

    /// Did the encoder place the second keyframe there, rather than count up to it? Encoders count frames or time, so it
    /// must come sooner by both.
    fn is_placed(&self, pair: &Pair) -> bool {
        let place = |time: f64| self.pairs.partition_point(|other| other.from < time);
        let near = &self.pairs[place(pair.to - AROUND)..place(pair.to + AROUND)];
        let longest = near.iter().map(|other| (other.to - other.from).min(LONG_GROUP)).fold(0.0, f64::max);
        let most = near.iter().map(|other| self.frames_of(other)).max().unwrap_or(0);
        pair.to - pair.from < longest * SOONER && f64::from(self.frames_of(pair)) < f64::from(most) * SOONER
    }

    /// Frames from one keyframe to the next, but none of those that follow after [`LONG_GROUP`].
    fn frames_of(&self, pair: &Pair) -> u32 {
        self.groups_of(pair).iter().map(|group| 1 + group.early).sum()
    }

    fn groups_of(&self, pair: &Pair) -> &[Group] {
        let place = |time: f64| self.groups.partition_point(|group| group.time < time);
        &self.groups[place(pair.from)..place(pair.to).max(place(pair.from))]
    }

    fn is_still(&self, pair: &Pair) -> bool {
        self.groups_of(pair).iter().all(|group| group.largest <= self.still_size)
    }

    fn spikes(&self, pair: &Pair) -> bool {
        self.groups_of(pair).iter().any(Group::spikes)
    }

    /// The frames behind the last keyframe, if they may hide something.
    fn tail(&self, end: f64) -> Option<Span> {
        let last = self.last.as_ref()?.time();
        let place = self.groups.partition_point(|group| group.time < last);
        let (before, tail) = self.groups.split_at(place);
        let near = before.iter().filter(|group| group.time >= last - AROUND && group.count > 0);
        let usual: Vec<f64> = near.map(|group| group.bytes as f64 / f64::from(group.count)).collect();
        let usual = (!usual.is_empty()).then(|| usual.iter().sum::<f64>() / usual.len() as f64);
        let hides = |group: &Group| {
            let mean = group.bytes as f64 / f64::from(group.count.max(1));
            group.spikes() || usual.is_none_or(|usual| mean > BUSY * usual)
        };
        (end > last && (end - last > LONG_GROUP || tail.iter().any(hides))).then_some(Span::new(last, end))
    }
}

fn cut(time: f64, confidence: f64) -> Boundary {
    Boundary { kind: BoundaryKind::Cut, start: time, end: time, found_by: FoundBy::Keyframes, confidence }
}

#[cfg(test)]
mod tests {
    use super::super::picture::made::scene;
    use super::*;

    /// 1080p; keyframes have 50 kB.
    const KEY: u32 = 50_000;
    const RATE: f64 = 30.0;

    /// A group of pictures: the scene that the keyframe shows, seconds, and the sizes of the other packets.
    type Made<'a> = (u32, f64, &'a dyn Fn(usize) -> u32);

    fn scout(groups: &[Made<'_>]) -> (Scout, f64) {
        let mut scout = Scout::new(1920 * 1080);
        let mut time = 0.0;
        for (look, seconds, size) in groups {
            scout.packet(time, KEY, true);
            scout.keyframe(scene(*look, 0.0, time));
            let frames = (seconds * RATE).round() as usize;
            (1..frames).for_each(|n| scout.packet(time + n as f64 / RATE, size(n), false));
            time += frames as f64 / RATE;
        }
        (scout, time)
    }

    fn calm(n: usize) -> u32 {
        if n.is_multiple_of(4) { 3000 } else { 900 }
    }

    fn near(found: &[Span], expected: &[(f64, f64)]) -> bool {
        let close = |(found, expected): (&Span, &(f64, f64))| {
            (found.start - expected.0).abs() < 0.01 && (found.end - expected.1).abs() < 0.01
        };
        found.len() == expected.len() && found.iter().zip(expected).all(close)
    }

    #[test]
    fn nothing_is_read_of_one_calm_shot() {
        let (scout, end) = scout(&[(1, 8.0, &calm), (1, 8.0, &calm), (1, 8.0, &calm)]);
        assert_eq!((scout.stretches(end), scout.boundaries().len()), (vec![], 0));
    }

    #[test]
    fn a_keyframe_out_of_turn_between_calm_packets_is_a_cut() {
        let (scout, end) = scout(&[(1, 8.0, &calm), (1, 5.0, &calm), (2, 8.0, &calm), (2, 8.0, &calm)]);
        assert_eq!(scout.stretches(end), []);
        let cuts: Vec<_> = scout.clear_cuts().iter().map(|cut| (cut.start, cut.end, cut.found_by)).collect();
        assert_eq!(cuts, [(13.0, 13.0, FoundBy::Keyframes)]);
    }

    #[test]
    fn swollen_packets_around_it_are_looked_at() {
        let dissolve = |n: usize| if (100..140).contains(&n) { 12_000 } else { calm(n) };
        let (before, end) = scout(&[(1, 8.0, &calm), (1, 5.0, &dissolve), (2, 8.0, &calm), (2, 8.0, &calm)]);
        assert!(near(&before.stretches(end), &[(8.0, 13.25)]), "{:?}", before.stretches(end));
        assert_eq!(before.clear_cuts(), []);
        let flash = |n: usize| if n == 2 { 45_000 } else { calm(n) };
        let (after, end) = scout(&[(1, 8.0, &calm), (1, 5.0, &calm), (2, 8.0, &flash), (2, 8.0, &calm)]);
        assert!(near(&after.stretches(end), &[(8.0, 21.25)]), "{:?}", after.stretches(end));
    }

    #[test]
    fn at_fixed_intervals_a_change_of_scene_is_looked_for() {
        let (scout, end) = scout(&[(1, 4.0, &calm), (1, 4.0, &calm), (2, 4.0, &calm), (2, 4.0, &calm)]);
        assert!(near(&scout.stretches(end), &[(4.0, 8.25)]), "{:?}", scout.stretches(end));
        assert_eq!(scout.clear_cuts(), []);
        assert!(scout.boundaries().iter().all(|told| told.start == 8.0 && told.confidence < 0.5));
    }

    /// Every interval has as many frames; where some are left out it lasts longer.
    #[test]
    fn a_variable_rate_does_not_make_keyframes_out_of_turn() {
        let mut scout = Scout::new(1920 * 1080);
        let mut time = 0.0;
        for (look, frame) in [(1, 0.1), (1, 0.04), (2, 0.1), (2, 0.1)] {
            scout.packet(time, KEY, true);
            scout.keyframe(scene(look, 0.0, time));
            (1..60).for_each(|n| scout.packet(time + n as f64 * frame, calm(n), false));
            time += 60.0 * frame;
        }
        assert_eq!(scout.clear_cuts(), []);
        assert!(near(&scout.stretches(time), &[(6.0, 8.65)]), "{:?}", scout.stretches(time));
    }

    #[test]
    fn what_hides_between_alike_keyframes_is_looked_for() {
        let away = |n: usize| if n == 60 || n == 90 { 30_000 } else { calm(n) };
        let (spike, end) = scout(&[(1, 8.0, &calm), (1, 8.0, &away), (1, 8.0, &calm)]);
        assert!(near(&spike.stretches(end), &[(8.0, 16.25)]), "{:?}", spike.stretches(end));
        let (long, end) = scout(&[(1, 20.0, &calm), (1, 8.0, &calm)]);
        assert!(near(&long.stretches(end), &[(0.0, 20.25)]), "{:?}", long.stretches(end));
        // Nothing comes after the last group to compare it with.
        let (tail, end) = scout(&[(1, 8.0, &calm), (1, 8.0, &calm), (1, 6.0, &away)]);
        assert!(near(&tail.stretches(end), &[(16.0, 22.25)]), "{:?}", tail.stretches(end));
    }

    #[test]
    fn packets_that_say_nothing_are_of_a_frozen_picture() {
        let still = |n: usize| if n < 60 { 900 } else { 40 };
        let (scout, _) = scout(&[(1, 4.0, &still), (1, 4.0, &|_| 40), (2, 4.0, &calm)]);
        // From the last change in the first group to the last frame before the other scene.
        assert!(near(&scout.frozen().within(Span::new(0.0, 12.0)).list(), &[(2.0, 7.97)]), "{:?}", scout.frozen());
    }
}
