//! What is shown of a shot: one layout for all of it, or a view for each who speaks.

use super::look::Look;
use super::path::{Room, Wanted, follow};
use super::saliency::{Cells, best_window};
use super::subject::SubjectKind;
use super::track::{Track, tracks};
use super::{CameraPoint, Crop, Layout, ShotFraming, Slot, View, centre_crop, slots, speaker};
use crate::clip::media::VideoInfo;
use crate::time::{Span, round_micros};

/// A face must be seen for this share of a shot to be one of its people.
const PRESENT: f64 = 0.35;

/// A picture without faces is cropped where the frame holds this share of what draws the eye, and of the picture.
const HELD: f64 = 0.42;
const LEAST_KEPT: f64 = 0.3;

/// A speaker's picture on a screen: at most so tall, seen for most of the shot, and the rest hardly moves.
const INSET: f64 = 0.3;
const STILL_SCREEN: f64 = 2.0;
/// Where it may move less than a face does.
const MOVING: f64 = 1.5;

/// From the face to the head, in heights of the face above and below it, and in widths on either side.
const HEAD: [f64; 3] = [0.45, 0.35, 0.3];

/// Where the eyes stand in a frame that has room above and below: a bit over its middle.
const EYE_LINE: f64 = 0.42;

/// What is to be decided upon.
pub(super) struct Frame<'a> {
    pub(super) video: &'a VideoInfo,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) layout: Layout,
    /// The part of the picture without black bars.
    pub(super) area: Crop,
    /// When a voice is heard.
    pub(super) speech: &'a [Span],
}

/// Decide what is shown of one shot; several entries where the camera goes from one speaker to another.
pub(super) fn decide(frame: &Frame<'_>, shot: Span, looks: &[Look]) -> Vec<ShotFraming> {
    let sightings: Vec<_> = looks.iter().map(|look| look.sighting.clone()).collect();
    let found = tracks(&sightings);
    let present = |track: &Track| track.duration() >= PRESENT * (shot.duration() - 0.5) || looks.len() <= 4;
    let people: Vec<Track> = found.iter().filter(|track| present(track)).cloned().collect();
    let people = if people.is_empty() { found.into_iter().take(1).collect() } else { people };
    Shot { frame, span: shot, looks, people }.decide()
}

struct Shot<'a> {
    frame: &'a Frame<'a>,
    span: Span,
    looks: &'a [Look],
    /// The most important first.
    people: Vec<Track>,
}

impl Shot<'_> {
    fn decide(&self) -> Vec<ShotFraming> {
        let asked = "asked for".to_owned();
        match self.frame.layout {
            Layout::Fill => self.fill(),
            Layout::Fit => vec![self.fit(asked)],
            Layout::Split => match self.two() {
                Some(pair) => vec![self.split(pair, asked)],
                None => self.instead("split was asked for, but there are no two people"),
            },
            Layout::Screen => match self.people.first() {
                Some(speaker) => vec![self.screen(speaker, asked)],
                None => self.instead("screen was asked for, but there is no speaker"),
            },
            Layout::Auto => self.automatic(),
        }
    }

    fn automatic(&self) -> Vec<ShotFraming> {
        if self.crop().width >= self.frame.area.width * 0.999 && self.crop().height >= self.frame.area.height * 0.999 {
            return vec![self.one(
                Layout::Fill,
                View::still(self.crop()),
                "the picture has the frame's shape".to_owned(),
            )];
        }
        match self.people.as_slice() {
            [] => self.without_people(),
            [speaker] if self.is_inset(speaker) && self.frame.height > self.frame.width => {
                vec![self.screen(speaker, "a screen with a small picture of the speaker".to_owned())]
            }
            [only] if self.too_wide(&only.mean()) => {
                vec![self.fit(format!("the {} is wider than the frame", name(only)))]
            }
            [only] => vec![self.follow(&[only], format!("follows the {}", name(only)))],
            people => self.several(people),
        }
    }

    fn several(&self, people: &[Track]) -> Vec<ShotFraming> {
        let together = people.iter().map(Track::extent).reduce(|all, one| all.union(&one)).unwrap_or(Crop::WHOLE);
        if !self.too_wide(&together) {
            let all: Vec<&Track> = people.iter().collect();
            return vec![self.follow(&all, format!("holds all {} faces", people.len()))];
        }
        if let Some(turns) = speaker::turns(people, self.span, self.frame.speech) {
            let shown = turns.into_iter().filter_map(|(span, who)| Some((span, people.get(who)?)));
            let reason = "follows who speaks".to_owned();
            return shown.map(|(span, who)| self.follow_over(span, &[who], reason.clone())).collect();
        }
        match self.two() {
            Some(pair) => vec![self.split(pair, "two people; it is not clear who speaks".to_owned())],
            None => vec![self.fit(format!("{} people do not fit into the frame", people.len()))],
        }
    }

    fn without_people(&self) -> Vec<ShotFraming> {
        let crop = self.crop();
        let texts = self.looks.iter().filter_map(|look| look.cells.text());
        let (count, text) = texts.fold((0, None), |(count, all): (usize, Option<Crop>), text| {
            (count + 1, Some(all.map_or(text, |all| all.union(&text))))
        });
        if let Some(text) = text.filter(|text| count * 2 > self.looks.len() && self.too_wide(text)) {
            let percent = (text.width * 100.0).round();
            return vec![self.fit(format!("text takes {percent} % of the picture's width"))];
        }
        let kept = crop.width * crop.height / (self.frame.area.width * self.frame.area.height);
        let across = self.across();
        let held: Vec<f64> =
            self.looks.iter().map(|look| best_window(&look.cells.profile(across), self.size(across).2).1).collect();
        let held = held.iter().sum::<f64>() / held.len().max(1) as f64;
        if kept < LEAST_KEPT || (!self.looks.is_empty() && held < HELD) {
            let (kept, held) = ((kept * 100.0).round(), (held * 100.0).round());
            return vec![
                self.fit(format!("a crop would keep {kept} % of the picture and {held} % of what draws the eye")),
            ];
        }
        self.fill()
    }

    fn fill(&self) -> Vec<ShotFraming> {
        let percent = (self.crop().width * self.crop().height * 100.0).round();
        if let Some(first) = self.people.first() {
            return vec![
                self.follow(&[first], format!("follows the {}; {percent} % of the picture is shown", name(first))),
            ];
        }
        let across = self.across();
        let (_, _, window) = self.size(across);
        let place = |look: &Look| {
            let centre = best_window(&look.cells.profile(across), window).0;
            Wanted { time: look.sighting.time, centre, low: centre, high: centre }
        };
        let mut wanted = calm(&self.looks.iter().map(place).collect::<Vec<_>>());
        if let Some(text) = Cells::standing_text(self.looks.iter().map(|look| &look.cells)) {
            let (low, high) = if across { (text.x, text.right()) } else { (text.y, text.bottom()) };
            wanted.iter_mut().for_each(|wanted| *wanted = whole(*wanted, low, high, window));
        }
        let view = self.view(
            self.span,
            self.crop(),
            across.then_some(wanted.as_slice()),
            (!across).then_some(wanted.as_slice()),
        );
        vec![self.one(Layout::Fill, view, format!("what draws the eye; {percent} % of the picture is shown"))]
    }

    fn instead(&self, why: &str) -> Vec<ShotFraming> {
        let mut shots = Shot {
            frame: &Frame { layout: Layout::Auto, ..*self.frame },
            span: self.span,
            looks: self.looks,
            people: self.people.clone(),
        }
        .automatic();
        for shot in &mut shots {
            shot.reason = format!("{why}; {}", shot.reason);
        }
        shots
    }

    fn fit(&self, reason: String) -> ShotFraming {
        self.one(Layout::Fit, View::still(self.frame.area), reason)
    }

    /// The two most important people, from left to right.
    fn two(&self) -> Option<[&Track; 2]> {
        let [first, second, ..] = self.people.as_slice() else { return None };
        Some(if first.mean().x <= second.mean().x { [first, second] } else { [second, first] })
    }

    fn split(&self, pair: [&Track; 2], reason: String) -> ShotFraming {
        let slots = self.slots(Layout::Split);
        let views =
            pair.iter().zip(&slots).map(|(who, slot)| self.view_of(self.span, &[who], self.panel_crop(who, slot)));
        self.shot(self.span, Layout::Split, views.collect(), reason, &pair)
    }

    /// A panel shows a person from nearer where the other one would be in the picture too.
    fn panel_crop(&self, who: &Track, slot: &Slot) -> Crop {
        let full = centre_crop(self.frame.video, self.frame.area, slot.width, slot.height);
        let others = self.people.iter().filter(|other| !std::ptr::eq(*other, who));
        let room =
            others.map(|other| (other.mean().centre().0 - who.mean().centre().0).abs() * 1.2).fold(1.0, f64::min);
        let head = head(&who.mean());
        // No nearer than three heads, so that it does not look like a passport photograph.
        let scale = (room / full.width).max(3.0 * head.height / full.height).clamp(0.4, 1.0);
        Crop { width: full.width * scale, height: full.height * scale, ..full }
    }

    fn screen(&self, speaker: &Track, reason: String) -> ShotFraming {
        let slots = self.slots(Layout::Screen);
        let inset = self.inset(speaker);
        let crop = match slots.get(1) {
            Some(slot) => centre_crop(self.frame.video, inset, slot.width, slot.height),
            None => inset,
        };
        let place = head(&speaker.mean()).centre();
        let room = |from: f64, size: f64, whole: f64, at: f64| (at - size / 2.0).min(from + whole - size).max(from);
        let shown = Crop {
            x: room(inset.x, crop.width, inset.width, place.0),
            y: room(inset.y, crop.height, inset.height, place.1),
            ..crop
        };
        self.shot(self.span, Layout::Screen, vec![View::still(self.frame.area), View::still(shown)], reason, &[speaker])
    }

    /// The small picture around a speaker on a screen: what moves around the face.
    fn inset(&self, speaker: &Track) -> Crop {
        let face = speaker.mean();
        let least = Crop {
            x: face.x - face.width * 0.7,
            y: face.y - face.height * 0.6,
            width: face.width * 2.4,
            height: face.height * 2.4,
        };
        let most = Crop {
            x: face.x - face.width * 1.6,
            y: face.y - face.height * 1.2,
            width: face.width * 4.2,
            height: face.height * 4.0,
        };
        let moving = self.looks.iter().map(|look| look.cells.moving_around(&face, MOVING).intersection(&most));
        moving.fold(least, |all, part| all.union(&part)).intersection(&self.frame.area)
    }

    /// Is this face a small picture on a screen that hardly moves otherwise?
    fn is_inset(&self, speaker: &Track) -> bool {
        let face = speaker.mean();
        let inset = self.inset(speaker);
        let outside: Vec<f64> = self.looks.iter().map(|look| look.cells.motion_outside(&inset)).collect();
        let moves = outside.iter().sum::<f64>() / outside.len().max(1) as f64;
        let text = self.looks.iter().filter(|look| look.cells.text().is_some()).count();
        let (x, y) = face.centre();
        let corner = !(0.3..0.7).contains(&x) && !(0.35..0.65).contains(&y);
        face.height < INSET && corner && moves < STILL_SCREEN && text * 2 > self.looks.len()
    }

    fn follow(&self, who: &[&Track], reason: String) -> ShotFraming {
        self.follow_over(self.span, who, reason)
    }

    fn follow_over(&self, span: Span, who: &[&Track], reason: String) -> ShotFraming {
        let view = self.view_of(span, who, self.crop());
        self.shot(span, Layout::Fill, vec![view], reason, who)
    }

    /// A camera of this size that keeps all of them in the frame.
    fn view_of(&self, span: Span, who: &[&Track], crop: Crop) -> View {
        let mut times: Vec<f64> = who.iter().flat_map(|track| track.places.iter().map(|(time, _)| *time)).collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let near = |time: &f64| span.start - super::look::EVERY <= *time && *time <= span.end + super::look::EVERY;
        let (mut across, mut down) = (Vec::new(), Vec::new());
        for time in times.into_iter().filter(near) {
            let places = who.iter().filter_map(|track| place_at(track, time));
            let Some(face) = places.reduce(|all, place| all.union(&place)) else { continue };
            let head = if who.iter().all(|track| track.kind == SubjectKind::Face) { head(&face) } else { face };
            let head = head.intersection(&self.frame.area);
            across.push(Wanted { time, centre: face.centre().0, low: head.x, high: head.right() });
            let centre = face.centre().1 + crop.height * (0.5 - EYE_LINE);
            down.push(Wanted { time, centre, low: head.y, high: head.bottom() });
        }
        self.view(span, crop, Some(&across), Some(&down))
    }

    fn view(&self, span: Span, crop: Crop, across: Option<&[Wanted]>, down: Option<&[Wanted]>) -> View {
        let area = self.frame.area;
        let ends = (span.start, span.end);
        let axis = |wanted: Option<&[Wanted]>, from: f64, length: f64, frame: f64| match wanted {
            Some(wanted) if frame < length - 1e-9 => follow(wanted, ends, Room { from, to: from + length, frame }),
            _ => vec![(span.start, from + (length - frame) / 2.0)],
        };
        let x = axis(across, area.x, area.width, crop.width);
        let y = axis(down, area.y, area.height, crop.height);
        view(crop, &x, &y)
    }

    fn one(&self, layout: Layout, view: View, reason: String) -> ShotFraming {
        let people: Vec<&Track> = self.people.iter().collect();
        self.shot(self.span, layout, vec![view], reason, &people)
    }

    fn shot(&self, span: Span, layout: Layout, views: Vec<View>, reason: String, who: &[&Track]) -> ShotFraming {
        let slots = self.slots(layout);
        let faces = who.iter().filter(|track| track.kind == SubjectKind::Face);
        let faces = faces.enumerate().filter_map(|(n, track)| {
            // A face of a split is in the panel of its own; the one on a screen in the second.
            let at = match layout {
                Layout::Split => n,
                Layout::Screen => 1,
                _ => 0,
            };
            shown(track, span, views.get(at)?, slots.get(at)?, self.frame, layout)
        });
        let faces = faces.collect();
        ShotFraming { start: round_micros(span.start), end: round_micros(span.end), layout, views, reason, faces }
    }

    fn slots(&self, layout: Layout) -> Vec<Slot> {
        slots(layout, self.frame.video, self.frame.width, self.frame.height)
    }

    fn crop(&self) -> Crop {
        centre_crop(self.frame.video, self.frame.area, self.frame.width, self.frame.height)
    }

    /// Does the camera move from side to side, or up and down?
    fn across(&self) -> bool {
        let crop = self.crop();
        crop.width / self.frame.area.width < crop.height / self.frame.area.height
    }

    /// From where to where the camera may go along an axis, and the width of its frame.
    fn size(&self, across: bool) -> (f64, f64, f64) {
        let (area, crop) = (self.frame.area, self.crop());
        if across { (area.x, area.right(), crop.width) } else { (area.y, area.bottom(), crop.height) }
    }

    fn too_wide(&self, part: &Crop) -> bool {
        let crop = self.crop();
        part.width > crop.width || part.height > crop.height
    }
}

fn name(track: &Track) -> &'static str {
    match track.kind {
        SubjectKind::Face => "face",
        SubjectKind::Object => "subject",
    }
}

/// What must not be cut off of a person: the head, of which a detector shows the part from the brow to the chin.
fn head(face: &Crop) -> Crop {
    let [above, below, beside] = HEAD;
    Crop {
        x: face.x - face.width * beside,
        y: face.y - face.height * above,
        width: face.width * (1.0 + 2.0 * beside),
        height: face.height * (1.0 + above + below),
    }
}

/// Where a subject is at a time, between the times at which it was seen.
fn place_at(track: &Track, time: f64) -> Option<Crop> {
    let after = track.places.partition_point(|(at, _)| *at <= time);
    let before = after.checked_sub(1).and_then(|before| track.places.get(before));
    match (before, track.places.get(after)) {
        (Some((a, from)), Some((b, to))) => {
            let share = (time - a) / (b - a).max(f64::MIN_POSITIVE);
            let between = |a: f64, b: f64| a + (b - a) * share;
            Some(Crop {
                x: between(from.x, to.x),
                y: between(from.y, to.y),
                width: between(from.width, to.width),
                height: between(from.height, to.height),
            })
        }
        (Some((at, place)), None) if (at - time).abs() < 1e-9 => Some(*place),
        _ => None,
    }
}

/// Places by the median of nine looks: what draws the eye jumps about more than a person does.
fn calm(wanted: &[Wanted]) -> Vec<Wanted> {
    let centre = |at: usize| {
        let around = &wanted[at.saturating_sub(4)..(at + 5).min(wanted.len())];
        let mut centres: Vec<f64> = around.iter().map(|wanted| wanted.centre).collect();
        centres.sort_by(f64::total_cmp);
        centres[centres.len() / 2]
    };
    let moved = |(at, wanted): (usize, &Wanted)| {
        let centre = centre(at);
        Wanted { centre, low: centre, high: centre, ..*wanted }
    };
    wanted.iter().enumerate().map(moved).collect()
}

/// The same with all from `low` to `high` in a frame so wide, where it fits.
fn whole(wanted: Wanted, low: f64, high: f64, frame: f64) -> Wanted {
    if high - low > frame {
        return wanted;
    }
    let centre = wanted.centre.clamp(high - frame / 2.0, low + frame / 2.0);
    Wanted { centre, low: low.min(centre), high: high.max(centre), ..wanted }
}

/// A view from its places along both axes.
fn view(crop: Crop, x: &[(f64, f64)], y: &[(f64, f64)]) -> View {
    let value = |points: &[(f64, f64)], time: f64| {
        let points = points.iter().map(|(time, x)| CameraPoint { time: *time, x: *x, y: 0.0 }).collect();
        View { crop, path: points }.at(time).x
    };
    let mut times: Vec<f64> = x.iter().chain(y).map(|(time, _)| *time).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let point = |time: f64| {
        let round = |value: f64| (value * 1e6).round() / 1e6;
        CameraPoint { time: round_micros(time), x: round(value(x, time)), y: round(value(y, time)) }
    };
    let path: Vec<CameraPoint> = times.into_iter().map(point).collect();
    let (left, top) = path.first().map_or((crop.x, crop.y), |first| (first.x, first.y));
    let moves = path.iter().any(|point| (point.x, point.y) != (left, top));
    View { crop: Crop { x: left, y: top, ..crop }, path: if moves { path } else { Vec::new() } }
}

/// Where a face is seen in the finished frame over a stretch; `None` where it is not.
fn shown(track: &Track, span: Span, view: &View, slot: &Slot, frame: &Frame<'_>, layout: Layout) -> Option<Crop> {
    let (width, height) = (f64::from(frame.width), f64::from(frame.height));
    let mut panel = Crop {
        x: f64::from(slot.x) / width,
        y: f64::from(slot.y) / height,
        width: f64::from(slot.width) / width,
        height: f64::from(slot.height) / height,
    };
    if layout == Layout::Fit {
        // The picture is shown whole, in the middle of the frame.
        let picture = super::shape(frame.video) * view.crop.width / view.crop.height;
        let (w, h) =
            if picture > width / height { (1.0, width / height / picture) } else { (picture * height / width, 1.0) };
        panel = Crop { x: (1.0 - w) / 2.0, y: (1.0 - h) / 2.0, width: w, height: h };
    }
    let inside = track.places.iter().filter(|(time, _)| span.contains(*time));
    let places = inside.map(|(time, place)| {
        let crop = view.at(*time);
        let face = Crop {
            x: panel.x + (place.x - crop.x) / crop.width * panel.width,
            y: panel.y + (place.y - crop.y) / crop.height * panel.height,
            width: place.width / crop.width * panel.width,
            height: place.height / crop.height * panel.height,
        };
        face.intersection(&panel)
    });
    let seen = places.filter(|face| face.width > 0.0 && face.height > 0.0);
    let Crop { x, y, width, height } = seen.reduce(|all, face| all.union(&face))?;
    let round = |value: f64| (value * 1e4).round() / 1e4;
    Some(Crop { x: round(x), y: round(y), width: round(width), height: round(height) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_fits_is_whole_wherever_the_eye_is_drawn() {
        let drawn = |centre: f64| Wanted { time: 0.0, centre, low: centre, high: centre };
        for (eye, centre) in [(0.9, 0.55), (0.5, 0.5), (0.1, 0.45)] {
            let shown = whole(drawn(eye), 0.4, 0.6, 0.3);
            assert!((shown.centre - centre).abs() < 1e-9 && shown.low <= 0.4 && shown.high >= 0.6, "{shown:?}");
        }
        assert_eq!(whole(drawn(0.9), 0.3, 0.7, 0.3), drawn(0.9), "it does not fit");
    }
}
