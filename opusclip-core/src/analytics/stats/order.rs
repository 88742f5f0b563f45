//! Means, medians and ranks. Values are never NaN here.

/// From the median of absolute deviations to the standard deviation of a normal distribution.
pub(crate) const MAD_TO_SD: f64 = 1.482_602_218_505_602;

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The median; NaN of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    median_of(&mut values.to_vec())
}

/// The median of values that may be put into another order.
pub(crate) fn median_of(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if even { f64::midpoint(below.iter().copied().fold(f64::NEG_INFINITY, f64::max), upper) } else { upper }
}

/// The spread as a robust standard deviation: the scaled median of distances from the median.
pub(crate) fn mad(values: &[f64]) -> f64 {
    let center = median(values);
    let mut distances: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    median_of(&mut distances) * MAD_TO_SD
}

/// Ranks from 1; equal values share the mean of theirs.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = first as f64 + (group.len() as f64 + 1.0) / 2.0;
        group.iter().for_each(|at| ranks[*at] = rank);
        first += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_spread() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert!(median(&[]).is_nan());
        // scipy 1.17.1: median_abs_deviation([1, 2, 4, 8, 16], scale="normal")
        assert!((mad(&[1.0, 2.0, 4.0, 8.0, 16.0]) - 4.447_806_655_516_805).abs() < 1e-9);
    }

    #[test]
    fn equal_values_share_a_rank() {
        // scipy 1.17.1: rankdata
        assert_eq!(ranks(&[10.0, 20.0, 10.0, 5.0, 20.0, 20.0]), [2.5, 5.0, 2.5, 1.0, 5.0, 5.0]);
        assert_eq!(ranks(&[-0.0, 0.0]), [1.5, 1.5]);
    }
}
