//! What can be measured on a stretch that may be a dissolve or a wipe.

use super::compare;
use super::gradual::{Stretch, progress};
use super::sketch::{ACROSS, COARSE, DOWN, Sketch};
use super::window::Window;

/// Number of measures.
pub(super) const MEASURES: usize = 29;

/// Place of the measure that tells a part of something longer.
pub(super) const BEYOND: usize = 17;

/// What passes close before the camera is quicker than a wipe, in seconds.
const SHORTEST_WIPE: f64 = 0.19;

/// Steps that a stretch is cut into.
const STEPS: usize = 8;

/// A stretch, cut into equal steps.
struct Steps<'a> {
    w: Window<'a>,
    stretch: Stretch,
    points: Vec<usize>,
    first: &'a Sketch,
    last: &'a Sketch,
    /// Coarse difference of the ends.
    net: f32,
    /// The same of each step, added up.
    path: f32,
    /// Share of the way at each point.
    gone: Vec<f32>,
}

impl<'a> Steps<'a> {
    fn new(w: Window<'a>, stretch: Stretch) -> Self {
        let Stretch { first, last } = stretch;
        let count = (last - first).clamp(1, STEPS);
        let points: Vec<usize> = (0..=count).map(|k| first + (k * (last - first) + count / 2) / count).collect();
        let (a, b) = (w.frame(first), w.frame(last));
        let net = compare::coarse(a, b).max(0.5);
        let path = points.windows(2).map(|p| compare::coarse(w.frame(p[0]), w.frame(p[1]))).sum();
        let gone = points.iter().map(|n| progress(a, b, w.frame(*n))).collect();
        Self { w, stretch, points, first: a, last: b, net, path, gone }
    }

    fn count(&self) -> usize {
        self.points.len() - 1
    }

    fn step(&self) -> f32 {
        self.path / self.count() as f32
    }

    /// Points without the ends, each with the share of the way.
    fn inner(&self) -> impl Iterator<Item = (&'a Sketch, f32)> {
        let inner = 1..self.count();
        inner.map(|k| (self.w.frame(self.points[k]), self.gone[k]))
    }

    fn pairs(&self) -> impl Iterator<Item = (&'a Sketch, &'a Sketch)> {
        self.points.windows(2).map(|p| (self.w.frame(p[0]), self.w.frame(p[1])))
    }
}

/// What a stretch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct May {
    pub(super) dissolve: bool,
    pub(super) wipe: bool,
}

/// All measures of a stretch, in the order of the tables, and what they leave possible; `None` where it is nothing for
/// sure. What costs little is measured first.
pub(super) fn measures(w: &Window<'_>, stretch: Stretch) -> Option<([f32; MEASURES], May)> {
    let (a, b) = (w.frame(stretch.first), w.frame(stretch.last));
    let histograms = compare::histograms(a, b);
    let correlation = compare::correlation(a, b);
    if histograms < 0.08 && correlation > 0.5 {
        return None;
    }
    let steps = Steps::new(*w, stretch);
    let length = w.time(stretch.last) - w.time(stretch.first);
    let outside = ((outside(&steps, length) + 0.3) / (steps.step() + 0.3)).ln();
    if outside > 0.3 {
        return None;
    }
    let cells = Cells::new(&steps);
    let sweep = Sweep::new(&steps);
    let jump = jump(&steps);
    let dissolve = cells.spread < 0.25 && cells.halfway > 0.16 && cells.unmixed < 0.45 && jump < 0.55;
    let wipe = cells.spread > 0.14 && cells.halfway < 0.23 && cells.unmixed > 0.15 && sweep.rough < 0.75;
    let may = May {
        dissolve: dissolve && sweep.peaked < 0.45 && cells.changed > 0.4,
        wipe: wipe && cells.changed > 0.6 && jump < 0.6 && length > SHORTEST_WIPE,
    };
    if !may.dissolve && !may.wipe {
        return None;
    }
    let moved = compare::moved(a, b);
    let luma = compare::luma(a, b).max(0.5);
    if moved < 6.0 || moved / luma < 0.25 {
        return None;
    }
    let even = |k: usize| k as f32 / steps.count() as f32;
    let bent = steps.gone.iter().enumerate().map(|(k, gone)| (gone - even(k)).abs()).fold(0.0, f32::max);
    let back: f32 = steps.gone.windows(2).map(|p| (p[0] - p[1]).max(0.0)).sum();
    let contrast = a.contrast.min(b.contrast);
    let least = steps.points.iter().map(|n| w.frame(*n).contrast).fold(f32::MAX, f32::min);
    let (step_moved, step_relit) = explained(&steps);
    let measures = [
        (1.0 + steps.net).ln(),
        steps.net / steps.path.max(0.1),
        cells.detour,
        cells.unmixed,
        back,
        jump,
        bent,
        correlation,
        compare::relit(a, b) / luma,
        moved / luma,
        (1.0 + moved).ln(),
        step_moved,
        outside,
        cells.changed,
        cells.spread,
        cells.rough,
        cells.halfway,
        beyond(&steps, length),
        length.ln() as f32,
        least / contrast.max(1.0),
        contrast / 64.0,
        histograms,
        (steps.step() + 0.1).ln(),
        sweep.peaked,
        sweep.spread,
        sweep.rough,
        compare::moved_and_relit(a, b) / luma,
        ((compare::colour(a, b) + 0.5) / (luma + 0.5)).ln(),
        step_relit,
    ];
    Some((measures, may))
}

/// The greatest change between two frames: nearly all of it in a cut.
fn jump(steps: &Steps<'_>) -> f32 {
    let Stretch { first, last } = steps.stretch;
    let frames = (first..last).map(|n| compare::coarse(steps.w.frame(n), steps.w.frame(n + 1)));
    frames.fold(0.0, f32::max) / steps.net
}

/// What motion leaves of a step, as a share, and what motion and light together leave: little in a pan, and little where
/// the light changes.
fn explained(steps: &Steps<'_>) -> (f32, f32) {
    let (mut moved, mut relit, mut count) = (0.0, 0.0, 0.0f32);
    for (a, b) in steps.pairs().step_by((steps.count() / 3).max(1)) {
        let whole = compare::luma(a, b) + 0.2;
        moved += (compare::moved(a, b) + 0.2) / whole;
        relit += (compare::moved_and_relit(a, b) + 0.2) / whole;
        count += 1.0;
    }
    (moved / count.max(1.0), relit / count.max(1.0))
}

/// Coarse change in steps of the same length just before and just after.
fn outside(steps: &Steps<'_>, length: f64) -> f32 {
    let w = &steps.w;
    let (from, to) = (w.time(steps.stretch.first), w.time(steps.stretch.last));
    let gap = length / steps.count() as f64;
    let starts = [from - gap, from - 2.0 * gap, from - 3.0 * gap, to, to + gap, to + 2.0 * gap];
    let (begin, end) = (w.time(0), w.time(w.len() - 1));
    let there = starts.into_iter().filter(|start| *start >= begin && start + gap <= end);
    let change = there.map(|start| compare::coarse(w.frame(w.nearest(start)), w.frame(w.nearest(start + gap))));
    let (sum, count) = change.fold((0.0, 0.0f32), |(sum, count), change| (sum + change, count + 1.0));
    sum / count.max(1.0)
}

/// How far the same way goes on before and after: the stretch is then a part of something longer.
fn beyond(steps: &Steps<'_>, length: f64) -> f32 {
    let w = &steps.w;
    let gone = |time: f64| progress(steps.first, steps.last, w.frame(w.nearest(time)));
    let before = gone(w.time(steps.stretch.first) - 0.25 * length);
    let after = gone(w.time(steps.stretch.last) + 0.25 * length);
    (-before).max(0.0) + (after - 1.0).max(0.0)
}

/// Differences of the three planes at one cell.
fn cell(a: &Sketch, b: &Sketch, c: usize) -> [i32; 3] {
    [0, 1, 2].map(|plane| {
        let place = c + plane * COARSE;
        i32::from(b.cells[place]) - i32::from(a.cells[place])
    })
}

fn size(difference: [i32; 3]) -> i32 {
    difference.iter().map(|d| d.abs()).sum()
}

/// How the cells go from one picture to the other.
struct Cells {
    /// What they show that lies beside the straight way.
    detour: f32,
    /// What no mixture of both pictures explains: little in a dissolve.
    unmixed: f32,
    /// Share of the picture that changes.
    changed: f32,
    /// Standard deviation of the moments when they are halfway, as shares of the length: large in a wipe.
    spread: f32,
    /// How much those moments differ between neighbours, for their deviation.
    rough: f32,
    /// Mean distance from the nearer picture, as a share: a quarter in a dissolve, nothing in a wipe.
    halfway: f32,
}

impl Cells {
    fn new(steps: &Steps<'_>) -> Self {
        let (a, b) = (steps.first, steps.last);
        let ways: Vec<[i32; 3]> = (0..COARSE).map(|c| cell(a, b, c)).collect();
        let weights: Vec<f32> = ways.iter().map(|way| size(*way) as f32).collect();
        let whole = weights.iter().sum::<f32>().max(1.0);
        let (mut detour, mut unmixed, mut halfway, mut count) = (0.0, 0.0, 0.0, 0.0f32);
        let mut when = vec![0.0f32; COARSE];
        for (now, gone) in steps.inner() {
            count += 1.0;
            detour += (compare::coarse(a, now) + compare::coarse(now, b) - steps.net) / 2.0;
            for (c, way) in ways.iter().enumerate() {
                let is = cell(a, now, c);
                unmixed += (0..3).map(|k| (is[k] as f32 - gone * way[k] as f32).abs()).sum::<f32>();
                let on: i32 = (0..3).map(|k| is[k] * way[k]).sum();
                let square: i32 = way.iter().map(|d| d * d).sum();
                let own = (on as f32 / square.max(1) as f32).clamp(0.0, 1.0);
                when[c] += own;
                halfway += weights[c] * own.min(1.0 - own);
            }
        }
        let count = count.max(1.0);
        when.iter_mut().for_each(|when| *when = 1.0 - *when / count);
        let mean = when.iter().zip(&weights).map(|(when, weight)| when * weight).sum::<f32>() / whole;
        let square = when.iter().zip(&weights).map(|(when, weight)| (when - mean).powi(2) * weight).sum::<f32>();
        let spread = (square / whole).sqrt();
        // Cells that hardly change say nothing about when.
        let rough = roughness(&when, |i, j| if weights[i] >= 8.0 && weights[j] >= 8.0 { 1.0 } else { 0.0 });
        Self {
            detour: detour / count / steps.net,
            unmixed: unmixed / count / COARSE as f32 / steps.net,
            changed: weights.iter().filter(|weight| **weight > 10.0).count() as f32 / COARSE as f32,
            spread,
            rough: rough / spread.max(0.02),
            halfway: halfway / count / whole,
        }
    }
}

/// Mean difference of neighbours, weighed by what `weight` says of two.
fn roughness(values: &[f32], weight: impl Fn(usize, usize) -> f32) -> f32 {
    let (mut sum, mut whole) = (0.0, 0.0f32);
    for row in 0..DOWN {
        for column in 0..ACROSS {
            let i = row * ACROSS + column;
            let right = (column + 1 < ACROSS).then_some(i + 1);
            let below = (row + 1 < DOWN).then_some(i + ACROSS);
            for j in [right, below].into_iter().flatten() {
                let weight = weight(i, j);
                sum += weight * (values[i] - values[j]).abs();
                whole += weight;
            }
        }
    }
    sum / whole.max(1.0)
}

/// When each cell changes most. In a wipe that is at once, and one cell after another.
struct Sweep {
    /// Share of a cell's changes that its greatest step makes.
    peaked: f32,
    /// Standard deviation of the moments of the greatest steps, as shares of the length.
    spread: f32,
    /// How much they differ between neighbours, for their deviation.
    rough: f32,
}

impl Sweep {
    fn new(steps: &Steps<'_>) -> Self {
        let mut best = vec![(0, 0); COARSE];
        let mut sum = 0;
        for (k, (a, b)) in steps.pairs().enumerate() {
            for (c, best) in best.iter_mut().enumerate() {
                let change = size(cell(a, b, c));
                sum += change;
                *best = (*best).max((change, 2 * k + 1));
            }
        }
        let weights: Vec<f32> = best.iter().map(|(change, _)| *change as f32).collect();
        let when: Vec<f32> = best.iter().map(|(_, k)| *k as f32 / (2 * steps.count()) as f32).collect();
        let whole = weights.iter().sum::<f32>().max(1.0);
        let mean = when.iter().zip(&weights).map(|(when, weight)| when * weight).sum::<f32>() / whole;
        let square = when.iter().zip(&weights).map(|(when, weight)| (when - mean).powi(2) * weight).sum::<f32>();
        let rough = roughness(&when, |i, j| weights[i].min(weights[j]));
        let spread = (square / whole).sqrt();
        Self { peaked: whole / (sum as f32).max(1.0), spread, rough: rough / spread.max(0.05) }
    }
}
