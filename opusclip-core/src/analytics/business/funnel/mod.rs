//! How many people go through a series of steps, and where they stop.
//!
//! # Definition
//!
//! Events alike in person, time and name are one. Events after `until` have not happened yet.
//!
//! - **An attempt** begins with an event of the first step (its entry), at or after `from`. Each further step is the
//!   earliest event of that name at or after the step before, no later than `window` seconds after the entry; the
//!   attempt ends where there is none. Where the steps name an event more than once, each step must be later than the
//!   one before, not at the same time.
//! - **A person counts once**, with one attempt. [`Attempt::Best`]: the one that gets furthest; of several, the one
//!   that got there first; of several that got there at once, the one that began last. [`Attempt::First`]: the one of
//!   the first entry.
//! - **Converted** is who reached the last step, however long ago. Of the others, **pending** is who has an attempt
//!   whose window is still open (`entry + window > until`; of the first entry alone for [`Attempt::First`]), and
//!   **lost** the rest. So `converted + pending + lost` is the number of people who entered.
//! - **The breakdown** puts a person where the attempt's entry has its property; of several events that are this entry,
//!   the first in the order of texts (by code point), a missing one last. Sums over its values are the totals.
//! - **Durations** are those of the attempts counted, from step to step; quantiles are interpolated (type 7 of Hyndman
//!   and Fan 1996, SQL's `quantile_cont`).
//!
//! [`FunnelOrder::Strict`] asks that between two steps there be no event of the person at a time of its own, whatever
//! its name. With [`FunnelOrder::Any`] an attempt begins with an event of any step, step *k* is the *k*-th different
//! one done in the window, and `name` says nothing about it.
//!
//! As SQL, one attempt of each entry (here for two steps), before the best of each person is taken:
//!
//! ```sql
//! select a.user, a.time as t1, min(b.time) as t2
//! from events a left join events b
//!   on b.user = a.user and b.event = 'buy' and b.time between a.time and a.time + window
//! where a.event = 'visit' group by all
//! ```

mod attempts;
mod counts;
mod walk;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::attempts::Attempts;
use self::walk::{Outcomes, Rules, Walker};
use super::check_time;
use super::events::{Events, needs_names};
use crate::analytics::Explanation;
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

/// In which order steps must be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FunnelOrder {
    /// One after the other; other events may lie between.
    #[default]
    Ordered,
    /// One after the other, with no other event between.
    Strict,
    /// In any order.
    Any,
}

/// Which attempt of a person counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Attempt {
    /// The one that gets furthest.
    #[default]
    Best,
    /// The one of the first entry.
    First,
}

/// How a funnel is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FunnelOptions {
    /// The names of the events, 1 to 32.
    pub steps: Vec<String>,
    /// Seconds from the entry in which all steps must be done, from a microsecond to 100 years; 7 days.
    #[serde(deserialize_with = "crate::config::number")]
    pub window: f64,
    /// In which order.
    pub order: FunnelOrder,
    /// Which attempt of a person counts.
    pub attempt: Attempt,
    /// Entries before this time (Unix seconds) do not count.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub from: Option<f64>,
    /// The end of what was observed, in Unix seconds: that of the latest event of any name if left out.
    #[serde(deserialize_with = "crate::config::optional_number")]
    pub until: Option<f64>,
    /// So many values of the breakdown are shown, those with the most people first; the rest is one entry, `other`.
    pub breakdown_limit: usize,
}

impl Default for FunnelOptions {
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            window: 7.0 * 86400.0,
            order: FunnelOrder::default(),
            attempt: Attempt::default(),
            from: None,
            until: None,
            breakdown_limit: 100,
        }
    }
}

/// How long people took, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepDurations {
    /// The arithmetic mean.
    pub mean: f64,
    /// Half of them took no longer.
    pub median: f64,
    /// Nine of ten took no longer.
    pub p90: f64,
}

/// One step of a funnel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelStep {
    /// The name of its event.
    pub name: String,
    /// People who reached it.
    pub users: u64,
    /// Their share of those who entered; null where nobody did.
    pub conversion_from_start: Option<f64>,
    /// Their share of those who reached the step before; of the first step that of those who entered.
    pub conversion_from_previous: Option<f64>,
    /// From the step before; null for the first step and where nobody got here.
    pub from_previous: Option<StepDurations>,
    /// From the entry; null for the first step and where nobody got here.
    pub from_start: Option<StepDurations>,
}

/// The people of one value of the breakdown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelBreakdown {
    /// The value; null where the property is missing, and for `other`.
    pub value: Option<String>,
    /// Whether these are all values beyond the limit together.
    pub other: bool,
    /// The steps, as in the whole.
    pub steps: Vec<FunnelStep>,
    /// People who reached the last step.
    pub converted: u64,
    /// People who may still reach it.
    pub pending: u64,
    /// People who can no longer reach it.
    pub lost: u64,
    /// As in the whole.
    pub closed_conversion: Option<f64>,
}

/// Where people stop on their way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Funnel {
    /// The steps in their order.
    pub steps: Vec<FunnelStep>,
    /// People who began.
    pub entered: u64,
    /// People who reached the last step.
    pub converted: u64,
    /// People who have not, and whose window is still open.
    pub pending: u64,
    /// People who have not, and whose windows have closed.
    pub lost: u64,
    /// The share that converted of the people whose counted attempt's window has closed. Unlike the conversion of the
    /// last step it does not fall when many have just begun. Null where no window has closed.
    pub closed_conversion: Option<f64>,
    /// The same by the value of the property, most people first.
    pub breakdown: Vec<FunnelBreakdown>,
    /// Seconds that an attempt may take.
    pub window: f64,
    /// Unix seconds of the end of what was observed.
    pub until: f64,
    /// How it was counted.
    pub explanation: Explanation,
}

/// More steps than this are refused.
const MOST_STEPS: usize = 32;

/// Count a funnel; see [the definition](self). Where the events have a property to break down by, they are.
///
/// Time grows with the number of events; about 16 bytes are taken for each event of a step.
///
/// ```
/// use opusclip_core::analytics::business::{Events, FunnelOptions, Names, People, funnel};
/// let day = 86400.0;
/// let events = Events::new(&[0.0, 5.0 * day, 1.0 * day, 11.0 * day][..], People::of(["ann", "ann", "bob", "eve"]))?
///     .names(Names::of(["visit", "buy", "visit", "visit"].map(Some)))?;
/// let options = FunnelOptions { steps: vec!["visit".into(), "buy".into()], ..FunnelOptions::default() };
/// let answer = funnel(&events, &options)?;
/// // Bob's week is over, Eve's is not.
/// assert_eq!((answer.entered, answer.converted, answer.pending, answer.lost), (3, 1, 1, 1));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::DataInvalid`] for events without names; those of [`FunnelOptions::validate`].
pub fn funnel(events: &Events<'_>, options: &FunnelOptions) -> Result<Funnel> {
    options.validate()?;
    let names = needs_names(events)?;
    let until = events.until(options.until);
    let rules = Rules::new(options, until);
    let attempts = Attempts::new(events, names, options, until);
    let mut outcomes = Outcomes::default();
    let mut walker = Walker::new(&rules);
    attempts.each(|records, entries| walker.person(records, entries, &mut outcomes));
    Ok(counts::funnel(&outcomes, events, options, until))
}

impl FunnelOptions {
    /// Check what can be checked without the events.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for no steps or an empty name, or the same name twice in any order;
    /// [`ErrorCode::ConfigOutOfRange`] for more than 32 steps, a window that is not positive or a limit of zero;
    /// [`ErrorCode::ConfigNotFinite`] for NaN and infinities.
    pub fn validate(&self) -> Result<()> {
        let invalid = |message: &str| Error::new(ErrorCode::ConfigInvalid, message).field("steps");
        if self.steps.is_empty() || self.steps.iter().any(String::is_empty) {
            return Err(invalid("a step has no name").hint("name the events, such as [\"visit\", \"buy\"]"));
        }
        within("steps", self.steps.len() as f64, 1.0, MOST_STEPS as f64)?;
        if self.order == FunnelOrder::Any && self.repeats() {
            return Err(invalid("a step is named twice, which has no meaning in any order"));
        }
        within("window", self.window, 1e-6, 100.0 * 366.0 * 86400.0)?;
        check_time("from", self.from)?;
        check_time("until", self.until)?;
        within("breakdown_limit", self.breakdown_limit as f64, 1.0, f64::from(u32::MAX))?;
        Ok(())
    }

    /// Whether an event is named by several steps.
    fn repeats(&self) -> bool {
        self.steps.iter().enumerate().any(|(at, step)| self.steps.iter().take(at).any(|other| other == step))
    }
}

#[cfg(test)]
mod tests;
