//! How two sketches differ: plainly, after moving parts, after changing the light.

use super::sketch::{COARSE, FINE, HEIGHT, Sketch, WIDTH};
use super::{model, tables};

/// Sum of absolute differences.
pub(super) fn total(a: &[u8], b: &[u8]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
}

/// Mean difference of luma.
pub(super) fn luma(a: &Sketch, b: &Sketch) -> f32 {
    total(&a.luma, &b.luma) as f32 / FINE as f32
}

/// Mean differences of both colours.
pub(super) fn colour(a: &Sketch, b: &Sketch) -> f32 {
    total(&a.cells[COARSE..], &b.cells[COARSE..]) as f32 / COARSE as f32
}

/// Mean difference of luma plus those of both colours.
pub(super) fn plain(a: &Sketch, b: &Sketch) -> f32 {
    luma(a, b) + colour(a, b)
}

/// The same, coarsely: fine texture counts less.
pub(super) fn coarse(a: &Sketch, b: &Sketch) -> f32 {
    total(&a.cells, &b.cells) as f32 / COARSE as f32
}

/// Share of the picture that changes, 0 to 1.
pub(super) fn changed(a: &Sketch, b: &Sketch) -> f32 {
    let plane = |k: usize| a.cells[k * COARSE..(k + 1) * COARSE].iter().zip(&b.cells[k * COARSE..(k + 1) * COARSE]);
    let cells = plane(0).zip(plane(1)).zip(plane(2));
    let sizes = cells.map(|((l, b), r)| [l, b, r].map(|(a, b)| u32::from(a.abs_diff(*b))).iter().sum::<u32>());
    sizes.filter(|size| *size > 10).count() as f32 / COARSE as f32
}

/// Size of the blocks that may move, and how far, in cells.
const BLOCK_WIDTH: usize = 8;
const BLOCK_HEIGHT: usize = 6;
const FAR_ACROSS: usize = 10;
const FAR_DOWN: usize = 6;

/// Mean difference of luma that remains where every block of `to` may come from anywhere near in `from`.
pub(super) fn moved(from: &Sketch, to: &Sketch) -> f32 {
    moved_luma(&from.luma, &to.luma)
}

/// The same after `from` was given the light and the contrast of `to`.
pub(super) fn moved_and_relit(from: &Sketch, to: &Sketch) -> f32 {
    let gain = (to.contrast / from.contrast.max(1.0)).clamp(0.25, 4.0);
    let lit = |value: u8| ((f32::from(value) - from.mean) * gain + to.mean).clamp(0.0, 255.0) as u8;
    let lit: Vec<u8> = from.luma.iter().map(|value| lit(*value)).collect();
    moved_luma(&lit, &to.luma)
}

fn moved_luma(from: &[u8], to: &[u8]) -> f32 {
    let mut sum = 0;
    for top in (0..HEIGHT).step_by(BLOCK_HEIGHT) {
        for left in (0..WIDTH).step_by(BLOCK_WIDTH) {
            sum += best_match(from, to, left, top);
        }
    }
    sum as f32 / FINE as f32
}

fn best_match(from: &[u8], to: &[u8], left: usize, top: usize) -> u32 {
    let mut wanted = [[0; BLOCK_WIDTH]; BLOCK_HEIGHT];
    for (row, line) in wanted.iter_mut().enumerate() {
        line.copy_from_slice(&to[(top + row) * WIDTH + left..][..BLOCK_WIDTH]);
    }
    let mut best = u32::MAX;
    for y in top.saturating_sub(FAR_DOWN)..=(top + FAR_DOWN).min(HEIGHT - BLOCK_HEIGHT) {
        for x in left.saturating_sub(FAR_ACROSS)..=(left + FAR_ACROSS).min(WIDTH - BLOCK_WIDTH) {
            let rows = wanted.iter().enumerate();
            let sum = rows.map(|(row, line)| total(&from[(y + row) * WIDTH + x..][..BLOCK_WIDTH], line)).sum();
            best = best.min(sum);
        }
    }
    best
}

/// Correlation of luma, -1 to 1: blind for gain and offset. 0 where a picture is of one colour.
pub(super) fn correlation(a: &Sketch, b: &Sketch) -> f32 {
    let product: u32 = a.luma.iter().zip(&b.luma).map(|(a, b)| u32::from(*a) * u32::from(*b)).sum();
    let covariance = product as f32 / FINE as f32 - a.mean * b.mean;
    covariance / (a.contrast * b.contrast).max(1.0)
}

/// Mean difference of luma that remains after the best gain and offset of `from`.
pub(super) fn relit(from: &Sketch, to: &Sketch) -> f32 {
    let gain = (correlation(from, to) * to.contrast / from.contrast.max(1.0)).clamp(0.0, 4.0);
    let offset = to.mean - gain * from.mean;
    let pairs = from.luma.iter().zip(&to.luma);
    pairs.map(|(a, b)| (f32::from(*a) * gain + offset - f32::from(*b)).abs()).sum::<f32>() / FINE as f32
}

/// Distance of the histograms of luma, 0 to 1: blind for motion.
pub(super) fn histograms(a: &Sketch, b: &Sketch) -> f32 {
    let count = |sketch: &Sketch| {
        let mut bins = [0i32; 16];
        sketch.luma.iter().for_each(|value| bins[usize::from(*value >> 4)] += 1);
        bins
    };
    let sum: i32 = count(a).iter().zip(count(b)).map(|(a, b)| (a - b).abs()).sum();
    sum as f32 / (2 * FINE) as f32
}

/// Number of measures that [`apart`] weighs.
pub(super) const MEASURES: usize = 10;

/// How surely two frames, near each other or not, lie in different shots, 0 to 1.
pub(super) fn apart(a: &Sketch, b: &Sketch) -> f32 {
    // Cheaper than the rest, and enough for most pairs of a still camera.
    if plain(a, b) < 1.0 { 0.0 } else { model::share(tables::APART.score(&measures(a, b))) }
}

/// What is measured on two frames, the same in either order.
pub(super) fn measures(a: &Sketch, b: &Sketch) -> [f32; MEASURES] {
    let luma = luma(a, b).max(0.5);
    let moved = moved(a, b).min(moved(b, a));
    [
        (1.0 + plain(a, b)).ln(),
        (1.0 + coarse(a, b)).ln(),
        (1.0 + moved).ln(),
        moved / luma,
        correlation(a, b),
        relit(a, b).min(relit(b, a)) / luma,
        histograms(a, b),
        a.contrast.min(b.contrast) / 64.0,
        moved_and_relit(a, b).min(moved_and_relit(b, a)) / luma,
        ((colour(a, b) + 0.5) / (luma + 0.5)).ln(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::sketch::made::{mixed, plain as colour, scene};
    use super::*;

    #[test]
    fn motion_is_told_from_another_scene() {
        let (one, shifted, other) = (scene(1, 0.0, 0.0), scene(1, 4.0, 0.1), scene(2, 0.0, 0.1));
        assert!(moved(&one, &shifted) < luma(&one, &shifted) * 0.4);
        assert!(moved(&one, &other) > moved(&one, &shifted) * 2.0);
        assert!(apart(&one, &shifted) < 0.5 && apart(&one, &shifted) < apart(&one, &other));
    }

    #[test]
    fn light_does_not_count() {
        let one = scene(1, 0.0, 0.0);
        let dim = mixed(&one, &colour(0, 0.0), |_, _| 0.4);
        assert!(correlation(&one, &dim) > 0.99);
        assert!(relit(&one, &dim) < 1.0 && luma(&one, &dim) > 20.0);
        assert!(apart(&one, &dim) < 0.5);
        assert_eq!(apart(&one, &one), 0.0);
    }

    #[test]
    fn pictures_of_one_colour_can_be_compared() {
        let (black, white) = (colour(0, 0.0), colour(255, 0.1));
        assert_eq!(correlation(&black, &white), 0.0);
        assert_eq!((luma(&black, &white), plain(&black, &white)), (255.0, 255.0));
        assert_eq!(histograms(&black, &white), 1.0);
    }
}
