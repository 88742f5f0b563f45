//! Which settings hold a service level at the least cost, by the service's own history?
//!
//! 1. The first part of the history (`plant.warm_up`) is searched: each way of scaling is swept over its target, then
//!    refined where it is cheapest of what holds the level with every seed.
//! 2. The rest judges: everything is played through, and only the rest counts. What misses the level there is tightened
//!    until it holds, which a warning says.
//! 3. Of the ways that a [`ScalingConfig`] can describe, the one that was cheapest in the search is recommended; the rest
//!    has no voice in that.
//!
//! ```
//! use opusclip_core::Control;
//! use opusclip_core::scaling::recommend::{RecommendOptions, recommend};
//! use opusclip_core::scaling::simulate::{Plant, Trace};
//! // Two days of 150 requests a second on average, five times as many by day as by night.
//! let day = (0..96).map(|half| 150.0 - 100.0 * (f64::from(half) / 48.0 * std::f64::consts::TAU).cos());
//! let trace = Trace::new(day.collect(), 1800.0)?;
//! let plant = Plant { capacity: 50.0, warm_up: 0.5, ..Plant::default() };
//! let options = RecommendOptions { plant, seeds: vec![1], ..RecommendOptions::default() };
//! let found = recommend(&trace, &options, &Control::new())?;
//! assert!(found.reached && found.expected.violations.high <= options.violations);
//! assert!(found.alternatives.iter().any(|other| other.policy == "fixed" && other.saved_per_day_micros > 0));
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod history;
mod judge;
mod search;
mod ways;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ScalingConfig;
use super::config::contradiction;
use super::simulate::{Plant, Trace, prepared};
use crate::config::{number, optional_number, within};
use crate::control::Control;
use crate::error::Result;
use judge::Judged;
use search::{Found, Search};
use ways::{HPA_CPU, ORACLE, USUAL_CPU_TARGET, WAYS, Way};

/// What is searched for, and on what service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RecommendOptions {
    /// The service. Its `warm_up`, 0.1 to 0.9, is the share of the history that is searched, and the rest judges; its
    /// bounds are the widest that may come out.
    pub plant: Plant,
    /// Milliseconds that a request may take; those of `plant` where it is not given.
    #[serde(deserialize_with = "optional_number")]
    pub objective: Option<f64>,
    /// The share of requests that may miss the objective, 0.000001 to 0.5.
    #[serde(deserialize_with = "number")]
    pub violations: f64,
    /// Where chance begins, a run each; at most 100.
    pub seeds: Vec<u64>,
    /// Requests a second that the history is brought to on average; as it is where it is not given.
    #[serde(deserialize_with = "optional_number")]
    pub mean_rate: Option<f64>,
    /// Counts that are averaged over before; not at all where it is not given.
    #[serde(deserialize_with = "optional_number")]
    pub smoothing: Option<f64>,
}

impl Default for RecommendOptions {
    fn default() -> Self {
        Self {
            plant: Plant::default(),
            objective: None,
            violations: 0.001,
            seeds: vec![1, 2, 3, 4, 5],
            mean_rate: None,
            smoothing: None,
        }
    }
}

/// Runs with seeds of their own cost time, and more of them say little more.
const MOST_SEEDS: usize = 100;

impl RecommendOptions {
    /// The same with the objective where everybody looks for it.
    fn settled(&self) -> Self {
        let objective = self.objective.unwrap_or(self.plant.objective);
        Self { plant: Plant { objective, ..self.plant.clone() }, ..self.clone() }
    }

    fn check(&self) -> Result<()> {
        self.plant.check()?;
        within("plant.warm_up", self.plant.warm_up, 0.1, 0.9)
            .map_err(|error| error.hint("that share of the history is searched, and the rest judges"))?;
        within("violations", self.violations, 1e-6, 0.5)
            .map_err(|error| error.hint("give a share of requests: 0.005 is 0.5 %"))?;
        if self.seeds.is_empty() || self.seeds.len() > MOST_SEEDS {
            let message = format!("there are {} seeds", self.seeds.len());
            return Err(contradiction("seeds", message, "give 1 to 100"));
        }
        Ok(())
    }
}

/// A figure over all seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureRange {
    /// The smallest.
    pub low: f64,
    /// The median; of two in the middle the lower one.
    pub median: f64,
    /// The largest.
    pub high: f64,
}

/// A sum of money over all seeds, in millionths of the currency unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyRange {
    /// The smallest.
    pub low: i64,
    /// The median; of two in the middle the lower one.
    pub median: i64,
    /// The largest.
    pub high: i64,
}

/// A way of scaling as it went on the part of the history that judges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingAlternative {
    /// Its name: `predictive`, `hybrid` and `cpu` are strategies of the engine; `hpa` is the HorizontalPodAutoscaler by
    /// requests, `hpa_cpu` by CPU usage; `kpa`, `target_tracking`, `fixed` (enough for the peak) and `oracle`, which knows
    /// the future, are policies of the simulator.
    pub policy: String,
    /// Its target, as the share of its capacity that an instance should have to do.
    pub target: f64,
    /// Whether the level is held with every seed.
    pub holds: bool,
    /// The share of requests that miss the objective.
    pub violations: FigureRange,
    /// What a day costs.
    pub cost_per_day_micros: MoneyRange,
    /// Hours of instances a day; this and what follows are medians.
    pub instance_hours_per_day: f64,
    /// The mean usage of instances that work, 0 to 1.
    pub usage: f64,
    /// The response time that 5 % exceed, in milliseconds.
    pub p95: f64,
    /// The same in the busiest tenth of the time.
    pub busy_p95: f64,
    /// Changes of direction, a day.
    pub reversals_per_day: f64,
    /// What the recommended way saves against it, a day; below 0 where that one costs more.
    pub saved_per_day_micros: i64,
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScalingWarningKind {
    /// No settings hold the level; the best that can be had is returned.
    Unreachable,
    /// What held the level in the search missed it on the rest, and was tightened until it held there, too.
    Tightened,
    /// The history does not show a day, or a week, twice.
    ShortHistory,
    /// Steps of the history are missing.
    Gaps,
    /// Traffic ended and came back at once: an outage is learned as if it were demand.
    Outages,
    /// Steps are so long that bursts within them cannot be seen.
    CoarseSteps,
    /// Counts are so small that they are chance.
    SmallCounts,
    /// The part that judges had much more traffic, or much less, than the part that was searched.
    Changed,
}

/// Something that whoever follows a recommendation should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingWarning {
    /// What it is about.
    pub kind: ScalingWarningKind,
    /// The whole in a sentence for people.
    pub sentence: String,
}

impl ScalingWarning {
    fn new(kind: ScalingWarningKind, sentence: String) -> Self {
        Self { kind, sentence }
    }
}

/// Settings that hold a service level at the least cost that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingRecommendation {
    /// Ready to use. Its bounds are the smallest count that it used on the history and half as many again as the largest.
    pub config: ScalingConfig,
    /// Whether the level is held on the part that judges, with every seed.
    pub reached: bool,
    /// The share of requests that may miss the objective.
    pub violations: f64,
    /// What is to be expected, by the part that judges.
    pub expected: ScalingAlternative,
    /// Every other way at its own best target, the cheapest that holds the level first. `hpa_cpu` comes a second time with
    /// the target 0.5, as many run it.
    pub alternatives: Vec<ScalingAlternative>,
    /// What knowing the future would cost: no way can cost less and hold the level.
    pub limit: ScalingAlternative,
    /// What to know before it is used.
    pub warnings: Vec<ScalingWarning>,
    /// The service that this holds for.
    pub plant: Plant,
    /// Seconds of the history that were searched.
    pub searched: f64,
    /// Seconds of it that judged.
    pub judged: f64,
}

/// The stage that progress reports name.
const STAGE: &str = "simulate";
/// The share of the work of one way that is search.
const SEARCHING: f64 = 0.6;

/// Search a history for the settings that hold a service level at the least cost. The same seeds give the same answer.
///
/// # Errors
/// [`ErrorCode::ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) or
/// [`ErrorCode::ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) with the field, also where the objective is not above
/// the time of service, which no number of instances reaches; [`ErrorCode::DataTooFew`](crate::ErrorCode::DataTooFew) for
/// a history whose parts are shorter than an hour; [`ErrorCode::Cancelled`](crate::ErrorCode::Cancelled) and
/// [`ErrorCode::LimitTime`](crate::ErrorCode::LimitTime) by `control`. A level that nothing holds is no error: `reached`
/// says so.
pub fn recommend(trace: &Trace, options: &RecommendOptions, control: &Control) -> Result<ScalingRecommendation> {
    let options = &options.settled();
    options.check()?;
    let played = prepared(trace, options.smoothing, options.mean_rate)?;
    let search = Search::new(&played, options)?;
    let part = |at: usize| {
        let share = 1.0 / (WAYS.len() + 2) as f64;
        control.part(share * at as f64, share * (at + 1) as f64)
    };
    let mut tried = Vec::with_capacity(WAYS.len());
    for (at, way) in WAYS.iter().enumerate() {
        tried.push(tried_out(&played, options, &search, way, &part(at))?);
    }
    let oracle = tried_out(&played, options, &search, &ORACLE, &part(WAYS.len()))?;
    let usual = Judged::play(&played, options, &HPA_CPU, USUAL_CPU_TARGET, &part(WAYS.len() + 1))?;
    let mut warnings = history::warnings(trace, &played, options);
    let chosen = chosen(&tried);
    let Tried { way, found, judged } = tried.swap_remove(chosen);
    warnings.splice(0..0, judged.warnings(&found, options));
    control.report(STAGE, 1.0);

    let seconds = judged.seconds();
    let cost = judged.cost_per_day().median;
    let others = tried.iter().map(|tried| tried.judged.alternative(options, cost));
    let mut alternatives: Vec<_> = others.chain([usual.alternative(options, cost)]).collect();
    alternatives.sort_by_key(|other| (!other.holds, other.cost_per_day_micros.median));
    let expected = judged.alternative(options, cost);
    Ok(ScalingRecommendation {
        config: judged.config(way, &options.plant),
        reached: expected.holds,
        violations: options.violations,
        expected,
        alternatives,
        limit: oracle.judged.alternative(options, cost),
        warnings,
        plant: options.plant.clone(),
        searched: played.duration() - seconds,
        judged: seconds,
    })
}

/// A way with the best target that the search has found, and how it went on the rest.
struct Tried {
    way: &'static Way,
    found: Found,
    judged: Judged,
}

fn tried_out(
    trace: &Trace,
    options: &RecommendOptions,
    search: &Search<'_>,
    way: &'static Way,
    control: &Control,
) -> Result<Tried> {
    let found = search.best(way, &control.part(0.0, SEARCHING))?;
    let judged = Judged::tightened(trace, options, way, found.target, &control.part(SEARCHING, 1.0))?;
    Ok(Tried { way, found, judged })
}

/// The cheapest way of the search that holds the level and can be configured; where none holds it, the one that comes
/// nearest.
fn chosen(tried: &[Tried]) -> usize {
    let rank = |found: &Found| (!found.holds, if found.holds { found.cost_micros as f64 } else { found.violations });
    let configured = tried.iter().enumerate().filter(|(_, tried)| tried.way.is_configured());
    let best = configured.min_by(|(_, a), (_, b)| {
        let ((a_misses, a), (b_misses, b)) = (rank(&a.found), rank(&b.found));
        a_misses.cmp(&b_misses).then(a.total_cmp(&b))
    });
    best.map_or(0, |(at, _)| at)
}
