//! What draws the eye where no face is: what moves, what has contrast, and text.

use super::Crop;

/// Cells across and down that a picture is looked at in.
const ACROSS: usize = 48;
const DOWN: usize = 27;

/// A step of luma from one pixel to the next that is an edge.
const EDGE: i32 = 40;

/// Share of a cell's pixels that are edges from which it may be text: strokes lie close together.
const TEXT_EDGES: f64 = 0.12;

/// Cells of text in a row that make a line.
const LINE: usize = 4;

/// How much each cell of a picture draws the eye.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    /// Change from one picture to the next, in levels of luma.
    motion: Vec<f64>,
    /// Mean step from one pixel to the next, in levels of luma.
    contrast: Vec<f64>,
    text: Vec<bool>,
}

impl Cells {
    /// Of a picture of `width` pixels, and of the one that follows it where there is one.
    pub(super) fn of(luma: &[u8], next: Option<&[u8]>, width: usize) -> Self {
        let height = luma.len().checked_div(width).unwrap_or(0);
        let (mut motion, mut contrast) = (vec![0.0; ACROSS * DOWN], vec![0.0; ACROSS * DOWN]);
        let (mut edges, mut pixels) = (vec![0.0; ACROSS * DOWN], vec![0.0f64; ACROSS * DOWN]);
        for (row, line) in luma.chunks_exact(width.max(1)).enumerate() {
            let after = next.and_then(|next| next.get(row * width..(row + 1) * width));
            let down = row * DOWN / height.max(1);
            for (column, value) in line.iter().enumerate() {
                let cell = down * ACROSS + column * ACROSS / width;
                let step = line.get(column + 1).map_or(0, |right| i32::from(*right) - i32::from(*value)).abs();
                let change = after.and_then(|after| after.get(column)).map_or(0, |after| after.abs_diff(*value));
                pixels[cell] += 1.0;
                contrast[cell] += f64::from(step);
                motion[cell] += f64::from(change);
                edges[cell] += f64::from(u8::from(step >= EDGE));
            }
        }
        let mean =
            |sums: Vec<f64>| sums.iter().zip(&pixels).map(|(sum, count)| sum / count.max(1.0)).collect::<Vec<f64>>();
        let dense: Vec<bool> = mean(edges).into_iter().map(|share| share >= TEXT_EDGES).collect();
        Self { motion: mean(motion), contrast: mean(contrast), text: lines(&dense) }
    }

    /// Where there is text, if a good part of the picture is: the smallest part that holds all of it.
    pub(super) fn text(&self) -> Option<Crop> {
        let cells = self.text.iter().enumerate().filter(|(_, text)| **text).map(|(cell, _)| {
            let (x, y) = ((cell % ACROSS) as f64 / ACROSS as f64, (cell / ACROSS) as f64 / DOWN as f64);
            Crop { x, y, width: 1.0 / ACROSS as f64, height: 1.0 / DOWN as f64 }
        });
        let (count, all) = cells.fold((0, None), |(count, all): (usize, Option<Crop>), cell| {
            (count + 1, Some(all.map_or(cell, |all| all.union(&cell))))
        });
        all.filter(|_| count * 25 >= self.text.len())
    }

    /// The smallest part with all text that stands still over most of these pictures, such as a title, with some room
    /// around it.
    pub(super) fn standing_text<'a>(pictures: impl ExactSizeIterator<Item = &'a Self>) -> Option<Crop> {
        let count = pictures.len();
        let mut seen = vec![0; ACROSS * DOWN];
        for picture in pictures {
            seen.iter_mut().zip(&picture.text).for_each(|(seen, text)| *seen += usize::from(*text));
        }
        let standing: Vec<bool> = seen.iter().map(|seen| 2 * seen > count).collect();
        let text = lines(&standing).into_iter().enumerate().filter(|(_, text)| *text).map(|(at, _)| cell(at));
        let part = text.reduce(|all, cell| all.union(&cell))?;
        let (x, y) = (1.0 / ACROSS as f64, 1.0 / DOWN as f64);
        let roomy = Crop { x: part.x - x, y: part.y - y, width: part.width + 2.0 * x, height: part.height + 2.0 * y };
        Some(roomy.intersection(&Crop::WHOLE))
    }

    /// Mean change from one picture to the next outside of a part, in levels of luma.
    pub(super) fn motion_outside(&self, part: &Crop) -> f64 {
        let outside = |cell: &usize| {
            let (x, y) = centre(*cell);
            !(part.x..part.right()).contains(&x) || !(part.y..part.bottom()).contains(&y)
        };
        let cells: Vec<usize> = (0..self.motion.len()).filter(outside).collect();
        cells.iter().map(|cell| self.motion[*cell]).sum::<f64>() / cells.len().max(1) as f64
    }

    /// The smallest part that holds the moving cells around a place and hangs together with it.
    pub(super) fn moving_around(&self, place: &Crop, least: f64) -> Crop {
        let mut part = *place;
        loop {
            let grown = Crop {
                x: part.x - 1.5 / ACROSS as f64,
                y: part.y - 1.5 / DOWN as f64,
                width: part.width + 3.0 / ACROSS as f64,
                height: part.height + 3.0 / DOWN as f64,
            };
            let near = |cell: &usize| {
                let (x, y) = centre(*cell);
                self.motion[*cell] >= least
                    && (grown.x..grown.right()).contains(&x)
                    && (grown.y..grown.bottom()).contains(&y)
            };
            let next = (0..self.motion.len()).filter(near).map(cell).fold(part, |all, cell| all.union(&cell));
            if next == part {
                return part.intersection(&Crop::WHOLE);
            }
            part = next;
        }
    }

    /// How much draws the eye, column by column of the cells, or row by row.
    pub(super) fn profile(&self, across: bool) -> Vec<f64> {
        let length = if across { ACROSS } else { DOWN };
        let mut profile = vec![0.0; length];
        let total = |values: &[f64]| values.iter().sum::<f64>().max(1.0);
        let (motion, contrast) = (total(&self.motion), total(&self.contrast));
        for cell in 0..self.motion.len() {
            let at = if across { cell % ACROSS } else { cell / ACROSS };
            let (x, y) = centre(cell);
            // People put what matters into the middle.
            let central = (-2.0 * ((x - 0.5).powi(2) + (y - 0.5).powi(2))).exp();
            profile[at] += central * (0.7 * self.motion[cell] / motion + 0.3 * self.contrast[cell] / contrast);
        }
        profile
    }
}

fn cell(cell: usize) -> Crop {
    let (x, y) = ((cell % ACROSS) as f64 / ACROSS as f64, (cell / ACROSS) as f64 / DOWN as f64);
    Crop { x, y, width: 1.0 / ACROSS as f64, height: 1.0 / DOWN as f64 }
}

fn centre(cell: usize) -> (f64, f64) {
    (((cell % ACROSS) as f64 + 0.5) / ACROSS as f64, ((cell / ACROSS) as f64 + 0.5) / DOWN as f64)
}

/// Dense cells that lie in a row with others.
fn lines(dense: &[bool]) -> Vec<bool> {
    let mut text = vec![false; dense.len()];
    for (row, line) in dense.chunks(ACROSS).enumerate() {
        let mut from = 0;
        for at in 0..=line.len() {
            if line.get(at).is_some_and(|dense| *dense) {
                continue;
            }
            if at - from >= LINE {
                text[row * ACROSS + from..row * ACROSS + at].fill(true);
            }
            from = at + 1;
        }
    }
    text
}

/// The middle of the window of this width (a share of the whole) that draws the eye most, and the share of all that it
/// holds.
pub(super) fn best_window(profile: &[f64], width: f64) -> (f64, f64) {
    let cells = profile.len().max(1);
    let total = profile.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let held = |from: f64| {
        let overlap = |n: usize| {
            let (low, high) = (n as f64 / cells as f64, (n + 1) as f64 / cells as f64);
            (high.min(from + width) - low.max(from)).max(0.0) * cells as f64
        };
        profile.iter().enumerate().map(|(n, value)| value * overlap(n)).sum::<f64>() / total
    };
    let steps = 4 * cells;
    let places = (0..=steps).map(|n| n as f64 / steps as f64 * (1.0 - width));
    // Of places that are as good, the one nearest to the middle.
    let better = |a: &(f64, f64), b: &(f64, f64)| {
        let off = |place: f64| (place + width / 2.0 - 0.5).abs();
        if (a.1 - b.1).abs() > 1e-9 { a.1.total_cmp(&b.1) } else { off(b.0).total_cmp(&off(a.0)) }
    };
    let best = places.map(|place| (place, held(place))).max_by(better).unwrap_or((0.0, 1.0));
    (best.0 + width / 2.0, best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 480;
    const HEIGHT: usize = 270;

    fn picture(value: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        (0..WIDTH * HEIGHT).map(|at| value(at % WIDTH, at / WIDTH)).collect()
    }

    #[test]
    fn what_moves_draws_the_eye() {
        let with = |left: usize| picture(move |x, y| if (left..left + 60).contains(&x) && y > 80 { 180 } else { 60 });
        let cells = Cells::of(&with(330), Some(&with(336)), WIDTH);
        let (middle, held) = best_window(&cells.profile(true), 0.3164);
        assert!((middle - 0.75).abs() < 0.1 && held > 0.8, "{middle} {held}");
    }

    #[test]
    fn a_plain_picture_is_looked_at_in_its_middle() {
        let cells = Cells::of(&picture(|_, _| 90), None, WIDTH);
        assert!((best_window(&cells.profile(true), 0.3164).0 - 0.5).abs() < 0.02);
        assert_eq!(cells.text(), None);
    }

    #[test]
    fn text_stands_where_most_pictures_have_it() {
        let letters = |left: usize| {
            picture(
                move |x, y| if (left..left + 80).contains(&x) && (40..60).contains(&y) && x % 6 < 3 { 240 } else { 30 },
            )
        };
        let cells = |left: usize| Cells::of(&letters(left), None, WIDTH);
        let title = [cells(200), cells(200), cells(40)];
        let text = Cells::standing_text(title.iter()).unwrap();
        // From 200 to 280 of 480 pixels, and 40 to 60 of 270, with a cell around.
        assert!((text.x - 190.0 / 480.0).abs() < 0.03 && (text.right() - 290.0 / 480.0).abs() < 0.03, "{text:?}");
        assert!((text.y - 30.0 / 270.0).abs() < 0.05 && text.bottom() < 0.32, "{text:?}");
        let scrolls = [cells(40), cells(160), cells(280)];
        assert_eq!(Cells::standing_text(scrolls.iter()), None);
        assert_eq!(Cells::standing_text([].iter()), None);
    }

    #[test]
    fn lines_of_strokes_are_text() {
        // Strokes two pixels wide in lines 12 pixels high, over the left two thirds.
        let slide =
            picture(|x, y| if x > 40 && x < 360 && y > 60 && y < 220 && y % 20 < 12 && x % 4 < 2 { 20 } else { 235 });
        let text = Cells::of(&slide, None, WIDTH).text().unwrap();
        assert!(text.x < 0.12 && (text.right() - 0.75).abs() < 0.05, "{text:?}");
    }
}
