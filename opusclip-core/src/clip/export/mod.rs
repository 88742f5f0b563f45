//! What stands beside the clips: the manifest and the contact sheet; and an analysis as a page and as a table.

pub(crate) mod analysis;
mod manifest;
mod rendered;
mod selection;
mod sheet;

pub use manifest::{Clip, MANIFEST_VERSION, Manifest, SourceInfo};
pub(crate) use rendered::fingerprint;
pub use selection::SelectionPage;
pub(crate) use sheet::Sheet;
