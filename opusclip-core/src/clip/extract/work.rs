//! The hidden folder in which a job makes its clips. It outlives a process that is killed, so that the same job, begun
//! again, renders only what is missing.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::make::{all_names, follow_ranges};
use crate::clip::export::Clip;
use crate::clip::files::{BEFORE, holds_something, move_all, read_regular, write_failure, write_whole};
use crate::error::{Error, ErrorCode, Result};

/// Its name in the output folder.
const FOLDER: &str = ".opusclip-work";

/// Locked by the process that works here; the lock goes with the process.
const LOCK: &str = "lock";

/// Names of the files that are being moved to their place.
const MOVING: &str = "moving.json";

/// A record of a clip is hardly larger than its words.
const MOST_BYTES: u64 = 20_000_000;

/// A clip that was made whole, and what is to be said of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Made {
    /// Fingerprint of what was asked for.
    pub(super) asked: Option<String>,
    pub(super) clip: Clip,
    pub(super) notes: Vec<String>,
}

impl Made {
    /// Is it what was asked for? What has no fingerprint is never known to be the same.
    pub(super) fn answers(&self, clip: &Clip, asked: Option<&str>) -> bool {
        self.clip.index == clip.index && asked.is_some() && self.asked.as_deref() == asked
    }

    /// The same files for this clip, of which everything that is not rendered may be told otherwise.
    fn about(self, clip: &Clip) -> Self {
        let mut clip = clip.clone();
        clip.ranges.clone_from(&self.clip.ranges);
        clip.framing.clone_from(&self.clip.framing);
        clip.take_measures(&self.clip);
        follow_ranges(&mut clip);
        Self { clip, ..self }
    }
}

/// The folder, held by this process alone.
pub(super) struct Work {
    path: PathBuf,
    _lock: File,
}

impl Work {
    /// Make or take over the folder in `out_dir`. Files that a killed process had begun to move to their place are taken
    /// back, and what it had not finished goes.
    pub(super) fn open(out_dir: &Path) -> Result<Self> {
        let path = out_dir.join(FOLDER);
        let failed = |error| write_failure("cannot write into the output folder", error).field("out_dir").file(out_dir);
        let lock = locked(&path).map_err(failed)?.ok_or_else(|| busy(out_dir))?;
        let work = Self { path, _lock: lock };
        work.take_back(out_dir).and_then(|()| work.tidy(|_| true)).map_err(failed)?;
        Ok(work)
    }

    /// Where a file with this name is made.
    pub(super) fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Remember that a clip is whole. Its files must lie here.
    pub(super) fn record(&self, made: &Made) -> Result<()> {
        let json = serde_json::to_vec(made)
            .map_err(|error| Error::new(ErrorCode::Internal, format!("cannot write a clip as JSON: {error}")))?;
        write_whole(&self.file(record_name(made.clip.index)), |file| file.write_all(&json))
    }

    /// The clip that was asked for, if it was made whole before.
    pub(super) fn recall(&self, clip: &Clip, asked: Option<&str>) -> Option<Made> {
        let made = read_record(&self.file(record_name(clip.index))).filter(|made| made.answers(clip, asked))?;
        self.is_whole(&made).then(|| made.about(clip))
    }

    /// Is any clip here whole?
    pub(super) fn has_clips(&self) -> bool {
        self.records().is_ok_and(|records| !records.is_empty())
    }

    /// Remove the clips that are not wanted.
    pub(super) fn retain(&self, wanted: impl Fn(&Made) -> bool) -> Result<()> {
        self.tidy(wanted).map_err(|error| write_failure("cannot tidy the work folder", error).file(&self.path))
    }

    /// Move files to their place in the output folder, all of them or none.
    pub(super) fn publish(&self, names: &[PathBuf], out_dir: &Path) -> Result<()> {
        let names: Vec<&Path> = names.iter().map(PathBuf::as_path).filter(|name| self.file(name).exists()).collect();
        let json = serde_json::to_vec(&names)
            .map_err(|error| Error::new(ErrorCode::Internal, format!("cannot write names as JSON: {error}")))?;
        write_whole(&self.file(MOVING), |file| file.write_all(&json))?;
        let moved = move_all(names.into_iter(), &self.path, out_dir);
        // Everything is in its place, or back here.
        std::fs::remove_file(self.file(MOVING))
            .map_err(|error| write_failure("cannot write into the output folder", error).file(out_dir))?;
        moved
    }

    /// Remove it with all that is left in it.
    pub(super) fn discard(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::debug!(folder = %self.path.display(), %error, "the work folder stays");
        }
    }

    /// Undo the moves of a process that was killed between them. Killed within this, the next one goes on with it.
    fn take_back(&self, out_dir: &Path) -> io::Result<()> {
        let moving = self.file(MOVING);
        let bytes = match read_regular(&moving, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let names: Vec<PathBuf> = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
        for name in names.iter().filter(|name| is_plain(name)) {
            let (ours, place) = (self.file(name), out_dir.join(name));
            let before = self.file(format!("{BEFORE}{}", name.display()));
            if !ours.exists() && place.exists() {
                std::fs::rename(&place, &ours)?;
            }
            if before.exists() {
                std::fs::rename(&before, &place)?;
            }
        }
        std::fs::remove_file(moving)
    }

    /// Remove everything but the lock and those clips that are whole and wanted.
    fn tidy(&self, wanted: impl Fn(&Made) -> bool) -> io::Result<()> {
        let known = self
            .records()?
            .into_iter()
            .filter(wanted)
            .flat_map(|made| all_names(made.clip.index).chain([record_name(made.clip.index)]).collect::<Vec<_>>());
        let keep: Vec<PathBuf> = known.chain([PathBuf::from(LOCK)]).collect();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            if !keep.contains(&PathBuf::from(entry.file_name())) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// The records of clips whose files are here.
    fn records(&self) -> io::Result<Vec<Made>> {
        let paths = std::fs::read_dir(&self.path)?.map(|entry| entry.map(|entry| entry.path()));
        let paths = paths.collect::<io::Result<Vec<_>>>()?;
        let records = paths.iter().filter(|path| path.extension().is_some_and(|kind| kind == "json"));
        Ok(records.filter_map(|path| read_record(path)).filter(|made| self.is_whole(made)).collect())
    }

    fn is_whole(&self, made: &Made) -> bool {
        let clip = &made.clip;
        let mut files = [&clip.video, &clip.thumbnail].into_iter().chain(&clip.subtitles);
        let ours: Vec<PathBuf> = all_names(clip.index).collect();
        files.all(|name| ours.contains(name) && holds_something(&self.file(name)))
    }
}

fn record_name(index: usize) -> PathBuf {
    format!("clip-{index:02}.json").into()
}

fn read_record(path: &Path) -> Option<Made> {
    serde_json::from_slice(&read_regular(path, MOST_BYTES).ok()?).ok()
}

/// The lock of a work folder, which is made where it is missing; `None` where another process has it.
fn locked(folder: &Path) -> io::Result<Option<File>> {
    loop {
        std::fs::create_dir_all(folder)?;
        // What is removed in it must be ours.
        if !std::fs::symlink_metadata(folder)?.is_dir() {
            return Err(io::Error::other(format!("{} is no folder", folder.display())));
        }
        let path = folder.join(LOCK);
        let lock = match File::options().create(true).truncate(false).write(true).open(&path) {
            // The process before removed the folder just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            lock => lock?,
        };
        match lock.try_lock() {
            Ok(()) if path.exists() => return Ok(Some(lock)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(Some(lock)),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn busy(out_dir: &Path) -> Error {
    Error::new(ErrorCode::OutputBusy, "another job is writing into this folder")
        .field("out_dir")
        .file(out_dir)
        .hint("wait for it, or choose another folder")
}

/// One name, of a file in a folder.
fn is_plain(name: &Path) -> bool {
    let mut parts = name.components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn put(path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
    }

    fn files(folder: &Path) -> BTreeMap<String, String> {
        let entries =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        entries
            .map(|path| {
                (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
            })
            .collect()
    }

    #[test]
    fn one_process_has_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Work::open(folder.path()).unwrap();
        let error = Work::open(folder.path()).err().unwrap();
        assert_eq!((error.code(), error.file_path()), (ErrorCode::OutputBusy, Some(folder.path())));
        drop(first);
        Work::open(folder.path()).unwrap().discard();
        assert!(!folder.path().join(FOLDER).exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_another_folder_is_not_tidied() {
        let (folder, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(&theirs.path().join("mine.txt"), "mine");
        std::os::unix::fs::symlink(theirs.path(), folder.path().join(FOLDER)).unwrap();
        assert_eq!(Work::open(folder.path()).err().unwrap().code(), ErrorCode::OutputUnwritable);
        assert_eq!(files(theirs.path()).into_keys().collect::<Vec<_>>(), ["mine.txt"]);
    }

    #[test]
    fn names_that_lead_elsewhere_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        std::fs::create_dir_all(out.join(FOLDER)).unwrap();
        put(&folder.path().join("theirs"), "theirs");
        put(&out.join(FOLDER).join(MOVING), r#"["../theirs", "/etc/hostname", "."]"#);
        drop(Work::open(&out).unwrap());
        assert_eq!(files(folder.path())["theirs"], "theirs");
    }

    proptest! {
        /// A process that is killed between any two steps of moving leaves what the next one finds as it was before.
        #[test]
        fn moves_that_were_not_finished_are_undone(
            replaced in prop::collection::vec(any::<bool>(), 1..6), moved in 0usize..6, linked in any::<bool>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let work = Work::open(folder.path()).unwrap();
            let names: Vec<String> = (1..=replaced.len()).map(|n| format!("clip-{n:02}.mp4")).collect();
            for (name, replaced) in names.iter().zip(&replaced) {
                put(&work.file(name), "new");
                if *replaced {
                    put(&folder.path().join(name), "old");
                }
            }
            let before = files(folder.path());
            put(&work.file(MOVING), &serde_json::to_string(&names).unwrap());
            let keep = |name: &String| work.file(format!("{BEFORE}{name}"));
            for (name, replaced) in names.iter().zip(&replaced).take(moved) {
                if *replaced {
                    std::fs::hard_link(folder.path().join(name), keep(name)).unwrap();
                }
                std::fs::rename(work.file(name), folder.path().join(name)).unwrap();
            }
            // Killed after the next one's link, before its move.
            if let (true, Some(name)) = (linked, names.get(moved)) {
                let _ = std::fs::hard_link(folder.path().join(name), keep(name));
            }
            work.take_back(folder.path()).unwrap();
            prop_assert_eq!(files(folder.path()), before);
            let made = files(&work.path);
            prop_assert!(names.iter().all(|name| made.get(name).is_some_and(|text| text == "new")), "{:?}", made);
            prop_assert!(!work.file(MOVING).exists());
        }
    }
}
