//! Running sums over a source, so that every candidate is weighed without looking through the source again.

use super::lexicon;
use crate::clip::analysis::{Analysis, Loudness};
use crate::clip::transcript::Transcript;
use crate::time::Span;

/// What is known of a source.
pub(super) struct Tables<'a> {
    /// Seconds.
    pub duration: f64,
    /// Is there text?
    pub text: bool,
    /// Is it English?
    pub english: bool,
    /// Seconds of speech; `None` where the sound has none.
    pub speech: Option<Sums>,
    /// Seconds that pauses last beyond [`LONG_PAUSE`]; `None` where nothing tells of pauses.
    pub silence: Option<Sums>,
    /// One for each cut; `None` without cuts.
    pub cuts: Option<Sums>,
    /// `None` without sound.
    pub loudness: Option<Levels<'a>>,
}

/// A pause that lasts longer is felt as one, in seconds.
const LONG_PAUSE: f64 = 0.8;

impl<'a> Tables<'a> {
    pub(super) fn new(analysis: &'a Analysis, transcript: Option<&Transcript>) -> Self {
        let words = transcript.map_or(&[][..], |t| &t.words);
        let heard = analysis.speech.iter().any(|s| s.duration() > 0.0);
        let long = |span: Span| (span, (span.duration() - LONG_PAUSE).max(0.0));
        let silence = if heard {
            Some(Sums::new(analysis.pauses.iter().copied().map(long)))
        } else {
            let gaps = words.windows(2).map(|pair| long(Span::new(pair[0].end, pair[1].start)));
            (!words.is_empty()).then(|| Sums::new(gaps))
        };
        let cuts = analysis.shots.iter().skip(1).map(|shot| (Span::new(shot.start, shot.start), 1.0));
        Self {
            duration: analysis.duration.max(f64::MIN_POSITIVE),
            text: !words.is_empty(),
            english: lexicon::english(words.iter().map(|w| w.text.as_str())),
            speech: heard.then(|| Sums::new(analysis.speech.iter().map(|s| (*s, s.duration())))),
            silence,
            cuts: (analysis.shots.len() > 1).then(|| Sums::new(cuts)),
            loudness: analysis.loudness.as_ref().and_then(Levels::new),
        }
    }
}

/// Amounts at spans in order of time, to be summed over any stretch.
pub(super) struct Sums {
    spans: Vec<Span>,
    amounts: Vec<f64>,
    /// Sum of the amounts before each span, and of all.
    before: Vec<f64>,
}

impl Sums {
    fn new(parts: impl Iterator<Item = (Span, f64)>) -> Self {
        let (spans, amounts): (Vec<Span>, Vec<f64>) = parts.unzip();
        let mut before = vec![0.0];
        let mut total = 0.0;
        before.extend(amounts.iter().map(|amount| {
            total += amount;
            total
        }));
        Self { spans, amounts, before }
    }

    /// The amounts of the spans within a stretch; one that sticks out counts by the share that lies within.
    pub(super) fn within(&self, stretch: Span) -> f64 {
        let first = self.spans.partition_point(|s| s.start < stretch.start);
        let last = self.spans.partition_point(|s| s.end <= stretch.end).max(first);
        let inside = self.before.get(last).zip(self.before.get(first)).map_or(0.0, |(to, from)| to - from);
        let share = |at: usize| {
            let (span, amount) = (self.spans.get(at)?, self.amounts.get(at)?);
            (span.duration() > 0.0).then(|| amount * span.overlap(stretch) / span.duration())
        };
        let edge = |at: Option<usize>| at.and_then(share).unwrap_or(0.0);
        inside + edge(first.checked_sub(1)) + edge(Some(last))
    }
}

/// Loudness of a source in running sums.
pub(super) struct Levels<'a> {
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
    pub(super) fn energy(&self, span: Span) -> f64 {
        let mean = |(count, sums): (f64, [f64; 4])| {
            let floor = f64::from(Loudness::FLOOR);
            if count > 0.0 { (10.0 * (sums[3] / count).log10()).max(floor) } else { floor }
        };
        let most = self.loudness.momentary.values.len();
        mean(self.within(span)) - mean((most as f64, self.over(0, most)))
    }

    /// How much the loudness of a stretch varies next to that of the whole source: 0.5 if as much, 1 if only it does.
    pub(super) fn dynamics(&self, span: Span) -> f64 {
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

    #[test]
    fn sums_count_what_sticks_out_by_its_share() {
        let spans = [(1.0, 2.0), (3.0, 5.0), (6.0, 7.0)];
        let sums = Sums::new(spans.iter().map(|&(a, b)| (Span::new(a, b), b - a)));
        for (stretch, expected) in [
            ((0.0, 10.0), 4.0),
            ((1.5, 4.0), 1.5),
            ((3.5, 4.5), 1.0),
            ((2.0, 3.0), 0.0),
            ((8.0, 9.0), 0.0),
            ((3.0, 5.0), 2.0),
        ] {
            let found = sums.within(Span::new(stretch.0, stretch.1));
            assert!((found - expected).abs() < 1e-12, "{stretch:?}: {found}");
        }
        assert_eq!(Sums::new(std::iter::empty()).within(Span::new(0.0, 1.0)), 0.0);
    }

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
