//! Metrics and labels that were looked up once.

use std::sync::Arc;

use super::Inner;
use super::distinct;
use super::registry::{Series, State};
use super::types::BatchOutcome;
use crate::error::Result;

/// A counter with its labels; cheap to clone, to be kept where it is used.
#[derive(Debug, Clone)]
pub struct Counter {
    inner: Arc<Inner>,
    series: Arc<Series>,
}

impl Counter {
    pub(super) fn new(inner: Arc<Inner>, series: Arc<Series>) -> Self {
        Self { inner, series }
    }

    /// Add one now.
    #[inline]
    pub fn inc(&self) {
        if let State::Counter(counter) = &self.series.state {
            // Never `false`: now is neither too old nor ahead.
            let _ = counter.add(self.inner.clock.second(), 1.0, || false);
        }
    }

    /// Add an amount now.
    ///
    /// # Errors
    /// [`MetricInvalid`](crate::ErrorCode::MetricInvalid) for an amount that is below 0 or not finite.
    #[inline]
    pub fn add(&self, amount: f64) -> Result<()> {
        self.inner.add(&self.series, self.inner.clock.now(), amount)
    }

    /// Add an amount at a time (Unix seconds).
    ///
    /// # Errors
    /// As [`Counter::add`], and for a time that is too old or ahead.
    pub fn add_at(&self, amount: f64, time: f64) -> Result<()> {
        self.inner.add(&self.series, time, amount)
    }

    /// Add many amounts, at times of their own or now; what cannot be added is counted.
    ///
    /// # Errors
    /// [`MetricInvalid`](crate::ErrorCode::MetricInvalid) where there are not as many times as amounts.
    pub fn add_many(&self, amounts: &[f64], times: Option<&[f64]>) -> Result<BatchOutcome> {
        self.inner.add_all(&self.series, amounts, times)
    }

    /// Add what a counter elsewhere, that shows its total, rose by since the last call. One that shows less than before
    /// was reset and counts from 0; the first call only says where it begins.
    ///
    /// # Errors
    /// As [`Counter::add_at`].
    pub fn follow(&self, total: f64, time: f64) -> Result<()> {
        let rise = match &self.series.state {
            State::Counter(counter) if total.is_finite() => counter.step(total),
            _ => total,
        };
        self.inner.add(&self.series, time, rise)
    }

    /// All that was ever added.
    pub fn total(&self) -> f64 {
        match &self.series.state {
            State::Counter(counter) => counter.total(),
            State::Distribution(_) | State::Distinct(_) => 0.0,
        }
    }
}

/// A gauge, histogram or summary with its labels; cheap to clone, to be kept where it is used.
#[derive(Debug, Clone)]
pub struct Distribution {
    inner: Arc<Inner>,
    series: Arc<Series>,
}

impl Distribution {
    pub(super) fn new(inner: Arc<Inner>, series: Arc<Series>) -> Self {
        Self { inner, series }
    }

    /// Record a value now.
    ///
    /// # Errors
    /// [`MetricInvalid`](crate::ErrorCode::MetricInvalid) for a value that is not finite.
    #[inline]
    pub fn record(&self, value: f64) -> Result<()> {
        self.inner.add(&self.series, self.inner.clock.now(), value)
    }

    /// Record a value at a time (Unix seconds).
    ///
    /// # Errors
    /// As [`Distribution::record`], and for a time that is too old or ahead.
    #[inline]
    pub fn record_at(&self, value: f64, time: f64) -> Result<()> {
        self.inner.add(&self.series, time, value)
    }

    /// Record many values, at times of their own or now; what cannot be recorded is counted.
    ///
    /// # Errors
    /// [`MetricInvalid`](crate::ErrorCode::MetricInvalid) where there are not as many times as values.
    pub fn record_many(&self, values: &[f64], times: Option<&[f64]>) -> Result<BatchOutcome> {
        self.inner.add_all(&self.series, values, times)
    }

    /// The latest value.
    pub fn last(&self) -> Option<f64> {
        match &self.series.state {
            State::Distribution(distribution) => distribution.totals().2.map(|(_, value)| value),
            State::Counter(_) | State::Distinct(_) => None,
        }
    }
}

/// Distinct members with their labels; cheap to clone, to be kept where it is used.
#[derive(Debug, Clone)]
pub struct Distinct {
    inner: Arc<Inner>,
    series: Arc<Series>,
}

impl Distinct {
    pub(super) fn new(inner: Arc<Inner>, series: Arc<Series>) -> Self {
        Self { inner, series }
    }

    /// Count a member now. Only a hash of it is kept, and of many not even that.
    ///
    /// # Errors
    /// [`MetricInvalid`](crate::ErrorCode::MetricInvalid) for an empty member.
    pub fn add(&self, member: &str) -> Result<()> {
        self.add_at(member, self.inner.clock.now())
    }

    /// Count a member at a time (Unix seconds).
    ///
    /// # Errors
    /// As [`Distinct::add`], and for a time that is too old or ahead.
    pub fn add_at(&self, member: &str, time: f64) -> Result<()> {
        self.inner.add_member(&self.series, time, member, distinct::hash(member))
    }

    /// Count many members, at times of their own or now; what cannot be counted is counted as dropped.
    ///
    /// # Errors
    /// [`MetricInvalid`](crate::ErrorCode::MetricInvalid) where there are not as many times as members.
    pub fn add_many<S: AsRef<str>>(&self, members: &[S], times: Option<&[f64]>) -> Result<BatchOutcome> {
        super::same_length(members.len(), times)?;
        let now = self.inner.clock.now();
        let mut outcome = BatchOutcome::default();
        for (at, member) in members.iter().enumerate() {
            let time = times.and_then(|times| times.get(at)).copied().unwrap_or(now);
            outcome.count(self.add_at(member.as_ref(), time).is_ok());
        }
        Ok(outcome)
    }
}
