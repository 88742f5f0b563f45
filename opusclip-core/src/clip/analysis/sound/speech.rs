//! Who speaks when. What the detector says of a frame is weighed against what else was noticed around it, with the frames
//! on both sides: the detector alone takes notes for voices, and doubts a voice in noise.
//!
//! The weights are a logistic regression over 82 minutes of generated sound: voices of espeak-ng and flite and two
//! recordings, in noise, tones and music of 0 to 20 dB less, loud and quiet, dry and with reverberation, and each of
//! those alone. They were checked with other voices, music, recordings and seeds.

use super::super::Curve;
use super::listener::{FULL_SCORE, Frames, LEVELS, LOWEST_LEVEL, STEP};
use super::smooth::{between, earlier, highest, lowest, means, stretches};
use super::tones;
use crate::time::{Span, round_micros};

/// Frames that one value of the printed curve stands for.
const FRAMES_PER_VALUE: usize = 2;

/// The detector hears a voice begin and end this many frames too late.
const LATE: usize = 4;

/// Frames quieter than this, in dBFS, are no speech, whatever the detector says.
const QUIET: f32 = -66.0;

/// What a score of 0 or 1 is short of certainty, so that its logarithm stays finite.
const DOUBT: f32 = 0.001;

/// Frames on either side over which scores are averaged to know whether somebody speaks, and to know when.
const WHETHER: usize = 8;
const WHEN: usize = 1;

/// Frames on either side within which there is a pause and a loud syllable: two seconds.
const AROUND: usize = 125;

/// Frames on either side within which the score of a voice goes up and down: a second.
const LIVELY: usize = 62;

/// Steps on either side over which peaks are counted: a quarter of a second.
const TONES: usize = 8;

/// Weight of the detector's score (as its logit), ...
const BY_SCORE: f32 = 1.51;
/// ... of how much less it goes up and down than that of a voice (the logarithm of its standard deviation and a bit, where
/// that is under 0.4): what is always the same is a chord or a machine, ...
const BY_EVENNESS: f32 = 4.11;
const EVEN: f32 = -0.7;
const DEVIATION_AT_LEAST: f32 = 0.1;
/// ... of each decibel above the quietest moment around, 40 at most, ...
const BY_LEVEL: f32 = 0.043;
const MOST_ABOVE: f32 = 40.0;
/// ... of each decibel of the loudest moment around (between these two): quiet voices score lower, ...
const BY_LOUDEST: f32 = -0.043;
const LOUDEST: (f32, f32) = (-40.0, -10.0);
/// ... of the share of peaks that are steady, which is high in music, ...
const BY_SHARE: f32 = -14.4;
/// ... of the logarithm of their number (and a half), which is low in noise, ...
const BY_STEADY: f32 = 1.56;
/// ... and what there is to begin with.
const AT_FIRST: f32 = -0.4;

/// Speech begins with a frame of more evidence than `BEGIN` (62 % likely) and ends with one of less than `END` (50 %).
const BEGIN: f32 = 0.5;
const END: f32 = 0.0;

/// Shorter pauses lie inside words and sentences, in seconds.
const SHORTEST_PAUSE: f64 = 0.2;

/// Shorter bursts are clicks and breaths, in seconds.
const SHORTEST_SPEECH: f64 = 0.1;

/// What speaks for a voice in each frame, as logits.
pub(super) struct Evidence {
    /// What the detector says.
    scores: Vec<f32>,
    /// All else.
    around: Vec<f32>,
}

impl Evidence {
    /// All together, with the detector's scores averaged over so many frames on either side.
    fn over(&self, reach: usize) -> Vec<f32> {
        means(&self.scores, reach).iter().zip(&self.around).map(|(score, around)| BY_SCORE * score + around).collect()
    }
}

impl Frames {
    /// Speech and pauses, which together cover `span`.
    pub(super) fn speech_and_pauses(&self, evidence: &Evidence, span: Span) -> (Vec<Span>, Vec<Span>) {
        let speech = self.speech(evidence, span);
        let pauses = between(&speech, span, SHORTEST_PAUSE);
        (speech, pauses)
    }

    /// How likely somebody speaks, for printing.
    pub(super) fn voice(&self, evidence: &Evidence) -> Curve {
        let likely: Vec<f32> = evidence.over(WHETHER).iter().map(|evidence| 1.0 / (1.0 + (-evidence).exp())).collect();
        // Pairs lie on the media's time line too, so that a part's curve is a piece of the whole one.
        let odd = self.first.rem_euclid(FRAMES_PER_VALUE as i64) as usize;
        let (head, rest) = likely.split_at(odd.min(likely.len()));
        let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
        let values = (!head.is_empty()).then_some(head).into_iter().chain(rest.chunks(FRAMES_PER_VALUE));
        Curve {
            start: round_micros((self.first - odd as i64) as f64 * STEP),
            step: STEP * FRAMES_PER_VALUE as f64,
            values: values.map(|values| (mean(values) * 1000.0).round() / 1000.0).collect(),
        }
    }

    /// What speaks for a voice.
    pub(super) fn evidence(&self) -> Evidence {
        let levels: Vec<f32> = self.levels.iter().map(|level| f32::from(*level) / LEVELS + LOWEST_LEVEL).collect();
        let scores: Vec<f32> =
            earlier(&self.scores, LATE).zip(&levels).map(|(score, level)| logit(score, *level)).collect();
        let evenness = evenness(&means(&scores, WHEN));
        let levels = means(&levels, 1);
        let (quietest, loudest) = (lowest(&levels, AROUND), highest(&levels, AROUND));
        let tones = self.evidence_of_tones();
        let around = |at: usize| {
            AT_FIRST
                + BY_EVENNESS * evenness[at]
                + BY_LEVEL * (levels[at] - quietest[at]).min(MOST_ABOVE)
                + BY_LOUDEST * loudest[at].clamp(LOUDEST.0, LOUDEST.1)
                + self.step_of(at).map_or(0.0, |step| tones[step])
        };
        Evidence { around: (0..levels.len()).map(around).collect(), scores }
    }

    /// What the tones of each step say about a voice.
    fn evidence_of_tones(&self) -> Vec<f32> {
        let all: Vec<f32> = self.peaks.iter().map(|count| f32::from(*count)).collect();
        let steady: Vec<f32> = earlier(&self.steady, tones::STEADY_LATE).map(f32::from).collect();
        let (all, steady) = (means(&all, TONES), means(&steady, TONES));
        let of = |(all, steady): (&f32, &f32)| BY_SHARE * steady / (all + 1.0) + BY_STEADY * (steady + 0.5).ln();
        all.iter().zip(&steady).map(of).collect()
    }

    /// Place of the step in which a frame lies, or of the nearest one; `None` where there are none.
    fn step_of(&self, place: usize) -> Option<usize> {
        let step = (self.first + place as i64).div_euclid(tones::FRAMES as i64) - self.first_step;
        let last = self.peaks.len().checked_sub(1)?;
        Some(usize::try_from(step).unwrap_or(0).min(last))
    }

    fn speech(&self, evidence: &Evidence, span: Span) -> Vec<Span> {
        let time = |place: usize| (self.first + place as i64) as f64 * STEP;
        let mut speech = stretches(evidence.over(WHEN), (BEGIN, END), SHORTEST_PAUSE, time);
        speech.retain(|stretch| stretch.duration() >= SHORTEST_SPEECH && stretch.start < span.end);
        speech.iter().map(|stretch| stretch.clipped(span).rounded()).collect()
    }
}

fn logit(score: u16, level: f32) -> f32 {
    let score = if level < QUIET { 0.0 } else { f32::from(score) / FULL_SCORE };
    ((score + DOUBT) / (1.0 - score + DOUBT)).ln()
}

/// How much more even than those of a voice scores are, 0 or less.
fn evenness(scores: &[f32]) -> Vec<f32> {
    let squares: Vec<f32> = scores.iter().map(|score| score * score).collect();
    let of = |(mean, square): (&f32, &f32)| {
        let deviation = (square - mean * mean).max(0.0).sqrt();
        ((deviation + DEVIATION_AT_LEAST).ln() - EVEN).min(0.0)
    };
    means(scores, LIVELY).iter().zip(&means(&squares, LIVELY)).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frames: &Frames, span: Span) -> (Vec<Span>, Vec<Span>) {
        frames.speech_and_pauses(&frames.evidence(), span)
    }

    fn voice(frames: &Frames) -> Curve {
        frames.voice(&frames.evidence())
    }

    /// Frames as of a voice where the script says so, with silence elsewhere; seconds and whether somebody speaks.
    fn frames(script: &[(f64, bool)]) -> Frames {
        let speaks: Vec<bool> =
            script.iter().flat_map(|(seconds, speaks)| vec![*speaks; (seconds / STEP).round() as usize]).collect();
        let late = std::iter::repeat_n(&false, LATE).chain(&speaks).take(speaks.len()).enumerate();
        let steps = speaks.len().div_ceil(2);
        Frames {
            // A voice is not always as sure.
            scores: late
                .map(|(n, speaks)| {
                    if !*speaks {
                        50
                    } else if n / 8 % 2 == 0 {
                        990
                    } else {
                        800
                    }
                })
                .collect(),
            levels: speaks.iter().map(|speaks| if *speaks { 150 } else { 60 }).collect(),
            peaks: vec![12; steps],
            steady: vec![1; steps],
            held: vec![0; steps],
            ..Frames::default()
        }
    }

    #[test]
    fn short_pauses_are_bridged_and_clicks_dropped() {
        let script = [(1.0, false), (0.5, true), (0.1, false), (0.5, true), (1.0, false), (0.05, true), (1.0, false)];
        let (speech, pauses) = heard(&frames(&script), Span::new(0.0, 4.15));
        assert_eq!(speech.len(), 1, "{speech:?}");
        assert!((speech[0].start - 1.0).abs() < 2.0 * STEP && (speech[0].end - 2.1).abs() < 2.0 * STEP, "{speech:?}");
        assert_eq!(pauses.len(), 2);
        assert_eq!((pauses[0].start, pauses[1].end), (0.0, 4.15));
    }

    #[test]
    fn no_speech_is_one_pause() {
        let (speech, pauses) = heard(&Frames::default(), Span::new(2.0, 5.0));
        assert_eq!((speech.len(), pauses), (0, vec![Span::new(2.0, 5.0)]));
        assert_eq!(voice(&Frames::default()).values.len(), 0);
        let silent = Frames { scores: vec![1000; 400], levels: vec![0; 400], ..Frames::default() };
        assert_eq!(heard(&silent, Span::new(0.0, 6.4)).0.len(), 0);
        assert!(voice(&silent).values.iter().all(|likely| *likely == 0.0));
    }

    /// The formula, with numbers: a logit of 2.93, 40 dB or more above silence, 25 dB under full scale.
    #[test]
    fn a_lively_voice_is_likely_and_steady_tones_are_not() {
        let mut frames = frames(&[(3.0, false), (3.0, true), (3.0, false)]);
        let middle = (4.5 / STEP) as usize;
        let expected = |evenness: f32, share: f32, steady: f32| {
            AT_FIRST
                + BY_SCORE * (0.951f32 / 0.051).ln()
                + BY_EVENNESS * evenness
                + BY_LEVEL * 40.0
                + BY_LOUDEST * -25.0
                + BY_SHARE * share
                + BY_STEADY * steady.ln()
        };
        assert!(voice(&frames).values[middle / 2] > 0.99);
        frames.scores[middle - 20..middle + 20].fill(950);
        let found = frames.evidence().over(WHETHER)[middle];
        assert!((found - expected(0.0, 1.0 / 13.0, 1.5)).abs() < 1e-3, "{found}");
        let steady = Frames { steady: vec![10; frames.steady.len()], ..frames.clone() };
        let found = steady.evidence().over(WHETHER)[middle];
        assert!((found - expected(0.0, 10.0 / 13.0, 10.5)).abs() < 1e-3, "{found}");
        assert!(voice(&steady).values[middle / 2] < 0.5);
        frames.scores.fill(950);
        let found = frames.evidence().over(WHETHER)[middle];
        assert!((found - expected(DEVIATION_AT_LEAST.ln() - EVEN, 1.0 / 13.0, 1.5)).abs() < 0.05, "{found}");
        assert!(voice(&frames).values[middle / 2] < 0.5);
    }

    /// Of two curves that overlap, the middle is the same: what lies further away than two seconds does not matter.
    #[test]
    fn a_piece_of_a_curve_is_the_curve_of_a_piece() {
        let whole = Frames {
            scores: (0..800u32).map(|n| (n * n % 1001) as u16).collect(),
            levels: (0..800u32).map(|n| (100 + n % 71) as u8).collect(),
            peaks: (0..400u32).map(|n| (n % 13) as u8).collect(),
            steady: (0..400u32).map(|n| (n % 5) as u8).collect(),
            held: vec![0; 400],
            ..Frames::default()
        };
        for first in [6usize, 7] {
            let step = first.div_ceil(2);
            let piece = Frames {
                first: first as i64,
                scores: whole.scores[first..].to_vec(),
                levels: whole.levels[first..].to_vec(),
                first_step: step as i64,
                peaks: whole.peaks[step..].to_vec(),
                steady: whole.steady[step..].to_vec(),
                held: whole.held[step..].to_vec(),
            };
            let (piece, whole) = (voice(&piece), voice(&whole));
            assert!((piece.start - 3.0 * whole.step).abs() < 1e-9);
            assert_eq!(piece.values[70..], whole.values[73..]);
        }
    }
}
