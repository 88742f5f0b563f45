//! Sentences cut to a length, at borders of clauses or words, with nothing left hanging.

use crate::clip::text::stem::{Lexicon, plain, unspaced};

/// Fewer words than this make no title.
const FEWEST_WORDS: usize = 3;
/// The same in scripts without blanks, in letters.
const FEWEST_LETTERS: usize = 5;

/// First words that only lead in, in English; others are only dropped where every language has them.
const FILLERS: &str = "\
    so and but um uh er erm well okay ok now then like yeah yes right oh because anyway also \
    moreover however therefore afterward";
/// Two words that only lead in.
const FILLER_PAIRS: &[(&str, &str)] = &[("you", "know"), ("i", "mean"), ("of", "course")];
/// The end of a clause.
const CLAUSE_ENDS: [char; 12] = [',', ';', ':', '–', '—', '،', '、', '，', '；', '：', '。', '؛'];

/// The sentence without lead-ins, in one line, beginning with a capital letter.
pub(super) fn tidy(sentence: &str) -> String {
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let mut words: Vec<&str> = sentence.split(blank).filter(|word| !word.is_empty()).collect();
    loop {
        let bare = |at: usize| words.get(at).map(|word| plain(word)).unwrap_or_default();
        let drop = if FILLER_PAIRS.contains(&(bare(0).as_str(), bare(1).as_str())) && words[1].ends_with(',') {
            2
        } else {
            usize::from(!words.is_empty() && (FILLERS.split(' ').any(|filler| filler == bare(0)) || bare(0).is_empty()))
        };
        // A sentence of nothing but lead-ins stays as it is.
        if drop == 0 || words.len() <= drop {
            break;
        }
        words.drain(..drop);
    }
    capital(&words.join(" "))
}

/// What may stand for a sentence.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) text: String,
    /// Does it end where the sentence has no border?
    pub(super) cut: bool,
}

/// What the sentence offers within so many characters: itself, or its clauses, or its beginning.
pub(super) fn candidates(sentence: &str, most: usize, lexicon: &Lexicon) -> Vec<Candidate> {
    let whole = tidy(sentence);
    if whole.chars().count() <= most {
        let whole = Candidate { text: whole, cut: false };
        return if enough(&whole.text) { vec![whole] } else { Vec::new() };
    }
    let mut found = Vec::new();
    for clause in clauses(&whole) {
        let clause = tidy(clause.trim().trim_end_matches(CLAUSE_ENDS));
        if clause.chars().count() <= most && enough(&clause) {
            found.push(Candidate { text: clause, cut: false });
        }
    }
    if found.is_empty() {
        found.extend(beginning(&whole, most, lexicon).map(|text| Candidate { text, cut: true }));
    }
    found
}

/// Pieces that end with a comma or the like, and not inside of a number.
fn clauses(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let border = letters.peek().is_none_or(|(_, next)| next.is_whitespace() || unspaced(*next));
        if CLAUSE_ENDS.contains(&letter) && border {
            found.push(&text[from..at + letter.len_utf8()]);
            from = at + letter.len_utf8();
        }
    }
    found.push(&text[from..]);
    found
}

/// The first words that fit, less those at their end that ask for more. Scripts without blanks have no such border.
fn beginning(text: &str, most: usize, lexicon: &Lexicon) -> Option<String> {
    if text.contains(unspaced) {
        return None;
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut length = 0;
    for word in text.split(' ') {
        length += word.chars().count() + usize::from(!kept.is_empty());
        if length > most {
            break;
        }
        kept.push(word);
    }
    while kept.last().is_some_and(|last| lexicon.is_stop(last) || plain(last).is_empty()) {
        kept.pop();
    }
    let text = kept.join(" ");
    let text = text.trim_end_matches(|c: char| CLAUSE_ENDS.contains(&c) || matches!(c, '(' | '“' | '"' | '-'));
    enough(text).then(|| text.to_owned())
}

fn enough(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    if text.contains(unspaced) {
        return letters >= FEWEST_LETTERS;
    }
    text.split(' ').filter(|word| word.contains(char::is_alphanumeric)).count() >= FEWEST_WORDS
}

/// Titles have no full stop; question and exclamation marks and an ellipsis say something and stay.
pub(super) fn without_full_stop(text: &str) -> String {
    let bare = text.trim_end_matches(|c: char| CLAUSE_ENDS.contains(&c) || c.is_whitespace());
    let abbreviated = bare.rsplit(' ').next().is_some_and(|last| last.matches('.').count() > 1);
    match bare.strip_suffix('.') {
        Some(rest) if !abbreviated => rest.trim_end().to_owned(),
        _ => bare.to_owned(),
    }
}

/// The text with its first letter as a capital, unless its first word mixes them (`iPhone`).
fn capital(text: &str) -> String {
    let mixed = text.split(' ').next().is_some_and(|word| word.chars().skip(1).any(char::is_uppercase));
    let Some((at, letter)) = text.char_indices().find(|(_, c)| c.is_alphanumeric()).filter(|_| !mixed) else {
        return text.to_owned();
    };
    let upper = upper(letter);
    format!("{}{upper}{}", &text[..at], &text[at + letter.len_utf8()..])
}

/// The capital of a letter. Some have one of two letters, or that of another word; those stay small.
pub(super) fn upper(letter: char) -> char {
    let mut capitals = letter.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) if capital.to_lowercase().eq([letter]) => capital,
        _ => letter,
    }
}
