//! What tells one file, and one content, from another.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use blake3::{Hash, Hasher};

/// Bytes of each block that the quick look reads.
const BLOCK: u64 = 4096;

/// Blocks that the quick look reads, from the first to the last of a file.
const BLOCKS: u64 = 18;

/// Bytes that are read between two looks at whether to go on.
const CHUNK: usize = 1024 * 1024;

/// File systems stamp times in steps. Within one step, a second change leaves the stamp as it was.
const STEP: Duration = Duration::from_millis(20);

/// The same for file systems that count seconds; FAT counts every other one.
const COARSE_STEP: Duration = Duration::from_secs(2);

/// What a file system says of a file. It changes whenever the content does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: i128,
    /// When content or stamps were changed last. Programs can set `modified`, but not this. Windows does not tell.
    changed: Option<i128>,
    /// Disk, and the file's number on it.
    place: Option<(u64, u64)>,
}

impl Stamp {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Some(Self {
            size: metadata.len(),
            modified: nanos(metadata.mtime(), metadata.mtime_nsec()),
            changed: Some(nanos(metadata.ctime(), metadata.ctime_nsec())),
            place: Some((metadata.dev(), metadata.ino())),
        })
    }

    #[cfg(not(unix))]
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
        let modified = nanos(metadata.modified().ok()?);
        Some(Self { size: metadata.len(), modified, changed: None, place: None })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Can the times be set so that a change does not show?
    pub(super) fn can_be_set(&self) -> bool {
        self.changed.is_none()
    }

    /// How long to wait until a change would show in the stamp; `None` for longer than is worth waiting.
    pub(super) fn settles_in(&self, now: SystemTime) -> Option<Duration> {
        let last = self.changed.unwrap_or(self.modified);
        let step = if last % 1_000_000_000 == 0 { COARSE_STEP } else { STEP };
        let left = step.saturating_sub(self.age(now)?);
        (left <= STEP).then_some(left)
    }

    /// Is the last change so long ago that no further one can hide behind the same stamp, whatever the file system?
    pub(super) fn is_old(&self, now: SystemTime) -> bool {
        self.age(now).is_some_and(|age| age >= COARSE_STEP)
    }

    /// Time since the last change; `None` for one that is still to come.
    fn age(&self, now: SystemTime) -> Option<Duration> {
        let age = nanos(now) - self.changed.unwrap_or(self.modified);
        Some(Duration::from_nanos(u64::try_from(age).ok()?))
    }

    /// The stamp as one value.
    pub(super) fn digest(&self) -> Hash {
        blake3::hash(format!("{self:?}").as_bytes())
    }
}

/// Nanoseconds since 1970.
fn nanos(time: SystemTime) -> i128 {
    let wide = |span: Duration| i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
    time.duration_since(UNIX_EPOCH).map_or_else(|before| -wide(before.duration()), wide)
}

/// Which file a path leads to, without telling the path.
pub(super) fn place(path: &Path) -> io::Result<Hash> {
    let whole = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path))?;
    Ok(blake3::hash(whole.as_os_str().as_encoded_bytes()))
}

/// The size and a few blocks: the same for the same content, and seldom for another.
pub(super) fn quick(mut file: &File, size: u64) -> io::Result<Hash> {
    let mut hasher = Hasher::new();
    hasher.update(&size.to_le_bytes());
    let mut block = Vec::new();
    let (blocks, length) = if size <= BLOCK * BLOCKS { (1, size) } else { (BLOCKS, BLOCK) };
    for index in 0..blocks {
        // The last block ends with the file. In 128 bits nothing overflows.
        let start = u128::from(size - length) * u128::from(index) / u128::from((blocks - 1).max(1));
        file.seek(SeekFrom::Start(u64::try_from(start).unwrap_or(0)))?;
        block.clear();
        file.take(length).read_to_end(&mut block)?;
        hasher.update(&block);
    }
    Ok(hasher.finalize())
}

/// All of the content; `None` when it was not to go on.
pub(super) fn content(mut file: &File, size: u64, go_on: impl Fn() -> bool) -> io::Result<Option<Hash>> {
    file.seek(SeekFrom::Start(0))?;
    // A file that is being written would have no end. That it grew shows in its stamp.
    let mut rest = file.take(size);
    let mut hasher = Hasher::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        if !go_on() {
            return Ok(None);
        }
        match rest.read(&mut chunk) {
            Ok(0) => return Ok(Some(hasher.finalize())),
            Ok(length) => hasher.update(&chunk[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn the_quick_look_sees_size_head_and_tail() {
        for size in [1usize, 4096, 73_727, 73_728, 73_729, 1_000_003] {
            let bytes: Vec<u8> = (0..size).map(|i| (i * 7 % 251) as u8).collect();
            let look = |bytes: &[u8]| quick(&file(bytes), bytes.len() as u64).unwrap();
            let seen = look(&bytes);
            assert_eq!(seen, look(&bytes));
            for place in [0, size / 17, size - 1] {
                let mut other = bytes.clone();
                other[place] ^= 1;
                // Between the blocks of a large file a change is not seen, which is what the content's hash is for.
                assert!(seen != look(&other) || (place == size / 17 && size > 73_728), "{size} {place}");
            }
            assert_ne!(seen, look(&bytes[..size - 1]));
        }
    }

    #[test]
    fn content_is_all_of_it_up_to_the_size() {
        let bytes = vec![7; 3 * CHUNK + 5];
        let file = file(&bytes);
        let all = content(&file, bytes.len() as u64, || true).unwrap();
        assert_eq!(all, Some(blake3::hash(&bytes)));
        assert_eq!(content(&file, 9, || true).unwrap(), Some(blake3::hash(&bytes[..9])));
        assert_eq!(content(&file, bytes.len() as u64, || false).unwrap(), None);
    }

    #[test]
    fn a_stamp_settles_after_a_step_of_its_file_system() {
        let stamp = |last: i128| Stamp { size: 1, modified: last, changed: Some(last), place: None };
        let at = |nanos: u64| UNIX_EPOCH + Duration::from_nanos(nanos);
        let fine = stamp(5_000_000_001);
        assert_eq!(fine.settles_in(at(5_005_000_001)), Some(Duration::from_millis(15)));
        assert_eq!(fine.settles_in(at(5_100_000_000)), Some(Duration::ZERO));
        assert_eq!(fine.settles_in(at(4_000_000_000)), None);
        let coarse = stamp(5_000_000_000);
        assert_eq!(coarse.settles_in(at(5_100_000_000)), None);
        assert_eq!(coarse.settles_in(at(7_000_000_000)), Some(Duration::ZERO));
        assert!(!fine.is_old(at(7_000_000_000)) && fine.is_old(at(7_000_000_001)));
        assert!(!fine.is_old(at(1)));
    }
}
