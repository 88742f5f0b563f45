//! A table is made of the roster.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Inner;
use super::hash::mix;
use super::health::{panics, tier_shares};
use super::roster::{Record, Roster};
use super::strategy::Members;
use super::table::{Group, Member, Table, View};
use super::types::{InstanceState, TierSnapshot};

impl Inner {
    /// Let those who pick see the roster as it is.
    pub(super) fn publish(&self, roster: &mut Roster, now: f64) {
        let views = (0..roster.subsets.len()).map(|view| self.view(roster, view, now)).collect();
        self.table.store(Table { views, seed: mix(self.options.seed) });
        roster.published = true;
        self.due.set(self.next_due(roster, now));
    }

    fn view(&self, roster: &mut Roster, view: usize, now: f64) -> View {
        let wanted = roster.subsets.get(view).cloned().unwrap_or_default();
        let has = |record: &&Record| wanted.iter().all(|(key, value)| record.instance.metadata.get(key) == Some(value));
        let mut tiers: BTreeMap<u32, Vec<&Record>> = BTreeMap::new();
        for record in roster.records.values().filter(|record| record.counts()).filter(has) {
            tiers.entry(record.instance.tier).or_default().push(record);
        }
        let healthy = |records: &[&Record]| records.iter().filter(|record| record.state().is_well()).count();
        let percent: Vec<f64> =
            tiers.values().map(|records| 100.0 * healthy(records) as f64 / records.len().max(1) as f64).collect();
        let shares = tier_shares(&percent, self.options.overprovisioning_factor);
        let panic: Vec<bool> =
            percent.iter().map(|percent| panics(*percent, &shares, self.options.panic_threshold)).collect();
        // Where nobody is well, the first tier has everything.
        let none_well = shares.available <= 0.0;
        let mut groups = Vec::new();
        let mut summaries = Vec::new();
        let mut sum = 0.0;
        for (at, ((tier, records), panic)) in tiers.iter().zip(&panic).enumerate() {
            let share = if none_well {
                if at == 0 { 100.0 } else { 0.0 }
            } else {
                shares.percent.get(at).copied().unwrap_or(0.0)
            };
            summaries.push(TierSnapshot {
                tier: *tier,
                instances: records.len() as u64,
                healthy: healthy(records) as u64,
                share,
                panic: *panic,
            });
            let (near, near_share) = self.zones(records, *panic);
            for (is_near, part) in [(true, near_share), (false, 1.0 - near_share)] {
                let members = records.iter().filter(|record| *panic || record.state().is_well());
                let members =
                    members.filter(|record| near.is_none_or(|zone| (*record.instance.zone == *zone) == is_near));
                let members: Box<[Member]> = if near.is_none() && !is_near {
                    Box::default()
                } else {
                    members.map(|record| self.member(record, *panic, now)).collect()
                };
                sum += share / 100.0 * part;
                if !members.is_empty() {
                    groups.push((*tier, is_near, members, sum));
                }
            }
        }
        if view == 0 {
            roster.tiers = summaries;
        }
        // Rounding must leave no gap at the end.
        if let Some(last) = groups.iter_mut().rev().find(|(_, _, _, until)| *until > 0.0) {
            last.3 = if last.3 > 1.0 - 1e-9 { 1.0 } else { last.3 };
        }
        let groups = groups.into_iter().map(|(tier, near, members, until)| {
            let turns = Arc::clone(roster.turns.entry((view, Some((tier, near)))).or_default());
            let chooser = self.strategy.prepare(&Members::new(&members));
            Group { members, chooser, until, turns }
        });
        let groups = groups.collect();
        View { groups, turns: Arc::clone(roster.turns.entry((view, None)).or_default()) }
    }

    /// The zone that is preferred in a tier, if any, and its share: all while it is well enough, then as much as its
    /// healthy instances are meant for.
    fn zones(&self, records: &[&Record], panic: bool) -> (Option<&str>, f64) {
        let Some(zone) = self.options.local_zone.as_deref().filter(|_| !panic) else { return (None, 1.0) };
        let near = || records.iter().filter(|record| *record.instance.zone == *zone);
        let (all, well) = (near().count(), near().filter(|record| record.state().is_well()).count());
        if all == 0 || well == 0 {
            return (None, 1.0);
        }
        let others_well = records.iter().any(|record| *record.instance.zone != *zone && record.state().is_well());
        let share = (well as f64 / all as f64 * self.options.overprovisioning_factor).min(1.0);
        (Some(zone), if others_well { share } else { 1.0 })
    }

    fn member(&self, record: &Record, panic: bool, now: f64) -> Member {
        let recovering = record.state() == InstanceState::Recovering && !panic;
        let limit = if recovering { 1 } else { record.limit };
        let warming = record.warming.filter(|warming| now < warming.until());
        Member {
            instance: record.instance.clone(),
            weight: record.weight * record.factor,
            limit,
            gated: limit != u64::MAX || warming.is_some(),
            warming: warming.map(Box::new),
        }
    }

    /// When the roster changes by itself next.
    fn next_due(&self, roster: &Roster, now: f64) -> f64 {
        let mut due = f64::INFINITY;
        let mut consider = |time: f64| due = f64::min(due, time);
        roster.next_turn.iter().chain(&roster.next_sweep).chain(&roster.next_factors).for_each(|time| consider(*time));
        for record in roster.records.values() {
            if let Some((until, _)) = record.ejection.now {
                consider(until);
            }
            if let Some(deadline) = record.draining {
                consider(deadline.min(now + DRAIN_LOOK));
            }
            if let Some(warming) = record.warming {
                consider(warming.until());
            }
        }
        due
    }
}

/// Seconds between looks at whether a draining instance has ended its requests.
const DRAIN_LOOK: f64 = 0.25;
