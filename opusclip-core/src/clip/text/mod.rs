//! Stub.
#![allow(missing_docs)]
use crate::clip::transcript::Transcript;
pub(crate) fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).replace('’', "'").to_lowercase()
}
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}
pub(crate) struct Terms;
impl Terms {
    pub(crate) fn new(_l: Option<&str>) -> Self {
        Self
    }
    pub(crate) fn term(&self, plain: &str) -> Option<String> {
        (plain.chars().count() > 3).then(|| plain.to_owned())
    }
}
pub(crate) fn language_of(t: &Transcript) -> Option<String> {
    let common = ["the", "and", "to", "of", "a", "in", "is", "that", "it", "you", "i", "was", "for", "we", "this"];
    let (mut n, mut m) = (0, 0);
    for w in t.words.iter().take(2000) {
        n += 1;
        if common.contains(&plain(&w.text).as_str()) {
            m += 1
        }
    }
    (m * 10 >= n && n > 0).then(|| "en".to_owned())
}
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Topic {
    pub start: f64,
    pub end: f64,
    pub first_sentence: usize,
    pub last_sentence: usize,
    pub keywords: Vec<String>,
}
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Post {
    pub title: String,
    pub hook: String,
    pub description: String,
    pub keywords: Vec<String>,
    pub hashtags: Vec<String>,
    pub extractive: bool,
}
