//! A metric over time within a window.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Collector;
use super::distinct::Members;
use super::query::Stretch;
use super::registry::{Series, State};
use super::types::MetricType;
use crate::analytics::Samples;
use crate::error::Result;

impl Collector {
    /// A metric over time within a window: the single observations while all of them are kept, means of slots
    /// otherwise, of several series side by side in order of time. Of a counter it is the rate for each second, of
    /// distinct members how many there were, in equal parts of a sixtieth of the window; where nothing was recorded
    /// after the metric had begun that is 0.
    ///
    /// # Errors
    /// As [`Collector::window`].
    pub fn samples(&self, name: &str, labels: &[(&str, &str)], window: &str, now: Option<f64>) -> Result<Samples> {
        let found = self.0.registry.matching(name, labels)?;
        let stretch = self.stretch(window, now)?;
        match found.first().map(|series| series.metric_type) {
            Some(MetricType::Counter) => rates(&found, &stretch),
            Some(MetricType::Distinct) => members(&found, &stretch),
            _ => match raw(&found, &stretch) {
                Some(raw) => {
                    let (times, values) = raw.into_iter().unzip();
                    Samples::new(times, values)
                }
                None => means(&found, &stretch),
            },
        }
    }
}

/// Equal parts of a window, the last of which ends with it.
#[derive(Debug, Clone, Copy)]
struct Parts {
    begin: i64,
    step: i64,
    count: usize,
}

/// A window has so many parts, or one for each second.
const PARTS: i64 = 60;

impl Parts {
    fn of(stretch: &Stretch) -> Self {
        let length = stretch.until - stretch.after;
        let step = (length / PARTS).max(1);
        let count = length / step;
        Self { begin: stretch.until + 1 - count * step, step, count: count as usize }
    }

    /// The part that a second lies in; the first one for what is earlier.
    fn at(&self, second: i64) -> usize {
        ((second - self.begin).max(0) / self.step) as usize
    }

    /// Call with each part that a slot touches, and the share of the slot that lies in it.
    fn spread(&self, start: i64, slot: i64, mut call: impl FnMut(usize, f64)) {
        let end = self.begin + self.count as i64 * self.step;
        let (from, to) = (start.max(self.begin), (start + slot).min(end));
        if from >= to {
            return;
        }
        for part in self.at(from)..=self.at(to - 1) {
            let begin = self.begin + part as i64 * self.step;
            let overlap = to.min(begin + self.step) - from.max(begin);
            call(part, overlap as f64 / slot as f64);
        }
    }

    /// Values of the parts from the first one on in which there was anything, or something before.
    fn samples(&self, first: usize, values: impl Iterator<Item = f64>) -> Result<Samples> {
        let time = |part: usize| self.begin as f64 + (part as f64 + 0.5) * self.step as f64;
        let (times, values) = values.enumerate().skip(first).map(|(part, value)| (time(part), value)).unzip();
        Samples::new(times, values)
    }
}

fn rates(found: &[Arc<Series>], stretch: &Stretch) -> Result<Samples> {
    let parts = Parts::of(stretch);
    let (mut sums, mut first) = (vec![0.0; parts.count], parts.count);
    for series in found {
        let State::Counter(counter) = &series.state else { continue };
        counter.visit(i64::MIN, stretch.until, |slot, rise| {
            first = first.min(parts.at(slot.begin));
            parts.spread(slot.begin, slot.covered, |part, share| {
                if let Some(sum) = sums.get_mut(part) {
                    *sum += rise * share;
                }
            });
        });
    }
    parts.samples(first, sums.into_iter().map(|sum| sum / parts.step as f64))
}

fn members(found: &[Arc<Series>], stretch: &Stretch) -> Result<Samples> {
    let parts = Parts::of(stretch);
    let (mut sets, mut first) = (vec![Members::default(); parts.count], parts.count);
    for series in found {
        let State::Distinct(distinct) = &series.state else { continue };
        distinct.visit(i64::MIN, stretch.until, |slot, members| {
            first = first.min(parts.at(slot.begin));
            if let Some(set) = sets.get_mut(parts.at(slot.begin)).filter(|_| slot.begin >= parts.begin) {
                set.add_all(members);
            }
        });
    }
    parts.samples(first, sets.iter().map(Members::count))
}

/// Means of slots.
fn means(found: &[Arc<Series>], stretch: &Stretch) -> Result<Samples> {
    // Length, sum and count by begin.
    let mut slots: BTreeMap<i64, (i64, f64, f64)> = BTreeMap::new();
    for series in found {
        let State::Distribution(distribution) = &series.state else { continue };
        distribution.visit(stretch.after, stretch.until, |slot, summary| {
            let entry = slots.entry(slot.begin).or_insert((slot.covered, 0.0, 0.0));
            (entry.1, entry.2) = (entry.1 + summary.sum, entry.2 + summary.count as f64);
        });
    }
    let times = slots.iter().map(|(start, (slot, ..))| *start as f64 + *slot as f64 / 2.0).collect();
    Samples::new(times, slots.values().map(|(_, sum, count)| sum / count).collect())
}

/// All single observations of all series, in order, while they are kept.
fn raw(found: &[Arc<Series>], stretch: &Stretch) -> Option<Vec<(f64, f64)>> {
    let mut all = Vec::new();
    for series in found {
        let State::Distribution(distribution) = &series.state else { return None };
        all.extend(distribution.raw(stretch.after as f64, stretch.end)?);
    }
    all.sort_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
    // The clock is coarse: observations of the same moment follow each other, so that none takes another's place.
    let mut last = f64::NEG_INFINITY;
    for (time, _) in &mut all {
        *time = time.max(last + 1e-6);
        last = *time;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Wherever a slot lies, what lies within the window is told once.
        #[test]
        fn slots_are_spread_over_the_parts_they_touch(start in -500_i64..1500, slot in 1_i64..400, length in 1_i64..1000) {
            let parts = Parts::of(&Stretch { after: 0, until: length, end: length as f64 });
            let mut shares = vec![0.0; parts.count];
            parts.spread(start, slot, |part, share| shares[part] += share);
            let inside = (start + slot).min(length + 1) - start.max(parts.begin);
            let wanted = inside.max(0) as f64 / slot as f64;
            prop_assert!((shares.iter().sum::<f64>() - wanted).abs() < 1e-9, "{shares:?}");
            let most = parts.step as f64 / slot as f64;
            prop_assert!(shares.iter().all(|share| *share <= most + 1e-9));
        }
    }
}
