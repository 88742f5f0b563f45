//! Small copies of frames.

use super::compare;
use crate::clip::media::{Cells, Shrinker, Shrunk, VideoFrame};
use crate::error::Result;

/// Cells of luma across and down.
pub(super) const WIDTH: usize = 64;
pub(super) const HEIGHT: usize = 36;
pub(super) const FINE: usize = WIDTH * HEIGHT;

/// Cells of either colour difference, and of luma where it is looked at as coarsely.
pub(super) const ACROSS: usize = 32;
pub(super) const DOWN: usize = 18;
pub(super) const COARSE: usize = ACROSS * DOWN;

/// Luma up to which a cell is black, and the share of a black picture that may be lighter.
const BLACK: u8 = 20;
const LIT: f64 = 0.02;

/// A small copy of a frame.
#[derive(Debug, Clone)]
pub(in crate::clip::analysis) struct Sketch {
    pub(super) time: f64,
    /// Rows of luma from the top.
    pub(super) luma: Box<[u8]>,
    /// Coarse luma and both colour differences, one after the other.
    pub(super) cells: Box<[u8]>,
    pub(super) mean: f32,
    /// Standard deviation of luma.
    pub(super) contrast: f32,
    /// Standard deviation of both colour differences together.
    pub(super) colour: f32,
}

/// Makes sketches of frames.
pub(in crate::clip::analysis) struct Sketcher(Shrinker);

impl Sketcher {
    /// One for any number of frames of any size.
    pub(in crate::clip::analysis) fn new() -> Self {
        Self(Shrinker::new(Cells { width: WIDTH, height: HEIGHT }, Cells { width: ACROSS, height: DOWN }))
    }

    /// The sketch of a frame; `None` where the frame holds no picture.
    pub(in crate::clip::analysis) fn sketch(&mut self, frame: &mut VideoFrame) -> Result<Option<Sketch>> {
        let time = frame.time.seconds();
        Ok(self.0.shrink(frame)?.map(|small| Sketch::new(time, small)))
    }
}

impl Sketch {
    pub(super) fn new(time: f64, small: Shrunk) -> Self {
        let Shrunk { luma, blue, red } = small;
        let mut cells = Vec::with_capacity(3 * COARSE);
        for pair in luma.chunks_exact(2 * WIDTH) {
            let (upper, lower) = pair.split_at(WIDTH);
            cells.extend(
                upper.chunks_exact(2).zip(lower.chunks_exact(2)).map(|(a, b)| {
                    ((u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]) + 2) / 4) as u8
                }),
            );
        }
        cells.extend_from_slice(&blue);
        cells.extend_from_slice(&red);
        let (mean, variance) = moments(&luma);
        let colour = (moments(&blue).1 + moments(&red).1).sqrt();
        Self { time, luma, cells: cells.into_boxed_slice(), mean, contrast: variance.sqrt(), colour }
    }

    /// When the frame is first shown, in seconds.
    pub(in crate::clip::analysis) fn time(&self) -> f64 {
        self.time
    }

    /// Mean change of a cell's luma, 0 to 255.
    pub(in crate::clip::analysis) fn difference(&self, other: &Self) -> f64 {
        f64::from(compare::luma(self, other))
    }

    /// Largest change of any cell of luma, 0 to 255: nothing moves where it is small.
    pub(in crate::clip::analysis) fn largest_change(&self, other: &Self) -> f64 {
        f64::from(self.luma.iter().zip(&other.luma).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0))
    }

    /// Is nearly all of the picture black?
    pub(in crate::clip::analysis) fn is_black(&self) -> bool {
        let bright = self.luma.iter().filter(|value| **value > BLACK).count();
        bright as f64 <= FINE as f64 * LIT
    }

    /// How surely it lies in another shot than a frame that may be seconds away, 0 to 1. What moves does not count, nor
    /// does light that changes.
    pub(in crate::clip::analysis) fn apart(&self, other: &Self) -> f64 {
        f64::from(compare::apart(self, other))
    }
}

/// Mean and variance.
fn moments(values: &[u8]) -> (f32, f32) {
    let count = values.len().max(1) as f32;
    let sum: u32 = values.iter().map(|v| u32::from(*v)).sum();
    let squares: u32 = values.iter().map(|v| u32::from(*v) * u32::from(*v)).sum();
    let mean = sum as f32 / count;
    (mean, (squares as f32 / count - mean * mean).max(0.0))
}

#[cfg(test)]
pub(in crate::clip::analysis) mod made {
    //! Sketches made by hand.

    use super::*;

    /// A scene that looks like no other: patches of light and colour, moved by `shift` cells to the left.
    pub(crate) fn scene(seed: u32, shift: f32, time: f64) -> Sketch {
        let wave = |k: u32| {
            let mixed = (seed.wrapping_mul(0x9e37_79b9) ^ k.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35);
            (mixed >> 8) as f32 / (1u32 << 24) as f32
        };
        let value = |x: f32, y: f32, plane: u32| {
            (0..4)
                .map(|k| {
                    let (a, b, c) = (wave(plane * 16 + k), wave(plane * 16 + k + 4), wave(plane * 16 + k + 8));
                    let fine = if k < 2 { 0.5 } else { 1.4 };
                    ((a - 0.5) * fine * x + (b - 0.5) * fine * y + c * 6.3).sin()
                })
                .sum::<f32>()
        };
        let base = 90.0 + 80.0 * wave(99);
        let luma = (0..FINE).map(|c| {
            let (x, y) = ((c % WIDTH) as f32 + shift, (c / WIDTH) as f32);
            (base + 26.0 * value(x, y, 0)).clamp(0.0, 255.0) as u8
        });
        let side = |plane: u32| -> Box<[u8]> {
            let level = 108.0 + 40.0 * wave(100 + plane);
            (0..COARSE)
                .map(|c| {
                    let (x, y) = ((c % ACROSS) as f32 * 2.0 + shift, (c / ACROSS) as f32 * 2.0);
                    (level + 8.0 * value(x, y, plane)).clamp(0.0, 255.0) as u8
                })
                .collect()
        };
        Sketch::new(time, Shrunk { luma: luma.collect(), blue: side(1), red: side(2) })
    }

    /// Cell by cell of two sketches: luma with its place as shares of width and height, then both colours.
    pub(crate) fn mixed(a: &Sketch, b: &Sketch, share: impl Fn(f32, f32) -> f32) -> Sketch {
        let mix = |a: &[u8], b: &[u8], width: usize| -> Box<[u8]> {
            let height = a.len() / width;
            let place = |c: usize| ((c % width) as f32 / width as f32, (c / width) as f32 / height as f32);
            a.iter()
                .zip(b)
                .enumerate()
                .map(|(c, (a, b))| {
                    let (x, y) = place(c);
                    let share = share(x, y).clamp(0.0, 1.0);
                    (f32::from(*a) * (1.0 - share) + f32::from(*b) * share).round() as u8
                })
                .collect()
        };
        Sketch::new(
            a.time,
            Shrunk {
                luma: mix(&a.luma, &b.luma, WIDTH),
                blue: mix(&a.cells[COARSE..2 * COARSE], &b.cells[COARSE..2 * COARSE], ACROSS),
                red: mix(&a.cells[2 * COARSE..], &b.cells[2 * COARSE..], ACROSS),
            },
        )
    }

    /// One colour.
    pub(crate) fn plain(luma: u8, time: f64) -> Sketch {
        let side = || vec![128; COARSE].into_boxed_slice();
        Sketch::new(time, Shrunk { luma: vec![luma; FINE].into_boxed_slice(), blue: side(), red: side() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_a_sketch() {
        let black = made::plain(10, 1.5);
        assert_eq!((black.time(), black.mean, black.is_black()), (1.5, 10.0, true));
        assert_eq!((black.contrast, black.colour), (0.0, 0.0));
        let half = made::mixed(&black, &made::plain(210, 1.5), |x, _| if x < 0.5 { 0.0 } else { 1.0 });
        assert_eq!((half.mean, half.is_black(), half.contrast), (110.0, false, 100.0));
        assert_eq!((black.difference(&half), black.largest_change(&half)), (100.0, 200.0));
        assert_eq!(half.cells.len(), 3 * COARSE);
    }
}
