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
    ("words", 1000..=200_000),
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

/// The longest word in bytes.
const LONGEST_WORD: u32 = 1024;

/// Fails unless the file begins as a model of Whisper and is large enough to have weights.
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
    let header = Header::read(&mut BufReader::new(file)).map_err(|message| {
        refused(format!("this is no ggml model of Whisper: {message}")).hint("give a file such as ggml-base.bin")
    })?;
    // Weights of the words alone, with the fewest bits there are.
    let least = u64::from(header.words) * u64::from(header.width) / 4;
    if found.len() < header.end + least {
        return Err(refused("the model holds no weights, or not all".into()).hint("download it again"));
    }
    Ok(())
}

struct Header {
    words: u32,
    width: u32,
    /// Where the weights begin.
    end: u64,
}

impl Header {
    fn read(file: &mut BufReader<File>) -> Result<Self, String> {
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
        let end = file.stream_position().map_err(|error| error.to_string())?;
        Ok(Self { words: numbers[0], width: numbers[6], end })
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

    fn header(change: impl Fn(&mut Vec<u32>)) -> Vec<u8> {
        let mut numbers = vec![MAGIC, 1000, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 1, 2, 3, 0, 0, 0, 0, 0, 0, 2, 1];
        change(&mut numbers);
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend(b"a");
        bytes.extend([1, 0, 0, 0, b'b']);
        bytes
    }

    /// A model by its header and size.
    pub(in super::super) fn sound() -> Vec<u8> {
        let mut bytes = header(|_| {});
        bytes.resize(bytes.len() + 100_000, 0x55);
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
        assert!(refused(&header(|n| n[1] = 7)).contains("7 as words"));
        assert!(refused(&header(|n| n[4] = u32::MAX)).contains("heads of the encoder"));
        assert!(refused(&header(|n| n[13] = 1 << 30)).contains("filters"));
        assert!(refused(&header(|n| n[21] = 1 << 30)).contains("word 0 has"));
        assert!(refused(&sound()[..60]).contains("cut off"));
        assert!(refused(&header(|_| {})).contains("no weights"));
        let folder = tempfile::tempdir().unwrap();
        assert!(check(folder.path()).unwrap_err().message().contains("no regular file"));
        assert!(check(&folder.path().join("none")).unwrap_err().message().contains("no such model"));
    }

    #[test]
    fn a_header_and_room_for_weights_pass() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, sound()).unwrap();
        check(&path).unwrap();
    }
}
