//! Files of kept results: sealed, found by name, thrown away when damaged or least recently used.
//!
//! All lie in one folder of their own, so that nothing else is ever counted or removed. A file appears under its name
//! only when it is whole, so any number of processes may share the folder; the last writer of a name wins, and what it
//! wrote says the same.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use blake3::{Hash, Hasher};

use super::CacheInfo;
use crate::clip::files::{read_regular, write_failure};
use crate::error::{Error, ErrorCode, Result};

/// Begins every file; the number rises when the form changes.
const MAGIC: &str = "opusclip-cache 1";

/// Hexadecimal digits of a hash in a file's name. The whole hash stands inside.
const SHORT: usize = 32;

const ENTRY: &str = ".entry";
const MEMO: &str = ".memo";

/// Names of files that are not whole yet; one that is left behind by a crash is counted and goes like any other.
const UNFINISHED: (&str, &str) = (".opusclip-", ".part");

/// A memo is this long at most.
const LONGEST_MEMO: u64 = 4096;

/// A content, quickly and surely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) quick: Hash,
    pub(super) whole: Hash,
}

/// What an entry answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) request: Hash,
    pub(super) content: Content,
}

impl Key {
    fn file_name(&self) -> String {
        let whole = &self.content.whole.to_hex()[..SHORT];
        format!("{}{whole}{ENTRY}", beginning(&self.request, &self.content.quick))
    }

    fn head(&self) -> String {
        format!("{} {} {}", self.request, self.content.quick, self.content.whole)
    }
}

/// How the names of all entries begin that answer a request for content that looks like this.
fn beginning(request: &Hash, quick: &Hash) -> String {
    format!("{}-{}-", &request.to_hex()[..SHORT], &quick.to_hex()[..SHORT])
}

/// A folder of kept results.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    own: PathBuf,
    limit: u64,
    most: usize,
}

struct Item {
    path: PathBuf,
    size: u64,
    used: SystemTime,
    is_entry: bool,
}

impl Store {
    pub(super) fn new(folder: &Path, limit: u64, most: usize) -> Self {
        Self { folder: folder.to_owned(), own: folder.join("analyses"), limit, most }
    }

    /// Is there an answer for content that looks like this?
    pub(super) fn may_hold(&self, request: &Hash, quick: &Hash) -> bool {
        let beginning = beginning(request, quick);
        let Ok(entries) = std::fs::read_dir(&self.own) else { return false };
        entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with(&beginning)))
    }

    /// What was kept under this key, if it is just what was written.
    pub(super) fn read(&self, key: &Key) -> Option<Vec<u8>> {
        self.get(&key.file_name(), &key.head(), self.limit)
    }

    /// Keep something; [`Store::evict`] throws away what is then too much.
    pub(super) fn write(&self, key: &Key, body: &[u8]) -> io::Result<()> {
        if body.len() as u64 > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "this alone is larger than the cache may be"));
        }
        self.put(&key.file_name(), &key.head(), body)
    }

    /// Throw away what turned out to be of no use.
    pub(super) fn remove(&self, key: &Key) {
        self.drop_file(&self.own.join(key.file_name()));
    }

    /// Which content the file at a place has, if it still has this stamp.
    pub(super) fn recall(&self, place: &Hash, stamp: &Hash) -> Option<Content> {
        let body = self.get(&memo_name(place), place.to_hex().as_str(), LONGEST_MEMO)?;
        let mut hashes = std::str::from_utf8(&body).ok()?.split(' ').map(Hash::from_hex);
        let mut next = || hashes.next()?.ok();
        let (stamped, quick, whole) = (next()?, next()?, next()?);
        (stamped == *stamp).then_some(Content { quick, whole })
    }

    /// Note which content the file at a place has as long as it has this stamp.
    pub(super) fn remember(&self, place: &Hash, stamp: &Hash, content: &Content) -> io::Result<()> {
        let body = format!("{stamp} {} {}", content.quick, content.whole);
        self.put(&memo_name(place), place.to_hex().as_str(), body.as_bytes())
    }

    /// Note that an entry and the memo that led to it were of use.
    pub(super) fn touch(&self, key: &Key, place: &Hash, now: SystemTime) {
        for name in [key.file_name(), memo_name(place)] {
            // Where this cannot be written, nothing is thrown away either.
            let _ = File::options().append(true).open(self.own.join(name)).and_then(|file| file.set_modified(now));
        }
    }

    /// What is there.
    pub(super) fn info(&self) -> Result<CacheInfo> {
        Ok(self.info_of(&self.listed()?))
    }

    /// Remove everything, and say what it was.
    pub(super) fn clear(&self) -> Result<CacheInfo> {
        let items = self.listed()?;
        for item in &items {
            match std::fs::remove_file(&item.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(write_failure("cannot remove a kept analysis", error).file(&item.path));
                }
                _ => {}
            }
        }
        Ok(self.info_of(&items))
    }

    fn listed(&self) -> Result<Vec<Item>> {
        self.items().map_err(|error| {
            Error::new(ErrorCode::OutputUnwritable, format!("cannot read the cache: {error}"))
                .file(&self.folder)
                .hint("give a folder that can be read and written")
                .caused_by(error)
        })
    }

    fn info_of(&self, items: &[Item]) -> CacheInfo {
        CacheInfo {
            folder: self.folder.clone(),
            entries: items.iter().filter(|item| item.is_entry).count() as u64,
            bytes: items.iter().map(|item| item.size).sum(),
            limit: self.limit,
        }
    }

    /// All files that are the cache's own; what vanishes meanwhile is not there.
    fn items(&self) -> io::Result<Vec<Item>> {
        let entries = match std::fs::read_dir(&self.own) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let item = |entry: std::fs::DirEntry| {
            let name = entry.file_name();
            let name = name.to_str()?;
            let is_entry = name.ends_with(ENTRY);
            let unfinished = name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1);
            if !is_entry && !name.ends_with(MEMO) && !unfinished {
                return None;
            }
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some(Item { path: entry.path(), size: metadata.len(), used: metadata.modified().ok()?, is_entry })
        };
        Ok(entries.flatten().filter_map(item).collect())
    }

    /// Throw away what was used least recently, as long as there is too much.
    pub(super) fn evict(&self) -> io::Result<()> {
        let mut items = self.items()?;
        let (mut bytes, mut count) = (items.iter().map(|item| item.size).sum::<u64>(), items.len());
        if bytes <= self.limit && count <= self.most {
            return Ok(());
        }
        items.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
        for item in items {
            if bytes <= self.limit && count <= self.most {
                break;
            }
            if self.drop_file(&item.path) {
                bytes -= item.size;
                count -= 1;
            }
        }
        Ok(())
    }

    /// Is the file gone?
    fn drop_file(&self, path: &Path) -> bool {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(file = %path.display(), %error, "cannot remove a kept analysis");
                false
            }
            _ => true,
        }
    }

    /// The body of a file whose seal is whole. Anything else under its name is removed.
    fn get(&self, name: &str, head: &str, most: u64) -> Option<Vec<u8>> {
        let path = self.own.join(name);
        let read = read_regular(&path, most.saturating_add(LONGEST_MEMO));
        let body = match read {
            Ok(bytes) => unseal(head, bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::debug!(file = %path.display(), %error, "cannot read a kept analysis");
                None
            }
        };
        if body.is_none() {
            tracing::warn!(file = %path.display(), "a kept analysis is damaged; it is made anew");
            self.drop_file(&path);
        }
        body
    }

    /// Not put on the disk by force: what a crash leaves half written has no whole seal.
    fn put(&self, name: &str, head: &str, body: &[u8]) -> io::Result<()> {
        create_private(&self.own)?;
        let (prefix, suffix) = UNFINISHED;
        // Temporary files can be read by their owner only, and stay so.
        let mut file = tempfile::Builder::new().prefix(prefix).suffix(suffix).tempfile_in(&self.own)?;
        file.write_all(seal(head, body).as_bytes())?;
        file.write_all(body)?;
        file.persist(self.own.join(name)).map_err(|error| error.error)?;
        Ok(())
    }
}

fn memo_name(place: &Hash) -> String {
    format!("{}{MEMO}", &place.to_hex()[..SHORT])
}

/// The first line of a file: its form, what it is, and the checksum of both and the body.
fn seal(head: &str, body: &[u8]) -> String {
    let start = format!("{MAGIC} {head} ");
    let check = Hasher::new().update(start.as_bytes()).update(body).finalize();
    format!("{start}{check}\n")
}

fn unseal(head: &str, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let end = bytes.iter().position(|byte| *byte == b'\n')? + 1;
    let body = bytes.split_off(end);
    (bytes == seal(head, &body).as_bytes()).then_some(body)
}

/// Who speaks when in somebody's videos is nobody else's business.
#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}
