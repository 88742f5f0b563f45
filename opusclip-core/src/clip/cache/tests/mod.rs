//! A hit is right and cheap, and nothing that happens to files or folder makes it wrong.

mod harm;

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::recall::Sought;
use super::*;
use crate::control::{CancelToken, Control};

/// Larger than what the quick look reads, so that it does not see all of it.
const LARGE: usize = 200_000;

/// A place that the quick look does not see.
const UNSEEN: usize = 100_000;

/// A folder of videos, and a folder of what is known of them.
struct Bed {
    videos: TempDir,
    kept: TempDir,
    limit: u64,
    most: usize,
    worked: AtomicUsize,
}

impl Bed {
    fn new() -> Self {
        let dir = || tempfile::tempdir().unwrap();
        Self { videos: dir(), kept: dir(), limit: LIMIT, most: MOST, worked: AtomicUsize::new(0) }
    }

    fn video(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.videos.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn store(&self) -> Store {
        Store::new(self.kept.path(), self.limit, self.most)
    }

    /// A look at a file that was there for a while.
    fn sought(&self, path: &Path, request: &str) -> Recall {
        let now = SystemTime::now() + Duration::from_secs(10);
        Recall(Sought::of(path, self.store(), &request, now))
    }

    /// The answer to a request, which must be right, and whether it was there already.
    fn hits(&self, path: &Path, request: &str) -> bool {
        self.answer(self.sought(path, request), path, request)
    }

    fn answer(&self, recall: Recall, path: &Path, request: &str) -> bool {
        let truth = || (request.to_owned(), blake3::hash(&fs::read(path).unwrap()).to_string(), 0.1f32);
        let mut hit = true;
        let answer = recall.or_else(&Control::new(), || {
            hit = false;
            self.worked.fetch_add(1, Ordering::Relaxed);
            Ok(truth())
        });
        assert_eq!(answer.unwrap(), truth());
        hit
    }

    fn files(&self, ending: &str) -> Vec<PathBuf> {
        let Ok(found) = fs::read_dir(self.kept.path().join("analyses")) else { return Vec::new() };
        let mut files: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.to_str().unwrap().ends_with(ending));
        files.sort();
        files
    }

    fn entry(&self) -> PathBuf {
        let entries = self.files(".entry");
        assert_eq!(entries.len(), 1);
        entries[0].clone()
    }
}

fn noise(seed: u8) -> Vec<u8> {
    (0..LARGE).map(|i| (i * 31 % 251) as u8 ^ seed).collect()
}

/// Wait until a change shows in the stamps of this file system.
fn step() {
    std::thread::sleep(Duration::from_millis(20));
}

fn change(path: &Path, place: usize, byte: u8) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(place as u64)).unwrap();
    file.write_all(&[byte]).unwrap();
}

#[cfg(unix)]
fn quick_look(path: &Path) -> blake3::Hash {
    fingerprint::quick(&File::open(path).unwrap(), LARGE as u64).unwrap()
}

#[test]
fn a_second_look_is_a_hit_and_other_requests_are_not() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    assert!(!bed.hits(&video, "lazy"));
    assert!(bed.hits(&video, "lazy"));
    assert!(!bed.hits(&video, "exact"));
    assert!(bed.hits(&video, "lazy") && bed.hits(&video, "exact"));
    let info = bed.store().info().unwrap();
    assert_eq!((info.entries, info.folder.as_path()), (2, bed.kept.path()));
    assert!(info.bytes > 0 && info.limit == LIMIT);
}

#[test]
fn content_counts_and_not_the_name() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    assert!(!bed.hits(&video, "lazy"));
    let copy = bed.video("copy of talk.mp4", &noise(0));
    assert!(bed.hits(&copy, "lazy"));
    let moved = bed.videos.path().join("moved.mp4");
    fs::rename(&video, &moved).unwrap();
    assert!(bed.hits(&moved, "lazy"));
    File::options().append(true).open(&moved).unwrap().set_modified(SystemTime::now()).unwrap();
    assert!(bed.hits(&moved, "lazy"));
    // Other content under the old name is not mistaken for it.
    step();
    let other = bed.video("talk.mp4", &noise(1));
    assert!(!bed.hits(&other, "lazy"));
    assert!(bed.hits(&other, "lazy") && bed.hits(&copy, "lazy"));
}

#[cfg(unix)]
#[test]
fn a_memo_saves_reading_the_file() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    assert!(!bed.hits(&video, "lazy"));
    assert_eq!(bed.files(".memo").len(), 1);
    let recall = bed.sought(&video, "lazy");
    // Whatever the file holds by now, its old stamp stands for what was read then.
    step();
    fs::write(&video, noise(9)).unwrap();
    let answer: (String, String, f32) = recall.or_else(&Control::new(), || panic!("the memo was not asked")).unwrap();
    assert_eq!(answer.1, blake3::hash(&noise(0)).to_string());
}

#[test]
fn a_changed_byte_is_seen_wherever_it_is() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    assert!(!bed.hits(&video, "lazy"));
    for (turn, place) in [0, 5000, UNSEEN, LARGE - 1].into_iter().enumerate() {
        step();
        change(&video, place, 255 - turn as u8);
        assert!(!bed.hits(&video, "lazy"), "{place}");
        assert!(bed.hits(&video, "lazy"), "{place}");
    }
}

#[cfg(unix)]
#[test]
fn a_changed_byte_is_seen_under_the_old_size_and_time() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    let then = fs::metadata(&video).unwrap().modified().unwrap();
    assert!(!bed.hits(&video, "lazy"));
    let looked = quick_look(&video);
    step();
    change(&video, UNSEEN, 255);
    File::options().append(true).open(&video).unwrap().set_modified(then).unwrap();
    assert_eq!(fs::metadata(&video).unwrap().modified().unwrap(), then);
    assert_eq!(quick_look(&video), looked);
    assert!(!bed.hits(&video, "lazy"));
}

#[test]
fn changes_in_quick_succession_are_seen() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    for turn in 0..20 {
        change(&video, UNSEEN, turn);
        for _ in 0..2 {
            bed.answer(Recall(Sought::of(&video, bed.store(), &"lazy", SystemTime::now())), &video, "lazy");
        }
    }
    assert_eq!(bed.worked.load(Ordering::Relaxed), 20);
}

#[test]
fn no_memo_is_made_of_a_fresh_file() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    let made = fs::metadata(&video).unwrap().modified().unwrap();
    for (age, memos) in [(1000, 0), (1000, 0), (2500, 1)] {
        let now = made + Duration::from_millis(age);
        bed.answer(Recall(Sought::of(&video, bed.store(), &"lazy", now)), &video, "lazy");
        assert_eq!(bed.files(".memo").len(), memos);
    }
    assert_eq!(bed.worked.load(Ordering::Relaxed), 1);
}

#[test]
fn what_changes_during_the_work_is_not_kept() {
    let bed = Bed::new();
    let (video, other) = (bed.video("talk.mp4", &noise(0)), bed.video("other.mp4", &noise(1)));
    let changed = bed.sought(&video, "lazy").or_else(&Control::new(), || {
        step();
        change(&video, UNSEEN, 255);
        Ok(1)
    });
    let replaced = bed.sought(&video, "lazy").or_else(&Control::new(), || {
        fs::rename(&other, &video).unwrap();
        Ok(2)
    });
    assert_eq!((changed.unwrap(), replaced.unwrap()), (1, 2));
    assert_eq!(bed.store().info().unwrap().entries, 0);
}

#[test]
fn the_least_recently_used_goes_first() {
    let mut bed = Bed::new();
    let videos: Vec<_> = (0..4).map(|n| bed.video(&format!("{n}.mp4"), &noise(n))).collect();
    for video in &videos[..3] {
        assert!(!bed.hits(video, "lazy"));
        step();
    }
    let full = bed.store().info().unwrap().bytes;
    assert!(bed.hits(&videos[0], "lazy"));
    step();
    bed.limit = full;
    assert!(!bed.hits(&videos[3], "lazy"));
    let info = bed.store().info().unwrap();
    assert!(info.bytes <= full && info.entries == 3, "{info:?}");
    assert!(bed.hits(&videos[0], "lazy") && bed.hits(&videos[2], "lazy") && bed.hits(&videos[3], "lazy"));
    assert!(!bed.hits(&videos[1], "lazy"));

    bed.most = 2;
    assert!(!bed.hits(&videos[1], "exact"));
    assert_eq!(bed.files("").len(), 2);
    assert!(bed.hits(&videos[1], "exact"));

    bed.limit = 10;
    assert!(!bed.hits(&videos[2], "lazy") && !bed.hits(&videos[2], "lazy"));
}

#[test]
fn clearing_leaves_what_is_not_the_caches() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    assert!(!bed.hits(&video, "lazy"));
    let own = bed.kept.path().join("analyses");
    fs::write(bed.kept.path().join("thesis.entry"), "mine").unwrap();
    fs::write(own.join("notes.txt"), "mine").unwrap();
    fs::write(own.join(".opusclip-x.part"), "left behind").unwrap();
    let before = bed.store().info().unwrap();
    assert_eq!(clear_cache(Some(bed.kept.path())).unwrap(), before);
    let after = cache_info(Some(bed.kept.path())).unwrap();
    assert_eq!((after.entries, after.bytes), (0, 0));
    assert_eq!(fs::read_dir(&own).unwrap().count(), 1);
    assert!(bed.kept.path().join("thesis.entry").exists());
    assert!(!bed.hits(&video, "lazy"));
}

#[test]
fn errors_are_not_kept() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    for _ in 0..2 {
        let refused = || Err::<u8, _>(Error::new(ErrorCode::MediaDamaged, "too much"));
        let error = bed.sought(&video, "lazy").or_else(&Control::new(), refused).unwrap_err();
        assert_eq!(error.code(), ErrorCode::MediaDamaged);
    }
    assert_eq!(bed.files("").len(), 0);
}

#[test]
fn numbers_that_json_does_not_have_are_not_kept() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    for value in [f64::NAN, f64::INFINITY] {
        let found = bed.sought(&video, "lazy").or_else(&Control::new(), || Ok(value)).unwrap();
        assert_eq!(found.is_nan(), value.is_nan());
        assert_eq!(bed.files(".entry").len(), 0);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_left_to_the_work() {
    let bed = Bed::new();
    let mut refused = vec![bed.videos.path().to_owned(), bed.videos.path().join("none.mp4"), bed.video("empty", b"")];
    refused.push("a\0b".into());
    for path in refused {
        let recall = Recall::of(&path, Some(bed.kept.path()), &"lazy");
        assert!(recall.0.is_none(), "{}", path.display());
        assert_eq!(recall.or_else(&Control::new(), || Ok(5)).unwrap(), 5);
    }
    assert_eq!(bed.files("").len(), 0);
    assert_eq!(Recall::nothing().or_else(&Control::new(), || Ok(6)).unwrap(), 6);
}

#[test]
fn a_cancelled_job_finds_and_keeps_nothing() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    assert!(!bed.hits(&video, "lazy"));
    let token = CancelToken::new();
    let control = Control::new().with_cancel(token.clone());
    let (copy, other) = (bed.video("copy.mp4", &noise(0)), bed.video("other.mp4", &noise(1)));
    // Cancelled by the work itself: its answer stands, but nothing waits for the hash.
    let cancelled = || {
        token.cancel();
        control.check().map(|()| 5)
    };
    assert_eq!(bed.sought(&other, "lazy").or_else(&control, cancelled).unwrap_err().code(), ErrorCode::Cancelled);
    for path in [&video, &copy, &other] {
        let error = bed.sought(path, "lazy").or_else(&control, || -> Result<u8> { panic!("worked") }).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Cancelled);
    }
    assert_eq!(bed.files(".entry").len(), 1);
}

#[test]
fn cancelling_answers_while_a_large_file_is_hashed() {
    let bed = Bed::new();
    let video = bed.videos.path().join("large.mp4");
    File::create(&video).unwrap().set_len(64 << 30).unwrap();
    // An entry that may fit makes it worth hashing 64 GB, which takes longer than anybody waits.
    let request = blake3::hash(&serde_json::to_vec(&(recall::BUILD, "lazy")).unwrap());
    let quick = fingerprint::quick(&File::open(&video).unwrap(), 64 << 30).unwrap();
    let content = store::Content { quick, whole: quick };
    bed.store().write(&store::Key { request, content }, b"5").unwrap();
    let control = Control::new().with_time_limit(Duration::from_millis(50));
    let started = std::time::Instant::now();
    let error = bed.sought(&video, "lazy").or_else(&control, || -> Result<u8> { panic!("worked") }).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitTime);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    // And beside the work, which fails at once.
    let failed = bed
        .sought(&video, "exact")
        .or_else(&Control::new(), || Err::<u8, _>(Error::new(ErrorCode::MediaDamaged, "too much")));
    assert_eq!(failed.unwrap_err().code(), ErrorCode::MediaDamaged);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_panic_in_the_work_does_not_hang() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    let recall = bed.sought(&video, "lazy");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        recall.or_else(&Control::new(), || -> Result<u8> { panic!("a defect") })
    }));
    assert!(panicked.is_err());
    assert!(!bed.hits(&video, "lazy"));
}

#[test]
fn many_at_once_do_not_disturb_one_another() {
    let mut bed = Bed::new();
    bed.limit = 3000;
    let videos: Vec<_> = (0..4).map(|n| bed.video(&format!("{n}.mp4"), &noise(n))).collect();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (bed, videos) = (&bed, &videos);
            scope.spawn(move || {
                for turn in 0..40 {
                    // Whatever is evicted, cleared or written meanwhile, the answers are right.
                    bed.hits(&videos[(thread + turn) % videos.len()], ["lazy", "exact"][turn % 2]);
                    if turn == 20 && thread == 0 {
                        bed.store().clear().unwrap();
                    }
                    bed.store().info().unwrap();
                }
            });
        }
    });
    bed.hits(&videos[0], "lazy");
    assert!(bed.hits(&videos[0], "lazy"));
    assert_eq!(bed.files(".part").len(), 0);
}
