//! Numbers with their times, brought onto a regular grid where an analysis needs one.

use crate::error::{Error, ErrorCode, Result};

/// Observations in order of time. Times are Unix seconds; a value that is NaN is a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    times: Vec<f64>,
    values: Vec<f64>,
}

/// Values at `start`, `start + step`, `start + 2 * step` and so on; NaN where there was none.
#[derive(Debug, Clone, PartialEq)]
pub struct Regular {
    /// Unix seconds of the first value.
    pub start: f64,
    /// Seconds from one value to the next, more than 0.
    pub step: f64,
    /// The values.
    pub values: Vec<f64>,
}

/// A grid may have this many places for each observation and a few more, so that two far apart do not fill the memory.
const PLACES_PER_SAMPLE: usize = 100;

impl Samples {
    /// Observations in any order of time. Of several at the same time the last one given counts.
    ///
    /// ```
    /// use opusclip_core::analytics::Samples;
    /// let samples = Samples::new(vec![120.0, 60.0], vec![2.0, 1.0])?;
    /// assert_eq!((samples.times(), samples.values()), (&[60.0, 120.0][..], &[1.0, 2.0][..]));
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where the two differ in length, or a time or value is infinite, or a time is NaN.
    pub fn new(times: Vec<f64>, values: Vec<f64>) -> Result<Self> {
        if times.len() != values.len() {
            let message = format!("{} times for {} values", times.len(), values.len());
            return Err(Error::new(ErrorCode::DataInvalid, message).field("times"));
        }
        let broken = |list: &[f64], allowed: fn(f64) -> bool| list.iter().position(|number| !allowed(*number));
        if let Some(at) = broken(&times, f64::is_finite) {
            let message = format!("time {at} is {}", times[at]);
            return Err(Error::new(ErrorCode::DataInvalid, message).field(format!("times[{at}]")));
        }
        if let Some(at) = broken(&values, |value| !value.is_infinite()) {
            let message = format!("value {at} is {}", values[at]);
            let error = Error::new(ErrorCode::DataInvalid, message).field(format!("values[{at}]"));
            return Err(error.hint("leave the value out, or give NaN for a gap"));
        }
        if times.windows(2).all(|pair| pair[0] < pair[1]) {
            return Ok(Self { times, values });
        }
        let mut rows: Vec<(f64, f64)> = times.into_iter().zip(values).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        // A stable sort keeps the order given; the later of two equals takes the place of the earlier.
        rows.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1;
            }
            same
        });
        let (times, values) = rows.into_iter().unzip();
        Ok(Self { times, values })
    }

    /// Values one second apart, for numbers whose times do not matter.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where a value is infinite.
    pub fn evenly(values: Vec<f64>) -> Result<Self> {
        Self::new((0..values.len()).map(|at| at as f64).collect(), values)
    }

    /// Unix seconds, rising.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Values, NaN for gaps.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many there are, gaps included.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The most usual distance of two neighbours in seconds: the median.
    pub fn step(&self) -> Option<f64> {
        let mut steps: Vec<f64> = self.times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let middle = steps.len() / 2;
        (!steps.is_empty()).then(|| *steps.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    /// The same on a regular grid of `step` seconds, or of [`Samples::step`]. Several values in one place give their
    /// mean, a place without one NaN.
    ///
    /// # Errors
    /// [`ErrorCode::DataTooFew`] below two observations, [`ErrorCode::ConfigOutOfRange`] for a step that is not
    /// positive, [`ErrorCode::DataInvalid`] where nearly all places would be empty.
    pub fn regular(&self, step: Option<f64>) -> Result<Regular> {
        let (Some(usual), Some(first), Some(last)) = (self.step(), self.times.first(), self.times.last()) else {
            let message = format!("{} observations are too few to tell their distance", self.len());
            return Err(Error::new(ErrorCode::DataTooFew, message).hint("give at least 2"));
        };
        let step = step.unwrap_or(usual);
        if !(step.is_finite() && step > 0.0) {
            return Err(Error::new(ErrorCode::ConfigOutOfRange, format!("step is {step}, not above 0")).field("step"));
        }
        let places = ((last - first) / step).round() + 1.0;
        if places > (self.len() * PLACES_PER_SAMPLE + 1000) as f64 {
            let message = format!("a grid of {step} s would have {places:.0} places for {} observations", self.len());
            return Err(Error::new(ErrorCode::DataInvalid, message).field("step").hint("give a longer step"));
        }
        let mut sums = vec![(0.0, 0_u32); places as usize];
        let mut put = |time: f64, value: f64| {
            let place = (((time - first) / step).round() as usize).min(places as usize - 1);
            sums[place].0 += value;
            sums[place].1 += 1;
        };
        let rows = self.times.iter().zip(&self.values);
        rows.filter(|(_, value)| !value.is_nan()).for_each(|(time, value)| put(*time, *value));
        let values = sums.into_iter().map(|(sum, count)| if count == 0 { f64::NAN } else { sum / f64::from(count) });
        Ok(Regular { start: *first, step, values: values.collect() })
    }
}

impl Regular {
    /// Unix seconds of the value at `index`.
    pub fn time(&self, index: usize) -> f64 {
        self.start + self.step * index as f64
    }

    /// The share of places that have a value, 0 to 1.
    pub fn coverage(&self) -> f64 {
        let known = self.values.iter().filter(|value| !value.is_nan()).count();
        known as f64 / self.values.len().max(1) as f64
    }

    /// The same with gaps filled on straight lines; at the ends with the nearest value.
    #[must_use]
    pub fn filled(mut self) -> Self {
        let known: Vec<usize> = (0..self.values.len()).filter(|at| !self.values[*at].is_nan()).collect();
        let (Some(&first), Some(&last)) = (known.first(), known.last()) else { return self };
        let (head, tail) = (self.values[first], self.values[last]);
        self.values[..first].fill(head);
        self.values[last..].fill(tail);
        for pair in known.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let (low, high) = (self.values[from], self.values[to]);
            for at in from + 1..to {
                self.values[at] = low + (high - low) * (at - from) as f64 / (to - from) as f64;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_the_last_of_equal_times_counts() {
        let samples = Samples::new(vec![2.0, 1.0, 2.0, 0.0], vec![20.0, 10.0, 21.0, 0.0]).unwrap();
        assert_eq!((samples.times(), samples.values()), (&[0.0, 1.0, 2.0][..], &[0.0, 10.0, 21.0][..]));
    }

    #[test]
    fn gaps_are_seen_and_filled_on_a_line() {
        let samples = Samples::new(vec![0.0, 60.0, 120.0, 300.0, 360.0], vec![0.0, 1.0, 2.0, 5.0, f64::NAN]).unwrap();
        let regular = samples.regular(None).unwrap();
        assert_eq!((regular.start, regular.step, regular.values.len()), (0.0, 60.0, 7));
        assert!((regular.coverage() - 4.0 / 7.0).abs() < 1e-12);
        assert_eq!(regular.filled().values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let code = |times: &[f64], values: &[f64]| {
            let error = Samples::new(times.to_vec(), values.to_vec()).unwrap_err();
            (error.code(), error.field_name().map(str::to_owned))
        };
        let invalid = ErrorCode::DataInvalid;
        assert_eq!(code(&[0.0], &[]), (invalid, Some("times".into())));
        assert_eq!(code(&[0.0, f64::NAN], &[1.0, 2.0]), (invalid, Some("times[1]".into())));
        assert_eq!(code(&[0.0, 1.0], &[f64::INFINITY, 2.0]), (invalid, Some("values[0]".into())));
        assert_eq!(Samples::evenly(vec![1.0]).unwrap().regular(None).unwrap_err().code(), ErrorCode::DataTooFew);
        let far = Samples::new(vec![0.0, 1.0, 2.0, 1e12], vec![0.0; 4]).unwrap();
        assert_eq!(far.regular(None).unwrap_err().code(), ErrorCode::DataInvalid);
    }
}
