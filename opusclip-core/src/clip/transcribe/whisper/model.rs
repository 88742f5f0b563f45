//! Is this file a model? Looked at before whisper.cpp sees it: what it makes of sizes that make no sense ends the process,
//! and a model without weights, as its own tests use, passes its checks and then says nonsense.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek as _, SeekFrom};
use std::path::Path;

use crate::error::{Error, ErrorCode, Result};

/// `ggml` as a little-endian number.
const MAGIC: u32 = 0x6767_6d6c;

/// What each number of the header may be: words, then context, width, heads and layers of the encoder and of the decoder,
/// bands of the spectrum, and the kind of weights. The largest model has 51,866 words, widths of 1280 and 32 layers.
const RANGES: [(&str, std::ops::RangeInclusive<u32>); 11] = [
    ("words", 51_864..=200_000),
    ("context of the encoder", 1..=10_000),
    ("width of the encoder", 64..=8192),
    ("heads of the encoder", 1..=128),
    ("layers of the encoder", 1..=128),
    ("context of the decoder", 1..=10_000),
    ("width of the decoder", 64..=8192),
    ("heads of the decoder", 1..=128),
    ("layers of the decoder", 1..=128),
    ("bands of the spectrum", 1..=512),
    ("kind of weights", 0..=3000),
];

/// The longest word, and the longest name of a table of weights, in bytes.
const LONGEST_WORD: u32 = 1024;

/// Kinds of weights of ggml: number, bytes of a block, and weights in it.
const KINDS: [(u32, u64, u64); 13] = [
    (0, 4, 1),      // F32
    (1, 2, 1),      // F16
    (2, 18, 32),    // Q4_0
    (3, 20, 32),    // Q4_1
    (6, 22, 32),    // Q5_0
    (7, 24, 32),    // Q5_1
    (8, 34, 32),    // Q8_0
    (10, 84, 256),  // Q2_K
    (11, 110, 256), // Q3_K
    (12, 144, 256), // Q4_K
    (13, 176, 256), // Q5_K
    (14, 210, 256), // Q6_K
    (15, 292, 256), // Q8_K
];

/// Fails unless the file has the shape of a model of Whisper, with weights.
pub(super) fn check(path: &Path) -> Result<()> {
    let refused = |message: String| Error::new(ErrorCode::ModelUnreadable, message).file(path);
    let found = std::fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            refused("there is no such model".into()).hint("give a ggml model file of Whisper").caused_by(error)
        }
        _ => refused(format!("the model cannot be read: {error}")).caused_by(error),
    })?;
    if !found.is_file() {
        return Err(refused("the model is no regular file".into()));
    }
    let file =
        File::open(path).map_err(|error| refused(format!("the model cannot be read: {error}")).caused_by(error))?;
    let wrong = |message: String| {
        refused(format!("this is no ggml model of Whisper: {message}")).hint("give a file such as ggml-base.bin")
    };
    let mut file = BufReader::new(file);
    header(&mut file).map_err(wrong)?;
    match tables(&mut file, found.len()) {
        Ok(0) => Err(refused("the model holds no weights".into()).hint("download it again")),
        Ok(_) => Ok(()),
        Err(message) => {
            Err(refused(format!("the weights of the model are damaged: {message}")).hint("download it again"))
        }
    }
}

/// Read up to where the weights begin.
fn header(file: &mut BufReader<File>) -> Result<(), String> {
    if number(file)? != MAGIC {
        return Err("it does not begin with the mark of one".into());
    }
    let mut numbers = [0; RANGES.len()];
    for (value, (name, range)) in numbers.iter_mut().zip(RANGES) {
        *value = number(file)?;
        if !range.contains(value) {
            return Err(format!("{value} as {name}"));
        }
    }
    let (bands, width) = (number(file)?, number(file)?);
    if bands > 512 || width > 10_000 {
        return Err(format!("filters of {bands} by {width}"));
    }
    skip(file, u64::from(bands) * u64::from(width) * 4)?;
    let words = number(file)?;
    if words > numbers[0] {
        return Err(format!("{words} words of {}", numbers[0]));
    }
    for word in 0..words {
        let length = number(file)?;
        if length > LONGEST_WORD {
            return Err(format!("word {word} has {length} bytes"));
        }
        skip(file, u64::from(length))?;
    }
    Ok(())
}

/// Step over the tables of weights up to the end of the file; how many there are.
fn tables(file: &mut BufReader<File>, size: u64) -> Result<usize, String> {
    let mut count = 0;
    loop {
        let at = file.stream_position().map_err(|error| error.to_string())?;
        if at > size {
            return Err(format!("table {count} is cut off"));
        }
        if at == size {
            return Ok(count);
        }
        count += 1;
        let (dimensions, name, kind) = (number(file)?, number(file)?, number(file)?);
        let Some((_, bytes, weights)) = KINDS.iter().find(|(number, ..)| *number == kind) else {
            return Err(format!("table {count} is of an unknown kind {kind}"));
        };
        if !(1..=4).contains(&dimensions) || !(1..=LONGEST_WORD).contains(&name) {
            return Err(format!("table {count} has {dimensions} dimensions and a name of {name} bytes"));
        }
        let mut all = 1u64;
        for _ in 0..dimensions {
            all = all.saturating_mul(u64::from(number(file)?));
        }
        skip(file, u64::from(name).saturating_add(all.saturating_mul(*bytes) / weights))?;
    }
}

fn number(file: &mut BufReader<File>) -> Result<u32, String> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes).map_err(|_| "it is cut off".to_owned())?;
    Ok(u32::from_le_bytes(bytes))
}

fn skip(file: &mut BufReader<File>, bytes: u64) -> Result<(), String> {
    let bytes = i64::try_from(bytes).map_err(|error| error.to_string())?;
    if bytes < 64 {
        return file.seek_relative(bytes).map_err(|error| error.to_string());
    }
    file.seek(SeekFrom::Current(bytes)).map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn header_bytes(change: impl Fn(&mut Vec<u32>)) -> Vec<u8> {
        let mut numbers = vec![MAGIC, 51_865, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 1, 2, 3, 0, 0, 0, 0, 0, 0, 2, 1];
        change(&mut numbers);
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend(b"a");
        bytes.extend([1, 0, 0, 0, b'b']);
        bytes
    }

    /// A model by its shape, with a table of 2 by 3 numbers that no model has.
    pub(in super::super) fn sound() -> Vec<u8> {
        let mut bytes = header_bytes(|_| {});
        bytes.extend([2u32, 4, 0, 2, 3].iter().flat_map(|n| n.to_le_bytes()));
        bytes.extend(b"none");
        bytes.extend([0; 24]);
        bytes
    }

    fn refused(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, bytes).unwrap();
        let error = check(&path).unwrap_err();
        assert_eq!((error.code(), error.file_path()), (ErrorCode::ModelUnreadable, Some(path.as_path())));
        error.message().to_owned()
    }

    #[test]
    fn files_that_are_no_models_are_refused_and_named() {
        assert!(refused(b"").contains("cut off"));
        assert!(refused(b"RIFF....WAVE").contains("mark"));
        assert!(refused(&header_bytes(|n| n[1] = 7)).contains("7 as words"));
        assert!(refused(&header_bytes(|n| n[4] = u32::MAX)).contains("heads of the encoder"));
        assert!(refused(&header_bytes(|n| n[13] = 1 << 30)).contains("filters"));
        assert!(refused(&header_bytes(|n| n[21] = 1 << 30)).contains("word 0 has"));
        assert!(refused(&sound()[..60]).contains("cut off"));
        assert!(refused(&header_bytes(|_| {})).contains("no weights"));
        assert!(refused(&sound()[..sound().len() - 1]).contains("table 1 is cut off"));
        assert!(refused(&[sound(), vec![0x55; 1000]].concat()).contains("table 2 is of an unknown kind"));
        assert!(refused(&[sound(), vec![9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]].concat()).contains("9 dimensions"));
        let folder = tempfile::tempdir().unwrap();
        assert!(check(folder.path()).unwrap_err().message().contains("no regular file"));
        assert!(check(&folder.path().join("none")).unwrap_err().message().contains("no such model"));
    }

    #[test]
    fn a_header_and_tables_of_weights_pass() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, sound()).unwrap();
        check(&path).unwrap();
    }
}
