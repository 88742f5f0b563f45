//! What the types of a manifest alone do not say.

use std::collections::HashSet;

use super::super::rendered;
use super::{Clip, MANIFEST_VERSION, Manifest};
use crate::clip::caption::ClipWord;
use crate::clip::reframe::{Crop, Layout, ShotFraming};
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// Smallest share of the picture's width or height that a crop may keep.
const SMALLEST_CROP: f64 = 0.01;

/// Longest clip in seconds; its sound is held in memory.
const LONGEST_CLIP: f64 = 900.0;

/// Most ranges of a clip; of the longest one, tightened, there are some 1500.
const MOST_RANGES: usize = 10_000;

/// How far a range may reach beyond the source, whose length is known to a frame or so, in seconds.
const SLACK: f64 = 1.0;

/// Times nearer than this are the same, in seconds: half of what they are rounded to.
const SAME: f64 = 0.5e-6;

fn invalid(field: String, message: String) -> Error {
    Error::new(ErrorCode::ManifestInvalid, message).field(field)
}

/// See [`Manifest::validate`].
pub(super) fn manifest(manifest: &Manifest) -> Result<()> {
    if manifest.version != MANIFEST_VERSION {
        let message = format!("version {} is not {MANIFEST_VERSION}, the one that can be read", manifest.version);
        return Err(invalid("version".into(), message));
    }
    manifest.render.validate().map_err(|error| {
        let option = error.field_name().map_or("render".to_owned(), |option| format!("render.{option}"));
        error.field(option)
    })?;
    let mut numbers = HashSet::new();
    for (at, clip) in manifest.clips.iter().enumerate() {
        let field = |name: &str| format!("clips[{at}].{name}");
        if clip.index == 0 || !numbers.insert(clip.index) {
            return Err(invalid(field("index"), format!("{} is not a number of its own from 1 on", clip.index)));
        }
        ranges(clip, &field)?;
        for (name, words) in [("words", &clip.words), ("context", &clip.context)] {
            in_order(words, &field(name))?;
        }
        part_of_picture(clip.framing.crop, field("framing.crop"))?;
        for (number, shot) in clip.framing.shots.iter().enumerate() {
            framed(shot, &field(&format!("framing.shots[{number}]")))?;
        }
        let named = [("video", &clip.video), ("thumbnail", &clip.thumbnail)];
        for (part, name) in named.into_iter().chain(clip.subtitles.iter().map(|name| ("subtitles", name))) {
            let inside = name.components().all(|part| matches!(part, std::path::Component::Normal(_)));
            if !inside || name.as_os_str().is_empty() {
                let message = format!("{} does not lie in the manifest's folder", name.display());
                return Err(invalid(field(part), message));
            }
        }
    }
    if manifest.source.duration > 0.0 { within(manifest, manifest.source.duration) } else { Ok(()) }
}

/// Fails where a range lies behind the end of the source, whose length is given in seconds.
pub(super) fn within(manifest: &Manifest, end: f64) -> Result<()> {
    for (at, clip) in manifest.clips.iter().enumerate() {
        if let Some((number, range)) = clip.ranges.iter().enumerate().find(|(_, range)| range.end > end + SLACK) {
            let message =
                format!("the range {} to {} lies behind the end of the source at {end}", range.start, range.end);
            return Err(invalid(format!("clips[{at}].ranges[{number}]"), message));
        }
    }
    Ok(())
}

fn ranges(clip: &Clip, field: &impl Fn(&str) -> String) -> Result<()> {
    if clip.ranges.is_empty() || clip.ranges.len() > MOST_RANGES {
        let message = format!("a clip needs 1 to {MOST_RANGES} ranges, not {}", clip.ranges.len());
        return Err(invalid(field("ranges"), message));
    }
    for (at, Span { start, end }) in clip.ranges.iter().copied().enumerate() {
        if !(start.is_finite() && end.is_finite() && 0.0 <= start && start < end) {
            let message = format!("the range {start} to {end} is not a stretch of time");
            return Err(invalid(field(&format!("ranges[{at}]")), message));
        }
    }
    let mut order: Vec<(usize, &Span)> = clip.ranges.iter().enumerate().collect();
    order.sort_by(|a, b| a.1.start.total_cmp(&b.1.start));
    // Where any overlap, two that follow each other do. The one that is written later is named.
    if let Some(pair) = order.windows(2).find(|pair| pair[0].1.overlap(*pair[1].1) > SAME) {
        let (first, second) = if pair[0].0 < pair[1].0 { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
        let [a, b] = [first.1, second.1].map(|range| format!("{} to {}", range.start, range.end));
        let message = format!("the range {b} overlaps the range {a} of the same clip");
        return Err(invalid(field(&format!("ranges[{}]", second.0)), message));
    }
    let length: f64 = clip.ranges.iter().map(|range| range.duration()).sum();
    if length > LONGEST_CLIP {
        let message = format!("the clip lasts {length:.1} s, more than {LONGEST_CLIP} s");
        return Err(invalid(field("ranges"), message));
    }
    derived(clip, field)
}

/// Fails where somebody edited the times that follow from the ranges.
fn derived(clip: &Clip, field: &impl Fn(&str) -> String) -> Result<()> {
    // Edited ranges make `start` and `end` old news. Where they were not edited, `start` or `end` was.
    let edited = !clip.rendered.as_deref().is_some_and(|rendered| rendered::is_of_ranges(rendered, &clip.ranges));
    let Span { start, end } = clip.span();
    for (name, told, derived) in [("start", clip.start, start), ("end", clip.end, end)] {
        if !edited && (told - derived).abs() > SAME {
            let message = format!("{name} is {told}, but the clip's ranges say {derived}");
            return Err(invalid(field(name), message)
                .hint(format!("edit {} instead; start and end are derived from it", field("ranges"))));
        }
    }
    Ok(())
}

fn in_order(words: &[ClipWord], field: &str) -> Result<()> {
    let mut before = 0.0;
    for (at, word) in words.iter().enumerate() {
        let refused = |message: String| Err(invalid(format!("{field}[{at}]"), message));
        let ClipWord { start, end, text } = word;
        if !(start.is_finite() && end.is_finite() && 0.0 <= *start && start <= end) {
            return refused(format!("{start} to {end} is not when the word `{text}` can be said"));
        }
        if *start < before {
            return refused(format!("the word `{text}` begins at {start}, before the one in front of it at {before}"));
        }
        before = *start;
    }
    Ok(())
}

/// Fails where a shot does not say what is shown when.
fn framed(shot: &ShotFraming, field: &str) -> Result<()> {
    let ShotFraming { start, end, layout, views, .. } = shot;
    if !(start.is_finite() && end.is_finite() && start <= end) {
        return Err(invalid(field.to_owned(), format!("the shot {start} to {end} is not a stretch of time")));
    }
    let (wanted, what) = match layout {
        Layout::Auto => {
            let message =
                "a shot's layout is decided; `auto` belongs into the clip's framing, with no shots".to_owned();
            return Err(invalid(format!("{field}.layout"), message));
        }
        Layout::Fill | Layout::Fit => (0..=1, "one view or none"),
        Layout::Split | Layout::Screen => (2..=2, "two views"),
    };
    if !wanted.contains(&views.len()) {
        return Err(invalid(format!("{field}.views"), format!("this layout has {what}, not {}", views.len())));
    }
    for (number, view) in views.iter().enumerate() {
        part_of_picture(view.crop, format!("{field}.views[{number}].crop"))?;
        let mut before = f64::NEG_INFINITY;
        for (at, point) in view.path.iter().enumerate() {
            let field = format!("{field}.views[{number}].path[{at}]");
            if !point.time.is_finite() || point.time < before {
                return Err(invalid(field, format!("the time {} does not follow {before}", point.time)));
            }
            part_of_picture(Crop { x: point.x, y: point.y, ..view.crop }, field)?;
            before = point.time;
        }
    }
    Ok(())
}

fn part_of_picture(crop: Crop, field: String) -> Result<()> {
    let Crop { x, y, width, height } = crop;
    let shares = [x, y, width, height, x + width, y + height];
    let inside = shares.iter().all(|share| (0.0..=1.0 + 1e-6).contains(share));
    if inside && width >= SMALLEST_CROP && height >= SMALLEST_CROP {
        return Ok(());
    }
    let message = format!("the crop {x}, {y}, {width} x {height} is no part of the picture");
    Err(invalid(field, message))
}
