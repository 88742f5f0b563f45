//! Numerics that several analyses share.

pub(crate) mod autoregression;
pub(crate) mod distribution;
pub(crate) mod kendall;
pub(crate) mod order;
pub(crate) mod period;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod wording;
