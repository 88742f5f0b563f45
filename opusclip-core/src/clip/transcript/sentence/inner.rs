//! Marks inside of a sentence that Unicode's rules take for its end.
//!
//! To join too much costs a border that a clip could have begun at; to join too little costs a clip that begins in the
//! middle of a sentence. So in doubt the sentence goes on.

use super::super::Word;

/// Does the sentence go on although Unicode's rules would end it before the word at `next`?
pub(super) fn goes_on(words: &[Word], next: usize) -> bool {
    let text = |at: usize| words.get(at).map_or("", |word| word.text.as_str());
    let (before, after) = (text(next.wrapping_sub(1)), text(next));
    if let Some(quoted) = before.strip_suffix(['"', '”', '“', '»', '«', '\'', '’', '‘']) {
        // “Really?” he asked. “Really?” Anna asked.
        let lower = after.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase);
        return lower || quoted.trim_end().ends_with(['!', '?']) && reported(words, next);
    }
    let Some(stem) = before.trim_start_matches(|c: char| !c.is_alphanumeric()).strip_suffix('.') else { return false };
    let mut letters = stem.chars();
    let single = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
    let capital = stem.starts_with(char::is_uppercase);
    let known = stem.to_lowercase();
    let ahead = |at: usize| text(next.wrapping_sub(at)).to_lowercase();
    single && (capital && stem != "I" || is_short(after))
        || ABBREVIATIONS.contains(&known.as_str())
        || BEFORE_NUMBERS.contains(&known.as_str()) && after.starts_with(|c: char| c.is_ascii_digit())
        || is_ordinal(stem) && BEFORE_ORDINALS.contains(&ahead(2).as_str()) && !(ahead(2) == "am" && ahead(3) == "i")
}

/// Does somebody say what was quoted? Within three words: “Stop!” Anna Miller said.
fn reported(words: &[Word], next: usize) -> bool {
    for word in words.iter().skip(next).take(3) {
        let plain = word.text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        if SAYING.contains(&plain.as_str()) {
            return true;
        }
        if super::terminated(&word.text) {
            return false;
        }
    }
    false
}

/// The second half of an abbreviation of two, as in `z. B.`
fn is_short(word: &str) -> bool {
    word.trim_end_matches(',').strip_suffix('.').is_some_and(|stem| stem.chars().count() == 1)
}

/// A number that German and its neighbours write with a full stop: `3. Oktober`, `19. Jahrhundert`.
fn is_ordinal(stem: &str) -> bool {
    (1..=2).contains(&stem.len()) && stem.bytes().all(|b| b.is_ascii_digit())
}

/// Abbreviations that hardly ever end a sentence, without their last full stop: a choice from the suppressions of
/// CLDR 46 for English, German, French, Spanish, Italian and Dutch (`common/segments/*.xml`) and what is like them, less
/// those that are words as well.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "mt", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "maj", "gov", "sen",
    "rep", "jr", "sr", "vs", "approx", "dept", "est", "e.g", "i.e", "u.s", "u.k", "u.n", "u.s.a", "d.c", "l.a", "n.y",
    "a.m", "p.m", "ph.d", "jan", "feb", "aug", "sept", "oct", "nov", "dec", "inc", "ltd", "corp", "bros", "ave",
    "blvd", "z.b", "d.h", "u.a", "bzw", "ca", "evtl", "ggf", "hr", "fr", "nr", "str", "usw", "vgl", "mme", "mlle",
    "mm", "env", "sra", "srta", "dra", "ud", "uds", "ee", "sig", "dott", "avv", "ing", "dhr", "mevr", "bijv", "d.w.z",
];

/// Abbreviations only in front of a number.
const BEFORE_NUMBERS: &[&str] = &[
    "no", "nos", "p", "pp", "vol", "fig", "art", "ch", "sec", "op", "ex", "mar", "apr", "jun", "jul", "pág", "núm",
    "tel",
];

/// Words of German that a number before a noun follows.
const BEFORE_ORDINALS: &[&str] =
    &["am", "im", "der", "die", "das", "den", "dem", "des", "vom", "zum", "zur", "beim", "ab", "seit", "bis"];

/// How people say what others quote, in English, German, French, Spanish, Italian.
const SAYING: &[&str] = &[
    "said",
    "says",
    "asked",
    "asks",
    "cried",
    "shouted",
    "replied",
    "answered",
    "whispered",
    "added",
    "exclaimed",
    "yelled",
    "wondered",
    "called",
    "sagte",
    "sagt",
    "fragte",
    "fragt",
    "rief",
    "ruft",
    "antwortete",
    "flüsterte",
    "schrie",
    "meinte",
    "dit",
    "demanda",
    "demande",
    "répondit",
    "cria",
    "crié",
    "demandé",
    "répondu",
    "dijo",
    "preguntó",
    "respondió",
    "gritó",
    "exclamó",
    "disse",
    "chiese",
    "rispose",
    "gridò",
    "esclamò",
];
