//! Cues as they stand in a file to cues one after the other: none reversed, none twice, none over another.

use super::markup::{Mark, TextLine, Voice};
use super::{Cue, Repair, Transcript, words};
use crate::time::{clock, round_micros};

/// A cue as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raw {
    /// Seconds.
    pub start: f64,
    /// Seconds; may lie before `start`.
    pub end: f64,
    /// Line of its times.
    pub line: u64,
    /// One speaker's lines; never empty.
    pub voice: Voice,
}

/// Two cues that begin closer than this are said at once: they share their time.
const TOGETHER: f64 = 0.2;
/// Times that are swapped make a cue of at most this length; beyond it the end is wrong, not the order.
const LONGEST_SWAP: f64 = 15.0;
/// Seconds per letter and shortest length for a cue whose end is unusable.
const LETTER: f64 = 0.06;
const SHORTEST: f64 = 0.5;
/// In captions that roll up, a line shown again begins this soon after the cue before it.
const ROLL_GAP: f64 = 0.1;

/// Put the cues in order, with what was done to them.
pub(super) fn transcript(mut raw: Vec<Raw>, mut repairs: Vec<Repair>) -> Transcript {
    for cue in &mut raw {
        right(cue, &mut repairs);
    }
    raw.sort_by(|a, b| a.start.total_cmp(&b.start));
    roll_up(&mut raw, &mut repairs);
    drop_twins(&mut raw, &mut repairs);
    part(&mut raw, &mut repairs);
    repairs.sort_by_key(|r| r.line);
    let mut transcript = Transcript { repairs, ..Transcript::default() };
    for cue in raw {
        let (text, marks) = one_line(cue.voice.lines);
        let (start, end) = (round_micros(cue.start), round_micros(cue.end));
        words::of_cue(&mut transcript.words, transcript.cues.len(), (start, end), &text, &marks);
        transcript.cues.push(Cue { start, end, text, line: cue.line, speaker: cue.voice.speaker });
    }
    transcript
}

/// Give what several speakers say in one cue its share of the time.
pub(super) fn speakers(start: f64, end: f64, line: u64, voices: Vec<Voice>) -> Vec<Raw> {
    let total: usize = voices.iter().map(letters).sum();
    let mut before = 0;
    let mut from = start;
    let at = |letters: usize| start + (end - start) * letters as f64 / total.max(1) as f64;
    voices
        .into_iter()
        .map(|voice| {
            before += letters(&voice);
            let raw = Raw { start: from, end: at(before), line, voice };
            from = raw.end;
            raw
        })
        .collect()
}

fn letters(voice: &Voice) -> usize {
    voice.lines.iter().map(|l| l.text.chars().count()).sum()
}

fn one_line(lines: Vec<TextLine>) -> (String, Vec<Mark>) {
    let (mut text, mut marks) = (String::new(), Vec::new());
    for line in lines {
        if !text.is_empty() {
            text.push(' ');
        }
        marks.extend(line.marks.into_iter().map(|mark| Mark { at: text.len() + mark.at, ..mark }));
        text.push_str(&line.text);
    }
    (text, marks)
}

fn repair(repairs: &mut Vec<Repair>, line: u64, kind: &str, message: String) {
    repairs.push(Repair { line, kind: kind.into(), message });
}

/// Turn a cue that ends before it begins; give one without length a plausible one.
fn right(cue: &mut Raw, repairs: &mut Vec<Repair>) {
    if cue.end > cue.start {
        return;
    }
    let (start, end) = (cue.start, cue.end);
    if start > end && start - end <= LONGEST_SWAP {
        (cue.start, cue.end) = (end, start);
        let message = format!("swapped the times: it ended at {} before it began at {}", clock(end), clock(start));
        repair(repairs, cue.line, "reversed", message);
        return;
    }
    cue.end = start + (letters(&cue.voice) as f64 * LETTER).max(SHORTEST);
    let message = if start > end {
        format!("it ended at {} before it began at {}; set the end to {}", clock(end), clock(start), clock(cue.end))
    } else {
        format!("it had no length; set the end to {}", clock(cue.end))
    };
    repair(repairs, cue.line, "reversed", message);
}

/// Captions that roll up show each line again while the next one is spoken. Where a file does so throughout, keep only
/// the first showing.
fn roll_up(raw: &mut Vec<Raw>, repairs: &mut Vec<Repair>) {
    let repeats = |before: &Raw, after: &Raw| {
        let (last, first) = (before.voice.lines.last(), after.voice.lines.first());
        after.start - before.end <= ROLL_GAP && last.zip(first).is_some_and(|(last, first)| last.text == first.text)
    };
    let rolls: Vec<bool> = raw.windows(2).map(|pair| repeats(&pair[0], &pair[1])).collect();
    let count = rolls.iter().filter(|r| **r).count();
    if count < 3 || count * 5 < raw.len() * 2 {
        return;
    }
    for (cue, _) in raw.iter_mut().skip(1).zip(&rolls).filter(|(_, rolls)| **rolls) {
        cue.voice.lines.remove(0);
        let what = if cue.voice.lines.is_empty() { "left out a cue" } else { "left out a line" };
        repair(repairs, cue.line, "duplicate", format!("{what} that the cue before it shows already"));
    }
    raw.retain(|cue| !cue.voice.lines.is_empty());
}

/// Drop a cue that says the same at the same time as the one before it.
fn drop_twins(raw: &mut Vec<Raw>, repairs: &mut Vec<Repair>) {
    raw.dedup_by(|later, earlier| {
        let twins = later.start == earlier.start && later.end == earlier.end && later.voice == earlier.voice;
        if twins {
            let message = format!("left out: the same as line {}", earlier.line);
            repair(repairs, later.line, "duplicate", message);
        }
        twins
    });
}

/// End each cue where the next one begins. Cues that begin together share their time by their letters.
fn part(raw: &mut [Raw], repairs: &mut Vec<Repair>) {
    for at in 1..raw.len() {
        let (head, tail) = raw.split_at_mut(at);
        let (Some(earlier), Some(later)) = (head.last_mut(), tail.first_mut()) else { return };
        // Seconds from milliseconds are not exact; half a millisecond is no overlap.
        if earlier.end <= later.start + 0.0005 {
            earlier.end = earlier.end.min(later.start);
            continue;
        }
        if later.start - earlier.start >= TOGETHER {
            let message = format!("ended it at {}, where line {} begins", clock(later.start), later.line);
            repair(repairs, earlier.line, "overlapping", message);
            earlier.end = later.start;
            continue;
        }
        let (mine, theirs) = (letters(&earlier.voice), letters(&later.voice));
        later.end = later.end.max(earlier.end);
        let border = earlier.start + (later.end - earlier.start) * mine as f64 / (mine + theirs).max(1) as f64;
        (earlier.end, later.start) = (border, border);
        let message = format!("shared its time with line {}, which begins together with it", later.line);
        repair(repairs, earlier.line, "overlapping", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(start: f64, end: f64, line: u64, text: &str) -> Raw {
        let lines = text.split('\n').map(|t| TextLine { text: t.into(), marks: Vec::new() }).collect();
        Raw { start, end, line, voice: Voice { speaker: None, lines } }
    }

    type Times = Vec<(f64, f64, String)>;

    fn outcome(raw: Vec<Raw>) -> (Times, Vec<(u64, String)>) {
        let made = transcript(raw, Vec::new());
        (
            made.cues.into_iter().map(|c| (c.start, c.end, c.text)).collect(),
            made.repairs.into_iter().map(|r| (r.line, r.kind)).collect(),
        )
    }

    #[test]
    fn reversed_times_are_swapped_or_given_a_length() {
        let (cues, repairs) = outcome(vec![raw(4.0, 2.0, 2, "Swapped"), raw(90.0, 6.0, 6, "Wrong end!")]);
        assert_eq!(cues, [(2.0, 4.0, "Swapped".into()), (90.0, 90.6, "Wrong end!".into())]);
        assert_eq!(repairs, [(2, "reversed".into()), (6, "reversed".into())]);
    }

    #[test]
    fn overlapping_cues_end_where_the_next_begins() {
        let (cues, repairs) = outcome(vec![raw(1.0, 5.0, 2, "One"), raw(3.0, 6.0, 6, "Two")]);
        assert_eq!(cues, [(1.0, 3.0, "One".into()), (3.0, 6.0, "Two".into())]);
        assert_eq!(repairs, [(2, "overlapping".into())]);
    }

    #[test]
    fn cues_at_the_same_time_share_it() {
        let (cues, _) = outcome(vec![raw(1.0, 5.0, 2, "Hi Bob"), raw(1.0, 5.0, 6, "Hi")]);
        assert_eq!(cues, [(1.0, 4.0, "Hi Bob".into()), (4.0, 5.0, "Hi".into())]);
    }

    #[test]
    fn twins_and_disorder_are_mended() {
        let (cues, repairs) = outcome(vec![raw(5.0, 6.0, 2, "B"), raw(1.0, 2.0, 6, "A"), raw(5.0, 6.0, 10, "B")]);
        assert_eq!(cues, [(1.0, 2.0, "A".into()), (5.0, 6.0, "B".into())]);
        assert_eq!(repairs, [(10, "duplicate".into())]);
    }

    #[test]
    fn rolling_captions_are_said_once() {
        let rolling = vec![
            raw(0.0, 2.0, 1, "one"),
            raw(2.0, 2.01, 4, "one"),
            raw(2.01, 4.0, 7, "one\ntwo"),
            raw(4.0, 4.01, 10, "two"),
            raw(4.01, 6.0, 13, "two\nthree"),
        ];
        let (cues, _) = outcome(rolling);
        let texts: Vec<&str> = cues.iter().map(|c| c.2.as_str()).collect();
        assert_eq!(texts, ["one", "two", "three"]);
    }

    #[test]
    fn a_repeated_exclamation_is_not_rolling() {
        let cries = [1.0, 2.0, 3.0].map(|t| raw(t, t + 0.96, t as u64, "Oh!"));
        let talk = (4..12).map(|t| raw(f64::from(t), f64::from(t) + 1.0, t as u64, &format!("line {t}")));
        assert_eq!(outcome(cries.into_iter().chain(talk).collect()).0.len(), 11);
    }
}
