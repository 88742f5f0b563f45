//! What was typed, as the library's own options.

use serde_json::{Value, json};

use super::tree::{Analyze, CaptionArgs, Choice, LayoutName, LevelName, Options};
use crate::clip::{AnalyzeOptions, ExtractOptions, Layout, Level, RenderOptions, SelectOptions};
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
        let render = defaults.render.clone();
        let (width, height) = self.size.unwrap_or((render.width, render.height));
        let select = self.choice.select_options(&defaults.select);
        let mut render = RenderOptions {
            width,
            height,
            layout: self.layout.map_or(render.layout, |layout| match layout {
                LayoutName::Auto => Layout::Auto,
                LayoutName::Fill => Layout::Fill,
                LayoutName::Fit => Layout::Fit,
            }),
            lufs: self.lufs.unwrap_or(render.lufs),
            true_peak: self.true_peak.unwrap_or(render.true_peak),
            frame_rate: self.frame_rate.or(render.frame_rate),
            crf: self.crf.unwrap_or(render.crf),
            preset: self.preset.unwrap_or(render.preset),
            audio_bit_rate: self.audio_bit_rate.unwrap_or(render.audio_bit_rate),
            threads: self.threads.unwrap_or(render.threads),
            ..render
        };
        self.captions.apply(&mut render)?;
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

impl CaptionArgs {
    /// Put what was typed into options; the rest stays.
    pub(super) fn apply(&self, render: &mut RenderOptions) -> Result<()> {
        if self.no_captions {
            render.captions = false.into();
        }
        if let Some(look) = &self.captions {
            render.captions = from_json::<RenderOptions>(json!({"captions": look}))?.captions;
        }
        if !self.caption_style.is_empty() {
            let mut style = json!(render.caption_style);
            for (name, value) in &self.caption_style {
                // Numbers and yes or no are JSON already; everything else is text.
                let known =
                    serde_json::from_str(value).ok().filter(|value: &Value| value.is_number() || value.is_boolean());
                style[name] = known.unwrap_or_else(|| value.as_str().into());
            }
            render.caption_style = from_json::<RenderOptions>(json!({"caption_style": style}))?.caption_style;
        }
        render.hook |= self.hook;
        render.subtitle_files |= self.subtitle_files;
        Ok(())
    }

    /// Was anything typed?
    pub(super) fn is_empty(&self) -> bool {
        let Self { captions, no_captions, caption_style, hook, subtitle_files } = self;
        captions.is_none() && !no_captions && caption_style.is_empty() && !hook && !subtitle_files
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
