//! The choice among candidates by a backtest, and their weighted mean.

use super::history::History;
use super::methods::Model;

/// Candidates with more than this times the least error have no weight.
const NEARLY: f64 = 1.5;
/// So many candidates have a weight, at most.
const MOST: usize = 10;
/// How fast weights fall with the error.
const POWER: i32 = 4;

/// A candidate with what it said and how wrong that was.
#[derive(Debug, Clone)]
pub(super) struct Rated {
    pub model: Model,
    /// From each origin, one after the other.
    pub paths: Vec<f64>,
    /// Mean absolute and mean symmetric percentage error of each fold.
    folds: Vec<(f64, f64)>,
}

/// All candidates that gave forecasts, the first of them the one that others are compared with.
pub(super) fn rated(models: Vec<Model>, history: &History) -> Vec<Rated> {
    let rate = |model: Model| {
        let paths = model.paths(history)?;
        let each = paths.chunks_exact(history.horizon).take(history.folds()).enumerate();
        let folds = each.map(|(fold, path)| errors(history, path, fold)).collect();
        Some(Rated { model, paths, folds })
    };
    models.into_iter().filter_map(rate).collect()
}

/// What came after an origin and what was said from it, at places that are known.
pub(super) fn compared<'a>(
    history: &'a History,
    path: &'a [f64],
    fold: usize,
) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
    let origin = history.origins.get(fold).copied().unwrap_or(usize::MAX);
    let after = history.values.iter().zip(&history.known).skip(origin).take(history.compared);
    let rows = path.iter().zip(after).enumerate();
    rows.filter_map(|(step, (said, (truth, known)))| known.then_some((step, *truth, *said)))
}

/// Mean absolute and mean symmetric percentage error (0 to 2) of one fold.
fn errors(history: &History, path: &[f64], fold: usize) -> (f64, f64) {
    let (mut absolute, mut share, mut count) = (0.0, 0.0, 0.0);
    for (_, truth, said) in compared(history, path, fold) {
        let error = (truth - said).abs();
        absolute += error;
        share += symmetric(truth, said);
        count += 1.0;
    }
    if count > 0.0 { (absolute / count, share / count) } else { (0.0, 0.0) }
}

/// The symmetric percentage error of one value, 0 to 2.
pub(super) fn symmetric(truth: f64, said: f64) -> f64 {
    let whole = truth.abs() + said.abs();
    if whole > 0.0 { 2.0 * (truth - said).abs() / whole } else { 0.0 }
}

/// The error of each candidate over all folds but one, as a share of the first candidate's.
pub(super) fn relative_errors(rated: &[Rated], without: Option<usize>) -> Vec<f64> {
    let sums: Vec<(f64, f64)> = rated.iter().map(|candidate| sums(&candidate.folds, without)).collect();
    let (absolute, share) = sums.first().copied().unwrap_or((0.0, 0.0));
    // Where the first makes no error at all, others that make none are as good, and no others.
    let ratio = |error: f64, least: f64| match (error == 0.0, least == 0.0) {
        (true, true) => 1.0,
        (false, true) => f64::MAX / 4.0,
        _ => error / least,
    };
    sums.iter().map(|sums| f64::midpoint(ratio(sums.0, absolute), ratio(sums.1, share))).collect()
}

fn sums(folds: &[(f64, f64)], without: Option<usize>) -> (f64, f64) {
    let kept = folds.iter().enumerate().filter(|(fold, _)| Some(*fold) != without);
    kept.fold((0.0, 0.0), |sum, (_, fold)| (sum.0 + fold.0, sum.1 + fold.1))
}

/// Shares of the candidates in the forecast by their errors; they add up to 1.
pub(super) fn weights(errors: &[f64]) -> Vec<f64> {
    /// Errors below this are none.
    const NONE: f64 = 1e-9;
    let mut order: Vec<usize> = (0..errors.len()).collect();
    let error = |at: usize| errors.get(at).copied().unwrap_or(f64::MAX) + NONE;
    order.sort_by(|a, b| error(*a).total_cmp(&error(*b)));
    let mut weights = vec![0.0; errors.len()];
    let Some(best) = order.first().map(|at| error(*at)) else { return weights };
    for at in order.into_iter().take(MOST).take_while(|at| error(*at) <= NEARLY * best) {
        if let Some(weight) = weights.get_mut(at) {
            *weight = (best / error(at)).powi(POWER);
        }
    }
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

/// The weighted mean of what the candidates say from one origin.
pub(super) fn mixed(rated: &[Rated], weights: &[f64], history: &History, origin: usize) -> Vec<f64> {
    let mut mean = vec![0.0; history.horizon];
    for (candidate, weight) in rated.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
        let path = candidate.paths.chunks_exact(history.horizon).nth(origin).unwrap_or(&[]);
        mean.iter_mut().zip(path).for_each(|(mean, value)| *mean += weight * value);
    }
    mean
}
