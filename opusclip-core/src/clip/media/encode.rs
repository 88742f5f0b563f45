//! Frames to packets: pictures by the encoder that was asked for, AAC sound.
#![allow(unsafe_code, reason = "the encoder's delay is only reachable through FFmpeg's C API")]

use ffmpeg_next as ffmpeg;

use super::decode::VideoFrame;
use super::encoders::{self, Wanted};
use super::failure;
use super::probe::Rational;
use super::source::Packet;
use super::{AudioGraph, SAMPLE_RATE};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// How a picture is encoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VideoEncoding<'a> {
    /// Width in pixels, even.
    pub(crate) width: u32,
    /// Height in pixels, even.
    pub(crate) height: u32,
    /// Constant frames a second.
    pub(crate) frame_rate: Rational,
    pub(crate) wanted: Wanted<'a>,
    /// Constant quality on x264's scale: 1 (best) to 51 (worst).
    pub(crate) crf: f64,
    /// Encoder speed by x264's names.
    pub(crate) speed: &'a str,
    /// Highest bits a second; 0 sets no bound.
    pub(crate) max_bit_rate: u32,
    /// Longest distance between keyframes, in frames.
    pub(crate) gop: u32,
    /// Encoder threads.
    pub(crate) threads: usize,
}

/// Encodes pictures in closed groups, BT.709 limited range.
pub(crate) enum VideoEncoder {
    /// One of the linked FFmpeg.
    Linked(Linked),
    /// The one that this crate brings along.
    #[cfg(feature = "rav1e")]
    Own(super::rav1e::Rav1e),
}

impl VideoEncoder {
    /// Open the best encoder there is. Where it lets others wait, `control` is heard.
    #[cfg_attr(not(feature = "rav1e"), expect(unused_variables, reason = "only rav1e lets others wait"))]
    pub(crate) fn open(encoding: &VideoEncoding<'_>, control: &Control) -> Result<Self> {
        let wanted = encoding.wanted;
        if !wanted.hardware {
            let name = wanted.software()?;
            #[cfg(feature = "rav1e")]
            if name == encoders::RAV1E {
                return super::rav1e::Rav1e::open(encoding, control).map(Self::Own);
            }
            return Linked::open(name, encoding)
                .map(Self::Linked)
                .map_err(|error| failure::internal(&format!("cannot set up {name}"), error));
        }
        let opened = wanted.hardware().find_map(|name| match Linked::open(name, encoding) {
            Ok(encoder) => Some(encoder),
            Err(error) => {
                tracing::debug!(encoder = name, %error, "no such hardware");
                None
            }
        });
        opened.map(Self::Linked).ok_or_else(|| wanted.no_hardware())
    }

    /// Its name, in FFmpeg where it is one of FFmpeg's.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Linked(linked) => linked.name,
            #[cfg(feature = "rav1e")]
            Self::Own(_) => encoders::RAV1E,
        }
    }

    /// Encode a picture; its time counts frames. `sink` gets each finished packet.
    pub(crate) fn push(&mut self, picture: &VideoFrame, sink: &mut dyn FnMut(Packet) -> Result<()>) -> Result<()> {
        match self {
            Self::Linked(linked) => linked.push(picture, sink),
            #[cfg(feature = "rav1e")]
            Self::Own(own) => own.push(picture, sink),
        }
    }

    /// No more pictures: hand out what is still inside.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(Packet) -> Result<()>) -> Result<()> {
        match self {
            Self::Linked(linked) => linked.finish(sink),
            #[cfg(feature = "rav1e")]
            Self::Own(own) => own.finish(sink),
        }
    }

    /// What a muxer must know of the packets.
    pub(crate) fn parameters(&mut self) -> Result<VideoParameters> {
        match self {
            Self::Linked(linked) => linked.parameters(),
            #[cfg(feature = "rav1e")]
            Self::Own(own) => Ok(own.parameters()),
        }
    }
}

/// An encoder of the linked FFmpeg.
pub(crate) struct Linked {
    name: &'static str,
    /// `None` only while it is dropped.
    encoder: Option<ffmpeg::encoder::video::Encoder>,
    finished: bool,
}

impl Drop for Linked {
    /// An encoder that is stopped midway first ends the pictures that it has begun, which can take longer than a caller
    /// who cancelled is willing to wait. It holds no file and nothing of the caller's, so it does that by itself.
    fn drop(&mut self) {
        let unfinished = self.encoder.take().filter(|_| !self.finished);
        if unfinished.is_some() {
            // Where there is no thread to be had, the encoder is dropped here and now.
            let _ = std::thread::Builder::new().name("opusclip-stop".into()).spawn(move || drop(unfinished));
        }
    }
}

impl Linked {
    fn open(name: &'static str, encoding: &VideoEncoding<'_>) -> std::result::Result<Self, ffmpeg::Error> {
        let codec = ffmpeg::encoder::find_by_name(name).ok_or(ffmpeg::Error::EncoderNotFound)?;
        let mut context = ffmpeg::codec::Context::new_with_codec(codec);
        context.set_threading(ffmpeg::codec::threading::Config::count(encoding.threads));
        let mut video = context.encoder().video()?;
        describe(&mut video, encoding);
        video.set_gop(encoding.gop);
        video.set_max_b_frames(2);
        video.set_flags(ffmpeg::codec::Flags::GLOBAL_HEADER | ffmpeg::codec::Flags::CLOSED_GOP);
        let encoder = video.open_with(encoders::options(name, encoding))?;
        Ok(Self { name, encoder: Some(encoder), finished: false })
    }

    fn push(&mut self, picture: &VideoFrame, sink: &mut dyn FnMut(Packet) -> Result<()>) -> Result<()> {
        self.inner()?.send_frame(&picture.frame).map_err(|error| failure::internal("the encoder failed", error))?;
        self.drain(sink)
    }

    fn finish(&mut self, sink: &mut dyn FnMut(Packet) -> Result<()>) -> Result<()> {
        self.inner()?.send_eof().map_err(|error| failure::internal("the encoder failed", error))?;
        self.drain(sink)?;
        self.finished = true;
        Ok(())
    }

    fn parameters(&mut self) -> Result<VideoParameters> {
        let mut parameters = ffmpeg::codec::Parameters::from(&*self.inner()?);
        if parameters.id() == ffmpeg::codec::Id::HEVC {
            // Apple's players and upload checks know HEVC in MP4 by this name only.
            // SAFETY: the parameters are owned here.
            unsafe { (*parameters.as_mut_ptr()).codec_tag = u32::from_le_bytes(*b"hvc1") };
        }
        Ok(VideoParameters(parameters))
    }

    fn inner(&mut self) -> Result<&mut ffmpeg::encoder::video::Encoder> {
        self.encoder.as_mut().ok_or_else(|| Error::new(ErrorCode::Internal, "the encoder is gone"))
    }

    fn drain(&mut self, sink: &mut dyn FnMut(Packet) -> Result<()>) -> Result<()> {
        loop {
            let mut packet = Packet::empty();
            match self.inner()?.receive_packet(&mut packet) {
                Ok(()) => {
                    packet.set_duration(1);
                    sink(packet)?;
                }
                Err(ffmpeg::Error::Eof) => return Ok(()),
                Err(error) if failure::wants_more(error) => return Ok(()),
                Err(error) => return Err(failure::internal("the encoder failed", error)),
            }
        }
    }
}

/// Tell what pictures of an encoding are.
pub(super) fn describe(video: &mut ffmpeg::encoder::video::Video, encoding: &VideoEncoding<'_>) {
    let rate = encoding.frame_rate;
    video.set_width(encoding.width);
    video.set_height(encoding.height);
    video.set_format(ffmpeg::format::Pixel::YUV420P);
    video.set_time_base((rate.den, rate.num));
    video.set_frame_rate(Some((rate.num, rate.den)));
    video.set_aspect_ratio((1, 1));
    video.set_colorspace(ffmpeg::color::Space::BT709);
    video.set_color_range(ffmpeg::color::Range::MPEG);
    video.set_color_primaries(ffmpeg::color::Primaries::BT709);
    video.set_color_transfer_characteristic(ffmpeg::color::TransferCharacteristic::BT709);
}

/// What a muxer must know of encoded pictures.
pub(crate) struct VideoParameters(pub(super) ffmpeg::codec::Parameters);

/// Sound as it will stand in the file.
pub(crate) struct EncodedAudio {
    encoder: ffmpeg::encoder::audio::Encoder,
    /// Packets whose times count samples from the start of the clip.
    pub(crate) packets: Vec<Packet>,
}

impl EncodedAudio {
    pub(super) fn context(&self) -> &ffmpeg::codec::Context {
        &self.encoder
    }
}

/// Encodes interleaved stereo samples at [`SAMPLE_RATE`] to AAC-LC.
///
/// An AAC encoder puts its own delay before the sound, and containers hide it behind an edit list, which upload rules
/// forbid. So the first samples, as many as the delay, are left out instead: the delay takes their place, the sound stays
/// in sync without an edit list, and what is lost is 21 ms of lead-in. The fade at the beginning must come after them.
pub(crate) struct AacEncoder {
    encoder: ffmpeg::encoder::audio::Encoder,
    packets: Vec<Packet>,
    /// Samples a channel that are still to be left out.
    skip: usize,
    /// Time of the next frame, in samples from the start of the clip.
    next: usize,
    /// Samples that do not fill a frame yet.
    pending: Vec<f32>,
}

impl AacEncoder {
    /// An encoder at `bit_rate` bits a second.
    pub(crate) fn open(bit_rate: usize) -> Result<Self> {
        let failed = |error| failure::internal("cannot set up the AAC encoder", error);
        let codec = ffmpeg::encoder::find(ffmpeg::codec::Id::AAC)
            .ok_or_else(|| Error::new(ErrorCode::MediaNoEncoder, "the linked FFmpeg has no AAC encoder"))?;
        let mut audio = ffmpeg::codec::Context::new_with_codec(codec).encoder().audio().map_err(failed)?;
        audio.set_rate(SAMPLE_RATE as i32);
        audio.set_format(ffmpeg::format::Sample::F32(ffmpeg::format::sample::Type::Planar));
        audio.set_channel_layout(ffmpeg::ChannelLayout::STEREO);
        audio.set_bit_rate(bit_rate);
        audio.set_time_base((1, SAMPLE_RATE as i32));
        audio.set_flags(ffmpeg::codec::Flags::GLOBAL_HEADER);
        let mut options = ffmpeg::Dictionary::new();
        // Three times faster than the default search, and no different to the ear at such rates.
        options.set("aac_coder", "fast");
        let encoder = audio.open_with(options).map_err(failed)?;
        // SAFETY: the encoder is open and owned here.
        let delay = usize::try_from(unsafe { (*encoder.as_ptr()).initial_padding }).unwrap_or(0);
        Ok(Self { encoder, packets: Vec::new(), skip: delay, next: delay, pending: Vec::new() })
    }

    /// Samples a channel that are left out at the beginning.
    pub(crate) fn delay(&self) -> usize {
        self.skip
    }

    /// Encode the samples that follow.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Result<()> {
        let skipped = self.skip.min(samples.len() / 2);
        self.skip -= skipped;
        self.pending.extend_from_slice(&samples[skipped * 2..]);
        let block = (self.encoder.frame_size() as usize).max(1) * 2;
        let whole = self.pending.len() / block * block;
        let pending = std::mem::take(&mut self.pending);
        for frame in pending[..whole].chunks(block) {
            self.encode(frame)?;
        }
        self.pending = pending[whole..].to_vec();
        Ok(())
    }

    /// No more samples: hand out the packets.
    pub(crate) fn finish(mut self) -> Result<EncodedAudio> {
        let last = std::mem::take(&mut self.pending);
        if !last.is_empty() {
            self.encode(&last)?;
        }
        self.encoder.send_eof().map_err(aac_failed)?;
        self.receive()?;
        Ok(EncodedAudio { encoder: self.encoder, packets: self.packets })
    }

    fn encode(&mut self, samples: &[f32]) -> Result<()> {
        let mut frame = planar(samples);
        frame.set_pts(Some(self.next as i64));
        self.next += samples.len() / 2;
        self.encoder.send_frame(&frame).map_err(aac_failed)?;
        self.receive()
    }

    fn receive(&mut self) -> Result<()> {
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => self.packets.push(packet),
                Err(ffmpeg::Error::Eof) => return Ok(()),
                Err(error) if failure::wants_more(error) => return Ok(()),
                Err(error) => return Err(aac_failed(error)),
            }
        }
    }
}

fn aac_failed(error: ffmpeg::Error) -> Error {
    failure::internal("the AAC encoder failed", error)
}

/// A planar `f32` stereo frame from interleaved samples.
fn planar(block: &[f32]) -> ffmpeg::frame::Audio {
    let samples = block.len() / 2;
    let format = ffmpeg::format::Sample::F32(ffmpeg::format::sample::Type::Planar);
    let mut frame = ffmpeg::frame::Audio::new(format, samples, ffmpeg::ChannelLayout::STEREO);
    frame.set_rate(SAMPLE_RATE);
    for channel in 0..2 {
        let plane: &mut [f32] = frame.plane_mut(channel);
        for (value, pair) in plane.iter_mut().zip(block.chunks_exact(2)) {
            *value = pair[channel];
        }
    }
    frame
}

/// What a player hears of encoded sound: `sink` gets interleaved stereo samples, end to end from the start of the clip.
pub(crate) fn decode_aac(sound: &EncodedAudio, sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
    let failed = |error| failure::internal("cannot decode the encoded sound", error);
    let parameters = ffmpeg::codec::Parameters::from(&sound.encoder);
    let mut decoder =
        ffmpeg::codec::Context::from_parameters(parameters).and_then(|c| c.decoder().audio()).map_err(failed)?;
    let mut graph = AudioGraph::new("", SAMPLE_RATE, 2);
    let mut append = |_: i64, piece: &[f32]| sink(piece);
    for packet in sound.packets.iter().map(Some).chain([None]) {
        match packet {
            // The packet's own marks tell a decoder to drop the delay; a player without the edit list keeps it.
            Some(packet) => decoder.send_packet(&Packet::copy(packet.data().unwrap_or_default())),
            None => decoder.send_eof(),
        }
        .map_err(failed)?;
        let mut frame = ffmpeg::frame::Audio::empty();
        while decoder.receive_frame(&mut frame).is_ok() {
            let mut sound = super::AudioFrame { frame, time: None };
            graph.push(&mut sound, &mut append)?;
            frame = ffmpeg::frame::Audio::empty();
        }
    }
    graph.flush(&mut append)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A click must come out of the decoder where it went in, although no edit list hides the encoder's delay.
    #[test]
    fn sound_stays_where_it_was() {
        crate::clip::media::init();
        let mut samples = vec![0.0f32; 48_000 * 2];
        for at in 24_000..24_048 {
            samples[at * 2] = 0.9;
            samples[at * 2 + 1] = 0.9;
        }
        let mut decoded = Vec::new();
        let mut encoder = AacEncoder::open(192_000).unwrap();
        samples.chunks(5000).for_each(|piece| encoder.push(piece).unwrap());
        let encoded = encoder.finish().unwrap();
        let mut keep = |piece: &[f32]| {
            decoded.extend_from_slice(piece);
            Ok(())
        };
        decode_aac(&encoded, &mut keep).unwrap();
        let loudest =
            (0..decoded.len() / 2).max_by(|a, b| decoded[a * 2].abs().total_cmp(&decoded[b * 2].abs())).unwrap();
        assert!((24_000..24_048).contains(&loudest), "the click is at sample {loudest}");
    }
}
