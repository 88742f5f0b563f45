//! Which stretches stand alone: candidates between sentences or pauses, an explained score, the best set without
//! overlap.

mod candidates;
mod choose;
mod explain;
mod features;
#[cfg(test)]
mod fixtures;
mod hooks;
mod known;
mod lexicon;
mod options;
mod post;
mod rescore;
mod tighten;
mod units;

pub use hooks::Hooks;
pub use known::Material;
pub use options::SelectOptions;
pub use post::{PostEdit, PostRequest};
pub use rescore::Contender;
pub use tighten::{TightenOptions, tighten};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::candidates::Candidate;
use self::choose::Rules;
use self::explain::Explainer;
use self::features::Weights;
use self::known::Known;
use crate::clip::text::{Post, Talk, Topic};
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
    /// 0 to 1: the sum of value times weight over `features`, or what a `score` callback gave. It ranks; it promises
    /// nothing.
    pub score: f64,
    /// The parts of the score.
    pub features: Vec<Feature>,
    /// Index of its topic in [`Selection::topics`].
    pub topic: Option<usize>,
    /// What is said in it.
    pub text: String,
    /// Why it was chosen, in a sentence.
    pub reason: String,
    /// Words for the post that shows it.
    pub post: Post,
    /// The best stretches that were given up for it: they overlap it.
    pub nearly: Vec<Near>,
}

/// A stretch that was not chosen, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
    /// 0 to 1.
    pub score: f64,
    /// The parts of the score.
    pub features: Vec<Feature>,
    /// What is said in it.
    pub text: String,
    /// Why it was not chosen.
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
    /// The best of the others, best first, each another moment.
    pub nearly: Vec<Near>,
    /// What the source is about, in order of time; one topic or none where it has no words.
    pub topics: Vec<Topic>,
    /// ISO 639-1 code of the language of the words, where it can be told.
    pub language: Option<String>,
    /// Seconds of the source.
    pub duration: f64,
    /// What the caller should know: a source shorter than asked for, fewer clips than asked for.
    pub notes: Vec<String>,
}

/// What all steps of a selection share.
struct Selecting<'a> {
    known: &'a Known<'a>,
    weights: Weights,
    hooks: &'a Hooks,
    /// How many clips are wanted.
    count: usize,
    /// Stretches that a clip should contain.
    include: &'a [Span],
    talk: Talk,
}

/// Choose the best clips of a source. Pure and deterministic: the same input gives the same clips.
///
/// # Errors
/// Those of [`SelectOptions::validate`]; [`crate::ErrorCode::Cancelled`].
pub fn select(material: &Material<'_>, options: &SelectOptions, control: &Control) -> Result<Selection> {
    select_with(material, options, &Hooks::default(), control)
}

/// [`select`] with callbacks of the caller's own.
///
/// # Errors
/// As [`select`], and `callback.*` where a callback fails and `hooks.fall_back` is not set.
pub fn select_with(
    material: &Material<'_>,
    options: &SelectOptions,
    hooks: &Hooks,
    control: &Control,
) -> Result<Selection> {
    options.validate()?;
    let mut known = Known::new(material, options);
    let mut notes = Vec::new();
    known.find_topics(hooks, &mut notes, control)?;
    let include: Vec<Span> = options.include.iter().copied().map(options::span).collect();
    let (weights, talk) = (Weights::new(options), known.talk());
    let (count, diversity) = (options.count, options.diversity);
    let selecting = Selecting { known: &known, weights, hooks, count, include: &include, talk };
    let (candidates, found) = candidates::find(&known, options, control)?;
    notes.extend(found);
    let scored = features::score(&candidates, &known, options, control)?;
    let scored = rescore::rescore(scored, &selecting, &mut notes, control)?;
    let rules = Rules { count, min_score: options.min_score, diversity, include: &include };
    let chosen = choose::best(&scored, rules);
    let kept: Vec<Candidate> = chosen.iter().filter_map(|at| Some(scored.get(*at)?.candidate)).collect();
    notes.extend(candidates::left_out(&candidates, &kept, options));
    if chosen.len() < options.count {
        notes.push(fewer(options, chosen.len()));
    }
    let explainer = Explainer { known: &known, weights, scored: &scored, chosen: &chosen, diversity };
    let mut clips = Vec::with_capacity(chosen.len());
    for place in 0..chosen.len() {
        let Some(mut plan) = explainer.plan(place) else { continue };
        if let Some(ranges) = plan.ranges.first().and_then(|whole| known.tight(*whole, options)) {
            (plan.text, plan.ranges) = (known.said(&ranges), ranges);
        }
        plan.post = post::describe(&plan, &selecting, &mut notes, control)?;
        clips.push(plan);
    }
    let nearly = explainer.nearly();
    let duration = known.analysis.duration;
    let Known { language, topics, .. } = known;
    Ok(Selection { clips, candidates: candidates.len(), nearly, topics, language, duration, notes })
}

fn fewer(options: &SelectOptions, found: usize) -> String {
    let least =
        if options.min_score > 0.0 { format!(" with a score of {} or more", options.min_score) } else { String::new() };
    format!("asked for {} clips, found {found} that fit without overlap{least}", options.count)
}
