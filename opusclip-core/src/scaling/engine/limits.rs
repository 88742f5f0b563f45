//! What becomes of a wanted count on its way to a decision.

use super::state::State;
use crate::scaling::config::{Compatibility, ScalingConfig};
use crate::scaling::decision::{ScalingLimit, ScalingReason};
use crate::scaling::hpa::Limits;
use crate::scaling::proposals::stabilized;

/// Fewest and most instances at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) min: u32,
    pub(super) max: u32,
}

/// A count on its way.
#[derive(Debug)]
pub(super) struct Way<'a> {
    pub(super) config: &'a ScalingConfig,
    pub(super) state: &'a State,
    pub(super) bounds: Bounds,
    pub(super) current: u32,
    pub(super) now: f64,
    pub(super) limits: Vec<ScalingLimit>,
    /// When what holds ends.
    pub(super) released: Option<f64>,
}

impl Way<'_> {
    /// Stabilise, steps, rate, bounds, cooldown. `burst`: the count of a burst that is followed, which does not wait.
    pub(super) fn pass(&mut self, desired: u32, burst: Option<u32>) -> u32 {
        let mut count = self.stabilize(desired);
        if let Some(burst) = burst.filter(|burst| *burst > count) {
            self.limited(ScalingReason::Panic, count, burst);
            count = burst;
        }
        let stepped = self.whole_steps(count, true);
        count = self.rate_and_bounds(stepped);
        let hurries = burst.is_some() && count > self.current;
        if hurries { count } else { self.cooldown(count) }
    }

    fn limited(&mut self, reason: ScalingReason, wanted: u32, allowed: u32) {
        if wanted != allowed {
            self.limits.push(ScalingLimit { reason, wanted, allowed });
        }
    }

    fn stabilize(&mut self, desired: u32) -> u32 {
        let (up, down) = (self.config.scale_up.stabilization_window, self.config.scale_down.stabilization_window);
        let count = self.state.recent.apply(self.current, desired, up, down, self.now);
        if count != desired {
            self.limited(stabilized(desired >= self.current).into(), desired, count);
            self.released = if desired < self.current { self.state.recent.released(down) } else { None };
        }
        count
    }

    /// The change in whole steps: at least as many to grow where `up`, never more to shrink.
    fn whole_steps(&mut self, count: u32, up: bool) -> u32 {
        let step = self.config.step_size;
        if step <= 1 {
            return count;
        }
        let change = count.abs_diff(self.current);
        let steps = if up && count > self.current { change.div_ceil(step) } else { change / step };
        let whole = steps.saturating_mul(step);
        let stepped = if count > self.current { self.current.saturating_add(whole) } else { self.current - whole };
        self.limited(ScalingReason::StepSize, count, stepped);
        stepped
    }

    fn rate_and_bounds(&mut self, wanted: u32) -> u32 {
        let (config, state) = (self.config, self.state);
        let limits =
            Limits { min: self.bounds.min, max: self.bounds.max, up: &config.scale_up, down: &config.scale_down };
        let (allowed, reason) = limits.apply(self.current, wanted, &state.added, &state.removed, self.now);
        self.limited(reason.into(), wanted, allowed);
        let by_rate =
            matches!(ScalingReason::from(reason), ScalingReason::ScaleUpLimit | ScalingReason::ScaleDownLimit);
        if by_rate && allowed != wanted {
            let rules = if wanted > self.current { &config.scale_up } else { &config.scale_down };
            let events = if wanted > self.current { &state.added } else { &state.removed };
            let longest = rules.longest_period();
            self.released =
                events.iter().find(|event| event.time > self.now - longest).map(|event| event.time + longest);
            return self.whole_steps(allowed, false);
        }
        allowed
    }

    fn cooldown(&mut self, count: u32) -> u32 {
        if self.config.compatibility == Compatibility::Hpa || count == self.current {
            return count;
        }
        let end = self.state.done.map(|done| done.time + self.config.cooldown_period).filter(|end| *end > self.now);
        if end.is_some() {
            self.limited(ScalingReason::Cooldown, count, self.current);
            self.released = end;
            return self.current;
        }
        count
    }
}
