//! All options of the main job, flat, as every language takes them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clip::analysis::AnalyzeOptions;
use crate::clip::cache;
use crate::clip::caption::{CaptionStyle, Captions};
use crate::clip::media::{Codec, Limits, ThumbnailFormat};
use crate::clip::reframe::{Background, Layout};
use crate::clip::render::{Preset, RenderOptions};
use crate::clip::select::SelectOptions;
use crate::clip::transcript::TranscriptInput;
use crate::config::{boolean, number, optional_boolean, optional_number, within};
use crate::error::Result;

/// Options of [`super::extract_clips`]. In other languages they are one flat set of names.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(default)]
pub struct ExtractOptions {
    /// An SRT, WebVTT, ASS or Whisper JSON file, or what a speech engine gave. Without one, clips are cut at pauses and
    /// carry no captions, unless the video has subtitles.
    pub transcript: Option<TranscriptInput>,
    /// Where there is no transcript, use the video's own subtitle stream if it has one that is text. Default true.
    pub subtitles: bool,
    /// Replace output that exists. Default false: existing output is kept and reported as an error.
    pub overwrite: bool,
    /// Write a page about what was chosen and why, `report.html`, beside the clips. Default false.
    pub report: bool,
    /// Give up after this many seconds. Default none.
    pub time_limit: Option<f64>,
    /// Share of damaged packets or pictures, 0 to 1, above which a file is given up. Default 0.2.
    pub max_damage: f64,
    /// Keep the analysis, so that a second job with the same video need not look at it again. Default true.
    pub cache: bool,
    /// Folder of kept analyses. Default: the platform's folder for caches, or the environment variable
    /// `OPUSCLIP_CACHE_DIR`.
    pub cache_dir: Option<PathBuf>,
    /// How long one call of a callback may take, in seconds. Default 60; 0 is as long as it likes.
    pub callback_time_limit: f64,
    /// Where a callback fails, go on with our own and say so in the notes. Default false: the job fails.
    pub callback_fallback: bool,
    /// What is chosen.
    #[serde(flatten)]
    pub select: SelectOptions,
    /// How it looks and sounds.
    #[serde(flatten)]
    pub render: RenderOptions,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self {
            transcript: None,
            subtitles: true,
            overwrite: false,
            report: false,
            time_limit: None,
            max_damage: Limits::default().damage,
            cache: true,
            cache_dir: None,
            callback_time_limit: 60.0,
            callback_fallback: false,
            select: SelectOptions::default(),
            render: RenderOptions::default(),
        }
    }
}

impl ExtractOptions {
    /// Check every option and how they fit together.
    ///
    /// # Errors
    /// `config.*`, naming the option.
    pub fn validate(&self) -> Result<()> {
        self.select.validate()?;
        self.render.validate()?;
        if let Some(limit) = self.time_limit {
            within("time_limit", limit, 0.0, 1e7)?;
        }
        within("max_damage", self.max_damage, 0.0, 1.0)?;
        within("callback_time_limit", self.callback_time_limit, 0.0, 1e7)?;
        cache::check_dir(self.cache_dir.as_deref())
    }

    /// How the video is analysed.
    pub(super) fn analyze_options(&self) -> AnalyzeOptions {
        AnalyzeOptions { cache: self.cache, cache_dir: self.cache_dir.clone(), ..AnalyzeOptions::default() }
    }
}

/// Writes the options as they arrive: flat, without flattening, so that a wrong type or an unknown name is reported with
/// its name (serde forgets where it is inside flattened fields). One list serves the fields, their defaults and where
/// they go. Which options of `render` were given at all is kept, because a preset stands behind them.
macro_rules! flat {
    (
        own { $($(#[$own_meta:meta])* $own:ident: $own_type:ty,)* }
        select { $($(#[$meta:meta])* $name:ident: $type:ty,)* }
        render { $($(#[$change_meta:meta])* $change:ident: $change_type:ty,)* }
    ) => {
        #[derive(Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Flat {
            $($(#[$own_meta])* $own: $own_type,)*
            $($(#[$meta])* $name: $type,)*
            $($(#[$change_meta])* $change: Option<$change_type>,)*
        }

        impl Default for Flat {
            fn default() -> Self {
                let options = ExtractOptions::default();
                Self {
                    $($own: options.$own,)*
                    $($name: options.select.$name,)*
                    $($change: None,)*
                }
            }
        }

        impl From<Flat> for ExtractOptions {
            fn from(flat: Flat) -> Self {
                let mut options = Self::default();
                $(options.$own = flat.$own;)*
                $(options.select.$name = flat.$name;)*
                options.render = RenderChanges { $($change: flat.$change,)* }.over(options.render);
                options
            }
        }

        /// Those options of [`RenderOptions`] that are to be others. A `preset` among them stands behind those that are
        /// given beside it.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct RenderChanges {
            $(
                $(#[$change_meta])*
                #[doc = concat!("See [`RenderOptions`], `", stringify!($change), "`.")]
                pub $change: Option<$change_type>,
            )*
        }

        impl RenderChanges {
            /// The options with these changes.
            #[must_use]
            pub fn over(self, options: RenderOptions) -> RenderOptions {
                let mut options = match self.preset {
                    Some(preset) => preset.over(options),
                    None => options,
                };
                $(
                    if let Some(value) = self.$change {
                        options.$change = value.into();
                    }
                )*
                options
            }
        }
    };
}

flat! {
    own {
        transcript: Option<TranscriptInput>,
        #[serde(deserialize_with = "boolean")]
        subtitles: bool,
        #[serde(deserialize_with = "boolean")]
        overwrite: bool,
        #[serde(deserialize_with = "boolean")]
        report: bool,
        #[serde(alias = "timeLimit", deserialize_with = "optional_number")]
        time_limit: Option<f64>,
        #[serde(alias = "maxDamage", deserialize_with = "number")]
        max_damage: f64,
        #[serde(deserialize_with = "boolean")]
        cache: bool,
        #[serde(alias = "cacheDir")]
        cache_dir: Option<PathBuf>,
        #[serde(alias = "callbackTimeLimit", deserialize_with = "number")]
        callback_time_limit: f64,
        #[serde(alias = "callbackFallback", deserialize_with = "boolean")]
        callback_fallback: bool,
    }
    select {
        count: usize,
        #[serde(alias = "minDuration", deserialize_with = "number")]
        min_duration: f64,
        #[serde(alias = "maxDuration", deserialize_with = "number")]
        max_duration: f64,
        durations: Vec<[f64; 2]>,
        #[serde(alias = "leadIn", deserialize_with = "number")]
        lead_in: f64,
        #[serde(deserialize_with = "number")]
        tail: f64,
        #[serde(alias = "minScore", deserialize_with = "number")]
        min_score: f64,
        #[serde(deserialize_with = "number")]
        diversity: f64,
        range: Option<[f64; 2]>,
        include: Vec<[f64; 2]>,
        exclude: Vec<[f64; 2]>,
        keywords: Vec<String>,
        query: Option<String>,
        weights: BTreeMap<String, f64>,
        language: Option<String>,
        #[serde(alias = "removePauses", deserialize_with = "optional_number")]
        remove_pauses: Option<f64>,
        #[serde(alias = "keepPause", deserialize_with = "number")]
        keep_pause: f64,
        #[serde(alias = "removeFillers", deserialize_with = "boolean")]
        remove_fillers: bool,
    }
    render {
        preset: Preset,
        width: u32,
        height: u32,
        layout: Layout,
        background: Background,
        #[serde(deserialize_with = "optional_boolean")]
        follow: bool,
        #[serde(alias = "faceModel")]
        face_model: PathBuf,
        captions: Captions,
        #[serde(alias = "captionStyle")]
        caption_style: CaptionStyle,
        #[serde(deserialize_with = "optional_boolean")]
        hook: bool,
        #[serde(alias = "subtitleFiles", deserialize_with = "optional_boolean")]
        subtitle_files: bool,
        thumbnails: ThumbnailFormat,
        #[serde(deserialize_with = "optional_number")]
        lufs: f64,
        #[serde(alias = "truePeak", deserialize_with = "optional_number")]
        true_peak: f64,
        #[serde(alias = "cleanSpeech", deserialize_with = "optional_boolean")]
        clean_speech: bool,
        #[serde(alias = "frameRate", deserialize_with = "optional_number")]
        frame_rate: f64,
        codec: Codec,
        encoder: String,
        #[serde(deserialize_with = "optional_boolean")]
        hardware: bool,
        #[serde(deserialize_with = "optional_number")]
        crf: f64,
        speed: String,
        #[serde(alias = "maxBitRate")]
        max_bit_rate: u32,
        #[serde(alias = "keyframeInterval", deserialize_with = "optional_number")]
        keyframe_interval: f64,
        #[serde(alias = "audioBitRate")]
        audio_bit_rate: u32,
        threads: u32,
        #[serde(alias = "clipsAtOnce")]
        clips_at_once: u32,
        #[serde(alias = "memoryBudget")]
        memory_budget: u32,
    }
}

impl<'de> Deserialize<'de> for ExtractOptions {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Flat::deserialize(source).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::from_json;
    use crate::error::ErrorCode;
    use serde_json::json;

    #[test]
    fn options_are_flat_and_take_both_spellings() {
        let options: ExtractOptions =
            from_json(json!({"count": 2, "minDuration": 5, "max_duration": 9.5, "layout": "fit", "lufs": -16, "cacheDir": "kept"}))
                .unwrap();
        assert_eq!((options.select.count, options.select.min_duration, options.select.max_duration), (2, 5.0, 9.5));
        assert_eq!(options.render.lufs, -16.0);
        assert_eq!((options.cache, options.cache_dir.as_deref()), (true, Some(std::path::Path::new("kept"))));
        options.validate().unwrap();
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let options =
            ExtractOptions { max_damage: 0.5, time_limit: Some(9.0), cache: false, ..ExtractOptions::default() };
        let written = serde_json::to_value(&options).unwrap();
        assert_eq!(from_json::<ExtractOptions>(written).unwrap(), options);
    }

    #[test]
    fn options_beside_a_preset_go_before_it() {
        let options: ExtractOptions = from_json(json!({"crf": 25, "preset": "youtube", "height": 720})).unwrap();
        let RenderOptions { preset, width, height, crf, keyframe_interval, .. } = options.render;
        assert_eq!((preset, width, height), (Some(Preset::Youtube), 1920, 720));
        assert_eq!((crf, keyframe_interval), (25.0, 0.5));
    }

    #[test]
    fn unknown_names_and_impossible_values_are_refused_by_name() {
        let refused = |value: serde_json::Value| {
            let error = from_json::<ExtractOptions>(value).and_then(|o| o.validate()).unwrap_err();
            (error.code(), error.field_name().map(str::to_owned))
        };
        assert_eq!(refused(json!({"cuont": 2})), (ErrorCode::ConfigInvalid, Some("cuont".into())));
        for (name, value) in [
            ("count", json!("three")),
            ("count", json!(2.5)),
            ("lufs", json!("loud")),
            ("layout", json!("cinema")),
            ("captions", json!(3)),
            ("captions", json!("bolt")),
            ("hook", json!("yes")),
            ("subtitle_files", json!(1)),
            ("thumbnails", json!("webp")),
            ("encoder", json!("libx265")),
            ("clean_speech", json!("yes")),
            ("cache", json!("yes")),
            ("cache_dir", json!("")),
            ("cache_dir", json!(7)),
        ] {
            assert_eq!(refused(json!({ name: value })), (ErrorCode::ConfigInvalid, Some(name.into())));
        }
        assert_eq!(refused(json!({"width": -5})), (ErrorCode::ConfigOutOfRange, Some("width".into())));
        for (style, name, code) in [
            (json!({"color": "yelow"}), "caption_style.color", ErrorCode::ConfigInvalid),
            (json!({"size": "big"}), "caption_style.size", ErrorCode::ConfigInvalid),
            (json!({"size": 500}), "caption_style.size", ErrorCode::ConfigOutOfRange),
            (json!({"outline": "NaN"}), "caption_style.outline", ErrorCode::ConfigNotFinite),
            (json!({"colour": "red"}), "caption_style.colour", ErrorCode::ConfigInvalid),
            (json!({"font": "{\\b1}"}), "caption_style.font", ErrorCode::ConfigInvalid),
            (json!({"position": "left"}), "caption_style.position", ErrorCode::ConfigInvalid),
        ] {
            assert_eq!(refused(json!({"caption_style": style})), (code, Some(name.into())));
        }
        assert_eq!(refused(json!({"count": 0})), (ErrorCode::ConfigOutOfRange, Some("count".into())));
        assert_eq!(refused(json!({"min_duration": "NaN"})), (ErrorCode::ConfigNotFinite, Some("min_duration".into())));
        assert_eq!(
            refused(json!({"min_duration": 60, "max_duration": 30})),
            (ErrorCode::ConfigOutOfRange, Some("min_duration".into()))
        );
        assert_eq!(refused(json!({"width": 1081})), (ErrorCode::ConfigOutOfRange, Some("width".into())));
        assert_eq!(refused(json!({"preset": "fastest"})), (ErrorCode::ConfigInvalid, Some("preset".into())));
    }
}
