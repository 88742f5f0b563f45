//! Numbers that are asked for their quantiles: gauges, histograms, summaries.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::FARTHEST;
use super::clock::second;
use super::raw::{Budget, Raw};
use super::sketch::{Packed, Sketch};
use super::snapshot::DistributionState;
use super::stripe::Stripes;
use super::tiers::{Cell, Plan, Slot, Tiers};

/// What was recorded within a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Summary {
    pub(super) count: u64,
    pub(super) sum: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    sketch: Packed,
}

/// The accuracy of packed sketches does not matter for adding them.
const ANY_ACCURACY: f64 = 0.01;

impl Summary {
    /// Whether it may come from recording.
    pub(super) fn is_sound(&self) -> bool {
        // False for NaN too.
        let finite = self.sum.is_finite() && self.min.is_finite() && self.max.is_finite();
        self.count > 0 && finite && self.min <= self.max && self.sketch.is_sound()
    }
}

impl Cell for Summary {
    type Total = Counts;

    fn enter(&self, total: &mut Counts) {
        total.0.add_packed(&self.sketch);
    }

    fn leave(&self, total: &mut Counts) {
        total.0.take_packed(&self.sketch);
    }

    fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        let mut both = Sketch::new(ANY_ACCURACY);
        both.add_packed(&self.sketch);
        both.add_packed(&other.sketch);
        self.sketch = both.pack();
    }
}

/// What the sketches of slots add up to.
#[derive(Debug)]
pub(super) struct Counts(Sketch);

impl Default for Counts {
    fn default() -> Self {
        Self(Sketch::new(ANY_ACCURACY))
    }
}

/// Several slots together.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub(super) count: u64,
    pub(super) sum: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) sketch: Sketch,
}

impl Whole {
    pub(super) fn new(accuracy: f64) -> Self {
        let sketch = Sketch::new(accuracy);
        Self { count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, sketch }
    }

    #[inline]
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.min = if value < self.min { value } else { self.min };
        self.max = if value > self.max { value } else { self.max };
        self.sketch.add(value);
    }

    fn add_all(&mut self, values: &[f64]) {
        // In registers until all are seen.
        let (mut sum, mut min, mut max) = (self.sum, self.min, self.max);
        for value in values {
            sum += value;
            min = if *value < min { *value } else { min };
            max = if *value > max { *value } else { max };
            self.sketch.add(*value);
        }
        self.count += values.len() as u64;
        (self.sum, self.min, self.max) = (sum, min, max);
    }

    pub(super) fn absorb(&mut self, slot: &Summary) {
        self.absorb_but_sketch(slot);
        self.sketch.add_packed(&slot.sketch);
    }

    fn absorb_but_sketch(&mut self, slot: &Summary) {
        self.count += slot.count;
        self.sum += slot.sum;
        self.min = self.min.min(slot.min);
        self.max = self.max.max(slot.max);
    }

    /// A share of the values is below. The sketch knows it to its relative error, the least and the greatest exactly.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        self.sketch.quantile(share).map(|value| value.clamp(self.min, self.max))
    }

    fn take(&mut self) -> Summary {
        let (count, sum, min, max) = (self.count, self.sum, self.min, self.max);
        let summary = Summary { count, sum, min, max, sketch: self.sketch.pack() };
        self.sketch.clear();
        (self.count, self.sum, self.min, self.max) = (0, 0.0, f64::INFINITY, f64::NEG_INFINITY);
        summary
    }
}

/// When values of a batch were observed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Times<'a> {
    All(f64),
    Each(&'a [f64]),
}

impl Times<'_> {
    fn first(self) -> f64 {
        match self {
            Self::All(time) => time,
            Self::Each(times) => times.first().copied().unwrap_or(f64::NAN),
        }
    }

    /// Without the first ones.
    fn after(self, done: usize) -> Self {
        match self {
            Self::All(_) => self,
            Self::Each(times) => Self::Each(times.get(done..).unwrap_or_default()),
        }
    }
}

/// So many observations of a batch are recorded at once.
const PART: usize = 4096;

/// The first values that lie in a second and are finite.
fn run<'a>(times: Times<'_>, wanted: i64, values: &'a [f64]) -> &'a [f64] {
    let length = match times {
        Times::All(_) => values.len(),
        Times::Each(times) => times.iter().take_while(|time| second(**time) == wanted).count().min(values.len()),
    };
    let values = values.get(..length).unwrap_or(values);
    // Without a branch for each, as nearly always all are.
    if values.iter().fold(true, |all, value| all & value.is_finite()) {
        return values;
    }
    let finite = values.iter().take_while(|value| value.is_finite()).count();
    values.get(..finite).unwrap_or_default()
}

/// What one thread recorded in the running second.
#[derive(Debug)]
struct Live {
    second: i64,
    whole: Whole,
    /// Time and value of the latest.
    last: (f64, f64),
    raw: Raw,
}

impl Live {
    fn new(accuracy: f64, budget: &Arc<Budget>) -> Self {
        let (whole, raw) = (Whole::new(accuracy), Raw::new(Arc::clone(budget)));
        Self { second: i64::MIN, whole, last: (f64::NEG_INFINITY, 0.0), raw }
    }

    #[inline]
    fn add(&mut self, time: f64, value: f64) {
        self.whole.add(value);
        if time >= self.last.0 {
            self.last = (time, value);
        }
        self.raw.add(time, value);
    }

    /// Values of one second.
    fn add_all(&mut self, times: Times<'_>, values: &[f64]) {
        self.whole.add_all(values);
        match times {
            Times::All(time) => {
                if let Some(last) = values.last().filter(|_| time >= self.last.0) {
                    self.last = (time, *last);
                }
                values.iter().for_each(|value| self.raw.add(time, *value));
            }
            Times::Each(times) => {
                for (time, value) in times.iter().zip(values) {
                    if *time >= self.last.0 {
                        self.last = (*time, *value);
                    }
                    self.raw.add(*time, *value);
                }
            }
        }
    }
}

/// The state of one distribution.
#[derive(Debug)]
pub(super) struct DistributionSeries {
    plan: Arc<Plan>,
    accuracy: f64,
    budget: Arc<Budget>,
    stripes: Stripes<Mutex<Live>>,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    tiers: Tiers<Summary>,
    count: u64,
    sum: f64,
    /// Time and value of the latest.
    last: (f64, f64),
}

impl DistributionSeries {
    pub(super) fn new(plan: Arc<Plan>, accuracy: f64, budget: Arc<Budget>) -> Self {
        let kept = Kept { tiers: Tiers::new(&plan), count: 0, sum: 0.0, last: (f64::NEG_INFINITY, f64::NAN) };
        Self { plan, accuracy, budget, stripes: Stripes::new(), kept: Mutex::new(kept) }
    }

    /// Record a finite value; `false` where its second is older than what is kept, or `ahead`, which is asked of a new
    /// second.
    #[inline]
    pub(super) fn add(&self, time: f64, value: f64, ahead: impl FnOnce() -> bool) -> bool {
        let second = second(time);
        let mut live = self.mine().lock();
        if live.second != second && (ahead() || !self.turn(&mut live, second)) {
            return false;
        }
        live.add(time, value);
        true
    }

    /// Record values together, of times of their own or of one. Gives each back that is not taken: one that is not
    /// finite, and as [`DistributionSeries::add`].
    pub(super) fn add_all(
        &self,
        times: Times<'_>,
        values: &[f64],
        ahead: impl Fn(f64) -> bool,
        mut refused: impl FnMut(f64, f64),
    ) {
        let (mut times, mut values) = (times, values);
        while !values.is_empty() {
            let mut live = self.mine().lock();
            // Others get their turn between parts.
            let mut left = PART;
            while let (Some((first, rest)), true) = (values.split_first(), left > 0) {
                let time = times.first();
                let second = second(time);
                let sound = first.is_finite() && time.abs() <= FARTHEST;
                let done = if sound && (live.second == second || (!ahead(time) && self.turn(&mut live, second))) {
                    let run = run(times, second, values.get(..left).unwrap_or(values));
                    live.add_all(times, run);
                    run.len()
                } else {
                    refused(time, *first);
                    1
                };
                (times, values) = (times.after(done), rest.get(done - 1..).unwrap_or_default());
                left = left.saturating_sub(done);
            }
        }
    }

    #[inline]
    fn mine(&self) -> &Mutex<Live> {
        self.stripes.mine(|| Mutex::new(Live::new(self.accuracy, &self.budget))).0
    }

    /// Begin another second; `false` where it is older than what is kept.
    #[cold]
    fn turn(&self, live: &mut Live, second: i64) -> bool {
        let mut kept = self.kept.lock();
        self.collect(&mut kept, live);
        if second <= kept.tiers.head() - self.plan.span() {
            return false;
        }
        kept.tiers.advance(&self.plan, second);
        live.second = second;
        true
    }

    /// Move what a thread recorded into its slot.
    fn collect(&self, kept: &mut Kept, live: &mut Live) {
        if live.whole.count > 0 {
            let summary = live.whole.take();
            kept.count += summary.count;
            kept.sum += summary.sum;
            if live.last.0 >= kept.last.0 {
                kept.last = live.last;
            }
            // Never given back: `turn` looked whether there is a slot, and the head moves on by more only where a thread slept.
            let _ = kept.tiers.put(&self.plan, live.second, summary);
        }
    }

    fn collect_all(&self) -> parking_lot::MutexGuard<'_, Kept> {
        // The order of locks is that of `turn`: a stripe, then what is kept.
        for (stripe, _) in self.stripes.all() {
            let mut live = stripe.lock();
            self.collect(&mut self.kept.lock(), &mut live);
        }
        self.kept.lock()
    }

    /// Count and sum of all that was ever recorded, and the latest observation.
    pub(super) fn totals(&self) -> (u64, f64, Option<(f64, f64)>) {
        let kept = self.collect_all();
        (kept.count, kept.sum, (kept.count > 0).then_some(kept.last))
    }

    /// All of it, for another process.
    pub(super) fn save(&self) -> DistributionState {
        let kept = self.collect_all();
        let slots = kept.tiers.range(&self.plan, i64::MIN, i64::MAX);
        let slots = slots.map(|(slot, cell)| (slot.begin, slot.length, cell.clone())).collect();
        DistributionState { count: kept.count, sum: kept.sum, last: kept.last, slots }
    }

    /// Add what another process saved.
    pub(super) fn take(&self, state: DistributionState) {
        let mut kept = self.kept.lock();
        kept.count += state.count;
        kept.sum += state.sum;
        // Of two at the same moment the greater, so that the order of snapshots does not matter.
        let later = state.last.0.total_cmp(&kept.last.0).then(state.last.1.total_cmp(&kept.last.1));
        if later.is_gt() {
            kept.last = state.last;
        }
        kept.tiers.take(&self.plan, state.slots);
    }

    /// Add what was recorded in a window to `whole`: slots that begin after one second and not after another. `reached`
    /// says whether that second has come, so that time may pass until then.
    pub(super) fn add_window(&self, after: i64, until: i64, reached: bool, whole: &mut Whole) {
        let mut kept = self.collect_all();
        if reached {
            kept.tiers.advance(&self.plan, until);
        }
        match self.plan.tier(until.saturating_sub(after)).filter(|_| kept.tiers.head() == until) {
            // All slots of these tiers lie within the window.
            Some(tier) => {
                kept.tiers.totals(tier).for_each(|total| whole.sketch.add_all(&total.0));
                let slots = kept.tiers.range(&self.plan, after, until);
                slots.for_each(|(_, slot)| whole.absorb_but_sketch(slot));
            }
            None => kept.tiers.range(&self.plan, after, until).for_each(|(_, slot)| whole.absorb(slot)),
        }
    }

    /// Take out what is kept beyond the windows and ended by a second.
    pub(super) fn drain(&self, until: i64) -> Vec<(i64, i64, Summary)> {
        self.kept.lock().tiers.drain(&self.plan, until)
    }

    /// As if it had never been taken out.
    pub(super) fn put_back(&self, slots: Vec<(i64, i64, Summary)>) {
        self.kept.lock().tiers.take(&self.plan, slots);
    }

    /// The slots that begin after one second and not after another.
    pub(super) fn visit(&self, after: i64, until: i64, mut visit: impl FnMut(Slot, &Summary)) {
        let kept = self.collect_all();
        kept.tiers.range(&self.plan, after, until).for_each(|(slot, cell)| visit(slot, cell));
    }

    /// All observations later than a time, in order, if none of them had to be given up.
    pub(super) fn raw(&self, after: f64, until: f64) -> Option<Vec<(f64, f64)>> {
        let mut found: Vec<(f64, f64)> = Vec::new();
        for (stripe, _) in self.stripes.all() {
            found.extend(stripe.lock().raw.between(after, until)?);
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(found)
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let kept = self.collect_all();
        let slots = kept.tiers.range(&self.plan, i64::MIN, i64::MAX);
        let slots: usize = slots.map(|(_, cell)| size_of::<(i64, Summary)>() + cell.sketch.bytes()).sum();
        drop(kept);
        let live = |(stripe, _): (&Mutex<Live>, bool)| {
            let live = stripe.lock();
            size_of::<Live>() + live.whole.sketch.bytes() + live.raw.bytes()
        };
        size_of::<Self>() + slots + self.stripes.all().map(live).sum::<usize>()
    }
}
