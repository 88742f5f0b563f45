//! Analysis of a stretch, and how stretches analysed apart become one.
//!
//! Everything in a part belongs to its stretch by the time at which it begins, and depends only on what lies within a few
//! seconds around it. So parts of a file can be analysed in any order, by any number of threads or machines, and joined
//! to what one analysis of the whole gives.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::damage::Watch;
use super::facts::Facts;
use super::sound::Sound;
use super::{Analysis, AnalyzeOptions, Boundary, Level, Shot, run};
use crate::clip::media::{Limits, MediaInfo, Source};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::{Span, round_micros};

/// The last picture may stand this long under sound that goes on, in seconds.
const LONGEST_STILL: f64 = 10.0;

/// What was found in one stretch of a file. It can be kept and sent as JSON; what is in it is meant for
/// [`AnalysisPart::merge`] only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalysisPart {
    pub(super) level: Level,
    pub(super) audio: bool,
    pub(super) start: f64,
    /// `None` goes on to the end of the file.
    pub(super) end: Option<f64>,
    pub(super) source: Claims,
    pub(super) ends: Ends,
    pub(super) sound: Option<Sound>,
    pub(super) boundaries: Vec<Boundary>,
    pub(super) facts: Option<Facts>,
    pub(super) watch: Watch,
}

/// What the file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    pub(super) size: u64,
    pub(super) duration: Option<f64>,
    pub(super) picture: bool,
    /// Width and height of the picture as it is shown.
    pub(super) shown: Option<(u32, u32)>,
}

/// Where the packets end, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ends {
    pub(super) picture: f64,
    pub(super) sound: f64,
    /// Of streams of any kind.
    pub(super) file: f64,
}

impl Claims {
    pub(super) fn of(info: &MediaInfo) -> Self {
        Self {
            size: info.size,
            // Some containers count their length from zero rather than from their beginning.
            duration: info.duration.map(|duration| round_micros(duration - info.start_offset.max(0.0))),
            picture: info.video.is_some(),
            shown: info.video().map(|video| (video.display_width, video.display_height)),
        }
    }
}

/// Analyse what begins in a stretch of a file; `end` of `None` goes on to the file's end.
///
/// Joined by [`AnalysisPart::merge`], parts give the same [`Analysis`] as [`super::analyze_with`] does in one go.
///
/// # Errors
/// [`ErrorCode::ConfigOutOfRange`] for a stretch that is empty or begins before 0, and all those of
/// [`super::analyze_with`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{AnalysisPart, AnalyzeOptions, Limits, analyze_part}};
/// let part = |start, end| {
///     analyze_part("talk.mp4", start, end, &AnalyzeOptions::default(), Limits::default(), &Control::new())
/// };
/// let analysis = AnalysisPart::merge([part(0.0, Some(600.0))?, part(600.0, None)?])?.finish()?;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn analyze_part(
    path: impl AsRef<Path>,
    start: f64,
    end: Option<f64>,
    options: &AnalyzeOptions,
    limits: Limits,
    control: &Control,
) -> Result<AnalysisPart> {
    options.validate()?;
    let out_of_range = |field: &str, what: &str| Error::new(ErrorCode::ConfigOutOfRange, what).field(field);
    if !start.is_finite() || start < 0.0 {
        return Err(out_of_range("start", "a part starts at 0 seconds or later"));
    }
    if end.is_some_and(|end| !end.is_finite() || end <= start) {
        return Err(out_of_range("end", "a part ends after its start"));
    }
    let mut source = Source::open(path.as_ref(), limits, control)?;
    let info = source.info();
    let part = run::part(&mut source, &info, start, end, options, control)?;
    control.report("analyze", 1.0);
    Ok(part)
}

impl AnalysisPart {
    /// Join parts that follow one another without a gap, in any order.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] where there are none, where they are of different files or were analysed with
    /// different options, or where something is missing or doubled between two.
    pub fn merge(parts: impl IntoIterator<Item = Self>) -> Result<Self> {
        let mut parts: Vec<Self> = parts.into_iter().collect();
        parts.sort_by(|a, b| a.start.total_cmp(&b.start));
        let mut parts = parts.into_iter();
        let first = parts.next().ok_or_else(|| refused("there are no parts"))?;
        parts.try_fold(first, Self::followed_by)
    }

    fn followed_by(mut self, later: Self) -> Result<Self> {
        if self.source != later.source {
            return Err(refused("the parts are of different files"));
        }
        if (self.level, self.audio) != (later.level, later.audio) {
            return Err(refused("the parts were analysed with different options"));
        }
        if self.end != Some(later.start) {
            let ends = self.end.map_or("at the end of the file".to_owned(), |end| format!("at {end} s"));
            return Err(refused(format!("one part ends {ends}, and the next one starts at {} s", later.start)));
        }
        self.end = later.end;
        self.ends = Ends {
            picture: self.ends.picture.max(later.ends.picture),
            sound: self.ends.sound.max(later.ends.sound),
            file: self.ends.file.max(later.ends.file),
        };
        match (&mut self.sound, later.sound) {
            (Some(sound), Some(later)) => sound.append(later),
            (sound, later) => *sound = sound.take().or(later),
        }
        self.boundaries.extend(later.boundaries);
        match (&mut self.facts, later.facts) {
            (Some(facts), Some(later)) => facts.append(later),
            (facts, later) => *facts = facts.take().or(later),
        }
        self.watch.append(later.watch);
        Ok(self)
    }

    /// What the part says of its stretch; of the whole file if it is whole.
    ///
    /// # Errors
    /// [`ErrorCode::MediaUnreadable`] where there are no packets.
    pub fn finish(self) -> Result<Analysis> {
        if self.watch.packets() == 0 {
            return Err(Error::new(ErrorCode::MediaUnreadable, "the stretch holds no packets"));
        }
        let duration = round_micros(self.duration());
        let end = self.end.unwrap_or(duration).min(duration);
        let span = Span::new(self.start.min(end), end);
        let damage = self.watch.clone().damage(&self.source, &self.ends, self.end.is_none());
        let boundaries = self.boundaries_within(span);
        let mut analysis = Analysis {
            level: self.level,
            span,
            shots: if self.source.picture { shots(&boundaries, span) } else { Vec::new() },
            boundaries,
            damage,
            ..Analysis::of_nothing(duration)
        };
        if let Some(sound) = &self.sound {
            analysis.loudness = Some(sound.loudness());
            let (voice, speech, pauses) = sound.voice(span);
            analysis.voice = Some(voice);
            (analysis.speech, analysis.pauses) = (speech, pauses);
            analysis.music = sound.music(&analysis.speech, span);
            analysis.silence = sound.silence(span);
        }
        if let Some(facts) = &self.facts {
            analysis.black = facts.black(span);
            analysis.frozen = facts.frozen(span);
            analysis.borders = facts.borders(&analysis.shots, self.source.shown);
            analysis.motion = Some(facts.motion());
        }
        Ok(analysis)
    }

    /// Up to where clips can be cut: a last picture may stand for a while under the sound, but not for ever.
    fn duration(&self) -> f64 {
        let Ends { picture, sound, .. } = self.ends;
        if self.source.picture { sound.min(picture + LONGEST_STILL).max(picture) } else { sound }
    }

    fn boundaries_within(&self, span: Span) -> Vec<Boundary> {
        let within = |b: &&Boundary| b.start > span.start && b.end < span.end;
        let rounded = |b: &Boundary| {
            let Span { start, end } = Span::new(b.start, b.end).rounded();
            Boundary { start, end, ..*b }
        };
        self.boundaries.iter().filter(within).map(rounded).collect()
    }
}

fn refused(why: impl Into<String>) -> Error {
    Error::new(ErrorCode::ConfigInvalid, why).field("parts")
}

/// What lies between the boundaries of a span.
fn shots(boundaries: &[Boundary], span: Span) -> Vec<Shot> {
    let starts = std::iter::once(span.start).chain(boundaries.iter().map(|boundary| boundary.end));
    let ends = boundaries.iter().map(|boundary| boundary.start).chain([span.end]);
    starts.zip(ends).map(|(start, end)| Shot { start, end }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{BoundaryKind, FoundBy};
    use super::*;

    #[test]
    fn shots_leave_out_what_a_gradual_transition_takes() {
        let boundary = |kind, start, end| Boundary { kind, start, end, found_by: FoundBy::Frames, confidence: 1.0 };
        let found = [boundary(BoundaryKind::Cut, 2.0, 2.0), boundary(BoundaryKind::Dissolve, 4.0, 5.0)];
        let shots: Vec<_> = shots(&found, Span::new(0.0, 9.0)).iter().map(|shot| (shot.start, shot.end)).collect();
        assert_eq!(shots, [(0.0, 2.0), (2.0, 4.0), (5.0, 9.0)]);
    }
}
