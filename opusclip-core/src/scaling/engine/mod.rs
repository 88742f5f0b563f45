//! One decision after another.

mod actions;
mod decide;
mod limits;
mod state;
mod status;
mod turning;
mod wording;

use serde::{Deserialize, Serialize};

use super::config::{ScalingConfig, ScheduledBounds, time};
use super::decision::{ScalingDecision, ScalingRecord};
use super::formula::HybridFormula;
use super::signals::ResourceMetrics;
use crate::error::{Error, ErrorCode, Result};
use limits::Bounds;
use state::State;

pub use status::ScalingStatus;

/// Decides how many instances there should be.
///
/// It reads no clock: `now` is in Unix seconds, and the same configuration with the same inputs in the same order gives
/// the same decisions. What it remembers is bounded.
///
/// ```
/// use opusclip_core::scaling::{ResourceMetrics, ScalingAction, ScalingConfig, ScalingEngine};
/// let mut engine = ScalingEngine::new(ScalingConfig::default())?;
/// let metrics = ResourceMetrics::new(85.0, 75.0, 400.0, 500.0).of(4);
/// let decision = engine.evaluate(&metrics, 1_700_000_000.0)?;
/// assert_eq!((decision.action, decision.target_instances), (ScalingAction::ScaleUp, 5));
/// assert!(decision.sentence.starts_with("Scale up from 4 to 5: CPU usage of 85.0 % asks for 5"));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScalingEngine {
    config: ScalingConfig,
    schedules: Schedules,
    formula: Option<HybridFormula>,
    state: State,
}

/// A saved engine.
#[derive(Debug, Serialize, Deserialize)]
struct Saved<S> {
    version: u32,
    state: S,
}

/// Of [`Saved`]; a state of another version is refused.
const VERSION: u32 = 3;

impl ScalingEngine {
    /// An engine that has seen nothing yet.
    ///
    /// # Errors
    /// As [`ScalingConfig::check`].
    pub fn new(config: ScalingConfig) -> Result<Self> {
        config.check()?;
        let schedules = Schedules::new(&config)?;
        let (state, formula) = (State::new(&config), HybridFormula::of(&config)?);
        Ok(Self { config, schedules, formula, state })
    }

    /// Its options.
    pub fn config(&self) -> &ScalingConfig {
        &self.config
    }

    /// Everything that the next decision depends on, as JSON.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] where it cannot be written, which is a defect.
    pub fn save(&self) -> Result<String> {
        serde_json::to_string(&Saved { version: VERSION, state: &self.state })
            .map_err(|error| Error::new(ErrorCode::Internal, "the state cannot be written").caused_by(error))
    }

    /// An engine that goes on where the saved one was. Options may be others: what was learned stays, but forecasts begin
    /// anew where their steps or seasons are others.
    ///
    /// # Errors
    /// As [`ScalingEngine::new`], and [`ErrorCode::SnapshotInvalid`] for a state that is damaged or of another version.
    pub fn restore(config: ScalingConfig, saved: &str) -> Result<Self> {
        let invalid = |message: String| {
            Error::new(ErrorCode::SnapshotInvalid, message).hint("begin with a new engine; it learns again")
        };
        let saved: Saved<serde_json::Value> =
            serde_json::from_str(saved).map_err(|error| invalid(error.to_string()))?;
        if saved.version != VERSION {
            return Err(invalid(format!("the state is of version {}, not {VERSION}", saved.version)));
        }
        let mut state: State = serde_json::from_value(saved.state).map_err(|error| invalid(error.to_string()))?;
        let fresh = Self::new(config)?;
        if !state.predictor.fits(&fresh.config.prediction) {
            state.predictor = fresh.state.predictor;
        }
        Ok(Self { state, ..fresh })
    }

    /// How many instances there should be, by what was measured.
    ///
    /// Where the host does what was decided, it may say so by [`begin`](Self::begin) and
    /// [`succeeded`](Self::succeeded), or simply give the new count with the next metrics.
    ///
    /// # Errors
    /// As [`ResourceMetrics::check`]; nothing is remembered of metrics that are refused.
    pub fn evaluate(&mut self, metrics: &ResourceMetrics, now: f64) -> Result<ScalingDecision> {
        time(now)?;
        metrics.check(&self.config)?;
        let decision = self.decide(metrics, now);
        self.state.remember(ScalingRecord {
            time: now,
            action: decision.action,
            current_instances: decision.current_instances,
            target_instances: decision.target_instances,
            reason: decision.reason,
        });
        Ok(decision)
    }

    /// The last decision.
    pub(super) fn last_decision(&self) -> Option<ScalingRecord> {
        self.state.history.back().copied()
    }

    /// The latest decisions, the oldest first: 1,024 at most.
    pub fn history(&self) -> Vec<ScalingRecord> {
        self.state.history.iter().copied().collect()
    }
}

/// Bounds by the hour. What holds is looked up again only when it ends.
#[derive(Debug, Clone)]
struct Schedules {
    windows: Vec<(ScheduledBounds, super::config::Window)>,
    known: Option<Known>,
}

#[derive(Debug, Clone)]
struct Known {
    from: f64,
    until: f64,
    bounds: Bounds,
    names: Vec<String>,
}

impl Schedules {
    fn new(config: &ScalingConfig) -> Result<Self> {
        let window = |schedule: &ScheduledBounds| Ok((schedule.clone(), schedule.window()?));
        Ok(Self { windows: config.schedules.iter().map(window).collect::<Result<_>>()?, known: None })
    }

    /// The bounds at a time, and the schedules that set them.
    fn at(&mut self, config: &ScalingConfig, now: f64) -> (Bounds, &[String]) {
        let usual = Bounds { min: config.min_instances, max: config.max_instances };
        if self.windows.is_empty() {
            return (usual, &[]);
        }
        let fresh = self.known.take().filter(|known| known.from <= now && now < known.until);
        let known = fresh.unwrap_or_else(|| self.look_up(usual, now));
        let known = self.known.insert(known);
        (known.bounds, &known.names)
    }

    fn look_up(&self, usual: Bounds, now: f64) -> Known {
        let mut names = Vec::new();
        let mut until = f64::INFINITY;
        let (mut min, mut max) = (None::<u32>, None::<u32>);
        for (schedule, window) in &self.windows {
            let Some((holds, ends)) = schedule.state(window, now) else { continue };
            until = until.min(ends);
            if holds {
                min = min.max(schedule.min_instances);
                max = [max, schedule.max_instances].into_iter().flatten().min();
                names.push(schedule.name.clone());
            }
        }
        let max = max.unwrap_or(usual.max);
        // Two schedules may contradict each other: then no more than allowed.
        let min = min.unwrap_or(usual.min).min(max);
        Known { from: now, until, bounds: Bounds { min, max }, names }
    }
}
