//! Seconds as frames, and frames as timecode (SMPTE ST 12-1).

use std::fmt;

use crate::clip::media::Rational;

/// Frames a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FrameRate(pub(super) Rational);

impl FrameRate {
    /// The frame that begins nearest to this time.
    pub(super) fn frame(self, seconds: f64) -> u64 {
        (seconds * self.0.value()).round().max(0.0) as u64
    }

    /// Frames that a second of timecode counts.
    pub(super) fn nominal(self) -> u64 {
        (self.0.value().round() as u64).max(1)
    }

    /// Numbers that are left out at the beginning of each minute but every tenth, so that timecode keeps to the clock.
    fn dropped(self) -> u64 {
        match (self.0.num, self.0.den) {
            (30_000, 1001) => 2,
            (60_000, 1001) => 4,
            _ => 0,
        }
    }

    /// Is its timecode drop-frame?
    pub(super) fn drops(self) -> bool {
        self.dropped() > 0
    }

    /// A frame's timecode.
    pub(super) fn timecode(self, frame: u64) -> String {
        let (nominal, dropped) = (self.nominal(), self.dropped());
        let minute = nominal * 60 - dropped;
        let ten_minutes = minute * 10 + dropped;
        let (tens, rest) = (frame / ten_minutes, frame % ten_minutes);
        // Of ten minutes the first keeps all its numbers.
        let skipped = tens * 9 * dropped + rest.saturating_sub(dropped) / minute * dropped;
        let number = frame + skipped;
        let [hours, minutes, seconds] = [3600, 60, 1].map(|length| number / (nominal * length));
        let separator = if self.drops() { ';' } else { ':' };
        format!("{:02}:{:02}:{:02}{separator}{:02}", hours % 24, minutes % 60, seconds % 60, number % nominal)
    }

    /// The frame whose timecode is one hour, where programmes begin.
    pub(super) fn first_hour(self) -> u64 {
        self.nominal() * 3600 - self.dropped() * 54
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", (self.0.value() * 1000.0).round() / 1000.0)
    }
}
