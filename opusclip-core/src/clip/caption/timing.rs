//! When each caption stands: on whole frames, without overlap, and not over a cut that it need not cross.

use super::lines::SHORTEST_CALM;

/// A caption may stand this long after its last word, in seconds, so that it does not flicker; subtitles twelve frames.
const LINGER: f64 = 0.4;
const LINGER_CALM: f64 = 0.5;

/// Frames between two subtitles, so that the eye sees that they changed; a gap of a few more is closed to these.
const GAP_FRAMES: u64 = 2;
const CLOSED: f64 = 0.5;

/// A cut this soon after the last word ends a caption, in seconds.
const NEAR_CUT: f64 = 0.5;

/// The clip's time line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock<'a> {
    /// Frames a second.
    pub(crate) rate: f64,
    /// Length of the clip in seconds.
    pub(crate) duration: f64,
    /// Where the picture is cut, in seconds.
    pub(crate) cuts: &'a [f64],
}

impl Clock<'_> {
    /// The number of the frame nearest to a time; one past the last at most.
    pub(super) fn frame(&self, seconds: f64) -> u64 {
        (seconds.clamp(0.0, self.duration) * self.rate).round() as u64
    }

    pub(super) fn seconds(&self, frame: u64) -> f64 {
        frame as f64 / self.rate
    }

    /// The hundredth of a second from which libass shows an event in this frame and not in the one before: FFmpeg hands
    /// over the frame's whole milliseconds, and frames are more than 11 ms apart.
    pub(super) fn centis(&self, frame: u64) -> u64 {
        let millis = frame as f64 * 1000.0 / self.rate;
        ((millis - 1.0).max(0.0) / 10.0).floor() as u64
    }
}

/// First frame, and the first in which it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) from: u64,
    pub(super) until: u64,
}

/// When captions stand whose words are said in these spans of seconds, in order.
pub(super) fn stands(said: &[(f64, f64)], clock: &Clock<'_>, calm: bool) -> Vec<Stand> {
    let last = clock.frame(clock.duration);
    let starts: Vec<u64> = said.iter().map(|(start, _)| clock.frame(*start)).collect();
    let mut stands = Vec::with_capacity(said.len());
    for (at, (start, end)) in said.iter().enumerate() {
        let linger = if calm { LINGER_CALM } else { LINGER };
        let least = if calm { start + SHORTEST_CALM } else { *start };
        let mut until = clock.frame((end + linger).max(least));
        if let Some(cut) = clock.cuts.iter().find(|cut| **cut >= end - 1.0 / clock.rate && **cut <= end + NEAR_CUT) {
            // What is said has been said when the picture changes.
            until = until.min(clock.frame(*cut)).max(clock.frame(*end));
        }
        if let Some(next) = starts.get(at + 1).copied() {
            let gap = if calm { GAP_FRAMES } else { 0 };
            let close = calm && clock.seconds(next.saturating_sub(until)) < CLOSED && !cut_between(clock, until, next);
            until = if close { next.saturating_sub(gap) } else { until.min(next.saturating_sub(gap)) };
            // Words that come at once leave no room for a gap.
            until = until.max((starts[at] + 1).min(next));
        }
        stands.push(Stand { from: starts[at].min(last), until: until.min(last).max(starts[at].min(last)) });
    }
    stands
}

fn cut_between(clock: &Clock<'_>, from: u64, until: u64) -> bool {
    clock.cuts.iter().map(|cut| clock.frame(*cut)).any(|cut| (from..until).contains(&cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLIP: Clock<'_> = Clock { rate: 25.0, duration: 20.0, cuts: &[] };

    #[test]
    fn a_caption_goes_with_the_shot_it_was_said_in() {
        let said = [(1.0, 2.0), (4.0, 5.0)];
        assert_eq!(stands(&said, &CLIP, false)[0], Stand { from: 25, until: 60 });
        let cut = Clock { cuts: &[2.2], ..CLIP };
        assert_eq!(stands(&said, &cut, false)[0], Stand { from: 25, until: 55 });
        let inside = Clock { cuts: &[1.5], ..CLIP };
        assert_eq!(stands(&said, &inside, false)[0].until, 60, "speech goes on over the cut");
    }

    #[test]
    fn subtitles_leave_two_frames_between_them_or_half_a_second() {
        let calm = stands(&[(1.0, 2.0), (2.1, 2.2), (9.0, 9.1)], &CLIP, true);
        assert_eq!(calm[0].until, calm[1].from - 2);
        assert!(calm[1].until - calm[1].from >= 20 && calm[2].from - calm[1].until > 12, "{calm:?}");
    }

    #[test]
    fn nothing_stands_longer_than_the_clip() {
        assert_eq!(stands(&[(19.0, 30.0)], &CLIP, true)[0], Stand { from: 475, until: 500 });
    }

    proptest! {
        #[test]
        fn captions_never_overlap_and_frames_show_what_they_should(
            lengths in prop::collection::vec((0u32..80, 1u32..300), 1..30), rate in prop::sample::select(vec![23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0]),
            cuts in prop::collection::vec(0.0f64..60.0, 0..8), calm: bool,
        ) {
            let mut at = 0.0;
            let said: Vec<(f64, f64)> = lengths.iter().map(|(gap, length)| {
                let start = at + f64::from(*gap) / 100.0;
                at = start + f64::from(*length) / 100.0;
                (start, at)
            }).collect();
            let clock = Clock { rate, duration: at + 0.3, cuts: &cuts };
            let stands = stands(&said, &clock, calm);
            prop_assert!(stands.windows(2).all(|pair| pair[0].until <= pair[1].from), "{:?}", stands);
            for (stand, (start, _)) in stands.iter().zip(&said) {
                prop_assert!((clock.seconds(stand.from) - start).abs() <= 0.5 / rate + 1e-9);
                // FFmpeg's own arithmetic: whole milliseconds of a frame.
                let shown = |frame: u64| (frame as f64 / rate * 1000.0) as u64;
                prop_assert!(clock.centis(stand.from) * 10 <= shown(stand.from));
                prop_assert!(stand.from == 0 || clock.centis(stand.from) * 10 > shown(stand.from - 1));
            }
        }
    }
}
