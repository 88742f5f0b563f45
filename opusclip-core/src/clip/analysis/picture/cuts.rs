//! Hard cuts: a change from one frame to the next that stands out from the changes around it.

use super::compare;
use super::window::Window;

/// Number of measures of a candidate.
pub(super) const MEASURES: usize = 17;

/// Seconds on either side in which a picture like one on the other side speaks against a cut.
const RETURN: f64 = 0.4;

/// Seconds on either side in which other changes are looked at.
const AROUND: f64 = 0.5;

/// Frames on either side that are neighbours, if they are not more than [`NEIGHBOURS`] away in time.
const FRAMES: usize = 5;
const NEIGHBOURS: f64 = 1.0;

/// Smallest change that can be a cut.
const LEAST: f32 = 3.0;

/// What some picture before and some picture after differ by at least, as a share of the change. A flash leaves less.
const GONE: f32 = 0.6;

/// Logarithm of how much more than beside it pictures differ across a cut, at least. Steady motion has less.
const STEADY: f32 = -0.4;

/// Correlation of frames that are of one scene in another light.
const RELIT: f32 = 0.93;

/// Is the change before frame `at` worth a closer look? Most are not, and this costs next to nothing.
pub(super) fn worth(w: &Window<'_>, at: usize) -> bool {
    let change = w.change(at);
    if at == 0 || change < LEAST {
        return false;
    }
    let greater = |n: &f32| *n > change;
    let later: [f32; 3] = std::array::from_fn(|k| w.change(at + k + 1));
    let earlier: [f32; 3] = std::array::from_fn(|k| at.checked_sub(k + 1).map_or(0.0, |n| w.change(n)));
    let sum: f32 = later.iter().chain(&earlier).sum();
    let quieter = later.iter().filter(|n| greater(n)).count().min(earlier.iter().filter(|n| greater(n)).count());
    // It may end or begin a stretch of wild motion.
    change > sum / 6.0 * 1.2 && quieter == 0
}

/// What can be measured around the change before frame `at`, which is not the first; `None` where it is no cut for sure.
pub(super) fn measures(w: &Window<'_>, at: usize) -> Option<[f32; MEASURES]> {
    let (before, after) = (w.frame(at - 1), w.frame(at));
    let change = w.change(at);
    let apart = apart(w, at);
    let correlation = compare::correlation(before, after);
    if apart < STEADY || correlation > RELIT {
        return None;
    }
    let returned = returned(w, at) / change.max(0.5);
    if returned < GONE {
        return None;
    }
    let above = |other: f32| (change / (other + 0.5)).ln();
    let (before_it, after_it) = (neighbours(w, at, -1), neighbours(w, at, 1));
    let mean = |of: &[f32]| of.iter().sum::<f32>() / of.len().max(1) as f32;
    let near = [before_it.as_slice(), after_it.as_slice()].concat();
    let most = near.iter().copied().fold(0.0, f32::max);
    let quieter = if before_it.is_empty() || after_it.is_empty() {
        near.as_slice()
    } else {
        &[mean(&before_it).min(mean(&after_it))]
    };
    let (first, third) = greatest(w, at);
    let moved = compare::moved(before, after);
    let luma = compare::luma(before, after).max(0.5);
    Some([
        (1.0 + change).ln(),
        above(mean(&near)),
        above(most),
        above(first),
        above(third),
        moved / luma,
        (1.0 + moved).ln(),
        ((moved + 0.3) / (moved_beside(w, at) + 0.3)).ln(),
        returned,
        apart,
        correlation,
        compare::relit(before, after) / luma,
        compare::histograms(before, after),
        before.contrast.min(after.contrast) / 64.0,
        compare::moved_and_relit(before, after) / luma,
        above(mean(quieter)),
        compare::changed(before, after),
    ])
}

/// The changes within [`FRAMES`] of `at` on one side, itself excluded.
fn neighbours(w: &Window<'_>, at: usize, side: isize) -> Vec<f32> {
    let time = w.time(at);
    let places = (1..=FRAMES as isize).filter_map(|k| w.beside(at, k * side));
    places.filter(|n| *n > 0 && (w.time(*n) - time).abs() <= NEIGHBOURS).map(|n| w.change(n)).collect()
}

/// The greatest other change around, and the third greatest: a flash has two, a cut beside it would be alone.
fn greatest(w: &Window<'_>, at: usize) -> (f32, f32) {
    let around = w.within(w.time(at) - AROUND, w.time(at) + AROUND);
    let mut top = [0.0f32; 3];
    for change in around.filter(|n| *n != at && *n > 0).map(|n| w.change(n)) {
        if let Some(place) = top.iter().position(|other| change > *other) {
            top[place..].rotate_right(1);
            top[place] = change;
        }
    }
    (top[0], top[2])
}

/// What motion does not explain of the changes just before and just after.
fn moved_beside(w: &Window<'_>, at: usize) -> f32 {
    let pairs = [at.checked_sub(2).map(|n| (n, at - 1)), w.beside(at, 1).map(|n| (at, n))];
    let moved = pairs.into_iter().flatten().map(|(a, b)| compare::moved(w.frame(a), w.frame(b)));
    let (sum, count) = moved.fold((0.0, 0.0f32), |(sum, count), moved| (sum + moved, count + 1.0));
    sum / count.max(1.0)
}

/// The least difference of any picture before from any after: small after a flash, when all is as it was.
fn returned(w: &Window<'_>, at: usize) -> f32 {
    let (last, first) = (w.time(at - 1), w.time(at));
    let after = w.spread(first, first + RETURN, 8);
    let before = w.spread(last - RETURN, last, 8);
    let pairs = before.iter().flat_map(|a| after.iter().map(|b| (*a, *b)));
    pairs.map(|(a, b)| compare::plain(w.frame(a), w.frame(b))).fold(f32::MAX, f32::min)
}

/// Pictures three frames apart: do they differ more across the change than on either side of it? Steady motion does not.
fn apart(w: &Window<'_>, at: usize) -> f32 {
    let time = w.time(at);
    let near = |n: &usize| (w.time(*n) - time).abs() <= NEIGHBOURS;
    let across = (1..=3).filter_map(|k: usize| Some((at.checked_sub(k)?, w.beside(at, 3 - k as isize)?)));
    let across = across
        .filter(|(a, b)| near(a) && near(b))
        .map(|(a, b)| compare::plain(w.frame(a), w.frame(b)))
        .reduce(f32::min)
        .unwrap_or(w.change(at));
    let from = (1..=4).rev().filter_map(|k| at.checked_sub(k)).find(near).unwrap_or(at - 1);
    let to = (0..=3).rev().filter_map(|k| w.beside(at, k)).find(near).unwrap_or(at);
    let inside = compare::plain(w.frame(from), w.frame(at - 1)).max(compare::plain(w.frame(at), w.frame(to)));
    ((across + 0.5) / (inside + 0.5)).ln()
}
