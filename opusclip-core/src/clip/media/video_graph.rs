//! Filters for pictures. The graph is set up at the first frame and again whenever the source changes its format.

use ffmpeg_next as ffmpeg;

use super::decode::VideoFrame;
use super::graph::Graph;
use crate::error::Result;
use crate::time::{TimeBase, Timestamp};

/// What the buffer source must be told anew when it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    width: u32,
    height: u32,
    format: ffmpeg::format::Pixel,
    aspect: (i32, i32),
}

/// A chain of picture filters whose output counts ticks of its own time base.
pub(crate) struct VideoGraph {
    chain: String,
    base: TimeBase,
    current: Option<(Shape, Graph)>,
    /// The commands that the filters last got.
    commanded: Vec<(String, &'static str, u32)>,
}

impl VideoGraph {
    /// A graph of FFmpeg filters in their own notation; frames are stamped with ticks of `base`.
    pub(crate) fn new(chain: impl Into<String>, base: TimeBase) -> Self {
        Self { chain: chain.into(), base, current: None, commanded: Vec::new() }
    }

    /// Push a picture that is to be shown at tick `tick`. The picture can be pushed again at another tick.
    pub(crate) fn push(&mut self, picture: &mut VideoFrame, tick: i64) -> Result<()> {
        self.push_with(picture, tick, &[])
    }

    /// Push a picture, and before it set options of filters that take commands: name of the filter, option, value.
    pub(crate) fn push_with(
        &mut self,
        picture: &mut VideoFrame,
        tick: i64,
        commands: &[(String, &'static str, u32)],
    ) -> Result<()> {
        let frame = &mut picture.frame;
        let aspect = frame.aspect_ratio();
        let shape = Shape {
            width: frame.width(),
            height: frame.height(),
            format: frame.format(),
            aspect: (aspect.numerator().max(0), aspect.denominator().max(1)),
        };
        if self.current.as_ref().is_none_or(|(known, _)| *known != shape) {
            let graph = Graph::new("buffer", &self.arguments(&shape), "buffersink", &self.chain)?;
            self.current = Some((shape, graph));
            self.commanded.clear();
        }
        frame.set_pts(Some(tick));
        // Encoders take the kind of a picture as an order; the source's choice of keyframes is not wanted.
        frame.set_kind(ffmpeg::picture::Type::None);
        match &mut self.current {
            Some((_, graph)) => {
                // A camera that stands still has nothing to say.
                if self.commanded != commands {
                    for (filter, option, value) in commands {
                        graph.command(filter, option, &value.to_string())?;
                    }
                    self.commanded = commands.to_vec();
                }
                graph.push(Some(frame))
            }
            None => Ok(()),
        }
    }

    /// The next filtered picture.
    pub(crate) fn pull(&mut self) -> Result<Option<VideoFrame>> {
        let Some((_, graph)) = &mut self.current else { return Ok(None) };
        let mut frame = ffmpeg::frame::Video::empty();
        if !graph.pull(&mut frame)? {
            return Ok(None);
        }
        // A deinterlacer halves the length of a tick.
        let counted = graph.time_base().unwrap_or(self.base);
        let time = Timestamp::new(frame.pts().unwrap_or(0), counted).rescale(self.base);
        frame.set_pts(Some(time.ticks));
        Ok(Some(VideoFrame { frame, time }))
    }

    /// No more pictures: filters that wait for more (a tile sheet) finish with what they have.
    pub(crate) fn finish(&mut self) -> Result<()> {
        match &mut self.current {
            Some((_, graph)) => graph.push(None),
            None => Ok(()),
        }
    }

    fn arguments(&self, shape: &Shape) -> String {
        let name = shape.format.descriptor().map_or("yuv420p", |descriptor| descriptor.name());
        format!(
            "video_size={}x{}:pix_fmt={name}:time_base={}:pixel_aspect={}/{}",
            shape.width, shape.height, self.base, shape.aspect.0, shape.aspect.1
        )
    }
}

impl VideoFrame {
    /// Standard deviation of the luma plane (8 bit), from one pixel in 64.
    pub(crate) fn contrast(&self) -> f64 {
        let stride = self.frame.stride(0).max(1);
        let rows = self.frame.data(0).chunks(stride).take(self.frame.height() as usize).step_by(8);
        let (mut count, mut sum, mut squares) = (0u64, 0u64, 0u64);
        for value in rows.flat_map(|row| row.iter().take(self.frame.width() as usize).step_by(8)) {
            let value = u64::from(*value);
            count += 1;
            sum += value;
            squares += value * value;
        }
        let count = count.max(1) as f64;
        (squares as f64 / count - (sum as f64 / count).powi(2)).max(0.0).sqrt()
    }
}

/// Quote a value for FFmpeg's filter notation: two levels, option values inside a filter list.
pub(crate) fn escape_filter_value(value: &str) -> String {
    let mut option = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | '\'' | ':') {
            option.push('\\');
        }
        option.push(c);
    }
    let mut graph = String::with_capacity(option.len());
    for c in option.chars() {
        if matches!(c, '\\' | '\'' | '[' | ']' | ',' | ';') {
            graph.push('\\');
        }
        graph.push(c);
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::escape_filter_value;

    #[test]
    fn filter_values_are_escaped_twice() {
        // The example of FFmpeg's manual, "Notes on filtergraph escaping".
        assert_eq!(escape_filter_value("this is a 'string': may contain"), r"this is a \\\'string\\\'\\: may contain");
        assert_eq!(escape_filter_value("a,b[c]"), r"a\,b\[c\]");
    }
}
