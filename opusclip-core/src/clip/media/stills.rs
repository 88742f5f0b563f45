//! Small pictures of some moments of a source.

use super::decode::{Frames, VideoDecoder, VideoFrame};
use super::picture::jpeg;
use super::source::Source;
use crate::control::Control;
use crate::error::Result;

impl Source {
    /// The keyframes at or before these seconds as JPEG files, filtered; `None` for a moment that has no picture.
    pub(crate) fn stills(
        &mut self,
        stream: usize,
        moments: &[f64],
        filters: &str,
        control: &Control,
    ) -> Result<Vec<Option<Vec<u8>>>> {
        self.select(&[stream]);
        let mut stills = Vec::with_capacity(moments.len());
        for moment in moments {
            control.check()?;
            let still = match self.keyframe_at(stream, *moment)? {
                Some(mut picture) => Some(jpeg(&mut picture, filters)?),
                None => None,
            };
            stills.push(still);
        }
        Ok(stills)
    }

    /// The keyframe at or before a moment, or none where there is no picture.
    pub(crate) fn keyframe_at(&mut self, stream: usize, moment: f64) -> Result<Option<VideoFrame>> {
        self.seek_keyframe(stream, moment)?;
        let mut decoder = VideoDecoder::open(self, stream, Frames::Keyframes, 1)?;
        while let Some(packet) = self.next_packet()? {
            if packet.stream() != stream || !packet.is_key() {
                continue;
            }
            decoder.send(&packet)?;
            // A decoder may hold a picture back until it hears that no more will come.
            decoder.finish()?;
            return decoder.receive();
        }
        Ok(None)
    }
}
