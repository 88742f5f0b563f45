//! Filters over sound that lies in memory: interleaved stereo at [`SAMPLE_RATE`], in and out.

use ffmpeg_next as ffmpeg;

use super::SAMPLE_RATE;
use super::audio_graph::{interleaved, samples};
use super::graph::Graph;
use crate::control::Control;
use crate::error::Result;

/// Values that are pushed at a time.
const BLOCK: usize = 8192;

/// Takes the samples that a filter hands out, end to end. Its failure ends the work.
type Sink<'a> = dyn FnMut(&[f32]) -> Result<()> + 'a;

/// A chain of filters that keeps what it has learnt from one stretch of sound to the next.
pub(crate) struct AudioFilter {
    graph: Graph,
    /// Samples a channel that were pulled.
    pulled: i64,
    /// Time of the next frame, in samples.
    next: i64,
}

impl AudioFilter {
    pub(crate) fn new(filters: &str) -> Result<Self> {
        super::init();
        let arguments =
            format!("time_base=1/{SAMPLE_RATE}:sample_rate={SAMPLE_RATE}:sample_fmt=flt:channel_layout=stereo");
        let chain = format!(
            "{filters},aresample={SAMPLE_RATE},\
             aformat=sample_fmts=flt:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"
        );
        Ok(Self { graph: Graph::new("abuffer", &arguments, "abuffersink", &chain)?, pulled: 0, next: 0 })
    }

    /// Set an option of a filter that takes commands, by the filter's name.
    pub(crate) fn command(&mut self, filter: &str, option: &str, value: &str) -> Result<()> {
        self.graph.command(filter, option, value)
    }

    /// Samples that follow. `sink` gets what the filters hand out by now.
    pub(crate) fn push(&mut self, sound: &[f32], sink: &mut Sink<'_>) -> Result<()> {
        for block in sound.chunks(BLOCK) {
            self.send(block)?;
            self.drain(sink)?;
        }
        Ok(())
    }

    /// Run sound through the filters. `sink` gets as many samples as go in.
    pub(crate) fn run(mut self, sound: &[f32], sink: &mut Sink<'_>) -> Result<()> {
        let mut left = sound.len();
        let mut pass = |piece: &[f32]| {
            let length = piece.len().min(left);
            left -= length;
            sink(&piece[..length])
        };
        self.push(sound, &mut pass)?;
        self.finish(&mut pass)?;
        // A resampler may round the last sample away.
        if left > 0 { sink(&vec![0.0; left]) } else { Ok(()) }
    }

    /// Run sound through the filters, which come `delay` samples a channel late, and put what they make of it in its
    /// place, where it was before.
    pub(crate) fn rewrite(mut self, sound: &mut [f32], delay: usize, control: &Control) -> Result<()> {
        let late = self.next + delay as i64 - self.pulled;
        let (mut skip, mut written) = (usize::try_from(late).unwrap_or(0) * 2, 0);
        let mut put = |sound: &mut [f32], piece: &[f32]| {
            let late = skip.min(piece.len());
            skip -= late;
            let length = (piece.len() - late).min(sound.len() - written);
            sound[written..written + length].copy_from_slice(&piece[late..late + length]);
            written += length;
        };
        // Filters never hand out more than they were given, so nothing is written over before it was read.
        for from in (0..sound.len()).step_by(BLOCK) {
            control.check()?;
            self.send(&sound[from..(from + BLOCK).min(sound.len())])?;
            self.drain(&mut |piece| {
                put(sound, piece);
                Ok(())
            })?;
        }
        self.send(&vec![0.0; delay * 2])?;
        self.finish(&mut |piece| {
            put(sound, piece);
            Ok(())
        })?;
        sound[written..].fill(0.0);
        Ok(())
    }

    fn finish(&mut self, sink: &mut Sink<'_>) -> Result<()> {
        self.graph.push(None)?;
        self.drain(sink)
    }

    fn send(&mut self, block: &[f32]) -> Result<()> {
        if block.is_empty() {
            return Ok(());
        }
        let mut frame = interleaved(block, SAMPLE_RATE, 2);
        frame.set_pts(Some(self.next));
        self.next += frame.samples() as i64;
        self.graph.push(Some(&frame))
    }

    fn drain(&mut self, sink: &mut Sink<'_>) -> Result<()> {
        let mut frame = ffmpeg::frame::Audio::empty();
        while self.graph.pull(&mut frame)? {
            self.pulled += frame.samples() as i64;
            sink(samples(&frame, 2))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_changes_nothing_keeps_every_sample() {
        let sound: Vec<f32> = (0..30_001).flat_map(|n| [n as f32 * 1e-5, -(n as f32) * 1e-5]).collect();
        let mut same = Vec::new();
        let mut keep = |piece: &[f32]| {
            same.extend_from_slice(piece);
            Ok(())
        };
        AudioFilter::new("anull").unwrap().run(&sound, &mut keep).unwrap();
        assert!(same == sound);
        assert_eq!(interleaved(&[0.5; 6], SAMPLE_RATE, 2).samples(), 3);
    }

    #[test]
    fn what_a_filter_delays_is_moved_back() {
        let sound: Vec<f32> = (0..30_001).flat_map(|n| [n as f32 * 1e-5, -(n as f32) * 1e-5]).collect();
        let mut moved = sound.clone();
        let late = AudioFilter::new("adelay=delays=1199S:all=1").unwrap();
        late.rewrite(&mut moved, 1199, &Control::new()).unwrap();
        assert!(moved == sound);
        AudioFilter::new("anull").unwrap().rewrite(&mut moved, 0, &Control::new()).unwrap();
        assert!(moved == sound);
    }

    #[test]
    fn what_is_pushed_before_does_not_move_what_follows() {
        let sound: Vec<f32> = (0..5000).flat_map(|n| [n as f32 * 1e-4, 0.5]).collect();
        let mut filtered = sound.clone();
        let mut filter = AudioFilter::new("adelay=delays=100S:all=1").unwrap();
        filter.push(&[0.25; 4000], &mut |_| Ok(())).unwrap();
        filter.rewrite(&mut filtered, 100, &Control::new()).unwrap();
        assert!(filtered == sound);
    }
}
