//! Words to captions: a few words at a time, two short lines at most, broken where one would breathe.

use super::Shown;

/// Most characters in a line at the default size; what is longer is broken by libass at the safe area.
const LINE: usize = 20;

/// Longest time a caption stands, in seconds.
const LONGEST: f64 = 4.0;

/// A pause from which words belong to different captions, in seconds.
const PAUSE: f64 = 0.6;

/// A caption may stand this long after its last word, in seconds, so that it does not flicker.
const LINGER: f64 = 0.4;

/// What is shown at once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caption {
    /// Seconds from the start of the clip.
    pub(crate) start: f64,
    /// Seconds from the start of the clip.
    pub(crate) end: f64,
    /// One or two lines.
    pub(crate) lines: Vec<String>,
}

/// Group the words that a clip shows into captions.
pub(crate) fn captions(words: &[Shown]) -> Vec<Caption> {
    let mut groups: Vec<&[Shown]> = Vec::new();
    let mut from = 0;
    for index in 0..words.len() {
        let Some(next) = words.get(index + 1) else {
            groups.push(&words[from..]);
            break;
        };
        if breaks(&words[from..=index], next) {
            let end = breath(words, from, index);
            groups.push(&words[from..=end]);
            from = end + 1;
        }
    }
    let mut captions: Vec<Caption> = groups.iter().filter_map(|group| caption(group)).collect();
    for index in 0..captions.len() {
        let room = captions.get(index + 1).map_or(f64::INFINITY, |next| next.start);
        captions[index].end = (captions[index].end + LINGER).min(room);
    }
    captions.retain(|caption| caption.end > caption.start);
    captions
}

/// The last word of a caption that would end at `end`: words that belong to the next one move on with it.
fn breath(words: &[Shown], from: usize, end: usize) -> usize {
    let earliest = from.max(end.saturating_sub(2));
    (earliest..=end).rev().find(|at| !clings(&words[*at].text)).unwrap_or(end)
}

/// Does a caption end between `group` and `next`?
fn breaks(group: &[Shown], next: &Shown) -> bool {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return false };
    let length = width(group);
    let grown = length + 1 + next.text.chars().count();
    let too_long = grown > 2 * LINE || next.end - first.start > LONGEST || next.start - last.end > PAUSE;
    let sentence_ends = last.text.ends_with(['.', '!', '?', '…', '。', '！', '？']);
    let clause_ends = last.text.ends_with([',', ';', ':', '—', '、', '，']) && length >= LINE;
    too_long || sentence_ends || clause_ends
}

fn width(group: &[Shown]) -> usize {
    group.iter().map(|word| word.text.chars().count() + 1).sum::<usize>().saturating_sub(1)
}

fn caption(group: &[Shown]) -> Option<Caption> {
    let (first, last) = (group.first()?, group.last()?);
    Some(Caption { start: first.start, end: last.end, lines: balance(group) })
}

/// One line if it fits, else two of about the same length that do not end in an article or a preposition.
fn balance(group: &[Shown]) -> Vec<String> {
    let text = |part: &[Shown]| join(part);
    if width(group) <= LINE || group.len() < 2 {
        return vec![text(group)];
    }
    let cost = |at: &usize| {
        let (upper, lower) = group.split_at(*at);
        let uneven = width(upper).abs_diff(width(lower)) as i64;
        let hangs = upper.last().is_some_and(|word| clings(&word.text));
        let overflow = width(upper).saturating_sub(LINE) + width(lower).saturating_sub(LINE);
        uneven + if hangs { 24 } else { 0 } + overflow as i64 * 10
    };
    let at = (1..group.len()).min_by_key(cost).unwrap_or(1);
    let (upper, lower) = group.split_at(at);
    vec![text(upper), text(lower)]
}

fn join(part: &[Shown]) -> String {
    let mut line = String::new();
    for word in part {
        // Words of languages written without blanks stay together.
        let joined = line.is_empty() || (is_unspaced(&line) && is_unspaced(&word.text));
        if !joined {
            line.push(' ');
        }
        line.push_str(&word.text);
    }
    line
}

fn is_unspaced(text: &str) -> bool {
    text.chars().any(|c| matches!(c as u32, 0x0E00..=0x0EFF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF))
}

/// Words that belong to the one after them.
fn clings(word: &str) -> bool {
    const CLINGING: [&str; 28] = [
        "a", "an", "the", "of", "to", "in", "on", "at", "for", "with", "by", "from", "and", "or", "but", "der", "die",
        "das", "ein", "eine", "le", "la", "les", "un", "une", "el", "los", "de",
    ];
    CLINGING.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Shown> {
        text.split(' ')
            .enumerate()
            .map(|(n, w)| Shown { start: n as f64 * 0.3, end: n as f64 * 0.3 + 0.3, text: w.into() })
            .collect()
    }

    #[test]
    fn captions_are_short_in_order_and_complete() {
        let text =
            "The keeper of the light climbed two hundred steps every single night, and nobody ever asked why. He did.";
        let captions = captions(&words(text));
        let joined: Vec<String> = captions.iter().flat_map(|c| c.lines.clone()).collect();
        assert_eq!(joined.join(" "), text);
        assert!(
            captions.iter().all(|c| c.lines.len() <= 2 && c.lines.iter().all(|l| l.chars().count() <= LINE + 4)),
            "{captions:?}"
        );
        assert!(captions.windows(2).all(|pair| pair[0].end <= pair[1].start));
        assert_eq!(captions.last().unwrap().lines, ["He did."], "a sentence begins a caption of its own");
    }

    #[test]
    fn a_caption_does_not_end_in_an_article() {
        let captions =
            captions(&words("Fourteen miles off Plymouth lies the Eddystone reef, which was said to take ships"));
        let ends: Vec<_> = captions.iter().filter_map(|c| c.lines.last()?.split(' ').next_back()).collect();
        assert!(ends.len() >= 2 && !ends.iter().any(|word| clings(word)), "{captions:?}");
    }

    #[test]
    fn a_line_does_not_end_in_an_article() {
        let lines = balance(&words("he walked down to the old lighthouse"));
        assert!(!lines[0].ends_with(" the") && !lines[0].ends_with(" to"), "{lines:?}");
    }
}
