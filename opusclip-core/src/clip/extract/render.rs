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
