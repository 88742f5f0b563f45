//! The rules of the Knative Pod Autoscaler (`pkg/autoscaler/scaling/autoscaler.go`): a stable window and a short one, and
//! panic where the short one asks for a multiple of what there is.
//!
//! ```
//! use opusclip_core::scaling::kpa::{Kpa, KpaOptions, Observation};
//! let mut kpa = Kpa::new(KpaOptions { target: 10.0, max_scale_up_rate: 10.0, ..KpaOptions::default() }, 1, 0.0)?;
//! // A burst asks for a hundred; one that is ready may become ten at a time.
//! let seen = Observation { ready: 1, stable: 1000.0, panic: 1001.0 };
//! assert_eq!(kpa.scale(&seen, 0.0)?, 10);
//! assert!(kpa.is_panicking());
//! # Ok::<(), opusclip_core::Error>(())
//! ```

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::{count, time};
use crate::config::{number, within};
use crate::error::Result;

/// Seconds between two looks of the original; its delay of shrinking is counted in them.
const TICK: f64 = 2.0;

/// Options of a [`Kpa`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KpaOptions {
    /// What an instance should have: requests in flight, or requests a second.
    #[serde(deserialize_with = "number")]
    pub target: f64,
    /// How many times the ready instances the short window must ask for, to panic.
    #[serde(deserialize_with = "number")]
    pub panic_threshold: f64,
    /// Most times the ready instances at once.
    #[serde(deserialize_with = "number")]
    pub max_scale_up_rate: f64,
    /// Fewest: the ready instances by this.
    #[serde(deserialize_with = "number")]
    pub max_scale_down_rate: f64,
    /// Seconds without a burst after which panic ends.
    #[serde(deserialize_with = "number")]
    pub stable_window: f64,
    /// Seconds whose largest count is kept.
    #[serde(deserialize_with = "number")]
    pub scale_down_delay: f64,
    /// Fewest where there is anything to do.
    pub activation_scale: u32,
    /// Whether requests can reach it; where not, it may shrink at once.
    pub reachable: bool,
}

impl Default for KpaOptions {
    fn default() -> Self {
        Self {
            target: 70.0,
            panic_threshold: 2.0,
            max_scale_up_rate: 1000.0,
            max_scale_down_rate: 2.0,
            stable_window: 60.0,
            scale_down_delay: 0.0,
            activation_scale: 1,
            reachable: true,
        }
    }
}

impl KpaOptions {
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) or
    /// [`ErrorCode::ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite), with the option's name.
    pub fn check(&self) -> Result<()> {
        within("target", self.target, 1e-9, 1e15)?;
        within("panic_threshold", self.panic_threshold, 1.0, 1000.0)?;
        within("max_scale_up_rate", self.max_scale_up_rate, 1.0, 1e6)?;
        within("max_scale_down_rate", self.max_scale_down_rate, 1.0, 1e6)?;
        within("stable_window", self.stable_window, 1.0, 86_400.0)?;
        within("scale_down_delay", self.scale_down_delay, 0.0, 86_400.0)?;
        count("activation_scale", self.activation_scale, 1, super::config::MOST_INSTANCES)
    }
}

/// What is seen of a service.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Instances that work.
    pub ready: u32,
    /// The sum over all instances, as the mean of the stable window.
    pub stable: f64,
    /// The same of the short window, a tenth of the stable one.
    pub panic: f64,
}

/// The autoscaler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kpa {
    options: KpaOptions,
    burst: Burst,
    /// Counts of the delay by tick, only those that can still be the largest.
    delayed: VecDeque<(i64, u32)>,
}

impl Kpa {
    /// One that begins with so many ready instances. With more than one it begins in panic, so that a restart, which
    /// has forgotten what it saw, removes nothing.
    ///
    /// # Errors
    /// As [`KpaOptions::check`].
    pub fn new(options: KpaOptions, ready: u32, now: f64) -> Result<Self> {
        options.check()?;
        time(now)?;
        let burst = Burst { since: (ready > 1).then_some(now), most: ready };
        Ok(Self { options, burst, delayed: VecDeque::new() })
    }

    /// Whether it follows a burst.
    pub fn is_panicking(&self) -> bool {
        self.burst.since.is_some()
    }

    /// How many instances there should be.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) or
    /// [`ErrorCode::ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a number that is none.
    pub fn scale(&mut self, seen: &Observation, now: f64) -> Result<u32> {
        time(now)?;
        within("stable", seen.stable, 0.0, 1e15)?;
        within("panic", seen.panic, 0.0, 1e15)?;
        let options = &self.options;
        let ready = f64::from(seen.ready.max(1));
        let most = (options.max_scale_up_rate * ready).ceil();
        let fewest = if options.reachable { (ready / options.max_scale_down_rate).floor() } else { 0.0 };
        let wanted = |observed: f64| {
            let wanted = (observed / options.target).ceil();
            let count = wanted.max(fewest).min(most) as u32;
            (
                wanted,
                if wanted > 0.0 && options.activation_scale > 1 { count.max(options.activation_scale) } else { count },
            )
        };
        let (_, stable) = wanted(seen.stable);
        let (asked, panic) = wanted(seen.panic);
        let over = asked / ready >= options.panic_threshold;
        let desired = self.burst.follow(over, stable, panic, options.stable_window, now);
        Ok(self.delay(desired, now))
    }

    /// The largest of the delay, in whole ticks.
    fn delay(&mut self, desired: u32, now: f64) -> u32 {
        if self.options.scale_down_delay <= 0.0 {
            return desired;
        }
        let tick = (now / TICK).floor() as i64;
        let kept = (self.options.scale_down_delay / TICK).ceil() as i64;
        while self.delayed.back().is_some_and(|(_, last)| *last <= desired) {
            self.delayed.pop_back();
        }
        self.delayed.push_back((tick, desired));
        while self.delayed.front().is_some_and(|(at, _)| *at <= tick - kept) {
            self.delayed.pop_front();
        }
        self.delayed.front().map_or(desired, |(_, largest)| *largest)
    }
}

/// Whether a burst is followed, since when, and how far it went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Burst {
    pub(super) since: Option<f64>,
    most: u32,
}

impl Burst {
    /// The count, where `over` says that the short window asks for more than the threshold.
    pub(super) fn follow(&mut self, over: bool, stable: u32, panic: u32, window: f64, now: f64) -> u32 {
        if over {
            self.since = Some(now);
        } else if self.since.is_some_and(|since| since + window < now) {
            *self = Self::default();
        }
        if self.since.is_none() {
            return stable;
        }
        self.most = self.most.max(stable).max(panic);
        self.most
    }

    pub(super) fn shift(&mut self, by: f64) {
        self.since = self.since.map(|since| since + by);
    }
}
