//! Pictures made very small by box averages, straight from the decoder's planes: a filter graph would cost a multiple.
//!
//! Rows are added up column by column first, which the compiler turns into vector instructions, and columns then to
//! cells. Tall pictures give every few rows only: a cell's mean hardly changes.

use ffmpeg_next as ffmpeg;
use ffmpeg_next::format::Pixel;

use super::decode::VideoFrame;
use super::video_graph::VideoGraph;
use crate::error::Result;
use crate::time::TimeBase;

/// Rows of a cell that are read; fewer than twice as many, so that sums of 12-bit values fit into 16 bits.
const ROWS: usize = 8;

/// A picture as a few cells of luma and fewer of chroma, 0 to 255 each, whatever the source's range and depth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shrunk {
    /// Rows of luma from the top.
    pub(crate) luma: Box<[u8]>,
    /// The same of the first colour difference.
    pub(crate) blue: Box<[u8]>,
    /// The same of the second.
    pub(crate) red: Box<[u8]>,
}

/// How many cells a plane becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cells {
    /// Across.
    pub(crate) width: usize,
    /// Down.
    pub(crate) height: usize,
}

/// Makes pictures small.
pub(crate) struct Shrinker {
    luma: Cells,
    chroma: Cells,
    sums: Vec<u16>,
    /// For the formats that are not read directly.
    converter: VideoGraph,
}

/// Where the values of one plane lie in a row.
#[derive(Clone, Copy)]
struct Layout {
    plane: usize,
    /// Bytes of one value.
    bytes: usize,
    /// Values from one to the next, and the place of the first.
    step: usize,
    first: usize,
}

/// A format that is read directly.
struct Planes {
    luma: Layout,
    /// None for gray.
    chroma: Option<[Layout; 2]>,
    /// Bits of a value above eight.
    extra: u32,
    full_range: bool,
}

impl Shrinker {
    /// One that makes `luma` cells, and `chroma` cells of either colour difference.
    pub(crate) fn new(luma: Cells, chroma: Cells) -> Self {
        let chain = format!("scale={}:{}:flags=area,format=yuv444p", luma.width, luma.height);
        Self { luma, chroma, sums: Vec::new(), converter: VideoGraph::new(chain, TimeBase::MICROS) }
    }

    /// The picture, small; `None` where it holds nothing that can be read.
    pub(crate) fn shrink(&mut self, picture: &mut VideoFrame) -> Result<Option<Shrunk>> {
        if let Some(planes) = planes(&picture.frame) {
            return Ok(self.read(&picture.frame, &planes));
        }
        self.converter.push(picture, 0)?;
        let Some(converted) = self.converter.pull()? else { return Ok(None) };
        Ok(planes(&converted.frame).and_then(|planes| self.read(&converted.frame, &planes)))
    }

    fn read(&mut self, frame: &ffmpeg::frame::Video, planes: &Planes) -> Option<Shrunk> {
        let (luma, chroma) = (self.luma, self.chroma);
        let limited = !planes.full_range;
        let mut cells = self.plane(frame, planes.luma, luma, planes.extra)?;
        if limited {
            // 16 to 235 become 0 to 255.
            cells.iter_mut().for_each(|value| *value = stretched(*value, 16, 219, 0));
        }
        let mut sides = [neutral(chroma), neutral(chroma)];
        for (side, layout) in sides.iter_mut().zip(planes.chroma.into_iter().flatten()) {
            *side = self.plane(frame, layout, chroma, planes.extra)?;
            if limited {
                side.iter_mut().for_each(|value| *value = stretched(*value, 128, 224, 128));
            }
        }
        let [blue, red] = sides;
        Some(Shrunk { luma: cells, blue, red })
    }

    fn plane(&mut self, frame: &ffmpeg::frame::Video, layout: Layout, cells: Cells, extra: u32) -> Option<Box<[u8]>> {
        if layout.plane >= frame.planes() {
            return None;
        }
        let stride = frame.stride(layout.plane);
        let wide = frame.plane_width(layout.plane) as usize;
        let high = frame.plane_height(layout.plane) as usize;
        let row = wide.checked_mul(layout.bytes * layout.step)?;
        if wide == 0 || high == 0 || row > stride {
            return None;
        }
        let data = frame.data(layout.plane);
        let rows = Rows { data, stride, row, high, layout };
        Some(averages(&rows, cells, extra, &mut self.sums))
    }
}

fn neutral(cells: Cells) -> Box<[u8]> {
    vec![128; cells.width * cells.height].into_boxed_slice()
}

fn stretched(value: u8, zero: i32, range: i32, to: i32) -> u8 {
    let value = (i32::from(value) - zero) * 255;
    let half = if value < 0 { -range / 2 } else { range / 2 };
    ((value + half) / range + to).clamp(0, 255) as u8
}

/// The planes of a frame in a format that is read directly.
fn planes(frame: &ffmpeg::frame::Video) -> Option<Planes> {
    let (bytes, extra, kind) = match frame.format() {
        Pixel::YUV420P | Pixel::YUV422P | Pixel::YUV444P | Pixel::YUV440P | Pixel::YUV411P | Pixel::YUVA420P => {
            (1, 0, Kind::Planar)
        }
        Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P | Pixel::YUVJ440P => (1, 0, Kind::Planar),
        Pixel::NV12 => (1, 0, Kind::Paired { blue: 0 }),
        Pixel::NV21 => (1, 0, Kind::Paired { blue: 1 }),
        Pixel::GRAY8 => (1, 0, Kind::Gray),
        Pixel::YUV420P10LE | Pixel::YUV422P10LE | Pixel::YUV444P10LE => (2, 2, Kind::Planar),
        Pixel::YUV420P12LE | Pixel::YUV422P12LE | Pixel::YUV444P12LE => (2, 4, Kind::Planar),
        Pixel::GRAY10LE => (2, 2, Kind::Gray),
        _ => return None,
    };
    // Lines that lie upside down in memory have a negative stride, which arrives here as a huge one.
    if (0..frame.planes()).any(|plane| i32::try_from(frame.stride(plane)).is_err()) {
        return None;
    }
    let layout = |plane, step, first| Layout { plane, bytes, step, first };
    let chroma = match kind {
        Kind::Planar => Some([layout(1, 1, 0), layout(2, 1, 0)]),
        Kind::Paired { blue } => Some([layout(1, 2, blue), layout(1, 2, 1 - blue)]),
        Kind::Gray => None,
    };
    let always_full = matches!(
        frame.format(),
        Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P | Pixel::YUVJ440P | Pixel::GRAY8 | Pixel::GRAY10LE
    );
    let full_range = match frame.color_range() {
        ffmpeg::color::Range::JPEG => true,
        ffmpeg::color::Range::MPEG => false,
        ffmpeg::color::Range::Unspecified => always_full,
    };
    Some(Planes { luma: layout(0, 1, 0), chroma, extra, full_range })
}

enum Kind {
    Planar,
    /// Both colour differences in one plane, in turn.
    Paired {
        blue: usize,
    },
    Gray,
}

/// The rows of one plane.
struct Rows<'a> {
    data: &'a [u8],
    stride: usize,
    /// Bytes of a row that are picture.
    row: usize,
    high: usize,
    layout: Layout,
}

/// Values from `first` to before `end` of `count` that the cell at `index` of `cells` covers: at least one.
fn covered(index: usize, cells: usize, count: usize) -> std::ops::Range<usize> {
    let first = (index * count / cells).min(count.saturating_sub(1));
    let end = ((index + 1) * count / cells).clamp(first + 1, count.max(first + 1));
    first..end
}

/// The mean of every cell, in 8 bits. `sums` is only room to work in.
fn averages(rows: &Rows<'_>, cells: Cells, extra: u32, sums: &mut Vec<u16>) -> Box<[u8]> {
    let Layout { bytes, step, first, .. } = rows.layout;
    let values = rows.row / bytes;
    let wide = values / step;
    let skip = (rows.high / cells.height / ROWS).max(1);
    let mut out = Vec::with_capacity(cells.width * cells.height);
    for down in 0..cells.height {
        sums.clear();
        sums.resize(values, 0);
        let mut count = 0u32;
        for y in covered(down, cells.height, rows.high).step_by(skip).take(2 * ROWS) {
            let Some(row) = rows.data.get(y * rows.stride..).and_then(|rest| rest.get(..rows.row)) else { break };
            count += 1;
            if bytes == 1 {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum = sum.wrapping_add(u16::from(*value)));
            } else {
                let pairs = row.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                sums.iter_mut().zip(pairs).for_each(|(sum, value)| *sum = sum.wrapping_add(value));
            }
        }
        for across in 0..cells.width {
            let columns = covered(across, cells.width, wide);
            let weight = (columns.len() as u32 * count).max(1) << extra;
            let sum: u32 = if step == 1 {
                sums.get(columns).unwrap_or(&[]).iter().map(|sum| u32::from(*sum)).sum()
            } else {
                columns.filter_map(|column| sums.get(column * step + first)).map(|sum| u32::from(*sum)).sum()
            };
            out.push(((sum + weight / 2) / weight).min(255) as u8);
        }
    }
    out.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    const LUMA: Cells = Cells { width: 8, height: 4 };
    const CHROMA: Cells = Cells { width: 4, height: 2 };

    /// A frame whose value number `n` of plane `p` is `value(p, n % width, n / width)`, in `bits` bits.
    fn frame(format: Pixel, size: (u32, u32), bytes: usize, value: impl Fn(usize, usize, usize) -> u16) -> VideoFrame {
        let mut frame = ffmpeg::frame::Video::new(format, size.0, size.1);
        for plane in 0..frame.planes() {
            let stride = frame.stride(plane);
            for (y, row) in frame.data_mut(plane).chunks_mut(stride).enumerate() {
                for (x, slot) in row.chunks_exact_mut(bytes).enumerate() {
                    slot.copy_from_slice(&value(plane, x, y).to_le_bytes()[..bytes]);
                }
            }
        }
        VideoFrame { frame, time: Timestamp::new(0, TimeBase::MICROS) }
    }

    fn shrunk(frame: &mut VideoFrame) -> Shrunk {
        Shrinker::new(LUMA, CHROMA).shrink(frame).unwrap().unwrap()
    }

    /// Exact averages of a plane of `size` values.
    fn exact(cells: Cells, size: (usize, usize), value: impl Fn(usize, usize) -> u16) -> Vec<f64> {
        let (wide, high) = (size.0 / cells.width, size.1 / cells.height);
        let mean = |cell: usize| {
            let (left, top) = (cell % cells.width * wide, cell / cells.width * high);
            let values = (0..high).flat_map(|y| (0..wide).map(move |x| (left + x, top + y)));
            values.map(|(x, y)| f64::from(value(x, y))).sum::<f64>() / (wide * high) as f64
        };
        (0..cells.width * cells.height).map(mean).collect()
    }

    fn near(got: &[u8], want: &[f64]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((f64::from(*got) - want).abs() <= 0.51, "{got} instead of {want}");
        }
    }

    fn pattern(plane: usize, x: usize, y: usize) -> u16 {
        (37 * plane + 11 * x + 5 * y + x * y % 7) as u16 % 256
    }

    #[test]
    fn planar_pictures_become_their_averages() {
        let (wide, high) = (80, 24);
        for (format, across, down) in [(Pixel::YUVJ420P, 2, 2), (Pixel::YUVJ422P, 2, 1), (Pixel::YUVJ444P, 1, 1)] {
            let got = shrunk(&mut frame(format, (wide, high), 1, pattern));
            let (wide, high) = (wide as usize, high as usize);
            let chroma = (wide / across, high / down);
            near(&got.luma, &exact(LUMA, (wide, high), |x, y| pattern(0, x, y)));
            near(&got.blue, &exact(CHROMA, chroma, |x, y| pattern(1, x, y)));
            near(&got.red, &exact(CHROMA, chroma, |x, y| pattern(2, x, y)));
        }
    }

    #[test]
    fn colours_in_one_plane_are_told_apart() {
        for (format, blue) in [(Pixel::NV12, 0), (Pixel::NV21, 1)] {
            let mut picture = frame(format, (80, 48), 1, pattern);
            picture.frame.set_color_range(ffmpeg::color::Range::JPEG);
            let got = shrunk(&mut picture);
            near(&got.luma, &exact(LUMA, (80, 48), |x, y| pattern(0, x, y)));
            near(&got.blue, &exact(CHROMA, (40, 24), |x, y| pattern(1, 2 * x + blue, y)));
            near(&got.red, &exact(CHROMA, (40, 24), |x, y| pattern(1, 2 * x + 1 - blue, y)));
        }
    }

    #[test]
    fn more_bits_give_the_same_numbers() {
        for (format, shift) in [(Pixel::YUV420P10LE, 2), (Pixel::YUV444P12LE, 4)] {
            let mut picture = frame(format, (80, 48), 2, |p, x, y| pattern(p, x, y) << shift);
            picture.frame.set_color_range(ffmpeg::color::Range::JPEG);
            near(&shrunk(&mut picture).luma, &exact(LUMA, (80, 48), |x, y| pattern(0, x, y)));
        }
        let mut white = frame(Pixel::YUV420P12LE, (640, 480), 2, |_, _, _| 4095);
        white.frame.set_color_range(ffmpeg::color::Range::JPEG);
        assert!(shrunk(&mut white).luma.iter().all(|value| *value == 255), "sums do not overflow");
    }

    #[test]
    fn ranges_are_evened_out() {
        let flat = |luma, chroma| move |plane, _, _| if plane == 0 { luma } else { chroma };
        let got = |format, luma, chroma| {
            let got = shrunk(&mut frame(format, (64, 32), 1, flat(luma, chroma)));
            (got.luma[0], got.blue[0])
        };
        assert_eq!(got(Pixel::YUV420P, 16, 128), (0, 128));
        assert_eq!(got(Pixel::YUV420P, 235, 240), (255, 255));
        assert_eq!(got(Pixel::YUV420P, 4, 16), (0, 0));
        assert_eq!(got(Pixel::YUVJ420P, 235, 240), (235, 240));
        assert_eq!(got(Pixel::GRAY8, 77, 0), (77, 128));
    }

    #[test]
    fn tall_pictures_give_some_rows_only() {
        let got = shrunk(&mut frame(Pixel::GRAY8, (64, 1080), 1, |_, x, _| x as u16));
        near(&got.luma, &exact(LUMA, (64, 1080), |x, _| x as u16));
        let striped = shrunk(&mut frame(Pixel::GRAY8, (64, 1080), 1, |_, _, y| y as u16 / 8 % 200));
        let want = exact(LUMA, (64, 1080), |_, y| y as u16 / 8 % 200);
        assert!(striped.luma.iter().zip(want).all(|(got, want)| (f64::from(*got) - want).abs() < 3.0));
    }

    #[test]
    fn small_pictures_and_other_formats_work() {
        for size in [(1, 1), (2, 2), (3, 5), (7, 3), (16, 2)] {
            let got = shrunk(&mut frame(Pixel::YUVJ420P, size, 1, |plane, _, _| 50 + plane as u16));
            assert!(got.luma.iter().all(|v| *v == 50) && got.blue.iter().all(|v| *v == 51), "{size:?}");
            assert_eq!((got.luma.len(), got.red.len()), (32, 8));
        }
        let red = shrunk(&mut frame(Pixel::RGB24, (30, 20), 1, |_, x, _| if x % 3 == 0 { 255 } else { 0 }));
        assert!(red.luma.iter().all(|v| (70..=82).contains(v)), "{:?}", red.luma);
        assert!(red.red.iter().all(|v| *v > 245) && red.blue.iter().all(|v| (80..=110).contains(v)));
    }
}
