//! Files that have the old content or the new at any moment.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::error::{Error, ErrorCode, Result};

/// Write a file beside its target, put it on the disk, then give it its name.
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

/// Temporary files are private; a finished one is to have the permissions of any other new file.
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
