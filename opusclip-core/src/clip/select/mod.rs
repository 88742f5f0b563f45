//! Which stretches stand alone: candidates between sentences or pauses, an explained score, the best set without
//! overlap.

mod candidates;
mod choose;
mod features;
#[cfg(test)]
mod fixtures;
mod lexicon;
mod options;
mod tables;
mod tighten;
mod units;

pub use options::SelectOptions;
pub use tighten::{TightenOptions, tighten};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clip::analysis::Analysis;
use crate::clip::transcript::Transcript;
use crate::control::Control;
use crate::error::Result;
use crate::time::Span;

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Its name, such as `hook`; the README has the table.
    pub name: String,
    /// 0 (bad) to 1 (good).
    pub value: f64,
    /// Its share of the score; the weights of a clip sum to 1.
    pub weight: f64,
}

/// A stretch of the source that was chosen, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClipPlan {
    /// What is played, in order; one range unless something is left out in the middle. Lead-in and tail included.
    pub ranges: Vec<Span>,
    /// 0 to 1: the sum of value times weight over `features`. It ranks; it promises nothing.
    pub score: f64,
    /// The parts of the score.
    pub features: Vec<Feature>,
    /// What is said in it.
    pub text: String,
    /// Why it was chosen, in a sentence.
    pub reason: String,
}

/// What [`select`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The chosen clips in order of time.
    pub clips: Vec<ClipPlan>,
    /// How many candidates were weighed.
    pub candidates: usize,
    /// What the caller should know: a source shorter than asked for, fewer clips than asked for.
    pub notes: Vec<String>,
}

/// Choose the best clips of a source. Pure and deterministic: the same input gives the same clips.
///
/// # Errors
/// Those of [`SelectOptions::validate`]; [`crate::ErrorCode::Cancelled`].
pub fn select(
    analysis: &Analysis,
    transcript: Option<&Transcript>,
    options: &SelectOptions,
    control: &Control,
) -> Result<Selection> {
    options.validate()?;
    let (candidates, mut notes) = candidates::find(analysis, transcript, options, control)?;
    let scored = features::score(&candidates, analysis, transcript, options);
    let chosen = choose::best(&scored, options.count);
    if chosen.len() < options.count {
        notes.push(format!("asked for {} clips, found {} that fit without overlap", options.count, chosen.len()));
    }
    Ok(Selection { clips: chosen, candidates: candidates.len(), notes })
}
