//! The clip engine: long video in, short ready-to-post clips out.
//!
//! | stage | call | what it does |
//! |---|---|---|
//! | probe | [`probe`] | what a file is |
//! | analyse | [`analyze`], [`analyze_part`] | loudness, speech, music, shots, motion, black, frozen, damage |
//! | transcript | [`transcript::read`], [`transcript::embedded`] | subtitles and the JSON of speech engines to timed words, with a report of repairs |
//! | transcribe | [`mod@transcribe`] | speech to timed words, by an engine of your own |
//! | text | [`text::language()`], [`text::segment`] | language, topics, words for the post |
//! | choose | [`select::select`], [`Extract::select`] | the best stretches that stand alone, and why |
//! | render | [`render()`], [`Render`] | clips from a manifest, edited or not |
//! | hand over | [`Export`] | clips for editing programs: OTIO, EDL, FCPXML, CSV, copied segments |
//! | check | [`check_upload`] | does a file keep to the upload rules of a platform? |
//! | all of it | [`extract_clips`], [`Extract`] | the whole job |
//!
//! Each part knows only those below it: `files` and `callback`, then [`media`] (the only one that touches FFmpeg) and `cache`, then [`analysis`],
//! [`transcript`], [`caption`] and [`reframe`], then [`text`], then [`select`], [`mod@render`] and [`mod@transcribe`], then
//! [`export`] and `check`, and the whole job above.

pub mod analysis;
mod cache;
mod callback;
pub mod caption;
mod check;
pub mod export;
mod extract;
pub(crate) mod files;
pub mod media;
mod pair;
pub mod reframe;
pub mod render;
pub mod select;
pub mod text;
pub mod transcribe;
pub mod transcript;

pub use analysis::{Analysis, AnalysisPart, AnalyzeOptions, Level, analyze, analyze_part, analyze_with};
pub use cache::{CacheInfo, cache_info, clear_cache};
pub use callback::{Hook, JsonHook};
pub use caption::{CaptionEffect, CaptionPosition, CaptionPreset, CaptionStyle, Captions};
pub use check::{Severity, UploadCheck, UploadFinding, check_upload};
pub use export::{Clip, ExportFormat, Manifest, SelectionPage};
pub use extract::{
    Export, Exported, Extract, ExtractOptions, Render, RenderChanges, Report, Segment, extract_clips, render,
};
pub use media::{Codec, Limits, MediaInfo, ThumbnailFormat, probe};
pub use reframe::{
    Background, CameraPoint, Crop, Framing, Layout, Picture, ShotFraming, Subject, SubjectHook, SubjectKind, View,
    json_subjects,
};
pub use render::{Preset, RenderOptions};
pub use select::{
    ClipPlan, Contender, Feature, Hooks, Material, Near, PostEdit, PostRequest, SelectOptions, Selection,
};
pub use transcribe::{AudioChunk, TranscribeOptions, Transcriber, json_transcriber, transcribe_by};
pub use transcript::{Transcript, TranscriptInput};
