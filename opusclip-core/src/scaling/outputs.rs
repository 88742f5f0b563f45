//! What autoscalers that are there already read: the count that was decided, as text for Prometheus and as JSON.
//!
//! They carry it out, so their own target is one for each instance: the count divided by 1.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::config::time;
use super::engine::ScalingEngine;
use crate::error::{Error, ErrorCode, Result};

impl ScalingEngine {
    /// The count of the last decision. None before the first one, and where that is older than `metrics_max_age`: a count
    /// that nobody looks after any more must not be carried out, and autoscalers leave everything as it is where a metric is
    /// missing.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`] for a time that is none.
    pub fn wanted_instances(&self, now: f64) -> Result<Option<u32>> {
        time(now)?;
        let last = self.last_decision().filter(|last| now - last.time <= self.config().metrics_max_age);
        Ok(last.map(|last| last.target_instances))
    }

    /// The count that was decided as text for Prometheus (format 0.0.4), with `labels` at each sample: what the
    /// HorizontalPodAutoscaler follows by way of `prometheus-adapter`. Samples are left out where there is no count
    /// ([`wanted_instances`](Self::wanted_instances)).
    ///
    /// ```
    /// use opusclip_core::scaling::{ResourceMetrics, ScalingConfig, ScalingEngine};
    /// let mut engine = ScalingEngine::new(ScalingConfig::default())?;
    /// engine.evaluate(&ResourceMetrics { cpu_usage: Some(95.0), ..ResourceMetrics::default() }.of(4), 1.7e9)?;
    /// let labels = [("service".to_owned(), "web".to_owned())].into();
    /// let text = engine.prometheus_text(&labels, 1.7e9)?;
    /// assert!(text.contains("opusclip_scaling_wanted_instances{service=\"web\"} 6\n"));
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] for a label whose name cannot be one; [`ErrorCode::ConfigNotFinite`] for a time that
    /// is none.
    pub fn prometheus_text(&self, labels: &BTreeMap<String, String>, now: f64) -> Result<String> {
        let labels = labelled(labels)?;
        let mut text = String::new();
        let mut sample = |name: &str, kind: &str, help: &str, value: Option<f64>| {
            let Some(value) = value else { return };
            // Writing to a text cannot fail.
            let _ = write!(
                text,
                "# HELP opusclip_scaling_{name} {help}\n# TYPE opusclip_scaling_{name} {kind}\n\
                 opusclip_scaling_{name}{labels} {value}\n"
            );
        };
        let status = self.status(now)?;
        let wanted = self.wanted_instances(now)?;
        sample("wanted_instances", "gauge", "Instances that there should be.", wanted.map(f64::from));
        let current = wanted.and(status.current_instances);
        sample("current_instances", "gauge", "Instances that there are.", current.map(f64::from));
        sample("min_instances", "gauge", "Fewest instances now.", Some(f64::from(status.min_instances)));
        sample("max_instances", "gauge", "Most instances now.", Some(f64::from(status.max_instances)));
        sample("decisions_total", "counter", "Decisions so far.", Some(status.decisions as f64));
        let decided = status.last_decision.map(|last| last.time);
        sample("last_decision_timestamp_seconds", "gauge", "When the last decision was made.", decided);
        Ok(text)
    }

    /// The count that was decided as JSON, for the `metrics-api` scaler of KEDA: `valueLocation: wanted_instances`,
    /// `targetValue: "1"`.
    ///
    /// # Errors
    /// [`ErrorCode::DataTooFew`] where there is no count ([`wanted_instances`](Self::wanted_instances)), which a server
    /// answers with the status 503; [`ErrorCode::ConfigNotFinite`] for a time that is none.
    pub fn keda_json(&self, now: f64) -> Result<String> {
        let wanted = self.fresh_count(now)?;
        Ok(serde_json::json!({ "wanted_instances": wanted }).to_string())
    }

    /// The count that was decided, or why there is none.
    pub(super) fn fresh_count(&self, now: f64) -> Result<u32> {
        self.wanted_instances(now)?.ok_or_else(|| {
            let oldest = self.config().metrics_max_age;
            let message = match self.last_decision() {
                None => "nothing has been decided yet".to_owned(),
                Some(last) => format!("the last decision is {:.0} s old, more than {oldest} s", now - last.time),
            };
            Error::new(ErrorCode::DataTooFew, message).field("now").hint("evaluate metrics, and go on doing so")
        })
    }
}

fn labelled(labels: &BTreeMap<String, String>) -> Result<String> {
    let name = |name: &str| {
        let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        name.bytes().next().is_some_and(letter)
            && name.bytes().all(|byte| letter(byte) || byte.is_ascii_digit())
            && !name.starts_with("__")
    };
    if let Some(wrong) = labels.keys().find(|label| !name(label)) {
        return Err(Error::new(ErrorCode::ConfigInvalid, format!("{wrong:?} cannot be the name of a label"))
            .field("labels")
            .hint("letters, digits and `_`, no digit first, no `__` first"));
    }
    if labels.is_empty() {
        return Ok(String::new());
    }
    let escaped = |value: &str| value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    Ok(format!("{{{}}}", pairs.join(",")))
}
