//! A framing as FFmpeg filters: upright, cropped or fitted, square pixels, BT.709 limited range.
//!
//! [`prepare`] makes source frames upright, [`compose`] makes a frame of the clip of them. A camera that moves is told where
//! to be by commands to the named `crop` filters, frame by frame: the first cuts out a piece that is a little too large at
//! whole pixels of the source, the second cuts the exact part out of it after scaling. So a slow pan moves by pixels of
//! the clip, not of the source, and only what is seen is scaled.

use super::{Background, Crop, Layout, ShotFraming, Slot, View, even, shape, slots};
use crate::clip::media::VideoInfo;

/// The blurred copy is made at this share of the size: cheap, and blurred by itself.
const BLUR_SHRINK: u32 = 12;

/// Pixels of the source that are cut out beyond what is shown, for the second cut.
const SPARE: u32 = 4;

/// Filters that make source frames upright, progressive and of standard range; `None` where they are.
pub(crate) fn prepare(video: &VideoInfo) -> Option<String> {
    let deinterlace = video.interlaced.then(|| "bwdif=mode=send_frame:deint=interlaced".to_owned());
    let chain: Vec<String> = deinterlace.into_iter().chain(super::tone::to_sdr(video)).chain(upright(video)).collect();
    (!chain.is_empty()).then(|| chain.join(","))
}

/// FFmpeg filters that make a small picture of the whole frame, of this height.
pub(crate) fn small(video: &VideoInfo, height: u32) -> String {
    let width = even(height * video.display_width / video.display_height.max(1));
    let mut chain = upright(video);
    chain.push(format!("scale={width}:{height}:flags=area"));
    chain.push("setsar=1".to_owned());
    chain.join(",")
}

/// Filters that make a frame of the clip of an upright frame of the source, and the cameras in them.
pub(crate) fn compose(
    video: &VideoInfo,
    shot: &ShotFraming,
    background: Background,
    width: u32,
    height: u32,
) -> (String, Vec<Camera>) {
    let matrix = format!("in_color_matrix={}:out_color_matrix=bt709:out_range=tv", source_matrix(video));
    let slots = slots(shot.layout, video, width, height);
    let cameras: Vec<Camera> =
        shot.views.iter().zip(&slots).enumerate().map(|(n, (view, slot))| Camera::new(n, video, view, *slot)).collect();
    let chain = match (shot.layout, cameras.as_slice()) {
        (Layout::Fit, _) | (_, []) => {
            let area = shot.views.first().map_or(Crop::WHOLE, |view| view.crop);
            fitted(video, area, background, width, height, &matrix)
        }
        (_, [only]) => only.filters(&matrix),
        (_, cameras) => {
            let stack = if height >= width { "vstack" } else { "hstack" };
            let names: Vec<String> = (0..cameras.len()).map(|n| format!("[in{n}]")).collect();
            let parts =
                cameras.iter().enumerate().map(|(n, camera)| format!("[in{n}]{}[out{n}]", camera.filters(&matrix)));
            let outs: String = (0..cameras.len()).map(|n| format!("[out{n}]")).collect();
            let parts: Vec<String> = parts.collect();
            format!(
                "split={}{};{};{outs}{stack}=inputs={}",
                cameras.len(),
                names.concat(),
                parts.join(";"),
                cameras.len()
            )
        }
    };
    let tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";
    // A picture that is shown whole has no camera.
    let cameras = if shot.layout == Layout::Fit { Vec::new() } else { cameras };
    (format!("{chain},{tags}"), cameras)
}

fn fitted(video: &VideoInfo, area: Crop, background: Background, width: u32, height: u32, matrix: &str) -> String {
    let whole = if area == Crop::WHOLE {
        String::new()
    } else {
        let Crop { x, y, width, height } = area;
        format!("crop=iw*{width:.6}:ih*{height:.6}:iw*{x:.6}:ih*{y:.6},")
    };
    let (w, h) = inside(shape(video) * area.width / area.height, width, height);
    let front = format!("scale={w}:{h}:flags=bicubic:{matrix},setsar=1,format=yuv420p");
    match background {
        Background::Plain => format!("{whole}{front},pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:color=black"),
        Background::Blurred => {
            let (small_w, small_h) = (even(width / BLUR_SHRINK), even(height / BLUR_SHRINK));
            let behind = format!(
                "scale={small_w}:{small_h}:force_original_aspect_ratio=increase:flags=area:{matrix},crop={small_w}:{small_h},\
                 setsar=1,format=yuv420p,gblur=sigma=4,scale={width}:{height}:flags=bicubic,lutyuv=y=(val-16)*0.55+16"
            );
            format!(
                "{whole}split[behind][front];[behind]{behind}[blurred];[front]{front}[sharp];\
                 [blurred][sharp]overlay=(W-w)/2:(H-h)/2"
            )
        }
    }
}

/// A camera in a filter chain: where its two cuts have to be for a part of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Camera {
    /// Its number among the views of the shot.
    pub(crate) view: usize,
    source: Axes,
    /// Size of the piece that is cut out of the source.
    piece: (u32, u32),
    /// The same after scaling.
    scaled: (u32, u32),
    slot: Slot,
}

/// Width and height of the upright picture in pixels.
type Axes = (u32, u32);

/// Where the two cuts of a camera are, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) first: (u32, u32),
    pub(crate) second: (u32, u32),
}

impl Camera {
    fn new(view: usize, video: &VideoInfo, shown: &View, slot: Slot) -> Self {
        let source = match video.rotation {
            90 | 270 => (video.height, video.width),
            _ => (video.width, video.height),
        };
        let piece = |share: f64, size: u32| {
            let wanted = share * f64::from(size);
            // The whole of an axis leaves nothing to move along it.
            let spare = if wanted >= f64::from(size) - 1.0 { 0 } else { SPARE };
            (even(wanted.ceil() as u32 + spare + 1)).min(size)
        };
        let piece = (piece(shown.crop.width, source.0), piece(shown.crop.height, source.1));
        let scaled = |share: f64, size: u32, piece: u32, slot: u32| {
            let factor = f64::from(slot) / (share * f64::from(size)).max(1.0);
            even((f64::from(piece) * factor).round() as u32).max(slot)
        };
        let scaled = (
            scaled(shown.crop.width, source.0, piece.0, slot.width),
            scaled(shown.crop.height, source.1, piece.1, slot.height),
        );
        Self { view, source, piece, scaled, slot }
    }

    fn filters(&self, matrix: &str) -> String {
        let [first, second] = self.names();
        let (w, h) = self.piece;
        let (sw, sh) = self.scaled;
        let Slot { width, height, .. } = self.slot;
        let scale = format!("scale={sw}:{sh}:flags=bicubic:{matrix},setsar=1,format=yuv420p");
        let cut = if self.piece == self.source { String::new() } else { format!("{first}={w}:{h}:0:0,") };
        let trim = if self.scaled == (width, height) {
            String::new()
        } else {
            format!(",{second}={width}:{height}:0:0:exact=1")
        };
        format!("{cut}{scale}{trim}")
    }

    /// The names of its two cuts in the chain.
    fn names(&self) -> [String; 2] {
        [format!("crop@piece{}", self.view), format!("crop@view{}", self.view)]
    }

    /// Where to cut so that this part of the picture is shown.
    pub(crate) fn place(&self, crop: Crop) -> Place {
        let axis = |share: f64, size: u32, piece: u32, scaled: u32, slot: u32| {
            let wanted = (share * f64::from(size)).max(0.0);
            // Chroma has half the pixels, so the first cut is at even ones.
            let first = ((wanted - f64::from(SPARE) / 2.0).max(0.0) as u32 & !1).min((size - piece) & !1);
            let factor = f64::from(scaled) / f64::from(piece.max(1));
            let second = ((wanted - f64::from(first)) * factor).round().max(0.0) as u32;
            (first, second.min(scaled - slot))
        };
        let x = axis(crop.x, self.source.0, self.piece.0, self.scaled.0, self.slot.width);
        let y = axis(crop.y, self.source.1, self.piece.1, self.scaled.1, self.slot.height);
        Place { first: (x.0, y.0), second: (x.1, y.1) }
    }

    /// Commands for the filters: name, option, value.
    pub(crate) fn commands(&self, place: Place) -> Vec<(String, &'static str, u32)> {
        let [first, second] = self.names();
        let mut commands = Vec::new();
        if self.piece != self.source {
            commands.extend([(first.clone(), "x", place.first.0), (first, "y", place.first.1)]);
        }
        if self.scaled != (self.slot.width, self.slot.height) {
            commands.extend([(second.clone(), "x", place.second.0), (second, "y", place.second.1)]);
        }
        commands
    }
}

fn upright(video: &VideoInfo) -> Vec<String> {
    let flip = video.mirrored.then_some("hflip");
    let turn: &[&str] = match video.rotation {
        90 => &["transpose=clock"],
        180 => &["hflip", "vflip"],
        270 => &["transpose=cclock"],
        _ => &[],
    };
    flip.iter().chain(turn).map(|filter| (*filter).to_owned()).collect()
}

/// Pictures that do not name their matrix follow the usual rule: BT.709 from 720 lines on, BT.601 below.
fn source_matrix(video: &VideoInfo) -> &'static str {
    match video.color.matrix.as_str() {
        "unknown" if video.height >= 720 => "bt709",
        "unknown" => "smpte170m",
        _ => "auto",
    }
}

/// The largest size of this shape that fits into a frame.
fn inside(shape: f64, width: u32, height: u32) -> (u32, u32) {
    let by_width = f64::from(width) / shape;
    if by_width <= f64::from(height) {
        (width, even(by_width.round() as u32))
    } else {
        (even((f64::from(height) * shape).round() as u32), height)
    }
}

#[cfg(test)]
mod tests {
    use super::super::centre_crop;
    use super::super::tests::video;
    use super::*;

    fn shot(layout: Layout, views: Vec<View>) -> ShotFraming {
        ShotFraming { start: 0.0, end: 1.0, layout, views, reason: String::new(), faces: Vec::new() }
    }

    #[test]
    fn a_turned_phone_video_is_turned_back_before_it_is_cropped() {
        let mut phone = video(1920, 1080);
        phone.rotation = 90;
        (phone.display_width, phone.display_height) = (1080, 1920);
        assert_eq!(prepare(&phone).as_deref(), Some("transpose=clock"));
        let all = shot(Layout::Fill, vec![View::still(Crop::WHOLE)]);
        assert!(compose(&phone, &all, Background::Blurred, 1080, 1920).0.starts_with("scale=1080:1920"));
    }

    #[test]
    fn a_fitted_picture_keeps_its_shape() {
        assert_eq!(inside(16.0 / 9.0, 1080, 1920), (1080, 608));
        assert_eq!(inside(1080.0 / 2400.0, 1080, 1920), (864, 1920));
    }

    #[test]
    fn a_slow_pan_moves_by_pixels_of_the_clip() {
        let wide = video(1920, 1080);
        let crop = centre_crop(&wide, Crop::WHOLE, 1080, 1920);
        let (_, cameras) =
            compose(&wide, &shot(Layout::Fill, vec![View::still(crop)]), Background::Blurred, 1080, 1920);
        let camera = &cameras[0];
        let factor = f64::from(camera.scaled.0) / f64::from(camera.piece.0);
        let mut before: Option<f64> = None;
        for step in 0..400 {
            // A quarter of a pixel of the source each time.
            let x = step as f64 / 4.0 / 1920.0;
            let place = camera.place(Crop { x, ..crop });
            let shown = f64::from(place.first.0) * factor + f64::from(place.second.0);
            assert!((shown - x * 1920.0 * factor).abs() <= 0.51, "{x}: {place:?}");
            assert!(before.is_none_or(|before| (0.0..=1.51).contains(&(shown - before + 0.5))));
            before = Some(shown);
        }
        let end = camera.place(Crop { x: 1.0 - crop.width, ..crop });
        assert!(end.first.0 + camera.piece.0 <= 1920 && end.second.0 + 1080 <= camera.scaled.0);
    }
}
