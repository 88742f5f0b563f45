//! The framing of a clip: look at its shots, then decide on each.

use super::layout::{Frame, decide};
use super::look::look;
use super::subject::Finder;
use super::{Crop, Framing, Layout, ShotFraming, View, centre_crop};
use crate::clip::analysis::{Border, Shot};
use crate::clip::media::{MediaInfo, Source, VideoInfo};
use crate::control::Control;
use crate::error::Result;
use crate::time::Span;

/// What is known of a clip before its pictures are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// What the clip plays, in order.
    pub(crate) ranges: &'a [Span],
    pub(crate) shots: &'a [Shot],
    /// When a voice is heard.
    pub(crate) speech: &'a [Span],
    /// Black bars of the source.
    pub(crate) borders: &'a [Border],
}

/// What is wished for.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) layout: Layout,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// `None` looks at nothing and shows the middle.
    pub(crate) finder: Option<&'a Finder>,
}

/// Decide how a clip fills its frame.
pub(crate) fn plan(
    source: &mut Source,
    info: &MediaInfo,
    scene: Scene<'_>,
    wish: Wish<'_>,
    control: &Control,
) -> Result<Framing> {
    let Some(video) = info.video() else { return Ok(in_the_middle(None, Crop::WHOLE, wish)) };
    let area = without_bars(video, scene);
    let Some(finder) = wish.finder else { return Ok(in_the_middle(Some(video), area, wish)) };
    let mut stretches: Vec<Span> = scene.ranges.iter().flat_map(|range| parts(*range, scene.shots)).collect();
    stretches.sort_by(|a, b| a.start.total_cmp(&b.start));
    let looks = look(source, info, &stretches, finder, control)?;
    let frame =
        Frame { video, width: wish.width, height: wish.height, layout: wish.layout, area, speech: scene.speech };
    let mut shots = Vec::new();
    for (stretch, looks) in stretches.iter().zip(&looks) {
        control.check()?;
        shots.extend(decide(&frame, *stretch, looks));
    }
    Ok(summary(shots))
}

/// The parts of a range that lie in one shot each. Between two shots lies a gradual transition, which is shared out.
fn parts(range: Span, shots: &[Shot]) -> Vec<Span> {
    let middles = shots.windows(2).map(|pair| (pair[0].end + pair[1].start) / 2.0);
    let borders = middles.filter(|time| range.start < *time && *time < range.end);
    let mut parts = Vec::new();
    let mut from = range.start;
    for border in borders.chain([range.end]) {
        parts.push(Span::new(from, border));
        from = border;
    }
    parts
}

/// The part of the picture inside of the bars that a clip has throughout.
fn without_bars(video: &VideoInfo, scene: Scene<'_>) -> Crop {
    let barred = |range: &Span| {
        scene.borders.iter().find(|border| border.start <= range.start + 0.5 && range.end - 0.5 <= border.end)
    };
    let mut found = scene.ranges.iter().map(barred);
    let Some(Some(first)) = found.next() else { return Crop::WHOLE };
    if found.any(|other| other.is_none_or(|other| (other.left, other.top) != (first.left, first.top))) {
        return Crop::WHOLE;
    }
    let (width, height) = (f64::from(video.display_width.max(1)), f64::from(video.display_height.max(1)));
    let (left, right) = (f64::from(first.left) / width, f64::from(first.right) / width);
    let (top, bottom) = (f64::from(first.top) / height, f64::from(first.bottom) / height);
    let area = Crop { x: left, y: top, width: 1.0 - left - right, height: 1.0 - top - bottom };
    if area.width > 0.2 && area.height > 0.2 { area } else { Crop::WHOLE }
}

/// A centre crop that keeps less of the picture than this loses too much of most scenes: 16:9 to 9:16 keeps 0.316.
const LEAST_KEPT: f64 = 0.3;

fn in_the_middle(video: Option<&VideoInfo>, area: Crop, wish: Wish<'_>) -> Framing {
    let crop = video.map_or(area, |video| centre_crop(video, area, wish.width, wish.height));
    let kept = crop.width * crop.height / (area.width * area.height);
    let percent = (kept * 100.0).round();
    let (layout, reason) = match wish.layout {
        Layout::Fit => (Layout::Fit, "asked for".to_owned()),
        Layout::Fill => (Layout::Fill, format!("asked for; {percent} % of the picture is shown")),
        _ if kept >= LEAST_KEPT => (Layout::Fill, format!("the middle keeps {percent} % of the picture")),
        _ => (Layout::Fit, format!("the middle would keep only {percent} % of the picture")),
    };
    let crop = if layout == Layout::Fit { area } else { crop };
    Framing { layout, crop, reason, shots: Vec::new() }
}

/// The framing of a clip by that of its shots.
fn summary(shots: Vec<ShotFraming>) -> Framing {
    let mut taken: Vec<(Layout, f64, &str)> = Vec::new();
    for shot in &shots {
        match taken.iter_mut().find(|(layout, ..)| *layout == shot.layout) {
            Some((_, seconds, _)) => *seconds += shot.end - shot.start,
            None => taken.push((shot.layout, shot.end - shot.start, &shot.reason)),
        }
    }
    taken.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (layout, reason) = match taken.as_slice() {
        [] => (Layout::Fill, String::new()),
        [(layout, _, reason)] => (*layout, (*reason).to_owned()),
        [(layout, seconds, reason), ..] => (*layout, format!("{reason}, for {seconds:.1} s of it")),
    };
    let crop = shots.first().and_then(|shot| shot.views.first()).map_or(Crop::WHOLE, |view| view.crop);
    Framing { layout, crop, reason, shots }
}

impl Framing {
    /// What is shown at a time of the source in a frame of this size.
    pub(crate) fn shot_at(&self, time: f64, video: &VideoInfo, (width, height): (u32, u32)) -> ShotFraming {
        let distance = |shot: &ShotFraming| (shot.start - time).max(time - shot.end).max(0.0);
        let inside = self.shots.iter().find(|shot| shot.start <= time && time < shot.end);
        let nearest = || self.shots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let mut shot = inside.or_else(nearest).cloned().unwrap_or_else(|| ShotFraming {
            start: f64::NEG_INFINITY,
            end: f64::INFINITY,
            layout: self.layout,
            views: if self.layout == Layout::Fit { Vec::new() } else { vec![View::still(self.crop)] },
            reason: String::new(),
            faces: Vec::new(),
        });
        // A shot that was edited by hand need not say what is usual.
        if shot.views.is_empty() {
            let fit = shot.layout == Layout::Fit;
            let crop = if fit { Crop::WHOLE } else { centre_crop(video, Crop::WHOLE, width, height) };
            shot.views.push(View::still(crop));
        }
        shot
    }

    /// Does it say what is shown? Panels need to be told what is in them.
    pub(crate) fn is_decided(&self) -> bool {
        let one_view = matches!(self.layout, Layout::Fill | Layout::Fit);
        // A layout that none of the shots has was written there afterwards, for all of them.
        let told = self.shots.iter().any(|shot| shot.layout == self.layout);
        self.layout != Layout::Auto && if self.shots.is_empty() { one_view } else { told }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parted_where_the_shot_changes() {
        let shots = [Shot { start: 0.0, end: 4.0 }, Shot { start: 5.0, end: 9.0 }, Shot { start: 9.0, end: 20.0 }];
        let parts = parts(Span::new(3.0, 12.0), &shots);
        assert_eq!(parts, [Span::new(3.0, 4.5), Span::new(4.5, 9.0), Span::new(9.0, 12.0)]);
    }

    #[test]
    fn bars_are_left_out_where_the_whole_clip_has_them() {
        let video = super::super::tests::video(1920, 1080);
        let border = Border { start: 0.0, end: 60.0, left: 0, top: 140, right: 0, bottom: 140 };
        let area = |ranges: &[Span]| {
            without_bars(&video, Scene { ranges, shots: &[], speech: &[], borders: std::slice::from_ref(&border) })
        };
        let barred = area(&[Span::new(2.0, 30.0)]);
        assert!((barred.height - 800.0 / 1080.0).abs() < 1e-9 && barred.x == 0.0);
        assert_eq!(area(&[Span::new(2.0, 30.0), Span::new(70.0, 80.0)]), Crop::WHOLE);
    }

    #[test]
    fn without_looking_the_middle_is_shown() {
        let wish = |layout| Wish { layout, width: 1080, height: 1920, finder: None };
        let wide = in_the_middle(Some(&super::super::tests::video(1920, 1080)), Crop::WHOLE, wish(Layout::Auto));
        assert_eq!(wide.layout, Layout::Fill);
        let cinema = in_the_middle(Some(&super::super::tests::video(2390, 1000)), Crop::WHOLE, wish(Layout::Auto));
        assert_eq!((cinema.layout, cinema.crop), (Layout::Fit, Crop::WHOLE));
    }
}
