//! What stands beside the clips: the manifest and the contact sheet.

mod manifest;
mod sheet;

pub use manifest::{Clip, MANIFEST_VERSION, Manifest, SourceInfo};
pub(crate) use sheet::Sheet;
