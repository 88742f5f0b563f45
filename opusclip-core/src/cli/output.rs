//! Files that a command writes for its answer.

use std::path::Path;

use crate::error::{Error, ErrorCode, Result};

/// Refuse to take the place of something, before any work begins.
pub(super) fn check_free(file: &Path, source: &Path, overwrite: bool) -> Result<()> {
    let refused = |message: &str, hint: &str| {
        Err(Error::new(ErrorCode::OutputExists, message).field("out").file(file).hint(hint))
    };
    let Ok(there) = file.symlink_metadata() else { return Ok(()) };
    if there.is_dir() {
        return refused("the output is a folder", "name a file in it");
    }
    let is_source = match (file.canonicalize(), source.canonicalize()) {
        (Ok(file), Ok(video)) => file == video,
        _ => false,
    };
    if is_source {
        return refused("the output would take the place of its own source", "choose another file");
    }
    if !overwrite {
        return refused("the output exists already", "choose another file, or ask for overwrite");
    }
    Ok(())
}
