//! Picture and sound of one clip are encoded side by side and meet here.

use std::path::Path;
use std::thread::ScopedJoinHandle;

use super::ClipLoudness;
use crate::clip::media::{EncodedAudio, Mp4Writer, Packet, Rational, VideoParameters};
use crate::error::{Error, ErrorCode, Result};

/// What encoding the sound gives.
pub(super) type Sound = (EncodedAudio, ClipLoudness);

/// Picture packets wait for the sound up to this many bytes; then the picture waits.
const MOST_WAITING: usize = 16 << 20;

/// Takes picture packets at once, and writes them as soon as the sound is there too.
pub(super) struct Assembly<'scope, 'path> {
    target: &'path Path,
    frame_rate: Rational,
    video: Option<VideoParameters>,
    sound: Option<ScopedJoinHandle<'scope, Result<Sound>>>,
    waiting: Vec<Packet>,
    bytes: usize,
    writer: Option<Mp4Writer>,
    loudness: Option<ClipLoudness>,
}

impl<'scope, 'path> Assembly<'scope, 'path> {
    pub(super) fn new(
        target: &'path Path,
        video: VideoParameters,
        frame_rate: Rational,
        sound: Option<ScopedJoinHandle<'scope, Result<Sound>>>,
    ) -> Self {
        Self {
            target,
            frame_rate,
            video: Some(video),
            sound,
            waiting: Vec::new(),
            bytes: 0,
            writer: None,
            loudness: None,
        }
    }

    /// Take a picture packet.
    pub(super) fn push(&mut self, packet: Packet) -> Result<()> {
        if let Some(writer) = &mut self.writer {
            return writer.write(packet);
        }
        self.bytes += packet.size();
        self.waiting.push(packet);
        let ready = self.sound.as_ref().is_none_or(ScopedJoinHandle::is_finished);
        if ready || self.bytes > MOST_WAITING { self.open() } else { Ok(()) }
    }

    /// No more pictures: close the file. Returns how loud it is.
    pub(super) fn finish(mut self) -> Result<Option<ClipLoudness>> {
        self.open()?;
        match self.writer {
            Some(writer) => writer.finish()?,
            None => return Err(Error::new(ErrorCode::Internal, "a clip was never begun")),
        }
        Ok(self.loudness)
    }

    /// Begin the file with what has come so far.
    fn open(&mut self) -> Result<()> {
        let Some(video) = self.video.take() else { return Ok(()) };
        let sound = match self.sound.take() {
            Some(thread) => {
                let joined =
                    thread.join().map_err(|_| Error::new(ErrorCode::Internal, "encoding the sound panicked"))?;
                let (encoded, loudness) = joined?;
                self.loudness = Some(loudness);
                Some(encoded)
            }
            None => None,
        };
        let mut writer = Mp4Writer::create(self.target, video, self.frame_rate, sound)?;
        for packet in self.waiting.drain(..) {
            writer.write(packet)?;
        }
        self.writer = Some(writer);
        Ok(())
    }
}
