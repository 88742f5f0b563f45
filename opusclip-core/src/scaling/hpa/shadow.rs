//! The autoscaler with its defaults, followed beside an engine: what it would have done on the same demand.

use serde::{Deserialize, Serialize};

use super::Tolerance;
use super::replicas::round_up;
use super::stabilize::Extremes;

/// Seconds whose largest proposal is kept, by default.
const WINDOW: f64 = 300.0;
/// Most that are added at once, by default: as many as there are, or four.
const MOST_ADDED: u32 = 4;

/// Its count, and what it still remembers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::scaling) struct Shadow {
    count: Option<u32>,
    recent: Extremes,
}

impl Shadow {
    /// What it has come to; none before the first demand.
    pub(in crate::scaling) fn count(&self) -> Option<u32> {
        self.count
    }

    /// It sees a demand, in instances that would be at their target.
    pub(in crate::scaling) fn follow(&mut self, demand: f64, min: u32, max: u32, now: f64) {
        let asked = round_up(demand);
        let current = self.count.unwrap_or_else(|| asked.clamp(min, max));
        let ratio = demand / f64::from(current.max(1));
        let wanted = if Tolerance::default().holds(ratio) { current } else { asked };
        self.recent.record(wanted, now, 0.0, WINDOW);
        let kept = self.recent.apply(current, wanted, 0.0, WINDOW, now);
        let most = current.saturating_mul(2).max(current.saturating_add(MOST_ADDED));
        self.count = Some(kept.min(most).clamp(min.max(1), max));
    }

    /// Move all times.
    pub(in crate::scaling) fn shift(&mut self, by: f64) {
        self.recent.shift(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_at_once_within_its_limit_and_shrinks_after_five_minutes() {
        let mut shadow = Shadow::default();
        let mut after = |demand: f64, now: f64| {
            shadow.follow(demand, 1, 100, now);
            shadow.count()
        };
        assert_eq!(after(9.2, 0.0), Some(10));
        // Within a tenth of what there is nothing happens.
        assert_eq!(after(10.9, 15.0), Some(10));
        // Twice as many at most.
        assert_eq!(after(35.0, 30.0), Some(20));
        assert_eq!(after(35.0, 45.0), Some(35));
        // The last proposal of 35 holds for the whole window.
        assert_eq!(after(12.0, 344.0), Some(35));
        assert_eq!(after(12.0, 345.0), Some(12));
    }
}
