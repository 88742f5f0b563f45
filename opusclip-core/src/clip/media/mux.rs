//! Packets to an MP4 file: index first, no edit lists, and under its name only when it is whole.
#![allow(unsafe_code, reason = "the muxer's options are only reachable through FFmpeg's C API")]

use std::path::{Path, PathBuf};

use ffmpeg_next as ffmpeg;

use super::SAMPLE_RATE;
use super::encode::{EncodedAudio, VideoParameters};
use super::failure;
use super::probe::Rational;
use super::source::Packet;
use crate::error::{Error, ErrorCode, Result};

/// Writes one clip. The fields drop in order: the file is closed before it is removed. Dropped before [`Mp4Writer::finish`], it leaves nothing behind.
pub(crate) struct Mp4Writer {
    output: Option<ffmpeg::format::context::Output>,
    temporary: tempfile::TempPath,
    target: PathBuf,
    picture_base: ffmpeg::Rational,
    sound: std::iter::Peekable<std::vec::IntoIter<Packet>>,
}

impl Mp4Writer {
    /// Begin a file beside `target`; a file of that name is replaced at the end.
    pub(crate) fn create(
        target: &Path,
        video: VideoParameters,
        frame_rate: Rational,
        audio: Option<EncodedAudio>,
    ) -> Result<Self> {
        let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary = tempfile::Builder::new()
            .prefix(".opusclip-")
            .suffix(".mp4.part")
            .tempfile_in(folder)
            .map_err(|error| crate::clip::files::write_failure("cannot write here", error).file(folder))?
            .into_temp_path();
        let failed = |error| failure::writing("cannot write the clip", error).file(target);
        let mut output = ffmpeg::format::output_as(&temporary.to_path_buf(), "mp4").map_err(failed)?;
        output.add_stream(video.0.id()).map_err(failed)?.set_parameters(video.0);
        let picture_base = ffmpeg::Rational::new(frame_rate.den, frame_rate.num);
        if let Some(mut stream) = output.stream_mut(0) {
            stream.set_time_base(picture_base);
            stream.set_avg_frame_rate((frame_rate.num, frame_rate.den));
        }
        let mut packets = Vec::new();
        if let Some(sound) = audio {
            output.add_stream_with(sound.context()).map_err(failed)?;
            if let Some(mut stream) = output.stream_mut(1) {
                stream.set_time_base((1, SAMPLE_RATE as i32));
                // SAFETY: the stream belongs to the output borrowed here. Without a delay in its parameters the muxer
                // has nothing to hide behind an edit list; see `AacEncoder::encode`.
                unsafe { (*(*stream.as_mut_ptr()).codecpar).initial_padding = 0 };
            }
            packets = sound.packets;
        }
        let mut options = ffmpeg::Dictionary::new();
        options.set("movflags", "faststart+negative_cts_offsets");
        options.set("use_editlist", "0");
        output.write_header_with(options).map_err(failed)?;
        Ok(Self {
            output: Some(output),
            temporary,
            target: target.to_owned(),
            picture_base,
            sound: packets.into_iter().peekable(),
        })
    }

    /// Write a picture packet, and before it the sound that belongs there.
    pub(crate) fn write(&mut self, packet: Packet) -> Result<()> {
        let until = packet.dts().unwrap_or(0) as f64 * f64::from(self.picture_base);
        self.write_sound(until)?;
        self.write_packet(packet, 0, self.picture_base)
    }

    /// Close the file, put it on the disk and give it its name.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.write_sound(f64::INFINITY)?;
        let target = self.target.clone();
        let failed = |error| failure::writing("cannot write the clip", error).file(&target);
        if let Some(mut output) = self.output.take() {
            output.write_trailer().map_err(failed)?;
            flush(&mut output).map_err(failed)?;
        }
        crate::clip::files::publish(self.temporary, &self.target)
    }

    fn write_sound(&mut self, until: f64) -> Result<()> {
        let base = ffmpeg::Rational::new(1, SAMPLE_RATE as i32);
        while self.sound.peek().is_some_and(|p| p.dts().unwrap_or(0) as f64 * f64::from(base) <= until) {
            if let Some(packet) = self.sound.next() {
                self.write_packet(packet, 1, base)?;
            }
        }
        Ok(())
    }

    fn write_packet(&mut self, mut packet: Packet, stream: usize, base: ffmpeg::Rational) -> Result<()> {
        let Some(output) = &mut self.output else {
            return Err(Error::new(ErrorCode::Internal, "written after the end"));
        };
        packet.set_stream(stream);
        if let Some(muxed) = output.stream(stream) {
            packet.rescale_ts(base, muxed.time_base());
        }
        packet
            .write_interleaved(output)
            .map_err(|error| failure::writing("cannot write the clip", error).file(&self.target))
    }
}

/// Closing writes the last buffer, and its failure (a full disk) must not be lost.
pub(super) fn flush(output: &mut ffmpeg::format::context::Output) -> std::result::Result<(), ffmpeg::Error> {
    // SAFETY: the output is borrowed here; FFmpeg flushes its own I/O and keeps the error in it.
    let flushed = unsafe {
        let io = (*output.as_mut_ptr()).pb;
        ffmpeg::ffi::avio_flush(io);
        (*io).error
    };
    if flushed < 0 { Err(ffmpeg::Error::from(flushed)) } else { Ok(()) }
}
