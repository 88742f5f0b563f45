//! AV1 by rav1e, in-process: for machines whose FFmpeg encodes none, and for still pictures.
//!
//! A picture of 1080 x 1920 takes rav1e tenths of a second, seconds at slow speeds, and it cannot be interrupted. So it
//! works on a thread of its own, and whoever waits for it still hears that the job is cancelled. Meanwhile the next
//! pictures are decoded and composed.
#![allow(unsafe_code, reason = "extra data of a stream is only reachable through FFmpeg's C API")]

mod config;
mod obu;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use ::rav1e::prelude::{Config, Context, EncoderStatus, FrameType, InvalidConfig};
use ffmpeg_next as ffmpeg;

use super::decode::VideoFrame;
use super::encode::{VideoEncoding, VideoParameters, describe};
use super::failure;
use super::source::Packet;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// Pictures that wait for the encoder.
const WAITING: usize = 2;

/// How often somebody who waits asks whether the job is cancelled.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// Encodes pictures in closed groups, BT.709 limited range. Dropped before [`Rav1e::finish`], its thread ends after the
/// picture that it works on, by itself.
pub(crate) struct Rav1e {
    /// `None` among the pictures says that no more will come.
    pictures: SyncSender<Option<ffmpeg::frame::Video>>,
    packets: Receiver<Packet>,
    worker: Option<JoinHandle<Result<()>>>,
    parameters: ffmpeg::codec::Parameters,
    control: Control,
}

impl Rav1e {
    pub(super) fn open(encoding: &VideoEncoding<'_>, control: &Control) -> Result<Self> {
        let config = config::video(encoding);
        config.validate().map_err(refused)?;
        let (pictures, coming) = sync_channel(WAITING);
        let (done, packets) = channel();
        let (tell_header, header) = channel();
        let blank = blank(encoding.width, encoding.height);
        let work = move || {
            // The file's index wants the sequence header before there are packets: one picture more has the same.
            let mut one = Some(blank);
            encode(&config, &mut || Ok(one.take()), &mut |packet| {
                // Nobody listens any more where the job was cancelled meanwhile.
                let _ = tell_header.send(obu::sequence_header(&packet.data).to_vec());
                true
            })?;
            drop(tell_header);
            let mut next = || coming.recv().map_err(|_| gone());
            encode(&config, &mut next, &mut |packet| done.send(for_muxer(packet)).is_ok())
        };
        let worker = std::thread::Builder::new()
            .name("opusclip-rav1e".into())
            .spawn(work)
            .map_err(|error| Error::new(ErrorCode::Internal, "there is no thread for rav1e").caused_by(error))?;
        let parameters = ffmpeg::codec::Parameters::new();
        let mut encoder = Self { pictures, packets, worker: Some(worker), parameters, control: control.clone() };
        match encoder.wait(&header)? {
            Some(header) => encoder.parameters = parameters_of(encoding, &header)?,
            None => return encoder.join().and(Err(gone())),
        }
        Ok(encoder)
    }

    pub(super) fn push(&mut self, picture: &VideoFrame, sink: &mut dyn FnMut(Packet) -> Result<()>) -> Result<()> {
        self.send(Some(picture.frame.clone()), sink)
    }

    pub(super) fn finish(&mut self, sink: &mut dyn FnMut(Packet) -> Result<()>) -> Result<()> {
        self.send(None, sink)?;
        while let Some(packet) = self.wait(&self.packets)? {
            sink(packet)?;
        }
        self.join()
    }

    pub(super) fn parameters(&self) -> VideoParameters {
        VideoParameters(self.parameters.clone())
    }

    /// Hand a picture over, and packets on while there is no room for it.
    fn send(
        &mut self,
        mut picture: Option<ffmpeg::frame::Video>,
        sink: &mut dyn FnMut(Packet) -> Result<()>,
    ) -> Result<()> {
        loop {
            while let Ok(packet) = self.packets.try_recv() {
                sink(packet)?;
            }
            picture = match self.pictures.try_send(picture) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(picture)) => picture,
                Err(TrySendError::Disconnected(_)) => return self.join().and(Err(gone())),
            };
            self.control.check()?;
            if let Ok(packet) = self.packets.recv_timeout(ASK_EVERY) {
                sink(packet)?;
            }
        }
    }

    /// What comes next, or `None` where nothing more will.
    fn wait<T>(&self, from: &Receiver<T>) -> Result<Option<T>> {
        loop {
            self.control.check()?;
            match from.recv_timeout(ASK_EVERY) {
                Ok(item) => return Ok(Some(item)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    /// What became of the worker that has nothing more to do.
    fn join(&mut self) -> Result<()> {
        let joined = self.worker.take().map(JoinHandle::join);
        joined.map_or_else(|| Err(gone()), |done| done.unwrap_or_else(|_| Err(internal("rav1e panicked"))))
    }
}

/// Encode one picture, to be put into a container for stills; BT.709, limited range.
pub(super) fn still(picture: &ffmpeg::frame::Video) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut one = Some(picture.clone());
    let config = config::still(picture.width() as usize, picture.height() as usize);
    encode(&config, &mut || Ok(one.take()), &mut |packet| {
        data.extend_from_slice(obu::without_delimiters(&packet.data));
        true
    })?;
    Ok(data)
}

/// Encode the pictures that `next` gives until it gives none, or `sink` wants no more.
fn encode(
    config: &Config,
    next: &mut dyn FnMut() -> Result<Option<ffmpeg::frame::Video>>,
    sink: &mut dyn FnMut(&::rav1e::Packet<u8>) -> bool,
) -> Result<()> {
    let mut context: Context<u8> = config.new_context().map_err(refused)?;
    loop {
        match context.receive_packet() {
            Ok(packet) if sink(&packet) => {}
            Ok(_) | Err(EncoderStatus::LimitReached) => return Ok(()),
            Err(EncoderStatus::Encoded) => {}
            Err(EncoderStatus::NeedMoreData) => {
                let sent = match next()? {
                    Some(picture) => context.send_frame(frame(&context, &picture)?),
                    None => context.send_frame(None),
                };
                sent.map_err(failed)?;
            }
            Err(status) => return Err(failed(status)),
        }
    }
}

/// A picture as rav1e wants it.
fn frame(context: &Context<u8>, picture: &ffmpeg::frame::Video) -> Result<::rav1e::Frame<u8>> {
    if picture.format() != ffmpeg::format::Pixel::YUV420P {
        return Err(internal("rav1e is given a picture that is not 8 bit 4:2:0"));
    }
    let mut frame = context.new_frame();
    for (number, plane) in frame.planes.iter_mut().enumerate() {
        plane.copy_from_raw_u8(picture.data(number), picture.stride(number), 1);
    }
    Ok(frame)
}

fn blank(width: u32, height: u32) -> ffmpeg::frame::Video {
    let mut picture = ffmpeg::frame::Video::new(ffmpeg::format::Pixel::YUV420P, width, height);
    (0..picture.planes()).for_each(|plane| picture.data_mut(plane).fill(128));
    picture
}

/// A packet holds what is shown next and all that must be decoded before it, so that it is decoded when it is shown.
fn for_muxer(encoded: &::rav1e::Packet<u8>) -> Packet {
    let mut packet = Packet::copy(&encoded.data);
    let time = i64::try_from(encoded.input_frameno).ok();
    packet.set_pts(time);
    packet.set_dts(time);
    packet.set_duration(1);
    if encoded.frame_type == FrameType::KEY {
        packet.set_flags(ffmpeg::codec::packet::Flags::KEY);
    }
    packet
}

/// What a muxer must know; it makes the record that stands in front of AV1 of the sequence header.
fn parameters_of(encoding: &VideoEncoding<'_>, header: &[u8]) -> Result<ffmpeg::codec::Parameters> {
    let failed = |error| failure::internal("cannot describe what rav1e encodes", error);
    let mut video = ffmpeg::codec::Context::new().encoder().video().map_err(failed)?;
    describe(&mut video, encoding);
    let mut parameters = ffmpeg::codec::Parameters::from(&video);
    parameters.set_id(ffmpeg::codec::Id::AV1);
    let size = i32::try_from(header.len()).map_err(|_| internal("the sequence header is too large"))?;
    // SAFETY: the parameters are owned here and have no extra data yet. The buffer comes from FFmpeg's allocator, which
    // will free it, and has the padding that FFmpeg wants; `header` fits into what is in front of it.
    unsafe {
        let room = header.len() + ffmpeg::ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize;
        let buffer = ffmpeg::ffi::av_mallocz(room).cast::<u8>();
        if buffer.is_null() {
            return Err(Error::new(ErrorCode::LimitExceeded, "out of memory while encoding"));
        }
        std::ptr::copy_nonoverlapping(header.as_ptr(), buffer, header.len());
        (*parameters.as_mut_ptr()).extradata = buffer;
        (*parameters.as_mut_ptr()).extradata_size = size;
    }
    Ok(parameters)
}

fn refused(error: InvalidConfig) -> Error {
    internal("cannot set up rav1e").caused_by(error)
}

fn failed(error: EncoderStatus) -> Error {
    internal("rav1e failed").caused_by(error)
}

fn gone() -> Error {
    internal("rav1e is gone")
}

fn internal(message: &str) -> Error {
    Error::new(ErrorCode::Internal, message)
}

#[cfg(test)]
mod tests;
