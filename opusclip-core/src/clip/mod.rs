//! The clip engine: long video in, short ready-to-post clips out.
//!
//! | stage | call | what it does |
//! |---|---|---|
//! | probe | [`probe`] | what a file is |
//! | analyse | [`analyze`] | loudness, speech and pauses, shots, damage |
//! | transcript | [`transcript::read`] | SRT and WebVTT to timed words, with a report of repairs |
//! | choose | [`select::select`], [`Extract::select`] | the best stretches that stand alone, and why |
//! | render | [`render`] | clips from a manifest, edited or not |
//! | all of it | [`extract_clips`], [`Extract`] | the whole job |
//!
//! The parts below know nothing of those above: [`media`] is the only one that touches FFmpeg.

pub mod analysis;
mod caption;
pub mod export;
mod extract;
pub mod media;
pub mod reframe;
mod render;
pub mod select;
pub mod transcript;

pub use analysis::{Analysis, analyze};
pub use export::{Clip, Manifest};
pub use extract::{Extract, ExtractOptions, Report, extract_clips};
pub use media::{Limits, MediaInfo, probe};
pub use reframe::{Framing, Layout};
pub use render::{RenderOptions, render};
pub use select::{ClipPlan, Feature, SelectOptions, Selection};
pub use transcript::Transcript;
