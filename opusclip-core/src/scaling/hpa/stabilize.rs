//! What of a proposal stands the test of time.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// A proposal as it was made, before anything held it back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// When, in seconds.
    pub time: f64,
    /// How many instances.
    pub count: u32,
}

/// `desired`, but no more than any proposal within the window to grow, and no fewer than any within the window to shrink.
/// Windows are seconds before `now`; a proposal exactly as old as a window is no longer in it.
pub fn stabilize<'a>(
    current: u32,
    desired: u32,
    recommendations: impl IntoIterator<Item = &'a Recommendation>,
    up_window: f64,
    down_window: f64,
    now: f64,
) -> u32 {
    let (mut up, mut down) = (desired, desired);
    for recommendation in recommendations {
        if recommendation.time > now - up_window {
            up = up.min(recommendation.count);
        }
        if recommendation.time > now - down_window {
            down = down.max(recommendation.count);
        }
    }
    current.max(up).min(down)
}

/// Proposals of the longest window, of which only those are kept that can still be the largest or the smallest, so that
/// neither space nor time grows with the pace of evaluations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::scaling) struct Extremes {
    /// Falling counts, the largest first.
    largest: VecDeque<Recommendation>,
    /// Rising counts, the smallest first.
    smallest: VecDeque<Recommendation>,
}

impl Extremes {
    pub(in crate::scaling) fn record(&mut self, count: u32, now: f64, up_window: f64, down_window: f64) {
        let new = Recommendation { time: now, count };
        while self.largest.back().is_some_and(|last| last.count <= count) {
            self.largest.pop_back();
        }
        while self.smallest.back().is_some_and(|last| last.count >= count) {
            self.smallest.pop_back();
        }
        self.largest.push_back(new);
        self.smallest.push_back(new);
        while self.largest.front().is_some_and(|first| first.time <= now - down_window) {
            self.largest.pop_front();
        }
        while self.smallest.front().is_some_and(|first| first.time <= now - up_window) {
            self.smallest.pop_front();
        }
    }

    /// As [`stabilize`] with all proposals of the windows.
    pub(in crate::scaling) fn apply(&self, current: u32, desired: u32, up: f64, down: f64, now: f64) -> u32 {
        let smallest = self.smallest.iter().find(|kept| kept.time > now - up);
        let largest = self.largest.iter().find(|kept| kept.time > now - down);
        let up_limit = smallest.map_or(desired, |kept| kept.count.min(desired));
        let down_limit = largest.map_or(desired, |kept| kept.count.max(desired));
        current.max(up_limit).min(down_limit)
    }

    /// When the largest proposal that holds shrinking back leaves its window.
    pub(in crate::scaling) fn released(&self, down: f64) -> Option<f64> {
        self.largest.front().map(|kept| kept.time + down)
    }

    /// Move all times.
    pub(in crate::scaling) fn shift(&mut self, by: f64) {
        self.largest.iter_mut().chain(&mut self.smallest).for_each(|kept| kept.time += by);
    }
}
