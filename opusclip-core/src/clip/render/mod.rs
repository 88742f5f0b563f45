//! One clip to a file: cut, framed, captioned, levelled, encoded.

mod assemble;
mod options;
mod picture;
mod rate;
mod run;
mod sound;

pub use options::RenderOptions;
pub use run::render;
pub(crate) use run::{ClipJob, no_video, render_clip};
