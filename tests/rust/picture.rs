//! Pictures as numbers.

use std::path::Path;

use super::support::tool;

/// The part of a clip in which a picture of this shape stands when it is fitted: width, height, x, y.
pub fn fitted(shape: f64, (width, height): (u32, u32)) -> (u32, u32, u32, u32) {
    let (w, h) = (f64::from(width), f64::from(height));
    let (w, h) = if w / shape <= h { (w, w / shape) } else { (h * shape, h) };
    let (w, h) = (w.round() as u32 & !1, h.round() as u32 & !1);
    (w, h, (width - w) / 2, (height - h) / 2)
}

/// One frame at `time`, after more filters, in a pixel format of one or three bytes.
pub fn frame(path: &Path, time: f64, filters: &str, format: &str) -> Vec<u8> {
    let file = path.to_string_lossy();
    let pick = format!("trim=start={time}{}{filters}", if filters.is_empty() { "" } else { "," });
    let arguments = [
        "-v",
        "error",
        "-nostdin",
        "-i",
        &file,
        "-map",
        "0:V:0",
        "-frames:v",
        "1",
        "-vf",
        &pick,
        "-f",
        "rawvideo",
        "-pix_fmt",
        format,
        "-",
    ];
    let data = tool("ffmpeg", &arguments).0;
    assert!(!data.is_empty(), "{}: shows nothing at {time} s", path.display());
    data
}

/// The colours of the four corners of a part of a picture: top left, top right, bottom left, bottom right.
pub fn corners(path: &Path, time: f64, (w, h, x, y): (u32, u32, u32, u32)) -> [[u8; 3]; 4] {
    let data = frame(path, time, &format!("crop={w}:{h}:{x}:{y},scale=16:16:flags=area"), "rgb24");
    [(1, 1), (14, 1), (1, 14), (14, 14)].map(|(x, y): (usize, usize)| {
        let at = (y * 16 + x) * 3;
        [data[at], data[at + 1], data[at + 2]]
    })
}

/// The colours that the generated pictures have in their corners.
pub const CORNERS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]];

/// Insist that corners have the colours of an upright picture.
pub fn check_corners(path: &Path, time: f64, part: (u32, u32, u32, u32), what: &str) {
    let seen = corners(path, time, part);
    for ((seen, wanted), place) in
        seen.iter().zip(CORNERS).zip(["top left", "top right", "bottom left", "bottom right"])
    {
        let off = seen.iter().zip(wanted).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(off <= 40, "{what}: {place} is {seen:?}, wanted {wanted:?}");
    }
}

/// Structural similarity (0 to 1) of part of a clip and its source, five times a second from the beginning of each.
pub fn similarity(clip: &Path, (w, h, x, y): (u32, u32, u32, u32), source: &Path, from: f64) -> f64 {
    let (clip, source) = (clip.to_string_lossy(), source.to_string_lossy());
    let tidy = "setsar=1,format=gray";
    let graph = format!(
        "[0:V]crop={w}:{h}:{x}:{y},setpts=PTS-STARTPTS,fps=5,{tidy}[a];\
         [1:V]trim=start={from},setpts=PTS-STARTPTS,fps=5,scale={w}:{h}:flags=bicubic:out_range=tv,{tidy}[b];\
         [a][b]ssim=shortest=1"
    );
    let arguments = [
        "-hide_banner",
        "-nostats",
        "-nostdin",
        "-i",
        &clip,
        "-i",
        &source,
        "-filter_complex",
        &graph,
        "-an",
        "-f",
        "null",
        "-",
    ];
    let (_, said) = tool("ffmpeg", &arguments);
    let all = said.rsplit("All:").next().unwrap().split_whitespace().next().unwrap();
    all.parse().unwrap_or_else(|e| panic!("{all}: {e}"))
}

/// Mean of the luma of a part of a picture.
pub fn luma(path: &Path, time: f64, (w, h, x, y): (u32, u32, u32, u32)) -> f64 {
    let data = frame(path, time, &format!("extractplanes=y,crop={w}:{h}:{x}:{y}"), "gray");
    data.iter().map(|v| f64::from(*v)).sum::<f64>() / data.len() as f64
}

/// A fingerprint of every decoded picture.
pub fn frame_hashes(path: &Path) -> String {
    let file = path.to_string_lossy();
    let arguments = ["-v", "error", "-nostdin", "-i", &file, "-map", "0:v:0", "-f", "framemd5", "-"];
    String::from_utf8(tool("ffmpeg", &arguments).0).unwrap()
}
