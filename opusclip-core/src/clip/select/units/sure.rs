//! Which borders of sentences are known well enough to cut at.
//!
//! Where a transcript has times of cues only, a sentence that ends inside of a cue ends at a guess. A pause that is heard
//! there confirms it, unless the pause may as well be that of a comma or an abbreviation nearby.

use super::super::known::Known;
use super::Unit;
use crate::clip::transcript::Word;
use crate::time::Span;

/// A time this near to the edge of a pause agrees with it, in seconds: about what a voice detector is off.
const AGREE: f64 = 0.15;
/// A shorter pause may lie inside of a word, in seconds.
const SHORT: f64 = 0.1;
/// Words this near to the border, in seconds, may be what a pause belongs to.
const NEAR: f64 = 1.2;

/// Clips may begin and end only where the border is sure; nothing changes where nobody listened.
pub(super) fn only(mut units: Vec<Unit>, known: &Known<'_>) -> Vec<Unit> {
    if !known.heard() {
        return units;
    }
    for unit in &mut units {
        let Some((first, last)) = unit.words else { continue };
        unit.begins &= first.checked_sub(1).is_none_or(|before| is_sure(known, before, first));
        unit.ends &= last + 1 >= known.words.len() || is_sure(known, last, last + 1);
    }
    units
}

/// Is it known when one word ends and the next begins?
fn is_sure(known: &Known<'_>, before: usize, after: usize) -> bool {
    let (Some(last), Some(next)) = (known.words.get(before), known.words.get(after)) else { return true };
    if last.timed && next.timed || last.cue != next.cue {
        return true;
    }
    let gap = Span::new(last.end - AGREE, next.start + AGREE);
    let pauses = &known.analysis.pauses;
    let from = pauses.partition_point(|pause| pause.end < gap.start);
    let heard = pauses.iter().skip(from).take_while(|pause| pause.start <= gap.end);
    let long = heard.filter(|pause| pause.duration() >= SHORT).any(|pause| pause.clipped(gap).duration() > 0.0);
    long && !contested(known, (before, after), pauses)
}

/// Are there fewer pauses around than words that one may follow?
fn contested(known: &Known<'_>, (before, after): (usize, usize), pauses: &[Span]) -> bool {
    let (end, start) = (known.words[before].end, known.words[after].start);
    let around = Span::new(end - NEAR, start + NEAR);
    let marked = |word: &&Word| word.text.ends_with([',', ';', ':', '.', '!', '?', '…', '—', '–']) && !word.timed;
    let earlier = known.words[..before].iter().rev().take_while(|word| word.end > around.start).filter(marked);
    let later = known.words[after..].iter().take_while(|word| word.end < around.end).filter(marked);
    let places = 1 + earlier.count() + later.count();
    let from = pauses.partition_point(|pause| pause.end < around.start);
    let heard = pauses.iter().skip(from).take_while(|pause| pause.start <= around.end);
    heard.filter(|pause| pause.duration() >= SHORT).count() < places
}
