//! How closely a source is looked at, and whether what was found is kept.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clip::cache::{self, Recall};
use crate::clip::media::{self, Limits};
use crate::error::Result;

/// How much of the picture is decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Keyframes only. A cut is told where two neighbours differ; its time is exact where the encoder placed a keyframe
    /// at it, as most do.
    Index,
    /// Keyframes, then the groups of pictures whose ends differ, so that each cut found has its exact frame. Cuts that
    /// return to the same picture within one group are missed.
    #[default]
    Lazy,
    /// Every picture.
    Exact,
}

/// Options of [`super::analyze_with`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnalyzeOptions {
    /// How much of the picture is decoded. Default `lazy`.
    pub level: Level,
    /// Listen to the sound: loudness, speech and pauses. Default true.
    pub audio: bool,
    /// Keep the analysis, so that a second one of the same content with the same options is there at once. Default true.
    pub cache: bool,
    /// Folder of kept analyses. Default: the platform's folder for caches, or the environment variable
    /// `OPUSCLIP_CACHE_DIR`.
    #[serde(alias = "cacheDir")]
    pub cache_dir: Option<PathBuf>,
}

impl Default for AnalyzeOptions {
    fn default() -> Self {
        Self { level: Level::Lazy, audio: true, cache: true, cache_dir: None }
    }
}

impl AnalyzeOptions {
    /// Check every option.
    ///
    /// # Errors
    /// `config.*`, naming the option.
    ///
    /// ```
    /// use opusclip_core::clip::AnalyzeOptions;
    /// let options = AnalyzeOptions { cache_dir: Some("".into()), ..AnalyzeOptions::default() };
    /// assert_eq!(options.validate().unwrap_err().field_name(), Some("cache_dir"));
    /// ```
    pub fn validate(&self) -> Result<()> {
        cache::check_dir(self.cache_dir.as_deref())
    }

    /// Look for what is known of a file, before it is opened for reading.
    pub(crate) fn recall(&self, path: &Path, limits: &Limits) -> Recall {
        if !self.cache {
            return Recall::nothing();
        }
        // All that decides what is found, or whether the file is refused: a hit must not let through what is refused
        // without the cache. A new field does not compile until it has been thought of here.
        let Self { level, audio, cache: _, cache_dir } = self;
        let Limits { streams, side, pixels, duration, damage } = limits;
        let request = (
            ("analysis", level, audio),
            (streams, side, pixels, duration.to_bits(), damage.to_bits()),
            media::ffmpeg_version(),
        );
        Recall::of(path, cache_dir.as_deref(), &request)
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::PI;
    use std::fs;

    use super::super::{Analysis, Border, Boundary, BoundaryKind, Curve, FoundBy, Loudness, Shot, analyze_with};
    use super::*;
    use crate::clip::{cache_info, clear_cache};
    use crate::config::from_json;
    use crate::control::Control;
    use crate::error::ErrorCode;
    use crate::time::{Span, round_micros};
    use serde_json::json;

    #[test]
    fn options_take_both_spellings() {
        let read = |value| from_json::<AnalyzeOptions>(value).unwrap();
        let wanted = AnalyzeOptions { cache: false, cache_dir: Some("kept".into()), ..AnalyzeOptions::default() };
        assert_eq!(read(json!({"cache": false, "cache_dir": "kept"})), wanted);
        assert_eq!(read(json!({"cache": false, "cacheDir": "kept"})), wanted);
        assert_eq!(read(serde_json::to_value(&wanted).unwrap()), wanted);
        assert_eq!(read(json!({})), AnalyzeOptions::default());
    }

    /// Three seconds of a tone that comes and goes.
    fn wave(pitch: f32) -> Vec<u8> {
        let sample = |i: u32| {
            let time = i as f32 / 16_000.0;
            let loud = if time.fract() < 0.5 { 12_000.0 } else { 0.0 };
            ((2.0 * PI * pitch * time).sin() * loud) as i16
        };
        let sound: Vec<u8> = (0..48_000).flat_map(|i| sample(i).to_le_bytes()).collect();
        let size = |more: u32| (sound.len() as u32 + more).to_le_bytes();
        let mut file = [b"RIFF", &size(36)[..], b"WAVEfmt ", &16u32.to_le_bytes()].concat();
        for (value, bytes) in [(1u32, 2), (1, 2), (16_000, 4), (32_000, 4), (2, 2), (16, 2)] {
            file.extend(&value.to_le_bytes()[..bytes]);
        }
        [&file[..], b"data", &size(0), &sound].concat()
    }

    #[test]
    fn a_second_analysis_is_the_kept_one() {
        let dir = tempfile::tempdir().unwrap();
        let (video, kept) = (dir.path().join("tone.wav"), dir.path().join("kept"));
        fs::write(&video, wave(440.0)).unwrap();
        let entries = || cache_info(Some(&kept)).unwrap().entries;
        let options = AnalyzeOptions { cache_dir: Some(kept.clone()), ..AnalyzeOptions::default() };
        let limits = Limits::default();
        let analyze = |options: &AnalyzeOptions, limits: Limits| analyze_with(&video, options, limits, &Control::new());

        let off = AnalyzeOptions { cache: false, ..options.clone() };
        let without = analyze(&off, limits).unwrap();
        assert!(!kept.exists());
        assert!(without.loudness.is_some() && without.duration == 3.0);
        let first = analyze(&options, limits).unwrap();
        assert_eq!((&first, entries()), (&without, 1));
        // What is found is what was kept, and not what would be found.
        assert_eq!((analyze(&options, limits).unwrap(), entries()), (first, 1));

        let index = AnalyzeOptions { level: Level::Index, ..options.clone() };
        assert_eq!(analyze(&index, limits).unwrap().level, Level::Index);
        let silent = AnalyzeOptions { audio: false, ..options.clone() };
        assert!(analyze(&silent, limits).unwrap().loudness.is_none());
        assert_eq!(entries(), 3);

        // Limits count on a hit too, and other content is other content.
        let short = analyze(&options, Limits { duration: 2.0, ..limits }).unwrap_err();
        assert_eq!((short.code(), entries()), (ErrorCode::LimitExceeded, 3));
        fs::write(&video, wave(880.0)).unwrap();
        assert_ne!(analyze(&options, limits).unwrap(), without);
        assert_eq!((clear_cache(Some(&kept)).unwrap().entries, entries()), (4, 0));
    }

    #[test]
    fn errors_are_those_of_an_analysis_without_the_cache() {
        let dir = tempfile::tempdir().unwrap();
        let (text, empty) = (dir.path().join("text.mp4"), dir.path().join("empty.mp4"));
        fs::write(&text, "no video").unwrap();
        fs::write(&empty, "").unwrap();
        let on = AnalyzeOptions { cache_dir: Some(dir.path().join("kept")), ..AnalyzeOptions::default() };
        let off = AnalyzeOptions { cache: false, ..on.clone() };
        for path in [&dir.path().join("none.mp4"), dir.path(), &text, &empty, Path::new("a\0b.mp4"), Path::new("")] {
            let refused = |options: &AnalyzeOptions| {
                let error = analyze_with(path, options, Limits::default(), &Control::new()).unwrap_err();
                (error.code(), error.to_string())
            };
            assert_eq!(refused(&on), refused(&off));
            assert_eq!(refused(&on), refused(&off));
        }
        let nowhere = AnalyzeOptions { cache_dir: Some("".into()), ..AnalyzeOptions::default() };
        let error = analyze_with(&text, &nowhere, Limits::default(), &Control::new()).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("cache_dir")));
    }

    /// As much as an analysis of two hours holds.
    fn long() -> Analysis {
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        let mut curve = |step: f64, scale: f32, low: f32| Curve {
            start: 0.0,
            step,
            values: (0..(7200.0 / step) as usize).map(|_| random() * scale + low).collect(),
        };
        let spans = |step: f64| {
            let span = |n: usize| Span::new(round_micros(n as f64 * step), round_micros((n as f64 + 0.7) * step));
            (0..(7200.0 / step) as usize).map(span).collect::<Vec<_>>()
        };
        let border = Border { start: 0.1, end: 7199.9, left: 0, top: 140, right: 0, bottom: 140 };
        let boundary = |span: &Span| Boundary {
            kind: BoundaryKind::Cut,
            start: span.start,
            end: span.start,
            found_by: FoundBy::Frames,
            confidence: 1.0 / (1.0 + span.start),
        };
        Analysis {
            loudness: Some(Loudness {
                integrated: Some(-23.456_789_012_345_67),
                range: 7.1,
                true_peak: Some(-1.0 / 3.0),
                momentary: curve(0.1, 50.0, -70.0),
                short_term: curve(0.1, 50.0, -70.0),
            }),
            voice: Some(curve(0.1, 1.0, 0.0)),
            motion: Some(curve(0.1, 1.0, 0.0)),
            speech: spans(3.3),
            pauses: spans(3.3),
            boundaries: spans(5.1).iter().map(boundary).collect(),
            shots: spans(5.1).iter().map(|span| Shot { start: span.start, end: span.end }).collect(),
            borders: vec![border],
            ..Analysis::of_nothing(7200.0)
        }
    }

    #[test]
    fn an_analysis_comes_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let (video, analysis) = (dir.path().join("video.mp4"), long());
        fs::write(&video, "as good as any").unwrap();
        let options = AnalyzeOptions { cache_dir: Some(dir.path().join("kept")), ..AnalyzeOptions::default() };
        let recall = || options.recall(&video, &Limits::default());
        recall().or_else(&Control::new(), || Ok(analysis.clone())).unwrap();
        let found: Analysis = recall().or_else(&Control::new(), || panic!("this is no hit")).unwrap();
        assert_eq!(found, analysis);
    }
}
