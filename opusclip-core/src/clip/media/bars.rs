//! Black bars around a picture (letterbox, pillarbox).

use ffmpeg_next as ffmpeg;
use ffmpeg_next::format::Pixel;
use serde::{Deserialize, Serialize};

use super::decode::VideoFrame;

/// A bar is this little above black at most: 6 of 255 steps, which is what coding makes of black.
const ABOVE_BLACK: u16 = 6;

/// Share of a line that may be brighter: specks, and the ringing of an edge.
const SPECKS: usize = 100;

/// Widths of the bars as shares of the picture's sides, upright as it is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bars {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Bars {
    /// What is black in both.
    pub(crate) fn common(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// After a clockwise turn.
    fn turned(self, degrees: u32) -> Self {
        let Self { left, top, right, bottom } = self;
        match degrees {
            90 => Self { left: bottom, top: left, right: top, bottom: right },
            180 => Self { left: right, top: bottom, right: left, bottom: top },
            270 => Self { left: top, top: right, right: bottom, bottom: left },
            _ => self,
        }
    }
}

/// The brightness of a picture, whichever way its format stores it.
struct Luma<'a> {
    bytes: &'a [u8],
    stride: usize,
    width: usize,
    height: usize,
    /// Bytes a pixel, and what a value is shifted by to have eight bits.
    wide: bool,
    shift: u32,
    brightest_bar: u16,
}

impl<'a> Luma<'a> {
    fn of(frame: &'a ffmpeg::frame::Video) -> Option<Self> {
        let (wide, shift) = match frame.format() {
            Pixel::YUV420P | Pixel::YUV422P | Pixel::YUV444P | Pixel::NV12 | Pixel::GRAY8 => (false, 0),
            Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P => (false, 0),
            Pixel::YUV420P10LE | Pixel::YUV422P10LE | Pixel::YUV444P10LE => (true, 2),
            Pixel::YUV420P12LE | Pixel::YUV422P12LE | Pixel::YUV444P12LE => (true, 4),
            Pixel::P010LE => (true, 8),
            _ => return None,
        };
        let full = frame.color_range() == ffmpeg::color::Range::JPEG
            || matches!(frame.format(), Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P | Pixel::GRAY8);
        let black = if full { 0 } else { 16 };
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let stride = frame.stride(0);
        let needed = width * if wide { 2 } else { 1 };
        let bytes = frame.data(0);
        let whole = width > 0 && height > 0 && stride >= needed && bytes.len() >= stride * (height - 1) + needed;
        whole.then_some(Self { bytes, stride, width, height, wide, shift, brightest_bar: black + ABOVE_BLACK })
    }

    fn is_bright(&self, x: usize, y: usize) -> bool {
        let value = if self.wide {
            let at = y * self.stride + 2 * x;
            u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]) >> self.shift
        } else {
            u16::from(self.bytes[y * self.stride + x])
        };
        value > self.brightest_bar
    }

    fn is_black_row(&self, y: usize) -> bool {
        (0..self.width).filter(|x| self.is_bright(*x, y)).count() <= self.width / SPECKS
    }

    fn is_black_column(&self, x: usize, rows: std::ops::Range<usize>) -> bool {
        let allowed = rows.len() / SPECKS;
        rows.filter(|y| self.is_bright(x, *y)).count() <= allowed
    }
}

impl VideoFrame {
    /// The bars of this picture, which is turned by `rotation` degrees and perhaps mirrored before it is shown. `None`
    /// for an all black picture, which tells nothing, and for formats whose brightness is not stored by itself.
    pub(crate) fn bars(&self, rotation: u32, mirrored: bool) -> Option<Bars> {
        let luma = Luma::of(&self.frame)?;
        let top = (0..luma.height).find(|y| !luma.is_black_row(*y))?;
        let bottom = (0..luma.height).rev().find(|y| !luma.is_black_row(*y))?;
        let left = (0..luma.width).find(|x| !luma.is_black_column(*x, top..bottom + 1))?;
        let right = (0..luma.width).rev().find(|x| !luma.is_black_column(*x, top..bottom + 1))?;
        let share = |pixels: usize, side: usize| pixels as f32 / side as f32;
        let mut bars = Bars {
            left: share(left, luma.width),
            top: share(top, luma.height),
            right: share(luma.width - 1 - right, luma.width),
            bottom: share(luma.height - 1 - bottom, luma.height),
        };
        if mirrored {
            std::mem::swap(&mut bars.left, &mut bars.right);
        }
        Some(bars.turned(rotation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{TimeBase, Timestamp};

    fn picture(format: Pixel, black: u8, paint: impl Fn(usize, usize) -> bool) -> VideoFrame {
        let mut frame = ffmpeg::frame::Video::new(format, 64, 48);
        let stride = frame.stride(0);
        let bytes = frame.data_mut(0);
        for y in 0..48 {
            for x in 0..64 {
                bytes[y * stride + x] = if paint(x, y) { 120 } else { black };
            }
        }
        VideoFrame { frame, time: Timestamp::new(0, TimeBase::MICROS) }
    }

    #[test]
    fn bars_are_counted_on_every_side() {
        let inner = |x: usize, y: usize| (4..56).contains(&x) && (12..42).contains(&y);
        let bars = picture(Pixel::YUV420P, 18, inner).bars(0, false).unwrap();
        assert_eq!((bars.left * 64.0, bars.right * 64.0, bars.top * 48.0, bars.bottom * 48.0), (4.0, 8.0, 12.0, 6.0));
        let turned = picture(Pixel::YUV420P, 18, inner).bars(90, false).unwrap();
        assert_eq!((turned.top * 64.0, turned.left * 48.0), (4.0, 6.0));
    }

    #[test]
    fn dark_is_not_black_and_black_tells_nothing() {
        let night = picture(Pixel::YUV420P, 30, |_, y| y > 20).bars(0, false);
        assert_eq!(night, Some(Bars::default()));
        assert_eq!(picture(Pixel::YUV420P, 16, |_, _| false).bars(0, false), None);
        assert_eq!(picture(Pixel::YUVJ420P, 16, |_, y| y > 20).bars(0, false), Some(Bars::default()), "full range");
    }
}
