//! Filters for sound, out as interleaved stereo or mono `f32` samples on an exact time line.
#![allow(unsafe_code, reason = "channel layouts are only reachable through FFmpeg's C API in every supported version")]

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use super::decode::AudioFrame;
use super::graph::Graph;
use crate::error::Result;
use crate::time::{TimeBase, Timestamp};

/// Times within this of where the last samples ended are taken as rounding, in seconds: half of what eye and ear forgive.
const JITTER: f64 = 0.010;

/// How channels are mixed down to two, by ITU-R BS.775: centre and surrounds at -3 dB, no LFE. In float and without the
/// scaling that integers need, so that a file sounds the same whatever its format; nothing can clip.
const MIX: &str =
    "out_chlayout=stereo:internal_sample_fmt=fltp:rematrix_maxval=1000:clev=0.70711:slev=0.70711:lfe_mix_level=0";

#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    rate: u32,
    format: ffmpeg::format::Sample,
    layout: String,
    channels: usize,
    /// The channels are numbered and nothing more.
    nameless: bool,
}

/// Takes interleaved samples with the position of the first one, in samples a channel. Its failure ends the work.
pub(crate) type Sink<'a> = dyn FnMut(i64, &[f32]) -> Result<()> + 'a;

/// Converts decoded sound to interleaved samples at one rate.
pub(crate) struct AudioGraph {
    chain: String,
    rate: u32,
    channels: usize,
    /// One channel goes to both sides at its own level.
    full_mono: bool,
    /// Channels had names once: what has none after that is damage.
    named: bool,
    current: Option<(Shape, Graph)>,
    /// Input samples since the graph was set up, in ticks of the input rate.
    pushed: i64,
    /// Position of the graph's first sample on the output's time line.
    start: i64,
    /// Position on the output's time line that comes next.
    next: Option<i64>,
    refused: u64,
}

impl AudioGraph {
    /// `filters` (may be empty) run before the conversion to `rate` Hz and one or two channels.
    pub(crate) fn new(filters: &str, rate: u32, channels: usize) -> Self {
        let (layout, mix) = if channels == 1 { ("mono", "") } else { ("stereo", MIX) };
        let chain = format!(
            "{filters}{}aresample={rate}{}{mix},aformat=sample_fmts=flt:sample_rates={rate}:channel_layouts={layout}",
            if filters.is_empty() { "" } else { "," },
            if mix.is_empty() { "" } else { ":" },
        );
        let (full_mono, named, current) = (false, false, None);
        Self { chain, rate, channels, full_mono, named, current, pushed: 0, start: 0, next: None, refused: 0 }
    }

    /// Stereo at `rate` Hz as a player's two speakers give it: one channel is heard from both, each at its level. That is
    /// 3 dB more than the standard of loudness takes one channel for, so what is measured is not made so.
    pub(crate) fn to_play(rate: u32) -> Self {
        Self { full_mono: true, ..Self::new("", rate, 2) }
    }

    /// Push a decoded frame. `sink` gets each stretch of samples with the position of its first one, counted in samples
    /// a channel from the start of the media.
    pub(crate) fn push(&mut self, sound: &mut AudioFrame, sink: &mut Sink<'_>) -> Result<()> {
        let shape = shape(&sound.frame);
        if shape.nameless && self.named {
            tracing::debug!(layout = shape.layout, "sound passed over");
            self.refused += 1;
            return Ok(());
        }
        self.named |= !shape.nameless;
        let place = sound.time.map(|time| time.rescale(self.base()).ticks);
        let expected = self.expected(shape.rate);
        let jumped = match (place, expected) {
            (Some(place), Some(expected)) => (place - expected).abs() as f64 > JITTER * f64::from(self.rate),
            _ => false,
        };
        if jumped || self.current.as_ref().is_none_or(|(known, _)| *known != shape) {
            self.flush(sink)?;
            let arguments = format!(
                "time_base=1/{}:sample_rate={}:sample_fmt={}:channel_layout={}",
                shape.rate,
                shape.rate,
                shape.format.name(),
                shape.layout
            );
            let graph = match Graph::new("abuffer", &arguments, "abuffersink", &self.chain_for(&shape)) {
                Ok(graph) => graph,
                // What damage makes of a frame's layout need not be one that can be mixed down.
                Err(error) if shape.layout != "mono" && shape.layout != "stereo" => {
                    tracing::debug!(%error, layout = shape.layout, "sound passed over");
                    self.refused += 1;
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            self.current = Some((shape, graph));
            self.pushed = 0;
            self.start = place.or(self.next).unwrap_or(0);
            self.next = Some(self.start);
        }
        sound.frame.set_pts(Some(self.pushed));
        self.pushed += sound.frame.samples() as i64;
        if let Some((_, graph)) = &mut self.current {
            graph.push(Some(&sound.frame))?;
        }
        self.drain(sink)
    }

    /// Frames whose channels cannot be mixed down; they were passed over.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// No more input: hand out what the filters still hold.
    pub(crate) fn flush(&mut self, sink: &mut Sink<'_>) -> Result<()> {
        if let Some((_, graph)) = &mut self.current {
            graph.push(None)?;
        }
        self.drain(sink)?;
        self.current = None;
        Ok(())
    }

    /// The filters, after what the swresample library would do otherwise.
    fn chain_for(&self, shape: &Shape) -> String {
        let mix = match shape.channels {
            1 if self.full_mono => "pan=stereo|c0=c0|c1=c0,".to_owned(),
            // Nobody says where the voice is: the first two are taken for left and right, all others are heard from
            // both sides as a centre is.
            count if shape.nameless => {
                let centre: String = (2..count).map(|channel| format!("+0.70711*c{channel}")).collect();
                format!("pan=stereo|c0=c0{centre}|c1=c1{centre},")
            }
            _ => String::new(),
        };
        mix + &self.chain
    }

    fn base(&self) -> TimeBase {
        // The rate is a positive constant of this crate.
        TimeBase::new(1, self.rate).unwrap_or(TimeBase::MICROS)
    }

    /// Where the next input sample belongs on the output's time line, if nothing is missing.
    fn expected(&self, rate: u32) -> Option<i64> {
        self.current.as_ref()?;
        let base = TimeBase::new(1, rate)?;
        Some(self.start + Timestamp::new(self.pushed, base).rescale(self.base()).ticks)
    }

    fn drain(&mut self, sink: &mut Sink<'_>) -> Result<()> {
        let Some((_, graph)) = &mut self.current else { return Ok(()) };
        let mut frame = ffmpeg::frame::Audio::empty();
        while graph.pull(&mut frame)? {
            let at = self.next.unwrap_or(self.start);
            let values = samples(&frame, self.channels);
            self.next = Some(at + (values.len() / self.channels) as i64);
            sink(at, values)?;
        }
        Ok(())
    }
}

fn shape(frame: &ffmpeg::frame::Audio) -> Shape {
    let mut name = [0 as std::ffi::c_char; 64];
    // SAFETY: the frame is alive; the layout is copied before it is changed, and the buffer's length is given.
    let (layout, channels, nameless) = unsafe {
        let mut layout = (*frame.as_ptr()).ch_layout;
        // Six and eight channels without names are 5.1 and 7.1 everywhere; other numbers have no such custom.
        if layout.order == ffi::AVChannelOrder::AV_CHANNEL_ORDER_UNSPEC && matches!(layout.nb_channels, 1 | 2 | 6 | 8) {
            ffi::av_channel_layout_default(&mut layout, layout.nb_channels);
        }
        ffi::av_channel_layout_describe(&layout, name.as_mut_ptr(), name.len());
        let nameless = layout.order == ffi::AVChannelOrder::AV_CHANNEL_ORDER_UNSPEC;
        (std::ffi::CStr::from_ptr(name.as_ptr()).to_string_lossy().into_owned(), layout.nb_channels, nameless)
    };
    let channels = usize::try_from(channels).unwrap_or(0);
    Shape { rate: frame.rate(), format: frame.format(), layout, channels, nameless }
}

/// Interleaved samples of a packed `f32` frame.
pub(super) fn samples(frame: &ffmpeg::frame::Audio, channels: usize) -> &[f32] {
    let count = frame.samples() * channels;
    // SAFETY: the graph's last filter makes packed `f32` frames of this many channels, so the first plane holds
    // `samples * channels` aligned values.
    unsafe {
        let data = (*frame.as_ptr()).data[0].cast::<f32>();
        if data.is_null() || count == 0 { &[] } else { std::slice::from_raw_parts(data, count) }
    }
}

/// A packed `f32` frame that holds these samples.
pub(super) fn interleaved(values: &[f32], rate: u32, channels: usize) -> ffmpeg::frame::Audio {
    let layout = ffmpeg::ChannelLayout::default(channels as i32);
    let format = ffmpeg::format::Sample::F32(ffmpeg::format::sample::Type::Packed);
    let mut frame = ffmpeg::frame::Audio::new(format, values.len() / channels, layout);
    frame.set_rate(rate);
    // SAFETY: the frame was just allocated for exactly this many packed `f32` values.
    unsafe {
        let data = (*frame.as_mut_ptr()).data[0].cast::<f32>();
        if !data.is_null() {
            std::ptr::copy_nonoverlapping(values.as_ptr(), data, values.len() / channels * channels);
        }
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a decoder makes of damage: as many channels, in no order that has a name.
    fn unordered(channels: i32) -> ffmpeg::frame::Audio {
        let mut frame = interleaved(&vec![0.1; 1024 * channels as usize], 48_000, channels as usize);
        // SAFETY: the frame is owned; a layout without a map is plain numbers.
        unsafe {
            let layout = &mut (*frame.as_mut_ptr()).ch_layout;
            layout.order = ffi::AVChannelOrder::AV_CHANNEL_ORDER_UNSPEC;
            layout.nb_channels = channels;
        }
        frame
    }

    #[test]
    fn sound_that_cannot_be_mixed_down_is_counted_and_passed_over() {
        let mut graph = AudioGraph::new("", 48_000, 2);
        let mut heard = 0;
        let mut sink = |_: i64, samples: &[f32]| {
            heard += samples.len() / 2;
            Ok(())
        };
        let base = TimeBase::new(1, 48_000).unwrap();
        let frames = [interleaved(&[0.1; 2048], 48_000, 2), unordered(9), interleaved(&[0.1; 2048], 48_000, 2)];
        for (index, frame) in frames.into_iter().enumerate() {
            let time = Some(Timestamp::new(index as i64 * 1024, base));
            graph.push(&mut AudioFrame { frame, time }, &mut sink).unwrap();
        }
        graph.flush(&mut sink).unwrap();
        assert_eq!((heard, graph.refused()), (2048, 1));
    }
}
