//! Kept results: a second look at the same content with the same question is answered at once.
//!
//! An entry belongs to the content of a file, not to its name: a copy finds it too, and a changed byte never does. So that
//! a file of gigabytes need not be read whole each time, there are three steps ([`recall`] takes them):
//!
//! 1. A memo says which content a path had when it had exactly this size, these times and this number on its disk.
//! 2. Without a memo, the size and a few blocks ([`fingerprint`]) tell whether any entry may fit. Mostly none does.
//! 3. Only if one may, the whole content is hashed before. Otherwise it is hashed beside the work, for next time.
//!
//! [`store`] keeps entries and memos under a size limit and believes nothing that it reads without its checksum;
//! [`folder`] says where. Nothing that goes wrong here fails the work: at worst it is done again.
//!
//! This is the one engine that reads the environment (where its folder is) and the clock (what was used last, and which
//! files are too new for their times to be trusted). It knows nothing of what it keeps.

mod fingerprint;
mod folder;
mod recall;
mod store;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::utf8_path;
use crate::error::{Error, ErrorCode, Result};

pub(crate) use recall::{BUILD, Recall};
use store::Store;

/// Most bytes that are kept; what was used least recently goes first.
const LIMIT: u64 = 512 * 1024 * 1024;

/// Most files that are kept, so that looking through them stays quick.
const MOST: usize = 10_000;

/// What a cache of analyses holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheInfo {
    /// Where it lies.
    pub folder: PathBuf,
    /// Analyses in it.
    pub entries: u64,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Most bytes that it may have; beyond, the analyses used least recently go.
    pub limit: u64,
}

/// What the cache of analyses holds, in `dir` or in the folder that is used by default.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] for an empty `dir`, or without one where no folder is known;
/// [`ErrorCode::OutputUnwritable`] where the folder cannot be read.
///
/// ```
/// use opusclip_core::clip::cache_info;
/// let dir = std::env::temp_dir().join("opusclip-no-such-folder");
/// let info = cache_info(Some(&dir))?;
/// assert_eq!((info.entries, info.bytes, info.limit), (0, 0, 536_870_912));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn cache_info(dir: Option<&Path>) -> Result<CacheInfo> {
    store(dir)?.info()
}

/// Remove all kept analyses from `dir`, or from the folder that is used by default. Other files in it stay.
///
/// The answer is what was there before.
///
/// # Errors
/// As [`cache_info`], and [`ErrorCode::OutputUnwritable`] where a file cannot be removed.
///
/// ```
/// use opusclip_core::clip::{cache_info, clear_cache};
/// let dir = std::env::temp_dir().join("opusclip-no-such-folder");
/// let before = clear_cache(Some(&dir))?;
/// println!("{} analyses, {} bytes", before.entries, before.bytes);
/// assert_eq!(cache_info(Some(&dir))?.entries, 0);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn clear_cache(dir: Option<&Path>) -> Result<CacheInfo> {
    store(dir)?.clear()
}

/// Fails unless this can be the folder of a cache.
pub(crate) fn check_dir(dir: Option<&Path>) -> Result<()> {
    let Some(dir) = dir else { return Ok(()) };
    if dir.as_os_str().is_empty() {
        return Err(Error::new(ErrorCode::ConfigInvalid, "cache_dir is empty")
            .field("cache_dir")
            .hint("leave it out, or give a folder"));
    }
    utf8_path("cache_dir", dir)
}

/// The size of a file and a few of its blocks as one value: the same for copies, and seldom for another content. Takes a
/// millisecond, however large the file is.
pub(crate) fn content_key(path: &Path) -> std::io::Result<blake3::Hash> {
    let file = std::fs::File::open(path)?;
    fingerprint::quick(&file, file.metadata()?.len())
}

fn store(dir: Option<&Path>) -> Result<Store> {
    check_dir(dir)?;
    let unknown = || {
        Error::new(ErrorCode::ConfigInvalid, "this system names no folder for caches")
            .field("cache_dir")
            .hint("give a folder, or set OPUSCLIP_CACHE_DIR")
    };
    Ok(Store::new(&folder::find(dir).ok_or_else(unknown)?, LIMIT, MOST))
}

#[cfg(test)]
mod tests;
