//! From a file and a question to a kept answer, or to one that is kept from now on.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::SystemTime;

use blake3::Hash;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fingerprint::{self, Stamp};
use super::store::{Content, Key, Store};
use super::{LIMIT, MOST, folder};
use crate::control::{CancelToken, Control};
use crate::error::Result;

/// What this build is made of: another one may find something else in the same file.
pub(crate) const BUILD: (&str, &str) = (env!("CARGO_PKG_VERSION"), env!("OPUSCLIP_SOURCES"));

/// A file about to be looked at, as it was before it was opened for that.
pub(crate) struct Recall(pub(super) Option<Sought>);

/// What is needed to find and keep an answer.
pub(super) struct Sought {
    store: Store,
    request: Hash,
    path: PathBuf,
    place: Hash,
    file: File,
    stamp: Stamp,
    /// Would a change from now on show in the stamp?
    settled: bool,
    /// May a memo trust the stamp?
    old: bool,
}

/// What is known of the content before any work.
struct Seen {
    quick: Hash,
    whole: Option<Hash>,
    by_memo: bool,
}

impl Recall {
    /// Neither find nor keep.
    pub(crate) fn nothing() -> Self {
        Self(None)
    }

    /// Look at a file before it is opened for the work, so that no change between the two can go unseen.
    ///
    /// `request` is everything that the answer depends on apart from the content and this version of the crate. Where
    /// anything is in the way, nothing is found or kept: the work itself will say what is wrong with the file.
    pub(crate) fn of(path: &Path, dir: Option<&Path>, request: &impl Serialize) -> Self {
        let Some(folder) = folder::find(dir) else {
            tracing::debug!("this system names no folder for caches; nothing is kept");
            return Self(None);
        };
        Self(Sought::of(path, Store::new(&folder, LIMIT, MOST), request, SystemTime::now()))
    }

    /// The kept answer, or that of `work`, which is then kept. Errors are never kept.
    pub(crate) fn or_else<T>(self, control: &Control, work: impl FnOnce() -> Result<T>) -> Result<T>
    where
        T: Serialize + DeserializeOwned + PartialEq,
    {
        control.check()?;
        let Some(sought) = self.0 else { return work() };
        let Some(seen) = sought.see(control)? else { return work() };
        if let Some(found) = sought.find(&seen) {
            control.report("analyze", 1.0);
            return Ok(found);
        }
        let (found, whole) = match seen.whole {
            Some(whole) => (work()?, Some(whole)),
            None => sought.hash_beside(control, work)?,
        };
        if let Some(whole) = whole.filter(|_| sought.settled && sought.is_unchanged()) {
            sought.keep(&found, &Content { quick: seen.quick, whole });
        }
        Ok(found)
    }
}

impl Sought {
    pub(super) fn of(path: &Path, store: Store, request: &impl Serialize, now: SystemTime) -> Option<Self> {
        // A path that the work refuses is refused by the work.
        path.to_str().filter(|text| !text.contains('\0'))?;
        // Opening a named pipe would wait for a writer, so the kind of file is checked by name first.
        std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        let file = File::open(path).ok()?;
        let metadata = file.metadata().ok().filter(|metadata| metadata.is_file() && metadata.len() > 0)?;
        let stamp = Stamp::of(&metadata)?;
        let wait = stamp.settles_in(now);
        if let Some(wait) = wait {
            thread::sleep(wait);
        }
        Some(Self {
            store,
            request: blake3::hash(&serde_json::to_vec(&(BUILD, request)).ok()?),
            path: path.to_owned(),
            place: fingerprint::place(path).ok()?,
            file,
            settled: wait.is_some(),
            old: stamp.is_old(now),
            stamp,
        })
    }

    /// What can be known of the content without reading more than is worth it; `None` where it cannot be read.
    fn see(&self, control: &Control) -> Result<Option<Seen>> {
        let size = self.stamp.size();
        let quick = || fingerprint::quick(&self.file, size).ok();
        let memo = self.store.recall(&self.place, &self.stamp.digest());
        // Where times can be set at will, a second look is cheap.
        if let Some(content) = memo.filter(|memo| !self.stamp.can_be_set() || quick() == Some(memo.quick)) {
            return Ok(Some(Seen { quick: content.quick, whole: Some(content.whole), by_memo: true }));
        }
        let Some(quick) = quick() else { return Ok(None) };
        if !self.store.may_hold(&self.request, &quick) {
            return Ok(Some(Seen { quick, whole: None, by_memo: false }));
        }
        let whole = fingerprint::content(&self.file, size, || control.check().is_ok());
        control.check()?;
        Ok(whole.ok().flatten().map(|whole| Seen { quick, whole: Some(whole), by_memo: false }))
    }

    fn find<T: DeserializeOwned>(&self, seen: &Seen) -> Option<T> {
        let content = Content { quick: seen.quick, whole: seen.whole? };
        let key = Key { request: self.request, content };
        let body = self.store.read(&key)?;
        let Ok(found) = serde_json::from_slice(&body) else {
            self.store.remove(&key);
            return None;
        };
        if !seen.by_memo && self.is_unchanged() {
            self.remember(&content);
        }
        self.store.touch(&key, &self.place, SystemTime::now());
        Some(found)
    }

    /// Do the work, and hash the content at the same time: by then it comes from memory.
    fn hash_beside<T>(&self, control: &Control, work: impl FnOnce() -> Result<T>) -> Result<(T, Option<Hash>)> {
        let stop = CancelToken::new();
        thread::scope(|scope| {
            // However the work ends, the scope waits for the thread.
            let _stop = StopOnDrop(&stop);
            let hash = || {
                let go_on = || !stop.is_cancelled() && control.check().is_ok();
                fingerprint::content(&self.file, self.stamp.size(), go_on)
            };
            let hashing = thread::Builder::new().name("opusclip-hash".into()).spawn_scoped(scope, hash);
            let found = work()?;
            let whole = hashing.ok().and_then(|hashing| hashing.join().ok()).and_then(std::io::Result::ok);
            Ok((found, whole.flatten()))
        })
    }

    /// Is the file at the path still the one that was there at first, with the same content?
    fn is_unchanged(&self) -> bool {
        std::fs::metadata(&self.path).ok().and_then(|metadata| Stamp::of(&metadata)).as_ref() == Some(&self.stamp)
    }

    fn keep<T: Serialize + DeserializeOwned + PartialEq>(&self, found: &T, content: &Content) {
        let Ok(body) = serde_json::to_vec(found) else { return };
        // What does not come back as it was is not worth keeping.
        if serde_json::from_slice::<T>(&body).ok().as_ref() != Some(found) {
            tracing::warn!(file = %self.path.display(), "an analysis cannot be kept: it holds what JSON does not");
            return;
        }
        let written = self.store.write(&Key { request: self.request, content: *content }, &body);
        if written.is_ok() {
            self.remember(content);
        }
        if let Err(error) = written.and_then(|()| self.store.evict()) {
            tracing::warn!(file = %self.path.display(), %error, "cannot keep an analysis");
        }
    }

    fn remember(&self, content: &Content) {
        if !self.old {
            return;
        }
        if let Err(error) = self.store.remember(&self.place, &self.stamp.digest(), content) {
            tracing::debug!(file = %self.path.display(), %error, "cannot note a file's content");
        }
    }
}

struct StopOnDrop<'a>(&'a CancelToken);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
