//! What was typed, as the library's own options.

use serde_json::{Map, Value, json};

use super::tree::look::{BackgroundName, CaptionArgs, CodecName, LayoutName, Look, PresetName, ThumbnailName};
use super::tree::{Analyze, Choice, ExportName, LevelName, Options};
use crate::clip::{
    AnalyzeOptions, Background, Codec, ExportFormat, ExtractOptions, Layout, Level, Preset, RenderChanges,
    SelectOptions, ThumbnailFormat,
};
use crate::config::from_json;
use crate::error::Result;

impl Analyze {
    /// The library's own options, with its own defaults where nothing was typed.
    pub(super) fn analyze_options(&self) -> AnalyzeOptions {
        let level = match self.level {
            Some(LevelName::Index) => Level::Index,
            Some(LevelName::Lazy) => Level::Lazy,
            Some(LevelName::Exact) => Level::Exact,
            None => AnalyzeOptions::default().level,
        };
        AnalyzeOptions {
            level,
            audio: !self.no_audio,
            cache: !self.cache.no_cache,
            cache_dir: self.cache.cache_dir.clone(),
        }
    }
}

impl Options {
    /// The library's own options, with its own defaults where nothing was typed.
    pub(super) fn extract_options(self) -> Result<ExtractOptions> {
        let defaults = ExtractOptions::default();
        let select = self.choice.select_options(&defaults.select);
        let render = self.look.changes()?.over(defaults.render.clone());
        Ok(ExtractOptions {
            transcript: self.transcript.map(Into::into),
            subtitles: !self.no_subtitles,
            overwrite: self.overwrite,
            time_limit: self.time_limit,
            max_damage: self.max_damage.unwrap_or(defaults.max_damage),
            cache: !self.cache.no_cache,
            cache_dir: self.cache.cache_dir,
            select,
            render,
            ..defaults
        })
    }
}

impl Look {
    /// What was typed of them.
    pub(super) fn changes(self) -> Result<RenderChanges> {
        let (width, height) = self.size.unzip();
        let mut changes = RenderChanges {
            preset: self.preset.map(Preset::from),
            width,
            height,
            layout: self.layout.map(|layout| match layout {
                LayoutName::Auto => Layout::Auto,
                LayoutName::Fill => Layout::Fill,
                LayoutName::Fit => Layout::Fit,
                LayoutName::Split => Layout::Split,
                LayoutName::Screen => Layout::Screen,
            }),
            background: self.background.map(|background| match background {
                BackgroundName::Blurred => Background::Blurred,
                BackgroundName::Plain => Background::Plain,
            }),
            follow: self.no_follow.then_some(false),
            face_model: self.face_model,
            thumbnails: self.thumbnails.map(|format| match format {
                ThumbnailName::Jpeg => ThumbnailFormat::Jpeg,
                ThumbnailName::Avif => ThumbnailFormat::Avif,
            }),
            lufs: self.lufs,
            true_peak: self.true_peak,
            clean_speech: self.clean_speech.then_some(true),
            frame_rate: self.frame_rate,
            codec: self.codec.map(|codec| match codec {
                CodecName::H264 => Codec::H264,
                CodecName::Hevc => Codec::Hevc,
                CodecName::Av1 => Codec::Av1,
            }),
            encoder: self.encoder,
            hardware: self.hardware.then_some(true),
            crf: self.crf,
            speed: self.speed,
            max_bit_rate: self.max_bit_rate,
            keyframe_interval: self.keyframe_interval,
            audio_bit_rate: self.audio_bit_rate,
            threads: self.threads,
            clips_at_once: self.clips_at_once,
            memory_budget: self.memory_budget,
            ..RenderChanges::default()
        };
        self.captions.put(&mut changes)?;
        Ok(changes)
    }
}

impl CaptionArgs {
    /// Put what was typed among the changes.
    fn put(self, changes: &mut RenderChanges) -> Result<()> {
        let read = |name: &str, value: Value| from_json::<RenderChanges>(json!({ name: value }));
        if self.no_captions {
            changes.captions = Some(false.into());
        }
        if let Some(look) = &self.captions {
            changes.captions = read("captions", json!(look))?.captions;
        }
        if !self.caption_style.is_empty() {
            // Numbers and yes or no are JSON already; everything else is text.
            let value = |typed: &str| {
                let known =
                    serde_json::from_str(typed).ok().filter(|value: &Value| value.is_number() || value.is_boolean());
                known.unwrap_or_else(|| typed.into())
            };
            let style: Map<String, Value> =
                self.caption_style.into_iter().map(|(name, typed)| (name, value(&typed))).collect();
            changes.caption_style = read("caption_style", style.into())?.caption_style;
        }
        changes.hook = self.hook.then_some(true);
        changes.subtitle_files = self.subtitle_files.then_some(true);
        Ok(())
    }
}

impl Choice {
    fn select_options(self, defaults: &SelectOptions) -> SelectOptions {
        let pairs = |spans: Vec<(f64, f64)>| spans.into_iter().map(|(start, end)| [start, end]).collect();
        SelectOptions {
            count: self.count.unwrap_or(defaults.count),
            min_duration: self.min_duration.unwrap_or(defaults.min_duration),
            max_duration: self.max_duration.unwrap_or(defaults.max_duration),
            durations: pairs(self.durations),
            lead_in: self.lead_in.unwrap_or(defaults.lead_in),
            tail: self.tail.unwrap_or(defaults.tail),
            min_score: self.min_score.unwrap_or(defaults.min_score),
            diversity: self.diversity.unwrap_or(defaults.diversity),
            // An open end lies behind every source.
            range: self.range.map(|(start, end)| [start, end.unwrap_or(1e7)]),
            include: pairs(self.include),
            exclude: pairs(self.exclude),
            keywords: self.keywords,
            query: self.query,
            weights: self.weights.into_iter().collect(),
            language: self.language,
            remove_pauses: self.remove_pauses,
            keep_pause: self.keep_pause.unwrap_or(defaults.keep_pause),
            remove_fillers: self.remove_fillers,
        }
    }
}

impl From<PresetName> for Preset {
    fn from(name: PresetName) -> Self {
        match name {
            PresetName::Tiktok => Self::Tiktok,
            PresetName::Reels => Self::Reels,
            PresetName::Shorts => Self::Shorts,
            PresetName::Youtube => Self::Youtube,
            PresetName::Square => Self::Square,
            PresetName::Master => Self::Master,
        }
    }
}

pub(super) fn format(name: ExportName) -> ExportFormat {
    match name {
        ExportName::Otio => ExportFormat::Otio,
        ExportName::Edl => ExportFormat::Edl,
        ExportName::Fcpxml => ExportFormat::Fcpxml,
        ExportName::Csv => ExportFormat::Csv,
        ExportName::Segments => ExportFormat::Segments,
    }
}
