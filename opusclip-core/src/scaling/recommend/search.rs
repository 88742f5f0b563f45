//! The best target of a way of scaling, by the first part of a history.

use super::ways::Way;
use super::{RecommendOptions, STAGE};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::scaling::simulate::{Plant, ScalingSimulation, Trace, play};

/// Targets of the sweep, in thousandths of what an instance can do: close to its limits, a hundredth is too coarse to tell
/// levels apart.
const SWEEP: [u32; 7] = [300, 400, 500, 600, 700, 800, 900];
/// Between two of them.
const STRIDE: u32 = 100;
/// Halves of that until neighbours are left.
const BISECTIONS: usize = 7;
/// How far a target that misses the level is lowered at once, in thousandths.
pub(super) const TIGHTER: u32 = 50;
/// The lowest target: what is late with four fifths of all instances idle is late with more of them, too.
pub(super) const LOWEST: u32 = 200;
/// Simulated seconds after which a run looks whether it is to stop: some milliseconds.
const LOOK: usize = 1000;
/// The share of the searched part that policies learn from, before results count.
const LEARNING: f64 = 1.0 / 3.0;
/// Shorter parts of a history, in seconds, show nothing.
const SHORTEST: f64 = 3600.0;

/// The part of a history that is searched.
#[derive(Debug)]
pub(super) struct Search<'a> {
    options: &'a RecommendOptions,
    trace: Trace,
    plant: Plant,
}

/// The best target, and how it went in the search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) target: f64,
    /// Whether the level was held with every seed.
    pub(super) holds: bool,
    /// The median of all seeds.
    pub(super) cost_micros: i64,
    /// The worst of all seeds.
    pub(super) violations: f64,
}

pub(super) fn share(thousandths: u32) -> f64 {
    f64::from(thousandths) / 1000.0
}

/// A run that can be stopped. `watch` hears of the number of instances.
pub(super) fn run(
    trace: &Trace,
    plant: &Plant,
    way: &Way,
    target: f64,
    seed: u64,
    control: &Control,
    mut watch: impl FnMut(u32),
) -> Result<ScalingSimulation> {
    play(trace, plant, &way.policy(trace, plant, target), seed, |moment| {
        watch(moment.instances);
        if moment.second.is_multiple_of(LOOK) { control.check() } else { Ok(()) }
    })
}

impl<'a> Search<'a> {
    pub(super) fn new(trace: &Trace, options: &'a RecommendOptions) -> Result<Self> {
        let share = options.plant.warm_up;
        let parts = [share, 1.0 - share].map(|share| share * trace.duration());
        if parts.iter().any(|part| *part < SHORTEST) {
            let message = format!("the history has {:.0} s, of which {:.0} s are searched", trace.duration(), parts[0]);
            return Err(Error::new(ErrorCode::DataTooFew, message)
                .field("trace")
                .hint("an hour is needed to search and another one to judge; two weeks are good"));
        }
        let steps = ((trace.rates.len() as f64 * share).floor() as usize).max(2);
        let rates = trace.rates.iter().take(steps).copied().collect();
        let trace = Trace { rates, ..Trace { rates: Vec::new(), ..*trace } };
        Ok(Self { options, trace, plant: Plant { warm_up: LEARNING, ..options.plant.clone() } })
    }

    /// The target at which a way is cheapest, of those that hold the level with every seed; the lowest one where none does.
    pub(super) fn best(&self, way: &Way, control: &Control) -> Result<Found> {
        let mut work = Work { control, done: 0, all: SWEEP.len() + BISECTIONS * self.options.seeds.len() };
        let mut swept = Vec::with_capacity(SWEEP.len());
        for thousandths in SWEEP {
            let first = self.options.seeds.get(..1).unwrap_or_default();
            let tried = self.tried(way, thousandths, first, &mut work)?;
            swept.push((thousandths, tried));
        }
        let holding = swept.iter().filter(|(_, tried)| tried.holds);
        let mut low =
            holding.min_by_key(|(_, tried)| tried.cost_micros).map_or(SWEEP[0], |(thousandths, _)| *thousandths);
        let mut best = self.tried(way, low, &self.options.seeds, &mut work)?;
        let mut high = low + STRIDE;
        while !best.holds && low > LOWEST {
            high = low;
            low -= TIGHTER;
            best = self.tried(way, low, &self.options.seeds, &mut work)?;
        }
        while best.holds && high - low > 1 {
            let middle = u32::midpoint(low, high);
            let tried = self.tried(way, middle, &self.options.seeds, &mut work)?;
            if tried.holds && tried.cost_micros <= best.cost_micros {
                (low, best) = (middle, tried);
            } else {
                high = middle;
            }
        }
        Ok(best)
    }

    /// A target with some seeds, of which the first that misses the level is the last.
    fn tried(&self, way: &Way, thousandths: u32, seeds: &[u64], work: &mut Work<'_>) -> Result<Found> {
        let mut costs = Vec::with_capacity(seeds.len());
        let mut found = Found { target: share(thousandths), holds: true, cost_micros: 0, violations: 0.0 };
        for seed in seeds {
            let result = run(&self.trace, &self.plant, way, found.target, *seed, work.control, |_| ())?;
            work.step();
            costs.push(result.cost_micros);
            found.violations = found.violations.max(result.violations);
            if result.violations > self.options.violations {
                found.holds = false;
                break;
            }
        }
        costs.sort_unstable();
        found.cost_micros = costs.get(costs.len().saturating_sub(1) / 2).copied().unwrap_or_default();
        Ok(found)
    }
}

/// How far a search has come: it cannot know how many runs it will take.
struct Work<'a> {
    control: &'a Control,
    done: usize,
    all: usize,
}

impl Work<'_> {
    fn step(&mut self) {
        self.done += 1;
        self.control.report(STAGE, self.done as f64 / self.all.max(self.done) as f64);
    }
}
