//! Pairs that agree in order, counted in O(n log n) as by Knight (1966).

/// How the pairs of two lists are ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Concordance {
    /// Pairs ordered alike less pairs ordered the other way round.
    pub score: f64,
    /// The variance of the score where neither list depends on the other, ties counted in (Kendall 1970).
    pub variance: f64,
    /// Kendall's tau-b, -1 to 1; 0 where one of the lists is constant.
    pub tau: f64,
}

/// Sums over groups of equal values.
#[derive(Default, Clone, Copy)]
struct Ties {
    /// t (t - 1), twice the pairs that are tied.
    pairs: f64,
    /// t (t - 1) (t - 2)
    triples: f64,
    /// t (t - 1) (2 t + 5)
    weighted: f64,
}

impl Ties {
    fn of<T>(sorted: &[T], same: impl Fn(&T, &T) -> bool) -> Self {
        let mut ties = Self::default();
        for group in sorted.chunk_by(same) {
            let t = group.len() as f64;
            ties.pairs += t * (t - 1.0);
            ties.triples += t * (t - 1.0) * (t - 2.0);
            ties.weighted += t * (t - 1.0) * (2.0 * t + 5.0);
        }
        ties
    }
}

/// The concordance of two lists of one length.
pub(crate) fn concordance(x: &[f64], y: &[f64]) -> Concordance {
    let mut rows: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let in_x = Ties::of(&rows, |a, b| a.0 == b.0);
    let in_both = Ties::of(&rows, |a, b| a == b);
    let mut y: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let discordant = sort_counting(&mut y) as f64;
    let in_y = Ties::of(&y, |a, b| a == b);
    let n = rows.len() as f64;
    let ordered = n * (n - 1.0);
    let score = (ordered - in_x.pairs - in_y.pairs + in_both.pairs) / 2.0 - 2.0 * discordant;
    let mut variance = (ordered * (2.0 * n + 5.0) - in_x.weighted - in_y.weighted) / 18.0;
    if n > 2.0 {
        variance += in_x.pairs * in_y.pairs / (2.0 * ordered);
        variance += in_x.triples * in_y.triples / (9.0 * ordered * (n - 2.0));
    }
    let scale = ((ordered - in_x.pairs) * (ordered - in_y.pairs)).sqrt() / 2.0;
    let tau = if scale > 0.0 { (score / scale).clamp(-1.0, 1.0) } else { 0.0 };
    Concordance { score, variance: variance.max(0.0), tau }
}

/// Shorter blocks are sorted by insertion.
const BLOCK: usize = 16;

/// Sort by merging; how many pairs stood in falling order before.
pub(crate) fn sort_counting(values: &mut [f64]) -> u64 {
    let mut count: u64 = values.chunks_mut(BLOCK).map(insert).sum();
    let mut buffer = vec![0.0; values.len()];
    let mut width = BLOCK;
    while width < values.len() {
        for (block, merged) in values.chunks_mut(2 * width).zip(buffer.chunks_mut(2 * width)) {
            if block.len() > width {
                count += merge(block, width, merged);
            }
        }
        width *= 2;
    }
    count
}

fn insert(block: &mut [f64]) -> u64 {
    let mut count = 0;
    for end in 1..block.len() {
        let value = block[end];
        let mut place = end;
        while place > 0 && block[place - 1] > value {
            block[place] = block[place - 1];
            place -= 1;
        }
        block[place] = value;
        count += (end - place) as u64;
    }
    count
}

fn merge(block: &mut [f64], width: usize, merged: &mut [f64]) -> u64 {
    let (left, right) = block.split_at(width);
    let (mut i, mut j, mut count) = (0, 0, 0);
    for place in merged.iter_mut() {
        if j == right.len() || i < left.len() && left[i] <= right[j] {
            *place = left[i];
            i += 1;
        } else {
            *place = right[j];
            j += 1;
            count += (left.len() - i) as u64;
        }
    }
    block.copy_from_slice(merged);
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analytics::stats::distribution::normal_two_sided;

    #[test]
    fn as_scipy_has_it() {
        // scipy 1.17.1: kendalltau(x, y, method="asymptotic")
        let x = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0];
        let y = [2.0, 1.0, 3.0, 3.0, 6.0, 4.0, 6.0, 5.0];
        let found = concordance(&x, &y);
        assert!((found.tau - 0.615_384_615_384_615_4).abs() < 1e-12);
        let p = normal_two_sided(found.score / found.variance.sqrt());
        assert!((p - 0.041_286_570_131_460_06).abs() < 1e-9, "{p}");
    }

    proptest! {
        #[test]
        fn equal_to_counting_every_pair(rows in prop::collection::vec((0..8_i32, 0..8_i32), 0..100)) {
            let (x, y): (Vec<f64>, Vec<f64>) = rows.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).unzip();
            let mut score = 0;
            for (at, a) in rows.iter().enumerate() {
                score += rows[..at].iter().map(|b| (a.0 - b.0).signum() * (a.1 - b.1).signum()).sum::<i32>();
            }
            prop_assert_eq!(concordance(&x, &y).score, f64::from(score));
        }
    }
}
