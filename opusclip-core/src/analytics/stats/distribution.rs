//! Probabilities of the normal and of Student's distribution.

use statrs::function::beta::checked_beta_reg;
use statrs::function::erf::{erfc, erfc_inv};

/// How probable it is that a standard normal number is as far from 0 as this or farther.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2).clamp(0.0, 1.0)
}

/// The standard normal number that lies within plus and minus it with this probability, more than 0 and less than 1.
pub(crate) fn normal_within(probability: f64) -> f64 {
    std::f64::consts::SQRT_2 * erfc_inv((1.0 - probability).clamp(f64::MIN_POSITIVE, 2.0))
}

/// How probable it is that a number of Student's distribution is as far from 0 as this or farther.
pub(crate) fn student_two_sided(t: f64, freedom: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    let x = freedom / (freedom + t * t);
    checked_beta_reg(freedom / 2.0, 0.5, x.clamp(0.0, 1.0)).map_or(1.0, |p| p.clamp(0.0, 1.0))
}

/// The number that one of Student's distribution is within plus and minus of with this probability.
pub(crate) fn student_within(probability: f64, freedom: f64) -> f64 {
    let outside = 1.0 - probability;
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, freedom) > outside && high < 1e12 {
        high *= 2.0;
    }
    // Halved until the difference is below what a float can hold.
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if student_two_sided(middle, freedom) > outside { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_scipy_has_them() {
        // scipy 1.17.1: 2 * norm.sf(1.5), norm.ppf(0.975), 2 * t.sf(2.5, 7.5), t.ppf(0.975, 4), 2 * norm.sf(9)
        let near = |found: f64, wanted: f64| assert!((found / wanted - 1.0).abs() < 1e-9, "{found} for {wanted}");
        near(normal_two_sided(-1.5), 0.133_614_402_537_716_17);
        near(normal_within(0.95), 1.959_963_984_540_054);
        near(student_two_sided(2.5, 7.5), 0.038_820_258_273_625_53);
        near(student_within(0.95, 4.0), 2.776_445_105_197_793);
        near(normal_two_sided(9.0), 2.257_176_811_907_681e-19);
    }
}
