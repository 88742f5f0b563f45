//! Scores of the caller's own: the best candidates go to a callback, what it says replaces our scores.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::explain::{Explainer, shared};
use super::features::Scored;
use super::{Feature, Selecting};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// A candidate as a `score` callback sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contender {
    /// Where it begins in the source, in seconds.
    pub start: f64,
    /// Where it ends in the source, in seconds.
    pub end: f64,
    /// What is said in it.
    pub text: String,
    /// Our own score, 0 to 1.
    pub score: f64,
    /// The parts of our own score.
    pub features: Vec<Feature>,
}

/// So many candidates go to the callback, or [`SPARE`] times as many as clips are wanted: enough to choose from, few
/// enough for a language model.
const MOST: usize = 40;
const SPARE: usize = 2;
/// Of two that share more of their time than this only the better goes.
const ALIKE: f64 = 0.5;

/// Let the callback score the shortlist, which is all that is left then.
///
/// # Errors
/// `callback.*` unless the hooks fall back, those of [`Control::check`].
pub(super) fn rescore(
    mut scored: Vec<Scored>,
    selecting: &Selecting<'_>,
    notes: &mut Vec<String>,
    control: &Control,
) -> Result<Vec<Scored>> {
    let Some(hook) = &selecting.hooks.score else { return Ok(scored) };
    let shortlist = shortlist(&scored, selecting.include, MOST.max(SPARE * selecting.count));
    if shortlist.is_empty() {
        return Ok(scored);
    }
    let explainer = Explainer {
        known: selecting.known,
        weights: selecting.weights,
        scored: &scored,
        chosen: &shortlist,
        diversity: 0.0,
    };
    let plans = (0..shortlist.len()).filter_map(|place| explainer.contender(place));
    let contenders: Vec<Contender> = plans.collect();
    let expected = contenders.len();
    let answer = selecting.hooks.call("score", hook, contenders, control).and_then(|scores| check(scores, expected));
    let Some(scores) = selecting.hooks.or_fall_back("score", answer, notes)? else { return Ok(scored) };
    for (at, score) in shortlist.iter().zip(scores) {
        scored[*at].score = score;
    }
    Ok(shortlist.into_iter().map(|at| scored[at].clone()).collect())
}

/// The best candidates that are moments of their own, in order of time; among them the best for each stretch that a clip
/// should contain.
fn shortlist(scored: &[Scored], include: &[Span], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scored.len()).collect();
    order.sort_by(|a, b| scored[*b].score.total_cmp(&scored[*a].score).then(a.cmp(b)));
    let holder = |wanted: &Span| order.iter().copied().find(|at| scored[*at].candidate.holds(*wanted));
    let mut kept: Vec<usize> = include.iter().filter_map(holder).collect();
    kept.sort_unstable();
    kept.dedup();
    for at in order {
        if kept.len() >= most {
            break;
        }
        let span = scored[at].candidate.span;
        if kept.iter().all(|other| shared(scored[*other].candidate.span, span) <= ALIKE) {
            kept.push(at);
        }
    }
    kept.sort_unstable();
    kept
}

fn check(scores: Vec<f64>, expected: usize) -> Result<Vec<f64>> {
    let nonsense = |message: String| Err(Error::new(ErrorCode::CallbackInvalid, message).field("score"));
    if scores.len() != expected {
        return nonsense(format!("score gave {} numbers for {expected} candidates", scores.len()));
    }
    match scores.iter().enumerate().find(|(_, score)| !(0.0..=1.0).contains(*score)) {
        Some((at, score)) => nonsense(format!("score gave {score} for candidate {at}, not a number from 0 to 1")),
        None => Ok(scores),
    }
}
