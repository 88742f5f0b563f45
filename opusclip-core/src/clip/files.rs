//! Files that appear under their names only when they are whole.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::error::Result;
pub(crate) use crate::files::{publish, write_failure, write_whole};

/// Read a regular file of at most `most` bytes. Anything else (a pipe would wait for its writer) is refused.
pub(crate) fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("this is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("this is larger than {} MB", most / 1_000_000),
        ));
    }
    Ok(bytes)
}

/// Is there a regular file that holds something?
pub(crate) fn holds_something(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0)
}

/// What begins the names under which replaced files are kept until all are in their place.
pub(crate) const BEFORE: &str = "before-";

/// Move files of these names from one folder to another on the same file system. If one cannot be moved, those before it
/// are put back, and so is what they replaced.
pub(crate) fn move_all<'a>(names: impl Iterator<Item = &'a Path>, from: &Path, to: &Path) -> Result<()> {
    let mut moved: Vec<Moved> = Vec::new();
    for name in names {
        let place = to.join(name);
        let ours = from.join(name);
        let before = Moved::about_to_replace(&ours, &place, &from.join(format!("{BEFORE}{}", name.display())));
        if let Err(error) = std::fs::rename(&ours, &place) {
            moved.iter().rev().for_each(Moved::put_back);
            return Err(write_failure("cannot write the file", error).file(&place));
        }
        moved.push(before);
    }
    Ok(())
}

/// A file that was given its name, and what had that name before.
struct Moved {
    ours: PathBuf,
    place: PathBuf,
    before: Before,
}

enum Before {
    Nothing,
    /// Here it still is.
    Kept(PathBuf),
    /// The file system has no links, and a copy of each clip would take long.
    Lost,
}

impl Moved {
    fn about_to_replace(ours: &Path, place: &Path, keep: &Path) -> Self {
        let kept = std::fs::hard_link(place, keep).is_ok();
        let before = match (place.exists(), kept) {
            (false, _) => Before::Nothing,
            (true, true) => Before::Kept(keep.to_owned()),
            (true, false) => Before::Lost,
        };
        Self { ours: ours.to_owned(), place: place.to_owned(), before }
    }

    fn put_back(&self) {
        let done = std::fs::rename(&self.place, &self.ours);
        let done = match &self.before {
            Before::Kept(kept) => done.and_then(|()| std::fs::rename(kept, &self.place)),
            Before::Nothing | Before::Lost => done,
        };
        if let Err(error) = done {
            tracing::debug!(file = %self.place.display(), %error, "what was here before cannot be put back");
        }
    }
}
