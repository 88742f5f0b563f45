//! What was asked of the host, and what became of it: a state machine without I/O.
//!
//! ```text
//!   begin --> requested --succeeded--> starting --ready--> done
//!                |  ^
//!         failed |  | due, while tries are left
//!      timed out v  |
//!               waiting --none left--> given up
//! ```
//!
//! A try carries the same token as the one before it, so that a host that has heard of it does nothing twice.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{number, within};
use crate::error::{Error, ErrorCode, Result};

use super::config::count;
use super::decision::ScalingAction;

/// How actions are carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExecutionOptions {
    /// Seconds after which a try has failed, 0.1 to a day.
    #[serde(deserialize_with = "number")]
    pub timeout: f64,
    /// Tries after the first one, 0 to 100.
    pub retries: u32,
    /// Seconds before the second try; it doubles with each one.
    #[serde(deserialize_with = "number")]
    pub retry_delay: f64,
}

impl Default for ExecutionOptions {
    fn default() -> Self {
        Self { timeout: 30.0, retries: 2, retry_delay: 5.0 }
    }
}

impl ExecutionOptions {
    pub(super) fn check(&self) -> Result<()> {
        within("execution.timeout", self.timeout, 0.1, 86_400.0)?;
        count("execution.retries", self.retries, 0, 100)?;
        within("execution.retry_delay", self.retry_delay, 0.0, 86_400.0).map(drop)
    }
}

/// What the host is to do now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingRequest {
    /// The same for every try of an action.
    pub token: String,
    /// What to do.
    pub action: ScalingAction,
    /// Instances that there were.
    pub current_instances: u32,
    /// Instances that there should be.
    pub target_instances: u32,
    /// 1 for the first try.
    pub attempt: u32,
    /// When this try has failed, in Unix seconds.
    pub deadline: f64,
}

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ActionState {
    /// The host was asked.
    Requested,
    /// A try has failed; there will be another.
    Waiting,
    /// The host has done it; its instances are starting.
    Starting,
    /// It is over: what was started works, or what was removed is gone.
    Done,
    /// Every try has failed, or what was reported as done has not come about.
    GivenUp,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionRecord {
    /// Its token.
    pub token: String,
    /// What it does.
    pub action: ScalingAction,
    /// Instances that there were.
    pub current_instances: u32,
    /// Instances that there should be.
    pub target_instances: u32,
    /// Where it stands.
    pub state: ActionState,
    /// Tries so far.
    pub attempts: u32,
    /// When it was first asked for, in Unix seconds.
    pub requested: f64,
    /// When the state changed last; while it waits, when the next try is due.
    pub changed: f64,
    /// Seconds from the request until its instances worked.
    pub ready_after: Option<f64>,
    /// What the last failed try said.
    pub error: Option<String>,
}

/// Sums over all actions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionStats {
    /// Actions that the host was asked for.
    pub requested: u64,
    /// Those that it has done.
    pub succeeded: u64,
    /// Those that were given up.
    pub failed: u64,
    /// Tries that failed.
    pub failed_attempts: u64,
    /// The share of those that ended that succeeded, 0 to 1.
    pub success_rate: Option<f64>,
    /// Actions that turned the direction of the one before.
    pub reversals: u64,
    /// Seconds until started instances worked, the median of the latest starts.
    pub ready_after_median: Option<f64>,
}

/// Actions that are remembered, and starts whose length is.
const MEMORY: usize = 256;
/// Starts needed before their length is believed.
const FEWEST_STARTS: usize = 3;

/// What became of actions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Ledger {
    actions: VecDeque<ActionRecord>,
    stats: ActionStats,
    starts: VecDeque<f64>,
    /// The quantile of these that is believed.
    start_up: Option<f64>,
    last_direction: Option<ScalingAction>,
}

impl Ledger {
    /// The action that the host has been asked for and has not answered.
    pub(super) fn open(&self) -> Option<&ActionRecord> {
        let open = |action: &&ActionRecord| matches!(action.state, ActionState::Requested | ActionState::Waiting);
        self.actions.back().filter(open)
    }

    pub(super) fn begin(
        &mut self,
        token: String,
        action: ScalingAction,
        counts: (u32, u32),
        now: f64,
        options: &ExecutionOptions,
    ) -> ScalingRequest {
        if self.actions.len() >= MEMORY {
            self.actions.pop_front();
        }
        let record = ActionRecord {
            token,
            action,
            current_instances: counts.0,
            target_instances: counts.1,
            state: ActionState::Requested,
            attempts: 1,
            requested: now,
            changed: now,
            ready_after: None,
            error: None,
        };
        self.stats.requested += 1;
        let request = request(&record, now, options);
        self.actions.push_back(record);
        request
    }

    fn find(&mut self, token: &str) -> Result<&mut ActionRecord> {
        self.actions.iter_mut().rev().find(|action| action.token == token).ok_or_else(|| {
            Error::new(ErrorCode::ScalingUnknownAction, format!("there is no action with the token {token:?}"))
                .field("token")
                .hint("give the token of the request")
        })
    }

    /// The host has done it. `None` where that was known: a second answer changes nothing.
    pub(super) fn succeeded(&mut self, token: &str, now: f64) -> Result<Option<ActionRecord>> {
        let action = self.find(token)?;
        if matches!(action.state, ActionState::Starting | ActionState::Done) {
            return Ok(None);
        }
        let gave_up = action.state == ActionState::GivenUp;
        action.state = if action.action == ScalingAction::ScaleUp { ActionState::Starting } else { ActionState::Done };
        action.changed = now;
        let done = action.clone();
        // A host that answers after its action was given up has done it all the same.
        self.stats.failed -= u64::from(gave_up);
        self.stats.succeeded += 1;
        self.turned(done.action);
        Ok(Some(done))
    }

    /// A count was seen to have changed as decided, without a request.
    pub(super) fn turned(&mut self, action: ScalingAction) {
        self.stats.reversals += u64::from(self.last_direction.is_some_and(|last| last != action));
        self.last_direction = Some(action);
    }

    /// The last action was reported as done, and was not.
    pub(super) fn disproved(&mut self, target: u32, error: &str, now: f64) {
        let reported = |action: &&mut ActionRecord| {
            matches!(action.state, ActionState::Starting | ActionState::Done) && action.target_instances == target
        };
        let Some(action) = self.actions.back_mut().filter(reported) else { return };
        action.state = ActionState::GivenUp;
        action.error = Some(error.to_owned());
        action.changed = now;
        self.stats.succeeded -= 1;
        self.stats.failed += 1;
    }

    /// A try has failed. The state that the action is in now.
    pub(super) fn failed(
        &mut self,
        token: &str,
        error: &str,
        now: f64,
        options: &ExecutionOptions,
    ) -> Result<ActionState> {
        let action = self.find(token)?;
        if action.state != ActionState::Requested {
            return Ok(action.state);
        }
        action.error = Some(error.to_owned());
        if action.attempts > options.retries {
            action.state = ActionState::GivenUp;
            action.changed = now;
        } else {
            let doubled = options.retry_delay * 2.0_f64.powi(action.attempts.min(30) as i32 - 1);
            action.state = ActionState::Waiting;
            action.changed = now + doubled;
        }
        let state = action.state;
        self.stats.failed_attempts += 1;
        self.stats.failed += u64::from(state == ActionState::GivenUp);
        Ok(state)
    }

    /// A try that took too long has failed.
    fn expire(&mut self, now: f64, options: &ExecutionOptions) {
        let late = self.open().filter(|action| action.state == ActionState::Requested);
        let late = late.filter(|action| now >= action.changed + options.timeout).map(|action| action.token.clone());
        if let Some(token) = late {
            let error = format!("no answer within {} s", options.timeout);
            // The token is one that was just found.
            drop(self.failed(&token, &error, now, options));
        }
    }

    /// What has timed out, and what the host does not try again though it is due, does not hold decisions for ever.
    pub(super) fn lapse(&mut self, now: f64, options: &ExecutionOptions) {
        self.expire(now, options);
        let Some(action) = self.actions.back_mut() else { return };
        if action.state == ActionState::Waiting && now >= action.changed + options.timeout {
            action.state = ActionState::GivenUp;
            action.changed = now;
            self.stats.failed += 1;
        }
    }

    /// A try that took too long has failed; one that is due is to be made.
    pub(super) fn due(&mut self, now: f64, options: &ExecutionOptions) -> Option<ScalingRequest> {
        self.expire(now, options);
        let action = self.actions.back_mut()?;
        if action.state != ActionState::Waiting || now < action.changed {
            return None;
        }
        action.state = ActionState::Requested;
        action.attempts += 1;
        action.changed = now;
        Some(request(action, now, options))
    }

    /// So many instances work now; of the starts seen, a quantile is believed.
    pub(super) fn ready(&mut self, ready: u32, now: f64, quantile: f64) {
        let Some(action) = self.actions.back_mut().filter(|action| action.state == ActionState::Starting) else {
            return;
        };
        if ready < action.target_instances {
            return;
        }
        let took = now - action.requested;
        action.state = ActionState::Done;
        action.changed = now;
        action.ready_after = Some(took);
        if self.starts.len() >= MEMORY {
            self.starts.pop_front();
        }
        self.starts.push_back(took);
        self.start_up = self.start_quantile(quantile);
    }

    /// How long starts take; `None` until enough were seen.
    pub(super) fn start_up(&self) -> Option<f64> {
        self.start_up
    }

    fn start_quantile(&self, quantile: f64) -> Option<f64> {
        if self.starts.len() < FEWEST_STARTS {
            return None;
        }
        let mut sorted: Vec<f64> = self.starts.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get((quantile * (sorted.len() - 1) as f64).round() as usize).copied()
    }

    pub(super) fn stats(&self) -> ActionStats {
        let ended = self.stats.succeeded + self.stats.failed;
        let success_rate = (ended > 0).then(|| self.stats.succeeded as f64 / ended as f64);
        ActionStats { success_rate, ready_after_median: self.start_quantile(0.5), ..self.stats.clone() }
    }

    pub(super) fn actions(&self) -> Vec<ActionRecord> {
        self.actions.iter().cloned().collect()
    }

    pub(super) fn shift(&mut self, by: f64) {
        for action in &mut self.actions {
            action.requested += by;
            action.changed += by;
        }
    }
}

fn request(action: &ActionRecord, now: f64, options: &ExecutionOptions) -> ScalingRequest {
    ScalingRequest {
        token: action.token.clone(),
        action: action.action,
        current_instances: action.current_instances,
        target_instances: action.target_instances,
        attempt: action.attempts,
        deadline: now + options.timeout,
    }
}
