//! Features of where a stretch lies, and how long it is.

use super::super::SelectOptions;
use super::super::candidates::Candidate;
use super::super::known::Known;
use super::ramp;
use crate::time::Span;

/// The length that suits short video, in seconds: 21 to 34 (TikTok, "Video ad specifications", 2024).
const IDEAL: (f64, f64) = (21.0, 34.0);
/// An edge this near to the edge of a topic or a chapter is the same, in seconds.
const NEAR: f64 = 1.0;
const NEAR_CHAPTER: f64 = 3.0;

pub(super) struct Place {
    topics: Vec<Span>,
    chapters: Vec<Span>,
    ideal: (f64, f64),
    longest: f64,
    duration: f64,
}

impl Place {
    pub(super) fn new(known: &Known<'_>, options: &SelectOptions) -> Self {
        let bands = options.bands();
        let low = bands.first().map_or(options.min_duration, |band| band.min);
        let high = bands.last().map_or(options.max_duration, |band| band.max).max(low);
        Self {
            topics: known.topics.iter().map(|topic| Span::new(topic.start, topic.end)).collect(),
            chapters: known.chapters.iter().map(|chapter| Span::new(chapter.start, chapter.end)).collect(),
            ideal: (IDEAL.0.clamp(low, high), IDEAL.1.clamp(low, high)),
            longest: high,
            duration: known.analysis.duration.max(f64::MIN_POSITIVE),
        }
    }

    /// ½ × purity + ¼ × begins with the topic + ¼ × ends with it. Purity is the share of the clip in the topic it mostly
    /// lies in. Where a topic is longer than the longest clip, its end cannot be asked for. `None` where the source has
    /// one topic or none.
    pub(super) fn topic(&self, candidate: &Candidate) -> Option<f64> {
        let (share, main) = mostly(&self.topics, candidate.span)?;
        let begins = f64::from(u8::from((candidate.span.start - main.start).abs() <= NEAR));
        let ends = if main.duration() > self.longest {
            begins
        } else {
            f64::from(u8::from((candidate.span.end - main.end).abs() <= NEAR))
        };
        Some(0.5 * share + 0.25 * begins + 0.25 * ends)
    }

    /// 0.7 × the share of the clip in the chapter it mostly lies in + 0.3 if it begins within 3 s of it.
    pub(super) fn chapter(&self, span: Span) -> Option<f64> {
        let (share, main) = mostly(&self.chapters, span)?;
        let begins = f64::from(u8::from((span.start - main.start).abs() <= NEAR_CHAPTER));
        Some(0.7 * share + 0.3 * begins)
    }

    /// 1 from 21 to 34 s, moved into the wanted lengths; 0 at 3 and at 94 s.
    pub(super) fn duration(&self, candidate: &Candidate) -> f64 {
        let (low, high) = self.ideal;
        let points = [(3f64.min(low - 1.0), 0.0), (low, 1.0), (high, 1.0), (94f64.max(high + 60.0), 0.0)];
        ramp(candidate.length, &points)
    }

    /// From 1 at the beginning of the source to 0 at its end.
    pub(super) fn position(&self, span: Span) -> f64 {
        1.0 - ((span.start + span.end) / 2.0 / self.duration).clamp(0.0, 1.0)
    }
}

/// The part that a stretch mostly lies in, and the share of the stretch in it; `None` of fewer than two parts.
fn mostly(parts: &[Span], span: Span) -> Option<(f64, Span)> {
    if parts.len() < 2 {
        return None;
    }
    let first = parts.partition_point(|part| part.end <= span.start);
    let inside = parts.iter().skip(first).take_while(|part| part.start < span.end);
    let best = inside.max_by(|a, b| a.overlap(span).total_cmp(&b.overlap(span)));
    let length = span.duration().max(f64::MIN_POSITIVE);
    Some(best.map_or((0.0, Span::new(0.0, 0.0)), |part| (part.overlap(span) / length, *part)))
}
