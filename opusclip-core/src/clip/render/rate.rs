//! Which constant frame rate a clip has, and which source frame stands at each of its ticks.

use crate::clip::media::{Rational, VideoInfo};

/// Rates that players and platforms expect.
const STANDARD: [Rational; 9] = [
    Rational { num: 24_000, den: 1001 },
    Rational { num: 24, den: 1 },
    Rational { num: 25, den: 1 },
    Rational { num: 30_000, den: 1001 },
    Rational { num: 30, den: 1 },
    Rational { num: 48, den: 1 },
    Rational { num: 50, den: 1 },
    Rational { num: 60_000, den: 1001 },
    Rational { num: 60, den: 1 },
];

/// Platforms take 23 to 60 frames a second.
const SLOWEST: f64 = 23.0;
const FASTEST: f64 = 60.0;

/// A rate within this share of a standard one is that one with rounded timestamps.
const SAME: f64 = 0.001;

/// The rate of a clip: as recorded where platforms take that, else a multiple or a part of it.
pub(super) fn output_rate(video: &VideoInfo, wanted: Option<f64>) -> Rational {
    if let Some(wanted) = wanted {
        return standard_near(wanted, SAME).unwrap_or_else(|| approximate(wanted));
    }
    let recorded = video.frame_rate.unwrap_or(STANDARD[4]);
    if video.variable_frame_rate {
        let base = video.base_rate.map_or(0.0, Rational::value);
        let usual = if (SLOWEST..=FASTEST + 0.1).contains(&base) { base } else { recorded.value() };
        return nearest_standard(into_range(usual));
    }
    let rate = into_range(recorded.value());
    if let Some(standard) = standard_near(rate, SAME) {
        return standard;
    }
    if rate == recorded.value() { recorded } else { approximate(rate) }
}

fn into_range(rate: f64) -> f64 {
    if !(rate.is_finite() && rate > 0.0) {
        return 30.0;
    }
    if rate > FASTEST + 0.1 {
        rate / (rate / FASTEST - 1e-9).ceil()
    } else if rate < SLOWEST {
        (rate * (SLOWEST / rate).ceil()).min(FASTEST)
    } else {
        rate
    }
}

fn standard_near(rate: f64, share: f64) -> Option<Rational> {
    let nearest = nearest_standard(rate);
    ((nearest.value() / rate - 1.0).abs() < share * 0.5).then_some(nearest)
}

fn nearest_standard(rate: f64) -> Rational {
    STANDARD
        .into_iter()
        .min_by(|a, b| (a.value() - rate).abs().total_cmp(&(b.value() - rate).abs()))
        .unwrap_or(STANDARD[4])
}

fn approximate(rate: f64) -> Rational {
    Rational { num: (rate * 1000.0).round() as i32, den: 1000 }
}

/// Turns frames with times into ticks at a constant rate: at each tick stands the frame nearest to it that has begun, with
/// half a tick of grace. Frames that come too fast are left out, gaps are filled with the frame before.
#[derive(Debug)]
pub(super) struct Ticks {
    start: f64,
    rate: f64,
    next: u64,
    end: u64,
    offset: u64,
}

impl Ticks {
    /// Ticks `offset..offset + count`, the first of which stands at `start` seconds in the source.
    pub(super) fn new(start: f64, rate: Rational, offset: u64, count: u64) -> Self {
        Self { start, rate: rate.value(), next: 0, end: count, offset }
    }

    /// Ticks at which the frame before stands, given the time of the frame that follows it.
    pub(super) fn before(&mut self, following: f64) -> std::ops::Range<u64> {
        let begun = ((following - self.start) * self.rate - 0.5).ceil();
        let until = if begun <= 0.0 { 0 } else { (begun as u64).min(self.end) };
        self.take(until)
    }

    /// The ticks that are left, for the last frame.
    pub(super) fn rest(&mut self) -> std::ops::Range<u64> {
        self.take(self.end)
    }

    /// Have all ticks been handed out?
    pub(super) fn done(&self) -> bool {
        self.next >= self.end
    }

    fn take(&mut self, until: u64) -> std::ops::Range<u64> {
        let from = self.next;
        self.next = until.max(from);
        self.offset + from..self.offset + self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::reframe::tests::video;
    use proptest::prelude::*;

    fn rate_of(num: i32, den: i32) -> f64 {
        let mut video = video(1280, 720);
        video.frame_rate = Some(Rational { num, den });
        output_rate(&video, None).value()
    }

    #[test]
    fn rates_stay_as_recorded_or_become_a_multiple_or_a_part() {
        assert_eq!(rate_of(30_000, 1001), 30_000.0 / 1001.0);
        assert_eq!(rate_of(10, 1), 30.0);
        assert_eq!(rate_of(15, 1), 30.0);
        assert_eq!(rate_of(120, 1), 60.0);
        assert_eq!(rate_of(100, 1), 50.0);
        assert_eq!(rate_of(2_766_650, 55_521), 2_766_650.0 / 55_521.0, "an odd rate that platforms take stays");
    }

    #[test]
    fn a_variable_rate_becomes_the_standard_rate_it_was_made_from() {
        let mut video = video(1280, 720);
        video.variable_frame_rate = true;
        video.frame_rate = Some(Rational { num: 22, den: 1 });
        video.base_rate = Some(Rational { num: 30, den: 1 });
        assert_eq!(output_rate(&video, None).value(), 30.0);
        video.base_rate = Some(Rational { num: 1000, den: 1 });
        assert_eq!(output_rate(&video, None).value(), 48.0, "22 a second is doubled to 44, nearest 48");
    }

    #[test]
    fn a_frame_stands_at_the_tick_nearest_to_its_time() {
        let mut ticks = Ticks::new(10.0, Rational { num: 10, den: 1 }, 0, 5);
        assert_eq!(ticks.before(10.04), 0..0, "a frame 40 ms after a tick stands at it");
        assert_eq!(ticks.before(10.16), 0..2, "one 60 ms after a tick waits for the next");
        assert_eq!(ticks.before(10.17), 2..2, "a frame between ticks is left out");
        assert_eq!(ticks.rest(), 2..5);
        assert!(ticks.done());
    }

    proptest! {
        #[test]
        fn every_tick_has_one_frame_at_most_half_a_tick_early(
            gaps in prop::collection::vec(0.001f64..0.4, 1..60), fps in 23i32..60, count in 1u64..200,
        ) {
            let rate = Rational { num: fps, den: 1 };
            let mut ticks = Ticks::new(5.0, rate, 7, count);
            let (mut time, mut last, mut seen) = (5.0, 5.0, Vec::new());
            for gap in gaps {
                time += gap;
                for tick in ticks.before(time) {
                    let shown = 5.0 + (tick - 7) as f64 / f64::from(fps);
                    prop_assert!(last <= shown + 0.5 / f64::from(fps) + 1e-9);
                    prop_assert!(time >= shown + 0.5 / f64::from(fps) - 1e-9);
                    seen.push(tick);
                }
                last = time;
            }
            seen.extend(ticks.rest());
            prop_assert_eq!(seen, (7..7 + count).collect::<Vec<_>>());
        }
    }
}
