//! Which container a file is, told from its bytes before FFmpeg sees it.
//!
//! FFmpeg's own probing may choose a demuxer that opens other files (playlists, concat scripts, image sequences, SDP). So
//! a file is recognised here against an allow list, and the one demuxer that fits is named to FFmpeg.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use file_format::FileFormat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode, Result};

/// A container that this library reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// MP4, MOV, M4V, M4A, 3GP: ISO base media and QuickTime.
    Mp4,
    /// Matroska and WebM.
    Matroska,
    /// MPEG transport stream.
    MpegTs,
    /// AVI.
    Avi,
    /// Flash video.
    Flv,
    /// WAVE sound.
    Wav,
    /// MPEG layer 3 sound.
    Mp3,
    /// FLAC sound.
    Flac,
    /// Ogg.
    Ogg,
}

impl Container {
    /// The name of its demuxer in FFmpeg.
    pub(super) const fn demuxer(self) -> &'static std::ffi::CStr {
        match self {
            Self::Mp4 => c"mov",
            Self::Matroska => c"matroska",
            Self::MpegTs => c"mpegts",
            Self::Avi => c"avi",
            Self::Flv => c"flv",
            Self::Wav => c"wav",
            Self::Mp3 => c"mp3",
            Self::Flac => c"flac",
            Self::Ogg => c"ogg",
        }
    }

    /// Tell the container from the first bytes and rewind.
    pub(super) fn recognise(file: &mut File, path: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| {
            Error::new(ErrorCode::MediaUnreadable, format!("cannot read the file: {error}")).file(path).caused_by(error)
        };
        let mut head = Vec::new();
        file.by_ref().take(64 * 1024).read_to_end(&mut head).map_err(unreadable)?;
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let format = FileFormat::from_bytes(&head);
        match format {
            FileFormat::Mpeg4Part14
            | FileFormat::Mpeg4Part14Video
            | FileFormat::Mpeg4Part14Audio
            | FileFormat::AppleItunesVideo
            | FileFormat::AppleItunesAudio
            | FileFormat::AppleItunesAudiobook
            | FileFormat::AppleItunesProtectedAudio
            | FileFormat::AppleQuicktime
            | FileFormat::ThirdGenerationPartnershipProject
            | FileFormat::ThirdGenerationPartnershipProject2
            | FileFormat::FlashMp4Video
            | FileFormat::FlashMp4Audio
            | FileFormat::SonyMovie => Ok(Self::Mp4),
            FileFormat::ExtensibleBinaryMetaLanguage
            | FileFormat::MatroskaVideo
            | FileFormat::MatroskaAudio
            | FileFormat::Matroska3dVideo
            | FileFormat::Webm => Ok(Self::Matroska),
            FileFormat::Mpeg2TransportStream | FileFormat::BdavMpeg2TransportStream => Ok(Self::MpegTs),
            FileFormat::AudioVideoInterleave => Ok(Self::Avi),
            FileFormat::FlashVideo => Ok(Self::Flv),
            FileFormat::WaveformAudio => Ok(Self::Wav),
            FileFormat::Mpeg12AudioLayer3 | FileFormat::Id3v2 => Ok(Self::Mp3),
            FileFormat::FreeLosslessAudioCodec => Ok(Self::Flac),
            FileFormat::OggMultiplexedMedia
            | FileFormat::OggMedia
            | FileFormat::OggOpus
            | FileFormat::OggVorbis
            | FileFormat::OggTheora
            | FileFormat::OggFlac
            | FileFormat::OggSpeex => Ok(Self::Ogg),
            other => Err(Error::new(
                ErrorCode::MediaUnsupported,
                format!("this is no video file: its bytes look like {}", describe(other)),
            )
            .file(path)
            .hint("give an MP4, MOV, MKV, WebM or TS file")),
        }
    }
}

fn describe(format: FileFormat) -> String {
    match format {
        FileFormat::ArbitraryBinaryData | FileFormat::Empty => "no known format".to_owned(),
        known => known.name().to_owned(),
    }
}
