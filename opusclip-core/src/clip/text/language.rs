//! Which language a text is in, by the trigrams of its letters (crate `whatlang`, after Cavnar and Trenkle 1994,
//! "N-Gram-Based Text Categorization").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whatlang::{Detector, Lang};

/// The language of a text, and how sure that is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// ISO 639-1, such as `en`.
    pub code: String,
    /// 0 (a guess) to 1 (certain).
    pub confidence: f64,
}

/// So many bytes tell; more would only take longer.
const SAMPLE: usize = 6000;
/// Fewer letters than this are not enough, unless the script itself tells.
const FEWEST_LETTERS: usize = 40;
/// Parts that a text is cut into, to see whether they agree.
const PARTS: usize = 3;
/// Under this confidence nothing is said.
const SURE: f64 = 0.5;

/// The language of a text, or `None` where that is not sure: too short, mixed, not one of ISO 639-1's.
///
/// ```
/// use opusclip_core::clip::text::language;
/// let found = language("Es war einmal ein kleines Mädchen, das wohnte mit seiner Mutter in einem Haus am Wald.");
/// assert_eq!(found.map(|l| l.code).as_deref(), Some("de"));
/// assert_eq!(language("OK."), None);
/// ```
pub fn language(text: &str) -> Option<Language> {
    let text = start(text, SAMPLE);
    let found = Detector::new().detect(text)?;
    let code = code(found.lang())?;
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let script_tells = found.script().langs().len() == 1;
    if !script_tells && (letters < FEWEST_LETTERS || found.confidence() < SURE) {
        return None;
    }
    // Half English, half German is neither: the parts of a longer text must agree with the whole.
    if letters >= FEWEST_LETTERS * PARTS * 2 && !parts(text).all(|part| agrees(part, found.lang())) {
        return None;
    }
    Some(Language { code: code.to_owned(), confidence: found.confidence() })
}

/// The ISO 639-1 code of the language of some sentences.
pub(super) fn of_sentences(sentences: &[&str]) -> Option<String> {
    let mut text = String::new();
    for sentence in sentences {
        if text.len() >= SAMPLE {
            break;
        }
        text.push_str(start(sentence, SAMPLE));
        text.push(' ');
    }
    language(&text).map(|found| found.code)
}

/// The first bytes of a text, up to a border between characters.
fn start(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    let border = move |part: usize| text.floor_char_boundary(text.len() * part / PARTS);
    (0..PARTS).map(move |part| text.get(border(part)..border(part + 1)).unwrap_or_default())
}

/// A part that says nothing for sure does not disagree.
fn agrees(part: &str, lang: Lang) -> bool {
    Detector::new().detect(part).is_none_or(|found| found.lang() == lang || !found.is_reliable())
}

/// ISO 639-1 for `whatlang`'s ISO 639-3.
fn code(lang: Lang) -> Option<&'static str> {
    let three = lang.code();
    CODES.iter().find(|(long, _)| *long == three).map(|(_, short)| *short)
}

const CODES: &[(&str, &str)] = &[
    ("afr", "af"),
    ("aka", "ak"),
    ("amh", "am"),
    ("ara", "ar"),
    ("aze", "az"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("guj", "gu"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ind", "id"),
    ("ita", "it"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("khm", "km"),
    ("kor", "ko"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mya", "my"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nob", "no"),
    ("ori", "or"),
    ("pan", "pa"),
    ("pes", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("sna", "sn"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tuk", "tk"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("zul", "zu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(text: &str) -> Option<String> {
        language(text).map(|found| found.code)
    }

    #[test]
    fn languages_are_told_apart() {
        for (text, code) in [
            ("The quick brown fox jumps over the lazy dog, and nobody in the village knows the reason.", "en"),
            ("Du kannst von Glück sagen, dass dein Blut noch in deinen Adern fließt, mein Freund.", "de"),
            ("C'est évident ce que dit Nicolas, mais je ne me l'étais jamais formulé comme ça.", "fr"),
            ("今天天气很好，我们一起去公园散步吧。", "zh"),
            ("これは日本語の文章です。", "ja"),
        ] {
            assert_eq!(code_of(text).as_deref(), Some(code), "{text}");
        }
    }

    #[test]
    fn short_and_mixed_texts_are_left_open() {
        assert_eq!(code_of(""), None);
        assert_eq!(code_of("12:30 ... 45 %"), None);
        assert_eq!(code_of("Hotel Taxi"), None);
        let english = "The quick brown fox jumps over the lazy dog, and nobody in the village knows the reason. ";
        let german = "Du kannst von Glück sagen, dass dein Blut noch in deinen Adern fließt, mein Freund. ";
        assert_eq!(code_of(&[english.repeat(4), german.repeat(4)].concat()), None);
        assert_eq!(code_of(&english.repeat(8)).as_deref(), Some("en"));
    }

    #[test]
    fn every_language_of_the_detector_has_a_code() {
        let without: Vec<_> = Lang::all().iter().filter(|lang| code(**lang).is_none()).collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
