//! The detector itself: one value in, one verdict out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::clock::Clock;
use super::novelty::{EVIDENCE, Novelty};
use super::reason::{Calm, Recent, Stillness};
use super::{AnomalyOptions, Reason, SCORE_THRESHOLD};
use crate::error::Result;

/// Within the quiet time an alarm needs this much evidence above that of the last one.
const STRONGER: f64 = 5.0;
/// The quiet time where none is given, in usual distances of two values.
const QUIET: f64 = 200.0;
/// Robust standard deviations of the range of expected values, where no threshold is given.
const RANGE: f64 = 3.0;
/// What is left of a score in the quiet time.
const HUSHED: f64 = 0.5;
/// Times and values farther from 0 count as this, so that differences of them stay finite.
const FARTHEST: f64 = 1e150;

/// What a detector says of one value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// 0 for nothing remarkable to 1; an anomaly from [`SCORE_THRESHOLD`] on.
    pub score: f64,
    /// Whether to raise an alarm.
    pub is_anomaly: bool,
    /// Why. In the quiet time none, unless it shows now that the last alarm was a level shift or change of variance.
    pub reason: Option<Reason>,
    /// The value that was expected. Of the first values, the value itself.
    pub expected: f64,
    /// The least value that would not have been out of the ordinary.
    pub low: f64,
    /// The highest value that would not have been out of the ordinary.
    pub high: f64,
}

/// When the last alarm was, in seconds, and the most evidence for it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Alarm {
    time: f64,
    strength: f64,
    /// Whether the evidence has not ceased since.
    lasting: bool,
}

/// A detector for one stream. Its state can be saved and read back with serde; its memory is bounded (some 200 kB).
///
/// ```
/// use opusclip_core::analytics::anomaly::{AnomalyOptions, Detector, Reason};
/// let mut detector = Detector::new(AnomalyOptions::default())?;
/// for minute in 0..600 {
///     let load = 50.0 + f64::from(minute * 7919 % 13);
///     assert!(!detector.update(f64::from(minute) * 60.0, load).is_anomaly);
/// }
/// let verdict = detector.update(36_000.0, 400.0);
/// assert_eq!((verdict.is_anomaly, verdict.reason), (true, Some(Reason::Spike)));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    options: AnomalyOptions,
    clock: Clock,
    baseline: Baseline,
    novelty: Novelty,
    recent: Recent,
    stillness: Stillness,
    calm: Calm,
    /// Values so far.
    values: usize,
    alarm: Option<Alarm>,
}

impl Detector {
    /// A detector that has seen nothing yet.
    ///
    /// # Errors
    /// Those of [`AnomalyOptions::check`].
    pub fn new(options: AnomalyOptions) -> Result<Self> {
        options.check()?;
        Ok(Self {
            clock: Clock::default(),
            baseline: Baseline::new(options.season),
            novelty: Novelty::new(),
            recent: Recent::default(),
            stillness: Stillness::default(),
            calm: Calm::default(),
            values: 0,
            alarm: None,
            options,
        })
    }

    /// Judge a value at a time in Unix seconds, by what came before it and by itself; then learn from it.
    ///
    /// Several values at one time are taken one after the other. A time before an earlier one counts as that one. A
    /// value that is NaN or infinite is a gap: nothing is learnt from it, but it may tell that data are missing. So is
    /// any value whose time is not finite.
    pub fn update(&mut self, time: f64, value: f64) -> Verdict {
        if !time.is_finite() {
            return self.verdict(value, None, 0.0, 0.0, None);
        }
        let now = self.clock.advance(time.clamp(-FARTHEST, FARTHEST));
        let judged = self.values >= self.options.warm_up();
        let missing = if judged && self.options.threshold.is_none() { self.clock.missing(now) } else { 0.0 };
        let expected = self.baseline.expected(now);
        if !value.is_finite() {
            return self.verdict(value, expected, now, missing, Some(Reason::MissingData));
        }
        let value = value.clamp(-FARTHEST, FARTHEST);
        let deviations = match (expected, self.baseline.deviation()) {
            (Some(expected), Some(deviation)) => (value - expected) / deviation,
            _ => 0.0,
        };
        self.clock.value(now);
        self.values += 1;
        self.recent.push(deviations);
        let (strength, reason) = match self.options.threshold {
            Some(threshold) => (deviations.abs() / threshold, None),
            None => self.strongest(value, missing),
        };
        let strength = if judged { strength } else { 0.0 };
        let verdict = self.verdict(value, expected, now, strength, reason);
        self.baseline.learn(now, value, self.clock.step());
        verdict
    }

    /// The period of the season in use, in seconds: the one given, or the one found so far.
    pub fn season(&self) -> Option<f64> {
        self.baseline.period()
    }

    /// How strong the evidence of each kind is, as a share of what makes an anomaly; the strongest.
    fn strongest(&mut self, value: f64, missing: f64) -> (f64, Option<Reason>) {
        let novelty = (self.novelty.observe(value) / EVIDENCE, None);
        let still = (self.stillness.observe(value), Some(Reason::FlatLine));
        let calm = (f64::from(u8::from(self.calm.observe(value))), Some(Reason::Variance));
        let kinds = [calm, (missing, Some(Reason::MissingData)), still, novelty];
        kinds.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or(novelty)
    }

    /// Seconds after an alarm in which only a clearly stronger one is raised.
    fn quiet(&self) -> f64 {
        let usual = if self.options.threshold.is_none() { QUIET * self.clock.step().unwrap_or(0.0) } else { 0.0 };
        self.options.quiet_time.unwrap_or(usual)
    }

    /// Whether the quiet time keeps an alarm back. What goes on from the last one is not new, however it grows.
    fn hushed(&mut self, now: f64, strength: f64) -> bool {
        let quiet = self.quiet();
        let Some(last) = &mut self.alarm else { return false };
        if quiet == 0.0 || now - last.time > quiet {
            return false;
        }
        last.lasting &= strength >= 1.0;
        if last.lasting {
            last.strength = last.strength.max(strength);
        }
        strength < last.strength + STRONGER / EVIDENCE
    }

    fn verdict(
        &mut self,
        value: f64,
        expected: Option<f64>,
        now: f64,
        strength: f64,
        reason: Option<Reason>,
    ) -> Verdict {
        // Missing data are told once and stand apart: they neither keep quiet nor make it.
        let apart = reason == Some(Reason::MissingData);
        let hushed = !apart && self.hushed(now, strength);
        let is_anomaly = strength >= 1.0 && !hushed;
        if is_anomaly && !apart {
            self.alarm = Some(Alarm { time: now, strength, lasting: true });
        }
        let reason = match (strength >= 1.0, hushed) {
            (false, _) => None,
            (true, true) => self.recent.pattern(),
            (true, false) => Some(reason.unwrap_or_else(|| self.recent.reason())),
        };
        let strength = strength.clamp(0.0, f64::MAX / 4.0);
        // Half at the threshold, and never quite 1.
        let score = strength / (strength + 1.0 / SCORE_THRESHOLD - 1.0);
        let reach = self.options.threshold.unwrap_or(RANGE) * self.baseline.deviation().unwrap_or(0.0);
        let expected = expected.unwrap_or(if value.is_finite() { value } else { 0.0 });
        Verdict {
            score: if hushed { HUSHED * score } else { score },
            is_anomaly,
            reason,
            expected,
            low: expected - reach,
            high: expected + reach,
        }
    }
}
