//! Which bin a value falls into.

/// Bins whose width grows with the value, so that any value of a bin is within a relative error of the one that
/// stands for it (Masson, Rim and Lee, "DDSketch", VLDB 2019, <https://arxiv.org/abs/1908.10693>).
///
/// The logarithm is replaced by a cubic between powers of two, which needs 1 % more bins and no call of `ln`. The
/// coefficients are those for which the cubic's slope, by value, comes closest to the logarithm's while its value and
/// slope meet at powers of two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mapping {
    bins_per_doubling: f64,
}

const A: f64 = 6.0 / 35.0;
const B: f64 = -3.0 / 5.0;
const C: f64 = 10.0 / 7.0;
const MANTISSA: u64 = (1 << 52) - 1;
/// Above the negative of any index, so that cutting off the fraction rounds down.
const SHIFT: f64 = 16_777_216.0;

impl Mapping {
    /// Bins for a relative error of `accuracy`, 0 to 1 without either.
    pub(super) fn new(accuracy: f64) -> Self {
        let growth = (1.0 + accuracy) / (1.0 - accuracy);
        // The least of the cubic's slope by the logarithm of the value is 10/7, at powers of two.
        Self { bins_per_doubling: 0.7 / growth.ln() }
    }

    /// The bin of a normal positive number.
    #[inline]
    pub(super) fn index(self, value: f64) -> i32 {
        let bits = value.to_bits();
        let exponent = ((bits >> 52) as i32 - 1023) as f64;
        let part = f64::from_bits(bits & MANTISSA | 1.0_f64.to_bits()) - 1.0;
        let doublings = exponent + ((A * part + B) * part + C) * part;
        (doublings * self.bins_per_doubling + SHIFT) as i32 - SHIFT as i32
    }

    /// The value that stands for a bin: the one with the least relative error to both of its borders.
    pub(super) fn value(self, index: i32) -> f64 {
        let (low, high) = (self.border(index), self.border(index + 1));
        if high.is_finite() { 2.0 * low / (1.0 + low / high) } else { low }
    }

    /// The least value of a bin.
    fn border(self, index: i32) -> f64 {
        let doublings = f64::from(index) / self.bins_per_doubling;
        let whole = doublings.floor();
        let wanted = doublings - whole;
        let mut part = wanted;
        // Newton's method; the cubic is rising and nearly straight, so a few steps reach the last bit.
        for _ in 0..6 {
            let error = ((A * part + B) * part + C) * part - wanted;
            part -= error / ((3.0 * A * part + 2.0 * B) * part + C);
        }
        (1.0 + part) * whole.exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_is_within_the_error_of_what_stands_for_it(value in 1e-300_f64..1e300, accuracy in 0.0005_f64..0.2) {
            let mapping = Mapping::new(accuracy);
            let error = (mapping.value(mapping.index(value)) - value).abs() / value;
            prop_assert!(error <= accuracy * (1.0 + 1e-9), "{} off by {}", value, error);
        }

        #[test]
        fn larger_values_never_fall_into_lower_bins(a in 1e-300_f64..1e300, b in 1e-300_f64..1e300) {
            let mapping = Mapping::new(0.01);
            prop_assert!(mapping.index(a.min(b)) <= mapping.index(a.max(b)));
        }
    }
}
