//! A framing as FFmpeg filters: upright, cropped or fitted, square pixels, BT.709 limited range.

use super::{Framing, Layout};
use crate::clip::media::VideoInfo;

/// The blurred copy is made at this share of the size: cheap, and blurred by itself.
const BLUR_SHRINK: u32 = 12;

/// Filters that turn a source frame into a frame of `width` by `height`.
pub(crate) fn filters(video: &VideoInfo, framing: &Framing, width: u32, height: u32) -> String {
    let mut chain: Vec<String> = Vec::new();
    if video.interlaced {
        chain.push("bwdif=mode=send_frame:deint=interlaced".to_owned());
    }
    chain.extend(super::tone::to_sdr(video));
    chain.extend(upright(video));
    let matrix = format!("in_color_matrix={}:out_color_matrix=bt709:out_range=tv", source_matrix(video));
    match framing.layout {
        Layout::Fit => {
            let (w, h) = fitted(video, width, height);
            let (small_w, small_h) = (even(width / BLUR_SHRINK), even(height / BLUR_SHRINK));
            let behind = format!(
                "scale={small_w}:{small_h}:force_original_aspect_ratio=increase:flags=area:{matrix},crop={small_w}:{small_h},\
                 setsar=1,format=yuv420p,gblur=sigma=4,scale={width}:{height}:flags=bicubic,lutyuv=y=(val-16)*0.55+16"
            );
            let front = format!("scale={w}:{h}:flags=bicubic:{matrix},setsar=1,format=yuv420p");
            chain.push(format!("split[behind][front];[behind]{behind}[blurred];[front]{front}[sharp];[blurred][sharp]overlay=(W-w)/2:(H-h)/2"));
        }
        Layout::Auto | Layout::Fill => {
            let crop = framing.crop;
            if crop != super::Crop::WHOLE {
                chain
                    .push(format!("crop=iw*{:.6}:ih*{:.6}:iw*{:.6}:ih*{:.6}", crop.width, crop.height, crop.x, crop.y));
            }
            chain.push(format!("scale={width}:{height}:flags=bicubic:{matrix},setsar=1,format=yuv420p"));
        }
    }
    chain.push("setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709".to_owned());
    chain.join(",")
}

/// FFmpeg filters that make a small picture of the whole frame, of this height.
pub(crate) fn small(video: &VideoInfo, height: u32) -> String {
    let width = even(height * video.display_width / video.display_height.max(1));
    let mut chain = upright(video);
    chain.push(format!("scale={width}:{height}:flags=area"));
    chain.push("setsar=1".to_owned());
    chain.join(",")
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

fn fitted(video: &VideoInfo, width: u32, height: u32) -> (u32, u32) {
    let source = f64::from(video.display_width) / f64::from(video.display_height.max(1));
    let by_width = f64::from(width) / source;
    if by_width <= f64::from(height) {
        (width, even(by_width.round() as u32))
    } else {
        (even((f64::from(height) * source).round() as u32), height)
    }
}

fn even(size: u32) -> u32 {
    (size & !1).max(2)
}

#[cfg(test)]
mod tests {
    use super::super::tests::video;
    use super::super::{Layout, frame};
    use super::*;

    #[test]
    fn a_turned_phone_video_is_turned_back_before_it_is_cropped() {
        let mut phone = video(1920, 1080);
        phone.rotation = 90;
        (phone.display_width, phone.display_height) = (1080, 1920);
        let framing = frame(&phone, Layout::Auto, 1080, 1920);
        assert!(filters(&phone, &framing, 1080, 1920).starts_with("transpose=clock,scale=1080:1920"));
    }

    #[test]
    fn a_fitted_picture_keeps_its_shape() {
        assert_eq!(fitted(&video(1920, 1080), 1080, 1920), (1080, 608));
        assert_eq!(fitted(&video(1080, 2400), 1080, 1920), (864, 1920));
    }
}
