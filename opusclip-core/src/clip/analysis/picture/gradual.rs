//! Stretches in which one picture may give way to another bit by bit: found first, measured in `describe.rs`.

use std::ops::Range;

use super::compare;
use super::sketch::Sketch;
use super::window::Window;

/// Lengths that are tried, in seconds. A stretch is fitted from any that is not much shorter.
const SCALES: [f64; 7] = [0.28, 0.45, 0.7, 1.0, 1.4, 1.8, 2.3];

/// Coarse difference of the ends from which there can be a transition.
const DIFFER: f32 = 6.0;

/// Share of the way that leads to the other picture. Detours are motion.
const DIRECT: f32 = 0.36;

/// Length of a transition, in seconds.
const SHORTEST: f64 = 0.12;
pub(super) const LONGEST: f64 = 2.4;

/// How far on either side of the frame it was found at a stretch can reach, for the length that was tried.
const FARTHEST: f64 = 0.85;

/// From the first to the last frame of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    pub(super) first: usize,
    pub(super) last: usize,
}

/// All stretches around one of the frames `due`. Those that look no better than others beside them are left out.
pub(super) fn stretches(w: &Window<'_>, due: Range<usize>) -> Vec<Stretch> {
    let mut found = Vec::new();
    if due.is_empty() {
        return found;
    }
    for scale in SCALES {
        let beside = scale * 0.3;
        let mapped = w.within(w.time(due.start) - beside, w.time(due.end - 1) + beside);
        let map: Vec<f32> = mapped.clone().map(|at| crossing(w, at, scale)).collect();
        for at in due.clone() {
            let own = map[at - mapped.start];
            let near = w.within(w.time(at) - beside, w.time(at) + beside);
            let better = |n: usize| map[n - mapped.start] > own || (map[n - mapped.start] == own && n < at);
            if own > 0.0 && !near.clone().any(better) {
                found.extend(fit(w, at, scale));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// How far, and how straight, the picture goes in a stretch of this length around a frame; 0 where not enough.
fn crossing(w: &Window<'_>, at: usize, scale: f64) -> f32 {
    let from = w.time(at) - scale / 2.0;
    if from < w.time(0) - 0.05 || from + scale > w.time(w.len() - 1) + 0.05 {
        return 0.0;
    }
    let points: [usize; 5] = std::array::from_fn(|k| w.nearest(from + scale * k as f64 / 4.0));
    let net = compare::coarse(w.frame(points[0]), w.frame(points[4]));
    if net < DIFFER {
        return 0.0;
    }
    let path: f32 = points.windows(2).map(|p| compare::coarse(w.frame(p[0]), w.frame(p[1]))).sum();
    let direct = net / path.max(0.1);
    if direct > DIRECT { net * direct } else { 0.0 }
}

/// Share of the way from `a` to `b`.
pub(super) fn progress(a: &Sketch, b: &Sketch, now: &Sketch) -> f32 {
    let (mut on, mut whole) = (0i32, 0i32);
    for ((a, b), now) in a.cells.iter().zip(&b.cells).zip(&now.cells) {
        let way = i32::from(*b) - i32::from(*a);
        on += (i32::from(*now) - i32::from(*a)) * way;
        whole += way * way;
    }
    on as f32 / whole.max(1) as f32
}

/// The stretch around `at` in which the picture goes from one end to the other: a line through where it has gone 15 and
/// 85 per cent of the way, again and again with the pictures at the ends of that line.
fn fit(w: &Window<'_>, at: usize, scale: f64) -> Option<Stretch> {
    let time = w.time(at);
    let (mut first, mut last) = (w.nearest(time - scale / 2.0), w.nearest(time + scale / 2.0));
    for _ in 0..3 {
        let (a, b) = (w.frame(first), w.frame(last));
        let from = (w.time(first) - 0.4 * scale).max(time - FARTHEST * scale);
        let to = (w.time(last) + 0.4 * scale).min(time + FARTHEST * scale);
        let looked = w.within(from, to);
        let gone: Vec<f32> = looked.clone().map(|n| progress(a, b, w.frame(n))).collect();
        let middle = looked.clone().position(|n| n > first && gone[n - looked.start] >= 0.5)?;
        let low = (0..middle).rev().find(|k| gone[*k] <= 0.15)?;
        let high = (middle..gone.len()).find(|k| gone[*k] >= 0.85)?;
        // Between two frames.
        let crossed = |k: usize, level: f32| {
            let (x, y) = (gone[k], gone[k + 1]);
            let share = if y > x { ((level - x) / (y - x)).clamp(0.0, 1.0) } else { 0.0 };
            let (p, q) = (w.time(looked.start + k), w.time(looked.start + k + 1));
            p + (q - p) * f64::from(share)
        };
        let (low, high) = (crossed(low, 0.15), crossed(high - 1, 0.85));
        let more = (high - low) * 0.15 / 0.7;
        let fitted = (w.nearest((low - more).max(from)), w.nearest((high + more).min(to)));
        if fitted.1 <= fitted.0 + 1 {
            return None;
        }
        if fitted == (first, last) {
            break;
        }
        (first, last) = fitted;
    }
    let length = w.time(last) - w.time(first);
    ((SHORTEST..=LONGEST).contains(&length) && first <= at && at <= last).then_some(Stretch { first, last })
}
