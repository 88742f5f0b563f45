//! Levels in dB, where 0 is full scale.

/// The factor of so many dB.
pub(super) fn linear(decibels: f64) -> f64 {
    10f64.powf(decibels / 20.0)
}

/// The level of a mean square.
pub(super) fn decibels(power: f64) -> f64 {
    10.0 * power.log10()
}

/// Mean square of samples; 0 of none.
pub(super) fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}
