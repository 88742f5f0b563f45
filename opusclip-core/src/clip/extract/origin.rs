//! A manifest as callers give it: by value, or the file of one.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::clip::export::Manifest;
use crate::clip::media::{Limits, MediaInfo, Source};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Origin {
    File(PathBuf),
    Value(Box<Manifest>),
}

impl From<Manifest> for Origin {
    fn from(manifest: Manifest) -> Self {
        Self::Value(Box::new(manifest))
    }
}

impl Origin {
    /// The manifest, checked.
    pub(super) fn read(&self) -> Result<Cow<'_, Manifest>> {
        match self {
            Self::File(path) => Manifest::read(path).map(Cow::Owned),
            Self::Value(manifest) => manifest.validate().map(|()| Cow::Borrowed(&**manifest)),
        }
    }

    /// The folder that was asked for, or the file's own.
    pub(super) fn folder(&self, wanted: Option<&Path>) -> Result<PathBuf> {
        match (wanted, self) {
            (Some(folder), _) => Ok(folder.to_owned()),
            (None, Self::File(path)) => Ok(folder_of(path)),
            (None, Self::Value(_)) => {
                Err(Error::new(ErrorCode::ConfigInvalid, "a manifest that is no file has no folder of its own")
                    .field("out_dir")
                    .hint("give an output folder"))
            }
        }
    }
}

/// What the source of a manifest is, if it still is the file that the manifest was made of.
pub(super) fn source_of(manifest: &Manifest, limits: Limits, control: &Control) -> Result<MediaInfo> {
    let info = Source::open(&manifest.source.path, limits, control)?.info();
    if info.size != manifest.source.size {
        let path = manifest.source.path.display();
        let message = format!("{path} has {} bytes, not {}: it is another file now", info.size, manifest.source.size);
        return Err(Error::new(ErrorCode::ManifestInvalid, message).field("source.size"));
    }
    if let Some(duration) = info.duration {
        manifest.within(duration)?;
    }
    Ok(info)
}

/// The folder that a file lies in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}
