//! Exact media time. A [`Timestamp`] is a count of ticks of a [`TimeBase`]; seconds as `f64` appear only at the edges.
//!
//! ```
//! use opusclip_core::time::{TimeBase, Timestamp};
//! let ntsc = TimeBase::new(1001, 30000).unwrap();
//! let tenth = Timestamp::new(10, ntsc);
//! assert_eq!(tenth.rescale(TimeBase::new(1, 90000).unwrap()).ticks, 30030);
//! assert_eq!(Timestamp::new(1, ntsc).cmp(&Timestamp::new(3003, TimeBase::new(1, 90000).unwrap())), std::cmp::Ordering::Equal);
//! ```

use std::cmp::Ordering;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The length of one tick in seconds, `num / den`; both are positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeBase {
    num: u32,
    den: u32,
}

impl TimeBase {
    /// Microseconds, FFmpeg's own unit for seeking.
    pub const MICROS: Self = Self { num: 1, den: 1_000_000 };

    /// `None` unless both numbers are positive.
    pub const fn new(num: u32, den: u32) -> Option<Self> {
        if num == 0 || den == 0 { None } else { Some(Self { num, den }) }
    }

    /// The numerator.
    pub const fn num(self) -> u32 {
        self.num
    }

    /// The denominator.
    pub const fn den(self) -> u32 {
        self.den
    }
}

impl fmt::Display for TimeBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

/// A point in time as an exact rational: `ticks * base` seconds. Ordered by time, also across bases.
#[derive(Debug, Clone, Copy)]
pub struct Timestamp {
    /// Count of ticks.
    pub ticks: i64,
    /// Length of a tick.
    pub base: TimeBase,
}

impl Timestamp {
    /// `ticks` of `base`.
    pub const fn new(ticks: i64, base: TimeBase) -> Self {
        Self { ticks, base }
    }

    /// The nearest tick of `base` to `seconds`; saturates, and takes NaN as 0.
    pub fn from_seconds(seconds: f64, base: TimeBase) -> Self {
        Self { ticks: (seconds * f64::from(base.den) / f64::from(base.num)).round() as i64, base }
    }

    /// The same time in another base, to the nearest tick, halves away from zero; saturates.
    #[must_use]
    pub fn rescale(self, base: TimeBase) -> Self {
        let numerator = i128::from(self.ticks) * i128::from(self.base.num) * i128::from(base.den);
        let denominator = i128::from(self.base.den) * i128::from(base.num);
        let half = denominator / 2;
        let rounded = if numerator >= 0 { (numerator + half) / denominator } else { (numerator - half) / denominator };
        Self { ticks: rounded.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64, base }
    }

    /// Seconds, for people and for JSON.
    pub fn seconds(self) -> f64 {
        self.ticks as f64 * f64::from(self.base.num) / f64::from(self.base.den)
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.ticks) * i128::from(self.base.num) * i128::from(other.base.den);
        let right = i128::from(other.ticks) * i128::from(other.base.num) * i128::from(self.base.den);
        left.cmp(&right)
    }
}

/// A stretch of media time in seconds, `start <= end`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Seconds from the start of the media.
    pub start: f64,
    /// Seconds from the start of the media.
    pub end: f64,
}

impl Span {
    /// From `start` to `end` seconds.
    pub const fn new(start: f64, end: f64) -> Self {
        Self { start, end }
    }

    /// Length in seconds.
    pub fn duration(self) -> f64 {
        self.end - self.start
    }

    /// Seconds that both spans cover.
    pub fn overlap(self, other: Self) -> f64 {
        (self.end.min(other.end) - self.start.max(other.start)).max(0.0)
    }

    /// The part of it that lies in another span; empty, never negative, where there is none.
    #[must_use]
    pub fn clipped(self, to: Self) -> Self {
        let start = self.start.max(to.start);
        Self { start, end: self.end.min(to.end).max(start) }
    }

    /// Rounded to microseconds, as it is printed.
    #[must_use]
    pub fn rounded(self) -> Self {
        Self { start: round_micros(self.start), end: round_micros(self.end) }
    }

    /// Does it hold this moment? The end is not part of it.
    pub fn contains(self, time: f64) -> bool {
        self.start <= time && time < self.end
    }
}

/// Seconds rounded to microseconds, as they are printed: `0.1 + 0.2` is `0.3`.
pub fn round_micros(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// `1:02:03.4` for people; hours only where there are some.
pub fn clock(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    let (h, m, s, t) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60, tenths % 10);
    if h > 0 { format!("{h}:{m:02}:{s:02}.{t}") } else { format!("{m}:{s:02}.{t}") }
}

/// `2023-11-14T22:13:20Z` of Unix seconds; the number itself where no calendar reaches.
#[cfg(feature = "analytics")]
pub fn utc(seconds: f64) -> String {
    let microseconds = (seconds * 1e6).round();
    let moment = jiff::Timestamp::from_microsecond(microseconds as i64);
    moment.map_or_else(|_| seconds.to_string(), |moment| moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_are_clipped_to_spans() {
        let span = Span::new(2.0, 5.0);
        let clipped = |start, end| span.clipped(Span::new(start, end));
        assert_eq!((clipped(3.0, 9.0), clipped(0.0, 9.0)), (Span::new(3.0, 5.0), span));
        assert_eq!((clipped(6.0, 9.0).duration(), clipped(0.0, 1.0).duration()), (0.0, 0.0));
        assert_eq!(Span::new(0.1 + 0.2, 1.0).rounded(), Span::new(0.3, 1.0));
    }

    #[test]
    fn clock_carries_over() {
        assert_eq!(clock(59.96), "1:00.0");
        assert_eq!(clock(3723.4), "1:02:03.4");
        assert_eq!(clock(-1.0), "0:00.0");
    }

    proptest! {
        #[test]
        fn rescaling_is_off_by_at_most_half_a_tick(ticks in -1_000_000_000i64..1_000_000_000, den in 1u32..100_000, to in 1u32..100_000) {
            let from = Timestamp::new(ticks, TimeBase::new(1, den).unwrap());
            let base = TimeBase::new(1, to).unwrap();
            let there = from.rescale(base);
            prop_assert!((there.seconds() - from.seconds()).abs() <= 0.5 / f64::from(to) + 1e-6);
        }
    }
}
