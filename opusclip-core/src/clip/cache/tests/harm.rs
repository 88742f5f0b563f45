//! Damage, other people's files, and folders that cannot be used.

use std::fs;

use proptest::prelude::*;

use super::*;

#[test]
fn a_damaged_entry_is_made_anew() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    assert!(!bed.hits(&video, "lazy"));
    let entry = bed.entry();
    let whole = fs::read(&entry).unwrap();
    let mut damaged: Vec<Vec<u8>> = (0..whole.len())
        .map(|place| {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << (place % 8);
            bytes
        })
        .collect();
    damaged.extend([0, 1, 50, whole.len() / 2, whole.len() - 1].map(|length| whole[..length].to_vec()));
    damaged.push([&whole[..], b" "].concat());
    damaged.push([&whole[..], &whole[..]].concat());
    damaged.push(vec![b'0'; 3_000_000]);
    for bytes in damaged {
        fs::write(&entry, bytes).unwrap();
        assert!(!bed.hits(&video, "lazy"));
        assert_eq!(fs::read(&entry).unwrap(), whole);
    }
    assert!(bed.hits(&video, "lazy"));
}

#[test]
fn an_entry_under_another_name_is_not_believed() {
    let bed = Bed::new();
    let (video, other) = (bed.video("talk.mp4", &noise(0)), bed.video("other.mp4", &noise(1)));
    assert!(!bed.hits(&video, "lazy"));
    let entry = bed.entry();
    assert!(!bed.hits(&other, "lazy"));
    let others = bed.files(".entry").into_iter().find(|path| *path != entry).unwrap();
    fs::copy(&entry, &others).unwrap();
    assert!(!bed.hits(&other, "lazy"));
    // Nor a memo.
    let memos = bed.files(".memo");
    let before: Vec<_> = memos.iter().map(|path| fs::read(path).unwrap()).collect();
    fs::write(&memos[0], &before[1]).unwrap();
    fs::write(&memos[1], &before[0]).unwrap();
    bed.hits(&video, "lazy");
    bed.hits(&other, "lazy");
}

#[test]
fn a_whole_entry_of_something_else_is_not_believed() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    let control = Control::new();
    assert_eq!(bed.sought(&video, "lazy").or_else(&control, || Ok(5)).unwrap(), 5);
    assert!(!bed.hits(&video, "lazy") && bed.hits(&video, "lazy"));
}

#[test]
fn what_stands_in_the_way_is_no_failure() {
    let bed = Bed::new();
    let video = bed.video("talk.mp4", &noise(0));
    assert!(!bed.hits(&video, "lazy"));
    let entry = bed.entry();
    // A folder that cannot be removed, where the entry should be.
    fs::remove_file(&entry).unwrap();
    fs::create_dir(&entry).unwrap();
    assert!(!bed.hits(&video, "lazy") && !bed.hits(&video, "lazy"));
    // A file where the folder should be.
    fs::remove_dir_all(bed.kept.path().join("analyses")).unwrap();
    fs::write(bed.kept.path().join("analyses"), "mine").unwrap();
    assert!(!bed.hits(&video, "lazy") && !bed.hits(&video, "lazy"));
    assert_eq!(fs::read(bed.kept.path().join("analyses")).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_still_answers() {
    use std::os::unix::fs::PermissionsExt as _;
    let bed = Bed::new();
    let (video, other) = (bed.video("talk.mp4", &noise(0)), bed.video("other.mp4", &noise(1)));
    assert!(!bed.hits(&video, "lazy"));
    let own = bed.kept.path().join("analyses");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&own), mode(&bed.entry())), (0o700, 0o600));
    fs::set_permissions(&own, fs::Permissions::from_mode(0o500)).unwrap();
    assert!(bed.hits(&video, "lazy"));
    assert!(!bed.hits(&other, "lazy"));
    fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn an_empty_folder_is_refused_by_name() {
    for refused in [cache_info(Some(Path::new(""))), clear_cache(Some(Path::new("")))] {
        let error = refused.unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("cache_dir")));
    }
    let error = check_dir(Some(Path::new("a\0b"))).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("cache_dir")));
    check_dir(None).unwrap();
}

#[test]
fn a_file_is_no_folder() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(cache_info(Some(file.path())).unwrap_err().code(), ErrorCode::OutputUnwritable);
    assert_eq!(clear_cache(Some(file.path())).unwrap_err().code(), ErrorCode::OutputUnwritable);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_are_never_served(entry in prop::collection::vec(any::<u8>(), 0..600), memo in ".{0,400}") {
        let bed = Bed::new();
        let video = bed.video("talk.mp4", b"a short video");
        bed.hits(&video, "lazy");
        fs::write(bed.entry(), entry).unwrap();
        fs::write(&bed.files(".memo")[0], memo).unwrap();
        prop_assert!(!bed.hits(&video, "lazy"));
        prop_assert!(bed.hits(&video, "lazy"));
    }

    #[test]
    fn edited_entries_are_never_served(place in any::<prop::sample::Index>(), cut in 0usize..9, put in ".{0,9}") {
        let bed = Bed::new();
        let video = bed.video("talk.mp4", b"a short video");
        bed.hits(&video, "lazy");
        for file in [bed.entry(), bed.files(".memo")[0].clone()] {
            let whole = fs::read(&file).unwrap();
            let mut bytes = whole.clone();
            let place = place.index(bytes.len());
            let end = (place + cut).min(bytes.len());
            bytes.splice(place..end, put.bytes());
            fs::write(&file, &bytes).unwrap();
            // The answer is checked either way.
            let hit = bed.hits(&video, "lazy");
            prop_assert!(hit == (bytes == whole) || file.extension().is_some_and(|ending| ending == "memo"));
        }
    }
}
