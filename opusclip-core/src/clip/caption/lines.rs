//! Tokens to captions: a few words at a time, two short lines at most, broken where one would breathe. Of all ways to
//! divide a clip's words the one that costs least is taken.

use std::ops::Range;

use super::binding::binds;
use super::token::Token;

/// A pause from which words belong to different captions, in seconds.
const PAUSE: f64 = 0.6;

/// Longest time a caption stands, in seconds: in a calm look as subtitles have it.
const LONGEST: f64 = 4.0;
const LONGEST_CALM: f64 = 7.0;

/// Most characters a second that are read with ease.
pub(super) const READ: f64 = 17.0;

/// Costs. Each caption has one, so that they are filled.
const CAPTION: f64 = 1.0;
const ENDS_IN_CLAUSE: f64 = 0.25;
const ENDS_ANYWHERE: f64 = 0.9;
const TORN: f64 = 2.5;
const SENTENCE_INSIDE: f64 = 3.0;
const SENTENCE_INSIDE_CALM: f64 = 0.5;
const TOO_FAST: f64 = 4.0;
const TOO_SHORT: f64 = 1.0;

/// Shorter captions flicker, in seconds; subtitles stand five sixths of a second at least.
const SHORTEST: f64 = 0.5;
pub(super) const SHORTEST_CALM: f64 = 5.0 / 6.0;

/// What decides how much fits.
pub(super) struct Room<'a> {
    /// Width of each token and of a blank, and how wide a line may be, all in pixels.
    pub(super) widths: &'a [f64],
    pub(super) blank: f64,
    pub(super) width: f64,
    pub(super) max_lines: usize,
    pub(super) max_words: usize,
    pub(super) calm: bool,
    pub(super) language: Option<&'a str>,
}

/// What is shown at once, as ranges of tokens.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) lines: Vec<Range<usize>>,
}

impl Group {
    pub(super) fn tokens(&self) -> Range<usize> {
        self.lines.first().map_or(0, |line| line.start)..self.lines.last().map_or(0, |line| line.end)
    }
}

/// Group tokens into captions.
pub(super) fn group(tokens: &[Token], room: &Room<'_>) -> Vec<Group> {
    // The least cost of captions up to each token, and where the last of them begins.
    let mut best: Vec<(f64, usize)> = vec![(0.0, 0)];
    for end in 1..=tokens.len() {
        let mut least = (f64::INFINITY, end - 1);
        for start in (0..end).rev() {
            let Some(cost) = cost(tokens, start..end, room) else { break };
            if best[start].0 + cost < least.0 {
                least = (best[start].0 + cost, start);
            }
        }
        best.push(least);
    }
    let mut groups = Vec::new();
    let mut end = tokens.len();
    while end > 0 {
        let start = best[end].1.min(end - 1);
        groups.push(Group {
            lines: lines(tokens, start..end, room).unwrap_or_else(|| std::iter::once(start..end).collect()),
        });
        end = start;
    }
    groups.reverse();
    groups
}

/// What a caption of these tokens costs; `None` where it cannot be.
fn cost(tokens: &[Token], range: Range<usize>, room: &Room<'_>) -> Option<f64> {
    let part = &tokens[range.clone()];
    let (first, last) = (part.first()?, part.last()?);
    let length = last.end - first.start;
    if part.len() > 1 {
        let longest = if room.calm { LONGEST_CALM } else { LONGEST };
        let paused = part.windows(2).any(|pair| pair[1].start - pair[0].end > PAUSE);
        if paused || part.len() > room.max_words || length > longest {
            return None;
        }
    }
    let lines = lines(tokens, range.clone(), room)?;
    let mut cost = CAPTION + line_cost(tokens, &lines, room);
    let inside = part[..part.len() - 1].iter().filter(|token| ends_sentence(&token.text)).count() as f64;
    cost += inside * if room.calm { SENTENCE_INSIDE_CALM } else { SENTENCE_INSIDE };
    let until = tokens.get(range.end).map_or(f64::INFINITY, |next| next.start);
    cost += border(tokens, range.end, room);
    if length < SHORTEST && until - first.start < SHORTEST {
        cost += TOO_SHORT;
    }
    if room.calm {
        let letters = part.iter().map(|token| token.text.chars().count() + usize::from(token.spaced)).sum::<usize>();
        let stands = (until - first.start).min(length + SHORTEST).max(0.01);
        cost += TOO_FAST * (letters as f64 / stands / READ - 1.0).max(0.0);
    }
    Some(cost)
}

/// What it costs to end a caption before token `at`.
fn border(tokens: &[Token], at: usize, room: &Room<'_>) -> f64 {
    let (Some(before), Some(next)) = (at.checked_sub(1).and_then(|at| tokens.get(at)), tokens.get(at)) else {
        return 0.0;
    };
    if ends_sentence(&before.text) || next.start - before.end > PAUSE {
        0.0
    } else if ends_clause(&before.text) {
        ENDS_IN_CLAUSE
    } else if binds(&before.text, &next.text, room.language) {
        ENDS_ANYWHERE + TORN
    } else {
        // A breath is a border too.
        ENDS_ANYWHERE - (next.start - before.end).clamp(0.0, PAUSE)
    }
}

/// Uneven lines, and lines that end in the middle of what belongs together.
fn line_cost(tokens: &[Token], lines: &[Range<usize>], room: &Room<'_>) -> f64 {
    let widths: Vec<f64> = lines.iter().map(|line| width(tokens, line.clone(), room)).collect();
    let widest = widths.iter().copied().fold(0.0, f64::max).max(1.0);
    let uneven: f64 = widths.iter().map(|width| (1.0 - width / widest).powi(2)).sum();
    let inner = lines.iter().skip(1).map(|line| border(tokens, line.start, room) * 0.5).sum::<f64>();
    // A single word alone is a poor use of the screen where more would fit.
    let empty = (1.0 - widest / room.width).max(0.0).powi(2);
    uneven * 0.6 + inner + empty
}

/// One line if it fits, else the best two; `None` where they do not fit. A token alone always has a line.
fn lines(tokens: &[Token], range: Range<usize>, room: &Room<'_>) -> Option<Vec<Range<usize>>> {
    if range.len() == 1 || width(tokens, range.clone(), room) <= room.width {
        return Some(vec![range]);
    }
    if room.max_lines < 2 {
        return None;
    }
    let halves = (range.start + 1..range.end).map(|at| vec![range.start..at, at..range.end]);
    halves
        .filter(|lines| lines.iter().all(|line| width(tokens, line.clone(), room) <= room.width))
        .min_by(|a, b| line_cost(tokens, a, room).total_cmp(&line_cost(tokens, b, room)))
}

/// How wide a line of these tokens is.
pub(super) fn width(tokens: &[Token], line: Range<usize>, room: &Room<'_>) -> f64 {
    let blanks = tokens[line.clone()].iter().skip(1).filter(|token| token.spaced).count();
    room.widths[line].iter().sum::<f64>() + blanks as f64 * room.blank
}

fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '\'', '”', '’', '»', ')', '」']);
    text.ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '؟', '۔'])
}

fn ends_clause(text: &str) -> bool {
    text.ends_with([',', ';', ':', '—', '–', '、', '，', '；', '،', '؛'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each letter is ten pixels wide.
    fn grouped(text: &str, width: f64, calm: bool) -> Vec<Vec<String>> {
        let tokens: Vec<Token> = text
            .split(' ')
            .enumerate()
            .map(|(n, w)| Token { start: n as f64 * 0.3, end: n as f64 * 0.3 + 0.3, text: w.into(), spaced: n > 0 })
            .collect();
        let widths: Vec<f64> = tokens.iter().map(|token| token.text.chars().count() as f64 * 10.0).collect();
        let room =
            Room { widths: &widths, blank: 10.0, width, max_lines: 2, max_words: 12, calm, language: Some("en") };
        group(&tokens, &room)
            .iter()
            .map(|g| g.lines.iter().map(|l| super::super::token::join(&tokens[l.clone()])).collect())
            .collect()
    }

    #[test]
    fn captions_are_short_in_order_and_complete() {
        let text =
            "The keeper of the light climbed two hundred steps every single night, and nobody ever asked why. He did.";
        let captions = grouped(text, 200.0, false);
        assert_eq!(captions.concat().join(" "), text);
        assert!(captions.iter().all(|c| c.len() <= 2 && c.iter().all(|l| l.chars().count() <= 20)), "{captions:?}");
        assert_eq!(captions.last().unwrap(), &["He did."], "a sentence begins a caption of its own");
    }

    #[test]
    fn no_line_and_no_caption_ends_in_an_article() {
        let text = "Fourteen miles off Plymouth lies the Eddystone reef, which was said to take ships by the dozen";
        for width in [180.0, 200.0, 240.0, 300.0] {
            let captions = grouped(text, width, false);
            let lines = captions.concat();
            let torn =
                |line: &&String| [" the", " of", " to", " was", " by", " a"].iter().any(|end| line.ends_with(end));
            assert!(!lines.iter().any(|line| torn(&line)), "{width}: {captions:?}");
        }
    }

    #[test]
    fn a_token_wider_than_a_line_stands_alone() {
        assert_eq!(grouped("a Donaudampfschifffahrtsgesellschaft is", 200.0, false).len(), 3);
    }
}
