//! Rendering the clips of a manifest, edited or not.

use std::path::Path;

use super::{Delivery, Report};
use crate::clip::export::{Clip, Manifest};
use crate::clip::media::{Limits, Source};
use crate::clip::reframe::Layout;
use crate::clip::render::ClipJob;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// Render the clips of a manifest again, into `out_dir`.
///
/// Times, words, text and framing are taken from the manifest, so an edited manifest gives edited clips. `only` names the
/// clips to render by their index, and leaves others that the folder's manifest
/// names as they are; empty renders all.
///
/// # Errors
/// [`ErrorCode::ManifestInvalid`], `media.*`, `output.*`, [`ErrorCode::Cancelled`], [`ErrorCode::LimitTime`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{Manifest, render}};
/// let manifest = Manifest::read("clips/manifest.json".as_ref())?;
/// let report = render(&manifest, "again", &[], false, &Control::new())?;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn render(
    manifest: &Manifest,
    out_dir: impl AsRef<Path>,
    only: &[usize],
    overwrite: bool,
    control: &Control,
) -> Result<Report> {
    manifest.validate()?;
    if let Some(missing) = only.iter().find(|index| !manifest.clips.iter().any(|clip| clip.index == **index)) {
        let message = format!("the manifest has no clip {missing}");
        return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("only"));
    }
    let limits = Limits::default();
    let info = Source::open(&manifest.source.path, limits, control)?.info();
    if info.size != manifest.source.size {
        return Err(Error::new(
            ErrorCode::ManifestInvalid,
            format!("the source has {} bytes, not {}: it is another file now", info.size, manifest.source.size),
        )
        .field("source.size")
        .file(&manifest.source.path));
    }
    check_ranges(manifest, info.duration)?;
    let chosen: Vec<&Clip> =
        manifest.clips.iter().filter(|clip| only.is_empty() || only.contains(&clip.index)).collect();
    let indexes = chosen.iter().map(|clip| clip.index);
    let keep = !only.is_empty();
    let mut delivery = Delivery::prepare(out_dir.as_ref(), indexes, &manifest.source.path, overwrite, keep)?;
    for (position, clip) in chosen.iter().enumerate() {
        let part = control.part(position as f64 / chosen.len() as f64, (position + 1) as f64 / chosen.len() as f64);
        // An `auto` layout in an edited manifest asks for the decision to be made anew.
        let framing = (clip.framing.layout != Layout::Auto).then_some(&clip.framing);
        let job = ClipJob {
            info: &info,
            limits,
            ranges: &clip.ranges,
            words: &clip.words,
            framing,
            options: &manifest.render,
        };
        delivery.render(&job, (*clip).clone(), &part)?;
    }
    delivery.finish(Manifest { clips: Vec::new(), ..manifest.clone() }, control)
}

/// Longest clip in seconds; its sound is held in memory.
const LONGEST_CLIP: f64 = 900.0;

/// How far a range may reach beyond the source, whose length is known to a frame or so, in seconds.
const SLACK: f64 = 1.0;

fn check_ranges(manifest: &Manifest, claimed: Option<f64>) -> Result<()> {
    let end = claimed.unwrap_or(f64::INFINITY);
    for (index, clip) in manifest.clips.iter().enumerate() {
        let invalid = |message: String| {
            Err(Error::new(ErrorCode::ManifestInvalid, message).field(format!("clips[{index}].ranges")))
        };
        if let Some(range) = clip.ranges.iter().find(|range| range.end > end + SLACK) {
            return invalid(format!(
                "the range {} to {} lies behind the end of the source at {end}",
                range.start, range.end
            ));
        }
        let length: f64 = clip.ranges.iter().map(|range| range.duration()).sum();
        if length > LONGEST_CLIP {
            return invalid(format!("the clip lasts {length:.1} s, more than {LONGEST_CLIP} s"));
        }
    }
    Ok(())
}
