//! Who may have a request, and why not.

use crate::balance::options::time;
use crate::balance::roster::{Record, Roster};
use crate::balance::table::{Group, Wanted};
use crate::balance::types::{InstanceExplanation, PickExplanation, PickRequest};
use crate::balance::{Inner, LoadBalancer};
use crate::error::{Error, ErrorCode, Result};

/// Instances that an error names.
const NAMED: usize = 20;

impl LoadBalancer {
    /// What would become of a request now, instance by instance. Nothing is picked and nothing changes.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigNotFinite`] for a time that is none; [`ErrorCode::ConfigInvalid`] for another balancer's subset.
    ///
    /// ```
    /// use opusclip_core::balance::{BalancerOptions, InstanceOptions, LoadBalancer, PickRequest};
    /// let balancer = LoadBalancer::new(BalancerOptions::default())?;
    /// balancer.add_instance("a", InstanceOptions::default(), 0.0)?;
    /// balancer.add_instance("b", InstanceOptions::default(), 0.0)?;
    /// balancer.disable("b", 1.0)?;
    /// let explanation = balancer.explain(&PickRequest::default(), 2.0)?;
    /// assert_eq!(explanation.sentence, "1 of 2 instances may have the request; least_response_time chooses among them");
    /// assert_eq!(explanation.instances[1].reason, "an operator has disabled it");
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn explain(&self, request: &PickRequest<'_>, now: f64) -> Result<PickExplanation> {
        let now = time(now)?;
        let view = self.0.view_of(request)?;
        let mut roster = self.0.roster.lock();
        self.0.bring_up(&mut roster, now);
        let wanted = Wanted { key: None, exclude: request.exclude, now };
        let instances: Vec<InstanceExplanation> =
            roster.records.values().map(|record| self.0.instance(&roster, record, view, wanted)).collect();
        let eligible = instances.iter().filter(|instance| instance.eligible).count();
        let name = self.0.strategy.name();
        let sentence = match self.0.refusal(request.retry) {
            Some(refusal) => format!("the request is refused: {refusal}"),
            None => {
                format!("{eligible} of {} instances may have the request; {name} chooses among them", instances.len())
            }
        };
        let strategy = name.parse().ok();
        Ok(PickExplanation { sentence, strategy, instances })
    }
}

impl Inner {
    fn instance(&self, roster: &Roster, record: &Record, view: usize, wanted: Wanted<'_>) -> InstanceExplanation {
        let (group_share, in_table) = self.share(record, view);
        let reason = self.reason(roster, record, view, wanted);
        let full = record.instance.load.in_flight() >= record.limit;
        let excluded = wanted.exclude.contains(&&*record.instance.id);
        let eligible = in_table && !full && !excluded;
        let reason = if eligible && !record.state().is_well() {
            format!("{reason}, but so few are well that all get requests")
        } else {
            reason
        };
        InstanceExplanation { id: record.instance.id.to_string(), eligible, reason, group_share }
    }

    fn reason(&self, roster: &Roster, record: &Record, view: usize, wanted: Wanted<'_>) -> String {
        let metadata = roster.subsets.get(view);
        let misses =
            metadata.into_iter().flatten().find(|(key, value)| record.instance.metadata.get(*key) != Some(*value));
        if let Some((key, value)) = misses {
            return format!("it is not of the subset: its {key} is not {value}");
        }
        if wanted.exclude.contains(&&*record.instance.id) {
            return "the request excludes it".to_owned();
        }
        record.reason(wanted.now)
    }

    /// The share of requests that the groups of an instance have, and whether it is in one.
    fn share(&self, record: &Record, view: usize) -> (f64, bool) {
        let table = self.table.load();
        let groups = table.views.get(view).map_or(&[][..], |view| &view.groups);
        let mut before = 0.0;
        let mut found = (0.0, false);
        for Group { members, until, .. } in groups {
            if members.iter().any(|member| std::sync::Arc::ptr_eq(&member.instance, &record.instance)) {
                found = (until - before, true);
            }
            before = *until;
        }
        found
    }

    /// Nobody may have a request: why each.
    pub(in super::super) fn no_instance(&self, roster: &Roster, view: usize, wanted: Wanted<'_>) -> Error {
        let all = roster.records.len();
        if all == 0 {
            return Error::new(ErrorCode::BalanceNoInstance, "there are no instances").hint("add one");
        }
        let reason = |record: &Record| format!("{}: {}", record.instance.id, self.reason(roster, record, view, wanted));
        let mut reasons: Vec<String> = roster.records.values().take(NAMED).map(reason).collect();
        if all > NAMED {
            reasons.push(format!("and {} more", all - NAMED));
        }
        let message = format!("none of {all} instances may have the request: {}", reasons.join("; "));
        Error::new(ErrorCode::BalanceNoInstance, message).hint("wait, add instances, or look at their health")
    }
}
