//! The texts of a subtitle stream, packet by packet.
#![allow(unsafe_code, reason = "what kind of subtitles a codec makes is only told by FFmpeg's C API")]

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use super::failure;
use super::source::{Packet, Source};
use crate::error::{Error, ErrorCode, Result};
use crate::time::Timestamp;

/// One subtitle with its times from the start of the media, in seconds.
pub(crate) struct SubtitleEvent {
    pub(crate) start: f64,
    /// The same as `start` where the stream does not say.
    pub(crate) end: f64,
    pub(crate) text: SubtitleText,
}

/// A text in the markup of its format.
pub(crate) enum SubtitleText {
    /// SubRip.
    Srt(String),
    /// WebVTT.
    Vtt(String),
    /// `ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text`, which FFmpeg makes of all other formats.
    Ass(String),
    /// A packet that could not be decoded, and why.
    Unreadable(String),
}

impl Source {
    /// Are these subtitles text, and not pictures?
    pub(crate) fn is_text(&self, stream: usize) -> bool {
        let Some(stream) = self.input().stream(stream) else { return false };
        // SAFETY: descriptors are constants of FFmpeg; null is checked.
        unsafe {
            let descriptor = ffi::avcodec_descriptor_get(stream.parameters().id().into());
            !descriptor.is_null() && (*descriptor).props & ffi::AV_CODEC_PROP_TEXT_SUB != 0
        }
    }

    /// Read a stream of subtitles to its end; `sink` gets each with the number of its packet, from 1.
    ///
    /// # Errors
    /// [`ErrorCode::MediaNoDecoder`]; [`ErrorCode::LimitExceeded`] where the packets have more bytes than `most`.
    pub(crate) fn read_subtitles(
        &mut self,
        stream: usize,
        most: u64,
        mut sink: impl FnMut(u64, SubtitleEvent),
    ) -> Result<()> {
        let parameters = self.input().stream(stream).map(|found| found.parameters());
        let parameters = parameters.ok_or_else(|| Error::new(ErrorCode::Internal, "there is no such stream"))?;
        let codec = parameters.id();
        let mut decoder = match codec {
            ffmpeg::codec::Id::SUBRIP | ffmpeg::codec::Id::WEBVTT | ffmpeg::codec::Id::TEXT => None,
            _ => Some(self.subtitle_decoder(parameters)?),
        };
        self.select(&[stream]);
        self.rewind()?;
        let (mut bytes, mut number) = (0, 0);
        while let Some(packet) = self.next_packet()? {
            if packet.stream() != stream {
                continue;
            }
            number += 1;
            bytes += packet.size() as u64;
            if bytes > most {
                let message = format!("the subtitles have more than {} MB", most / 1_000_000);
                return Err(Error::new(ErrorCode::LimitExceeded, message).file(self.path()));
            }
            let Some(start) = self.packet_time(&packet).map(Timestamp::seconds) else { continue };
            let end = start + self.packet_duration(&packet);
            let mut send = |text| sink(number, SubtitleEvent { start, end, text });
            match &mut decoder {
                Some(decoder) => decode(decoder, &packet, &mut send),
                None => {
                    let text = String::from_utf8_lossy(packet.data().unwrap_or_default()).into_owned();
                    let vtt = codec == ffmpeg::codec::Id::WEBVTT;
                    send(if vtt { SubtitleText::Vtt(text) } else { SubtitleText::Srt(text) });
                }
            }
        }
        self.select_all();
        Ok(())
    }

    fn subtitle_decoder(&self, parameters: ffmpeg::codec::Parameters) -> Result<ffmpeg::decoder::Subtitle> {
        let codec = parameters.id().name();
        let context = ffmpeg::codec::Context::from_parameters(parameters)
            .map_err(|error| failure::reading("cannot read the codec", error).file(self.path()))?;
        context.decoder().subtitle().map_err(|error| {
            Error::new(ErrorCode::MediaNoDecoder, format!("the linked FFmpeg cannot decode {codec}: {error}"))
                .file(self.path())
                .caused_by(error)
        })
    }
}

fn decode(decoder: &mut ffmpeg::decoder::Subtitle, packet: &Packet, send: &mut impl FnMut(SubtitleText)) {
    let mut subtitle = ffmpeg::Subtitle::new();
    match decoder.decode(packet, &mut subtitle) {
        Ok(true) => {
            for rect in subtitle.rects() {
                if let ffmpeg::codec::subtitle::Rect::Ass(event) = rect
                    && let Some(text) = event_text(&event)
                {
                    send(SubtitleText::Ass(text));
                }
            }
            // SAFETY: the subtitle was filled by the decoder and is not read any more; the crate does not free it.
            unsafe { ffi::avsubtitle_free(subtitle.as_mut_ptr()) };
        }
        Ok(false) => {}
        Err(error) => send(SubtitleText::Unreadable(error.to_string())),
    }
}

/// The crate takes the text for UTF-8 unseen, so it is read here.
fn event_text(event: &ffmpeg::codec::subtitle::Ass<'_>) -> Option<String> {
    // SAFETY: the rectangle is alive; FFmpeg ends its text with a zero byte.
    unsafe {
        let text = (*event.as_ptr()).ass;
        (!text.is_null()).then(|| std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned())
    }
}
