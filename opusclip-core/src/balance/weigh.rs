//! Weights that follow what is seen of instances: what they report of their load, and how long they take.

use super::Inner;
use super::latency::Histogram;
use super::load_report::{self, LOOK, Reported};
use super::roster::Roster;

/// Answers of the last half minute or so that say how long an instance takes.
const ENOUGH: u64 = 20;
/// An instance counts at most so many times what it does by its weight alone, and at least the inverse.
const FURTHEST: f64 = 10.0;

impl Inner {
    /// Let weights follow, where it is time for that.
    pub(super) fn weigh(&self, roster: &mut Roster, now: f64) {
        let by_time = self.options.response_time.weights;
        if roster.next_factors.or(by_time.then_some(now)).is_none_or(|due| now < due) {
            return;
        }
        let reported: Vec<Option<Reported>> = roster.records.values().map(|record| record.reported).collect();
        let factors = load_report::factors(&reported, &self.options.load_reports, now);
        roster.records.values_mut().zip(&factors).for_each(|(record, factor)| record.factor = *factor);
        if by_time {
            weigh_by_time(roster);
        }
        let goes_on = by_time || reported.iter().any(Option::is_some);
        roster.next_factors = goes_on.then_some(now + LOOK);
    }
}

/// Half the way, on a scale of ratios, to what the times of now ask for: times follow weights, too.
fn weigh_by_time(roster: &mut Roster) {
    let medians: Vec<Option<f64>> = roster
        .records
        .values()
        .map(|record| {
            let mut recent = Histogram::new();
            record.instance.load.latencies.add_to(&mut recent);
            recent.quantile(0.5).filter(|_| recent.count() >= ENOUGH)
        })
        .collect();
    for (record, wanted) in roster.records.values_mut().zip(paces(&medians)) {
        record.pace = (record.pace * wanted).sqrt();
        record.factor *= (record.pace * 100.0).round() / 100.0;
    }
}

/// How many times as quick as the one in the middle each is; 1 where nothing is known of it, or of fewer than two.
fn paces(medians: &[Option<f64>]) -> Vec<f64> {
    let mut known: Vec<f64> = medians.iter().flatten().copied().filter(|time| *time > 0.0).collect();
    known.sort_by(f64::total_cmp);
    let middle = known.get(known.len() / 2).copied().filter(|_| known.len() > 1);
    let pace = |time: &Option<f64>| match (middle, *time) {
        (Some(middle), Some(time)) if time > 0.0 => (middle / time).clamp(1.0 / FURTHEST, FURTHEST),
        _ => 1.0,
    };
    medians.iter().map(pace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::balance::{
        BalancerOptions, BalancingStrategy, InstanceOptions, LoadBalancer, PickRequest, RequestOutcome,
        ResponseTimeOptions,
    };

    #[test]
    fn paces_are_ratios_to_the_one_in_the_middle() {
        assert_eq!(paces(&[Some(0.1), Some(0.2), Some(0.4)]), [2.0, 1.0, 0.5]);
        assert_eq!(paces(&[Some(0.1), None, Some(5.0), Some(0.1)]), [1.0, 1.0, 0.1, 1.0], "a tenth is the least");
        assert_eq!(paces(&[Some(0.1), None]), [1.0, 1.0], "one alone says nothing");
    }

    /// Requests of 0.1 and 0.2 s, one after the other: twice as many come to go to the quicker one.
    #[test]
    fn an_instance_that_takes_twice_as_long_gets_half_as_much() {
        let response_time = ResponseTimeOptions { weights: true, ..ResponseTimeOptions::default() };
        let options = BalancerOptions { response_time, ..BalancerOptions::of(BalancingStrategy::WeightedRoundRobin) };
        let balancer = LoadBalancer::new(options).unwrap();
        for id in ["quick", "slow", "slow too"] {
            balancer.add_instance(id, InstanceOptions::default(), 0.0).unwrap();
        }
        let mut counts = [0_u32; 2];
        for at in 0..30_000 {
            let now = f64::from(at) * 0.01;
            let mut pick = balancer.pick(&PickRequest::default(), now).unwrap();
            let quick = pick.id() == "quick";
            if at >= 20_000 {
                counts[usize::from(quick)] += 1;
            }
            pick.end(crate::balance::RequestEnd::of(RequestOutcome::Success, now + if quick { 0.1 } else { 0.2 }));
        }
        // 2 of 2 + 1 + 1.
        assert!((f64::from(counts[1]) / 10_000.0 - 0.5).abs() < 0.01, "{counts:?}");
    }
}
