//! Where a series changes its level or its direction.
//!
//! Each stretch is a line of its own; the best division is found exactly, by optimal partitioning (Jackson et al. 2005,
//! the method that PELT prunes), on means of neighbours where there are many points, then moved to the best point.
//! A change must explain more than its penalty (`noise.rs`), so that noise that wanders is no change.
//!
//! The usual slope is taken off first, which moves no change: on a steep line neighbours differ by more than noise.
//! Then short spikes are taken out.

use super::noise::{mean_square, penalty, usual_slope};
use crate::analytics::stats::order::{MAD_TO_SD, mean, median_of};

/// Longer series are put together into so many means.
const BINS: usize = 1_000;
/// Neighbours on each side that say what a value should be: a spike of so many is taken out.
const REACH: usize = 3;
/// A spike is farther from its neighbours than so many standard deviations.
const SPIKE: f64 = 4.0;
/// Rounding of a value, and of sums of squares, as shares of these, with room to spare.
const ROUNDING: (f64, f64) = (1e-14, 1e-12);

/// The first index of a new stretch, with the lines before and after at its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    pub at: usize,
    pub level_before: f64,
    pub level_after: f64,
    /// Per second.
    pub slope_before: f64,
    pub slope_after: f64,
}

/// The changes in points in order of time. No stretch has fewer points than `shortest`.
pub(super) fn changes(times: &[f64], values: &[f64], shortest: usize) -> Vec<Change> {
    let n = values.len();
    let shortest = shortest.max(3);
    if n < 2 * shortest {
        return Vec::new();
    }
    let first = times.first().copied().unwrap_or(0.0);
    let x: Vec<f64> = times.iter().map(|time| time - first).collect();
    let slope = usual_slope(&x, values);
    let flat: Vec<f64> = x.iter().zip(values).map(|(x, y)| y - slope * x).collect();
    let y = without_spikes(&flat);
    let squares: Vec<f64> = values.iter().map(|value| (ROUNDING.0 * value).powi(2)).collect();
    let rounding = mean(&squares) + ROUNDING.1 * mean_square(&y);
    let full = Sums::new(&x, &y);
    let width = n.div_ceil(BINS);
    let mut starts = if width == 1 {
        partition(&full, penalty(&y, rounding), shortest)
    } else {
        let bins = |list: &[f64]| list.chunks(width).map(mean).collect::<Vec<f64>>();
        let (x, y) = (bins(&x), bins(&y));
        let coarse = partition(&Sums::new(&x, &y), penalty(&y, rounding), shortest.div_ceil(width).max(3));
        coarse.into_iter().map(|start| start * width).collect()
    };
    if width > 1 {
        refine(&full, &mut starts, width, shortest);
        drop_weak(&full, &mut starts, penalty(&y, rounding));
    }
    let ends = starts.iter().skip(1).copied().chain([n]);
    let begins = std::iter::once(0).chain(starts.iter().copied());
    let rows = begins.zip(&starts).zip(ends);
    rows.map(|((begin, &at), end)| {
        let (before, after) = (full.line(begin, at), full.line(at, end));
        let level = |(level, steeper): (f64, f64)| level + (slope + steeper) * x[at];
        Change {
            at,
            level_before: level(before),
            level_after: level(after),
            slope_before: slope + before.1,
            slope_after: slope + after.1,
        }
    })
    .collect()
}

/// Values far from the median of their neighbours become that median (Hampel's filter).
fn without_spikes(values: &[f64]) -> Vec<f64> {
    let expected: Vec<f64> = (0..values.len())
        .map(|at| {
            let around = &values[at.saturating_sub(REACH)..(at + REACH + 1).min(values.len())];
            let mut window = [0.0; 2 * REACH + 1];
            let window = &mut window[..around.len()];
            window.copy_from_slice(around);
            median_of(window)
        })
        .collect();
    let mut distances: Vec<f64> = values.iter().zip(&expected).map(|(value, median)| (value - median).abs()).collect();
    let bound = median_of(&mut distances) * MAD_TO_SD * SPIKE;
    let kept = |(value, median): (&f64, &f64)| if (value - median).abs() > bound { *median } else { *value };
    values.iter().zip(&expected).map(kept).collect()
}

/// Running sums, so that the best line through any stretch takes no time.
struct Sums {
    rows: Vec<[f64; 5]>,
    center: (f64, f64),
}

impl Sums {
    fn new(x: &[f64], y: &[f64]) -> Self {
        // Sums of squares lose less where numbers are near 0.
        let center = (mean(x), mean(y));
        let mut rows = vec![[0.0; 5]];
        let mut sums = [0.0; 5];
        for (x, y) in x.iter().zip(y) {
            let (x, y) = (x - center.0, y - center.1);
            let terms = [x, y, x * x, x * y, y * y];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
            rows.push(sums);
        }
        Self { rows, center }
    }

    fn count(&self) -> usize {
        self.rows.len() - 1
    }

    /// n, mean of x, mean of y, and the centred sums of squares.
    fn moments(&self, from: usize, to: usize) -> (f64, f64, f64, f64, f64) {
        let (a, b) = (&self.rows[from], &self.rows[to]);
        let n = (to - from) as f64;
        let [x, y, xx, xy, yy] = [0, 1, 2, 3, 4].map(|at| b[at] - a[at]);
        (x / n, y / n, (xx - x * x / n).max(0.0), xy - x * y / n, (yy - y * y / n).max(0.0))
    }

    /// What is left of the squares by the best line through a stretch.
    fn cost(&self, from: usize, to: usize) -> f64 {
        let (_, _, xx, xy, yy) = self.moments(from, to);
        if xx > 0.0 { (yy - xy * xy / xx).max(0.0) } else { yy }
    }

    /// Level at x = 0 and slope.
    fn line(&self, from: usize, to: usize) -> (f64, f64) {
        let (x, y, xx, xy, _) = self.moments(from, to);
        let slope = if xx > 0.0 { xy / xx } else { 0.0 };
        (y + self.center.1 - slope * (x + self.center.0), slope)
    }
}

/// The first indexes of all stretches but the first.
fn partition(sums: &Sums, penalty: f64, shortest: usize) -> Vec<usize> {
    let n = sums.count();
    // The best cost of the points before each index, and where their last stretch begins.
    let mut best = vec![(f64::INFINITY, 0); n + 1];
    best[0] = (-penalty, 0);
    for end in shortest..=n {
        let starts = std::iter::once(0).chain(shortest..=end.saturating_sub(shortest));
        let rated = starts.map(|start| (best[start].0 + sums.cost(start, end) + penalty, start));
        best[end] = rated.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::INFINITY, 0));
    }
    let mut starts = Vec::new();
    let mut end = n;
    while best[end].1 > 0 {
        end = best[end].1;
        starts.push(end);
    }
    starts.reverse();
    starts
}

/// Move each start to the best point near it.
fn refine(sums: &Sums, starts: &mut [usize], width: usize, shortest: usize) {
    for at in 0..starts.len() {
        let (begin, end) = ends(sums, starts, at);
        let from = (starts[at].saturating_sub(width)).max(begin + shortest);
        let to = (starts[at] + width).min(end.saturating_sub(shortest));
        let cost = |start: usize| sums.cost(begin, start) + sums.cost(start, end);
        if let Some(better) = (from..=to).min_by(|a, b| cost(*a).total_cmp(&cost(*b))) {
            starts[at] = better;
        }
    }
}

/// A change within a mean of neighbours may have become two: take out those that are not worth their penalty.
fn drop_weak(sums: &Sums, starts: &mut Vec<usize>, penalty: f64) {
    loop {
        let gains = (0..starts.len()).map(|at| {
            let (begin, end) = ends(sums, starts, at);
            (sums.cost(begin, end) - sums.cost(begin, starts[at]) - sums.cost(starts[at], end), at)
        });
        match gains.min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((gain, at)) if gain < penalty => starts.remove(at),
            _ => return,
        };
    }
}

/// Where the stretch before a change begins and the one after it ends.
fn ends(sums: &Sums, starts: &[usize], at: usize) -> (usize, usize) {
    let begin = at.checked_sub(1).map_or(0, |before| starts[before]);
    (begin, starts.get(at + 1).copied().unwrap_or(sums.count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::stats::testing::{Noise, at_most};

    fn found(values: &[f64]) -> Vec<usize> {
        let times: Vec<f64> = (0..values.len()).map(|at| at as f64).collect();
        changes(&times, values, 10).iter().map(|change| change.at).collect()
    }

    #[test]
    fn steps_and_bends_are_found_where_they_are() {
        let mut noise = Noise::new(1);
        let step: Vec<f64> = (0..300).map(|at| if at < 120 { 0.0 } else { 5.0 } + noise.normal()).collect();
        assert_eq!(found(&step), [120]);
        let bend: Vec<f64> = (0..300).map(|at| (f64::from(at) - 150.0).max(0.0) * 0.2 + noise.normal()).collect();
        let at = found(&bend);
        assert!(at.len() == 1 && at[0].abs_diff(150) <= 10, "{at:?}");
        let mut spikes = noise.white(300);
        (0..300).step_by(37).for_each(|at| spikes[at] += 50.0);
        assert_eq!(found(&spikes), [0; 0]);
        let ramp: Vec<f64> = (0..300).map(|at| f64::from(at) + noise.normal()).collect();
        assert_eq!(found(&ramp), [0; 0]);
    }

    #[test]
    fn levels_before_and_after_are_told() {
        let mut noise = Noise::new(4);
        let values: Vec<f64> = (0..200).map(|at| if at < 100 { 10.0 } else { 20.0 } + 0.1 * noise.normal()).collect();
        let times: Vec<f64> = (0..200).map(|at| f64::from(at) * 60.0).collect();
        let change = changes(&times, &values, 10)[0];
        assert_eq!(change.at, 100);
        assert!((change.level_before - 10.0).abs() < 0.1 && (change.level_after - 20.0).abs() < 0.1, "{change:?}");
        assert!(change.slope_before.abs() < 1e-4 && change.slope_after.abs() < 1e-4);
    }

    #[test]
    fn long_series_are_cut_at_the_point() {
        let mut noise = Noise::new(2);
        let values: Vec<f64> = (0..50_000).map(|at| if at < 31_234 { 0.0 } else { 3.0 } + noise.normal()).collect();
        let at = found(&values);
        assert!(at.len() == 1 && at[0].abs_diff(31_234) <= 3, "{at:?}");
    }

    #[test]
    fn a_slope_hides_no_change_and_makes_none() {
        for slope in [0.0, 1.0, -1e4] {
            for (n, jump) in [(60, 8.0), (200, 8.0), (3_000, 4.0)] {
                let mut noise = Noise::new(6);
                let level = |at: usize| slope * at as f64 + if at < n / 2 { 0.0 } else { jump };
                let values: Vec<f64> = (0..n).map(|at| level(at) + noise.normal()).collect();
                let at = found(&values);
                assert!(at.len() == 1 && at[0].abs_diff(n / 2) <= 2, "slope {slope}, n {n}: {at:?}");
            }
        }
        // Without noise the last digits of a line are no changes, and a small jump is one.
        let exact = |jump: f64| -> Vec<f64> {
            (0..300).map(|at| 0.1 * f64::from(at) + if at < 100 { 0.0 } else { jump }).collect()
        };
        assert_eq!((found(&exact(0.0)), found(&exact(0.5))), (vec![], vec![100]));
    }

    #[test]
    fn slopes_before_and_after_are_those_of_the_values() {
        let mut noise = Noise::new(8);
        let values: Vec<f64> =
            (0..400).map(|at| 2.0 * f64::from(at) + f64::from((at - 200).max(0)) * 3.0 + noise.normal()).collect();
        let times: Vec<f64> = (0..400).map(f64::from).collect();
        let change = changes(&times, &values, 10)[0];
        assert!((change.slope_before - 2.0).abs() < 0.05 && (change.slope_after - 5.0).abs() < 0.05, "{change:?}");
        assert!((change.level_before - 400.0).abs() < 20.0, "{change:?}");
    }

    #[test]
    fn noise_has_no_changes() {
        for n in [50, 300, 1_000] {
            for phi in [0.0, 0.5, 0.8, 0.95, 1.0] {
                let cut =
                    (0..100).filter(|seed| !found(&Noise::new(300 + seed).autoregressive(n, phi)).is_empty()).count();
                assert!(cut <= at_most(0.05, 100), "n {n}, phi {phi}: {cut} of 100");
            }
        }
    }
}
