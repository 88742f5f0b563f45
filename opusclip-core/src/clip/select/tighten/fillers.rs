//! What people say while they look for a word, language by language.

/// The fillers of one language. All are in lower case and without punctuation; of letters that repeat, one is written
/// (`um` stands for `ummm`).
pub(super) struct Fillers {
    /// Sounds that are no words of the language.
    sounds: &'static [&'static str],
    /// Words and phrases that are fillers only when set apart by commas or pauses.
    phrases: &'static [&'static str],
    /// Little words that are stammered (`I I I think`), and not meant where they stand twice.
    stammered: &'static [&'static str],
}

/// Sounds that are a word in none of the languages below: `um` is German for "around" and Portuguese for "a".
const ANY: Fillers = Fillers {
    sounds: &["uh", "uhm", "erm", "hm", "äh", "ähm", "öh", "öhm", "ehm", "euh", "heu", "ahn"],
    phrases: &[],
    stammered: &[],
};

const TABLE: &[(&str, Fillers)] = &[
    (
        "en",
        Fillers {
            sounds: &["um", "uh", "uhm", "erm", "er", "hm"],
            phrases: &["you know", "i mean", "like", "sort of", "kind of"],
            stammered: &["i", "we", "he", "she", "they", "it", "the", "a", "and", "but", "to", "of", "my"],
        },
    ),
    (
        "de",
        Fillers {
            sounds: &["äh", "ähm", "öh", "öhm", "ehm", "hm"],
            phrases: &["sozusagen", "quasi", "halt", "weißt du", "wissen sie", "ich mein", "sag ich mal", "na ja"],
            stammered: &["ich", "wir", "und", "aber", "ein", "eine", "zu"],
        },
    ),
    (
        "fr",
        Fillers {
            sounds: &["euh", "heu", "hum", "hm"],
            phrases: &["ben", "bah", "genre", "quoi", "tu vois", "vous voyez", "tu sais", "vous savez"],
            stammered: &["je", "et", "mais", "le", "la", "un", "une", "de"],
        },
    ),
    (
        "es",
        Fillers {
            sounds: &["eh", "em", "ehm", "hm"],
            phrases: &["este", "o sea", "pues", "bueno", "digamos", "sabes"],
            stammered: &["yo", "y", "pero", "el", "la", "un", "una", "de"],
        },
    ),
    (
        "it",
        Fillers {
            sounds: &["ehm", "eh", "uhm", "hm"],
            phrases: &["cioè", "diciamo", "insomma", "come dire", "sai"],
            stammered: &["io", "e", "ma", "il", "la", "un", "una", "di"],
        },
    ),
    (
        "pt",
        Fillers {
            sounds: &["hã", "hum", "ahn", "eh", "hm"],
            phrases: &["né", "é", "tipo", "quer dizer", "sabe"],
            stammered: &["eu", "e", "mas", "o", "a", "de"],
        },
    ),
    (
        "nl",
        Fillers {
            sounds: &["eh", "uh", "uhm", "ehm", "euh", "hm"],
            phrases: &["weet je", "zeg maar", "nou ja", "ik bedoel"],
            stammered: &["ik", "en", "maar", "het", "een", "van"],
        },
    ),
];

/// The most words in a phrase.
pub(super) const LONGEST_PHRASE: usize = 3;

impl Fillers {
    /// The fillers of a language, given as a tag such as `en` or `pt-BR`. Without one, or for a language that is not
    /// listed, these are the sounds that are a word in no listed language.
    pub(super) fn of(language: Option<&str>) -> &'static Self {
        let primary = language.and_then(|tag| tag.split(['-', '_']).next()).map(str::to_lowercase);
        TABLE.iter().find(|(tag, _)| Some(*tag) == primary.as_deref()).map_or(&ANY, |(_, fillers)| fillers)
    }

    /// Is a [`plain`] word such a sound?
    pub(super) fn is_sound(&self, plain: &str) -> bool {
        self.sounds.contains(&plain)
    }

    /// Are these [`plain`] words such a phrase?
    pub(super) fn is_phrase(&self, plain: &[String]) -> bool {
        let same = |phrase: &&str| phrase.split(' ').eq(plain.iter().map(String::as_str));
        self.phrases.iter().any(same)
    }

    /// Is a [`plain`] word, said twice, a stammer?
    pub(super) fn is_stammered(&self, plain: &str) -> bool {
        self.stammered.contains(&plain)
    }
}

/// A word as it stands in the lists: in lower case, without punctuation around it. Drawn out sounds (`Ummm`) are
/// shortened.
pub(super) fn plain(word: &str) -> String {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let mut short: Vec<char> = bare.chars().collect();
    short.dedup();
    let short = String::from_iter(short);
    // Only sounds are drawn out; "been" is not "ben".
    if ANY.is_sound(&short) || TABLE.iter().any(|(_, fillers)| fillers.is_sound(&short)) { short } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_out_sounds_are_known_and_words_stay_as_they_are() {
        assert_eq!([plain("Ummm,"), plain("“Hmmmm…”"), plain("ÄÄHM")], ["um", "hm", "ähm"]);
        assert_eq!([plain("been"), plain("—"), plain("You")], ["been", "", "you"]);
    }

    #[test]
    fn a_word_of_one_language_is_no_filler_of_another() {
        for language in [Some("de"), Some("pt-BR"), None, Some("tlh")] {
            assert!(!Fillers::of(language).is_sound("um"), "{language:?}");
        }
        assert!(Fillers::of(Some("en-GB")).is_sound("um") && Fillers::of(Some("NL")).is_sound("eh"));
    }

    #[test]
    fn the_lists_are_written_as_words_are_looked_up() {
        for (language, fillers) in TABLE {
            for sound in fillers.sounds {
                assert_eq!(plain(sound), *sound, "{language}");
            }
            for phrase in fillers.phrases {
                let words: Vec<String> = phrase.split(' ').map(plain).collect();
                assert!(fillers.is_phrase(&words) && words.len() <= LONGEST_PHRASE, "{language}: {phrase}");
            }
        }
    }
}
