use super::super::decode::{Frames, VideoDecoder};
use super::super::encode::VideoEncoder;
use super::super::encoders::{Codec, Wanted};
use super::super::probe::Rational;
use super::super::{Limits, Mp4Writer, Source};
use super::*;
use crate::time::{TimeBase, Timestamp};

const WIDTH: u32 = 128;
const HEIGHT: u32 = 224;

fn encoding(num: i32, den: i32) -> VideoEncoding<'static> {
    VideoEncoding {
        width: WIDTH,
        height: HEIGHT,
        frame_rate: Rational { num, den },
        wanted: Wanted { codec: Codec::Av1, hardware: false, encoder: Some("rav1e") },
        crf: 20.0,
        speed: "ultrafast",
        max_bit_rate: 0,
        gop: 15,
        threads: 2,
    }
}

/// A pattern that moves.
fn picture(encoding: &VideoEncoding<'_>, tick: i64) -> VideoFrame {
    let mut frame = blank(encoding.width, encoding.height);
    let stride = frame.stride(0);
    for (row, line) in frame.data_mut(0).chunks_mut(stride).enumerate() {
        for (column, value) in line.iter_mut().enumerate() {
            *value = 40 + ((column + 2 * row + 3 * tick as usize) / 2 % 160) as u8;
        }
    }
    VideoFrame { frame, time: Timestamp::new(tick, TimeBase::MICROS) }
}

/// Noise that no encoder can foresee.
fn noise(encoding: &VideoEncoding<'_>, tick: i64) -> VideoFrame {
    let mut frame = picture(encoding, tick);
    let mut state = 1 + tick as u32;
    for value in frame.frame.data_mut(0) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value = 16 + (state >> 25) as u8;
    }
    frame
}

fn encoded(
    encoding: &VideoEncoding<'_>,
    ticks: i64,
    paint: fn(&VideoEncoding<'_>, i64) -> VideoFrame,
) -> (VideoParameters, Vec<Packet>) {
    super::super::init();
    let mut packets = Vec::new();
    let mut keep = |packet| {
        packets.push(packet);
        Ok(())
    };
    let mut encoder = VideoEncoder::open(encoding, &Control::new()).unwrap();
    assert_eq!(encoder.name(), "rav1e");
    for tick in 0..ticks {
        encoder.push(&paint(encoding, tick), &mut keep).unwrap();
    }
    encoder.finish(&mut keep).unwrap();
    (encoder.parameters().unwrap(), packets)
}

#[test]
fn every_picture_comes_back_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (num, den) in [(25, 1), (30_000, 1001)] {
        let encoding = encoding(num, den);
        let (parameters, packets) = encoded(&encoding, 40, picture);
        let path = folder.path().join(format!("{num}.mp4"));
        let mut writer = Mp4Writer::create(&path, parameters, encoding.frame_rate, None).unwrap();
        packets.into_iter().for_each(|packet| writer.write(packet).unwrap());
        writer.finish().unwrap();

        let mut source = Source::open(&path, Limits::default(), &Control::new()).unwrap();
        let mut decoder = VideoDecoder::open(&source, 0, Frames::All, 1).unwrap();
        let mut seen = Vec::new();
        while let Some(packet) = source.next_packet().unwrap() {
            decoder.send(&packet).unwrap();
            seen.extend(std::iter::from_fn(|| decoder.receive().unwrap()));
        }
        decoder.finish().unwrap();
        seen.extend(std::iter::from_fn(|| decoder.receive().unwrap()));
        assert_eq!(seen.len(), 40);
        for (tick, seen) in seen.iter().enumerate() {
            let wanted = tick as f64 * f64::from(den) / f64::from(num);
            assert!((seen.time.seconds() - wanted).abs() < 1e-4, "{tick} is at {}", seen.time.seconds());
            let (got, painted) = (seen.packed_rows(1), picture(&encoding, tick as i64).packed_rows(1));
            let off: i64 = got.iter().zip(&painted).map(|(a, b)| (i64::from(*a) - i64::from(*b)).abs()).sum();
            assert!(off < 6 * got.len() as i64, "{tick} is off by {} a pixel", off as f64 / got.len() as f64);
        }
    }
}

#[test]
fn groups_of_pictures_are_closed_and_no_longer_than_wanted() {
    let (_, packets) = encoded(&encoding(25, 1), 50, picture);
    let times: Vec<_> = packets.iter().map(|packet| (packet.pts(), packet.dts())).collect();
    assert_eq!(times, (0..50).map(|tick| (Some(tick), Some(tick))).collect::<Vec<_>>());
    let keys: Vec<usize> = (0..50).filter(|at| packets[*at].is_key()).collect();
    assert_eq!(keys.first(), Some(&0));
    let borders = [keys.clone(), vec![50]].concat();
    assert!(borders.windows(2).all(|pair| pair[1] - pair[0] <= 15), "{keys:?}");
    // A key picture stands in a packet with the sequence header: a player can begin there.
    for at in keys {
        assert!(!obu::sequence_header(packets[at].data().unwrap()).is_empty(), "packet {at}");
    }
}

#[test]
fn the_same_pictures_give_the_same_bytes_with_any_number_of_threads() {
    let bytes = |threads| {
        // Large enough to be encoded in several parts.
        let (_, packets) = encoded(&VideoEncoding { threads, width: 384, height: 640, ..encoding(25, 1) }, 8, picture);
        packets.iter().flat_map(|packet| packet.data().unwrap_or_default().to_vec()).collect::<Vec<u8>>()
    };
    let first = bytes(2);
    assert!(!first.is_empty());
    for threads in [2, 1] {
        assert!(first == bytes(threads), "{threads} threads");
    }
}

#[test]
fn a_bit_rate_is_not_exceeded() {
    let most = |bound: u32| {
        let (_, packets) = encoded(&VideoEncoding { max_bit_rate: bound, gop: 50, ..encoding(25, 1) }, 75, noise);
        assert_eq!(packets.len(), 75, "no picture is left out");
        let bits: Vec<usize> = packets.iter().map(|packet| packet.size() * 8).collect();
        bits.windows(25).map(|second| second.iter().sum::<usize>()).max().unwrap()
    };
    let free = most(0);
    assert!(free > 800_000, "{free} bits in a second are too few for this test");
    let bound = most(300_000);
    assert!((60_000..450_000).contains(&bound), "{bound} bits in a second");
    // A bound that is never met changes nothing that shows.
    let wide = most(100_000_000);
    assert!(wide.abs_diff(free) < free / 5, "{wide} and {free} bits in a second");
}

#[test]
fn a_picture_of_another_kind_is_an_error() {
    super::super::init();
    let encoding = encoding(25, 1);
    let mut encoder = VideoEncoder::open(&encoding, &Control::new()).unwrap();
    let frame = ffmpeg::frame::Video::new(ffmpeg::format::Pixel::RGB24, WIDTH, HEIGHT);
    let picture = VideoFrame { frame, time: Timestamp::new(0, TimeBase::MICROS) };
    let pushed = encoder.push(&picture, &mut |_| Ok(())).and_then(|()| encoder.finish(&mut |_| Ok(())));
    let error = pushed.unwrap_err();
    assert!(error.code() == ErrorCode::Internal && error.message().contains("4:2:0"), "{error}");
}
