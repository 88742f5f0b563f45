//! Metrics recorded and asked: what is happening, is it unusual, where is it going?
//!
//! | module | what is in it |
//! |---|---|
//! | [`business`] | funnels, retention, active people, revenue, lifetime value, experiments, drivers of a change |
//! | [`samples`] | numbers with their times, brought onto a regular grid |
//!
//! Every analysis is a pure function of the numbers it is given. Its result says the answer in numbers and in one
//! sentence, by which method it was found, and what that method takes for granted ([`Explanation`]).

pub mod business;
pub mod samples;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use samples::{Regular, Samples};

/// How an analysis came to its result, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The result as one sentence.
    pub sentence: String,
    /// The method by its name in the literature, with its settings.
    pub method: String,
    /// What the method takes for granted.
    pub assumptions: Vec<String>,
}
