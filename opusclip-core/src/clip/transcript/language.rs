//! Names of languages: what files write, as ISO 639-1.

use isolang::Language;

/// The bibliographic codes of ISO 639-2 that differ from its other ones; Matroska writes these.
const BIBLIOGRAPHIC: &[(&str, &str)] = &[
    ("alb", "sq"),
    ("arm", "hy"),
    ("baq", "eu"),
    ("bur", "my"),
    ("chi", "zh"),
    ("cze", "cs"),
    ("dut", "nl"),
    ("fre", "fr"),
    ("geo", "ka"),
    ("ger", "de"),
    ("gre", "el"),
    ("ice", "is"),
    ("mac", "mk"),
    ("mao", "mi"),
    ("may", "ms"),
    ("per", "fa"),
    ("rum", "ro"),
    ("slo", "sk"),
    ("tib", "bo"),
    ("wel", "cy"),
];

/// The two-letter code of a language that is named by a tag (`en-US`), a code (`eng`, `ger`) or in English (`english`).
///
/// What is not known stays as it is, in lower case; `None` where nothing is said.
pub(super) fn code(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let tag = name.split(['-', '_']).next().unwrap_or_default();
    if matches!(tag, "" | "und" | "auto" | "null" | "none" | "mul" | "zxx")
        || !tag.chars().all(|c| c.is_alphabetic() || c == ' ')
    {
        return None;
    }
    if let Some((_, code)) = BIBLIOGRAPHIC.iter().find(|(known, _)| *known == tag) {
        return Some((*code).to_owned());
    }
    let capital: String = tag.split(' ').map(capitalised).collect::<Vec<_>>().join(" ");
    let found = match tag.len() {
        2 => Language::from_639_1(tag),
        3 => Language::from_639_3(tag),
        _ => Language::from_name(&capital),
    };
    Some(found.and_then(|language| language.to_639_1()).map_or_else(|| tag.to_owned(), str::to_owned))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_two_letters_where_there_are_two() {
        for (name, wanted) in [
            ("en", "en"),
            ("EN-us", "en"),
            ("english", "en"),
            ("German", "de"),
            ("fre", "fr"),
            ("fra", "fr"),
            ("zh_Hant", "zh"),
            ("haw", "haw"),
            ("tokipona", "tokipona"),
        ] {
            assert_eq!(code(name).as_deref(), Some(wanted), "{name}");
        }
        for name in ["", " ", "und", "auto", "1", "<b>"] {
            assert_eq!(code(name), None, "{name}");
        }
    }
}
