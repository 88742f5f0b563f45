//! What stands beside the clips: the manifest and the contact sheet; and an analysis as a page and as a table.

pub(crate) mod analysis;
mod edits;
mod manifest;
mod rendered;
mod selection;
mod sheet;
mod url;

pub use edits::ExportFormat;
pub(crate) use edits::write as write_edits;
pub use manifest::{Clip, MANIFEST_VERSION, Manifest, SourceInfo};
pub(crate) use rendered::fingerprint;
pub use selection::SelectionPage;
pub(crate) use sheet::Sheet;
#[cfg(feature = "cli")]
pub(crate) use url::file_url;
