//! When a forecast is reason enough to add or remove instances.
//!
//! An instance that is removed and needed again costs a start, and whoever watches a service wants it calm. So the first
//! removal after instances were added waits until need lies a whole band below what there is; those after it follow need
//! at half a band, so that a small rise starts nothing. For need that walks at random, that is the least that is held for
//! a given number of turns, of all pairs of such distances. The band is as wide as makes turns about as rare as those of
//! the HorizontalPodAutoscaler, whose rule is followed beside on the same demand, as long as that is worth its price.
//!
//! A rise that a forecast cannot tell from its own errors starts nothing either. The target that holds an objective then
//! lies a little lower, which costs less than as many turns do by a wider band.

use serde::{Deserialize, Serialize};

use crate::scaling::hpa::replicas::round_up;
use crate::scaling::hpa::shadow::Shadow;

/// The band in usual errors of the forecast: at first, at least and at most.
const BAND: f64 = 5.0;
const LEAST: f64 = 1.0;
const MOST: f64 = 7.5;
/// Where forecasts are good it may be wider, up to this share of need.
const MOST_OF_NEED: f64 = 0.1;
/// It is never more than this share of need: a single instance is not held by it.
const NEVER_ABOVE: f64 = 0.5;
/// The band once instances are being removed, by the one that must be crossed first.
const FOLLOWING: f64 = 0.5;
/// By how much the logarithm of the band changes with a turn.
const STEP: f64 = 0.05;
/// Turns by those of the HorizontalPodAutoscaler.
const TURNS: f64 = 0.9;
/// Seconds in which what was learned of the band fades by a factor of e: turns of a beginning, when nothing was known of
/// demand yet, are no reason to hold for ever.
const FADING: f64 = 86_400.0;
/// Need that lies above what there is by less than this many usual errors starts nothing.
const SLACK: f64 = 0.5;

/// Need as a forecast has it, in instances.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    /// What must be there.
    pub(super) count: f64,
    /// How far need usually strays.
    pub(super) usual_error: f64,
}

/// Which way it went last, and how wide the band is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Turning {
    grew: bool,
    /// The logarithm of the band in usual errors.
    band: f64,
    /// When demand was seen last.
    seen: Option<f64>,
    beside: Beside,
}

impl Need {
    /// Instances for it.
    pub(super) fn instances(self) -> u32 {
        whole(self.count)
    }
}

/// The count at or above; rounding must not make more of a whole number, and the past is kept to seven digits.
fn whole(count: f64) -> u32 {
    round_up(count * (1.0 - 1e-6))
}

impl Default for Turning {
    fn default() -> Self {
        Self { grew: true, band: BAND.ln(), seen: None, beside: Beside { shadow: Shadow::default(), grew: true } }
    }
}

impl Turning {
    /// Demand now, in instances at their target, as the HorizontalPodAutoscaler would see it.
    pub(super) fn observe(&mut self, demand: f64, now: f64) {
        let passed = (now - self.seen.replace(now).unwrap_or(now)).max(0.0);
        self.band = BAND.ln() + (self.band - BAND.ln()) * (-passed / FADING).exp();
        if self.beside.turns(demand, now) {
            self.band -= STEP * TURNS;
        }
    }

    /// The count that follows from `current`, from need, and from the `least` that is there whatever is forecast.
    pub(super) fn follow(&mut self, current: u32, need: Need, least: u32) -> u32 {
        let usual = need.usual_error.max(1e-9);
        let widest = MOST.max(MOST_OF_NEED * need.count / usual);
        self.band = self.band.clamp(LEAST.ln(), widest.ln());
        let wanted = need.instances().max(least);
        let slack = (SLACK * usual).min(NEVER_ABOVE * need.count);
        if whole(need.count - slack).max(least) > current {
            self.turn(true);
            return wanted;
        }
        let band = (self.band.exp() * usual).min(NEVER_ABOVE * need.count);
        let kept = FOLLOWING * band;
        let distance = if self.grew { band } else { kept };
        let lower = whole(need.count + kept).max(least);
        if lower >= current || f64::from(current) - need.count < distance {
            return current;
        }
        self.turn(false);
        lower
    }

    fn turn(&mut self, grows: bool) {
        if grows != self.grew {
            self.band += STEP;
            self.grew = grows;
        }
    }

    /// Move all times.
    pub(super) fn shift(&mut self, by: f64) {
        self.seen = self.seen.map(|seen| seen + by);
        self.beside.shadow.shift(by);
    }
}

/// The HorizontalPodAutoscaler on the same demand, without bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Beside {
    shadow: Shadow,
    grew: bool,
}

impl Beside {
    /// Whether it turns.
    fn turns(&mut self, demand: f64, now: f64) -> bool {
        let before = self.shadow.count();
        self.shadow.follow(demand, 1, u32::MAX, now);
        let Some((before, count)) = before.zip(self.shadow.count()).filter(|(before, count)| before != count) else {
            return false;
        };
        let grows = count > before;
        std::mem::replace(&mut self.grew, grows) != grows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(count: f64) -> Need {
        Need { count, usual_error: 0.5 }
    }

    #[test]
    fn what_rises_is_followed_at_once_and_what_falls_beyond_the_band() {
        let mut turning = Turning::default();
        assert_eq!(turning.follow(10, need(11.2), 1), 12);
        // A band of five usual errors is 2.5 instances.
        assert_eq!(turning.follow(12, need(9.6), 1), 12);
        assert_eq!(turning.follow(12, need(8.7), 1), 10);
        // Half of it on the way down.
        assert_eq!(turning.follow(10, need(7.6), 1), 9);
        assert_eq!(turning.follow(9, need(8.3), 1), 9);
        // A rise of less than half a usual error starts nothing.
        assert_eq!(turning.follow(9, need(9.2), 1), 9);
        assert_eq!(turning.follow(9, need(9.3), 1), 10);
        // What metrics ask for now is there in any case.
        assert_eq!(turning.follow(10, need(10.1), 11), 11);
    }

    #[test]
    fn one_instance_suffices_for_next_to_nothing() {
        let mut turning = Turning::default();
        // The band is of need, not of what is there whatever is forecast.
        assert_eq!(turning.follow(2, Need { count: 0.3, usual_error: 0.2 }, 1), 1);
        // As it comes out of a past in single precision.
        assert_eq!(turning.follow(1, Need { count: f64::from(0.3_f32) / 0.3, usual_error: 0.0 }, 1), 1);
    }

    #[test]
    fn the_band_widens_where_it_turns_more_often_than_the_other_would() {
        let mut turning = Turning::default();
        let before = turning.band;
        let mut current = 20;
        for at in 0..200 {
            turning.observe(20.0, 15.0 * f64::from(at));
            current = turning.follow(current, need(if at % 2 == 0 { 22.0 } else { 17.0 }), 1);
        }
        assert!(turning.band > before);
        // Holding has its price: no wider than that.
        assert!(turning.band <= MOST.ln() + STEP + 1e-9);
    }
}
