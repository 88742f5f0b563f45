//! Active checks as the host sees them: which are due, and what their answers change.

use super::check::{Answer, HealthCheckOptions};
use super::slow_start::SlowStartOptions;
use crate::balance::LoadBalancer;
use crate::balance::roster::{Record, Roster};
use crate::balance::types::DueCheck;
use crate::error::Result;

impl LoadBalancer {
    /// Checks that the host should carry out now, and answer with [`LoadBalancer::report_check`] or
    /// [`LoadBalancer::report_failed_check`]. None where `health_check` is not set.
    ///
    /// # Errors
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn due_checks(&self, now: f64) -> Result<Vec<DueCheck>> {
        self.due_checks_up_to(usize::MAX, now)
    }

    /// The same for a host that has room for so many more at a time: those that have waited longest. Others stay due.
    ///
    /// # Errors
    /// As [`LoadBalancer::due_checks`].
    pub fn due_checks_up_to(&self, most: usize, now: f64) -> Result<Vec<DueCheck>> {
        let Some(options) = &self.0.options.health_check else { return Ok(Vec::new()) };
        let slow_start = &self.0.options.slow_start;
        self.change(now, |roster, now| {
            expire(roster, options, slow_start, now)?;
            let mut due: Vec<(f64, u64)> = Vec::new();
            for (place, record) in roster.records.iter().filter(|(_, record)| record.draining.is_none()) {
                due.extend(record.checks.due().filter(|due| now >= *due).map(|due| (due, *place)));
            }
            if due.len() > most {
                due.sort_by(|a, b| a.0.total_cmp(&b.0));
                due.truncate(most);
            }
            let begun = due.into_iter().filter_map(|(_, place)| {
                let record = roster.records.get_mut(&place)?;
                record.checks.begin(now);
                let (id, address) = (record.instance.id.to_string(), address(record));
                Some(DueCheck { id, address, timeout: options.timeout })
            });
            Ok(begun.collect())
        })
    }

    /// When [`LoadBalancer::due_checks`] has something again, in Unix seconds.
    pub fn next_check(&self) -> Option<f64> {
        let options = self.0.options.health_check.as_ref()?;
        let roster = self.0.roster.lock();
        let checked = roster.records.values().filter(|record| record.draining.is_none());
        checked.map(|record| record.checks.next(options)).min_by(f64::total_cmp)
    }

    /// The answer of a check. Where a check has had none in time and has failed for that, a later one does not count.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance).
    pub fn report_check(&self, id: &str, passed: bool, now: f64) -> Result<()> {
        self.answer(id, if passed { Answer::Passed } else { Answer::Failed("") }, now)
    }

    /// A check has failed, and why, in words such as "it said 500": snapshots and errors repeat them.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance).
    ///
    /// ```
    /// use opusclip_core::balance::{BalancerOptions, HealthCheckOptions, InstanceOptions, LoadBalancer};
    /// let health_check = Some(HealthCheckOptions::default());
    /// let balancer = LoadBalancer::new(BalancerOptions { health_check, ..BalancerOptions::default() })?;
    /// balancer.add_instance("a", InstanceOptions::default(), 0.0)?;
    /// balancer.report_failed_check("a", "it refused the connection", 1.0)?;
    /// assert_eq!(balancer.snapshot(1.0)?.instances[0].reason, "its checks failed: it refused the connection");
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn report_failed_check(&self, id: &str, reason: &str, now: f64) -> Result<()> {
        self.answer(id, Answer::Failed(reason), now)
    }

    fn answer(&self, id: &str, answer: Answer<'_>, now: f64) -> Result<()> {
        let options = self.0.options.health_check.clone().unwrap_or_default();
        let slow_start = &self.0.options.slow_start;
        self.change(now, |roster, now| {
            let record = roster.record(id)?;
            let before = record.checks.healthy();
            record.checks.report(&options, record.check_seed, answer, now);
            // One passed check says nothing where two are asked for.
            if record.checks.healthy() != before || (answer == Answer::Passed && record.checks.healthy()) {
                roster.health_moved(id, before, slow_start, now)?;
            }
            Ok(())
        })
    }
}

/// Let checks fail that have had no answer in time.
fn expire(roster: &mut Roster, options: &HealthCheckOptions, slow_start: &SlowStartOptions, now: f64) -> Result<()> {
    let mut moved = Vec::new();
    for record in roster.records.values_mut().filter(|record| record.draining.is_none()) {
        let before = record.checks.healthy();
        record.checks.expire(options, record.check_seed, now);
        if record.checks.healthy() != before {
            moved.push((record.instance.id.clone(), before));
        }
    }
    moved.iter().try_for_each(|(id, before)| roster.health_moved(id, *before, slow_start, now).map(drop))
}

/// Where an instance is.
fn address(record: &Record) -> String {
    let instance = &record.instance;
    instance.metadata.get("url").map_or_else(|| instance.id.to_string(), Clone::clone)
}
