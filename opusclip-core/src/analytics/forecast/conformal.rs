//! Intervals from the errors of the backtest, without a distribution assumed (split conformal prediction; Vovk,
//! Gammerman and Shafer 2005, "Algorithmic Learning in a Random World").
//!
//! Errors of neighbouring steps are brought to one size by their root mean square, so that all of them together tell
//! how many sizes an interval must be wide; the size of each step gives it its shape.

use super::history::History;
use super::numbers::{conformal_quantile, normal_quantile};

/// Errors of the backtest by fold: the step and how far the value lay from the forecast.
pub(super) type Errors = Vec<Vec<(usize, f64)>>;

/// Steps at both sides that tell the size of errors together, as a share of the steps.
const NEIGHBOURS: usize = 12;
/// No step's errors are thought to be smaller than this share of all.
const LEAST_SIZE: f64 = 0.3;

/// Half the width of the interval at each step, from all folds but one.
pub(super) fn half_widths(errors: &Errors, without: Option<usize>, history: &History, level: f64) -> Vec<f64> {
    let compared = history.compared;
    let kept: Vec<&Vec<(usize, f64)>> =
        errors.iter().enumerate().filter(|(fold, _)| Some(*fold) != without).map(|(_, errors)| errors).collect();
    let sizes = sizes(&kept, compared);
    let size = |step: usize| sizes.get(step.min(sizes.len().saturating_sub(1))).copied().unwrap_or(0.0);
    let all = kept.iter().copied().flatten();
    let mut scores: Vec<f64> =
        all.map(|(step, error)| if size(*step) > 0.0 { error.abs() / size(*step) } else { 0.0 }).collect();
    let quantile = conformal_quantile(&mut scores, level) * few(history.independent_folds(), level);
    // Beyond the steps that were compared, errors grow as those of a random walk.
    let growth = |step: usize| if step < compared { 1.0 } else { ((step + 1) as f64 / compared as f64).sqrt() };
    (0..history.horizon).map(|step| quantile * size(step) * growth(step)).collect()
}

/// Root mean square of the errors at each step and its neighbours.
fn sizes(errors: &[&Vec<(usize, f64)>], compared: usize) -> Vec<f64> {
    let mut squares = vec![(0.0, 0.0); compared];
    for (step, error) in errors.iter().copied().flatten() {
        if let Some((sum, count)) = squares.get_mut(*step) {
            *sum += error * error;
            *count += 1.0;
        }
    }
    let root = |part: &[(f64, f64)]| {
        let (sum, count) = part.iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        if count > 0.0 { (sum / count).sqrt() } else { 0.0 }
    };
    let least = LEAST_SIZE * root(&squares);
    let reach = compared.div_ceil(NEIGHBOURS);
    let near = |step: usize| squares.get(step.saturating_sub(reach)..(step + reach + 1).min(compared)).unwrap_or(&[]);
    (0..compared).map(|step| root(near(step)).max(least)).collect()
}

/// How much wider intervals are for being told from few folds: Student's quantile for as many degrees of freedom over
/// that of the normal distribution, by the first terms of its expansion (Fisher and Cornish 1960).
fn few(folds: f64, level: f64) -> f64 {
    let quantile = normal_quantile(0.5 + level / 2.0);
    let square = quantile * quantile;
    1.0 + (square + 1.0) / (4.0 * folds) + (5.0 * square * square + 16.0 * square + 3.0) / (96.0 * folds * folds)
}
