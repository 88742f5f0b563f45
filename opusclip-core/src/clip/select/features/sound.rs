//! Features of what is heard.

use super::super::known::Known;
use super::super::lexicon::REACTION;
use super::ramp;
use super::sums::Sums;
use crate::clip::analysis::{Analysis, Loudness};
use crate::time::Span;

/// A pause that lasts longer is felt as one, in seconds.
const LONG_PAUSE: f64 = 0.8;

pub(super) struct Sound<'a> {
    /// Seconds of speech; `None` where the sound has none.
    speech: Option<Sums>,
    /// Seconds that pauses last beyond [`LONG_PAUSE`]; `None` where nothing tells of pauses.
    silence: Option<Sums>,
    /// One for each laugh, applause or burst; `None` where there is none.
    reactions: Option<Sums>,
    /// `None` without sound.
    loudness: Option<Levels<'a>>,
}

impl<'a> Sound<'a> {
    pub(super) fn new(known: &Known<'a>) -> Self {
        let (analysis, words, heard) = (known.analysis, known.words, known.heard());
        let long = |span: Span| (span, (span.duration() - LONG_PAUSE).max(0.0));
        let silence = if heard {
            Some(Sums::new(analysis.pauses.iter().copied().map(long)))
        } else {
            let gaps = words.windows(2).map(|pair| long(Span::new(pair[0].end, pair[1].start)));
            (!words.is_empty()).then(|| Sums::new(gaps))
        };
        let reactions = Sums::new(reactions(known).into_iter().map(|span| (span, 1.0)));
        Self {
            speech: heard.then(|| Sums::new(analysis.speech.iter().map(|s| (*s, s.duration())))),
            silence,
            reactions: (!reactions.is_empty()).then_some(reactions),
            loudness: analysis.loudness.as_ref().and_then(Levels::new),
        }
    }

    pub(super) const fn has_speech(&self) -> bool {
        self.speech.is_some()
    }

    /// The share of speech by 0.85, at most 1; for sources without text.
    pub(super) fn pace(&self, span: Span) -> Option<f64> {
        let share = |speech: &Sums| (speech.within(span) / length(span) / 0.85).min(1.0);
        self.speech.as_ref().map(share)
    }

    /// 1 − 4 × the share of the time that pauses last beyond 0.8 s each, at least 0.
    pub(super) fn fluency(&self, span: Span) -> Option<f64> {
        let share = |silence: &Sums| (1.0 - 4.0 * silence.within(span) / length(span)).clamp(0.0, 1.0);
        self.silence.as_ref().map(share)
    }

    /// Mean loudness over that of the source, rising from 0 at −6 LU to 1 at +3 LU.
    pub(super) fn energy(&self, span: Span) -> Option<f64> {
        self.loudness.as_ref().map(|levels| ramp(levels.energy(span), &[(-6.0, 0.0), (3.0, 1.0)]))
    }

    /// s ÷ (s + S) with the deviations of momentary loudness in the clip and in the whole source.
    pub(super) fn dynamics(&self, span: Span) -> Option<f64> {
        self.loudness.as_ref().map(|levels| levels.dynamics(span))
    }

    /// 0.6 for one reaction, 1 for three.
    pub(super) fn laughter(&self, span: Span) -> Option<f64> {
        self.reactions.as_ref().map(|all| ramp(all.within(span), &[(0.0, 0.0), (1.0, 0.6), (3.0, 1.0)]))
    }
}

fn length(span: Span) -> f64 {
    span.duration().max(f64::MIN_POSITIVE)
}

/// A burst lasts so many seconds.
const BURST: std::ops::RangeInclusive<f64> = 0.4..=8.0;
/// A burst is at most so many LU below the loudness of the whole source.
const BURST_LEVEL: f64 = 3.0;
/// A reaction follows speech within so many seconds.
const AFTER_SPEECH: f64 = 1.5;

/// Where an audience reacts: notes such as `[laughter]`, and loud bursts between speech that are no music.
fn reactions(known: &Known<'_>) -> Vec<Span> {
    let noted = known.words.iter().zip(&known.marked).filter(|(_, marked)| marked.marks & REACTION != 0);
    let mut spans: Vec<Span> = noted.map(|(word, _)| Span::new(word.start, word.end)).collect();
    spans.extend(bursts(known.analysis));
    spans.sort_by(|a, b| a.start.total_cmp(&b.start));
    spans.dedup_by(|later, earlier| {
        let same = later.start <= earlier.end + 0.5;
        if same {
            earlier.end = earlier.end.max(later.end);
        }
        same
    });
    spans
}

fn bursts(analysis: &Analysis) -> Vec<Span> {
    let Some((loudness, integrated)) = analysis.loudness.as_ref().and_then(|l| Some((l, l.integrated?))) else {
        return Vec::new();
    };
    let curve = &loudness.momentary;
    let level = |time: f64| {
        let at = ((time - curve.start) / curve.step).max(0.0) as usize;
        curve.values.get(at).map_or(f64::NEG_INFINITY, |value| f64::from(*value))
    };
    let gaps = analysis.speech.windows(2).map(|pair| Span::new(pair[0].end, pair[1].start));
    let mut found = Vec::new();
    for gap in gaps.filter(|gap| gap.duration() >= *BURST.start()) {
        if analysis.music.iter().any(|music| music.overlap(gap) > 0.0) {
            continue;
        }
        let steps = (gap.duration() / Loudness::STEP) as usize;
        let loud = |at: &usize| level(gap.start + *at as f64 * Loudness::STEP) >= integrated - BURST_LEVEL;
        let Some(first) = (0..steps).find(loud) else { continue };
        let start = gap.start + first as f64 * Loudness::STEP;
        let lasts = (first..steps).take_while(loud).count() as f64 * Loudness::STEP;
        if start - gap.start <= AFTER_SPEECH && BURST.contains(&lasts) {
            found.push(Span::new(start, start + lasts));
        }
    }
    found
}

/// Loudness of a source in running sums.
struct Levels<'a> {
    loudness: &'a Loudness,
    /// For each value of the source and all before it: how many count, their sum, the sum of their squares, their
    /// power.
    sums: Vec<[f64; 4]>,
}

/// Values under this are silence, which is no part of how a voice varies, in LUFS.
const GATE: f32 = -60.0;

impl<'a> Levels<'a> {
    fn new(loudness: &'a Loudness) -> Option<Self> {
        let mut sums = vec![[0.0; 4]];
        let mut total = [0.0; 4];
        for value in &loudness.momentary.values {
            let level = if value.is_finite() { *value } else { Loudness::FLOOR };
            let x = f64::from(level);
            if level > GATE {
                total = [total[0] + 1.0, total[1] + x, total[2] + x * x, total[3]];
            }
            total[3] += 10f64.powf(x / 10.0);
            sums.push(total);
        }
        (total[0] > 0.0).then_some(Self { loudness, sums })
    }

    fn over(&self, first: usize, last: usize) -> [f64; 4] {
        let none = [0.0; 4];
        let (from, to) = (self.sums.get(first).unwrap_or(&none), self.sums.get(last).unwrap_or(&none));
        std::array::from_fn(|at| to[at] - from[at])
    }

    fn within(&self, span: Span) -> (f64, [f64; 4]) {
        let most = self.loudness.momentary.values.len();
        let index = |time: f64| ((time / Loudness::STEP).max(0.0) as usize).min(most);
        let (first, last) = (index(span.start), index(span.end));
        ((last.saturating_sub(first)) as f64, self.over(first, last.max(first)))
    }

    /// How much louder a stretch is than the whole source, in LU.
    fn energy(&self, span: Span) -> f64 {
        let mean = |(count, sums): (f64, [f64; 4])| {
            let floor = f64::from(Loudness::FLOOR);
            if count > 0.0 { (10.0 * (sums[3] / count).log10()).max(floor) } else { floor }
        };
        let most = self.loudness.momentary.values.len();
        mean(self.within(span)) - mean((most as f64, self.over(0, most)))
    }

    /// How much the loudness of a stretch varies next to that of the whole source: 0.5 if as much, 1 if only it does.
    fn dynamics(&self, span: Span) -> f64 {
        let deviation = |[count, sum, squares, _]: [f64; 4]| {
            if count < 2.0 { 0.0 } else { (squares / count - (sum / count).powi(2)).max(0.0).sqrt() }
        };
        let (here, all) =
            (deviation(self.within(span).1), deviation(self.over(0, self.loudness.momentary.values.len())));
        // A tenth of an LU is nothing one can hear.
        if here + all < 0.1 { 0.5 } else { here / (here + all) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::analysis::Curve;

    fn loudness(momentary: Vec<f32>) -> Loudness {
        let curve = |values| Curve { start: 0.0, step: Loudness::STEP, values };
        let short_term = curve(momentary.clone());
        Loudness { integrated: Some(-20.0), range: 5.0, true_peak: None, momentary: curve(momentary), short_term }
    }

    #[test]
    fn a_loud_and_lively_stretch_stands_out() {
        // 10 s level at -30, then 10 s that swing between -26 and -14.
        let mut values = vec![-30.0; 100];
        values.extend((0..100).map(|n| if n % 2 == 0 { -26.0 } else { -14.0 }));
        let loudness = loudness(values);
        let levels = Levels::new(&loudness).unwrap();
        let (calm, lively) = (Span::new(0.0, 10.0), Span::new(10.0, 20.0));
        assert!(levels.energy(calm) < -6.0 && levels.energy(lively) > 2.0);
        assert!(levels.dynamics(calm) < 1e-6 && levels.dynamics(lively) > 0.4);
        assert!((levels.energy(Span::new(0.0, 20.0))).abs() < 1e-9);
    }

    #[test]
    fn silence_has_no_loudness() {
        assert!(Levels::new(&loudness(vec![-70.0; 50])).is_none());
    }
}
