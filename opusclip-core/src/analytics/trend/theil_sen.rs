//! Order statistics of the slopes of all pairs (Theil 1950, Sen 1968), exact and in O(n log n).
//!
//! How many slopes are below a number is the count of inversions of `y - slope * x`, which sorting gives. Slopes drawn
//! at random with a fixed seed narrow down where the wanted one is (Matoušek 1991, "Randomized optimal algorithm for
//! slope selection"), until the few that are left can be listed.

use crate::analytics::stats::kendall::sort_counting;

/// Up to so many pairs are simply listed.
const LISTED: u64 = 300_000;
/// The pairs that are left may be listed where there are not more than this many for each point.
const LEFT_PER_POINT: u64 = 4;
/// So many slopes are drawn to narrow down by.
const DRAWN: usize = 1_000;
/// So many pairs are tried for them.
const TRIED: usize = 1_000_000;
/// By so many places of those drawn the wanted one may be off: three standard deviations.
const MARGIN: usize = 48;
/// Narrowing down ends after so many rounds; each takes off nine tenths.
const ROUNDS: usize = 60;

/// The slopes of all pairs of points, `x` rising.
pub(super) struct Slopes<'a> {
    x: &'a [f64],
    y: &'a [f64],
    /// Slopes in rising order, with the place of the first: all of them, or those listed last.
    listed: Option<(u64, Vec<f64>)>,
    /// Slopes whose places are known, rising, with how many are below.
    known: Vec<(f64, u64)>,
}

/// Slopes from `low` to below `high`, with how many are below each.
struct Bracket {
    low: f64,
    high: f64,
    below_low: u64,
    below_high: u64,
}

impl<'a> Slopes<'a> {
    pub fn new(x: &'a [f64], y: &'a [f64]) -> Self {
        let mut slopes = Self { x, y, listed: None, known: Vec::new() };
        if slopes.count() <= LISTED {
            let mut all = Vec::with_capacity(slopes.count() as usize);
            for later in 1..x.len() {
                all.extend((0..later).map(|earlier| slopes.slope(earlier, later)));
            }
            all.sort_unstable_by(f64::total_cmp);
            slopes.listed = Some((0, all));
        }
        slopes
    }

    /// How many pairs there are.
    pub fn count(&self) -> u64 {
        let n = self.x.len() as u64;
        n * n.saturating_sub(1) / 2
    }

    pub fn median(&mut self) -> f64 {
        let count = self.count();
        let upper = self.at(count / 2);
        if count.is_multiple_of(2) { f64::midpoint(self.at((count / 2).saturating_sub(1)), upper) } else { upper }
    }

    /// The slope at this place in rising order, counted from 0; the last one beyond. 0 where there is no pair.
    pub fn at(&mut self, place: u64) -> f64 {
        let place = place.min(self.count().saturating_sub(1));
        let all = self.listed.as_ref();
        if let Some(slope) = all.and_then(|(first, slopes)| slopes.get(place.checked_sub(*first)? as usize)) {
            return *slope;
        }
        if self.count() <= LISTED { 0.0 } else { self.select(place) }
    }

    fn slope(&self, earlier: usize, later: usize) -> f64 {
        (self.y[later] - self.y[earlier]) / (self.x[later] - self.x[earlier])
    }

    fn below(&self, slope: f64) -> u64 {
        let mut rest: Vec<f64> = self.x.iter().zip(self.y).map(|(x, y)| y - slope * x).collect();
        sort_counting(&mut rest)
    }

    fn select(&mut self, place: u64) -> f64 {
        let mut bracket = self.bracket(place);
        let mut random = 0x9E37_79B9_7F4A_7C15;
        for _ in 0..ROUNDS {
            if bracket.below_high - bracket.below_low <= LEFT_PER_POINT * self.x.len() as u64 {
                break;
            }
            let drawn = self.draw(&bracket, &mut random);
            if drawn.is_empty() {
                break;
            }
            let share = (place - bracket.below_low) as f64 / (bracket.below_high - bracket.below_low) as f64;
            let middle = (share * drawn.len() as f64) as usize;
            let margin = MARGIN.min(drawn.len() / 4 + 1);
            let (first, last) = (drawn[middle.saturating_sub(margin)], drawn[(middle + margin).min(drawn.len() - 1)]);
            self.narrow(&mut bracket, first, place);
            self.narrow(&mut bracket, last, place);
            if first == last {
                // Many equal slopes: they may be all that is left.
                let above = first + (first.abs() * 1e-12).max((bracket.high - bracket.low) * 1e-9);
                self.narrow(&mut bracket, above, place);
                if bracket.low == first && bracket.high == above {
                    return first;
                }
            }
        }
        let mut left = self.within(&bracket);
        left.sort_unstable_by(f64::total_cmp);
        let at = (place.saturating_sub(bracket.below_low) as usize).min(left.len().saturating_sub(1));
        let found = left.get(at).copied().unwrap_or(bracket.low);
        self.listed = Some((bracket.below_low, left));
        found
    }

    /// The narrowest bracket that is known already.
    fn bracket(&mut self, place: u64) -> Bracket {
        if self.known.is_empty() {
            // The steepest pairs are neighbours.
            let neighbours = || (1..self.x.len()).map(|later| self.slope(later - 1, later));
            let low = neighbours().fold(f64::INFINITY, f64::min);
            let high = neighbours().fold(f64::NEG_INFINITY, f64::max);
            // Wide enough that rounding leaves no pair outside.
            let room = (high.abs() + low.abs()) * 1e-9 + f64::MIN_POSITIVE;
            self.known = vec![(low - room, 0), (high + room, self.count())];
        }
        let above = self.known.partition_point(|(_, below)| *below <= place).clamp(1, self.known.len() - 1);
        let ((low, below_low), (high, below_high)) = (self.known[above - 1], self.known[above]);
        Bracket { low, high, below_low, below_high }
    }

    fn narrow(&mut self, bracket: &mut Bracket, slope: f64, place: u64) {
        if slope <= bracket.low || slope >= bracket.high {
            return;
        }
        let below = self.below(slope).clamp(bracket.below_low, bracket.below_high);
        let at = self.known.partition_point(|(known, _)| *known < slope);
        self.known.insert(at, (slope, below));
        if below <= place {
            (bracket.low, bracket.below_low) = (slope, below);
        } else {
            (bracket.high, bracket.below_high) = (slope, below);
        }
    }

    /// Slopes of pairs drawn at random that are in the bracket, in rising order.
    fn draw(&self, bracket: &Bracket, random: &mut u64) -> Vec<f64> {
        let n = self.x.len() as u64;
        let mut drawn = Vec::with_capacity(DRAWN);
        let mut next = || {
            *random ^= *random << 13;
            *random ^= *random >> 7;
            *random ^= *random << 17;
            (((*random >> 32) * n) >> 32) as usize
        };
        for _ in 0..TRIED {
            let (a, b) = (next(), next());
            if a == b {
                continue;
            }
            let slope = self.slope(a.min(b), a.max(b));
            if slope >= bracket.low && slope < bracket.high {
                drawn.push(slope);
                if drawn.len() == DRAWN {
                    break;
                }
            }
        }
        drawn.sort_unstable_by(f64::total_cmp);
        drawn
    }

    /// The slopes in the bracket: of pairs that are in order at its lower end and no longer at its upper end.
    fn within(&self, bracket: &Bracket) -> Vec<f64> {
        let rest = |slope: f64, at: usize| self.y[at] - slope * self.x[at];
        let mut order: Vec<usize> = (0..self.x.len()).collect();
        // A stable sort: of equals the earlier comes first.
        order.sort_by(|a, b| rest(bracket.low, *a).total_cmp(&rest(bracket.low, *b)));
        let mut rows: Vec<(f64, usize)> = order.into_iter().map(|at| (rest(bracket.high, at), at)).collect();
        let mut found = Vec::new();
        let mut buffer = rows.clone();
        let mut width = 1;
        let most = (4 * LEFT_PER_POINT) as usize * self.x.len();
        while width < rows.len() && found.len() <= most {
            for (block, merged) in rows.chunks_mut(2 * width).zip(buffer.chunks_mut(2 * width)) {
                if block.len() > width {
                    self.merge(block, width, merged, &mut found, most);
                }
            }
            width *= 2;
        }
        found
    }

    fn merge(
        &self,
        block: &mut [(f64, usize)],
        width: usize,
        merged: &mut [(f64, usize)],
        found: &mut Vec<f64>,
        most: usize,
    ) {
        let (left, right) = block.split_at(width);
        let (mut i, mut j) = (0, 0);
        for place in merged.iter_mut() {
            if j == right.len() || i < left.len() && left[i].0 <= right[j].0 {
                *place = left[i];
                i += 1;
                continue;
            }
            *place = right[j];
            let room = most.saturating_sub(found.len()) + 1;
            found.extend(left[i..].iter().take(room).map(|(_, at)| {
                let other = right[j].1;
                self.slope((*at).min(other), (*at).max(other))
            }));
            j += 1;
        }
        block.copy_from_slice(merged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::stats::testing::Noise;

    /// The same slopes without the list.
    fn selected(x: &[f64], y: &[f64], place: u64) -> f64 {
        Slopes { x, y, listed: None, known: Vec::new() }.select(place)
    }

    #[test]
    fn selecting_gives_what_sorting_gives() {
        let mut noise = Noise::new(1);
        let x: Vec<f64> = (0..700).map(|at| f64::from(at) + 0.4 * noise.uniform()).collect();
        let kinds: [fn(f64, f64) -> f64; 5] = [
            |x, e| 0.01 * x + e,
            |_, e| e.round(),
            |_, e| if e > 2.0 { 1.0 } else { 0.0 },
            |x, _| 3.0 * x,
            |x, e| e.powi(9) + x,
        ];
        for (kind, make) in kinds.iter().enumerate() {
            let y: Vec<f64> = x.iter().map(|x| make(*x, noise.normal())).collect();
            let mut all = Slopes::new(&x, &y);
            for place in [0, 1, 1000, 100_000, 122_325, 200_000, all.count() - 2, all.count() - 1] {
                let (found, wanted) = (selected(&x, &y, place), all.at(place));
                assert!(
                    (found - wanted).abs() <= 1e-12 * wanted.abs().max(1e-3),
                    "{kind}, {place}: {found} for {wanted}"
                );
            }
        }
    }

    #[test]
    fn a_hundred_thousand_points() {
        let mut noise = Noise::new(2);
        let x: Vec<f64> = (0..100_000).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 1e-4 * x + noise.normal()).collect();
        let mut slopes = Slopes::new(&x, &y);
        // The standard error of such a slope is sqrt(12 / n^3) = 1.1e-7.
        let median = slopes.median();
        assert!((median - 1e-4).abs() < 4e-7, "{median}");
        let low = slopes.at(slopes.count() / 4);
        let room = low.abs() * 1e-9;
        let quarter = slopes.count() / 4;
        assert!(slopes.below(low - room) <= quarter && quarter <= slopes.below(low + room));
    }
}
