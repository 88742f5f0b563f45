//! Sources made by hand, for the tests of this module.

use super::SelectOptions;
use super::known::{Known, Material};
use crate::clip::analysis::{Analysis, Shot};
use crate::clip::transcript::{Transcript, TranscriptFormat, parse};
use crate::time::Span;

/// A source with neither sound nor cuts.
pub fn silent(duration: f64) -> Analysis {
    Analysis::of_nothing(duration)
}

/// A source with speech outside of these pauses.
pub fn heard(duration: f64, pauses: &[(f64, f64)]) -> Analysis {
    let pauses: Vec<Span> = pauses.iter().map(|&(a, b)| Span::new(a, b)).collect();
    let mut speech = Vec::new();
    let mut from = 0.0;
    for pause in &pauses {
        if pause.start > from {
            speech.push(Span::new(from, pause.start));
        }
        from = pause.end;
    }
    if from < duration {
        speech.push(Span::new(from, duration));
    }
    Analysis { speech, pauses, ..silent(duration) }
}

/// Shots between these times.
pub fn shots(borders: &[f64]) -> Vec<Shot> {
    let shot = |pair: &[f64]| Shot { start: pair[0], end: pair[1] };
    borders.windows(2).map(shot).collect()
}

/// A transcript of cues with these times and texts.
pub fn said(cues: &[(f64, f64, &str)]) -> Transcript {
    let stamp = |t: f64| format!("{:02}:{:02}:{:06.3}", t as u64 / 3600, t as u64 / 60 % 60, t % 60.0);
    let cue = |(start, end, text): &(f64, f64, &str)| format!("{} --> {}\n{text}\n\n", stamp(*start), stamp(*end));
    let text: String = cues.iter().map(cue).collect();
    parse(&text, TranscriptFormat::Vtt).unwrap()
}

/// What is known of a source with these parts.
pub fn known<'a>(analysis: &'a Analysis, transcript: Option<&'a Transcript>, options: &SelectOptions) -> Known<'a> {
    let material = Material::new(analysis);
    Known::new(&transcript.map_or(material, |transcript| material.transcript(transcript)), options)
}
