//! Small word lists behind the features of a text. They are English; in other languages these features are left out or
//! judged by punctuation alone.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What is known of a word; a set of bits.
pub(super) type Marks = u16;

/// As a first word, it points to something said before.
pub(super) const DANGLING: Marks = 1;
/// Speaks of somebody or something that was named before.
pub(super) const PRONOUN: Marks = 1 << 1;
/// Begins a question or the answer to one that nobody asked yet.
pub(super) const QUESTION: Marks = 1 << 2;
/// Speaks to the viewer.
pub(super) const ADDRESS: Marks = 1 << 3;
/// A number.
pub(super) const NUMBER: Marks = 1 << 4;
/// Strong, or a contrast.
pub(super) const STRONG: Marks = 1 << 5;
/// Names a feeling or a thing that moves people.
pub(super) const EMOTION: Marks = 1 << 6;
/// Typical of stories: time passing, turns.
pub(super) const STORY: Marks = 1 << 7;
/// Typical of explanations and lists.
pub(super) const ARGUMENT: Marks = 1 << 8;
/// Ends with a question mark.
pub(super) const ASKS: Marks = 1 << 9;
/// Ends with an exclamation mark, or is written in capitals.
pub(super) const LOUD: Marks = 1 << 10;
/// The note of a laugh, of applause or of a cheer.
pub(super) const REACTION: Marks = 1 << 11;

const LISTS: [(Marks, &str); 9] = [
    (
        DANGLING,
        "and but so or nor because which who whom whose that this these those he she it they him them her his its \
         their it's that's he's she's they're then also too therefore otherwise anyway plus yeah yes okay ok well \
         right exactly",
    ),
    (PRONOUN, "he she it they him them his hers their theirs it's he's she's they're that's those these there"),
    (QUESTION, "why how what who"),
    (ADDRESS, "you your yours you're you've you'll you'd yourself imagine listen look let's"),
    (
        // `one` mostly is no number.
        NUMBER,
        "two three four five six seven eight nine ten twenty thirty fifty hundred thousand million billion percent \
         half twice first",
    ),
    (
        STRONG,
        "never always nobody everybody everyone nothing everything secret mistake wrong truth lie myth actually \
         really best worst biggest most only impossible incredible amazing crazy insane shocking terrible love hate \
         fear afraid stop warning problem danger dangerous fail failed kill killed die died free instead however \
         unlike despite although but yet suddenly finally",
    ),
    (
        EMOTION,
        "love loved loves hate hated fear afraid scared terrified scary happy happiness sad angry anger furious \
         excited exciting thrilled amazing incredible awesome beautiful wonderful terrible horrible awful disgusting \
         shocked shocking surprised surprising unbelievable crazy insane ridiculous hilarious funny laugh laughed cry \
         cried crying tears pain painful hurt heart broken lonely alone proud ashamed guilty jealous grateful hope \
         hopeless desperate panic nightmare dream miracle disaster tragedy death dead die died dying kill killed war \
         fight win won lost lose fail failed failure success victory dangerous danger risk brave courage hero evil \
         wild stunned brutal devastating",
    ),
    (
        STORY,
        "when once then suddenly finally eventually after before until later ago yesterday morning night day year \
         years started began turned realized remember remembered happened story decided discovered told moment",
    ),
    (
        ARGUMENT,
        "because reason reasons therefore means example instance first second third firstly secondly finally \
         conclusion point problem solution answer result difference why lesson key step",
    ),
];

static WORDS: LazyLock<HashMap<&'static str, Marks>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (mark, list) in LISTS {
        for word in list.split_whitespace() {
            *words.entry(word).or_insert(0) |= mark;
        }
    }
    words
});

/// Notes of sounds that an audience makes.
const REACTIONS: [&str; 6] = ["laugh", "applau", "cheer", "giggl", "chuckl", "crowd"];

/// What is known of a word of English, in its [`plain`](crate::clip::text::plain) form.
pub(super) fn english(word: &str) -> Marks {
    WORDS.get(word).copied().unwrap_or(0)
}

/// What can be told of a word as written, in any language.
pub(super) fn written(word: &str) -> Marks {
    let mut marks = 0;
    if word.contains(['?', '？', '؟', '⁇', '⁈']) {
        marks |= ASKS;
    }
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let shouted = letters >= 3 && word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
    if word.contains(['!', '！', '‼']) || shouted {
        marks |= LOUD;
    }
    if word.chars().any(char::is_numeric) {
        marks |= NUMBER;
    }
    marks
}

/// Is the note of a sound one of an audience that is moved, such as `[laughter]`?
pub(super) fn reaction(note: &str) -> bool {
    let note = note.to_lowercase();
    REACTIONS.iter().any(|stem| note.contains(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_can_be_in_several_lists() {
        assert_eq!(english("finally"), STRONG | STORY | ARGUMENT);
        assert_eq!(english("table"), 0);
    }

    #[test]
    fn punctuation_digits_and_capitals_tell_in_any_language() {
        assert_eq!(written("warum?"), ASKS);
        assert_eq!(written("真的吗？"), ASKS);
        assert_eq!(written("NIEMALS"), LOUD);
        assert_eq!(written("I"), 0);
        assert_eq!(written("1912,"), NUMBER);
        assert!(reaction("[Laughter]") && reaction("(crowd cheering)") && !reaction("[music]"));
    }
}
