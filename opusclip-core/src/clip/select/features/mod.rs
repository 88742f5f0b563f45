//! What makes a stretch a good clip, each as a number from 0 to 1.
//!
//! | feature | weight | where something is asked for | high for |
//! |---|---|---|---|
//! | `keywords` | — | 0.45 | the wanted keywords or query: BM25 over stems, the best candidate has 1 |
//! | `completeness` | 0.19 | 0.04 | beginning with a sentence that needs nothing before it, ending resolved, pauses around it |
//! | `hook` | 0.16 | 0.03 | a question, a number, a word to the viewer or a strong word in the first 3 s |
//! | `topic` | 0.13 | 0.37 | staying within one topic, beginning and ending with it |
//! | `structure` | 0.07 | 0.01 | a question with its answer, a story, an explanation |
//! | `duration` | 0.07 | 0.01 | 21 to 34 s (TikTok's recommendation), moved into the wanted lengths |
//! | `density` | 0.06 | 0.01 | many different content words a second |
//! | `emotion` | 0.05 | 0.01 | emotive and strong words, exclamations |
//! | `pace` | 0.04 | 0.01 | 2 to 3.3 words a second |
//! | `fluency` | 0.04 | 0.01 | few pauses beyond 0.8 s |
//! | `energy` | 0.04 | 0.01 | louder than the rest of the source |
//! | `dynamics` | 0.03 | 0.01 | a loudness that varies more than in the rest of the source |
//! | `laughter` | 0.03 | 0.01 | laughter, applause, loud bursts outside of speech |
//! | `faces` | 0.03 | 0.01 | a face in most of the frames that were looked at |
//! | `motion` | 0.02 | 0.00 | more motion than the rest of the source |
//! | `rhythm` | 0.02 | 0.00 | a cut every 2.5 to 20 s |
//! | `chapter` | 0.01 | 0.01 | staying within one chapter, beginning with it |
//! | `position` | 0.01 | 0.00 | nearness to the beginning of the source |
//!
//! Each function below says how its feature is computed. The first three seconds, the bands of length and the need for
//! whole sentences are what platforms publish and users ask for; the numbers between them are choices. A feature that a
//! source cannot have (no text, no sound, no cuts, another language than English) is left out for all of its clips, and
//! the other weights grow to sum to 1.

mod picture;
mod place;
mod query;
mod sound;
mod sums;
mod words;

use std::collections::BTreeMap;

pub(super) use self::sums::Sums;

use self::picture::Picture;
use self::place::Place;
use self::query::Query;
use self::sound::Sound;
use self::words::Text;
use super::SelectOptions;
use super::candidates::Candidate;
use super::known::Known;
use crate::config::within;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// One row of the table.
#[derive(Debug)]
pub(super) struct Row {
    /// The name that is printed.
    pub name: &'static str,
    /// Share of the score, before features that cannot be had are left out.
    pub weight: f64,
    /// The same where the caller asks for keywords or a query: what was asked for comes first, and clips keep to the
    /// topic that it is about.
    pub asked: f64,
    /// A high value in plain words, after "chosen for".
    pub praise: &'static str,
}

const fn row(name: &'static str, weight: f64, asked: f64, praise: &'static str) -> Row {
    Row { name, weight, asked, praise }
}

/// How many features there are.
pub(super) const COUNT: usize = 18;

/// The features, in the order of [`Values`]; each column of weights sums to 1.
pub(super) const TABLE: [Row; COUNT] = [
    row("keywords", 0.00, 0.45, "what was asked for"),
    row("completeness", 0.19, 0.04, "a clean beginning and end"),
    row("hook", 0.16, 0.03, "a strong opening"),
    row("topic", 0.13, 0.37, "keeping to one topic"),
    row("structure", 0.07, 0.01, "its build-up"),
    row("duration", 0.07, 0.01, "a length that suits short video"),
    row("density", 0.06, 0.01, "much said in little time"),
    row("emotion", 0.05, 0.01, "words that move"),
    row("pace", 0.04, 0.01, "a lively pace"),
    row("fluency", 0.04, 0.01, "few long pauses"),
    row("energy", 0.04, 0.01, "more energy than the rest"),
    row("dynamics", 0.03, 0.01, "a varied voice"),
    row("laughter", 0.03, 0.01, "laughter or applause"),
    row("faces", 0.03, 0.01, "faces in the picture"),
    row("motion", 0.02, 0.00, "motion in the picture"),
    row("rhythm", 0.02, 0.00, "a good rhythm of cuts"),
    row("chapter", 0.01, 0.01, "keeping to one chapter"),
    row("position", 0.01, 0.00, "its place near the beginning"),
];

/// What each feature of [`TABLE`] says; `None` where the source cannot have it.
pub(super) type Values = [Option<f64>; COUNT];

/// A candidate with its features.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scored {
    /// The stretch.
    pub candidate: Candidate,
    /// Its features.
    pub values: Values,
    /// Sum of values times weights, 0 to 1.
    pub score: f64,
    /// The topic that its middle lies in.
    pub topic: Option<usize>,
}

/// The share of each feature in the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Weights([f64; COUNT]);

impl Weights {
    /// The table with the caller's changes.
    pub(super) fn new(options: &SelectOptions) -> Self {
        let asks = options.query.is_some() || !options.keywords.is_empty();
        let usual = |row: &Row| if asks { row.asked } else { row.weight };
        let weight = |row: &Row| options.weights.get(row.name).copied().unwrap_or(usual(row));
        Self(std::array::from_fn(|at| weight(&TABLE[at])))
    }

    /// The weights of the features that could be had, summing to 1; 0 for the others.
    pub(super) fn among(&self, values: &Values) -> [f64; COUNT] {
        let had = |at: usize| values[at].map_or(0.0, |_| self.0[at]);
        let total: f64 = (0..COUNT).map(had).sum();
        std::array::from_fn(|at| if total > 0.0 { had(at) / total } else { 0.0 })
    }
}

/// Check weights that a caller gave.
///
/// # Errors
/// `config.*`, naming the weight.
pub(super) fn check_weights(weights: &BTreeMap<String, f64>) -> Result<()> {
    for (name, weight) in weights {
        let field = format!("weights.{name}");
        if !TABLE.iter().any(|row| row.name == name) {
            let names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
            return Err(Error::new(ErrorCode::ConfigInvalid, format!("there is no feature `{name}`"))
                .field(field)
                .hint(format!("use one of {}", names.join(", "))));
        }
        within(&field, *weight, 0.0, 1000.0)?;
    }
    let all = TABLE.iter().all(|row| weights.get(row.name) == Some(&0.0));
    if all {
        return Err(Error::new(ErrorCode::ConfigInvalid, "all weights are 0").field("weights"));
    }
    Ok(())
}

/// Candidates between two looks at the control.
const CHECK_EVERY: usize = 1024;

/// Score every candidate.
///
/// # Errors
/// Those of [`Control::check`].
pub(super) fn score(
    candidates: &[Candidate],
    known: &Known<'_>,
    options: &SelectOptions,
    control: &Control,
) -> Result<Vec<Scored>> {
    let weights = Weights::new(options);
    let mut text = Text::new(known);
    let query = Query::new(known, candidates, options);
    let (sound, picture, place) = (Sound::new(known), Picture::new(known), Place::new(known, options));
    let mut scored = Vec::with_capacity(candidates.len());
    for (at, candidate) in candidates.iter().enumerate() {
        if at % CHECK_EVERY == 0 {
            control.check()?;
        }
        let said = text.of(candidate);
        let topic = known.topic_at((candidate.span.start + candidate.span.end) / 2.0);
        let values = [
            query.as_ref().map(|query| query.of(candidate, topic)),
            words::completeness(candidate, known, &sound),
            said.hook,
            place.topic(candidate),
            said.structure,
            Some(place.duration(candidate)),
            said.density,
            said.emotion,
            said.pace.or_else(|| sound.pace(candidate.span)),
            sound.fluency(candidate.span),
            sound.energy(candidate.span),
            sound.dynamics(candidate.span),
            sound.laughter(candidate.span),
            picture.faces(candidate.span),
            picture.motion(candidate.span),
            picture.rhythm(candidate.span),
            place.chapter(candidate.span),
            Some(place.position(candidate.span)),
        ];
        let score = total(&values, &weights);
        scored.push(Scored { candidate: *candidate, values, score, topic });
    }
    Ok(scored)
}

fn total(values: &Values, weights: &Weights) -> f64 {
    let weights = weights.among(values);
    values.iter().zip(weights).map(|(value, weight)| value.unwrap_or(0.0) * weight).sum::<f64>().clamp(0.0, 1.0)
}

/// Straight lines between these points, level outside of them.
fn ramp(x: f64, points: &[(f64, f64)]) -> f64 {
    let Some(&(first, level)) = points.first() else { return 0.0 };
    if x.is_nan() || x <= first {
        return level;
    }
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        if x <= x1 {
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
        }
    }
    points.last().map_or(level, |p| p.1)
}

#[cfg(test)]
mod tests;
