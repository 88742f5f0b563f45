//! How much of a value is told by those before it.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::order::mean;

/// A value as a weighted sum of those before it, plus noise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Autoregression {
    /// The weights, that of the value just before first. None for noise alone.
    pub weights: Vec<f64>,
}

/// Weights that sum up to more than this could not be told from a random walk, nor be computed with.
const MOST_PERSISTENT: f64 = 0.999_9;
/// Less of the variance than this is rounding.
const ROUNDING: f64 = 1e-12;

impl Autoregression {
    /// Fitted by Burg's method, which is always stable, the order chosen by the Bayesian information criterion up to
    /// Schwert's 12 (n / 100)^(1/4).
    pub fn fit(values: &[f64]) -> Self {
        Self::of_order(values, 0)
    }

    /// As [`Autoregression::fit`], with one weight at least: the criterion takes a weak memory in a short series for none.
    pub fn with_memory(values: &[f64]) -> Self {
        Self::of_order(values, 1)
    }

    fn of_order(values: &[f64], least: usize) -> Self {
        let n = values.len() as f64;
        let most = (12.0 * (n / 100.0).powf(0.25)) as usize;
        let fits = burg(values, most.min(values.len() / 4));
        let bic = |order: usize, variance: f64| n * variance.ln() + order as f64 * n.ln();
        let orders = fits.into_iter().enumerate().skip(least);
        let rated = orders.map(|(order, (weights, variance))| (bic(order, variance), weights));
        let best = rated.min_by(|a, b| a.0.total_cmp(&b.0));
        Self { weights: best.map(|(_, weights)| weights).unwrap_or_default() }
    }

    /// The sum of the weights: 0 for noise, near 1 where a series wanders.
    pub fn persistence(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Estimates from short series come out too small, by about (1 + 3 p) / n where a mean was removed and (2 + 4 p) / n
    /// where a line was (Marriott and Pope 1954, Kendall 1954). Nothing changes where there is no weight.
    #[must_use]
    pub fn unbiased(mut self, n: usize, line: bool) -> Self {
        let (n, sum) = (n as f64, self.persistence());
        let corrected = if line { (n * sum + 2.0) / (n - 4.0) } else { (n * sum + 1.0) / (n - 3.0) };
        let corrected = corrected.min(MOST_PERSISTENT.max(sum.min(1.0)));
        if let (Some(first), true) = (self.weights.first_mut(), corrected > sum && n > 8.0) {
            *first += corrected - sum;
        }
        self
    }

    /// The autocorrelation that the weights amount to, of lags 1 and on, until it has died away or `lags` are reached.
    pub fn autocorrelation(&self, lags: usize) -> Vec<f64> {
        const NOTHING: f64 = 1e-4;
        let order = self.weights.len();
        if order == 0 {
            return Vec::new();
        }
        let mut found = self.first_autocorrelations();
        found.truncate(lags);
        let mut quiet = 0;
        while found.len() < lags && quiet < 2 * order + 10 {
            let earlier = found.iter().rev().copied().chain([1.0]);
            let next = self.weights.iter().zip(earlier).map(|(weight, rho)| weight * rho).sum::<f64>().clamp(-1.0, 1.0);
            quiet = if next.abs() < NOTHING { quiet + 1 } else { 0 };
            found.push(next);
        }
        found
    }

    /// Those of the first lags, as many as there are weights: the step-down recursion back to the reflections, then
    /// forth again.
    fn first_autocorrelations(&self) -> Vec<f64> {
        let mut stages = vec![self.weights.clone()];
        while let Some((&reflection, rest)) = stages.last().and_then(|weights| weights.split_last()) {
            // A correction for bias may leave the region where the weights are stable.
            let scale = (1.0 - reflection * reflection).max(1e-6);
            let lower = rest.iter().zip(rest.iter().rev()).map(|(w, mirrored)| (w + reflection * mirrored) / scale);
            let lower: Vec<f64> = lower.collect();
            stages.push(lower);
        }
        let mut found: Vec<f64> = Vec::new();
        for weights in stages.iter().rev().skip(1) {
            let (last, earlier) = (weights.len() - 1, stages.get(stages.len() - weights.len()));
            let lower = earlier.map(Vec::as_slice).unwrap_or_default();
            let predicted: f64 = lower.iter().zip(found.iter().rev()).map(|(w, rho)| w * rho).sum();
            let drop: f64 = 1.0 - lower.iter().zip(&found).map(|(w, rho)| w * rho).sum::<f64>();
            found.push((predicted + weights[last] * drop).clamp(-1.0, 1.0));
        }
        found
    }

    /// What the values before do not tell. The first ones, which have too few before them, are measured from 0.
    pub fn whitened(&self, values: &[f64]) -> Vec<f64> {
        let center = mean(values);
        let told = |at: usize| {
            let earlier = values[..at].iter().rev();
            self.weights.iter().zip(earlier).map(|(weight, value)| weight * (value - center)).sum::<f64>()
        };
        let order = self.weights.len().min(values.len());
        let whitened = (order..values.len()).map(|at| values[at] - center - told(at));
        // What stands before is unknown: 0 is the least it can say.
        std::iter::repeat_n(0.0, order).chain(whitened).collect()
    }
}

/// Weights and the variance of what they leave, for each order from 0 on.
fn burg(values: &[f64], most: usize) -> Vec<(Vec<f64>, f64)> {
    let n = values.len();
    let center = mean(values);
    let mut forward: Vec<f64> = values.iter().map(|value| value - center).collect();
    let mut backward = forward.clone();
    let total = forward.iter().map(|value| value * value).sum::<f64>() / n.max(1) as f64;
    let mut variance = total;
    let mut weights: Vec<f64> = Vec::new();
    let mut fits = vec![(Vec::new(), total)];
    for order in 1..=most {
        let (mut shared, mut power) = (0.0, 0.0);
        for (f, b) in forward[order..].iter().zip(&backward[order - 1..n - 1]) {
            shared += f * b;
            power += f * f + b * b;
        }
        // What remains of a series that its past tells wholly is rounding.
        if power <= total * ROUNDING || variance <= total * ROUNDING {
            break;
        }
        let reflection = 2.0 * shared / power;
        let before = weights.clone();
        weights.iter_mut().zip(before.iter().rev()).for_each(|(weight, last)| *weight -= reflection * last);
        weights.push(reflection);
        for at in (order..n).rev() {
            let (f, b) = (forward[at], backward[at - 1]);
            forward[at] = f - reflection * b;
            backward[at] = b - reflection * f;
        }
        variance *= 1.0 - reflection * reflection;
        fits.push((weights.clone(), variance.max(total * ROUNDING)));
    }
    fits
}

/// The correlation of `a` at one time with `b` so many places later, for lags of -`most` to `most`. Means are removed;
/// 0 where one of them is constant.
pub(crate) fn cross_correlation(a: &[f64], b: &[f64], most: usize) -> Vec<f64> {
    let n = a.len().min(b.len());
    let most = most.min(n.saturating_sub(1));
    let size = (n + most + 1).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |values: &[f64]| {
        let center = mean(&values[..n]);
        let mut padded: Vec<f64> = values[..n].iter().map(|value| value - center).collect();
        let power = padded.iter().map(|value| value * value).sum::<f64>();
        padded.resize(size, 0.0);
        let mut spectrum = forward.make_output_vec();
        // Fails for buffers of another size only.
        let _ = forward.process(&mut padded, &mut spectrum);
        (spectrum, power)
    };
    let ((a, power_a), (b, power_b)) = (spectrum(a), spectrum(b));
    let mut product: Vec<Complex<f64>> = a.iter().zip(&b).map(|(a, b)| a.conj() * b).collect();
    let mut sums = inverse.make_output_vec();
    // The ends must be real, which rounding may have spoilt.
    if let Some(first) = product.first_mut() {
        first.im = 0.0;
    }
    if let Some(last) = product.last_mut() {
        last.im = 0.0;
    }
    let _ = inverse.process(&mut product, &mut sums);
    let scale = (power_a * power_b).sqrt() * size as f64;
    let at = |lag: usize| if scale > 0.0 { (sums[lag] / scale).clamp(-1.0, 1.0) } else { 0.0 };
    (1..=most).rev().map(|lag| at(size - lag)).chain((0..=most).map(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::stats::testing::Noise;

    fn example(factor: i32, modulus: i32) -> Vec<f64> {
        (0..60).map(|at| f64::from(at * factor % modulus) / 10.0).collect()
    }

    fn near(found: &[f64], wanted: &[f64]) {
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-8), "{found:?} for {wanted:?}");
    }

    #[test]
    fn as_statsmodels_has_them() {
        // statsmodels 0.15.0: burg(c, 3, demean=True), of cumsum(a - mean(a))
        let a = example(7919, 101);
        let center = mean(&a);
        let walk = a.iter().scan(0.0, |sum, value| {
            *sum += value - center;
            Some(*sum)
        });
        let fits = burg(&walk.collect::<Vec<f64>>(), 3);
        near(&fits[1].0, &[0.643_352_67]);
        near(&fits[2].0, &[0.421_207_18, 0.345_293_5]);
        near(&fits[3].0, &[0.374_812_81, 0.288_699_21, 0.134_362_12]);
        // statsmodels 0.15.0: arma_acf([1, -0.5, -0.3, 0.1], [1], lags=8)
        let memory = Autoregression { weights: vec![0.5, 0.3, -0.1] };
        let wanted = [0.635_135_14, 0.554_054_05, 0.367_567_57, 0.286_486_49, 0.198_108_11, 0.148_243_24, 0.104_905_41];
        near(&memory.autocorrelation(7), &wanted);
        // statsmodels 0.15.0: ccf(b, a, adjusted=False)[:5]
        let b: Vec<f64> =
            (0..60_i64).map(|at| (at * 104_729 % 97) as f64 / 10.0).zip(&a).map(|(b, a)| b + 0.5 * a).collect();
        let wanted = [0.554_061_83, -0.254_180_68, -0.068_920_96, 0.154_666_53, -0.289_121_17];
        near(&cross_correlation(&a, &b, 4)[4..], &wanted);
    }

    #[test]
    fn memory_is_found_and_taken_out() {
        let values = Noise::new(1).autoregressive(5_000, 0.7);
        let memory = Autoregression::fit(&values);
        assert!((memory.persistence() - 0.7).abs() < 0.05, "{memory:?}");
        let white = memory.whitened(&values);
        assert!(Autoregression::fit(&white).persistence().abs() < 0.05);
        assert_eq!(Autoregression::fit(&[3.0; 50]).weights, [0.0; 0]);
        assert_eq!(Autoregression::fit(&[]).weights, [0.0; 0]);
        let line: Vec<f64> = (0..200).map(f64::from).collect();
        assert!(Autoregression::fit(&line).unbiased(200, false).persistence() > 0.98);
    }
}
