//! What sounds like music: tones that are held, more of them and for longer than a voice does it, while nobody speaks.
//!
//! The weights are a logistic regression over the sound of [`super::speech`]: music of six kinds that plays alone or in
//! noise, against noise, silence and speech.

use super::listener::{Frames, TONE_STEP};
use super::smooth::{between, earlier, means, stretches};
use super::tones;
use crate::time::Span;

/// Steps on either side over which peaks are counted: a second to know whether there is music, a quarter to know when.
const WHETHER: usize = 32;
const WHEN: usize = 8;

/// Weight of the logarithm of the number of peaks that are held, ...
const BY_HELD: f32 = 3.26;
/// ... and of the logarithm of their share of all peaks; these are added lest one be infinite.
const BY_SHARE: f32 = 2.48;
const HELD_AT_LEAST: f32 = 0.1;
const PEAKS_AT_LEAST: f32 = 0.5;
/// What there is to begin with.
const AT_FIRST: f32 = 6.76;

/// Music begins with a step of more evidence than `BEGIN` (50 % likely), ends with one of less than `END` (38 %), and does
/// not sound where the evidence near by is less than `NEAR` (12 %).
const BEGIN: f32 = 0.0;
const END: f32 = -0.5;
const NEAR: f32 = -2.0;

/// Shorter rests are part of the music, in seconds.
const LONGEST_REST: f64 = 1.0;

/// Shorter stretches are chimes and long vowels, in seconds.
const SHORTEST: f64 = 2.0;

impl Frames {
    /// Stretches of music within `span`, where there is none of this speech.
    pub(super) fn music(&self, speech: &[Span], span: Span) -> Vec<Span> {
        let silent = |stretch: &Span| between(speech, stretch.clipped(span), SHORTEST - 1e-6);
        self.tonal().iter().flat_map(silent).map(Span::rounded).collect()
    }

    /// Stretches with tones that are held, whoever speaks.
    fn tonal(&self) -> Vec<Span> {
        let (whether, near) = (self.evidence_of_music(WHETHER), self.evidence_of_music(WHEN));
        let evidence = whether.iter().zip(&near).map(|(whether, near)| if *near < NEAR { f32::MIN } else { *whether });
        let time = |place: usize| (self.first_step + place as i64) as f64 * TONE_STEP;
        stretches(evidence, (BEGIN, END), LONGEST_REST, time)
    }

    /// How much speaks for music in each step, as a logit; peaks are counted over so many steps on either side.
    fn evidence_of_music(&self, reach: usize) -> Vec<f32> {
        let all: Vec<f32> = self.peaks.iter().map(|count| f32::from(*count)).collect();
        let held: Vec<f32> = earlier(&self.held, tones::HELD_LATE).map(f32::from).collect();
        let (all, held) = (means(&all, reach), means(&held, reach));
        let of = |(all, held): (&f32, &f32)| {
            let held = held + HELD_AT_LEAST;
            AT_FIRST + BY_HELD * held.ln() + BY_SHARE * (held / (all + PEAKS_AT_LEAST)).ln()
        };
        all.iter().zip(&held).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps with so many peaks of which so many are held; seconds and counts.
    fn frames(script: &[(f64, u8, u8)]) -> Frames {
        let steps = |(seconds, all, held): &(f64, u8, u8)| vec![(*all, *held); (seconds / TONE_STEP).round() as usize];
        let steps: Vec<(u8, u8)> = script.iter().flat_map(steps).collect();
        let late = std::iter::repeat_n(0, tones::HELD_LATE).chain(steps.iter().map(|(_, held)| *held));
        Frames {
            peaks: steps.iter().map(|(all, _)| *all).collect(),
            held: late.take(steps.len()).collect(),
            steady: vec![0; steps.len()],
            ..Frames::default()
        }
    }

    fn music(script: &[(f64, u8, u8)], speech: &[Span]) -> Vec<Span> {
        frames(script).music(speech, Span::new(0.0, script.iter().map(|(seconds, ..)| seconds).sum()))
    }

    #[test]
    fn held_tones_are_music_where_nobody_speaks() {
        for tones in [(8.0, 1, 1), (8.0, 9, 6), (8.0, 26, 6)] {
            let script = [(4.0, 20, 0), tones, (4.0, 20, 0)];
            let found = music(&script, &[]);
            assert_eq!(found.len(), 1, "{tones:?}");
            assert!((found[0].start - 4.0).abs() < 0.35 && (found[0].end - 12.0).abs() < 0.35, "{found:?}");
            let found = music(&script, &[Span::new(5.0, 7.5), Span::new(9.0, 9.5)]);
            assert_eq!(found.iter().map(|stretch| stretch.start).collect::<Vec<_>>(), [9.5], "{found:?}");
        }
    }

    #[test]
    fn voices_noise_silence_and_chimes_are_not() {
        for script in [[(8.0, 12, 0)], [(8.0, 30, 1)], [(8.0, 0, 0)]] {
            assert_eq!(music(&script, &[]), [], "{script:?}");
        }
        assert_eq!(music(&[(4.0, 0, 0), (1.2, 6, 5), (4.0, 0, 0)], &[]), []);
    }

    #[test]
    fn rests_are_part_of_the_music_and_silence_is_not() {
        let found = music(&[(3.0, 6, 5), (0.8, 0, 0), (3.0, 6, 5), (5.0, 0, 0), (3.0, 6, 5)], &[]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!((found[0].end - 6.8).abs() < 0.35 && (found[1].start - 11.8).abs() < 0.35, "{found:?}");
        assert_eq!((found[0].start, found[1].end), (0.0, 14.8));
    }

    /// The formula, with numbers: two of three peaks are held.
    #[test]
    fn evidence_is_what_the_weights_say() {
        let evidence = frames(&[(8.0, 3, 2)]).evidence_of_music(WHETHER);
        let expected = AT_FIRST + BY_HELD * 2.1f32.ln() + BY_SHARE * (2.1f32 / 3.5).ln();
        assert!((evidence[120] - expected).abs() < 1e-4);
        assert!((Frames::default().evidence_of_music(WHEN)).is_empty());
    }

    #[test]
    fn speech_is_cut_out() {
        let cut = |spoken: &[Span]| between(spoken, Span::new(2.0, 8.0), 0.5);
        let span = Span::new;
        assert_eq!(cut(&[]), [span(2.0, 8.0)]);
        assert_eq!(cut(&[span(0.0, 3.0), span(4.0, 5.0), span(7.0, 9.0)]), [span(3.0, 4.0), span(5.0, 7.0)]);
        assert_eq!(cut(&[span(1.0, 9.0)]), []);
        assert_eq!(cut(&[span(0.0, 1.0), span(8.5, 9.0)]), [span(2.0, 8.0)]);
    }
}
