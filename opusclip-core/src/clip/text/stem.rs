//! Words for comparison: without punctuation and case, without endings, and without those that say nothing.
//!
//! Stems are Snowball's (crate `rust-stemmers`, Porter 2001, "Snowball: A language for stemming algorithms"), stop words
//! those of stopwords-iso (crate `stop-words`). A language without a stemmer keeps its lower-cased words. Scripts that
//! put no blanks between words are cut into overlapping pairs of letters: finding their words would take a dictionary,
//! and pairs do as well in retrieval (Nie, Gao, Zhang and Zhou 2000, "On the use of words and n-grams for Chinese
//! information retrieval").

use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};

/// Longer stems are cut after so many letters, so that `hypothalamus` meets `hypothalamic`: truncation, the oldest way
/// to stem, forgives what a stemmer of endings leaves apart.
const LONGEST_STEM: usize = 6;

/// The word for comparison: lower case, plain apostrophe, no punctuation around it.
///
/// ```
/// assert_eq!(opusclip_core::clip::text::plain("“You’re,"), "you're");
/// ```
pub fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).replace('’', "'").to_lowercase()
}

/// What is known of the words of one language.
///
/// ```
/// use opusclip_core::clip::text::Lexicon;
/// let english = Lexicon::new(Some("en"));
/// assert_eq!(english.stem("connected"), english.stem("Connection,"));
/// assert!(english.is_stop("The"));
/// ```
pub struct Lexicon {
    stemmer: Option<Stemmer>,
    stops: HashSet<&'static str>,
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexicon").field("stemmer", &self.stemmer.is_some()).field("stops", &self.stops.len()).finish()
    }
}

impl Lexicon {
    /// Of a language by its ISO 639-1 code; without one, or of one that is not known, words are only lower-cased.
    pub fn new(language: Option<&str>) -> Self {
        let listed = language.and_then(stop_words::lookup).unwrap_or_default();
        Self { stemmer: language.and_then(algorithm).map(Stemmer::create), stops: listed.iter().copied().collect() }
    }

    /// Is it a word that says nothing of the topic, such as `the`?
    pub fn is_stop(&self, word: &str) -> bool {
        self.stops_plain(&plain(word))
    }

    /// The same, of a word made by [`plain`].
    pub(crate) fn stops_plain(&self, plain: &str) -> bool {
        self.stops.contains(plain)
    }

    /// All stop words, lower-cased.
    pub(super) fn stop_words(&self) -> HashSet<String> {
        self.stops.iter().map(|&word| word.to_owned()).collect()
    }

    /// What all forms of a word have in common, for comparison only: `cities` and `city` give `citi`.
    pub fn stem(&self, word: &str) -> String {
        self.stem_plain(&plain(word))
    }

    /// The same, of a word made by [`plain`].
    pub(crate) fn stem_plain(&self, plain: &str) -> String {
        match &self.stemmer {
            Some(stemmer) => stemmer.stem(plain).into_owned(),
            None => plain.to_owned(),
        }
    }

    /// A stem of at most six letters, under which related words meet more often.
    pub(super) fn root(&self, plain: &str) -> String {
        let mut stem = self.stem_plain(plain);
        if let Some((end, _)) = stem.char_indices().nth(LONGEST_STEM) {
            stem.truncate(end);
        }
        stem
    }
}

/// Is the letter of a script that puts no blanks between words?
pub(super) fn unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFF)
}

/// Overlapping pairs of the letters of scripts without blanks; a lone letter stands for itself.
pub(super) fn pairs(token: &str) -> Vec<String> {
    let letters: Vec<char> = token.chars().collect();
    let mut found = Vec::new();
    for run in letters.split(|&c| !unspaced(c)) {
        match run {
            [] => {}
            [one] => found.push(one.to_string()),
            _ => found.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
        }
    }
    found
}

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "no" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_punctuation() {
        assert_eq!(plain("“You’re"), "you're");
        assert_eq!(plain("--"), "");
    }

    #[test]
    fn forms_of_a_word_meet() {
        let german = Lexicon::new(Some("de"));
        assert_eq!(german.stem("Häuser"), german.stem("Haus"));
        let english = Lexicon::new(Some("en"));
        assert_eq!(english.root("hypothalamus"), english.root("hypothalamic"));
        assert!(!english.is_stop("telescope"));
    }

    #[test]
    fn unknown_languages_keep_their_words() {
        for language in [None, Some("xx"), Some("pl")] {
            assert_eq!(Lexicon::new(language).stem("Domach!"), "domach");
        }
        assert!(Lexicon::new(Some("pl")).is_stop("jest"));
    }

    #[test]
    fn scripts_without_blanks_give_pairs_of_letters() {
        assert_eq!(pairs("天气很好，吧"), ["天气", "气很", "很好", "吧"]);
        assert!(pairs("weather").is_empty());
    }
}
