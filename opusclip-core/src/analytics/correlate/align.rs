//! Two metrics on one grid of times.

use crate::analytics::stats::autoregression::Autoregression;
use crate::analytics::{Regular, Samples};
use crate::error::{Error, ErrorCode, Result};

/// A grid may have this many places for each observation and a few more.
const PLACES_PER_SAMPLE: usize = 100;

/// Values of both at the same times, NaN where there is none; from the first to the last time that both cover.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aligned {
    pub start: f64,
    pub step: f64,
    pub a: Vec<f64>,
    pub b: Vec<f64>,
}

pub(super) fn align(a: &Samples, b: &Samples, step: Option<f64>) -> Result<Aligned> {
    let ends = |samples: &Samples| {
        let known = || samples.times().iter().zip(samples.values()).filter(|(_, value)| !value.is_nan());
        let (first, last) = (known().next(), known().next_back());
        first.zip(last).map(|((first, _), (last, _))| (*first, *last))
    };
    let few = |message: &str| Err(Error::new(ErrorCode::DataTooFew, message).hint("give at least 10 values of each"));
    let (Some(ends_a), Some(ends_b), Some(step_a), Some(step_b)) = (ends(a), ends(b), a.step(), b.step()) else {
        return few("one of the two has fewer than 2 values");
    };
    let (start, end) = (ends_a.0.max(ends_b.0), ends_a.1.min(ends_b.1));
    if start >= end {
        return few("the two do not overlap in time");
    }
    let step = step.unwrap_or(step_a.max(step_b));
    let places = ((end - start) / step).round() + 1.0;
    if places > ((a.len() + b.len()) * PLACES_PER_SAMPLE + 1000) as f64 {
        let message = format!("a grid of {step} s would have {places:.0} places for {} values", a.len() + b.len());
        return Err(Error::new(ErrorCode::DataInvalid, message).field("step").hint("give a longer step"));
    }
    let on_grid = |samples: &Samples| means(samples, start, step, places as usize);
    Ok(Aligned { start, step, a: on_grid(a), b: on_grid(b) })
}

/// The mean of the values nearest to each place.
pub(super) fn means(samples: &Samples, start: f64, step: f64, places: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); places];
    for (time, value) in samples.times().iter().zip(samples.values()) {
        let place = ((time - start) / step).round();
        // A negative place would become the first one.
        let slot = if place >= 0.0 && !value.is_nan() { sums.get_mut(place as usize) } else { None };
        if let Some((sum, count)) = slot {
            *sum += value;
            *count += 1.0;
        }
    }
    sums.into_iter().map(|(sum, count)| if count > 0.0 { sum / count } else { f64::NAN }).collect()
}

impl Aligned {
    pub fn end(&self) -> f64 {
        self.start + self.step * self.a.len().saturating_sub(1) as f64
    }

    /// Values at the times at which both have some.
    pub fn pairs(&self) -> (Vec<f64>, Vec<f64>) {
        self.shifted(0)
    }

    /// Values of the first with those of the second so many places later.
    pub fn shifted(&self, lag: i64) -> (Vec<f64>, Vec<f64>) {
        let by = lag.unsigned_abs() as usize;
        let (skip_a, skip_b) = if lag < 0 { (by, 0) } else { (0, by) };
        let pairs = self.a.iter().skip(skip_a).zip(self.b.iter().skip(skip_b));
        pairs.filter(|(a, b)| !a.is_nan() && !b.is_nan()).map(|(a, b)| (*a, *b)).unzip()
    }

    /// What of each its own past does not tell. Gaps are filled on straight lines before.
    pub fn whitened(&self) -> (Vec<f64>, Vec<f64>) {
        let white = |values: &[f64]| {
            let filled = Regular { start: self.start, step: self.step, values: values.to_vec() }.filled().values;
            Autoregression::fit(&filled).whitened(&filled)
        };
        (white(&self.a), white(&self.b))
    }
}
