//! Actions that the host carries out.

use super::ScalingEngine;
use super::state::Change;
use crate::error::{Error, ErrorCode, Result};
use crate::scaling::config::time;
use crate::scaling::decision::{ScalingAction, ScalingDecision};
use crate::scaling::ledger::{ActionRecord, ActionState, ScalingRequest};

impl ScalingEngine {
    /// The host is about to carry a decision out; `None` where there is nothing to do. Until it says how that ended, or
    /// every try has timed out, other decisions hold.
    ///
    /// ```
    /// use opusclip_core::scaling::{ResourceMetrics, ScalingConfig, ScalingEngine, ScalingReason};
    /// let mut engine = ScalingEngine::new(ScalingConfig::default())?;
    /// let busy = ResourceMetrics { cpu_usage: Some(95.0), ..ResourceMetrics::default() };
    /// let decision = engine.evaluate(&busy, 0.0)?;
    /// if let Some(request) = engine.begin(&decision, 0.0)? {
    ///     // ... ask for `request.target_instances`, with `request.token` against doing it twice ...
    ///     engine.succeeded(&request.token, 1.0)?;
    /// }
    /// assert_eq!(engine.evaluate(&busy, 15.0)?.reason, ScalingReason::Cooldown);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::ScalingOutdated`] where another action is being carried out, or the decision is not the last one.
    pub fn begin(&mut self, decision: &ScalingDecision, now: f64) -> Result<Option<ScalingRequest>> {
        time(now)?;
        if decision.action == ScalingAction::NoAction || decision.dry_run {
            return Ok(None);
        }
        let outdated = |message: String| {
            Err(Error::new(ErrorCode::ScalingOutdated, message)
                .field("decision")
                .hint("evaluate again, and act on that"))
        };
        if let Some(open) = self.state.ledger.open() {
            return outdated(format!("the action {:?} is being carried out", open.token));
        }
        if self.state.decisions != decision.id || self.state.decided.is_none() {
            return outdated(format!("decision {} is not the last one, or was carried out", decision.id));
        }
        let counts = (decision.current_instances, decision.target_instances);
        let token = format!("{}-{}-{}-{}", decision.time, decision.id, counts.0, counts.1);
        Ok(Some(self.state.ledger.begin(token, decision.action, counts, now, &self.config.execution)))
    }

    /// The host has carried an action out. Said twice, it changes nothing more.
    ///
    /// # Errors
    /// [`ErrorCode::ScalingUnknownAction`] for a token that was never given, or long ago.
    pub fn succeeded(&mut self, token: &str, now: f64) -> Result<()> {
        time(now)?;
        if let Some(done) = self.state.ledger.succeeded(token, now)? {
            let change = Change { from: done.current_instances, to: done.target_instances, time: now };
            self.state.did(change, &self.config);
        }
        Ok(())
    }

    /// A try has failed. What is known of the instances stays as it was.
    ///
    /// # Errors
    /// As [`succeeded`](Self::succeeded).
    pub fn failed(&mut self, token: &str, error: &str, now: f64) -> Result<ActionState> {
        time(now)?;
        self.state.ledger.failed(token, error, now, &self.config.execution)
    }

    /// A try that is to be made now, if there is one; a try that took too long has failed.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`] for a time that is none.
    pub fn due(&mut self, now: f64) -> Result<Option<ScalingRequest>> {
        time(now)?;
        Ok(self.state.ledger.due(now, &self.config.execution))
    }

    /// So many instances work now. A host that knows it before the next metrics says so here: then it is known to the moment
    /// how long starts take, of which `start_up` learns.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`] for a time that is none.
    pub fn ready(&mut self, instances: u32, now: f64) -> Result<()> {
        time(now)?;
        self.state.ledger.ready(instances, now, self.config.start_up.quantile);
        Ok(())
    }

    /// The latest actions, the oldest first: 256 at most.
    pub fn actions(&self) -> Vec<ActionRecord> {
        self.state.ledger.actions()
    }
}
