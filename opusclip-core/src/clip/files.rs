//! Files that appear under their names only when they are whole.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorCode, Result};

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

/// Write a small file beside its target, put it on the disk, then give it its name.
pub(crate) fn write_whole(target: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error| write_failure("cannot write the file", error).file(target);
    let mut file = tempfile::Builder::new().prefix(".opusclip-").suffix(".part").tempfile_in(folder).map_err(failed)?;
    write(file.as_file_mut()).map_err(failed)?;
    publish(file.into_temp_path(), target)
}

/// Put a finished temporary file on the disk and give it its name.
pub(crate) fn publish(temporary: tempfile::TempPath, target: &Path) -> Result<()> {
    let failed = |error| write_failure("cannot write the file", error).file(target);
    let file = File::options().read(true).write(true).open(&temporary).map_err(failed)?;
    readable_by_default(&file).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    temporary.persist(target).map_err(|error| failed(error.error))
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

/// Temporary files are private; a clip is to have the permissions of any other new file.
#[cfg(unix)]
fn readable_by_default(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_default(_file: &File) -> io::Result<()> {
    Ok(())
}

/// A failure of the file system, told apart into full and unwritable.
pub(crate) fn write_failure(what: &str, error: io::Error) -> Error {
    use io::ErrorKind;
    let (code, hint) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            (ErrorCode::OutputFull, "free some space or choose another output folder")
        }
        _ => (ErrorCode::OutputUnwritable, "choose a folder that can be written"),
    };
    Error::new(code, format!("{what}: {error}")).hint(hint).caused_by(error)
}
