use super::frames::FrameRate;
use super::*;

fn rate(num: i32, den: i32) -> FrameRate {
    FrameRate(Rational { num, den })
}

/// SMPTE ST 12-1: frames 00 and 01 of each minute but every tenth are left out.
#[test]
fn drop_frame_timecode_keeps_to_the_clock() {
    let ntsc = rate(30_000, 1001);
    for (frame, timecode) in [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (3597, "00:01:59;29"),
        (3598, "00:02:00;02"),
        (17_981, "00:09:59;29"),
        (17_982, "00:10:00;00"),
        (107_892, "01:00:00;00"),
    ] {
        assert_eq!(ntsc.timecode(frame), timecode);
    }
    assert_eq!(ntsc.timecode(ntsc.first_hour()), "01:00:00;00");
    assert_eq!(rate(60_000, 1001).timecode(3600), "00:01:00;04");
    assert_eq!(rate(25, 1).timecode(25 * 60 + 7), "00:01:00:07");
    // 23.976 has no drop-frame timecode.
    assert_eq!(rate(24_000, 1001).timecode(24 * 60), "00:01:00:00");
}
