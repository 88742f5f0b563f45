//! Leaving out long pauses and fillers inside of a clip.
//!
//! A cut always lies in a gap between two words, and what is left out is either silence or a filler with the silence
//! around it. Nothing is cut before the first word of the clip or after its last one.

mod fillers;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::fillers::{Fillers, LONGEST_PHRASE, plain};
use crate::clip::transcript::Word;
use crate::config::{number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};
use crate::time::{Span, round_micros};

/// A kept stretch is at least this long, in seconds: shorter ones are heard as a stutter.
const SHORTEST_KEPT: f64 = 0.3;

/// Times are rounded to this, in seconds.
const ROUNDING: f64 = 1e-6;

/// What saves less than this is not worth a joint, in seconds.
const SHORTEST_CUT: f64 = 0.08;

/// A gap from which a word is set apart from the next as by a comma, in seconds.
const APART: f64 = 0.15;

/// A heard pause borders a word if it covers at least this much of the gap beside it, in seconds.
const BORDERING: f64 = 0.05;

/// What is left out inside of a clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TightenOptions {
    /// Shorten pauses that are longer than this many seconds, 0.1 to 60; 0.6 is a good value. Default `None`: pauses stay.
    #[serde(alias = "removePauses", deserialize_with = "optional_number")]
    pub remove_pauses: Option<f64>,
    /// Seconds that stay of a shortened pause, 0 to 5. Default 0.3.
    #[serde(alias = "keepPause", deserialize_with = "number")]
    pub keep_pause: f64,
    /// Leave out fillers, such as "um" and ", you know,", and stammered words. Default false.
    #[serde(alias = "removeFillers")]
    pub remove_fillers: bool,
    /// Language of the words as a tag, such as `en` or `pt-BR`; lists are there for en, de, fr, es, it, pt and nl. Default
    /// `None`: only sounds that are a word in none of these are fillers.
    pub language: Option<String>,
}

impl Default for TightenOptions {
    fn default() -> Self {
        Self { remove_pauses: None, keep_pause: 0.3, remove_fillers: false, language: None }
    }
}

impl TightenOptions {
    /// Check every option and how they fit together.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`], [`ErrorCode::ConfigNotFinite`] or [`ErrorCode::ConfigInvalid`], naming the option.
    pub fn validate(&self) -> Result<()> {
        within("keep_pause", self.keep_pause, 0.0, 5.0)?;
        if let Some(longest) = self.remove_pauses {
            within("remove_pauses", longest, 0.1, 60.0)?;
            if self.keep_pause > longest {
                let message = format!("keep_pause {} is over remove_pauses {longest}", self.keep_pause);
                return Err(Error::new(ErrorCode::ConfigOutOfRange, message)
                    .field("keep_pause")
                    .hint("keep less of a pause than makes it a long one"));
            }
        }
        if self.language.as_ref().is_some_and(|tag| tag.trim().is_empty()) {
            return Err(Error::new(ErrorCode::ConfigInvalid, "the language is empty")
                .field("language")
                .hint("give a tag such as en, or leave it out"));
        }
        Ok(())
    }
}

/// What is played of a clip when its long pauses and fillers are left out: stretches of the source in order, inside of
/// `range`, each at least 0.3 s long. Pure; without a wish in `options` it is the range itself.
///
/// `words` are those of the transcript in order of time, `pauses` the silence that was heard
/// ([`Analysis::pauses`](crate::clip::Analysis)), all in seconds of the source. Where there are both, a pause is
/// shortened only as far as both agree: a laugh between two words is no pause, nor is a silence within a word. Without
/// `pauses`, only gaps between words whose times the file itself gives count.
///
/// A filler is cut from the middle of the gap before it to the middle of the gap after it, where its times are the file's
/// own or pauses were heard on both sides. The first and the last word of the clip stay, so do the last word of each
/// sentence and, unless it stands between pauses, its first.
///
/// ```
/// use opusclip_core::{clip::select::{TightenOptions, tighten}, time::Span};
/// let options = TightenOptions { remove_pauses: Some(0.6), ..TightenOptions::default() };
/// let kept = tighten(Span::new(0.0, 9.0), &[], &[Span::new(4.0, 6.0)], &options);
/// assert_eq!(kept, [Span::new(0.0, 4.15), Span::new(5.85, 9.0)]);
/// ```
pub fn tighten(range: Span, words: &[Word], pauses: &[Span], options: &TightenOptions) -> Vec<Span> {
    let length = range.duration();
    if !(length.is_finite() && length > 0.0) {
        return vec![range];
    }
    let words: Vec<&Word> = words
        .iter()
        .filter(|word| word.start.is_finite() && word.end >= word.start)
        .filter(|word| word.end > range.start && word.start < range.end)
        .collect();
    let inside = |pause: &&Span| pause.end > range.start && pause.start < range.end;
    let pauses: Option<Vec<Span>> =
        (!pauses.is_empty()).then(|| joined(pauses.iter().filter(inside).copied().collect()));
    let clip = Talk { range, gaps: gaps(&words), words, pauses };
    let mut cuts = Vec::new();
    if let Some(longest) = options.remove_pauses {
        cuts.extend(clip.long_pauses(longest, options.keep_pause));
    }
    if options.remove_fillers {
        cuts.extend(clip.fillers(Fillers::of(options.language.as_deref())));
    }
    rest(range, joined(cuts))
}

/// The pauses that overlap a gap; they lie in order and apart.
fn meeting(pauses: &[Span], gap: Span) -> impl Iterator<Item = Span> + '_ {
    let first = pauses.partition_point(|pause| pause.end <= gap.start);
    pauses[first..].iter().copied().take_while(move |pause| pause.start < gap.end)
}

/// The gap after each word but the last, up to the next one; empty where words overlap.
fn gaps(words: &[&Word]) -> Vec<Span> {
    let mut end = f64::NEG_INFINITY;
    let gap = |pair: &[&Word]| {
        // Two people may talk at once: the gap begins when both are silent.
        end = end.max(pair[0].end);
        Span::new(end.min(pair[1].start), pair[1].start)
    };
    words.windows(2).map(gap).collect()
}

/// What is known of a clip.
struct Talk<'a> {
    range: Span,
    words: Vec<&'a Word>,
    gaps: Vec<Span>,
    /// `None` if nobody listened.
    pauses: Option<Vec<Span>>,
}

impl Talk<'_> {
    /// The middles of pauses that are too long.
    fn long_pauses(&self, longest: f64, keep: f64) -> Vec<Span> {
        let middle = |pause: Span| Span::new(pause.start + keep / 2.0, pause.end - keep / 2.0);
        self.agreed().into_iter().filter(|pause| pause.duration() > longest).map(middle).collect()
    }

    /// Silence between words: where both words and ears say so, if there are both.
    fn agreed(&self) -> Vec<Span> {
        match &self.pauses {
            // Silence at the borders of the clip is its lead-in and tail.
            Some(heard) if self.words.is_empty() => {
                heard.iter().filter(|p| self.range.start < p.start && p.end < self.range.end).copied().collect()
            }
            Some(heard) => {
                let within = |gap: &Span| meeting(heard, *gap).map(|pause| pause.clipped(*gap)).collect::<Vec<_>>();
                self.gaps.iter().flat_map(within).collect()
            }
            None => {
                let timed = |at: &usize| self.words[*at].timed && self.words[*at + 1].timed;
                (0..self.gaps.len()).filter(timed).map(|at| self.gaps[at]).collect()
            }
        }
    }

    /// Fillers with half of the gaps around them.
    fn fillers(&self, list: &Fillers) -> Vec<Span> {
        let plain: Vec<String> = self.words.iter().map(|word| plain(&word.text)).collect();
        let mut cuts = Vec::new();
        // The first and the last word stay.
        let mut at = 1;
        while at + 1 < self.words.len() {
            let count = self.filler_at(at, &plain, list);
            cuts.extend((count > 0).then(|| self.cut(at, at + count - 1)).flatten());
            at += count.max(1);
        }
        cuts
    }

    /// How many words from here on are a filler that may go.
    fn filler_at(&self, at: usize, plain: &[String], list: &Fillers) -> usize {
        let apart = |first: usize, last: usize| self.apart(first - 1) && self.apart(last);
        let ends_within = |last: usize| (at..=last).any(|word| ends_sentence(&self.words[word].text));
        let opens = ends_sentence(&self.words[at - 1].text);
        let may_go = |last: usize| {
            // The last word has no gap after it, so this is asked first.
            let inner = last + 1 < self.words.len();
            let free = || !opens || self.silent(at - 1) && self.silent(last);
            inner && free() && !ends_within(last) && self.certain(at, last)
        };
        let phrase = (1..=LONGEST_PHRASE).rev().find(|count| {
            let last = at + count - 1;
            plain.get(at..=last).is_some_and(|words| list.is_phrase(words)) && may_go(last) && apart(at, last)
        });
        let stammer = plain[at] == plain[at - 1] && list.is_stammered(&plain[at]) && !opens;
        phrase.unwrap_or(usize::from((list.is_sound(&plain[at]) || stammer) && may_go(at)))
    }

    /// Is it certain where these words lie?
    fn certain(&self, first: usize, last: usize) -> bool {
        let heard = |gap: usize| self.heard_in(gap).is_some_and(|pause| pause.duration() >= BORDERING);
        self.words[first..=last].iter().all(|word| word.timed) || heard(first - 1) && heard(last)
    }

    /// Is a word set apart from the next one?
    fn apart(&self, gap: usize) -> bool {
        let comma = self.words[gap].text.trim_end_matches(['"', '”', '»', '\'', '’', ')']);
        comma.ends_with([',', ';', ':', '–', '—', '…', '-', '.', '!', '?', '、', '，']) || self.silent(gap)
    }

    /// Is there a pause after this word?
    fn silent(&self, gap: usize) -> bool {
        match &self.pauses {
            Some(_) => self.heard_in(gap).is_some_and(|pause| pause.duration() >= APART),
            None => self.gaps[gap].duration() >= APART,
        }
    }

    /// The longest pause that was heard in a gap.
    fn heard_in(&self, gap: usize) -> Option<Span> {
        let gap = self.gaps[gap];
        let pauses = self.pauses.iter().flat_map(|heard| meeting(heard, gap)).map(|pause| pause.clipped(gap));
        pauses.max_by(|a, b| a.duration().total_cmp(&b.duration())).filter(|pause| pause.duration() > 0.0)
    }

    /// The cut that leaves these words out whole and nothing else; `None` if others speak meanwhile.
    fn cut(&self, first: usize, last: usize) -> Option<Span> {
        let timed = self.words[first..=last].iter().all(|word| word.timed);
        let middle = |gap: usize| {
            let gap = if timed { self.gaps[gap] } else { self.heard_in(gap).unwrap_or(self.gaps[gap]) };
            gap.start + gap.duration() / 2.0
        };
        let cut = Span::new(middle(first - 1), middle(last));
        let others = self.words[..first].iter().chain(&self.words[last + 1..]);
        let spoken = |word: &&Word| cut.overlap(Span::new(word.start, word.end)) > 0.0;
        let whole = self.words[first..=last].iter().all(|word| cut.start <= word.start && word.end <= cut.end);
        (whole && !others.copied().any(|word| spoken(&word))).then_some(cut)
    }
}

fn ends_sentence(word: &str) -> bool {
    let word = word.trim_end_matches(['"', '”', '»', '\'', '’', ')', ']', '」', '』']);
    word.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।'])
}

/// Spans in order, those that touch made one.
fn joined(mut cuts: Vec<Span>) -> Vec<Span> {
    cuts.retain(|cut| cut.end > cut.start);
    cuts.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut whole: Vec<Span> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        match whole.last_mut() {
            Some(last) if cut.start <= last.end => last.end = last.end.max(cut.end),
            _ => whole.push(cut),
        }
    }
    whole
}

/// What stays of a range. Where that would be a snippet, the shorter of the two cuts beside it is not made.
fn rest(range: Span, mut cuts: Vec<Span>) -> Vec<Span> {
    cuts.retain(|cut| cut.duration() >= SHORTEST_CUT && cut.start > range.start && cut.end < range.end);
    loop {
        let mut kept = Vec::with_capacity(cuts.len() + 1);
        let mut start = range.start;
        for cut in &cuts {
            kept.push(Span::new(round_micros(start), round_micros(cut.start)));
            start = cut.end;
        }
        kept.push(Span::new(round_micros(start), round_micros(range.end)));
        // Each kept stretch lies after the cut before it and before the cut of its own number.
        let Some(short) = kept.iter().position(|span| span.duration() < SHORTEST_KEPT - ROUNDING) else { return kept };
        if cuts.is_empty() {
            return kept;
        }
        let shorter = match (short.checked_sub(1), cuts.get(short)) {
            (Some(before), Some(after)) if after.duration() < cuts[before].duration() => short,
            (Some(before), _) => before,
            (None, _) => short,
        };
        cuts.remove(shorter);
    }
}
