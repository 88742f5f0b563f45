//! How likely words are in one topic, as tables to be added up.

use super::evidence::{Evidence, KINDS, Kind};

/// Discount of the Pitman-Yor process: how fast a topic goes on bringing up new words.
const DISCOUNT: f64 = 0.5;
/// Concentrations, in tokens of a topic of mean length; the answer is the mean of these, as nobody knows the right one.
const CONCENTRATIONS: [f64; 3] = [1.3, 2.2, 3.6];
/// What a word counts that no other topic uses, in topics.
const UNSHARED: f64 = 0.2;
/// Concentration of endings and marks, in tokens of a topic of mean length, and what is added to each count.
const FORM: (f64, f64) = (8.0, 1.0);
/// The same for function words.
const FUNCTION: (f64, f64) = (15.0, 2.0);
/// Log-odds of a topic to begin with a word that points back.
const POINTING_BACK: f64 = -1.5;
/// Standard deviation of the lengths of topics over their mean.
const VARIATION: f64 = 0.5;

/// The log-likelihood of any stretch of sentences, in tables.
#[derive(Debug)]
pub(super) struct Model {
    /// Of each word from `offsets` on: what it adds to a topic to have it 0, 1, 2... times.
    pub(super) repeats: Vec<f64>,
    /// Where each word's part of `repeats` begins.
    pub(super) offsets: Vec<usize>,
    /// What it adds to a topic to have so many different content words.
    pub(super) types: Vec<f64>,
    /// What it takes from a topic to have so many tokens of each kind.
    pub(super) tokens: [Vec<f64>; KINDS],
    /// The prior of each length, in sentences.
    pub(super) lengths: Vec<f64>,
    /// What a topic loses that begins with a word that points back.
    pub(super) pointing_back: f64,
}

impl Model {
    /// For topics of `mean` sentences; `spread` says in how many topics each word comes up.
    pub(super) fn new(evidence: &Evidence, spread: &[u32], mean: f64, longest: usize) -> Self {
        let n = evidence.sentences().max(1) as f64;
        let all: [f64; KINDS] =
            std::array::from_fn(|kind| f64::from(evidence.tokens[kind].last().copied().unwrap_or(0)));
        let per_topic: [f64; KINDS] = std::array::from_fn(|kind| (all[kind] / n * mean).max(1.0));
        let content = CONCENTRATIONS.map(|concentration| concentration * per_topic[Kind::Content as usize]);
        let form = [FORM.0 * per_topic[Kind::Form as usize]];
        let function = [FUNCTION.0 * per_topic[Kind::Function as usize]];
        let most = |kind: Kind| most_tokens(&evidence.tokens[kind as usize], longest);
        let (repeats, offsets) = repeats(evidence, spread, &all, form[0], function[0]);
        Self {
            repeats,
            offsets,
            types: rising(&content, DISCOUNT, most(Kind::Content)),
            tokens: [
                rising(&content, 1.0, most(Kind::Content)),
                rising(&form, 1.0, most(Kind::Form)),
                rising(&function, 1.0, most(Kind::Function)),
            ],
            lengths: lengths(mean, longest),
            pointing_back: POINTING_BACK,
        }
    }
}

/// The most tokens in any stretch of `longest` sentences.
fn most_tokens(before: &[u32], longest: usize) -> usize {
    let last = before.len().saturating_sub(1);
    (0..=last).map(|at| before[last.min(at + longest)] - before[at]).max().unwrap_or(0) as usize
}

/// Sums of ln(c), ln(c + step), ln(c + 2 step)..., of `most` terms and fewer, as means over the concentrations c.
fn rising(concentrations: &[f64], step: f64, most: usize) -> Vec<f64> {
    let mut sum = 0.0;
    let share = 1.0 / concentrations.len() as f64;
    let mut sums = Vec::with_capacity(most + 1);
    sums.push(sum);
    for k in 0..most {
        sum += share * concentrations.iter().map(|c| (c + step * k as f64).ln()).sum::<f64>();
        sums.push(sum);
    }
    sums
}

/// [`Model::repeats`] and [`Model::offsets`].
fn repeats(
    evidence: &Evidence,
    spread: &[u32],
    all: &[f64; KINDS],
    form: f64,
    function: f64,
) -> (Vec<f64>, Vec<usize>) {
    let mut words = [0.0; KINDS];
    let mut places = 0.0;
    for ((kind, _), &topics) in evidence.words.iter().zip(spread) {
        words[*kind as usize] += 1.0;
        places += if *kind == Kind::Content { f64::from(topics) } else { 0.0 };
    }
    let shared = places + UNSHARED * words[Kind::Content as usize];
    let smooth = |total: u32, kind: Kind, (_, added): (f64, f64), concentration: f64| {
        concentration * (f64::from(total) + added) / (all[kind as usize] + added * words[kind as usize])
    };
    let mut table = Vec::with_capacity(evidence.occurrences.len() * 2);
    let mut offsets = Vec::with_capacity(evidence.words.len());
    for (&(kind, total), &topics) in evidence.words.iter().zip(spread) {
        offsets.push(table.len());
        let mut sum = 0.0;
        table.push(sum);
        let prior = match kind {
            Kind::Content => (f64::from(topics.max(1) - 1) + UNSHARED) / shared,
            Kind::Form => smooth(total, kind, FORM, form),
            Kind::Function => smooth(total, kind, FUNCTION, function),
        };
        for k in 0..total {
            let k = f64::from(k);
            // The first time a content word is new to the topic, and drawn as other topics would draw it.
            sum += match kind {
                Kind::Content if k == 0.0 => prior.ln(),
                Kind::Content => (k - DISCOUNT).ln(),
                Kind::Form | Kind::Function => (k + prior).ln(),
            };
            table.push(sum);
        }
    }
    (table, offsets)
}

/// The log-density of a gamma distribution of lengths, normalised over whole sentences.
fn lengths(mean: f64, longest: usize) -> Vec<f64> {
    let shape = 1.0 / (VARIATION * VARIATION);
    let log = |length: usize| {
        let length = length as f64;
        (shape - 1.0) * length.ln() - length * shape / mean
    };
    let whole = longest.max((6.0 * mean) as usize);
    let highest = (1..=whole).map(log).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = (1..=whole).map(|length| (log(length) - highest).exp()).sum();
    let norm = highest + sum.ln();
    std::iter::once(f64::NEG_INFINITY).chain((1..=longest).map(|length| log(length) - norm)).collect()
}
