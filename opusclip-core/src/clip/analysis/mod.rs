//! What is in a source: loudness, speech, shots, what moves and what does not.
//!
//! [`run`] passes over the packets once: sound is heard by [`sound`] on other threads, keyframes are compared by [`plan`],
//! which says where [`read`] decodes every frame for the finder of boundaries in [`picture`]. [`facts`] are what single
//! frames tell, [`damage`] is what is not as it should be. All of it is gathered in a [`part`], and parts add up.

mod damage;
mod faces;
mod facts;
mod options;
mod part;
mod picture;
mod plan;
mod read;
mod run;
mod sound;
mod types;

pub use faces::FaceSample;
pub use options::{AnalyzeOptions, Level};
pub use part::{AnalysisPart, analyze_part};
pub(crate) use run::analyze_source;
pub use run::{analyze, analyze_with};
pub(crate) use sound::Meter;
pub use types::{
    Analysis, Border, Boundary, BoundaryKind, Curve, Damage, Finding, FindingKind, FoundBy, Loudness, Shot,
};
