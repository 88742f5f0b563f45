//! From cues to words: how a cue's text falls apart, and when each word is said.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::Word;
use super::markup::Mark;
use crate::time::round_micros;

/// What a word takes beyond its letters, counted in letters: the breath between words.
const WORD_COST: f64 = 2.0;
/// A digit is said as a word: 3 is `three`, 1998 is `nineteen ninety-eight`.
const DIGIT_COST: f64 = 4.0;

/// A word that begins closer to the end of its cue lies outside of it, in seconds.
const SHORTEST: f64 = 0.001;

/// Letters per piece where a script puts no blanks between words: about one word of Chinese or Japanese.
const IDEOGRAPHS: usize = 2;
/// The same for Thai, Lao, Khmer and Burmese, whose words are longer.
const SOUTH_EAST: usize = 4;

/// Write the words of one cue to `words`.
///
/// `marks` are times of the file itself. What stands between two of them, and a cue without any, shares its time in
/// proportion to the [`cost`] of each word.
pub(super) fn of_cue(words: &mut Vec<Word>, cue: usize, span: (f64, f64), text: &str, marks: &[Mark]) {
    let pieces = split(text);
    let stretches = stretches(text, span, marks);
    let of = |byte: usize| stretches.partition_point(|s| s.at <= byte).saturating_sub(1);
    let cost = |piece: &Range<usize>| cost(&text[piece.clone()]);
    let (mut first, mut free) = (0, span.0);
    while let Some(piece) = pieces.get(first) {
        let here = of(piece.start);
        let until = first + pieces[first..].iter().take_while(|p| of(p.start) == here).count().max(1);
        let run = &pieces[first..until];
        // A word may be put together from several stretches: `l'` and `était`.
        let last = run.last().map_or(here, |p| of(p.end.saturating_sub(1)));
        let (Some(begin), Some(end)) = (stretches.get(here), stretches.get(last)) else { return };
        let from = if said(text, begin.at..piece.start) { begin.time(piece.start) } else { begin.start };
        let to = match pieces.get(until) {
            Some(next) if of(next.start) == last && last > here => end.time(next.start),
            _ => end.end,
        };
        let (from, to) = (from.max(free), to.max(from).max(free));
        let own = stretches[here..=last].iter().all(|s| s.own);
        let timed = run.len() == 1 && (own || marks.is_empty() && pieces.len() == 1);
        let total: f64 = run.iter().map(cost).sum();
        let (mut before, mut begin) = (0.0, round_micros(from));
        for piece in run {
            before += cost(piece);
            let end = round_micros(from + (to - from) * before / total);
            words.push(Word { start: begin, end, text: text[piece.clone()].to_owned(), cue, timed });
            begin = end;
        }
        (first, free) = (until, to);
    }
}

/// How long a word takes to say, in letters.
pub(super) fn cost(word: &str) -> f64 {
    word.chars().map(|c| if c.is_numeric() { DIGIT_COST } else { 1.0 }).sum::<f64>() + WORD_COST
}

/// Text whose beginning and end have a time.
struct Stretch {
    /// Its bytes.
    at: usize,
    until: usize,
    /// Seconds.
    start: f64,
    end: f64,
    own: bool,
}

impl Stretch {
    /// When a byte inside of it is said, if it is said evenly.
    fn time(&self, byte: usize) -> f64 {
        let share = (byte - self.at) as f64 / (self.until - self.at).max(1) as f64;
        self.start + (self.end - self.start) * share
    }
}

/// Cut a text at its marks. Times that run backwards or lie outside of the cue are taken as no news.
fn stretches(text: &str, (start, end): (f64, f64), marks: &[Mark]) -> Vec<Stretch> {
    let mut known = vec![Mark { own: !marks.is_empty(), ..Mark::new(0, start) }];
    for mark in marks {
        let time = mark.start.max(start);
        let (Some(last), before) = (known.last().copied(), known.len().saturating_sub(2)) else { break };
        if time > end - SHORTEST || time < last.start {
            // What is said then has to share the time of the words before.
            let own = last.own && time < last.start;
            known.splice(known.len() - 1.., [Mark { end: None, own, ..last }]);
        } else if !said(text, last.at..mark.at.min(text.len())) {
            // Two times with nothing said between them: the first one ends what is said before.
            if let Some(before) = known.get_mut(before).filter(|before| before.at < last.at) {
                before.end = before.end.or(Some(last.start));
            }
            known.splice(known.len() - 1.., [Mark { at: last.at, start: time, ..*mark }]);
        } else if mark.at < text.len() {
            known.push(Mark { start: time, ..*mark });
        } else {
            known.splice(known.len() - 1.., [Mark { end: last.end.or(Some(time)), ..last }]);
        }
    }
    let nexts = known.iter().skip(1).map(|next| (next.at, next.start)).chain([(text.len(), end)]);
    let cut = |(mark, (until, next)): (&Mark, (usize, f64))| Stretch {
        at: mark.at,
        until,
        start: mark.start,
        end: mark.end.filter(|end| *end >= mark.start).map_or(next, |end| end.min(next)),
        own: mark.own,
    };
    known.iter().zip(nexts).map(cut).collect()
}

/// Is there more than blanks?
fn said(text: &str, range: Range<usize>) -> bool {
    text.get(range).is_some_and(|text| !text.trim().is_empty())
}

/// The byte ranges of the words of a text: by blanks, and inside of scripts that use none by a few letters.
/// Punctuation on its own belongs to the word before it, at the beginning and where it opens something to the word after
/// it. None is empty.
pub(super) fn split(text: &str) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut lead: Option<usize> = None;
    for (at, token) in tokens(text) {
        for piece in parts(at, token) {
            let bare = !text[piece.clone()].chars().any(char::is_alphanumeric);
            match pieces.last_mut() {
                // « Pourquoi » has blanks inside of its quotes.
                Some(_) if bare && (lead.is_some() || opens(&text[piece.clone()])) => lead = lead.or(Some(piece.start)),
                Some(last) if bare => last.end = piece.end,
                None if bare => lead = lead.or(Some(piece.start)),
                _ => pieces.push(lead.take().unwrap_or(piece.start)..piece.end),
            }
        }
    }
    match (lead, pieces.last_mut()) {
        (Some(_), Some(last)) => last.end = text.trim_end().len(),
        (Some(start), None) => pieces.push(start..text.trim_end().len()),
        (None, _) => {}
    }
    pieces
}

/// What stands between blanks, with its first byte.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive(char::is_whitespace).filter_map(move |token| {
        let at = next;
        next += token.len();
        let token = token.trim_end();
        (!token.is_empty()).then_some((at, token))
    })
}

/// Cut a token where it is written without blanks.
fn parts(offset: usize, token: &str) -> Vec<Range<usize>> {
    if !token.chars().any(|c| limit(c).is_some()) {
        return std::iter::once(offset..offset + token.len()).collect();
    }
    let mut parts: Vec<(Range<usize>, usize)> = Vec::new();
    for (at, piece) in token.split_word_bound_indices() {
        let range = offset + at..offset + at + piece.len();
        let letters = piece.chars().filter(|c| c.is_alphanumeric()).count();
        let most = piece.chars().find_map(limit);
        match parts.last_mut() {
            // Opening marks begin a word; what else is no letter ends one.
            Some((last, held)) if letters == 0 && !opens(piece) || *held == 0 => {
                last.end = range.end;
                *held += letters;
            }
            Some((last, held)) if most.is_some_and(|most| *held + letters <= most) && !closed(token, offset, last) => {
                last.end = range.end;
                *held += letters;
            }
            _ => parts.push((range, letters)),
        }
    }
    parts.into_iter().map(|(range, _)| range).collect()
}

/// Does the part end with punctuation, or in a script with blanks?
fn closed(token: &str, offset: usize, part: &Range<usize>) -> bool {
    let last = token[part.start - offset..part.end - offset].chars().next_back();
    last.is_some_and(|c| limit(c).is_none())
}

fn opens(piece: &str) -> bool {
    piece
        .chars()
        .all(|c| matches!(c, '(' | '[' | '{' | '«' | '“' | '‘' | '「' | '『' | '（' | '【' | '《' | '〈' | '¿' | '¡'))
}

/// Letters per piece in scripts without blanks between words; `None` for all others.
fn limit(c: char) -> Option<usize> {
    match u32::from(c) {
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF => Some(SOUTH_EAST),
        0x3005..=0x3007 | 0x3040..=0x30FF | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF => Some(IDEOGRAPHS),
        0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFF => Some(IDEOGRAPHS),
        _ => None,
    }
}

/// Is the character of a script that puts no blanks between words, or one of its punctuation marks?
pub(super) fn without_blanks(c: char) -> bool {
    limit(c).is_some() || matches!(u32::from(c), 0x3000..=0x303F | 0xFF00..=0xFF65)
}

/// The text of a run of words, and the byte range of each in it.
pub(crate) fn join(words: &[Word]) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let mut ranges = Vec::with_capacity(words.len());
    for word in words {
        let glued = text.chars().next_back().is_some_and(without_blanks) && word.text.starts_with(without_blanks);
        if !text.is_empty() && !glued {
            text.push(' ');
        }
        let start = text.len();
        text.push_str(&word.text);
        ranges.push(start..text.len());
    }
    (text, ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn punctuation_stays_with_its_word() {
        assert_eq!(texts("Don't stop, \"now\"!"), ["Don't", "stop,", "\"now\"!"]);
        assert_eq!(texts("- Hi there – you"), ["- Hi", "there –", "you"]);
        assert_eq!(texts("C'est ça ?"), ["C'est", "ça ?"]);
        assert_eq!(texts("Ça ! « Pourquoi ? » dit-il ("), ["Ça !", "« Pourquoi ? »", "dit-il ("]);
        assert_eq!(texts("..."), ["..."]);
        assert!(texts(" ").is_empty());
    }

    #[test]
    fn scripts_without_blanks_fall_into_a_few_letters() {
        assert_eq!(texts("你好，世界。「再见」"), ["你好，", "世界。", "「再见」"]);
        assert_eq!(texts("我用Python写"), ["我用", "Python", "写"]);
        assert!(texts("สวัสดีครับ").iter().all(|w| w.chars().count() <= 6));
        assert_eq!(texts("안녕하세요 여러분"), ["안녕하세요", "여러분"]);
    }

    #[test]
    fn time_is_shared_by_letters() {
        let mut words = Vec::new();
        // Costs: "Hi" 2+2, "everyone" 8+2, of 14 in 7 s.
        of_cue(&mut words, 3, (10.0, 17.0), "Hi everyone", &[]);
        let times: Vec<(f64, f64)> = words.iter().map(|w| (w.start, w.end)).collect();
        assert_eq!(times, [(10.0, 12.0), (12.0, 17.0)]);
        assert!(words.iter().all(|w| w.cue == 3 && !w.timed));
    }

    #[test]
    fn times_of_the_file_win() {
        let mut words = Vec::new();
        of_cue(&mut words, 0, (1.0, 4.0), "Hi there you", &[Mark::new(3, 2.0), Mark::new(9, 3.5)]);
        let times: Vec<(f64, f64, bool)> = words.iter().map(|w| (w.start, w.end, w.timed)).collect();
        assert_eq!(times, [(1.0, 2.0, true), (2.0, 3.5, true), (3.5, 4.0, true)]);
    }

    fn said_at(text: &str, marks: &[(usize, f64, f64)]) -> Vec<(String, f64, f64, bool)> {
        let mark = |&(at, start, end): &(usize, f64, f64)| Mark { at, start, end: Some(end), own: true };
        let mut words = Vec::new();
        of_cue(&mut words, 0, (0.0, 10.0), text, &marks.iter().map(mark).collect::<Vec<_>>());
        words.into_iter().map(|w| (w.text, w.start, w.end, w.timed)).collect()
    }

    #[test]
    fn words_have_ends_of_their_own_and_may_be_glued_together() {
        let said = said_at(
            "je l'était 你好吗",
            &[(0, 1.0, 1.5), (3, 2.0, 2.2), (5, 2.2, 2.9), (12, 4.0, 4.1), (15, 4.1, 4.6), (18, 4.6, 5.0)],
        );
        let wanted = [("je", 1.0, 1.5), ("l'était", 2.0, 2.9), ("你好", 4.0, 4.6), ("吗", 4.6, 5.0)];
        assert_eq!(said, wanted.map(|(text, start, end)| (text.to_owned(), start, end, true)));
    }

    #[test]
    fn times_outside_of_the_cue_are_shared_before_its_end() {
        let said = said_at("aa bb cc", &[(0, 8.0, 8.5), (3, 10.5, 11.0), (6, 11.0, 12.0)]);
        assert!(said.iter().all(|w| !w.3) && said[0].1 == 8.0 && said[2].2 == 10.0, "{said:?}");
    }

    #[test]
    fn joined_words_read_like_their_text() {
        let mut words = Vec::new();
        of_cue(&mut words, 0, (0.0, 1.0), "你好，世界。", &[]);
        of_cue(&mut words, 1, (1.0, 2.0), "Hi there", &[]);
        assert_eq!(join(&words).0, "你好，世界。 Hi there");
    }
}
