//! FFmpeg's error numbers, put into the library's own words.

use ffmpeg_next as ffmpeg;

use crate::error::{Error, ErrorCode};

const EAGAIN: ffmpeg::Error = ffmpeg::Error::Other { errno: libc::EAGAIN };

/// Does the codec or filter only want more input first?
pub(super) fn wants_more(error: ffmpeg::Error) -> bool {
    error == EAGAIN
}

/// A failure while reading, decoding or filtering.
pub(super) fn reading(what: &str, error: ffmpeg::Error) -> Error {
    let code = match error {
        ffmpeg::Error::Exit => ErrorCode::Cancelled,
        ffmpeg::Error::DecoderNotFound => ErrorCode::MediaNoDecoder,
        _ => ErrorCode::MediaUnreadable,
    };
    Error::new(code, format!("{what}: {error}")).caused_by(error)
}

/// A failure inside a filter or encoder that was set up by this library: nothing the user did.
pub(super) fn internal(what: &str, error: ffmpeg::Error) -> Error {
    let code = match error {
        ffmpeg::Error::Exit => ErrorCode::Cancelled,
        ffmpeg::Error::EncoderNotFound | ffmpeg::Error::FilterNotFound => ErrorCode::MediaNoEncoder,
        _ => ErrorCode::Internal,
    };
    Error::new(code, format!("{what}: {error}")).caused_by(error)
}

/// A failure while writing a file.
pub(super) fn writing(what: &str, error: ffmpeg::Error) -> Error {
    let (code, hint) = match error {
        ffmpeg::Error::Other { errno: libc::ENOSPC | libc::EDQUOT | libc::EFBIG } => {
            (ErrorCode::OutputFull, "free some space or choose another output folder")
        }
        _ => (ErrorCode::OutputUnwritable, "choose a folder that can be written"),
    };
    Error::new(code, format!("{what}: {error}")).hint(hint).caused_by(error)
}
