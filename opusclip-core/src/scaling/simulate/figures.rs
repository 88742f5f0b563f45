//! The figures that runs are told by, wherever they are shown.

use super::compare::{ScalingComparison, ScalingRun};

/// A figure of a run.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Its name and unit.
    pub title: &'static str,
    /// Digits after the point.
    pub digits: usize,
    /// The figure; NaN where the run has none.
    pub of: fn(&ScalingRun) -> f64,
}

const fn figure(title: &'static str, digits: usize, of: fn(&ScalingRun) -> f64) -> Figure {
    Figure { title, digits, of }
}

const FIGURES: [Figure; 11] = [
    figure("violations %", 3, |run| run.result.violations * 100.0),
    figure("minutes %", 1, |run| run.result.violating_minutes * 100.0),
    figure("dropped %", 3, |run| run.result.dropped * 100.0),
    figure("hours", 1, |run| run.result.instance_hours),
    figure("cost", 2, |run| run.result.cost_micros as f64 / 1e6),
    figure("usage %", 1, |run| run.result.usage * 100.0),
    figure("turns/day", 1, |run| run.result.reversals_per_day),
    figure("p50 ms", 0, |run| run.result.p50),
    figure("p95 ms", 0, |run| run.result.p95),
    figure("p99 ms", 0, |run| run.result.p99),
    figure("mean ms", 0, |run| run.result.mean),
];

/// Of runs request by request.
const OF_REQUESTS: [Figure; 2] = [
    figure("burst %", 3, |run| run.requests.as_ref().map_or(f64::NAN, |found| found.burst_violations * 100.0)),
    figure("calm %", 3, |run| run.requests.as_ref().map_or(f64::NAN, |found| found.calm_violations * 100.0)),
];

impl ScalingComparison {
    /// The figures that its runs are told by: `violations %` of requests, `minutes %` with over a hundredth of them,
    /// `burst %` of requests after growing, `calm %` at other times, and so on.
    pub fn figures(&self) -> Vec<Figure> {
        let more: &[Figure] = if self.runs.iter().any(|run| run.requests.is_some()) { &OF_REQUESTS } else { &[] };
        FIGURES.iter().chain(more).copied().collect()
    }
}
